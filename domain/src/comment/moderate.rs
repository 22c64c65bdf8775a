//! What moderators do: hide with a reason, restore; and what was said before an edit.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::write::{count_in, locked};
use super::{Comment, CommentBody, CommentStatus, Comments};
use crate::change::{ChangeKind, NewChange};
use crate::clock::Timestamp;
use crate::db::count;
use crate::db::entity::{comment_revisions, comments};
use crate::error::{Error, Result};
use crate::id::{AccountId, CommentId, PublicId};
use crate::page::{Binding, Page, PageRequest, page_of_slice};
use crate::policy::Action;

const REASON_CHARS: usize = 500;

/// What a comment said before an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentRevision {
    /// 1 for the first.
    pub revision: u32,
    /// What it said.
    pub body: CommentBody,
    /// When it was replaced.
    pub superseded_at: Timestamp,
}

impl Comments<'_> {
    /// Hides a comment from readers; a tombstone keeps its place, and its author learns the reason.
    pub async fn hide(&self, id: CommentId, reason: &str) -> Result<Comment> {
        self.viewer.require(Action::Moderate)?;
        let reason = crate::text::html::to_line(reason);
        if reason.is_empty() || reason.chars().count() > REASON_CHARS {
            let message = format!("must have 1 to {REASON_CHARS} characters: the author is told why");
            return Err(Error::invalid("reason", "length", message));
        }
        self.decide(id, CommentStatus::Hidden, Some(reason)).await
    }

    /// Lets readers read a hidden comment again.
    pub async fn restore(&self, id: CommentId) -> Result<Comment> {
        self.viewer.require(Action::Moderate)?;
        self.decide(id, CommentStatus::Published, None).await
    }

    async fn decide(&self, id: CommentId, to: CommentStatus, reason: Option<String>) -> Result<Comment> {
        self.get(id).await?;
        let tx = self.room.db.begin().await?;
        let row = locked(&tx, id).await?;
        match CommentStatus::from_stored(&row.status) {
            CommentStatus::Deleted => {
                let message = "Its author deleted this comment: there is nothing left to decide.".to_owned();
                return Err(Error::Conflict { code: "comment_deleted", message });
            }
            from if from == to => {
                drop(tx);
                return self.written(id).await;
            }
            _ => {}
        }
        let moderator = self.viewer.account().map(AccountId::uuid);
        let update = comments::ActiveModel {
            id: Set(row.id),
            status: Set(to.as_str().to_owned()),
            reason: Set(reason.clone()),
            moderator_id: Set(moderator),
            ..comments::ActiveModel::default()
        };
        comments::Entity::update(update).exec(tx.on()).await?;
        let (kind, by) = match to {
            CommentStatus::Published => (ChangeKind::CommentRestored, 1),
            CommentStatus::Hidden | CommentStatus::Deleted => (ChangeKind::CommentHidden, -1),
        };
        count_in(&tx, row.article_id, row.parent_id, by).await?;
        let change = NewChange::of(kind, row.id).in_article(row.article_id).by(moderator).because(reason);
        self.room.commit(tx, self.room.now(), vec![change]).await?;
        self.written(id).await
    }

    /// What a comment said before its edits, newest first; for its author and for moderators.
    pub async fn revisions(&self, id: CommentId, page: &PageRequest) -> Result<Page<CommentRevision>> {
        self.viewer.require_account()?;
        let found = comments::Entity::find_by_id(id.uuid()).one(self.room.db.primary()).await?;
        self.get(id).await?;
        let own = found.is_some_and(|row| self.viewer.account().map(AccountId::uuid) == Some(row.account_id));
        if !own {
            self.viewer.require(Action::Moderate)?;
        }
        let find =
            comment_revisions::Entity::find().filter(comment_revisions::Column::CommentId.eq(id.uuid()));
        let rows = find.order_by_desc(comment_revisions::Column::Revision).all(self.room.db.reader()).await?;
        let revisions: Vec<CommentRevision> = rows.into_iter().map(Into::into).collect();
        page_of_slice(&revisions, Binding::of(&["comment_revisions", &id.to_string()]), page)
    }
}

impl From<comment_revisions::Model> for CommentRevision {
    fn from(row: comment_revisions::Model) -> Self {
        let comment_revisions::Model { comment_id: _, revision, source, html, superseded_at } = row;
        Self {
            revision: count(revision),
            body: CommentBody { markdown: source, html },
            superseded_at: Timestamp::from_millis(superseded_at),
        }
    }
}
