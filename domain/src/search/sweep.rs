//! Articles that have to be told again because something that they belong to has another name: too many for one batch, so they
//! are gone through in slices.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::article::ArticleStatus;
use crate::change::{Change, ChangeKind};
use crate::db::entity::{article_topics, articles};
use crate::error::Result;
use crate::newsroom::Room;

/// Articles of a slice.
const SLICE: u64 = 200;

/// What the articles belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Source(Uuid),
    Topic(Uuid),
    Story(Uuid),
}

/// A way through the articles of something.
#[derive(Debug)]
pub(super) struct Sweep {
    /// The change that made it necessary.
    pub(super) seq: i64,
    of: Of,
    after: Option<Uuid>,
}

impl Sweep {
    /// The sweep that a change makes necessary.
    pub(super) fn after(change: &Change) -> Option<Self> {
        let of = match change.kind {
            ChangeKind::SourceUpdated => Of::Source(change.subject),
            ChangeKind::TopicUpdated => Of::Topic(change.subject),
            ChangeKind::TopicMerged => Of::Topic(change.detail.into.unwrap_or(change.subject)),
            ChangeKind::StoryMerged | ChangeKind::StorySplit => {
                Of::Story(change.detail.into.unwrap_or(change.subject))
            }
            _ => return None,
        };
        Some(Self { seq: change.seq, of, after: None })
    }

    /// The next slice of published articles; an empty one is the end.
    pub(super) async fn next(&mut self, room: &Room) -> Result<Vec<Uuid>> {
        let belongs = match self.of {
            Of::Source(source) => Condition::all().add(articles::Column::SourceId.eq(source)),
            Of::Story(story) => Condition::all().add(articles::Column::StoryId.eq(story)),
            Of::Topic(topic) => {
                let linked = Query::select()
                    .column(article_topics::Column::ArticleId)
                    .from(article_topics::Entity)
                    .and_where(article_topics::Column::TopicId.eq(topic))
                    .take();
                let linked = Expr::col((articles::Entity, articles::Column::Id)).in_subquery(linked);
                Condition::any().add(articles::Column::SectionId.eq(topic)).add(linked)
            }
        };
        let mut find = articles::Entity::find().filter(belongs);
        find = find.filter(articles::Column::Status.eq(ArticleStatus::Published.as_str()));
        if let Some(after) = self.after {
            find = find.filter(articles::Column::Id.gt(after));
        }
        let find = find.select_only().column(articles::Column::Id).order_by_asc(articles::Column::Id);
        let ids: Vec<Uuid> = find.limit(SLICE).into_tuple().all(room.db.primary()).await?;
        self.after = ids.last().copied().or(self.after);
        Ok(ids)
    }
}
