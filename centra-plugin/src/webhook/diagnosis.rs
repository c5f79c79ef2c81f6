//! Why a signature is wrong, as far as it is known. Bytes are written anew and hashed, never read as data;
//! nothing found here lets a webhook in.

use std::borrow::Cow;

use connector_api::wire::service::Header;
use url::form_urlencoded;

use super::signature::Claim;

/// Larger bodies are not tried in other forms: whoever sends rubbish must not make this host hash it many times.
const MOST_BYTES: usize = 64 * 1_024;

/// The parameter's name, which is signed as well.
const PARAMETER: &[u8] = b"payload=";

const SECRET_DIFFERS: &str = "The signature was made with another secret, or the body was changed in transit. Copy the Endpoint Secret of the Webhook plugin in your Centra AMS again; with several Webhook plugins, give all the same secret.";

/// A sentence about the likely cause.
pub fn likely_cause(claim: &Claim, headers: &[Header], secrets: &[&str], body: &[u8]) -> String {
    if let Some(part) = claim.lacks() {
        return format!("The header X-Centra-Signature has no {part}: it was truncated or changed in transit.");
    }
    if body.len() <= MOST_BYTES
        && let Some(change) = changed_on_the_way(claim, secrets, body)
    {
        return format!(
            "The body was changed in transit: {change}. Something in front of this host rewrites webhooks; let it pass the bytes unchanged."
        );
    }
    if let Some(declared) = content_length(headers).filter(|declared| *declared != body.len()) {
        return format!(
            "The body was changed in transit: the header Content-Length is {declared} bytes, but {} were received. Let everything in front of this host pass the bytes unchanged.",
            body.len()
        );
    }
    SECRET_DIFFERS.to_owned()
}

fn changed_on_the_way(claim: &Claim, secrets: &[&str], body: &[u8]) -> Option<&'static str> {
    let signed = |body: &[u8]| claim.check(secrets, body).is_some();
    if signed(body.trim_ascii()) {
        return Some("spaces or line breaks were added around it");
    }
    let bare = body.strip_prefix(PARAMETER);
    let encoded = bare.unwrap_or(body);
    if bare.is_none() && signed(&[PARAMETER, body].concat()) {
        return Some("`payload=` was taken off its beginning");
    }
    let is_json = matches!(encoded.trim_ascii().first(), Some(b'{' | b'['));
    let plain: Cow<'_, [u8]> = if is_json { encoded.into() } else { decoded(encoded).into() };
    let as_sent = ENCODINGS.iter().any(|keep| {
        let text = encode(&plain, keep);
        signed(&[PARAMETER, &text].concat()) || signed(&[PARAMETER, &lower_case_escapes(&text)].concat())
    });
    as_sent.then_some(match (bare.is_some(), is_json) {
        (_, true) => "it was decoded",
        (true, false) => "its percent escapes were written in another way (`+` or `%20`, upper or lower case)",
        (false, false) => "`payload=` was taken off its beginning, and its percent escapes were written in another way",
    })
}

/// A form's value without its escapes; `+` is a space.
fn decoded(encoded: &[u8]) -> Vec<u8> {
    let named = [b"v=", encoded].concat();
    form_urlencoded::parse(&named).next().map(|(_, value)| value.into_owned().into_bytes()).unwrap_or_default()
}

/// Bytes left as they are beside letters, digits, `-`, `_` and `.`; a `+` here stands for how a space is written.
const ENCODINGS: [&[u8]; 4] = [b"+", b"~", b"~!*'()", b"+*"];

fn encode(plain: &[u8], keep: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(plain.len() * 2);
    for byte in plain {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' => text.push(*byte),
            b' ' if keep.contains(&b'+') => text.push(b'+'),
            b'+' => text.extend(b"%2B"),
            byte if keep.contains(byte) => text.push(*byte),
            byte => text.extend(format!("%{byte:02X}").into_bytes()),
        }
    }
    text
}

fn lower_case_escapes(text: &[u8]) -> Vec<u8> {
    let mut lowered = text.to_vec();
    let mut at = 0;
    while at < lowered.len() {
        if lowered[at] == b'%' {
            let end = (at + 3).min(lowered.len());
            lowered[at..end].make_ascii_lowercase();
            at = end;
        } else {
            at += 1;
        }
    }
    lowered
}

fn content_length(headers: &[Header]) -> Option<usize> {
    let named = |name: &str| headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    if named("content-encoding").is_some() || named("transfer-encoding").is_some() {
        return None;
    }
    named("content-length")?.value.trim().parse().ok()
}
