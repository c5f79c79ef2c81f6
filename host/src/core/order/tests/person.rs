//! One person's data: everything of it is exported, and nothing of it stays.

use serde_json::json;

use super::world::{Fault, World};
use crate::{
    core::order::{Error, person::Person},
    model::{paging::PageQuery, person::Erased},
};

fn ada() -> Person {
    let email = Some(" ADA@example.com".to_owned());
    Person { email, reference: Some("request 7".into()), ..Person::default() }
}

#[tokio::test]
async fn a_person_is_exported_and_erased_and_both_are_recorded() {
    let mut world = World::new().await;
    world.submit("k1").await.unwrap();
    world.submit("k2").await.unwrap();
    let export = world.orders.export_person(&world.ctx(), &world.id, &ada()).await.unwrap();
    assert_eq!((export.customers.len(), export.orders.len()), (0, 2));
    assert_eq!(export.orders[0]["shipping_address"]["name"], "Ada Lovelace");

    let erased = world.orders.erase_person(&world.ctx(), &world.id, &ada()).await.unwrap();
    assert_eq!(erased, Erased { orders: 2, ..Erased::default() });
    let again = world.orders.export_person(&world.ctx(), &world.id, &ada()).await.unwrap();
    assert_eq!(again.orders.len(), 0);
    let shown = world.orders.show(&world.ctx(), &world.id, "o1").await.unwrap();
    let text = serde_json::to_string(&shown).unwrap();
    assert!(!text.contains("Ada") && !text.contains("ada@") && !text.contains("Main street"), "{text}");
    assert_eq!((shown.summary.total_minor, shown.summary.erased), (Some(2500), true));

    let events = world.store.events(&world.id, &PageQuery::default()).await.unwrap().data;
    let of_people = events.iter().filter(|event| event.kind.starts_with("customer"));
    let reported: Vec<_> = of_people.map(|event| (event.kind.as_str(), event.cause.as_deref().unwrap())).collect();
    let expected = [
        ("customer_exported", "request request 7: 0 customers, 0 orders"),
        ("customer_erased", "request request 7: 0 customers, 2 orders"),
        ("customer_exported", "request request 7: 0 customers, 2 orders"),
    ];
    assert_eq!(reported, expected);

    // The person stays out, even when the platform reports them again.
    let pseudonyms = world.store.erased_pseudonyms(&world.id).await.unwrap();
    assert_eq!(pseudonyms.len(), 3, "the address and two orders");
    world.restart().await;
    world.submit("k3").await.unwrap();
    let shown = world.orders.show(&world.ctx(), &world.id, "o3").await.unwrap();
    assert!(shown.summary.erased && !serde_json::to_string(&shown).unwrap().contains("Ada"));
}

#[tokio::test]
async fn nobody_can_be_read_once_the_connection_is_ended() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    world.store.destroy_secrets(&world.id).await.unwrap();
    let shown = world.orders.show(&world.ctx(), &world.id, "o1").await.unwrap();
    assert_eq!((shown.order, shown.summary.total_minor), (None, Some(2500)));
    let refused = world.orders.export_person(&world.ctx(), &world.id, &ada()).await;
    assert!(matches!(refused, Err(Error::NotReady(_))), "{refused:?}");
}

#[tokio::test]
async fn an_address_leads_to_its_person_in_whichever_form_of_unicode_the_platform_writes_it() {
    let world = World::new().await;
    for (key, spelt) in [("k1", "a\u{308}lva@example.com"), ("k2", "\u{e4}lva@example.com")] {
        let customer = json!({ "customer": { "id": key, "email": spelt } });
        world.shop.faults.lock().unwrap().push_back(Fault::Answers(customer));
        world.submit(key).await.unwrap();
    }
    for asked in ["\u{e4}lva@example.com", "a\u{308}lva@example.com\u{200b}"] {
        let person = Person { email: Some(asked.to_owned()), ..Person::default() };
        let export = world.orders.export_person(&world.ctx(), &world.id, &person).await.unwrap();
        assert_eq!(export.orders.len(), 2, "{asked:?}");
    }
}

#[tokio::test]
async fn a_person_is_named_by_one_form() {
    let world = World::new().await;
    let both = Person { customer_id: Some("c1".into()), ..ada() };
    let private = Person { reference: Some("ada@example.com".into()), ..ada() };
    let expected = [(Person::default(), "/customer_id"), (both, "/customer_id"), (private, "/reference")];
    for (person, pointer) in expected {
        let refused = world.orders.erase_person(&world.ctx(), &world.id, &person).await;
        let Err(Error::Invalid(mistakes)) = refused else { panic!("{refused:?}") };
        assert_eq!(mistakes[0].pointer, pointer);
    }
}
