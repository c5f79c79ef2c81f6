//! How sales work where Centra does not say it: each possibility is a switch. The defaults are the most plausible ones.

/// Which of several campaigns that apply to a price counts. No page of Centra says it `[U]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Overlap {
    /// The one that gives the lowest price `[I]`: every carrier of a price names one campaign.
    #[default]
    Lowest,
    /// The one that started last.
    LatestStart,
    /// The one with the highest id.
    HighestId,
    /// All of them, one after the other by their ids.
    Stacked,
}

/// How a reduced price is rounded `[U]`. Centra's samples show no rounding to nice numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Rounding {
    /// Half up, to the currency's smallest unit.
    #[default]
    HalfUp,
    /// Down, to the currency's smallest unit.
    Floor,
    /// Not at all: the price carries all its decimals; only sums are rounded.
    Unrounded,
}

/// What a fixed price of a campaign is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Fixed {
    /// The new price, by the overview pages `[D]`.
    #[default]
    NewPrice,
    /// An amount off, as a column of a support page reads.
    AmountOff,
}

/// What a campaign without markets, or without pricelists, applies to `[U]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum EmptyList {
    /// Nothing.
    #[default]
    Nothing,
    /// Everything.
    Everything,
}

/// What happens to a campaign price above the pricelist's `[U]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum AboveList {
    /// It is ignored.
    #[default]
    Ignored,
    /// It counts like any other.
    Applied,
}

/// Whether a campaign still applies in the second of `stopAt` `[U]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Stop {
    /// No.
    #[default]
    Exclusive,
    /// Yes.
    Inclusive,
}

/// What the lowest price of the last thirty days is taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LowestOf {
    /// The thirty days until now, the running campaign's price included: Centra's wording `[I]`.
    #[default]
    WithRunning,
    /// The thirty days before the running campaign began: what the directive asks for.
    BeforeRunning,
}

/// The rules by which prices are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
#[group(id = "sale_rules")]
pub struct Rules {
    /// Which of several campaigns counts
    #[arg(long = "sale-overlap", value_enum, default_value_t)]
    pub overlap: Overlap,
    /// How a reduced price is rounded
    #[arg(long = "sale-rounding", value_enum, default_value_t)]
    pub rounding: Rounding,
    /// What a fixed price of a campaign is
    #[arg(long = "sale-fixed", value_enum, default_value_t)]
    pub fixed: Fixed,
    /// What a campaign without markets or pricelists applies to
    #[arg(long = "sale-empty-list", value_enum, default_value_t)]
    pub empty: EmptyList,
    /// What happens to a campaign price above the pricelist's
    #[arg(long = "sale-above-list", value_enum, default_value_t)]
    pub above: AboveList,
    /// Whether a campaign applies in the second in which it stops
    #[arg(long = "sale-stop", value_enum, default_value_t)]
    pub stop: Stop,
    /// What the lowest price of the last thirty days is taken from
    #[arg(long = "lowest-price", value_enum, default_value_t)]
    pub lowest: LowestOf,
    /// Per cent off every fifth display by no campaign that any interface names: set by the Checkout API's settings
    #[arg(skip)]
    pub every_fifth: Option<u32>,
}

/// Sales of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
#[group(id = "sale_settings")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Settings {
    #[command(flatten)]
    /// How prices are computed.
    pub rules: Rules,
    /// Start with a sale: percent, fixed, overlapping, in one market only, timed
    #[arg(long = "sale")]
    pub seeded: bool,
    /// Let products of the Checkout API list their campaigns, which not all samples do
    #[arg(long = "campaigns-shown")]
    pub campaigns_shown: bool,
    /// Serve `lowestPrices` in the Integration API, a root that no page was seen to name
    #[arg(long = "lowest-prices-root")]
    pub lowest_prices_root: bool,
    /// Let an edit of a campaign make webhooks for the display items of its variants
    #[arg(long = "campaign-touches-items")]
    pub touches_items: bool,
}
