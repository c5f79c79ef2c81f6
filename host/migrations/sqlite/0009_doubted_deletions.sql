-- What a pass did not see is deleted only when there is no reason to doubt the pass. `missed_by` is the first pass that
-- missed a row since it was last seen: the row is held while `missed_by > generation`. `missed_at` is when a pass of which
-- no request failed missed it first; a second such pass confirms the deletion.

ALTER TABLE entities ADD COLUMN missed_by INTEGER;
ALTER TABLE entities ADD COLUMN missed_at INTEGER;
ALTER TABLE offers ADD COLUMN missed_by INTEGER;
ALTER TABLE offers ADD COLUMN missed_at INTEGER;
ALTER TABLE prices ADD COLUMN missed_by INTEGER;
ALTER TABLE prices ADD COLUMN missed_at INTEGER;
ALTER TABLE inventory ADD COLUMN missed_by INTEGER;
ALTER TABLE inventory ADD COLUMN missed_at INTEGER;
ALTER TABLE orders ADD COLUMN missed_by INTEGER;
ALTER TABLE orders ADD COLUMN missed_at INTEGER;
ALTER TABLE customers ADD COLUMN missed_by INTEGER;
ALTER TABLE customers ADD COLUMN missed_at INTEGER;
ALTER TABLE shipments ADD COLUMN missed_by INTEGER;
ALTER TABLE shipments ADD COLUMN missed_at INTEGER;
ALTER TABLE returns ADD COLUMN missed_by INTEGER;
ALTER TABLE returns ADD COLUMN missed_at INTEGER;

CREATE INDEX entities_missed ON entities (connection, stream) WHERE missed_by IS NOT NULL AND retired_at IS NULL;
CREATE INDEX offers_missed ON offers (connection) WHERE missed_by IS NOT NULL AND retired_at IS NULL;
CREATE INDEX prices_missed ON prices (connection) WHERE missed_by IS NOT NULL AND retired_at IS NULL;
CREATE INDEX inventory_missed ON inventory (connection) WHERE missed_by IS NOT NULL AND retired_at IS NULL;
CREATE INDEX orders_missed ON orders (connection) WHERE missed_by IS NOT NULL AND retired_at IS NULL;
CREATE INDEX customers_missed ON customers (connection) WHERE missed_by IS NOT NULL AND retired_at IS NULL;
CREATE INDEX shipments_missed ON shipments (connection) WHERE missed_by IS NOT NULL AND retired_at IS NULL;
CREATE INDEX returns_missed ON returns (connection) WHERE missed_by IS NOT NULL AND retired_at IS NULL;

-- Of a pass: what was left out on purpose, why its deletions are doubted, and how much of it was held. `stored` counts the
-- rows its records became, `requests` what was asked of the platform, `bytes` the text of its pages.
ALTER TABLE sync_stream ADD COLUMN left_out TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sync_stream ADD COLUMN doubts TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sync_stream ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_stream ADD COLUMN stored INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_stream ADD COLUMN requests INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_stream ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;

-- Of a stream over all passes: since when deletions are held, and why. `kept` and `kept_bytes` are what it may occupy at most.
ALTER TABLE stream_position ADD COLUMN held_since INTEGER;
ALTER TABLE stream_position ADD COLUMN held_doubts TEXT;
ALTER TABLE stream_position ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stream_position ADD COLUMN kept_bytes INTEGER NOT NULL DEFAULT 0;

-- A run that was deferred has ended, and the next one goes on with it: `begun_at` is when the first of such a row of runs
-- began, `deferred` the stream that was being read, `idle` how many of them in a row brought no page.
ALTER TABLE sync_run ADD COLUMN begun_at INTEGER;
ALTER TABLE sync_run ADD COLUMN continues TEXT;
ALTER TABLE sync_run ADD COLUMN deferred TEXT;
ALTER TABLE sync_run ADD COLUMN idle INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_run ADD COLUMN pages_before INTEGER NOT NULL DEFAULT 0;
UPDATE stream_position SET kept = CASE stream
    WHEN 'offers' THEN (SELECT count(*) FROM offers t WHERE t.connection = stream_position.connection)
    WHEN 'prices' THEN (SELECT count(*) FROM prices t WHERE t.connection = stream_position.connection)
    WHEN 'inventory' THEN (SELECT count(*) FROM inventory t WHERE t.connection = stream_position.connection)
    WHEN 'orders' THEN (SELECT count(*) FROM orders t WHERE t.connection = stream_position.connection)
    WHEN 'customers' THEN (SELECT count(*) FROM customers t WHERE t.connection = stream_position.connection)
    WHEN 'shipments' THEN (SELECT count(*) FROM shipments t WHERE t.connection = stream_position.connection)
    WHEN 'returns' THEN (SELECT count(*) FROM returns t WHERE t.connection = stream_position.connection)
    ELSE (SELECT count(*) FROM entities t WHERE t.connection = stream_position.connection AND t.stream = stream_position.stream)
END;
