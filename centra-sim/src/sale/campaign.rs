//! Campaigns with their variants, and every version they ever had: the lowest price of thirty days needs those that are gone.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

/// Most variants of a campaign; ids of rows are made of the campaign's id and the row's place.
pub const MOST_VARIANTS: i64 = 20_000;

/// One variant in a campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignVariant {
    /// The product variant.
    pub variant: i64,
    /// Per cent off.
    pub percent: Option<Decimal>,
    /// The fixed price: sub-units, and the currency's row.
    pub fixed: Option<(i64, i64)>,
    /// When it starts, seconds since 1970.
    pub start_at: i64,
    /// When it stops.
    pub stop_at: i64,
    /// Its status, as Centra writes it.
    pub status: String,
    /// Whether it is shown as a sale.
    pub show_sale: bool,
    /// Whether it is shown as news.
    pub show_news: bool,
}

/// A campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its status, as Centra writes it.
    pub status: String,
    /// The store.
    pub store: i64,
    /// Markets it applies in.
    pub markets: Vec<i64>,
    /// Pricelists it applies to.
    pub pricelists: Vec<i64>,
    /// When it was made, seconds since 1970.
    pub created_at: i64,
    /// When it was edited.
    pub updated_at: i64,
    /// Its variants, in the order of their ids.
    pub variants: Vec<CampaignVariant>,
}

impl Campaign {
    /// The ids of its rows.
    pub fn row_ids(&self) -> impl Iterator<Item = i64> {
        let first = self.id * MOST_VARIANTS;
        (first..).take(self.variants.len())
    }
}

/// A campaign as it was for a time.
#[derive(Clone, Debug)]
pub struct Version {
    /// The campaign.
    pub campaign: Campaign,
    /// Since when, seconds since 1970.
    pub from: i64,
    /// Until when; `i64::MAX` for the version in force.
    pub until: i64,
}

impl Version {
    /// Whether it is the version in force.
    pub fn is_current(&self) -> bool {
        self.until == i64::MAX
    }
}

/// All campaigns of a store.
#[derive(Clone, Debug, Default)]
pub struct Campaigns {
    versions: Vec<Version>,
    /// Places in `versions` by campaign.
    current: BTreeMap<i64, usize>,
    /// Place of the version and of the row, by variant.
    by_variant: HashMap<i64, Vec<(usize, usize)>>,
}

impl Campaigns {
    /// Campaigns that were always there.
    pub fn of(campaigns: Vec<Campaign>) -> Self {
        let mut all = Self::default();
        for campaign in campaigns {
            all.put(campaign, i64::MIN);
        }
        all
    }

    /// The next free id.
    pub fn next_id(&self) -> i64 {
        self.versions.iter().map(|version| version.campaign.id).max().unwrap_or(0) + 1
    }

    /// The campaigns in force, by id.
    pub fn current(&self) -> impl Iterator<Item = &Campaign> {
        self.current.values().filter_map(|place| self.versions.get(*place)).map(|version| &version.campaign)
    }

    /// A campaign in force.
    pub fn get(&self, id: i64) -> Option<&Campaign> {
        self.current.get(&id).and_then(|place| self.versions.get(*place)).map(|version| &version.campaign)
    }

    /// A campaign in force, or the last version of one that was deleted: orders still name it.
    pub fn get_or_former(&self, id: i64) -> Option<&Campaign> {
        let former = || self.versions.iter().rev().map(|version| &version.campaign).find(|campaign| campaign.id == id);
        self.get(id).or_else(former)
    }

    /// A row of a campaign in force, with its campaign.
    pub fn row(&self, id: i64) -> Option<(&Campaign, &CampaignVariant)> {
        let campaign = self.get(id.div_euclid(MOST_VARIANTS))?;
        let place = usize::try_from(id.rem_euclid(MOST_VARIANTS)).ok()?;
        Some((campaign, campaign.variants.get(place)?))
    }

    /// Every row there ever was of a variant, with its version.
    pub fn of_variant(&self, variant: i64) -> impl Iterator<Item = (&Version, &CampaignVariant)> {
        self.by_variant.get(&variant).into_iter().flatten().filter_map(|(version, row)| {
            let version = self.versions.get(*version)?;
            Some((version, version.campaign.variants.get(*row)?))
        })
    }

    /// The ids of the rows of a variant in campaigns in force, ascending.
    pub fn rows_of_variant(&self, variant: i64) -> Vec<i64> {
        let places = self.by_variant.get(&variant).into_iter().flatten();
        let current = places.filter_map(|(place, row)| {
            let version = self.versions.get(*place).filter(|version| version.is_current())?;
            Some(version.campaign.id * MOST_VARIANTS + i64::try_from(*row).ok()?)
        });
        let mut ids: Vec<i64> = current.collect();
        ids.sort_unstable();
        ids
    }

    /// Makes a campaign, or replaces the one of this id.
    pub fn put(&mut self, campaign: Campaign, now: i64) {
        self.end(campaign.id, now);
        let place = self.versions.len();
        for (row, own) in campaign.variants.iter().enumerate() {
            self.by_variant.entry(own.variant).or_default().push((place, row));
        }
        self.current.insert(campaign.id, place);
        self.versions.push(Version { campaign, from: now, until: i64::MAX });
    }

    /// Deletes a campaign. Says whether it was there.
    pub fn end(&mut self, id: i64, now: i64) -> bool {
        let Some(version) = self.current.remove(&id).and_then(|place| self.versions.get_mut(place)) else {
            return false;
        };
        version.until = now;
        true
    }
}
