//! `cargo xtask soak`: the end-to-end tests in which everything is lost, doubled and killed, at their full size.

use anyhow::bail;
use clap::Args;

use crate::{
    artifacts::{BUILD_ALL, cargo, succeed},
    provision,
    steps::step,
};

/// A test, and the variables that say how much it does.
struct Soak {
    name: &'static str,
    test: &'static str,
    sizes: &'static [(&'static str, &'static str)],
}

const SOAKS: [Soak; 4] = [
    Soak { name: "webhooks", test: "webhooks_lost::", sizes: &[("WEBHOOK_CHANGES", "10000")] },
    Soak { name: "quotes", test: "quotes_ledger::", sizes: &[("CARTS", "2000")] },
    Soak { name: "orders", test: "orders_once::", sizes: &[("ORDERS", "1000"), ("KILLS", "100")] },
    Soak {
        name: "replicas",
        test: "replicas_lost::",
        sizes: &[
            ("REPLICA_SECONDS", "600"),
            ("REPLICA_KILLS", "10"),
            ("REPLICA_FREEZES", "3"),
            ("DATABASE_CRASHES", "2"),
            ("NETWORK_CUTS", "2"),
            ("NETWORK_CUT_SECONDS", "30"),
        ],
    },
];

#[derive(Debug, Args)]
pub(crate) struct SoakArgs {
    /// Only this one: `webhooks`, `quotes`, `orders` or `replicas`.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

/// Builds, and runs them one after the other; they print what came out.
pub(crate) fn run(args: &SoakArgs) -> anyhow::Result<()> {
    let wanted: Vec<_> =
        SOAKS.iter().filter(|soak| args.only.as_deref().is_none_or(|only| only == soak.name)).collect();
    if wanted.is_empty() {
        bail!("there is no such soak; there are {}", SOAKS.map(|soak| soak.name).join(", "));
    }
    step("programs and plugins", || succeed(&mut cargo(&BUILD_ALL)))?;
    for Soak { name, test, sizes } in wanted {
        // Without nextest nobody ends a test that hangs.
        let mut command = match provision::nextest(&["--profile", "soak", "-p", "e2e", "--no-capture", test]) {
            Ok(command) => command,
            Err(_) => cargo(&["test", "--quiet", "-p", "e2e", "--test", "it", test, "--", "--nocapture"]),
        };
        // What the environment says of a size wins.
        let usual = sizes.iter().copied().filter(|(variable, _)| std::env::var_os(variable).is_none());
        step(name, || succeed(command.envs(usual).env("E2E_BUILT", "1")))?;
    }
    Ok(())
}
