-- Who may use the HTTP interface, the merchants' links, the work that is due, and what has happened to connections.

ALTER TABLE connections ADD COLUMN status_actor TEXT;
ALTER TABLE connections ADD COLUMN channel TEXT;
ALTER TABLE connections ADD COLUMN merchant_id TEXT;
ALTER TABLE connections ADD COLUMN paused_at INTEGER;
CREATE INDEX connections_by_channel ON connections (channel, id);

CREATE TABLE channel (
    id                 TEXT    PRIMARY KEY,
    version            INTEGER NOT NULL,
    name               TEXT    NOT NULL,
    logo_url           TEXT,
    accent_color       TEXT,
    redirect_urls      TEXT    NOT NULL,
    allowed_connectors TEXT    NOT NULL,
    frame_ancestors    TEXT    NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
) STRICT;

-- A key without a channel is an operator's. Only the hash of its secret is kept.
CREATE TABLE api_key (
    id           TEXT    PRIMARY KEY,
    channel      TEXT    REFERENCES channel (id) ON DELETE CASCADE,
    environment  TEXT    NOT NULL,
    label        TEXT    NOT NULL,
    hash         BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;
CREATE INDEX api_key_by_channel ON api_key (channel, id);

-- A signed-in browser of an operator.
CREATE TABLE login (
    hash       BLOB    PRIMARY KEY,
    key        TEXT    NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT;

-- A merchant's link. `sealed` holds what was checked and waits for the merchant's yes; secrets stand nowhere else.
CREATE TABLE connect_session (
    id           TEXT    PRIMARY KEY,
    token_hash   BLOB    NOT NULL UNIQUE,
    channel      TEXT    NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    connector_id TEXT    NOT NULL,
    connection   TEXT    NOT NULL,
    reauth       INTEGER NOT NULL,
    redirect_url TEXT    NOT NULL,
    state        TEXT,
    merchant_id  TEXT,
    locale       TEXT,
    environment  TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    draft        TEXT    NOT NULL,
    sealed       BLOB,
    result       TEXT,
    result_key   BLOB,
    redeemed_at  INTEGER,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX connect_session_by_expiry ON connect_session (expires_at);

-- What happened to a connection. Outlives the connection; `once` keeps a reminder from being recorded twice.
CREATE TABLE connection_event (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    connection TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    before     TEXT,
    after      TEXT,
    cause      TEXT,
    actor      TEXT,
    at         INTEGER NOT NULL,
    once       TEXT    UNIQUE
) STRICT;
CREATE INDEX connection_event_by_connection ON connection_event (connection, seq);

-- The next sync of a connection. A worker that is at work on it renews its claim.
CREATE TABLE sync_job (
    connection  INTEGER PRIMARY KEY REFERENCES connections (key) ON DELETE CASCADE,
    due_at      INTEGER NOT NULL,
    full        INTEGER NOT NULL,
    trigger     TEXT    NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    -- Asked for again while a worker is at work on it.
    wanted      INTEGER NOT NULL DEFAULT 0,
    claimed_ms  INTEGER NOT NULL DEFAULT 0,
    last_error  TEXT
) STRICT;
CREATE INDEX sync_job_by_due ON sync_job (due_at);
