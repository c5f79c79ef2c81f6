//! One question for data, asked until it is answered or clear why not.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::{ConnectorError, ErrorCode, Retry, connector::Level};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    Client, Reply, SPOILED_ANSWERS, Variables,
    answer::{LostPart, Outcome, is_of_page},
    fit::Fit,
    lacking, nothing_left, sent,
};
use crate::{
    error,
    operation::Operation,
    schema::{arguments::WIDE, known::Known},
};

/// How often a question is fitted anew before giving up.
const REFITS: u32 = 16;

/// What came of a question for rows.
#[derive(Debug)]
pub enum Asked<T> {
    /// An answer.
    Answered(Reply<T>),
    /// No row, because of one that is lost or not whole, or because they are too many: so many rows, fewer than were asked
    /// for, may come.
    Fewer(u32),
    /// The one row that was asked for is lost, several times, for this reason.
    RowLost(ConnectorError),
}

impl Client {
    /// Asks; `rows` is how many rows the answer may hold.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        operation: Operation,
        variables: &Variables,
        rows: u32,
    ) -> Result<Reply<T>, ConnectorError> {
        match self.ask_rows(operation, variables, rows, &[]).await? {
            Asked::Answered(reply) => Ok(reply),
            Asked::Fewer(_) | Asked::RowLost(_) => Err(error::answer_lost(operation.name())),
        }
    }

    /// Asks for the rows of the list that stands at `way`. A row that may not be null and is lost takes the whole answer
    /// with it: then fewer rows are to be asked for, until it stands alone. So it is with a row below which a list may be
    /// cut; alone, it is asked for with larger limits, which would cost too much for all.
    pub async fn ask_rows<T: DeserializeOwned>(
        &self,
        operation: Operation,
        variables: &Variables,
        rows: u32,
        way: &[&str],
    ) -> Result<Asked<T>, ConnectorError> {
        let mut given: BTreeSet<&str> = variables.keys().copied().collect();
        let (mut spoiled, mut reread) = (0, false);
        for _ in 0..REFITS {
            let plan = self.plan().await?;
            let with_limits = operation != Operation::RateLimits && self.session().limits_are_due();
            let query =
                plan.adapt(operation, &given, with_limits).map_err(|missing| lacking(operation, &plan, &missing))?;
            if query.is_empty() {
                return Err(nothing_left(operation, &plan, &query));
            }
            // A list that is returned whole costs the same however many rows are expected, and cannot be narrowed.
            let narrows = query.variables.contains_key("limit");
            let rows = if narrows { rows } else { 1 };
            let wide = given.contains(WIDE);
            let row_cost = self.session().row_cost(&plan.known, operation).saturating_mul(if wide { 10 } else { 1 });
            let estimate = row_cost.saturating_mul(rows.into()).saturating_add(10);
            let answer = self.send(operation.name(), &query.text, &sent(variables, &query), estimate, false).await;
            let answer = match answer {
                // Fewer rows may fit, or come in time.
                Err(failure) if narrows && !way.is_empty() && is_of_page(&failure) => {
                    return self.smaller(operation, rows, failure).await;
                }
                answer => answer?,
            };
            match Outcome::of(&answer) {
                Outcome::Denied(refusals) => self.deny(&plan, &query, &refusals).await?,
                Outcome::TooMany(cap) if narrows && rows > cap => {
                    let known = Known { row_cap: Some(cap), ..plan.known.clone() };
                    self.learn(known).await?;
                    return Ok(Asked::Fewer(cap));
                }
                refused @ (Outcome::Refused(_) | Outcome::TooMany(_)) => {
                    let hidden = if let Outcome::Refused(hidden) = refused { hidden } else { vec![] };
                    if reread {
                        self.hide(operation, &plan, &hidden).await?;
                    } else {
                        reread = true;
                        self.host.log(
                            Level::Info,
                            "the platform refuses a query; reloading its schema",
                            json!({ "operation": operation.name() }),
                        );
                        self.read_schema(Some(&plan.known)).await?;
                    }
                }
                Outcome::Nothing { lost, failure } => {
                    let first = lost.iter().filter_map(|part| part.index_below(way)).min().filter(|_| narrows);
                    match first {
                        Some(first) if rows > 1 => return Ok(Asked::Fewer(rows_without(first, rows))),
                        _ if spoiled < SPOILED_ANSWERS => spoiled += 1,
                        Some(_) => return Ok(Asked::RowLost(failure)),
                        None if narrows && !way.is_empty() => return self.smaller(operation, rows, failure).await,
                        None => return Err(failure),
                    }
                }
                // The same question may be answered the next time; where pages fail already, a smaller one may.
                Outcome::Failed(failure)
                    if failure.code == ErrorCode::PlatformAnswerInvalid
                        && failure.retry == Retry::Backoff
                        && spoiled < SPOILED_ANSWERS
                        && self.session().fit(operation).is_none_or(|fit| rows == 1 && !fit.is_lost) =>
                {
                    spoiled += 1;
                }
                Outcome::Failed(failure) if narrows && !way.is_empty() && is_of_page(&failure) => {
                    return self.smaller(operation, rows, failure).await;
                }
                Outcome::Failed(failure) => return Err(failure),
                Outcome::Data { lost, .. } if !lost.is_empty() && spoiled < SPOILED_ANSWERS => spoiled += 1,
                Outcome::Data { data, extensions, lost } => {
                    let learned = (!wide).then_some(rows);
                    self.account(operation, data, &extensions, with_limits, learned, estimate).await?;
                    if let Some(first) = first_swallowed(data, &lost, way).filter(|_| narrows) {
                        let lost = || Asked::RowLost(error::answer_invalid("lacks a part that may not be null"));
                        return Ok(if rows > 1 { Asked::Fewer(rows_without(first, rows)) } else { lost() });
                    }
                    let mut session = self.session();
                    let fit = session.fit(operation).and_then(Fit::after_success);
                    session.remember(operation, fit);
                    drop(session);
                    let cut = first_cut(data, &query.cut_after, way);
                    if let Some(first) = cut.filter(|_| !wide) {
                        if rows > 1 {
                            return Ok(Asked::Fewer(rows_without(first, rows)));
                        }
                        given.insert(WIDE);
                        continue;
                    }
                    let data = serde_json::from_str(data).map_err(|_| {
                        error::answer_invalid(&format!("to `{}` has an unexpected form", operation.name()))
                    })?;
                    return Ok(Asked::Answered(Reply { data, query, lost, may_be_cut: cut.is_some() }));
                }
            }
        }
        Err(error::schema_incompatible(operation.name(), "query that it accepts"))
    }

    /// What to do about a page of so many rows that cannot be read: ask for fewer, down to the one record, which may be lost. Not when
    /// nothing else is answered either: that is an outage, and one error.
    async fn smaller<T>(
        &self,
        operation: Operation,
        rows: u32,
        failure: ConnectorError,
    ) -> Result<Asked<T>, ConnectorError> {
        let known = self.session().fit(operation);
        if (known.is_none() || rows == 1) && self.ping().await.is_err() {
            return Err(failure);
        }
        if rows > 1 {
            let fit = Fit::after_failure(known, rows);
            self.session().remember(operation, Some(fit));
            return Ok(Asked::Fewer(fit.size.min(rows - 1)));
        }
        // One that comes too late today may come in time tomorrow.
        if failure.code == ErrorCode::Timeout {
            return Err(failure);
        }
        self.session().remember(operation, Some(Fit::after_loss(known)));
        Ok(Asked::RowLost(failure))
    }
}

/// How many rows to ask for instead of `rows`, of which the one at `first` is the first that is lost.
fn rows_without(first: usize, rows: u32) -> u32 {
    match u32::try_from(first) {
        Ok(0) => 1,
        Ok(before) if before < rows => before,
        _ => (rows / 2).max(1),
    }
}

/// The first row that took the whole list at `way` with it, where something else of the answer is left.
fn first_swallowed(data: &str, lost: &[LostPart], way: &[&str]) -> Option<usize> {
    if lost.is_empty() {
        return None;
    }
    let data: Value = serde_json::from_str(data).ok()?;
    lost.iter().filter_map(|part| part.swallowed_below(way, &data)).min()
}

/// The first row of the list at `way` below which a list is as long as it can be, and so may be cut.
fn first_cut(data: &str, cut_after: &BTreeMap<String, u32>, way: &[&str]) -> Option<usize> {
    let prefix = format!("{}.", way.join("."));
    let below: Vec<(Vec<&str>, usize)> = cut_after
        .iter()
        .filter_map(|(path, limit)| Some((path.strip_prefix(&prefix)?.split('.').collect(), *limit as usize)))
        .collect();
    if below.is_empty() {
        return None;
    }
    let data: Value = serde_json::from_str(data).ok()?;
    let rows = at(&data, way);
    let rows = rows.into_iter().filter_map(Value::as_array).flatten();
    let is_cut = |row: &Value| {
        below
            .iter()
            .any(|(keys, limit)| at(row, keys).into_iter().filter_map(Value::as_array).any(|list| list.len() >= *limit))
    };
    rows.enumerate().find(|(_, row)| is_cut(row)).map(|(index, _)| index)
}

/// All that stands at `keys`, whatever lists are on the way.
fn at<'v>(value: &'v Value, keys: &[&str]) -> Vec<&'v Value> {
    match (value, keys) {
        (_, []) => vec![value],
        (Value::Array(items), _) => items.iter().flat_map(|item| at(item, keys)).collect(),
        (_, [key, rest @ ..]) => value.get(key).map(|inner| at(inner, rest)).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_rows_are_those_before_the_lost_one_and_always_fewer() {
        assert_eq!((rows_without(7, 50), rows_without(0, 50), rows_without(50, 50)), (7, 1, 25));
        assert!((2..=200).all(|rows| (0..=300).all(|first| (1..rows).contains(&rows_without(first, rows)))));
    }

    #[test]
    fn the_first_row_with_a_full_list_below_it_is_found() {
        let cut_after =
            BTreeMap::from([("a.edges.node.items.sizes".to_owned(), 2), ("a.edges.node.tags".to_owned(), 3)]);
        let way = ["a", "edges"];
        let data = |second: &str| {
            format!(r#"{{"a":{{"edges":[{{"node":{{"items":[{{"sizes":[1]}}],"tags":[1,2]}}}},{second}]}}}}"#)
        };
        let cut = |second: &str| first_cut(&data(second), &cut_after, &way);
        assert_eq!(cut(r#"{"node":{"items":[{"sizes":[]},{"sizes":[1,2]}]}}"#), Some(1));
        assert_eq!(cut(r#"{"node":{"tags":[1,2,3]}}"#), Some(1));
        assert_eq!(cut(r#"{"node":null}"#), None);
        assert_eq!(first_cut(&data("null"), &cut_after, &["other"]), None);
    }

    #[test]
    fn a_list_is_swallowed_only_where_it_is_gone() {
        let lost = [LostPart { path: vec!["lists".into(), 0.into(), "rows".into(), 3.into(), "name".into()] }];
        let way = ["lists", "rows"];
        assert_eq!(first_swallowed(r#"{"lists":null}"#, &lost, &way), Some(3));
        assert_eq!(first_swallowed(r#"{"lists":[{"rows":null}]}"#, &lost, &way), Some(3));
        assert_eq!(first_swallowed(r#"{"lists":[{"rows":[1,2,3,null]}]}"#, &lost, &way), None);
        assert_eq!(first_swallowed(r#"{"lists":null}"#, &lost, &["others"]), None);
    }
}
