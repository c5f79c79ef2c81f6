//! Paging that goes wrong: what a page number or cursor means is bent before the rows are read, or the rows afterwards.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::faults::{Fault, FaultKind, FaultPlan};
use crate::plan::Plan;

/// Far from the ids of all seeds.
const NEW_IDS: i64 = 1_000_000;

/// Bends the arguments of a plan.
pub fn bend_plan(fault: &Fault, memory: &mut FaultPlan, plan: &mut Plan) {
    match fault.kind {
        FaultKind::PageIgnored | FaultKind::EndlessRows => from_the_start(plan),
        FaultKind::TwoCursors => {
            for field in &mut plan.fields {
                if let Some(page) = field.int_argument("page") {
                    field.arguments.insert("page".to_owned(), ((page - 1) % 2 + 1).into());
                }
                let given = field.arguments.get("after").and_then(Value::as_str).map(str::to_owned);
                if given.is_some_and(|given| memory.first_cursor(&field.name, &given) != given) {
                    field.arguments.remove("after");
                }
            }
        }
        _ => {}
    }
}

fn from_the_start(plan: &mut Plan) {
    for field in &mut plan.fields {
        if field.arguments.contains_key("page") {
            field.arguments.insert("page".to_owned(), 1.into());
        }
        field.arguments.remove("after");
        field.sub.iter_mut().for_each(from_the_start);
    }
}

/// Whether it bends rows.
pub fn bends_rows(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::EndlessRows | FaultKind::EmptyList | FaultKind::WrongTotal)
}

/// Bends the rows of an answer; `number` is that of the request.
pub fn bend_rows(fault: &Fault, number: u64, plan: &Plan, body: &[u8]) -> Vec<u8> {
    let Ok(mut answer) = serde_json::from_slice::<Value>(body) else { return body.to_vec() };
    let number = i64::try_from(number).unwrap_or(0);
    for field in &plan.fields {
        let Some(list) = answer["data"].get_mut(field.key.as_str()) else { continue };
        match fault.kind {
            FaultKind::EndlessRows => {
                let wanted = field.int_argument("limit").or(field.int_argument("first"));
                let rows = if list.is_array() { &mut *list } else { &mut list["edges"] };
                let Some(rows) = rows.as_array_mut().filter(|rows| !rows.is_empty()) else { continue };
                let known = rows.clone();
                let wanted = usize::try_from(wanted.unwrap_or(1)).unwrap_or(1);
                let same = known.iter().cycle().take(wanted.max(known.len())).cloned();
                let renewed = same.zip(0_i64..).map(|(mut row, place)| {
                    renew(&mut row, NEW_IDS + number * 1_000 + place);
                    row
                });
                *rows = renewed.collect();
                if list["pageInfo"].is_object() {
                    list["pageInfo"]["hasNextPage"] = true.into();
                    list["pageInfo"]["endCursor"] = STANDARD.encode(format!("endless:{number}")).into();
                }
            }
            FaultKind::EmptyList if list.is_array() => *list = json!([]),
            FaultKind::EmptyList if list["edges"].is_array() => {
                list["edges"] = json!([]);
                if list["totalCount"].is_number() {
                    list["totalCount"] = 0.into();
                }
                if list["pageInfo"].is_object() {
                    list["pageInfo"] = json!({ "hasNextPage": false, "endCursor": null });
                }
            }
            FaultKind::WrongTotal => {
                if let Some(total) = list["totalCount"].as_i64() {
                    list["totalCount"] = fault.total.unwrap_or(total + 100).into();
                }
            }
            _ => {}
        }
    }
    answer.to_string().into_bytes()
}

/// Gives a row, and what hangs below it, ids of its own.
fn renew(row: &mut Value, by: i64) {
    match row {
        Value::Array(items) => items.iter_mut().for_each(|item| renew(item, by)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::Number(id) if name == "id" || name == "number" => {
                        *value = (id.as_i64().unwrap_or(0) + by * 1_000).into();
                    }
                    Value::String(id) if name == "id" => *value = format!("{id}-{by}").into(),
                    value => renew(value, by),
                }
            }
        }
        _ => {}
    }
}
