//! Learns what a host asks of a store by passing it on, and asks the same again without a host.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header},
    response::IntoResponse,
};

/// A running proxy. Ends with its runtime.
pub(crate) struct Proxy {
    pub(crate) address: String,
    passing: Arc<Passing>,
}

struct Passing {
    target: String,
    client: reqwest::Client,
    calls: Mutex<Vec<Call>>,
}

/// One request, as far as a store looks at it.
#[derive(Clone)]
pub(crate) struct Call {
    method: Method,
    uri: Uri,
    headers: Vec<(HeaderName, String)>,
    body: Bytes,
}

/// Headers that are passed on.
const PASSED: [HeaderName; 3] = [header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("api-token")];

impl Call {
    /// Sends it to a store.
    async fn send(self, client: &reqwest::Client, store: &str) -> reqwest::Response {
        let mut request = client.request(self.method, format!("{store}{}", self.uri)).body(self.body);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.send().await.unwrap()
    }
}

impl Proxy {
    /// What was passed on since the last time this was asked, in its order.
    pub(crate) fn take(&self) -> Vec<Call> {
        std::mem::take(&mut *self.passing.calls.lock().unwrap())
    }
}

/// A client as anybody would make one.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().build().unwrap()
}

/// Starts a proxy before a store.
pub(crate) async fn start(target: &str) -> Proxy {
    let passing = Arc::new(Passing { target: target.to_owned(), client: client(), calls: Mutex::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(pass_on).with_state(Arc::clone(&passing));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Proxy { address, passing }
}

async fn pass_on(
    State(passing): State<Arc<Passing>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let given = |name: HeaderName| Some((name.clone(), headers.get(&name)?.to_str().unwrap().to_owned()));
    let call = Call { method, uri, headers: PASSED.into_iter().filter_map(given).collect(), body };
    passing.calls.lock().unwrap().push(call.clone());
    let answer = call.send(&passing.client, &passing.target).await;
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
    (status, [(header::CONTENT_TYPE, "application/json")], answer.bytes().await.unwrap())
}

/// Sends the same requests one after the other, and drops the answers when they are there.
pub(crate) async fn replay(client: &reqwest::Client, address: &str, calls: Vec<Call>) {
    for call in calls {
        let answer = call.send(client, address).await;
        assert!(answer.status().is_success(), "{}", answer.status());
        drop(answer.bytes().await.unwrap());
    }
}
