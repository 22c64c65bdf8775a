//! Images, video and audio of an article.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub article_id: Uuid,
    pub position: i32,
    pub kind: String,
    pub role: String,
    pub url: String,
    pub mime: Option<String>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_ms: Option<i64>,
    pub title: Option<String>,
    pub caption: Option<String>,
    pub credit: Option<String>,
    pub alt: Option<String>,
    pub thumbnail_url: Option<String>,
    pub focal_x: Option<i32>,
    pub focal_y: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
