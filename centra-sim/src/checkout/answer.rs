//! A selection as JSON, the way Centra writes it.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::context::{Context, ships_to, states};
use super::goods::Item;
use super::pricing::{Ledger, PricedLine, VOUCHERS, Voucher, default_payment, payment_methods, price};
use super::selection::Selection;
use super::settings::Quirk;
use super::writer::{Writer, formatted, number};
use crate::value::Kind;

impl Writer<'_> {
    /// The whole answer, without the token.
    pub(crate) fn selection(&self, selection: &Selection) -> Map<String, Value> {
        let basket = selection.priced();
        let ledger = price(self.view, self.settings, &basket);
        let context = Context::of(self.view, basket.country.as_deref(), basket.market, basket.pricelist);
        let language = selection.language.as_deref().unwrap_or("en");
        let language_object = self.settings.has(Quirk::LanguageObject);
        let country = basket.country.as_deref();
        let payment = basket.payment_method.as_deref().unwrap_or_else(|| default_payment(self.settings));
        let mut items: Vec<Value> = ledger
            .lines
            .iter()
            .zip(&selection.lines)
            .map(|(line, own)| self.item(&ledger, &context, line, &own.id))
            .collect();
        if self.settings.has(Quirk::GiftAdded) && !items.is_empty() {
            items.push(json!({ "item": "0-0", "line": "gift", "quantity": 1, "priceEachAsNumber": 0, "totalPriceAsNumber": 0 }));
        }
        let own = json!({
            "currency": ledger.currency,
            "language": if language_object { Value::Null } else { language.into() },
            "paymentMethod": payment,
            "paymentMethodName": payment,
            "shippingMethod": ledger.selected,
            "items": items,
            "discounts": self.discounts(&ledger),
            "totals": self.totals(&ledger),
            "vatExempt": ledger.tax_deducted != 0,
            "address": self.map(selection.address.clone()),
            "shippingAddress": self.map(selection.shipping_address.clone()),
            "currencyFormat": { "currency": ledger.currency, "prefix": "", "suffix": format!("\u{a0}{}", ledger.currency),
                "decimalPoint": ".", "decimalDigits": ledger.digits.to_string(), "uri": ledger.currency.to_lowercase() },
            "pluginFields": if self.settings.has(Quirk::UnlistedShipping) {
                json!({ "shipwallet": { "session": "widget" } })
            } else {
                self.map(Map::new())
            },
        });
        let location = json!({
            "country": country,
            "name": country,
            "state": basket.state,
            "shipTo": country.is_some_and(|country| ships_to(self.view, country)) && !self.settings.has(Quirk::ShipToFalse),
            "language": if language_object { json!({ "language": language, "default": true }) } else { language.into() },
            "market": self.id(context.market),
            "pricelist": self.id(context.pricelist),
        });
        let mut answer = Map::new();
        answer.insert("selection".to_owned(), own);
        answer.insert("paymentMethods".to_owned(), self.payments(&ledger, &context));
        answer.insert(
            "paymentFields".to_owned(),
            json!({ "address": {
            "email": { "type": "string", "visible": true, "required": true },
            "zipCode": { "type": "string", "visible": true, "required": true } } }),
        );
        answer.insert("shippingMethods".to_owned(), self.methods(&ledger));
        answer.insert("countries".to_owned(), self.countries());
        let languages = if self.settings.has(Quirk::OldNames) { "language" } else { "languages" };
        answer.insert(
            languages.to_owned(),
            json!([{ "language": "en", "default": true }, { "language": "sv", "default": false }]),
        );
        answer.insert("location".to_owned(), location);
        answer
    }

    fn item(&self, ledger: &Ledger, context: &Context, line: &PricedLine, hash: &str) -> Value {
        let item = Item::read(self.view, &line.item);
        let size = item.map_or(0, |item| item.size);
        let text = |field| self.view.get(Kind::ProductSize, size, field).as_str().unwrap_or_default().to_owned();
        let mut product = Map::new();
        if let Some(item) = item {
            product.insert("product".to_owned(), self.id(item.shown));
            product.insert("centraVariant".to_owned(), self.id(item.variant));
            let plain = line.item.split('+').next().unwrap_or_default();
            let mut own = json!({ "item": plain, "sku": text("SKU") });
            if self.settings.has(Quirk::StockShown) {
                own["stock"] =
                    item.stock_in_cart(self.view, context.market, &line.item).map_or("infinite".into(), Value::from);
            }
            product.insert("items".to_owned(), json!([own]));
            product.insert("lowestPrice".to_owned(), self.lowest_price(item.variant, context));
            product.insert("media".to_owned(), self.map(Map::new()));
            product.insert("categories".to_owned(), self.map(Map::new()));
        }
        let mut fields = Map::new();
        let plain = line.item.split('+').next().unwrap_or_default();
        fields.insert("item".to_owned(), plain.into());
        let parts = item.map(|item| item.parts(self.view, &line.item)).unwrap_or_default();
        if !parts.is_empty() {
            let parts = parts.into_iter().map(|(section, part, quantity)| {
                let sku = self.view.get(Kind::ProductSize, part.size, "SKU").as_str().unwrap_or_default().to_owned();
                json!({ "section": self.id(section), "item": format!("{}-{}", part.shown, part.size), "quantity": quantity * line.quantity, "sku": sku })
            });
            fields.insert("bundle".to_owned(), parts.collect());
        }
        fields.insert("line".to_owned(), hash.into());
        fields.insert("quantity".to_owned(), line.quantity.into());
        fields.insert("sku".to_owned(), text("SKU").into());
        fields.insert("size".to_owned(), text("description").into());
        fields.insert("anyDiscount".to_owned(), (line.unit != line.unit_before).into());
        fields.insert("taxPercent".to_owned(), number(&line.rate.to_string()));
        if let Some(campaign) = line.campaign.and_then(|id| self.view.overlay.campaigns.get(id)) {
            let mut own = Map::from_iter([("name".to_owned(), Value::from(campaign.name.as_str()))]);
            self.put(&mut own, "discount", Some(line.unit_before - line.unit), ledger);
            fields.insert("campaign".to_owned(), Value::Object(own));
        }
        self.put_exact(&mut fields, "priceEach", line.unit_exact, ledger.coin());
        let mut price = |name: &str, minor: i64| self.put(&mut fields, name, Some(minor), ledger);
        price("totalPrice", line.total);
        price("priceEachBeforeDiscount", line.unit_before);
        price("priceEachWithoutTax", line.unit_without_tax);
        price("priceEachReduction", line.unit_before - line.unit);
        fields.insert("product".to_owned(), Value::Object(product));
        Value::Object(fields)
    }

    fn totals(&self, ledger: &Ledger) -> Value {
        let discount = if self.settings.has(Quirk::DiscountNegative) { -ledger.discount } else { ledger.discount };
        let items =
            if self.settings.has(Quirk::DiscountBeside) { ledger.items } else { ledger.items - ledger.discount };
        let more = if self.settings.has(Quirk::ItemsSumMore) { 100 * 10_i64.pow(ledger.digits) } else { 0 };
        let items = items + more;
        let or_absent = |minor: i64| (minor != 0).then_some(minor);
        let mut totals = Map::new();
        let mut put = |name: &str, minor: Option<i64>| self.put(&mut totals, name, minor, ledger);
        put("itemsTotalPrice", Some(items));
        put("totalDiscountPrice", or_absent(discount));
        put("shippingPrice", Some(ledger.shipping));
        put("handlingCostPrice", Some(ledger.handling));
        put("taxDeducted", or_absent(ledger.tax_deducted));
        put("taxAdded", or_absent(ledger.tax_added));
        let beside = if self.settings.has(Quirk::AddedBeside) { ledger.tax_added } else { 0 };
        let less = if self.settings.has(Quirk::TotalLess) { 5 * 10_i64.pow(ledger.digits) } else { 0 };
        put("grandTotalPrice", Some(ledger.total - beside - less + more));
        put("grandTotalPriceTax", Some(ledger.tax));
        totals.insert("taxPercent".to_owned(), number(&ledger.rate.to_string()));
        totals.insert("totalQuantity".to_owned(), ledger.lines.iter().map(|line| line.quantity).sum::<i64>().into());
        Value::Object(totals)
    }

    fn discounts(&self, ledger: &Ledger) -> Value {
        let mut automatic = Vec::new();
        if ledger.automatic != 0 {
            let mut own = Map::from_iter([("description".to_owned(), Value::from("Off every order"))]);
            self.put(&mut own, "priceOff", Some(ledger.automatic), ledger);
            automatic.push(Value::Object(own));
        }
        let vouchers = ledger.vouchers.iter().map(|(code, off)| {
            let is_shipping = VOUCHERS.iter().any(|(own, kind)| own == code && *kind == Voucher::Shipping);
            let words = if is_shipping { "Free shipping" } else { "Money off" };
            let mut own = Map::from_iter([
                ("voucher".to_owned(), Value::from(code.as_str())),
                ("type".to_owned(), "code".into()),
                ("description".to_owned(), words.into()),
            ]);
            self.put(&mut own, "priceOff", Some(*off), ledger);
            Value::Object(own)
        });
        let vouchers: Vec<Value> = vouchers.collect();
        let mut own = Map::from_iter([
            ("anyDiscount".to_owned(), Value::from(ledger.discount != 0)),
            ("automaticDiscounts".to_owned(), automatic.into()),
            ("vouchers".to_owned(), vouchers.into()),
        ]);
        self.put(&mut own, "discount", Some(ledger.discount), ledger);
        Value::Object(own)
    }

    fn methods(&self, ledger: &Ledger) -> Value {
        if self.settings.has(Quirk::UnlistedShipping) {
            return json!([]);
        }
        let methods = ledger.methods.iter().map(|method| {
            let mut own = Map::from_iter([
                ("shippingMethod".to_owned(), Value::from(method.uri.as_str())),
                ("name".to_owned(), method.name.as_str().into()),
            ]);
            self.put(&mut own, "price", Some(method.price), ledger);
            Value::Object(own)
        });
        methods.collect::<Vec<_>>().into()
    }

    fn payments(&self, ledger: &Ledger, context: &Context) -> Value {
        let methods = payment_methods(self.settings).map(|(uri, name, fees)| {
            let fee = usize::try_from(context.currency - 1).ok().and_then(|index| fees.get(index)).copied();
            let mut own =
                Map::from_iter([("paymentMethod".to_owned(), Value::from(uri)), ("name".to_owned(), name.into())]);
            self.put(&mut own, "handlingCost", fee, ledger);
            Value::Object(own)
        });
        methods.collect::<Vec<_>>().into()
    }

    /// `GET countries`.
    pub(crate) fn countries(&self) -> Value {
        let rows = self.view.ids_after(Kind::Country, 0).filter_map(|id| {
            let code = self.view.get(Kind::Country, id, "code").as_str()?.to_owned();
            let states: Vec<Value> = states(self.view, &code)
                .into_iter()
                .map(|(state, name)| json!({ "state": state, "name": name }))
                .collect();
            let mut own = json!({ "country": code, "name": self.view.get(Kind::Country, id, "name").as_str() });
            if !states.is_empty() {
                own["states"] = states.into();
            }
            ships_to(self.view, &code).then_some(own)
        });
        rows.collect::<Vec<_>>().into()
    }

    /// An amount twice: as text for people, and as number in major units.
    fn put(&self, fields: &mut Map<String, Value>, name: &str, minor: Option<i64>, ledger: &Ledger) {
        let (shown, exact) = match minor {
            Some(minor) => return self.put_exact(fields, name, Decimal::from(minor), ledger.coin()),
            None if self.settings.has(Quirk::AbsentNull) => (Value::Null, Value::Null),
            None if self.settings.has(Quirk::AbsentZero) => (formatted(0, ledger.coin()).into(), 0.into()),
            None => (false.into(), false.into()),
        };
        fields.insert(name.to_owned(), shown);
        fields.insert(format!("{name}AsNumber"), exact);
    }
}
