//! Bad plugin: a valid connector whose operations misbehave as the credential `mode` says.
#![forbid(unsafe_code)]
#![expect(clippy::panic_in_result_fn, reason = "panicking where an answer is due is what this plugin is for")]

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use connector_api::{
    Connector, ConnectorError, ErrorCode, Host,
    connector::Answer,
    domain::{Store, StoreKind},
    wire::{
        Op,
        credentials::OpenConnection,
        envelope::Call,
        manifest::Manifest,
        pull::{Checkpoint, EntityRef, FetchRequest, FetchResponse, Page, PullRequest, Record, Stream},
        validate::{StoreIdentity, ValidateRequest, ValidateResponse},
        webhook::{
            EventDecision, ParseWebhookRequest, ParseWebhookResponse, PlatformEvent, VerifyWebhookRequest,
            VerifyWebhookResponse, WebhookVerdict,
        },
    },
};

struct Misbehaves {
    mode: String,
}

impl Drop for Misbehaves {
    fn drop(&mut self) {
        assert!(self.mode != "panic_when_closed", "closing hurts");
    }
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the bomb went off");
    }
}

impl Connector for Misbehaves {
    fn manifest() -> Manifest {
        let mut manifest = sound::manifest("misbehaves");
        manifest.streams.push(sound::stream(Stream::Offers, vec![Stream::Stores]));
        manifest.operations.extend([Op::Fetch, Op::VerifyWebhook, Op::ParseWebhook]);
        manifest
    }

    fn open(_: Host, connection: OpenConnection) -> Answer<Self> {
        let mode = connection.credential("mode").unwrap_or_default().to_owned();
        assert!(mode != "panic_in_open", "no connection is good enough");
        if mode == "block_in_open" {
            spin();
        }
        Ok(Self { mode })
    }

    async fn validate(&self, _: &Call, _: ValidateRequest) -> Answer<ValidateResponse> {
        let store = StoreIdentity { host: "bad.example".to_owned(), store_id: "1".to_owned(), name: "Bad".to_owned() };
        Ok(ValidateResponse { ok: true, store: Some(store), ..ValidateResponse::default() })
    }

    /// Everybody could have sent it.
    async fn verify_webhook(&self, _: &Call, _: VerifyWebhookRequest, _: &[u8]) -> Answer<VerifyWebhookResponse> {
        let verdict = WebhookVerdict::NoSecret;
        Ok(VerifyWebhookResponse { verdict, dedupe_key: None, signed_at: None, likely_cause: None })
    }

    /// Each line of the body names an offer.
    async fn parse_webhook(&self, _: &Call, _: ParseWebhookRequest, body: &[u8]) -> Answer<ParseWebhookResponse> {
        let refs = String::from_utf8_lossy(body).lines().map(offer).collect();
        let event = PlatformEvent {
            topic: "offers".to_owned(),
            action: None,
            dedupe_key: None,
            occurred_at: None,
            decision: EventDecision::Route,
            reason: None,
            refs,
        };
        Ok(ParseWebhookResponse { events: vec![event] })
    }

    /// Fails as a whole, and for ever, when a single one is poison; otherwise says nothing of them.
    async fn fetch(&self, _: &Call, request: FetchRequest) -> Answer<FetchResponse> {
        if request.refs.iter().any(|entity| entity.id.as_str().starts_with("poison")) {
            return Err(ConnectorError::new(ErrorCode::InvalidRequest, "one of these cannot be read"));
        }
        Ok(FetchResponse::default())
    }

    fn pull(&self, _: &Call, request: PullRequest) -> impl Future<Output = Answer<Page>> + Send {
        assert!(self.mode != "panic_before_the_future", "there will be no future");
        misbehave(self.mode.clone(), request)
    }
}

async fn misbehave(mode: String, request: PullRequest) -> Answer<Page> {
    match mode.as_str() {
        "panic_in_the_call" => panic!("not today"),
        "panic_in_a_later_poll" => panic_in_a_later_poll().await,
        "abort" => std::process::abort(),
        "spin" => spin(),
        "never" => std::future::pending().await,
        "panic_in_cleanup" => {
            let _bomb = Bomb;
            std::future::pending().await
        }
        "huge" => Ok(page(&"x".repeat(65 * 1024 * 1024))),
        "endless" => Ok(Page { next: Some(Checkpoint("again".into())), ..page("again") }),
        "wrong_kind" => Ok(page("a store, whatever was asked for")),
        _ if request.stream == Stream::Stores => Ok(page("well behaved")),
        _ => Ok(Page::default()),
    }
}

fn offer(id: &str) -> EntityRef {
    EntityRef { stream: Stream::Offers, id: id.into() }
}

fn page(name: &str) -> Page {
    let store = Store { id: "1".into(), name: name.to_owned(), kind: StoreKind::Consumer };
    Page { records: vec![Record::Store(store)], ..Page::default() }
}

fn panic_in_a_later_poll() -> Pin<Box<dyn Future<Output = Answer<Page>> + Send>> {
    let mut polls = 0;
    Box::pin(poll_fn(move |context| {
        polls += 1;
        assert!(polls < 3, "the third poll is one too many");
        context.waker().wake_by_ref();
        Poll::Pending
    }))
}

fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

connector_api::export_connector!(Misbehaves);
