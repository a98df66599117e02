-- What people at the desk need: how they sign in, what they have taken up, what they look for, and what went on.
-- Times are as in the first schema.

-- == accounts: passwords, passkeys, sessions ==

-- == search: how agents are found ==

-- == reviews: who looks at which, and how long they wait; who may call from where, and when a key was last used ==

-- == activity: what went on, in steps of time ==
