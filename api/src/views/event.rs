//! What live subscribers are told.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::change::ChangeKind;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ArticleView, CommentView, Timestamp};

/// What happened.
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
    /// A publisher changed what readers see.
    ArticleUpdated,
    /// An editor corrected what readers see, with a public note.
    ArticleCorrected,
    /// An article was taken back.
    ArticleWithdrawn,
    /// An article that had been taken back is there again.
    ArticleRestored,
    /// An article got another slug; the old one leads to it still.
    ArticleMoved,
    /// An article's thread was closed to new comments.
    ThreadClosed,
    /// An article's thread was opened again.
    ThreadOpened,
    /// A source was added.
    SourceAdded,
    /// A source's record was edited.
    SourceUpdated,
    /// A topic got another name, slug or parent, or is no part of another any more; or an editor made it.
    TopicUpdated,
    /// A topic became part of another.
    TopicMerged,
    /// A second article tells the same event: a story exists.
    StoryFormed,
    /// An article joined a story or left it.
    StoryUpdated,
    /// A story became part of another.
    StoryMerged,
    /// An editor took articles out of a story.
    StorySplit,
}

impl ChangeKindView {
    /// The wire form of the kinds that are public; others are nobody's to know.
    pub fn of(kind: ChangeKind) -> Option<Self> {
        Some(match kind {
            ChangeKind::CommentPosted => Self::CommentPosted,
            ChangeKind::CommentEdited => Self::CommentEdited,
            ChangeKind::CommentDeleted => Self::CommentDeleted,
            ChangeKind::CommentHidden => Self::CommentHidden,
            ChangeKind::CommentRestored => Self::CommentRestored,
            ChangeKind::ArticlePublished => Self::ArticlePublished,
            ChangeKind::ArticleUpdated => Self::ArticleUpdated,
            ChangeKind::ArticleCorrected => Self::ArticleCorrected,
            ChangeKind::ArticleWithdrawn => Self::ArticleWithdrawn,
            ChangeKind::ArticleRestored => Self::ArticleRestored,
            ChangeKind::ArticleMoved => Self::ArticleMoved,
            ChangeKind::ThreadClosed => Self::ThreadClosed,
            ChangeKind::ThreadOpened => Self::ThreadOpened,
            ChangeKind::SourceAdded => Self::SourceAdded,
            ChangeKind::SourceUpdated => Self::SourceUpdated,
            ChangeKind::TopicUpdated => Self::TopicUpdated,
            ChangeKind::TopicMerged => Self::TopicMerged,
            ChangeKind::StoryFormed => Self::StoryFormed,
            ChangeKind::StoryUpdated => Self::StoryUpdated,
            ChangeKind::StoryMerged => Self::StoryMerged,
            ChangeKind::StorySplit => Self::StorySplit,
            ChangeKind::ArticleDrafted
            | ChangeKind::ArticleScheduled
            | ChangeKind::QuerySaved
            | ChangeKind::QueryDeleted
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
