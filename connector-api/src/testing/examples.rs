//! What the examples in this crate's documentation run against: a shop with a plain REST API, and the names they use.
//!
//! An example brings one operation, in [`example_connector!`](crate::example_connector); the rest of the connector is here.

use std::collections::BTreeMap;

pub use crate::{
    Connector, ConnectorError, ErrorCode, FieldError, Host, Retry,
    connector::{Answer, HttpAnswer, Level},
    domain::*,
    testing::{ScriptedHost, block_on},
    wire::{
        Op, capability::*, credentials::*, envelope::Call, health::*, manifest::*, order::*, probe::*, pull::*,
        quote::*, service::*, validate::*, webhook::*,
    },
};
pub use serde_json::{Value, json};

/// Makes a connector `Shop` with these operations. It has `host` and `connection`, `get` and `post` for the shop's API,
/// and `Shop::example()` opens it on [`host`](crate::testing::examples::host).
#[doc(hidden)]
#[macro_export]
macro_rules! example_connector {
    ($($operation:tt)*) => {
        struct Shop {
            host: $crate::Host,
            connection: $crate::testing::examples::OpenConnection,
        }

        impl Shop {
            fn example() -> Self {
                let connection = $crate::testing::examples::connection();
                Self { host: $crate::testing::examples::host().host(), connection }
            }

            async fn get(&self, path: &str) -> $crate::testing::examples::Answer<$crate::testing::examples::Value> {
                $crate::testing::examples::send(&self.host, "GET", path, $crate::testing::examples::Value::Null).await
            }

            async fn post(
                &self,
                path: &str,
                body: $crate::testing::examples::Value,
            ) -> $crate::testing::examples::Answer<$crate::testing::examples::Value> {
                $crate::testing::examples::send(&self.host, "POST", path, body).await
            }
        }

        impl $crate::Connector for Shop {
            fn manifest() -> $crate::testing::examples::Manifest {
                $crate::testing::examples::manifest()
            }

            fn open(
                host: $crate::Host,
                connection: $crate::testing::examples::OpenConnection,
            ) -> $crate::testing::examples::Answer<Self> {
                Ok(Self { host, connection })
            }

            $($operation)*
        }
    };
}

/// A manifest with nothing in its lists.
pub fn manifest() -> Manifest {
    let form = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    Manifest {
        id: "shop".to_owned(),
        name: "Shop".to_owned(),
        vendor: "Example".to_owned(),
        plugin_version: "1.0.0".to_owned(),
        contract_version: String::new(),
        panic_strategy: String::new(),
        auth: AuthKind::Keys,
        credential_schema: form.clone(),
        settings_schema: form,
        operations: vec![],
        capabilities: vec![],
        streams: vec![],
        permissions: vec![],
        webhook_setup: None,
        docs_url: None,
        estimated_minutes: None,
    }
}

/// A connection with a token and a webhook secret.
pub fn connection() -> OpenConnection {
    let mut connection = OpenConnection { connection_id: "conn_1".into(), ..OpenConnection::default() };
    connection.credentials.insert("token".to_owned(), Secret::new("sesame"));
    connection.credentials.insert("webhook_secret".to_owned(), Secret::new("whsec"));
    connection
}

/// A host whose network is the shop.
pub fn host() -> ScriptedHost {
    ScriptedHost::new(|request, body| {
        let path = request.url.trim_start_matches("https://shop.example");
        let body = serde_json::from_slice(body).unwrap_or_default();
        Ok(answer(&request.method, path, &body)
            .map_or_else(|| ScriptedHost::text(404, ""), |body| ScriptedHost::json(200, &body)))
    })
}

/// Sends a request to the shop, and reads the answer as JSON.
pub async fn send(host: &Host, method: &str, path: &str, body: Value) -> Answer<Value> {
    let request = HttpRequest {
        method: method.to_owned(),
        url: format!("https://shop.example{path}"),
        headers: vec![],
        operation: "example".to_owned(),
        idempotent: method == "GET",
        cost: Cost::default(),
        quota: None,
        timeout_ms: None,
    };
    let answer = host.http(&request, body.to_string().into_bytes()).await?;
    match answer.response.status {
        200 => serde_json::from_slice(&answer.body).map_err(|error| unreadable(&error)),
        404 => Err(ConnectorError::new(ErrorCode::NotFound, "the shop has nothing at this address")),
        status => Err(ConnectorError::new(ErrorCode::PlatformUnavailable, format!("the shop answered {status}"))
            .retry_with_backoff()),
    }
}

/// The shop's order in the words of the domain.
pub fn order(order: &Value) -> Answer<Order> {
    let status = json!({ "id": order["id"], "channel_reference": order["reference"], "currency": "EUR",
        "status": order["status"], "on_hold": order["held"] == true,
        "fulfillment_status": "unfulfilled", "financial_status": "pending" });
    serde_json::from_value(status).map_err(|error| unreadable(&error))
}

/// The shop's parcel in the words of the domain.
pub fn shipment(parcel: &Value) -> Answer<Shipment> {
    let shipment = json!({ "id": parcel["id"], "order_id": parcel["order"], "status": "shipped" });
    serde_json::from_value(shipment).map_err(|error| unreadable(&error))
}

/// The shop's return or refund in the words of the domain.
pub fn adjustment(kind: &AdjustmentKind, document: &Value) -> Answer<Adjustment> {
    let adjustment = json!({ "id": document["id"], "order_id": document["order"], "kind": kind });
    serde_json::from_value(adjustment).map_err(|error| unreadable(&error))
}

/// The shop's event in the words of the domain, with nothing to be done about it.
pub fn event(event: &Value) -> PlatformEvent {
    PlatformEvent {
        topic: event["topic"].as_str().unwrap_or_default().to_owned(),
        action: None,
        dedupe_key: Some(event["id"].to_string()),
        occurred_at: None,
        decision: EventDecision::Ignore,
        reason: None,
        refs: vec![],
    }
}

/// Whether the shop answers, as a check.
pub fn check_of(shop: &Answer<Value>) -> Check {
    let error = shop.as_ref().err();
    Check {
        id: "shop_answers".to_owned(),
        title: "The shop answers".to_owned(),
        status: if error.is_some() { CheckStatus::Fail } else { CheckStatus::Pass },
        code: error.map(|error| error.code.clone()),
        pointer: Some("/token".to_owned()),
        message: error.map_or_else(|| "The shop's name was read.".to_owned(), |error| error.message.clone()),
        fix: error.map(|_| "Copy the token again.".to_owned()),
        help_url: None,
        duration_ms: 0,
        translations: BTreeMap::new(),
    }
}

/// A quote that the platform made now, with no numbers yet.
pub fn priced_now(cart: &Cart, now: Timestamp) -> Quote {
    let part = || QuotePart { source: QuoteSource::Realtime, reason: None, data_as_of: Some(now), valid_until: None };
    Quote {
        source: QuoteSource::Realtime,
        parts: QuoteParts { prices: part(), discounts: part(), shipping: part(), tax: part(), availability: part() },
        reason: None,
        currency: cart.currency,
        lines: vec![],
        discounts: vec![],
        totals: vec![],
        taxes: vec![],
        shipping_methods: vec![],
        selected_shipping_id: None,
        messages: vec![],
        computed_at: now,
        valid_until: now,
        latency_ms: 0,
    }
}

/// So many cents.
pub fn euro(cents: i64) -> Money {
    Money { amount_minor: cents, currency: eur() }
}

/// The currency of the shop.
pub fn eur() -> Currency {
    serde_json::from_value(json!("EUR")).unwrap_or_else(|_| unreachable!("EUR is a currency code"))
}

/// A cart with two apples.
pub fn cart() -> Cart {
    let lines = vec![CartLine {
        id: "1".to_owned(),
        variant_id: "apple".into(),
        offer_id: None,
        quantity: 2,
        unit_price: Some(euro(50)),
    }];
    Cart {
        id: "c1".to_owned(),
        market_id: None,
        pricelist_id: None,
        locale: None,
        currency: eur(),
        lines,
        discounts: vec![],
        ship_to: None,
        shipping_method_id: None,
    }
}

/// An order of that cart, sent for 4.90 euros.
pub fn draft() -> OrderDraft {
    OrderDraft {
        idempotency_key: "ord-7".to_owned(),
        cart: cart(),
        shipping_price: Some(euro(490)),
        tax: None,
        total: None,
        customer: None,
        billing_address: None,
        payment: None,
        channel_reference: None,
    }
}

fn unreadable(error: &serde_json::Error) -> ConnectorError {
    ConnectorError::new(ErrorCode::PlatformAnswerInvalid, format!("the shop's answer cannot be read: {error}"))
}

/// What the shop answers; `None` is 404.
fn answer(method: &str, path: &str, body: &Value) -> Option<Value> {
    let apple = json!({ "id": "apple", "name": "Apple", "price": "0.50" });
    let order = |status: &str| json!({ "id": "7", "reference": "ord-7", "status": status, "held": false });
    Some(match (method, path) {
        ("GET", "/shop") => json!({ "id": "1", "name": "Corner shop" }),
        ("GET", "/products?page=1") => json!({ "items": [apple], "last": false }),
        ("GET", "/products?page=2") => json!({ "items": [{ "id": "bread", "name": "Bread" }], "last": true }),
        ("GET", "/products/apple") => apple,
        ("POST", "/carts") => json!({ "goods": 100, "shipping": 490, "total": 590 }),
        ("GET", "/orders?reference=ord-7") => json!({ "items": [order("open")] }),
        ("POST", "/orders") => json!({ "id": "7", "reference": body["reference"], "status": "open" }),
        ("GET", "/orders/7") => order("open"),
        ("POST", "/orders/7/confirm" | "/orders/7/capture") => order("accepted"),
        ("POST", "/orders/7/hold") => json!({ "id": "7", "status": "open", "held": body["held"] }),
        ("POST", "/orders/7/cancel") => order("canceled"),
        ("POST", "/orders/7/parcels") => json!({ "id": "p1", "order": "7" }),
        ("POST", "/orders/7/returns" | "/orders/7/refunds") => json!({ "id": "r1", "order": "7" }),
        ("GET", "/events?limit=10") => {
            json!({ "items": [{ "id": 41, "topic": "product.changed", "subject": "apple" }], "more": false })
        }
        ("POST", "/events/confirm") => json!({}),
        _ => return None,
    })
}
