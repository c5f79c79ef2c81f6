//! A file that is damaged, hangs or ends its process at its first load costs a child process, never the host.

use std::{
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use e2e::{Host, Outcome, Plugin, plugin_files::program, shop::Shop, world};
use serde_json::Value;

fn loaded(list: &Value) -> Vec<&str> {
    list["plugins"].as_array().unwrap().iter().map(|plugin| plugin["connector"].as_str().unwrap()).collect()
}

/// No signal ended it.
fn is_alive(outcome: &Outcome) -> bool {
    outcome.code >= 0
}

#[test]
fn a_plugin_that_ends_its_process_or_hangs_is_refused_by_name_and_the_others_work() {
    for (mode, code, reason) in [
        ("abort", "crashed", "by signal 6 (SIGABRT)"),
        ("exit", "crashed", "with exit code 0"),
        ("overflow", "crashed", "by signal"),
        ("abort_when_opened", "crashed", "by signal 6 (SIGABRT)"),
        ("spin", "load_failed", "it did not load within 10 s"),
    ] {
        let mut host = Host::new(&[Plugin::DiesAtLoad, Plugin::Template]);
        host.environment.push(("DIES_AT_LOAD".to_owned(), mode.to_owned()));
        let outcome = host.run(&["plugin", "list", "--json"]);
        assert_eq!(outcome.code, 4, "{mode}: {outcome:#?}");
        let list = outcome.json();
        assert_eq!(loaded(&list), ["template"], "{mode}");
        let refused = &list["refused"][0];
        assert_eq!(refused["code"], code, "{mode}: {refused:#}");
        assert!(refused["reason"].as_str().unwrap().contains(reason), "{mode}: {refused:#}");
        assert!(refused["file"].as_str().unwrap().ends_with("plugins/libbad_dies_at_load.so"), "{refused:#}");
        // The verdict is remembered, also where it would be another one now; only `plugin verify` tries once more.
        host.environment.clear();
        let start = Instant::now();
        assert_eq!(host.run(&["doctor"]).code, 4, "{mode}");
        assert!(start.elapsed() < Duration::from_secs(8), "{mode}: {:?}", start.elapsed());
        let file = host.plugins().join(Plugin::DiesAtLoad.file_name());
        host.run(&["plugin", "verify", file.to_str().unwrap()]);
        let list = host.json(&["plugin", "list"]);
        assert_eq!(loaded(&list), ["dies-at-load", "template"], "{mode}");
    }
}

/// Copies of the template with one block of zeros each, from the beginning to the end of what is loaded.
fn damaged_copies(folder: &Path, count: usize) -> Vec<PathBuf> {
    let good = std::fs::read(Plugin::Template.path()).unwrap();
    let stripped = folder.join("stripped.so");
    std::fs::write(&stripped, &good).unwrap();
    let status = Command::new("strip").arg("--strip-all").arg(&stripped).status();
    let good = if status.is_ok_and(|status| status.success()) { std::fs::read(&stripped).unwrap() } else { good };
    let blocks = good.len() / 4_096;
    let mut copies = vec![];
    for number in 0..count {
        let block = number * blocks / count;
        let mut damaged = good.clone();
        damaged[block * 4_096..(block + 1) * 4_096].fill(0);
        if damaged != good {
            let path = folder.join(format!("block_{block}.so"));
            std::fs::write(&path, damaged).unwrap();
            copies.push(path);
        }
    }
    copies
}

#[test]
fn a_damaged_copy_of_a_good_plugin_never_ends_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::start();
    let (mut refused, mut ended) = (0, vec![]);
    for copy in damaged_copies(folder.path(), 20) {
        let host = Host::new(&[]);
        host.put_plugin(&copy, "libdamaged.so");
        for command in [&["plugin", "list"][..], &["doctor"]] {
            let outcome = host.run(command);
            if !is_alive(&outcome) {
                ended.push((copy.clone(), format!("{command:?}: {outcome:?}")));
            }
        }
        if host.run(&["plugin", "list"]).code == 4 {
            refused += 1;
            continue;
        }
        // What came through is used for what it is for.
        let added = world::add(&host, "template", &shop.credentials());
        if !is_alive(&added) {
            ended.push((copy.clone(), format!("{added:?}")));
        }
    }
    assert!(refused >= 5, "{refused} refused");
    assert_eq!(ended, vec![], "the host was ended");
}

#[test]
fn a_copy_that_was_damaged_after_its_first_load_is_made_anew() {
    let host = Host::new(&[Plugin::Template]);
    let list = host.json(&["plugin", "list"]);
    let hash = list["plugins"][0]["sha256"].as_str().unwrap();
    let copy = host.data().join("plugin-copies").join(format!("{hash}.so"));
    let good = std::fs::read(&copy).unwrap();
    std::fs::remove_file(&copy).unwrap();
    std::fs::write(&copy, vec![0; good.len()]).unwrap();
    assert_eq!(loaded(&host.json(&["plugin", "list"])), ["template"]);
    assert_eq!(std::fs::read(&copy).unwrap(), good);
}

#[test]
fn odd_files_in_the_folder_are_named_and_keep_nobody_waiting() {
    let host = Host::new(&[Plugin::Template]);
    let at = |name: &str| host.plugins().join(name);
    assert!(Command::new("mkfifo").arg(at("a_pipe.so")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(at("b_socket.so")).unwrap();
    std::os::unix::fs::symlink("c_loop.so", at("c_loop.so")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", at("d_zero.so")).unwrap();
    std::fs::File::create(at("e_huge.so")).unwrap().set_len(10 << 30).unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"f_\n\x1b[31m\xff.so");
    std::fs::write(host.plugins().join(odd), "text").unwrap();
    let mut other_machine = std::fs::read(Plugin::Template.path()).unwrap();
    other_machine[18] = 0xf3; // RISC-V
    std::fs::write(at("g_other.so"), other_machine).unwrap();
    let start = Instant::now();
    let outcome = host.run(&["plugin", "list", "--json"]);
    assert_eq!(outcome.code, 4, "{outcome:#?}");
    let list = outcome.json();
    assert_eq!(loaded(&list), ["template"]);
    let codes: Vec<_> = list["refused"].as_array().unwrap().iter().map(|file| file["code"].as_str().unwrap()).collect();
    let unreadable = "unreadable";
    assert_eq!(codes, [unreadable, unreadable, unreadable, unreadable, "too_large", "not_a_library", "not_a_library"]);
    let text = host.run(&["plugin", "list"]).stdout;
    assert!(!text.contains('\u{1b}') && text.contains("f_\\n"), "{text}");
    assert_eq!(host.run(&["doctor"]).code, 4);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn many_files_cost_one_trial_each_at_most() {
    let host = Host::new(&[Plugin::Template]);
    for number in 0..1_000 {
        std::fs::write(host.plugins().join(format!("z_{number}.so")), format!("text {number}")).unwrap();
    }
    let outcome = host.run(&["plugin", "list", "--json"]);
    assert_eq!(outcome.code, 4);
    let list = outcome.json();
    assert_eq!((loaded(&list), list["refused"].as_array().unwrap().len()), (vec!["template"], 1_000));
}

#[test]
fn a_host_whose_program_was_deleted_still_tries_files() {
    let host = Host::new(&[Plugin::Template]);
    let copy = host.folder().join("connector-host");
    std::fs::copy(program("connector-host"), &copy).unwrap();
    let script = format!(
        "rm '{0}' && exec /proc/self/fd/0 --data-dir '{1}' --plugins '{2}' plugin list --json",
        copy.display(),
        host.data().display(),
        host.plugins().display()
    );
    let program = std::fs::File::open(&copy).unwrap();
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).stdin(program);
    let outcome: Outcome = command.current_dir(host.folder()).output().unwrap().into();
    assert_eq!(loaded(&outcome.json()), ["template"], "{outcome:#?}");
}
