//! What must hold whatever a stranger sends. One function per target; each panics when something does not hold.
#![forbid(unsafe_code)]

use centra_plugin::{
    flows::webhook,
    form::{Chosen, WEBHOOK_SECRET},
    webhook::envelope::MOST_EVENTS,
};
use connector_api::{
    domain::Timestamp,
    wire::{
        credentials::{OpenConnection, Secret},
        service::Header,
        webhook::{EventDecision, PlatformEvent, VerifyWebhookRequest, VerifyWebhookResponse, WebhookVerdict},
    },
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const SECRET: &str = "a secret nobody can guess, 32 long";
const NOW: i64 = 1_800_000_000;

/// Header values, one a line: nothing but the right signature is authentic.
pub fn header(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let headers: Vec<Header> = text.split('\u{1e}').map(header_of).collect();
    let answer = verify(&headers, b"payload=%7B%7D", SECRET);
    assert_ne!(answer.verdict, WebhookVerdict::Authentic);
    no_secret_in(&answer);
}

/// A body: signed it is authentic and can be read; with one byte more it is not.
pub fn body(data: &[u8]) {
    let headers = [header_of(&sign(data))];
    let answer = verify(&headers, data, SECRET);
    assert_eq!(answer.verdict, WebhookVerdict::Authentic);
    sound(&webhook::parse(data).events);
    let longer = [data, b"x"].concat();
    for (body, secret) in [(longer.as_slice(), SECRET), (data, "another secret")] {
        let answer = verify(&headers, body, secret);
        assert_eq!(answer.verdict, WebhookVerdict::BadSignature);
        no_secret_in(&answer);
    }
}

/// A payload: read the same, however it was encoded.
pub fn payload(data: &[u8]) {
    let [percent, plus] = [false, true].map(|plus| {
        let events = webhook::parse(&encoded(data, plus)).events;
        sound(&events);
        events
    });
    assert_eq!(percent, plus);
}

fn sound(events: &[PlatformEvent]) {
    assert!(events.len() <= MOST_EVENTS + 1);
    for event in events {
        let routed = event.decision == EventDecision::Route;
        assert!(routed != event.reason.is_some(), "{event:?}");
        assert!(routed != event.refs.is_empty(), "{event:?}");
        assert!(event.topic.chars().count() <= 64, "{event:?}");
        assert!(event.dedupe_key.as_ref().is_none_or(|key| key.len() < 1_000), "{event:?}");
    }
}

fn no_secret_in(answer: &VerifyWebhookResponse) {
    assert!(!format!("{answer:?}").contains(SECRET));
}

fn verify(headers: &[Header], body: &[u8], secret: &str) -> VerifyWebhookResponse {
    let mut connection = OpenConnection::default();
    connection.credentials.insert(WEBHOOK_SECRET.to_owned(), Secret::new(secret));
    let received_at = Timestamp::from_unix_ms(NOW * 1_000).unwrap_or_default();
    let request = VerifyWebhookRequest { headers: headers.to_vec(), received_at, max_age_s: None, any_age: false };
    webhook::verify(&connection, &Chosen { webhook_max_age_s: 300, ..Chosen::default() }, &request, body)
}

fn header_of(value: &str) -> Header {
    Header { name: "X-Centra-Signature".to_owned(), value: value.to_owned(), secret: false }
}

fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap_or_else(|_| unreachable!("any key will do"));
    mac.update(format!("{NOW}.").as_bytes());
    mac.update(body);
    format!("t={NOW},v1={}", hex::encode(mac.finalize().into_bytes()))
}

fn encoded(payload: &[u8], plus: bool) -> Vec<u8> {
    let mut body = b"payload=".to_vec();
    for byte in payload {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' => body.push(*byte),
            b' ' if plus => body.push(b'+'),
            byte => body.extend(format!("%{byte:02X}").bytes()),
        }
    }
    body
}
