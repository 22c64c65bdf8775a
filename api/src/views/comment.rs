//! Comments.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::comment::{Comment, CommentBody, CommentRevision, CommentStatus};
use broadsheet_domain::id::PublicId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{CommentList, ProfileView, Timestamp, wire_enum};

wire_enum! {
    /// Whether readers can read a comment.
    CommentStatusView as CommentStatus "CommentStatus" from CommentStatus {
        /// They can.
        Published,
        /// A moderator hid it; a tombstone stands in its place.
        Hidden,
        /// Its author deleted it; a tombstone stands in its place.
        Deleted,
    }
}

/// A comment, or the tombstone of one.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Comment", complex)]
#[schema(as = Comment)]
pub struct CommentView {
    /// `com_…`
    #[schema(value_type = String, example = "com_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// Under which article.
    #[schema(value_type = String, example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub article_id: ID,
    /// What it answers.
    #[schema(required = true, value_type = Option<String>)]
    pub parent_id: Option<ID>,
    /// The first comment of its branch; itself, if it answers nothing.
    #[schema(value_type = String, example = "com_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub root_id: ID,
    /// Counts from 1 in its thread, in the order of posting.
    pub number: u32,
    /// 0 for a comment that answers nothing.
    pub depth: u32,
    /// Who wrote it; nobody, once its author deleted it.
    #[schema(required = true)]
    pub author: Option<ProfileView>,
    /// What it says; nothing, where only a tombstone is to be seen.
    #[schema(required = true)]
    pub body: Option<CommentBodyView>,
    /// Whether readers can read it.
    pub status: CommentStatusView,
    /// Why it was hidden; for its author and for moderators.
    #[schema(required = true)]
    pub reason: Option<String>,
    /// 1, and one more with each edit.
    pub revision: u32,
    /// Direct replies that readers can read.
    pub reply_count: u32,
    /// When it was posted.
    pub created_at: Timestamp,
    /// When it was last edited.
    #[schema(required = true)]
    pub edited_at: Option<Timestamp>,
    /// Until when you may edit it; never, for all but its author.
    #[schema(required = true)]
    pub editable_until: Option<Timestamp>,
    /// The first page of its direct replies, where the request's `depth` reaches them.
    #[graphql(skip)]
    #[schema(value_type = CommentList, required = false, no_recursion)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies: Option<Box<CommentList>>,
    #[serde(skip)]
    #[graphql(skip)]
    #[schema(ignore)]
    pub(crate) key: Uuid,
    #[serde(skip)]
    #[graphql(skip)]
    #[schema(ignore)]
    pub(crate) article_key: Uuid,
}

/// What a comment says.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "CommentBody")]
#[schema(as = CommentBody)]
pub struct CommentBodyView {
    /// The author's own Markdown.
    #[schema(example = "I was *there*.")]
    pub markdown: String,
    /// Safe HTML made from it.
    #[schema(example = "<p>I was <em>there</em>.</p>")]
    pub html: String,
}

impl From<CommentBody> for CommentBodyView {
    fn from(body: CommentBody) -> Self {
        let CommentBody { markdown, html } = body;
        Self { markdown, html }
    }
}

impl From<Comment> for CommentView {
    fn from(comment: Comment) -> Self {
        let Comment {
            id,
            article,
            parent,
            root,
            number,
            depth,
            author,
            body,
            status,
            reason,
            revision,
            reply_count,
            created_at,
            edited_at,
            editable_until,
        } = comment;
        Self {
            id: ID(id.to_string()),
            article_id: ID(article.to_string()),
            parent_id: parent.map(|id| ID(id.to_string())),
            root_id: ID(root.to_string()),
            number,
            depth,
            author: author.as_deref().map(Into::into),
            body: body.map(Into::into),
            status: status.into(),
            reason,
            revision,
            reply_count,
            created_at: created_at.into(),
            edited_at: edited_at.map(Into::into),
            editable_until: editable_until.map(Into::into),
            replies: None,
            key: id.uuid(),
            article_key: article.uuid(),
        }
    }
}

/// What a comment said before an edit.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "CommentRevision")]
#[schema(as = CommentRevision)]
pub struct CommentRevisionView {
    /// 1 for the first.
    pub revision: u32,
    /// What it said.
    pub body: CommentBodyView,
    /// When it was replaced.
    pub superseded_at: Timestamp,
}

impl From<&CommentRevision> for CommentRevisionView {
    fn from(revision: &CommentRevision) -> Self {
        let CommentRevision { revision, body, superseded_at } = revision.clone();
        Self { revision, body: body.into(), superseded_at: superseded_at.into() }
    }
}
