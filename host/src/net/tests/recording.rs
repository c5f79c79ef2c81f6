//! Record, look for what must not be there, replay.

use std::{
    fs,
    io::Write,
    path::Path,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connector_api::{ErrorCode, domain::Timestamp, wire::service::HttpRequest};
use serde_json::json;

use super::{
    super::{Recorder, RecordingError, RecordingHeader, Replayer, Tap},
    get, header, policy,
    server::{Server, reply},
    soon, tapped,
};

const SECRET: &str = "tok/en+planted=0123456789";
const OTHER: &str = "shared-secret-987654321";
const PERSONAL: [&str; 5] = ["anna.berg@mail.example.org", "Anna", "Berg", "+46 70 123 45 67", "Storgatan 1"];

fn about() -> RecordingHeader {
    let recorded_at = "2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap();
    RecordingHeader { format: 1, recorded_at, connector: "shop".to_owned(), note: "a test".to_owned() }
}

fn query(url: &str, page: u32) -> (HttpRequest, Vec<u8>) {
    let mut request = get(url);
    request.method = "POST".to_owned();
    request.operation = "Orders.List".to_owned();
    request.headers = vec![
        header("Authorization", &format!("Bearer {SECRET}")),
        header("X-Shop-Secret", "anything at all"),
        header("X-Trace", &STANDARD.encode(format!("id:{SECRET}:1"))),
        header("Content-Type", "application/json"),
    ];
    let body = json!({ "query": "{ orders }", "variables": { "page": page, "email": PERSONAL[0], "auth": OTHER } });
    (request, body.to_string().into_bytes())
}

fn files(directory: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    files.sort_unstable();
    files
}

async fn record(directory: &Path) -> Vec<(u16, Vec<u8>)> {
    let order = |number: u32| {
        json!({ "data": { "orders": [{
            "number": number, "comment": format!("mail {} with {SECRET}", PERSONAL[0]),
            "link": format!("https://x.example/?t={}", url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect::<String>()),
            "customer": { "firstName": PERSONAL[1], "lastName": PERSONAL[2], "phoneNumber": PERSONAL[3] },
            "shippingAddress": { "address1": PERSONAL[4], "country": "SE" }, "echo": OTHER, "hex": hex::encode(OTHER),
        }] } })
    };
    let headers =
        "Content-Type: application/json\r\nSet-Cookie: session=planted-cookie\r\nX-Internal: planted-header\r\n";
    let server = Server::start(vec![
        reply(200, headers, order(1).to_string()),
        reply(200, headers, order(2).to_string()),
        reply(500, "", ""),
        reply(400, "Content-Type: text/plain\r\n", format!("bad token {SECRET}")),
    ])
    .await;
    let recorder = Arc::new(Recorder::create(directory, &about()).unwrap());
    let network = tapped(policy(), Tap::Record(Arc::clone(&recorder)), &[SECRET, OTHER]);
    let mut answers = Vec::new();
    for page in [1, 2, 2] {
        let (request, body) = query(&server.url(&format!("/graphql?token={SECRET}")), page);
        let (response, body) = network.send(&request, body, soon()).await.unwrap();
        answers.push((response.status, body));
    }
    assert_eq!(recorder.len(), 3, "repeated attempts make one exchange");
    answers
}

#[tokio::test]
async fn a_request_whose_name_resembles_a_secret_is_sent_and_kept_under_no_name() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().join("new");
    let server = Server::start(vec![reply(200, "", "")]).await;
    let recorder = Arc::new(Recorder::create(&directory, &about()).unwrap());
    let network = tapped(policy(), Tap::Record(recorder), &["Orders.List-secret"]);
    let (request, body) = query(&server.url("/"), 1);
    assert_eq!(network.send(&request, body, soon()).await.unwrap().0.status, 200);
    let files = files(&directory);
    assert!(files.iter().any(|(name, text)| name.contains("withheld") && text.contains("withheld")), "{files:?}");
    assert!(!format!("{files:?}").contains("Orders.List"), "{files:?}");
}

#[tokio::test]
async fn no_secret_and_no_person_is_in_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().join("new");
    let answers = record(&directory).await;
    assert!(String::from_utf8_lossy(&answers[0].1).contains(SECRET), "the connector itself gets the true answer");

    let files = files(&directory);
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["0001-Orders_List.json", "0002-Orders_List.json", "0003-Orders_List.json", "recording.json"]);
    let planted = [
        SECRET.to_owned(),
        OTHER.to_owned(),
        SECRET.replace('/', "\\/"),
        hex::encode(OTHER),
        STANDARD.encode(SECRET),
        url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect(),
        "anything at all".to_owned(),
        "planted-cookie".to_owned(),
        "planted-header".to_owned(),
        "127.0.0.1".to_owned(),
        STANDARD.encode(format!("id:{SECRET}:1")),
    ];
    for (name, text) in &files {
        for planted in planted.iter().map(String::as_str).chain(PERSONAL) {
            assert!(!text.contains(planted), "{planted} is in {name}: {text}");
        }
    }
    insta::assert_snapshot!(files[0].1, @r#"
    {
      "operation": "Orders.List",
      "request": {
        "method": "POST",
        "url": "https://store.example/graphql?token=%5Bscrubbed%5D",
        "headers": {
          "authorization": "[scrubbed]",
          "content-type": "application/json",
          "x-shop-secret": "[scrubbed]",
          "x-trace": "aWQ[scrubbed]ox"
        },
        "body": {
          "json": {
            "query": "{ orders }",
            "variables": {
              "page": 1,
              "email": "person@store.example",
              "auth": "[scrubbed]"
            }
          }
        }
      },
      "response": {
        "status": 200,
        "headers": {
          "content-type": "application/json"
        },
        "body": {
          "json": {
            "data": {
              "orders": [
                {
                  "number": 1,
                  "comment": "mail person@store.example with [scrubbed]",
                  "link": "https://x.example/?t=[scrubbed]",
                  "customer": {
                    "firstName": "[personal]",
                    "lastName": "[personal]",
                    "phoneNumber": "[personal]"
                  },
                  "shippingAddress": {
                    "address1": "[personal]",
                    "country": "SE"
                  },
                  "echo": "[scrubbed]",
                  "hex": "[scrubbed]"
                }
              ]
            }
          }
        }
      }
    }
    "#);
    insta::assert_snapshot!(files[3].1, @r#"
        {
          "format": 1,
          "recorded_at": "2026-03-01T12:00:00Z",
          "connector": "shop",
          "note": "a test"
        }
        "#);
}

#[tokio::test]
async fn a_replay_answers_another_store_alike_until_the_recording_ends() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().join("new");
    record(&directory).await;
    let network = tapped(policy(), Tap::Replay(Arc::new(Replayer::open(&directory).unwrap())), &["another-secret"]);
    // Another store, another secret, other people: the recording answers by operation and what remains of the body.
    let again = |page| {
        let (request, body) = query("https://other.example/graphql?token=other", page);
        (request, String::from_utf8(body).unwrap().replace(PERSONAL[0], "b@c.example").replace(OTHER, "another-secret"))
    };
    for (page, status, text) in [(2, 200, "\"number\":2"), (1, 200, "\"number\":1"), (2, 400, "bad token [scrubbed]")] {
        let (request, body) = again(page);
        let (response, body) = network.send(&request, body.into_bytes(), soon()).await.unwrap();
        assert_eq!(response.status, status);
        assert!(String::from_utf8_lossy(&body).contains(text));
    }
    let (request, body) = again(1);
    let error = network.send(&request, body.into_bytes(), soon()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReplayMissing);
    assert!(error.message.contains("`Orders.List`"), "{error}");
    assert_eq!(network.traffic().requests, 0);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    record(directory.path()).await;
    for entry in fs::read_dir(directory.path()).unwrap() {
        assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_directory_that_is_no_recording_is_named_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    assert!(matches!(Replayer::open(path), Err(RecordingError::Io { .. })));
    drop(Recorder::create(path, &about()).unwrap());
    let error = Recorder::create(path, &about()).unwrap_err();
    assert!(error.to_string().ends_with("is not empty; name a new directory for the recording"));
    assert_eq!(Replayer::open(path).unwrap().header(), &about());

    fs::write(path.join("0001-read.json"), "{\"operation\":").unwrap();
    let error = Replayer::open(path).unwrap_err().to_string();
    assert!(error.contains("0001-read.json is not part of a recording: EOF"), "{error}");
    fs::write(path.join("recording.json"), serde_json::to_string(&RecordingHeader { format: 9, ..about() }).unwrap())
        .unwrap();
    assert!(
        Replayer::open(path).unwrap_err().to_string().ends_with("has format 9, but this version reads format 1 only")
    );
}

#[tokio::test]
async fn a_recording_that_cannot_be_written_is_an_error_of_the_host() {
    let directory = tempfile::tempdir().unwrap();
    let recorder = Arc::new(Recorder::create(directory.path(), &about()).unwrap());
    fs::remove_dir_all(directory.path()).unwrap();
    let server = Server::start(vec![reply(200, "", "")]).await;
    let network = tapped(policy(), Tap::Record(recorder), &[]);
    let error = network.send(&get(&server.url("/")), vec![], soon()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::HostFailed);
    assert!(error.message.contains("0001-read.json"), "{error}");
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nothing_secret_is_logged_at_any_level_by_any_library() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // With a single dispatcher alive, tracing lets whichever thread meets a callsite first decide for all threads whether
    // it is of interest; tests beside this one have no dispatcher and would switch the callsite off.
    let second = tracing::Dispatch::new(tracing_subscriber::registry());
    let guard = tracing::subscriber::set_default(subscriber);
    let server = Server::start(vec![reply(500, "", "planted-answer"), reply(200, "", "planted-answer")]).await;
    let (request, body) = query(&server.url("/graphql?token=planted-query"), 1);
    tapped(policy(), Tap::Live, &[]).send(&request, body, soon()).await.unwrap();
    drop((guard, second));
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let line = text.lines().find(|line| line.contains("request answered")).unwrap();
    assert!(line.contains("DEBUG") && line.contains("operation=\"Orders.List\" status=200 retries=1 ms="), "{line}");
    for planted in ["planted-answer", "planted-query", SECRET, OTHER, PERSONAL[0], "anything at all"] {
        assert!(!text.contains(planted), "{planted} is in the log: {text}");
    }
}
