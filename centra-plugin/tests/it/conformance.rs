//! The list every connector must pass.

use std::marker::PhantomData;

use centra_plugin::connector::Centra;
use connector_api::testing::{block_on, run_conformance};

#[test]
fn it_passes_the_conformance_list() {
    let findings = block_on(run_conformance(&PhantomData::<fn() -> Centra>));
    let problems: Vec<_> = findings.iter().filter(|finding| finding.problem.is_some()).collect();
    assert!(findings.len() > 10 && problems.is_empty(), "{problems:#?}");
}
