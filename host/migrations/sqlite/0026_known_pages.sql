-- Pages of a full pass as they were when they were last written, by the digest of their records: a page that comes again
-- unchanged is noted here, its rows are not written again. A row was seen by the pass that saw its page.
CREATE TABLE known_page (
    -- Never given twice: rows keep the key of a page that is gone.
    key        INTEGER PRIMARY KEY AUTOINCREMENT,
    connection INTEGER NOT NULL REFERENCES connections (key) ON DELETE CASCADE,
    stream     TEXT    NOT NULL,
    -- None once one of its rows was written otherwise.
    digest     BLOB,
    -- Rows that its records became.
    stored     INTEGER NOT NULL,
    -- Generation of the pass that saw it last, and when that read it.
    seen_by    INTEGER NOT NULL,
    read_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX known_page_by_digest ON known_page (connection, stream, digest);

ALTER TABLE entities ADD COLUMN page_key INTEGER;
ALTER TABLE offers ADD COLUMN page_key INTEGER;
ALTER TABLE prices ADD COLUMN page_key INTEGER;
ALTER TABLE inventory ADD COLUMN page_key INTEGER;
ALTER TABLE orders ADD COLUMN page_key INTEGER;
ALTER TABLE customers ADD COLUMN page_key INTEGER;
ALTER TABLE shipments ADD COLUMN page_key INTEGER;
ALTER TABLE returns ADD COLUMN page_key INTEGER;
