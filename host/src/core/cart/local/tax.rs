//! Taxes: which rule, inside the price or on top, how much.
//!
//! Of the rules for a class of goods the one that names the place most closely holds, alone: postal code before city
//! before state before country before everywhere. Shipping is taxed with the average of the lines' rates for shipping,
//! weighted by what the lines cost.

use connector_api::domain::{ExternalId, TaxApplication, TaxInclusion, TaxRule, TaxTarget};
use rust_decimal::Decimal;

use super::{
    arithmetic::{TooLarge, inside, share},
    data::{OfferFacts, Tables},
    goods::Goods,
    place::{Place, bare_region},
    postal_code,
    said::Said,
};

/// Countries whose shop prices come without tax, where neither platform nor merchant says so.
const TAX_ON_TOP: [&str; 2] = ["CA", "US"];

/// A tax on an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tax {
    /// Per cent.
    pub(super) rate: Decimal,
    /// How much; negative when it is taken out of the price.
    pub(super) amount: i64,
    /// Whether it is inside the price; otherwise it counts on top.
    pub(super) included: bool,
}

impl Tax {
    /// The tax of this rate on an amount.
    pub(super) fn on(amount: i64, rate: Decimal, application: &TaxApplication) -> Result<Self, TooLarge> {
        Ok(match application {
            TaxApplication::Included => Self { rate, amount: inside(amount, rate)?, included: true },
            TaxApplication::Deducted => Self { rate, amount: -inside(amount, rate)?, included: false },
            _ => Self { rate, amount: share(amount, rate)?, included: false },
        })
    }

    /// What it adds to the amount it is taken on.
    pub(super) fn on_top(&self) -> i64 {
        if self.included { 0 } else { self.amount }
    }
}

/// Finds rules for one cart; a class is looked up once.
pub(super) struct Rules<'a> {
    tables: &'a Tables,
    place: &'a Place<'a>,
    found: Vec<(TaxTarget, Option<ExternalId>, Option<&'a TaxRule>)>,
    /// Whether it had to be assumed that tax is inside prices, or is not.
    pub(super) assumed: bool,
}

impl<'a> Rules<'a> {
    pub(super) fn new(tables: &'a Tables, place: &'a Place<'a>) -> Self {
        Self { tables, place, found: vec![], assumed: false }
    }

    /// The rule for an offer's class of goods.
    pub(super) fn rule(&mut self, target: &TaxTarget, offer: &OfferFacts, said: &mut Said) -> Option<&'a TaxRule> {
        let class = offer.tax_class_id.as_ref().or(self.tables.default_tax_class.as_ref());
        let known = self.found.iter().find(|(known, of, _)| known == target && of.as_ref() == class);
        if let Some((_, _, rule)) = known {
            return *rule;
        }
        let rule = self.search(target, class, said);
        self.found.push((target.clone(), class.cloned(), rule));
        rule
    }

    fn search(&self, target: &TaxTarget, class: Option<&ExternalId>, said: &mut Said) -> Option<&'a TaxRule> {
        let country = self.place.country.clone()?;
        let everywhere = self.tables.tax_rules.get(&None).into_iter().flatten();
        let rules = self.tables.tax_rules.get(&Some(country)).into_iter().flatten().chain(everywhere);
        let of_class =
            |rule: &&TaxRule| rule.target == *target && rule.tax_class_id.as_ref().is_none_or(|own| Some(own) == class);
        let fitting: Vec<_> = rules
            .filter(of_class)
            .filter_map(|rule| self.closeness(rule, said).map(|closeness| (closeness, rule)))
            .collect();
        let closest = fitting.iter().map(|(closeness, _)| *closeness).max()?;
        let mut equal: Vec<_> = fitting.iter().filter(|(own, _)| *own == closest).map(|(_, rule)| *rule).collect();
        equal.sort_by(|a, b| a.id.cmp(&b.id));
        let first = equal.first().copied()?;
        if equal.iter().any(|rule| rule.rate_percent != first.rate_percent || rule.application != first.application) {
            let text = format!("several tax rules apply in the same place; `{}` was used", first.name);
            said.warn("tax_rule_ambiguous", "/ship_to", text);
        }
        Some(first)
    }

    /// How closely a rule names the place; `None` when it does not hold there.
    fn closeness(&self, rule: &TaxRule, said: &mut Said) -> Option<[bool; 6]> {
        let place = self.place;
        let in_region = match &rule.region_code {
            None => false,
            Some(region) => {
                let Some(own) = &place.region else {
                    let text = "taxes differ by state or province: name it for the right tax";
                    said.mend("region_needed", "/ship_to/region_code", text);
                    return None;
                };
                if !bare_region(region).eq_ignore_ascii_case(own) {
                    return None;
                }
                true
            }
        };
        let in_city = match (&rule.city, place.city) {
            (None, _) => false,
            (Some(city), Some(own)) if city.trim().eq_ignore_ascii_case(own) => true,
            _ => return None,
        };
        let at_code = match &rule.postal_codes {
            None => false,
            Some(entries) => {
                let Some(code) = place.postal_code else {
                    let text = "taxes differ by postal code: name it for the right tax";
                    said.mend("postal_code_needed", "/ship_to/postal_code", text);
                    return None;
                };
                match postal_code::covers(entries, code) {
                    Some(true) => true,
                    Some(false) => return None,
                    None => {
                        let text =
                            format!("the postal codes of tax rule `{}` cannot be read; it was left out", rule.name);
                        said.warn("tax_rule_unreadable", "/ship_to/postal_code", text);
                        return None;
                    }
                }
            }
        };
        let for_all_customers = rule.customer_class_ids.is_empty();
        Some([at_code, in_city, in_region, rule.country.is_some(), rule.tax_class_id.is_some(), for_all_customers])
    }

    /// What a tax does to a price: the platform's word first, then the setting's, then the country's custom.
    pub(super) fn application(&mut self, price: &TaxInclusion, rule: &TaxRule) -> TaxApplication {
        match (price, &rule.application) {
            (_, TaxApplication::Deducted) => TaxApplication::Deducted,
            (TaxInclusion::Included, _) => TaxApplication::Included,
            (TaxInclusion::Excluded, _) => TaxApplication::Added,
            (_, said @ (TaxApplication::Included | TaxApplication::Added)) => said.clone(),
            _ => {
                let set = self.tables.settings.prices_include_tax;
                self.assumed |= set.is_none();
                let is_inside = set.unwrap_or_else(|| {
                    !self.place.country.as_deref().is_some_and(|country| TAX_ON_TOP.contains(&country))
                });
                if is_inside { TaxApplication::Included } else { TaxApplication::Added }
            }
        }
    }

    /// How shipping is taxed: rate and application; `None` when it is not.
    pub(super) fn of_shipping(
        &mut self,
        goods: &[Goods<'_>],
        said: &mut Said,
    ) -> Result<Option<(Decimal, TaxApplication)>, TooLarge> {
        let (mut weighted, mut whole) = (Decimal::ZERO, Decimal::ZERO);
        let (mut application, mut first) = (None, None);
        for line in goods.iter().filter(|line| line.line.total.is_some()) {
            let Some(offer) = line.offer else { continue };
            let total = Decimal::from(line.total());
            whole = whole.checked_add(total).ok_or(TooLarge)?;
            if let Some(rule) = self.rule(&TaxTarget::Shipping, offer, said) {
                let own = self.application(&line.tax, rule);
                application.get_or_insert(own);
                first.get_or_insert(rule.rate_percent.0);
                let part = total.checked_mul(rule.rate_percent.0).ok_or(TooLarge)?;
                weighted = weighted.checked_add(part).ok_or(TooLarge)?;
            }
        }
        let rate = if whole.is_zero() { first } else { weighted.checked_div(whole).map(|rate| rate.normalize()) };
        Ok(rate.zip(application))
    }
}
