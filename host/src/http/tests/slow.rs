//! Raw connections to a host that serves: clients that stand still, and what becomes of everybody else meanwhile.

use std::{net::SocketAddr, time::Duration};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{oneshot, watch},
    task::JoinHandle,
    time::{Instant, timeout},
};

use super::{ORIGIN, World};
use crate::http::{Listeners, ServerSettings, server};

/// Longer than anything here may take.
const LONG: Duration = Duration::from_secs(20);

/// A host that serves on a port of its own.
struct Served {
    world: World,
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

/// Short limits, so that tests see them.
fn strict() -> ServerSettings {
    ServerSettings {
        header_timeout_s: 1,
        idle_timeout_s: 2,
        body_timeout_s: 2,
        unread_timeout_s: 1,
        ..ServerSettings::default()
    }
}

impl Served {
    async fn new(settings: ServerSettings) -> Self {
        let world = World::with(settings.clone()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (end, ended) = oneshot::channel::<()>();
        let shutdown_requested = async { drop(ended.await) };
        let (shutdown, _) = watch::channel(false);
        let public_url = ORIGIN.parse().unwrap();
        let task = tokio::spawn(server::serve(
            world.services.clone(),
            settings,
            Listeners { public: listener, admin: None },
            public_url,
            shutdown,
            shutdown_requested,
        ));
        Self { world, address, end: Some(end), task }
    }

    async fn connect(&self) -> TcpStream {
        timeout(LONG, TcpStream::connect(self.address)).await.unwrap().unwrap()
    }

    async fn connect_from(&self, from: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
        timeout(LONG, socket.connect(self.address)).await.unwrap().unwrap()
    }

    async fn opened(&self, text: &str) -> TcpStream {
        let mut stream = self.connect().await;
        // It may be closed already.
        stream.write_all(text.as_bytes()).await.ok();
        stream
    }

    /// Asks on a connection of its own, and gives the whole answer.
    async fn asks(&self, head: &str) -> String {
        answer(self.opened(&format!("{head}\r\nhost: 127.0.0.1:8080\r\nconnection: close\r\n\r\n")).await).await
    }

    /// Whether a known caller is answered.
    async fn works(&self) -> bool {
        let head = format!("GET /v1/connections HTTP/1.1\r\nauthorization: Bearer {}", self.world.operator);
        self.asks(&head).await.starts_with("HTTP/1.1 200")
    }

    /// Tells it to end; how long that takes.
    async fn ends(&mut self) -> Duration {
        let begun = Instant::now();
        self.end.take().unwrap().send(()).unwrap();
        timeout(Duration::from_secs(40), &mut self.task).await.unwrap().unwrap().unwrap();
        begun.elapsed()
    }
}

/// Everything that comes until the host closes.
async fn answer(mut stream: TcpStream) -> String {
    let mut bytes = vec![];
    timeout(LONG, stream.read_to_end(&mut bytes)).await.expect("the host closes").ok();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn half_body(path: &str, authorization: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1:8080\r\norigin: {ORIGIN}\r\nauthorization: {authorization}\r\n\
         content-type: application/json\r\ncontent-length: 1000\r\n\r\n{{"
    )
}

#[tokio::test]
async fn half_bodies_of_strangers_stop_nobody() {
    let served = Served::new(ServerSettings { max_requests: 8, ..strict() }).await;
    let (_, key) = served.world.channel("Channel").await;
    let mut held = vec![];
    for _ in 0..16 {
        held.push(served.opened(&half_body("/dashboard/v1/login", "")).await);
        held.push(served.opened(&half_body("/connect/v1/check", "Connect x")).await);
        held.push(served.opened(&half_body("/v1/connections/x/orders", "Bearer x")).await);
        held.push(served.opened(&half_body("/webhooks/conn_x", "")).await);
        held.push(served.opened(&half_body("/v1/connect-sessions", &format!("Bearer {key}"))).await);
    }
    assert!(served.works().await);
    assert!(served.asks("GET /openapi.json HTTP/1.1").await.starts_with("HTTP/1.1 200"));
    assert!(served.asks("GET /connect/ HTTP/1.1").await.starts_with("HTTP/1.1 200"));
    let webhook = served.asks("POST /webhooks/conn_y HTTP/1.1\r\ncontent-length: 0").await;
    assert!(webhook.starts_with("HTTP/1.1 404"), "nobody is there, which is no question of room: {webhook}");
}

#[tokio::test]
async fn who_asks_is_known_before_a_body_is_there() {
    let served = Served::new(ServerSettings { body_timeout_s: 300, ..ServerSettings::default() }).await;
    let (_, channel) = served.world.channel("Channel").await;
    for (path, authorization, status) in [
        ("/v1/connect-sessions", "Bearer x", 401),
        ("/v1/channels", &*format!("Bearer {channel}"), 403),
        ("/connect/v1/check", "Connect x", 401),
        ("/connect/v1/confirm", "Connect x", 401),
        ("/webhooks/conn_nobody", "", 404),
        ("/webhooks/conn_nobody/", "", 404),
    ] {
        let text = answer(served.opened(&half_body(path, authorization)).await).await;
        assert!(text.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {text}");
    }
    let foreign = half_body("/dashboard/v1/login", "").replace(ORIGIN, "https://evil.example");
    assert!(answer(served.opened(&foreign).await).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn a_body_that_stands_still_ends_with_a_word_and_is_no_error_of_the_host() {
    let served = Served::new(ServerSettings { body_timeout_s: 1, ..ServerSettings::default() }).await;
    let begun = Instant::now();
    let text =
        answer(served.opened(&half_body("/v1/channels", &format!("Bearer {}", served.world.operator))).await).await;
    assert!(text.starts_with("HTTP/1.1 408") && text.contains("body_too_slow"), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn heads_and_idle_connections_that_stand_still_are_closed() {
    let served = Served::new(strict()).await;
    let health = "GET /livez HTTP/1.1\r\nhost: x\r\n";
    for (what, text) in [
        ("nothing", String::new()),
        ("half a head", format!("{health}x-a: ")),
        ("half a preface", "PRI * HT".to_owned()),
        ("a preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_owned()),
        (
            "half a head over HTTP/2",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x7f\x01\x04\0\0\0\x01ab".to_owned(),
        ),
        ("a keep-alive", format!("{health}\r\n")),
        ("half a second head", format!("{health}\r\nGET /li")),
    ] {
        let begun = Instant::now();
        answer(served.opened(&text).await).await;
        assert!(begun.elapsed() < Duration::from_secs(8), "{what} is held {:?}", begun.elapsed());
    }
    // Neither does a second head over HTTP/2 that never ends, whatever else is asked.
    let idle = ServerSettings { idle_timeout_s: 300, ..strict() };
    let served_long = Served::new(idle).await;
    let mut asked = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    asked.extend(b"\0\0\x0d\x01\x05\0\0\0\x01\x82\x86\x44\x06/livez\x41\x01x"); // GET /livez
    asked.extend(b"\0\0\x02\x01\0\0\0\0\x03\x82\x86");
    let mut stream = served_long.connect().await;
    stream.write_all(&asked).await.unwrap();
    let begun = Instant::now();
    answer(stream).await;
    assert!(begun.elapsed() < Duration::from_secs(8), "an unfinished head over HTTP/2 is held {:?}", begun.elapsed());
    // One byte a second is no progress either.
    let mut drip = served.opened("GET /livez HTTP/1.1\r\nx-a: ").await;
    let begun = Instant::now();
    while timeout(Duration::from_millis(200), drip.read_u8()).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(8), "a head that drips is held");
        drip.write_all(b"a").await.ok();
    }
}

#[tokio::test]
async fn more_connections_than_there_may_be_do_not_hide_whether_the_host_lives() {
    let served =
        Served::new(ServerSettings { max_connections: 40, header_timeout_s: 300, ..ServerSettings::default() }).await;
    let mut held = vec![];
    for _ in 0..120 {
        held.push(served.opened("GET /livez HTTP/1.1\r\nx-a: ").await);
    }
    for _ in 0..120 {
        held.push(served.opened(&half_body("/dashboard/v1/login", "")).await);
    }
    assert!(served.asks("GET /livez HTTP/1.1").await.starts_with("HTTP/1.1 200"));
    assert!(served.works().await, "a known caller of the same address is accepted");
    let mut other = served.connect_from("127.0.0.2").await;
    other.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(answer(other).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_client_of_many_streams_takes_its_share_of_reading_and_no_more() {
    let served = Served::new(ServerSettings { max_requests: 8, ..ServerSettings::default() }).await;
    let mut held = vec![];
    for _ in 0..3 {
        // The preface, settings, then 60 posts of which no body comes.
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
        for stream in 0..60_u32 {
            let mut block = vec![0x83, 0x86];
            for (name, value) in
                [(":path", "/dashboard/v1/login"), (":authority", "127.0.0.1:8080"), ("origin", ORIGIN)]
            {
                block.extend([0x00, u8::try_from(name.len()).unwrap()]);
                block.extend(name.bytes());
                block.push(u8::try_from(value.len()).unwrap());
                block.extend(value.bytes());
            }
            let length = u32::try_from(block.len()).unwrap().to_be_bytes();
            bytes.extend([length[1], length[2], length[3], 0x01, 0x04]);
            bytes.extend((stream * 2 + 1).to_be_bytes());
            bytes.extend(block);
        }
        let mut stream = served.connect().await;
        stream.write_all(&bytes).await.unwrap();
        held.push(stream);
    }
    assert!(served.works().await);
    assert!(served.asks("GET /connect/ HTTP/1.1").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_dead_lettered() {
    let served = Served::new(strict()).await;
    let mut stream = served.connect().await;
    let ask = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(400);
    let begun = Instant::now();
    // It sends more questions than answers fit anywhere, and reads none.
    let gone = async {
        loop {
            if stream.write_all(ask.as_bytes()).await.is_err() {
                return;
            }
        }
    };
    timeout(LONG, gone).await.expect("the host closes the connection");
    assert!(begun.elapsed() < LONG && served.works().await);
}

#[tokio::test]
async fn the_host_ends_whatever_strangers_hold_open() {
    let mut served = Served::new(ServerSettings::default()).await;
    let (channel, key) = served.world.channel("Channel").await;
    let id = served.world.connection(&channel).await;
    let mut held = vec![
        served.opened("").await,
        served.opened("GET /livez HTTP/1.1\r\nx-a: ").await,
        served.opened(&half_body("/dashboard/v1/login", "")).await,
        served.opened(&half_body("/v1/connect-sessions", &format!("Bearer {key}"))).await,
    ];
    for path in [format!("/v1/connections/{id}/progress"), "/openapi.json".to_owned()] {
        let whole = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n");
        held.push(served.opened(&whole).await);
    }
    assert!(served.works().await);
    let took = served.ends().await;
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn an_answer_that_is_being_made_is_still_given_at_the_end() {
    let mut served = Served::new(ServerSettings::default()).await;
    assert!(served.works().await);
    // The writer is taken: the handler waits for it.
    let busy = served.world.store.hold_writer().await;
    let login = json!({ "token": served.world.operator }).to_string();
    let head = format!(
        "POST /dashboard/v1/login HTTP/1.1\r\nhost: 127.0.0.1:8080\r\norigin: {ORIGIN}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{login}",
        login.len()
    );
    let asked = tokio::spawn(answer(served.opened(&head).await));
    let stranger = served.opened("GET /livez HTTP/1.1\r\nx-a: ").await;
    assert!(served.works().await, "what was sent before is being answered");
    served.end.take().unwrap().send(()).unwrap();
    answer(stranger).await;
    assert!(!asked.is_finished() && !served.task.is_finished(), "who stands still is cut off, who works is not");
    drop(busy);
    assert!(asked.await.unwrap().starts_with("HTTP/1.1 204"));
    timeout(LONG, &mut served.task).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_stream_ends_with_the_key_that_opened_it() {
    let served = Served::new(ServerSettings::default()).await;
    let (channel, key) = served.world.channel("Channel").await;
    let id = served.world.connection(&channel).await;
    let head = format!("GET /v1/connections/{id}/progress HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n");
    let watched = |stream: TcpStream| tokio::spawn(answer_of_stream(stream));
    let (by_key, by_connection) = (watched(served.opened(&head).await), {
        let head = head.replace(&key, &served.world.operator);
        watched(served.opened(&head).await)
    });
    served
        .world
        .channels
        .revoke_key(&served.world.host.ctx(), Some(&channel), key.split('_').nth(2).unwrap())
        .await
        .unwrap();
    assert!(timeout(LONG, by_key).await.expect("it ends with its key").unwrap().contains("event-stream"));
    assert!(!by_connection.is_finished(), "another's goes on");
    let (path, reason) = (format!("/v1/connections/{id}"), json!({ "reason": "x" }));
    assert_eq!(served.world.call(&served.world.operator, "DELETE", &path, &reason).await.status, 200);
    timeout(LONG, by_connection).await.expect("it ends with its connection").unwrap();
}

/// What came until the last chunk.
async fn answer_of_stream(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let mut bytes = [0; 4_096];
    loop {
        match stream.read(&mut bytes).await {
            Ok(0) | Err(_) => return text,
            Ok(read) => text += &String::from_utf8_lossy(&bytes[..read]),
        }
        if text.ends_with("\r\n0\r\n\r\n") {
            return text;
        }
    }
}
