//! The public log: what happened, in commit order, gap-free, each change with what the viewer sees of its subject now.
//!
//! Whoever puts what each change shows in the place of what they have, and drops what is gone, ends with exactly what the
//! viewer may see. That holds because a change shows the present, never the past: whatever is read after the last change of
//! a thing is its last state, and changes may be told twice. So a copy begins with a sequence that is taken before anything
//! is read ([`Changes::snapshot`]), and goes on from there.
//!
//! What a change may touch besides its subject is told with it ([`Now::Comment`]) or follows from it: with an article goes
//! its thread; a source or topic is the same wherever it is embedded. The comments of an article that comes back (restored,
//! or into the filter) are not told again one by one: whoever meets an article that they do not have, and that was not just
//! published, reads its thread.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::sync::Arc;

use crate::article::Article;
use crate::change::{Change, ChangeKind, Significance};
use crate::clock::Timestamp;
use crate::comment::Comment;
use crate::db::entity::changes;
use crate::error::{Error, Result};
use crate::freshness::Key;
use crate::id::{ArticleId, CommentId, PublicId, SourceId, StoryId, TopicId};
use crate::newsroom::Room;
use crate::policy::Viewer;
use crate::query::{Asked, Definition, Queries};
use crate::source::Source;
use crate::story::Told;
use crate::topic::Topic;

mod kinds;
mod told;

pub use kinds::Kinds;

/// Changes in a batch when nobody says how many.
pub const DEFAULT_LIMIT: u32 = 100;
/// The most changes in a batch; more is refused, never silently cut.
pub const MAX_LIMIT: u32 = 1_000;

/// Rows of the log that are looked at for one batch, whatever is followed.
const LOOKED_AT: u64 = 1_000;

/// What a change happened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An article, or its thread.
    Article(ArticleId),
    /// A comment.
    Comment(CommentId),
    /// A source.
    Source(SourceId),
    /// A topic.
    Topic(TopicId),
    /// A story.
    Story(StoryId),
}

/// What the viewer sees of a change's subject now.
#[derive(Clone, Debug)]
pub enum Now {
    /// An article.
    Article(Box<Article>),
    /// A comment, and what it changes around it.
    Comment(Box<Comment>, Thread),
    /// A source.
    Source(Arc<Source>),
    /// A topic.
    Topic(Arc<Topic>),
    /// A topic that became part of this one.
    Merged(Arc<Topic>),
    /// A story; of a merge, the one that it became part of.
    Story(Told),
    /// It is an article that the filter does not let through (any more).
    Left,
    /// It can no longer be seen.
    Gone,
}

/// The counts that a comment's change touches, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Whose thread.
    pub article: ArticleId,
    /// Whether it takes new comments.
    pub open: bool,
    /// Comments that readers can read.
    pub comments: u32,
    /// Direct replies, that readers can read, to the comment that the comment answers; none, if it answers nothing.
    pub replies_of_parent: Option<u32>,
}

/// A change, as one viewer may be told.
#[derive(Clone, Debug)]
pub struct PublicChange {
    /// Its place in the log.
    pub seq: i64,
    /// What happened.
    pub kind: ChangeKind,
    /// When.
    pub at: Timestamp,
    /// To what; of a comment below an article that is gone or left, that article.
    pub subject: Subject,
    /// Of an edit: how much it changes.
    pub significance: Option<Significance>,
    /// Of an edit: the fields that changed, as the contract names them.
    pub fields: Vec<String>,
    /// Why, where everybody is told.
    pub reason: Option<String>,
    /// Of a merge: what it became part of.
    pub into: Option<Subject>,
    /// Every key that it touches, as answers name what they depend on: what depends on none of these did not change.
    pub keys: Vec<Key>,
    /// What is to be seen of it.
    pub now: Now,
}

/// A part of the log, as one viewer may be told.
#[derive(Clone, Debug)]
pub struct Batch {
    /// What is told.
    pub changes: Vec<PublicChange>,
    /// The last sequence that was looked at, told or not: go on from here.
    pub next: i64,
    /// Whether there is more already.
    pub more: bool,
}

/// What somebody follows: kinds, and articles that a filter lets through. A saved query is one more way to such a filter.
pub struct Watch {
    kinds: Kinds,
    asked: Option<Asked>,
}

impl Watch {
    /// Whether a kind is followed: also where it is of something else, and who follows articles has to learn by it which of
    /// them the filter lets through now.
    fn follows(&self, kind: ChangeKind) -> bool {
        self.kinds.has(kind) || (self.depends_on(kind) && self.kinds.has(ChangeKind::ArticleUpdated))
    }

    /// Whether a change of a kind can bring articles into the filter, or take them out.
    fn depends_on(&self, kind: ChangeKind) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.matcher.depends_on(kind))
    }

    fn is_narrowed(&self) -> bool {
        self.asked.is_some()
    }
}

/// The public log, as one viewer may be told.
pub struct Changes<'a> {
    room: &'a Room,
    viewer: &'a Viewer,
}

impl<'a> Changes<'a> {
    pub(crate) fn new(room: &'a Room, viewer: &'a Viewer) -> Self {
        Self { room, viewer }
    }

    /// What to follow, checked. Of a filter, ids and slugs mean what they mean now.
    pub async fn watch(&self, kinds: Kinds, definition: Definition) -> Result<Watch> {
        let everything = definition.is_everything();
        let asked = Queries::new(self.room, self.viewer).asking(definition.each()).await?;
        Ok(Watch { kinds, asked: (!everything).then_some(asked) })
    }

    /// How far this process has followed the log: what comes after is "from now on".
    pub fn head(&self) -> i64 {
        *self.room.log.head().borrow()
    }

    /// The changes after `since`, at most `limit` (1 to [`MAX_LIMIT`]); a constant number of statements. 0 is the beginning
    /// of the log; none is its present end, where nothing is told yet.
    pub async fn read(&self, since: Option<i64>, limit: u32, watch: &Watch) -> Result<Batch> {
        // It shows the present under an address that names a moment of the past.
        crate::freshness::never();
        let Some(since) = since else {
            return Ok(Batch { changes: Vec::new(), next: self.head(), more: false });
        };
        let look = self.room.log.look(since, LOOKED_AT).await?;
        if look.through == since {
            self.check_reached(since).await?;
        }
        let (mut next, mut more) = (look.through, look.full);
        let mut rows = look.changes;
        let most = usize::try_from(limit.clamp(1, MAX_LIMIT)).unwrap_or(usize::MAX);
        rows.retain(|change| watch.follows(change.kind));
        if rows.len() > most {
            rows.truncate(most);
            (next, more) = (rows.last().map_or(next, |change| change.seq), true);
        }
        let changes = self.tell(&rows.iter().collect::<Vec<_>>(), watch).await?;
        Ok(Batch { changes, next, more })
    }

    /// Refuses a sequence that the log has not reached: it is of another server, or from before a backup was put back.
    pub async fn check_reached(&self, since: i64) -> Result<()> {
        if since <= self.head() || since <= newest(self.room.db.primary()).await? {
            return Ok(());
        }
        let message = "is ahead of this server's log: it belongs to another one; begin again with an export";
        Err(Error::invalid("since", "ahead", message))
    }

    /// Of rows of the log, those that the viewer may be told and that are followed, each with what is to be seen of it now;
    /// a constant number of statements.
    pub async fn tell(&self, rows: &[&Change], watch: &Watch) -> Result<Vec<PublicChange>> {
        let head = self.head();
        for change in rows.iter().filter(|change| change.seq > head) {
            // It is known here before the follower has made this process forget what was before.
            self.room.forget(change.kind, change.subject, change.article, &change.detail);
        }
        let followed = rows.iter().copied().filter(|change| watch.follows(change.kind));
        let rows: Vec<_> = followed.filter_map(|change| Some((change, Subject::of(change)?))).collect();
        match &watch.asked {
            // The ids of stories lead elsewhere when these are merged, in the midst of a stream.
            Some(asked) if asked.matcher.names_stories() => {
                let now = self.watch(watch.kinds.clone(), asked.definition.clone()).await?;
                told::tell(self, &rows, &now).await
            }
            _ => told::tell(self, &rows, watch).await,
        }
    }

    /// The sequence from which a copy goes on that is read from now on: whatever is read afterwards, on any connection of
    /// this process, is at least as young.
    pub async fn snapshot(&self) -> Result<i64> {
        // Lists are read from a replica, where there is one: it may lag behind the log that this process follows.
        Ok(newest(self.room.db.reader()).await?.min(self.head()))
    }
}

/// The newest sequence that a database knows of.
async fn newest(on: &impl sea_orm::ConnectionTrait) -> Result<i64> {
    let find = changes::Entity::find().select_only().column(changes::Column::Seq);
    let find = find.filter(changes::Column::Seq.is_not_null()).order_by_desc(changes::Column::Seq);
    let found: Option<Option<i64>> = find.into_tuple().one(on).await?;
    Ok(found.flatten().unwrap_or(0))
}

impl Subject {
    /// What a row of the log is about; none, where nobody is told.
    fn of(change: &Change) -> Option<Self> {
        if !change.kind.is_public() {
            return None;
        }
        let id = change.subject;
        Some(match change.kind.family() {
            "article" | "thread" => Self::Article(ArticleId::from_uuid(id)),
            "comment" => Self::Comment(CommentId::from_uuid(id)),
            "source" => Self::Source(SourceId::from_uuid(id)),
            "topic" => Self::Topic(TopicId::from_uuid(id)),
            "story" => Self::Story(StoryId::from_uuid(id)),
            _ => return None,
        })
    }

    /// Another of the same sort.
    fn sibling(self, id: uuid::Uuid) -> Self {
        match self {
            Self::Article(_) => Self::Article(ArticleId::from_uuid(id)),
            Self::Comment(_) => Self::Comment(CommentId::from_uuid(id)),
            Self::Source(_) => Self::Source(SourceId::from_uuid(id)),
            Self::Topic(_) => Self::Topic(TopicId::from_uuid(id)),
            Self::Story(_) => Self::Story(StoryId::from_uuid(id)),
        }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Article(id) => id.fmt(f),
            Self::Comment(id) => id.fmt(f),
            Self::Source(id) => id.fmt(f),
            Self::Topic(id) => id.fmt(f),
            Self::Story(id) => id.fmt(f),
        }
    }
}
