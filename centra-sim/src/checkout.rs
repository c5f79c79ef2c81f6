//! A minimal Checkout API: enough to tell a right shared secret from a wrong one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use crate::store::Store;
use crate::value::Kind;

/// `GET /api/checkout/markets`: the markets of the first store, for `Authorization: Bearer` or `API-Authorization` with the
/// Checkout API's shared secret. The shared secret of the Storefront API plugin is another one and is refused like any wrong secret.
pub async fn markets(State(store): State<Arc<Store>>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    let text = |value: Option<&axum::http::HeaderValue>| value.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let bearer =
        text(headers.get(header::AUTHORIZATION)).and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
    let given = bearer.or_else(|| text(headers.get("API-Authorization")));
    if store.config.checkout_secret.is_none() || given != store.config.checkout_secret {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "unauthorized" })));
    }
    let overlay = store.overlay();
    let view = store.view(&overlay);
    let markets: Vec<Value> = view
        .ids_after(Kind::Market, i64::MIN)
        .filter(|market| view.references(Kind::Market, *market, "store") == [1])
        .enumerate()
        .map(|(index, market)| {
            let name = view.get(Kind::Market, market, "name");
            json!({ "market": market, "name": name.as_str(), "default": index == 0 })
        })
        .collect();
    (StatusCode::OK, Json(json!({ "markets": markets })))
}
