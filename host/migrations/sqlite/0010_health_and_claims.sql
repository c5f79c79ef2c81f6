-- How the syncs of a connection go, beside its state: a change of these alone is no new version of the connection.
ALTER TABLE connections ADD COLUMN sync_good_at      INTEGER;
ALTER TABLE connections ADD COLUMN sync_failures     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN sync_failed_since INTEGER;
ALTER TABLE connections ADD COLUMN sync_error        TEXT;

-- The fence rises with each claim. `owner` is the process that claimed it last; a claim that it did not end before it ended
-- itself counts in `deaths`, unless more was read (`progress`) than at the time before.
ALTER TABLE sync_job ADD COLUMN fence    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_job ADD COLUMN owner    TEXT;
ALTER TABLE sync_job ADD COLUMN deaths   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_job ADD COLUMN progress INTEGER NOT NULL DEFAULT 0;

-- Claims in a row that nobody ended.
ALTER TABLE webhook_turn ADD COLUMN unended INTEGER NOT NULL DEFAULT 0;
ALTER TABLE order_intent ADD COLUMN unended INTEGER NOT NULL DEFAULT 0;

-- Processes that ended while a plugin was at work for a connection. A run that comes to an end, well or not, clears those of
-- its connection.
CREATE TABLE plugin_death (
    connection INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    owner      TEXT    NOT NULL,
    connector  TEXT    NOT NULL,
    sha256     TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (connection, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX plugin_death_by_file ON plugin_death (connector, sha256, at);

-- Plugin files that are not called until an operator releases them, or another file takes their place.
CREATE TABLE plugin_quarantine (
    connector TEXT    NOT NULL,
    sha256    TEXT    NOT NULL,
    since     INTEGER NOT NULL,
    reason    TEXT    NOT NULL,
    PRIMARY KEY (connector, sha256)
) STRICT, WITHOUT ROWID;
