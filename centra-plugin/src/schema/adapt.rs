//! Fits one query to what is known of the live schema: drops what is missing or denied, takes other names where they
//! are known, keeps our names in the answer. Only a missing field without `@optional` fails.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::wire::validate::SchemaDifference;
use graphql_parser::{
    Style,
    query::{
        Definition, Document, Field, FragmentDefinition, InlineFragment, Mutation, OperationDefinition, Query,
        Selection, SelectionSet, TypeCondition, VariableDefinition,
    },
};

use super::{
    arguments::{Arguments, parse_type},
    directive::Marks,
    live::{LiveSchema, base_of},
};
use crate::operation::Operation;

/// A query as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adapted {
    /// The document.
    pub text: String,
    /// Variables it uses, with their live types where known.
    pub variables: BTreeMap<String, Option<String>>,
    /// Every selected field by the keys that lead to it in the answer, joined by `.`.
    pub fields: BTreeMap<String, SelectedField>,
    /// Root fields that are read in pages.
    pub paged_roots: BTreeSet<String>,
    /// Lists below records by the keys that lead to them, joined by `.`, with the rows after which each is cut.
    pub cut_after: BTreeMap<String, u32>,
    /// Whether the state of the quota was added.
    pub asks_limits: bool,
    /// What is lost or named otherwise.
    pub differences: Vec<SchemaDifference>,
}

/// A selected field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectedField {
    /// `Type.field`, as the live schema names it; the way to it where types are not known.
    pub id: String,
    /// Whether the query works without it.
    pub optional: bool,
}

impl Adapted {
    /// Whether nothing of what was asked for is left; the state of the quota does not count.
    pub fn is_empty(&self) -> bool {
        self.fields.keys().all(|path| path.starts_with("rateLimits") && self.asks_limits)
    }

    /// Whether the answer will hold this field (keys joined by `.`).
    pub fn has(&self, path: &str) -> bool {
        self.fields.contains_key(path)
    }
}

/// A required field is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// `Type.field`.
    pub field: String,
    /// Whether the token may not read it, rather than that it does not exist.
    pub denied: bool,
}

/// What a query is fitted to.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The live schema; without it only certain names are used.
    pub live: Option<&'a LiveSchema>,
    /// Fields the token may not read, by [`SelectedField::id`].
    pub denied: &'a BTreeSet<String>,
}

/// Fits a query. `given` are the variables that have a value; `with_limits` adds the state of the quota.
pub fn adapt(
    operation: Operation,
    ground: Ground<'_>,
    given: &BTreeSet<&str>,
    with_limits: bool,
) -> Result<Adapted, Missing> {
    fit(operation, ground, given, with_limits).0
}

/// Types a query touches that the schema, as far as it was read, does not hold.
pub fn types_to_read(operation: Operation, schema: &LiveSchema) -> BTreeSet<String> {
    let document = parse(operation.source());
    let declared = query_of(&document).map(|query| query.variable_definitions).unwrap_or_default();
    let given: BTreeSet<&str> = declared.iter().map(|variable| variable.name.as_str()).collect();
    let ground = Ground { live: Some(schema), denied: &BTreeSet::new() };
    fit(operation, ground, &given, true).1
}

fn fit(
    operation: Operation,
    ground: Ground<'_>,
    given: &BTreeSet<&str>,
    with_limits: bool,
) -> (Result<Adapted, Missing>, BTreeSet<String>) {
    let mut document = parse(operation.source());
    if with_limits && let Some(limits) = query_of(&parse(Operation::RateLimits.source())) {
        let root = limits.selection_set.items;
        if let Some(query) = query_of_mut(&mut document) {
            query.selection_set.items.extend(root.into_iter().map(as_optional));
        }
    }
    let fragments: BTreeMap<String, FragmentDefinition<'static, String>> = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::Fragment(fragment) => Some((fragment.name.clone(), fragment.clone())),
            Definition::Operation(_) => None,
        })
        .collect();
    let changes = document.definitions.iter().any(is_mutation);
    let Some(mut query) = query_of(&document) else {
        return (Err(Missing { field: operation.name().to_owned(), denied: false }), BTreeSet::new());
    };
    let mut work = Work {
        ground,
        fragments,
        arguments: Arguments {
            live: ground.live,
            given,
            used: BTreeMap::new(),
            dropped: vec![],
            unread: BTreeSet::new(),
        },
        adapted: Adapted::default(),
    };
    let root = if changes { "Mutation" } else { "Query" };
    let selected = work.selection(root, "", &query.selection_set);
    let unread = std::mem::take(&mut work.arguments.unread);
    let adapted = selected.map(|selected| {
        query.selection_set = selected;
        query.variable_definitions = work.variables(&query.variable_definitions);
        let operation =
            if changes { OperationDefinition::Mutation(as_mutation(query)) } else { OperationDefinition::Query(query) };
        let document = Document { definitions: vec![Definition::Operation(operation)] };
        let mut adapted = work.finish();
        adapted.asks_limits = with_limits;
        adapted.text = document.format(Style::default().indent(0));
        adapted
    });
    (adapted, unread)
}

fn parse(source: &str) -> Document<'static, String> {
    // The documents are compiled in and parsed by a test; an unreadable one would be an empty query here.
    graphql_parser::parse_query::<String>(source).map_or(Document { definitions: vec![] }, Document::into_static)
}

/// The operation of a document: a mutation has the same parts as a query, and is fitted the same way.
fn query_of(document: &Document<'static, String>) -> Option<Query<'static, String>> {
    document.definitions.iter().find_map(|definition| match definition {
        Definition::Operation(OperationDefinition::Query(query)) => Some(query.clone()),
        Definition::Operation(OperationDefinition::Mutation(mutation)) => Some(Query {
            position: mutation.position,
            name: mutation.name.clone(),
            variable_definitions: mutation.variable_definitions.clone(),
            directives: vec![],
            selection_set: mutation.selection_set.clone(),
        }),
        _ => None,
    })
}

fn is_mutation(definition: &Definition<'static, String>) -> bool {
    matches!(definition, Definition::Operation(OperationDefinition::Mutation(_)))
}

fn as_mutation(query: Query<'static, String>) -> Mutation<'static, String> {
    let Query { position, name, variable_definitions, directives, selection_set } = query;
    Mutation { position, name, variable_definitions, directives, selection_set }
}

fn query_of_mut<'d>(document: &'d mut Document<'static, String>) -> Option<&'d mut Query<'static, String>> {
    document.definitions.iter_mut().find_map(|definition| match definition {
        Definition::Operation(OperationDefinition::Query(query)) => Some(query),
        _ => None,
    })
}

fn as_optional(mut selection: Selection<'static, String>) -> Selection<'static, String> {
    if let Selection::Field(field) = &mut selection {
        let marked = parse("{ a @optional(sure: true, lost: \"The quota is not known.\") }");
        let mark = match marked.definitions.first() {
            Some(Definition::Operation(OperationDefinition::SelectionSet(set))) => set.items.first(),
            _ => None,
        };
        if let Some(Selection::Field(mark)) = mark {
            field.directives.clone_from(&mark.directives);
        }
    }
    selection
}

struct Work<'a> {
    ground: Ground<'a>,
    fragments: BTreeMap<String, FragmentDefinition<'static, String>>,
    arguments: Arguments<'a>,
    adapted: Adapted,
}

impl Work<'_> {
    fn selection(
        &mut self,
        ty: &str,
        path: &str,
        set: &SelectionSet<'static, String>,
    ) -> Result<SelectionSet<'static, String>, Missing> {
        let mut items = vec![];
        for item in &set.items {
            match item {
                Selection::Field(field) => items.extend(self.field(ty, path, field)?.map(Selection::Field)),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.type_condition.as_ref().map_or(ty, |TypeCondition::On(name)| name);
                    items.extend(self.fragment(on, path, &fragment.selection_set));
                }
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = self.fragments.get(&spread.fragment_name).cloned() else { continue };
                    // Spread in place: the live type may have another name than the fragment's condition.
                    items.extend(self.selection(ty, path, &fragment.selection_set)?.items);
                }
            }
        }
        Ok(SelectionSet { span: set.span, items })
    }

    /// A fragment on one of several types; dropped whole when the type is not there.
    fn fragment(
        &mut self,
        on: &str,
        path: &str,
        set: &SelectionSet<'static, String>,
    ) -> Option<Selection<'static, String>> {
        if self.ground.live.is_some_and(|live| !live.types.contains_key(on)) {
            self.arguments.unread.insert(on.to_owned());
            self.differ("missing", on.to_owned(), "Its values are not read.".to_owned());
            return None;
        }
        let before = self.adapted.fields.clone();
        match self.selection(on, path, set) {
            Ok(set) if !set.items.is_empty() => Some(Selection::InlineFragment(InlineFragment {
                position: graphql_parser::Pos::default(),
                type_condition: Some(TypeCondition::On(on.to_owned())),
                directives: vec![],
                selection_set: set,
            })),
            Ok(_) => None,
            Err(missing) => {
                self.adapted.fields = before;
                self.lose(&missing, "Its values are not read.".to_owned());
                None
            }
        }
    }

    fn field(
        &mut self,
        ty: &str,
        path: &str,
        field: &Field<'static, String>,
    ) -> Result<Option<Field<'static, String>>, Missing> {
        let marks = Marks::read(&field.directives);
        let before = (self.adapted.fields.clone(), self.adapted.paged_roots.clone(), self.arguments.used.clone());
        match self.required(ty, path, field, &marks) {
            Ok(fitted) => Ok(Some(fitted)),
            Err(missing) if marks.optional => {
                (self.adapted.fields, self.adapted.paged_roots, self.arguments.used) = before;
                self.lose(&missing, marks.lost);
                Ok(None)
            }
            Err(missing) => Err(missing),
        }
    }

    fn required(
        &mut self,
        ty: &str,
        path: &str,
        field: &Field<'static, String>,
        marks: &Marks,
    ) -> Result<Field<'static, String>, Missing> {
        let key = field.alias.as_ref().unwrap_or(&field.name);
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if field.name.starts_with("__") {
            return Ok(field.clone());
        }
        let known = self.ground.live.is_some();
        let named = if known { format!("{ty}.{}", field.name) } else { path.clone() };
        let missing = || Missing { field: named.clone(), denied: false };
        let served = self.served_name(ty, &field.name, marks).ok_or_else(missing)?;
        let id = if known { format!("{ty}.{served}") } else { path.clone() };
        if self.ground.denied.contains(&id) {
            return Err(Missing { field: id, denied: true });
        }
        let live = self.ground.live.and_then(|schema| schema.field(ty, &served)).cloned();
        let (mut arguments, paged) = self.arguments.fit(&id, live.as_ref(), &field.arguments, marks);
        if let Some(live) = live.as_ref().filter(|_| path.contains('.')) {
            let is_deep = self.adapted.cut_after.keys().any(|above| path.starts_with(&format!("{above}.")));
            let limit = self.arguments.limit_of_nested(live, is_deep, &mut arguments);
            self.adapted.cut_after.extend(limit.map(|limit| (path.clone(), limit)));
        }
        if paged && !path.contains('.') {
            self.adapted.paged_roots.insert(path.clone());
        }
        self.adapted.fields.insert(path.clone(), SelectedField { id, optional: marks.optional });
        let inner = live.as_ref().map_or("", |live| base_of(&live.ty)).to_owned();
        let asks_for_parts = !field.selection_set.items.is_empty();
        if asks_for_parts && self.ground.live.is_some_and(|schema| !schema.types.contains_key(&inner)) {
            self.arguments.unread.insert(inner.clone());
        }
        let selection_set = self.selection(&inner, &path, &field.selection_set)?;
        let has_parts =
            self.ground.live.and_then(|schema| schema.types.get(&inner)).is_some_and(|ty| !ty.fields.is_empty());
        if (asks_for_parts && selection_set.items.is_empty()) || (!asks_for_parts && has_parts) {
            return Err(missing());
        }
        let alias = (served != *key).then(|| key.clone());
        if served != field.name {
            self.differ("renamed", format!("{ty}.{}", field.name), format!("It is read from `{served}`."));
        }
        Ok(Field { alias, name: served, arguments, directives: vec![], selection_set, ..field.clone() })
    }

    fn served_name(&self, ty: &str, name: &str, marks: &Marks) -> Option<String> {
        let Some(live) = self.ground.live else { return marks.sure.then(|| name.to_owned()) };
        let exists = |name: &&str| live.field(ty, name).is_some();
        std::iter::once(name)
            .chain(marks.or.iter().map(String::as_str))
            .find(exists)
            .or_else(|| live.only_field_of_shape(ty, marks.only.as_deref()?))
            .map(str::to_owned)
    }

    fn variables(&self, declared: &[VariableDefinition<'static, String>]) -> Vec<VariableDefinition<'static, String>> {
        let used = &self.arguments.used;
        declared
            .iter()
            .filter_map(|variable| {
                let mut variable = variable.clone();
                if let Some(ty) = used.get(&variable.name)? {
                    variable.var_type = parse_type(ty);
                }
                Some(variable)
            })
            .collect()
    }

    fn lose(&mut self, missing: &Missing, effect: String) {
        self.differ(if missing.denied { "denied" } else { "missing" }, missing.field.clone(), effect);
    }

    fn differ(&mut self, kind: &str, path: String, effect: String) {
        let difference = SchemaDifference { kind: kind.to_owned(), path, effect };
        if !self.adapted.differences.contains(&difference) {
            self.adapted.differences.push(difference);
        }
    }

    fn finish(mut self) -> Adapted {
        for dropped in std::mem::take(&mut self.arguments.dropped) {
            self.differ("missing", dropped, "More is read than needed, and the rest is filtered out here.".to_owned());
        }
        self.adapted.variables = self.arguments.used;
        let Adapted { cut_after, fields, .. } = &mut self.adapted;
        cut_after.retain(|path, _| fields.contains_key(path));
        self.adapted
    }
}
