//! A served host whose one connection quotes carts of a simulated store.

use serde_json::{Value, json};

use crate::{
    World,
    api::{Answer, Channel, Server},
    order_desk::CHECKOUT_SECRET,
    world::{records, variant_prices},
};

/// A served host with the small store connected and synced, for a channel.
pub struct QuoteDesk {
    /// The store.
    pub world: World,
    /// The running host.
    pub server: Server,
    /// Whose connection it is.
    pub channel: Channel,
    /// The connection.
    pub id: String,
}

impl QuoteDesk {
    /// Connected with these credentials beside the store's own, and synced; the configuration is the host's own file.
    pub fn start(options: &[&str], credentials: &Value, config: &str) -> Self {
        let world = World::start(&[&["--seed", "small"], options].concat());
        world.host.write("connector-host.toml", config);
        let server = Server::start(&world.host);
        let channel = server.channel("Channel");
        let mut given = world.credentials();
        given.as_object_mut().unwrap().extend(credentials.as_object().unwrap().clone());
        let id = server.connect(&channel, &json!({}), &given);
        assert_eq!(server.synced(&channel.key, &id)["result"], "ok");
        Self { world, server, channel, id }
    }

    /// The store prices carts itself.
    pub fn realtime(options: &[&str], config: &str) -> Self {
        let options = [&["--checkout-secret", CHECKOUT_SECRET], options].concat();
        Self::start(&options, &json!({ "checkout_api_shared_secret": CHECKOUT_SECRET }), config)
    }

    /// Asks for a quote; `query` begins with `?`.
    pub fn ask(&self, query: &str, cart: &Value) -> Answer {
        self.server.call(&self.channel.key, "POST", &format!("/v1/connections/{}/quotes{query}", self.id), cart)
    }

    /// Asks for a quote, which must be given.
    pub fn quote(&self, query: &str, cart: &Value) -> Value {
        let answer = self.ask(query, cart);
        assert_eq!(answer.status, 200, "{answer:#?}");
        answer.json()["quote"].clone()
    }

    /// A SKU and its variant that have a price in kronor, and the price.
    pub fn sellable(&self) -> (String, String, i64) {
        let export = self.world.export(&self.id);
        let prices = variant_prices(&export);
        let offers = records(&export, "offers");
        let variants = offers
            .iter()
            .filter(|offer| offer["status"] == "active")
            .flat_map(|offer| offer["variants"].as_array().unwrap().iter());
        variants
            .filter(|variant| variant["active"] == true)
            .find_map(|variant| {
                let sku = variant["sku"].as_str()?;
                let fits =
                    |price: &&Value| price["variant_id"] == variant["id"] && price["amount"]["currency"] == "SEK";
                let price = prices.iter().find(fits)?;
                let minor = price["amount"]["amount_minor"].as_i64()?;
                Some((sku.to_owned(), variant["id"].as_str()?.to_owned(), minor))
            })
            .unwrap()
    }
}

/// Sum of a quote's totals of a kind, in minor units.
pub fn total(quote: &Value, kind: &str) -> i64 {
    let of_kind = quote["totals"].as_array().unwrap().iter().filter(|total| total["kind"] == kind);
    of_kind.map(|total| total["amount"]["amount_minor"].as_i64().unwrap()).sum()
}

/// Codes of a quote's messages, in their order.
pub fn codes(quote: &Value) -> Vec<&str> {
    quote["messages"].as_array().unwrap().iter().map(|message| message["code"].as_str().unwrap()).collect()
}
