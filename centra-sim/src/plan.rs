//! Turns a validated operation into a plan: per object type the fields to write, with arguments and names
//! already in the terms of the reference schema.

use std::collections::HashSet;

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::{ExecutableDocument, Name};
use serde_json::{Map, Value as Json};

use crate::schema::ServedSchema;

/// What to write for one concrete object type.
#[derive(Debug)]
pub struct Plan {
    /// The object type.
    pub type_name: Name,
    /// The fields in the order of the answer.
    pub fields: Vec<PlanField>,
}

/// One field of a plan.
#[derive(Debug)]
pub struct PlanField {
    /// The key in the answer.
    pub key: Name,
    /// `"key":`, ready to be copied.
    pub json_key: Vec<u8>,
    /// The field's name in the reference schema.
    pub name: String,
    /// The name in the query.
    pub served_name: Name,
    /// The arguments, defaults applied, in the names of the reference schema.
    pub arguments: Map<String, Json>,
    /// The declared type.
    pub ty: Type,
    /// Whether the type is an enum.
    pub is_enum: bool,
    /// One plan per object type the value can have.
    pub sub: Vec<Plan>,
    /// Why the field should no longer be used.
    pub deprecated: Option<String>,
    /// Line and column in the query.
    pub position: (usize, usize),
}

impl PlanField {
    /// The plan for an object of this type.
    pub fn plan_for(&self, type_name: &str) -> Option<&Plan> {
        self.sub.iter().find(|plan| plan.type_name == type_name)
    }

    /// A whole-number argument.
    pub fn int_argument(&self, name: &str) -> Option<i64> {
        self.arguments.get(name).and_then(Json::as_i64)
    }
}

/// Builds plans of one operation.
pub struct Planner<'a> {
    served: &'a ServedSchema,
    document: &'a ExecutableDocument,
    variables: &'a JsonMap,
}

impl<'a> Planner<'a> {
    /// A planner for an operation with coerced variables.
    pub fn new(served: &'a ServedSchema, document: &'a ExecutableDocument, variables: &'a JsonMap) -> Self {
        Self { served, document, variables }
    }

    /// The plan of the operation.
    pub fn plan(&self, operation: &'a Operation) -> Plan {
        self.object(operation.object_type(), &[&operation.selection_set])
    }

    fn object(&self, type_name: &Name, sets: &[&'a SelectionSet]) -> Plan {
        let mut groups: Vec<(Name, Vec<&'a Field>)> = Vec::new();
        let mut visited = HashSet::new();
        for set in sets {
            self.collect(type_name, &set.selections, &mut visited, &mut groups);
        }
        let fields = groups.into_iter().map(|(key, fields)| self.field(type_name, key, &fields)).collect();
        Plan { type_name: type_name.clone(), fields }
    }

    fn collect(
        &self,
        type_name: &Name,
        selections: &'a [Selection],
        visited: &mut HashSet<&'a Name>,
        groups: &mut Vec<(Name, Vec<&'a Field>)>,
    ) {
        for selection in selections {
            if self.is_left_out(selection) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let key = field.response_key();
                    match groups.iter_mut().find(|(known, _)| known == key) {
                        Some((_, fields)) => fields.push(field),
                        None => groups.push((key.clone(), vec![field])),
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = self.document.fragments.get(&spread.fragment_name) else { continue };
                    if visited.insert(&spread.fragment_name) && self.applies(fragment.type_condition(), type_name) {
                        self.collect(type_name, &fragment.selection_set.selections, visited, groups);
                    }
                }
                Selection::InlineFragment(inline) => {
                    if inline.type_condition.as_ref().is_none_or(|condition| self.applies(condition, type_name)) {
                        self.collect(type_name, &inline.selection_set.selections, visited, groups);
                    }
                }
            }
        }
    }

    fn applies(&self, condition: &Name, type_name: &Name) -> bool {
        condition == type_name || self.served.schema.is_subtype(condition, type_name)
    }

    fn is_left_out(&self, selection: &Selection) -> bool {
        let decided = |directive: &str| {
            let value = selection.directives().get(directive)?.specified_argument_by_name("if")?;
            match value.as_ref() {
                Value::Boolean(value) => Some(*value),
                Value::Variable(name) => self.variables.get(name.as_str())?.as_bool(),
                _ => None,
            }
        };
        decided("skip") == Some(true) || decided("include") == Some(false)
    }

    fn field(&self, parent: &Name, key: Name, fields: &[&'a Field]) -> PlanField {
        let field = fields[0];
        // The object's own definition may have arguments or a type that the interface does not.
        let own = self.served.schema.type_field(parent, &field.name).ok();
        let definition: &FieldDefinition = own.map_or(&field.definition, |component| component);
        let name = self.served.renames.field(parent, &field.name).to_owned();
        let named = definition.ty.inner_named_type();
        let sets: Vec<&SelectionSet> =
            fields.iter().map(|field| &field.selection_set).filter(|set| !set.selections.is_empty()).collect();
        let sub = if sets.is_empty() || field.name.starts_with("__") {
            Vec::new()
        } else {
            self.served.possible_types(named).iter().map(|possible| self.object(possible, &sets)).collect()
        };
        let position = field
            .name
            .line_column_range(&self.document.sources)
            .map_or((0, 0), |range| (range.start.line, range.start.column));
        PlanField {
            json_key: format!("\"{key}\":").into_bytes(),
            arguments: self.arguments(parent, &name, field, definition),
            ty: definition.ty.clone(),
            deprecated: definition.directives.get("deprecated").map(|directive| {
                let reason = directive.specified_argument_by_name("reason").and_then(|value| value.as_str());
                reason.unwrap_or("No longer supported").to_owned()
            }),
            is_enum: self.served.schema.get_enum(named).is_some(),
            served_name: field.name.clone(),
            key,
            name,
            sub,
            position,
        }
    }

    fn arguments(&self, parent: &str, name: &str, field: &Field, definition: &FieldDefinition) -> Map<String, Json> {
        let mut arguments = Map::new();
        for declared in &definition.arguments {
            let given = field.specified_argument_by_name(&declared.name).and_then(|value| self.json(value));
            let Some(value) = given.or_else(|| declared.default_value.as_ref().and_then(|value| self.json(value)))
            else {
                continue;
            };
            let canonical = self.served.renames.argument(parent, name, &declared.name);
            arguments.insert(canonical.to_owned(), self.normalise(value, &declared.ty));
        }
        arguments
    }

    /// The JSON of a literal; none for a variable that was not given.
    fn json(&self, value: &Value) -> Option<Json> {
        Some(match value {
            Value::Null => Json::Null,
            Value::Enum(literal) => Json::String(literal.to_string()),
            Value::String(text) => Json::String(text.clone()),
            Value::Boolean(value) => Json::Bool(*value),
            Value::Int(number) => number.as_str().parse::<i64>().map_or(Json::Null, Json::from),
            Value::Float(number) => number.try_to_f64().map_or(Json::Null, Json::from),
            Value::List(items) => Json::Array(items.iter().map(|item| self.json(item).unwrap_or(Json::Null)).collect()),
            Value::Object(fields) => Json::Object(
                fields.iter().filter_map(|(name, value)| Some((name.to_string(), self.json(value)?))).collect(),
            ),
            Value::Variable(name) => plain_json(self.variables.get(name.as_str())?),
        })
    }

    /// Coerces single values to lists, applies the defaults of input objects, and takes renames back.
    fn normalise(&self, value: Json, ty: &Type) -> Json {
        if ty.is_list() {
            let items = match value {
                Json::Null => return Json::Null,
                Json::Array(items) => items,
                single => vec![single],
            };
            return Json::Array(items.into_iter().map(|item| self.normalise(item, ty.item_type())).collect());
        }
        let type_name = ty.inner_named_type();
        match (self.served.schema.types.get(type_name), value) {
            (Some(ExtendedType::Enum(_)), Json::String(literal)) => {
                Json::String(self.served.renames.enum_value(type_name, &literal).to_owned())
            }
            (Some(ExtendedType::InputObject(input)), Json::Object(mut given)) => {
                let mut fields = Map::new();
                for (name, declared) in &input.fields {
                    let default = || declared.default_value.as_ref().and_then(|value| self.json(value));
                    let Some(value) = given.remove(name.as_str()).or_else(default) else { continue };
                    let canonical = self.served.renames.input_field(type_name, name).to_owned();
                    fields.insert(canonical, self.normalise(value, &declared.ty));
                }
                Json::Object(fields)
            }
            (_, value) => value,
        }
    }
}

/// The same value in the JSON type used everywhere else.
fn plain_json(value: &JsonValue) -> Json {
    match value {
        JsonValue::Null => Json::Null,
        JsonValue::Bool(value) => Json::Bool(*value),
        JsonValue::Number(number) => Json::Number(number.clone()),
        JsonValue::String(text) => Json::String(text.as_str().to_owned()),
        JsonValue::Array(items) => Json::Array(items.iter().map(plain_json).collect()),
        JsonValue::Object(fields) => {
            Json::Object(fields.iter().map(|(name, value)| (name.as_str().to_owned(), plain_json(value))).collect())
        }
    }
}
