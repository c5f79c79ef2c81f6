//! `connector-host`: the command line of the connector host.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    connector_host::cli::run()
}
