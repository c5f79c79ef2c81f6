//! `customer export|erase`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use connector_api::domain::ConnectionId;

use super::{
    connection::connectors,
    exit::{Exit, Failure},
    input::read_line,
    output::Output,
    private_file,
};
use crate::{app::App, config::Config, core::order::person::Person};

/// Largest file with an e-mail address, in bytes.
const LARGEST_ADDRESS: u64 = 4 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum CustomerCommand {
    /// Export a person's data as JSON. Writes an audit record.
    Export {
        #[command(flatten)]
        who: Who,
        /// Output file, readable by its owner only.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Erase a person's data permanently; amounts and lines of orders are kept. Writes an audit record.
    Erase {
        #[command(flatten)]
        who: Who,
    },
}

#[derive(Debug, Args)]
#[group(skip)]
pub(super) struct Who {
    /// Id of the connection.
    #[arg(long, value_name = "ID")]
    connection: String,
    #[command(flatten)]
    named: Named,
    /// Reference of the person's request, for the audit record.
    #[arg(long)]
    reference: Option<String>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Named {
    /// The platform's id of the customer. Give this or --email-file.
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// File with the person's e-mail address (arguments are visible to other users of the machine). Give this or --customer.
    #[arg(long, value_name = "FILE")]
    email_file: Option<PathBuf>,
}

impl Who {
    fn read(self) -> Result<(ConnectionId, Person), Failure> {
        let read = |path: PathBuf| read_line(&path, LARGEST_ADDRESS);
        let Named { customer, email_file } = self.named;
        let email = email_file.map(read).transpose()?.map(|email| email.trim().to_owned());
        Ok((ConnectionId(self.connection), Person { customer_id: customer, email, reference: self.reference }))
    }
}

pub(super) async fn run(command: CustomerCommand, config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let outcome = dispatch(command, &app, output).await;
    app.store.close().await;
    outcome
}

async fn dispatch(command: CustomerCommand, app: &App, output: Output) -> Result<Exit, Failure> {
    let connectors = connectors(app)?;
    let orders = app.orders(&connectors, app.quotes(&connectors));
    match command {
        CustomerCommand::Export { who, out } => {
            let (connection, person) = who.read()?;
            let export = orders.export_person(&app.ctx(), &connection, &person).await?;
            private_file::write(&out, &serde_json::to_vec_pretty(&export).map_err(Failure::unexpected)?)?;
            let counts = serde_json::json!({ "file": out.to_string_lossy(), "customers": export.customers.len(),
                "orders": export.orders.len(), "shipments": export.shipments.len(), "returns": export.returns.len() });
            output.result(&counts, |_| {
                let (customers, orders) = (export.customers.len(), export.orders.len());
                format!("{customers} customers and {orders} orders in {}", out.display())
            })?;
        }
        CustomerCommand::Erase { who } => {
            let (connection, person) = who.read()?;
            let erased = orders.erase_person(&app.ctx(), &connection, &person).await?;
            output.result(&erased, |erased| {
                let (customers, orders) = (erased.customers, erased.orders);
                format!("{customers} customers removed, {orders} orders kept without personal data")
            })?;
        }
    }
    Ok(Exit::Ok)
}
