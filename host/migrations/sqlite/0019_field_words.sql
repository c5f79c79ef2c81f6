-- Columns and tables take the words that the interfaces use. Nothing but names changes.
ALTER TABLE customers RENAME COLUMN retired_at TO deleted_at;
ALTER TABLE entities RENAME COLUMN retired_at TO deleted_at;
ALTER TABLE inventory RENAME COLUMN retired_at TO deleted_at;
ALTER TABLE offers RENAME COLUMN retired_at TO deleted_at;
ALTER TABLE orders RENAME COLUMN retired_at TO deleted_at;
ALTER TABLE prices RENAME COLUMN retired_at TO deleted_at;
ALTER TABLE returns RENAME COLUMN retired_at TO deleted_at;
ALTER TABLE shipments RENAME COLUMN retired_at TO deleted_at;
ALTER TABLE variants RENAME COLUMN retired_at TO deleted_at;
ALTER TABLE sync_stream RENAME COLUMN retired TO deleted;

ALTER TABLE customers RENAME COLUMN email_mark TO email_pseudonym;
ALTER TABLE order_person RENAME COLUMN mark TO pseudonym;
ALTER TABLE erased_mark RENAME COLUMN mark TO pseudonym;
ALTER TABLE erased_mark RENAME TO erased_pseudonym;

ALTER TABLE connect_session RENAME COLUMN heard_at TO webhook_received_at;
ALTER TABLE event_endpoint RENAME COLUMN rest_until TO cooldown_until;
ALTER TABLE event_delivery RENAME COLUMN dead_at TO dead_lettered_at;
ALTER TABLE stream_position RENAME COLUMN announced_by TO emitted_by;
ALTER TABLE orders RENAME COLUMN pieces TO quantity;

ALTER TABLE order_intent RENAME COLUMN needs_person TO manual_resolution;
DROP INDEX order_intent_needing_a_person;
CREATE INDEX order_intent_needing_manual_resolution ON order_intent (connection, id) WHERE manual_resolution = 1;

ALTER TABLE webhook_change RENAME COLUMN way TO source;
ALTER TABLE webhook_delivery RENAME COLUMN way TO source;

-- One queue per entity that webhooks named, and one claim per connection and kind of work.
ALTER TABLE webhook_lane RENAME COLUMN way TO source;
ALTER TABLE webhook_lane RENAME COLUMN dead_at TO dead_lettered_at;
ALTER TABLE webhook_lane RENAME TO entity_queue;
DROP INDEX webhook_lane_dead;
DROP INDEX webhook_lane_due;
CREATE INDEX entity_queue_dead_lettered ON entity_queue (connection, dead_lettered_at) WHERE dead_lettered_at IS NOT NULL;
CREATE INDEX entity_queue_due ON entity_queue (connection, due_at) WHERE dead_lettered_at IS NULL;
ALTER TABLE webhook_turn RENAME TO webhook_claim;
DROP INDEX webhook_turn_by_due;
CREATE INDEX webhook_claim_by_due ON webhook_claim (due_at);
ALTER TABLE order_intent RENAME COLUMN looks TO searches;
ALTER TABLE webhook_change RENAME COLUMN unannounced TO drift;
