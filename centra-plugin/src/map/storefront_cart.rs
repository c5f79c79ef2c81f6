//! A cart of the Storefront API in the words of the Checkout API's, so that one mapping makes quotes of both.

use crate::wire::{
    amount::Amount,
    checkout::{Discounts, Item, Off, Product, ProductItem, Selection, Totals},
    listed::ListedLowest,
    storefront_cart::{Cart, CartLine, CartLowest, CartTotal},
};

use super::quote::Delivery;

/// The cart.
pub fn selection(cart: &Cart) -> Selection {
    let totals = totals(cart);
    let is_net = is_net(cart, &totals);
    let off = |own: &crate::wire::storefront_cart::CartDiscount| Off {
        voucher: own.code.clone(),
        description: own.name.clone(),
        price_off_as_number: own.value.value,
    };
    let (automatic, coded): (Vec<_>, Vec<_>) =
        cart.discounts.iter().partition(|own| own.method.as_deref() == Some("AUTO"));
    let checkout = cart.checkout.as_ref();
    Selection {
        currency: None,
        items: cart.lines.iter().map(|line| item(line, is_net)).collect(),
        shipping_method: checkout.and_then(|own| own.shipping_method.as_ref()).map(|own| own.id.to_string()),
        payment_method: None,
        discounts: Some(Discounts {
            vouchers: coded.into_iter().map(off).collect(),
            automatic_discounts: automatic.into_iter().map(off).collect(),
        }),
        totals: Some(totals),
        has_widget: false,
    }
}

/// Ways to deliver, as listed.
pub fn deliveries(cart: &Cart) -> Vec<Delivery> {
    let methods = cart.checkout.iter().flat_map(|own| &own.shipping_methods);
    let own = methods.map(|method| Delivery {
        uri: method.id.to_string(),
        name: method.name.clone().unwrap_or_default(),
        price: method.price.value,
        totals: None,
    });
    own.collect()
}

/// The sums. Of tax there is a row for each rate, and one for all of them.
pub fn totals(cart: &Cart) -> Totals {
    let rows = || cart.checkout.iter().flat_map(|own| &own.totals);
    let row = |kind: &str| rows().find(|own| own.kind == kind);
    let amount = |kind: &str| row(kind).map(|own| own.price.value).unwrap_or_default();
    let tax = |kind: &str| row(&format!("{kind}_TOTAL")).or_else(|| row(kind)).map(|own| own.price.value);
    let rate = |own: &CartTotal| own.tax_percent.exact().is_some().then_some(own.tax_percent);
    let added = tax("TAX_ADDED").unwrap_or_default();
    let contained = tax("INCLUDING_TAX").unwrap_or_default();
    Totals {
        items_total_price_as_number: amount("ITEMS_SUBTOTAL"),
        total_discount_price_as_number: amount("DISCOUNT"),
        shipping_price_as_number: amount("SHIPPING"),
        handling_cost_price_as_number: amount("HANDLING"),
        tax_deducted_as_number: tax("TAX_DEDUCT").unwrap_or_default(),
        tax_added_as_number: added,
        tax_percent: rows().find_map(rate).unwrap_or_default(),
        grand_total_price_as_number: amount("GRAND_TOTAL"),
        grand_total_price_tax_as_number: if contained == Amount::Absent { added } else { contained },
        ..Totals::default()
    }
}

/// Whether the items' sum is that of the lines without tax. Which of the two lines tell where tax comes on top is not known \[U\].
fn is_net(cart: &Cart, totals: &Totals) -> bool {
    let sum = |of: fn(&CartLine) -> Amount| {
        cart.lines.iter().map(|line| of(line).exact().map(|own| own.0)).sum::<Option<rust_decimal::Decimal>>()
    };
    let items = totals.items_total_price_as_number.exact().map(|own| own.0);
    items.is_some() && sum(|line| line.line_value.value) != items && sum(|line| line.line_value_net.value) == items
}

fn lowest(own: &CartLowest) -> ListedLowest {
    ListedLowest { period_days: own.period_days, price_as_number: own.price.value }
}

fn item(line: &CartLine, is_net: bool) -> Item {
    let name = format!("{}-{}", line.display_item.id, line.item.product_size_id);
    let stock = match (&line.item.stock, line.item.preorder) {
        (_, true) => Some("preorder"),
        (Some(stock), false) => Some(if stock.available { "yes" } else { "no" }),
        (None, false) => None,
    };
    let [unit, list, total] = if is_net {
        [line.unit_price_net, line.unit_original_price_net, line.line_value_net]
    } else {
        [line.unit_price, line.unit_original_price, line.line_value]
    };
    Item {
        line: Some(line.id.clone()),
        quantity: line.quantity,
        price_each_as_number: unit.value,
        price_each_before_discount_as_number: list.value,
        total_price_as_number: total.value,
        product: Some(Product {
            items: vec![ProductItem { item: Some(name.clone()), stock: stock.map(str::to_owned) }],
            lowest: line.display_item.lowest_price.iter().map(lowest).collect(),
        }),
        item: Some(name),
    }
}
