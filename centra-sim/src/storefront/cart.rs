//! A cart as `Selection`: its lines, and with `checkout` its shipping, payment and totals.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Map, Value, json};

use super::places::{language, state};
use super::run::{Run, node};
use crate::checkout::Quirk;
use crate::checkout::context::{Context, country_row, states};
use crate::checkout::goods::Item;
use crate::checkout::pricing::{
    Ledger, PricedLine, VOUCHERS, Voucher, default_payment, fee_in, payment_methods, price,
};
use crate::checkout::selection::{Line, Selection};
use crate::seed::base::EXTERNAL_PAYMENT;
use crate::value::Kind;

/// Ids of payment methods here: numbers, where the Checkout API has URIs.
const PAYMENT_IDS: [(&str, i64); 3] = [("card-payments", 2), (EXTERNAL_PAYMENT, 3), ("invoice", 4)];

/// The URI of a payment method.
pub(super) fn payment_uri(id: i64) -> Option<&'static str> {
    PAYMENT_IDS.iter().find(|(_, own)| *own == id).map(|(uri, _)| *uri)
}

impl Run<'_> {
    /// The cart with all its amounts.
    pub(super) fn ledger(&self) -> Ledger {
        price(self.writer.view, self.writer.settings, &self.selection.priced())
    }

    fn here(&self) -> Context {
        let basket = &self.selection.basket;
        Context::of(self.writer.view, basket.country.as_deref(), basket.market, basket.pricelist)
    }

    /// `Selection`. Its id is null until it holds something.
    pub(super) fn cart(&self) -> Value {
        let own = &self.selection;
        let ledger = self.ledger();
        let currency = self.here().currency;
        let lines: Vec<Value> = own.lines.iter().filter_map(|line| self.line_in(&ledger, line)).collect();
        let is_empty = own.lines.is_empty() && own.shipping_address.is_empty();
        json!({
            "__typename": "Selection",
            "id": if is_empty { Value::Null } else { own.hash.as_str().into() },
            "lines": lines,
            "discounts": self.discounts(&ledger, currency),
            "language": language(own.language.as_deref().unwrap_or("en")),
            "comment": null,
            "grandTotal": self.money(ledger.total - ledger.tax_added, currency),
            "taxExempt": ledger.tax_deducted != 0,
            "usedFallbackTax": false,
            "checkout": self.checkout(&ledger, currency),
        })
    }

    /// The line of this id.
    pub(super) fn line_of(&self, id: &str) -> Value {
        let line = self.selection.lines.iter().find(|line| line.id == id);
        line.and_then(|line| self.line_in(&self.ledger(), line)).unwrap_or_default()
    }

    fn line_in(&self, ledger: &Ledger, line: &Line) -> Option<Value> {
        let priced = ledger.lines.iter().find(|priced| priced.item == line.item)?;
        let view = self.writer.view;
        let item = Item::read(view, &line.item)?;
        let currency = self.here().currency;
        let product = self.reference(Kind::Display, item.display, "product").unwrap_or(0);
        let mut own = json!({
            "__typename": "ProductLine", "id": line.id, "quantity": line.quantity, "comment": "",
            "name": self.text(Kind::Display, item.display, "name"),
            "size": self.text(Kind::ProductSize, item.size, "description"),
            "productNumber": self.text(Kind::Product, product, "productNumber"),
            "productVariantName": self.text(Kind::ProductVariant, item.variant, "name"),
            "displayItem": node("DisplayItem", item.shown), "item": self.item(item),
            "taxPercent": priced.rate.to_f64(),
            "hasDiscount": priced.unit_exact < Decimal::from(priced.unit_before),
            "discountPercent": percent_off(priced),
            "appliedPromotions": self.promotions(priced, currency),
        });
        if let Some(bundle) = self.line_bundle(item, &line.item, &line.id, line.quantity, currency) {
            own["__typename"] = "BundleLine".into();
            own["bundle"] = bundle;
        }
        let quantity = Decimal::from(priced.quantity);
        let before = Decimal::from(priced.unit_before);
        let amounts = [
            ("unitPrice", priced.unit_exact),
            ("unitOriginalPrice", before),
            ("unitPriceReduction", before - priced.unit_exact),
            ("lineValue", priced.total.into()),
            ("originalLineValue", before * quantity),
        ];
        // Where tax comes on top, no amount of a line holds any.
        let has_tax = priced.unit_without_tax != priced.unit;
        let without = |amount: Decimal| {
            if has_tax { amount * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + priced.rate) } else { amount }
        };
        let fields = own.as_object_mut()?;
        for (name, amount) in amounts {
            fields.insert(name.to_owned(), self.money(amount, currency));
            fields.insert(format!("{name}Net"), self.money(without(amount).round(), currency));
        }
        Some(own)
    }

    fn promotions(&self, line: &PricedLine, currency: i64) -> Value {
        let campaigns = &self.writer.view.overlay.campaigns;
        let Some(campaign) = line.campaign.and_then(|id| campaigns.get(id)) else { return json!([]) };
        let variant = Item::read(self.writer.view, &line.item).map(|item| item.variant);
        let row = campaign.variants.iter().find(|row| Some(row.variant) == variant);
        let percent = row.and_then(|row| row.percent).and_then(|percent| percent.to_f64());
        let value = (Decimal::from(line.unit_before) - line.unit_exact) * Decimal::from(line.quantity);
        json!([{ "__typename": "AppliedCampaignPercent", "type": "CAMPAIGN", "percent": percent, "value": self.money(value, currency) }])
    }

    fn discounts(&self, ledger: &Ledger, currency: i64) -> Value {
        let mut reported = Vec::new();
        let mut voucher = |type_name: &str, name: &str, method: &str, minor: i64, code: Option<&str>| {
            reported.push(json!({ "__typename": type_name, "id": reported.len() + 1, "name": name, "method": method, "type": "DISCOUNT",
                "value": self.money(minor, currency), "isExternal": false, "lineIds": [], "code": code }));
        };
        if ledger.automatic != 0 {
            voucher("AutoVoucher", "Off every order", "AUTO", ledger.automatic, None);
        }
        for (code, off) in &ledger.vouchers {
            let is_shipping = VOUCHERS.iter().any(|(own, kind)| own == code && *kind == Voucher::Shipping);
            let name = if is_shipping { "Free shipping" } else { "Money off" };
            voucher("CodeVoucher", name, "CODE", *off, Some(code));
        }
        reported.into()
    }

    fn checkout(&self, ledger: &Ledger, currency: i64) -> Value {
        let listed = !self.writer.settings.has(Quirk::UnlistedShipping);
        let methods: Vec<Value> = ledger
            .methods
            .iter()
            .filter(|_| listed)
            .map(|method| {
                json!({ "__typename": "ShippingMethod", "id": method.id, "name": method.name, "comment": null,
                    "price": self.money(method.price, currency), "selected": Some(&method.uri) == ledger.selected.as_ref() })
            })
            .collect();
        let chosen = self.selection.basket.payment_method.as_deref();
        let chosen = chosen.unwrap_or_else(|| default_payment(self.writer.settings));
        let payment = |(uri, name, fees): (&'static str, &'static str, [i64; 4])| {
            let id = PAYMENT_IDS.iter().find(|(own, _)| *own == uri).map_or(0, |(_, id)| *id);
            let kind = if uri == EXTERNAL_PAYMENT { "EXTERNAL_PAYMENT" } else { "UNKNOWN" };
            json!({ "__typename": "PaymentMethod", "id": id, "uri": uri, "name": name, "kind": kind, "active": true,
                "handlingCost": self.money(fee_in(fees, currency), currency) })
        };
        let payments: Vec<Value> = payment_methods(self.writer.settings).map(payment).collect();
        let is_apart = !self.selection.address.is_empty() && self.selection.address != self.selection.shipping_address;
        json!({
            "__typename": "CheckoutSelection",
            "shippingAddress": self.address(&self.selection.shipping_address),
            "separateBillingAddress": if is_apart { self.address(&self.selection.address) } else { Value::Null },
            "hasSeparateBillingAddress": is_apart,
            "shippingMethod": methods.iter().find(|method| method["selected"] == true),
            "shippingMethods": methods,
            "paymentMethod": payments.iter().find(|own| own["uri"] == chosen),
            "paymentMethods": payments,
            "totals": self.totals(ledger, currency),
        })
    }

    /// Rows of totals; those of tax by what tax does here. Whether discounts are negative is not known.
    fn totals(&self, ledger: &Ledger, currency: i64) -> Value {
        let row = |kind: &str, minor: i64| json!({ "__typename": "SelectionTotalRowBase", "type": kind, "price": self.money(minor, currency) });
        let tax = |kind: &str, minor: i64| json!({ "__typename": "SelectionTotalTaxRow", "type": kind, "price": self.money(minor, currency), "taxPercent": ledger.rate.to_f64() });
        let negative = self.writer.settings.has(Quirk::DiscountNegative);
        let mut rows = vec![row("ITEMS_SUBTOTAL", ledger.items)];
        if ledger.discount != 0 {
            rows.push(row("DISCOUNT", if negative { -ledger.discount } else { ledger.discount }));
        }
        rows.push(row("SHIPPING", ledger.shipping));
        if ledger.handling != 0 {
            rows.push(row("HANDLING", ledger.handling));
        }
        let of_tax = if ledger.tax_added != 0 {
            Some(("TAX_ADDED", ledger.tax_added))
        } else if ledger.tax_deducted != 0 {
            Some(("TAX_DEDUCT", ledger.tax_deducted))
        } else {
            (ledger.tax != 0).then_some(("INCLUDING_TAX", ledger.tax))
        };
        if let Some((kind, minor)) = of_tax {
            rows.push(tax(kind, minor));
            rows.push(tax(&format!("{kind}_TOTAL"), minor));
        }
        let less = if self.writer.settings.has(Quirk::TotalLess) { 5 * 10_i64.pow(ledger.digits) } else { 0 };
        rows.push(row("GRAND_TOTAL", ledger.total - less));
        rows.into()
    }

    /// An address; before one was given, only the session's country.
    fn address(&self, given: &Map<String, Value>) -> Value {
        let basket = &self.selection.basket;
        let mut own = given.clone();
        own.insert("__typename".to_owned(), "Address".into());
        let code = given.get("country").and_then(Value::as_str).or(basket.country.as_deref());
        let country = code.and_then(|code| country_row(self.writer.view, code));
        own.insert("country".to_owned(), country.map_or(Value::Null, |id| node("Country", id)));
        let state_code = given.get("state").and_then(Value::as_str).or(basket.state.as_deref());
        let all = code.map(|code| states(self.writer.view, code)).unwrap_or_default();
        let known = all.iter().find(|(code, _)| Some(code.as_str()) == state_code);
        own.insert("state".to_owned(), known.map_or(Value::Null, |(code, name)| state(code, name)));
        Value::Object(own)
    }
}

fn percent_off(line: &PricedLine) -> Option<f64> {
    let before = Decimal::from(line.unit_before);
    if before.is_zero() {
        return Some(0.0);
    }
    ((before - line.unit_exact).max(Decimal::ZERO) * Decimal::ONE_HUNDRED / before).round_dp(2).to_f64()
}

/// A new session's cart.
pub(super) fn fresh(selection: &mut Selection, home: &str) {
    selection.basket.country = Some(home.to_owned());
}
