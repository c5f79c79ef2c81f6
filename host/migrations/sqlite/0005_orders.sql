-- Orders and who bought. Bodies are sealed with the connection's data key: when that is destroyed, nobody can read them
-- any more. `digest` is a keyed hash of a body, to tell changed rows from unchanged ones. People are looked up by `mark`,
-- a keyed hash of an e-mail address or of the platform's id; no other column holds anything about a person.

CREATE TABLE orders (
    connection         INTEGER NOT NULL,
    id                 TEXT    NOT NULL,
    generation         INTEGER NOT NULL,
    changed_at         INTEGER NOT NULL,
    read_at            INTEGER NOT NULL,
    retired_at         INTEGER,
    number             TEXT,
    channel_reference  TEXT,
    status             TEXT    NOT NULL,
    fulfillment_status TEXT    NOT NULL,
    financial_status   TEXT    NOT NULL,
    currency           TEXT    NOT NULL,
    total_minor        INTEGER,
    pieces             INTEGER NOT NULL,
    placed_at          INTEGER,
    updated_at         INTEGER,
    erased             INTEGER NOT NULL,
    digest             BLOB    NOT NULL,
    body               BLOB    NOT NULL,
    PRIMARY KEY (connection, id)
) STRICT;
CREATE INDEX orders_by_change ON orders (connection, changed_at, id);
CREATE INDEX orders_by_reference ON orders (connection, channel_reference) WHERE channel_reference IS NOT NULL;

-- Whose data an order holds: who bought, who pays, who receives.
CREATE TABLE order_person (
    connection INTEGER NOT NULL,
    mark       BLOB    NOT NULL,
    order_id   TEXT    NOT NULL,
    PRIMARY KEY (connection, mark, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_person_by_order ON order_person (connection, order_id);

CREATE TABLE customers (
    connection INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    read_at    INTEGER NOT NULL,
    retired_at INTEGER,
    email_mark BLOB,
    updated_at INTEGER,
    digest     BLOB    NOT NULL,
    body       BLOB    NOT NULL,
    PRIMARY KEY (connection, id)
) STRICT;
CREATE INDEX customers_by_email ON customers (connection, email_mark) WHERE email_mark IS NOT NULL;

CREATE TABLE shipments (
    connection INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    read_at    INTEGER NOT NULL,
    retired_at INTEGER,
    order_id   TEXT    NOT NULL,
    status     TEXT,
    shipped_at INTEGER,
    digest     BLOB    NOT NULL,
    body       BLOB    NOT NULL,
    PRIMARY KEY (connection, id)
) STRICT;
CREATE INDEX shipments_by_order ON shipments (connection, order_id);

CREATE TABLE returns (
    connection INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    read_at    INTEGER NOT NULL,
    retired_at INTEGER,
    order_id   TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    status     TEXT,
    at         INTEGER,
    digest     BLOB    NOT NULL,
    body       BLOB    NOT NULL,
    PRIMARY KEY (connection, id)
) STRICT;
CREATE INDEX returns_by_order ON returns (connection, order_id);

-- People who were erased on request, and their orders, by mark: what the platform still has of them is not stored again.
CREATE TABLE erased_mark (
    connection INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    mark       BLOB    NOT NULL,
    erased_at  INTEGER NOT NULL,
    PRIMARY KEY (connection, mark)
) STRICT, WITHOUT ROWID;

-- What was asked of a platform's orders, written before the platform hears of it. One row per key, for ever.
CREATE TABLE order_intent (
    id            TEXT    PRIMARY KEY,
    connection    INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    key           TEXT    NOT NULL,
    op            TEXT    NOT NULL,
    order_id      TEXT,
    reference     TEXT,
    fingerprint   BLOB    NOT NULL,
    -- The request, sealed; destroyed once it is settled.
    request       BLOB,
    actor         TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    repeatable    INTEGER NOT NULL DEFAULT 0,
    -- Nothing more can be found out without a person.
    needs_person  INTEGER NOT NULL DEFAULT 0,
    attempts      INTEGER NOT NULL DEFAULT 0,
    looks         INTEGER NOT NULL DEFAULT 0,
    first_sent_at INTEGER,
    last_sent_at  INTEGER,
    error         TEXT,
    outcome       TEXT,
    fence         INTEGER NOT NULL,
    claimed_ms    INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    UNIQUE (connection, key)
) STRICT;
CREATE INDEX order_intent_unsettled ON order_intent (due_at) WHERE state IN ('intended', 'sent', 'unknown');
CREATE INDEX order_intent_repeatable ON order_intent (updated_at) WHERE state = 'rejected' AND request IS NOT NULL;
CREATE INDEX order_intent_by_reference ON order_intent (connection, reference) WHERE op = 'submit_order';
CREATE INDEX order_intent_by_connection ON order_intent (connection, id);

-- The orders an intent made or changed.
CREATE TABLE order_of_intent (
    connection INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    intent     TEXT    NOT NULL REFERENCES order_intent (id) ON DELETE CASCADE,
    order_id   TEXT    NOT NULL,
    PRIMARY KEY (intent, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_of_intent_by_order ON order_of_intent (connection, order_id);

-- What happened to orders and intents; only ever appended to. Holds nothing about a person.
CREATE TABLE order_history (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    connection INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    order_id   TEXT,
    intent     TEXT,
    kind       TEXT    NOT NULL,
    actor      TEXT,
    detail     TEXT    NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX order_history_by_order ON order_history (connection, order_id, seq) WHERE order_id IS NOT NULL;
CREATE INDEX order_history_by_intent ON order_history (connection, intent, seq) WHERE intent IS NOT NULL;
