//! Placing an order through a Checkout API session and the External Payment plugin, against the simulated store: at the prices
//! agreed or not at all.

use centra_plugin::{external_payment::signature, map::correlation_tag::CorrelationTag};
use centra_sim::{
    SimConfig,
    checkout::{Quirk, Settings, StockMode},
    clock::Clock,
    sale::Rules,
};
use connector_api::{
    Connector, ConnectorError, ErrorCode,
    domain::{Cart, Money, Order, OrderDraft, Pii, TotalKind},
    testing::block_on,
    wire::{
        Op,
        envelope::Call,
        order::{CancelOrderRequest, SubmitOrderRequest},
    },
};
use serde_json::{Value, json};

use crate::{
    sale::config,
    shop::{SECRET, Shop, cart, total},
};

const PAYMENT_SECRET: &str = "right-payment-secret";

pub(crate) fn settings() -> Value {
    json!({ "store_id": 1, "order_route": "external_payment", "order_route_secret": PAYMENT_SECRET })
}

pub(crate) fn open(quirks: &[Quirk], config: SimConfig, settings: Value) -> Shop {
    let checkout = Settings {
        external_payment: Some(PAYMENT_SECRET.to_owned()),
        quirks: quirks.iter().copied().collect(),
        ..config.checkout
    };
    Shop::start(SimConfig { checkout, ..config }, SECRET, settings)
}

pub(crate) fn shop() -> Shop {
    open(&[], SimConfig::default(), settings())
}

/// A cart that can be ordered, at the store's own prices.
pub(crate) fn draft_of(shop: &Shop, mut cart: Cart) -> OrderDraft {
    let to = cart.ship_to.as_mut().unwrap();
    to.name = Some(Pii("Anna Maria Test".to_owned()));
    to.line1 = Some(Pii("Main street 1".to_owned()));
    to.city = Some(Pii("Malmö".to_owned()));
    to.email = Some(Pii("test@example.com".to_owned()));
    let quote = shop.quote(&cart);
    for (line, quoted) in cart.lines.iter_mut().zip(&quote.lines) {
        line.unit_price = quoted.unit_price;
    }
    cart.shipping_method_id = quote.selected_shipping_id.clone();
    let whole = Money { amount_minor: total(&quote, &TotalKind::Total), currency: cart.currency };
    let shipping = Money { amount_minor: total(&quote, &TotalKind::Shipping), currency: cart.currency };
    let mut draft: OrderDraft = serde_json::from_value(json!({
        "idempotency_key": "key-1", "channel_reference": "CH-9", "cart": cart,
        "payment": { "method": "card", "authorized": whole, "reference": "pay-1" }
    }))
    .unwrap();
    draft.shipping_price = Some(shipping);
    draft
}

pub(crate) fn swedish(shop: &Shop) -> OrderDraft {
    draft_of(shop, cart("SE", &[(100, 1), (600, 2)]))
}

pub(crate) fn submit(shop: &Shop, draft: &OrderDraft) -> Result<Vec<Order>, ConnectorError> {
    let request = SubmitOrderRequest { draft: draft.clone() };
    block_on(shop.centra.submit_order(&Call::named(&Op::SubmitOrder), request)).map(|answer| answer.orders)
}

/// Bodies sent to an operation.
pub(crate) fn sent(shop: &Shop, operation: &str) -> Vec<Value> {
    let requests = shop.host.requests().into_iter().filter(|(request, _)| request.operation == operation);
    requests.map(|(_, body)| serde_json::from_slice(&body).unwrap()).collect()
}

pub(crate) fn in_store(shop: &Shop) -> usize {
    shop.store.book().orders.len()
}

#[test]
fn the_signature_is_base64_of_the_hexadecimal_digest() {
    // Computed apart, by the worked example of the reference: base64(hex(HMAC-SHA256(secret, payload))).
    let payload = "4f1211119567211c441d86e19fbd7114:100.00:SEK:1627029828:transactionReference:true";
    let made = signature("secret", payload).unwrap();
    assert_eq!(made, "MjMwOThiODhmZDZiMzIwZjA4NjIxODZiNjA0YjcxODEwMzc5NDQ5YTQ0YjAyNDQ1NWRkNDA4YjVjMmVlNzJkNQ==");
}

#[test]
fn an_order_is_placed_as_agreed_and_tied_to_the_channels_number() {
    let shop = shop();
    let draft = swedish(&shop);
    let orders = submit(&shop, &draft).unwrap();
    assert_eq!(orders.len(), 1);
    let order = &orders[0];
    assert_eq!(order.channel_reference.as_deref(), Some("CH-9"));
    assert!(order.warnings.is_empty() && !order.on_hold, "{order:#?}");
    let payment = order.payment.clone().unwrap();
    assert_eq!(payment.authorized, draft.payment.as_ref().unwrap().authorized);
    let tag = CorrelationTag::new("CH-9", "key-1").text();
    assert_eq!(payment.reference.as_ref(), Some(&tag));
    assert_eq!(total_of(order), draft.payment.as_ref().unwrap().authorized);
    let mut paid = sent(&shop, "CheckoutPaid");
    let fields = &mut paid[0]["paymentMethodFields"];
    assert_eq!(fields["transaction"]["reference"], "pay-1");
    for changing in ["signature", "selection", "timestamp"] {
        fields[changing] = json!("…");
    }
    insta::assert_json_snapshot!("payment_result", fields);
    insta::assert_json_snapshot!("payment", sent(&shop, "CheckoutPay")[0]);
    let booked = shop.store.book().orders.values().next().unwrap().clone();
    assert_eq!((booked.external_id.as_deref(), booked.internal_comment), (Some("CH-9"), Some(tag)));
    let asked_for_mail = |(_, body): &(_, Vec<u8>)| String::from_utf8_lossy(body).contains("cartAbandonmentEmail");
    assert!(!shop.host.requests().iter().any(asked_for_mail), "no mail about an abandoned cart");
    assert_eq!(shop.host.state()["order_sessions"], b"{}", "the session is forgotten");
}

fn total_of(order: &Order) -> Option<Money> {
    order.totals.iter().find(|total| total.kind == TotalKind::Total).map(|total| total.amount)
}

#[test]
fn tax_on_top_and_an_older_answer_make_the_same_order() {
    for quirks in [&[Quirk::OldNames][..], &[Quirk::AddedBeside]] {
        let shop = open(quirks, SimConfig::default(), settings());
        let mut cart = cart("US", &[(100, 1)]);
        let to = cart.ship_to.as_mut().unwrap();
        to.region_code = Some("US-CA".to_owned());
        to.postal_code = Some(Pii("94103".to_owned()));
        let draft = draft_of(&shop, cart);
        let orders = submit(&shop, &draft).unwrap();
        assert_eq!(total_of(&orders[0]), draft.payment.unwrap().authorized, "{quirks:?}");
        assert!(!orders[0].on_hold, "{quirks:?}: paid as much as is due");
    }
}

#[test]
fn a_store_whose_delivery_methods_stand_in_a_widget_takes_orders() {
    let shop = open(&[Quirk::UnlistedShipping], SimConfig::default(), settings());
    let mut draft = swedish(&shop);
    assert!(draft.cart.shipping_method_id.is_some());
    draft.cart.ship_to.as_mut().unwrap().region_code = Some("SE-M".to_owned());
    let orders = submit(&shop, &draft).unwrap();
    assert_eq!(total_of(&orders[0]), draft.payment.unwrap().authorized);
}

#[test]
fn nothing_is_placed_at_other_prices_or_without_the_goods() {
    let shop = shop();
    let refuse = |edit: &dyn Fn(&mut OrderDraft)| {
        let mut draft = swedish(&shop);
        edit(&mut draft);
        let error = submit(&shop, &draft).unwrap_err();
        let first = error.field_errors[0].clone();
        (error.code, first.pointer, first.code)
    };
    let conflict = |pointer: &str| (ErrorCode::Conflict, pointer.to_owned(), "price_changed".to_owned());
    assert_eq!(
        refuse(&|draft| draft.cart.lines[1].unit_price.as_mut().unwrap().amount_minor -= 100),
        conflict("/draft/cart/lines/1/unit_price")
    );
    assert_eq!(
        refuse(&|draft| draft.shipping_price.as_mut().unwrap().amount_minor += 1),
        conflict("/draft/shipping_price")
    );
    assert_eq!(
        refuse(&|draft| {
            let paid = draft.payment.as_mut().unwrap();
            paid.captured = paid.authorized.map(|paid| Money { amount_minor: paid.amount_minor - 1, ..paid });
        }),
        conflict("/draft/payment")
    );
    let invalid = |pointer: &str, code: &str| (ErrorCode::InvalidRequest, pointer.to_owned(), code.to_owned());
    assert_eq!(
        refuse(&|draft| draft.cart.lines[0].variant_id = 999_999.into()),
        invalid("/draft/cart/lines/0/variant_id", "variant_unknown")
    );
    assert_eq!(
        refuse(&|draft| draft.cart.shipping_method_id = Some("no-such".into())),
        invalid("/draft/cart/shipping_method_id", "shipping_unavailable")
    );
    assert_eq!(
        refuse(&|draft| draft.cart.ship_to.as_mut().unwrap().email = None),
        invalid("/draft/cart/ship_to/email", "required")
    );
    assert_eq!(
        refuse(&|draft| draft.cart.currency = "EUR".parse().unwrap()),
        invalid("/draft/cart/lines/0/unit_price", "wrong_currency")
    );
    assert_eq!(
        refuse(&|draft| draft.cart.lines[0].unit_price = None),
        invalid("/draft/cart/lines/0/unit_price", "required")
    );
    assert_eq!(sent(&shop, "CheckoutPay"), Vec::<Value>::new(), "none of them came as far as its payment");
    assert_eq!(in_store(&shop), 0);
    // Stock is looked at when the payment begins.
    let mut many = swedish(&shop);
    many.cart.lines[0].quantity = 5_000;
    many.payment = None;
    many.shipping_price = None;
    let error = submit(&shop, &many).unwrap_err();
    assert_eq!((error.code, error.field_errors[0].code.as_str()), (ErrorCode::Conflict, "out_of_stock"));
    let off = Settings { stock: StockMode::Off, ..Settings::default() };
    let shop = open(&[], SimConfig { checkout: off, ..SimConfig::default() }, settings());
    submit(&shop, &many).unwrap();
}

#[test]
fn each_missing_or_wrong_part_of_the_route_names_its_field() {
    let refused = |settings: Value| {
        let shop = open(&[], SimConfig::default(), settings);
        let error = submit(&shop, &swedish(&shop)).unwrap_err();
        assert_eq!(in_store(&shop), 0);
        assert!(!error.is_auth(), "the Integration API's token is not at fault");
        (error.code, error.field_errors[0].pointer.clone())
    };
    let with = |name: &str, value: &str| {
        let mut settings = settings();
        settings[name] = json!(value);
        settings
    };
    let config = |pointer: &str| (ErrorCode::ConfigInvalid, pointer.to_owned());
    assert_eq!(refused(with("order_route_secret", "")), config("/order_route_secret"));
    assert_eq!(refused(with("order_route_secret", "another-secret")), config("/order_route_secret"));
    assert_eq!(refused(with("external_payment_uri", "psp")), config("/external_payment_uri"));
    assert_eq!(refused(with("external_payment_uri", "card-payments")), config("/external_payment_uri"));
}

#[test]
fn without_the_checkout_secret_nothing_is_placed() {
    let checkout = Settings { external_payment: Some(PAYMENT_SECRET.to_owned()), ..Settings::default() };
    let with = open(&[], SimConfig::default(), settings());
    let draft = swedish(&with);
    let shop = Shop::start(SimConfig { checkout, ..SimConfig::default() }, "", settings());
    let error = submit(&shop, &draft).unwrap_err();
    assert_eq!(
        (error.code, error.field_errors[0].pointer.as_str()),
        (ErrorCode::ConfigInvalid, "/checkout_api_shared_secret")
    );
}

#[test]
fn a_company_and_a_telephone_number_reach_the_order() {
    let shop = shop();
    let mut draft = swedish(&shop);
    draft.cart.ship_to.as_mut().unwrap().company = Some(Pii("Doe Inc".to_owned()));
    draft.customer = Some(serde_json::from_value(json!({ "id": "", "phone": "+46700000000" })).unwrap());
    let to = submit(&shop, &draft).unwrap().remove(0).shipping_address.unwrap();
    assert_eq!((to.company.unwrap().0.as_str(), to.phone.unwrap().0.as_str()), ("Doe Inc", "+46700000000"));
}

#[test]
fn a_cart_that_was_put_in_twice_is_placed_once() {
    let shop = shop();
    let draft = swedish(&shop);
    shop.repeat("CheckoutItems");
    let orders = submit(&shop, &draft).unwrap();
    let quantity: Vec<u32> = orders[0].lines.iter().map(|line| line.ordered).collect();
    assert_eq!((quantity, in_store(&shop)), (vec![1, 2], 1));
}

#[test]
fn nothing_is_placed_with_more_in_the_cart_than_was_asked_for() {
    for (quirk, code) in [(Quirk::AddsTwice, Some("extra_items")), (Quirk::GiftAdded, None)] {
        let shop = open(&[quirk], SimConfig::default(), settings());
        // Without a price agreed for the whole, nothing else would show it.
        let mut draft = swedish(&shop);
        draft.payment = None;
        match (submit(&shop, &draft), code) {
            (Err(refused), Some(code)) => {
                let own = &refused.field_errors[0];
                assert_eq!((own.pointer.as_str(), own.code.as_str()), ("/draft/cart/lines", code), "{quirk:?}");
                assert_eq!(in_store(&shop), 0);
            }
            (placed, None) => assert_eq!(placed.unwrap().len(), 1, "{quirk:?}"),
            other => panic!("{quirk:?}: {other:?}"),
        }
    }
}

#[test]
fn nothing_is_placed_when_nobody_knows_what_the_total_holds() {
    let shop = open(&[Quirk::TotalLess], SimConfig::default(), settings());
    let error = submit(&shop, &swedish(&shop)).unwrap_err();
    assert_eq!((error.field_errors[0].code.as_str(), in_store(&shop)), ("total_unclear", 0));
}

#[test]
fn one_order_may_come_back_as_several() {
    let shop = open(&[], SimConfig { split_orders: true, ..SimConfig::default() }, settings());
    let draft = swedish(&shop);
    let orders = submit(&shop, &draft).unwrap();
    assert_eq!(orders.len(), 2);
    assert!(orders.iter().all(|order| order.channel_reference.as_deref() == Some("CH-9")), "{orders:#?}");
    let mut externals: Vec<String> =
        shop.store.book().orders.values().filter_map(|order| order.external_id.clone()).collect();
    externals.sort();
    assert_eq!(externals, ["CH-9", "CH-9/2"]);
}

#[test]
fn an_order_is_confirmed_and_cancelled_like_any_other() {
    let mut settings = settings();
    settings["confirm_orders"] = json!(true);
    let shop = open(&[], SimConfig::default(), settings);
    let orders = submit(&shop, &swedish(&shop)).unwrap();
    assert_eq!(orders[0].status.as_str(), "accepted");
    let request = CancelOrderRequest { order_id: orders[0].id.clone(), lines: vec![], reason: None, restock: true };
    let cancelled = block_on(shop.centra.cancel_order(&Call::named(&Op::CancelOrder), request)).unwrap().order;
    assert_eq!(cancelled.status.as_str(), "canceled");
    let codes: Vec<&str> = cancelled.warnings.iter().map(|own| own.code.as_str()).collect();
    assert_eq!(codes, ["reservation_not_released"], "the payment provider still holds the money");
}

#[test]
fn a_sale_that_ends_between_quote_and_order_places_nothing_at_another_price() {
    let shop = open(&[], config(Rules::default()), settings());
    let draft = draft_of(&shop, cart("SE", &[(100, 1)]));
    let list = shop.quote(&draft.cart).lines[0].list_price.unwrap();
    assert!(draft.cart.lines[0].unit_price.unwrap().amount_minor < list.amount_minor, "it is on sale");
    let later = shop.store.now() + 40 * 86_400;
    shop.store.set_clock(|_| Clock::Stopped { at: later });
    let refused = submit(&shop, &draft).unwrap_err();
    assert_eq!((refused.code, refused.field_errors[0].code.as_str()), (ErrorCode::Conflict, "price_changed"));
    assert_eq!(refused.field_errors[0].pointer, "/draft/cart/lines/0/unit_price");
}
