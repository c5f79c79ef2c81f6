-- Who changed what, and when. Outlives what it names: nothing refers to it, and it refers to nothing.
CREATE TABLE audit (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    connection TEXT,
    subject    TEXT,
    detail     TEXT
) STRICT;
CREATE INDEX audit_by_connection ON audit (connection, seq);
CREATE INDEX audit_by_time ON audit (at);
