//! The platform of the careless plugin: lists that can be spoilt while they are read, served by a thread.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

/// How a list leads on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Leads {
    /// To its end.
    #[default]
    Well,
    /// Its last page leads to itself under another number.
    LastAgain,
    /// Two pages lead to each other.
    Alternating,
    /// Each page has rows that were never there.
    NewForEver,
}

/// What the shop has and how it behaves.
#[derive(Debug, Default)]
pub struct Lists {
    /// Ids of its offers, in order.
    pub offers: Vec<String>,
    /// Status of every answer instead of 200.
    pub status: Option<u16>,
    /// Paths that answer with this status instead of 200.
    pub spoilt: Option<(&'static str, u16)>,
    /// A total that is said instead of none.
    pub total: Option<u64>,
    /// Largest limit that is answered; larger ones are answered 502.
    pub most: Option<usize>,
    /// Offers that no page may hold: it is answered 502.
    pub unreadable: BTreeSet<String>,
    /// Offers removed once the first page of offers was given.
    pub removed_after_first_page: Vec<String>,
    /// Offers left out of each list of offers.
    pub left_out: u64,
    /// Single offers that are asked for are not found, whatever is there.
    pub forgets: bool,
    /// How lists lead on.
    pub leads: Leads,
    /// Every path that was asked for.
    pub asked: Vec<String>,
}

/// A running shop. Its thread ends with the test.
#[derive(Debug, Clone)]
pub struct ListShop {
    url: String,
    lists: Arc<Mutex<Lists>>,
}

impl ListShop {
    /// Starts a shop with so many offers.
    pub fn start(offers: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let lists = Lists { offers: (0..offers).map(id).collect(), ..Lists::default() };
        let shop = Self { url, lists: Arc::new(Mutex::new(lists)) };
        let served = shop.clone();
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(served.serve(stream))));
        shop
    }

    /// Changes what it has or how it behaves.
    pub fn set<T>(&self, change: impl FnOnce(&mut Lists) -> T) -> T {
        change(&mut self.lists.lock().unwrap())
    }

    /// Credentials of a careless connector that behaves as these words say.
    pub fn credentials(&self, words: &str) -> Value {
        json!({ "mode": format!("{} {words}", self.url) })
    }

    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
        let (status, body) = self.set(|lists| lists.answer(&path));
        let body = body.to_string();
        let mut answer = format!("HTTP/1.1 {status} Said\r\nconnection: close\r\n");
        write!(answer, "content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        stream.write_all(answer.as_bytes())
    }
}

/// The id of the offer at a place.
pub fn id(place: usize) -> String {
    format!("o{place:04}")
}

impl Lists {
    fn answer(&mut self, path: &str) -> (u16, Value) {
        self.asked.push(path.to_owned());
        let (list, query) = path.split_once('?').unwrap_or((path, ""));
        if let Some(status) =
            self.status.or_else(|| self.spoilt.filter(|(of, _)| *of == list).map(|(_, status)| status))
        {
            return (status, json!({}));
        }
        let given = |name: &str| query.split('&').find_map(|part| part.strip_prefix(&format!("{name}=")));
        let number = |name: &str| given(name).and_then(|text| text.parse().ok()).unwrap_or(0_usize);
        match list {
            "stores" => (200, json!({ "ids": ["1"] })),
            "one" => {
                let asked = given("ids").unwrap_or_default().split(',');
                let found: Vec<_> =
                    asked.filter(|id| !self.forgets && self.offers.iter().any(|own| own == id)).collect();
                (200, json!({ "ids": found }))
            }
            // A record by an address of its own, as most shops have it.
            _ if list.starts_with("item/") => {
                let id = list.trim_start_matches("item/");
                if self.offers.iter().any(|own| own == id) { (200, json!({ "ids": [id] })) } else { (404, json!({})) }
            }
            "inventory" => (200, json!({ "ids": self.offers })),
            "offers" => self.page(number("start"), number("limit"), given("pass_over") == Some("true")),
            _ => (200, json!({ "ids": [] })),
        }
    }

    fn page(&mut self, start: usize, limit: usize, pass_over: bool) -> (u16, Value) {
        let start = start + usize::from(pass_over);
        let ids: Vec<String> =
            self.offers.iter().skip(start).take(if pass_over { 0 } else { limit }).cloned().collect();
        if self.most.is_some_and(|most| limit > most) || ids.iter().any(|id| self.unreadable.contains(id)) {
            return (502, json!({}));
        }
        let end = start + ids.len();
        let (ids, next) = match self.leads {
            Leads::Well => (ids, (end < self.offers.len()).then_some(end)),
            Leads::LastAgain if end >= self.offers.len() => (self.offers[..2].to_vec(), Some(end + 1)),
            Leads::LastAgain => (ids, Some(end)),
            Leads::Alternating => (vec![self.offers[start % 2].clone()], Some(start + 1)),
            Leads::NewForEver => ((start..start + limit).map(|new| format!("new{new}")).collect(), Some(start + limit)),
        };
        for removed in std::mem::take(&mut self.removed_after_first_page) {
            self.offers.retain(|id| *id != removed);
        }
        (200, json!({ "ids": ids, "next": next, "total": self.total, "left_out": self.left_out }))
    }
}
