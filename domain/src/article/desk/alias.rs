//! Slugs that change, and the ones before, which lead to the article still.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::article::Articles;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::db::entity::{article_aliases, articles};
use crate::error::{Error, Result};

/// A slug that an article had before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The slug.
    pub slug: String,
    /// Until when it was the article's own.
    pub ceased_at: Timestamp,
}

impl Articles<'_> {
    /// The slugs that an article, which this viewer has been shown, had before: latest first.
    pub async fn aliases(&self, shown: Uuid) -> Result<Vec<Alias>> {
        let find = article_aliases::Entity::find().filter(article_aliases::Column::ArticleId.eq(shown));
        let rows = find.order_by_desc(article_aliases::Column::CeasedAt).all(self.room.db.reader()).await?;
        let alias = |row: article_aliases::Model| Alias {
            slug: row.slug,
            ceased_at: Timestamp::from_millis(row.ceased_at),
        };
        Ok(rows.into_iter().map(alias).collect())
    }
}

/// Gives an article another slug and keeps the old one; answers whether it is another.
pub(super) async fn rename(tx: &Tx, row: &articles::Model, to: Option<&str>, now: Timestamp) -> Result<bool> {
    let Some(to) = to.filter(|to| *to != row.slug) else { return Ok(false) };
    require_free(tx, to, row.id).await?;
    // It may come back to a slug that it had.
    article_aliases::Entity::delete_by_id(to.to_owned()).exec(tx.on()).await?;
    let former = article_aliases::ActiveModel {
        slug: Set(row.slug.clone()),
        article_id: Set(row.id),
        ceased_at: Set(now.millis()),
    };
    article_aliases::Entity::insert(former).exec_without_returning(tx.on()).await?;
    let update = articles::ActiveModel {
        id: Set(row.id),
        slug: Set(to.to_owned()),
        ..articles::ActiveModel::default()
    };
    match articles::Entity::update(update).exec(tx.on()).await {
        Err(error) if crate::db::is_unique_violation(&error) => Err(taken(to)),
        outcome => Ok(outcome.map(|_| true)?),
    }
}

/// Refuses a slug that leads to another article, now or from before.
pub(super) async fn require_free(tx: &Tx, slug: &str, article: Uuid) -> Result<()> {
    let holder = articles::Entity::find().filter(articles::Column::Slug.eq(slug)).one(tx.on()).await?;
    let former = article_aliases::Entity::find_by_id(slug.to_owned()).one(tx.on()).await?;
    let others = holder.map(|row| row.id).into_iter().chain(former.map(|row| row.article_id));
    if others.into_iter().any(|id| id != article) { Err(taken(slug)) } else { Ok(()) }
}

fn taken(slug: &str) -> Error {
    Error::invalid("slug", "taken", format!("`{slug}` leads to another article"))
}
