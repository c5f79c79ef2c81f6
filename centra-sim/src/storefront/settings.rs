//! How the Storefront API of a store is set up, and where a fact is uncertain, which possibility it plays.

/// The Storefront API of a store. Without tokens it refuses everyone.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[group(id = "storefront_settings")]
pub struct Settings {
    /// The token of the Storefront API plugin without sessions
    #[arg(long = "storefront-no-session-token")]
    pub no_session_token: Option<String>,
    /// The token of the Storefront API plugin with sessions: it opens a session
    #[arg(long = "storefront-session-token")]
    pub session_token: Option<String>,
    /// The shared secret of that plugin, as X-Shared-Secret; the Checkout API refuses it
    #[arg(long = "storefront-secret")]
    pub secret: Option<String>,
    /// The URI of the plugin without sessions
    #[arg(long = "storefront-no-session-path", default_value = "api-no-session")]
    pub no_session_path: String,
    /// The URI of the plugin with sessions
    #[arg(long = "storefront-session-path", default_value = "api-session")]
    pub session_path: String,
    /// The HTTP status of the Storefront API for a missing, wrong or expired token, which is not documented
    #[arg(id = "storefront_auth_status", long = "storefront-auth-status", default_value_t = 401, value_parser = clap::value_parser!(u16).range(200..=403))]
    pub auth_status: u16,
    /// The country of a new session: Centra takes it from the caller's address
    #[arg(long = "storefront-home", default_value = "SE")]
    pub home: String,
    /// Give the plugins the permission `stock.quantity`
    #[arg(long = "storefront-stock-quantity")]
    pub shows_quantity: bool,
    /// Refuse introspection: whether Centra allows it is not known
    #[arg(long = "storefront-hides-schema")]
    pub hides_schema: bool,
    /// Let an address move the session to the market and pricelist of its country, whatever was set before
    #[arg(long = "storefront-address-moves-session")]
    pub address_moves: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            no_session_token: None,
            session_token: None,
            secret: None,
            no_session_path: "api-no-session".to_owned(),
            session_path: "api-session".to_owned(),
            auth_status: 401,
            home: "SE".to_owned(),
            shows_quantity: false,
            hides_schema: false,
            address_moves: false,
        }
    }
}
