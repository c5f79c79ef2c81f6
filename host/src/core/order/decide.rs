//! Manual resolution: a person says what became of an intent, or accepts that it was done otherwise than agreed.

use connector_api::{
    ConnectorError, ErrorCode,
    wire::{
        Op,
        order::{OrderResponse, SubmitOrderRequest},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Error,
    attempt::{Attempt, Tools, note_differences},
    differences::placed,
    resolve::{look_later, unreadable},
};
use crate::{
    core::{
        cart::check::{Check, MAX_TEXT},
        connection::Ctx,
    },
    model::{
        Code,
        intent::{Acceptance, Claimed, Intent, Settlement},
    },
    store::Store,
};

const NOTHING_DIFFERS: &str = "there is no difference to accept";

/// The manual resolution of an intent whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "decision", rename_all = "snake_case", deny_unknown_fields)]
pub enum Decision {
    /// The platform did it; these are the orders it made or changed, by the platform's ids.
    Done {
        /// At least one.
        order_ids: Vec<String>,
    },
    /// The platform did not do it. The same key may try again.
    NotDone,
    /// It was done otherwise than agreed, and that is accepted.
    AcceptDifference {
        /// Why, for the record; nothing about people.
        note: String,
    },
}

/// Notes that what was done otherwise than agreed is to stay so.
pub(super) async fn accept_difference(store: &Store, ctx: &Ctx, known: &Intent, note: &str) -> Result<Intent, Error> {
    let mut given = Some(note.to_owned());
    let mut check = Check::of_texts();
    check.text("/note", &mut given, MAX_TEXT);
    let note = given.unwrap_or_default();
    if note.is_empty() {
        check.add_if_new("/note", "required", "a reason is required");
    }
    if note.contains('@') {
        check.add_if_new("/note", "reference", "must not contain e-mail addresses: it is stored permanently");
    }
    let mistakes = check.mistakes();
    if !mistakes.is_empty() {
        return Err(Error::Invalid(mistakes));
    }
    let (at, actor) = (ctx.now, ctx.actor.to_string());
    let acceptance = Acceptance { note, actor, at };
    let accepted = store.accept_difference(&known.connection_id, &known.id, &acceptance).await?;
    accepted.ok_or_else(|| Error::Settled(format!("{}: {NOTHING_DIFFERS}", known.id)))
}

/// Ends a claimed intent as a person decided.
pub(super) async fn decided(tools: &Tools, ctx: &Ctx, claimed: Claimed, decision: &Decision) -> Result<Intent, Error> {
    let attempt = Attempt::open(tools, ctx, claimed).await?;
    let settlement = match decision {
        Decision::NotDone => {
            let error = Code::NotDone.error("resolved manually: it was not done");
            Ok(Settlement::Rejected { error: serde_json::to_value(error)?, repeatable: true })
        }
        Decision::Done { order_ids } => orders_named(&attempt, order_ids).await,
        // That is decided without a claim: the intent is settled.
        Decision::AcceptDifference { .. } => Err(ConnectorError::new(ErrorCode::InvalidRequest, NOTHING_DIFFERS)),
    };
    match settlement {
        Ok(settlement) => {
            let actor = Some(&*ctx.actor);
            let settled = tools.store.settle_intent(&attempt.claimed.claim, &settlement, actor, attempt.now()).await?;
            note_differences(&settled);
            Ok(settled)
        }
        Err(error) => {
            look_later(&attempt, &error, true).await?;
            Err(Error::Refused(error))
        }
    }
}

async fn orders_named(attempt: &Attempt<'_>, ids: &[String]) -> Result<Settlement, ConnectorError> {
    if ids.is_empty() {
        let error = ConnectorError::new(ErrorCode::InvalidRequest, "name the orders that were made");
        return Err(error.at_field("/order_ids", "required", "at least one id"));
    }
    let connection = attempt.connect().await?;
    let read_at = attempt.now();
    let mut orders = vec![];
    for id in ids {
        let request = json!({ "order_id": id });
        let answer = attempt.ask(&connection, &Op::GetOrder, request, None).await?;
        let OrderResponse { order } = serde_json::from_slice(&answer).map_err(|error| unreadable(&error))?;
        orders.push(order);
    }
    let differences = match serde_json::from_value(attempt.request.clone()) {
        Ok(SubmitOrderRequest { draft }) => placed::of_draft(&draft, &orders, false),
        // What was asked of an order is of one order.
        Err(_) => match orders.first() {
            Some(order) => attempt.differences_of_change(order).await,
            None => vec![],
        },
    };
    attempt.confirmed_orders(&orders, differences, read_at).map_err(|error| unreadable(&error))
}
