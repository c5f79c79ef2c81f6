//! Broken files and full disks: a clear error each, its own exit code, and nothing lost.

use std::{
    fs,
    process::{Command, Stdio},
};

use e2e::{Host, Outcome, Plugin, World, api::Server};

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
    host.environment = vec![("CONNECTOR__SYNC__LEASE_S".to_owned(), "5".to_owned())];
    let message = host.fails(&["config", "check"], 2)["message"].as_str().unwrap().to_owned();
    assert!(message.contains("now `advanced.lease_s`") && message.contains("`CONNECTOR__SYNC__LEASE_S`"), "{message}");
    host.environment = vec![("CONNECTOR__SECRETS__KEYS".to_owned(), "not-a-keyring-Zq8vX2".to_owned())];
    let outcome = host.run(&["migrate", "--json"]);
    assert_eq!(outcome.code, 5, "{outcome:#?}");
    assert!(!outcome.stderr.contains("Zq8vX2"), "{outcome:#?}");
}

#[test]
fn a_log_level_that_is_none_is_refused_before_it_silences_the_log() {
    let host = Host::new(&[]);
    for level in ["warning", "infoo", "foo=bar", "connector_host"] {
        host.write("connector-host.toml", &format!("[log]\nlevel = '{level}'\n"));
        let error = host.fails(&["config", "check"], 2);
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(&format!("`log.level` is `{level}`")) && message.contains("warn, info, debug"),
            "{error}"
        );
    }
    host.write("connector-host.toml", "[log]\nlevel = 'info,connector_host=debug'\n");
    assert_eq!(host.run(&["config", "check"]).code, 0);
}

#[test]
fn config_check_looks_at_all_that_serve_will_use() {
    let host = Host::new(&[]);
    let cases = [
        ("plugins.directories", vec!["--plugins", "nowhere"], ""),
        ("secrets.keys", vec![], "[secrets]\nkeys = 'k1:c2hvcnQ='\n"),
        ("server.listen", vec![], "[server]\nlisten = '192.0.2.1:8080'\n"),
        ("server.public_url", vec![], "[server]\npublic_url = 'https://connect.example/path'\n"),
        ("advanced.order_answer_within_s", vec![], "[advanced]\norder_answer_within_s = 200\n"),
    ];
    for (key, arguments, text) in cases {
        host.write("connector-host.toml", text);
        let error = host.fails(&[&arguments[..], &["config", "check"]].concat(), 2);
        assert!(error["message"].as_str().unwrap().contains(&format!("`{key}`")), "{key}: {error}");
        assert!(!error.to_string().contains("c2hvcnQ"), "{error}");
    }
    fs::write(host.data(), "a file where a folder is needed").unwrap();
    host.write("connector-host.toml", "");
    let message = host.fails(&["config", "check"], 2)["message"].as_str().unwrap().to_owned();
    assert!(message.contains("`data_dir`"), "{message}");
    host.write("connector-host.toml", "[sync]\npage_limit = 0\n[advanced]\nlease_s = 0\n");
    let message = host.fails(&["config", "check"], 2)["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("`sync.page_limit`") && message.contains("`advanced.lease_s`"),
        "both are named: {message}"
    );
}

#[test]
fn an_address_of_a_database_that_is_none_is_named_without_its_password() {
    let mut host = Host::new(&[]);
    for url in ["foo", "mysql://host:Zq8vX2@db/store", "postgres://host:Zq8vX2@db/store?sslmode=Zq8vX2"] {
        host.environment = vec![("CONNECTOR__DATABASE__URL".to_owned(), url.to_owned())];
        let error = host.fails(&["config", "check"], 2);
        assert_eq!(error["code"], "configuration");
        assert!(error["message"].as_str().unwrap().contains("`database.url`"), "{url}: {error}");
        assert!(!error.to_string().contains("Zq8vX2"), "{error}");
    }
}

#[test]
fn doctor_ends_2_when_only_the_configuration_is_wrong() {
    let world = World::small();
    world.connect();
    world.host.write("connector-host.toml", "[server]\nlisten = '192.0.2.1:8080'\n");
    let doctor = world.host.run(&["doctor"]);
    assert_eq!(doctor.code, 2, "{doctor:#?}");
    assert!(doctor.stdout.contains("`server.listen`"), "{doctor:#?}");
}

#[test]
fn a_foreign_variable_that_is_no_text_is_not_looked_at_and_our_own_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let host = Host::new(&[]);
    let not_utf8 = std::ffi::OsStr::from_bytes(b"caf\xe9");
    let with =
        |name: &str| -> Outcome { host.command(&["config", "check"]).env(name, not_utf8).output().unwrap().into() };
    assert_eq!(with("FOREIGN").code, 0);
    let ours = with("CONNECTOR__LOG__LEVEL");
    assert_eq!(ours.code, 2, "{ours:#?}");
    assert!(ours.stderr.contains("`CONNECTOR__LOG__LEVEL` has a value that is not UTF-8"), "{ours:#?}");
}

#[test]
fn a_path_that_is_no_text_is_named_and_ends_no_command_badly() {
    use std::os::unix::ffi::OsStrExt;
    let world = World::small();
    let id = world.connect();
    let path = world.host.folder().join(std::ffi::OsStr::from_bytes(b"donn\xe9es"));
    let mut export = world.host.command(&["catalog", "export", &id, "--json", "--out"]);
    let exported: Outcome = export.arg(&path).output().unwrap().into();
    assert_eq!(exported.code, 0, "{exported:#?}");
    assert!(path.is_file() && exported.json()["file"].as_str().unwrap().contains("donn"), "{exported:#?}");
    let mut migrate = Command::new(world.host.command(&[]).get_program());
    migrate.current_dir(world.host.folder()).arg("--data-dir").arg(&path).args(["migrate", "--json"]);
    let refused: Outcome = migrate.output().unwrap().into();
    assert_eq!(refused.code, 2, "{refused:#?}");
    assert!(refused.error()["message"].as_str().unwrap().contains("`data_dir`"), "{refused:#?}");
}

#[test]
fn byte_order_marks_are_no_part_of_any_file() {
    let world = World::small();
    world.host.write("connector-host.toml", "\u{feff}[sync]\npage_limit = 7\n");
    assert_eq!(world.host.json(&["config", "print"])["sync"]["page_limit"], 7);
    let file = world.host.write("marked.json", &format!("\u{feff}{}", world.credentials()));
    let added = world.host.json(&["connection", "add", "--connector", "centra", "--credentials-file", &file]);
    let id = added["id"].as_str().unwrap();
    let keyring = world.host.data().join("keyring");
    let marked = format!("\u{feff}{}", fs::read_to_string(&keyring).unwrap());
    fs::write(&keyring, marked).unwrap();
    world.sync(id, &[]);
    let cart = "\u{feff}{ \"currency\": \"SEK\", \"lines\": [{ \"variant_id\": \"1\", \"quantity\": 1 }] }";
    world.host.write("cart.json", cart);
    world.host.json(&["quote", "--connection", id, "--file", "cart.json"]);
    let server = Server::start(&world.host);
    let operator = format!("Bearer {}", server.operator);
    let made =
        server.send("POST", "/v1/channels", &operator, "\u{feff}{ \"name\": \"Channel\", \"redirect_urls\": [] }");
    assert_eq!(made.status, 201, "{made:#?}");
}

#[test]
fn an_input_without_an_end_is_refused_at_its_limit() {
    let host = Host::in_file(&[Plugin::Template]);
    let add = |file: &str| host.fails(&["connection", "add", "--connector", "template", "--credentials-file", file], 2);
    for file in ["/dev/zero", "/proc/self/mem", "."] {
        let error = add(file);
        assert_eq!(error["code"], "file", "{error}");
        assert!(error["message"].as_str().unwrap().starts_with(&format!("cannot read {file}: ")), "{error}");
    }
    let cart = host.fails(&["quote", "--connection", "none", "--file", "/dev/zero"], 2);
    assert!(cart["message"].as_str().unwrap().contains("larger than the limit of 262144 bytes"), "{cart}");
    let config = host.fails(&["--config", "/dev/zero", "config", "check"], 2);
    assert!(config["message"].as_str().unwrap().contains("not a file"), "{config}");
    let erase = ["customer", "erase", "--connection", "none", "--email-file", "/dev/zero"];
    assert_eq!(host.fails(&erase, 2)["code"], "file");
    let mut host = host;
    host.environment = vec![("CONNECTOR__SECRETS__KEYS_FILE".to_owned(), "/dev/zero".to_owned())];
    let value = host.fails(&["config", "check"], 2);
    assert!(
        value["message"].as_str().unwrap().contains("/dev/zero cannot be read: it is larger than the limit"),
        "{value}"
    );
    host.environment.clear();
    // A pipe in the place of a file that must be one holds nobody up.
    for place in ["connector.db", "keyring"] {
        fs::remove_dir_all(host.data()).unwrap();
        fs::create_dir(host.data()).unwrap();
        let pipe = host.data().join(place);
        assert!(Command::new("mkfifo").arg("-m").arg("600").arg(&pipe).status().unwrap().success());
        let outcome = host.run(&["migrate", "--json"]);
        assert_eq!(outcome.code, 5, "{place}: {outcome:#?}");
        assert!(outcome.error()["message"].as_str().unwrap().contains("not a file"), "{place}: {outcome:#?}");
    }
}

#[test]
fn what_an_interrupted_start_left_is_removed_by_the_next() {
    let host = Host::in_file(&[]);
    host.json(&["migrate"]);
    let dead = u32::MAX;
    let left = ["connector.db", "keyring"].map(|name| host.data().join(format!("{name}.{dead}.new")));
    let log = host.data().join(format!("connector.db.{dead}.new-wal"));
    left.iter().chain([&log]).for_each(|path| fs::write(path, "x").unwrap());
    host.json(&["migrate"]);
    assert!(left.iter().chain([&log]).all(|path| !path.exists()));
}

#[test]
fn a_database_that_is_gone_beside_its_keyring_is_not_replaced_unsaid() {
    let (world, _) = synced();
    fs::remove_file(world.host.database()).unwrap();
    for suffix in ["db-wal", "db-shm"] {
        fs::remove_file(world.host.database().with_extension(suffix)).ok();
    }
    let doctor = world.host.run(&["doctor"]);
    assert_eq!(doctor.code, 5, "{doctor:#?}");
    assert!(doctor.stdout.contains("is missing although a keyring exists"), "{doctor:#?}");
    assert!(!world.host.database().exists(), "a look makes no database");
    let listed = world.host.run(&["connection", "list"]);
    assert!(listed.stderr.contains("created a new database beside an existing keyring"), "{listed:#?}");
}

#[test]
fn doctor_finds_damage_that_only_reading_everything_shows() {
    use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
    let (world, _) = synced();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let damage = |sql: &'static str| {
        runtime.block_on(async {
            let options = SqliteConnectOptions::new().filename(world.host.database()).foreign_keys(false);
            let mut database = options.connect().await.unwrap();
            sqlx::query(sql).execute(&mut database).await.unwrap();
            database.close().await.unwrap();
        });
    };
    let found = |what: &str| {
        let doctor = world.host.run(&["doctor"]);
        assert_eq!(doctor.code, 5, "{doctor:#?}");
        assert!(doctor.stdout.contains(what), "{what}: {doctor:#?}");
    };
    damage("UPDATE offers SET body = substr(body, 2) WHERE id = (SELECT min(id) FROM offers)");
    found("`body` of 1 rows of `offers` is no JSON any more");
    damage("INSERT INTO sync_lease (connection, owner, fence, until_ms) VALUES (4711, 'nobody', 1, 0)");
    found("`sync_lease` refer to rows of `connections` that are not there");
}

/// A connected and synced store, with everything checkpointed into the database file.
fn synced() -> (World, String) {
    let world = World::small().in_file();
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
    let world = World::start(&["--seed", "large", "--products", "600"]).in_file();
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
    let world = world.in_file();
    let other = world.connect();
    world.sync(&other, &[]);
    let whole = world.export(&other);
    assert!(kept.lines().all(|line| whole.contains(line)));
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let host = Host::in_file(&[Plugin::Template]);
    fs::write(host.data(), "a file where a folder is needed").unwrap();
    let outcome = host.run(&["migrate", "--json"]);
    assert_eq!(outcome.code, 5, "{outcome:#?}");
    assert!(outcome.error()["message"].as_str().unwrap().contains("data"), "{outcome:#?}");
    let list = host.run(&["plugin", "list", "--json"]);
    assert_eq!(list.code, 4);
    assert_eq!(list.json()["refused"][0]["code"], "unreadable", "{list:#?}");
}
