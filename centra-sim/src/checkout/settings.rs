//! How the Checkout API behaves, and where a fact is uncertain, which possibility it plays.

use std::collections::BTreeSet;

/// A possibility that differs from what the fixtures of Centra's clients mostly show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Quirk {
    /// Amounts that are absent are null instead of `false`.
    AbsentNull,
    /// Amounts that are absent are zero instead of `false`.
    AbsentZero,
    /// `…AsNumber` are texts instead of numbers.
    NumbersAsText,
    /// Empty maps are `{}` instead of `[]`.
    EmptyObjects,
    /// Ids are numbers where they can be, instead of texts.
    NumberIds,
    /// `location.language` is an object instead of a text, and the selection names no language.
    LanguageObject,
    /// The list of languages stands under `language`, as in older answers.
    OldNames,
    /// `itemsTotalPrice` is what the items cost before discounts on the order, which count beside it.
    DiscountBeside,
    /// `totalDiscountPrice` is negative.
    DiscountNegative,
    /// What is sold out is answered with status 410 instead of 200.
    SoldOut410,
    /// Items tell their stock.
    StockShown,
    /// Shipping is chosen in a widget: no methods are listed.
    UnlistedShipping,
    /// The payment method chosen by default has a fee.
    FeeByDefault,
    /// Every payment method has a fee.
    FeeAlways,
    /// A wrong secret is answered with status 403 instead of 401.
    Refuse403,
    /// Customers must be logged in: carts are refused with status 403.
    LoginNeeded,
    /// A bulk change with one item that is not for sale is refused as a whole.
    BulkAllOrNothing,
    /// `grandTotalPrice` leaves out tax that is put on top.
    AddedBeside,
    /// `grandTotalPrice` is five units less than its parts, and nothing says why.
    TotalLess,
    /// Every piece that is put into an empty cart arrives twice.
    AddsTwice,
    /// A free piece comes along with the first item.
    GiftAdded,
    /// `location.shipTo` is false although the country is served.
    ShipToFalse,
    /// `PUT selection` leaves the country as it was.
    CountryIgnored,
    /// `PUT selection` refuses a country; `PUT countries/{CC}` takes it.
    CountryRefused,
    /// `itemsTotalPrice`, and the total, are a hundred units more than the lines.
    ItemsSumMore,
    /// The payment provider fails: an error with `code` and `message`.
    ProviderFails,
    /// The payment provider fails: the action `failed`.
    PaymentFails,
    /// A consent is missing in every payment.
    ConsentMissing,
    /// What is sold out is not listed: only `errors` say so.
    SoldOutUnlisted,
    /// A refused notification to External Payment is answered with status 200 instead of 400.
    NotificationRefused200,
}

/// When stock is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum StockMode {
    /// When an item is added.
    Aggressive,
    /// When the order is placed.
    #[default]
    Standard,
    /// Never.
    Off,
}

/// The Checkout API of a store.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The plugin's URI: what follows `/api/`.
    pub path: String,
    /// The shared secret; without one the API refuses everyone.
    pub secret: Option<String>,
    /// What differs from the usual.
    pub quirks: BTreeSet<Quirk>,
    /// The shared secret of the External Payment plugin; without one there is no such plugin.
    pub external_payment: Option<String>,
    /// When stock is looked at.
    pub stock: StockMode,
    /// Countries whose customers buy without tax, which is taken out of the prices.
    pub exempt: BTreeSet<String>,
    /// Per cent taken off every order.
    pub automatic_percent: Option<u32>,
    /// Per cent taken off the price of every fifth display, by no campaign that any interface names.
    pub campaign_percent: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            path: "checkout".to_owned(),
            secret: None,
            external_payment: None,
            quirks: BTreeSet::new(),
            stock: StockMode::default(),
            exempt: BTreeSet::new(),
            automatic_percent: None,
            campaign_percent: None,
        }
    }
}

impl Settings {
    /// Whether it has a quirk.
    pub fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }
}
