//! `cargo xtask structure`: what the code is made of, in numbers that can be compared over time.
//!
//! Everything is read from text, so that any checkout can be measured. Each count says by which rule it counts; `--places`
//! and `--json` say what it found, so that a number can be checked.

mod background;
mod circles;
mod counts;
mod graph;
mod interfaces;
mod methods;
mod modules;
mod page;
mod paths;
mod sizes;
mod tokens;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

pub(crate) use circles::{hidden, of_imports};
pub(crate) use graph::Graph;

use crate::{artifacts::workspace, sources::Sources};
use counts::Count;
use modules::Modules;
use sizes::Size;

#[derive(Debug, Args)]
pub(crate) struct StructureArgs {
    /// Root of the checkout to measure (default: this one).
    #[arg(long, value_name = "DIR")]
    at: Option<PathBuf>,
    /// Print what each count found, and who uses whom in each circle.
    #[arg(long)]
    places: bool,
    /// Print everything as JSON.
    #[arg(long, conflicts_with = "places")]
    json: bool,
}

/// Folders of crates, where their code is, and what their other targets call them.
const CRATES: [(&str, &str, &str); 7] = [
    ("connector-api/", "connector-api/src/", "connector_api"),
    ("centra-plugin/", "centra-plugin/src/", "centra_plugin"),
    ("plugin-template/", "plugin-template/src/", "plugin_template"),
    ("centra-sim/", "centra-sim/src/", "centra_sim"),
    ("host/", HOST, "connector_host"),
    ("xtask/", "xtask/src/", "xtask"),
    ("tests/", "tests/src/", "e2e"),
];
const HOST: &str = "host/src/";

/// A circle with the uses that make it.
#[derive(Debug, Serialize)]
struct Circle {
    root: &'static str,
    /// Whether it appears only when calls between the `impl` blocks of one type count too.
    is_hidden: bool,
    files: Vec<String>,
    uses: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct Structure {
    sizes: Vec<Size>,
    host: Vec<Count>,
    circles: Vec<Circle>,
}

/// The graph of each crate, with the folder of its code, and that of the page.
pub(crate) fn graphs(sources: &Sources) -> Vec<(&'static str, Graph)> {
    let crates = CRATES.iter().map(|(_, root, name)| (*root, graph::of(&Modules::of(sources, root, name))));
    crates.chain([(page::ROOT, page::graph(sources))]).collect()
}

/// Measures and prints.
pub(crate) fn run(args: &StructureArgs) -> anyhow::Result<()> {
    let sources = Sources::of_checkout(args.at.as_deref().unwrap_or(workspace()))?;
    let structure = of(&sources);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&structure)?);
    } else {
        print(&structure, args.places);
    }
    Ok(())
}

fn of(sources: &Sources) -> Structure {
    let sizes = CRATES.iter().map(|(folder, root, name)| sizes::of(sources, folder, &Modules::of(sources, root, name)));
    let host = Modules::of(sources, HOST, "connector_host");
    let mut counts = interfaces::counts(&host);
    counts.extend(background::counts(&host));
    let mut circles = vec![];
    for (root, graph) in graphs(sources) {
        for (is_hidden, found) in [(false, of_imports(&graph)), (true, hidden(&graph))] {
            circles.extend(found.into_iter().map(|files| {
                let uses = circles::uses_within(&graph, &files);
                Circle { root, is_hidden, files, uses }
            }));
        }
    }
    Structure { sizes: sizes.collect(), host: counts, circles }
}

fn print(structure: &Structure, with_places: bool) {
    println!(
        "{:<16} {:>6} {:>7} {:>6} {:>7} {:>7} {:>5} {:>5}  longest",
        "crate", "files", "lines", "tests", "lines", "median", "p95", "max"
    );
    for size in &structure.sizes {
        let Size { name, files, lines, test_files, test_lines, median, p95, max, longest } = size;
        println!(
            "{name:<16} {files:>6} {lines:>7} {test_files:>6} {test_lines:>7} {median:>7} {p95:>5} {max:>5}  {longest}"
        );
    }
    println!("\nhost");
    for count in &structure.host {
        println!("{:>6}  {}  ({})", count.places.len(), count.name, count.rule);
        for place in count.places.iter().filter(|_| with_places) {
            println!("            {place}");
        }
    }
    println!("\ncircles: imports, and hidden ones that calls between the `impl` blocks of one type make");
    for (_, root, _) in CRATES.iter().chain([&("", page::ROOT, "")]) {
        let of_the_root = || structure.circles.iter().filter(|circle| circle.root == *root);
        let counted = |is_hidden: bool| of_the_root().filter(|circle| circle.is_hidden == is_hidden).count();
        println!("{:>6} {:>6}  {root}", counted(false), counted(true));
        for circle in of_the_root().filter(|_| with_places) {
            println!("            {} files{}", circle.files.len(), if circle.is_hidden { ", hidden" } else { "" });
            for (from, to) in &circle.uses {
                println!("                {} → {}", from.trim_start_matches(root), to.trim_start_matches(root));
            }
        }
    }
}
