//! One row an article, without its body.

use sea_orm::entity::prelude::*;

#[expect(clippy::struct_excessive_bools, reason = "columns that partial indexes stand on")]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "articles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub source_id: Uuid,
    pub feed_id: Option<Uuid>,
    pub guid: Option<String>,
    pub guid_key: Option<String>,
    pub url: Option<String>,
    pub url_key: Option<String>,
    pub slug: String,
    pub headline: String,
    pub dek: Option<String>,
    pub excerpt: String,
    pub language: Option<String>,
    pub language_base: Option<String>,
    pub section_id: Option<Uuid>,
    pub status: String,
    pub published_at: i64,
    pub updated_at: i64,
    pub first_seen_at: i64,
    pub revision: i32,
    pub word_count: i32,
    pub reading_minutes: i32,
    pub comments_open: bool,
    pub content_hash: String,
    pub visible_from: Option<i64>,
    pub public_revision: Option<i32>,
    pub release_at: Option<i64>,
    pub embargo_until: Option<i64>,
    pub withdrawn_at: Option<i64>,
    pub withdrawn_reason: Option<String>,
    pub story_id: Option<Uuid>,
    pub has_image: bool,
    pub has_video: bool,
    pub has_audio: bool,
    pub has_correction: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
