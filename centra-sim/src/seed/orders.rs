//! A few customers and orders, enough for a client to see that it may read them.

use crate::seed::base::{EPOCH, RETAIL};
use crate::seed::locations::{country, currency};
use crate::shop::Shop;
use crate::value::{Kind, Money, Record, Val};

/// First name, last name, city, postal code, country.
const PEOPLE: [(&str, &str, &str, &str, &str); 3] = [
    ("Test", "Testsson", "Stockholm", "111 20", "SE"),
    ("Erika", "Mustermann", "Berlin", "10115", "DE"),
    ("Jane", "Doe", "San Francisco", "94103", "US"),
];

/// Number, customer, status, units, shipped.
const ORDERS: [(i64, i64, &str, i64, bool); 3] =
    [(1001, 1, "PENDING", 1, false), (1002, 2, "CONFIRMED", 2, false), (1003, 3, "SHIPPED", 1, true)];

/// Adds customers and orders; the orders buy the given sizes.
pub fn add(shop: &mut Shop, sizes: &[i64]) {
    for (id, (first, last, ..)) in (1..).zip(PEOPLE) {
        let row = Record::new("Customer")
            .with("status", "ACTIVE")
            .with("email", email(first))
            .with("firstName", first)
            .with("lastName", last)
            .with("createdAt", Val::Time(EPOCH))
            .with("updatedAt", Val::Time(EPOCH + id * 60))
            .with("totalOrders", 1_i64)
            .with("billingAddress", address(id))
            .with("store", (Kind::Store, RETAIL))
            .with("isAnonymized", false)
            .with("receiveNewsletters", false)
            .with("gender", "UNKNOWN");
        shop.add(Kind::Customer, id, row);
    }
    for (order, size) in ORDERS.iter().zip(sizes.iter().cycle()) {
        add_order(shop, *order, *size);
    }
}

fn email(first: &str) -> String {
    format!("{}@example.com", first.to_lowercase())
}

fn address(customer: i64) -> Record {
    let person = usize::try_from(customer - 1).ok().and_then(|index| PEOPLE.get(index)).copied();
    let (first, last, city, zip, code) = person.unwrap_or(("", "", "", "", "SE"));
    Record::new("Address")
        .with("firstName", first)
        .with("lastName", last)
        .with("address1", "Main street 1")
        .with("city", city)
        .with("zipCode", zip)
        .with("country", (Kind::Country, country(code)))
        .with("state", (code == "US").then_some((Kind::CountryState, 1)))
        .with("email", email(first))
        .with("phoneNumber", "+46 70 000 00 00")
}

fn money(minor: i64) -> Money {
    Money { minor, currency: currency::SEK }
}

fn add_order(
    shop: &mut Shop,
    (number, customer, status, units, is_shipped): (i64, i64, &'static str, i64, bool),
    size: i64,
) {
    let (unit, shipping) = (29_900, 4_900);
    let total = unit * units + shipping;
    let at = EPOCH + number * 600;
    let hash = format!("{number:032x}");
    let line = Record::new("ProductOrderLine")
        .with("id", number * 10)
        .with("size", "M")
        .with("productNumber", "P1001")
        .with("hasAnyDiscount", false)
        .with("productName", "Plain tee")
        .with("productVariantName", "White")
        .with("quantity", units)
        .with("cancelledQuantity", 0_i64)
        .with("returnedQuantity", 0_i64)
        .with("unitOriginalPrice", money(unit))
        .with("unitPrice", money(unit))
        .with("discountPercent", 0.0)
        .with("taxPercent", 25.0)
        .with("lineValue", money(unit * units))
        .with("productSize", (Kind::ProductSize, size));
    let payment = Record::new("PaymentHistoryEntry")
        .with("createdAt", Val::Time(at))
        .with("status", "SUCCESS")
        .with("entryType", if is_shipped { "CAPTURE" } else { "AUTH" })
        .with("externalReference", format!("pay-{number}"))
        .with("paymentMethod", "card-payments")
        .with("value", money(total))
        .with("source", "Order API")
        .with("currencyBaseRate", 1.0)
        .with("order", (Kind::DirectToConsumerOrder, number))
        .with("storePlugin", (Kind::StorePlugin, 2));
    shop.add(Kind::PaymentHistoryEntry, number, payment);
    if is_shipped {
        shop.add(Kind::DirectToConsumerShipment, number, shipment(number, units, unit, at, line.clone()));
    }
    let shipments = if is_shipped { vec![number] } else { vec![] };
    let order = Record::new("DirectToConsumerOrder")
        .with("id", hash)
        .with("number", number)
        .with("status", status)
        .with("grandTotal", money(total))
        .with("createdAt", Val::Time(at))
        .with("updatedAt", Val::Time(at + 60))
        .with("orderDate", Val::Time(at))
        .with("otherComment", "")
        .with("currencyBaseRate", 1.0)
        .with("billingAddress", address(customer))
        .with("shippingAddress", address(customer))
        .with("isOnHold", false)
        .with("isLocked", false)
        .with("isInternal", false)
        .with("isWaitingForPayment", false)
        .with("storeType", "DIRECT_TO_CONSUMER")
        .with("store", (Kind::Store, RETAIL))
        .with("market", (Kind::Market, customer))
        .with("pricelist", (Kind::Pricelist, 1_i64))
        .with("lines", vec![line])
        .with("totals", totals(units, unit, shipping))
        .with("shippingPriceGroup", (Kind::ShippingPriceGroup, 1_i64))
        .with("paymentMethod", (Kind::StorePlugin, 2_i64))
        .with("paymentHistory", (Kind::PaymentHistoryEntry, vec![number]))
        .with("shipments", (Kind::DirectToConsumerShipment, shipments))
        .with("customer", (Kind::Customer, customer));
    shop.add(Kind::DirectToConsumerOrder, number, order);
}

fn totals(units: i64, unit: i64, shipping: i64) -> Record {
    let tax = (unit * units + shipping) / 5;
    Record::new("OrderTotals")
        .with("quantity", units)
        .with("originalQuantity", units)
        .with("cancelledQuantity", 0_i64)
        .with("unexpeditedQuantity", 0_i64)
        .with("lineValues", money(unit * units))
        .with("handling", money(0))
        .with("shipping", money(shipping))
        .with("discounts", money(0))
        .with("taxAdded", money(0))
        .with("taxDeducted", money(0))
        .with("taxIncluded", money(tax))
}

fn shipment(number: i64, units: i64, unit: i64, at: i64, order_line: Record) -> Record {
    let line = Record::new("ShipmentLine")
        .with("id", number)
        .with("quantity", units)
        .with("returnedQuantity", 0_i64)
        .with("invoicedQuantity", 0_i64)
        .with("lineValue", money(unit * units))
        .with("unitPrice", money(unit))
        .with("orderLine", order_line);
    Record::new("DirectToConsumerShipment")
        .with("number", format!("{number}-1"))
        .with("createdAt", Val::Time(at))
        .with("updatedAt", Val::Time(at + 60))
        .with("isGoodToGo", true)
        .with("isPrinted", false)
        .with("isShipped", true)
        .with("isOnHold", false)
        .with("trackingNumber", format!("TRACK{number}"))
        .with("numberOfPackages", 1_i64)
        .with("grandTotal", money(unit * units))
        .with("shippedAt", Val::Time(at + 60))
        .with("isPaid", true)
        .with("paidAt", Val::Time(at))
        .with("isCaptured", true)
        .with("capturedAt", Val::Time(at))
        .with("currencyBaseRate", 1.0)
        .with("usedFallbackTax", false)
        .with("carrierInformation", Record::new("CarrierInformation").with("carrierName", "Test carrier"))
        .with("lines", vec![line])
        .with("store", (Kind::Store, RETAIL))
        .with("order", (Kind::DirectToConsumerOrder, number))
}
