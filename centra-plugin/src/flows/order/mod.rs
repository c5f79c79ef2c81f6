//! Orders: read, place, look for, change, report their captures.
//!
//! A change answers with ids only and the order is read afterwards: what the token may not read then spoils no change.

mod after_sale;
mod capture;
mod change;
mod completion;
mod external_payment;
mod find;
mod lookup;
mod numbers;
mod payload;
mod remark;
mod search;
mod ship;
mod submit;

pub use after_sale::{create_return, refund};
pub use capture::capture;
pub use change::{cancel, confirm, hold};
pub use find::find;
pub use lookup::get;
pub use ship::create_shipment;
pub use submit::submit;
