//! The schema: committed dumps of both engines, and migrations that do nothing the second time.
//!
//! `UPDATE_DUMPS=1 cargo test -p broadsheet-tests --test it schema` renews the dumps; review the difference.

use std::path::Path;

use broadsheet_tests::{Backend, TestServer};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};

async fn texts(database: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = sea_orm::Statement::from_string(database.get_database_backend(), sql);
    let rows = database.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
}

async fn sqlite_dump(database: &DatabaseConnection) -> String {
    let sql = "SELECT sql || ';' FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND name <> 'seaql_migrations' \
               ORDER BY tbl_name, type = 'index', name";
    texts(database, sql).await.join("\n")
}

async fn postgres_dump(database: &DatabaseConnection) -> String {
    let columns = "SELECT format('CREATE TABLE %s (%s%s%s);', table_name, chr(10), string_agg(format('  %s %s%s%s', column_name, \
                   CASE WHEN collation_name IS NULL THEN data_type ELSE data_type || ' COLLATE \"' || collation_name || '\"' END, \
                   CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END, coalesce(' DEFAULT ' || column_default, '')), \
                   ',' || chr(10) ORDER BY ordinal_position), chr(10)) FROM information_schema.columns \
                   WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' GROUP BY table_name ORDER BY table_name";
    let constraints = "SELECT format('ALTER TABLE %s ADD CONSTRAINT %s %s;', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
                       FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'seaql_migrations' \
                       ORDER BY conrelid::regclass::text, contype DESC, conname";
    let indexes = "SELECT replace(indexdef, ' public.', ' ') || ';' FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'seaql_migrations' \
                   AND indexname NOT IN (SELECT conname FROM pg_constraint) ORDER BY tablename, indexname";
    let mut parts = texts(database, columns).await;
    parts.extend(texts(database, constraints).await);
    parts.extend(texts(database, indexes).await);
    parts.join("\n")
}

async fn dump(backend: Backend, database: &DatabaseConnection) -> String {
    let body = match backend {
        Backend::Sqlite => sqlite_dump(database).await,
        Backend::Postgres => postgres_dump(database).await,
    };
    format!(
        "-- A fresh database, as the migrations leave it. Checked and renewed by a test; see README.md.\n\n{body}\n"
    )
}

async fn check(backend: Backend, name: &str) {
    let Some(server) = TestServer::start(backend).await else { return };
    let settings = server.app.config.database();
    let database = Database::connect(&settings.url).await.unwrap();
    let fresh = dump(backend, &database).await;
    let migrated = texts(&database, "SELECT version FROM seaql_migrations ORDER BY version").await;
    // Opening once more migrates once more.
    broadsheet_domain::Newsroom::open(
        &settings,
        server.app.config.rules(),
        std::sync::Arc::new(server.clock.clone()),
        broadsheet_domain::id::IdSource::random(std::sync::Arc::new(server.clock.clone())),
    )
    .await
    .unwrap()
    .close()
    .await
    .unwrap();
    assert_eq!(dump(backend, &database).await, fresh, "migrating twice is a no-op");
    assert_eq!(texts(&database, "SELECT version FROM seaql_migrations ORDER BY version").await, migrated);
    database.close().await.unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migration").join(name);
    if std::env::var("UPDATE_DUMPS").is_ok() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == fresh,
        "migration/{name} is not what the migrations make: renew it with UPDATE_DUMPS=1, and review the difference"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dump_of_sqlite_is_fresh() {
    check(Backend::Sqlite, "schema.sqlite.sql").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dump_of_postgres_is_fresh() {
    check(Backend::Postgres, "schema.postgres.sql").await;
}
