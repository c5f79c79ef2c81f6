-- Which trace caused it, as W3C trace context: events carry it on, and work that comes later links to it.
ALTER TABLE outbox ADD COLUMN traceparent TEXT;
ALTER TABLE sync_job ADD COLUMN traceparent TEXT;
ALTER TABLE webhook_delivery ADD COLUMN traceparent TEXT;
