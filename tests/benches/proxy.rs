//! Learns what a sync asks by passing it on, and asks the same again without a host.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
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
    bodies: Mutex<Vec<Bytes>>,
}

impl Proxy {
    /// Forgets what was passed on so far.
    pub(crate) fn forget(&self) {
        self.passing.bodies.lock().unwrap().clear();
    }

    /// The bodies of all requests, in their order.
    pub(crate) fn bodies(&self) -> Vec<Bytes> {
        self.passing.bodies.lock().unwrap().clone()
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().build().unwrap()
}

/// Starts a proxy before a store.
pub(crate) async fn start(target: &str) -> Proxy {
    let passing = Arc::new(Passing { target: target.to_owned(), client: client(), bodies: Mutex::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(pass_on).with_state(Arc::clone(&passing));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Proxy { address, passing }
}

async fn pass_on(State(passing): State<Arc<Passing>>, uri: Uri, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    passing.bodies.lock().unwrap().push(body.clone());
    let mut request = passing.client.post(format!("{}{uri}", passing.target)).body(body);
    for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
        if let Some(value) = headers.get(&name) {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.unwrap();
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
    (status, [(header::CONTENT_TYPE, "application/json")], answer.bytes().await.unwrap())
}

/// Sends the same requests one after the other, and drops the answers when they are there.
pub(crate) async fn replay(address: &str, token: &str, bodies: &[Bytes]) {
    let client = client();
    for body in bodies {
        let request = client.post(format!("{address}/graphql")).bearer_auth(token);
        let answer = request.header(header::CONTENT_TYPE, "application/json").body(body.clone()).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        drop(answer.bytes().await.unwrap());
    }
}
