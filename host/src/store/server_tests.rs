//! The suite on PostgreSQL, and what only a server can suffer: no rights, another version, a standby, several hosts at once.

use sqlx::Connection;

use crate::store::{
    Error, Store,
    server::ServerProblem,
    suite::{
        fixture::Fixture,
        run_suite,
        server::{Server, run},
    },
};

async fn fresh() -> Fixture {
    Server::get().await.store().await
}

run_suite!(crate::store::server_tests::fresh);

async fn refused(url: &str) -> ServerProblem {
    match Store::open_url(url).await {
        Err(Error::Server { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_named_without_its_password() {
    for url in
        ["store.db", "mysql://host/store", "postgres://user:secret@host:port/store", "postgres://h/s?sslmode=secret"]
    {
        let error = Store::open_url(url).await.unwrap_err();
        assert!(matches!(&error, Error::Server { problem: ServerProblem::Address(_), .. }), "{url}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    let error = Store::open_url("postgres://user:secret@127.0.0.1:1/store").await.unwrap_err();
    assert!(error.to_string().starts_with("the database store at 127.0.0.1:1 cannot be reached"), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn what_a_server_does_not_have_or_allow_is_named() {
    let server = Server::get().await;
    assert!(matches!(refused(&server.url("nothing_here")).await, ServerProblem::NoDatabase(_)));
    assert!(matches!(refused(&server.url_of("nobody_here", "postgres")).await, ServerProblem::Login(_)));
    let mut admin = server.admin().await;
    let name = server.database().await;
    let role = format!("role_{name}");
    run(&mut admin, format!("CREATE ROLE {role} LOGIN")).await;
    assert!(matches!(refused(&server.url_of(&role, &name)).await, ServerProblem::Rights(_)));
    run(&mut admin, format!("ALTER ROLE {role} SET default_transaction_read_only = on")).await;
    assert_eq!(refused(&server.url_of(&role, &name)).await, ServerProblem::ReadOnly);
    run(&mut admin, format!("DROP ROLE {role}")).await;
    run(&mut admin, format!("DROP DATABASE {name}")).await;
    let latin = format!("latin_{name}");
    run(&mut admin, format!("CREATE DATABASE {latin} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")).await;
    assert_eq!(refused(&server.url(&latin)).await, ServerProblem::Encoding("LATIN1".to_owned()));
    run(&mut admin, format!("DROP DATABASE {latin}")).await;
    admin.close().await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let server = Server::get().await;
    let url = server.url(&server.database().await);
    let mut db = sqlx::PgConnection::connect(&url).await.unwrap();
    run(
        &mut db,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99, 'x', TRUE, '', 0)"
            .to_owned(),
    )
    .await;
    db.close().await.unwrap();
    let error = Store::open_url(&url).await.unwrap_err();
    assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");
}
