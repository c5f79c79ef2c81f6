//! Prices as campaigns reduce them: read along with a pass over prices, again where a pass was interrupted, and for single variants.

use centra_plugin::connector::Centra;
use connector_api::{
    Connector, ConnectorError, ErrorCode,
    domain::{ExternalId, PriceSource},
    testing::block_on,
    wire::{
        Op,
        pull::{EntityRef, FetchRequest, FetchResponse, Page, PullRequest, Record, Stream},
    },
};
use serde_json::{Value, json};

use crate::{
    pull::{ids, plain},
    store::{Store, Variant, call, data, denied, pull_all, request},
};

/// A row that takes off so many per cent, for good.
fn row(id: i64, variant: i64, percent: i64) -> Value {
    json!({ "id": id, "status": "ACTIVE", "startAt": "2020-01-01T00:00:00+01:00", "stopAt": "2100-01-01T00:00:00+01:00",
        "discountPercent": percent, "fixedPrice": null, "productVariant": { "id": variant } })
}

fn campaign(id: i64, rows: &[Value]) -> Value {
    json!({ "id": id, "status": "ACTIVE", "markets": [{ "id": 1 }, { "id": 2 }],
        "pricelists": [{ "id": 4, "currency": { "code": "SEK" } }], "campaignVariants": rows })
}

/// One of so many rows of campaign 8, of variants from 1000 on.
fn long_row(index: i64) -> Value {
    row(800 + index, 1_000 + index, 50)
}

/// Variants 50 and 51 cost 100; campaign 7 takes 20 % off one of them, campaign 8 has more rows than come along.
fn sale(name: &str, variables: &Value) -> (u16, Value) {
    const ROWS: i64 = 260;
    let price = |variant: i64| json!({ "price": { "value": 100, "valueInCents": 10_000 }, "productVariant": { "id": variant } });
    match name {
        "Campaigns" => {
            let few: Vec<Value> = (0..variables["rows"].as_i64().unwrap()).map(long_row).collect();
            data(json!({ "campaigns": [campaign(8, &few), campaign(7, &[row(70, 50, 20)])] }))
        }
        "CampaignRows" => {
            let (page, size) = (variables["page"].as_i64().unwrap(), variables["limit"].as_i64().unwrap());
            let rows: Vec<Value> = ((page - 1) * size..(page * size).min(ROWS)).map(long_row).collect();
            let rows = if variables["campaigns"] == json!([8]) { rows } else { vec![row(70, 50, 20), row(71, 52, 20)] };
            data(json!({ "campaigns": [campaign(variables["campaigns"][0].as_i64().unwrap(), &rows)] }))
        }
        "Prices" => data(json!({ "pricelists": [{ "id": 4, "currency": { "code": "SEK" },
            "prices": [price(50), price(51), price(1_000 + ROWS - 1)] }] })),
        "VariantPrices" => {
            let variant = |id: &Value| {
                json!({ "id": id, "prices": [{ "pricelist": { "id": 4, "status": "ACTIVE", "currency": { "code": "SEK" }, "store": { "id": 1 } },
                    "price": { "value": 100, "valueInCents": 10_000 } }],
                    "campaignVariants": if *id == json!(50) {
                        let mut row = row(70, 50, 20);
                        row["campaign"] = campaign(7, &[]);
                        vec![row]
                    } else { vec![] } })
            };
            let ids = variables["ids"].as_array().unwrap().iter().map(variant);
            data(json!({ "productVariants": ids.collect::<Vec<_>>() }))
        }
        _ => plain(name, variables),
    }
}

fn store() -> Store {
    Store::new(&Variant::reference(), |name, variables, _| sale(name, variables))
}

fn open(store: &Store) -> Centra {
    store.open_with(&json!({ "store_id": 1, "pricelist_id": 4 }), &[])
}

fn on_sale(variant: i64, price: &str) -> [String; 3] {
    let in_market =
        |market: i64| format!("{variant}={price} SEK in {market} from 2019-12-31T23:00:00Z to 2099-12-31T23:00:00Z");
    [format!("{variant}=100.00 SEK"), in_market(1), in_market(2)]
}

fn expected() -> Vec<String> {
    let [first, last] = [on_sale(50, "80.00"), on_sale(1_259, "50.00")];
    [&first[..], &["51=100.00 SEK".to_owned()], &last[..]].concat()
}

#[test]
fn a_pass_over_prices_reads_campaigns_once_and_their_rows_by_the_page() {
    let store = store();
    let pages = block_on(pull_all(&open(&store), request(Stream::Prices)));
    assert_eq!(ids(&pages), expected());
    let Record::Price(price) = &pages[0].records[1] else { panic!() };
    assert_eq!(
        (price.source.clone(), price.list_amount.map(|own| own.amount_minor)),
        (PriceSource::Computed, Some(10_000))
    );
    assert_eq!(store.asked(), ["Introspection", "Campaigns", "CampaignRows", "CampaignRows", "Prices"]);
    // The next pass reads them anew.
    block_on(pull_all(&open(&store), request(Stream::Prices)));
    assert_eq!(store.asked().iter().filter(|own| *own == "Campaigns").count(), 2);
}

#[test]
fn a_pass_that_goes_on_after_a_restart_reads_campaigns_again() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "Prices" => {
            let (_, mut answer) = sale(name, variables);
            if variables["page"] == 1 {
                let first = answer["data"]["pricelists"][0]["prices"][0].clone();
                answer["data"]["pricelists"][0]["prices"] = json!(vec![first; 5]);
            }
            (0, answer)
        }
        _ => sale(name, variables),
    });
    let small = PullRequest { limit: 5, ..request(Stream::Prices) };
    let first = block_on(open(&store).pull(&call(&Op::Pull), small.clone())).unwrap();
    let checkpoint = first.next.unwrap();
    assert!(checkpoint.0.to_string().len() < 200, "rows do not travel with it: {checkpoint:?}");
    let next = PullRequest { checkpoint: Some(checkpoint), ..small };
    let second = block_on(open(&store).pull(&call(&Op::Pull), next)).unwrap();
    assert_eq!(ids(&[second]), expected());
}

#[test]
fn without_the_permission_prices_are_regular_and_it_is_said() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "Campaigns" => (403, json!({ "errors": [denied("Campaign:read", "campaigns", &["campaigns"])] })),
        _ => sale(name, variables),
    });
    let pages = block_on(pull_all(&open(&store), request(Stream::Prices)));
    assert_eq!(ids(&pages), ["50=100.00 SEK", "51=100.00 SEK", "1259=100.00 SEK"]);
    let sources =
        pages[0].records.iter().map(|own| if let Record::Price(own) = own { own.source.clone() } else { panic!() });
    assert!(sources.into_iter().all(|own| own == PriceSource::Regular));
    let codes: Vec<&str> = pages[0].notices.iter().map(|own| own.code.as_str()).collect();
    assert_eq!((codes, pages[0].skipped), (vec!["campaigns_unreadable"], 0));
    let single = fetch(&open(&store), &["50"]).unwrap();
    assert_eq!(found(&single), ["50=100.00 SEK"], "single variants have the same");
}

#[test]
fn a_store_whose_schema_has_no_campaigns_is_not_asked_for_them() {
    let both: &[&str] = &["Query.campaigns", "Pricelist.campaigns"];
    for missing in [both, &["Campaign.campaignVariants"], &["CampaignVariant.startAt"]] {
        let store = Store::new(&Variant::without(missing), |name, variables, _| {
            assert!(!name.starts_with("Campaign"), "{name}");
            sale(name, variables)
        });
        let pages = block_on(pull_all(&open(&store), request(Stream::Prices)));
        assert_eq!(ids(&pages).len(), 3, "{missing:?}");
        assert_eq!(pages[0].notices[0].code, "campaigns_unreadable");
    }
}

#[test]
fn bad_campaigns_are_named_and_cost_nobody_else_anything() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "Campaigns" => {
            let mut lying = row(72, 51, 10);
            lying["startAt"] = json!("2026-11-27 00:00:00");
            let mut nowhere = campaign(9, &[row(90, 51, 30)]);
            nowhere["markets"] = json!([]);
            data(json!({ "campaigns": [campaign(7, &[row(70, 50, 20), row(71, 51, 101), lying]), nowhere] }))
        }
        _ => sale(name, variables),
    });
    let pages = block_on(pull_all(&open(&store), request(Stream::Prices)));
    let regular = ["51=100.00 SEK", "1259=100.00 SEK"].map(str::to_owned);
    assert_eq!(ids(&pages), [&on_sale(50, "80.00")[..], &regular].concat());
    let Record::Price(price) = &pages[0].records[3] else { panic!() };
    assert_eq!(price.source, PriceSource::Regular, "whether it is reduced is not known");
    let codes: Vec<&str> = pages[0].notices.iter().map(|own| own.code.as_str()).collect();
    assert_eq!(codes, ["campaign_percent_impossible", "campaign_time_unreadable", "campaign_without_market"]);
    let message = &pages[0].notices[0].message;
    assert!(message.starts_with("Row 71 of campaign 7 takes off 101 per cent"), "{message}");
    let left_out: Vec<u64> = pages[0].left_out.iter().map(|own| own.count).collect();
    assert_eq!((left_out, pages[0].skipped), (vec![1, 1, 1], 0));
}

#[test]
fn only_the_chosen_market_is_read() {
    let store = store();
    let one = store.open_with(&json!({ "store_id": 1, "pricelist_id": 4, "market_id": 2 }), &[]);
    let pages = block_on(pull_all(&one, request(Stream::Prices)));
    let [regular, _, second] = on_sale(50, "80.00");
    assert_eq!(ids(&pages)[..2], [regular, second]);
}

fn fetch(connector: &Centra, names: &[&str]) -> Result<FetchResponse, ConnectorError> {
    let refs = names.iter().map(|id| EntityRef { stream: Stream::Prices, id: ExternalId::from(*id) }).collect();
    block_on(connector.fetch(&call(&Op::Fetch), FetchRequest { refs }))
}

fn found(answer: &FetchResponse) -> Vec<String> {
    ids(&[Page { records: answer.records.clone(), ..Page::default() }])
}

#[test]
fn single_variants_are_priced_with_their_campaigns() {
    let answer = fetch(&open(&store()), &["50", "51"]).unwrap();
    assert_eq!(found(&answer), [&on_sale(50, "80.00")[..], &["51=100.00 SEK".to_owned()]].concat());
    assert_eq!(answer.gone, []);
}

#[test]
fn a_campaign_stands_for_the_variants_it_has_and_had() {
    let (store, all) = (store(), ["50=100.00 SEK", "52=100.00 SEK"]);
    let connector = open(&store);
    // Nobody knows yet what was in it: only a sync can tell what is reduced no more.
    assert_eq!(fetch(&connector, &["campaign:7"]).unwrap_err().code, ErrorCode::UnsupportedOperation);
    block_on(pull_all(&connector, request(Stream::Prices)));
    let answer = fetch(&connector, &["campaign:7"]).unwrap();
    let regular: Vec<String> = found(&answer).into_iter().filter(|own| !own.contains(" in ")).collect();
    assert_eq!((regular, answer.gone), (all.map(str::to_owned).to_vec(), vec![]));
    for too_much in ["campaign:8", "campaign:404", "every"] {
        assert_eq!(fetch(&connector, &[too_much]).unwrap_err().code, ErrorCode::UnsupportedOperation, "{too_much}");
    }
}

#[test]
fn a_price_stands_for_its_variant() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "ChangedPrices" => {
            assert_eq!(variables["ids"], json!([31]));
            data(json!({ "pricelists": [{ "prices": [] }, { "prices": [{ "productVariant": { "id": 51 } }] }] }))
        }
        _ => sale(name, variables),
    });
    let answer = fetch(&open(&store), &["price:31"]).unwrap();
    assert_eq!((found(&answer), answer.gone), (vec!["51=100.00 SEK".to_owned()], vec![]));
}

#[test]
fn without_a_list_of_their_own_campaigns_are_read_below_pricelists() {
    let store = Store::new(&Variant::without(&["Query.campaigns"]), |name, variables, _| match name {
        "CampaignsByPricelist" => {
            let (_, answer) = sale("Campaigns", variables);
            let campaigns = &answer["data"]["campaigns"];
            // Each campaign stands below every pricelist it has.
            data(json!({ "pricelists": [{ "id": 4, "campaigns": campaigns }, { "id": 7, "campaigns": campaigns }] }))
        }
        "CampaignRowsByPricelist" => {
            assert_eq!((&variables["pricelist"], &variables["campaigns"]), (&json!([4]), &json!([8])));
            let (_, answer) = sale("CampaignRows", variables);
            data(json!({ "pricelists": [{ "id": 4, "campaigns": answer["data"]["campaigns"] }] }))
        }
        _ => sale(name, variables),
    });
    let connector = open(&store);
    let pages = block_on(pull_all(&connector, request(Stream::Prices)));
    assert_eq!(ids(&pages), expected());
    let asked = store.asked();
    assert_eq!(asked[1..], ["CampaignsByPricelist", "CampaignRowsByPricelist", "CampaignRowsByPricelist", "Prices"]);
    assert_eq!(
        fetch(&connector, &["campaign:7"]).unwrap_err().code,
        ErrorCode::UnsupportedOperation,
        "a sync reads it"
    );
}
