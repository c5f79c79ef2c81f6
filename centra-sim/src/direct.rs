//! A store without sockets: a request as values, its answer at once. For tests that ask a great many.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use crate::checkout::{api, notification};
use crate::graphql;
use crate::store::Store;
use crate::storefront::serve::{Plugin, answer as storefront_answer};
use crate::wrong_answer;

/// Answers a request to `/graphql`, to the Checkout API, its External Payment notifications or the Storefront API: status and body. Of faults only those that are answers.
pub fn ask(store: &Store, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(*name), HeaderValue::try_from(*value)) {
            map.insert(name, value);
        }
    }
    let body = Bytes::copy_from_slice(body);
    if path == "/graphql" {
        let answer = pin!(graphql::answer(store, &map, &body));
        return match answer.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(reply) => match reply.wrong {
                Some(wrong) => (wrong.status.as_u16(), wrong.body),
                None => (reply.status.as_u16(), reply.body),
            },
            Poll::Pending => (503, Vec::new()),
        };
    }
    let storefront = &store.config.storefront;
    let plugins = [(&storefront.no_session_path, Plugin::NoSession), (&storefront.session_path, Plugin::Session)];
    if let Some((_, plugin)) = plugins.iter().find(|(own, _)| path.strip_prefix('/') == Some(own.as_str())) {
        let fault = store.faults().named_fault(&["Storefront"]);
        if let Some(wrong) = fault.as_ref().and_then(wrong_answer::instead) {
            return (wrong.status.as_u16(), wrong.body);
        }
        store.stats().storefront_requests += 1;
        let (status, answer) = storefront_answer(store, *plugin, &map, &body);
        return (status.as_u16(), answer.to_string().into_bytes());
    }
    if path == notification::PATH {
        let (status, answer) = notification::answer(store, &body);
        return (status.as_u16(), answer.to_string().into_bytes());
    }
    let prefix = format!("/api/{}/", store.config.checkout.path);
    let (Some(path), Ok(method)) = (path.strip_prefix(&prefix), Method::try_from(method)) else {
        return (404, b"not found".to_vec());
    };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let fault = store.faults().named_fault(&["Checkout"]);
    if let Some(wrong) = fault.as_ref().and_then(wrong_answer::instead) {
        return (wrong.status.as_u16(), wrong.body);
    }
    let (status, answer) = api::answer(store, &method, &parts, &map, &body);
    (status.as_u16(), Value::Object(answer).to_string().into_bytes())
}
