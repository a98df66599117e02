-- Changes of many activations at once. Times are as in the first schema.

CREATE TABLE plans (
    plan_id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    action          TEXT COLLATE "C" NOT NULL,
    owner           BIGINT NOT NULL,
    reason          TEXT COLLATE "C" NOT NULL,
    from_at         BIGINT NOT NULL,
    until_at        BIGINT NOT NULL,
    verify_by       BIGINT NOT NULL,
    filter_service  TEXT COLLATE "C" NOT NULL,
    filter_partner  TEXT COLLATE "C" NOT NULL,
    filter_status   TEXT COLLATE "C" NOT NULL,
    filter_city     TEXT COLLATE "C" NOT NULL,
    filter_region   TEXT COLLATE "C" NOT NULL,
    from_file       BIGINT NOT NULL,
    state           TEXT COLLATE "C" NOT NULL,
    pace            BIGINT NOT NULL,
    max_errors      BIGINT NOT NULL,
    items           BIGINT NOT NULL,
    unchanged       BIGINT NOT NULL,
    refused         BIGINT NOT NULL,
    done            BIGINT NOT NULL,
    skipped         BIGINT NOT NULL,
    failed          BIGINT NOT NULL,
    undone          BIGINT NOT NULL,
    kept            BIGINT NOT NULL,
    stop_at         BIGINT NOT NULL,
    cursor          BIGINT NOT NULL, -- the last item that had its turn
    made_by         TEXT COLLATE "C" NOT NULL,
    confirmed_by    TEXT COLLATE "C" NOT NULL,
    undone_by       TEXT COLLATE "C" NOT NULL,
    made_at         BIGINT NOT NULL,
    confirmed_at    BIGINT NOT NULL,
    ended_at        BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    seq             BIGINT NOT NULL,
    hash            BYTEA NOT NULL
);

CREATE TABLE plan_items (
    plan_id          TEXT COLLATE "C" NOT NULL,
    n                BIGINT NOT NULL,
    user_code        TEXT COLLATE "C" NOT NULL,
    service_code     TEXT COLLATE "C" NOT NULL,
    state            BIGINT NOT NULL,
    was_status       BIGINT NOT NULL,
    was_verification BIGINT NOT NULL,
    was_from         BIGINT NOT NULL,
    was_until        BIGINT NOT NULL,
    was_verify_by    BIGINT NOT NULL,
    was_version      BIGINT NOT NULL,
    after_version    BIGINT NOT NULL,
    block_id         TEXT COLLATE "C" NOT NULL,
    problem          TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (plan_id, n)
);

-- How many items a plan has of a service in a place: what is looked at before it is confirmed.
CREATE TABLE plan_totals (
    plan_id      TEXT COLLATE "C" NOT NULL,
    service_code TEXT COLLATE "C" NOT NULL,
    region       TEXT COLLATE "C" NOT NULL,
    city         TEXT COLLATE "C" NOT NULL,
    items        BIGINT NOT NULL,
    PRIMARY KEY (plan_id, service_code, region, city)
);
