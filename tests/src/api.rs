//! The host's HTTP interface, as a channel, an operator or a merchant's browser uses it.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::Duration,
};

use serde_json::{Value, json};

use crate::Host;

/// Where merchants are sent back to in tests.
pub const BACK: &str = "https://channel.example/back?from=page";

/// A host that serves; ends when dropped.
pub struct Server {
    /// Where it is, `http://127.0.0.1:PORT`.
    pub address: String,
    /// The operator's key; empty unless this was the host's first start.
    pub operator: String,
    /// Where operators watch it; empty without a port of their own.
    pub admin: String,
    /// Its name among replicas.
    pub replica: String,
    child: Mutex<Child>,
    said: Mutex<Vec<(String, String)>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head, as it came.
    pub head: String,
    /// The body.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// The problem's code, with its status.
    pub fn problem(&self) -> (u16, String) {
        assert!(self.head.contains("application/problem+json"), "{self:#?}");
        (self.status, self.json()["code"].as_str().unwrap().to_owned())
    }

    /// The data of every server-sent event of a name.
    pub fn events(&self, name: &str) -> Vec<Value> {
        let blocks = self.text.split("\n\n").filter(|block| block.starts_with(&format!("event: {name}\n")));
        blocks.map(|block| serde_json::from_str(block.split_once("data: ").unwrap().1).unwrap()).collect()
    }
}

/// A channel with a key.
pub struct Channel {
    /// Its id.
    pub id: String,
    /// Its key.
    pub key: String,
}

impl Server {
    /// Starts `serve` on a free port; everything it logs goes to `log` in the host's folder.
    pub fn start(host: &Host) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(host.folder().join("log")).unwrap();
        Self::logging_to(host, log.into())
    }

    /// The same, with another place for its log.
    pub fn logging_to(host: &Host, log: Stdio) -> Self {
        Self::at("127.0.0.1:0", host, log)
    }

    /// The same at an address of its own.
    pub fn at(listen: &str, host: &Host, log: Stdio) -> Self {
        let mut command = host.command(&["serve", "--listen", listen, "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).expect("one JSON line that says where the host is");
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        Self {
            address: text("address"),
            operator: text("operator_key"),
            admin: text("admin_address"),
            replica: text("replica"),
            child: Mutex::new(child),
            said: Mutex::default(),
        }
    }

    /// The id of its process.
    pub fn process(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().ok();
        child.wait().ok();
    }

    /// Tells it to end, as a service manager does, and waits until it has; whether it ended well.
    pub fn terminate(&self) -> bool {
        self.signal("-TERM");
        self.child.lock().unwrap().wait().unwrap().success()
    }

    /// Has it stand still, as a machine that is suspended does.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Has it go on.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let child = self.child.lock().unwrap();
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success(), "{sent}");
    }

    /// Sends a request; `credential` is the whole header `Authorization`, or empty.
    pub fn send(&self, method: &str, path: &str, credential: &str, body: &str) -> Answer {
        let header = if credential.is_empty() { String::new() } else { format!("authorization: {credential}\r\n") };
        self.send_with(method, path, &header, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sends JSON with a key, and an idempotency key; an error when the host dies before it answers.
    pub fn call_once(&self, key: &str, path: &str, idempotency: &str, body: &Value) -> io::Result<Answer> {
        let headers = format!("authorization: Bearer {key}\r\nidempotency-key: {idempotency}\r\n");
        self.send_with("POST", path, &headers, &body.to_string())
    }

    /// Sends JSON with a key, as part of a trace.
    pub fn traced(&self, key: &str, method: &str, path: &str, traceparent: &str, body: &Value) -> Answer {
        let headers = format!("authorization: Bearer {key}\r\ntraceparent: {traceparent}\r\n");
        self.send_with(method, path, &headers, &body.to_string()).unwrap()
    }

    /// Reads something from the port of operators.
    pub fn watched(&self, path: &str) -> Answer {
        self.send_to(&self.admin, "GET", path, "", "").unwrap()
    }

    fn send_with(&self, method: &str, path: &str, headers: &str, body: &str) -> io::Result<Answer> {
        self.send_to(&self.address, method, path, headers, body)
    }

    fn send_to(&self, address: &str, method: &str, path: &str, headers: &str, body: &str) -> io::Result<Answer> {
        let answer = exchange(address, method, path, headers, body, None)?;
        self.said.lock().unwrap().push((format!("{method} {path}"), format!("{}\r\n\r\n{}", answer.head, answer.text)));
        Ok(answer)
    }

    /// Everything it has answered so far: what was asked, and the answer with its head.
    pub fn said(&self) -> Vec<(String, String)> {
        self.said.lock().unwrap().clone()
    }

    /// Sends JSON with a key.
    pub fn call(&self, key: &str, method: &str, path: &str, body: &Value) -> Answer {
        self.send(method, path, &format!("Bearer {key}"), &body.to_string())
    }

    /// Reads something with a key.
    pub fn get(&self, key: &str, path: &str) -> Value {
        let answer = self.send("GET", path, &format!("Bearer {key}"), "");
        assert_eq!(answer.status, 200, "{path}: {answer:#?}");
        answer.json()
    }

    /// Makes a channel with a key.
    pub fn channel(&self, name: &str) -> Channel {
        let profile = json!({ "name": name, "redirect_urls": [BACK] });
        let made = self.call(&self.operator, "POST", "/v1/channels", &profile);
        assert_eq!(made.status, 201, "{made:#?}");
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let issued = self.call(&self.operator, "POST", &format!("/v1/channels/{id}/keys"), &json!({}));
        assert_eq!(issued.status, 201, "{issued:#?}");
        Channel { id, key: issued.json()["key"].as_str().unwrap().to_owned() }
    }

    /// Makes a link for a merchant; gives what the page sends as `Authorization`.
    pub fn link(&self, channel: &Channel, session: &Value) -> String {
        let mut wanted = json!({ "connector": "centra", "redirect_url": BACK, "state": "opaque & kept" });
        wanted.as_object_mut().unwrap().extend(session.as_object().unwrap().clone());
        let made = self.call(&channel.key, "POST", "/v1/connect-sessions", &wanted);
        assert_eq!(made.status, 201, "{made:#?}");
        format!("Connect {}", made.json()["url"].as_str().unwrap().split_once('#').unwrap().1)
    }

    /// What the page does with a link.
    pub fn page(&self, link: &str, method: &str, step: &str, body: &Value) -> Answer {
        let body = if method == "GET" { String::new() } else { body.to_string() };
        self.send(method, &format!("/connect/v1/{step}"), link, &body)
    }

    /// Runs the checks, which must end; gives their result.
    pub fn check(&self, link: &str, credentials: &Value) -> Value {
        self.check_with(link, credentials, &json!({}))
    }

    /// The same with settings.
    pub fn check_with(&self, link: &str, credentials: &Value, settings: &Value) -> Value {
        let checked = self.page(link, "POST", "check", &json!({ "credentials": credentials, "settings": settings }));
        assert_eq!(checked.status, 200, "{checked:#?}");
        assert!(!checked.events("check").is_empty(), "{checked:#?}");
        checked.events("result").pop().unwrap_or_else(|| panic!("no result: {checked:#?}"))
    }

    /// Says yes; gives the parameters of the way back by name.
    pub fn confirm(&self, link: &str, yes: &Value) -> Value {
        let confirmed = self.page(link, "POST", "confirm", yes);
        assert_eq!(confirmed.status, 200, "{confirmed:#?}");
        parameters(confirmed.json()["redirect_url"].as_str().unwrap())
    }

    /// Walks the whole way of a merchant; gives the connection's id.
    pub fn connect(&self, channel: &Channel, session: &Value, credentials: &Value) -> String {
        let link = self.link(channel, session);
        let result = self.check(&link, credentials);
        assert_eq!(result["ok"], true, "{result:#}");
        self.confirm(&link, &json!({}))["connection_id"].as_str().unwrap().to_owned()
    }

    /// Waits until a connection has a sync run that has ended; gives the run.
    pub fn synced(&self, key: &str, connection: &str) -> Value {
        crate::wait::wait_until("the sync has ended", || {
            let runs = self.get(key, &format!("/v1/connections/{connection}/runs"));
            runs["data"].get(0).filter(|run| run["ended_at"].is_string()).cloned()
        })
    }
}

/// Sends a request to a host and reads the answer; an error when none comes, or not as soon as it is waited for.
pub fn exchange(
    address: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
    patience: Option<Duration>,
) -> io::Result<Answer> {
    let authority = address.strip_prefix("http://").unwrap();
    // A host that ends a connection with a body unread resets it, and the end of a long answer is lost.
    let body = if method == "GET" { "" } else { body };
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(patience)?;
    let length = body.len();
    // HTTP/1.0: the answer ends with the connection, and has no chunks.
    let head = format!(
        "{method} {path} HTTP/1.0\r\nhost: {authority}\r\n{headers}content-type: application/json\r\n\
         content-length: {length}\r\n\r\n"
    );
    // A host that refuses a large body may close before all of it is sent.
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes()).ok();
    let mut bytes = vec![];
    let read = stream.read_to_end(&mut bytes);
    let answer = String::from_utf8(bytes).unwrap();
    let Some((head, text)) = answer.split_once("\r\n\r\n") else {
        return Err(read.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()));
    };
    let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    Ok(Answer { status, head: head.to_owned(), text: text.to_owned() })
}

/// The parameters of an address that begins with [`BACK`], by name.
pub fn parameters(url: &str) -> Value {
    let query = url.strip_prefix(BACK).unwrap_or_else(|| panic!("{url} leads elsewhere")).trim_start_matches('&');
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    Value::Object(pairs.map(|(name, value)| (name.to_owned(), decoded(value).into())).collect())
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (vec![], text.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let (digits, after) = rest.split_at(2);
                rest = after;
                u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}
