-- What people at the desk need: how they sign in, what they have taken up, what they look for, and what went on.
-- Times are as in the first schema.

-- == accounts: passwords, passkeys, sessions ==

-- What an operator signs in with. Apart from operators, which stand in the directory: it is not read anew whenever
-- somebody signs in.
CREATE TABLE accounts (
    operator     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    password     TEXT COLLATE "C" NOT NULL,    -- its hash; '' for none
    password_at  BIGINT NOT NULL,
    must_change  BIGINT NOT NULL, -- somebody else chose it
    signed_in_at BIGINT NOT NULL
);

-- The id is made of the digest of the token that the browser bears, so that one key finds a session by either.
CREATE TABLE sessions (
    session_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    digest      BYTEA NOT NULL,
    operator    TEXT COLLATE "C" NOT NULL,
    way         TEXT COLLATE "C" NOT NULL,
    address     TEXT COLLATE "C" NOT NULL,
    user_agent  TEXT COLLATE "C" NOT NULL,
    must_change BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);

CREATE INDEX sessions_by_operator ON sessions (operator);

-- Wrong passwords, for an operator's name, whether there is one or not, and from a network.
CREATE TABLE guesses (
    about        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    wrong        BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);

CREATE INDEX guesses_by_age ON guesses (at);

-- Only the public half of a passkey is here.
CREATE TABLE passkeys (
    passkey_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    operator   TEXT COLLATE "C" NOT NULL,
    label      TEXT COLLATE "C" NOT NULL,
    credential BYTEA NOT NULL,    -- what the authenticator calls it
    public_key BYTEA NOT NULL,
    transports TEXT COLLATE "C" NOT NULL,
    synced     BIGINT NOT NULL, -- its owner's devices share it
    uses       BIGINT NOT NULL, -- as the authenticator counts them
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);

CREATE UNIQUE INDEX passkeys_by_credential ON passkeys (credential);

-- Who operators are at an OpenID provider.
CREATE TABLE operator_links (
    operator  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    issuer    TEXT COLLATE "C" NOT NULL,
    claim     TEXT COLLATE "C" NOT NULL,
    value     TEXT COLLATE "C" NOT NULL,
    linked_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX operator_links_by_identity ON operator_links (issuer, claim, value);

-- Which challenges of passkeys and providers were answered, for as long as they would be good.
CREATE TABLE spent_challenges (
    challenge_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    until        BIGINT NOT NULL
);

-- == search: how agents are found ==

-- == reviews: who looks at which, and how long they wait; who may call from where, and when a key was last used ==

-- == activity: what went on, in steps of time ==
