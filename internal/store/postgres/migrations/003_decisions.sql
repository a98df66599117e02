-- What decides besides an activation's state: dates, blocks, places, devices, the rules of services; and who
-- calls with a bearer token. Times are as in the first schema.

ALTER TABLE services ADD COLUMN confirm       BIGINT NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN fence_metres  BIGINT NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN fence_country TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE services ADD COLUMN fence_slack   BIGINT NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN dormant_days  BIGINT NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN verify_days   BIGINT NOT NULL DEFAULT 0;

-- open_blocks counts the rows of blocks that are the agent's and not lifted: most agents have none, and no
-- look at that table is needed.
ALTER TABLE agents ADD COLUMN stand_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE agents ADD COLUMN latlong     TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE agents ADD COLUMN devices     TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE agents ADD COLUMN erased_at   BIGINT NOT NULL DEFAULT 0;
ALTER TABLE agents ADD COLUMN open_blocks BIGINT NOT NULL DEFAULT 0;

ALTER TABLE activations ADD COLUMN effective_from  BIGINT NOT NULL DEFAULT 0;
ALTER TABLE activations ADD COLUMN effective_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE activations ADD COLUMN verify_by       BIGINT NOT NULL DEFAULT 0;
ALTER TABLE activations ADD COLUMN requested_by    TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE activations ADD COLUMN endorsed_by     TEXT COLLATE "C" NOT NULL DEFAULT '';

-- On an agent or an activation user_code is set, else '': see block.Target.
CREATE TABLE blocks (
    block_id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_code     TEXT COLLATE "C" NOT NULL,
    service_code  TEXT COLLATE "C" NOT NULL,
    partner_id    TEXT COLLATE "C" NOT NULL,
    owner         BIGINT NOT NULL,
    rule          TEXT COLLATE "C" NOT NULL,
    reason        TEXT COLLATE "C" NOT NULL,
    from_at       BIGINT NOT NULL,
    until_at      BIGINT NOT NULL,
    placed_at     BIGINT NOT NULL,
    placed_by     TEXT COLLATE "C" NOT NULL,
    lift_asked_by TEXT COLLATE "C" NOT NULL,
    lift_asked_at BIGINT NOT NULL,
    lifted_at     BIGINT NOT NULL,
    lifted_by     TEXT COLLATE "C" NOT NULL
);

CREATE INDEX blocks_by_agent ON blocks (user_code, block_id);

-- On which day an activation was last used: apart from activations, so that noting it costs none of its pages.
CREATE TABLE uses (
    user_code    TEXT COLLATE "C" NOT NULL,
    service_code TEXT COLLATE "C" NOT NULL,
    day          BIGINT NOT NULL,
    PRIMARY KEY (user_code, service_code)
);

CREATE TABLE operators (
    name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    roles      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    hash       BYTEA NOT NULL
);

CREATE TABLE switches (
    switch_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    hash       BYTEA NOT NULL
);

CREATE TABLE tokens (
    token_id   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder     TEXT COLLATE "C" NOT NULL,
    holder_id  TEXT COLLATE "C" NOT NULL,
    digest     BYTEA NOT NULL UNIQUE, -- of the token, which is not kept
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);

-- The keys of the personal texts in events. To destroy one is to erase the texts.
CREATE TABLE subject_keys (
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject_id   TEXT COLLATE "C" NOT NULL,
    key          BYTEA NOT NULL,
    PRIMARY KEY (subject_kind, subject_id)
);
