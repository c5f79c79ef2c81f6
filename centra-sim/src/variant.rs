//! Schema variants: what a store's live schema may look like, given how sure each name of the reference is.
//!
//! - `reference`: the SDL as it is;
//! - `certain`: only what Centra's own pages and examples name (see [`crate::marks`]); what would no longer be valid is dropped too;
//! - `limited`: every list below a record takes a limit, and gives few rows where none is given;
//! - `renamed`: the guessed names of [`FIELDS`], [`ARGUMENTS`], [`INPUT_FIELDS`] and [`ENUM_VALUES`] replaced by other plausible ones.

use std::collections::HashSet;
use std::fmt;

use apollo_compiler::ast::{
    Argument, Definition, Directive, DirectiveList, Document, EnumValueDefinition, FieldDefinition,
    InputValueDefinition, Type, Value,
};
use apollo_compiler::{Name, Node};

use crate::marks::{Certainty, LineMarks};

/// Which schema is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Variant {
    /// The reference SDL.
    #[default]
    Reference,
    /// Certain names only.
    Certain,
    /// Guessed names replaced by others.
    Renamed,
    /// Lists below records are cut where no limit is given.
    Limited,
}

impl fmt::Display for Variant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Reference => "reference",
            Self::Certain => "certain",
            Self::Renamed => "renamed",
            Self::Limited => "limited",
        })
    }
}

/// Guessed fields under another name: type, name in the reference, name in `renamed`.
pub const FIELDS: &[(&str, &str, &str)] = &[
    ("MonetaryValue", "valueInCents", "valueInSubunits"),
    ("Query", "taxGroups", "taxGroupList"),
    ("Query", "campaigns", "campaignList"),
    ("Product", "bundle", "productBundle"),
    ("Query", "allocationRules", "stockAllocationRules"),
    ("Query", "productSizes", "sizes"),
    ("ShippingOption", "shippingPriceGroups", "priceGroups"),
    ("Warehouse", "allocationRules", "assignedAllocationRules"),
    ("Category", "parentCategory", "parent"),
    ("Market", "updatedAt", "modifiedAt"),
    ("Pricelist", "updatedAt", "modifiedAt"),
    ("PriceRange", "from", "min"),
    ("PriceRange", "to", "max"),
    ("ProductSize", "quantity", "packQuantity"),
    // Older forms, by Centra's list of deprecations.
    ("ProductSize", "EAN", "GTIN"),
    ("Return", "returnStatus", "status"),
    ("DirectToConsumerReturn", "returnStatus", "status"),
];

/// Guessed arguments under another name: type, field, name in the reference, name in `renamed`.
pub const ARGUMENTS: &[(&str, &str, &str, &str)] =
    &[("Query", "categories", "limit", "pageSize"), ("Query", "warehouses", "limit", "pageSize")];

/// Guessed fields of input objects under another name.
pub const INPUT_FIELDS: &[(&str, &str, &str)] =
    &[("TranslationFilter", "languageId", "language"), ("IntRange", "from", "min"), ("IntRange", "to", "max")];

/// Guessed enum values under another name.
pub const ENUM_VALUES: &[(&str, &str, &str)] = &[
    ("ApplyTaxType", "VALUES_NOT_READ", "INCLUDED"),
    ("ShippingOptionType", "VALUES_NOT_READ", "REGULAR"),
    ("CampaignVariantType", "VALUES_NOT_READ", "DISCOUNT_PERCENT"),
    ("WarehouseAllocationPolicy", "DIRECT", "ALLOCATE_DIRECTLY"),
    ("WarehouseStockMaster", "CENTRA", "INTERNAL"),
    ("CommonSort", "updatedAt_ASC", "modifiedAt_ASC"),
    ("CommonSort", "updatedAt_DESC", "modifiedAt_DESC"),
];

/// Fields that `renamed` declares deprecated, so that a client meets `extensions.deprecatedFieldsUsed`. Centra deprecates in this
/// manner, but not these fields: type, field, reason.
pub const DEPRECATED: &[(&str, &str, &str)] =
    &[("Display", "metaKeywords", "Search engines ignore keywords, date of removal: 2027-06-01")];

/// The renames in force, asked from the served name back to the reference's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Renames {
    active: bool,
}

impl Renames {
    /// The reference's name of a field.
    pub fn field<'a>(self, type_name: &str, served: &'a str) -> &'a str {
        self.find(FIELDS.iter().find(|(ty, _, new)| *ty == type_name && *new == served).map(|found| found.1), served)
    }

    /// The reference's name of an argument.
    pub fn argument<'a>(self, type_name: &str, field: &str, served: &'a str) -> &'a str {
        let found = ARGUMENTS.iter().find(|(ty, name, _, new)| *ty == type_name && *name == field && *new == served);
        self.find(found.map(|found| found.2), served)
    }

    /// The reference's name of a field of an input object.
    pub fn input_field<'a>(self, type_name: &str, served: &'a str) -> &'a str {
        let found = INPUT_FIELDS.iter().find(|(ty, _, new)| *ty == type_name && *new == served);
        self.find(found.map(|found| found.1), served)
    }

    /// The reference's literal of an enum value.
    pub fn enum_value<'a>(self, type_name: &str, served: &'a str) -> &'a str {
        let found = ENUM_VALUES.iter().find(|(ty, _, new)| *ty == type_name && *new == served);
        self.find(found.map(|found| found.1), served)
    }

    /// The served literal of an enum value.
    pub fn served_enum_value<'a>(self, type_name: &str, reference: &'a str) -> &'a str {
        let found = ENUM_VALUES.iter().find(|(ty, old, _)| *ty == type_name && *old == reference);
        self.find(found.map(|found| found.2), reference)
    }

    fn find<'a>(self, found: Option<&'static str>, served: &'a str) -> &'a str {
        found.filter(|_| self.active).unwrap_or(served)
    }
}

fn fields_mut(definition: &mut Definition) -> Option<(Name, &mut Vec<Node<FieldDefinition>>)> {
    match definition {
        Definition::ObjectTypeDefinition(object) => {
            let object = object.make_mut();
            Some((object.name.clone(), &mut object.fields))
        }
        Definition::InterfaceTypeDefinition(interface) => {
            let interface = interface.make_mut();
            Some((interface.name.clone(), &mut interface.fields))
        }
        _ => None,
    }
}

/// How many rows a nested list of `limited` gives where no limit is given. Centra's number is 20; the seeds have fewer.
pub const NESTED_LIMIT: i32 = 3;

/// Gives every list below a record a limit with a default.
pub fn limit_nested_lists(document: &mut Document) {
    let objects: HashSet<Name> =
        document.definitions.iter_mut().filter_map(|own| fields_mut(own).map(|(name, _)| name)).collect();
    let argument = |name: &'static str, default: i32| {
        Node::new(InputValueDefinition {
            description: None,
            name: Name::new_static_unchecked(name),
            ty: Node::new(Type::Named(Name::new_static_unchecked("Int"))),
            default_value: Some(Node::new(Value::from(default))),
            directives: DirectiveList::default(),
        })
    };
    for definition in &mut document.definitions {
        let Some((type_name, fields)) = fields_mut(definition) else { continue };
        let is_record = !["Query", "Mutation"].contains(&type_name.as_str())
            && !["Payload", "Connection"].iter().any(|end| type_name.ends_with(end));
        let lists =
            fields.iter_mut().filter(|field| field.ty.is_list() && objects.contains(field.ty.inner_named_type()));
        for field in lists.filter(|_| is_record) {
            let field = field.make_mut();
            match field.arguments.iter_mut().find(|own| own.name == "limit") {
                Some(limit) if limit.default_value.is_some() => {}
                Some(limit) => limit.make_mut().default_value = Some(Node::new(Value::from(NESTED_LIMIT))),
                None => field.arguments.extend([argument("limit", NESTED_LIMIT), argument("page", 1)]),
            }
        }
    }
}

/// Takes a field of the root away.
pub fn remove_root(document: &mut Document, field: &str) {
    for definition in &mut document.definitions {
        if let Some((type_name, fields)) = fields_mut(definition)
            && type_name == "Query"
        {
            fields.retain(|own| own.name != field);
        }
    }
}

/// Replaces guessed names and says which.
pub fn rename_guesses(document: &mut Document) -> Renames {
    for definition in &mut document.definitions {
        if let Some((type_name, fields)) = fields_mut(definition) {
            for field in fields {
                let field = field.make_mut();
                deprecate(&type_name, field);
                for argument in &mut field.arguments {
                    let found = ARGUMENTS
                        .iter()
                        .find(|(ty, name, old, _)| type_name == *ty && field.name == *name && argument.name == *old);
                    if let Some((.., new)) = found {
                        argument.make_mut().name = Name::new_static_unchecked(new);
                    }
                }
                if let Some((.., new)) = FIELDS.iter().find(|(ty, old, _)| type_name == *ty && field.name == *old) {
                    field.name = Name::new_static_unchecked(new);
                }
            }
        } else if let Definition::InputObjectTypeDefinition(input) = definition {
            let input = input.make_mut();
            for field in &mut input.fields {
                let found = INPUT_FIELDS.iter().find(|(ty, old, _)| input.name == *ty && field.name == *old);
                if let Some((.., new)) = found {
                    field.make_mut().name = Name::new_static_unchecked(new);
                }
            }
        } else if let Definition::EnumTypeDefinition(definition) = definition {
            let definition = definition.make_mut();
            for value in &mut definition.values {
                let found = ENUM_VALUES.iter().find(|(ty, old, _)| definition.name == *ty && value.value == *old);
                if let Some((.., new)) = found {
                    value.make_mut().value = Name::new_static_unchecked(new);
                }
            }
        }
    }
    Renames { active: true }
}

fn deprecate(type_name: &str, field: &mut FieldDefinition) {
    let Some((.., reason)) = DEPRECATED.iter().find(|(ty, name, _)| *ty == type_name && field.name == *name) else {
        return;
    };
    let mut directive = Directive::new(Name::new_static_unchecked("deprecated"));
    let value = Node::new(Value::String((*reason).to_owned()));
    directive.arguments.push(Node::new(Argument { name: Name::new_static_unchecked("reason"), value }));
    field.directives.push(directive);
}

/// Removes every name that is not certain, then whatever no longer fits.
pub fn keep_certain(document: &mut Document, sdl: &str) {
    let judge = Judge::new(document, sdl);
    for definition in &mut document.definitions {
        let (header_line, header) = judge.header(definition);
        let keeps = |line: usize, name: &str| judge.keeps(line, name, header_line, &header);
        if let Some((_, fields)) = fields_mut(definition) {
            fields.retain(|field| keeps(field.location_line(&judge), &field.name));
            for field in fields {
                let marks = judge.line(field.location_line(&judge));
                field
                    .make_mut()
                    .arguments
                    .retain(|argument| marks.of_argument(&argument.name) != Some(Certainty::Uncertain));
            }
        } else if let Definition::InputObjectTypeDefinition(input) = definition {
            input.make_mut().fields.retain(|field| keeps(field.location_line(&judge), &field.name));
        } else if let Definition::EnumTypeDefinition(values) = definition {
            values.make_mut().values.retain(|value| keeps(value.location_line(&judge), &value.value));
        }
    }
    drop_what_no_longer_fits(document);
}

/// Looks up the marks of the lines that definitions stand on.
struct Judge {
    lines: Vec<LineMarks>,
    sources: apollo_compiler::parser::SourceMap,
}

/// A definition that stands on a line of the SDL.
trait OnLine {
    fn location_line(&self, judge: &Judge) -> usize;
}

impl<T> OnLine for Node<T> {
    fn location_line(&self, judge: &Judge) -> usize {
        self.line_column_range(&judge.sources).map_or(0, |range| range.start.line)
    }
}

impl Judge {
    fn new(document: &Document, sdl: &str) -> Self {
        Self { lines: sdl.lines().map(LineMarks::of_line).collect(), sources: document.sources.clone() }
    }

    /// The marks of a line, counted from one.
    fn line(&self, line: usize) -> LineMarks {
        self.lines.get(line.wrapping_sub(1)).cloned().unwrap_or_default()
    }

    fn header(&self, definition: &Definition) -> (usize, LineMarks) {
        let line = match definition {
            Definition::ObjectTypeDefinition(node) => node.location_line(self),
            Definition::InterfaceTypeDefinition(node) => node.location_line(self),
            Definition::InputObjectTypeDefinition(node) => node.location_line(self),
            Definition::EnumTypeDefinition(node) => node.location_line(self),
            _ => 0,
        };
        (line, self.line(line))
    }

    /// Whether a member stays: by the mark for its name, its line's, its type's; unmarked names are certain.
    fn keeps(&self, line: usize, name: &str, header_line: usize, header: &LineMarks) -> bool {
        let own = self.line(line);
        let of_line = if line == header_line { None } else { own.general };
        let certainty = own.of_name(name).or(of_line).or(header.members).or(header.general);
        certainty != Some(Certainty::Uncertain)
    }
}

/// Repeats until nothing changes: types without members go, and with them every field, argument and membership that needs them.
fn drop_what_no_longer_fits(document: &mut Document) {
    loop {
        let before = document.to_string().len();
        document.definitions.retain(|definition| match definition {
            Definition::ObjectTypeDefinition(object) => !object.fields.is_empty(),
            Definition::InterfaceTypeDefinition(interface) => !interface.fields.is_empty(),
            Definition::InputObjectTypeDefinition(input) => !input.fields.is_empty(),
            Definition::EnumTypeDefinition(values) => !values.values.is_empty(),
            Definition::UnionTypeDefinition(union_type) => !union_type.members.is_empty(),
            _ => true,
        });
        let known: HashSet<Name> = document
            .definitions
            .iter()
            .filter_map(Definition::name)
            .cloned()
            .chain(["Int", "Float", "String", "Boolean", "ID"].map(Name::new_static_unchecked))
            .collect();
        let literals = enum_literals(document);
        for definition in &mut document.definitions {
            if let Definition::InputObjectTypeDefinition(input) = definition {
                input.make_mut().fields.retain(|field| known.contains(field.ty.inner_named_type()));
            }
            if let Definition::UnionTypeDefinition(union_type) = definition {
                union_type.make_mut().members.retain(|member| known.contains(member));
            }
            let Some((_, fields)) = fields_mut(definition) else { continue };
            fields.retain(|field| known.contains(field.ty.inner_named_type()));
            for field in fields {
                let arguments = &mut field.make_mut().arguments;
                arguments.retain(|argument| known.contains(argument.ty.inner_named_type()));
                for argument in arguments {
                    drop_stale_default(argument, &literals);
                }
            }
        }
        keep_interfaces_fulfilled(document, &known);
        if document.to_string().len() == before {
            return;
        }
    }
}

fn enum_literals(document: &Document) -> HashSet<Name> {
    let values = |definition: &Definition| -> Vec<Node<EnumValueDefinition>> {
        definition.as_enum_type_definition().map(|found| found.values.clone()).unwrap_or_default()
    };
    document.definitions.iter().flat_map(values).map(|value| value.value.clone()).collect()
}

/// A default value may name an enum value that is gone.
fn drop_stale_default(argument: &mut Node<InputValueDefinition>, literals: &HashSet<Name>) {
    fn stale(value: &Value, literals: &HashSet<Name>) -> bool {
        match value {
            Value::Enum(literal) => !literals.contains(literal),
            Value::List(items) => items.iter().any(|item| stale(item, literals)),
            _ => false,
        }
    }
    if argument.default_value.as_ref().is_some_and(|value| stale(value, literals)) {
        argument.make_mut().default_value = None;
    }
}

/// A type that lost a field of an interface no longer implements it.
fn keep_interfaces_fulfilled(document: &mut Document, known: &HashSet<Name>) {
    let interfaces: Vec<_> =
        document.definitions.iter().filter_map(Definition::as_interface_type_definition).cloned().collect();
    for definition in &mut document.definitions {
        let Definition::ObjectTypeDefinition(object) = definition else { continue };
        let object = object.make_mut();
        let fields = &object.fields;
        object.implements_interfaces.retain(|name| {
            let declared = interfaces.iter().filter(|interface| interface.name == *name);
            known.contains(name)
                && declared.flat_map(|interface| &interface.fields).all(|field| {
                    fields.iter().any(|own| {
                        own.name == field.name
                            && field.arguments.iter().all(|argument| own.argument_by_name(&argument.name).is_some())
                    })
                })
        });
    }
}
