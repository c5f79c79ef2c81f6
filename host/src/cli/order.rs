//! `order submit|list|show|cancel|capture|intents|resolve`.

use std::path::PathBuf;

use clap::Subcommand;
use connector_api::domain::{ConnectionId, Currency, ExternalId, Money};

use super::{
    connection::connectors,
    exit::{Exit, Failure},
    input::read_json,
    output::{Output, Text, table, with_cursor},
};
use crate::{
    app::App,
    config::Config,
    core::order::{
        Difference, Intent, IntentFilter, IntentId, IntentState, NewOrder, OrderFilter, OrderSummary,
        decide::Decision,
        follow_up::{Cancel, FollowUp, NewCapture},
    },
    model::{Code, paging::PageQuery},
    text::amount,
};

#[derive(Debug, Subcommand)]
pub(super) enum OrderCommand {
    /// Place an order, once per idempotency key. Exits with 7 while the outcome is unknown.
    Submit {
        /// Id of the connection.
        #[arg(long, value_name = "ID")]
        connection: String,
        /// JSON file with the order, as for `POST /v1/connections/{id}/orders`.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Idempotency key: the same key never creates a second order.
        #[arg(long, value_name = "KEY")]
        key: String,
    },
    /// List orders, most recently changed first.
    List {
        /// Id of the connection.
        #[arg(long, value_name = "ID")]
        connection: String,
        /// Only orders with this status.
        #[arg(long)]
        status: Option<String>,
        /// Only orders with this `channel_reference`.
        #[arg(long)]
        reference: Option<String>,
        /// Maximum entries to return.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Cursor from the previous page (`next_cursor`).
        #[arg(long)]
        cursor: Option<String>,
    },
    /// Show an order with its timeline. Contains personal data.
    Show {
        /// Id of the connection.
        #[arg(long, value_name = "ID")]
        connection: String,
        /// The platform's id of the order.
        order: String,
    },
    /// Cancel an order, once per idempotency key.
    Cancel {
        /// Id of the connection.
        #[arg(long, value_name = "ID")]
        connection: String,
        /// The platform's id of the order.
        order: String,
        /// Idempotency key.
        #[arg(long, value_name = "KEY")]
        key: String,
        /// Reason, shown to the merchant.
        #[arg(long)]
        reason: Option<String>,
        /// Do not return the goods to stock.
        #[arg(long)]
        no_restock: bool,
    },
    /// Capture an order's payment, or report a capture to the platform, once per idempotency key.
    Capture {
        /// Id of the connection.
        #[arg(long, value_name = "ID")]
        connection: String,
        /// The platform's id of the order.
        order: String,
        /// Idempotency key.
        #[arg(long, value_name = "KEY")]
        key: String,
        /// Amount in minor units of the currency (default: the amount due).
        #[arg(long, value_name = "N", requires = "currency")]
        amount_minor: Option<i64>,
        /// Currency of the amount, such as SEK.
        #[arg(long, value_name = "CODE", requires = "amount_minor")]
        currency: Option<Currency>,
        /// The platform's id of the shipment to capture for (default: the whole order).
        #[arg(long, value_name = "ID")]
        shipment: Option<String>,
        /// The payment provider's reference of the capture.
        #[arg(long)]
        reference: Option<String>,
    },
    /// List order intents, newest first.
    Intents {
        /// Id of the connection.
        #[arg(long, value_name = "ID")]
        connection: String,
        /// Only intents in this state: intended, sent, confirmed, rejected, unknown.
        #[arg(long)]
        state: Option<String>,
        /// Only intents that need manual resolution.
        #[arg(long = "needs-resolution")]
        manual_resolution: bool,
        /// Maximum entries to return.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Cursor from the previous page (`next_cursor`).
        #[arg(long)]
        cursor: Option<String>,
    },
    /// Resolve an intent whose outcome is unknown, or accept one that differs from what was agreed. Check the platform first.
    Resolve {
        /// Id of the connection.
        #[arg(long, value_name = "ID")]
        connection: String,
        /// Id of the intent.
        intent: String,
        /// The platform did it: id of the order that was created or changed. Repeatable.
        #[arg(long = "done", value_name = "ORDER", conflicts_with_all = ["not_done", "accept"],
            required_unless_present_any = ["not_done", "accept"])]
        done: Vec<String>,
        /// The platform did not do it; the same idempotency key may try again.
        #[arg(long, conflicts_with = "accept")]
        not_done: bool,
        /// Accept a result that differs from what was agreed; give the reason, without personal data.
        #[arg(long = "accept-difference", value_name = "NOTE")]
        accept: Option<String>,
    },
}

pub(super) async fn run(command: OrderCommand, config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let outcome = dispatch(command, &app, output).await;
    app.store.close().await;
    outcome
}

async fn dispatch(command: OrderCommand, app: &App, output: Output) -> Result<Exit, Failure> {
    let connectors = connectors(app)?;
    let orders = app.orders(&connectors, app.quotes(&connectors));
    let ctx = app.ctx();
    match command {
        OrderCommand::Submit { connection, file, key } => {
            let order: NewOrder = read_json(&file)?;
            said(&orders.submit(&ctx, &ConnectionId(connection), &key, order).await?, output)
        }
        OrderCommand::List { connection, status, reference, limit, cursor } => {
            let filter = OrderFilter { status, channel_reference: reference, newest_first: true, changed_since: None };
            let page = PageQuery::after(limit, cursor);
            let listing = orders.list(&ctx, &ConnectionId(connection), &filter, &page).await?;
            output.result(&listing, |listing| {
                let rows = listing.data.iter().map(|order| {
                    let total = order.total_minor.map(|minor| amount(minor, &order.currency));
                    let status = status_of(order);
                    let text = |text: &Option<String>| text.clone().unwrap_or_default();
                    vec![
                        order.id.clone(),
                        text(&order.number),
                        text(&order.channel_reference),
                        status,
                        total.unwrap_or_default(),
                        if order.differs_from_agreed { "differs from what was agreed" } else { "" }.to_owned(),
                    ]
                });
                with_cursor(table(&rows.collect::<Vec<_>>()), listing.next_cursor.as_deref())
            })?;
            Ok(Exit::Ok)
        }
        OrderCommand::Show { connection, order } => {
            let detail = orders.show(&ctx, &ConnectionId(connection), &order).await?;
            output.result(&detail, |detail| {
                let rows = detail.timeline.iter().map(|moment| {
                    let actor = moment.actor.clone().unwrap_or_default();
                    vec![moment.at.to_string(), moment.kind.as_str().to_owned(), actor, moment.detail.to_string()]
                });
                let mut text = Text::from(format!("{}  {}", detail.summary.id, status_of(&detail.summary)));
                for own in &detail.differs_from_agreed {
                    let accepted = own.accepted.as_ref().map(|by| format!(", accepted: {}", by.note));
                    text.heading(&format!(
                        "{} ({}) differs from what was agreed{}",
                        own.intent_id,
                        own.op,
                        accepted.unwrap_or_default()
                    ));
                    text.append(own.differences.iter().map(reported).collect::<Text>());
                }
                if !detail.differs_from_agreed.is_empty() {
                    text.line("");
                }
                text.append(table(&rows.collect::<Vec<_>>()));
                text
            })?;
            Ok(Exit::Ok)
        }
        OrderCommand::Cancel { connection, order, key, reason, no_restock } => {
            let wanted = FollowUp::Cancel(Cancel { lines: vec![], reason, restock: !no_restock });
            said(&orders.follow_up(&ctx, &ConnectionId(connection), &order, &key, &wanted).await?, output)
        }
        OrderCommand::Capture { connection, order, key, amount_minor, currency, shipment, reference } => {
            let amount = amount_minor.zip(currency).map(|(amount_minor, currency)| Money { amount_minor, currency });
            let shipment_id = shipment.map(ExternalId);
            let options = FollowUp::Capture(NewCapture { amount, shipment_id, reference });
            said(&orders.follow_up(&ctx, &ConnectionId(connection), &order, &key, &options).await?, output)
        }
        OrderCommand::Intents { connection, state, manual_resolution, limit, cursor } => {
            let state = state.as_deref().map(state_named).transpose()?;
            let filter = IntentFilter { state, manual_resolution };
            let page = PageQuery::after(limit, cursor);
            let listing = orders.intents(&ctx, &ConnectionId(connection), &filter, &page).await?;
            output.result(&listing, |listing| {
                let rows = listing.data.iter().map(line).collect::<Vec<_>>();
                with_cursor(table(&rows), listing.next_cursor.as_deref())
            })?;
            Ok(Exit::Ok)
        }
        OrderCommand::Resolve { connection, intent, done, not_done, accept } => {
            let decision = match accept {
                Some(note) => Decision::AcceptDifference { note },
                None if not_done => Decision::NotDone,
                None => Decision::Done { order_ids: done },
            };
            let intent = orders.resolve(&ctx, &ConnectionId(connection), &IntentId(intent), &decision).await?;
            output.result(&intent, shown)?;
            Ok(Exit::Ok)
        }
    }
}

fn state_named(word: &str) -> Result<IntentState, Failure> {
    let unknown = || {
        let text = format!("unknown intent state `{word}`; use intended, sent, confirmed, rejected or unknown");
        Failure::new(Code::State, text)
    };
    IntentState::from_word(word).ok_or_else(unknown)
}

/// Prints an intent; an unknown outcome or a difference is no success.
fn said(intent: &Intent, output: Output) -> Result<Exit, Failure> {
    output.result(intent, shown)?;
    let is_done = intent.state == IntentState::Confirmed && !intent.manual_resolution;
    Ok(if is_done { Exit::Ok } else { Exit::Partial })
}

fn shown(intent: &Intent) -> Text {
    let mut text = Text::from(line(intent).join("  "));
    text.append(intent.differs_from_agreed.iter().map(reported).collect::<Text>());
    text
}

/// A difference with both values.
fn reported(difference: &Difference) -> String {
    let value = |value: &Option<serde_json::Value>| {
        let money = value.as_ref().and_then(|value| serde_json::from_value::<Money>(value.clone()).ok());
        match (money, value) {
            (Some(money), _) => amount(money.amount_minor, money.currency.as_str()),
            (None, Some(serde_json::Value::String(text))) => text.clone(),
            (None, Some(other)) => other.to_string(),
            (None, None) => "not shown".to_owned(),
        }
    };
    format!("  {}: agreed {}, is {}", difference.field, value(&difference.agreed), value(&difference.actual))
}

/// How far an order, its goods and its money are; first of all whether the platform has it no more.
fn status_of(order: &OrderSummary) -> String {
    let deleted = order.deleted_at.map(|_| "deleted");
    let states = [order.status.as_str(), &order.fulfillment_status, &order.financial_status];
    deleted.into_iter().chain(states).collect::<Vec<_>>().join("/")
}

fn line(intent: &Intent) -> Vec<String> {
    let orders = intent
        .outcome
        .as_ref()
        .and_then(|outcome| outcome["orders"].as_array())
        .map(|orders| orders.iter().filter_map(|order| order["id"].as_str()).collect::<Vec<_>>().join(", "));
    let error = intent.error.as_ref().and_then(|error| error["code"].as_str()).unwrap_or_default().to_owned();
    let waits = match (intent.manual_resolution, intent.differs_from_agreed.is_empty()) {
        (true, true) => "needs manual resolution",
        (true, false) => "differs from what was agreed; needs manual resolution",
        (false, false) => "differs from what was agreed; accepted",
        (false, true) => "",
    };
    let state = intent.state.as_str().to_owned();
    vec![intent.id.0.clone(), intent.op.clone(), state, orders.unwrap_or(error), waits.to_owned()]
}
