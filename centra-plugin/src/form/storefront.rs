//! The Storefront API plugins as the settings name them.

use connector_api::wire::credentials::{OpenConnection, Secret};
use serde_json::Value;
use url::Url;

use super::{
    STORE_URL, STOREFRONT_SECRET, STOREFRONT_SESSION_TOKEN, STOREFRONT_SESSION_URL, STOREFRONT_TOKEN, STOREFRONT_URL,
};
use crate::address::{StoreAddress, clean_secret};

/// Addresses and tokens of the two plugins.
#[derive(Debug, Default)]
pub struct StorefrontPlugins {
    /// The one without sessions.
    pub catalog: Option<(String, Secret)>,
    /// The one with sessions.
    pub carts: Option<(String, Secret)>,
    /// The shared secret of the latter.
    pub secret: Option<Secret>,
}

impl StorefrontPlugins {
    /// Reads the settings; a plugin without address or token is none.
    pub fn read(connection: &OpenConnection) -> Self {
        let plugin = |url: &str, token: &str| Some((endpoint(connection, url)?, secret(connection, token)?));
        Self {
            catalog: plugin(STOREFRONT_URL, STOREFRONT_TOKEN),
            carts: plugin(STOREFRONT_SESSION_URL, STOREFRONT_SESSION_TOKEN),
            secret: secret(connection, STOREFRONT_SECRET),
        }
    }
}

/// A secret among the settings, cleaned, if there is one. The host keeps it sealed.
pub(super) fn secret(connection: &OpenConnection, name: &str) -> Option<Secret> {
    let pasted = connection.settings.get(name).and_then(Value::as_str)?;
    Some(clean_secret(pasted)).filter(|secret| !secret.is_empty()).map(Secret::new)
}

/// A whole address with its query, as people paste it from a plugin's settings.
pub(super) fn whole_url(connection: &OpenConnection, name: &str) -> Option<String> {
    let pasted = connection.settings.get(name).and_then(Value::as_str)?.trim();
    let url = Url::parse(pasted).ok()?;
    let base = StoreAddress::read(url.as_str()).ok()?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    (url.path() != "/" || !query.is_empty()).then(|| format!("{}{}{query}", base.base(), url.path()))
}

/// An address as people paste it: whole, without https, or only the path on the store's own host.
fn endpoint(connection: &OpenConnection, name: &str) -> Option<String> {
    let pasted = connection.settings.get(name).and_then(Value::as_str)?.trim().trim_end_matches('/');
    if pasted.is_empty() {
        return None;
    }
    let first = pasted.split(['/', '?']).next().unwrap_or_default();
    let has_host = pasted.contains("://") || first.contains('.') || first.contains(':');
    let path = if has_host {
        let with_scheme = if pasted.contains("://") { pasted.to_owned() } else { format!("https://{pasted}") };
        Url::parse(&with_scheme).ok()?
    } else {
        let base = StoreAddress::read(connection.credential(STORE_URL).unwrap_or_default()).ok()?;
        Url::parse(&format!("{}/{}", base.base(), pasted.trim_start_matches('/'))).ok()?
    };
    let base = StoreAddress::read(path.as_str()).ok()?;
    Some(format!("{}{}", base.base(), path.path()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_address_keeps_its_query_and_is_never_made_up() {
        let read = |text: &str| {
            let settings = json!({ "address": text }).as_object().unwrap().clone();
            whole_url(&OpenConnection { settings, ..OpenConnection::default() }, "address")
        };
        let own = "https://shop.centra.com/notify/9?key=a%2Bb";
        assert_eq!(read(&format!(" {own} ")).as_deref(), Some(own));
        assert_eq!(read("http://127.0.0.1:8080/notify").as_deref(), Some("http://127.0.0.1:8080/notify"));
        for wrong in ["", "notify/9", "shop.centra.com/notify", "https://shop.centra.com/", "http://shop.centra.com/x"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_is_read_as_people_paste_it() {
        let read = |text: &str| {
            let settings = json!({ STOREFRONT_URL: text }).as_object().unwrap().clone();
            let mut connection = OpenConnection { settings, ..OpenConnection::default() };
            connection.credentials.insert(STORE_URL.to_owned(), Secret::new("https://shop.centra.com/ams"));
            endpoint(&connection, STOREFRONT_URL)
        };
        let own = Some("https://shop.dtc.centraapi.com/api-no-session".to_owned());
        for pasted in ["https://shop.dtc.centraapi.com/api-no-session", " shop.dtc.centraapi.com/api-no-session/ "] {
            assert_eq!(read(pasted), own, "{pasted}");
        }
        assert_eq!(read("/api-no-session").as_deref(), Some("https://shop.centra.com/api-no-session"));
        assert_eq!(read("http://127.0.0.1:8080/x").as_deref(), Some("http://127.0.0.1:8080/x"));
        for wrong in ["", "ftp://shop.centra.com/x", "http://shop.centra.com/x"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
