//! An endpoint on this machine that does what a plan says, and checks every signature with the official library.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the endpoint does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reaction {
    /// Answers with this status and these headers.
    Status(u16, &'static str),
    /// Reads everything and never answers.
    Silence,
    /// Takes the event and closes the connection without an answer.
    Reset,
    /// Answers 200, with a body that never ends.
    EndlessBody,
}

pub(super) const OK: Reaction = Reaction::Status(200, "");

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Delivery {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    pub(super) fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Panics unless the official library signs it in the same way, whatever the time is.
    pub(super) fn verify(&self, secret: &str) {
        let timestamp = self.header("webhook-timestamp").parse().unwrap();
        let expected = Webhook::new(secret).unwrap().sign(self.header("webhook-id"), timestamp, &self.body).unwrap();
        assert!(self.header("webhook-signature").split(' ').any(|signature| signature == expected));
    }

    /// Panics unless the official library accepts it now.
    pub(super) fn verify_now(&self, secret: &str) {
        let mut headers = axum::http::HeaderMap::new();
        for (name, value) in &self.headers {
            headers.insert(name.parse::<axum::http::HeaderName>().unwrap(), value.parse().unwrap());
        }
        Webhook::new(secret).unwrap().verify(&self.body, &headers).unwrap();
    }
}

/// The endpoint. Once its plan is used up it accepts everything.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    plan: Arc<Mutex<VecDeque<Reaction>>>,
    seen: Arc<Mutex<Vec<(Delivery, Reaction)>>>,
}

impl Receiver {
    pub(super) async fn start(plan: &[Reaction]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            plan: Arc::new(Mutex::new(plan.to_vec().into())),
            seen: Arc::default(),
        };
        let (plan, seen) = (Arc::clone(&receiver.plan), Arc::clone(&receiver.seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(react(stream, Arc::clone(&plan), Arc::clone(&seen)));
            }
        });
        receiver
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    pub(super) fn then(&self, plan: &[Reaction]) {
        self.plan.lock().unwrap().extend(plan.iter().cloned());
    }

    /// What came, with what was done with it.
    pub(super) fn seen(&self) -> Vec<(Delivery, Reaction)> {
        self.seen.lock().unwrap().clone()
    }

    /// Subjects of what was accepted, in the order it came.
    pub(super) fn accepted(&self) -> Vec<String> {
        let accepted =
            self.seen().into_iter().filter(|(_, reaction)| matches!(reaction, Reaction::Status(200..=299, _)));
        accepted.map(|(delivery, _)| delivery.event()["subject"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

async fn react(
    mut stream: TcpStream,
    plan: Arc<Mutex<VecDeque<Reaction>>>,
    seen: Arc<Mutex<Vec<(Delivery, Reaction)>>>,
) {
    let mut bytes = vec![];
    let delivery = loop {
        if let Some(delivery) = read(&bytes) {
            break delivery;
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    };
    let reaction = plan.lock().unwrap().pop_front().unwrap_or(OK);
    seen.lock().unwrap().push((delivery, reaction.clone()));
    match reaction {
        Reaction::Status(status, headers) => {
            let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: 2\r\n{headers}\r\nok");
            stream.write_all(head.as_bytes()).await.ok();
        }
        Reaction::Silence => {
            let mut rest = vec![];
            stream.read_to_end(&mut rest).await.ok();
        }
        Reaction::Reset => {}
        Reaction::EndlessBody => {
            stream.write_all(b"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n").await.ok();
            while stream.write_all(b"400\r\n").await.is_ok() {
                let chunk = [vec![b'x'; 0x400], b"\r\n".to_vec()].concat();
                if stream.write_all(&chunk).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn read(bytes: &[u8]) -> Option<Delivery> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let headers: Vec<(String, String)> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let body = bytes.get(end + 4..end + 4 + length)?;
    Some(Delivery { headers, body: body.to_vec() })
}
