//! A cart as the Checkout API is asked for it.

use std::collections::BTreeMap;

use connector_api::{
    ConnectorError,
    domain::{Cart, Timestamp},
    wire::quote::QuoteRequest,
};

use super::{super::source::Source, quoting::Quoting};
use crate::{
    checkout::{Context, ItemId},
    map::{quote_line::Line, said::Said},
    order_draft::bare_region,
};

/// The cart, with what it is called over there, and what there is to say about it.
pub(super) struct Asked<'a> {
    pub(super) cart: &'a Cart,
    pub(super) every_method: bool,
    /// URI of the way to pay, when it is to be a certain one.
    pub(super) payment_method: Option<&'a str>,
    pub(super) context: Context,
    /// As the cart's lines.
    pub(super) lines: Vec<Line>,
    /// Ways to deliver: id by URI.
    pub(super) options: BTreeMap<String, i64>,
    pub(super) said: Said,
}

impl<'a> Asked<'a> {
    pub(super) async fn read(
        source: &Source,
        quoting: &Quoting,
        request: &'a QuoteRequest,
        payment_method: Option<&'a str>,
        now: Timestamp,
    ) -> Result<Self, ConnectorError> {
        let (cart, chosen) = (&request.cart, &source.chosen);
        let items = quoting.ids.items(source, &cart.lines, now).await?;
        let options = quoting.ids.options(source, now).await?;
        let filled = |text: &str| Some(text.trim().to_ascii_uppercase()).filter(|text| !text.is_empty());
        let ship_to = cart.ship_to.as_ref();
        let country = ship_to.and_then(|address| filled(&address.country));
        let region = ship_to.and_then(|address| address.region_code.as_deref()).and_then(filled);
        let region = region.map(|region| bare_region(&region, country.as_deref().unwrap_or_default()));
        let tag = cart.locale.as_deref().or(chosen.language.as_deref());
        let context = Context {
            region: region.filter(|_| country.is_some()),
            country,
            market: cart.market_id.as_ref().map(ToString::to_string).or(chosen.market.map(|id| id.to_string())),
            pricelist: cart
                .pricelist_id
                .as_ref()
                .map(ToString::to_string)
                .or(chosen.pricelist.map(|id| id.to_string())),
            language: tag.and_then(|tag| tag.split(['-', '_']).next()).map(str::to_ascii_lowercase),
        };
        let lines = items.into_iter().map(|item| Line { item, ..Line::default() }).collect();
        Ok(Self {
            cart,
            every_method: request.every_method,
            payment_method,
            context,
            lines,
            options,
            said: Said::default(),
        })
    }

    /// What is to be in the cart: each item once, in the cart's order.
    pub(super) fn wanted(&self) -> Vec<(ItemId, u32)> {
        let mut wanted: Vec<(ItemId, u32)> = vec![];
        for (line, own) in self.cart.lines.iter().zip(&self.lines) {
            let Some(item) = &own.item else { continue };
            match wanted.iter_mut().find(|(known, _)| known == item) {
                Some((_, quantity)) => *quantity = quantity.saturating_add(line.quantity),
                None => wanted.push((item.clone(), line.quantity)),
            }
        }
        wanted
    }

    /// Forgets what was learned in a session that is lost.
    pub(super) fn begin_anew(&mut self) {
        self.said = Said::default();
        for line in &mut self.lines {
            *line = Line { item: line.item.take(), ..Line::default() };
        }
    }
}
