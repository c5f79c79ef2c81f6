-- Processes that serve over this database. One whose time is over has ended, or stands still. `alive_since` is when it was
-- late last.
CREATE TABLE replica (
    owner       TEXT    PRIMARY KEY,
    role        TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    started_at  INTEGER NOT NULL,
    alive_since INTEGER NOT NULL,
    alive_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Work that one replica does for all. Two names are work of nobody: who writes what it has counted holds their row.
CREATE TABLE singleton (
    name  TEXT PRIMARY KEY,
    owner TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO singleton (name) VALUES ('operators'), ('suspects');

-- Replicas that send requests for a connection at the moment: they share the quota of its platform.
CREATE TABLE budget_share (
    connection TEXT    NOT NULL,
    owner      TEXT    NOT NULL,
    until_ms   INTEGER NOT NULL,
    PRIMARY KEY (connection, owner)
) STRICT, WITHOUT ROWID;
