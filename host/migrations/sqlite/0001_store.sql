-- Times are milliseconds since 1970 UTC. `connection` in other tables is connections.key: short, and never used twice, so
-- that rows a removed connection leaves behind for a moment can never show up in another one.

CREATE TABLE connections (
    key            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT    NOT NULL UNIQUE,
    version        INTEGER NOT NULL,
    connector_id   TEXT    NOT NULL,
    plugin_version TEXT    NOT NULL,
    label          TEXT    NOT NULL,
    environment    TEXT    NOT NULL,
    status         TEXT    NOT NULL,
    status_cause   TEXT,
    status_remedy  TEXT,
    status_since   INTEGER NOT NULL,
    store_host     TEXT,
    store_id       TEXT,
    store_name     TEXT,
    settings       TEXT    NOT NULL,
    credentials    TEXT    NOT NULL,
    findings       TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    validated_at   INTEGER
) STRICT;
CREATE INDEX connections_by_store ON connections (connector_id, store_host, store_id);

-- Connections that are gone but whose catalog is still being deleted.
CREATE TABLE removed_connection (
    key INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE data_key (
    connection INTEGER PRIMARY KEY REFERENCES connections (key) ON DELETE CASCADE,
    kid        TEXT NOT NULL,
    blob       BLOB NOT NULL
) STRICT;

CREATE TABLE sealed_value (
    connection INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    blob       BLOB    NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (connection, name)
) STRICT;

CREATE TABLE state_value (
    connection INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    key        TEXT    NOT NULL,
    blob       BLOB    NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (connection, key)
) STRICT;

CREATE TABLE sync_lease (
    connection INTEGER PRIMARY KEY REFERENCES connections (key) ON DELETE CASCADE,
    owner      TEXT    NOT NULL,
    fence      INTEGER NOT NULL,
    until_ms   INTEGER NOT NULL
) STRICT;

CREATE TABLE sync_run (
    id         TEXT    PRIMARY KEY,
    connection INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    trigger    TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    result     TEXT,
    error      TEXT,
    resumed    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX sync_run_by_connection ON sync_run (connection, id);
-- A connection has at most one unfinished run: the one to resume.
CREATE UNIQUE INDEX sync_run_unfinished ON sync_run (connection) WHERE ended_at IS NULL;

CREATE TABLE sync_stream (
    run        TEXT    NOT NULL REFERENCES sync_run (id) ON DELETE CASCADE,
    ordinal    INTEGER NOT NULL,
    stream     TEXT    NOT NULL,
    mode       TEXT    NOT NULL,
    since      INTEGER,
    watermark  INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    checkpoint TEXT,
    pages      INTEGER NOT NULL DEFAULT 0,
    seen       INTEGER NOT NULL DEFAULT 0,
    upserted   INTEGER NOT NULL DEFAULT 0,
    unchanged  INTEGER NOT NULL DEFAULT 0,
    retired    INTEGER NOT NULL DEFAULT 0,
    skipped    INTEGER NOT NULL DEFAULT 0,
    total      INTEGER,
    notices    TEXT    NOT NULL DEFAULT '[]',
    error      TEXT,
    started_at INTEGER,
    ended_at   INTEGER,
    PRIMARY KEY (run, stream)
) STRICT;

CREATE TABLE stream_position (
    connection        INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    stream            TEXT    NOT NULL,
    last_ok_watermark INTEGER,
    last_full_at      INTEGER,
    generation        INTEGER NOT NULL,
    PRIMARY KEY (connection, stream)
) STRICT, WITHOUT ROWID;

-- The catalog. `generation` is the last pass that saw a row, `changed_at` when its content last changed here.

CREATE TABLE entities (
    connection INTEGER NOT NULL,
    stream     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    retired_at INTEGER,
    title      TEXT,
    parent_id  TEXT,
    body       TEXT    NOT NULL,
    PRIMARY KEY (connection, stream, id)
) STRICT;

CREATE TABLE offers (
    connection INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    retired_at INTEGER,
    status     TEXT    NOT NULL,
    updated_at INTEGER,
    title      TEXT,
    handle     TEXT,
    search     TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    PRIMARY KEY (connection, id)
) STRICT;

-- A variant may stand in several offers, so the offer is part of its key.
CREATE TABLE variants (
    connection INTEGER NOT NULL,
    offer_id   TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    retired_at INTEGER,
    active     INTEGER NOT NULL,
    sku        TEXT,
    title      TEXT,
    PRIMARY KEY (connection, offer_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX variants_by_id ON variants (connection, id);

CREATE TABLE prices (
    connection        INTEGER NOT NULL,
    variant_id        TEXT    NOT NULL,
    pricelist_id      TEXT    NOT NULL,
    market_id         TEXT    NOT NULL,
    min_quantity      INTEGER NOT NULL,
    generation        INTEGER NOT NULL,
    changed_at        INTEGER NOT NULL,
    retired_at        INTEGER,
    currency          TEXT    NOT NULL,
    amount_minor      INTEGER NOT NULL,
    list_amount_minor INTEGER,
    tax               TEXT    NOT NULL,
    valid_from        INTEGER,
    valid_until       INTEGER,
    PRIMARY KEY (connection, variant_id, pricelist_id, market_id, min_quantity)
) STRICT, WITHOUT ROWID;

CREATE TABLE inventory (
    connection  INTEGER NOT NULL,
    variant_id  TEXT    NOT NULL,
    location_id TEXT    NOT NULL,
    generation  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    retired_at  INTEGER,
    available   INTEGER NOT NULL,
    policy      TEXT    NOT NULL,
    as_of       INTEGER,
    PRIMARY KEY (connection, variant_id, location_id)
) STRICT, WITHOUT ROWID;
