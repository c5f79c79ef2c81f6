//! A server that answers one request per connection with given bytes.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What to do with the next request.
pub(super) enum Reply {
    /// Write these bytes and close.
    Bytes(Vec<u8>),
    /// Write these bytes, then stay silent until the client leaves.
    Stall(Vec<u8>),
}

/// The running server; connections beyond the last reply are closed at once.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    pub(super) async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server =
            Self { address: listener.local_addr().unwrap(), seen: Arc::default(), connections: Arc::default() };
        let (seen, connections) = (Arc::clone(&server.seen), Arc::clone(&server.connections));
        tokio::spawn(async move {
            let mut replies = VecDeque::from(replies);
            while let Ok((stream, _)) = listener.accept().await {
                *connections.lock().unwrap() += 1;
                if let Some(reply) = replies.pop_front() {
                    tokio::spawn(answer(stream, reply, Arc::clone(&seen)));
                }
            }
        });
        server
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far, as they came over the wire.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// How many connections were opened.
    pub(super) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

/// A complete answer.
pub(super) fn reply(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    Reply::Bytes([head.as_bytes(), body].concat())
}

async fn answer(mut stream: TcpStream, reply: Reply, seen: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    while !is_complete(&request) {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    seen.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
    let (Reply::Bytes(bytes) | Reply::Stall(bytes)) = &reply;
    if stream.write_all(bytes).await.is_ok() && matches!(reply, Reply::Stall(_)) {
        let mut rest = Vec::new();
        drop(stream.read_to_end(&mut rest).await);
    }
}

fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    request.len() >= head.len() + 4 + length.unwrap_or(0)
}
