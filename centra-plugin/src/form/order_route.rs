//! What the order route is given among the settings.

use connector_api::wire::credentials::{OpenConnection, Secret};

use super::{NOTIFICATION_URL, ORDER_ROUTE_SECRET, storefront};

/// The secret of the plugin that takes orders, cleaned, if there is one. It is a setting; the host keeps it sealed.
pub fn order_route_secret(connection: &OpenConnection) -> Option<Secret> {
    storefront::secret(connection, ORDER_ROUTE_SECRET)
}

/// Where the External Payment plugin takes notifications, if that is known. Its key may stand in it, so it is kept like a secret.
pub fn notification_url(connection: &OpenConnection) -> Option<Secret> {
    storefront::whole_url(connection, NOTIFICATION_URL).map(Secret::new)
}
