//! Comments.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub article_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub root_id: Uuid,
    pub number: i32,
    pub depth: i32,
    pub path: String,
    pub account_id: Uuid,
    pub source: String,
    pub html: String,
    pub status: String,
    pub reason: Option<String>,
    pub moderator_id: Option<Uuid>,
    pub revision: i32,
    pub reply_count: i32,
    pub created_at: i64,
    pub edited_at: Option<i64>,
    pub deleted_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
