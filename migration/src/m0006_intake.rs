//! Intake that answers for itself.

use sea_orm_migration::prelude::*;

use crate::m0001_first_edition::in_words_of;

const SQL: &str = include_str!("m0006_intake.sql");

/// Adds what is known of feeds and of each fetch.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = in_words_of(manager.get_database_backend(), SQL);
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
