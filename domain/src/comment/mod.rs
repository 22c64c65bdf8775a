//! Comments: threads of any depth, read as (a page of roots) × (a page of replies per node).

use std::sync::Arc;

use uuid::Uuid;

use crate::account::Profile;
use crate::clock::Timestamp;
use crate::db::count;
use crate::db::entity::comments;
use crate::id::{AccountId, ArticleId, CommentId, PublicId};
use crate::newsroom::Room;
use crate::policy::{Action, Viewer};

pub(crate) mod limit;
mod moderate;
mod path;
mod stretch;
mod tree;
mod write;

pub use moderate::CommentRevision;
pub use stretch::Stretch;
pub use write::NewComment;

/// Whether readers can read a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommentStatus {
    /// They can.
    Published,
    /// A moderator hid it; a tombstone stands in its place.
    Hidden,
    /// Its author deleted it; a tombstone stands in its place.
    Deleted,
}

impl CommentStatus {
    const ALL: [Self; 3] = [Self::Published, Self::Hidden, Self::Deleted];

    /// The name as it is stored and published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Hidden => "hidden",
            Self::Deleted => "deleted",
        }
    }

    /// A stored name; an unknown one is the most private.
    fn from_stored(text: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.as_str() == text).unwrap_or(Self::Hidden)
    }
}

/// A comment, as one viewer may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// Under which article.
    pub article: ArticleId,
    /// What it answers.
    pub parent: Option<CommentId>,
    /// The first comment of its branch; itself, if it answers nothing.
    pub root: CommentId,
    /// Counts from 1 in its thread, in the order of posting.
    pub number: u32,
    /// 0 for a comment that answers nothing.
    pub depth: u32,
    /// Who wrote it; nobody, once its author deleted it.
    pub author: Option<Arc<Profile>>,
    /// What it says; nothing, where only a tombstone is to be seen.
    pub body: Option<CommentBody>,
    /// Whether readers can read it.
    pub status: CommentStatus,
    /// Why it was hidden; for its author and for moderators.
    pub reason: Option<String>,
    /// 1, and one more with each edit.
    pub revision: u32,
    /// Direct replies that readers can read.
    pub reply_count: u32,
    /// When it was posted.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// Until when this viewer may edit it; never, for all but its author.
    pub editable_until: Option<Timestamp>,
}

/// What a comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentBody {
    /// The author's own Markdown.
    pub markdown: String,
    /// Safe HTML made from it.
    pub html: String,
}

/// The order of a list of comments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CommentSort {
    /// Latest first.
    #[default]
    Newest,
    /// First first.
    Oldest,
    /// Most direct replies first. Replies that arrive while somebody pages may move a comment across the page's edge.
    MostReplied,
}

impl CommentSort {
    /// The name as it is published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::MostReplied => "most_replied",
        }
    }
}

/// Comments, as one viewer may see them.
pub struct Comments<'a> {
    pub(crate) room: &'a Room,
    pub(crate) viewer: &'a Viewer,
}

impl<'a> Comments<'a> {
    pub(crate) fn new(room: &'a Room, viewer: &'a Viewer) -> Self {
        Self { room, viewer }
    }

    /// Row form of "may read what it says": published, or one's own that was hidden, or a moderator's eye.
    fn reads(&self, row: &comments::Model) -> bool {
        let own = self.viewer.account().map(AccountId::uuid) == Some(row.account_id);
        match CommentStatus::from_stored(&row.status) {
            CommentStatus::Published => true,
            CommentStatus::Hidden => own || self.viewer.may(Action::Moderate),
            CommentStatus::Deleted => false,
        }
    }

    fn shown(&self, row: comments::Model, author: Option<Arc<Profile>>) -> Comment {
        let reads = self.reads(&row);
        let own = self.viewer.account().map(AccountId::uuid) == Some(row.account_id);
        let editable_until = self.editable_until(&row).filter(|_| own);
        let comments::Model {
            id,
            article_id,
            parent_id,
            root_id,
            number,
            depth,
            path: _,
            account_id: _,
            source,
            html,
            status,
            reason,
            moderator_id: _,
            revision,
            reply_count,
            created_at,
            edited_at,
            deleted_at: _,
        } = row;
        let status = CommentStatus::from_stored(&status);
        Comment {
            id: CommentId::from_uuid(id),
            article: ArticleId::from_uuid(article_id),
            parent: parent_id.map(CommentId::from_uuid),
            root: CommentId::from_uuid(root_id),
            number: count(number),
            depth: count(depth),
            author: author.filter(|_| status != CommentStatus::Deleted),
            body: reads.then_some(CommentBody { markdown: source, html }),
            status,
            reason: reason.filter(|_| reads),
            revision: count(revision),
            reply_count: count(reply_count),
            created_at: Timestamp::from_millis(created_at),
            edited_at: edited_at.map(Timestamp::from_millis),
            editable_until,
        }
    }

    /// The end of a published comment's edit window.
    fn editable_until(&self, row: &comments::Model) -> Option<Timestamp> {
        let window = i64::try_from(self.room.settings.comment_edit_window.as_millis()).unwrap_or(i64::MAX);
        let published = CommentStatus::from_stored(&row.status) == CommentStatus::Published;
        published.then(|| Timestamp::from_millis(row.created_at).plus_millis(window))
    }
}

/// A database key of what a list of comments hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Branch {
    /// The comments of an article that answer nothing.
    Roots(Uuid),
    /// The direct replies to a comment.
    Replies(Uuid),
}
