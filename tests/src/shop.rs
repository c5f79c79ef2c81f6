//! The platform of the template plugin: one JSON document behind an access word, served by a thread.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::{Value, json};

/// A running shop. Its thread ends with the test.
pub struct Shop {
    /// Address of its document.
    pub url: String,
    /// The document; what is changed here is served from then on.
    pub catalog: Arc<Mutex<Value>>,
    refusals: Arc<AtomicUsize>,
}

/// The word it answers to.
pub const ACCESS_WORD: &str = "open-sesame-4711";

impl Shop {
    /// Starts a shop of three products.
    pub fn start() -> Self {
        Self::serving(json!({ "name": "Corner shop", "currency": "EUR", "products": [
            { "id": "a", "title": "Apple", "price": "0.50", "stock": 7 },
            { "id": "b", "title": "Bread", "price": "2.20", "stock": 0 },
            { "id": "c", "title": "Cheese", "price": "9.00", "stock": 2 }] }))
    }

    /// Starts a shop of this document.
    pub fn serving(catalog: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/catalog.json", listener.local_addr().unwrap());
        let catalog = Arc::new(Mutex::new(catalog));
        let refusals = Arc::new(AtomicUsize::new(0));
        let (served, left) = (Arc::clone(&catalog), Arc::clone(&refusals));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let refuses = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
                drop(serve(stream, &served.lock().unwrap().to_string(), refuses));
            }
        });
        Self { url, catalog, refusals }
    }

    /// Refuses so many of the next requests, whoever asks.
    pub fn refuse(&self, requests: usize) {
        self.refusals.store(requests, Ordering::SeqCst);
    }

    /// Credentials for it.
    pub fn credentials(&self) -> Value {
        json!({ "shop_url": self.url, "access_word": ACCESS_WORD })
    }
}

fn serve(mut stream: TcpStream, catalog: &str, refuses: bool) -> std::io::Result<()> {
    let mut is_welcome = false;
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        is_welcome |= line.to_ascii_lowercase() == format!("authorization: bearer {ACCESS_WORD}");
        if line.is_empty() {
            break;
        }
    }
    let (status, body) = if is_welcome && !refuses { ("200 OK", catalog) } else { ("403 Forbidden", "") };
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}
