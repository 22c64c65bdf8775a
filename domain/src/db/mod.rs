//! The database: connections, transactions, and nothing about news.
//!
//! SQLite: one writer connection and a pool of readers over the same file. PostgreSQL: a primary, and optionally a
//! replica for reads. Inside a transaction only the [`Tx`] may be used: a pool query there could wait for itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use broadsheet_migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, FromQueryResult,
    StatementBuilder, TransactionOptions, TransactionTrait,
};

use crate::error::{Error, Fault, Result};

pub(crate) mod dialect;
pub(crate) mod entity;

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite://…` or `postgres://…`.
    pub url: String,
    /// A read replica (PostgreSQL only).
    pub replica_url: Option<String>,
    /// Connections that read at the same time.
    pub read_connections: u32,
}

/// The open database.
#[derive(Clone)]
pub(crate) struct Db {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    has_replica: bool,
    statements: Arc<AtomicU64>,
}

/// A transaction that writes. Dropped without [`Tx::commit`] it never happened.
pub(crate) struct Tx {
    inner: DatabaseTransaction,
}

impl Db {
    /// Connects and migrates.
    pub(crate) async fn open(settings: &DatabaseSettings) -> Result<Self> {
        let statements = Arc::<AtomicU64>::default();
        let writer = counted(dialect::connect_writer(settings).await, &statements)?;
        Migrator::up(&writer, None)
            .await
            .map_err(|error| Fault::new("the schema could not be migrated", error))?;
        let reader = counted(dialect::connect_reader(settings).await, &statements)?;
        Ok(Self { writer, reader, has_replica: settings.replica_url.is_some(), statements })
    }

    /// For reads that may lag behind a commit by a moment where there is a replica, and whose outcome nobody keeps.
    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// The reader, where it may lag behind.
    pub(crate) fn replica(&self) -> Option<&DatabaseConnection> {
        self.has_replica.then_some(&self.reader)
    }

    /// For reads that must see every commit so far: credentials, the log, what is kept in memory.
    pub(crate) fn primary(&self) -> &DatabaseConnection {
        if self.is_embedded() { &self.reader } else { &self.writer }
    }

    /// For single statements that write by themselves.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Starts a transaction that writes; on SQLite it takes the write lock at once, so it never has to upgrade.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Tx { inner: self.writer.begin_with_options(options).await? })
    }

    /// Whether the database is inside this process, so that no other node can share it.
    pub(crate) fn is_embedded(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Statements executed since the database was opened, for tests that assert their number.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::SeqCst)
    }

    /// Whether both connections answer.
    pub(crate) async fn ping(&self) -> Result<()> {
        self.reader.ping().await?;
        Ok(self.writer.ping().await?)
    }

    pub(crate) async fn close(self) -> Result<()> {
        self.reader.close().await?;
        Ok(self.writer.close().await?)
    }
}

fn counted(
    connection: std::result::Result<DatabaseConnection, DbErr>,
    statements: &Arc<AtomicU64>,
) -> Result<DatabaseConnection> {
    let mut connection = connection.map_err(|error| Fault::new("the database could not be opened", error))?;
    let statements = Arc::clone(statements);
    connection.set_metric_callback(move |_| {
        statements.fetch_add(1, Ordering::SeqCst);
    });
    Ok(connection)
}

impl Tx {
    /// What statements inside the transaction run on.
    pub(crate) fn on(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Makes it true.
    pub(crate) async fn commit(self) -> Result<()> {
        Ok(self.inner.commit().await?)
    }
}

/// Rows of a statement as a type.
pub(crate) async fn rows<T: FromQueryResult>(
    on: &impl ConnectionTrait,
    statement: &impl StatementBuilder,
) -> Result<Vec<T>> {
    let rows = on.query_all(statement).await?;
    rows.iter().map(|row| T::from_query_result(row, "").map_err(Error::from)).collect()
}

/// Whether an error says that a unique index already holds the key.
pub(crate) fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

/// A stored count as the unsigned number it is; the schema never stores a negative one.
pub(crate) fn count(stored: i32) -> u32 {
    u32::try_from(stored).unwrap_or_default()
}

/// An unsigned number as the database stores it.
pub(crate) fn stored(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
