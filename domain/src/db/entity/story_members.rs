//! Which story an article tells, how sure that is, and what clustering keeps of the article.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "story_members")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: Uuid,
    pub story_id: Uuid,
    pub source_id: Uuid,
    pub language: Option<String>,
    pub published_at: i64,
    pub confidence: i32,
    pub duplicate_of: Option<Uuid>,
    pub by_editor: bool,
    pub signals: Option<String>,
    pub fingerprint: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
