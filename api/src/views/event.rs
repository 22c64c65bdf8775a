//! What live subscribers are told.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::change::ChangeKind;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ArticleView, CommentView, Timestamp};

/// What happened to a comment or article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, async_graphql::Enum)]
#[serde(rename_all = "snake_case")]
#[graphql(name = "ChangeKind")]
#[schema(as = ChangeKind)]
pub enum ChangeKindView {
    /// A comment was posted.
    CommentPosted,
    /// Its author edited a comment.
    CommentEdited,
    /// Its author deleted a comment.
    CommentDeleted,
    /// A moderator hid a comment.
    CommentHidden,
    /// A moderator restored a comment.
    CommentRestored,
    /// An article became visible.
    ArticlePublished,
}

impl ChangeKindView {
    /// The wire form of the kinds that subscribers are told of; others are not for them.
    pub fn of(kind: ChangeKind) -> Option<Self> {
        Some(match kind {
            ChangeKind::CommentPosted => Self::CommentPosted,
            ChangeKind::CommentEdited => Self::CommentEdited,
            ChangeKind::CommentDeleted => Self::CommentDeleted,
            ChangeKind::CommentHidden => Self::CommentHidden,
            ChangeKind::CommentRestored => Self::CommentRestored,
            ChangeKind::ArticlePublished => Self::ArticlePublished,
            ChangeKind::SourceAdded
            | ChangeKind::SourceUpdated
            | ChangeKind::ArticleUpdated
            | ChangeKind::ArticleCorrected
            | ChangeKind::ArticleWithdrawn
            | ChangeKind::ArticleRestored
            | ChangeKind::ArticleMoved
            | ChangeKind::ArticleDrafted
            | ChangeKind::ArticleScheduled
            | ChangeKind::TopicUpdated
            | ChangeKind::TopicMerged
            | ChangeKind::StoryFormed
            | ChangeKind::StoryUpdated
            | ChangeKind::StoryMerged
            | ChangeKind::StorySplit
            | ChangeKind::QuerySaved
            | ChangeKind::QueryDeleted
            | ChangeKind::ThreadClosed
            | ChangeKind::ThreadOpened
            | ChangeKind::AccountRegistered
            | ChangeKind::AccountUpdated
            | ChangeKind::AccountBanned
            | ChangeKind::AccountReadmitted
            | ChangeKind::SessionStarted
            | ChangeKind::SessionEnded => return None,
        })
    }
}

/// Something happened to a comment.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "CommentEvent")]
#[schema(as = CommentEvent)]
pub struct CommentEventView {
    /// Grows with each change of anything; send the last one as `Last-Event-ID` (or `since`) to miss nothing.
    #[schema(value_type = String, example = "1042")]
    pub sequence: ID,
    /// What happened.
    pub kind: ChangeKindView,
    /// When.
    pub at: Timestamp,
    /// The comment as it is now, as you may see it.
    pub comment: CommentView,
}

/// An article appeared.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ArticleEvent")]
#[schema(as = ArticleEvent)]
pub struct ArticleEventView {
    /// Grows with each change of anything; send the last one as `Last-Event-ID` (or `since`) to miss nothing.
    #[schema(value_type = String, example = "1042")]
    pub sequence: ID,
    /// What happened.
    pub kind: ChangeKindView,
    /// When.
    pub at: Timestamp,
    /// The article as it is now.
    pub article: ArticleView,
}
