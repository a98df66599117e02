-- When the owner of a session last proved who they are, with all that it takes; 0 where nobody told. Of sessions from before
-- this was kept: when they began, unless they began at an OpenID provider, which may have asked nothing.
ALTER TABLE sessions ADD COLUMN proven_at INTEGER NOT NULL DEFAULT 0;

UPDATE sessions SET proven_at = created_at WHERE way <> 'openid';
