//! Where a source's news is fetched.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feeds")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub source_id: Uuid,
    pub url: String,
    pub title: Option<String>,
    pub format: Option<String>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub content_hash: Option<String>,
    pub status: String,
    pub last_fetched_at: Option<i64>,
    pub next_fetch_at: Option<i64>,
    pub failures: i32,
    pub last_error: Option<String>,
    pub created_at: i64,
    pub fault: Option<String>,
    pub failing_since: Option<i64>,
    pub last_worked_at: Option<i64>,
    pub last_new_at: Option<i64>,
    pub last_whole_at: Option<i64>,
    pub validators_lie: bool,
    pub ttl_ms: Option<i64>,
    pub skip_hours: i32,
    pub skip_days: i32,
    pub rhythm_ms: Option<i64>,
    pub moving_to: Option<String>,
    pub moves: i32,
    pub leased_until: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
