//! The platform of the template plugin: one JSON document behind an access word, served by a thread.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use serde_json::{Value, json};

/// A running shop. Its thread ends with the test.
pub struct Shop {
    /// Address of its document.
    pub url: String,
}

/// The word it answers to.
pub const ACCESS_WORD: &str = "open-sesame-4711";

impl Shop {
    /// Starts a shop of three products.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/catalog.json", listener.local_addr().unwrap());
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(serve(stream))));
        Self { url }
    }

    /// Credentials for it.
    pub fn credentials(&self) -> Value {
        json!({ "shop_url": self.url, "access_word": ACCESS_WORD })
    }
}

fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    let mut is_welcome = false;
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        is_welcome |= line.to_ascii_lowercase() == format!("authorization: bearer {ACCESS_WORD}");
        if line.is_empty() {
            break;
        }
    }
    let catalog = json!({ "name": "Corner shop", "currency": "EUR", "products": [
        { "id": "a", "title": "Apple", "price": "0.50", "stock": 7 },
        { "id": "b", "title": "Bread", "price": "2.20", "stock": 0 },
        { "id": "c", "title": "Cheese", "price": "9.00", "stock": 2 }] });
    let (status, body) = if is_welcome { ("200 OK", catalog.to_string()) } else { ("403 Forbidden", String::new()) };
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}
