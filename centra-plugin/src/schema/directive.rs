//! The client-side directives of a field: `@optional`, `@named`, `@paged`, `@single`, `@unsure`. `queries/directives.graphql` says what they mean.

use graphql_parser::query::{Directive, Value};

/// What the directives of one field say.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a directive of its own, there or not")]
pub struct Marks {
    /// The stream works without the field.
    pub optional: bool,
    /// The field's name is certain (or it is not optional, and there is no choice).
    pub sure: bool,
    /// What the connection lacks without it.
    pub lost: String,
    /// Other names it may have.
    pub or: Vec<String>,
    /// Shape by which it is recognised under any name.
    pub only: Option<String>,
    /// Takes limit and page wherever it can.
    pub paged: bool,
    /// Is narrowed to one row.
    pub single: bool,
    /// Arguments that are not sent blindly.
    pub unsure: Vec<String>,
}

impl Marks {
    /// Reads the directives of a field.
    pub fn read(directives: &[Directive<'static, String>]) -> Self {
        let mut marks = Self { sure: true, ..Self::default() };
        for directive in directives {
            let argument = |name: &str| directive.arguments.iter().find(|(own, _)| own == name).map(|(_, value)| value);
            match directive.name.as_str() {
                "optional" => {
                    marks.optional = true;
                    marks.sure = argument("sure") == Some(&Value::Boolean(true));
                    marks.lost = argument("lost").and_then(text).unwrap_or_default();
                }
                "named" => {
                    marks.or = texts(argument("or"));
                    marks.only = argument("only").and_then(text);
                }
                "paged" => marks.paged = true,
                "single" => marks.single = true,
                "unsure" => marks.unsure = texts(argument("args")),
                _ => {}
            }
        }
        marks
    }
}

fn text(value: &Value<'static, String>) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn texts(value: Option<&Value<'static, String>>) -> Vec<String> {
    match value {
        Some(Value::List(items)) => items.iter().filter_map(text).collect(),
        _ => vec![],
    }
}
