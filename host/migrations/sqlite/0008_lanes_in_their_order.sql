-- Lanes lie in the order in which they were opened, not by the id of their entity: what is claimed together lies together,
-- so that a claim writes a few pages however many lanes wait.
ALTER TABLE webhook_lane RENAME TO webhook_lane_before;
DROP INDEX webhook_lane_due;
DROP INDEX webhook_lane_dead;
CREATE TABLE webhook_lane (
    seq        INTEGER PRIMARY KEY,
    connection INTEGER NOT NULL,
    stream     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    due_at     INTEGER NOT NULL,
    fence      INTEGER NOT NULL DEFAULT 0,
    wanted     INTEGER NOT NULL,
    taken      INTEGER NOT NULL DEFAULT 0,
    attempts   INTEGER NOT NULL DEFAULT 0,
    way        TEXT    NOT NULL,
    delivery   INTEGER,
    since      INTEGER NOT NULL,
    dead_at    INTEGER,
    error      TEXT,
    UNIQUE (connection, stream, id)
) STRICT;
INSERT INTO webhook_lane (connection, stream, id, due_at, fence, wanted, taken, attempts, way, delivery, since, dead_at, error)
    SELECT connection, stream, id, due_at, fence, wanted, taken, attempts, way, delivery, since, dead_at, error
    FROM webhook_lane_before ORDER BY due_at;
DROP TABLE webhook_lane_before;
CREATE INDEX webhook_lane_due ON webhook_lane (connection, due_at) WHERE dead_at IS NULL;
CREATE INDEX webhook_lane_dead ON webhook_lane (connection, dead_at) WHERE dead_at IS NOT NULL;
