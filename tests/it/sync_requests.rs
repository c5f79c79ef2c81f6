//! A platform's quota is shared with the merchant's other integrations: no request is wasted.

use e2e::World;

/// Rows of one page, at most.
const PAGE: u64 = 200;

#[test]
fn a_full_sync_needs_hardly_more_requests_than_its_pages() {
    let products = 2_000;
    let world = World::start(&["--seed", "large", "--products", &products.to_string()]);
    let id = world.connect();
    world.sim.reset_stats();
    world.sync(&id, &[]);
    // Per product: a display, a price row in each of four pricelists, five sizes in each of two warehouses.
    let pages = |rows: u64| rows.div_ceil(PAGE);
    let small_streams = 8;
    let minimum = small_streams + pages(products) + 4 * pages(products) + 2 * pages(5 * products);
    let used = world.sim.requests();
    assert!(used * 10 <= minimum * 11, "{used} requests; the page limits need {minimum}");
    assert!(used >= minimum, "{used} requests cannot be enough: the minimum of {minimum} is wrong");
}

#[test]
fn an_increment_without_changes_needs_few_requests() {
    let world = World::start(&["--seed", "large", "--products", "2000"]);
    let id = world.connect();
    world.sync(&id, &[]);
    world.sim.reset_stats();
    world.sync(&id, &["--stream", "offers"]);
    let used = world.sim.requests();
    assert!(used <= 5, "{used} requests to learn that nothing has changed");
}
