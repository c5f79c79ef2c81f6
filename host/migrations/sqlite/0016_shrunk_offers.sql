-- An offer that comes without the variants it had stays as it was until a second pass says the same: the first that said
-- so, and when.
ALTER TABLE offers ADD COLUMN shrunk_by INTEGER;
ALTER TABLE offers ADD COLUMN shrunk_at INTEGER;
