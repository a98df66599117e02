-- What people at the desk need: how they sign in, what they have taken up, what they look for, and what went on.
-- Times are as in the first schema.

-- == accounts: passwords, passkeys, sessions ==

-- What an operator signs in with. Apart from operators, which stand in the directory: it is not read anew whenever
-- somebody signs in.
CREATE TABLE accounts (
    operator     TEXT NOT NULL PRIMARY KEY,
    password     TEXT NOT NULL,    -- its hash; '' for none
    password_at  INTEGER NOT NULL,
    must_change  INTEGER NOT NULL, -- somebody else chose it
    signed_in_at INTEGER NOT NULL
) WITHOUT ROWID;

-- The id is made of the digest of the token that the browser bears, so that one key finds a session by either.
CREATE TABLE sessions (
    session_id  TEXT NOT NULL PRIMARY KEY,
    digest      BLOB NOT NULL,
    operator    TEXT NOT NULL,
    way         TEXT NOT NULL,
    address     TEXT NOT NULL,
    user_agent  TEXT NOT NULL,
    must_change INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX sessions_by_operator ON sessions (operator);

-- Wrong passwords, for an operator's name, whether there is one or not, and from a network.
CREATE TABLE guesses (
    about        TEXT NOT NULL PRIMARY KEY,
    wrong        INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    locked_until INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX guesses_by_age ON guesses (at);

-- Only the public half of a passkey is here.
CREATE TABLE passkeys (
    passkey_id TEXT NOT NULL PRIMARY KEY,
    operator   TEXT NOT NULL,
    label      TEXT NOT NULL,
    credential BLOB NOT NULL,    -- what the authenticator calls it
    public_key BLOB NOT NULL,
    transports TEXT NOT NULL,
    synced     INTEGER NOT NULL, -- its owner's devices share it
    uses       INTEGER NOT NULL, -- as the authenticator counts them
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX passkeys_by_credential ON passkeys (credential);

-- Who operators are at an OpenID provider.
CREATE TABLE operator_links (
    operator  TEXT NOT NULL PRIMARY KEY,
    issuer    TEXT NOT NULL,
    claim     TEXT NOT NULL,
    value     TEXT NOT NULL,
    linked_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX operator_links_by_identity ON operator_links (issuer, claim, value);

-- Which challenges of passkeys and providers were answered, for as long as they would be good.
CREATE TABLE spent_challenges (
    challenge_id TEXT NOT NULL PRIMARY KEY,
    until        INTEGER NOT NULL
) WITHOUT ROWID;

-- == search: how agents are found ==

-- == reviews: who looks at which, and how long they wait; who may call from where, and when a key was last used ==

-- == activity: what went on, in steps of time ==
