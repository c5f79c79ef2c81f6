-- Events out: what has happened, who is told, and how the telling went.

-- One row per event, written in the transaction that makes it true. One writer: a rising `seq` is the order of commits.
-- Outlives its connection. `channel` is who hears it; without one, operators alone. `once` keeps an event from being
-- written twice.
CREATE TABLE outbox (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT    NOT NULL UNIQUE,
    connection TEXT    NOT NULL,
    channel    TEXT,
    type       TEXT    NOT NULL,
    subject    TEXT,
    data       TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    once       TEXT
) STRICT;
CREATE UNIQUE INDEX outbox_once ON outbox (once) WHERE once IS NOT NULL;
CREATE INDEX outbox_by_channel ON outbox (channel, seq);
CREATE INDEX outbox_by_connection ON outbox (connection, seq);

-- The run that first read a stream to its end: from then on each change of a row is an event.
ALTER TABLE stream_position ADD COLUMN announced_by TEXT;
UPDATE stream_position SET announced_by = '' WHERE last_full_at IS NOT NULL;

-- Who is told. Everything up to `position` was tried once; what failed then stands in `event_delivery`.
CREATE TABLE event_endpoint (
    key             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT    NOT NULL UNIQUE,
    version         INTEGER NOT NULL,
    channel         TEXT    REFERENCES channel (id) ON DELETE CASCADE,
    url             TEXT    NOT NULL,
    description     TEXT    NOT NULL,
    types           TEXT    NOT NULL,
    secret          BLOB    NOT NULL,
    former_secret   BLOB,
    former_until    INTEGER,
    disabled_at     INTEGER,
    disabled_reason TEXT,
    position        INTEGER NOT NULL,
    -- The breaker: failures in a row, and until when nothing is sent.
    failures        INTEGER NOT NULL DEFAULT 0,
    rest_until      INTEGER NOT NULL DEFAULT 0,
    -- A worker that is at work on it renews its claim; the fence rises with each.
    claimed_ms      INTEGER NOT NULL DEFAULT 0,
    fence           INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    last_success_at INTEGER,
    last_failure_at INTEGER
) STRICT;
CREATE INDEX event_endpoint_by_channel ON event_endpoint (channel, id);

-- Events that are to be sent again: after a failure, or because somebody wished it. `dead_at`: given up.
CREATE TABLE event_delivery (
    endpoint INTEGER NOT NULL REFERENCES event_endpoint (key) ON DELETE CASCADE,
    event    INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due_at   INTEGER NOT NULL,
    dead_at  INTEGER,
    PRIMARY KEY (endpoint, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_delivery_due ON event_delivery (endpoint, due_at) WHERE dead_at IS NULL;
CREATE INDEX event_delivery_dead ON event_delivery (endpoint, event) WHERE dead_at IS NOT NULL;

-- How each attempt went.
CREATE TABLE event_attempt (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint    INTEGER NOT NULL REFERENCES event_endpoint (key) ON DELETE CASCADE,
    event       INTEGER NOT NULL,
    event_id    TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    number      INTEGER NOT NULL,
    outcome     TEXT    NOT NULL,
    status      INTEGER,
    error       TEXT,
    duration_ms INTEGER NOT NULL,
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX event_attempt_by_endpoint ON event_attempt (endpoint, seq);
CREATE INDEX event_attempt_by_age ON event_attempt (at);
