-- What people at the desk need: how they sign in, what they have taken up, what they look for, and what went on.
-- Times are as in the first schema.

-- == accounts: passwords, passkeys, sessions ==

-- == search: how agents are found ==

-- The words and codes by which agents (kind 1, id the user code) and members (kind 2, id the phone number) are found.
-- Nothing here is written by a change, but for what must be erased: see registry.Indexer.
CREATE TABLE search_terms (
    kind INTEGER NOT NULL,
    term TEXT NOT NULL,
    id   TEXT NOT NULL,
    PRIMARY KEY (kind, term, id)
) WITHOUT ROWID;

-- A member is known in events by its id, which is ordered by time: the index grows at its end.
CREATE INDEX members_by_id ON members (member_id);

-- What operators did is little among what partners did, who never pay for this.
CREATE INDEX events_by_operator ON events (seq) WHERE actor >= 'operator:' AND actor < 'operator;';

-- The keys of calls begin with a digest of the client_ref_id from now on. Those of before are looked for as they are for
-- as long as there are any: see registry.Registry.formerCalls.
INSERT INTO settings (name, value)
SELECT 'former_call_keys', CAST((SELECT max(at) FROM calls) AS TEXT) WHERE EXISTS (SELECT 1 FROM calls);

-- == reviews: who looks at which, and how long they wait; who may call from where, and when a key was last used ==

-- == activity: what went on, in steps of time ==
