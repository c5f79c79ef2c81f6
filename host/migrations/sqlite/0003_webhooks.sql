-- Webhooks: deliveries as they came, the events in them, the entities to be read again, and what that changed.

-- When the reading began whose content a row has: an older reading never overwrites a newer one.
ALTER TABLE entities ADD COLUMN read_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE offers ADD COLUMN read_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE prices ADD COLUMN read_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inventory ADD COLUMN read_at INTEGER NOT NULL DEFAULT 0;

-- What is known of a connection's webhooks, once there is anything to know.
CREATE TABLE webhook_endpoint (
    connection       INTEGER PRIMARY KEY REFERENCES connections (key) ON DELETE CASCADE,
    allow_unsigned   INTEGER NOT NULL DEFAULT 0,
    accepted         INTEGER NOT NULL DEFAULT 0,
    duplicates       INTEGER NOT NULL DEFAULT 0,
    refused          INTEGER NOT NULL DEFAULT 0,
    polled           INTEGER NOT NULL DEFAULT 0,
    last_accepted_at INTEGER,
    last_refused_at  INTEGER,
    -- Reconciliation has found changes since, and no delivery came.
    silent_since     INTEGER
) STRICT;

-- The last deliveries that were refused; without their bodies.
CREATE TABLE webhook_refusal (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    connection   INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    at           INTEGER NOT NULL,
    verdict      TEXT    NOT NULL,
    likely_cause TEXT,
    bytes        INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_refusal_by_connection ON webhook_refusal (connection, seq);

-- The inbox. A delivery is `waiting` until its events are in their lanes, then `read`; `dead` when it could not be read.
CREATE TABLE webhook_delivery (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    connection  INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    way         TEXT    NOT NULL,
    verdict     TEXT    NOT NULL,
    signed_at   INTEGER,
    dedupe_key  TEXT,
    -- Headers and body, sealed.
    content     BLOB    NOT NULL,
    bytes       INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    -- How often people had it read again: its events then count whether they are known or not.
    replays     INTEGER NOT NULL DEFAULT 0,
    read_at     INTEGER,
    error       TEXT
) STRICT;
CREATE UNIQUE INDEX webhook_delivery_once ON webhook_delivery (connection, dedupe_key) WHERE dedupe_key IS NOT NULL;
CREATE INDEX webhook_delivery_by_connection ON webhook_delivery (connection, seq);
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (connection, seq) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_dead ON webhook_delivery (connection, seq) WHERE state = 'dead';

-- Events, each once, whatever deliveries tell it.
CREATE TABLE webhook_event (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    connection  INTEGER NOT NULL,
    delivery    INTEGER NOT NULL,
    topic       TEXT    NOT NULL,
    action      TEXT,
    dedupe_key  TEXT,
    occurred_at INTEGER,
    decision    TEXT    NOT NULL,
    reason      TEXT,
    refs        TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX webhook_event_once ON webhook_event (connection, dedupe_key) WHERE dedupe_key IS NOT NULL;
CREATE INDEX webhook_event_by_delivery ON webhook_event (delivery, seq);

-- One lane per entity that is to be read again; it ends with its work. `due_at` is when it may be claimed, so that a claim
-- is a later `due_at`; `wanted` counts what was asked, `taken` what the claim took along; the fence rises with each claim.
CREATE TABLE webhook_lane (
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
    PRIMARY KEY (connection, stream, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_lane_due ON webhook_lane (connection, due_at) WHERE dead_at IS NULL;
CREATE INDEX webhook_lane_dead ON webhook_lane (connection, dead_at) WHERE dead_at IS NOT NULL;

-- Whose turn it is: connections with deliveries to be read (`read`) or lanes to be worked off (`apply`), one row each.
CREATE TABLE webhook_turn (
    connection INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    work       TEXT    NOT NULL,
    due_at     INTEGER NOT NULL,
    fence      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (connection, work)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_turn_by_due ON webhook_turn (due_at);

-- Changed rows by day and by the way their change was learnt of; `unannounced` are those nobody had announced.
CREATE TABLE webhook_change (
    connection  INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    day         INTEGER NOT NULL,
    stream      TEXT    NOT NULL,
    way         TEXT    NOT NULL,
    changed     INTEGER NOT NULL DEFAULT 0,
    unannounced INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (connection, day, stream, way)
) STRICT, WITHOUT ROWID;
