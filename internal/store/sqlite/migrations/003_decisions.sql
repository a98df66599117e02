-- What decides besides an activation's state: dates, blocks, places, devices, the rules of services; and who
-- calls with a bearer token. Times are as in the first schema.

ALTER TABLE services ADD COLUMN confirm       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN fence_metres  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN fence_country TEXT NOT NULL DEFAULT '';
ALTER TABLE services ADD COLUMN fence_slack   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN dormant_days  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN verify_days   INTEGER NOT NULL DEFAULT 0;

-- open_blocks counts the rows of blocks that are the agent's and not lifted: most agents have none, and no
-- look at that table is needed.
ALTER TABLE agents ADD COLUMN stand_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agents ADD COLUMN latlong     TEXT NOT NULL DEFAULT '';
ALTER TABLE agents ADD COLUMN devices     TEXT NOT NULL DEFAULT '';
ALTER TABLE agents ADD COLUMN erased_at   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agents ADD COLUMN open_blocks INTEGER NOT NULL DEFAULT 0;

ALTER TABLE activations ADD COLUMN effective_from  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activations ADD COLUMN effective_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activations ADD COLUMN verify_by       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activations ADD COLUMN requested_by    TEXT NOT NULL DEFAULT '';
ALTER TABLE activations ADD COLUMN endorsed_by     TEXT NOT NULL DEFAULT '';

-- On an agent or an activation user_code is set, else '': see block.Target.
CREATE TABLE blocks (
    block_id      TEXT NOT NULL PRIMARY KEY,
    user_code     TEXT NOT NULL,
    service_code  TEXT NOT NULL,
    partner_id    TEXT NOT NULL,
    owner         INTEGER NOT NULL,
    rule          TEXT NOT NULL,
    reason        TEXT NOT NULL,
    from_at       INTEGER NOT NULL,
    until_at      INTEGER NOT NULL,
    placed_at     INTEGER NOT NULL,
    placed_by     TEXT NOT NULL,
    lift_asked_by TEXT NOT NULL,
    lift_asked_at INTEGER NOT NULL,
    lifted_at     INTEGER NOT NULL,
    lifted_by     TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX blocks_by_agent ON blocks (user_code, block_id);

-- On which day an activation was last used: apart from activations, so that noting it costs none of its pages.
CREATE TABLE uses (
    user_code    TEXT NOT NULL,
    service_code TEXT NOT NULL,
    day          INTEGER NOT NULL,
    PRIMARY KEY (user_code, service_code)
) WITHOUT ROWID;

CREATE TABLE operators (
    name       TEXT NOT NULL PRIMARY KEY,
    roles      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    hash       BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE switches (
    switch_id  TEXT NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    hash       BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE tokens (
    token_id   TEXT NOT NULL PRIMARY KEY,
    holder     TEXT NOT NULL,
    holder_id  TEXT NOT NULL,
    digest     BLOB NOT NULL UNIQUE, -- of the token, which is not kept
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL
) WITHOUT ROWID;

-- The keys of the personal texts in events. To destroy one is to erase the texts.
CREATE TABLE subject_keys (
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    key          BLOB NOT NULL,
    PRIMARY KEY (subject_kind, subject_id)
) WITHOUT ROWID;
