-- The log of events: what is kept of it besides the events themselves. Nothing here is written by a change.

-- The hash of every complete block of 256 events: block n has the events 256 n + 1 to 256 n + 256.
CREATE TABLE log_blocks (
    block INTEGER NOT NULL PRIMARY KEY,
    hash  BLOB NOT NULL
);

-- Signed heads, numbered from 1 without a gap. size, root and at stand in the note as well, which is signed.
CREATE TABLE log_heads (
    head INTEGER NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    at   INTEGER NOT NULL,
    note TEXT NOT NULL
);
