//! `catalog list|show|export`.

use std::{
    io::{BufWriter, Write},
    path::PathBuf,
};

use clap::Subcommand;
use connector_api::{domain::ConnectionId, wire::pull::Stream};
use serde_json::{Value, json};

use super::{
    exit::{Exit, Failure},
    output::{Output, Text, table, with_cursor},
};
use crate::{
    app::App,
    config::Config,
    model::{
        Code,
        catalog::{MAX_EXPORT_LINES, OfferFilter, OfferSummary, OfferView},
        message::no_connection,
        paging::PageQuery,
        price::VariantPrice,
    },
    text::{amount, visible_json},
};

#[derive(Debug, Subcommand)]
pub(super) enum CatalogCommand {
    /// Count synced records, or list offers or the entities of a small stream.
    List {
        /// Id of the connection.
        connection: String,
        /// Stream to list: offers, stores, markets, pricelists, … (default: counts of all streams).
        #[arg(long)]
        stream: Option<String>,
        /// Only entries whose id, title, handle or SKU contains this text.
        #[arg(long)]
        text: Option<String>,
        /// Maximum entries to return.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Cursor from the previous page (`next_cursor`).
        #[arg(long)]
        cursor: Option<String>,
    },
    /// Show one offer with its variants, prices and stock.
    Show {
        /// Id of the connection.
        connection: String,
        /// Id of the offer.
        offer: String,
    },
    /// Export the catalog as JSON lines, in a stable order.
    Export {
        /// Id of the connection.
        connection: String,
        /// Output file (default: standard output).
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(super) async fn run(command: CatalogCommand, config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    let outcome = match command {
        CatalogCommand::List { connection, stream, text, limit, cursor } => {
            let page = PageQuery::after(limit, cursor);
            list(&existing(&app, connection).await?, stream.as_deref(), text, &page, &app, output).await
        }
        CatalogCommand::Show { connection, offer } => {
            show(&existing(&app, connection).await?, &offer, &app, output).await
        }
        CatalogCommand::Export { connection, out } => {
            export(&existing(&app, connection).await?, out, &app, output).await
        }
    };
    app.store.close().await;
    outcome
}

async fn existing(app: &App, id: String) -> Result<ConnectionId, Failure> {
    let id = ConnectionId(id);
    match app.store.connection(&id).await? {
        Some(_) => Ok(id),
        None => Err(Failure::not_found(no_connection(&id))),
    }
}

async fn list(
    id: &ConnectionId,
    stream: Option<&str>,
    text: Option<String>,
    page: &PageQuery,
    app: &App,
    output: Output,
) -> Result<Exit, Failure> {
    match stream {
        None => {
            let counts = app.store.counts(id).await?;
            output.result(&counts, |counts| {
                let rows =
                    counts.iter().map(|c| vec![c.stream.clone(), c.live.to_string(), format!("{} deleted", c.deleted)]);
                let rows: Vec<_> = rows.collect();
                if rows.is_empty() { "nothing is synced yet; run `sync`".into() } else { table(&rows) }
            })?;
        }
        Some("offers") => {
            let filter = OfferFilter { text, ..OfferFilter::default() };
            let offers = app.store.offers(id, &filter, page).await?;
            output.result(&offers, |offers| {
                let rows = offers.data.iter().map(|offer| {
                    let title = offer.title.clone().unwrap_or_default();
                    let status = match &offer.excluded {
                        Some(code) => format!("{}, not sold: {code}", offer.status),
                        None => offer.status.clone(),
                    };
                    vec![offer.id.clone(), status, format!("{} variants", offer.variants), title]
                });
                with_cursor(table(&rows.collect::<Vec<_>>()), offers.next_cursor.as_deref())
            })?;
        }
        Some("prices" | "inventory") => {
            let message = "prices and inventory belong to an offer; `catalog show` shows them, `catalog export` all";
            return Err(Failure::new(Code::Stream, message));
        }
        Some(stream) => {
            let entities = app.store.entities(id, &Stream::from(stream), page).await?;
            output.result(&entities, |entities| {
                let rows = entities.data.iter().map(|row| vec![row.id.clone(), row.title.clone().unwrap_or_default()]);
                with_cursor(table(&rows.collect::<Vec<_>>()), entities.next_cursor.as_deref())
            })?;
        }
    }
    Ok(Exit::Ok)
}

async fn show(id: &ConnectionId, offer: &str, app: &App, output: Output) -> Result<Exit, Failure> {
    let missing = || Failure::not_found(format!("there is no offer `{offer}` in connection `{id}`"));
    let offer = app.store.offer(id, offer, app.clock.now()).await?.ok_or_else(missing)?;
    let body: Value = serde_json::from_str(&offer.body).map_err(Failure::unexpected)?;
    let (status, deleted_at) = (&offer.summary.status, offer.summary.deleted_at);
    let shown = json!({ "status": status, "deleted_at": deleted_at, "offer": body, "prices": offer.prices,
        "upcoming_prices": offer.upcoming_prices, "inventory": offer.inventory });
    output.result(&shown, |_| describe(&offer))?;
    Ok(Exit::Ok)
}

fn describe(offer: &OfferView) -> Text {
    let OfferSummary { id, title, status, deleted_at, .. } = &offer.summary;
    let since = deleted_at.map(|at| format!(" since {at}")).unwrap_or_default();
    let mut text = Text::from(format!("{id}  {}  ({status}{since})", title.as_deref().unwrap_or_default()));
    let mut rows = vec![["variant", "sku", "title", "prices", "in stock"].map(str::to_owned).to_vec()];
    for variant in &offer.variants {
        let prices = offer.prices.iter().filter(|price| price.variant_id == variant.id);
        let prices = prices.map(|VariantPrice { price, .. }| {
            let list = price.list_amount_minor.filter(|list| *list > price.amount_minor);
            let before = list.map(|list| format!(" instead of {}", amount(list, &price.currency))).unwrap_or_default();
            format!("{}{before}", amount(price.amount_minor, &price.currency))
        });
        let stock: i64 =
            offer.inventory.iter().filter(|level| level.variant_id == variant.id).map(|level| level.available).sum();
        rows.push(vec![
            variant.id.clone(),
            variant.sku.clone().unwrap_or_default(),
            variant.title.clone().unwrap_or_default(),
            prices.collect::<Vec<_>>().join(", "),
            stock.to_string(),
        ]);
    }
    text.append(table(&rows));
    text
}

async fn export(id: &ConnectionId, out: Option<PathBuf>, app: &App, output: Output) -> Result<Exit, Failure> {
    let mut writer: Box<dyn Write + Send> = match &out {
        Some(path) => Box::new(BufWriter::new(std::fs::File::create(path).map_err(|error| unwritable(path, &error))?)),
        None => Box::new(BufWriter::new(std::io::stdout())),
    };
    let unwritten = |error: std::io::Error| match &out {
        Some(path) => unwritable(path, &error),
        None => Failure::unwritten(&error),
    };
    let (mut cursor, mut lines) = (None, 0_u64);
    loop {
        let chunk = app.store.export(id, cursor.as_deref(), MAX_EXPORT_LINES).await?;
        for line in &chunk.lines {
            writeln!(writer, "{}", visible_json(line)).map_err(unwritten)?;
        }
        lines += chunk.lines.len() as u64;
        cursor = chunk.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    writer.flush().map_err(unwritten)?;
    if let Some(path) = &out {
        let written = json!({ "file": path.to_string_lossy(), "records": lines });
        output.result(&written, |_| format!("{lines} records in {}", path.display()))?;
    }
    Ok(Exit::Ok)
}

fn unwritable(path: &std::path::Path, error: &std::io::Error) -> Failure {
    Failure::new(Code::Unwritable, format!("{}: {error}", path.display()))
}
