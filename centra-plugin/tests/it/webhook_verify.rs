//! Who sent a webhook: Centra's own examples, everything that may stand around them, and everything that must not pass.

use centra_plugin::connector::Centra;
use connector_api::{
    Connector,
    domain::Timestamp,
    testing::{ScriptedHost, block_on},
    wire::{
        Op,
        credentials::{OpenConnection, Secret},
        service::Header,
        webhook::{VerifyWebhookRequest, VerifyWebhookResponse, WebhookVerdict},
    },
};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::json;
use sha2::Sha256;

use crate::store::call;

/// Centra's worked example.
const EXAMPLE: (&str, &str, &str) = (
    "test123",
    "t=12345678,v1=0b9cd84f5d583e5e1aadfb9f160aa8080b51d5b85ff85808d6b75bdac356c549",
    "payload=%7B%22x%22%3A%22test%22%7D",
);
/// A delivery of 2020, pieced together from the same page.
const DELIVERY: (&str, &str, &str) = (
    "tZ9+nPRpPeUw79Ffhf8GsjfjZQGx+-bU",
    "t=1579866370,v1=340a5be9321ad1b83dec05455650b6e174797a7267f48703ccdb7f251a8ba6c9",
    "payload=%7B%22products%22%3A%5B%221%22%2C%226%22%2C%227%22%5D%2C%22categories%22%3A%5B%221%22%5D%7D",
);

fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: value.to_owned(), secret: false }
}

fn signed(value: &str) -> Vec<Header> {
    vec![header("X-Centra-Signature", value)]
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(seconds * 1_000).unwrap()
}

fn request(headers: Vec<Header>, now: i64) -> VerifyWebhookRequest {
    VerifyWebhookRequest { headers, received_at: at(now), max_age_s: None, any_age: false }
}

fn sign(secret: &str, time: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes()))
}

fn connection(secret: &str) -> OpenConnection {
    let mut connection = OpenConnection::default();
    connection.credentials.insert("webhook_endpoint_secret".to_owned(), Secret::new(secret));
    connection
}

fn verify_with(connection: OpenConnection, request: VerifyWebhookRequest, body: &[u8]) -> VerifyWebhookResponse {
    let connector = Centra::open(ScriptedHost::offline().host(), connection).unwrap();
    block_on(connector.verify_webhook(&call(&Op::VerifyWebhook), request, body)).unwrap()
}

fn verify(secret: &str, headers: Vec<Header>, now: i64, body: &str) -> VerifyWebhookResponse {
    verify_with(connection(secret), request(headers, now), body.as_bytes())
}

fn any_age(secret: &str, headers: Vec<Header>, body: &[u8]) -> WebhookVerdict {
    verify_with(connection(secret), VerifyWebhookRequest { any_age: true, ..request(headers, 0) }, body).verdict
}

fn cause(answer: &VerifyWebhookResponse) -> &str {
    answer.likely_cause.as_deref().unwrap_or_default()
}

#[test]
fn centras_own_examples_are_authentic() {
    for (secret, value, body) in [EXAMPLE, DELIVERY] {
        assert_eq!(any_age(secret, signed(value), body.as_bytes()), WebhookVerdict::Authentic, "{body}");
    }
    let answer = verify(DELIVERY.0, signed(DELIVERY.1), 1_579_866_370 + 299, DELIVERY.2);
    assert_eq!(answer.verdict, WebhookVerdict::Authentic);
    assert_eq!(answer.signed_at, Some(at(1_579_866_370)));
    assert_eq!(answer.likely_cause, None);
}

#[test]
fn the_header_may_be_folded_repeated_in_capitals_and_hold_more() {
    let (secret, value, body) = DELIVERY;
    let (time, signature) = value.split_once(',').unwrap();
    let wrong = format!("v1={}", "0".repeat(64));
    let capitals = signature.replace("v1=", "").to_uppercase();
    let forms = [
        format!("{time},\r\n         {signature}"),
        format!("{time},\n\t{signature}  "),
        format!("v2=zzz, {time} , {wrong}, {signature}, x"),
        format!("{signature},{time}"),
        format!("{time},v1={capitals}"),
    ];
    for form in forms {
        assert_eq!(any_age(secret, signed(&form), body.as_bytes()), WebhookVerdict::Authentic, "{form}");
    }
    for parts in [[time, signature], [&format!("{time},{wrong}"), &format!("{time},{signature}")]] {
        let repeated = parts.map(|part| header("x-centra-SIGNATURE", part)).to_vec();
        assert_eq!(any_age(secret, repeated, body.as_bytes()), WebhookVerdict::Authentic, "{parts:?}");
    }
}

#[test]
fn both_secrets_of_a_rotation_are_taken() {
    let mut connection = connection("the new secret of the merchant");
    connection.previous_credentials.insert("webhook_endpoint_secret".to_owned(), Secret::new(DELIVERY.0));
    let now = 1_579_866_370;
    let old = verify_with(connection.clone(), request(signed(DELIVERY.1), now), DELIVERY.2.as_bytes());
    assert_eq!(old.verdict, WebhookVerdict::Authentic);
    let value = sign("the new secret of the merchant", now, DELIVERY.2);
    let new = verify_with(connection, request(signed(&value), now), DELIVERY.2.as_bytes());
    assert_eq!(new.verdict, WebhookVerdict::Authentic);
}

#[test]
fn age_is_limited_both_sides_by_the_request_the_setting_or_300_seconds() {
    let judge = |age: i64| verify(DELIVERY.0, signed(DELIVERY.1), 1_579_866_370 + age, DELIVERY.2);
    assert_eq!([300, -300].map(|age| judge(age).verdict), [WebhookVerdict::Authentic, WebhookVerdict::Authentic]);
    let (old, early) = (judge(412), judge(-412));
    assert_eq!((&old.verdict, &early.verdict), (&WebhookVerdict::Stale, &WebhookVerdict::Future));
    assert!(cause(&old).contains("412 s old, and 300 s are allowed"), "{}", cause(&old));
    assert!(cause(&early).contains("412 s in the future"), "{}", cause(&early));
    assert_eq!(old.dedupe_key, judge(0).dedupe_key);

    let mut set = connection(DELIVERY.0);
    set.settings = json!({ "webhook_max_age_s": 500 }).as_object().unwrap().clone();
    let asked = request(signed(DELIVERY.1), 1_579_866_370 + 412);
    assert_eq!(verify_with(set.clone(), asked.clone(), DELIVERY.2.as_bytes()).verdict, WebhookVerdict::Authentic);
    let narrower = VerifyWebhookRequest { max_age_s: Some(60), ..asked };
    assert_eq!(verify_with(set, narrower, DELIVERY.2.as_bytes()).verdict, WebhookVerdict::Stale);
}

#[test]
fn without_header_or_secret_the_verdict_says_so() {
    let answer = verify("test123", vec![header("content-type", "text/plain")], 0, EXAMPLE.2);
    assert_eq!((answer.verdict, answer.dedupe_key), (WebhookVerdict::Unsigned, None));
    let open = OpenConnection::default();
    let answer = verify_with(open, request(signed(EXAMPLE.1), 12_345_678), EXAMPLE.2.as_bytes());
    assert_eq!(answer.verdict, WebhookVerdict::NoSecret);
}

#[test]
fn a_wrong_signature_is_distinguished_by_its_likely_cause() {
    let secret = "a secret of thirty-two characters";
    let body = "payload=%7B%22events%22%3A%5B%7B%22type%22%3A%22order%22%2C%22date%22%3A%222021-01-29%2014%3A40%3A58%22%2C%22id%22%3A2735%7D%5D%7D";
    let reported = |headers: Vec<Header>, came: &str| {
        let answer = verify(secret, headers, 1_000, came);
        assert_eq!(answer.verdict, WebhookVerdict::BadSignature, "{came}");
        assert_eq!((&answer.dedupe_key, answer.signed_at), (&None, None));
        answer.likely_cause.unwrap()
    };
    let value = sign(secret, 1_000, body);
    let escapes = "percent escapes were written in another way";
    assert!(reported(signed(&value), &body.replace("%20", "+")).contains(escapes));
    assert!(reported(signed(&value), &body.replace("%7B", "%7b")).contains(escapes));
    assert!(reported(signed(&value), body.strip_prefix("payload=").unwrap()).contains("`payload=` was taken off"));
    let json = "{\"events\":[{\"type\":\"order\",\"date\":\"2021-01-29 14:40:58\",\"id\":2735}]}";
    assert!(reported(signed(&value), json).contains("it was decoded"));
    assert!(reported(signed(&value), &format!("payload={json}")).contains("it was decoded"));
    assert!(reported(signed(&value), &format!("{body}\r\n")).contains("line breaks were added"));
    // The other way round: Centra wrote `+`, something on the way `%20`; and lower-case escapes.
    let plus = sign(secret, 1_000, &body.replace("%20", "+"));
    assert!(reported(signed(&plus), body).contains(escapes));
    let lower = sign(
        secret,
        1_000,
        &body
            .replace("%7B", "%7b")
            .replace("%3A", "%3a")
            .replace("%2C", "%2c")
            .replace("%5B", "%5b")
            .replace("%5D", "%5d")
            .replace("%7D", "%7d"),
    );
    assert!(reported(signed(&lower), body).contains(escapes));

    let other = signed(&sign("another secret", 1_000, body));
    assert!(reported(other.clone(), body).contains("made with another secret"));
    let longer = [other, vec![header("content-length", "500")]].concat();
    assert!(reported(longer, body).contains("Content-Length is 500 bytes"));
    assert!(reported(signed("t=1000"), body).contains("no `v1=`"));
    assert!(reported(signed("v1=00"), body).contains("no `t=`"));
}

#[test]
fn neither_secret_nor_body_stands_in_an_answer() {
    let (secret, body) = ("planted-secret-0123456789", "payload=%7B%22planted%22%3A%22body%22%7D");
    for value in [sign("another", 1_000, body), sign(secret, 1, body), sign(secret, 1_000, body), "junk".to_owned()] {
        let shown = serde_json::to_string(&verify(secret, signed(&value), 1_000, body)).unwrap();
        assert!(!shown.contains("planted"), "{shown}");
    }
}

#[test]
fn one_flipped_bit_anywhere_refuses() {
    for (secret, value, body) in [EXAMPLE, DELIVERY] {
        let judge = |secret: &[u8], value: &[u8], body: &[u8]| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            any_age(&text(secret), signed(&text(value)), body)
        };
        let flips = |text: &str| {
            let bytes = text.as_bytes().to_vec();
            (0..bytes.len() * 8).map(move |bit| {
                let mut flipped = bytes.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                flipped
            })
        };
        let parts = [secret, value, body].map(str::as_bytes);
        for flipped in flips(secret) {
            assert_ne!(judge(&flipped, parts[1], parts[2]), WebhookVerdict::Authentic, "{flipped:?}");
        }
        // A digit in the other case is the same digit.
        for flipped in flips(value).filter(|flipped| !flipped.eq_ignore_ascii_case(parts[1])) {
            assert_ne!(judge(parts[0], &flipped, parts[2]), WebhookVerdict::Authentic, "{flipped:?}");
        }
        for flipped in flips(body) {
            assert_ne!(judge(parts[0], parts[1], &flipped), WebhookVerdict::Authentic, "{flipped:?}");
        }
    }
}

proptest! {
    #[test]
    fn what_is_signed_is_authentic_and_keyed_by_time_and_body(secret in "[!-~]{1,80}", time in 0_i64..4_000_000_000, body in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
        let value = {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            mac.update(format!("{time}.").as_bytes());
            mac.update(&body);
            format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes()))
        };
        let answer = verify_with(connection(&secret), request(signed(&value), time), &body);
        prop_assert_eq!(&answer.verdict, &WebhookVerdict::Authentic);
        prop_assert!(answer.dedupe_key.is_some());
        let again = verify_with(connection(&secret), request(signed(&value), time + 5), &body);
        prop_assert_eq!(answer.dedupe_key, again.dedupe_key);
        if body != other {
            prop_assert_eq!(verify_with(connection(&secret), request(signed(&value), time), &other).verdict, WebhookVerdict::BadSignature);
        }
    }

    #[test]
    fn no_header_or_body_panics(values in proptest::collection::vec("[ -~\\r\\n\\t]{0,200}", 0..4), body in any::<Vec<u8>>()) {
        let headers = values.iter().map(|value| header("x-centra-signature", value)).collect();
        prop_assert_ne!(any_age("secret", headers, &body), WebhookVerdict::Authentic);
    }
}
