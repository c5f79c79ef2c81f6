//! Which fields of a body hold personal data or secrets, judged by their names.

/// What a field's name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldKind {
    /// Nothing.
    Plain,
    /// Its value is personal.
    Personal,
    /// Its value is a secret.
    Secret,
}

const PERSONAL: [&str; 22] = [
    "mail",
    "phone",
    "mobile",
    "fax",
    "fullname",
    "givenname",
    "familyname",
    "surname",
    "middlename",
    "attention",
    "ip",
    "city",
    "birthday",
    "dateofbirth",
    "birthdate",
    "ssn",
    "personalnumber",
    "socialsecuritynumber",
    "nationalid",
    "identitynumber",
    "iban",
    "vatnumber",
];
const PERSONAL_PREFIXES: [&str; 6] = ["address", "street", "zip", "postal", "postcode", "coaddress"];
const PERSONAL_SUFFIXES: [&str; 8] =
    ["email", "phone", "phonenumber", "mobilenumber", "firstname", "lastname", "address", "zipcode"];
/// Personal only in the description of a person; elsewhere a product's or a market's name.
const PERSONAL_OF_PERSON: [&str; 5] = ["name", "company", "companyname", "organization", "town"];
const PERSONS: [&str; 8] =
    ["customer", "buyer", "recipient", "contact", "payer", "consignee", "customerinfo", "billing"];

const SECRETS: [&str; 5] = ["token", "authorization", "signature", "session", "cookie"];
const SECRET_SUFFIXES: [&str; 7] =
    ["password", "secret", "accesstoken", "refreshtoken", "sessiontoken", "apikey", "privatekey"];

/// Judges a field by its name, in any spelling; `in_person` when it belongs to the description of a person.
pub(super) fn kind_of(name: &str, in_person: bool) -> FieldKind {
    let name = plain(name);
    let name = name.as_str();
    if SECRETS.contains(&name) || SECRET_SUFFIXES.iter().any(|end| name.ends_with(end)) {
        FieldKind::Secret
    } else if PERSONAL.contains(&name)
        || PERSONAL_PREFIXES.iter().any(|start| name.starts_with(start))
        || PERSONAL_SUFFIXES.iter().any(|end| name.ends_with(end))
        || name.starts_with("email") && !name.ends_with("verified")
        || in_person && PERSONAL_OF_PERSON.contains(&name)
    {
        FieldKind::Personal
    } else {
        FieldKind::Plain
    }
}

/// Whether the object under this name describes a person.
pub(super) fn is_person(name: &str) -> bool {
    let name = plain(name);
    PERSONS.contains(&name.as_str()) || name.ends_with("address") || name.ends_with("customer")
}

/// Whether a number under this name is an identifier and not the personal value itself.
pub(super) fn is_identifier(name: &str) -> bool {
    name.ends_with("Id") || name.ends_with("_id") || name == "id"
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_in_any_spelling() {
        let kinds = |names: &[&str], kind| {
            for name in names {
                assert_eq!(kind_of(name, false), kind, "{name}");
            }
        };
        kinds(
            &[
                "email",
                "E-Mail",
                "customerEmail",
                "emailAddress",
                "phone",
                "phone_number",
                "cellPhone",
                "firstName",
                "last_name",
                "address1",
                "addressLine2",
                "coAddress",
                "streetName",
                "zipCode",
                "zip",
                "postalCode",
                "city",
                "dateOfBirth",
                "ipAddress",
            ],
            FieldKind::Personal,
        );
        kinds(&["token", "clientSecret", "access_token", "Password", "sharedSecret", "apiKey"], FieldKind::Secret);
        kinds(
            &[
                "id",
                "name",
                "sku",
                "country",
                "state",
                "nextPageToken",
                "endCursor",
                "emailVerified",
                "description",
                "price",
                "ean",
                "company",
                "tokens",
                "equality",
                "shipping",
            ],
            FieldKind::Plain,
        );
        assert_eq!(kind_of("name", true), FieldKind::Personal);
        assert!(is_person("shippingAddress") && is_person("customer") && !is_person("product"));
    }
}
