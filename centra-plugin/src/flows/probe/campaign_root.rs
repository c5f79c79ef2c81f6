//! Guess 8: where campaigns are listed.

use connector_api::wire::probe::Assumption;

use super::guess::Guess;
use crate::schema::live::{LiveSchema, shape_of};

pub(super) const GUESS: Guess = Guess {
    id: "campaign_root",
    assumed: "The root field `campaigns` exists, and is the only list of campaigns.",
    otherwise: "A single list of another name is used; else campaigns are read below pricelists, and one that an event names waits for the next sync.",
};

/// Looks at the root lists whose rows are campaigns `[I]`.
pub(super) fn judge(schema: Option<&LiveSchema>) -> Assumption {
    let Some(query) = schema.and_then(|schema| schema.types.get("Query")) else {
        return GUESS.not_seen("The store does not show its schema.");
    };
    let lists = query.fields.iter().filter(|(_, field)| shape_of(&field.ty) == "[Campaign]");
    let names: Vec<&str> = lists.map(|(name, _)| name.as_str()).collect();
    match names.as_slice() {
        ["campaigns"] => GUESS.confirmed("`campaigns` is the only root list of campaigns."),
        [] => GUESS.refuted("No root field lists campaigns."),
        _ => GUESS.refuted(format!("Root lists of campaigns: {}.", names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use connector_api::wire::probe::Verdict;

    use super::*;
    use crate::schema::live::{LiveField, LiveType};

    fn verdict(fields: &[(&str, &str)]) -> Verdict {
        let fields = fields
            .iter()
            .map(|(name, ty)| ((*name).to_owned(), LiveField { ty: (*ty).to_owned(), ..LiveField::default() }));
        let query = LiveType { fields: fields.collect(), ..LiveType::default() };
        judge(Some(&LiveSchema { types: [("Query".to_owned(), query)].into() })).verdict
    }

    #[test]
    fn the_root_lists_of_the_live_schema_decide() {
        assert_eq!(verdict(&[("campaigns", "[Campaign!]!"), ("stores", "[Store!]!")]), Verdict::Confirmed);
        assert_eq!(verdict(&[("stores", "[Store!]!")]), Verdict::Refuted);
        assert_eq!(verdict(&[("campaigns", "[Campaign!]!"), ("sales", "[Campaign!]!")]), Verdict::Refuted);
        assert_eq!(judge(None).verdict, Verdict::NotSeen);
    }
}
