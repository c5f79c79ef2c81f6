-- Where what a platform did differs from what was agreed, as JSON; and who accepted that, as JSON.
ALTER TABLE order_intent ADD COLUMN differs TEXT;
ALTER TABLE order_intent ADD COLUMN accepted TEXT;
CREATE INDEX order_intent_needing_a_person ON order_intent (connection, id) WHERE needs_person = 1;

-- The channel's number in the form in which it is compared: numbers that look the same are the same. Those of plain
-- characters have that form; the program gives it to the others.
ALTER TABLE order_intent ADD COLUMN reference_key TEXT;
UPDATE order_intent SET reference_key = reference WHERE reference IS NOT NULL AND reference NOT GLOB '*[^!-~]*';
DROP INDEX order_intent_by_reference;
CREATE INDEX order_intent_by_reference_key ON order_intent (connection, reference_key) WHERE op = 'submit_order';
CREATE INDEX order_intent_without_reference_key ON order_intent (id) WHERE reference IS NOT NULL AND reference_key IS NULL;
