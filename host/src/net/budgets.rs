//! The budgets of one connection: one for each quota that its platform counts apart. What is spent, refused or slow in one holds up
//! no request of another.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::budget::{Budget, BudgetConfig};

/// Most quotas with a name; requests that name a further one share the budget without a name.
const MOST_NAMED: usize = 8;

/// The budgets of one connection.
#[derive(Debug)]
pub struct Budgets {
    config: BudgetConfig,
    main: Arc<Budget>,
    named: Mutex<BTreeMap<String, Arc<Budget>>>,
}

impl Budgets {
    /// Budgets that know of no quota yet.
    pub fn new(config: BudgetConfig) -> Self {
        Self { config, main: Arc::new(Budget::new(config)), named: Mutex::default() }
    }

    /// The budget of a quota; without a name the connection's usual one.
    pub fn of(&self, quota: Option<&str>) -> Arc<Budget> {
        let Some(name) = quota else { return Arc::clone(&self.main) };
        // A budget is whole as soon as it is in the map, so a poisoned map is a sound one.
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(budget) = named.get(name) {
            return Arc::clone(budget);
        }
        if named.len() >= MOST_NAMED {
            return Arc::clone(&self.main);
        }
        Arc::clone(named.entry(name.to_owned()).or_insert_with(|| Arc::new(Budget::new(self.config))))
    }

    /// Divides the requests that may be in flight among so many replicas.
    pub(super) fn share_with(&self, sharers: u32) {
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        named.values().chain([&self.main]).for_each(|budget| budget.share_with(sharers));
    }

    /// Whether anything was sent within the last while.
    pub(super) fn used_within(&self, last: Duration) -> bool {
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        named.values().chain([&self.main]).any(|budget| budget.used_within(last))
    }

    /// Whether nothing would be lost with them: nothing is in flight, counted or waited for.
    pub fn are_unused(&self) -> bool {
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        self.main.is_unused() && named.values().all(|budget| budget.is_unused())
    }
}

#[cfg(test)]
mod tests {
    use connector_api::wire::service::Cost;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn replicas_divide_what_may_be_in_flight_and_each_has_one_at_least() {
        let budgets = Budgets::new(BudgetConfig { in_flight: 4, ..BudgetConfig::default() });
        let main = budgets.of(None);
        let soon = || Instant::now() + Duration::from_millis(10);
        let sent = async |main: &Budget| {
            let mut permits = vec![];
            while let Ok(permit) = main.acquire(Cost::default(), soon()).await {
                permits.push(permit);
            }
            permits.len()
        };
        let at_work = main.acquire(Cost::default(), soon()).await.unwrap();
        assert!(budgets.used_within(Duration::from_secs(1)));
        budgets.share_with(9);
        assert_eq!(sent(&main).await, 0, "the one in flight is its own");
        drop(at_work);
        assert_eq!(sent(&main).await, 1);
        budgets.share_with(2);
        assert_eq!(sent(&main).await, 2);
        budgets.share_with(1);
        assert_eq!(sent(&main).await, 4);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!budgets.used_within(Duration::from_secs(1)) && budgets.are_unused());
    }

    #[test]
    fn a_name_leads_to_the_same_budget_and_too_many_to_the_usual_one() {
        let budgets = Budgets::new(BudgetConfig::default());
        let main = budgets.of(None);
        assert!(Arc::ptr_eq(&main, &budgets.of(None)));
        let first = budgets.of(Some("a"));
        assert!(Arc::ptr_eq(&first, &budgets.of(Some("a"))) && !Arc::ptr_eq(&first, &main));
        for name in 1..MOST_NAMED {
            assert!(!Arc::ptr_eq(&budgets.of(Some(&name.to_string())), &main));
        }
        assert!(Arc::ptr_eq(&budgets.of(Some("one more")), &main));
        assert!(Arc::ptr_eq(&budgets.of(Some("a")), &first));
    }
}
