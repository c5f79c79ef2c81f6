//! The budget under a clock that stands still until everybody waits.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use connector_api::{
    ErrorCode, Retry,
    wire::service::{Cost, QuotaKind, QuotaReport, QuotaWindow},
};
use proptest::prelude::*;
use tokio::time::{Instant, advance};

use super::super::{Budget, BudgetConfig};

const READ: Cost = Cost { mutation: false, complexity: 0 };
const CHANGE: Cost = Cost { mutation: true, complexity: 0 };

fn window(kind: QuotaKind, interval_s: u64, quota: u64, remaining: u64) -> QuotaReport {
    QuotaReport { windows: vec![QuotaWindow { kind, interval_s, quota, remaining }], ..QuotaReport::default() }
}

fn budget(reports: &[QuotaReport]) -> Arc<Budget> {
    let budget = Budget::new(BudgetConfig { in_flight: 100, max_in_flight: 100, ..BudgetConfig::default() });
    for report in reports {
        budget.report(report);
    }
    Arc::new(budget)
}

fn within(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn without_a_report_only_the_requests_in_flight_are_limited() {
    let budget = Budget::new(BudgetConfig::default());
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(budget.acquire(READ, within(1)).await.unwrap());
    }
    let error = budget.acquire(READ, within(1)).await.unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::RateLimited, Retry::Backoff));
    drop(held.pop());
    assert!(!budget.acquire(READ, within(1)).await.unwrap().waited);
    let started = Instant::now();
    for _ in 0..1000 {
        drop(budget.acquire(Cost { mutation: true, complexity: 1_000_000 }, within(1)).await.unwrap());
    }
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_fifth_of_the_quota_is_left_to_others() {
    let budget = budget(&[window(QuotaKind::Requests, 10, 50, 50)]);
    let started = Instant::now();
    for _ in 0..40 {
        assert!(!budget.acquire(READ, within(1)).await.unwrap().waited);
    }
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert!(budget.acquire(READ, within(20)).await.unwrap().waited);
    assert_eq!(started.elapsed(), Duration::from_secs(10));
    let level = budget.levels().remove(0);
    assert_eq!((level.quota, level.limit, level.used), (50, 40, 1));
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_refused_at_once_with_the_time_to_wait() {
    let budget = budget(&[window(QuotaKind::Requests, 3600, 10, 10)]);
    for _ in 0..8 {
        drop(budget.acquire(READ, within(1)).await.unwrap());
    }
    advance(Duration::from_mins(10)).await;
    let started = Instant::now();
    let error = budget.acquire(READ, within(30)).await.unwrap_err();
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!((error.code, error.retry), (ErrorCode::RateLimited, Retry::After { ms: 3_000_000 }));
}

#[tokio::test(start_paused = true)]
async fn waiters_are_served_in_the_order_they_came_and_a_dropped_one_takes_nothing() {
    let budget = budget(&[window(QuotaKind::Requests, 10, 5, 5)]);
    for _ in 0..4 {
        drop(budget.acquire(READ, within(1)).await.unwrap());
    }
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for number in 0..6 {
        let (budget, served) = (Arc::clone(&budget), Arc::clone(&served));
        tasks.push(tokio::spawn(async move {
            drop(budget.acquire(READ, within(100)).await.unwrap());
            served.lock().unwrap().push(number);
        }));
        tokio::task::yield_now().await;
    }
    let started = Instant::now();
    tasks[0].abort();
    tasks[2].abort();
    for task in tasks {
        drop(task.await);
    }
    assert_eq!(*served.lock().unwrap(), [1, 3, 4, 5]);
    assert_eq!(started.elapsed(), Duration::from_secs(10), "the four that stayed fit into one window");
}

#[tokio::test(start_paused = true)]
async fn spent_mutations_do_not_hold_up_reads() {
    let budget = budget(&[window(QuotaKind::Mutations, 10, 1, 1), window(QuotaKind::Requests, 10, 100, 100)]);
    drop(budget.acquire(CHANGE, within(1)).await.unwrap());
    let waiting = tokio::spawn({
        let budget = Arc::clone(&budget);
        async move {
            budget.acquire(CHANGE, within(60)).await.map(drop).unwrap();
            Instant::now()
        }
    });
    tokio::task::yield_now().await;
    let started = Instant::now();
    assert!(!budget.acquire(READ, within(1)).await.unwrap().waited);
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(waiting.await.unwrap() - started, Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn after_a_refusal_nothing_is_sent_until_the_time_the_platform_names() {
    let budget = budget(&[]);
    budget.block_for(Duration::from_secs(7));
    budget.block_for(Duration::from_secs(2));
    let error = budget.acquire(READ, within(5)).await.unwrap_err();
    assert_eq!(error.retry, Retry::After { ms: 7000 });
    let started = Instant::now();
    assert!(budget.acquire(READ, within(10)).await.unwrap().waited);
    assert_eq!(started.elapsed(), Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_report_is_felt_at_once_in_both_directions() {
    let budget = budget(&[window(QuotaKind::Complexity, 10, 1000, 1000)]);
    let dear = Cost { mutation: false, complexity: 500 };
    drop(budget.acquire(dear, within(1)).await.unwrap());
    let waiting = tokio::spawn({
        let budget = Arc::clone(&budget);
        async move { budget.acquire(dear, within(60)).await.map(|permit| permit.waited).unwrap() }
    });
    tokio::task::yield_now().await;
    let started = Instant::now();
    budget.report(&QuotaReport {
        estimated_complexity: Some(500),
        charged_complexity: Some(50),
        ..QuotaReport::default()
    });
    assert!(waiting.await.unwrap());
    assert_eq!(started.elapsed(), Duration::ZERO, "less was charged than estimated, so the next one fits");

    budget.report(&window(QuotaKind::Complexity, 10, 1000, 0));
    let error = budget.acquire(Cost { mutation: false, complexity: 200 }, Instant::now()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::RateLimited);
}

#[tokio::test(start_paused = true)]
async fn senseless_reports_change_nothing() {
    let budget = budget(&[
        window(QuotaKind::Requests, 0, 10, 10),
        window(QuotaKind::Requests, 10, 0, 0),
        window(QuotaKind::from("bananas"), 10, 1, 0),
    ]);
    assert!(budget.levels().is_empty());
    for interval in 1..100 {
        budget.report(&window(QuotaKind::Requests, interval, u64::MAX, u64::MAX));
    }
    assert_eq!(budget.levels().len(), 16);
    drop(budget.acquire(Cost { mutation: true, complexity: u64::MAX }, within(1)).await.unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Many callers, random costs, reports and desertions: nobody waits for ever, and no window overflows.
    #[test]
    fn everybody_is_served_and_no_window_overflows(
        requests in 1u64..20,
        complexity in 1u64..500,
        callers in prop::collection::vec((0u64..3000, any::<bool>(), 0u64..600, any::<bool>()), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let granted = runtime.block_on(async {
            let budget = budget(&[
                window(QuotaKind::Requests, 10, requests, requests),
                window(QuotaKind::Mutations, 10, 3, 3),
                window(QuotaKind::Complexity, 10, complexity, complexity),
            ]);
            let mut tasks = Vec::new();
            for (pause, mutation, complexity, deserts) in callers {
                advance(Duration::from_millis(pause)).await;
                let budget = Arc::clone(&budget);
                let task = tokio::spawn(async move {
                    let cost = Cost { mutation, complexity };
                    budget.acquire(cost, within(100_000)).await.map(|_| (Instant::now(), cost))
                });
                tokio::task::yield_now().await;
                if deserts {
                    task.abort();
                }
                tasks.push((deserts, task));
            }
            let mut granted = Vec::new();
            for (deserts, task) in tasks {
                match task.await {
                    Ok(outcome) => granted.push(outcome.unwrap()),
                    Err(_) => assert!(deserts),
                }
            }
            granted
        });
        let limit = |quota: u64| (quota * 80 / 100).max(1);
        for (start, _) in &granted {
            let inside = |(at, _): &&(Instant, Cost)| at >= start && *at < *start + Duration::from_secs(10);
            let counted = granted.iter().filter(inside);
            prop_assert!(counted.clone().count() as u64 <= limit(requests));
            prop_assert!(counted.clone().filter(|(_, cost)| cost.mutation).count() as u64 <= limit(3));
            let points: u64 = counted.map(|(_, cost)| cost.complexity.min(limit(complexity))).sum();
            prop_assert!(points <= limit(complexity));
        }
    }
}
