-- Where partners want events delivered, and the deliveries. Times are as in the first schema.

CREATE TABLE webhook_endpoints (
    endpoint_id TEXT NOT NULL PRIMARY KEY,
    partner_id  TEXT NOT NULL,
    url         TEXT NOT NULL,
    description TEXT NOT NULL,
    kinds       TEXT NOT NULL, -- with commas between them
    services    TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    since       INTEGER NOT NULL,
    disabled_at INTEGER NOT NULL,
    disabled    TEXT NOT NULL,
    removed_at  INTEGER NOT NULL -- kept without secrets until its deliveries are forgotten
) WITHOUT ROWID;

CREATE TABLE webhook_secrets (
    endpoint_id TEXT NOT NULL,
    number      INTEGER NOT NULL,
    sealed      BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, number)
) WITHOUT ROWID;

-- Apart from the endpoints, so that the directory is not read anew whenever an attempt fails.
CREATE TABLE webhook_progress (
    endpoint_id   TEXT NOT NULL PRIMARY KEY,
    behind        INTEGER NOT NULL,
    last          INTEGER NOT NULL, -- number of a delivery, so that none is given twice
    failing_since INTEGER NOT NULL
) WITHOUT ROWID;

-- due_at is 0 for what is over, and for what waits behind another one of its line. A claim moves it to the
-- time at which the claim ends.
CREATE TABLE webhook_deliveries (
    row         INTEGER PRIMARY KEY,
    endpoint_id TEXT NOT NULL,
    number      INTEGER NOT NULL,
    message_id  TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    line        TEXT NOT NULL,
    body        TEXT NOT NULL,
    state       INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    tried       INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    done_at     INTEGER NOT NULL,
    claimed     INTEGER NOT NULL
);

CREATE UNIQUE INDEX webhook_deliveries_by_number ON webhook_deliveries (endpoint_id, number);
CREATE INDEX webhook_deliveries_in_line ON webhook_deliveries (endpoint_id, line, number) WHERE state = 0;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at) WHERE due_at > 0;
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (endpoint_id, number) WHERE state = 2;
CREATE INDEX webhook_deliveries_claimed ON webhook_deliveries (row) WHERE claimed = 1;

CREATE TABLE webhook_attempts (
    row         INTEGER PRIMARY KEY,
    endpoint_id TEXT NOT NULL,
    number      INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    url         TEXT NOT NULL,
    at          INTEGER NOT NULL,
    took        INTEGER NOT NULL, -- microseconds
    status      INTEGER NOT NULL,
    problem     TEXT NOT NULL,
    header      TEXT NOT NULL,
    body        TEXT NOT NULL
);

CREATE UNIQUE INDEX webhook_attempts_by_number ON webhook_attempts (endpoint_id, number, attempt);
