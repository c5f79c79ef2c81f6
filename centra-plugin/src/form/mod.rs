//! The two forms a merchant meets, as Rust structs exported to JSON Schema within the credential profile.
//!
//! Values never pass through these structs: they arrive by field name, and the host checks them against the schema.

mod chosen;
mod credentials;
mod order_route;
mod settings;
mod storefront;

pub use chosen::{Chosen, OrderRoute};
pub use credentials::Credentials;
pub use order_route::{notification_url, order_route_secret};
pub use settings::Settings;
pub use storefront::StorefrontPlugins;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

/// Name of the store URL's field.
pub const STORE_URL: &str = "store_url";
/// Name of the token's field.
pub const TOKEN: &str = "integration_api_token";
/// Name of the Checkout API secret's field.
pub const CHECKOUT_SECRET: &str = "checkout_api_shared_secret";
/// Name of the webhook secret's field.
pub const WEBHOOK_SECRET: &str = "webhook_endpoint_secret";

/// Name of the setting that holds the secret of the plugin that takes orders.
pub const ORDER_ROUTE_SECRET: &str = "order_route_secret";
/// Name of the setting that holds the address at which the External Payment plugin takes notifications.
pub const NOTIFICATION_URL: &str = "external_payment_notification_url";

/// Name of the setting that holds the address of the Storefront API plugin without sessions.
pub const STOREFRONT_URL: &str = "storefront_url";
/// Name of the setting that holds its token.
pub const STOREFRONT_TOKEN: &str = "storefront_token";
/// Name of the setting that holds the address of the Storefront API plugin with sessions.
pub const STOREFRONT_SESSION_URL: &str = "storefront_session_url";
/// Name of the setting that holds its token.
pub const STOREFRONT_SESSION_TOKEN: &str = "storefront_session_token";
/// Name of the setting that holds its shared secret.
pub const STOREFRONT_SECRET: &str = "storefront_shared_secret";

/// How long a token lives when the merchant sets nothing else, in days.
pub const DEFAULT_TOKEN_DAYS: i64 = 30;

/// A struct as a form: draft 2020-12, no references, optional text fields as plain `string`.
pub fn schema_of<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.remove("$defs");
    let mut schema = schema.to_value();
    for field in schema["properties"].as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
        // `Option<String>` says only that the field may be left out, which `required` says already.
        let named = field["type"].as_array().and_then(|types| types.iter().find(|name| *name != "null").cloned());
        if let Some(named) = named {
            field["type"] = named;
        }
    }
    schema
}
