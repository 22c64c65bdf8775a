//! How the schema came to be: plain SQL, one file a change, never edited once released.
//!
//! Migrations only add; they run in a transaction on both engines. To add one: a new `mNNNN_what_it_adds.rs`
//! with its SQL beside it, listed at the end of [`Migrator::migrations`], and the dumps renewed
//! (see `README.md`). Nothing of the product is imported here: an old migration must not change when the code does.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{MigrationTrait, async_trait};

mod m0001_first_edition;
mod m0002_content_api;
mod m0003_trending;
mod m0004_topics;
mod m0005_news;
mod m0006_intake;

/// Every migration, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_first_edition::Migration),
            Box::new(m0002_content_api::Migration),
            Box::new(m0003_trending::Migration),
            Box::new(m0004_topics::Migration),
            Box::new(m0005_news::Migration),
            Box::new(m0006_intake::Migration),
        ]
    }
}
