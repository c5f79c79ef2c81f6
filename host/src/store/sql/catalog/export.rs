//! Exporting the catalog piece by piece, in the order of keys.

use std::pin::pin;

use connector_api::domain::{ConnectionId, InventoryLevel, Price};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;

use crate::{
    model::{
        catalog::{ExportChunk, MAX_EXPORT_LINES},
        paging,
        rows::{InventoryRow, PriceRow},
    },
    store::{
        Store,
        db::{self, failure::Outcome, value::to_json},
        error::{Error, Result},
        sql::{
            catalog::{
                detail::StoredInventory,
                price::{self, StoredPrice},
            },
            connection::key::key_of,
        },
    },
};

/// A piece ends early when it has this many bytes, so that big offers do not make big pieces.
const CHUNK_BYTES: usize = 1024 * 1024;

/// The key of the last exported row, table after table in this order.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    Entities(String, String),
    Offers(String),
    Prices(String, String, String, u32, i64),
    Inventory(String, String),
}

impl Place {
    fn next_table(&self) -> Option<Self> {
        let none = String::new;
        match self {
            Self::Entities(..) => Some(Self::Offers(none())),
            Self::Offers(..) => Some(Self::Prices(none(), none(), none(), 0, 0)),
            Self::Prices(..) => Some(Self::Inventory(none(), none())),
            Self::Inventory(..) => None,
        }
    }
}

#[derive(Serialize)]
struct Line<'a, T> {
    stream: &'a str,
    data: &'a T,
}

struct Chunk {
    lines: Vec<String>,
    bytes: usize,
    limit: usize,
}

impl Chunk {
    fn is_full(&self) -> bool {
        self.lines.len() >= self.limit || self.bytes >= CHUNK_BYTES
    }

    fn push(&mut self, line: String) {
        self.bytes += line.len();
        self.lines.push(line);
    }
}

impl Store {
    /// Every row that is not deleted, in chunks of at most `limit` lines and in an order that depends on nothing but the
    /// rows' keys. Nothing in it depends on when or how often the store was synced, so that two exports can be compared
    /// byte by byte. While a sync writes, each piece is consistent in itself.
    pub async fn export(&self, connection: &ConnectionId, cursor: Option<&str>, limit: u32) -> Result<ExportChunk> {
        self.explained(|| async {
            let mut place = match cursor {
                Some(cursor) => serde_json::from_str(&paging::decode(cursor)?).map_err(|_| {
                    Error::Refused("`cursor` is not one of an export; begin the export again without it".to_owned())
                })?,
                None => Place::Entities(String::new(), String::new()),
            };
            let mut db = self.readers.acquire().await?;
            let Some(key) = key_of(&mut db, connection).await? else { return Ok(ExportChunk::default()) };
            let mut chunk = Chunk { lines: Vec::new(), bytes: 0, limit: limit.clamp(1, MAX_EXPORT_LINES) as usize };
            loop {
                place = read(&mut db, key, place, &mut chunk).await?;
                if chunk.is_full() {
                    let next_cursor = Some(paging::encode(&to_json("cursor", &place)?));
                    return Ok(ExportChunk { lines: chunk.lines, next_cursor });
                }
                match place.next_table() {
                    Some(next) => place = next,
                    None => return Ok(ExportChunk { lines: chunk.lines, next_cursor: None }),
                }
            }
        })
        .await
    }
}

/// Fills the piece from one table after `place`; returns the key of the last row taken.
async fn read(db: &mut db::Connection, key: i64, place: Place, chunk: &mut Chunk) -> Outcome<Place> {
    let query = db::query(AssertSqlSafe(select(&place))).bind(key);
    let query = match &place {
        Place::Entities(stream, id) => query.bind(stream.clone()).bind(id.clone()),
        Place::Offers(id) => query.bind(id.clone()),
        Place::Prices(priced, pricelist, market, quantity, start) => {
            query.bind(priced.clone()).bind(pricelist.clone()).bind(market.clone()).bind(*quantity).bind(*start)
        }
        Place::Inventory(variant, location) => query.bind(variant.clone()).bind(location.clone()),
    };
    let left = i64::try_from(chunk.limit - chunk.lines.len()).unwrap_or(0);
    let query = query.bind(left);
    let last = match &place {
        Place::Entities(..) => fill(db, query, chunk, |row| Ok(entity(row))).await?,
        Place::Offers(_) => fill(db, query, chunk, |row| Ok(offer(row))).await?,
        Place::Prices(..) => fill(db, query, chunk, |row: StoredPrice| price_line(row.read()?)).await?,
        Place::Inventory(..) => fill(db, query, chunk, |row: StoredInventory| inventory(row.read()?)).await?,
    };
    Ok(last.unwrap_or(place))
}

/// Takes rows until the piece is full; returns the key of the last one.
async fn fill<T: db::Readable>(
    db: &mut db::Connection,
    query: db::Query,
    chunk: &mut Chunk,
    line: impl Fn(T) -> Outcome<(Place, String)> + Send,
) -> Outcome<Option<Place>> {
    let mut last = None;
    let mut rows = pin!(query.fetch::<T>(db));
    while let Some(row) = rows.try_next().await? {
        let (place, line) = line(row)?;
        chunk.push(line);
        last = Some(place);
        if chunk.is_full() {
            break;
        }
    }
    Ok(last)
}

fn select(place: &Place) -> String {
    match place {
        Place::Entities(..) => {
            "SELECT stream, id, body FROM entities WHERE connection = $1 AND (stream, id) > ($2, $3) \
             AND deleted_at IS NULL ORDER BY stream, id LIMIT $4"
                .to_owned()
        }
        Place::Offers(_) => {
            "SELECT id, body FROM offers WHERE connection = $1 AND id > $2 AND deleted_at IS NULL ORDER BY id LIMIT $3"
                .to_owned()
        }
        Place::Prices(..) => format!(
            "SELECT {} FROM prices p WHERE connection = $1 \
             AND (priced_id, pricelist_id, market_id, min_quantity, valid_from) > ($2, $3, $4, $5, $6) AND deleted_at IS NULL \
             ORDER BY priced_id, pricelist_id, market_id, min_quantity, valid_from LIMIT $7",
            price::columns_as_given()
        ),
        Place::Inventory(..) => format!(
            "SELECT {} FROM inventory WHERE connection = $1 AND (variant_id, location_id) > ($2, $3) \
             AND deleted_at IS NULL ORDER BY variant_id, location_id LIMIT $4",
            StoredInventory::COLUMNS
        ),
    }
}

fn entity((stream, id, body): (String, String, String)) -> (Place, String) {
    let line = with_body(&stream, &body);
    (Place::Entities(stream, id), line)
}

fn offer((id, body): (String, String)) -> (Place, String) {
    (Place::Offers(id), with_body("offers", &body))
}

/// A line around a body that is JSON already. Line ends can only stand between its tokens.
fn with_body(stream: &str, body: &str) -> String {
    let body = body.replace(['\n', '\r'], " ");
    format!("{{\"stream\":\"{stream}\",\"data\":{body}}}")
}

fn price_line(row: PriceRow) -> Outcome<(Place, String)> {
    let place = Place::Prices(
        row.priced_id.clone(),
        row.pricelist_id.clone(),
        row.market_id.clone(),
        row.min_quantity,
        price::stored_start(row.valid_from),
    );
    let line = to_json("price", &Line { stream: "prices", data: &Price::try_from(row)? })?;
    Ok((place, line))
}

fn inventory(row: InventoryRow) -> Outcome<(Place, String)> {
    let place = Place::Inventory(row.variant_id.clone(), row.location_id.clone());
    let row = InventoryRow { as_of: None, ..row };
    let line = to_json("inventory", &Line { stream: "inventory", data: &InventoryLevel::from(row) })?;
    Ok((place, line))
}
