//! What the cases start from: an empty store, a connection, a run, rows.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::{Checkpoint, Stream},
};
use serde_json::json;

use crate::{
    model::{
        audit::{AuditAction, AuditEntry},
        connection::{Connection, Environment},
        doubt::DeletionRule,
        rows::{
            CustomerRow, EntityRow, InventoryRow, OfferRow, OrderRow, PriceRow, Pseudonym, ReturnRow, Rows, SealedBody,
            ShipmentRow, VariantRow,
        },
        run::{Mode, RunId, RunPlan, RunResult, RunView, StreamPlan, StreamView, Trigger},
        sync::{Acquired, Lease, PageCommit, PageOutcome, StreamEnd, StreamEnded},
    },
    store::Store,
};

/// A fresh store and whatever must live as long as it does.
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) _keep: Box<dyn std::any::Any + Send>,
}

/// A time, in seconds after an arbitrary beginning.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_760_000_000_000 + seconds * 1000).unwrap()
}

/// What the audit log says of a change at a time.
pub(crate) fn audited(seconds: i64) -> AuditEntry {
    AuditEntry::new("operator (key suite)", AuditAction::ChannelUpdated, at(seconds))
}

pub(crate) async fn connect(store: &Store, label: &str) -> ConnectionId {
    let mut connection = Connection::new("demo", "1.0.0", label, Environment::Test, at(0));
    store.insert_connection(&mut connection).await.unwrap();
    connection.id
}

pub(crate) async fn lease(store: &Store, connection: &ConnectionId) -> Lease {
    match store.acquire_lease(connection, "worker", at(0), at(1_000_000)).await.unwrap() {
        Acquired::Lease(lease) => lease,
        Acquired::HeldBy { owner, .. } => panic!("the lease is held by {owner}"),
    }
}

pub(crate) fn plan(streams: &[(Stream, Mode)]) -> RunPlan {
    let stream = |(stream, mode): &(Stream, Mode)| StreamPlan {
        stream: stream.clone(),
        mode: *mode,
        since: (*mode == Mode::Increment).then(|| at(0)),
        watermark: at(100),
    };
    RunPlan { trigger: Trigger::Manual, streams: streams.iter().map(stream).collect() }
}

/// A run that reads some streams completely.
pub(crate) struct Sync<'a> {
    pub(crate) store: &'a Store,
    pub(crate) lease: Lease,
    pub(crate) run: RunId,
    pub(crate) now: Timestamp,
}

impl<'a> Sync<'a> {
    /// Begins a run under a lease of its own.
    pub(crate) async fn begin(
        store: &'a Store,
        connection: &ConnectionId,
        streams: &[(Stream, Mode)],
        now: Timestamp,
    ) -> Self {
        let lease = lease(store, connection).await;
        let run = store.begin_or_resume_run(&lease, &plan(streams), RunId::new(now), now).await.unwrap();
        Self { store, lease, run: run.id, now }
    }

    pub(crate) fn page<'p>(
        &'p self,
        stream: &'p Stream,
        rows: &'p Rows,
        next: Option<&'p Checkpoint>,
    ) -> PageCommit<'p> {
        let seen = rows.len() as u64;
        PageCommit {
            lease: &self.lease,
            run: &self.run,
            stream,
            rows,
            digest: None,
            next,
            seen,
            skipped: 0,
            total: None,
            notices: &[],
            left_out: &[],
            doubts: &[],
            rule: DeletionRule::default(),
            requests: 1,
            bytes: 0,
            read_at: self.now,
            now: self.now,
        }
    }

    /// Writes the only page of a stream.
    pub(crate) async fn write(&self, stream: &Stream, rows: &Rows) -> PageOutcome {
        self.store.commit_page(self.page(stream, rows, None)).await.unwrap()
    }

    pub(crate) async fn complete(&self, stream: &Stream, delete: bool) -> u64 {
        self.settle(stream, delete).await.deleted
    }

    /// As [`Self::complete`], with what is held.
    pub(crate) async fn settle(&self, stream: &Stream, delete: bool) -> StreamEnded {
        let end = StreamEnd::Complete { delete, rule: DeletionRule::default() };
        self.store.finish_stream(&self.lease, &self.run, stream, &end, self.now).await.unwrap()
    }

    pub(crate) async fn end(self) -> RunView {
        let run = self.store.finish_run(&self.lease, &self.run, RunResult::Ok, None, self.now).await.unwrap();
        self.store.release_lease(&self.lease).await.unwrap();
        run
    }

    pub(crate) async fn stream(&self, stream: &Stream) -> StreamView {
        let run = self.store.run(&self.lease.connection, &self.run).await.unwrap().unwrap();
        run.streams.into_iter().find(|view| view.stream == *stream).unwrap()
    }
}

/// One full pass over each of the given streams, one page each.
pub(crate) async fn full_sync(store: &Store, connection: &ConnectionId, pages: &[(Stream, Rows)], now: Timestamp) {
    let streams: Vec<_> = pages.iter().map(|(stream, _)| (stream.clone(), Mode::Full)).collect();
    let sync = Sync::begin(store, connection, &streams, now).await;
    for (stream, rows) in pages {
        sync.write(stream, rows).await;
        sync.complete(stream, true).await;
    }
    sync.end().await;
}

pub(crate) fn checkpoint(page: u32) -> Checkpoint {
    Checkpoint(json!({ "page": page }))
}

pub(crate) fn entity(id: &str, title: &str) -> EntityRow {
    let body = json!({ "id": id, "title": title }).to_string();
    EntityRow { id: id.to_owned(), title: Some(title.to_owned()), parent_id: None, body }
}

pub(crate) fn offer(id: &str, title: &str, variants: &[&str]) -> OfferRow {
    let variant = |id: &&str| VariantRow {
        id: (*id).to_owned(),
        price_group_id: None,
        sku: Some(format!("SKU-{id}")),
        title: Some(format!("{title} {id}")),
        active: true,
    };
    OfferRow {
        id: id.to_owned(),
        title: Some(title.to_owned()),
        handle: Some(format!("handle-{id}")),
        status: "active".to_owned(),
        updated_at: Some(at(5)),
        body: json!({ "id": id, "title": title, "variants": variants }).to_string(),
        variants: variants.iter().map(variant).collect(),
    }
}

pub(crate) fn price(priced: &str, pricelist: &str, amount_minor: i64) -> PriceRow {
    PriceRow {
        priced_id: priced.to_owned(),
        pricelist_id: pricelist.to_owned(),
        min_quantity: 1,
        currency: "EUR".to_owned(),
        amount_minor,
        tax: "included".to_owned(),
        source: "platform".to_owned(),
        ..PriceRow::default()
    }
}

pub(crate) fn stock(variant: &str, location: &str, available: i64) -> InventoryRow {
    InventoryRow {
        variant_id: variant.to_owned(),
        location_id: location.to_owned(),
        available,
        policy: "deny".to_owned(),
        as_of: Some(at(1)),
    }
}

/// A small catalog of every kind.
pub(crate) fn small_catalog() -> Vec<(Stream, Rows)> {
    vec![
        (Stream::Markets, Rows::Entities(vec![entity("2", "EU"), entity("1", "Sweden")])),
        (Stream::Offers, Rows::Offers(vec![offer("10", "Shirt", &["a", "b"]), offer("9", "Trousers", &["c"])])),
        (Stream::Prices, Rows::Prices(vec![price("b", "1", 200), price("a", "1", 100), price("a", "2", 110)])),
        (Stream::Inventory, Rows::Inventory(vec![stock("a", "w1", 3), stock("a", "w2", 0), stock("c", "", 7)])),
    ]
}

/// `stream: live/deleted` of every stream.
pub(crate) async fn counts(store: &Store, connection: &ConnectionId) -> String {
    let counts = store.counts(connection).await.unwrap();
    counts
        .iter()
        .map(|count| format!("{} {}/{}", count.stream, count.live, count.deleted))
        .collect::<Vec<_>>()
        .join(", ")
}

/// All lines of an export, read in pieces of `limit`.
pub(crate) async fn export(store: &Store, connection: &ConnectionId, limit: u32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut cursor = None;
    loop {
        let chunk = store.export(connection, cursor.as_deref(), limit).await.unwrap();
        assert!(chunk.lines.len() <= limit as usize);
        lines.extend(chunk.lines);
        cursor = chunk.next_cursor;
        if cursor.is_none() {
            return lines;
        }
    }
}

/// Stands for something sealed.
pub(crate) fn sealed(text: &str) -> SealedBody {
    SealedBody { blob: format!("sealed {text}").into_bytes(), digest: format!("digest of {text}").into_bytes() }
}

/// Stands for the mark of somebody or something.
pub(crate) fn pseudonym(name: &str) -> Pseudonym {
    Pseudonym(format!("mark of {name}").into_bytes())
}

pub(crate) fn order(id: &str, status: &str) -> OrderRow {
    OrderRow {
        id: id.to_owned(),
        number: Some(format!("10{id}")),
        channel_reference: Some(format!("ref-{id}")),
        status: status.to_owned(),
        fulfillment_status: "unfulfilled".to_owned(),
        financial_status: "paid".to_owned(),
        currency: "EUR".to_owned(),
        total_minor: Some(2500),
        quantity: 2,
        placed_at: Some(at(1)),
        updated_at: Some(at(2)),
        pseudonym: pseudonym(id),
        body: sealed(&format!("order {id} {status}")),
        ..OrderRow::default()
    }
}

pub(crate) fn customer(id: &str, email: &str) -> CustomerRow {
    CustomerRow {
        id: id.to_owned(),
        pseudonym: pseudonym(id),
        email_pseudonym: Some(pseudonym(email)),
        updated_at: Some(at(2)),
        body: sealed(&format!("customer {id}")),
    }
}

pub(crate) fn shipment(id: &str, order: &str) -> ShipmentRow {
    ShipmentRow {
        id: id.to_owned(),
        order_id: order.to_owned(),
        order_pseudonym: pseudonym(order),
        shipped_at: Some(at(3)),
        body: sealed(&format!("shipment {id}")),
        ..ShipmentRow::default()
    }
}

pub(crate) fn returned(id: &str, order: &str) -> ReturnRow {
    ReturnRow {
        id: id.to_owned(),
        order_id: order.to_owned(),
        order_pseudonym: pseudonym(order),
        kind: "return".to_owned(),
        at: Some(at(4)),
        body: sealed(&format!("return {id}")),
        ..ReturnRow::default()
    }
}
