//! Messages that several errors have in common.

use std::fmt::Display;

use connector_api::{FieldError, domain::ConnectionId};

/// Longest id that is repeated.
const LONGEST_ID: usize = 60;
/// Longest id of a key that is repeated: no longer than a real one, since a whole key may be given by mistake.
const LONGEST_KEY_ID: usize = 12;

/// There is no such connection, or none that the caller may see.
pub fn no_connection(id: &ConnectionId) -> String {
    let id = start(&id.0, LONGEST_ID);
    format!("there is no connection `{id}`; `connection list` or `GET /v1/connections` shows them")
}

/// There is no such channel, or none that the caller may see.
pub fn no_channel(id: &str) -> String {
    let id = start(id, LONGEST_ID);
    format!("there is no channel `{id}`; `channel list` or `GET /v1/channels` shows them")
}

/// There is no such key, or it is revoked.
pub fn no_key(id: &str) -> String {
    let id = start(id, LONGEST_KEY_ID);
    format!("there is no active key `{id}`; `GET /v1/channels/{{channel}}/keys` lists the keys of a channel")
}

/// There is no such connector, or none that the caller may use.
pub fn no_connector(id: &str) -> String {
    let id = start(id, LONGEST_ID);
    format!("there is no connector `{id}`; `GET /v1/plugins` lists them")
}

/// Fields are not valid; the error lists them.
pub fn invalid_fields(mistakes: &[FieldError]) -> String {
    match mistakes.len() {
        1 => "1 field is not valid; its message says why".to_owned(),
        count => format!("{count} fields are not valid; the message of each says why"),
    }
}

/// The operating system gives no random bytes.
pub fn no_random_bytes(error: &dyn Display) -> String {
    format!("cannot get random bytes from the operating system: {error}; check its random number generator")
}

fn start(id: &str, letters: usize) -> String {
    id.chars().take(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_id_is_cut_and_a_whole_key_is_not_repeated() {
        assert!(no_channel(&"x".repeat(500)).len() < 200);
        let text = no_key("cck_live_aaaaaaaaaaaa_SECRET");
        assert!(text.starts_with("there is no active key `cck_live_aaa`;") && !text.contains("SECRET"), "{text}");
        assert!(text.contains("`GET /v1/channels/{channel}/keys`"), "{text}");
    }

    #[test]
    fn invalid_fields_are_counted() {
        let mistake = || FieldError::new("/name", "required", "is missing");
        assert_eq!(invalid_fields(&[mistake()]), "1 field is not valid; its message says why");
        let two = [mistake(), mistake()];
        assert_eq!(invalid_fields(&two), "2 fields are not valid; the message of each says why");
    }
}
