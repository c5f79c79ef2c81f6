//! Deliveries as the platform sends them: form-encoded JSON, signed.

use connector_host::clock::{Clock, SystemClock};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// The endpoint secret.
pub(super) const SECRET: &str = "wh00k-of-a-measured-store-Qm4";

/// Events of a delivery of about 4 KiB, and of one of about 1 KiB.
pub(super) const EVENTS: u64 = 10;
pub(super) const FEW_EVENTS: u64 = 3;

/// The body of a delivery, other for each number.
pub(super) fn body(number: u64, events: u64) -> Vec<u8> {
    let events: Vec<Value> = (number * events..(number + 1) * events).map(event).collect();
    let mut body = String::from("payload=");
    for byte in json!({ "events": events }).to_string().bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' => body.push(byte.into()),
            b' ' => body.push('+'),
            byte => body += &format!("%{byte:02X}"),
        }
    }
    body.into_bytes()
}

/// Every second one has data, as some kinds of events do.
fn event(id: u64) -> Value {
    let moment = "2026-11-26 14:40:58.628033";
    if id.is_multiple_of(2) {
        return json!({ "type": "order", "action": "update", "date": moment, "id": id });
    }
    let data = json!({
        "status": "allocated", "warehouseId": 1,
        "expirationDate": { "date": "2026-11-27 14:40:58.000000", "timezone_type": 3, "timezone": "Europe/Stockholm" },
        "order": { "id": "e5d0a7a1c4f14e0ba2cbb5a9b5a61a7e", "number": id },
        "lines": {
            "11": { "lineId": 11, "quantity": 1, "stockItemId": 5 },
            "12": { "lineId": 12, "quantity": 1, "stockItemId": 8 },
        },
    });
    json!({ "type": "allocation_request", "action": "update", "date": moment, "id": id, "data": data })
}

/// The bare computation: HMAC over time, dot and body.
pub(super) fn mac(time: &str, body: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

/// Now, in seconds, as it is signed.
pub(super) fn time() -> String {
    SystemClock.now().as_unix_ms().div_euclid(1_000).to_string()
}

/// The value of the signature's header.
pub(super) fn signature(time: &str, body: &[u8]) -> String {
    format!("t={time},v1={}", hex::encode(mac(time, body)))
}

/// Whole requests for a connection, signed now, numbered from `from`, of so many events each.
pub(super) fn requests(connection: &str, from: u64, count: u64, events: u64) -> Vec<Vec<u8>> {
    let time = time();
    let request = |number| {
        let body = body(number, events);
        let head = format!(
            "POST /webhooks/{connection} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: GuzzleHttp/7\r\naccept: */*\r\n\
             content-type: application/x-www-form-urlencoded\r\nx-centra-signature: {}\r\ncontent-length: {}\r\n\r\n",
            signature(&time, &body),
            body.len()
        );
        [head.into_bytes(), body].concat()
    };
    (from..from + count).map(request).collect()
}
