//! Pages that explain, as Centra's documentation names them.

pub(super) const INTEGRATION: &str = "https://centra.dev/integration-api";
pub(super) const RATE_LIMITS: &str = "https://centra.dev/integration-api/api-rate-limits";
pub(super) const CHECKOUT: &str = "https://centra.dev/legacy/checkout-api";
pub(super) const EVENTS: &str = "https://centra.dev/integration-api/handling-events";
pub(super) const STOREFRONT: &str = "https://centra.dev/storefront-api/plugin-setup";
pub(super) const WEBHOOKS: &str = "https://centra.dev/fundamentals/webhooks";
