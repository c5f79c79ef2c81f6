-- Statements ask for truth values as such: an index that asks for the number 1 would not be used.
DROP INDEX order_intent_needing_manual_resolution;
CREATE INDEX order_intent_needing_manual_resolution ON order_intent (connection, id) WHERE manual_resolution;
