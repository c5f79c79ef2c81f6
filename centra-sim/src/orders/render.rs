//! An order as rows of the store.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::orders::order::{Line, LineCampaign, LineKind, Order, Payment, Return, Shipment, Status};
use crate::seed::base::RETAIL;
use crate::value::{Kind, Money, Record, Val};

/// All rows of an order.
pub fn rows(order: &Order) -> Vec<((Kind, i64), Record)> {
    let mut rows = vec![((Kind::DirectToConsumerOrder, order.number), self::order(order))];
    rows.extend(order.payments.iter().map(|own| ((Kind::PaymentHistoryEntry, own.id), payment(order, own))));
    rows.extend(
        (1..)
            .zip(&order.shipments)
            .map(|(place, own)| ((Kind::DirectToConsumerShipment, own.id), shipment(order, own, place))),
    );
    rows.extend(order.returns.iter().map(|own| ((Kind::DirectToConsumerReturn, own.id), returned(order, own))));
    rows
}

fn money(order: &Order, minor: i64) -> Money {
    Money { minor, currency: order.currency }
}

/// The part of an amount that is not tax.
fn without_tax(order: &Order, minor: i64) -> Money {
    money(order, minor * 100 / (100 + order.tax_percent))
}

/// An address; its country by code.
pub fn address(fields: &[(&'static str, String)]) -> Record {
    let mut record = Record::new("Address");
    for (name, value) in fields {
        match *name {
            "country" => record.set("country", (Kind::Country, crate::seed::locations::country(value))),
            name => record.set(name, value.clone()),
        }
    }
    record
}

fn line(order: &Order, own: &Line) -> Record {
    let wanted = own.ordered - own.cancelled;
    let back = |line: &&(i64, i64, i64, i64)| line.1 == own.id;
    let returned: i64 = order.shipments.iter().flat_map(|own| &own.lines).filter(back).map(|line| line.3).sum();
    let type_name = match own.kind {
        LineKind::Product => "ProductOrderLine",
        LineKind::Bundle => "BundleOrderLine",
        LineKind::Part => "BundleItemOrderLine",
    };
    Record::new(type_name)
        .with("id", own.id)
        .with("size", "")
        .with("productNumber", format!("P{}", own.size))
        .with("productName", format!("Size {}", own.size))
        .with("hasAnyDiscount", own.unit < own.original)
        .with("quantity", wanted)
        .with("cancelledQuantity", own.cancelled)
        .with("returnedQuantity", returned)
        .with("unitOriginalPrice", money(order, own.original))
        .with("unitPrice", money(order, own.unit))
        .with("discountPercent", percent_off(own.original, own.unit))
        .with("lineCampaign", own.campaign.as_ref().map(|campaign| line_campaign(order, own, campaign)))
        .with("taxPercent", i32::try_from(order.tax_percent).map_or(0.0, f64::from))
        .with("lineValue", money(order, own.unit * wanted))
        .with("lineValueWithoutTax", without_tax(order, own.unit * wanted))
        .with("productSize", (Kind::ProductSize, own.size))
}

/// How much less one amount is than another, in per cent with two decimals.
fn percent_off(original: i64, unit: i64) -> f64 {
    if original <= unit {
        return 0.0;
    }
    let share = Decimal::from(original - unit) * Decimal::ONE_HUNDRED / Decimal::from(original);
    share.round_dp(2).to_f64().unwrap_or(0.0)
}

fn line_campaign(order: &Order, own: &Line, campaign: &LineCampaign) -> Record {
    let row = &campaign.row;
    let quantity = own.ordered - own.cancelled;
    Record::new("OrderLineCampaign")
        .with("discount", money(order, (own.original - own.unit) * quantity))
        .with("originalDiscount", money(order, (own.original - own.unit) * own.ordered))
        .with("type", "VALUES_NOT_READ")
        .with("discountPercent", row.percent.and_then(|percent| percent.to_f64()))
        .with("fixedPrice", row.fixed.map(|(minor, currency)| Money { minor, currency }))
        .with("showSale", row.show_sale)
        .with("showNews", row.show_news)
        .with("startAt", Val::Time(row.start_at))
        .with("stopAt", Val::Time(row.stop_at))
        .with("name", campaign.name.clone())
        .with("campaign", (Kind::Campaign, campaign.id))
}

fn order(order: &Order) -> Record {
    let lines: i64 = order.lines.iter().map(|line| line.unit * (line.ordered - line.cancelled)).sum();
    let total = order.total();
    let totals = Record::new("OrderTotals")
        .with("lineValues", money(order, lines))
        .with("handling", money(order, 0))
        .with("shipping", money(order, if order.status == Status::Cancelled { 0 } else { order.shipping }))
        .with("discounts", money(order, order.discount))
        .with("taxAdded", money(order, order.on_top))
        .with("taxDeducted", money(order, 0))
        .with("taxIncluded", money(order, total - without_tax(order, total).minor));
    let attributes = order.attributes.iter().map(|(kind, key, value)| {
        let element = Record::new("AttributeStringElement").with("key", key.clone()).with("value", value.clone());
        Record::new("MappedAttribute")
            .with("type", Record::new("AttributeType").with("name", kind.clone()))
            .with("elements", vec![element])
    });
    let ids = |ids: Vec<i64>, kind: Kind| -> Val<'static> { (kind, ids).into() };
    Record::new("DirectToConsumerOrder")
        .with("id", order.hash.clone())
        .with("number", order.number)
        .with("status", order.status.name())
        .with("grandTotal", money(order, total))
        .with("createdAt", Val::Time(order.placed_at))
        .with("updatedAt", Val::Time(order.updated_at))
        .with("orderDate", Val::Time(order.placed_at))
        .with("internalComment", order.internal_comment.clone())
        .with("otherComment", order.comment.clone())
        .with("externalId", order.external_id.clone())
        .with("currencyBaseRate", 1.0)
        .with("attributes", attributes.collect::<Vec<_>>())
        .with("billingAddress", address(&order.billing))
        .with("shippingAddress", address(&order.delivery))
        .with("isOnHold", order.held)
        .with("isLocked", false)
        .with("isInternal", false)
        .with("isWaitingForPayment", false)
        .with("storeType", "DIRECT_TO_CONSUMER")
        .with("store", (Kind::Store, RETAIL))
        .with("market", (Kind::Market, order.market))
        .with("pricelist", (Kind::Pricelist, order.pricelist))
        .with("lines", order.lines.iter().map(|own| line(order, own)).collect::<Vec<_>>())
        .with("totals", totals)
        .with("shippingPriceGroup", order.price_group.map(|id| (Kind::ShippingPriceGroup, id)))
        .with("paymentMethod", (!order.payments.is_empty()).then_some((Kind::StorePlugin, order.payment_plugin)))
        .with("paymentHistory", ids(order.payments.iter().map(|own| own.id).collect(), Kind::PaymentHistoryEntry))
        .with("shipments", ids(order.shipments.iter().map(|own| own.id).collect(), Kind::DirectToConsumerShipment))
        .with("customer", (Kind::Customer, order.customer))
}

/// The customer of an order.
pub fn customer(order: &Order, total_orders: usize) -> Record {
    let text = |name: &str| order.delivery.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone());
    Record::new("Customer")
        .with("id", order.customer)
        .with("status", "ACTIVE")
        .with("email", text("email").unwrap_or_default())
        .with("firstName", text("firstName"))
        .with("lastName", text("lastName"))
        .with("createdAt", Val::Time(order.placed_at))
        .with("updatedAt", Val::Time(order.placed_at))
        .with("totalOrders", i64::try_from(total_orders).unwrap_or(0))
        .with("billingAddress", address(&order.billing))
        .with("store", (Kind::Store, RETAIL))
        .with("isAnonymized", false)
        .with("receiveNewsletters", false)
        .with("gender", "UNKNOWN")
}

fn payment(order: &Order, own: &Payment) -> Record {
    Record::new("PaymentHistoryEntry")
        .with("id", own.id)
        .with("createdAt", Val::Time(own.at))
        .with("status", "SUCCESS")
        .with("entryType", own.kind)
        .with("externalReference", own.reference.clone())
        .with("value", money(order, own.minor))
        .with("source", "Order API")
        .with("currencyBaseRate", 1.0)
        .with("order", (Kind::DirectToConsumerOrder, order.number))
        .with("storePlugin", (Kind::StorePlugin, order.payment_plugin))
}

fn shipment_line(order: &Order, (id, of, quantity, back): (i64, i64, i64, i64)) -> Record {
    let own = order.lines.iter().find(|own| own.id == of);
    let unit = own.map_or(0, |own| own.unit);
    Record::new("ShipmentLine")
        .with("id", id)
        .with("quantity", quantity)
        .with("returnedQuantity", back)
        .with("invoicedQuantity", 0_i64)
        .with("lineValue", money(order, unit * quantity))
        .with("unitPrice", money(order, unit))
        .with("orderLine", own.map(|own| line(order, own)))
}

fn shipment(order: &Order, own: &Shipment, place: i64) -> Record {
    let value =
        own.lines.iter().filter_map(|line| Some(order.lines.iter().find(|own| own.id == line.1)?.unit * line.2));
    let carrier = own.carrier.clone().map(|name| Record::new("CarrierInformation").with("carrierName", name));
    Record::new("DirectToConsumerShipment")
        .with("id", own.id)
        .with("number", format!("{}-{place}", order.number))
        .with("createdAt", Val::Time(own.created_at))
        .with("updatedAt", Val::Time(order.updated_at))
        .with("isGoodToGo", own.good_to_go)
        .with("isPrinted", false)
        .with("isShipped", own.shipped_at.is_some())
        .with("isOnHold", false)
        .with("trackingNumber", own.tracking.clone())
        .with("numberOfPackages", 1_i64)
        .with("grandTotal", money(order, value.sum()))
        .with("shippedAt", own.shipped_at.map(Val::Time))
        .with("isPaid", own.paid)
        .with("isCaptured", own.captured)
        .with("currencyBaseRate", 1.0)
        .with("usedFallbackTax", false)
        .with("carrierInformation", carrier)
        .with("lines", own.lines.iter().map(|line| shipment_line(order, *line)).collect::<Vec<_>>())
        .with("store", (Kind::Store, RETAIL))
        .with("order", (Kind::DirectToConsumerOrder, order.number))
}

fn returned(order: &Order, own: &Return) -> Record {
    let lines = own.lines.iter().filter_map(|(id, quantity)| {
        let sent = *order.shipments.iter().flat_map(|own| &own.lines).find(|found| found.0 == *id)?;
        let bought = order.lines.iter().find(|own| own.id == sent.1)?;
        Some(
            Record::new("ReturnLine")
                .with("id", id * 10)
                .with("quantity", *quantity)
                .with("lineValue", money(order, bought.unit * quantity))
                .with("unitPrice", money(order, bought.unit))
                .with("orderLine", line(order, bought))
                .with("shipmentLine", shipment_line(order, sent)),
        )
    });
    let quantity: i64 = own.lines.iter().map(|(_, quantity)| *quantity).sum();
    Record::new("DirectToConsumerReturn")
        .with("id", own.id)
        .with("returnStatus", if own.completed { "COMPLETED" } else { "PENDING" })
        .with("createdAt", Val::Time(own.created_at))
        .with("totalQuantity", quantity)
        .with("grandTotal", money(order, order.worth(own)))
        .with("returnedToStock", own.completed && own.restock)
        .with("comment", own.comment.clone())
        .with("currencyBaseRate", 1.0)
        .with("usedFallbackTax", false)
        .with("lines", lines.collect::<Vec<_>>())
        .with("store", (Kind::Store, RETAIL))
        .with("refundPaymentHistory", (Kind::PaymentHistoryEntry, own.refunds.clone()))
        .with("order", (Kind::DirectToConsumerOrder, order.number))
        .with("orderId", order.hash.clone())
        .with("shipment", (Kind::DirectToConsumerShipment, own.shipment))
        .with("customer", (Kind::Customer, order.customer))
}
