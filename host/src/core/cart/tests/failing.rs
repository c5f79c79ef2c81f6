//! A platform that is late, fails, or contradicts itself: carts are priced all the same, or not at all.

use super::*;

#[tokio::test]
async fn a_late_platform_is_left_at_the_deadline() {
    let world = World::new().await;
    world.script(Script::Hangs);
    let cart = json!({ "currency": "SEK", "lines": [{ "variant_id": "a", "quantity": 1 }] });
    let options = QuoteOptions { deadline: Some(Duration::from_millis(120)), ..QuoteOptions::default() };
    let reply = world.service.quote(&world.host.ctx(), &world.id, serde_json::from_value(cart).unwrap(), options).await;
    let quote = reply.unwrap().quote;
    assert_eq!((quote.source.clone(), codes(&quote)[1..].to_vec()), (QuoteSource::Local, vec!["realtime_late"]));
    assert!((50..3_000).contains(&quote.latency_ms), "{} ms", quote.latency_ms);
}

#[tokio::test]
async fn a_platform_that_fails_again_and_again_is_left_alone_for_a_while() {
    let world = World::new().await;
    world.fail(ErrorCode::Timeout);
    for _ in 0..4 {
        world.quote().await;
    }
    assert_eq!(world.calls(), 2, "the circuit opened after two");
    assert_eq!(codes(&world.quote().await), ["realtime_circuit_open"]);
    world.set_time(111);
    world.answer(|_| {});
    assert_eq!(world.quote().await.source, QuoteSource::Realtime, "a probe closes it");
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn answers_that_contradict_themselves_are_not_passed_on() {
    let world = World::new().await;
    world.answer(|quote| quote["totals"][0]["amount"] = sek(201));
    let quote = world.quote().await;
    assert_eq!((quote.source.clone(), codes(&quote)), (QuoteSource::Local, vec!["total_unclear"]));
    world.answer(|quote| quote["currency"] = "EUR".into());
    let quote = world.quote().await;
    assert_eq!((quote.source.clone(), codes(&quote)), (QuoteSource::Local, vec!["realtime_contradictory"]));
    // A connector that says so itself is passed on with what it says.
    world.answer(|quote| {
        quote["totals"][2]["amount"] = sek(349);
        quote["messages"] =
            json!([{ "code": "total_unclear", "severity": "warning", "text": "a part is not explained" }]);
    });
    let quote = world.quote().await;
    assert_eq!((quote.source.clone(), codes(&quote)), (QuoteSource::Realtime, vec!["total_unclear"]));
}
