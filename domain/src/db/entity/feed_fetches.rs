//! How a fetch of a feed went.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feed_fetches")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub feed_id: Uuid,
    pub source_id: Uuid,
    pub at: i64,
    pub via: String,
    pub outcome: String,
    pub status: Option<i32>,
    pub fault: Option<String>,
    pub error: Option<String>,
    pub took_ms: i64,
    pub bytes: i64,
    pub entries: i32,
    pub new: i32,
    pub updated: i32,
    pub unchanged: i32,
    pub refused: i32,
    pub lag_ms: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
