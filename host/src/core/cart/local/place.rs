//! Where a cart is sold: its market, its pricelist, its country.

use connector_api::domain::{Cart, ExternalId, Market, Pricelist};

use super::{data::Tables, said::Said};

/// Where a cart is sold and where it goes.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The market, when there are markets and one is known.
    pub(super) market: Option<&'a Market>,
    /// The pricelist, when there are pricelists and one is known.
    pub(super) pricelist: Option<&'a Pricelist>,
    /// Why the lines cannot be priced at all.
    pub(super) unsaleable: bool,
    /// ISO 3166-1 alpha-2, in capitals.
    pub(super) country: Option<String>,
    /// State or province without its country, in capitals.
    pub(super) region: Option<String>,
    /// City.
    pub(super) city: Option<&'a str>,
    /// Postal code.
    pub(super) postal_code: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// What the cart says wins over the connection's settings, and those over what the country leads to.
    pub(super) fn of(cart: &'a Cart, tables: &'a Tables, said: &mut Said) -> Self {
        let country = cart.ship_to.as_ref().map(|address| address.country.trim().to_ascii_uppercase());
        let country = country.filter(|country| !country.is_empty());
        let market = market(cart, tables, country.as_deref(), said);
        let mut place = Self {
            market: market.unwrap_or_default(),
            pricelist: None,
            unsaleable: market.is_err(),
            region: None,
            city: None,
            postal_code: None,
            country,
        };
        match pricelist(cart, tables, &place, said) {
            Ok(found) => place.pricelist = found,
            Err(Unknown) => place.unsaleable = true,
        }
        if let Some(address) = &cart.ship_to {
            let region = address.region_code.as_deref().map(|region| region.trim().to_ascii_uppercase());
            place.region = region.map(|region| bare_region(&region).to_owned()).filter(|region| !region.is_empty());
            place.city = address.city.as_ref().map(|city| city.0.trim()).filter(|city| !city.is_empty());
            place.postal_code = address.postal_code.as_ref().map(|code| code.0.trim()).filter(|code| !code.is_empty());
        }
        place
    }

    /// Id of the market.
    pub(super) fn market_id(&self) -> Option<&ExternalId> {
        self.market.map(|market| &market.id)
    }
}

/// `CA` of `US-CA`.
pub(super) fn bare_region(region: &str) -> &str {
    match region.split_once('-') {
        Some((country, region)) if country.len() == 2 => region,
        _ => region,
    }
}

/// It was named and does not exist, or cannot be distinguished from others.
#[derive(Debug, Clone, Copy)]
struct Unknown;

fn market<'a>(
    cart: &Cart,
    tables: &'a Tables,
    country: Option<&str>,
    said: &mut Said,
) -> Result<Option<&'a Market>, Unknown> {
    let by_id = |id: &ExternalId| tables.markets.iter().find(|market| market.id == *id);
    if let Some(id) = &cart.market_id {
        let found = by_id(id);
        if found.is_none() {
            said.mend("market_unknown", "/market_id", format!("no synced market has the id `{id}`"));
        }
        return found.map(Some).ok_or(Unknown);
    }
    if let Some(chosen) = tables.settings.market_id.as_ref().and_then(by_id) {
        return Ok(Some(chosen));
    }
    let store = tables.settings.store_id.as_ref();
    let of_store: Vec<_> = tables
        .markets
        .iter()
        .filter(|market| store.is_none() || market.store_id.is_none() || market.store_id.as_ref() == store)
        .collect();
    if let [only] = of_store.as_slice() {
        return Ok(Some(only));
    }
    let by_country: Vec<_> =
        of_store.iter().filter(|market| country.is_some_and(|country| names(&market.countries, country))).collect();
    match by_country.as_slice() {
        [only] => Ok(Some(only)),
        [] if of_store.is_empty() => Ok(None),
        several => {
            let why = if several.is_empty() { "no market has the cart's country" } else { "several markets have it" };
            said.warn(
                "market_undecided",
                "/market_id",
                format!("{why}: name the market, or choose one for the connection"),
            );
            Ok(None)
        }
    }
}

fn pricelist<'a>(
    cart: &Cart,
    tables: &'a Tables,
    place: &Place<'_>,
    said: &mut Said,
) -> Result<Option<&'a Pricelist>, Unknown> {
    let by_id = |id: &ExternalId| tables.pricelists.iter().find(|list| list.id == *id);
    let fits = |list: &&Pricelist| list.currency == cart.currency;
    if let Some(id) = &cart.pricelist_id {
        let Some(list) = by_id(id) else {
            said.mend("pricelist_unknown", "/pricelist_id", format!("no synced pricelist has the id `{id}`"));
            return Err(Unknown);
        };
        return in_currency(list, cart, said).map(Some);
    }
    if let Some(chosen) = tables.settings.pricelist_id.as_ref().and_then(by_id) {
        return in_currency(chosen, cart, said).map(Some);
    }
    let default = place.market.and_then(|market| market.default_pricelist_id.as_ref()).and_then(by_id);
    if let Some(default) = default.filter(fits) {
        return Ok(Some(default));
    }
    let store = tables.settings.store_id.as_ref();
    let of_store = |list: &&Pricelist| store.is_none() || list.store_id.is_none() || list.store_id.as_ref() == store;
    let in_use: Vec<&'a Pricelist> =
        tables.pricelists.iter().filter(|list| list.active).filter(of_store).filter(fits).collect();
    if tables.pricelists.is_empty() {
        return Ok(None);
    }
    let country = place.country.as_deref().unwrap_or_default();
    let of_country: Vec<&'a Pricelist> =
        in_use.iter().copied().filter(|list| names(&list.countries, country)).collect();
    // Of several, the default of the currency decides.
    let default = |lists: &[&'a Pricelist]| match lists {
        [only] => Some(*only),
        several => {
            let mut defaults = several.iter().copied().filter(|list| list.default_for_currency);
            defaults.next().filter(|_| defaults.next().is_none())
        }
    };
    let decided = default(if of_country.is_empty() { &in_use } else { &of_country });
    match (decided, in_use.as_slice()) {
        (Some(list), _) => Ok(Some(list)),
        (None, []) => {
            said.mend("currency_unknown", "/currency", format!("no pricelist in use is in {}", cart.currency));
            Err(Unknown)
        }
        _ => {
            let text =
                format!("several pricelists are in {}: name one, or choose one for the connection", cart.currency);
            said.mend("pricelist_undecided", "/pricelist_id", text);
            Err(Unknown)
        }
    }
}

fn in_currency<'a>(list: &'a Pricelist, cart: &Cart, said: &mut Said) -> Result<&'a Pricelist, Unknown> {
    if list.currency == cart.currency {
        return Ok(list);
    }
    let text = format!("the pricelist `{}` is in {}, the cart in {}", list.id, list.currency, cart.currency);
    said.mend("currency_mismatch", "/currency", text);
    Err(Unknown)
}

fn names(countries: &[String], country: &str) -> bool {
    countries.iter().any(|own| own.eq_ignore_ascii_case(country))
}
