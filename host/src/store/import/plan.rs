//! What is copied, and in which order: a table after those that its rows refer to.

use std::collections::BTreeSet;

use crate::store::{
    db::{
        bind::Kind,
        tables::{Column, Table},
    },
    error::{Error, Result},
};

/// A table as both databases have it.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) source: Table,
    pub(super) target: Table,
    /// What is copied: those of the source and of the target, in one order.
    pub(super) columns: Vec<(Column, Column)>,
}

/// Every table of both; `Refused` when they are not the same.
pub(super) fn plan(source: Vec<Table>, target: Vec<Table>) -> Result<Vec<Copied>> {
    let names = |tables: &[Table]| tables.iter().map(|table| table.name.clone()).collect::<BTreeSet<_>>();
    let (of_source, of_target) = (names(&source), names(&target));
    if let Some(table) = of_source.symmetric_difference(&of_target).next() {
        return Err(differ(table, "is in one database only"));
    }
    let mut waiting: Vec<Copied> = source.into_iter().zip(target).map(pair).collect::<Result<_>>()?;
    let (mut planned, mut names) = (vec![], BTreeSet::new());
    while !waiting.is_empty() {
        let is_ready = |copied: &Copied| {
            copied.target.refers_to.iter().all(|other| *other == copied.target.name || names.contains(other))
        };
        let (ready, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_ready);
        if ready.is_empty() {
            return Err(Error::Refused("tables of the database refer to each other in a circle".to_owned()));
        }
        names.extend(ready.iter().map(|copied| copied.target.name.clone()));
        planned.extend(ready);
        waiting = others;
    }
    Ok(planned)
}

fn pair((source, target): (Table, Table)) -> Result<Copied> {
    let (from, to) = (listed(&source, &target), listed(&target, &source));
    let found = |column: Column| {
        let same = from.iter().find(|other| other.name == column.name).cloned();
        same.map(|other| (other, column)).ok_or(())
    };
    let columns: std::result::Result<Vec<_>, ()> = to.iter().cloned().map(found).collect();
    match columns {
        Ok(columns) if columns.len() == from.len() => Ok(Copied { source, target, columns }),
        _ => Err(differ(&target.name, "has other columns in one database than in the other")),
    }
}

/// The columns of a table, with the one that is not listed where the other has it too.
fn listed(table: &Table, other: &Table) -> Vec<Column> {
    let is_there = other.has_rowid || other.columns.iter().any(|column| column.name == "rowid");
    let rowid = (table.has_rowid && is_there).then(|| Column { name: "rowid".to_owned(), kind: Kind::Number });
    table.columns.iter().cloned().chain(rowid).collect()
}

fn differ(table: &str, how: &str) -> Error {
    Error::Refused(format!("the table `{table}` {how}; bring both to the schema of this program with `migrate`"))
}
