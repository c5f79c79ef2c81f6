//! The queries against the schema file: each is valid, each uncertain name may be lost, and each guess is left alone.

use std::collections::BTreeSet;

use apollo_compiler::{
    ExecutableDocument, Schema,
    executable::{Selection, SelectionSet},
    validation::Valid,
};
use centra_plugin::{
    operation::{DIRECTIVES, Operation, VARIABLES},
    schema::{
        adapt::{Adapted, Ground, Missing, adapt, types_to_read},
        arguments::WIDE,
        introspect::TYPES,
        live::LiveSchema,
    },
};
use centra_sim::schema::ServedSchema;

use crate::{
    marks::{Marks, SDL},
    store::{Variant, live_schema},
};

fn fit(operation: Operation, live: Option<&LiveSchema>) -> Result<Adapted, Missing> {
    let denied = BTreeSet::new();
    adapt(operation, Ground { live, denied: &denied }, &VARIABLES.iter().copied().collect(), true)
}

/// The same with larger limits for lists below records.
fn fit_wide(operation: Operation, live: &LiveSchema) -> Result<Adapted, Missing> {
    let denied = BTreeSet::new();
    let given = VARIABLES.iter().copied().chain([WIDE]).collect();
    adapt(operation, Ground { live: Some(live), denied: &denied }, &given, true)
}

/// A schema whose nested lists are cut where no limit is given.
fn limited() -> Variant {
    let served = ServedSchema::build(centra_sim::variant::Variant::Limited).unwrap();
    Variant { name: "limited", sdl: served.sdl().to_owned() }
}

fn schema_of(sdl: &str) -> Valid<Schema> {
    Schema::parse_and_validate(sdl, "schema.graphql").unwrap()
}

#[test]
fn every_document_is_valid_against_the_schema_file() {
    let schema = schema_of(&format!("{SDL}\n{DIRECTIVES}"));
    for operation in Operation::ALL {
        let source = operation.source();
        // Paging arguments come from `@paged`, so their variables may be unused here.
        let errors = match ExecutableDocument::parse_and_validate(&schema, source, operation.name()) {
            Ok(_) => continue,
            Err(found) => found.errors.to_string(),
        };
        let serious = errors.lines().filter(|line| line.starts_with("Error:") && !line.contains("unused variable"));
        assert_eq!(serious.collect::<Vec<_>>(), Vec::<&str>::new(), "{}: {errors}", operation.name());
    }
}

#[test]
fn what_is_sent_is_valid_against_the_live_schema_whatever_it_is() {
    for variant in [Variant::reference(), Variant::certain(), Variant::renamed(), limited()] {
        let schema = schema_of(&variant.sdl);
        let live = live_schema(&schema);
        let fitted = |operation| [fit(operation, Some(&live)), fit_wide(operation, &live)].map(|own| (operation, own));
        for (operation, adapted) in Operation::ALL.iter().copied().flat_map(fitted) {
            let Ok(adapted) = adapted else { continue };
            if adapted.fields.is_empty() && operation != Operation::Ping {
                continue; // the stream says that it cannot be read
            }
            if let Err(found) = ExecutableDocument::parse_and_validate(&schema, &adapted.text, operation.name()) {
                panic!("{} of {}: {}\n{}", operation.name(), variant.name, found.errors, adapted.text);
            }
        }
    }
}

#[test]
fn a_list_below_a_record_is_given_a_larger_limit_only_where_it_has_one_and_more_is_wanted() {
    let live = live_schema(&schema_of(&limited().sdl));
    let plain = fit(Operation::Offers, Some(&live)).unwrap();
    assert_eq!(plain.cut_after["displayConnection.edges.node.displayItems"], 3);
    assert!(plain.text.contains("displayItems {"), "{}", plain.text);
    let wide = fit_wide(Operation::Offers, &live).unwrap();
    assert!(wide.text.contains("displayItems(limit: 100) {"), "{}", wide.text);
    assert!(wide.text.contains("productSizes(limit: 50) {"), "{}", wide.text);
    let stock = fit_wide(Operation::SizeDetails, &live).unwrap();
    assert!(stock.text.contains("stock(limit: $warehouses)"), "a limit of ours stays: {}", stock.text);
    let reference = live_schema(&schema_of(SDL));
    assert_eq!(
        fit_wide(Operation::Offers, &reference).unwrap().text,
        fit(Operation::Offers, Some(&reference)).unwrap().text
    );
}

#[test]
fn nothing_is_lost_against_the_schema_file_itself() {
    let live = live_schema(&schema_of(SDL));
    for operation in Operation::ALL {
        assert_eq!(fit(*operation, Some(&live)).unwrap().differences, [], "{}", operation.name());
        assert_eq!(types_to_read(*operation, &live), BTreeSet::new(), "{}: TYPES lacks a type", operation.name());
    }
}

#[test]
fn only_types_in_use_are_asked_for() {
    let schema = schema_of(SDL);
    for name in TYPES {
        let mut live = live_schema(&schema);
        live.types.remove(*name);
        assert!(
            Operation::ALL.iter().any(|operation| types_to_read(*operation, &live).contains(*name))
                || ["Query", "Mutation"].contains(name),
            "{name} is in TYPES, but no query touches it"
        );
    }
}

#[test]
fn uncertain_names_are_sent_only_where_the_live_schema_has_them() {
    let marks = Marks::read();
    let schema = schema_of(SDL);
    let mut unmarked = vec![];
    for operation in Operation::ALL {
        // Without a live schema exactly the certain fields are left.
        let adapted = fit(*operation, None).unwrap();
        if adapted.fields.is_empty() && *operation != Operation::Ping {
            continue;
        }
        let document = ExecutableDocument::parse_and_validate(&schema, &adapted.text, operation.name())
            .unwrap_or_else(|found| panic!("{}: {}\n{}", operation.name(), found.errors, adapted.text));
        for operation in document.operations.iter() {
            collect_uncertain(&operation.selection_set, &marks, &mut unmarked);
        }
    }
    assert_eq!(unmarked, Vec::<String>::new(), "mark these `@optional` (fields) or `@unsure` (arguments)");
}

fn collect_uncertain(set: &SelectionSet, marks: &Marks, unmarked: &mut Vec<String>) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                if field.name.starts_with("__") {
                    continue;
                }
                let path = format!("{}.{}", set.ty, field.name);
                let arguments = field.arguments.iter().map(|argument| format!("{path}({})", argument.name));
                unmarked.extend(std::iter::once(path.clone()).chain(arguments).filter(|path| !marks.sure(path)));
                for argument in &field.arguments {
                    let ty = field.definition.argument_by_name(&argument.name).unwrap().ty.inner_named_type();
                    let inputs = argument.value.as_object().unwrap_or_default();
                    let inputs = inputs.iter().map(|(name, _)| format!("{ty}.{name}"));
                    unmarked.extend(inputs.filter(|path| !marks.sure(path)));
                }
                collect_uncertain(&field.selection_set, marks, unmarked);
            }
            Selection::InlineFragment(inline) => collect_uncertain(&inline.selection_set, marks, unmarked),
            Selection::FragmentSpread(_) => unreachable!("fragments are spread in place"),
        }
    }
}

#[test]
fn a_field_under_another_name_keeps_ours_in_the_answer() {
    let live = live_schema(&schema_of(&Variant::renamed().sdl));
    let stock = fit(Operation::StockPlan, Some(&live)).unwrap();
    assert!(stock.text.contains("allocationRules: assignedAllocationRules"), "{}", stock.text);
    let prices = fit(Operation::Prices, Some(&live)).unwrap();
    assert!(prices.text.contains("valueInCents: valueInSubunits"), "{}", prices.text);
    let shipping = fit(Operation::ShippingOptions, Some(&live)).unwrap();
    assert!(shipping.text.contains("shippingOptions(filter: {storeId: $store})"), "{}", shipping.text);
    let renamed: Vec<_> = shipping.differences.iter().map(|own| (own.kind.as_str(), own.path.as_str())).collect();
    assert!(renamed.contains(&("renamed", "ShippingOption.shippingPriceGroups")), "{renamed:?}");
}

#[test]
fn a_missing_required_field_fails_by_name_and_an_optional_one_is_reported() {
    let live = live_schema(&schema_of(&Variant::without(&["DisplayItem.productVariant", "Display.uri"]).sdl));
    assert_eq!(fit(Operation::OffersByPage, Some(&live)).unwrap_err().field, "DisplayItem.productVariant");
    let live = live_schema(&schema_of(&Variant::without(&["Display.uri", "Warehouse.threshold"]).sdl));
    let offers = fit(Operation::Offers, Some(&live)).unwrap();
    let lost: Vec<_> =
        offers.differences.iter().map(|own| (own.kind.as_str(), own.path.as_str(), own.effect.as_str())).collect();
    assert_eq!(lost, [("missing", "Display.uri", "Offers have no handle.")]);
    assert!(!offers.text.contains("uri") && offers.has("displayConnection.edges.node.name"));
}

#[test]
fn what_has_no_value_is_left_out_of_the_query() {
    let live = live_schema(&schema_of(SDL));
    let denied = BTreeSet::new();
    let ground = Ground { live: Some(&live), denied: &denied };
    let full = adapt(Operation::Offers, ground, &BTreeSet::from(["limit", "store"]), false).unwrap();
    assert!(full.text.contains("displayConnection(first: $limit, where: {storeId: $store})"), "{}", full.text);
    assert_eq!(full.variables.keys().collect::<Vec<_>>(), ["limit", "store"]);
    assert!(!full.text.contains("rateLimits"));
}

#[test]
fn a_list_narrowed_to_one_row_asks_for_one_row_where_it_can() {
    let live = live_schema(&schema_of(SDL));
    let stock = fit(Operation::Stock, Some(&live)).unwrap();
    assert!(stock.text.contains("{equals: $name}}, limit: 1)"), "{}", stock.text);
    let prices = fit(Operation::Prices, Some(&live)).unwrap();
    assert!(prices.text.contains("pricelists(where: {id: $pricelist}) {"), "{}", prices.text);
    assert!(fit(Operation::Stock, None).unwrap().text.contains("warehouses(where: {name: {equals: $name}}) {"));
}

#[test]
fn a_denied_field_is_left_out_wherever_it_stands() {
    let live = live_schema(&schema_of(SDL));
    let denied = BTreeSet::from(["Product.countryOfOrigin".to_owned(), "AttributeType.name".to_owned()]);
    let offers =
        adapt(Operation::Offers, Ground { live: Some(&live), denied: &denied }, &BTreeSet::new(), false).unwrap();
    assert!(!offers.text.contains("countryOfOrigin") && !offers.text.contains("attributes"), "{}", offers.text);
    assert!(offers.differences.iter().all(|own| own.kind == "denied"), "{:?}", offers.differences);
}

#[test]
fn the_readme_names_every_field_that_may_be_missing_or_named_otherwise() {
    let readme = include_str!("../../README.md");
    let marks = Marks::read();
    let live = live_schema(&schema_of(SDL));
    let mut untold = BTreeSet::new();
    for operation in Operation::ALL {
        let adapted = fit(*operation, Some(&live)).unwrap();
        let uncertain = adapted.fields.into_values().map(|field| field.id).filter(|id| !marks.sure(id));
        untold.extend(uncertain.filter(|id| !readme.contains(&format!("`{id}`"))));
    }
    assert_eq!(untold, BTreeSet::new(), "add these to the table in README.md");
}
