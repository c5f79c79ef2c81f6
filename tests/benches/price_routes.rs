//! What it costs to read the prices that shoppers see, by each way that a Centra connection may have: seconds and requests, beside the
//! fewest requests that bring all of them.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made has failed")]
#![expect(clippy::print_stdout, reason = "rows go to standard output")]

use std::time::Instant;

use e2e::{Host, Plugin, Sim};
use serde_json::{Value, json};

const CHECKOUT_SECRET: &str = "bench-checkout-secret";
const CATALOG_TOKEN: &str = "bench-catalog-token";
/// Markets and pricelists of the generated store.
const MARKETS: u32 = 3;
const PRICELISTS: u32 = 4;

/// A way to the prices.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Route {
    Integration,
    Checkout,
    Storefront,
}

impl Route {
    fn name(self) -> &'static str {
        match self {
            Self::Integration => "Integration API, computed from campaigns",
            Self::Checkout => "Checkout API",
            Self::Storefront => "Storefront API",
        }
    }

    /// Fewest pages of prices: 200 rows of a pricelist, 100 products of a market, 100 display items.
    fn pages(self, variants: u32) -> u32 {
        match self {
            Self::Integration => PRICELISTS * variants.div_ceil(200),
            Self::Checkout => MARKETS * variants.div_ceil(100),
            Self::Storefront => variants.div_ceil(100),
        }
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let products = arguments.nth(1).map_or(10_000, |number| number.parse().unwrap());
    // The computed way reads the fewest things and is what the others are set beside.
    let (computed, computed_rows) = measure(Route::Integration, products, None);
    let mut rows = computed_rows;
    for route in [Route::Checkout, Route::Storefront] {
        rows.extend(measure(route, products, Some(computed)).1);
    }
    println!("{}", json!(rows));
}

/// Reads all prices once more after a first sync; gives the seconds it took, and the rows.
fn measure(route: Route, products: u32, baseline: Option<f64>) -> (f64, Vec<Value>) {
    let count = products.to_string();
    let seed = ["--seed", "large", "--products", &count, "--sale"];
    let own = ["--checkout-secret", CHECKOUT_SECRET, "--storefront-no-session-token", CATALOG_TOKEN];
    let sim = Sim::start(&[&seed[..], &own].concat());
    let (host, id) = connected(route, &sim);
    let sync = |options: &[&str]| {
        let outcome = host.run(&[&["sync", &id, "--json"], options].concat());
        assert_eq!(outcome.code, 0, "{}: {outcome:#?}", route.name());
        // The store's own count knows the Integration API alone.
        outcome.json()["requests"].as_f64().unwrap()
    };
    sync(&[]);
    let campaigns = pages_of_campaigns(&sim);
    let start = Instant::now();
    let used = sync(&["--full", "--stream", "prices"]);
    let seconds = start.elapsed().as_secs_f64();
    let least = f64::from(campaigns + route.pages(products));
    let row = |what: &str, value: f64, unit: &str, baseline: Option<f64>, goal: Option<&str>, holds: Option<bool>| {
        json!({ "name": format!("prices of {products} products, {}: {what}", route.name()), "value": value, "unit": unit,
            "baseline": baseline, "ratio": baseline.map(|baseline| value / baseline), "goal": goal, "holds": holds })
    };
    // A few small lists come beside the pages; they do not grow with the store.
    let holds = used <= 1.1 * least + 6.0;
    let rows = vec![
        row("requests (baseline: pages)", used, "requests", Some(least), Some("<= 1.10 x + 6"), Some(holds)),
        row("time (baseline: computed)", seconds, "s", baseline, None, None),
    ];
    (seconds, rows)
}

fn connected(route: Route, sim: &Sim) -> (Host, String) {
    let host = Host::new(&[Plugin::Centra]);
    let mut credentials = json!({ "store_url": sim.address, "integration_api_token": sim.token });
    if route == Route::Checkout {
        credentials["checkout_api_shared_secret"] = CHECKOUT_SECRET.into();
    }
    let settings = match route {
        Route::Storefront => json!({ "storefront_url": "api-no-session", "storefront_token": CATALOG_TOKEN }),
        _ => json!({}),
    };
    let (credentials, settings) =
        (host.write("credentials.json", &credentials.to_string()), host.write("settings.json", &settings.to_string()));
    let files = ["--credentials-file", &credentials, "--settings-file", &settings];
    let outcome = host.run(&[&["connection", "add", "--connector", "centra", "--json"][..], &files].concat());
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    let id = outcome.json()["id"].as_str().unwrap().to_owned();
    (host, id)
}

/// Fewest requests for the campaigns: 50 at once with their first rows, and 200 further rows of one at a time.
fn pages_of_campaigns(sim: &Sim) -> u32 {
    let mut pages = 0;
    for page in 1.. {
        let data = sim
            .query(&format!("{{ campaigns(limit: 50, page: {page}) {{ id campaignVariants(limit: 200) {{ id }} }} }}"));
        let campaigns = data["campaigns"].as_array().unwrap();
        if campaigns.is_empty() {
            break;
        }
        for campaign in campaigns {
            pages += rows(sim, &campaign["id"], campaign["campaignVariants"].as_array().map_or(0, Vec::len));
        }
    }
    pages
}

fn rows(sim: &Sim, campaign: &Value, first: usize) -> u32 {
    let (mut pages, mut read) = (1, first);
    while read == 200 {
        pages += 1;
        let data = sim.query(&format!(
            "{{ campaigns(where: {{ id: [{campaign}] }}) {{ campaignVariants(limit: 200, page: {pages}) {{ id }} }} }}"
        ));
        read = data["campaigns"][0]["campaignVariants"].as_array().map_or(0, Vec::len);
    }
    pages
}
