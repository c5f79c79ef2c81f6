//! How sure each name of the SDL is, read from the provenance marks in its comments.
//!
//! The header of `schema/integration-api.graphql` explains the marks. A comment at the end of a line speaks for the fields
//! on that line, one at the end of a type's first line for the type's unmarked fields. Inside a comment the first
//! mark counts, except for names written directly before another mark (`# [S- D], uri [S- I]`), and except that
//! `fields [G]` on a type's first line speaks for its fields.

/// The groups of marks that matter for choosing what a schema variant keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Read on Centra's reference pages or in its documentation.
    Certain,
    /// Third-party material, inference or guess.
    Uncertain,
}

/// The marks of one line's comment.
#[derive(Clone, Debug, Default)]
pub struct LineMarks {
    /// What speaks for every name of the line.
    pub general: Option<Certainty>,
    /// What speaks for the fields below, when the comment says `fields [..]`.
    pub members: Option<Certainty>,
    named: Vec<(String, Certainty)>,
}

impl LineMarks {
    /// Reads the comment of one line of SDL.
    pub fn of_line(line: &str) -> Self {
        let Some((_, comment)) = line.split_once('#') else { return Self::default() };
        let mut marks = Self::default();
        let mut rest = comment;
        while let Some(start) = rest.find('[') {
            let (before, tail) = rest.split_at(start);
            let Some(end) = tail.find(']') else { break };
            let inner = tail.get(1..end).unwrap_or_default();
            rest = tail.get(end + 1..).unwrap_or_default();
            let Some(certainty) = certainty(inner) else { continue };
            for word in words_before(before) {
                match word {
                    "fields" | "field" | "names" => marks.members = Some(certainty),
                    "others" => marks.general = Some(certainty),
                    "args" | "arguments" => marks.named.push(("(arguments)".to_owned(), certainty)),
                    "paging" => {
                        marks.named.push(("limit".to_owned(), certainty));
                        marks.named.push(("page".to_owned(), certainty));
                    }
                    name => marks.named.push((name.to_owned(), certainty)),
                }
            }
            marks.general.get_or_insert(certainty);
        }
        marks
    }

    /// The mark of a name of this line, if the comment has one for it.
    pub fn of_name(&self, name: &str) -> Option<Certainty> {
        self.named.iter().find(|(marked, _)| marked == name).map(|(_, certainty)| *certainty)
    }

    /// The mark of an argument: its own, or the one for "arguments".
    pub fn of_argument(&self, name: &str) -> Option<Certainty> {
        self.of_name(name).or_else(|| self.of_name("(arguments)"))
    }
}

/// `[S]`, `[S-]`, `[S- D]`, `[S- X]`, `[SM]`, `[SF]`, `[S 2021 index]` and `[D]` are certain; `[S- I]`, `[X]`, `[I]`, `[G]` are not.
/// Anything else in brackets is no mark.
fn certainty(mark: &str) -> Option<Certainty> {
    match mark {
        "S" | "S-" | "S- D" | "S- X" | "SM" | "SF" | "D" => Some(Certainty::Certain),
        "S- I" | "X" | "I" | "G" => Some(Certainty::Uncertain),
        _ if mark.starts_with("S 20") => Some(Certainty::Certain),
        _ => None,
    }
}

/// The names written directly before a mark: `where, sort [D]` gives both, `status/isTopCategory [I]` too.
fn words_before(text: &str) -> Vec<&str> {
    let clause = text.rsplit([';', ']', '(']).next().unwrap_or_default();
    let words: Vec<&str> = clause.split([',', '/', ' ', '+']).filter(|word| !word.is_empty()).collect();
    // `path type [G]` says that a type was guessed, not a name.
    if words.iter().any(|word| matches!(*word, "type" | "nullability")) { Vec::new() } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_tag_speaks_for_the_line_and_a_named_one_for_its_name() {
        let marks = LineMarks::of_line("  id: Int! name: String! uri: String!    # [S- D], uri [S- I]");
        assert_eq!(marks.general, Some(Certainty::Certain));
        assert_eq!(marks.of_name("uri"), Some(Certainty::Uncertain));
        assert_eq!(marks.of_name("name"), None);
    }

    #[test]
    fn others_means_the_names_not_mentioned() {
        let marks =
            LineMarks::of_line("  metaTitle: String metaDescription: String   # metaDescription [S- D], others [S- I]");
        assert_eq!(marks.general, Some(Certainty::Uncertain));
        assert_eq!(marks.of_name("metaDescription"), Some(Certainty::Certain));
    }

    #[test]
    fn paging_and_arguments_are_marked_by_their_collective_words() {
        let marks = LineMarks::of_line("  warehouses(limit: Int): [Warehouse!]!   # [D] where, sort; paging [I]");
        assert_eq!(marks.of_argument("limit"), Some(Certainty::Uncertain));
        assert_eq!(marks.of_argument("where"), None);
        let marks = LineMarks::of_line("  displayItems(limit: Int): [DisplayItem!]! # [S] existence; arguments [G]");
        assert_eq!(marks.general, Some(Certainty::Certain));
        assert_eq!(marks.of_argument("limit"), Some(Certainty::Uncertain));
    }

    #[test]
    fn fields_of_an_input_can_be_less_certain_than_its_name() {
        let marks = LineMarks::of_line("input CountryFilter { id: [Int!] }   # exists [S]; fields [G]");
        assert_eq!(marks.general, Some(Certainty::Certain));
        assert_eq!(marks.members, Some(Certainty::Uncertain));
    }

    #[test]
    fn a_name_known_from_a_third_party_alone_is_not_certain() {
        let marks = LineMarks::of_line("  valueInCents: Int64!  # name [X] (a column); \"not always 1/100\" [S]");
        assert_eq!(marks.general, Some(Certainty::Uncertain));
    }
}
