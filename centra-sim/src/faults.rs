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
//! - kinds: `429`, `500`, `500_after` and `lost_answer` (the work was done), `slow` (answers correctly after `ms`), `truncated_json`, `partial_errors` (some nullable fields are
//!   null and named in `errors`), `disconnect`, `expire_token` and `revoke_token` (this request and all later ones with the token
//!   are refused, until `POST /_sim/token` sets a new one).

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
    /// The work is done, but its answer never comes: after `ms` the caller hears of a time-out.
    LostAnswer,
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
}

/// A fault to inject now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// How late a slow answer is.
    pub ms: u64,
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
    /// Whether it spoils the request just counted, the store's `number`th.
    fn spoils(&self, number: u64) -> bool {
        let rule = &self.rule;
        let number = if rule.operation.is_some() { self.seen } else { number };
        let due = rule.every.is_some_and(|every| number.is_multiple_of(every))
            || rule.at.contains(&number)
            || rule.after.is_some_and(|after| number > after);
        due && rule.times.is_none_or(|times| self.fired < times)
    }
}

/// The plan with what it did so far.
#[derive(Debug, Default)]
pub struct FaultPlan {
    rules: Vec<Planned>,
}

impl FaultPlan {
    /// Reads a plan.
    pub fn parse(json: &str) -> Result<Self, String> {
        let rules: Vec<Rule> =
            serde_json::from_str(json).map_err(|error| format!("the fault plan cannot be read: {error}"))?;
        for (index, rule) in rules.iter().enumerate() {
            let triggers = [rule.every.is_some(), !rule.at.is_empty(), rule.after.is_some()];
            if triggers.iter().filter(|given| **given).count() != 1 {
                return Err(format!("rule {} of the fault plan needs exactly one of every, at and after", index + 1));
            }
            if rule.every == Some(0) {
                return Err(format!("rule {} of the fault plan: every must be at least 1", index + 1));
            }
        }
        Ok(Self { rules: rules.into_iter().map(|rule| Planned { rule, seen: 0, fired: 0 }).collect() })
    }

    /// The fault for the store's `number`th request, if any.
    pub fn fault(&mut self, number: u64, operation: &str) -> Option<Fault> {
        self.first(number, |wanted| wanted.is_none_or(|wanted| wanted == operation))
    }

    /// The fault for a request that only rules for one of these operations reach.
    pub fn named_fault(&mut self, operations: &[&str]) -> Option<Fault> {
        self.first(0, |wanted| wanted.is_some_and(|wanted| operations.contains(&wanted)))
    }

    /// Counts from zero again.
    pub fn restart(&mut self) {
        self.rules.iter_mut().for_each(|own| own.seen = 0);
    }

    fn first(&mut self, number: u64, concerns: impl Fn(Option<&str>) -> bool) -> Option<Fault> {
        let mut first = None;
        // Each rule counts, whichever of them decides.
        for own in self.rules.iter_mut().filter(|own| concerns(own.rule.operation.as_deref())) {
            own.seen += 1;
            if first.is_none() && own.spoils(number) {
                own.fired += 1;
                first = Some(Fault { kind: own.rule.kind, ms: own.rule.ms });
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_fire_when_due_and_as_often_as_allowed() {
        let plan = r#"[{"at":[2],"kind":"500"},{"every":3,"kind":"429","times":1},{"after":6,"kind":"slow","ms":5}]"#;
        let mut plan = FaultPlan::parse(plan).unwrap();
        let kinds: Vec<_> = (1..=7).map(|request| plan.fault(request, "").map(|fault| fault.kind)).collect();
        assert_eq!(
            kinds,
            [None, Some(FaultKind::ServerError), Some(FaultKind::RateLimited), None, None, None, Some(FaultKind::Slow)]
        );
    }

    #[test]
    fn a_rule_may_be_bound_to_an_operation() {
        let mut plan = FaultPlan::parse(r#"[{"every":1,"kind":"500","operation":"Prices"}]"#).unwrap();
        assert_eq!(plan.fault(1, "Offers"), None);
        assert!(plan.fault(2, "Prices").is_some());
    }

    #[test]
    fn a_rule_that_is_bound_to_an_operation_counts_its_requests_alone() {
        let plan = r#"[{"every":2,"kind":"500","operation":"Prices"},{"every":3,"kind":"429","operation":"Prices"}]"#;
        let mut plan = FaultPlan::parse(plan).unwrap();
        let mut number = 0;
        let mut ask = |operation| {
            number += 1;
            plan.fault(number, operation).map(|fault| fault.kind)
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
    fn a_plan_that_makes_no_sense_is_refused_with_the_reason() {
        assert!(FaultPlan::parse(r#"[{"kind":"500"}]"#).unwrap_err().contains("exactly one of"));
        assert!(FaultPlan::parse(r#"[{"at":[1],"kind":"flood"}]"#).unwrap_err().contains("flood"));
    }
}
