//! Records that the store can never give whole, until it is set otherwise: one field of one row fails. Where the field may
//! not be null, null goes up to the next place that may be, at worst to `data`, as GraphQL says.

use std::str::FromStr;

/// A field of a row that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The object type.
    pub type_name: String,
    /// The row.
    pub id: i64,
    /// The field, as the reference schema names it.
    pub field: String,
}

impl FromStr for Broken {
    type Err = String;

    /// `Display:5:name`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        match (parts.as_slice(), parts.get(1).and_then(|id| id.parse().ok())) {
            ([type_name, _, field], Some(id)) if !type_name.is_empty() && !field.is_empty() => {
                Ok(Self { type_name: (*type_name).to_owned(), id, field: (*field).to_owned() })
            }
            _ => Err(format!("{text:?} is no field of a row: write TYPE:ID:FIELD, such as Display:5:name")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_type_id_and_field() {
        let broken = Broken { type_name: "Display".into(), id: 5, field: "name".into() };
        assert_eq!("Display:5:name".parse(), Ok(broken));
        for wrong in ["Display", "Display:five:name", "Display:5:", "Display:5:name:more"] {
            assert!(wrong.parse::<Broken>().unwrap_err().contains("TYPE:ID:FIELD"), "{wrong}");
        }
    }
}
