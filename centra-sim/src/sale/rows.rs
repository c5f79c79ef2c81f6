//! Campaigns as rows of the tables `Campaign` and `CampaignVariant`.

use std::borrow::Cow;

use rust_decimal::prelude::ToPrimitive as _;

use super::campaign::{Campaign, CampaignVariant, Campaigns};
use crate::value::{Kind, Money, Val};

/// The ids of the rows of a table, ascending; none for a table that is not about campaigns.
pub(crate) fn ids(campaigns: &Campaigns, kind: Kind) -> Box<dyn Iterator<Item = i64> + '_> {
    match kind {
        Kind::Campaign => Box::new(campaigns.current().map(|campaign| campaign.id)),
        Kind::CampaignVariant => Box::new(campaigns.current().flat_map(Campaign::row_ids)),
        _ => Box::new(std::iter::empty()),
    }
}

/// Whether a row is there.
pub(crate) fn exists(campaigns: &Campaigns, kind: Kind, id: i64) -> bool {
    match kind {
        Kind::Campaign => campaigns.get(id).is_some(),
        Kind::CampaignVariant => campaigns.row(id).is_some(),
        _ => false,
    }
}

/// The value of a field; none for a table that is not about campaigns.
pub(crate) fn get<'a>(campaigns: &'a Campaigns, kind: Kind, id: i64, field: &str) -> Option<Val<'a>> {
    match kind {
        Kind::Campaign => Some(campaigns.get_or_former(id).map_or(Val::Null, |own| campaign(own, field))),
        Kind::CampaignVariant => Some(campaigns.row(id).map_or(Val::Null, |(of, own)| row(of, own, id, field))),
        _ => None,
    }
}

fn campaign<'a>(own: &'a Campaign, field: &str) -> Val<'a> {
    match field {
        "id" => Val::Int(own.id),
        "name" => own.name.as_str().into(),
        "status" => own.status.as_str().into(),
        "store" => Val::Ref(Kind::Store, own.store),
        "createdAt" => Val::Time(own.created_at),
        "updatedAt" => Val::Time(own.updated_at),
        "markets" => Val::Refs(Kind::Market, Cow::Borrowed(&own.markets)),
        "pricelists" => Val::Refs(Kind::Pricelist, Cow::Borrowed(&own.pricelists)),
        "campaignVariants" => Val::Refs(Kind::CampaignVariant, Cow::Owned(own.row_ids().collect())),
        _ => Val::Null,
    }
}

fn row<'a>(of: &'a Campaign, own: &'a CampaignVariant, id: i64, field: &str) -> Val<'a> {
    match field {
        "id" => Val::Int(id),
        "discountPercent" => own.percent.and_then(|percent| percent.to_f64()).into(),
        "fixedPrice" => own.fixed.map(|(minor, currency)| Money { minor, currency }).into(),
        // The values were not read: see the schema.
        "type" => "VALUES_NOT_READ".into(),
        "createdAt" => Val::Time(of.created_at),
        "startAt" => Val::Time(own.start_at),
        "stopAt" => Val::Time(own.stop_at),
        "status" => own.status.as_str().into(),
        "showSale" => Val::Bool(own.show_sale),
        "showNews" => Val::Bool(own.show_news),
        "campaign" => Val::Ref(Kind::Campaign, of.id),
        "productVariant" => Val::Ref(Kind::ProductVariant, own.variant),
        _ => Val::Null,
    }
}
