//! Writes the answer of a plan. What is small is built whole and cut to the plan; what is large ([`node`]) gives field by field what
//! is asked for.

use apollo_compiler::ast::Type;
use serde_json::{Map, Value, json};

use super::modes::Mode;
use crate::checkout::answer::Writer;
use crate::checkout::context::Context;
use crate::checkout::selection::Selection;
use crate::plan::{Plan, PlanField};
use crate::store::Store;
use crate::value::Kind;

/// Where the id of a [`node`] stands.
const ID: &str = "#";

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

    /// Writes a value as its field asks for.
    pub(super) fn write(&self, value: Value, field: &PlanField) -> Result<Value, Failure> {
        let mut path = vec![Value::from(field.key.as_str())];
        self.value(value, &field.ty, field, &mut path)
    }

    fn value(&self, value: Value, ty: &Type, field: &PlanField, path: &mut Vec<Value>) -> Result<Value, Failure> {
        let failed = |message: String, path: &[Value]| Failure { message, path: path.to_vec() };
        match value {
            Value::Null if ty.is_list() && ty.is_non_null() => Ok(json!([])),
            Value::Null if ty.is_non_null() => Err(failed(format!("{} cannot be null", field.name), path)),
            Value::Array(items) if ty.is_list() => {
                let mut written = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    path.push(index.into());
                    written.push(self.value(item, ty.item_type(), field, path)?);
                    path.pop();
                }
                Ok(Value::Array(written))
            }
            Value::Object(own) if own.contains_key("__typename") => {
                let own = self.whole(own);
                let type_name = own.get("__typename").and_then(Value::as_str).unwrap_or_default();
                match field.plan_for(type_name) {
                    Some(plan) => self.object(&own, plan, path),
                    None => Err(failed(format!("{} cannot be a {type_name}", field.name), path)),
                }
            }
            other => Ok(other),
        }
    }

    fn object(&self, own: &Map<String, Value>, plan: &Plan, path: &mut Vec<Value>) -> Result<Value, Failure> {
        let mut written = Map::new();
        for field in &plan.fields {
            path.push(field.key.as_str().into());
            let value = if field.name == "__typename" {
                plan.type_name.as_str().into()
            } else {
                let value = match own.get(ID).and_then(Value::as_i64) {
                    Some(id) => self.field(&plan.type_name, id, field),
                    None => plain(own, field),
                };
                self.value(value, &field.ty, field, path)?
            };
            written.insert(field.key.to_string(), value);
            path.pop();
        }
        Ok(Value::Object(written))
    }

    /// A cart is priced once for all its fields.
    fn whole(&self, own: Map<String, Value>) -> Map<String, Value> {
        if own.get("__typename").and_then(Value::as_str) != Some("Selection") {
            return own;
        }
        match self.cart() {
            Value::Object(cart) => cart,
            _ => own,
        }
    }

    fn field(&self, type_name: &str, id: i64, field: &PlanField) -> Value {
        let name = field.name.as_str();
        match type_name {
            "DisplayItem" => self.display_item(id, name),
            "Market" => self.market(id, name),
            "Pricelist" => self.pricelist(id, name),
            "Currency" => self.currency(id, name),
            "Country" => self.country(id, name),
            _ => Value::Null,
        }
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

/// A field of an object that is there whole. Amounts without tax stand beside those with it.
fn plain(own: &Map<String, Value>, field: &PlanField) -> Value {
    let is_net = field.arguments.get("includingTax") == Some(&Value::Bool(false));
    let net = is_net.then(|| own.get(&format!("{}Net", field.name))).flatten();
    net.or_else(|| own.get(&field.name)).cloned().unwrap_or(Value::Null)
}
