//! The journeys, each in a module of its own, in reading order: [`channel`] (who asks) → [`session`] and [`connection`] (a store
//! becomes a connection) → [`sync`] (its records become rows) → [`webhook`] (changes arrive at once) → [`cart`] (a cart gets its
//! price) → [`order`] (an order is placed once) → [`outbox`] (events leave). [`job`] starts what the host does by itself, [`replica`] is
//! this process among others; [`audit`] says who changed what.

pub mod audit;
pub mod cart;
pub mod channel;
pub mod connection;
pub mod job;
pub mod order;
pub mod outbox;
pub mod replica;
pub mod session;
pub mod sync;
pub mod webhook;
