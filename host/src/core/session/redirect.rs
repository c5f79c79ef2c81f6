//! The way back: the channel's address, with what it wants to know appended and nothing else changed.

use url::form_urlencoded::Serializer;

/// The address with parameters; those without a value are left out.
pub(super) fn back_to(redirect_url: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in parameters.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
        query.append_pair(name, value);
    }
    let joint = match redirect_url.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{redirect_url}{joint}{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::back_to;

    #[test]
    fn what_was_there_stays_and_a_state_cannot_break_out() {
        let state = "a b&status=connected#x\u{e5}";
        let parameters = [("status", Some("cancelled")), ("state", Some(state)), ("connection_id", None)];
        assert_eq!(
            back_to("https://a.example/back?x=%20y", &parameters),
            "https://a.example/back?x=%20y&status=cancelled&state=a+b%26status%3Dconnected%23x%C3%A5"
        );
        assert!(back_to("https://a.example/back", &parameters).starts_with("https://a.example/back?status="));
    }
}
