-- Mobile banking: members, the channels that call for them, and the ladders of wrong attempts. Times are
-- as in the first schema; version, seq and hash are the head of a chain of events.

-- What a call without a PIN needs stands first: the columns behind it are not decoded. revision counts every
-- write of the row, for most of a member's writes record no event.
--
-- A tally is five columns with a prefix: password for wrong PINs from a bound device, foreign for those from
-- elsewhere, otp for wrong one-time passwords.
CREATE TABLE members (
    msisdn            TEXT NOT NULL PRIMARY KEY,
    member_id         TEXT NOT NULL,
    standing          INTEGER NOT NULL,
    number            TEXT NOT NULL,
    full_name         TEXT NOT NULL,
    identity_type     TEXT NOT NULL,
    identity          TEXT NOT NULL,
    imsi              TEXT NOT NULL,
    app_id            TEXT NOT NULL,
    password_attempts INTEGER NOT NULL,
    password_flag     TEXT NOT NULL,
    password_action   INTEGER NOT NULL,
    password_until    INTEGER NOT NULL,
    password_imposed  INTEGER NOT NULL,
    foreign_attempts  INTEGER NOT NULL,
    foreign_flag      TEXT NOT NULL,
    foreign_action    INTEGER NOT NULL,
    foreign_until     INTEGER NOT NULL,
    foreign_imposed   INTEGER NOT NULL,
    otp_attempts      INTEGER NOT NULL,
    otp_flag          TEXT NOT NULL,
    otp_action        INTEGER NOT NULL,
    otp_until         INTEGER NOT NULL,
    otp_imposed       INTEGER NOT NULL,
    revision          INTEGER NOT NULL,
    pin_chosen        INTEGER NOT NULL,
    pin_hash          TEXT NOT NULL,
    pin_set_at        INTEGER NOT NULL,
    wrong_identities  INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    version           INTEGER NOT NULL,
    seq               INTEGER NOT NULL,
    hash              BLOB NOT NULL,
    identity_normal   TEXT NOT NULL -- as identities are compared
) WITHOUT ROWID;

-- Both are for the few look-ups by something else than the phone number, and hold only members who have it.
-- Neither is touched by what changes often: a write of tallies, devices or the PIN costs no page of them.
CREATE UNIQUE INDEX members_by_number ON members (number) WHERE number <> '';

CREATE INDEX members_by_identity ON members (identity_type, identity_normal) WHERE identity_normal <> '';

-- Calls that show a PIN, in the order they first came, as in calls: old ones are forgotten from one end, and
-- the index over the random keys is as narrow as it can be. A call is written twice, once begun and once
-- answered, both times in the same place.
CREATE TABLE member_calls (
    call_id     INTEGER NOT NULL PRIMARY KEY,
    call_key    BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    pin_tag     BLOB NOT NULL,
    begun       INTEGER NOT NULL,
    counted     INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    answer      BLOB NOT NULL,
    at          INTEGER NOT NULL
);

CREATE UNIQUE INDEX member_calls_by_key ON member_calls (call_key);

-- addresses are networks separated by commas; none means anywhere.
CREATE TABLE channels (
    channel_id TEXT NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL,
    addresses  TEXT NOT NULL,
    rate       REAL NOT NULL,
    burst      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    hash       BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE channel_secrets (
    secret_id  TEXT NOT NULL PRIMARY KEY,
    channel_id TEXT NOT NULL,
    digest     BLOB NOT NULL, -- of the secret, which is not kept
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL
) WITHOUT ROWID;

-- A ladder without a row is the published one. Durations are microseconds; every and the columns after it say
-- what happens beyond the last step.
CREATE TABLE ladders (
    security         TEXT NOT NULL PRIMARY KEY,
    every            INTEGER NOT NULL,
    further_flag     TEXT NOT NULL,
    further_action   INTEGER NOT NULL,
    further_duration INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    seq              INTEGER NOT NULL,
    hash             BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE ladder_steps (
    security TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    flag     TEXT NOT NULL,
    action   INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    PRIMARY KEY (security, attempts)
) WITHOUT ROWID;
