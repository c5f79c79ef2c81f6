//! The fault plan: which requests to `/graphql`, the Order API and the Checkout API go wrong, and how.
//!
//! A JSON list of rules, tried in order; the first that fires decides. Requests are counted from one.
//! ```json
//! [
//!   { "at": [3, 7], "kind": "429" },
//!   { "every": 5, "kind": "500", "times": 4 },
//!   { "at": [2], "kind": "slow", "ms": 1500 },
//!   { "after": 10, "kind": "revoke_token" },
//!   { "every": 4, "kind": "partial_errors", "operation": "CatalogPage" }
//! ]
//! ```
//! - `every: n` fires on each n-th request, `at: [..]` on these, `after: n` on all that follow the n-th;
//! - a rule without `operation` counts all requests to `/graphql` and the Order API;
//! - a rule with `operation` concerns, and counts, the requests of that operation alone, since the plan was set: so
//!   `every: 7` is every 7th of them whatever else is asked. The Order API's is `OrderApi`; those of the Checkout API are
//!   `Checkout`, or one of its routes as `Checkout PUT items`, and nothing else reaches them;
//! - `times` bounds how often a rule fires;
//! - `limit_above: n` narrows a rule to requests that ask for more than n rows, `containing: "text"` to finished answers that
//!   hold the text (so a record spoils every page it is on); with either, a rule without `every`, `at` and `after` fires each time;
//! - kinds: `429`, `500`, `500_after`, `lost_answer` and `foreign_answer` (the work was done; the last is a page of something on the way, with
//!   `status`, else 404), `slow` (answers correctly after `ms`), `truncated_json`, `partial_errors` (some nullable fields are
//!   null and named in `errors`), `disconnect`, `expire_token` and `revoke_token` (this request and all later ones with the token
//!   are refused, until `POST /_sim/token` sets a new one);
//! - kinds whose answer is none of Centra's, with `status` where it may be another: `challenge_page` (403, HTML), `basic_challenge`
//!   (401), `empty` (200), `html` (500), `errors` (200; `message` is the store's text), `data_null` (200; with `message`, beside
//!   errors), `bad_bytes` (no UTF-8 in the middle of an answer), `status` (502, HTML);
//! - kinds of paging: `page_ignored` (always the first page), `last_page_repeated`, `two_cursors` (two pages in turn),
//!   `endless_rows` (rows nobody saw before, for ever), `empty_list` (no rows), `wrong_total` (`total`, else 100 too many),
//!   `remove_row` (`row: "Display:3"` disappears before the answer).

use std::collections::HashMap;

use serde::Deserialize;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Rate limited.
    #[serde(rename = "429")]
    RateLimited,
    /// A server fault.
    #[serde(rename = "500")]
    ServerError,
    /// A server fault after the work was done.
    #[serde(rename = "500_after")]
    ServerErrorAfter,
    /// The work is done, but its answer never comes: after `ms` the caller gets a time-out.
    LostAnswer,
    /// The work is done, but something on the way answers in Centra's place, with a page of its own.
    ForeignAnswer,
    /// A late but correct answer.
    Slow,
    /// Half of the answer.
    TruncatedJson,
    /// Nullable fields lost, with errors.
    PartialErrors,
    /// The connection closed in the middle of the answer.
    Disconnect,
    /// The token has expired.
    ExpireToken,
    /// The token was revoked.
    RevokeToken,
    /// A page of HTML that asks to prove that one is a person.
    ChallengePage,
    /// A proxy that wants a name and a password.
    BasicChallenge,
    /// Nothing at all.
    Empty,
    /// A page of HTML.
    Html,
    /// Errors without data.
    Errors,
    /// Data that is null.
    DataNull,
    /// Bytes that are no text.
    BadBytes,
    /// A status of something in between.
    Status,
    /// Every page is the first.
    PageIgnored,
    /// Beyond the last page comes the last page.
    LastPageRepeated,
    /// Two pages in turn.
    TwoCursors,
    /// New rows for ever.
    EndlessRows,
    /// No rows.
    EmptyList,
    /// Another number of rows than there are.
    WrongTotal,
    /// A row disappears before the answer.
    RemoveRow,
}

impl FaultKind {
    /// Its name in a plan and in the counters.
    pub fn name(self) -> &'static str {
        match self {
            Self::RateLimited => "429",
            Self::ServerError => "500",
            Self::ServerErrorAfter => "500_after",
            Self::LostAnswer => "lost_answer",
            Self::ForeignAnswer => "foreign_answer",
            Self::Slow => "slow",
            Self::TruncatedJson => "truncated_json",
            Self::PartialErrors => "partial_errors",
            Self::Disconnect => "disconnect",
            Self::ExpireToken => "expire_token",
            Self::RevokeToken => "revoke_token",
            Self::ChallengePage => "challenge_page",
            Self::BasicChallenge => "basic_challenge",
            Self::Empty => "empty",
            Self::Html => "html",
            Self::Errors => "errors",
            Self::DataNull => "data_null",
            Self::BadBytes => "bad_bytes",
            Self::Status => "status",
            Self::PageIgnored => "page_ignored",
            Self::LastPageRepeated => "last_page_repeated",
            Self::TwoCursors => "two_cursors",
            Self::EndlessRows => "endless_rows",
            Self::EmptyList => "empty_list",
            Self::WrongTotal => "wrong_total",
            Self::RemoveRow => "remove_row",
        }
    }
}

/// One rule of the plan.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    every: Option<u64>,
    #[serde(default)]
    at: Vec<u64>,
    after: Option<u64>,
    kind: FaultKind,
    #[serde(default)]
    ms: u64,
    times: Option<u64>,
    operation: Option<String>,
    limit_above: Option<i64>,
    containing: Option<String>,
    status: Option<u16>,
    message: Option<String>,
    total: Option<i64>,
    row: Option<String>,
}

impl Rule {
    fn fault(&self) -> Fault {
        let Self { kind, ms, status, total, .. } = *self;
        Fault { kind, ms, status, total, message: self.message.clone(), row: self.row.clone() }
    }
}

/// A fault to inject now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// How late a slow answer is.
    pub ms: u64,
    /// The HTTP status, where the kind leaves it open.
    pub status: Option<u16>,
    /// What the store says.
    pub message: Option<String>,
    /// How many rows there are said to be.
    pub total: Option<i64>,
    /// Which row disappears: `Display:3`.
    pub row: Option<String>,
}

/// A request, or its finished answer, that a fault may spoil.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// Its place among the store's requests.
    pub number: u64,
    /// Its operation.
    pub operation: &'a str,
    /// How many rows it asks for.
    pub limit: Option<i64>,
    /// Its answer, once there is one.
    pub answer: Option<&'a str>,
}

/// A rule with what it did so far.
#[derive(Debug)]
struct Planned {
    rule: Rule,
    /// Requests of its operation, when it has one.
    seen: u64,
    fired: u64,
}

impl Planned {
    /// Whether its conditions hold.
    fn concerns(&self, asked: Asked<'_>) -> bool {
        let holds = match (&self.rule.containing, asked.answer) {
            (Some(text), Some(answer)) => answer.contains(text),
            (None, None) => true,
            _ => false,
        };
        holds && self.rule.limit_above.is_none_or(|most| asked.limit.is_some_and(|limit| limit > most))
    }

    /// Whether it spoils the request just counted, the store's `number`th.
    fn spoils(&self, number: u64) -> bool {
        let rule = &self.rule;
        let is_narrowed = rule.limit_above.is_some() || rule.containing.is_some();
        let number = if rule.operation.is_some() || is_narrowed { self.seen } else { number };
        let due = is_narrowed && rule.every.is_none() && rule.at.is_empty() && rule.after.is_none()
            || rule.every.is_some_and(|every| number.is_multiple_of(every))
            || rule.at.contains(&number)
            || rule.after.is_some_and(|after| number > after);
        due && rule.times.is_none_or(|times| self.fired < times)
    }
}

/// The plan with what it did so far.
#[derive(Debug, Default)]
pub struct FaultPlan {
    rules: Vec<Planned>,
    first_cursors: HashMap<String, String>,
}

impl FaultPlan {
    /// Reads a plan.
    pub fn parse(json: &str) -> Result<Self, String> {
        let rules: Vec<Rule> =
            serde_json::from_str(json).map_err(|error| format!("the fault plan cannot be read: {error}"))?;
        for (index, rule) in rules.iter().enumerate() {
            let triggers = [rule.every.is_some(), !rule.at.is_empty(), rule.after.is_some()];
            let given = triggers.iter().filter(|given| **given).count();
            let is_narrowed = rule.limit_above.is_some() || rule.containing.is_some();
            if given != 1 && !(is_narrowed && given == 0) {
                return Err(format!("rule {} of the fault plan needs exactly one of every, at and after", index + 1));
            }
            if rule.every == Some(0) {
                return Err(format!("rule {} of the fault plan: every must be at least 1", index + 1));
            }
        }
        let rules = rules.into_iter().map(|rule| Planned { rule, seen: 0, fired: 0 }).collect();
        Ok(Self { rules, first_cursors: HashMap::new() })
    }

    /// The fault for a request to `/graphql` or the Order API, if any.
    pub fn fault(&mut self, asked: Asked<'_>) -> Option<Fault> {
        self.first(asked, |wanted| wanted.is_none_or(|wanted| wanted == asked.operation))
    }

    /// The first cursor that was given for a list since the plan was set.
    pub fn first_cursor(&mut self, list: &str, given: &str) -> &str {
        self.first_cursors.entry(list.to_owned()).or_insert_with(|| given.to_owned())
    }

    /// The fault for a request that only rules for one of these operations reach.
    pub fn named_fault(&mut self, operations: &[&str]) -> Option<Fault> {
        let asked = Asked::default();
        self.first(asked, |wanted| wanted.is_some_and(|wanted| operations.contains(&wanted)))
    }

    /// Counts from zero again.
    pub fn restart(&mut self) {
        self.rules.iter_mut().for_each(|own| own.seen = 0);
    }

    fn first(&mut self, asked: Asked<'_>, is_of: impl Fn(Option<&str>) -> bool) -> Option<Fault> {
        let mut first = None;
        // Each rule counts, whichever of them decides.
        for own in self.rules.iter_mut().filter(|own| is_of(own.rule.operation.as_deref()) && own.concerns(asked)) {
            own.seen += 1;
            if first.is_none() && own.spoils(asked.number) {
                own.fired += 1;
                first = Some(own.rule.fault());
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(number: u64, operation: &str) -> Asked<'_> {
        Asked { number, operation, ..Asked::default() }
    }

    #[test]
    fn rules_fire_when_due_and_as_often_as_allowed() {
        let plan = r#"[{"at":[2],"kind":"500"},{"every":3,"kind":"429","times":1},{"after":6,"kind":"slow","ms":5}]"#;
        let mut plan = FaultPlan::parse(plan).unwrap();
        let kinds: Vec<_> = (1..=7).map(|request| plan.fault(asked(request, "")).map(|fault| fault.kind)).collect();
        assert_eq!(
            kinds,
            [None, Some(FaultKind::ServerError), Some(FaultKind::RateLimited), None, None, None, Some(FaultKind::Slow)]
        );
    }

    #[test]
    fn a_rule_may_be_bound_to_an_operation() {
        let mut plan = FaultPlan::parse(r#"[{"every":1,"kind":"500","operation":"Prices"}]"#).unwrap();
        assert_eq!(plan.fault(asked(1, "Offers")), None);
        assert!(plan.fault(asked(2, "Prices")).is_some());
    }

    #[test]
    fn a_rule_that_is_bound_to_an_operation_counts_its_requests_alone() {
        let plan = r#"[{"every":2,"kind":"500","operation":"Prices"},{"every":3,"kind":"429","operation":"Prices"}]"#;
        let mut plan = FaultPlan::parse(plan).unwrap();
        let mut number = 0;
        let mut ask = |operation| {
            number += 1;
            plan.fault(asked(number, operation)).map(|fault| fault.kind)
        };
        let mut kinds = vec![];
        for _ in 0..6 {
            assert_eq!(ask("Offers"), None);
            kinds.push(ask("Prices"));
        }
        let (error, limit) = (Some(FaultKind::ServerError), Some(FaultKind::RateLimited));
        assert_eq!(kinds, [None, error, limit, error, None, error]);
        plan.restart();
        assert_eq!(plan.named_fault(&["Prices"]), None, "the first again");
        assert!(plan.named_fault(&["Prices", "Prices of Sweden"]).is_some());
    }

    #[test]
    fn a_rule_may_be_narrowed_to_large_pages_and_to_answers_that_hold_a_record() {
        let plan = r#"[{"limit_above":5,"kind":"status"},{"containing":"\"id\":3,","kind":"empty"}]"#;
        let mut plan = FaultPlan::parse(plan).unwrap();
        let sized = |limit| Asked { limit: Some(limit), ..Asked::default() };
        assert_eq!(plan.fault(sized(6)).map(|fault| fault.kind), Some(FaultKind::Status));
        assert_eq!(plan.fault(sized(5)), None);
        let answered = |answer| Asked { answer: Some(answer), ..sized(1) };
        assert_eq!(plan.fault(answered(r#"{"id":33,"#)), None);
        assert_eq!(plan.fault(answered(r#"{"id":3,"#)).map(|fault| fault.kind), Some(FaultKind::Empty));
    }

    #[test]
    fn a_plan_that_makes_no_sense_is_refused_with_the_reason() {
        assert!(FaultPlan::parse(r#"[{"kind":"500"}]"#).unwrap_err().contains("exactly one of"));
        assert!(FaultPlan::parse(r#"[{"at":[1],"kind":"flood"}]"#).unwrap_err().contains("flood"));
    }
}
