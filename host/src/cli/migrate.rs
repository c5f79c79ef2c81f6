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
    let database = app.store.location();
    app.store.close().await;
    output.result(&serde_json::json!({ "schema_version": version, "database": database }), |_| {
        format!("{database} has schema version {version}")
    })?;
    Ok(Exit::Ok)
}
