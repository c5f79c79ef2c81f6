//! Arguments, fitted to the live schema: unknown ones dropped, known alternatives taken, values not given left out.

use std::collections::{BTreeMap, BTreeSet};

use graphql_parser::query::{Type, Value};

use super::{
    directive::Marks,
    live::{LiveField, LiveSchema, base_of},
};

/// Names an argument may have instead, most likely first. Inference: no page names them.
const ARGUMENT_ALTERNATIVES: &[(&str, &[&str])] = &[
    ("where", &["filter"]),
    ("limit", &["pageSize", "perPage", "size"]),
    ("page", &["pageNumber"]),
    ("first", &["limit"]),
    ("after", &["cursor"]),
];

/// Names a field of an input object may have instead.
const INPUT_ALTERNATIVES: &[(&str, &[&str])] =
    &[("from", &["min", "gte", "after"]), ("id", &["ids"]), ("storeId", &["store", "stores"]), ("equals", &["eq"])];

/// A variable that no query has: lists below a record are asked for with a larger limit than theirs.
pub const WIDE: &str = "wide";

/// That limit: below the record itself, and below another such list. More would cost more than a store allows at once.
const WIDE_LIMITS: (u32, u32) = (100, 50);

/// Fits the arguments of fields; collects what it meets on the way.
pub(super) struct Arguments<'a> {
    /// The live schema; without it only certain names are sent.
    pub live: Option<&'a LiveSchema>,
    /// Variables that have a value.
    pub given: &'a BTreeSet<&'a str>,
    /// Variables in use, with the type the live schema wants.
    pub used: BTreeMap<String, Option<String>>,
    /// Arguments that do not exist, as `Type.field(argument)`.
    pub dropped: Vec<String>,
    /// Types met that were not read yet.
    pub unread: BTreeSet<String>,
}

/// An argument with its value.
pub(super) type Argument = (String, Value<'static, String>);

impl Arguments<'_> {
    /// The arguments to send to a field, and whether it is read in pages.
    pub(super) fn fit(
        &mut self,
        owner: &str,
        field: Option<&LiveField>,
        own: &[Argument],
        marks: &Marks,
    ) -> (Vec<Argument>, bool) {
        let mut fitted = vec![];
        for (name, value) in own {
            if self.live.is_none() && marks.unsure.contains(name) {
                continue;
            }
            let Some((served, ty)) = find(field.map(|field| &field.args), name, ARGUMENT_ALTERNATIVES) else {
                self.dropped.push(format!("{owner}({name})"));
                continue;
            };
            if let Some(value) = self.value(&format!("{owner}({name}"), name, value, ty.as_deref(), marks) {
                fitted.push((served, value));
            }
        }
        let paging = |fitted: &[Argument]| fitted.iter().any(|(_, value)| *value == Value::Variable("page".to_owned()));
        if marks.paged && field.is_some() && !paging(&fitted) {
            let args = field.map(|field| &field.args);
            let (limit, page) = (find(args, "limit", ARGUMENT_ALTERNATIVES), find(args, "page", ARGUMENT_ALTERNATIVES));
            if let (Some((limit, limit_type)), Some((page, page_type))) = (limit, page) {
                self.used.insert("limit".to_owned(), limit_type);
                self.used.insert("page".to_owned(), page_type);
                fitted.push((limit, Value::Variable("limit".to_owned())));
                fitted.push((page, Value::Variable("page".to_owned())));
            }
        }
        let narrowed = fitted.iter().any(|(name, _)| name == "where" || name == "filter");
        if marks.single
            && narrowed
            && let Some((limit, _)) = field.and_then(|field| find(Some(&field.args), "limit", ARGUMENT_ALTERNATIVES))
        {
            fitted.push((limit, Value::Int(1.into())));
        }
        let paged = paging(&fitted);
        (fitted, paged)
    }

    /// How many rows a list below a record gives at most, if the live field has a limit of its own where none is given.
    /// When more rows are wanted, the limit is added to `fitted`.
    pub(super) fn limit_of_nested(&self, field: &LiveField, is_deep: bool, fitted: &mut Vec<Argument>) -> Option<u32> {
        let (limit, _) = find(Some(&field.args), "limit", ARGUMENT_ALTERNATIVES)?;
        let own: u32 = field.defaults.get(&limit)?.parse().ok()?;
        if !field.ty.starts_with('[') || fitted.iter().any(|(name, _)| *name == limit) {
            return None;
        }
        if !self.given.contains(WIDE) {
            return Some(own);
        }
        let wide = own.max(if is_deep { WIDE_LIMITS.1 } else { WIDE_LIMITS.0 });
        fitted.push((limit, Value::Int(i32::try_from(wide).unwrap_or(i32::MAX).into())));
        Some(wide)
    }

    fn value(
        &mut self,
        shown: &str,
        path: &str,
        value: &Value<'static, String>,
        ty: Option<&str>,
        marks: &Marks,
    ) -> Option<Value<'static, String>> {
        match value {
            Value::Variable(name) => {
                if !self.given.contains(name.as_str()) {
                    return None;
                }
                self.used.insert(name.clone(), ty.map(str::to_owned));
                Some(value.clone())
            }
            Value::Object(fields) => {
                if let (Some(live), Some(ty)) = (self.live, ty)
                    && !live.types.contains_key(base_of(ty))
                {
                    self.unread.insert(base_of(ty).to_owned());
                }
                let inputs = ty.and_then(|ty| self.live?.types.get(base_of(ty))).map(|found| &found.inputs);
                let mut fitted = BTreeMap::new();
                for (name, inner) in fields {
                    let path = format!("{path}.{name}");
                    if self.live.is_none() && marks.unsure.contains(&path) {
                        continue;
                    }
                    let shown = format!("{shown}.{name}");
                    let Some((served, ty)) = find(inputs, name, INPUT_ALTERNATIVES) else {
                        self.dropped.push(format!("{shown})"));
                        continue;
                    };
                    if let Some(inner) = self.value(&shown, &path, inner, ty.as_deref(), marks) {
                        fitted.insert(served, inner);
                    }
                }
                (!fitted.is_empty()).then_some(Value::Object(fitted))
            }
            other => Some(other.clone()),
        }
    }
}

/// The name and type under which something is known; everything, by its own name, when nothing is known.
fn find(
    known: Option<&BTreeMap<String, String>>,
    name: &str,
    alternatives: &[(&str, &[&str])],
) -> Option<(String, Option<String>)> {
    let Some(known) = known else { return Some((name.to_owned(), None)) };
    let others = alternatives.iter().find(|(own, _)| *own == name).map_or(&[][..], |(_, others)| *others);
    std::iter::once(&name)
        .chain(others)
        .find_map(|candidate| known.get(*candidate).map(|ty| ((*candidate).to_owned(), Some(ty.clone()))))
}

/// A type as SDL writes it.
pub(super) fn parse_type(text: &str) -> Type<'static, String> {
    if let Some(inner) = text.strip_suffix('!') {
        return Type::NonNullType(Box::new(parse_type(inner)));
    }
    match text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => Type::ListType(Box::new(parse_type(inner))),
        None => Type::NamedType(text.to_owned()),
    }
}
