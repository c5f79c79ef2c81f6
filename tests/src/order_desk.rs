//! A served host whose one connection places orders in a simulated store.

use std::io;

use serde_json::{Value, json};

use crate::{
    World,
    api::{Answer, Channel, Server},
    world::{records, variant_prices},
};

/// The secret of the store's Order API.
pub const SECRET: &str = "0rder-api-s3cret-Jk5";
/// The shared secret of its Checkout API.
pub const CHECKOUT_SECRET: &str = "ch3ckout-s3cret-Qw7";
/// The shared secret of its External Payment plugin.
pub const PAYMENT_SECRET: &str = "p4yment-s3cret-Zx9";

/// The secret that signs the store's webhooks.
pub const WEBHOOK_SECRET: &str = "wh00k-of-an-order-desk-Tz9";

/// A host that serves a store which takes orders.
pub struct OrderDesk {
    /// Store and host.
    pub world: World,
    /// The running host.
    pub server: Server,
    /// Whose connection it is.
    pub channel: Channel,
    /// The operator's key.
    pub operator: String,
    /// The connection.
    pub id: String,
    /// A variant in stock, and its price in kronor.
    pub sold: (String, i64),
}

/// Settings by which orders are placed.
pub fn settings() -> Value {
    json!({ "order_route": "order_api", "order_route_secret": SECRET })
}

/// Settings by which orders are placed through a cart of the Checkout API.
pub fn payment_settings() -> Value {
    json!({ "order_route": "external_payment", "order_route_secret": PAYMENT_SECRET })
}

/// Where the store's External Payment plugin takes notifications.
fn notification_url(world: &World) -> String {
    let store = world.credentials()["store_url"].as_str().unwrap_or_default().trim_end_matches('/').to_owned();
    format!("{store}/external-payment/notifications/simulated-notification-key")
}

impl OrderDesk {
    /// Orders go through the Order API; the configuration is the host's own file.
    pub fn open(config: &str) -> Self {
        Self::in_store(&[], config)
    }

    /// The same in a store with these options.
    pub fn in_store(options: &[&str], config: &str) -> Self {
        let world = World::start(&[&["--seed", "small", "--order-api-secret", SECRET], options].concat());
        Self::connect(world, &json!({}), &settings(), config)
    }

    /// Orders go through the Checkout API and External Payment.
    pub fn with_external_payment(config: &str) -> Self {
        let options = ["--checkout-secret", CHECKOUT_SECRET, "--external-payment-secret", PAYMENT_SECRET];
        let world = World::start(&[&["--seed", "small"], &options[..]].concat());
        let mut settings = payment_settings();
        settings["external_payment_notification_url"] = json!(notification_url(&world));
        Self::connect(world, &json!({ "checkout_api_shared_secret": CHECKOUT_SECRET }), &settings, config)
    }

    /// Connected with these credentials beside the store's own, and synced.
    fn connect(world: World, credentials: &Value, settings: &Value, config: &str) -> Self {
        world.host.write("connector-host.toml", config);
        let server = Server::start(&world.host);
        let channel = server.channel("Channel");
        let link = server.link(&channel, &json!({}));
        let mut given = world.credentials();
        given["webhook_endpoint_secret"] = json!(WEBHOOK_SECRET);
        given.as_object_mut().unwrap().extend(credentials.as_object().unwrap().clone());
        let result = server.check_with(&link, &given, settings);
        assert_eq!(result["ok"], true, "{result:#}");
        let back = server.confirm(&link, &json!({}));
        let id = back["connection_id"].as_str().unwrap().to_owned();
        assert_eq!(server.synced(&channel.key, &id)["result"], "ok");
        let sold = sold(&world.export(&id));
        let operator = server.operator.clone();
        Self { world, server, channel, operator, id, sold }
    }

    /// Starts the host again, killed or not.
    pub fn restart(&mut self) {
        self.server.kill();
        self.server = Server::start(&self.world.host);
    }

    /// An order of one piece.
    pub fn order(&self, reference: &str) -> Value {
        order(&self.sold, reference)
    }

    /// Places an order; an error when the host dies before it answers.
    pub fn place(&self, key: &str, order: &Value) -> io::Result<Answer> {
        self.server.call_once(&self.channel.key, &self.path("/orders"), key, order)
    }

    /// Reads something of the connection.
    pub fn get(&self, below: &str) -> Value {
        self.server.get(&self.channel.key, &self.path(below))
    }

    /// A path of the connection.
    pub fn path(&self, below: &str) -> String {
        format!("/v1/connections/{}{below}", self.id)
    }
}

/// An order of one piece of a variant at its price in kronor.
pub fn order((variant, minor): &(String, i64), reference: &str) -> Value {
    let money = |minor: i64| json!({ "amount_minor": minor, "currency": "SEK" });
    json!({
        "channel_reference": reference,
        "cart": {
            "id": reference, "market_id": "1", "pricelist_id": "1", "currency": "SEK", "shipping_method_id": "1",
            "lines": [{ "id": "1", "variant_id": variant, "quantity": 1, "unit_price": money(*minor) }],
            "ship_to": { "name": "Greta Provköp", "line1": "Storgatan 1", "city": "Malmö", "postal_code": "21142",
                "country": "SE", "email": "greta@example.com" } },
        "shipping_price": money(4900),
    })
}

/// A variant that is in stock and has a price in kronor.
pub fn sold(export: &str) -> (String, i64) {
    let stock = records(export, "inventory");
    let is_there =
        |id: &Value| stock.iter().any(|level| level["variant_id"] == *id && level["available"].as_i64() > Some(1));
    let prices = variant_prices(export);
    let price = prices.iter().find(|price| {
        price["amount"]["currency"] == "SEK" && price["pricelist_id"] == "1" && is_there(&price["variant_id"])
    });
    let price = price.expect("the small store sells something in kronor");
    (price["variant_id"].as_str().unwrap().to_owned(), price["amount"]["amount_minor"].as_i64().unwrap())
}
