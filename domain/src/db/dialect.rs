//! The only place that knows which database it is.

use std::time::Duration;

use sea_orm::sea_query::{Query, SelectStatement, UnionType};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};

use super::{DatabaseSettings, Tx};
use crate::error::Result;

/// The lock under which rows of the log get their sequence.
const SEQUENCER_LOCK: i64 = 0x0042_5345_5155_454e;
/// The lock under which authors and topics are made.
const NAMES_LOCK: i64 = 0x0042_534e_414d_4553;

fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

/// Refuses an address that cannot be one, before anything repeats it: it may hold a password.
pub(super) fn check_address(url: &str) -> std::result::Result<(), DbErr> {
    let known = |scheme: &str| matches!(scheme, "postgres" | "postgresql");
    if is_sqlite(url) || url::Url::parse(url).is_ok_and(|url| known(url.scheme()) && url.has_host()) {
        return Ok(());
    }
    let message = "the database's address must be postgres://user:password@host/database or sqlite://path; special characters in \
                   the password are percent-encoded, / as %2F and @ as %40";
    Err(DbErr::Custom(message.to_owned()))
}

/// The connection that writes: one on SQLite, a pool on PostgreSQL.
pub(super) async fn connect_writer(
    settings: &DatabaseSettings,
) -> std::result::Result<DatabaseConnection, DbErr> {
    check_address(&settings.url)?;
    // One of PostgreSQL's connections listens for other nodes' nudges all the time.
    let connections = if is_sqlite(&settings.url) { 1 } else { settings.read_connections.max(1) + 1 };
    Database::connect(options(&settings.url, connections)).await
}

/// The pool that reads.
pub(super) async fn connect_reader(
    settings: &DatabaseSettings,
) -> std::result::Result<DatabaseConnection, DbErr> {
    let url = settings.replica_url.as_ref().unwrap_or(&settings.url);
    check_address(url)?;
    Database::connect(options(url, settings.read_connections)).await
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections.max(1)).sqlx_logging(false);
    // A server that was restarted leaves dead connections behind: each would cost somebody a failed request.
    options.test_before_acquire(!is_sqlite(url));
    options.acquire_timeout(Duration::from_secs(10)).connect_timeout(Duration::from_secs(10));
    options.map_sqlx_sqlite_opts(|sqlite| {
        // FULL, so that an acknowledged write survives power loss: WAL with NORMAL does not keep that promise.
        sqlite
            .busy_timeout(Duration::from_secs(30))
            .foreign_keys(true)
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            .pragma("cache_size", "-65536")
            // In pages of 4 KiB. A bulk import touches the same pages of the indexes again and again: by the default (1,000)
            // they would be written back with almost every transaction.
            .pragma("wal_autocheckpoint", "8000")
            .pragma("mmap_size", "1073741824")
            .statement_cache_capacity(256)
    });
    options
}

/// Locks a row until the end of the transaction. SQLite's transactions hold the only write lock already.
pub(crate) fn lock_row(tx: &Tx, select: &mut SelectStatement) {
    if tx.on().get_database_backend() == DbBackend::Postgres {
        select.lock_exclusive();
    }
}

/// The same for a row that others may refer to meanwhile.
pub(crate) fn lock_row_not_key(tx: &Tx, select: &mut SelectStatement) {
    if tx.on().get_database_backend() == DbBackend::Postgres {
        select.lock(sea_orm::sea_query::LockType::NoKeyUpdate);
    }
}

/// SQLite takes at most 500 parts of a compound, and PostgreSQL plans fewer more quickly.
const PARTS: usize = 400;

/// As few statements as can be out of many limited ones: a page for each parent, index by index, whatever the engine.
/// (`LATERAL` does not exist on SQLite, and a window function would read every row of each parent.)
pub(crate) fn union_all(mut parts: Vec<SelectStatement>) -> Vec<SelectStatement> {
    let wrap = |inner: SelectStatement| {
        // SQLite takes no ORDER BY or LIMIT in a part of a compound, but does in a subquery.
        Query::select().column(sea_orm::sea_query::Asterisk).from_subquery(inner, "part").take()
    };
    let mut unions = Vec::new();
    while !parts.is_empty() {
        let mut chunk = parts.drain(..PARTS.min(parts.len())).map(wrap);
        if let Some(mut union) = chunk.next() {
            for part in chunk {
                union.union(UnionType::All, part);
            }
            unions.push(union);
        }
    }
    unions
}

/// Lets one transaction at a time make names (authors, topics): two documents that make the same ones in another order would
/// wait for each other. SQLite's transactions hold the only write lock already.
pub(crate) async fn lock_names(tx: &Tx) -> Result<()> {
    if tx.on().get_database_backend() == DbBackend::Postgres {
        tx.on().execute_unprepared(&format!("SELECT pg_advisory_xact_lock({NAMES_LOCK})")).await?;
    }
    Ok(())
}

/// Gives committed rows of the log their sequence; answers whether there were any.
///
/// On PostgreSQL the order of a serial column is not the order of commits: a reader could pass a number whose
/// transaction is still open. So rows commit without a sequence, and one sequencer at a time (an advisory lock that ends
/// with its transaction, safe behind a pooler) numbers what has become visible, gap-free. SQLite has one writer, whose
/// order is the order of commits: there the sequence is the row's own id.
pub(crate) async fn sequence_changes(primary: &DatabaseConnection) -> Result<bool> {
    use sea_orm::TransactionTrait as _;
    if primary.get_database_backend() != DbBackend::Postgres {
        return Ok(false);
    }
    let waiting =
        Statement::from_string(DbBackend::Postgres, "SELECT id FROM changes WHERE seq IS NULL LIMIT 1");
    if primary.query_one_raw(waiting).await?.is_none() {
        return Ok(false);
    }
    let tx = primary.begin().await?;
    tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({SEQUENCER_LOCK})")).await?;
    let done = tx.execute_unprepared(
        "UPDATE changes SET seq = base.last + waiting.position \
         FROM (SELECT id, row_number() OVER (ORDER BY id) AS position FROM changes WHERE seq IS NULL) AS waiting, \
              (SELECT coalesce(max(seq), 0) AS last FROM changes) AS base \
         WHERE changes.id = waiting.id",
    );
    let numbered = done.await?.rows_affected() > 0;
    tx.commit().await?;
    Ok(numbered)
}

/// Tells the other nodes that the log has grown; carries no data, and a timer stands behind it.
pub(crate) async fn notify_nodes(primary: &DatabaseConnection) -> Result<()> {
    if primary.get_database_backend() == DbBackend::Postgres {
        primary.execute_unprepared("NOTIFY broadsheet_changes").await?;
    }
    Ok(())
}

/// Waits for other nodes' nudges and passes each on; returns when the connection is lost. SQLite has no other nodes.
pub(crate) async fn listen(primary: &DatabaseConnection, mut nudge: impl FnMut() + Send) -> Result<()> {
    if primary.get_database_backend() != DbBackend::Postgres {
        return std::future::pending().await;
    }
    let internal = |error| crate::error::Fault::new("the database's notifications could not be heard", error);
    let pool = primary.get_postgres_connection_pool();
    let mut listener = sea_orm::sqlx::postgres::PgListener::connect_with(pool).await.map_err(internal)?;
    listener.listen("broadsheet_changes").await.map_err(internal)?;
    loop {
        listener.recv().await.map_err(internal)?;
        nudge();
    }
}
