//! What every seed shares: stores, markets, pricelists, warehouses, brands, folders and size charts.

pub use crate::seed::ids::{EPOCH, RETAIL};
use crate::seed::{locations, locations::countries, locations::currency, shipping_tax};
use crate::shop::Shop;
use crate::value::{Kind, Record, Val};

/// The wholesale store.
pub const WHOLESALE: i64 = 2;

/// URI of the External Payment plugin.
pub const EXTERNAL_PAYMENT: &str = "external-payment";
/// Row of the External Payment plugin.
pub const EXTERNAL_PAYMENT_PLUGIN: i64 = 3;

/// Markets of the retail store.
pub const RETAIL_MARKETS: [i64; 3] = [1, 2, 3];
/// Pricelists of the retail store, by id: SEK, EUR, USD, JPY.
pub const RETAIL_PRICELISTS: [i64; 4] = [1, 2, 3, 4];

/// The sizes of clothes, in the order of the size chart; ids are one to six.
pub const CLOTHES_SIZES: [&str; 6] = ["XS", "S", "M", "L", "XL", "XXL"];
/// The sizes of shoes; ids are eleven and up.
pub const SHOE_SIZES: [&str; 6] = ["38", "39", "40", "41", "42", "43"];

/// A store with everything but products, customers and orders.
pub fn shop(warehouses: i64) -> Shop {
    let mut shop = Shop::default();
    locations::add(&mut shop);
    stores(&mut shop);
    markets(&mut shop);
    pricelists(&mut shop);
    warehouse_tables(&mut shop, warehouses);
    size_charts(&mut shop);
    shipping_tax::add(&mut shop);
    for (id, name) in [(1, "Fjord & Loom"), (2, "Norra Studio"), (3, "Härlig")] {
        let uri = format!("brand-{id}");
        let row = Record::new("Brand").with("name", name).with("uri", uri).with("stores", (Kind::Store, vec![RETAIL]));
        shop.add(Kind::Brand, id, row);
    }
    for (id, name) in [(1, "Spring 2025"), (2, "Autumn 2025")] {
        let row = Record::new("Collection")
            .with("name", name)
            .with("status", "ACTIVE")
            .with("uri", format!("collection-{id}"));
        shop.add(Kind::Collection, id, row);
    }
    shop.add(Kind::Folder, 1, Record::new("Folder").with("name", "All products").with("isTopFolder", true));
    shop
}

fn stores(shop: &mut Shop) {
    for (id, name, kind) in [(RETAIL, "Retail", "DIRECT_TO_CONSUMER"), (WHOLESALE, "Wholesale", "WHOLESALE")] {
        let row = Record::new("Store")
            .with("name", name)
            .with("type", kind)
            .with("allocationRule", (Kind::AllocationRule, id));
        shop.add(Kind::Store, id, row);
    }
    let plugins = [
        (1, "Checkout API", "checkout", "API", "centra_checkout_api"),
        (2, "Card payments", "card-payments", "PAYMENT_METHOD", "external_payment"),
        (EXTERNAL_PAYMENT_PLUGIN, "External payment", EXTERNAL_PAYMENT, "PAYMENT_METHOD", "external_payment"),
    ];
    for (id, name, uri, kind, plugin) in plugins {
        let row = Record::new("StorePlugin")
            .with("name", name)
            .with("uri", uri)
            .with("type", kind)
            .with("plugin", plugin)
            .with("status", "ACTIVE")
            .with("store", (Kind::Store, RETAIL));
        shop.add(Kind::StorePlugin, id, row);
    }
}

fn markets(shop: &mut Shop) {
    let markets: [(i64, &str, i64, i64, &[&str]); 4] = [
        (1, "Sweden", RETAIL, 1, &["SE"]),
        (2, "Europe", RETAIL, 1, &["DE", "FR", "NL", "DK", "FI", "PT"]),
        (3, "International", RETAIL, 1, &["NO", "GB", "US", "JP"]),
        (4, "Wholesale partners", WHOLESALE, 2, &[]),
    ];
    for (id, name, store, rule, codes) in markets {
        let row = Record::new("Market")
            .with("name", name)
            .with("store", (Kind::Store, store))
            .with("updatedAt", Val::Time(EPOCH))
            .with("allocationRule", (Kind::AllocationRule, rule))
            .with("assignedToCountries", countries(codes));
        shop.add(Kind::Market, id, row);
    }
}

fn pricelists(shop: &mut Shop) {
    let pricelists = [
        (1, "Sweden SEK", RETAIL, currency::SEK, Some(1), &["SE"][..]),
        (2, "Europe EUR", RETAIL, currency::EUR, Some(2), &["DE", "FR", "NL", "DK", "FI", "PT"]),
        (3, "World USD", RETAIL, currency::USD, Some(3), &["NO", "GB", "US"]),
        (4, "Japan JPY", RETAIL, currency::JPY, Some(4), &["JP"]),
        (5, "Wholesale EUR", WHOLESALE, currency::EUR, None, &[]),
    ];
    for (id, name, store, currency, shipping, codes) in pricelists {
        let row = Record::new("Pricelist")
            .with("name", name)
            .with("status", "ACTIVE")
            .with("isDefaultForCurrency", store == RETAIL)
            .with("updatedAt", Val::Time(EPOCH))
            .with("currency", (Kind::Currency, currency))
            .with("store", (Kind::Store, store))
            .with("defaultShippingOption", shipping.map(|id| (Kind::ShippingOption, id)))
            .with("assignedToCountries", countries(codes));
        shop.add(Kind::Pricelist, id, row);
    }
}

/// Warehouses one and two serve the retail store's rule, the second with a threshold; the third is outside of it.
fn warehouse_tables(shop: &mut Shop, count: i64) {
    let warehouses = [
        (1, "Stockholm", "CHECK_FIRST", None, "SE", 1),
        (2, "Rotterdam", "DIRECT", Some(2), "NL", 1),
        (3, "Outlet Malmö", "DIRECT", None, "SE", 2),
    ];
    for (id, name, policy, threshold, code, rule) in warehouses.into_iter().filter(|(id, ..)| *id <= count) {
        let row = Record::new("Warehouse")
            .with("name", name)
            .with("status", "ACTIVE")
            .with("stockOwnership", "THIRD_PARTY")
            .with("allocationPolicy", policy)
            .with("stockMaster", if id == 1 { "CENTRA" } else { "EXTERNAL" })
            .with("isHiddenFromStockView", false)
            .with("isConsignation", false)
            .with("threshold", threshold)
            .with("country", (Kind::Country, locations::country(code)))
            .with("allocationRules", (Kind::AllocationRule, vec![rule]));
        shop.add(Kind::Warehouse, id, row);
    }
    for (id, name, markets, store) in
        [(1, "Retail", RETAIL_MARKETS.to_vec(), RETAIL), (2, "Outlet", vec![4], WHOLESALE)]
    {
        let row = Record::new("AllocationRule")
            .with("name", name)
            .with("markets", (Kind::Market, markets))
            .with("stores", (Kind::Store, vec![store]));
        shop.add(Kind::AllocationRule, id, row);
    }
}

fn size_charts(shop: &mut Shop) {
    let charts: [(i64, &str, i64, &[&str]); 3] =
        [(1, "Clothes", 1, &CLOTHES_SIZES), (2, "Shoes EU", 11, &SHOE_SIZES), (3, "One size", 21, &["One size"])];
    for (chart, name, first, labels) in charts {
        let ids: Vec<i64> = (first..).take(labels.len()).collect();
        for (id, label) in ids.iter().zip(labels) {
            let text: Val<'static> = if chart == 3 { Val::Null } else { (*label).into() };
            shop.add(
                Kind::Size,
                *id,
                Record::new("Size").with("name", text).with("sizeChart", (Kind::SizeChart, chart)),
            );
        }
        let row = Record::new("SizeChart")
            .with("name", name)
            .with("sizes", (Kind::Size, ids))
            .with("horizontalLabels", labels.to_vec())
            .with("dividerSymbol", "x");
        shop.add(Kind::SizeChart, chart, row);
    }
}
