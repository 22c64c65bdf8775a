//! What articles said before.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::db::entity::article_revisions;
use crate::db::{count, stored};
use crate::error::{Error, Result};
use crate::newsroom::Room;

/// A superseded revision of an article. The current one is the article itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// 1 for the first.
    pub revision: u32,
    /// The headline then.
    pub headline: String,
    /// The dek then.
    pub dek: Option<String>,
    /// The body then, sanitised HTML.
    pub body_html: String,
    /// Since when it said so.
    pub updated_at: Timestamp,
    /// When it was replaced.
    pub superseded_at: Timestamp,
}

/// Superseded revisions by article, newest first; one statement.
pub(super) async fn of_articles(room: &Room, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Revision>>> {
    let find =
        article_revisions::Entity::find().filter(article_revisions::Column::ArticleId.is_in(ids.to_vec()));
    let mut of_articles = HashMap::<Uuid, Vec<Revision>>::new();
    for row in find.order_by_desc(article_revisions::Column::Revision).all(room.db.reader()).await? {
        of_articles.entry(row.article_id).or_default().push(from_row(row));
    }
    Ok(of_articles)
}

fn from_row(row: article_revisions::Model) -> Revision {
    let article_revisions::Model {
        article_id: _,
        revision,
        headline,
        dek,
        html,
        updated_at,
        content_hash: _,
        superseded_at,
    } = row;
    Revision {
        revision: count(revision),
        headline,
        dek,
        body_html: html,
        updated_at: Timestamp::from_millis(updated_at),
        superseded_at: Timestamp::from_millis(superseded_at),
    }
}

/// One superseded revision of an article.
pub(super) async fn one(room: &Room, article: Uuid, revision: u32) -> Result<Revision> {
    let key = (article, stored(revision));
    let row = article_revisions::Entity::find_by_id(key).one(room.db.primary()).await?;
    row.map(from_row).ok_or(Error::NotFound("revision"))
}
