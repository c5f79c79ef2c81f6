//! Which permission each field needs, and the refusal when a token lacks one.
//!
//! Objects need `Type:read` wherever they are reached, unless the reference says "perm: none" for that field; sensitive
//! fields need a permission of their own whose second part is the field's name.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::plan::{Plan, PlanField};

/// Object types that need a permission to be reached.
const BY_TYPE: &[(&str, &str)] = &[
    ("Store", "Store:read"),
    ("Market", "Market:read"),
    ("Pricelist", "Pricelist:read"),
    ("Price", "Price:read"),
    ("PriceAlteration", "Price:read"),
    // A guess: no page names the permission of the root.
    ("LowestPrice", "Price:read"),
    ("Language", "Language:read"),
    ("LanguageTranslation", "Translation:read"),
    ("Product", "Product:read"),
    ("ProductVariant", "ProductVariant:read"),
    ("ProductVariantConnection", "ProductVariant:read"),
    ("ProductSize", "ProductSize:read"),
    ("ProductSizeConnection", "ProductSize:read"),
    ("ProductMedia", "ProductMedia:read"),
    ("Display", "Display:read"),
    ("DisplayConnection", "Display:read"),
    ("DisplayItem", "Display:read"),
    ("Category", "Category:read"),
    ("Collection", "Collection:read"),
    ("CollectionConnection", "Collection:read"),
    ("Brand", "Brand:read"),
    ("Folder", "Folder:read"),
    ("SizeChart", "SizeChart:read"),
    ("Bundle", "Bundle:read"),
    ("BundleSection", "Bundle:read"),
    ("AttributeType", "Attribute:read"),
    ("MappedAttribute", "Attribute:read"),
    ("AttributeElement", "Attribute:read"),
    ("AttributeTypeElement", "Attribute:read"),
    ("Warehouse", "Warehouse:read"),
    ("AllocationRule", "AllocationRule:read"),
    ("Allocation", "Allocation:read"),
    ("Account", "Account:read"),
    ("StockChange", "StockChange:read"),
    ("StockChangeConnection", "StockChange:read"),
    ("StockChangeLine", "StockChange:read"),
    ("TaxGroup", "TaxRule:read"),
    ("TaxRule", "TaxRule:read"),
    ("ShippingOption", "ShippingOption:read"),
    ("ShippingPriceGroup", "ShippingOption:read"),
    ("StorePlugin", "StorePlugin:read"),
    ("Campaign", "Campaign:read"),
    ("CampaignVariant", "Campaign:read"),
    ("Voucher", "Voucher:read"),
    ("Customer", "Customer:read"),
    ("Order", "Order:read"),
    ("OrderConnection", "Order:read"),
    ("OrderDiscount", "Order:read"),
    ("PaymentHistoryEntry", "PaymentHistory:read"),
    ("Shipment", "Shipment:read"),
    ("Return", "Return:read"),
    ("AdminUser", "AdminUser:read"),
    ("Event", "Event:read"),
    ("EventListener", "Event:read"),
];

/// Fields that need another permission than their type's, or none.
const BY_FIELD: &[(&str, &str, Option<&str>)] = &[
    ("Query", "countries", Some("Country:read")),
    ("Mutation", "confirmOrder", Some("Order:write")),
    ("Mutation", "updateDirectToConsumerOrder", Some("Order:write")),
    ("Mutation", "cancelDirectToConsumerOrder", Some("Order:write")),
    ("Mutation", "createShipment", Some("Shipment:write")),
    ("Mutation", "completeShipment", Some("Shipment:write")),
    ("Mutation", "createReturn", Some("Return:write")),
    ("Mutation", "completeReturn", Some("Return:write")),
    ("Mutation", "refundReturn", Some("Return:write")),
    ("Mutation", "setEventListeners", Some("Event:write")),
    ("Mutation", "unsetEventListeners", Some("Event:write")),
    ("Mutation", "confirmEvents", Some("Event:write")),
    ("Counters", "products", Some("Product:read")),
    ("Counters", "customers", Some("Customer:read")),
    ("Counters", "orders", Some("Order:read")),
    ("Market", "assignedToCountries", Some("Country:read")),
    ("Pricelist", "assignedToCountries", Some("Country:read")),
    ("Market", "comment", Some("Market.comment:read")),
    ("Pricelist", "comment", Some("Pricelist.comment:read")),
    ("ShippingOption", "comment", Some("ShippingOption.comment:read")),
    ("Return", "comment", Some("Return.comment:read")),
    ("DirectToConsumerReturn", "comment", Some("Return.comment:read")),
    ("Display", "comment", Some("Display.comment:read")),
    ("Display", "attributes", Some("Display.attributes:read")),
    ("Product", "attributes", Some("Product.attributes:read")),
    ("Product", "countryOfOrigin", Some("Product.countryOfOrigin:read")),
    ("Product", "internalComment", Some("Product.internalComment:read")),
    ("ProductVariant", "attributes", Some("ProductVariant.attributes:read")),
    ("ProductVariant", "internalName", Some("ProductVariant.internalName:read")),
    ("ProductVariant", "stock", Some("ProductVariant.stock:read")),
    ("ProductVariant", "stockTotals", Some("ProductVariant.stockTotals:read")),
    ("ProductSize", "stock", Some("ProductSize.stock:read")),
    ("ProductSize", "stockTotals", Some("ProductSize.stockTotals:read")),
    ("ProductMedia", "attributes", Some("ProductMedia.attributes:read")),
    ("Warehouse", "stock", Some("Warehouse.stock:read")),
    ("Warehouse", "stockTotals", Some("Warehouse.stockTotals:read")),
    ("Category", "attributes", Some("Category.attributes:read")),
    ("Collection", "totalProducts", Some("Collection.totalProducts:read")),
    ("LowestPrice", "productVariant", None),
    ("LowestPrice", "pricelist", None),
    ("LowestPrice", "markets", None),
    ("SizeChart", "sizes", None),
    ("StockChange", "warehouse", None),
    ("WarehouseAllocationPriority", "warehouse", None),
    ("GeographyAllocationPrioritySet", "demandVisibleInWarehouse", None),
    ("ShippingPriceGroup", "shippingOption", None),
    ("TaxRule", "taxGroup", None),
    ("DirectToConsumerOrder", "attributes", Some("Order.attributes:read")),
    ("DirectToConsumerOrder", "billingAddress", Some("Order.billingAddress:read")),
    ("DirectToConsumerOrder", "shippingAddress", Some("Order.shippingAddress:read")),
    ("DirectToConsumerOrder", "userIP", Some("Order.userIP:read")),
    ("DirectToConsumerOrder", "internalComment", Some("Order.internalComment:read")),
    ("DirectToConsumerShipment", "shippingAddress", Some("Shipment.shippingAddress:read")),
    ("PaymentHistoryEntry", "order", None),
    ("Customer", "attributes", Some("Customer.attributes:read")),
    ("Customer", "billingAddress", Some("Customer.billingAddress:read")),
    ("Customer", "totalOrders", Some("Customer.totalOrders:read")),
    ("AdminUser", "email", Some("AdminUser.email:read")),
];

/// Filters that need a permission: field of the filter, permission.
const BY_FILTER: &[(&str, &str)] = &[
    ("assignedToCountryId", "Country:read"),
    ("countryOfOriginId", "Product.countryOfOrigin:read"),
    ("internalComment", "Product.internalComment:read"),
    ("totalProducts", "Collection.totalProducts:read"),
];

/// What a token may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Granted {
    /// Everything.
    #[default]
    All,
    /// Only these.
    Only(BTreeSet<String>),
    /// Everything but these.
    AllBut(BTreeSet<String>),
}

impl Granted {
    /// Reads a comma-separated list: `all`, names (`Product:read,Store:read`), or names with a minus (`-Price:read`).
    pub fn parse(list: &str) -> Self {
        let names: Vec<&str> = list.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty()).collect();
        let denied: BTreeSet<String> =
            names.iter().filter_map(|name| name.strip_prefix('-')).map(str::to_owned).collect();
        if !denied.is_empty() {
            return Self::AllBut(denied);
        }
        if names.is_empty() || names.contains(&"all") {
            return Self::All;
        }
        Self::Only(names.into_iter().map(str::to_owned).collect())
    }

    fn covers(&self, permission: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(permission),
            Self::AllBut(names) => !names.contains(permission),
        }
    }
}

/// What a query needs.
#[derive(Debug, Default)]
pub struct Needs {
    /// Every permission used, in the order met.
    pub used: Vec<&'static str>,
    /// One GraphQL error per field the token may not read.
    pub errors: Vec<Json>,
}

/// Walks a plan and compares it with what the token may do.
pub fn needs(plan: &Plan, granted: &Granted) -> Needs {
    let mut needs = Needs::default();
    walk(plan, granted, &mut Vec::new(), &mut needs);
    needs
}

fn walk<'p>(plan: &'p Plan, granted: &Granted, path: &mut Vec<&'p str>, needs: &mut Needs) {
    for field in &plan.fields {
        path.push(&field.key);
        let mut allowed = true;
        for permission in of_field(&plan.type_name, field) {
            if !needs.used.contains(&permission) {
                needs.used.push(permission);
            }
            if !granted.covers(permission) {
                allowed = false;
                let (line, column) = field.position;
                let error = json!({
                    "message": format!("You need {permission} permission to access {}.", field.served_name),
                    "extensions": { "category": "authorization" },
                    "locations": [{ "line": line, "column": column }],
                    "path": path,
                });
                if !needs.errors.contains(&error) {
                    needs.errors.push(error);
                }
            }
        }
        if allowed {
            for sub in &field.sub {
                walk(sub, granted, path, needs);
            }
        }
        path.pop();
    }
}

fn of_field(parent: &str, field: &PlanField) -> Vec<&'static str> {
    let own = BY_FIELD.iter().find(|(ty, name, _)| *ty == parent && *name == field.name);
    let named = field.ty.inner_named_type();
    let mut permissions: Vec<&'static str> = match own {
        Some((.., permission)) => permission.iter().copied().collect(),
        None => BY_TYPE.iter().filter(|(ty, _)| named == *ty).map(|(_, permission)| *permission).collect(),
    };
    if let Some(Json::Object(filter)) = field.arguments.get("where") {
        permissions
            .extend(BY_FILTER.iter().filter(|(name, _)| filter.contains_key(*name)).map(|(_, permission)| *permission));
    }
    permissions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_grants_only_what_it_names_and_a_minus_takes_away() {
        let only = Granted::parse("Product:read, Store:read");
        assert!(only.covers("Store:read") && !only.covers("Price:read"));
        let but = Granted::parse("-Price:read");
        assert!(but.covers("Store:read") && !but.covers("Price:read"));
        assert_eq!(Granted::parse("all"), Granted::All);
    }
}
