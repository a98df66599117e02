-- What people at the desk need: how they sign in, what they have taken up, what they look for, and what went on.
-- Times are as in the first schema.

-- == accounts: passwords, passkeys, sessions ==

-- == search: how agents are found ==

-- == reviews: who looks at which, and how long they wait; who may call from where, and when a key was last used ==

-- == activity: what went on, in steps of time ==

-- How often things happened in a step of time that began at start and lasts so many seconds.
CREATE TABLE activity (
    seconds INTEGER NOT NULL,
    start   INTEGER NOT NULL,
    name    TEXT NOT NULL,
    label   TEXT NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (seconds, start, name, label)
) WITHOUT ROWID;
