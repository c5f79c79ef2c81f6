//! A simulated store without sockets, and a connector to it.

use std::sync::{Arc, Mutex};

use centra_plugin::connector::Centra;
use centra_sim::{
    Seed, SimConfig,
    checkout::{Quirk, Settings, basket::Basket, ledger, pricing::Ledger},
    direct,
    limits::Quota,
    store::Store,
};
use connector_api::{
    Connector, ConnectorError, ErrorCode,
    connector::HttpAnswer,
    domain::{Address, Cart, CartLine, Discount, Money, Quote, Total, TotalKind},
    testing::{ScriptedHost, block_on},
    wire::{
        Op,
        credentials::{OpenConnection, Secret},
        envelope::Call,
        quote::QuoteRequest,
    },
};
use serde_json::{Value, json};

pub(crate) const SECRET: &str = "right-checkout-secret";

/// An answer in the place of one that is lost.
struct Replaced {
    operation: &'static str,
    status: u16,
    page: &'static str,
}

/// A store, its host, its connector.
pub(crate) struct Shop {
    pub(crate) store: Arc<Store>,
    pub(crate) host: ScriptedHost,
    pub(crate) centra: Centra,
    settings: Value,
    secret: String,
    /// The operation whose next answer is lost after the work was done.
    lost: Arc<Mutex<Option<&'static str>>>,
    /// The operation whose next answer is replaced on the way after the work was done, and by which status and body.
    replaced: Arc<Mutex<Option<Replaced>>>,
    /// The answers to operations whose names begin like this, always: what the store behind would say does not count.
    canned: Arc<Mutex<Vec<(&'static str, String)>>>,
    /// An answer that is lost once, but the host asks again by itself, as it does with what is idempotent.
    repeated: Arc<Mutex<Option<&'static str>>>,
}

impl Shop {
    pub(crate) fn with(quirks: &[Quirk]) -> Self {
        Self::open(Settings { quirks: quirks.iter().copied().collect(), ..Settings::default() })
    }

    pub(crate) fn open(settings: Settings) -> Self {
        Self::open_with(settings, SECRET)
    }

    pub(crate) fn open_with(settings: Settings, secret: &str) -> Self {
        Self::start(SimConfig { checkout: settings, ..SimConfig::default() }, secret, json!({ "store_id": 1 }))
    }

    /// A store of this behaviour, and a connection with these settings.
    pub(crate) fn start(config: SimConfig, secret: &str, settings: Value) -> Self {
        let checkout = Settings { secret: Some(SECRET.to_owned()), ..config.checkout };
        let seed = if config.seed == Seed::Small { Seed::Demo } else { config.seed };
        let config = SimConfig { seed, quota: Quota::UNLIMITED, checkout, ..config };
        let store = Arc::new(Store::open(config, "https://shop.centra.com".to_owned()).unwrap());
        let own = Arc::clone(&store);
        let lost = Arc::new(Mutex::new(None));
        let to_lose = Arc::clone(&lost);
        let replaced: Arc<Mutex<Option<Replaced>>> = Arc::default();
        let to_replace = Arc::clone(&replaced);
        let repeated = Arc::new(Mutex::new(None));
        let to_repeat = Arc::clone(&repeated);
        let canned: Arc<Mutex<Vec<(&'static str, String)>>> = Arc::default();
        let to_give = Arc::clone(&canned);
        let host = ScriptedHost::new(move |request, body| {
            let path = request.url.strip_prefix("https://shop.centra.com").unwrap();
            let headers: Vec<(&str, &str)> =
                request.headers.iter().map(|header| (header.name.as_str(), header.value.as_str())).collect();
            let is_asked = |(operation, _): &&(&str, String)| request.operation.starts_with(operation);
            if let Some((_, page)) = to_give.lock().unwrap().iter().find(is_asked) {
                return Ok(ScriptedHost::text(200, page));
            }
            let again = to_repeat.lock().unwrap().take_if(|operation| *operation == request.operation).is_some();
            if again {
                assert!(request.idempotent, "the host would not ask again");
                direct::ask(&own, &request.method, path, &headers, body);
            }
            let (status, body) = direct::ask(&own, &request.method, path, &headers, body);
            if to_lose.lock().unwrap().take_if(|operation| *operation == request.operation).is_some() {
                return Err(ConnectorError::new(ErrorCode::Timeout, "no answer"));
            }
            let is_asked = |own: &mut Replaced| own.operation == request.operation;
            if let Some(Replaced { status, page, .. }) = to_replace.lock().unwrap().take_if(is_asked) {
                return Ok(ScriptedHost::text(status, page));
            }
            Ok(HttpAnswer { body, ..ScriptedHost::text(status, "") })
        });
        let centra = Self::connect(&host, &store.config.token, secret, &settings);
        Self { store, host, centra, settings, secret: secret.to_owned(), lost, replaced, canned, repeated }
    }

    fn connect(host: &ScriptedHost, token: &str, secret: &str, settings: &Value) -> Centra {
        let credentials = [
            ("store_url", "https://shop.centra.com"),
            ("integration_api_token", token),
            ("checkout_api_shared_secret", secret),
        ];
        let connection = OpenConnection {
            credentials: credentials.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect(),
            settings: settings.as_object().unwrap().clone(),
            ..OpenConnection::default()
        };
        Centra::open(host.host(), connection).unwrap()
    }

    /// The same store and connection with other settings.
    pub(crate) fn reconnect(&mut self, settings: Value) {
        self.settings = settings;
        self.restart();
    }

    /// The next answer to this operation is lost, although the work is done.
    pub(crate) fn lose(&self, operation: &'static str) {
        *self.lost.lock().unwrap() = Some(operation);
    }

    /// In place of the next answer to this operation comes another, although the work is done.
    pub(crate) fn replace(&self, operation: &'static str, status: u16, page: &'static str) {
        *self.replaced.lock().unwrap() = Some(Replaced { operation, status, page });
    }

    /// Every answer to operations whose names begin like this is this one.
    pub(crate) fn always(&self, operation: &'static str, page: String) {
        self.canned.lock().unwrap().push((operation, page));
    }

    /// The next answer to this operation is lost, although the work is done, and the host asks again.
    pub(crate) fn repeat(&self, operation: &'static str) {
        *self.repeated.lock().unwrap() = Some(operation);
    }

    /// The same connection after a restart: what was kept is there, what was in memory is not.
    pub(crate) fn restart(&mut self) {
        self.centra = Self::connect(&self.host, &self.store.config.token, &self.secret, &self.settings);
    }

    pub(crate) fn quote(&self, cart: &Cart) -> Quote {
        self.try_quote(cart, false).unwrap()
    }

    pub(crate) fn try_quote(&self, cart: &Cart, every_method: bool) -> Result<Quote, ConnectorError> {
        let request = QuoteRequest { cart: cart.clone(), every_method };
        block_on(self.centra.quote(&Call::named(&Op::Quote), request)).map(|answer| answer.quote)
    }

    pub(crate) fn ledger(&self, basket: &Basket) -> Ledger {
        ledger::priced(&self.store, basket)
    }

    /// Operations asked of the Checkout API since the last look.
    pub(crate) fn asked(&self, since: usize) -> Vec<String> {
        let requests = self.host.requests();
        let own = requests.iter().skip(since).map(|(request, _)| request.operation.clone());
        own.filter(|operation| operation.starts_with("Checkout")).collect()
    }
}

/// A cart for a country, in its market and pricelist; variants and quantities.
pub(crate) fn cart(country: &str, lines: &[(i64, u32)]) -> Cart {
    let (market, pricelist, currency) = match country {
        "SE" => (1, 1, "SEK"),
        "DE" | "FR" => (2, 2, "EUR"),
        "JP" => (3, 4, "JPY"),
        _ => (3, 3, "USD"),
    };
    Cart {
        id: "cart".to_owned(),
        market_id: Some(market.into()),
        pricelist_id: Some(pricelist.into()),
        locale: None,
        currency: currency.parse().unwrap(),
        lines: lines
            .iter()
            .enumerate()
            .map(|(index, (variant, quantity))| CartLine {
                id: format!("line-{index}"),
                variant_id: (*variant).into(),
                offer_id: None,
                quantity: *quantity,
                unit_price: None,
            })
            .collect(),
        discounts: vec![],
        ship_to: Some(Address { country: country.to_owned(), ..Address::default() }),
        shipping_method_id: None,
    }
}

pub(crate) fn code(code: &str) -> Discount {
    Discount { code: code.to_owned(), amount: None }
}

/// Sum of the totals of a kind, in minor units.
pub(crate) fn total(quote: &Quote, kind: &TotalKind) -> i64 {
    quote.totals.iter().filter(|own| own.kind == *kind).map(|Total { amount, .. }| amount.amount_minor).sum()
}

pub(crate) fn minor(money: Option<Money>) -> Option<i64> {
    money.map(|money| money.amount_minor)
}

/// Codes of messages with their pointers.
pub(crate) fn said(quote: &Quote) -> Vec<(&str, &str)> {
    quote.messages.iter().map(|own| (own.code.as_str(), own.path.as_deref().unwrap_or_default())).collect()
}
