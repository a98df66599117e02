-- The log of events: what is kept of it besides the events themselves. Nothing here is written by a change.

-- The hash of every complete block of 256 events: block n has the events 256 n + 1 to 256 n + 256.
CREATE TABLE log_blocks (
    block BIGINT NOT NULL PRIMARY KEY,
    hash  BYTEA NOT NULL
);

-- Signed heads, numbered from 1 without a gap. size, root and at stand in the note as well, which is signed.
CREATE TABLE log_heads (
    head BIGINT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    at   BIGINT NOT NULL,
    note TEXT COLLATE "C" NOT NULL
);
