-- A channel has one connection to a store. Those that were made at the same moment before this was kept stay as they are.
ALTER TABLE connections ADD COLUMN may_repeat INTEGER NOT NULL DEFAULT 0;
UPDATE connections SET may_repeat = 1
WHERE channel IS NOT NULL AND store_host IS NOT NULL AND status <> 'disconnected' AND EXISTS (
    SELECT 1 FROM connections older
    WHERE older.key < connections.key AND older.channel = connections.channel
      AND older.connector_id = connections.connector_id AND older.store_host = connections.store_host
      AND older.store_id = connections.store_id AND older.status <> 'disconnected'
);
CREATE UNIQUE INDEX connection_of_store ON connections (channel, connector_id, store_host, store_id)
WHERE channel IS NOT NULL AND store_host IS NOT NULL AND status <> 'disconnected' AND may_repeat = 0;

-- Whether an event is of a test connection: a test key reads no others, and its endpoints are sent no others.
ALTER TABLE outbox ADD COLUMN test INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET test = 1 WHERE connection IN (SELECT id FROM connections WHERE environment = 'test');
ALTER TABLE event_endpoint ADD COLUMN tests_only INTEGER NOT NULL DEFAULT 0;
