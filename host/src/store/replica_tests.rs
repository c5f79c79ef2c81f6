//! What several replicas do at once is done as often as one may do it.

use futures_util::future::join_all;

use crate::{
    model::endpoint::MAX_ENDPOINTS,
    store::{
        Error, Store,
        suite::{
            channels::key,
            endpoints::endpoint,
            fixture::{at, audited},
            jobs::{job, ready},
            replicas::replica,
            server::Database,
        },
    },
};

async fn three() -> (Database, [Store; 3]) {
    let database = Database::fresh().await;
    let stores = [database.open().await, database.open().await, database.open().await];
    (database, stores)
}

/// Does something at every replica so many times, all at once.
async fn at_once<T: Send + 'static, F>(stores: &[Store], times: usize, work: impl Fn(Store, usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let all = stores.iter().flat_map(|store| (0..times).map(move |time| (store.clone(), time)));
    let all = all.enumerate().map(|(number, (store, _))| tokio::spawn(work(store, number)));
    join_all(all.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn operators_have_as_many_endpoints_as_they_may() {
    let (_database, stores) = three().await;
    let added = at_once(&stores, 10, |store, number| async move {
        match store.insert_endpoint(&mut endpoint(&format!("ep_{number:02}")), &audited(0)).await {
            Ok(()) => true,
            Err(Error::Limit { .. }) => false,
            Err(error) => panic!("{error}"),
        }
    })
    .await;
    assert_eq!(added.iter().filter(|added| **added).count(), MAX_ENDPOINTS as usize);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_replica_issues_the_first_key() {
    let (_database, stores) = three().await;
    let issued = at_once(&stores, 2, |store, number| async move {
        store.insert_first_key(&key(&format!("key_{number}"), None, 0), &audited(0)).await.unwrap()
    })
    .await;
    assert_eq!(issued.iter().filter(|issued| **issued).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_replica_leads() {
    let (_database, stores) = three().await;
    let led = at_once(&stores, 2, |store, number| async move {
        let owner = format!("replica {number}");
        store.join_replicas(&replica(&owner), at(0), at(100)).await.unwrap();
        store.lead("upkeep", &owner, at(1)).await.unwrap()
    })
    .await;
    assert_eq!(led.iter().filter(|led| **led).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_whose_host_died_are_read_one_at_a_time_by_all() {
    let (_database, stores) = three().await;
    for number in 0..9 {
        let id = ready(&stores[0], &format!("Shop {number}")).await;
        stores[0].request_sync(&job(&id, 0)).await.unwrap();
        stores[0].claim_sync("a host that dies", at(0), at(15)).await.unwrap().unwrap();
    }
    let claimed = at_once(&stores, 3, |store, number| async move {
        store.claim_sync(&format!("replica {number}"), at(15), at(30)).await.unwrap()
    })
    .await;
    assert_eq!(claimed.iter().flatten().count(), 1, "{claimed:?}");
}

#[tokio::test]
async fn a_hint_reaches_other_replicas() {
    let (_database, [one, other, _]) = three().await;
    one.hint_others(true);
    let (sender, taker) = (one.clone(), other.clone());
    let exchange = [
        tokio::spawn(async move { sender.send_hints().await.unwrap() }),
        tokio::spawn(async move { taker.take_hints().await.unwrap() }),
    ];
    // Whoever begins to listen is woken once.
    other.hinted(super::Topic::Webhook).await;
    other.hinted(super::Topic::Sync).await;
    one.hint(super::Topic::Sync);
    tokio::time::timeout(std::time::Duration::from_secs(10), other.hinted(super::Topic::Sync)).await.unwrap();
    exchange.iter().for_each(tokio::task::JoinHandle::abort);
}
