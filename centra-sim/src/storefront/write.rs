//! Writes the answer of a plan. What is small is built whole and cut to the plan; what is large
//! ([`node`](super::run::node)) gives field by field what is asked for.

use apollo_compiler::ast::Type;
use serde_json::{Map, Value, json};

use super::run::{Failure, ID, Run};
use crate::plan::{Plan, PlanField};

impl Run<'_> {
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
}

/// A field of an object that is there whole. Amounts without tax stand beside those with it.
fn plain(own: &Map<String, Value>, field: &PlanField) -> Value {
    let is_net = field.arguments.get("includingTax") == Some(&Value::Bool(false));
    let net = is_net.then(|| own.get(&format!("{}Net", field.name))).flatten();
    net.or_else(|| own.get(&field.name)).cloned().unwrap_or(Value::Null)
}
