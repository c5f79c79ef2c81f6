//! Guess 8: where campaigns are listed.

use connector_api::wire::probe::{Assumption, Verdict};

use crate::schema::live::{LiveSchema, shape_of};

/// Looks at the root lists whose rows are campaigns `[I]`.
pub(super) fn judge(schema: Option<&LiveSchema>) -> Assumption {
    let (verdict, seen) = match schema.and_then(|schema| schema.types.get("Query")) {
        None => (Verdict::NotSeen, "The store does not show its schema.".to_owned()),
        Some(query) => {
            let lists = query.fields.iter().filter(|(_, field)| shape_of(&field.ty) == "[Campaign]");
            let names: Vec<&str> = lists.map(|(name, _)| name.as_str()).collect();
            match names.as_slice() {
                ["campaigns"] => (Verdict::Confirmed, "`campaigns` is the only root list of campaigns.".to_owned()),
                [] => (Verdict::Refuted, "No root field lists campaigns.".to_owned()),
                _ => (Verdict::Refuted, format!("Root lists of campaigns: {}.", names.join(", "))),
            }
        }
    };
    Assumption {
        id: "campaign_root".into(),
        assumed: "The root field `campaigns` exists, and is the only list of campaigns.".into(),
        verdict,
        seen,
        otherwise: "A single list of another name is used; else campaigns are read below pricelists, and one that an event names waits for the next sync.".into(),
    }
}

#[cfg(test)]
mod tests {
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
