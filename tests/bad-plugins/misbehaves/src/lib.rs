//! Bad plugin: a valid connector whose operations misbehave as the credential `mode` says.
#![forbid(unsafe_code)]
#![expect(clippy::panic_in_result_fn, reason = "panicking where an answer is due is what this plugin is for")]

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use connector_api::{
    Connector, Host,
    connector::Answer,
    domain::{Store, StoreKind},
    wire::{
        credentials::OpenConnection,
        envelope::Call,
        manifest::Manifest,
        pull::{Checkpoint, Page, PullRequest, Record, Stream},
        validate::{StoreIdentity, ValidateRequest, ValidateResponse},
    },
};

struct Misbehaves {
    mode: String,
}

impl Connector for Misbehaves {
    fn manifest() -> Manifest {
        let mut manifest = sound::manifest("misbehaves");
        manifest.streams.push(sound::stream(Stream::Offers, vec![Stream::Stores]));
        manifest
    }

    fn open(_: Host, connection: OpenConnection) -> Answer<Self> {
        let mode = connection.credential("mode").unwrap_or_default().to_owned();
        assert!(mode != "panic_in_open", "no connection is good enough");
        Ok(Self { mode })
    }

    async fn validate(&self, _: &Call, _: ValidateRequest) -> Answer<ValidateResponse> {
        let store = StoreIdentity { host: "bad.example".to_owned(), store_id: "1".to_owned(), name: "Bad".to_owned() };
        Ok(ValidateResponse { ok: true, store: Some(store), ..ValidateResponse::default() })
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
        "spin" => spin(),
        "never" => std::future::pending().await,
        "huge" => Ok(page(&"x".repeat(65 * 1024 * 1024))),
        "endless" => Ok(Page { next: Some(Checkpoint("again".into())), ..page("again") }),
        "wrong_kind" => Ok(page("a store, whatever was asked for")),
        _ if request.stream == Stream::Stores => Ok(page("well behaved")),
        _ => Ok(Page::default()),
    }
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
