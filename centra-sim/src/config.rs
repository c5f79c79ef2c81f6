//! How a simulated store behaves, and where a fact about Centra is uncertain, which possibility it plays.

use std::time::Duration;

use crate::broken::Broken;
use crate::checkout;
use crate::date::Zone;
use crate::events;
use crate::faults::FaultPlan;
use crate::limits::Quota;
use crate::page_cap::PageCap;
use crate::permissions::Granted;
use crate::sale;
use crate::seed::Seed;
use crate::storefront;
use crate::variant::Variant;
use crate::webhook::plugin::PluginSettings;

/// The token accepted when none is configured. Looks like Centra's: 32 hexadecimal characters.
pub const DEFAULT_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// The JSON form of `Int64`, which Centra does not document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Int64Form {
    /// A JSON number.
    #[default]
    Number,
    /// A JSON string.
    String,
}

/// The form of `Retry-After`. Centra says "the timestamp from which requests are allowed again", not in which format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum RetryAfter {
    /// Seconds to wait.
    #[default]
    Seconds,
    /// An HTTP date.
    Date,
    /// Seconds since 1970.
    Epoch,
}

/// What the payment provider does when Centra asks for the money of a shipment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Capture {
    /// Takes what is reserved.
    #[default]
    Done,
    /// Answers later, as some do.
    Asked,
    /// Refuses.
    Refused,
}

/// Everything a simulated store takes at its start.
#[derive(Debug)]
pub struct SimConfig {
    /// The port on 127.0.0.1; 0 picks a free one.
    pub port: u16,
    /// The data.
    pub seed: Seed,
    /// The schema.
    pub variant: Variant,
    /// The Integration API token.
    pub token: String,
    /// What the token may do.
    pub permissions: Granted,
    /// What goes wrong.
    pub faults: FaultPlan,
    /// The rate limits.
    pub quota: Quota,
    /// The Checkout API.
    pub checkout: checkout::Settings,
    /// The secret of the Order API plugin; without one it refuses everyone.
    pub order_api_secret: Option<String>,
    /// Whether an order of several lines becomes an order for each.
    pub split_orders: bool,
    /// What captures come to.
    pub capture: Capture,
    /// How long every answer of the Checkout API takes at least.
    pub checkout_delay: Duration,
    /// The HTTP status for a missing, wrong or expired token: 403 is documented, 401 is possible for a missing one.
    pub auth_status: u16,
    /// What `extensions.category` says then; a missing permission's is `authorization`, and so may this one's be.
    pub auth_category: String,
    /// The HTTP status for a missing permission, which Centra does not document.
    pub permission_status: u16,
    /// Fields of rows that the store can never give.
    pub broken: Vec<Broken>,
    /// The HTTP status of an answer whose `data` is null because of them, which Centra does not document.
    pub null_status: u16,
    /// Most rows of a page, where that is fewer than 200.
    pub page_cap: Option<PageCap>,
    /// How many seconds the store's clock is ahead.
    pub clock_skew_s: i64,
    /// The JSON form of `Int64`.
    pub int64: Int64Form,
    /// What times of the Integration API say about their zone.
    pub zone: Zone,
    /// The form of `Retry-After`.
    pub retry_after: RetryAfter,
    /// The webhook plugins.
    pub webhooks: Vec<PluginSettings>,
    /// The queue of events.
    pub events: events::Settings,
    /// The Storefront API.
    pub storefront: storefront::Settings,
    /// Whether the store also sells bundles, a preorder and gift certificates.
    pub special_goods: bool,
    /// Campaigns and how they make prices.
    pub sale: sale::Settings,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            port: 0,
            seed: Seed::Small,
            variant: Variant::Reference,
            token: DEFAULT_TOKEN.to_owned(),
            permissions: Granted::All,
            faults: FaultPlan::default(),
            quota: Quota::GROWTH,
            checkout: checkout::Settings::default(),
            order_api_secret: None,
            split_orders: false,
            capture: Capture::Done,
            checkout_delay: Duration::ZERO,
            auth_status: 403,
            auth_category: "authentication".to_owned(),
            permission_status: 200,
            broken: vec![],
            null_status: 200,
            page_cap: None,
            clock_skew_s: 0,
            int64: Int64Form::Number,
            zone: Zone::Told,
            retry_after: RetryAfter::Seconds,
            webhooks: vec![],
            events: events::Settings::default(),
            storefront: storefront::Settings::default(),
            special_goods: false,
            sale: sale::Settings::default(),
        }
    }
}
