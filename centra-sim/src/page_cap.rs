//! Most rows a page may have. Centra's pages say 200 for lists below records; of root lists they say nothing.

use std::str::FromStr;

use serde_json::{Value as Json, json};

use crate::plan::Plan;

/// What happens to a question for more rows than a page may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageCap {
    /// It is answered with so many, in silence.
    Clamp(i64),
    /// It is refused.
    Refuse(i64),
}

impl FromStr for PageCap {
    type Err = String;

    /// `clamp:100` or `refuse:100`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':').map(|(kind, rows)| (kind, rows.parse::<i64>())) {
            Some(("clamp", Ok(rows))) if rows > 0 => Ok(Self::Clamp(rows)),
            Some(("refuse", Ok(rows))) if rows > 0 => Ok(Self::Refuse(rows)),
            _ => Err(format!("the page cap {text:?} is not known: write clamp:ROWS or refuse:ROWS")),
        }
    }
}

impl PageCap {
    /// Applies it to every list of a plan, or says why the plan is refused.
    pub fn apply(self, plan: &mut Plan) -> Result<(), Json> {
        for field in &mut plan.fields {
            for name in ["limit", "first", "last"] {
                let Some(asked) = field.arguments.get(name).and_then(Json::as_i64) else { continue };
                match self {
                    Self::Clamp(most) if asked > most => drop(field.arguments.insert(name.to_owned(), most.into())),
                    Self::Refuse(most) if asked > most => {
                        return Err(json!({
                            "message": format!("Limit must be in range 1 - {most}."),
                            "extensions": { "category": "graphql" },
                            "path": [field.key.as_str()],
                        }));
                    }
                    Self::Clamp(_) | Self::Refuse(_) => {}
                }
            }
            field.sub.iter_mut().try_for_each(|plan| self.apply(plan))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_kind_and_rows() {
        assert_eq!("clamp:100".parse(), Ok(PageCap::Clamp(100)));
        assert_eq!("refuse:50".parse(), Ok(PageCap::Refuse(50)));
        assert!("cut:1".parse::<PageCap>().unwrap_err().contains("clamp:ROWS"));
    }
}
