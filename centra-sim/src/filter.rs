//! `where`: turns a filter input into checks on rows.

use serde_json::{Map, Value as Json};

use crate::date;
use crate::shop::View;
use crate::value::{Kind, Val};

/// A parsed `where`. All conditions must hold.
#[derive(Debug, Default)]
pub struct Filter {
    checks: Vec<Check>,
    impossible: bool,
}

#[derive(Debug)]
struct Check {
    field: String,
    test: Test,
    negated: bool,
}

#[derive(Debug)]
enum Test {
    Ids(Vec<i64>),
    References(Vec<i64>),
    Literals(Vec<String>),
    Equals(String),
    Contains(String),
    Flag(bool),
    Numbers { from: Option<f64>, to: Option<f64> },
    Times { from: Option<i64>, to: Option<i64> },
    Present,
}

impl Filter {
    /// Reads a filter input of the reference schema. A mistake in it is reported in Centra's manner.
    pub fn parse(input: Option<&Json>) -> Result<Self, String> {
        let Some(Json::Object(input)) = input else { return Ok(Self::default()) };
        let negated = strings(input.get("negate"));
        let mut checks = Vec::new();
        for (key, value) in input {
            if value.is_null() || matches!(key.as_str(), "negate" | "skipEmpty") {
                continue;
            }
            if key == "notNull" {
                checks.extend(strings(Some(value)).into_iter().map(|field| Check {
                    field,
                    test: Test::Present,
                    negated: false,
                }));
                continue;
            }
            let (field, test) = test(key, value)?;
            checks.push(Check { field: field.to_owned(), test, negated: negated.contains(key) });
        }
        Ok(Self { checks, impossible: false })
    }

    /// Requires a reference field to point to a row.
    #[must_use]
    pub fn and_reference(mut self, field: &str, id: i64) -> Self {
        self.checks.push(Check { field: field.to_owned(), test: Test::References(vec![id]), negated: false });
        self
    }

    /// Decides at once what holds for all rows of a generated table alike.
    #[must_use]
    pub fn simplified(mut self, view: View<'_>, kind: Kind) -> Self {
        let Some(sample) = view.nth(kind, 0) else { return self };
        let (uniform, rest): (Vec<Check>, Vec<Check>) =
            self.checks.into_iter().partition(|check| view.is_uniform(kind, &check.field));
        self.checks = rest;
        self.impossible = uniform.iter().any(|check| !check.holds(view, kind, sample));
        self
    }

    /// Whether every row passes.
    pub fn is_trivial(&self) -> bool {
        self.checks.is_empty() && !self.impossible
    }

    /// Whether no row passes.
    pub fn is_impossible(&self) -> bool {
        self.impossible
    }

    /// The ids asked for, when the filter names them.
    pub fn ids(&self) -> Option<&[i64]> {
        self.checks.iter().find_map(|check| match &check.test {
            Test::Ids(ids) if !check.negated => Some(ids.as_slice()),
            _ => None,
        })
    }

    /// The earliest `updatedAt` asked for.
    pub fn updated_from(&self) -> Option<i64> {
        self.checks.iter().find_map(|check| match check.test {
            Test::Times { from, .. } if check.field == "updatedAt" && !check.negated => from,
            _ => None,
        })
    }

    /// Whether a row passes.
    pub fn matches(&self, view: View<'_>, kind: Kind, id: i64) -> bool {
        !self.impossible && self.checks.iter().all(|check| check.holds(view, kind, id))
    }

    /// Whether a value that is no row passes the only check on this field; true without one.
    pub fn accepts(&self, field: &str, value: &Val<'_>) -> bool {
        self.checks.iter().filter(|check| check.field == field).all(|check| check.test.holds(value) != check.negated)
    }
}

impl Check {
    fn holds(&self, view: View<'_>, kind: Kind, id: i64) -> bool {
        let held = match &self.test {
            Test::Ids(ids) => ids.contains(&id),
            Test::References(wanted) => reference_fields(&self.field)
                .iter()
                .any(|field| view.references(kind, id, field).iter().any(|found| wanted.contains(found))),
            test if self.field == "search" => {
                ["name", "productNumber", "SKU", "email"].iter().any(|field| test.holds(&view.get(kind, id, field)))
            }
            test => test.holds(&view.get(kind, id, &self.field)),
        };
        held != self.negated
    }
}

impl Test {
    fn holds(&self, value: &Val<'_>) -> bool {
        match (self, value) {
            (Self::Present, value) => !matches!(value, Val::Null),
            (Self::Ids(ids) | Self::References(ids), Val::Int(id) | Val::Int64(id) | Val::Ref(_, id)) => {
                ids.contains(id)
            }
            (Self::References(wanted), Val::Refs(_, ids)) => ids.iter().any(|id| wanted.contains(id)),
            (Self::Literals(literals), Val::Str(text)) => literals.iter().any(|literal| literal == text),
            (Self::Literals(_), Val::List(items)) => items.iter().any(|item| self.holds(item)),
            (Self::Literals(literals), Val::Int(number)) => literals.contains(&number.to_string()),
            (Self::Equals(wanted), Val::Str(text)) => wanted == text,
            (Self::Contains(wanted), Val::Str(text)) => text.to_lowercase().contains(&wanted.to_lowercase()),
            (Self::Flag(wanted), Val::Bool(flag)) => wanted == flag,
            (Self::Numbers { from, to }, Val::Int(_) | Val::Float(_)) => {
                #[expect(clippy::cast_precision_loss, reason = "quantities are far below 2^53")]
                let number = match value {
                    Val::Float(number) => *number,
                    Val::Int(number) => *number as f64,
                    _ => return false,
                };
                from.is_none_or(|from| number >= from) && to.is_none_or(|to| number <= to)
            }
            (Self::Times { from, to }, Val::Time(at)) => {
                from.is_none_or(|from| *at >= from) && to.is_none_or(|to| *at <= to)
            }
            _ => false,
        }
    }
}

fn test<'k>(key: &'k str, value: &Json) -> Result<(&'k str, Test), String> {
    Ok(match value {
        Json::Bool(flag) => (key, Test::Flag(*flag)),
        Json::Number(number) => (key, Test::References(number.as_i64().into_iter().collect())),
        Json::String(text) if key == "search" => (key, Test::Contains(text.clone())),
        Json::String(text) => (key, Test::Literals(vec![text.clone()])),
        Json::Array(items) if items.iter().all(Json::is_i64) => {
            let ids = items.iter().filter_map(Json::as_i64).collect();
            match key {
                "id" => (key, Test::Ids(ids)),
                "number" => (key, Test::Literals(items.iter().map(Json::to_string).collect())),
                _ => (key, Test::References(ids)),
            }
        }
        Json::Array(_) => (key, Test::Literals(strings(Some(value)))),
        Json::Object(fields) => (key, object_test(key, fields)?),
        Json::Null => (key, Test::Present),
    })
}

fn object_test(key: &str, fields: &Map<String, Json>) -> Result<Test, String> {
    if fields.contains_key("equals") || fields.contains_key("contains") {
        if fields.len() != 1 {
            return Err(format!("Exactly one input field should be provided for {key}."));
        }
        let text = |name: &str| fields.get(name).and_then(Json::as_str).map(str::to_owned);
        return text("equals")
            .map(Test::Equals)
            .or_else(|| text("contains").map(Test::Contains))
            .ok_or_else(|| format!("{key} cannot be matched with null."));
    }
    let bound = |name: &str| fields.get(name).filter(|value| !value.is_null());
    if [bound("from"), bound("to")].iter().flatten().any(|value| value.is_number()) {
        let number = |name: &str| bound(name).and_then(Json::as_f64);
        return Ok(Test::Numbers { from: number("from"), to: number("to") });
    }
    let time = |name: &str| match bound(name) {
        None => Ok(None),
        Some(value) => value
            .as_str()
            .and_then(date::read)
            .map(Some)
            .ok_or_else(|| format!("{key}.{name} is not a valid DateTimeTz.")),
    };
    Ok(Test::Times { from: time("from")?, to: time("to")? })
}

fn strings(value: Option<&Json>) -> Vec<String> {
    value
        .and_then(Json::as_array)
        .map(|items| items.iter().filter_map(Json::as_str).map(str::to_owned).collect())
        .unwrap_or_default()
}

/// The row fields that hold what a filter like `storeId` asks for.
fn reference_fields(key: &str) -> Vec<String> {
    let stem = match key {
        "parentId" => return vec!["parentCategory".to_owned(), "parentFolder".to_owned()],
        "assignedCountryId" | "assignedToCountryId" => return vec!["assignedToCountries".to_owned()],
        "defaultInStoreId" => return vec!["defaultInStores".to_owned()],
        _ => key.strip_suffix("Id").unwrap_or(key),
    };
    vec![stem.to_owned(), format!("{stem}s")]
}
