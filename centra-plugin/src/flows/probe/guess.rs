//! What is said of a guess: confirmed, refuted, or not seen.

use connector_api::wire::probe::{Assumption, Verdict};

/// A guess of the README, by the id that it has there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guess {
    /// Its id.
    pub(super) id: &'static str,
    /// What is assumed, in one sentence.
    pub(super) assumed: &'static str,
    /// What the connector does when that is wrong.
    pub(super) otherwise: &'static str,
}

impl Guess {
    /// It is so.
    pub(super) fn confirmed(&self, seen: impl Into<String>) -> Assumption {
        self.verdict(Verdict::Confirmed, seen)
    }

    /// It is otherwise.
    pub(super) fn refuted(&self, seen: impl Into<String>) -> Assumption {
        self.verdict(Verdict::Refuted, seen)
    }

    /// Nothing shows it.
    pub(super) fn not_seen(&self, seen: impl Into<String>) -> Assumption {
        self.verdict(Verdict::NotSeen, seen)
    }

    fn verdict(&self, verdict: Verdict, seen: impl Into<String>) -> Assumption {
        Assumption {
            id: self.id.to_owned(),
            assumed: self.assumed.to_owned(),
            verdict,
            seen: seen.into(),
            otherwise: self.otherwise.to_owned(),
        }
    }

    /// Says which of several rules the store follows; the first is the assumed one. Cases that fit none of them are explained by something
    /// else, as long as others fit one.
    pub(super) fn decide(&self, rules: &[Rule], trials: &[Trial], nothing: &str) -> Assumption {
        let fitting: Vec<&Trial> = trials.iter().filter(|own| own.fits.contains(&true)).collect();
        let odd = trials.len() - fitting.len();
        let Some(first) = trials.first() else { return self.not_seen(nothing) };
        if fitting.is_empty() {
            return self.refuted(format!("The store follows none of the rules this connector knows: {}.", first.text));
        }
        let follows = |rule: usize| fitting.iter().all(|own| own.fits.get(rule) == Some(&true));
        let possible: Vec<usize> = (0..rules.len()).filter(|rule| follows(*rule)).collect();
        let more = match odd {
            0 => String::new(),
            odd => format!(" Others, {odd}, fit no rule, and are not counted."),
        };
        // The case that distinguishes most of the rules.
        let reporting = fitting.iter().min_by_key(|own| own.fits.iter().filter(|fits| **fits).count());
        let example = reporting.map_or("", |own| own.text.as_str());
        let count = match fitting.len() {
            1 => "once".to_owned(),
            count => format!("{count} times"),
        };
        match possible.as_slice() {
            [] => self.refuted(format!("Different rules are followed, seen {count}, such as: {example}.{more}")),
            [0, others @ ..] => {
                let alike: Vec<&str> = others.iter().filter_map(|own| rules.get(*own)).map(|own| own.name).collect();
                let blocks = others.iter().filter_map(|own| rules.get(*own)).any(|own| own.matters);
                let alike = alike.join("; ");
                if blocks {
                    self.not_seen(format!("What was seen fits as well: {alike}. Seen: {example}.{more}"))
                } else if others.is_empty() {
                    self.confirmed(format!("Seen {count}, such as: {example}.{more}"))
                } else {
                    self.confirmed(format!(
                        "Seen {count}, such as: {example}. Not distinguishable from: {alike}.{more}"
                    ))
                }
            }
            others => {
                let names: Vec<&str> = others.iter().filter_map(|own| rules.get(*own)).map(|own| own.name).collect();
                self.refuted(format!("The store follows another rule: {}. Seen: {example}.{more}", names.join("; or ")))
            }
        }
    }
}

/// A rule that the store may follow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// In words.
    pub(super) name: &'static str,
    /// Whether it must be observed before the assumed one counts as confirmed.
    pub(super) matters: bool,
}

/// A rule that must be observed first.
pub(super) const fn rule(name: &'static str) -> Rule {
    Rule { name, matters: true }
}

/// A case in which the store shows which rules it may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trial {
    /// What was seen, in words.
    pub(super) text: String,
    /// Which of the rules it fits.
    pub(super) fits: Vec<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUESS: Guess = Guess { id: "guess", assumed: "It is so.", otherwise: "Nothing." };
    const RULES: [Rule; 3] = [rule("the first"), rule("the second"), Rule { name: "the third", matters: false }];

    fn decided(trials: &[[bool; 3]]) -> (Verdict, String) {
        let trials: Vec<Trial> = trials
            .iter()
            .enumerate()
            .map(|(at, fits)| Trial { text: format!("case {at}"), fits: fits.to_vec() })
            .collect();
        let decided = GUESS.decide(&RULES, &trials, "Nothing was there.");
        (decided.verdict, decided.seen)
    }

    #[test]
    fn the_rule_that_all_cases_follow_is_the_stores() {
        assert_eq!(decided(&[]), (Verdict::NotSeen, "Nothing was there.".into()));
        let (verdict, seen) = decided(&[[true, true, false], [true, false, false]]);
        assert_eq!((verdict, seen.as_str()), (Verdict::Confirmed, "Seen 2 times, such as: case 1."));
        let (verdict, seen) = decided(&[[false, true, false], [true, true, false]]);
        assert_eq!((verdict, seen.contains("the second")), (Verdict::Refuted, true), "{seen}");
        assert_eq!(decided(&[[true, false, false], [false, true, false]]).0, Verdict::Refuted);
    }

    #[test]
    fn what_cannot_be_distinguished_is_not_confirmed_unless_it_does_not_matter() {
        assert_eq!(decided(&[[true, true, false]]).0, Verdict::NotSeen);
        let (verdict, seen) = decided(&[[true, false, true]]);
        assert_eq!((verdict, seen.contains("the third")), (Verdict::Confirmed, true), "{seen}");
    }

    #[test]
    fn cases_that_fit_no_rule_count_only_where_all_are_such() {
        let (verdict, seen) = decided(&[[false; 3], [true, false, false]]);
        assert_eq!((verdict, seen.contains("Others, 1,")), (Verdict::Confirmed, true), "{seen}");
        let (verdict, seen) = decided(&[[false; 3], [false; 3]]);
        assert_eq!((verdict, seen.contains("none of the rules")), (Verdict::Refuted, true), "{seen}");
    }
}
