//! A display becomes an offer; the sizes of its variants become what is put into carts.

use connector_api::domain::{
    Attribute, Barcode, BarcodeKind, Exclusion, ExclusionCode, LocalizedText, Media, MediaKind, Offer, OfferKind,
    OfferStatus, OptionAxis, OptionValue, SeoText, Variant, Weight,
};
use url::Url;

use super::{bundle, is_active, text::Translations, time};
use crate::{
    form::Chosen,
    wire::{
        bundle::Bundle,
        catalog::{self as wire, ProductSize, ProductVariant},
    },
};

const PREORDER: &str = "It is sold before it is in stock, and Centra does not report when it can be delivered. The setting Sell \
                        preorders lets channels sell it.";

/// A display as an offer; `None` when it has no product, so that there is nothing to sell. `bundle` is what its product consists
/// of, where it is one and that can be read.
pub fn offer(display: &wire::Display, bundle: Option<&Bundle>, chosen: &Chosen) -> Option<Offer> {
    let product = display.product.as_ref()?;
    let texts = Translations::new(&display.translations);
    let axes = Axes::of(display);
    let seo = SeoText {
        title: texts.text("metaTitle", display.meta_title.as_deref()),
        description: texts.text("metaDescription", display.meta_description.as_deref()),
    };
    let mut description = texts.text("description", display.description.as_deref());
    if description.is_empty() {
        description = texts.text("shortDescription", display.short_description.as_deref());
    }
    let mut attributes = attributes(&display.attributes, &texts);
    for attribute in self::attributes(&product.attributes, &Translations::new(&[])) {
        if !attributes.iter().any(|own| own.name == attribute.name && own.group == attribute.group) {
            attributes.push(attribute);
        }
    }
    attributes.extend(measurements(product));
    let handle = filled(display.uri.as_deref());
    let mut variants = variants(display, &axes);
    let is_preorder = exclude_preorders(&mut variants, chosen);
    let mut offer = Offer {
        id: display.id.into(),
        kind: OfferKind::Product,
        url: handle.as_deref().and_then(|handle| page(chosen, handle)),
        handle,
        title: texts.text("name", display.name.as_deref()),
        description,
        brand: product.brand.as_ref().and_then(|brand| filled(brand.name.as_deref())),
        product_number: filled(product.product_number.as_deref()),
        status: status(display.status.as_deref(), product.status.as_deref()),
        category_ids: display.categories.iter().map(|category| category.id.into()).collect(),
        main_category_id: display.canonical_category.as_ref().map(|category| category.id.into()),
        collections: product.collection.iter().filter_map(|collection| filled(collection.name.as_deref())).collect(),
        tags: display.tags.clone(),
        market_ids: display.markets.iter().map(|market| market.id.into()).collect(),
        excluded: is_preorder.then(|| Exclusion::new(ExclusionCode::Preorder, PREORDER)),
        parts: vec![],
        priced_by_parts: false,
        // Centra does not say it of products.
        requires_shipping: None,
        variants,
        options: axes.into_options(),
        media: media(&display.media),
        attributes,
        seo: (!seo.title.is_empty() || !seo.description.is_empty()).then_some(seo),
        country_of_origin: product
            .country_of_origin
            .as_ref()
            .and_then(|country| filled(country.code.as_deref()))
            .map(|code| code.to_ascii_uppercase()),
        customs_code: filled(product.harmonized_commodity_code.as_deref()),
        tax_class_id: display.tax_group.as_ref().map(|group| group.id.into()),
        min_quantity: display.minimum_order_quantity.and_then(more_than_one),
        quantity_step: display.order_quantity_denominator.and_then(more_than_one),
        updated_at: time(display.updated_at.as_deref()).max(time(product.updated_at.as_deref())),
    };
    if product.is_bundle.unwrap_or(false) {
        bundle::apply(&mut offer, bundle);
    }
    Some(offer)
}

/// Address of the product's page, by the merchant's own pattern.
fn page(chosen: &Chosen, handle: &str) -> Option<String> {
    // What would end the path leads to another page.
    let handle = Some(handle.trim_matches('/')).filter(|handle| !handle.contains(['?', '#']))?;
    let page = chosen.product_page.as_deref()?.replace("{uri}", handle);
    Url::parse(&page).ok().map(String::from)
}

/// Leaves out what is sold before it is in stock, unless the merchant sells it through channels; whether nothing else is there.
fn exclude_preorders(variants: &mut [Variant], chosen: &Chosen) -> bool {
    if chosen.sell_preorders {
        return false;
    }
    for variant in variants.iter_mut().filter(|variant| variant.preorder) {
        variant.excluded = Some(Exclusion::new(ExclusionCode::Preorder, PREORDER));
    }
    !variants.is_empty() && variants.iter().all(|variant| variant.preorder)
}

/// The chart of the sizes' measurements, as Centra writes it: in what form, no page says \[U\].
fn measurements(product: &wire::Product) -> Option<Attribute> {
    let chart = product.measurement_table.as_ref()?.chart.as_ref()?;
    let name = filled(chart.name.as_deref()).unwrap_or_else(|| "Measurements".to_owned());
    let unit = filled(chart.display_unit.as_deref()).map(|unit| format!(" ({unit})")).unwrap_or_default();
    let value = filled(chart.content.as_deref())?;
    Some(Attribute { name: name + &unit, value: value.into(), group: Some("measurements".to_owned()) })
}

/// A rule of quantity that is one: anything may be ordered once.
fn more_than_one(quantity: i64) -> Option<u32> {
    u32::try_from(quantity).ok().filter(|quantity| *quantity > 1)
}

fn status(display: Option<&str>, product: Option<&str>) -> OfferStatus {
    match (display, product) {
        (Some("ACTIVE") | None, Some("ACTIVE") | None) => OfferStatus::Active,
        (Some("ACTIVE" | "INACTIVE") | None, Some("ACTIVE" | "INACTIVE") | None) => OfferStatus::Disabled,
        (Some("ACTIVE" | "INACTIVE") | None, Some(other)) | (Some(other), _) => OfferStatus::Unknown(other.to_owned()),
    }
}

/// What the variants of one display differ by.
struct Axes {
    variants: Option<OptionAxis>,
    sizes: Option<OptionAxis>,
}

impl Axes {
    fn of(display: &wire::Display) -> Self {
        let variants: Vec<&ProductVariant> = product_variants(display).collect();
        let named = variants.len() > 1 || variants.iter().any(|variant| filled(variant.name.as_deref()).is_some());
        let values = variants.iter().map(|variant| OptionValue {
            id: variant.id.into(),
            label: filled(variant.name.as_deref())
                .or_else(|| filled(variant.variant_number.as_deref()))
                .unwrap_or_else(|| variant.id.to_string())
                .into(),
        });
        let mut sizes: Vec<OptionValue> = vec![];
        for size in variants.iter().flat_map(|variant| &variant.product_sizes) {
            let value = OptionValue { id: size_value(size).into(), label: size_value(size).into() };
            if !sizes.contains(&value) {
                sizes.push(value);
            }
        }
        let has_sizes =
            variants.iter().flat_map(|variant| &variant.product_sizes).any(|size| size.description.is_some());
        Self {
            variants: named.then(|| OptionAxis { name: "Variant".into(), values: values.collect() }),
            sizes: has_sizes.then(|| OptionAxis { name: "Size".into(), values: sizes }),
        }
    }

    fn into_options(self) -> Vec<OptionAxis> {
        self.variants.into_iter().chain(self.sizes).collect()
    }
}

/// The size's own name, which is also its id on the axis: two variants share the size `M`.
fn size_value(size: &ProductSize) -> &str {
    size.description.as_deref().filter(|name| !name.is_empty()).unwrap_or("One size")
}

fn product_variants(display: &wire::Display) -> impl Iterator<Item = &ProductVariant> {
    display.display_items.iter().filter_map(|item| item.product_variant.as_ref())
}

fn variants(display: &wire::Display, axes: &Axes) -> Vec<Variant> {
    let mut variants = vec![];
    for own in product_variants(display) {
        for size in &own.product_sizes {
            let mut option_values = vec![];
            if axes.variants.is_some() {
                option_values.push(own.id.into());
            }
            if axes.sizes.is_some() {
                option_values.push(size_value(size).into());
            }
            let names = [filled(own.name.as_deref()), size.description.clone()];
            let title = names.into_iter().flatten().collect::<Vec<_>>().join(" / ");
            let shown = |media: &&wire::Media| own.media.iter().any(|shown| shown.id == media.id);
            variants.push(Variant {
                id: size.id.into(),
                price_group_id: Some(own.id.into()),
                sku: filled(size.sku.as_deref()),
                title: (!title.is_empty()).then_some(title),
                barcodes: barcodes(size),
                option_values,
                active: is_active(own.status.as_deref()) && size.is_active.unwrap_or(true),
                preorder: size.preorder.unwrap_or(false),
                excluded: None,
                weight: size.weight.as_ref().map(weight),
                media_ids: display.media.iter().filter(shown).map(|media| media.id.into()).collect(),
                updated_at: time(size.updated_at.as_deref()),
            });
        }
    }
    variants
}

fn barcodes(size: &ProductSize) -> Vec<Barcode> {
    let ean = filled(size.ean.as_deref()).map(|value| Barcode { kind: BarcodeKind::Ean, value });
    let upc = filled(size.upc.as_deref()).map(|value| Barcode { kind: BarcodeKind::Upc, value });
    ean.into_iter().chain(upc).collect()
}

fn weight(weight: &wire::Weight) -> Weight {
    Weight { value: weight.value, unit: unit(weight.unit.as_deref()).to_owned() }
}

/// A unit of weight, as the contract writes it.
pub(super) fn unit(word: Option<&str>) -> &str {
    match word {
        Some("KILOGRAMS") => "kg",
        Some("GRAMS") => "g",
        Some("POUNDS") => "lb",
        Some("OUNCES") => "oz",
        other => other.unwrap_or_default(),
    }
}

fn media(media: &[wire::Media]) -> Vec<Media> {
    let usable = media.iter().filter_map(|media| {
        let source = media.source.as_ref()?;
        Some((media.id, filled(source.url.as_deref())?, source.mime_type.clone()))
    });
    usable
        .zip(0..)
        .map(|((id, url, mime), position)| {
            let kind = match mime.as_deref().and_then(|mime| mime.split('/').next()) {
                Some("image") | None => MediaKind::Image,
                Some("video") => MediaKind::Video,
                Some(_) => MediaKind::File,
            };
            Media { id: id.into(), kind, url, alt: None, mime, position }
        })
        .collect()
}

/// One record per element that has a value. Translations stand under `attributes.<type>.<key>`.
fn attributes(attributes: &[wire::Attribute], texts: &Translations<'_>) -> Vec<Attribute> {
    let mut records = vec![];
    for attribute in attributes {
        let group = attribute.kind.name.clone().unwrap_or_default();
        for element in &attribute.elements {
            let value = [&element.value, &element.selected_value_name, &element.selected_value, &element.url]
                .into_iter()
                .find_map(|value| filled(value.as_deref()));
            let value: LocalizedText = texts.text(&format!("attributes.{group}.{}", element.key), value.as_deref());
            if !value.is_empty() {
                records.push(Attribute { name: element.key.clone(), value, group: Some(group.clone()) });
            }
        }
    }
    records
}

fn filled(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}
