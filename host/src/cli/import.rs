//! `import`.

use std::path::PathBuf;

use clap::Args;

use super::{
    exit::{Exit, Failure},
    input::read_line,
    output::{Output, Text},
};
use crate::{
    config::Config,
    model::Code,
    store::import::{Imported, Location, import},
};

/// Largest file with a URL, in bytes.
const LARGEST_URL: u64 = 64 * 1024;

#[derive(Debug, Args)]
#[command(
    after_help = "A database is `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`. Arguments are visible to other \
                        users of the machine: give a password in a file or in the environment. The keyring is not in the \
                        database: copy it along."
)]
pub(super) struct ImportArgs {
    /// Database to read; nothing else may use it.
    #[arg(
        long,
        value_name = "DATABASE",
        env = "CONNECTOR_HOST_IMPORT_FROM_URL",
        hide_env_values = true,
        conflicts_with = "from_file",
        required_unless_present = "from_file"
    )]
    from: Option<String>,
    /// File with the database to read.
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
    /// Empty database to write; made if it is a file (default: the configured database).
    #[arg(
        long,
        value_name = "DATABASE",
        env = "CONNECTOR_HOST_IMPORT_TO_URL",
        hide_env_values = true,
        conflicts_with = "to_file"
    )]
    to: Option<String>,
    /// File with the database to write.
    #[arg(long, value_name = "FILE")]
    to_file: Option<PathBuf>,
}

pub(super) async fn run(args: ImportArgs, config: &Config, output: Output) -> Result<Exit, Failure> {
    let ImportArgs { from, from_file, to, to_file } = args;
    let from = given(from, from_file, "--from")?
        .ok_or_else(|| Failure::configuration("`--from` is missing: name the database to read"))?;
    let to = match (given(to, to_file, "--to")?, config.database_file()) {
        (Some(to), _) => to,
        (None, Some(file)) => Location::File(file),
        (None, None) => Location::Server(config.database.url.clone()),
    };
    if from == to {
        return Err(Failure::new(
            Code::Refused,
            "source and target are the same database; name another one with `--to`",
        ));
    }
    let imported = Box::pin(import(&from, &to)).await?;
    output.result(&imported, shown)?;
    Ok(Exit::Ok)
}

/// What an argument or a file names; an argument is never quoted.
fn given(argument: Option<String>, file: Option<PathBuf>, name: &str) -> Result<Option<Location>, Failure> {
    let text = match (argument, file) {
        (Some(text), _) => text,
        (None, Some(file)) => read_line(&file, LARGEST_URL)?.to_string(),
        (None, None) => return Ok(None),
    };
    let refused = || {
        let message =
            format!("`{name}` names no database; write `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`");
        Failure::configuration(message)
    };
    location(text.trim()).map(Some).ok_or_else(refused)
}

fn location(text: &str) -> Option<Location> {
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return (!path.is_empty()).then(|| Location::File(path.into()));
    }
    let url = text.strip_prefix("postgres:").filter(|rest| rest.starts_with("postgres")).unwrap_or(text);
    let is_server = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    is_server.then(|| Location::Server(url.to_owned()))
}

fn shown(imported: &Imported) -> Text {
    let Imported { source, target, tables } = imported;
    let widest = tables.iter().map(|table| table.table.len()).max().unwrap_or(0);
    let mut text = Text::new();
    text.line(format!("{:widest$}  {:>12}  {:>12}  checksum", "table", "source", "target"));
    for table in tables {
        let (name, rows, checksum) = (&table.table, table.rows, &table.checksum);
        text.line(format!("{name:widest$}  {rows:>12}  {rows:>12}  {checksum}"));
    }
    for table in tables.iter().filter(|table| table.texts_replaced > 0) {
        text.line(format!(
            "{} rows of `{}` had the character U+0000, which PostgreSQL cannot keep; it was replaced by U+FFFD",
            table.texts_replaced, table.table
        ));
    }
    let rows: u64 = tables.iter().map(|table| table.rows).sum();
    text.line(format!("{rows} rows of {source} are in {target}; use the same keyring with it"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_or_a_server_is_named() {
        let file = |path: &str| Some(Location::File(path.into()));
        let server = |url: &str| Some(Location::Server(url.to_owned()));
        assert_eq!(location("sqlite:data/connector.db"), file("data/connector.db"));
        assert_eq!(location("sqlite:///data/connector.db"), file("/data/connector.db"));
        assert_eq!(location("postgres://h/s"), server("postgres://h/s"));
        assert_eq!(location("postgres:postgresql://h/s"), server("postgresql://h/s"));
        for other in ["", "sqlite:", "data/connector.db", "mysql://u:secret@h/s", "postgres:h/s"] {
            assert_eq!(location(other), None, "{other}");
            let refused = given(Some(other.to_owned()), None, "--to").unwrap_err();
            assert!(!refused.message.contains("secret"), "{}", refused.message);
        }
    }
}
