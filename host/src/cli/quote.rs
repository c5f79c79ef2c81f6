//! `quote`: what a cart costs, and who says so.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, ValueEnum};
use connector_api::domain::{ConnectionId, Money, Quote, QuotePart, TaxLine, TaxScope};

use super::{
    connection::connectors,
    exit::{Exit, Failure},
    output::{Output, Text, table},
};
use crate::{
    app::App,
    bounded,
    config::Config,
    core::cart::{CartInput, QuoteOptions, QuoteReply, Source},
    model::Code,
};

/// Largest cart, in bytes.
const LARGEST_FILE: u64 = 256 * 1024;

#[derive(Debug, Args)]
pub(super) struct QuoteArgs {
    /// Id of the connection.
    #[arg(long, value_name = "ID")]
    connection: String,
    /// JSON file with the cart, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Source of the quote.
    #[arg(long, value_enum, default_value_t = SourceArg::Auto)]
    source: SourceArg,
    /// Quote every shipping method on the platform, not only the chosen one.
    #[arg(long)]
    every_method: bool,
    /// Deadline in milliseconds.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(50..=30_000))]
    deadline_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SourceArg {
    /// The platform, with synced data as the fallback.
    Auto,
    /// The platform only.
    Realtime,
    /// Synced data only.
    Local,
    /// Both, side by side.
    Both,
}

impl From<SourceArg> for Source {
    fn from(source: SourceArg) -> Self {
        match source {
            SourceArg::Auto => Self::Auto,
            SourceArg::Realtime => Self::Realtime,
            SourceArg::Local => Self::Local,
            SourceArg::Both => Self::Both,
        }
    }
}

pub(super) async fn run(args: QuoteArgs, config: Config, output: Output) -> Result<Exit, Failure> {
    let cart = read_cart(&args.file)?;
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let outcome = quote(args, cart, &app, output).await;
    app.store.close().await;
    outcome
}

async fn quote(args: QuoteArgs, cart: CartInput, app: &App, output: Output) -> Result<Exit, Failure> {
    let quotes = app.quotes(&connectors(app)?);
    let options = QuoteOptions {
        source: args.source.into(),
        every_method: args.every_method,
        deadline: args.deadline_ms.map(Duration::from_millis),
    };
    let reply = quotes.quote(&app.ctx(), &ConnectionId(args.connection), cart, options).await?;
    output.result(&reply, shown)?;
    Ok(Exit::Ok)
}

/// A cart from a file. The parser's own words may quote an address; the field, line and column are enough.
fn read_cart(path: &Path) -> Result<CartInput, Failure> {
    let refuse = |problem: String| Failure::new(Code::File, format!("{}: {problem}", path.display()));
    let bytes = bounded::input(path, LARGEST_FILE)?;
    let text = bounded::text(path, &bytes)?;
    if !text.trim_start().starts_with('{') {
        let problem = "is empty or not a JSON object; see docs/operations.md#quotes for an example";
        return Err(Failure::new(Code::File, format!("{} {problem}", path.display())));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (place, inner) = (error.path().to_string(), error.inner());
        let what = inner.to_string();
        let what = if what.starts_with("missing field") || what.starts_with("unknown field") {
            what
        } else {
            format!("not a valid cart (line {}, column {})", inner.line(), inner.column())
        };
        refuse(format!("`{place}`: {what}"))
    })
}

fn shown(reply: &QuoteReply) -> Text {
    let quote = &reply.quote;
    let mut text = Text::from(format!("{} quote in {}, {} ms", quote.source, quote.currency, quote.latency_ms));
    for part in [lines(quote), shipping(quote), sums(quote), parts(quote)] {
        text.line("");
        text.append(part);
    }
    for message in &quote.messages {
        let path = message.path.as_deref().map(|path| format!(" {path}")).unwrap_or_default();
        text.line(format!("{}{path}: {} ({})", message.severity, message.text, message.code));
    }
    if let Some(comparison) = &reply.comparison {
        let head = row(["differs", "realtime", "local"]);
        let rows = comparison
            .differences
            .iter()
            .map(|difference| vec![difference.what.clone(), amount(difference.realtime), amount(difference.local)]);
        let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
        text.line("");
        text.append(match (&comparison.absence, rows.len()) {
            (Some(absence), _) => format!("no realtime quote to compare with: {}", absence.text).into(),
            (None, 1) => "realtime and local agree".into(),
            (None, _) => table(&rows),
        });
    }
    text
}

fn lines(quote: &Quote) -> Text {
    let head = row(["line", "variant", "quantity", "each", "total", "tax", "availability"]);
    let rows = quote.lines.iter().map(|line| {
        vec![
            line.id.clone(),
            line.variant_id.to_string(),
            line.quantity.to_string(),
            amount(line.unit_price),
            amount(line.total),
            amount(line.tax),
            line.availability.to_string(),
        ]
    });
    table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

fn shipping(quote: &Quote) -> Text {
    if quote.shipping_methods.is_empty() {
        return "no shipping method".into();
    }
    let head = row(["", "shipping", "name", "price", "tax", "cart total"]);
    let rows = quote.shipping_methods.iter().map(|method| {
        let is_selected = quote.selected_shipping_id.as_ref() == Some(&method.id);
        vec![
            if is_selected { "*" } else { "" }.to_owned(),
            method.id.to_string(),
            method.title.default.clone(),
            method.price.to_string(),
            amount(method.tax),
            amount(method.cart_total),
        ]
    });
    table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

fn sums(quote: &Quote) -> Text {
    let tax = |tax: &TaxLine| {
        let rate = tax.rate_percent.map(|rate| format!(" ({rate} %)")).unwrap_or_default();
        let how = if tax.included { "inside" } else { "on top" };
        let target = match (&tax.target_id, &tax.scope) {
            (Some(line), _) => format!("line {line}"),
            (None, None) => "shipping".to_owned(),
            (None, Some(TaxScope::Cart)) => "whole cart".to_owned(),
            (None, Some(scope)) => scope.to_string(),
        };
        vec![format!("  {}{rate}, {how}, {target}", tax.title), tax.amount.to_string()]
    };
    let totals = quote.totals.iter().map(|total| vec![total.kind.to_string(), total.amount.to_string()]);
    let discounts =
        quote.discounts.iter().map(|discount| vec![format!("  {}", discount.code), amount(discount.amount)]);
    table(&quote.taxes.iter().map(tax).chain(discounts).chain(totals).collect::<Vec<_>>())
}

fn parts(quote: &Quote) -> Text {
    let part = |name: &str, part: &QuotePart| {
        let age = part.data_as_of.map(|age| format!("as of {age}")).unwrap_or_default();
        vec![name.to_owned(), part.source.to_string(), age, part.reason.clone().unwrap_or_default()]
    };
    let parts = &quote.parts;
    table(&[
        part("prices", &parts.prices),
        part("discounts", &parts.discounts),
        part("shipping", &parts.shipping),
        part("tax", &parts.tax),
        part("availability", &parts.availability),
    ])
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn amount(amount: Option<Money>) -> String {
    amount.map(|amount| amount.to_string()).unwrap_or_default()
}
