-- What people at the desk need: how they sign in, what they have taken up, what they look for, and what went on.
-- Times are as in the first schema.

-- == accounts: passwords, passkeys, sessions ==

-- == search: how agents are found ==

-- == reviews: who looks at which, and how long they wait; who may call from where, and when a key was last used ==

-- == activity: what went on, in steps of time ==

-- What happened in a step of time that began at start and lasts so many seconds: a line for each thing, with its name,
-- its label and how often, between tabs. A chart is read whole, so that a row for each number would only cost.
CREATE TABLE activity (
    seconds INTEGER NOT NULL,
    start   INTEGER NOT NULL,
    counts  TEXT NOT NULL,
    PRIMARY KEY (seconds, start)
) WITHOUT ROWID;
