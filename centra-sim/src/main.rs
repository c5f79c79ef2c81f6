//! `centra-sim`: the command line of the simulated Centra store.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use centra_sim::broken::Broken;
use centra_sim::checkout::{self, Quirk, StockMode};
use centra_sim::config::{Capture, DEFAULT_TOKEN, Int64Form, RetryAfter};
use centra_sim::date::Zone;
use centra_sim::events::{self, QueueMode, StockEvent};
use centra_sim::faults::FaultPlan;
use centra_sim::limits::Quota;
use centra_sim::page_cap::PageCap;
use centra_sim::permissions::Granted;
use centra_sim::schema::ServedSchema;
use centra_sim::seed::{Seed, SeedName};
use centra_sim::variant::Variant;
use centra_sim::webhook::plugin::PluginSettings;
use centra_sim::{SimConfig, start};
use clap::{Args, Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(about = "A simulated Centra store", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a store on 127.0.0.1 until Ctrl-C or SIGTERM
    Serve(Box<Serve>),
    /// Print the schema that is served
    Schema {
        /// Which schema
        #[arg(long, value_enum, default_value_t)]
        variant: Variant,
    },
}

#[derive(Debug, Args)]
struct Serve {
    /// The port; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The data
    #[arg(long, value_enum, default_value = "demo")]
    seed: SeedName,
    /// How many products the seed `large` has
    #[arg(long, default_value_t = 10_000)]
    products: u32,
    /// Which schema
    #[arg(long, value_enum, default_value_t)]
    variant: Variant,
    /// The Integration API token to accept
    #[arg(long, default_value = DEFAULT_TOKEN)]
    token: String,
    /// What the token may do: `all`, names, or names with a minus: `-Price:read`
    #[arg(long, default_value = "all", allow_hyphen_values = true)]
    permissions: String,
    /// A fault plan (JSON); its kinds are named in the README
    #[arg(long)]
    faults: Option<PathBuf>,
    /// growth, unlimited, or REQ10s,REQ1h,CPLX10s,CPLX1h
    #[arg(long, default_value = "growth")]
    quota: Quota,
    /// The shared secret of the Checkout API
    #[arg(long)]
    checkout_secret: Option<String>,
    /// The URI of the Checkout API plugin
    #[arg(long, default_value = "checkout")]
    checkout_path: String,
    /// What the Checkout API does differently
    #[arg(long, value_enum, value_delimiter = ',')]
    checkout_quirks: Vec<Quirk>,
    /// When the Checkout API looks at stock
    #[arg(long, value_enum, default_value_t)]
    stock: StockMode,
    /// Countries whose customers buy without tax
    #[arg(long, value_delimiter = ',')]
    vat_exempt: Vec<String>,
    /// Per cent taken off every order
    #[arg(long)]
    automatic_discount: Option<u32>,
    /// Per cent taken off the price of every fifth display
    #[arg(long)]
    campaign: Option<u32>,
    /// Milliseconds that every answer of the Checkout API takes at least
    #[arg(long, default_value_t = 0)]
    checkout_delay: u64,
    /// The shared secret of the External Payment plugin
    #[arg(long)]
    external_payment_secret: Option<String>,
    /// The secret of the Order API
    #[arg(long)]
    order_api_secret: Option<String>,
    /// An order of several lines becomes an order for each
    #[arg(long)]
    split_orders: bool,
    /// What the payment provider does when Centra asks for the money of a shipment
    #[arg(long, value_enum, default_value_t)]
    capture: Capture,
    /// The HTTP status for a missing or wrong token
    #[arg(long, default_value_t = 403, value_parser = clap::value_parser!(u16).range(401..=403))]
    auth_status: u16,
    /// The category of that refusal
    #[arg(long, default_value = "authentication", value_parser = ["authentication", "authorization"])]
    auth_category: String,
    /// The HTTP status for a missing permission
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(200..=403))]
    permission_status: u16,
    /// Fields of rows that can never be given: TYPE:ID:FIELD
    #[arg(long, value_delimiter = ',')]
    broken: Vec<Broken>,
    /// The HTTP status of an answer that is null because of them
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(200..=500))]
    null_status: u16,
    /// Most rows of a page: `clamp:100` gives fewer in silence, `refuse:100` refuses the question
    #[arg(long)]
    page_cap: Option<PageCap>,
    /// Seconds that the store's clock is ahead of this machine's (behind: a negative number)
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    clock_skew: i64,
    /// What times of the Integration API say about their zone
    #[arg(long, value_enum, default_value_t)]
    zone: Zone,
    /// The JSON form of Int64
    #[arg(long, value_enum, default_value_t)]
    int64: Int64Form,
    /// The form of Retry-After
    #[arg(long, value_enum, default_value_t)]
    retry_after: RetryAfter,
    /// Webhook plugins (JSON), see the README
    #[arg(long)]
    webhooks: Option<PathBuf>,
    /// Whether the merchant has the queue of events
    #[arg(long, value_enum, default_value_t)]
    event_queue: QueueMode,
    /// Which event a change of stock makes
    #[arg(long, value_enum, default_value_t)]
    stock_event: StockEvent,
    /// Sell bundles, a preorder and gift certificates too
    #[arg(long)]
    special_goods: bool,
    #[command(flatten)]
    storefront: centra_sim::storefront::Settings,
    #[command(flatten)]
    sale: centra_sim::sale::Settings,
    /// End when standard input closes
    #[arg(long)]
    exit_with_parent: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Schema { variant } => say(ServedSchema::build(variant)?.sdl().trim_end()),
        Command::Serve(options) => serve(*options).await,
    }
}

fn say(line: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush().context("cannot write to standard output")
}

async fn serve(options: Serve) -> anyhow::Result<()> {
    if options.storefront.secret.is_some() && options.storefront.secret == options.checkout_secret {
        anyhow::bail!("--storefront-secret and --checkout-secret must differ: the Checkout API refuses the former");
    }
    let faults = match &options.faults {
        None => FaultPlan::default(),
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read --faults {}", path.display()))?;
            FaultPlan::parse(&text).map_err(anyhow::Error::msg)?
        }
    };
    let webhooks = match &options.webhooks {
        None => vec![],
        Some(path) => {
            let text =
                fs::read_to_string(path).with_context(|| format!("cannot read --webhooks {}", path.display()))?;
            PluginSettings::parse_list(&text).map_err(anyhow::Error::msg)?
        }
    };
    let mut sim = start(SimConfig {
        port: options.port,
        seed: Seed::of(options.seed, options.products),
        variant: options.variant,
        token: options.token,
        permissions: Granted::parse(&options.permissions),
        faults,
        quota: options.quota,
        checkout: checkout::Settings {
            path: options.checkout_path,
            secret: options.checkout_secret,
            external_payment: options.external_payment_secret,
            quirks: options.checkout_quirks.into_iter().collect(),
            stock: options.stock,
            exempt: options.vat_exempt.into_iter().collect(),
            automatic_percent: options.automatic_discount,
            campaign_percent: options.campaign,
        },
        order_api_secret: options.order_api_secret,
        split_orders: options.split_orders,
        capture: options.capture,
        checkout_delay: Duration::from_millis(options.checkout_delay),
        auth_status: options.auth_status,
        auth_category: options.auth_category,
        permission_status: options.permission_status,
        broken: options.broken,
        null_status: options.null_status,
        page_cap: options.page_cap,
        clock_skew_s: options.clock_skew,
        zone: options.zone,
        int64: options.int64,
        retry_after: options.retry_after,
        webhooks,
        events: events::Settings { mode: options.event_queue, stock: options.stock_event },
        special_goods: options.special_goods,
        storefront: options.storefront,
        sale: options.sale,
    })
    .await?;
    // Before anybody can know that there is something to end.
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    say(&serde_json::json!({ "address": sim.base_url, "token": sim.token }).to_string())?;
    tokio::select! {
        ended = sim.wait() => return ended.context("the server ended"),
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
        () = input_closed(), if options.exit_with_parent => {}
    }
    sim.stop();
    Ok(())
}

/// Waits in a thread of its own: the runtime would wait for a pending read when it shuts down.
async fn input_closed() {
    let (closed, wait) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 256];
        while matches!(io::stdin().read(&mut buffer), Ok(read) if read > 0) {}
        drop(closed);
    });
    drop(wait.await);
}
