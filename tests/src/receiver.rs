//! A channel's endpoint for events, as a server of its own in this process.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;

/// What came to the endpoint.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, as it was signed.
    pub body: String,
    /// Whether it was answered 200.
    pub accepted: bool,
}

impl Delivery {
    /// A header's value; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// The event.
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// An endpoint that accepts what comes, or holds it without an answer.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    deliveries: Vec<Delivery>,
    holds: bool,
}

impl Receiver {
    /// Starts to listen.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self { address: listener.local_addr().unwrap(), shared: Arc::default() };
        let shared = Arc::clone(&receiver.shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                thread::spawn(move || answer(stream, &shared));
            }
        });
        receiver
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// From now on it takes events without an answer, or answers again.
    pub fn hold(&self, holds: bool) {
        self.shared.lock().unwrap().holds = holds;
    }

    /// What has come so far.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.lock().unwrap().deliveries.clone()
    }

    /// What has come since this was asked last; it is forgotten here.
    pub fn take(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.shared.lock().unwrap().deliveries)
    }

    /// What has come and was accepted, of these types.
    pub fn accepted(&self, types: &[&str]) -> Vec<Value> {
        let accepted = self.deliveries().into_iter().filter(|delivery| delivery.accepted);
        let events = accepted.map(|delivery| delivery.event());
        events.filter(|event| types.contains(&event["type"].as_str().unwrap())).collect()
    }
}

/// Connections are kept open, as those of a real endpoint are.
fn answer(mut stream: TcpStream, shared: &Mutex<Shared>) {
    let mut bytes = vec![];
    loop {
        let Some((length, headers, body)) = request(&bytes) else {
            let mut chunk = [0; 4096];
            match stream.read(&mut chunk) {
                Ok(read @ 1..) => bytes.extend_from_slice(&chunk[..read]),
                _ => return,
            }
            continue;
        };
        bytes.drain(..length);
        let mut shared = shared.lock().unwrap();
        let accepted = !shared.holds;
        shared.deliveries.push(Delivery { headers, body, accepted });
        drop(shared);
        if accepted && stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").is_err() {
            return;
        }
    }
}

/// Names and values.
type Headers = Vec<(String, String)>;

/// A whole request: its length, headers and body.
fn request(bytes: &[u8]) -> Option<(usize, Headers, String)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let pairs = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let headers: Vec<_> = pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let length: usize = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let body = bytes.get(end + 4..end + 4 + length)?;
    Some((end + 4 + length, headers, String::from_utf8(body.to_vec()).unwrap()))
}
