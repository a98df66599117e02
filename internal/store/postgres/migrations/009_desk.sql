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

-- == search: how agents are found ==

-- == reviews: who looks at which, and how long they wait; who may call from where, and when a key was last used ==

-- == activity: what went on, in steps of time ==

-- What happened in a step of time that began at start and lasts so many seconds: a line for each thing, with its name,
-- its label and how often, between tabs. A chart is read whole, so that a row for each number would only cost.
CREATE TABLE activity (
    seconds BIGINT NOT NULL,
    start   BIGINT NOT NULL,
    counts  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (seconds, start)
);
