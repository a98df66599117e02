-- The first schema. Times are microseconds since 1970 in UTC, 0 for never. version, seq and hash
-- are the head of a chain of events: see package event.

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE partners (
    partner_id   TEXT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    initiator_id TEXT NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    hash         BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE partner_keys (
    developer_key TEXT NOT NULL PRIMARY KEY,
    partner_id    TEXT NOT NULL,
    sealed        BLOB NOT NULL,
    replay        INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    revoked_at    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE services (
    service_code  TEXT NOT NULL PRIMARY KEY,
    name          TEXT NOT NULL,
    provider      TEXT NOT NULL,
    review        INTEGER NOT NULL,
    needs_latlong INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    removed       INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    seq           INTEGER NOT NULL,
    hash          BLOB NOT NULL
) WITHOUT ROWID;

-- What an enquiry needs stands first: the columns behind it are not decoded.
CREATE TABLE agents (
    user_code   TEXT NOT NULL PRIMARY KEY,
    partner_id  TEXT NOT NULL,
    standing    INTEGER NOT NULL,
    mobile      TEXT NOT NULL,
    first_name  TEXT NOT NULL,
    middle_name TEXT NOT NULL,
    last_name   TEXT NOT NULL,
    city        TEXT NOT NULL,
    state       TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    hash        BLOB NOT NULL,
    pan         TEXT NOT NULL,
    email       TEXT NOT NULL,
    dob         TEXT NOT NULL,
    shop_name   TEXT NOT NULL,
    line        TEXT NOT NULL,
    pincode     TEXT NOT NULL,
    district    TEXT NOT NULL,
    area        TEXT NOT NULL
) WITHOUT ROWID;

-- Who has a mobile number. New agents go to mobiles_new, in the order they come, and are moved from
-- there in sorted runs: numbers come in no order, and an index over them would cost an import a page
-- for every agent. Whoever looks for a number looks into both.
CREATE TABLE mobiles (
    mobile     TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    user_code  TEXT NOT NULL,
    PRIMARY KEY (mobile, partner_id, user_code)
) WITHOUT ROWID;

CREATE TABLE mobiles_new (
    mobile_id  INTEGER NOT NULL PRIMARY KEY,
    mobile     TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    user_code  TEXT NOT NULL
);

-- The latest event of an activation stands in its row, so that a change of an activation writes
-- one page of this table and none of agents.
CREATE TABLE activations (
    user_code    TEXT NOT NULL,
    service_code TEXT NOT NULL,
    status       INTEGER NOT NULL,
    verification INTEGER NOT NULL,
    comment      TEXT NOT NULL,
    latlong      TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    hash         BLOB NOT NULL,
    PRIMARY KEY (user_code, service_code)
) WITHOUT ROWID;

CREATE INDEX activations_waiting ON activations (user_code, service_code) WHERE verification = 3;

-- Append-only. A chain is read back from its head by prev, so that no index by subject has to be
-- kept: its pages would be the most expensive part of a change.
CREATE TABLE events (
    seq          INTEGER NOT NULL PRIMARY KEY,
    prev         INTEGER NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    version      INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    service_code TEXT NOT NULL,
    actor        TEXT NOT NULL,
    key          TEXT NOT NULL,
    address      TEXT NOT NULL,
    request_id   TEXT NOT NULL,
    at           INTEGER NOT NULL,
    data         TEXT NOT NULL,
    hash         BLOB NOT NULL
);

-- Calls are kept in the order they came, so that old ones are forgotten from one end; the index
-- over their random keys is as narrow as it can be.
CREATE TABLE calls (
    call_id      INTEGER NOT NULL PRIMARY KEY,
    call_key     BLOB NOT NULL,
    fingerprint  BLOB NOT NULL,
    user_code    TEXT NOT NULL,
    service_code TEXT NOT NULL,
    status       INTEGER NOT NULL,
    verification INTEGER NOT NULL,
    answer       BLOB NOT NULL,
    at           INTEGER NOT NULL
);

CREATE UNIQUE INDEX calls_by_key ON calls (call_key);
