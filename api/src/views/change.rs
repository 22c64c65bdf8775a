//! The public log, and exports that it goes on from.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::change::Significance;
use broadsheet_domain::changes::{Batch, Now, PublicChange, Thread};
use broadsheet_domain::freshness::Key;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ArticleView, AuthorView, ChangeKindView, CommentView, SourceView, StoryView, Timestamp, TopicView,
    wire_enum,
};

wire_enum! {
    /// How much an edit changes of what readers are told.
    SignificanceView as Significance "Significance" from Significance {
        /// Spelling, typography, pictures, topics: nobody needs to read it again.
        Minor,
        /// Other facts or other words.
        Substantive,
    }
}

/// Something happened. Put what it shows in the place of what you have, and drop what is `gone` or `left`: then you end with
/// exactly what the server has. What is shown is as it is now, and may be younger than the change.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Change")]
#[schema(as = Change)]
pub struct ChangeView {
    /// Its place in the order of changes. Some are not for everybody: expect gaps between those that you are told.
    #[schema(value_type = String, example = "1042")]
    pub sequence: ID,
    /// What happened.
    pub kind: ChangeKindView,
    /// When.
    pub at: Timestamp,
    /// To what: an article (also where its thread was closed or opened), comment, source, topic or story. Of a comment below
    /// an article that is `gone` or `left`, it is that article; so of a story that an article joined or left, where you filter by
    /// stories.
    #[schema(value_type = String, example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub subject_id: ID,
    /// Of an edit: how much it changes.
    #[schema(required = true)]
    pub significance: Option<SignificanceView>,
    /// Of an edit: the fields that changed, such as `headline`, `body`, `media`.
    pub fields: Vec<String>,
    /// Why an article was withdrawn or corrected, as everybody is told.
    #[schema(required = true)]
    pub reason: Option<String>,
    /// Of a merge: what it became part of. Put that in its place wherever you have it.
    #[schema(required = true, value_type = Option<String>)]
    pub merged_into_id: Option<ID>,
    /// What caches outside purge: every anonymous answer that this change changes has one of these words in its
    /// `Surrogate-Key`, and each answer that has none of them is the same as before. Ids, and names of lists such as `articles`,
    /// `articles:src_…`, `comments:art_…`.
    #[schema(example = json!(["art_01k3v0sxm8e1zr4k5q5w0v6b7c", "edits"]))]
    pub surrogate_keys: Vec<String>,
    /// You can no longer see it: drop it; with an article, all its comments.
    pub gone: bool,
    /// An article that the filter does not let through: drop it, if you have it, with all its comments.
    pub left: bool,
    /// The article, with its counts. One that you do not have and that was not just published (`article_published`) may have
    /// comments: read its thread, if you keep threads. If that finds nothing (404), drop the article: you will be told when it
    /// is back.
    #[schema(required = true)]
    pub article: Option<ArticleView>,
    /// The comment, or the tombstone of one.
    #[schema(required = true)]
    pub comment: Option<CommentView>,
    /// With a comment: the counts around it.
    #[schema(required = true)]
    pub thread: Option<ThreadStateView>,
    /// The source. It is the same in all its articles.
    #[schema(required = true)]
    pub source: Option<SourceView>,
    /// The topic; of a merge, the one that it became part of. It is the same in all articles.
    #[schema(required = true)]
    pub topic: Option<TopicView>,
    /// The story; of a merge, the one that it became part of.
    #[schema(required = true)]
    pub story: Option<StoryView>,
}

/// The counts around a comment, now.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ThreadState")]
#[schema(as = ThreadState)]
pub struct ThreadStateView {
    /// The article.
    #[schema(value_type = String, example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub article_id: ID,
    /// The article's `comments_open`.
    pub comments_open: bool,
    /// The article's `comment_count`.
    pub comment_count: u32,
    /// The `reply_count` of the comment that the comment answers.
    #[schema(required = true)]
    pub parent_reply_count: Option<u32>,
}

impl From<Thread> for ThreadStateView {
    fn from(thread: Thread) -> Self {
        let Thread { article, open, comments, replies_of_parent } = thread;
        Self {
            article_id: ID(article.to_string()),
            comments_open: open,
            comment_count: comments,
            parent_reply_count: replies_of_parent,
        }
    }
}

impl ChangeView {
    /// A change as it is told; none, where its kind is nobody's to know.
    pub fn of(change: PublicChange) -> Option<Self> {
        let PublicChange { seq, kind, at, subject, significance, fields, reason, into, keys, now } = change;
        let mut view = Self {
            sequence: ID(seq.to_string()),
            kind: ChangeKindView::of(kind)?,
            at: at.into(),
            subject_id: ID(subject.to_string()),
            significance: significance.map(Into::into),
            fields,
            reason,
            merged_into_id: into.map(|into| ID(into.to_string())),
            surrogate_keys: purged(&keys),
            gone: matches!(now, Now::Gone | Now::Merged(_)),
            left: matches!(now, Now::Left),
            article: None,
            comment: None,
            thread: None,
            source: None,
            topic: None,
            story: None,
        };
        match now {
            Now::Article(article) => view.article = Some((*article).into()),
            Now::Comment(comment, thread) => {
                view.comment = Some((*comment).into());
                view.thread = Some(thread.into());
            }
            Now::Source(source) => view.source = Some(source.as_ref().into()),
            Now::Topic(topic) | Now::Merged(topic) => view.topic = Some(topic.as_ref().into()),
            Now::Story(told) => view.story = Some(told.into()),
            Now::Left | Now::Gone => {}
        }
        Some(view)
    }
}

/// Keys as words, each with that of its class, under which answers stand that show too much to name each thing.
fn purged(keys: &[Key]) -> Vec<String> {
    let mut words: Vec<String> =
        keys.iter().flat_map(|key| [Some(*key), key.class()]).flatten().map(|key| key.to_string()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Changes in the order in which they were made.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ChangeBatch")]
#[schema(as = ChangeBatch)]
pub struct ChangeBatchView {
    /// What happened; nothing, where what happened is not for you or not followed.
    pub changes: Vec<ChangeView>,
    /// Send it as `since` to go on. It may be further than the last change that is told.
    #[schema(value_type = String, example = "1142")]
    pub next: ID,
    /// Whether there is more already; if not, ask again when you like.
    pub more: bool,
}

impl ChangeBatchView {
    /// A batch with its changes as they are told.
    pub fn of(changes: Vec<ChangeView>, next: i64, more: bool) -> Self {
        Self { changes, next: ID(next.to_string()), more }
    }
}

impl From<Batch> for ChangeBatchView {
    fn from(batch: Batch) -> Self {
        let Batch { changes, next, more } = batch;
        Self::of(changes.into_iter().filter_map(ChangeView::of).collect(), next, more)
    }
}

/// A line of an export: the member that `type` names is there, and no other.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = ExportLine)]
pub enum ExportLineView {
    /// The first line.
    Snapshot {
        /// Go on from here: `/v1/changes?since=`. It was taken before anything was read, so that nothing is missed; some
        /// changes after it may be told though the export has them already.
        #[schema(example = "1042")]
        sequence: String,
        /// When the export began.
        at: Timestamp,
    },
    /// A publisher. Only in a whole export: articles show their own.
    Source {
        /// The source.
        source: SourceView,
    },
    /// A section, subject, person, organisation or place. Only in a whole export.
    Topic {
        /// The topic.
        topic: TopicView,
    },
    /// Somebody named in bylines. Only in a whole export.
    Author {
        /// The author.
        author: AuthorView,
    },
    /// An article.
    Article {
        /// The article, with its body, topics and media.
        article: Box<ArticleView>,
    },
    /// A comment. With `comments=true`, after its article.
    Comment {
        /// The comment, or the tombstone of one.
        comment: CommentView,
    },
    /// The last line. Without it the export broke off: begin again.
    End {
        /// Lines with a source.
        sources: u64,
        /// Lines with a topic.
        topics: u64,
        /// Lines with an author.
        authors: u64,
        /// Lines with an article.
        articles: u64,
        /// Lines with a comment.
        comments: u64,
    },
}
