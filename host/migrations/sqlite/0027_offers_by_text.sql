-- Offers are searched in their order, in what they are searched for and nothing else: rows of offers are wide.
CREATE INDEX offers_by_text ON offers (connection, id, status, deleted_at, search);
