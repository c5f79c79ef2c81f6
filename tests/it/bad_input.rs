//! Broken files and full disks: a clear error each, its own exit code, and nothing lost.

use std::{
    fs,
    process::{Command, Stdio},
};

use e2e::{Host, Outcome, Plugin, World};

#[test]
fn a_mistake_in_the_configuration_is_named_with_its_place() {
    let host = Host::new(&[]);
    for (text, named) in [
        ("[sync]\npage_limt = 10\n", "page_limt"),
        ("[sync]\npage_limit = 0\n", "`sync.page_limit` is 0"),
        ("[network]\ntimeout_s = \"soon\"\n", "network.timeout_s"),
        ("this is no toml", "connector-host.toml"),
    ] {
        host.write("connector-host.toml", text);
        let error = host.fails(&["config", "check"], 2);
        assert_eq!(error["code"], "configuration");
        assert!(error["message"].as_str().unwrap().contains(named), "{text:?}: {error}");
    }
    let error = host.fails(&["--config", "/nowhere/host.toml", "config", "check"], 2);
    assert!(error["message"].as_str().unwrap().contains("/nowhere/host.toml"), "{error}");
}

#[test]
fn a_mistake_in_the_environment_is_named_and_a_secret_in_it_is_not_shown() {
    let mut host = Host::new(&[]);
    host.environment = vec![("CONNECTOR__SYNC__PAGE_LIMIT".to_owned(), "many".to_owned())];
    let error = host.fails(&["config", "check"], 2);
    assert!(error["message"].as_str().unwrap().contains("sync.page_limit"), "{error}");
    host.environment = vec![("CONNECTOR__SECRETS__KEYS".to_owned(), "not-a-keyring-Zq8vX2".to_owned())];
    let outcome = host.run(&["migrate", "--json"]);
    assert_eq!(outcome.code, 5, "{outcome:#?}");
    assert!(!outcome.stderr.contains("Zq8vX2"), "{outcome:#?}");
}

/// A connected and synced store, with everything checkpointed into the database file.
fn synced() -> (World, String) {
    let world = World::small();
    let id = world.connect();
    world.sync(&id, &[]);
    (world, id)
}

#[test]
fn a_truncated_or_overwritten_database_is_refused_and_left_as_it_is() {
    let (world, id) = synced();
    let database = world.host.database();
    let whole = fs::read(&database).unwrap();
    let mut garbage = whole.clone();
    garbage[..4096].fill(0x5a);
    let spoiled: [(&str, &[u8]); 4] = [
        ("cut off", &whole[..whole.len() / 2]),
        ("cut off in its first page", &whole[..1000]),
        ("overwritten", &garbage),
        ("empty", &[]),
    ];
    for (how, content) in spoiled {
        fs::write(&database, content).unwrap();
        fs::remove_file(database.with_extension("db-wal")).ok();
        for command in [vec!["sync", &id], vec!["catalog", "export", &id], vec!["connection", "list"]] {
            let outcome = world.host.run(&[&command[..], &["--json"]].concat());
            if how == "cut off" && outcome.code == 0 {
                // What is asked for may stand in the half that is left.
                continue;
            }
            assert_eq!(outcome.code, 5, "{how}, {command:?}: {outcome:#?}");
            let error = outcome.error();
            assert_eq!(error["code"], "database_damaged", "{how}: {error}");
            assert!(error["message"].as_str().unwrap().contains("restore it from a backup"), "{error}");
        }
        let doctor = world.host.run(&["doctor"]);
        assert_eq!(doctor.code, 5, "{how}: {doctor:#?}");
        assert!(doctor.stdout.contains("BAD"), "{how}: {doctor:#?}");
    }
    fs::write(&database, &whole).unwrap();
    world.sync(&id, &[]);
}

#[test]
fn a_database_of_a_newer_program_is_not_touched() {
    use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
    let (world, id) = synced();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut database = SqliteConnectOptions::new().filename(world.host.database()).connect().await.unwrap();
        let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     VALUES (9999, 'from the future', TRUE, x'00', 0)";
        sqlx::query(newer).execute(&mut database).await.unwrap();
        database.close().await.unwrap();
    });
    let error = world.host.fails(&["sync", &id], 5);
    assert_eq!(error["code"], "database_newer", "{error}");
}

/// Runs a command that may not make files larger than so many KiB: a write beyond fails as on a full disk. Real disks
/// to fill need rights that a test does not have everywhere.
fn with_file_limit(host: &Host, kib: u64, arguments: &[&str]) -> Outcome {
    let command = host.command(arguments);
    // The signal that comes with it by default would end the program before it could say anything.
    let mut limited = Command::new("bash");
    limited.arg("-c").arg("trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"").arg(kib.to_string());
    limited.arg(command.get_program()).args(command.get_args()).current_dir(host.folder()).stdin(Stdio::null());
    limited.output().unwrap().into()
}

#[test]
fn a_disk_that_takes_no_more_stops_the_sync_clearly_and_loses_nothing() {
    let world = World::start(&["--seed", "large", "--products", "600"]);
    let id = world.connect();
    // Plugin copies are larger than that, but they are there already.
    let outcome = with_file_limit(&world.host, 1_024, &["sync", &id, "--json"]);
    assert_eq!(outcome.code, 5, "{outcome:#?}");
    let error = outcome.error();
    assert_eq!(error["code"], "disk_full", "{error}");
    assert!(error["message"].as_str().unwrap().contains("make room"), "{error}");
    let kept = world.export(&id);
    assert!(!kept.is_empty(), "what was committed is there");
    let run = world.sync(&id, &[]);
    assert_eq!(run["resumed"], 1);
    let world = world.with_fresh_host();
    let other = world.connect();
    world.sync(&other, &[]);
    assert!(kept.lines().all(|line| world.export(&other).contains(line)));
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let host = Host::new(&[Plugin::Template]);
    fs::write(host.data(), "a file where a folder is needed").unwrap();
    let outcome = host.run(&["migrate", "--json"]);
    assert_eq!(outcome.code, 5, "{outcome:#?}");
    assert!(outcome.error()["message"].as_str().unwrap().contains("data"), "{outcome:#?}");
    let list = host.run(&["plugin", "list", "--json"]);
    assert_eq!(list.code, 4);
    assert_eq!(list.json()["refused"][0]["code"], "unreadable", "{list:#?}");
}
