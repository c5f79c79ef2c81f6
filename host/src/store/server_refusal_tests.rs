//! Servers that cannot be used as they are: another version, a wrong password, TLS on one side only, a full disk. Each is named,
//! and nothing acknowledged is missing.

use std::{fs, io::Write, os::unix::fs::PermissionsExt, path::Path, process::Command};

use e2e::postgres_programs as programs;
use sqlx::{Connection, PgConnection};

use crate::store::{
    Error, Store,
    server::ServerProblem,
    suite::{
        cluster::{Member, folder},
        fixture::{at, connect},
        server::{Database, run},
    },
};

async fn refused(url: &str) -> ServerProblem {
    match Store::open_url(url).await {
        Err(error @ Error::Server { .. }) => {
            assert!(!error.to_string().contains("secret"), "{error}");
            let Error::Server { problem, .. } = error else { unreachable!() };
            problem
        }
        other => panic!("{url}: {other:?}"),
    }
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A certificate that nobody but itself stands for, for `127.0.0.1`.
fn certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "server.key", "-out", "server.crt"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    fs::set_permissions(folder.join("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
    programs::own(&folder.join("server.key"));
}

#[tokio::test]
async fn passwords_and_tls_must_be_as_the_server_has_them() {
    let folder = folder();
    certificate(folder.path());
    let port = free_port();
    let files = ["crt", "key"].map(|kind| folder.path().join(format!("server.{kind}")));
    let tls = format!(
        "-c listen_addresses=127.0.0.1 -c ssl=on -c ssl_cert_file={} -c ssl_key_file={}",
        files[0].display(),
        files[1].display()
    );
    let member = Member::fresh(folder.path(), "data", port, &tls);
    let mut admin = member.admin().await;
    run(&mut admin, "CREATE ROLE host LOGIN PASSWORD 'right'".to_owned()).await;
    run(&mut admin, "CREATE DATABASE store OWNER host".to_owned()).await;
    let rules = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
    fs::write(member.data().join("pg_hba.conf"), rules).unwrap();
    run(&mut admin, "SELECT pg_reload_conf()".to_owned()).await;
    let url = |password: &str, more: &str| format!("postgres://host:{password}@127.0.0.1:{port}/store?{more}");
    assert!(matches!(refused(&url("secret", "sslmode=require")).await, ServerProblem::Login(_)));
    // Only over TLS, says the server.
    assert!(matches!(refused(&url("right", "sslmode=disable")).await, ServerProblem::Login(_)));
    // Nobody vouches for the certificate.
    assert!(matches!(refused(&url("right", "sslmode=verify-full")).await, ServerProblem::Tls(_)));
    let missing = refused(&url("right", "sslmode=verify-full&sslrootcert=/nowhere/root.crt")).await;
    assert!(matches!(missing, ServerProblem::Address(_)), "{missing:?}");
    let root = format!("sslmode=verify-full&sslrootcert={}", files[0].display());
    for more in ["sslmode=require", "sslmode=prefer", "", &root] {
        let store = Store::open_url(&url("right", more)).await.unwrap();
        connect(&store, "Shop").await;
        store.close().await;
    }
    admin.close().await.unwrap();
    // Without TLS on the server's side.
    member.stop();
    member.start("-c listen_addresses=127.0.0.1");
    fs::write(member.data().join("pg_hba.conf"), "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        .unwrap();
    run(&mut member.admin().await, "SELECT pg_reload_conf()".to_owned()).await;
    assert!(matches!(refused(&url("right", "sslmode=require")).await, ServerProblem::Tls(_)));
    Store::open_url(&url("right", "sslmode=prefer")).await.unwrap().close().await;
}

#[tokio::test]
async fn a_server_that_is_too_old_is_named_with_its_version() {
    const PAST: &str = "CREATE FUNCTION past.current_setting(name TEXT) RETURNS TEXT LANGUAGE SQL AS $$ SELECT CASE name \
         WHEN 'server_version_num' THEN '130010' WHEN 'server_version' THEN '13.10' \
         ELSE pg_catalog.current_setting(name) END $$";
    let database = Database::fresh().await;
    let mut db = PgConnection::connect(&database.url()).await.unwrap();
    run(&mut db, "CREATE SCHEMA past".to_owned()).await;
    run(&mut db, PAST.to_owned()).await;
    db.close().await.unwrap();
    let problem = refused(&format!("{}&options=-c%20search_path%3Dpast,pg_catalog", database.url())).await;
    assert_eq!(problem, ServerProblem::TooOld { found: "13.10".to_owned(), needed: 14 });
}

/// A small disk of its own, where this process may mount one.
struct SmallDisk<'p>(&'p Path);

impl<'p> SmallDisk<'p> {
    fn mount(path: &'p Path) -> Option<Self> {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=40m,mode=0777", "tmpfs"]).arg(path).output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then_some(Self(path))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0).status());
    }
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "whoever reads the test's output sees that it was left out")]
async fn a_server_whose_disk_is_full_says_so_and_keeps_what_it_has() {
    let folder = folder();
    let small = folder.path().join("small");
    fs::create_dir(&small).unwrap();
    let Some(_disk) = SmallDisk::mount(&small) else {
        // Only root may mount, and not in every container.
        eprintln!("not tried: no small disk can be mounted here");
        return;
    };
    let tables = small.join("tables");
    fs::create_dir(&tables).unwrap();
    programs::own(&tables);
    let member = Member::fresh(folder.path(), "data", 5503, "");
    let mut admin = member.admin().await;
    run(&mut admin, format!("CREATE TABLESPACE small LOCATION '{}'", tables.display())).await;
    run(&mut admin, "CREATE DATABASE store TABLESPACE small".to_owned()).await;
    let store = Store::open_url(&member.url("store")).await.unwrap();
    let id = connect(&store, "Shop").await;
    let ballast = small.join("ballast");
    fill(&ballast);
    let mut kept = 0_u32;
    let refusal = loop {
        let value = vec![u8::try_from(kept % 251).unwrap(); 60_000];
        match store.put_state_value(&id, &format!("key {}", kept % 8), &value, at(1)).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 5_000, "the disk does not fill");
    };
    assert!(matches!(refusal, Error::Server { problem: ServerProblem::Full, .. }), "{refusal}");
    assert!(refusal.to_string().contains("no room left on its disk"), "{refusal}");
    // There is room again.
    fs::remove_file(ballast).unwrap();
    store.put_state_value(&id, "after", b"room again", at(2)).await.unwrap();
    for number in kept.saturating_sub(8)..kept {
        let value = store.state_value(&id, &format!("key {}", number % 8)).await.unwrap().unwrap();
        assert_eq!(value[0], u8::try_from(number % 251).unwrap());
    }
    store.close().await;
}

/// Writes a file until nothing fits any more.
fn fill(ballast: &Path) {
    let mut file = fs::File::create(ballast).unwrap();
    while file.write_all(&[1; 4096]).is_ok() {}
}
