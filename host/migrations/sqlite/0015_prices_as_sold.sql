-- A price belongs to what it is filed under, a pricelist, a market and a span of time. `valid_from` 0 stands for always: a
-- key has no NULL. Sizes of one colour share their prices by `price_group_id`.
DROP INDEX prices_missed;
CREATE TABLE prices_as_sold (
    connection          INTEGER NOT NULL,
    priced_id           TEXT    NOT NULL,
    pricelist_id        TEXT    NOT NULL,
    market_id           TEXT    NOT NULL,
    min_quantity        INTEGER NOT NULL,
    valid_from          INTEGER NOT NULL,
    valid_until         INTEGER,
    generation          INTEGER NOT NULL,
    changed_at          INTEGER NOT NULL,
    read_at             INTEGER NOT NULL DEFAULT 0,
    retired_at          INTEGER,
    missed_by           INTEGER,
    missed_at           INTEGER,
    currency            TEXT    NOT NULL,
    amount_minor        INTEGER NOT NULL,
    list_amount_minor   INTEGER,
    lowest_amount_minor INTEGER,
    tax                 TEXT    NOT NULL,
    source              TEXT    NOT NULL,
    PRIMARY KEY (connection, priced_id, pricelist_id, market_id, min_quantity, valid_from)
) STRICT, WITHOUT ROWID;
INSERT INTO prices_as_sold (connection, priced_id, pricelist_id, market_id, min_quantity, valid_from, valid_until, generation,
        changed_at, read_at, retired_at, missed_by, missed_at, currency, amount_minor, list_amount_minor, tax, source)
    SELECT connection, variant_id, pricelist_id, market_id, min_quantity, max(coalesce(valid_from, 0), 0), valid_until,
        generation, changed_at, read_at, retired_at, missed_by, missed_at, currency, amount_minor, list_amount_minor, tax,
        'regular' FROM prices;
DROP TABLE prices;
ALTER TABLE prices_as_sold RENAME TO prices;
CREATE INDEX prices_missed ON prices (connection) WHERE missed_by IS NOT NULL AND retired_at IS NULL;
-- When a price starts or ends without anything being written.
CREATE INDEX prices_starting ON prices (valid_from) WHERE valid_from > 0 AND retired_at IS NULL;
CREATE INDEX prices_ending ON prices (valid_until) WHERE valid_until IS NOT NULL;

ALTER TABLE variants ADD COLUMN price_group_id TEXT;
CREATE INDEX variants_by_price_group ON variants (connection, price_group_id) WHERE price_group_id IS NOT NULL;

-- Offers are read as a whole once more: a connector that groups prices says so in offers that have not changed otherwise.
UPDATE stream_position SET last_full_at = NULL WHERE stream = 'offers';

-- Which amounts this host saw, from when until when they held: what the lowest of 30 days is taken from.
CREATE TABLE price_seen (
    connection   INTEGER NOT NULL,
    priced_id    TEXT    NOT NULL,
    pricelist_id TEXT    NOT NULL,
    market_id    TEXT    NOT NULL,
    valid_from   INTEGER NOT NULL,
    from_ms      INTEGER NOT NULL,
    until_ms     INTEGER,
    currency     TEXT    NOT NULL,
    amount_minor INTEGER NOT NULL,
    PRIMARY KEY (connection, priced_id, pricelist_id, market_id, valid_from, from_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX price_seen_until ON price_seen (until_ms) WHERE until_ms IS NOT NULL;
INSERT INTO price_seen (connection, priced_id, pricelist_id, market_id, valid_from, from_ms, until_ms, currency, amount_minor)
    SELECT connection, priced_id, pricelist_id, market_id, valid_from, max(changed_at, valid_from), valid_until, currency,
        amount_minor FROM prices
    WHERE retired_at IS NULL AND min_quantity <= 1 AND (valid_until IS NULL OR valid_until > max(changed_at, valid_from));

-- Up to when prices that start or end were announced. While `until_ms` is set, that of the instants up to it is under way,
-- and everything up to the key is done.
CREATE TABLE price_timer (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    position   INTEGER NOT NULL,
    until_ms   INTEGER,
    connection INTEGER NOT NULL DEFAULT 0,
    priced_id  TEXT    NOT NULL DEFAULT ''
) STRICT;
