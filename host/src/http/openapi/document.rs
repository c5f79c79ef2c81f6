//! The document as a whole.

use serde_json::{Map, Value, json};

use super::{events, schemas::Schemas, variants::name_variants};
use crate::http::problem::ProblemBody;

const DESCRIPTION: &str = "\
Connects merchants' stores to commerce channels: onboarding, catalog, quotes, orders, webhooks and events.

**Authentication.** Send a key as `Authorization: Bearer cck_…`. A channel's key sees the channel's own connections; an \
operator's key sees everything. A test key sees test connections only.

**Errors** are problem documents (RFC 9457) with a stable `code`, listed at each operation, and a retry class.

**Lists** come in pages: send `next_cursor` of the answer as `cursor` to get the next page; it is `null` on the last one.

**Money** is in minor units of its currency, as whole numbers. **Times** are RFC 3339, in UTC.";

/// Writes the document.
pub(super) fn write(paths: &Map<String, Value>, tags: &[Value], mut known: Schemas) -> Value {
    let _problem = known.output::<ProblemBody>();
    let event_schemas = events::schemas(&mut known);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Connector host",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" }
        },
        "servers": [{ "url": "/", "description": "The host itself." }],
        "tags": tags,
        "paths": paths,
        "webhooks": events::webhooks(),
        "components": {
            "schemas": {},
            "headers": {
                "Retry-After": { "description": "Seconds after which to try again.", "schema": { "type": "integer", "minimum": 1 } }
            },
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "`cck_…`, an operator's or a channel's key." },
                "login": { "type": "apiKey", "in": "cookie", "name": "__Host-connector", "description": "A signed-in operator." },
                "link": { "type": "apiKey", "in": "header", "name": "Authorization", "description": "`Connect TOKEN`, with the token of a merchant's link." }
            }
        }
    });
    let mut all = known.write(&mut document);
    name_variants(&mut all);
    all.extend(event_schemas);
    document["components"]["schemas"] = all.into();
    document
}
