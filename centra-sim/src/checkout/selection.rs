//! Sessions: a token leads to a selection, which holds a cart and what was said about it.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::basket::{Basket, BasketLine};

/// One line of a selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its id: a hash.
    pub(crate) id: String,
    pub(crate) item: String,
    pub(crate) quantity: i64,
}

/// A cart in a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Its id: a hash.
    pub(crate) hash: String,
    pub(crate) language: Option<String>,
    pub(crate) lines: Vec<Line>,
    /// Everything else its price depends on.
    pub(crate) basket: Basket,
    pub(crate) address: Map<String, Value>,
    pub(crate) shipping_address: Map<String, Value>,
    /// URI of the payment method its payment was begun with.
    pub(crate) begun: Option<String>,
    /// Numbers of the orders it became.
    pub(crate) orders: Vec<i64>,
    /// Numbers of the orders that its session made before.
    pub(crate) former_orders: Vec<i64>,
    made_lines: u32,
}

impl Selection {
    /// The cart as it is priced.
    pub(crate) fn priced(&self) -> Basket {
        let lines = self.lines.iter().map(|line| BasketLine { item: line.item.clone(), quantity: line.quantity });
        Basket { lines: lines.collect(), ..self.basket.clone() }
    }

    /// Puts a new line in.
    pub(crate) fn add(&mut self, item: &str, quantity: i64) {
        self.made_lines += 1;
        let line = hash(&format!("{}/{}", self.hash, self.made_lines));
        self.lines.push(Line { id: line, item: item.to_owned(), quantity });
    }
}

/// Every session of a store.
#[derive(Debug, Default)]
pub struct Sessions {
    by_token: HashMap<String, Selection>,
    /// Selections that became orders and left their sessions, which only the Storefront API lets them do.
    detached: Vec<Selection>,
    made: u64,
    /// E-mails about abandoned carts that were asked for.
    pub(crate) abandonment_mails: u64,
    /// E-mail addresses that were given.
    pub(crate) emails: u64,
}

impl Sessions {
    /// The token of a session that stands, else that of a new one: what is unknown or has expired is replaced silently.
    pub(crate) fn adopt(&mut self, token: Option<&str>) -> String {
        let known = token.filter(|token| self.by_token.contains_key(*token)).map(str::to_owned);
        let token = known.unwrap_or_else(|| {
            self.made += 1;
            hash(&format!("session {}", self.made))[..26].to_owned()
        });
        self.of(&token);
        token
    }

    /// Whether a token is that of a session.
    pub(crate) fn knows(&self, token: &str) -> bool {
        self.by_token.contains_key(token)
    }

    /// The selection of a session.
    pub(crate) fn of(&mut self, token: &str) -> &mut Selection {
        let made = self.made;
        let fresh = || Selection { hash: hash(&format!("selection {made}")), ..Selection::default() };
        self.by_token.entry(token.to_owned()).or_insert_with(fresh)
    }

    /// A selection by its id, whoever's session it is in.
    pub(crate) fn named(&mut self, id: &str) -> Option<&mut Selection> {
        self.by_token.values_mut().chain(&mut self.detached).find(|selection| selection.hash == id)
    }

    /// Lets a selection that became an order leave its session, which goes on in the same place with an empty one.
    pub(crate) fn detach(&mut self, token: &str) {
        self.made += 1;
        let hash = hash(&format!("selection {}", self.made));
        let own = self.of(token);
        let place = Basket {
            country: own.basket.country.clone(),
            state: own.basket.state.clone(),
            market: own.basket.market,
            pricelist: own.basket.pricelist,
            ..Basket::default()
        };
        let (language, orders) = (own.language.clone(), own.orders.clone());
        let next = Selection { hash, language, basket: place, former_orders: orders, ..Selection::default() };
        let done = std::mem::replace(own, next);
        self.detached.push(done);
    }

    /// Forgets every session, as if all had expired.
    pub fn expire(&mut self) {
        self.by_token.clear();
    }

    /// How many there are, and how many were ever made.
    pub(crate) fn counts(&self) -> (usize, u64) {
        (self.by_token.len(), self.made)
    }

    /// Puts something into every cart, as a shopper in another window would.
    pub fn meddle(&mut self, item: &str) {
        for selection in self.by_token.values_mut() {
            selection.add(item, 1);
        }
    }
}

/// 32 hexadecimal digits. Not secret, only different: FNV-1a, twice.
pub(crate) fn hash(text: &str) -> String {
    let fnv =
        |seed: u64| text.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{:016x}{:016x}", fnv(0xcbf2_9ce4_8422_2325), fnv(0x6c62_272e_07bb_0142))
}
