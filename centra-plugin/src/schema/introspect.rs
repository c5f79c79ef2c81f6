//! Reading the live schema: only the types that the queries touch, in few requests.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::live::{LiveField, LiveSchema, LiveType};

/// Types the queries touch when the schema is as the reference has it; whatever else turns up is asked for afterwards.
pub const TYPES: &[&str] = &[
    "Address",
    "AllocationRule",
    "AppliedTaxRule",
    "AppliedTaxRuleValue",
    "AppliedVoucherCredit",
    "AppliedVoucherDiscount",
    "Attribute",
    "AttributeChoiceElement",
    "AttributeElement",
    "AttributeFileElement",
    "AttributeImageElement",
    "AttributeStringElement",
    "AttributeType",
    "Brand",
    "Bundle",
    "BundleSection",
    "Campaign",
    "CampaignFilter",
    "CampaignVariant",
    "CarrierInformation",
    "Category",
    "CategoryFilter",
    "Collection",
    "Country",
    "CountryState",
    "Currency",
    "Customer",
    "CustomerFilter",
    "DateRange",
    "DirectToConsumerOrder",
    "DirectToConsumerOrderCancelInput",
    "DirectToConsumerOrderCancelPayload",
    "DirectToConsumerOrderUpdateInput",
    "DirectToConsumerOrderUpdatePayload",
    "Display",
    "DisplayConnection",
    "DisplayEdge",
    "DisplayFilter",
    "DisplayItem",
    "DisplayItemFilter",
    "Event",
    "EventListenersPayload",
    "EventsConfirmInput",
    "EventsConfirmPayload",
    "Language",
    "LanguageFilter",
    "LanguageTranslation",
    "Market",
    "MarketFilter",
    "MeasurementChart",
    "MeasurementTable",
    "MediaSource",
    "MonetaryValue",
    "Mutation",
    "Order",
    "OrderCancelEmailInput",
    "OrderConfirmInput",
    "OrderConfirmPayload",
    "OrderConnection",
    "OrderDiscount",
    "OrderEdge",
    "OrderFilter",
    "OrderInput",
    "OrderLine",
    "OrderTotalPriceRange",
    "OrderTotals",
    "PageInfo",
    "PaymentHistoryEntry",
    "Price",
    "PriceFilter",
    "PriceRange",
    "Pricelist",
    "PricelistFilter",
    "Product",
    "ProductFilter",
    "ProductMedia",
    "ProductSize",
    "ProductSizeFilter",
    "ProductVariant",
    "ProductVariantFilter",
    "Query",
    "RateLimit",
    "Return",
    "ReturnCompleteInput",
    "ReturnCompletePayload",
    "ReturnCreateInput",
    "ReturnCreatePayload",
    "ReturnFilter",
    "ReturnLine",
    "ReturnRefundPayload",
    "Shipment",
    "ShipmentCompleteInput",
    "ShipmentCompletePayload",
    "ShipmentCreateInput",
    "ShipmentCreatePayload",
    "ShipmentFilter",
    "ShipmentInfoInput",
    "ShipmentInput",
    "ShipmentLine",
    "ShippingOption",
    "ShippingOptionFilter",
    "ShippingPriceGroup",
    "ShippingPriceRange",
    "Stock",
    "Store",
    "StorePlugin",
    "StringMatch",
    "TaxClass",
    "TaxGroup",
    "TaxRule",
    "TotalItemsPriceRange",
    "TotalWeightPriceRange",
    "TranslatedField",
    "UserError",
    "UserWarning",
    "Warehouse",
    "WarehouseFilter",
    "Weight",
];

/// A query for these types. Their names come from the schema itself or from [`TYPES`], so they need no escaping.
pub fn query(types: &[&str]) -> String {
    let mut query = String::from("query Introspection {");
    for (index, name) in types.iter().enumerate() {
        query += &format!(" t{index}: __type(name: \"{name}\") {{ ...T }}");
    }
    query
        + " } fragment T on __Type { name fields(includeDeprecated: true) { name type { ...R } args { name defaultValue type { ...R } } } inputFields { name type { ...R } } enumValues(includeDeprecated: true) { name } }"
        + " fragment R on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }"
}

/// Reads the answer's `data` into a schema.
pub fn read(data: &str, schema: &mut LiveSchema) -> Result<(), serde_json::Error> {
    let answer: BTreeMap<String, Option<TypeAnswer>> = serde_json::from_str(data)?;
    for found in answer.into_values().flatten() {
        let typed = |named: Named| (named.name, named.ty.to_string());
        let fields = found.fields.unwrap_or_default().into_iter().map(|field| {
            let default =
                |own: &Named| Some((own.name.clone(), own.default_value.clone().filter(|text| text != "null")?));
            let defaults = field.args.iter().filter_map(default).collect();
            let args = field.args.into_iter().map(typed).collect();
            (field.name, LiveField { ty: field.ty.to_string(), args, defaults })
        });
        let live = LiveType {
            fields: fields.collect(),
            inputs: found.input_fields.unwrap_or_default().into_iter().map(typed).collect(),
            values: found.enum_values.unwrap_or_default().into_iter().map(|value| value.name).collect(),
        };
        schema.types.insert(found.name, live);
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeAnswer {
    name: String,
    fields: Option<Vec<FieldAnswer>>,
    input_fields: Option<Vec<Named>>,
    enum_values: Option<Vec<ValueAnswer>>,
}

#[derive(Deserialize)]
struct FieldAnswer {
    name: String,
    #[serde(rename = "type")]
    ty: TypeRef,
    #[serde(default)]
    args: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    name: String,
    #[serde(rename = "type")]
    ty: TypeRef,
    #[serde(default)]
    default_value: Option<String>,
}

#[derive(Deserialize)]
struct ValueAnswer {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeRef {
    kind: String,
    name: Option<String>,
    of_type: Option<Box<Self>>,
}

impl std::fmt::Display for TypeRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.kind.as_str(), &self.of_type) {
            ("NON_NULL", Some(inner)) => write!(f, "{inner}!"),
            ("LIST", Some(inner)) => write!(f, "[{inner}]"),
            _ => f.write_str(self.name.as_deref().unwrap_or("Unknown")),
        }
    }
}
