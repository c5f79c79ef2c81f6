//! The queries and mutations, one `.graphql` file each. Fragments that several share stand in files of their own.

macro_rules! operations {
    ($($(#[$meta:meta])* $variant:ident = $file:literal [$($fragment:literal),*] row $row:literal;)+) => {
        /// A query or mutation this connector sends.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Operation { $($(#[$meta])* $variant,)+ }

        impl Operation {
            /// Every query.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name, as it stands in the document and in metrics.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ }
            }

            /// Its document, with the client-side directives.
            pub fn source(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!(include_str!(concat!("queries/", $file, ".graphql")),
                        $(include_str!(concat!("queries/", $fragment, ".graphql"))),*),)+
                }
            }

            /// Complexity one row is taken to cost until the platform has charged one.
            pub fn assumed_row_cost(self) -> u64 {
                match self { $(Self::$variant => $row,)+ }
            }
        }
    };
}

operations! {
    /// The cheapest question there is.
    Ping = "ping" [] row 1;
    /// What is left of the environment's quota.
    RateLimits = "rate_limits" [] row 10;
    /// Stores.
    Stores = "stores" [] row 10;
    /// Markets.
    Markets = "markets" [] row 50;
    /// Pricelists.
    Pricelists = "pricelists" [] row 50;
    /// Languages.
    Languages = "languages" [] row 10;
    /// The category tree, from the top.
    Categories = "categories" ["translation"] row 400;
    /// Warehouses.
    Warehouses = "warehouses" [] row 30;
    /// Which warehouses serve which markets.
    StockPlan = "stock_plan" [] row 60;
    /// Tax groups with their rules.
    TaxGroups = "tax_groups" [] row 200;
    /// Shipping options with their rates.
    ShippingOptions = "shipping_options" ["money"] row 400;
    /// Displays by cursor.
    Offers = "offers" ["offer", "translation"] row 1_500;
    /// Cursors of displays, without the displays.
    OfferCursors = "offer_cursors" [] row 5;
    /// Displays by page number.
    OffersByPage = "offers_by_page" ["offer", "translation"] row 1_500;
    /// What named products that are bundles consist of.
    Bundles = "bundles" [] row 100;
    /// Ids of changed products.
    ChangedProducts = "changed_products" [] row 5;
    /// Ids of changed variants.
    ChangedVariants = "changed_variants" [] row 5;
    /// Variants of changed sizes.
    ChangedSizes = "changed_sizes" [] row 5;
    /// Prices of one pricelist.
    Prices = "prices" ["money"] row 30;
    /// Stock of one warehouse.
    Stock = "stock" [] row 15;
    /// Campaigns, each with its first rows.
    Campaigns = "campaigns" ["campaign", "money"] row 600;
    /// Rows of one campaign.
    CampaignRows = "campaign_rows" ["campaign", "money"] row 30;
    /// Campaigns below their pricelists, each with its first rows.
    CampaignsByPricelist = "campaigns_by_pricelist" ["campaign", "money"] row 20_000;
    /// Rows of one campaign below a pricelist of it.
    CampaignRowsByPricelist = "campaign_rows_by_pricelist" ["campaign", "money"] row 30;
    /// Prices of named variants, with the campaigns that reduce them.
    VariantPrices = "variant_prices" ["priced_variant", "campaign", "money"] row 1_500;
    /// Sizes of named variants.
    VariantSizes = "variant_sizes" [] row 60;
    /// Variants of named prices.
    ChangedPrices = "changed_prices" [] row 100;
    /// Stock of named sizes.
    SizeDetails = "size_details" [] row 500;
    /// Named display items, with the prices of their variants and the stock of their sizes.
    DisplayItems = "display_items" ["priced_variant", "campaign", "money"] row 2_000;
    /// The oldest events of the queue.
    Events = "events" [] row 50;
    /// Subscribes to changes.
    SetEventListeners = "set_event_listeners" [] row 50;
    /// Takes events out of the queue.
    ConfirmEvents = "confirm_events" [] row 50;
    /// Where sizes are shown: what carts call them.
    CartItems = "cart_items" [] row 60;
    /// Every kind of catalog data at once, to learn which permissions are missing.
    ProbeProducts = "probe_products" [] row 200;
    /// Every kind of store data at once, to learn which permissions are missing.
    ProbeMarkets = "probe_markets" [] row 200;
    /// Orders by cursor.
    Orders = "orders" ["order", "shipment", "address", "money"] row 600;
    /// Cursors of orders, without the orders.
    OrderCursors = "order_cursors" [] row 5;
    /// What orders are known by, and nothing else of them.
    OrderMarks = "order_marks" ["order_mark"] row 30;
    /// The same with their attributes.
    OrderMarksByAttribute = "order_marks_by_attribute" ["order_mark"] row 150;
    /// Orders by id, number or external id.
    OrdersByRef = "orders_by_ref" ["order", "shipment", "address", "money"] row 600;
    /// Shipments.
    Shipments = "shipments" ["shipment", "money"] row 60;
    /// Returns.
    Returns = "returns" ["money"] row 80;
    /// Customers.
    Customers = "customers" ["address"] row 20;
    /// Lets an order be sent.
    ConfirmOrder = "confirm_order" [] row 20;
    /// Changes an order: external id, hold, lines cancelled.
    UpdateOrder = "update_order" [] row 20;
    /// Cancels an order.
    CancelOrder = "cancel_order" [] row 20;
    /// Makes a shipment.
    CreateShipment = "create_shipment" [] row 20;
    /// Says that a shipment has left.
    CompleteShipment = "complete_shipment" [] row 20;
    /// Takes goods back.
    CreateReturn = "create_return" [] row 20;
    /// Says that goods are back.
    CompleteReturn = "complete_return" [] row 20;
    /// Gives the money of a return back.
    RefundReturn = "refund_return" [] row 20;
}

/// Every variable a query may use, so that all of it is fitted.
pub const VARIABLES: &[&str] = &[
    "after",
    "cancelComment",
    "cancelLines",
    "capture",
    "carrier",
    "comment",
    "events",
    "external",
    "externals",
    "from",
    "hashes",
    "hold",
    "id",
    "ids",
    "items",
    "limit",
    "lines",
    "listeners",
    "market",
    "name",
    "numbers",
    "order",
    "orders",
    "page",
    "paid",
    "pricelist",
    "products",
    "reason",
    "return",
    "rows",
    "shipment",
    "shippedAt",
    "since",
    "stock",
    "store",
    "trackingNumber",
    "variants",
    "warehouse",
    "warehouses",
];

/// The client-side directives, for checking the documents.
pub const DIRECTIVES: &str = include_str!("queries/directives.graphql");

/// Changes whenever a query does, so that what was kept for older queries is not used.
pub fn fingerprint() -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    for operation in Operation::ALL {
        hash.update(operation.source());
    }
    let digest = hash.finalize();
    let start = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{start:016x}")
}
