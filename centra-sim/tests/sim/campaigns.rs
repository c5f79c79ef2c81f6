//! Campaigns: read by the Integration API, edited by the control, told by events, and what they make of prices.

use centra_sim::date::Zone;
use centra_sim::events::{self, QueueMode};
use centra_sim::permissions::Granted;
use centra_sim::sale::settings::{AboveList, EmptyList, Fixed, LowestOf, Overlap, Rounding, Stop};
use centra_sim::sale::{Rules, Settings};
use centra_sim::variant::Variant;
use centra_sim::{Seed, SimConfig};
use serde_json::{Value, json};

use crate::support::{Sim, unlimited};

const START: &str = "2026-06-01T00:00:00+02:00";
const STOP: &str = "2026-06-08T00:00:00+02:00";

async fn with(rules: Rules) -> Sim {
    let sale = Settings { rules, ..Settings::default() };
    let sim = Sim::start(SimConfig { sale, ..unlimited(Seed::Demo) }).await;
    sim.at("2026-06-03T12:00:00+02:00").await;
    sim
}

/// Variant 10, 1499 SEK and 134.90 EUR, for so many per cent less.
fn percent(percent: f64) -> Value {
    campaign(&json!({ "variant": 10, "percent": percent, "start": START, "stop": STOP }))
}

fn campaign(row: &Value) -> Value {
    json!({ "name": "June", "markets": [1, 2, 3], "pricelists": [1, 2, 3, 4], "variants": [row] })
}

fn and(mut campaign: Value, field: &str, value: Value) -> Value {
    campaign[field] = value;
    campaign
}

#[tokio::test]
async fn a_campaign_is_read_from_both_ends() {
    let sim = with(Rules::default()).await;
    let mut june = percent(30.0);
    june["variants"].as_array_mut().unwrap().push(
        json!({ "variant": 60, "fixed": 19_900, "currency": "SEK", "start": START, "stop": STOP, "show_news": true }),
    );
    let id = sim.campaign(&june).await;
    let query = "query ($id: [Int!]) { campaigns(where: { id: $id, storeId: [1], status: [ACTIVE] }) { id name status updatedAt markets { id } pricelists { currency { code } }
        campaignVariants(limit: 200) { discountPercent fixedPrice { value valueInCents currency { code } } startAt(format: \"U\") stopAt status showSale showNews productVariant { id } } } }";
    let data = sim.data(query, json!({ "id": [id] })).await;
    let found = &data["campaigns"][0];
    assert_eq!((&found["name"], &found["markets"].as_array().unwrap().len()), (&json!("June"), &3));
    assert_eq!(found["updatedAt"], "2026-06-03T11:00:00+01:00", "the store's clock");
    let rows = &found["campaignVariants"];
    assert_eq!((&rows[0]["discountPercent"], &rows[0]["fixedPrice"]), (&json!(30.0), &Value::Null));
    assert_eq!((&rows[0]["startAt"], &rows[0]["stopAt"]), (&json!("1780264800"), &json!("2026-06-07T23:00:00+01:00")));
    assert_eq!((&rows[1]["discountPercent"], &rows[1]["fixedPrice"]["valueInCents"]), (&Value::Null, &json!(19_900)));
    let nested = "{ productVariant(id: 10) { campaignVariants { discountPercent campaign { id markets { id } } } }
        display(id: 6) { campaignVariants { fixedPrice { value } } } markets { id campaigns { id } } pricelists { id campaigns { id } } }";
    let data = sim.data(nested, json!({})).await;
    assert_eq!(data["productVariant"]["campaignVariants"][0]["campaign"]["id"], id);
    assert_eq!(data["display"]["campaignVariants"][0]["fixedPrice"]["value"], 199.0);
    assert_eq!((&data["markets"][1]["campaigns"][0]["id"], &data["markets"][3]["campaigns"]), (&json!(id), &json!([])));
    assert_eq!(
        (&data["pricelists"][0]["campaigns"][0]["id"], &data["pricelists"][4]["campaigns"]),
        (&json!(id), &json!([]))
    );
    for nothing in
        ["storeId: [2]", "status: [INACTIVE]", "updatedAt: { from: \"2026-06-03T12:00:01+02:00\" }", "marketId: [4]"]
    {
        let data = sim.data(&format!("{{ campaigns(where: {{ {nothing} }}) {{ id }} }}"), json!({})).await;
        assert_eq!(data["campaigns"], json!([]), "{nothing}");
    }
    let newer = sim
        .data("{ campaigns(where: { updatedAt: { from: \"2026-06-03T11:59:59+02:00\" } }) { id } }", json!({}))
        .await;
    assert_eq!(newer["campaigns"][0]["id"], id);
}

#[tokio::test]
async fn campaigns_need_their_permission_and_are_reached_without_the_guessed_root() {
    let sim = Sim::start(SimConfig { permissions: Granted::parse("-Campaign:read"), ..unlimited(Seed::Demo) }).await;
    for query in ["{ campaigns { id } }", "{ productVariant(id: 10) { campaignVariants { id } } }"] {
        let answer = sim.query(query).await;
        assert!(answer.body["errors"][0]["message"].as_str().unwrap().contains("Campaign:read"), "{query}");
    }
    let sim = Sim::start(SimConfig { variant: Variant::Certain, ..unlimited(Seed::Demo) }).await;
    sim.campaign(&percent(30.0)).await;
    assert_eq!(sim.query("{ campaigns { id } }").await.status, 400);
    let data = sim.data("{ markets { campaigns { id campaignVariants { discountPercent } } } }", json!({})).await;
    assert_eq!(data["markets"][0]["campaigns"][0]["campaignVariants"][0]["discountPercent"], 30.0);
}

#[tokio::test]
async fn an_edit_makes_an_event_and_the_clock_makes_none() {
    let events = events::Settings { mode: QueueMode::On, ..events::Settings::default() };
    let sim = Sim::start(SimConfig { events, ..unlimited(Seed::Demo) }).await;
    sim.at("2026-05-31T00:00:00+02:00").await;
    let listen = "mutation { setEventListeners(input: [{ objectType: Campaign }, { objectType: Price }, { objectType: Display }]) { userErrors { message } } }";
    sim.data(listen, json!({})).await;
    let id = sim.campaign(&percent(30.0)).await;
    assert_eq!(sim.minor(10, 1, 1).await, 149_900);
    sim.at(START).await;
    assert_eq!(sim.minor(10, 1, 1).await, 104_930);
    sim.at(STOP).await;
    assert_eq!(sim.minor(10, 1, 1).await, 149_900);
    sim.campaign(&and(percent(40.0), "id", json!(id))).await;
    let url = format!("{}/_sim/campaigns/{id}", sim.handle.base_url);
    assert_eq!(sim.client.delete(&url).send().await.unwrap().status(), 200);
    assert_eq!(sim.client.delete(&url).send().await.unwrap().status(), 404);
    let reported = sim.data("{ events { objectType changeType objectReference } }", json!({})).await;
    let reported: Vec<String> = reported["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| format!("{} {}", event["objectType"], event["changeType"]))
        .collect();
    assert_eq!(reported, [r#""Campaign" "CREATED""#, r#""Campaign" "UPDATED""#, r#""Campaign" "DELETED""#]);
}

#[tokio::test]
async fn webhooks_of_the_checkout_version_report_an_edit_and_those_of_the_storefront_version_do_not() {
    for (touches_items, reported) in [(false, [1, 0]), (true, [2, 1])] {
        let sale = Settings { touches_items, ..Settings::default() };
        let sim = Sim::start(SimConfig { sale, ..unlimited(Seed::Demo) }).await;
        let plugin = |version: &str| json!({ "url": "http://127.0.0.1:9/", "version": version, "paused": true });
        assert_eq!(sim.control("webhooks", &json!([plugin("checkout"), plugin("storefront")])).await, 204);
        sim.campaign(&percent(30.0)).await;
        sim.at("2026-06-03T12:00:00+02:00").await;
        sim.minor(10, 1, 1).await;
        let url = format!("{}/_sim/webhooks", sim.handle.base_url);
        let plugins: Value = sim.client.get(url).send().await.unwrap().json().await.unwrap();
        assert_eq!([0, 1].map(|index: usize| plugins[index]["counters"]["published"].as_i64().unwrap()), reported);
    }
}

#[tokio::test]
async fn times_may_hide_their_zone_or_lie_about_it() {
    for (zone, start) in [
        (Zone::Told, "2026-05-31T23:00:00+01:00"),
        (Zone::Left, "2026-05-31T23:00:00"),
        (Zone::Wrong, "2026-05-31T23:00:00+00:00"),
    ] {
        let sim = Sim::start(SimConfig { zone, ..unlimited(Seed::Demo) }).await;
        sim.campaign(&percent(30.0)).await;
        let data = sim
            .data(
                "{ productVariant(id: 10) { campaignVariants { startAt seconds: startAt(format: \"U\") } } }",
                json!({}),
            )
            .await;
        assert_eq!(data["productVariant"]["campaignVariants"][0], json!({ "startAt": start, "seconds": "1780264800" }));
    }
}

#[tokio::test]
async fn which_of_two_campaigns_counts_is_a_switch() {
    for (overlap, expected) in [
        (Overlap::Lowest, 104_930),
        (Overlap::LatestStart, 134_910),
        (Overlap::HighestId, 104_930),
        (Overlap::Stacked, 94_437),
    ] {
        let sim = with(Rules { overlap, ..Rules::default() }).await;
        sim.campaign(&campaign(
            &json!({ "variant": 10, "percent": 10, "start": "2026-06-02T00:00:00Z", "stop": STOP }),
        ))
        .await;
        sim.campaign(&percent(30.0)).await;
        assert_eq!(sim.minor(10, 1, 1).await, expected, "{overlap:?}");
    }
}

#[tokio::test]
async fn rounding_and_the_meaning_of_a_fixed_price_are_switches() {
    // 134.90 EUR less 12.5 % is 118.0375.
    for (rounding, minor, exact) in [
        (Rounding::HalfUp, 11_804, "11804"),
        (Rounding::Floor, 11_803, "11803"),
        (Rounding::Unrounded, 11_804, "11803.75"),
    ] {
        let sim = with(Rules { rounding, ..Rules::default() }).await;
        sim.campaign(&percent(12.5)).await;
        let price = sim.effective(10, 2, 2).await;
        assert_eq!((&price["minor"], &price["exact_minor"]), (&json!(minor), &json!(exact)), "{rounding:?}");
    }
    let fixed = |minor: i64| campaign(&json!({ "variant": 10, "fixed": minor, "start": START, "stop": STOP }));
    for (meaning, expected) in [(Fixed::NewPrice, 99_900), (Fixed::AmountOff, 50_000)] {
        let sim = with(Rules { fixed: meaning, ..Rules::default() }).await;
        sim.campaign(&fixed(99_900)).await;
        assert_eq!(sim.minor(10, 1, 1).await, expected, "{meaning:?}");
        assert_eq!(sim.minor(10, 2, 2).await, 13_490, "crowns are no price in euro");
    }
    for (above, expected) in [(AboveList::Ignored, 149_900), (AboveList::Applied, 200_000)] {
        let sim = with(Rules { above, ..Rules::default() }).await;
        sim.campaign(&fixed(200_000)).await;
        assert_eq!(sim.minor(10, 1, 1).await, expected, "{above:?}");
    }
}

#[tokio::test]
async fn a_campaign_holds_in_its_markets_and_until_it_stops() {
    for (empty, expected) in [(EmptyList::Nothing, 149_900), (EmptyList::Everything, 104_930)] {
        let sim = with(Rules { empty, ..Rules::default() }).await;
        sim.campaign(&and(percent(30.0), "markets", json!([]))).await;
        assert_eq!(sim.minor(10, 1, 1).await, expected, "{empty:?}");
    }
    for (stop, expected) in [(Stop::Exclusive, 149_900), (Stop::Inclusive, 104_930)] {
        let sim = with(Rules { stop, ..Rules::default() }).await;
        sim.campaign(&and(percent(30.0), "markets", json!([1]))).await;
        assert_eq!((sim.minor(10, 1, 1).await, sim.minor(10, 1, 2).await), (104_930, 149_900), "one market only");
        sim.at(STOP).await;
        assert_eq!(sim.minor(10, 1, 1).await, expected, "{stop:?}");
    }
}

#[tokio::test]
async fn nonsense_is_kept_and_changes_no_price_and_what_does_not_exist_is_refused() {
    let sim = with(Rules::default()).await;
    for row in [
        json!({ "variant": 10, "percent": 130, "start": START, "stop": STOP }),
        json!({ "variant": 10, "percent": 30, "fixed": 100, "start": START, "stop": STOP }),
        json!({ "variant": 10, "start": START, "stop": STOP }),
        json!({ "variant": 10, "percent": 30, "start": STOP, "stop": START }),
        json!({ "variant": 10, "percent": 30, "start": START, "stop": STOP, "status": "INACTIVE" }),
        json!({ "variant": 10, "fixed": 100, "currency": "JPY", "start": START, "stop": STOP }),
    ] {
        let id = sim.campaign(&campaign(&row)).await;
        assert_eq!(sim.minor(10, 1, 1).await, 149_900, "{row}");
        assert_eq!(
            sim.data(
                "query ($id: [Int!]) { campaigns(where: { id: $id }) { campaignVariants { id } } }",
                json!({ "id": id })
            )
            .await["campaigns"][0]["campaignVariants"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
    let url = format!("{}/_sim/campaigns", sim.handle.base_url);
    for (wrong, said) in [
        (
            campaign(&json!({ "variant": 1, "percent": 30, "start": START, "stop": STOP })),
            "variants[0].variant: there is no ProductVariant 1",
        ),
        (
            campaign(&json!({ "variant": 10, "percent": 30, "start": "soon", "stop": STOP })),
            "variants[0].start: \"soon\" is not a time",
        ),
        (and(percent(30.0), "markets", json!([9])), "markets: there is no Market 9"),
        (and(percent(30.0), "market", json!([1])), "unknown field `market`"),
    ] {
        let response = sim.client.post(&url).json(&wrong).send().await.unwrap();
        assert_eq!(response.status(), 400);
        let body: Value = response.json().await.unwrap();
        assert!(body["error"].as_str().unwrap().contains(said), "{body}");
    }
}

#[tokio::test]
async fn the_lowest_price_remembers_what_is_gone() {
    for (lowest, expected) in [(LowestOf::WithRunning, 74_950), (LowestOf::BeforeRunning, 119_920)] {
        let sale =
            Settings { rules: Rules { lowest, ..Rules::default() }, lowest_prices_root: true, ..Settings::default() };
        let sim = Sim::start(SimConfig { sale, ..unlimited(Seed::Demo) }).await;
        // Twenty per cent off for a week in May, which is deleted; a dearer regular price; half off in June.
        sim.at("2026-05-10T00:00:00Z").await;
        let may = sim.campaign(&campaign(&json!({ "variant": 10, "percent": 20, "start": "2026-05-10T00:00:00Z", "stop": "2026-05-17T00:00:00Z" }))).await;
        sim.at("2026-05-12T00:00:00Z").await;
        let url = format!("{}/_sim/campaigns/{may}", sim.handle.base_url);
        sim.client.delete(&url).send().await.unwrap();
        sim.at("2026-05-20T00:00:00Z").await;
        sim.control("prices", &json!({ "variant": 10, "pricelist": 1, "minor": 159_900 })).await;
        sim.control("prices", &json!({ "variant": 10, "pricelist": 1, "minor": 149_900 })).await;
        sim.campaign(&and(percent(50.0), "markets", json!([1]))).await;
        sim.at("2026-06-02T00:00:00Z").await;
        let lowest = |market| {
            let sim = &sim;
            async move { sim.effective(10, 1, market).await["lowest"]["minor"].clone() }
        };
        assert_eq!(lowest(1).await, expected);
        assert_eq!(lowest(2).await, 119_920, "no sale there, and May is less than thirty days ago");
        sim.at("2026-06-20T00:00:00Z").await;
        assert_eq!(lowest(2).await, 149_900, "May is forgotten");
        assert_eq!(lowest(1).await, 74_950, "the sale in June is over and remembered");
    }
}

#[tokio::test]
async fn lowest_prices_are_a_history_behind_a_switch() {
    let query = "{ lowestPrices(where: { productVariantId: [10], pricelistId: [1] }, limit: 10) { price { value } originalPrice { value } startDate markets { id } pricelist { id } productVariant { id } } }";
    let sim = with(Rules::default()).await;
    assert_eq!(sim.query(query).await.status, 400, "no page was seen to name the root");
    let sale = Settings { lowest_prices_root: true, ..Settings::default() };
    let sim = Sim::start(SimConfig { sale, permissions: Granted::parse("Price:read"), ..unlimited(Seed::Demo) }).await;
    sim.at("2026-05-31T00:00:00Z").await;
    sim.campaign(&and(percent(50.0), "markets", json!([1]))).await;
    sim.at("2026-06-02T00:00:00Z").await;
    let data = sim.data(query, json!({})).await;
    let rows = data["lowestPrices"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{data}");
    assert_eq!((&rows[0]["price"]["value"], &rows[0]["markets"].as_array().unwrap().len()), (&json!(1499.0), &3));
    assert_eq!(
        (&rows[1]["price"]["value"], &rows[1]["originalPrice"]["value"], &rows[1]["markets"]),
        (&json!(749.5), &json!(1499.0), &json!([{ "id": 1 }]))
    );
    assert_eq!(rows[1]["startDate"], "2026-05-31T23:00:00+01:00");
}

#[tokio::test]
async fn a_seeded_sale_has_every_kind_of_campaign() {
    for seed in [Seed::Small, Seed::Demo, Seed::Large(1_000)] {
        let sale = Settings { seeded: true, ..Settings::default() };
        let sim = Sim::start(SimConfig { sale, ..unlimited(seed) }).await;
        let data = sim.data("{ campaigns(limit: 200) { id markets { id } campaignVariants(limit: 3) { discountPercent fixedPrice { value } startAt } } }", json!({})).await;
        let campaigns = data["campaigns"].as_array().unwrap();
        assert_eq!(campaigns.len(), 6, "{seed:?}");
        assert!(
            campaigns.iter().all(|own| !own["campaignVariants"].as_array().unwrap().is_empty()),
            "{seed:?}: {data}"
        );
        assert!(campaigns.iter().any(|own| own["markets"].as_array().unwrap().len() == 1));
        assert!(campaigns.iter().any(|own| own["campaignVariants"][0]["fixedPrice"].is_object()));
        sim.control("clock", &json!({ "advance_s": 2 * 3_600 })).await;
        let first = if seed == Seed::Large(1_000) { 1 } else { 10 };
        let price = sim.effective(first, 1, 1).await;
        assert!(price["minor"].as_i64() < price["list_minor"].as_i64(), "{price}");
    }
}
