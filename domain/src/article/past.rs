//! Articles as they were: what they said at a moment, from their revisions.
//!
//! What is kept of the past is words: headline, dek, body, and what is made of them. Bylines, topics, media and comments are
//! those of now. A withdrawn article stays withdrawn: whoever takes an article back takes it back from every moment, or a
//! date would be a way around it.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Article, Body};
use crate::clock::Timestamp;
use crate::db::{count, entity::article_revisions};
use crate::error::Result;
use crate::newsroom::Room;
use crate::text::{html, measure};

/// Lets articles say what they said at a moment; one statement.
pub(super) async fn as_they_were(
    room: &Room,
    at: Timestamp,
    articles: &mut HashMap<Uuid, Article>,
) -> Result<()> {
    use article_revisions::{Column, Entity};
    // The first revision that was replaced after the moment is what stood at the moment.
    let stood = Query::select()
        .column(Column::ArticleId)
        .expr(Column::Revision.min())
        .from(Entity)
        .and_where(Column::ArticleId.is_in(articles.keys().copied()))
        .and_where(Column::SupersededAt.gt(at.millis()))
        .group_by_col(Column::ArticleId)
        .take();
    let key = Expr::tuple([Expr::col(Column::ArticleId), Expr::col(Column::Revision)]);
    for row in Entity::find().filter(key.in_subquery(stood)).all(room.db.reader()).await? {
        if let Some(article) = articles.get_mut(&row.article_id) {
            stand_as(article, row);
        }
    }
    Ok(())
}

fn stand_as(article: &mut Article, then: article_revisions::Model) {
    let mut record = article.record.as_ref().clone();
    let text = html::to_text(&then.html);
    let measured = if text.is_empty() { then.dek.as_deref().unwrap_or_default() } else { &text };
    record.word_count = measure::word_count(measured);
    record.reading_minutes = measure::reading_minutes(record.word_count);
    record.excerpt = super::draft::excerpt_of(then.dek.as_deref(), &text);
    record.headline = then.headline;
    record.dek = then.dek;
    record.revision = count(then.revision);
    record.updated_at = Timestamp::from_millis(then.updated_at);
    article.record = Arc::new(record);
    article.past_body = Some(Arc::new(Body { html: then.html, text }));
}
