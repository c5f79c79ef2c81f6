-- The replica that confirms a session, and when its last checks were asked for: a list of milliseconds.
ALTER TABLE connect_session ADD COLUMN confirming_by TEXT;
ALTER TABLE connect_session ADD COLUMN checks        TEXT NOT NULL DEFAULT '[]';
