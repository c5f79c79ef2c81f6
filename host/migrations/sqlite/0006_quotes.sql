-- Carts name variants by id or by SKU; a channel says what it thinks of prices that the platform did not confirm.

CREATE INDEX variants_by_sku ON variants (connection, sku) WHERE sku IS NOT NULL AND retired_at IS NULL;

ALTER TABLE channel ADD COLUMN local_quotes TEXT NOT NULL DEFAULT 'flag';
