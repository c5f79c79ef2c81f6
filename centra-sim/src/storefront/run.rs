//! One root field being answered: the store, the cart, and the place whose prices hold.

use serde_json::{Value, json};

use super::modes::Mode;
use crate::checkout::context::Context;
use crate::checkout::selection::Selection;
use crate::checkout::writer::Writer;
use crate::plan::PlanField;
use crate::store::Store;
use crate::value::Kind;

/// Where the id of a [`node`] stands.
pub(super) const ID: &str = "#";

/// An object whose fields are found when they are asked for.
pub(super) fn node(type_name: &str, id: i64) -> Value {
    json!({ "__typename": type_name, ID: id })
}

/// Why a document has no answer: a message, and the keys and indices to the field.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) path: Vec<Value>,
}

/// One root field being answered.
#[derive(Clone)]
pub(super) struct Run<'a> {
    pub(super) store: &'a Store,
    pub(super) writer: Writer<'a>,
    pub(super) mode: Mode,
    /// The session's cart.
    pub(super) selection: Selection,
    /// Markets and pricelists asked for; empty for all.
    pub(super) markets: Vec<i64>,
    pub(super) pricelists: Vec<i64>,
}

impl Run<'_> {
    /// Where prices without a list of places hold: the session's place, or the only market and pricelist asked for.
    pub(super) fn place(&self) -> Option<Context> {
        let view = self.writer.view;
        if self.mode != Mode::NoSession {
            let basket = &self.selection.basket;
            return Some(Context::of(view, basket.country.as_deref(), basket.market, basket.pricelist));
        }
        match (self.markets.as_slice(), self.pricelists.as_slice()) {
            ([market], [pricelist]) => Some(Context::of(view, None, Some(*market), Some(*pricelist))),
            _ => None,
        }
    }

    /// The same for a root field that names markets and pricelists.
    pub(super) fn scoped(&self, field: &PlanField) -> Self {
        let ids = |name: &str| -> Vec<i64> {
            field
                .arguments
                .get(name)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_i64)
                .collect()
        };
        Self { markets: ids("market"), pricelists: ids("pricelist"), ..self.clone() }
    }

    /// A text of a row.
    pub(super) fn text(&self, kind: Kind, id: i64, field: &str) -> String {
        self.writer.view.get(kind, id, field).as_str().unwrap_or_default().to_owned()
    }

    /// The first row that a reference points to.
    pub(super) fn reference(&self, kind: Kind, id: i64, field: &str) -> Option<i64> {
        self.writer.view.references(kind, id, field).first().copied()
    }
}
