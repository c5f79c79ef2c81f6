-- The newest number of the outbox. Who writes events takes the next numbers from here and keeps the row until it commits: the
-- order of numbers is the order of commits, on any database and with any number of writers.
CREATE TABLE outbox_head (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO outbox_head (id, seq)
    VALUES (1, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0));
