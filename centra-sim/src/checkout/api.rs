//! `/api/<plugin>/…`: routes, secret, sessions, faults.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::change::{Change, Changed};
use super::payment::Payment;
use super::products;
use super::selection::Selection;
use super::settings::Quirk;
use super::writer::Writer;
use crate::rest_faults;
use crate::seed::base::RETAIL;
use crate::store::Store;
use crate::value::Kind;

/// Every route of the API.
pub async fn serve(
    State(store): State<Arc<Store>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let settings = &store.config.checkout;
    // As it was sent: the parts are decoded one by one.
    let path = uri.path().strip_prefix("/api/").unwrap_or_default();
    let Some(path) = path.strip_prefix(settings.path.as_str()).and_then(|rest| rest.strip_prefix('/')) else {
        return (StatusCode::NOT_FOUND, "not found").into_response();
    };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let operation = format!("Checkout {method} {}", parts.first().copied().unwrap_or_default());
    {
        let mut stats = store.stats();
        stats.checkout_requests += 1;
        *stats.by_operation.entry(operation.clone()).or_default() += 1;
    }
    let fault = store.faults().named_fault(&["Checkout", &operation]);
    if !store.config.checkout_delay.is_zero() {
        tokio::time::sleep(store.config.checkout_delay).await;
    }
    if let Some(response) = rest_faults::before(&store, fault.as_ref()).await {
        return response;
    }
    let (status, answer) = answer(&store, &method, &parts, &headers, &body);
    let mut response = rest_faults::after(&store, fault.as_ref(), status, Value::Object(answer).to_string()).await;
    if let Some(id) = headers.get("X-Correlation-ID") {
        response.headers_mut().insert("X-Correlation-ID", id.clone());
    }
    response
}

pub(crate) fn answer(
    store: &Store,
    method: &Method,
    parts: &[&str],
    headers: &HeaderMap,
    body: &Bytes,
) -> (StatusCode, Map<String, Value>) {
    let settings = &store.config.checkout;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let given = bearer.or_else(|| text("API-Authorization"));
    if settings.secret.is_none() || given != settings.secret.as_deref() {
        let status = if settings.has(Quirk::Refuse403) { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED };
        return (status, Map::from_iter([("error".to_owned(), "unauthorized".into())]));
    }
    let overlay = store.overlay();
    let view = store.view(&overlay);
    let writer = Writer { view, settings, shows_campaigns: store.config.sale.campaigns_shown };
    match (method.as_str(), parts) {
        ("GET", ["markets"]) => return (StatusCode::OK, Map::from_iter([("markets".to_owned(), markets(writer))])),
        ("GET", ["pricelists"]) => {
            return (StatusCode::OK, Map::from_iter([("pricelists".to_owned(), pricelists(writer))]));
        }
        ("GET", ["gift-certificates"]) => {
            return (StatusCode::OK, Map::from_iter([("giftCertificates".to_owned(), gift_certificates(writer))]));
        }
        ("GET", ["countries"]) => {
            return (StatusCode::OK, Map::from_iter([("countries".to_owned(), writer.countries())]));
        }
        _ => {}
    }
    if settings.has(Quirk::LoginNeeded) {
        return (StatusCode::FORBIDDEN, Map::from_iter([("accessRight".to_owned(), "denied".into())]));
    }
    let input: Value = if body.is_empty() { Value::Null } else { serde_json::from_slice(body).unwrap_or(Value::Null) };
    let token = text("API-token");
    let mut sessions = store.sessions();
    let listed = |selection: &Selection| products::answer(writer, selection, method, parts, &input);
    let (token, changed) = if token == Some("none")
        && let Some(changed) = listed(&Selection::default())
    {
        (None, changed)
    } else if token == Some("none") {
        let mut alone = Selection::default();
        (None, Change { writer }.apply(&mut alone, method.as_str(), parts, &input).with(writer, &alone))
    } else {
        let token = sessions.adopt(token);
        if let Some(changed) = listed(sessions.of(&token)) {
            let mut body = changed.body;
            body.insert("token".to_owned(), token.into());
            return (changed.status, body);
        }
        let paid = Payment { store, writer }.answer(&mut sessions, &token, method.as_str(), parts, &input);
        let selection = sessions.of(&token);
        let changed = paid.unwrap_or_else(|| Change { writer }.apply(selection, method.as_str(), parts, &input));
        let noted = (changed.email, changed.abandonment_mail);
        let changed = changed.with(writer, selection);
        sessions.emails += u64::from(noted.0);
        sessions.abandonment_mails += u64::from(noted.1);
        (Some(token), changed)
    };
    let Changed { status, mut body, .. } = changed;
    if let Some(token) = token {
        body.insert("token".to_owned(), token.into());
    }
    (status, body)
}

fn markets(writer: Writer<'_>) -> Value {
    let view = writer.view;
    let own =
        view.ids_after(Kind::Market, i64::MIN).filter(|id| view.references(Kind::Market, *id, "store") == [RETAIL]);
    let rows = own.enumerate().map(|(index, market)| {
        let name = view.get(Kind::Market, market, "name");
        json!({ "market": market, "name": name.as_str(), "default": index == 0 })
    });
    rows.collect::<Vec<_>>().into()
}

fn pricelists(writer: Writer<'_>) -> Value {
    let view = writer.view;
    let own = view
        .ids_after(Kind::Pricelist, i64::MIN)
        .filter(|id| view.references(Kind::Pricelist, *id, "store") == [RETAIL]);
    let rows = own.enumerate().map(|(index, pricelist)| {
        let name = view.get(Kind::Pricelist, pricelist, "name");
        json!({ "pricelist": pricelist, "name": name.as_str(), "default": index == 0 })
    });
    rows.collect::<Vec<_>>().into()
}

/// Gift certificates: only listed. They cannot be put into carts here; Centra sells them alone.
fn gift_certificates(writer: Writer<'_>) -> Value {
    let view = writer.view;
    let rows = view.ids_after(Kind::GiftCertificate, 0).map(|id| {
        let text = |field| view.get(Kind::GiftCertificate, id, field).as_str().unwrap_or_default().to_owned();
        let kind = if text("type") == "ANY_AMOUNT" { "anyAmount" } else { "predeterminedAmount" };
        json!({ "giftCertificate": writer.id(id), "name": text("name"), "type": kind })
    });
    rows.collect()
}
