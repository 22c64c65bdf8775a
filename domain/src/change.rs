//! The log: what happened, in commit order, for everything that follows.
//!
//! Every state change appends its row in its own transaction. Rows carry ids and reasons, never bodies; followers re-read
//! through a viewer. Nothing here decides who may see a change.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, broadcast, watch};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::db::{Db, Tx, dialect, entity::changes};
use crate::error::Result;

mod arrivals;

pub(crate) use arrivals::{Arrivals, News};

/// The nudge can get lost; this is how long a change may then stay unseen.
const TIMER: Duration = Duration::from_millis(500);
/// Rows read at a time.
const BATCH: u64 = 1_000;
/// Changes that a live subscriber may fall behind before it reads the log itself.
const LIVE_BUFFER: usize = 4_096;

macro_rules! change_kinds {
    ($($(#[$doc:meta])* $name:ident $text:literal),* $(,)?) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ChangeKind { $($(#[$doc])* $name),* }

        impl ChangeKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name as it is stored and published.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

change_kinds! {
    /// A source was added.
    SourceAdded "source.added",
    /// A source's record was edited.
    SourceUpdated "source.updated",
    /// An article became visible.
    ArticlePublished "article.published",
    /// A publisher changed what readers see.
    ArticleUpdated "article.updated",
    /// An editor corrected what readers see, with a public note.
    ArticleCorrected "article.corrected",
    /// An article was taken back.
    ArticleWithdrawn "article.withdrawn",
    /// An article that had been taken back is there again.
    ArticleRestored "article.restored",
    /// An article got another slug; the old one leads to it still.
    ArticleMoved "article.moved",
    /// An editor wrote or changed what no reader sees yet.
    ArticleDrafted "article.drafted",
    /// An article waits for its time.
    ArticleScheduled "article.scheduled",
    /// A topic got another name, slug or parent, or is itself again; or an editor made it.
    TopicUpdated "topic.updated",
    /// A topic became part of another.
    TopicMerged "topic.merged",
    /// A second article tells the same event: a story exists.
    StoryFormed "story.formed",
    /// An article joined a story or left it.
    StoryUpdated "story.updated",
    /// A story became part of another.
    StoryMerged "story.merged",
    /// An editor took articles out of a story.
    StorySplit "story.split",
    /// An article's thread was closed to new comments.
    ThreadClosed "thread.closed",
    /// An article's thread was opened again.
    ThreadOpened "thread.opened",
    /// A comment was posted.
    CommentPosted "comment.posted",
    /// Its author edited a comment.
    CommentEdited "comment.edited",
    /// Its author deleted a comment.
    CommentDeleted "comment.deleted",
    /// A moderator hid a comment.
    CommentHidden "comment.hidden",
    /// A moderator restored a comment.
    CommentRestored "comment.restored",
    /// A filter or search was saved, or saved anew.
    QuerySaved "query.saved",
    /// A saved query was deleted.
    QueryDeleted "query.deleted",
    /// An account was made.
    AccountRegistered "account.registered",
    /// An account got another role or name.
    AccountUpdated "account.updated",
    /// An account was banned.
    AccountBanned "account.banned",
    /// A ban was lifted.
    AccountReadmitted "account.readmitted",
    /// Somebody signed in.
    SessionStarted "session.started",
    /// A sign-in ended: signed out, or a refresh token was used twice.
    SessionEnded "session.ended",
}

impl ChangeKind {
    /// Whether everybody may be told that it happened. What they then see of it is decided for each viewer.
    pub fn is_public(self) -> bool {
        match self {
            Self::SourceAdded
            | Self::SourceUpdated
            | Self::ArticlePublished
            | Self::ArticleUpdated
            | Self::ArticleCorrected
            | Self::ArticleWithdrawn
            | Self::ArticleRestored
            | Self::ArticleMoved
            | Self::TopicUpdated
            | Self::TopicMerged
            | Self::StoryFormed
            | Self::StoryUpdated
            | Self::StoryMerged
            | Self::StorySplit
            | Self::ThreadClosed
            | Self::ThreadOpened
            | Self::CommentPosted
            | Self::CommentEdited
            | Self::CommentDeleted
            | Self::CommentHidden
            | Self::CommentRestored => true,
            Self::ArticleDrafted
            | Self::ArticleScheduled
            | Self::QuerySaved
            | Self::QueryDeleted
            | Self::AccountRegistered
            | Self::AccountUpdated
            | Self::AccountBanned
            | Self::AccountReadmitted
            | Self::SessionStarted
            | Self::SessionEnded => false,
        }
    }

    /// What it happened to, as the first part of the name says: `article` of `article.published`.
    pub fn family(self) -> &'static str {
        self.as_str().split('.').next().unwrap_or_default()
    }

    fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

/// How much an edit changes of what readers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Significance {
    /// Spelling, typography, pictures, topics: nobody needs to read it again.
    Minor,
    /// Other facts or other words.
    Substantive,
}

/// What a change says of itself besides its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// Of an edit: how much it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub significance: Option<Significance>,
    /// Of an edit: the fields that changed, as the contract names them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Of a merge: what it became part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub into: Option<Uuid>,
    /// Of an article that appears, goes or moves: the source, authors and topics whose lists are others now, by their ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<String>,
}

/// One row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Grows by one with each change, in commit order.
    pub seq: i64,
    /// What happened.
    pub kind: ChangeKind,
    /// To what.
    pub subject: Uuid,
    /// The article concerned, where there is one.
    pub article: Option<Uuid>,
    /// Why, in the words of who did it.
    pub reason: Option<String>,
    /// What else there is to say.
    pub detail: Detail,
    /// When.
    pub at: Timestamp,
}

/// A change about to be appended.
pub(crate) struct NewChange {
    pub(crate) kind: ChangeKind,
    pub(crate) subject: Uuid,
    pub(crate) article: Option<Uuid>,
    pub(crate) actor: Option<Uuid>,
    pub(crate) reason: Option<String>,
    pub(crate) detail: Detail,
}

impl NewChange {
    pub(crate) fn of(kind: ChangeKind, subject: Uuid) -> Self {
        Self { kind, subject, article: None, actor: None, reason: None, detail: Detail::default() }
    }

    pub(crate) fn in_article(self, article: Uuid) -> Self {
        Self { article: Some(article), ..self }
    }

    pub(crate) fn by(self, actor: Option<Uuid>) -> Self {
        Self { actor, ..self }
    }

    pub(crate) fn because(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }

    pub(crate) fn with(self, detail: Detail) -> Self {
        Self { detail, ..self }
    }
}

/// Appends to the log, inside the transaction of what happened.
pub(crate) async fn append(tx: &Tx, at: Timestamp, happened: Vec<NewChange>) -> Result<()> {
    let row = |change: NewChange| changes::ActiveModel {
        kind: ActiveValue::Set(change.kind.as_str().to_owned()),
        subject_id: ActiveValue::Set(change.subject),
        article_id: ActiveValue::Set(change.article),
        actor_id: ActiveValue::Set(change.actor),
        reason: ActiveValue::Set(change.reason),
        detail: ActiveValue::Set(stored_detail(&change.detail)),
        at: ActiveValue::Set(at.millis()),
        ..changes::ActiveModel::default()
    };
    if !happened.is_empty() {
        changes::Entity::insert_many(happened.into_iter().map(row)).exec_without_returning(tx.on()).await?;
    }
    Ok(())
}

fn stored_detail(detail: &Detail) -> Option<String> {
    (*detail != Detail::default()).then(|| serde_json::to_string(detail).unwrap_or_default())
}

/// A part of the log that was looked at.
pub(crate) struct Look {
    /// What this version knows of it.
    pub(crate) changes: Vec<Change>,
    /// The sequence of the last row that was looked at.
    pub(crate) through: i64,
    /// Whether there may be more.
    pub(crate) full: bool,
}

/// Follows the log and tells everybody in this process.
pub struct Log {
    db: Db,
    nudge: Notify,
    live: broadcast::Sender<Arc<Change>>,
    head: watch::Sender<i64>,
    newest: arrivals::Newest,
}

impl Log {
    pub(crate) fn new(db: Db) -> Self {
        let (live, _) = broadcast::channel(LIVE_BUFFER);
        let newest = arrivals::Newest::default();
        Self { db, nudge: Notify::new(), live, head: watch::Sender::new(0), newest }
    }

    /// Something was committed here: followers look now instead of at the next tick of the timer.
    pub(crate) fn nudge(&self) {
        self.newest.commit();
        self.nudge.notify_one();
    }

    /// The changes after `since`, oldest first, at most `limit`.
    pub async fn read(&self, since: i64, limit: u64) -> Result<Vec<Change>> {
        Ok(self.look(since, limit).await?.changes)
    }

    /// Looks at the rows after `since`, at most `limit` of them.
    pub(crate) async fn look(&self, since: i64, limit: u64) -> Result<Look> {
        let rows = changes::Entity::find()
            .filter(changes::Column::Seq.gt(since))
            .order_by_asc(changes::Column::Seq)
            .limit(limit)
            .all(self.db.primary())
            .await?;
        let through = rows.last().and_then(|row| row.seq).unwrap_or(since);
        let full = u64::try_from(rows.len()).is_ok_and(|length| length >= limit);
        Ok(Look { changes: rows.into_iter().filter_map(change_of).collect(), through, full })
    }

    /// The sequence of the newest change, 0 if there is none.
    pub async fn last(&self) -> Result<i64> {
        dialect::sequence_changes(self.db.primary()).await?;
        let newest = changes::Entity::find()
            .filter(changes::Column::Seq.is_not_null())
            .order_by_desc(changes::Column::Seq)
            .one(self.db.primary())
            .await?;
        Ok(newest.and_then(|row| row.seq).unwrap_or(0))
    }

    /// Changes from now on, as they are heard of. A receiver that lags must [`read`](Self::read) what it missed.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Change>> {
        self.live.subscribe()
    }

    /// How far this process has followed the log.
    pub fn head(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }

    /// Follows the log from `since` until the future is dropped. `applied` is called for each change before anyone is told.
    pub(crate) async fn follow(&self, since: i64, applied: impl Fn(&Change) + Send + Sync) {
        let mut seen = since;
        self.head.send_replace(seen);
        self.begin_newest().await;
        loop {
            match self.catch_up(&mut seen, &applied).await {
                Ok(()) => {}
                Err(error) => tracing::error!(error = ?error, "the log could not be read; trying again"),
            }
            let _ = tokio::time::timeout(TIMER, self.nudge.notified()).await;
        }
    }

    /// Without it every list asks the log: slower, and as right.
    async fn begin_newest(&self) {
        let newest =
            futures_util::future::try_join(self.ask_newest(News::Arrived), self.ask_newest(News::Changed));
        match newest.await {
            Ok((arrived, changed)) => self.newest.begin(arrived, changed),
            Err(error) => tracing::error!(error = ?error, "the newest news could not be read"),
        }
    }

    async fn catch_up(&self, seen: &mut i64, applied: &(impl Fn(&Change) + Send + Sync)) -> Result<()> {
        let committed = self.newest.committed();
        if dialect::sequence_changes(self.db.primary()).await? {
            dialect::notify_nodes(self.db.primary()).await?;
        }
        loop {
            let look = self.look(*seen, BATCH).await?;
            for change in look.changes {
                applied(&change);
                self.newest.hear(&change);
                // Before anybody is told: whoever is told of a change finds that it has been applied.
                self.head.send_replace(change.seq);
                let _ = self.live.send(Arc::new(change)); // nobody listening is fine
            }
            *seen = look.through;
            self.head.send_replace(*seen);
            if !look.full {
                self.newest.followed(committed);
                return Ok(());
            }
        }
    }

    /// Passes other nodes' nudges on until the future is dropped.
    pub(crate) async fn hear_other_nodes(&self) {
        loop {
            if let Err(error) = dialect::listen(self.db.primary(), || self.nudge.notify_one()).await {
                tracing::warn!(error = ?error, "nudges from other nodes were lost; the timer stands in");
            }
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    }
}

fn change_of(row: changes::Model) -> Option<Change> {
    let changes::Model { id: _, seq, kind, subject_id, article_id, actor_id: _, reason, at, detail } = row;
    let Some(kind) = ChangeKind::from_stored(&kind) else {
        tracing::warn!(kind, "the log holds a kind of change that this version does not know");
        return None;
    };
    let at = Timestamp::from_millis(at);
    // A later version may say more: what this one does not know is left out.
    let detail = detail.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Some(Change { seq: seq?, kind, subject: subject_id, article: article_id, reason, detail, at })
}
