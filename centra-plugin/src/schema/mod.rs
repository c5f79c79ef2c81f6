//! Queries follow the live schema: what it is ([`live`], read by [`introspect`]), how a query is fitted to it
//! ([`adapt`], with [`arguments`] and the marks of [`directive`]), and what of it is kept between calls ([`known`]).

pub mod adapt;
pub mod arguments;
pub mod directive;
pub mod introspect;
pub mod known;
pub mod live;
