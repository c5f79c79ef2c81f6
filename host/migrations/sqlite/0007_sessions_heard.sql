-- The first authentic delivery for a connection that is still being made: its merchant is told.

ALTER TABLE connect_session ADD COLUMN heard_at INTEGER;

CREATE INDEX connect_session_by_connection ON connect_session (connection);
