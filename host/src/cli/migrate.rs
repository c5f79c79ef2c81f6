//! `migrate`.

use super::{
    exit::{Exit, Failure},
    output::Output,
};
use crate::{app::App, config::Config};

pub(super) async fn run(config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let version = app.store.schema_version().await?;
    let database = app.config.database();
    app.store.close().await;
    output.result(&serde_json::json!({ "schema_version": version, "database": database.to_string_lossy() }), |_| {
        format!("{} has schema version {version}", database.display())
    })?;
    Ok(Exit::Ok)
}
