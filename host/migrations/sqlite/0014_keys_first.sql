-- The columns of a key come first: SQLite before 3.41 takes a table without row ids for damaged that has them in another
-- order (`PRAGMA integrity_check` reports a NULL that is none).
CREATE TABLE order_of_intent_keyed (
    intent     TEXT    NOT NULL REFERENCES order_intent (id) ON DELETE CASCADE,
    order_id   TEXT    NOT NULL,
    connection INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    PRIMARY KEY (intent, order_id)
) STRICT, WITHOUT ROWID;
INSERT INTO order_of_intent_keyed (intent, order_id, connection)
    SELECT intent, order_id, connection FROM order_of_intent;
DROP TABLE order_of_intent;
ALTER TABLE order_of_intent_keyed RENAME TO order_of_intent;
CREATE INDEX order_of_intent_by_order ON order_of_intent (connection, order_id);
