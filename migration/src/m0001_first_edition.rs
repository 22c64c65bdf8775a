//! Sources, feeds, articles, people, conversation, and the change log.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

const SQL: &str = include_str!("m0001_first_edition.sql");

/// On PostgreSQL a row of the log gets its sequence after its transaction has committed, by one sequencer at a time
/// (`domain::change`), so that sequence order is commit order; unsequenced rows have a small index of their own.
const POSTGRES_ONLY: &str = "CREATE INDEX changes_unsequenced ON changes (id) WHERE seq IS NULL;";

/// Creates the first edition's tables.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(&up_sql(manager.get_database_backend())).await?;
        Ok(())
    }

    /// Both engines change their schema inside a transaction, so a failed start leaves the old schema whole.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// SQL with the tokens replaced by an engine's own words.
pub(crate) fn in_words_of(backend: DbBackend, sql: &str) -> String {
    let types: [(&str, &str); 5] = match backend {
        DbBackend::Postgres => [
            (":uuid", "UUID"),
            (":serial", "BIGSERIAL PRIMARY KEY"),
            (":seq", "BIGINT"),
            (":path", "TEXT COLLATE \"C\""),
            (":blob", "BYTEA"),
        ],
        _ => [
            (":uuid", "BLOB"),
            (":serial", "INTEGER PRIMARY KEY AUTOINCREMENT"),
            (":seq", "BIGINT GENERATED ALWAYS AS (id) VIRTUAL"),
            (":path", "TEXT"),
            (":blob", "BLOB"),
        ],
    };
    types.iter().fold(sql.to_owned(), |sql, (token, name)| sql.replace(token, name))
}

fn up_sql(backend: DbBackend) -> String {
    let sql = in_words_of(backend, SQL);
    if backend == DbBackend::Postgres { sql + POSTGRES_ONLY } else { sql }
}
