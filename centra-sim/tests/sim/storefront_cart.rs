//! Sessions and carts of the Storefront API, which cost what they cost in the Checkout API.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use centra_sim::Seed;
use centra_sim::checkout::{self, StockMode};
use centra_sim::storefront::Settings;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::storefront::{Shopper, june, post, start, with};

const CART: &str = "fragment Q on Selection { id usedFallbackTax taxExempt grandTotal { value currency { code } }
  lines { __typename id quantity taxPercent hasDiscount discountPercent item { id productSizeId } unitPrice { value } unitOriginalPrice { value }
    net: unitPrice(includingTax: false) { value } lineValue { value } originalLineValue { value } appliedPromotions { __typename type percent value { value } }
    ... on BundleLine { bundle { type sections { id quantity lines { id quantity item { id } } } } } }
  discounts { name method type value { value } isExternal }
  checkout { shippingMethod { id } shippingMethods { id name price { value } selected } paymentMethods { id uri kind handlingCost { value } }
    totals { __typename type price { value currency { code } } ... on SelectionTotalTaxRow { taxPercent } } } }";

fn total(selection: &Value, kind: &str) -> Value {
    let rows = selection["checkout"]["totals"].as_array().unwrap();
    rows.iter().find(|row| row["type"] == kind).map(|row| row["price"]["value"].clone()).unwrap_or_default()
}

#[tokio::test]
async fn a_session_begins_with_the_plugins_token_and_follows_the_country() {
    let sim = start(Seed::Demo).await;
    let mut shopper = Shopper::new(&sim);
    let place = "{ session { country { code } market { id } pricelist { id currency { code } } } selection { id } }";
    let data = shopper.data(place, json!({})).await;
    assert_eq!((&data["session"]["country"]["code"], &data["selection"]["id"]), (&json!("SE"), &Value::Null));
    let token = shopper.token.clone();
    assert_ne!(token, "carts");
    let set = "mutation ($cc: String!, $m: Int!, $p: Int!) { setCountryState(countryCode: $cc) { userErrors { message path } }
        setMarket(id: $m) { session { market { id } pricelist { id } } userErrors { message path } }
        setPricelist(id: $p) { session { market { id } pricelist { id currency { code } } country { code } } userErrors { message path } } }";
    let data = shopper.data(set, json!({ "cc": "DE", "m": 1, "p": 2 })).await;
    assert_eq!(
        data["setPricelist"]["session"],
        json!({ "market": { "id": 1 }, "pricelist": { "id": 2, "currency": { "code": "EUR" } }, "country": { "code": "DE" } })
    );
    assert_eq!(shopper.token, token, "it stays");
    let data = shopper
        .data(
            "mutation { setCountryState(countryCode: \"US\", stateCode: \"TX\") { userErrors { message } } }",
            json!({}),
        )
        .await;
    assert_eq!(data["setCountryState"]["userErrors"], json!([]));
    let data = shopper.data(place, json!({})).await;
    assert_eq!(
        (&data["session"]["market"]["id"], &data["session"]["pricelist"]["id"]),
        (&json!(3), &json!(3)),
        "derived anew"
    );
    let wrong = shopper.data(set, json!({ "cc": "XX", "m": 9, "p": 9 })).await;
    assert_eq!(wrong["setCountryState"]["userErrors"][0]["message"], "country not found");
    assert_eq!(wrong["setMarket"]["userErrors"][0], json!({ "message": "not found", "path": ["id"] }));
    assert_eq!(wrong["setMarket"]["session"]["market"]["id"], 3, "the last valid state");
    let expired = sim.control("storefront", &json!("expire")).await;
    assert_eq!(expired, 204);
    assert_eq!(post(&sim, "api-session", &shopper.token, None, place, json!({})).await.0, 401);
}

#[tokio::test]
async fn a_cart_costs_what_it_costs_in_the_checkout_api() {
    let settings = checkout::Settings {
        exempt: ["NO".to_owned()].into(),
        automatic_percent: Some(3),
        ..checkout::Settings::default()
    };
    let sim = with(Seed::Demo, Settings::default(), settings).await;
    sim.campaign(&june()).await;
    for (country, state, market, pricelist) in
        [("SE", None, 1, 1), ("DE", None, 2, 2), ("US", Some("TX"), 3, 3), ("JP", None, 3, 4), ("NO", None, 3, 3)]
    {
        let mut shopper = Shopper::new(&sim);
        let set = "mutation ($cc: String!, $st: String, $m: Int!, $p: Int!) { setCountryState(countryCode: $cc, stateCode: $st) { userErrors { message } }
            setMarket(id: $m) { userErrors { message } } setPricelist(id: $p) { userErrors { message } } }";
        shopper.data(set, json!({ "cc": country, "st": state, "m": market, "p": pricelist })).await;
        let cart = format!("mutation ($addr: AddressInput!) {{ a: addItem(item: \"10-100\", quantity: 2) {{ line {{ id quantity }} userErrors {{ message }} }}
            b: addItem(item: \"60-600\") {{ line {{ __typename }} userErrors {{ message }} }} addVoucher(code: \"TEN\") {{ userErrors {{ message }} }}
            setAddress(shippingAddress: $addr, sendCartAbandonmentEmail: false) {{ selection {{ ...Q }} userErrors {{ message path }} }} }} {CART}");
        let address = json!({ "country": country, "state": state, "zipCode": "12345", "email": "probe@example.com" });
        let data = shopper.data(&cart, json!({ "addr": address })).await;
        assert_eq!(
            (&data["a"]["line"]["quantity"], &data["setAddress"]["userErrors"]),
            (&json!(2), &json!([])),
            "{country}"
        );
        let selection = &data["setAddress"]["selection"];
        for method in selection["checkout"]["shippingMethods"].as_array().unwrap() {
            let rate = format!(
                "mutation ($id: Int!) {{ setShippingMethod(id: $id) {{ selection {{ ...Q }} userErrors {{ message path }} }} }} {CART}"
            );
            let rated =
                shopper.data(&rate, json!({ "id": method["id"] })).await["setShippingMethod"]["selection"].clone();
            assert_eq!(rated["checkout"]["shippingMethod"]["id"], method["id"]);
            let options = sim.data("{ shippingOptions { id uri } }", json!({})).await;
            let option = options["shippingOptions"]
                .as_array()
                .unwrap()
                .iter()
                .find(|own| own["id"] == method["id"])
                .unwrap()
                .clone();
            let basket = json!({ "country": country, "state": state, "zip": "12345", "market": market, "pricelist": pricelist, "vouchers": ["TEN"],
                "shipping_method": option["uri"], "lines": [{ "item": "10-100", "quantity": 2 }, { "item": "60-600", "quantity": 1 }] });
            let ledger = sim.ledger(&basket).await;
            let unit = if pricelist == 4 { 1.0 } else { 100.0 };
            let same = |kind: &str, minor: i64| {
                let reported = (total(&rated, kind).as_f64().unwrap_or(0.0) * unit).round();
                assert_eq!(format!("{reported:.0}"), minor.to_string(), "{country} {kind}");
            };
            let of = |name: &str| ledger[name].as_i64().unwrap();
            same("GRAND_TOTAL", of("total"));
            same("ITEMS_SUBTOTAL", of("items"));
            same("DISCOUNT", of("discount"));
            same("SHIPPING", of("shipping"));
            same("TAX_ADDED_TOTAL", of("tax_added"));
            same("TAX_DEDUCT_TOTAL", of("tax_deducted"));
            assert_eq!(of("tax_added") > 0, country == "US");
            assert_eq!(rated["taxExempt"], country == "NO");
        }
        let line = &selection["lines"][0];
        assert_eq!(line["hasDiscount"], country == "SE");
        if country == "SE" {
            assert_eq!(
                (&line["unitPrice"]["value"], &line["unitOriginalPrice"]["value"], &line["net"]["value"]),
                (&json!(1049.3), &json!(1499), &json!(839.44))
            );
            assert_eq!(
                line["appliedPromotions"],
                json!([{ "__typename": "AppliedCampaignPercent", "type": "CAMPAIGN", "percent": 30.0, "value": { "value": 899.4 } }])
            );
            assert_eq!(selection["discounts"][0]["method"], "AUTO");
        }
    }
    let reported: Value =
        sim.client.get(format!("{}/_sim/storefront", sim.handle.base_url)).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&reported["made"], &reported["emails"], &reported["abandonment_mails"]),
        (&json!(5), &json!(5), &json!(0))
    );
}

#[tokio::test]
async fn lines_change_and_what_is_sold_out_is_said() {
    let stock = checkout::Settings { stock: StockMode::Aggressive, ..checkout::Settings::default() };
    let sim = with(Seed::Demo, Settings::default(), stock).await;
    let mut shopper = Shopper::new(&sim);
    let errors = "userErrors { __typename message path ... on UnavailableItem { originalQuantity availableQuantity unavailableQuantity item { id } displayItem { id } } }";
    let add = format!(
        "mutation ($i: String!, $q: Int!) {{ addItem(item: $i, quantity: $q) {{ line {{ id quantity }} selection {{ lines {{ id quantity }} }} {errors} }} }}"
    );
    let data = shopper.data(&add, json!({ "i": "10-100", "q": 9_000 })).await["addItem"].clone();
    let short = &data["userErrors"][0];
    assert_eq!(
        (&short["__typename"], &short["originalQuantity"], &short["item"]["id"]),
        (&json!("UnavailableItem"), &json!(9_000), &json!("10-100"))
    );
    assert_eq!(short["availableQuantity"], data["line"]["quantity"]);
    let missing = shopper.data(&add, json!({ "i": "1-1", "q": 1 })).await["addItem"].clone();
    assert_eq!((&missing["line"], &missing["userErrors"][0]["path"]), (&Value::Null, &json!(["item"])));
    assert_eq!(missing["selection"]["lines"].as_array().unwrap().len(), 1, "the last valid state");
    let line = data["line"]["id"].clone();
    let update = "mutation ($l: String!, $q: Int) { updateLine(lineId: $l, quantity: $q) { selection { lines { quantity } } userErrors { message path } } }";
    assert_eq!(
        shopper.data(update, json!({ "l": line, "q": 2 })).await["updateLine"]["selection"]["lines"][0]["quantity"],
        2
    );
    assert_eq!(
        shopper.data(update, json!({ "l": "nothing", "q": 2 })).await["updateLine"]["userErrors"][0]["path"],
        json!(["lineId"])
    );
    let voucher = "mutation ($c: String!) { addVoucher(code: $c) { selection { discounts { ... on CodeVoucher { code } value { value } } } userErrors { message } } }";
    assert_eq!(
        shopper.data(voucher, json!({ "c": "TEST+CODE" })).await["addVoucher"]["selection"]["discounts"],
        json!([{ "code": "TEST+CODE", "value": { "value": 749.5 } }])
    );
    assert_eq!(
        shopper.data(voucher, json!({ "c": "NOTHING" })).await["addVoucher"]["userErrors"][0]["message"],
        "voucher not found"
    );
    let delete = "mutation ($l: String!) { removeVoucher(code: \"TEST+CODE\") { userErrors { message } } deleteLine(lineId: $l) { selection { lines { id } } userErrors { message } } }";
    assert_eq!(shopper.data(delete, json!({ "l": line })).await["deleteLine"]["selection"]["lines"], json!([]));
}

#[tokio::test]
async fn a_country_takes_items_away_and_an_address_may_move_the_session() {
    let sim =
        with(Seed::Small, Settings { address_moves: true, ..Settings::default() }, checkout::Settings::default()).await;
    let mut shopper = Shopper::new(&sim);
    shopper.data("mutation { addItem(item: \"110-1100\") { line { id } userErrors { message } } }", json!({})).await;
    let data = shopper.data("mutation { setCountryState(countryCode: \"DE\") { selection { lines { id } } userErrors { __typename ... on UnavailableItem { unavailableQuantity } } } }", json!({})).await;
    assert_eq!(
        data["setCountryState"],
        json!({ "selection": { "lines": [] }, "userErrors": [{ "__typename": "UnavailableItem", "unavailableQuantity": 1 }] })
    );
    let set = "mutation { setMarket(id: 1) { session { market { id } } } setAddress(shippingAddress: { country: \"DE\" }, sendCartAbandonmentEmail: false) { userErrors { message } } }";
    assert_eq!(shopper.data(set, json!({})).await["setMarket"]["session"]["market"]["id"], 1);
    assert_eq!(
        shopper.data("{ session { market { id } } }", json!({})).await["session"]["market"]["id"],
        2,
        "it moved"
    );
    let wrong = shopper
        .data("mutation { setAddress(shippingAddress: { country: \"XX\" }) { userErrors { message } } }", json!({}))
        .await;
    assert_eq!(wrong["setAddress"]["userErrors"][0]["message"], "country not found");
}

#[tokio::test]
async fn an_external_payment_is_a_form_and_becomes_an_order_when_it_is_signed() {
    let external = checkout::Settings { external_payment: Some("secret".to_owned()), ..checkout::Settings::default() };
    let sim = with(Seed::Demo, Settings::default(), external).await;
    let mut shopper = Shopper::new(&sim);
    let pay = "mutation ($input: PaymentInstructionsInput!) { paymentInstructions(input: $input) { action { __typename action ... on FormPaymentAction { formFields formType }
        ... on RedirectPaymentAction { url } ... on SuccessPaymentAction { order { id number } } } selection { id } userErrors { message path } } }";
    let input = |method: i64| {
        json!({ "input": { "shippingAddress": { "country": "SE", "email": "a@example.com" }, "paymentMethod": method, "termsAndConditions": true,
        "paymentReturnPage": "https://shop.example/back", "paymentFailedPage": "https://shop.example/failed" } })
    };
    let empty = shopper.data(pay, input(3)).await["paymentInstructions"].clone();
    assert_eq!(
        (&empty["action"], &empty["userErrors"][0]["message"]),
        (&Value::Null, &json!("the selection is empty"))
    );
    shopper.data("mutation { addItem(item: \"10-100\") { line { id } } }", json!({})).await;
    let form = shopper.data(pay, input(3)).await["paymentInstructions"].clone();
    assert_eq!(form["action"]["formFields"]["selection"], form["selection"]["id"]);
    let result = "mutation ($f: Map!) { paymentResult(paymentMethodFields: $f) { __typename type userErrors { message } ... on PaymentResultSuccessPayload { order { number } } } }";
    let wrong = shopper.data(result, json!({ "f": { "selection": form["selection"]["id"], "signature": "no", "timestamp": 1, "success": true, "amount": "1499.00", "currency": "SEK" } })).await;
    assert_eq!(
        (&wrong["paymentResult"]["type"], &wrong["paymentResult"]["userErrors"][0]["message"]),
        (&json!("FAILED"), &json!("Invalid signature"))
    );
    let hash = form["selection"]["id"].as_str().unwrap();
    let signed = signature("secret", &format!("{hash}:1499.00:SEK:1:ref:true"));
    let fields = json!({ "selection": hash, "signature": signed, "timestamp": 1, "success": true, "amount": "1499.00", "currency": "SEK", "transactionReference": "ref" });
    let paid = shopper.data(result, json!({ "f": fields.clone() })).await["paymentResult"].clone();
    assert_eq!((&paid["type"], &paid["userErrors"]), (&json!("SUCCESS"), &json!([])));
    let order = shopper.data("{ order { number status } }", json!({})).await["order"].clone();
    assert_eq!((&order["number"], &order["status"]), (&paid["order"]["number"], &json!("PENDING")));
    let next = shopper.data("{ selection { id lines { id } } session { market { id } } }", json!({})).await;
    assert_eq!(next["selection"], json!({ "id": null, "lines": [] }), "the paid cart has left the session");
    let again = shopper.data(result, json!({ "f": fields })).await["paymentResult"].clone();
    assert_eq!(again["userErrors"][0]["message"], "No payment is awaited for this selection");
    let reported = sim
        .data(
            "query ($n: [Int!]) { orders(where: { number: $n }) { grandTotal { value } } }",
            json!({ "n": [order["number"]] }),
        )
        .await;
    assert_eq!(reported["orders"][0]["grandTotal"]["value"], 1499.0);
    let mut other = Shopper::new(&sim);
    other.data("mutation { addItem(item: \"10-100\") { line { id } } }", json!({})).await;
    let sent = other.data(pay, input(2)).await["paymentInstructions"].clone();
    assert_eq!(sent["action"]["__typename"], "RedirectPaymentAction");
}

fn signature(secret: &str, payload: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(payload.as_bytes());
    STANDARD.encode(hex::encode(mac.finalize().into_bytes()))
}
