//! Bad plugin: a connector of a shop with lists. Its credential `mode` is the shop's address and words that say how it
//! behaves: `swallow` takes every failure for an empty answer, `fetch` can read single offers again, `cursor` pages its
//! lists by cursor, `silent` answers from memory.
#![forbid(unsafe_code)]

use connector_api::{
    Connector, ConnectorError, ErrorCode, Host,
    connector::Answer,
    domain::{InventoryLevel, Offer, StockPolicy, Store, StoreKind, Variant},
    wire::{
        Op,
        credentials::OpenConnection,
        envelope::Call,
        manifest::{Manifest, Paging},
        pull::{Checkpoint, FetchRequest, FetchResponse, LeftOut, Notice, Page, PullRequest, Record, Stream},
        service::{Cost, HttpRequest},
        validate::{StoreIdentity, ValidateRequest, ValidateResponse},
        webhook::{
            EventDecision, ParseWebhookRequest, ParseWebhookResponse, PlatformEvent, VerifyWebhookRequest,
            VerifyWebhookResponse, WebhookVerdict,
        },
    },
};
use serde::Deserialize;

struct Careless {
    host: Host,
    mode: String,
}

/// An answer of the shop.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct List {
    ids: Vec<String>,
    next: Option<serde_json::Value>,
    total: Option<u64>,
    left_out: u64,
}

impl Connector for Careless {
    fn manifest() -> Manifest {
        let mut manifest = sound::manifest("careless");
        manifest.streams = vec![
            sound::stream(Stream::Stores, vec![]).paged(Paging::Whole),
            sound::stream(Stream::Offers, vec![Stream::Stores]),
            sound::stream(Stream::Inventory, vec![Stream::Offers]).paged(Paging::Whole),
            sound::stream(Stream::Locations, vec![]).paged(Paging::Cursor),
        ];
        manifest.operations.extend([Op::Fetch, Op::VerifyWebhook, Op::ParseWebhook]);
        manifest
    }

    fn open(host: Host, connection: OpenConnection) -> Answer<Self> {
        Ok(Self { host, mode: connection.credential("mode").unwrap_or_default().to_owned() })
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
        let offer = |id: &str| connector_api::wire::pull::EntityRef { stream: Stream::Offers, id: id.into() };
        let event = PlatformEvent {
            topic: "offers".to_owned(),
            action: None,
            dedupe_key: None,
            occurred_at: None,
            decision: EventDecision::Route,
            reason: None,
            refs: String::from_utf8_lossy(body).lines().map(offer).collect(),
        };
        Ok(ParseWebhookResponse { events: vec![event] })
    }

    async fn pull(&self, _: &Call, request: PullRequest) -> Answer<Page> {
        if self.does("silent") {
            return Ok(Page::default());
        }
        let start = request.checkpoint.as_ref().map_or_else(|| "0".to_owned(), |Checkpoint(at)| at.to_string());
        let path = format!("{}?start={start}&limit={}&pass_over={}", request.stream, request.limit, request.pass_over);
        let list = match self.list(&path).await {
            Ok(list) => list,
            Err(_) if self.does("swallow") => List::default(),
            Err(error) => return Err(error),
        };
        let record = |id: &String| record_of(&request.stream, id);
        let passed_over =
            Notice { code: "passed_over".to_owned(), message: format!("Passed over a record after {start}.") };
        Ok(Page {
            records: list.ids.iter().map(record).collect(),
            next: list.next.map(Checkpoint),
            total: list.total,
            skipped: u64::from(request.pass_over),
            left_out: (list.left_out > 0)
                .then(|| LeftOut::new("formula", "Priced by a formula.", list.left_out))
                .into_iter()
                .collect(),
            notices: request.pass_over.then_some(passed_over).into_iter().collect(),
        })
    }

    async fn fetch(&self, _: &Call, request: FetchRequest) -> Answer<FetchResponse> {
        if !self.does("fetch") {
            return Err(ConnectorError::unsupported("fetch"));
        }
        let ids: Vec<&str> = request.refs.iter().map(|entity| entity.id.as_str()).collect();
        if self.does("single") {
            return self.fetch_singly(&request).await;
        }
        let found = match self.list(&format!("one?ids={}", ids.join(","))).await {
            Ok(list) => list.ids,
            Err(_) if self.does("swallow") => vec![],
            Err(error) => return Err(error),
        };
        let gone = request.refs.iter().filter(|entity| !found.contains(&entity.id.0)).cloned().collect();
        let there = request.refs.iter().filter(|entity| found.contains(&entity.id.0));
        Ok(FetchResponse { records: there.map(|entity| record_of(&entity.stream, entity.id.as_str())).collect(), gone })
    }
}

/// Any answer that is no list and no failure for the moment: 404 and 403 alike.
const REFUSED: &str = "the shop refused";

impl Careless {
    fn does(&self, word: &str) -> bool {
        self.mode.split(' ').any(|own| own == word)
    }

    /// Each record at an address of its own: what is answered 404 is gone.
    async fn fetch_singly(&self, request: &FetchRequest) -> Answer<FetchResponse> {
        let mut fetched = FetchResponse { records: vec![], gone: vec![] };
        for entity in &request.refs {
            match self.list(&format!("item/{}", entity.id.as_str())).await {
                Ok(list) => fetched.records.extend(list.ids.iter().map(|id| record_of(&entity.stream, id))),
                Err(error) if error.message == REFUSED => fetched.gone.push(entity.clone()),
                Err(error) => return Err(error),
            }
        }
        Ok(fetched)
    }

    async fn list(&self, path: &str) -> Result<List, ConnectorError> {
        let shop = self.mode.split(' ').next().unwrap_or_default();
        let request = HttpRequest {
            method: "GET".to_owned(),
            url: format!("{shop}/{path}"),
            headers: vec![],
            operation: "list".to_owned(),
            idempotent: false,
            cost: Cost::default(),
            quota: None,
            timeout_ms: None,
        };
        let answer = self.host.http(&request, vec![]).await?;
        let failed = |code, message: &str| ConnectorError::new(code, message);
        match answer.response.status {
            200 => serde_json::from_slice(&answer.body)
                .map_err(|_| failed(ErrorCode::PlatformAnswerInvalid, "the shop answered no list")),
            500..=599 => {
                Err(failed(ErrorCode::PlatformUnavailable, "the shop fails for the moment").retry_with_backoff())
            }
            _ => Err(failed(ErrorCode::PlatformAnswerInvalid, REFUSED)),
        }
    }
}

fn record_of(stream: &Stream, id: &str) -> Record {
    match stream {
        Stream::Stores => Record::Store(Store { id: id.into(), name: id.to_owned(), kind: StoreKind::Consumer }),
        Stream::Inventory => Record::InventoryLevel(InventoryLevel {
            variant_id: id.into(),
            location_id: None,
            available: 1,
            policy: StockPolicy::Deny,
            as_of: None,
        }),
        _ => offer(id),
    }
}

fn offer(id: &str) -> Record {
    Record::Offer(Box::new(Offer { variants: vec![Variant::new(id)], ..Offer::new(id, id) }))
}

connector_api::export_connector!(Careless);
