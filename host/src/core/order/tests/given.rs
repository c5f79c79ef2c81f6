//! What is given: one form for what looks the same, and a name for everything that is wrong.

use connector_api::domain::{Discount, Money, Pii};

use super::world::{World, an_order};
use crate::{
    core::order::{Error, IntentFilter, NewOrder},
    model::{intent::IntentState, paging::PageQuery},
};

async fn mistakes(world: &World, key: &str, order: NewOrder) -> Vec<String> {
    let refused = world.orders.submit(&world.ctx(), &world.id, key, order).await;
    let Err(Error::Invalid(mistakes)) = refused else { panic!("{refused:?}") };
    mistakes.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect()
}

#[tokio::test]
async fn what_is_wrong_with_an_order_is_named_and_nothing_is_written() {
    let world = World::new().await;
    let mut order = an_order("k1");
    order.cart.lines[0].quantity = 0;
    order.cart.lines[0].unit_price = None;
    order.cart.lines.push(order.cart.lines[0].clone());
    order.cart.shipping_method_id = None;
    order.shipping_price = Some(Money { amount_minor: -1, currency: "SEK".parse().unwrap() });
    let address = order.cart.ship_to.as_mut().unwrap();
    address.country = "Sweden".into();
    address.city = None;
    let expected = [
        "/cart/lines/0/quantity range",
        "/cart/lines/0/unit_price required",
        "/cart/lines/1/id repeated",
        "/cart/lines/1/quantity range",
        "/cart/lines/1/unit_price required",
        "/cart/ship_to/country country",
        "/cart/ship_to/city required",
        "/cart/shipping_method_id required",
        "/shipping_price currency",
        "/shipping_price range",
    ];
    assert_eq!(mistakes(&world, "k1", order).await, expected);
    let (all, page) = (IntentFilter::default(), PageQuery::default());
    assert_eq!(world.orders.intents(&world.ctx(), &world.id, &all, &page).await.unwrap().data, []);
}

#[tokio::test]
async fn what_cannot_be_seen_or_is_no_address_is_refused_by_its_field() {
    let world = World::new().await;
    let mut order = an_order("k1");
    order.channel_reference = Some("12\u{200b}3".into());
    order.cart.lines[0].unit_price.as_mut().unwrap().amount_minor = -100;
    let address = order.cart.ship_to.as_mut().unwrap();
    address.name = Some(Pii("\u{3164}\u{200b}".into()));
    address.city = Some(Pii("\u{200b}".into()));
    address.line2 = Some(Pii("left\u{202e}thgir".into()));
    address.email = Some(Pii("ada.example.com".into()));
    address.phone = Some(Pii("ring twice".into()));
    let buyer = order.customer.as_mut().unwrap();
    buyer.email = Some(Pii("ada@example".into()));
    buyer.first_name = Some(Pii("Ada\nLovelace".into()));
    let expected = [
        "/channel_reference invisible_character",
        "/cart/lines/0/unit_price range",
        "/cart/ship_to/name required",
        "/cart/ship_to/line2 direction_character",
        "/cart/ship_to/city required",
        "/cart/ship_to/phone phone",
        "/cart/ship_to/email email",
        "/customer/email email",
        "/customer/first_name control_character",
    ];
    assert_eq!(mistakes(&world, "k1", order).await, expected);
}

#[tokio::test]
async fn what_was_agreed_adds_up() {
    let world = World::new().await;
    let eur = |amount_minor: i64| Some(Money { amount_minor, currency: "EUR".parse().unwrap() });
    let code = |code: &str, amount: Option<Money>| Discount { code: code.into(), amount };
    let mut order = an_order("k1");
    order.total = eur(2400);
    assert_eq!(mistakes(&world, "k1", order.clone()).await, ["/total sum"]);
    order.cart.discounts = vec![code("SPRING", eur(100))];
    let placed = world.orders.submit(&world.ctx(), &world.id, "k1", order.clone()).await.unwrap();
    assert_eq!((placed.state, placed.differs_from_agreed), (IntentState::Confirmed, vec![]));
    order.cart.discounts = vec![code("SPRING", eur(100)), code(" SPRING", None)];
    assert_eq!(mistakes(&world, "k2", order.clone()).await, ["/cart/discounts/1/code repeated"]);
    (order.total, order.cart.discounts) = (None, vec![code("SPRING", eur(9_999))]);
    assert_eq!(mistakes(&world, "k2", order.clone()).await, ["/cart/discounts range"]);
    order.cart.discounts = vec![];
    order.cart.lines[0].unit_price = eur(i64::MAX);
    assert_eq!(mistakes(&world, "k2", order).await, ["/cart/lines range"]);
}

#[tokio::test]
async fn numbers_of_the_channel_that_look_the_same_are_one_order() {
    let world = World::new().await;
    let with = |reference: &str| NewOrder { channel_reference: Some(reference.to_owned()), ..an_order("k") };
    let submit =
        async |key: &str, reference: &str| world.orders.submit(&world.ctx(), &world.id, key, with(reference)).await;
    let first = submit("k1", "\u{c5} 12 ").await.unwrap();
    assert_eq!(first.channel_reference.as_deref(), Some("\u{c5} 12"), "as it looks");
    for (key, same) in [("k2", "\u{c5} 12"), ("k3", "A\u{30a}\u{a0}12"), ("k4", "\u{c5} \u{ff11}\u{ff12}\t")] {
        let refused = submit(key, same).await;
        assert!(matches!(&refused, Err(Error::ReferenceUsed(other)) if *other == first.id), "{same:?}: {refused:?}");
    }
    assert_eq!(submit("k1", "\u{c5} 12").await.unwrap(), first, "the same request in another spelling");
    assert!(submit("k5", "\u{e5} 12").await.is_ok(), "small letters are others");
    assert_eq!(world.shop.placed().len(), 2);
}
