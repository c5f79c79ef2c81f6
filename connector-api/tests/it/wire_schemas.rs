//! Every message's schema, reviewed as a snapshot. The same files are written to `schemas/wire/v1/` for others.

use connector_api::wire::schemas;

#[test]
fn every_message_has_the_schema_that_was_reviewed() {
    for (name, schema) in schemas::all() {
        insta::assert_json_snapshot!(name, schema);
    }
}
