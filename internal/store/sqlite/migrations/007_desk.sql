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

-- The words and codes by which agents (kind 1, id the user code) and members (kind 2, id the phone number) are found.
-- Nothing here is written by a change, but for what must be erased: see registry.Indexer.
CREATE TABLE search_terms (
    kind INTEGER NOT NULL,
    term TEXT NOT NULL,
    id   TEXT NOT NULL,
    PRIMARY KEY (kind, term, id)
) WITHOUT ROWID;

-- A member is known in events by its id, which is ordered by time: the index grows at its end.
CREATE INDEX members_by_id ON members (member_id);

-- What operators did is little among what partners did, who never pay for this.
CREATE INDEX events_by_operator ON events (seq) WHERE actor >= 'operator:' AND actor < 'operator;';

-- The keys of calls begin with a digest of the client_ref_id from now on. Those of before are looked for as they are for
-- as long as there are any: see registry.Registry.formerCalls.
INSERT INTO settings (name, value)
SELECT 'former_call_keys', CAST((SELECT max(at) FROM calls) AS TEXT) WHERE EXISTS (SELECT 1 FROM calls);

-- == reviews: who looks at which, and how long they wait; who may call from where, and when a key was last used ==

-- Since when an activation waits for a review; 0 for one that does not. Of those that waited before this was kept, the
-- last change is the nearest there is.
ALTER TABLE activations ADD COLUMN waiting_since INTEGER NOT NULL DEFAULT 0;

UPDATE activations SET waiting_since = CASE WHEN updated_at > 0 THEN updated_at ELSE created_at END WHERE verification = 3;

-- The queue in its order, and of each service with all that a summary reads: it looks at no row, which takes the condition
-- as well. Both hold what waits alone.
CREATE INDEX activations_queue ON activations (waiting_since, user_code, service_code) WHERE verification = 3;
CREATE INDEX activations_queue_of ON activations (service_code, waiting_since, user_code, endorsed_by, verification)
 WHERE verification = 3;

-- Who looks at a review, '' for nobody. waiting_since is that of the activation when it was claimed: a claim ends with the
-- wait that it was about. The row stays, because its chain of events ends in it.
CREATE TABLE review_claims (
    user_code     TEXT NOT NULL,
    service_code  TEXT NOT NULL,
    claimed_by    TEXT NOT NULL,
    waiting_since INTEGER NOT NULL,
    claimed_at    INTEGER NOT NULL,
    claimed_until INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    seq           INTEGER NOT NULL,
    hash          BLOB NOT NULL,
    PRIMARY KEY (user_code, service_code)
) WITHOUT ROWID;

CREATE INDEX review_claims_held ON review_claims (claimed_until) WHERE claimed_by <> '';

ALTER TABLE partners ADD COLUMN addresses TEXT NOT NULL DEFAULT ''; -- networks with commas between them; '' for any

-- When a developer key, a token or a channel's secret was last used, to the minute: apart from them, so that noting it
-- does not change the directory.
CREATE TABLE key_uses (
    kind    TEXT NOT NULL,
    key_id  TEXT NOT NULL,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (kind, key_id)
) WITHOUT ROWID;

-- == activity: what went on, in steps of time ==

-- What happened in a step of time that began at start and lasts so many seconds: a line for each thing, with its name,
-- its label and how often, between tabs. A chart is read whole, so that a row for each number would only cost.
CREATE TABLE activity (
    seconds INTEGER NOT NULL,
    start   INTEGER NOT NULL,
    counts  TEXT NOT NULL,
    PRIMARY KEY (seconds, start)
) WITHOUT ROWID;
