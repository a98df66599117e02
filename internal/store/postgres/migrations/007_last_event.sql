-- The number of the last event, so that no change has to look for it among all events, and which connection changed
-- anything last, which is kept where the tables are distributed. One row.
CREATE TABLE last_event (
    seq    BIGINT NOT NULL,
    writer TEXT COLLATE "C" NOT NULL
);

INSERT INTO last_event SELECT coalesce(max(seq), 0), '' FROM events;
