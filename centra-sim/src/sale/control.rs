//! `/_sim/campaigns…` and `/_sim/effective`: campaigns made, replaced and deleted, and what a variant costs.
//!
//! Nonsense is accepted where a merchant's store could hold it: a percentage above 100, a currency that does not fit, a stop
//! before the start, no markets.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::campaign::{Campaign, CampaignVariant, MOST_VARIANTS};
use super::effective::effective;
use super::lowest::{PERIOD_DAYS, lowest};
use crate::date;
use crate::money::decimal;
use crate::seed::base::RETAIL;
use crate::shop::View;
use crate::store::Store;
use crate::value::{Kind, Val};

/// A refusal with its reason.
type Refusal = (StatusCode, Json<Value>);

/// An instant: RFC 3339, or seconds since 1970.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Instant {
    /// Seconds since 1970.
    Seconds(i64),
    /// RFC 3339.
    Text(String),
}

impl Instant {
    fn read(&self, field: &str) -> Result<i64, String> {
        match self {
            Self::Seconds(seconds) => Ok(*seconds),
            Self::Text(text) => date::read(text)
                .ok_or_else(|| format!("{field}: {text:?} is not a time; write it as 2026-06-01T00:00:00+02:00")),
        }
    }
}

/// A variant of a campaign as tests write it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedVariant {
    variant: i64,
    percent: Option<f64>,
    /// Sub-units.
    fixed: Option<i64>,
    /// ISO code of the fixed price's currency; that of the first pricelist when left out.
    currency: Option<String>,
    start: Instant,
    stop: Instant,
    #[serde(default = "active")]
    status: String,
    #[serde(default = "yes")]
    show_sale: bool,
    #[serde(default)]
    show_news: bool,
}

/// A campaign as tests write it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The one to replace; a new one when left out.
    id: Option<i64>,
    name: String,
    #[serde(default = "active")]
    status: String,
    #[serde(default = "retail")]
    store: i64,
    #[serde(default)]
    markets: Vec<i64>,
    #[serde(default)]
    pricelists: Vec<i64>,
    variants: Vec<WantedVariant>,
}

fn active() -> String {
    "ACTIVE".to_owned()
}

fn yes() -> bool {
    true
}

fn retail() -> i64 {
    RETAIL
}

impl Wanted {
    fn campaign(self, view: View<'_>, id: i64) -> Result<Campaign, String> {
        let known = |kind: Kind, id: i64, field: &str| {
            if view.exists(kind, id) { Ok(()) } else { Err(format!("{field}: there is no {} {id}", kind.type_name())) }
        };
        known(Kind::Store, self.store, "store")?;
        self.markets.iter().try_for_each(|id| known(Kind::Market, *id, "markets"))?;
        self.pricelists.iter().try_for_each(|id| known(Kind::Pricelist, *id, "pricelists"))?;
        if !(1..100_000).contains(&id) {
            return Err(format!("id: {id} is not between 1 and 99999"));
        }
        if i64::try_from(self.variants.len()).unwrap_or(i64::MAX) > MOST_VARIANTS {
            return Err(format!("variants: there are more than {MOST_VARIANTS}; make several campaigns of them"));
        }
        let first = self.pricelists.first().copied();
        let variants = self.variants.into_iter().enumerate().map(|(place, own)| {
            let at = |field: &str| format!("variants[{place}].{field}");
            known(Kind::ProductVariant, own.variant, &at("variant"))?;
            let percent = own.percent.map(Decimal::try_from).transpose();
            let currency = match (&own.currency, first) {
                (Some(code), _) => {
                    currency(view, code).ok_or_else(|| format!("{}: no currency {code}", at("currency")))?
                }
                (None, Some(pricelist)) => {
                    view.references(Kind::Pricelist, pricelist, "currency").first().copied().unwrap_or(1)
                }
                (None, None) => 1,
            };
            Ok::<_, String>(CampaignVariant {
                variant: own.variant,
                percent: percent.map_err(|error| format!("{}: {error}", at("percent")))?,
                fixed: own.fixed.map(|minor| (minor, currency)),
                start_at: own.start.read(&at("start"))?,
                stop_at: own.stop.read(&at("stop"))?,
                status: own.status,
                show_sale: own.show_sale,
                show_news: own.show_news,
            })
        });
        let variants = variants.collect::<Result<Vec<_>, _>>()?;
        let created_at = view.overlay.campaigns.get(id).map_or(view.now, |old| old.created_at);
        Ok(Campaign {
            id,
            name: self.name,
            status: self.status,
            store: self.store,
            markets: self.markets,
            pricelists: self.pricelists,
            created_at,
            updated_at: view.now,
            variants,
        })
    }
}

fn currency(view: View<'_>, code: &str) -> Option<i64> {
    view.ids_after(Kind::Currency, 0).find(|id| view.get(Kind::Currency, *id, "code").as_str() == Some(code))
}

fn refused(status: StatusCode, reason: &str) -> Refusal {
    (status, Json(json!({ "ok": false, "error": reason })))
}

/// `POST /_sim/campaigns`: makes a campaign, or replaces the one of this id; the field names are those of [`Wanted`].
pub async fn put(State(store): State<Arc<Store>>, body: String) -> Result<Json<Value>, Refusal> {
    let wanted: Wanted = serde_json::from_str(&body)
        .map_err(|error| refused(StatusCode::BAD_REQUEST, &format!("the campaign cannot be read: {error}")))?;
    let id = store.put_campaign(|view| {
        let id = wanted.id.unwrap_or_else(|| view.overlay.campaigns.next_id());
        wanted.campaign(view, id)
    });
    let id = id.map_err(|reason| refused(StatusCode::BAD_REQUEST, &reason))?;
    Ok(Json(json!({ "ok": true, "id": id })))
}

/// `DELETE /_sim/campaigns/{id}`
pub async fn delete(State(store): State<Arc<Store>>, Path(id): Path<i64>) -> Result<Json<Value>, Refusal> {
    if store.delete_campaign(id) {
        Ok(Json(json!({ "ok": true })))
    } else {
        Err(refused(StatusCode::NOT_FOUND, &format!("there is no campaign {id}")))
    }
}

/// `GET /_sim/campaigns`
pub async fn list(State(store): State<Arc<Store>>) -> Json<Value> {
    let overlay = store.overlay();
    let campaigns = overlay.campaigns.current().map(|own| {
        let times = |pick: fn(&CampaignVariant) -> i64| own.variants.iter().map(pick);
        json!({
            "id": own.id, "name": own.name, "status": own.status, "markets": own.markets, "pricelists": own.pricelists,
            "variants": own.variants.len(),
            "first_start": times(|row| row.start_at).min().map(|at| date::write(at, None)),
            "last_stop": times(|row| row.stop_at).max().map(|at| date::write(at, None)),
        })
    });
    Json(campaigns.collect())
}

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    variant: i64,
    pricelist: i64,
    market: i64,
}

/// `GET /_sim/effective?variant=100&pricelist=1&market=1`: what a variant costs now, by the rules in force.
pub async fn show(State(store): State<Arc<Store>>, Query(asked): Query<Asked>) -> Json<Value> {
    let overlay = store.overlay();
    let view = store.view(&overlay);
    let Asked { variant, pricelist, market } = asked;
    let Some(price) = effective(view, variant, pricelist, market) else { return Json(Value::Null) };
    let currency = view.references(Kind::Pricelist, pricelist, "currency").first().copied().unwrap_or(1);
    let digits = match view.get(Kind::Currency, currency, "digits") {
        Val::Int(digits) => u32::try_from(digits).unwrap_or(2),
        _ => 2,
    };
    let lowest = lowest(view, variant, pricelist, market)
        .map(|past| json!({ "minor": past.minor(), "amount": decimal(past.minor(), digits), "days": PERIOD_DAYS }));
    Json(json!({
        "list_minor": price.list, "minor": price.minor(), "exact_minor": price.exact.normalize().to_string(),
        "list": decimal(price.list, digits), "amount": decimal(price.minor(), digits),
        "campaign": price.applied.map(|applied| applied.campaign.id), "lowest": lowest,
    }))
}
