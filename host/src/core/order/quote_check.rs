//! Before an order is taken it is held against a quote: nothing is written or sent of one that cannot be sold as agreed.

use connector_api::FieldError;

use super::{Error, NewOrder};
use crate::core::{
    cart::{self, QuoteService, agreed::Objections},
    connection::Connection,
};

/// Whether the store still sells it as it was agreed, as far as that is known here.
pub(super) async fn check(quotes: &QuoteService, connection: &Connection, order: &NewOrder) -> Result<(), Error> {
    let Objections { mut wrong, stale } = quotes.objections(connection, &order.cart, order.shipping_price).await?;
    if wrong.is_empty() {
        return if stale.is_empty() { Ok(()) } else { Err(Error::QuoteStale(stale)) };
    }
    wrong.extend(stale);
    Err(Error::Invalid(wrong))
}

impl From<cart::Error> for Error {
    fn from(error: cart::Error) -> Self {
        match error {
            cart::Error::Connection(error) => Self::Connection(error),
            cart::Error::Invalid(mistakes) => Self::Invalid(mistakes),
            cart::Error::Refused(error) => Self::Refused(error),
            cart::Error::Store(error) => Self::Store(error),
            cart::Error::TooLarge(_) => Self::Invalid(vec![FieldError::new("/cart/lines", "range", error.to_string())]),
            cart::Error::Ended | cart::Error::NoRealtime(_) | cart::Error::Blocked { .. } => {
                Self::NotReady(error.to_string())
            }
        }
    }
}
