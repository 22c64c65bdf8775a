//! The only way in: `newsroom.articles(&viewer).list(…)`.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use uuid::Uuid;

use crate::account::password::Passwords;
use crate::account::{Accounts, Profile};
use crate::article::Articles;
use crate::article::record::{ArticleRecord, Body};
use crate::author::{Author, Authors};
use crate::change::{Change, ChangeKind, Detail, Log, NewChange};
use crate::changes::Changes;
use crate::clock::{Clock, Timestamp};
use crate::comment::Comments;
use crate::comment::limit::PostingLimits;
use crate::db::{DatabaseSettings, Db, Tx};
use crate::error::Result;
use crate::freshness::{Marks, Moment, Shown};
use crate::id::IdSource;
use crate::memory::Memory;
use crate::policy::Viewer;
use crate::query::Queries;
use crate::reads::{ReadCounter, Reads, ReadsCounted};
use crate::search::{Building, Node, Rebuilt, Search};
use crate::source::schedule::Bounds;
use crate::source::{Source, Sources};
use crate::story::{Follower, Stories, Story};
use crate::topic::{Topic, Topics};
use crate::trending::{Rankings, Trending};

/// What the operator can decide about the newsroom's rules.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The longest comment, in characters.
    pub comment_max_chars: usize,
    /// How long an author may edit a comment after posting it.
    pub comment_edit_window: Duration,
    /// Comments that one account may post in a minute.
    pub comments_per_minute: u32,
    /// Comments that may come from one address (IPv6: one /64) in a minute.
    pub comments_per_minute_per_address: u32,
    /// How long a sign-in lasts without being refreshed.
    pub session_lifetime: Duration,
    /// Passwords hashed at the same time; each takes 19 MiB and about 20 ms.
    pub password_threads: usize,
    /// Assembled articles kept in memory.
    pub articles_in_memory: usize,
    /// How long a search may take.
    pub search_time_limit: Duration,
    /// What is counted as a read of an article.
    pub reads_counted: ReadsCounted,
    /// Reads of one article that count in an hour from one address (IPv6: one /64); any number with 0.
    pub reads_per_address: u32,
    /// How often feeds are fetched.
    pub fetching: Bounds,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            comment_max_chars: 5_000,
            comment_edit_window: Duration::from_secs(15 * 60),
            comments_per_minute: 10,
            comments_per_minute_per_address: 60,
            session_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
            password_threads: 2,
            articles_in_memory: 50_000,
            search_time_limit: Duration::from_secs(2),
            reads_counted: ReadsCounted::default(),
            reads_per_address: 5,
            fetching: Bounds::default(),
        }
    }
}

/// Everything that the domain's parts share.
pub(crate) struct Room {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: IdSource,
    pub(crate) settings: Settings,
    pub(crate) log: Log,
    pub(crate) passwords: Passwords,
    pub(crate) posting: PostingLimits,
    pub(crate) articles: Memory<ArticleRecord>,
    pub(crate) bodies: Memory<Body>,
    pub(crate) sources: Memory<Source>,
    pub(crate) authors: Memory<Author>,
    pub(crate) topics: Memory<Topic>,
    pub(crate) stories: Memory<Story>,
    pub(crate) profiles: Memory<Profile>,
    /// The search index, while this process follows the log for it.
    pub(crate) search: OnceLock<Arc<Node>>,
    pub(crate) reads: ReadCounter,
    pub(crate) rankings: Rankings,
    marks: Marks,
}

impl Room {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Appends what happened, commits, and lets this process see it at once.
    pub(crate) async fn commit(&self, tx: Tx, at: Timestamp, mut happened: Vec<NewChange>) -> Result<()> {
        crate::article::lists::name_lists(&tx, &mut happened).await?;
        let touched: Vec<_> = happened
            .iter()
            .map(|change| (change.kind, change.subject, change.article, change.detail.clone()))
            .collect();
        crate::change::append(&tx, at, happened).await?;
        tx.commit().await?;
        for (kind, subject, article, detail) in touched {
            self.forget(kind, subject, article, &detail);
        }
        self.log.nudge();
        Ok(())
    }

    fn forget_everything(&self) {
        self.articles.clear();
        self.bodies.clear();
        self.sources.clear();
        self.authors.clear();
        self.topics.clear();
        self.stories.clear();
        self.profiles.clear();
        self.marks.mark_everything(self.now());
    }

    /// Forgets what is in memory under a changed id. Ids are unique across kinds (but for a story and the article that founded
    /// it, which change together), so asking each store is right.
    pub(crate) fn forget(&self, kind: ChangeKind, subject: Uuid, article: Option<Uuid>, detail: &Detail) {
        for id in [Some(subject), article].into_iter().flatten() {
            self.articles.forget(&id);
            self.bodies.forget(&id);
            self.sources.forget(&id);
            self.stories.forget(&id);
            self.topics.forget(&id);
            self.profiles.forget(&id);
        }
        // Last: an answer that is made after this mark cannot be made of what was just forgotten.
        self.marks.mark(kind, subject, article, detail, self.now());
    }
}

/// The domain, opened.
#[derive(Clone)]
pub struct Newsroom(Arc<Room>);

impl Newsroom {
    /// Opens the database (and migrates it).
    pub async fn open(
        database: &DatabaseSettings,
        settings: Settings,
        clock: Arc<dyn Clock>,
        ids: IdSource,
    ) -> Result<Self> {
        let db = Db::open(database).await?;
        Ok(Self(Arc::new(Room {
            log: Log::new(db.clone()),
            passwords: Passwords::new(settings.password_threads),
            posting: PostingLimits::new(&settings, Arc::clone(&clock)),
            articles: Memory::with_capacity(settings.articles_in_memory),
            bodies: Memory::with_capacity(settings.articles_in_memory / 10 + 100),
            sources: Memory::with_capacity(20_000),
            authors: Memory::with_capacity(50_000),
            topics: Memory::with_capacity(20_000),
            stories: Memory::with_capacity(20_000),
            profiles: Memory::with_capacity(50_000),
            search: OnceLock::new(),
            reads: ReadCounter::new(&settings),
            rankings: Rankings::default(),
            marks: Marks::new(),
            db,
            clock,
            ids,
            settings,
        })))
    }

    /// Articles, as this viewer may see them.
    pub fn articles<'a>(&'a self, viewer: &'a Viewer) -> Articles<'a> {
        Articles::new(&self.0, viewer)
    }

    /// Sources and their feeds.
    pub fn sources<'a>(&'a self, viewer: &'a Viewer) -> Sources<'a> {
        Sources::new(&self.0, viewer)
    }

    /// Authors.
    pub fn authors<'a>(&'a self, viewer: &'a Viewer) -> Authors<'a> {
        Authors::new(&self.0, viewer)
    }

    /// Sections, topics, people, organisations, places.
    pub fn topics<'a>(&'a self, viewer: &'a Viewer) -> Topics<'a> {
        Topics::new(&self.0, viewer)
    }

    /// Stories.
    pub fn stories<'a>(&'a self, viewer: &'a Viewer) -> Stories<'a> {
        Stories::new(&self.0, viewer)
    }

    /// Comments, as this viewer may see them.
    pub fn comments<'a>(&'a self, viewer: &'a Viewer) -> Comments<'a> {
        Comments::new(&self.0, viewer)
    }

    /// Reads of articles, as they are counted.
    pub fn reads<'a>(&'a self, viewer: &'a Viewer) -> Reads<'a> {
        Reads::new(&self.0, viewer)
    }

    /// What trends, as this viewer may see it.
    pub fn trending<'a>(&'a self, viewer: &'a Viewer) -> Trending<'a> {
        Trending::new(&self.0, viewer)
    }

    /// Saved queries.
    pub fn queries<'a>(&'a self, viewer: &'a Viewer) -> Queries<'a> {
        Queries::new(&self.0, viewer)
    }

    /// The public log, as this viewer may be told.
    pub fn changes<'a>(&'a self, viewer: &'a Viewer) -> Changes<'a> {
        Changes::new(&self.0, viewer)
    }

    /// Search, as this viewer may find.
    pub fn search<'a>(&'a self, viewer: &'a Viewer) -> Search<'a> {
        Search::new(&self.0, viewer)
    }

    /// Accounts and sign-ins.
    pub fn accounts<'a>(&'a self, viewer: &'a Viewer) -> Accounts<'a> {
        Accounts::new(&self.0, viewer)
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.0.log
    }

    /// Where this process stands in the order of changes; take it before reading what is to be kept.
    pub fn moment(&self) -> Moment {
        self.0.marks.now()
    }

    /// Whether an answer that was made since `moment` would be the same now.
    pub fn is_fresh(&self, moment: Moment, shown: &Shown) -> bool {
        self.0.marks.is_fresh(moment, shown)
    }

    /// When something that an answer depends on last changed, as far as this process heard: at least when it began to follow
    /// the log. None where it does not, or where something has changed since the answer was begun: then nobody knows which of
    /// both it shows.
    pub fn last_changed(&self, begun: Moment, shown: &Shown) -> Option<Timestamp> {
        let last = self.0.marks.last_marked(shown)?;
        (last <= begun).then(|| last.at())
    }

    /// The present, by the newsroom's clock.
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// The rules in force.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Follows the log, keeping memory exact and live subscribers told, until the future is dropped. Run it once.
    pub async fn follow_log(&self) -> Result<()> {
        let since = self.0.log.last().await?;
        let room = &self.0;
        // What was read before this may be older than changes that will never be told.
        room.forget_everything();
        let forget =
            |change: &Change| room.forget(change.kind, change.subject, change.article, &change.detail);
        let follow = room.log.follow(since, forget);
        futures_util::future::join(follow, room.log.hear_other_nodes()).await;
        Ok(())
    }

    /// Lets articles find their stories, until the future is dropped. Run it once in each process; one of them works.
    pub async fn follow_stories(&self) {
        Follower::new(&self.0).run().await;
    }

    /// Keeps the search index in `directory` up to date, until the future is dropped. Run it once in each process. It ends
    /// only with an error: the index could not be opened, as when another process uses the directory.
    pub async fn follow_search(&self, directory: &Path) -> Result<()> {
        crate::search::follow(&self.0, directory).await
    }

    /// Makes the search index in `directory` anew, or asks the server that uses the directory to do so. `progress` is told
    /// how far it has come.
    pub async fn rebuild_search(
        &self,
        directory: &Path,
        progress: impl Fn(Building) + Send,
    ) -> Result<Rebuilt> {
        crate::search::rebuild(&self.0, directory, progress).await
    }

    /// Forgets whose posting was counted and who has been quiet since. Call it every few minutes, or memory grows with
    /// the number of people.
    pub fn tidy(&self) {
        self.0.posting.tidy();
    }

    /// SQL statements executed so far; tests assert how many an operation takes.
    pub fn statements(&self) -> u64 {
        self.0.db.statements()
    }

    /// Whether the database answers.
    pub async fn ready(&self) -> Result<()> {
        self.0.db.ping().await
    }

    /// Closes the database after the last request.
    pub async fn close(&self) -> Result<()> {
        self.0.db.clone().close().await
    }
}
