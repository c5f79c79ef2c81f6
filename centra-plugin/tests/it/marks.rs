//! How sure each name of the schema file is, by the provenance marks in its comments; the file's head explains them.

use std::collections::BTreeMap;

use apollo_compiler::{
    Node,
    ast::{Definition, Document},
    parser::SourceMap,
};

pub(crate) const SDL: &str = include_str!("../../schema/integration-api.graphql");

/// Certain names of fields, arguments and input fields: `Type.field`, `Type.field(argument)`.
pub(crate) struct Marks(BTreeMap<String, bool>);

impl Marks {
    pub(crate) fn read() -> Self {
        let document = Document::parse(SDL, "integration-api.graphql").unwrap();
        let lines: Vec<Line> = SDL.lines().map(Line::read).collect();
        let mut marks = BTreeMap::new();
        for definition in &document.definitions {
            let (name, header, fields) = match definition {
                Definition::ObjectTypeDefinition(own) => (&own.name, line(own, &document.sources), &own.fields[..]),
                Definition::InterfaceTypeDefinition(own) => (&own.name, line(own, &document.sources), &own.fields[..]),
                Definition::InputObjectTypeDefinition(own) => {
                    let header = line(own, &document.sources);
                    for field in &own.fields {
                        let sure = certain(&lines, header, line(field, &document.sources), &field.name);
                        marks.insert(format!("{}.{}", own.name, field.name), sure);
                    }
                    continue;
                }
                _ => continue,
            };
            for field in fields {
                let at = line(field, &document.sources);
                marks.insert(format!("{name}.{}", field.name), certain(&lines, header, at, &field.name));
                for argument in &field.arguments {
                    marks.insert(
                        format!("{name}.{}({})", field.name, argument.name),
                        lines[at].sure_of_argument(&argument.name),
                    );
                }
            }
        }
        Self(marks)
    }

    pub(crate) fn sure(&self, path: &str) -> bool {
        self.0.get(path).copied().unwrap_or_else(|| panic!("{path} is not in the schema file"))
    }
}

fn line<T>(node: &Node<T>, sources: &SourceMap) -> usize {
    node.line_column_range(sources).unwrap().start.line - 1
}

fn certain(lines: &[Line], header: usize, at: usize, name: &str) -> bool {
    let own = if at == header { None } else { lines[at].first };
    lines[at].of_name(name).or(own).or(lines[header].of_name("fields")).or(lines[header].first).unwrap_or(true)
}

#[derive(Default)]
struct Line {
    first: Option<bool>,
    named: Vec<(String, bool)>,
}

impl Line {
    fn read(text: &str) -> Self {
        let mut read = Self::default();
        let Some((_, mut rest)) = text.split_once('#') else { return read };
        while let Some((before, tail)) = rest.split_once('[') {
            let Some((mark, after)) = tail.split_once(']') else { break };
            rest = after;
            let sure = match mark {
                "S" | "S-" | "S- D" | "S- X" | "SM" | "SF" | "D" => true,
                "S- I" | "X" | "I" | "G" => false,
                _ => continue,
            };
            read.first.get_or_insert(sure);
            let clause = before.rsplit([';', ']', '(']).next().unwrap();
            let words: Vec<&str> = clause.split([',', '/', ' ', '+']).filter(|word| !word.is_empty()).collect();
            if !words.iter().any(|word| ["type", "nullability"].contains(word)) {
                read.named.extend(words.iter().map(|word| {
                    let word = if ["field", "names"].contains(word) { "fields" } else { word };
                    (word.to_owned(), sure)
                }));
            }
        }
        read
    }

    fn of_name(&self, name: &str) -> Option<bool> {
        self.named.iter().find(|(own, _)| own == name).map(|(_, sure)| *sure)
    }

    fn sure_of_argument(&self, name: &str) -> bool {
        let all = || self.of_name("arguments").or_else(|| self.of_name("args"));
        let paging = || if ["limit", "page"].contains(&name) { self.of_name("paging") } else { None };
        self.of_name(name).or_else(paging).or_else(all).unwrap_or(true)
    }
}
