-- The first uses of signatures whose timestamps are still taken, of keys that must not use one twice: so that a
-- signature that was used at one node is used at all. signed_at is in milliseconds, as it was sent.
CREATE TABLE signature_uses (
    developer_key TEXT COLLATE "C" NOT NULL,
    signed_at     BIGINT NOT NULL,
    digest        BIGINT NOT NULL,
    address       TEXT COLLATE "C" NOT NULL,
    used_at       BIGINT NOT NULL,
    PRIMARY KEY (developer_key, signed_at)
);

CREATE INDEX signature_uses_by_age ON signature_uses (used_at);
