-- Changes of many activations at once. Times are as in the first schema.

CREATE TABLE plans (
    plan_id         TEXT NOT NULL PRIMARY KEY,
    action          TEXT NOT NULL,
    owner           INTEGER NOT NULL,
    reason          TEXT NOT NULL,
    from_at         INTEGER NOT NULL,
    until_at        INTEGER NOT NULL,
    verify_by       INTEGER NOT NULL,
    filter_service  TEXT NOT NULL,
    filter_partner  TEXT NOT NULL,
    filter_status   TEXT NOT NULL,
    filter_city     TEXT NOT NULL,
    filter_region   TEXT NOT NULL,
    from_file       INTEGER NOT NULL,
    state           TEXT NOT NULL,
    pace            INTEGER NOT NULL,
    max_errors      INTEGER NOT NULL,
    items           INTEGER NOT NULL,
    unchanged       INTEGER NOT NULL,
    refused         INTEGER NOT NULL,
    done            INTEGER NOT NULL,
    skipped         INTEGER NOT NULL,
    failed          INTEGER NOT NULL,
    undone          INTEGER NOT NULL,
    kept            INTEGER NOT NULL,
    stop_at         INTEGER NOT NULL,
    cursor          INTEGER NOT NULL, -- the last item that had its turn
    made_by         TEXT NOT NULL,
    confirmed_by    TEXT NOT NULL,
    undone_by       TEXT NOT NULL,
    made_at         INTEGER NOT NULL,
    confirmed_at    INTEGER NOT NULL,
    ended_at        INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    hash            BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE plan_items (
    plan_id          TEXT NOT NULL,
    n                INTEGER NOT NULL,
    user_code        TEXT NOT NULL,
    service_code     TEXT NOT NULL,
    state            INTEGER NOT NULL,
    was_status       INTEGER NOT NULL,
    was_verification INTEGER NOT NULL,
    was_from         INTEGER NOT NULL,
    was_until        INTEGER NOT NULL,
    was_verify_by    INTEGER NOT NULL,
    was_version      INTEGER NOT NULL,
    after_version    INTEGER NOT NULL,
    block_id         TEXT NOT NULL,
    problem          TEXT NOT NULL,
    PRIMARY KEY (plan_id, n)
) WITHOUT ROWID;

-- How many items a plan has of a service in a place: what is looked at before it is confirmed.
CREATE TABLE plan_totals (
    plan_id      TEXT NOT NULL,
    service_code TEXT NOT NULL,
    region       TEXT NOT NULL,
    city         TEXT NOT NULL,
    items        INTEGER NOT NULL,
    PRIMARY KEY (plan_id, service_code, region, city)
) WITHOUT ROWID;
