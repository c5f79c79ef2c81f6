//! Writing the rows of a page, whatever stream they are of.

use connector_api::wire::pull::Stream;

use crate::{
    model::rows::Rows,
    store::{
        db::{self, failure::Outcome},
        error::Error,
        sql::{
            catalog::{entity_upsert, offer_upsert, price_upsert, stamp::Stamp, stock_upsert},
            order::{sealed_upsert, upsert},
            outbox::emit::{changes::Changes, record::EmitWhen},
        },
    },
};

/// Writes a page's rows and returns how many were new or changed.
pub(crate) async fn write(
    tx: &mut db::Connection,
    stream: &Stream,
    rows: &Rows,
    stamp: Stamp,
    changes: &mut Changes,
) -> Outcome<u64> {
    match rows {
        Rows::Entities(rows) => entity_upsert::write(tx, stream.as_str(), rows, stamp).await,
        Rows::Offers(rows) => offer_upsert::write(tx, rows, stamp, changes).await,
        Rows::Prices(rows) => price_upsert::write(tx, rows, stamp, changes).await,
        Rows::Inventory(rows) => stock_upsert::write(tx, rows, stamp, changes).await,
        Rows::Orders(rows) => upsert::write(tx, rows, stamp, EmitWhen::OnceRead).await,
        Rows::Customers(rows) => sealed_upsert::write(tx, rows, stamp, EmitWhen::OnceRead).await,
        Rows::Shipments(rows) => sealed_upsert::write(tx, rows, stamp, EmitWhen::OnceRead).await,
        Rows::Returns(rows) => sealed_upsert::write(tx, rows, stamp, EmitWhen::OnceRead).await,
    }
}

/// Refuses rows that do not belong to a stream.
pub(crate) fn check_kind(stream: &Stream, rows: &Rows) -> Result<(), Error> {
    let belongs = match stream {
        Stream::Offers => matches!(rows, Rows::Offers(_)),
        Stream::Prices => matches!(rows, Rows::Prices(_)),
        Stream::Inventory => matches!(rows, Rows::Inventory(_)),
        Stream::Orders => matches!(rows, Rows::Orders(_)),
        Stream::Customers => matches!(rows, Rows::Customers(_)),
        Stream::Shipments => matches!(rows, Rows::Shipments(_)),
        Stream::Returns => matches!(rows, Rows::Returns(_)),
        _ => matches!(rows, Rows::Entities(_)),
    };
    if belongs { Ok(()) } else { Err(Error::Refused(format!("the page's rows do not belong to stream `{stream}`"))) }
}
