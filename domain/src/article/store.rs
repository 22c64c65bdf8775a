//! Small statements on single articles.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use url::Url;
use uuid::Uuid;

use super::{ArticleStatus, identity};
use crate::db::entity::{article_aliases, articles};
use crate::db::{Tx, dialect};
use crate::error::{Error, Result};
use crate::freshness::{Class, Key, note};
use crate::newsroom::Room;
use crate::policy::Viewer;

pub(super) async fn id_by_slug(room: &Room, slug: &str) -> Result<Option<Uuid>> {
    if slug.contains('\0') {
        return Ok(None); // PostgreSQL takes no NUL, and no slug has one
    }
    let find = articles::Entity::find().select_only().column(articles::Column::Id);
    let found = find.filter(articles::Column::Slug.eq(slug)).into_tuple().one(room.db.reader()).await?;
    if found.is_some() {
        return Ok(found);
    }
    let former = article_aliases::Entity::find_by_id(slug.to_owned()).one(room.db.reader()).await?;
    Ok(former.map(|alias| alias.article_id))
}

/// An article's row, locked until the transaction ends.
pub(super) async fn locked(tx: &Tx, article: Uuid) -> Result<articles::Model> {
    let mut find = articles::Entity::find_by_id(article);
    dialect::lock_row(tx, QuerySelect::query(&mut find));
    find.one(tx.on()).await?.ok_or(Error::NotFound("article"))
}

/// The article at an address. Two sources may carry the same one: the first that Broadsheet saw and that the viewer may see
/// wins; where there is none of those, the first of all, so that whoever knew it can be told that it is gone.
pub(super) async fn id_by_url(room: &Room, viewer: &Viewer, url: &Url) -> Result<Option<Uuid>> {
    use sea_orm::QueryOrder as _;
    let Some(canonical) = crate::text::url::canonical(url) else { return Ok(None) };
    let find =
        articles::Entity::find().select_only().column(articles::Column::Id).column(articles::Column::Status);
    let find = find.filter(articles::Column::UrlKey.eq(identity::key(canonical.as_str())));
    let find = find.order_by_asc(articles::Column::Id);
    let carried: Vec<(Uuid, String)> = find.into_tuple().all(room.db.reader()).await?;
    // Another may come to be the first.
    note([Key::all(Class::Articles)]);
    let seen = carried.iter().find(|(_, status)| viewer.sees_article(ArticleStatus::from_stored(status)));
    Ok(seen.or(carried.first()).map(|(id, _)| *id))
}

pub(super) async fn set_comments_open(tx: &Tx, article: Uuid, open: bool) -> Result<()> {
    let update = articles::Entity::update_many().col_expr(articles::Column::CommentsOpen, Expr::val(open));
    update.filter(articles::Column::Id.eq(article)).exec(tx.on()).await?;
    Ok(())
}
