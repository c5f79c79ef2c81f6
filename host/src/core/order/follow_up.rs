//! What is asked of an order that is there: confirm, hold, cancel, capture, ship, take back, refund. Each with a key of its own,
//! each an intent like the order itself.

use connector_api::{
    FieldError,
    domain::{AdjustmentLine, ExternalId, Money, Order, ShipmentLine, Tracking},
    wire::{
        Op,
        order::{
            CancelOrderRequest, CaptureRequest, ConfirmOrderRequest, CreateReturnRequest, CreateShipmentRequest,
            HoldOrderRequest, RefundRequest,
        },
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashSet;

use super::{Error, intent::Asked};
use crate::core::cart::check::{Check, MAX_LINES, MAX_TEXT};

/// Most tracking numbers.
const MAX_TRACKING: usize = 200;
/// Most characters of an address of a carrier's page.
const MAX_URL: usize = 2_000;

/// Accept an order, so that the merchant's warehouse may go to work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Confirm {}

/// Stop an order from being sent, or let it go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Whether it is to wait.
    pub hold: bool,
    /// Why, for the merchant.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Cancel an order, or some of its lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cancel {
    /// Lines to cancel; empty for all.
    pub lines: Vec<AdjustmentLine>,
    /// Why, for the merchant.
    pub reason: Option<String>,
    /// Whether the goods go back on sale.
    #[schemars(extend("default" = true))]
    #[serde(default = "yes")]
    pub restock: bool,
}

/// Send goods of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShipment {
    /// What is sent.
    pub lines: Vec<ShipmentLine>,
    /// How to follow it.
    #[serde(default)]
    pub tracking: Vec<Tracking>,
}

/// A return to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReturn {
    /// The platform's id of the shipment, where it needs one.
    #[serde(default)]
    pub shipment_id: Option<ExternalId>,
    /// What comes back.
    pub lines: Vec<AdjustmentLine>,
    /// Whether the goods go back on sale.
    #[serde(default = "yes")]
    pub restock: bool,
    /// Why, for the merchant.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Give money back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewRefund {
    /// The return it belongs to, where the platform ties refunds to returns.
    pub return_id: Option<ExternalId>,
    /// How much; absent for what the platform computes.
    pub amount: Option<Money>,
    /// Why, for the merchant.
    pub reason: Option<String>,
}

/// Capture the payment of an order, or report to the platform that it was captured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewCapture {
    /// How much; absent for all that is owed.
    pub amount: Option<Money>,
    /// The platform's id of the shipment that is paid with it; absent for the whole order.
    pub shipment_id: Option<ExternalId>,
    /// The payment provider's own number of the capture. With it the capture is found again after a lost answer.
    pub reference: Option<String>,
}

fn yes() -> bool {
    true
}

/// What is asked of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowUp {
    /// Accept it.
    Confirm(Confirm),
    /// Stop it, or let it go on.
    Hold(Hold),
    /// Cancel it or some of it.
    Cancel(Cancel),
    /// Send goods.
    Ship(NewShipment),
    /// Create returns.
    Return(NewReturn),
    /// Give money back.
    Refund(NewRefund),
    /// Capture the payment, or report that it was captured.
    Capture(NewCapture),
}

impl FollowUp {
    /// The operation of the contract.
    pub fn op(&self) -> Op {
        match self {
            Self::Confirm(_) => Op::ConfirmOrder,
            Self::Hold(_) => Op::HoldOrder,
            Self::Cancel(_) => Op::CancelOrder,
            Self::Ship(_) => Op::CreateShipment,
            Self::Return(_) => Op::CreateReturn,
            Self::Refund(_) => Op::Refund,
            Self::Capture(_) => Op::Capture,
        }
    }

    /// Its message of the contract.
    pub(super) fn request(&self, order: &str) -> serde_json::Result<Value> {
        let order_id = ExternalId::from(order);
        match self.clone() {
            Self::Confirm(Confirm {}) => serde_json::to_value(ConfirmOrderRequest { order_id }),
            Self::Hold(Hold { hold, reason }) => serde_json::to_value(HoldOrderRequest { order_id, hold, reason }),
            Self::Cancel(Cancel { lines, reason, restock }) => {
                serde_json::to_value(CancelOrderRequest { order_id, lines, reason, restock })
            }
            Self::Ship(NewShipment { lines, tracking }) => {
                serde_json::to_value(CreateShipmentRequest { order_id, lines, tracking })
            }
            Self::Return(NewReturn { shipment_id, lines, restock, reason }) => {
                serde_json::to_value(CreateReturnRequest { order_id, shipment_id, lines, restock, reason })
            }
            Self::Refund(NewRefund { return_id, amount, reason }) => {
                serde_json::to_value(RefundRequest { order_id, return_id, amount, reason })
            }
            Self::Capture(NewCapture { amount, shipment_id, reference }) => {
                serde_json::to_value(CaptureRequest { order_id, amount, shipment_id, reference })
            }
        }
    }

    /// Puts every text into its one form; what is wrong with them.
    fn settle(&mut self) -> Vec<FieldError> {
        let mut check = Check::of_texts();
        match self {
            Self::Hold(Hold { reason, .. }) | Self::Cancel(Cancel { reason, .. }) => {
                check.text("/reason", reason, MAX_TEXT);
            }
            Self::Return(back) => {
                check.text("/reason", &mut back.reason, MAX_TEXT);
                check.id("/shipment_id", &mut back.shipment_id);
            }
            Self::Refund(refund) => {
                check.text("/reason", &mut refund.reason, MAX_TEXT);
                check.id("/return_id", &mut refund.return_id);
            }
            Self::Capture(capture) => {
                check.id("/shipment_id", &mut capture.shipment_id);
                check.text("/reference", &mut capture.reference, MAX_TEXT);
            }
            Self::Ship(ship) => {
                for (at, track) in ship.tracking.iter_mut().enumerate().take(MAX_TRACKING) {
                    check.text(&format!("/tracking/{at}/carrier"), &mut track.carrier, MAX_TEXT);
                    check.text(&format!("/tracking/{at}/number"), &mut track.number, MAX_TEXT);
                    check.text(&format!("/tracking/{at}/url"), &mut track.url, MAX_URL);
                }
            }
            Self::Confirm(_) => {}
        }
        check.mistakes()
    }

    /// Everything that is wrong with it for this order, by JSON pointer.
    fn mistakes(&self, order: &Order) -> Vec<FieldError> {
        let mut found = vec![];
        let mut add = |pointer: String, code: &str, message: String| {
            found.push(FieldError::new(pointer, code, message));
        };
        let mut named = HashSet::new();
        let (lines, needs_lines): (Vec<LineQuantity<'_>>, bool) = match self {
            Self::Cancel(cancel) => (cancel.lines.iter().map(of_adjustment).collect(), false),
            Self::Return(back) => (back.lines.iter().map(of_adjustment).collect(), true),
            Self::Ship(ship) => {
                (ship.lines.iter().map(|line| (&line.order_line_id, line.quantity, None)).collect(), true)
            }
            _ => (vec![], false),
        };
        if needs_lines && lines.is_empty() {
            add("/lines".to_owned(), "required", "name at least one line".to_owned());
        }
        if lines.len() > MAX_LINES {
            add("/lines".to_owned(), "too_many", format!("at most {MAX_LINES} lines"));
        }
        for (at, (id, quantity, amount)) in lines.iter().enumerate().take(MAX_LINES) {
            if !named.insert(id.as_str()) {
                add(format!("/lines/{at}/order_line_id"), "repeated", "each line is named once".to_owned());
            }
            match Named::find(order, id) {
                None => {
                    add(format!("/lines/{at}/order_line_id"), "unknown_line", format!("the order has no line `{id}`"));
                }
                Some(Named::Bundle(parts)) => {
                    let text = format!("the line is a bundle: name its parts instead, `{}`", parts.join("`, `"));
                    add(format!("/lines/{at}/order_line_id"), "bundle_line", text);
                }
                Some(Named::Goods(ordered)) if *quantity == 0 || *quantity > ordered => {
                    add(format!("/lines/{at}/quantity"), "range", format!("from 1 to {ordered}"));
                }
                Some(Named::Goods(_)) => {}
            }
            if amount.is_some_and(|amount| amount.currency != order.currency) {
                add(format!("/lines/{at}/amount"), "currency", format!("the order is in {}", order.currency));
            }
            if amount.is_some_and(|amount| amount.amount_minor < 0) {
                add(format!("/lines/{at}/amount"), "range", "must not be below zero".to_owned());
            }
        }
        if let Self::Refund(NewRefund { amount: Some(amount), .. })
        | Self::Capture(NewCapture { amount: Some(amount), .. }) = self
        {
            if amount.currency != order.currency {
                add("/amount".to_owned(), "currency", format!("the order is in {}", order.currency));
            }
            if amount.amount_minor <= 0 {
                add("/amount".to_owned(), "range", "must be above zero".to_owned());
            }
        }
        if let Self::Ship(NewShipment { tracking, .. }) = self {
            if tracking.len() > MAX_TRACKING {
                add("/tracking".to_owned(), "too_many", format!("at most {MAX_TRACKING}"));
            }
            for (at, track) in tracking.iter().enumerate().take(MAX_TRACKING) {
                if track.url.as_deref().is_some_and(|url| !url.starts_with("https://")) {
                    add(format!("/tracking/{at}/url"), "https", "an address that begins with https://".to_owned());
                }
            }
        }
        found
    }

    fn given(&self) -> serde_json::Result<Value> {
        self.request("")
    }
}

/// What a line's id stands for in an order.
enum Named<'o> {
    /// Goods: so many were ordered.
    Goods(u32),
    /// A bundle, whose parts are sent instead.
    Bundle(Vec<&'o str>),
}

impl<'o> Named<'o> {
    fn find(order: &'o Order, id: &ExternalId) -> Option<Self> {
        if let Some(line) = order.lines.iter().find(|line| line.id == *id) {
            let parts: Vec<&str> = line.parts.iter().map(|part| part.id.as_str()).collect();
            return Some(if parts.is_empty() { Self::Goods(line.ordered) } else { Self::Bundle(parts) });
        }
        let mut parts = order.lines.iter().flat_map(|line| &line.parts);
        parts.find(|part| part.id == *id).map(|part| Self::Goods(part.ordered))
    }
}

/// Pieces of an order line, with money for them.
type LineQuantity<'a> = (&'a ExternalId, u32, Option<&'a Money>);

fn of_adjustment(line: &AdjustmentLine) -> LineQuantity<'_> {
    (&line.order_line_id, line.quantity, line.amount.as_ref())
}

impl FollowUp {
    /// What is asked of an order in its one form, with everything that is wrong with it for this order.
    pub(super) fn asked_of(&mut self, id: &str, order: &Order) -> Result<(Asked, Vec<FieldError>), Error> {
        let as_given = self.given()?;
        let mut mistakes = self.settle();
        let asked = Asked {
            as_given,
            op: self.op(),
            order_id: Some(id.to_owned()),
            channel_reference: order.channel_reference.clone(),
            given: self.given()?,
        };
        mistakes.extend(self.mistakes(order));
        Ok((asked, mistakes))
    }
}
