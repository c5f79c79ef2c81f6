//! A store that keeps a queue of events: its changes come by polling, on the same entity queues as webhooks, and nothing is lost
//! when the host dies between reading and confirming.

use e2e::{
    World,
    api::{Channel, Server},
    wait::wait_until,
};
use serde_json::{Value, json};

const CONFIG: &str =
    "[webhooks]\npoll_s = 1\n[server]\nsync_every_min = 0\n[advanced]\nwebhook_settle_ms = 10\nlease_s = 3\n";

/// A store with the queue on, and a host whose merchant has chosen it. No webhook is ever sent.
struct Scene {
    world: World,
    server: Server,
    channel: Channel,
    operator: String,
    id: String,
}

impl Scene {
    fn start() -> Self {
        let world = World::start(&["--seed", "small", "--event-queue", "on", "--stock-event", "product-size"]);
        world.host.write("connector-host.toml", CONFIG);
        let server = Server::start(&world.host);
        let channel = server.channel("Channel");
        let link = server.link(&channel, &json!({}));
        let checked = server.check_with(&link, &world.credentials(), &json!({ "event_queue": true }));
        assert_eq!(checked["ok"], true, "{checked:#}");
        let id = server.confirm(&link, &json!({}))["connection_id"].as_str().unwrap().to_owned();
        assert_eq!(server.synced(&channel.key, &id)["result"], "ok");
        let operator = server.operator.clone();
        let scene = Self { world, server, channel, operator, id };
        wait_until("the host listens", || {
            let listeners = scene.world.sim.query("{ eventListeners { objectType } }");
            (!listeners["eventListeners"].as_array().unwrap().is_empty()).then_some(())
        });
        scene
    }

    fn kill_and_restart(&mut self) {
        self.server.kill();
        self.world.sim.faults(&json!([]));
        self.server = Server::start(&self.world.host);
    }

    fn get(&self, below: &str) -> Value {
        self.server.get(&self.operator, &format!("/v1/connections/{}{below}", self.id))
    }

    /// Titles by offer.
    fn titles(&self) -> Vec<(String, String)> {
        let offers = self.get("/catalog/offers?limit=250");
        let offers = offers["data"].as_array().unwrap().iter();
        offers.map(|offer| (offer["id"].to_string(), offer["title"].to_string())).collect()
    }

    fn has_changed(&self, before: &[(String, String)]) {
        wait_until("the change is here", || (self.titles() != before).then_some(()));
    }

    /// What waits in the store's queue.
    fn queued(&self) -> Vec<Value> {
        self.world.sim.query("{ events(limit: 200) { id } }")["events"].as_array().unwrap().clone()
    }

    fn is_confirmed(&self) {
        wait_until("the queue is empty", || self.queued().is_empty().then_some(()));
    }

    /// Changed offers by the way their change was learnt of.
    fn changed_offers(&self) -> Vec<(String, u64)> {
        let overview = self.get("/webhooks");
        let offers = overview["changes"].as_array().unwrap().iter().filter(|own| own["stream"] == "offers");
        offers.map(|own| (own["source"].as_str().unwrap().to_owned(), own["changed"].as_u64().unwrap())).collect()
    }

    fn asked(&self, operation: &str) -> u64 {
        self.world.sim.stats()["by_operation"][operation].as_u64().unwrap_or(0)
    }
}

#[test]
fn a_change_comes_by_polling_is_reported_to_the_channel_and_confirmed() {
    let scene = Scene::start();
    let before = scene.titles();
    scene.world.sim.touch("display", 1);
    scene.has_changed(&before);
    scene.is_confirmed();
    assert_eq!(scene.changed_offers(), [("poll".to_owned(), 1)]);
    let reported = wait_until("the channel receives it", || {
        let events = scene.server.get(&scene.channel.key, "/v1/events?type=offer.*&limit=250");
        let last = events["data"].as_array().unwrap().last().cloned();
        last.filter(|event| event["type"].as_str().unwrap().ends_with("offer.updated"))
    });
    assert!(reported.to_string().contains(&scene.id), "{reported:#}");

    let before = scene.titles();
    scene.world.sim.remove("display", 2);
    scene.has_changed(&before);
    assert_eq!(scene.titles().len(), before.len() - 1, "what is gone is gone here, too");
    scene.is_confirmed();
}

#[test]
fn killed_before_it_confirmed_the_host_confirms_later_and_does_nothing_twice() {
    let mut scene = Scene::start();
    let before = scene.titles();
    scene.world.sim.faults(&json!([{ "every": 1, "kind": "slow", "ms": 50_000, "operation": "ConfirmEvents" }]));
    scene.world.sim.touch("display", 1);
    scene.has_changed(&before);
    wait_until("it is being confirmed", || (scene.asked("ConfirmEvents") > 0).then_some(()));
    assert_eq!(scene.queued().len(), 1, "it is not confirmed yet");
    scene.kill_and_restart();
    scene.is_confirmed();
    assert_eq!(scene.changed_offers(), [("poll".to_owned(), 1)], "the same event again is nothing new");
}

#[test]
fn killed_while_it_reads_the_queue_the_host_loses_nothing() {
    let mut scene = Scene::start();
    let before = scene.titles();
    let asked = scene.asked("Events");
    scene.world.sim.faults(&json!([{ "every": 1, "kind": "lost_answer", "ms": 50_000, "operation": "Events" }]));
    scene.world.sim.touch("display", 1);
    wait_until("the queue is being read", || (scene.asked("Events") > asked).then_some(()));
    assert_eq!((scene.queued().len(), scene.titles()), (1, before.clone()));
    scene.kill_and_restart();
    scene.has_changed(&before);
    scene.is_confirmed();
    assert_eq!(scene.changed_offers(), [("poll".to_owned(), 1)]);
}
