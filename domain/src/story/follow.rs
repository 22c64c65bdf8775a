//! Follows the log and lets each article that appears join the story that it tells, or found one.
//!
//! One node at a time does it (a lease in `followers`); what it decides and how far it has read stand in one transaction, so
//! nothing is decided twice or passed over. The window in memory is made anew from the fingerprints of the last days, and after
//! every failure: no article is read twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::cluster::{Clusterer, Document, Entry, Fingerprint, Placement, Settings, fingerprint};
use super::effects::{self, Moves};
use crate::article::ArticleStatus;
use crate::change::{Change, ChangeKind};
use crate::db::Tx;
use crate::db::entity::{article_bodies, articles, followers, stories, story_members, story_partings};
use crate::error::{Fault, Result};
use crate::newsroom::Room;

const NAME: &str = "stories";
/// Articles older than this tell no story with new ones.
const WINDOW_MILLIS: i64 = 7 * 24 * 60 * 60 * 1_000;
/// Changes read, and articles placed, in one transaction.
const BATCH: u64 = 200;
/// How long a node may be silent before another follows in its place.
const LEASE_MILLIS: i64 = 30_000;
/// How often the lease is renewed and the log looked at, where nothing nudges.
const TICK: Duration = Duration::from_millis(500);

/// The follower of one node.
pub(crate) struct Follower<'r> {
    room: &'r Room,
    node: String,
    /// SQLite has one node, which needs no lease.
    embedded: bool,
    state: Option<State>,
}

/// What a node has while it is the one that follows.
struct State {
    window: Clusterer,
    /// How far the log was read.
    seq: i64,
    /// Until when nobody else follows.
    leased_until: i64,
}

impl<'r> Follower<'r> {
    pub(crate) fn new(room: &'r Room) -> Self {
        let (node, embedded) = (room.ids.new_uuid().to_string(), room.db.is_embedded());
        Self { room, node, embedded, state: None }
    }

    /// Follows until the future is dropped.
    pub(crate) async fn run(mut self) {
        let mut head = self.room.log.head();
        loop {
            let newest = *head.borrow_and_update();
            if let Err(error) = self.catch_up(newest).await {
                // What is in memory may be ahead of what was committed.
                self.state = None;
                tracing::error!(error = ?error, "stories could not be followed; trying again");
                tokio::time::sleep(TICK).await;
            }
            let _ = tokio::time::timeout(TICK, head.changed()).await;
        }
    }

    async fn catch_up(&mut self, newest: i64) -> Result<()> {
        if !self.leads().await? {
            return Ok(());
        }
        while let Some(state) = self.state.as_mut().filter(|state| state.seq < newest) {
            let changes = self.room.log.read(state.seq, BATCH).await?;
            let Some(last) = changes.last().map(|change| change.seq) else { return Ok(()) };
            let work = Work::of(&changes);
            if !work.is_empty() {
                apply(self.room, &self.node, &mut state.window, &work, last).await?;
            }
            state.seq = last;
        }
        Ok(())
    }

    /// Whether this node is the one that follows; it takes the lease where nobody has it, and renews its own in time.
    async fn leads(&mut self) -> Result<bool> {
        let now = self.room.now().millis();
        let sure = |state: &State| self.embedded || state.leased_until - now > LEASE_MILLIS / 2;
        if self.state.as_ref().is_some_and(sure) {
            return Ok(true);
        }
        let Some(seq) = lease(self.room, &self.node, self.embedded).await? else {
            self.state = None;
            return Ok(false);
        };
        if let Some(state) = self.state.as_mut() {
            state.leased_until = now + LEASE_MILLIS;
        } else {
            let window = self.remembered().await?;
            self.state = Some(State { window, seq, leased_until: now + LEASE_MILLIS });
        }
        Ok(true)
    }

    /// The window as the last days' members make it.
    async fn remembered(&self) -> Result<Clusterer> {
        let mut window = Clusterer::new(Settings::default());
        let oldest = self.room.now().plus_millis(-WINDOW_MILLIS).millis();
        let find = story_members::Entity::find().filter(story_members::Column::PublishedAt.gte(oldest));
        let find = find.order_by_asc(story_members::Column::PublishedAt);
        for row in find.order_by_asc(story_members::Column::ArticleId).all(self.room.db.primary()).await? {
            put_back(&mut window, &row);
        }
        for parting in story_partings::Entity::find().all(self.room.db.primary()).await? {
            window.forbid(parting.article_id.as_u128(), parting.story_id.as_u128());
        }
        Ok(window)
    }
}

/// Takes or keeps the lease; answers how far the log was followed, or nothing while another node follows.
async fn lease(room: &Room, node: &str, embedded: bool) -> Result<Option<i64>> {
    let (now, on) = (room.now().millis(), room.db.writer());
    let row = followers::ActiveModel {
        name: Set(NAME.to_owned()),
        seq: Set(0),
        leader: Set(None),
        leased_until: Set(0),
    };
    let there = OnConflict::column(followers::Column::Name).do_nothing().to_owned();
    followers::Entity::insert(row).on_conflict(there).exec_without_returning(on).await?;
    let mut free = Condition::any()
        .add(followers::Column::Leader.is_null())
        .add(followers::Column::Leader.eq(node))
        .add(followers::Column::LeasedUntil.lt(now));
    if embedded {
        // Its own past needs no waiting for.
        free = free.add(Expr::val(true));
    }
    let take = followers::Entity::update_many()
        .col_expr(followers::Column::Leader, Expr::val(node))
        .col_expr(followers::Column::LeasedUntil, Expr::val(now + LEASE_MILLIS));
    let taken = take.filter(followers::Column::Name.eq(NAME)).filter(free).exec(on).await?;
    if taken.rows_affected == 0 {
        return Ok(None);
    }
    let row = followers::Entity::find_by_id(NAME.to_owned()).one(on).await?;
    Ok(row.map(|row| row.seq))
}

async fn apply(room: &Room, node: &str, window: &mut Clusterer, work: &Work, last: i64) -> Result<()> {
    window.forget_before(room.now().plus_millis(-WINDOW_MILLIS).millis());
    // Read before the transaction begins: what is withdrawn meanwhile stands further on in the log.
    let arriving = arriving(room, &work.arrived).await?;
    let tx = room.db.begin().await?;
    hold(&tx, node, last).await?;
    work.refresh(&tx, window).await?;
    let mut moves = Moves::default();
    work.leave(&tx, window, &mut moves).await?;
    for article in arriving {
        place(&tx, window, article, &mut moves).await?;
    }
    let happened = effects::settle(&tx, &moves, room.now()).await?;
    room.commit(tx, room.now(), happened).await
}

/// Notes how far the log is followed, if this node still is the one that follows.
async fn hold(tx: &Tx, node: &str, seq: i64) -> Result<()> {
    let update = followers::Entity::update_many().col_expr(followers::Column::Seq, Expr::val(seq));
    let update = update.filter(followers::Column::Name.eq(NAME));
    let held = update.filter(followers::Column::Leader.eq(node)).exec(tx.on()).await?;
    if held.rows_affected == 1 {
        return Ok(());
    }
    Err(Fault::new("following stories", "another node took the lease").into())
}

/// What a batch of changes asks for. An article that comes and goes in one batch is looked at once, as it is now.
#[derive(Default)]
struct Work {
    arrived: Vec<Uuid>,
    left: BTreeSet<Uuid>,
    /// Articles that an editor, or this follower itself, moved.
    moved: BTreeSet<Uuid>,
    /// Stories that an editor split: what was parted stays apart.
    parted: bool,
}

impl Work {
    fn is_empty(&self) -> bool {
        self.arrived.is_empty() && self.left.is_empty() && self.moved.is_empty() && !self.parted
    }

    fn of(changes: &[Change]) -> Self {
        let mut work = Self::default();
        for change in changes {
            match change.kind {
                ChangeKind::ArticlePublished
                | ChangeKind::ArticleRestored
                | ChangeKind::ArticleUpdated
                | ChangeKind::ArticleCorrected => {
                    work.left.remove(&change.subject);
                    if !work.arrived.contains(&change.subject) {
                        work.arrived.push(change.subject);
                    }
                }
                ChangeKind::ArticleWithdrawn => {
                    work.arrived.retain(|id| *id != change.subject);
                    work.left.insert(change.subject);
                }
                ChangeKind::StoryUpdated => work.moved.extend(change.article),
                ChangeKind::StorySplit => work.parted = true,
                _ => {}
            }
        }
        work
    }

    /// Lets the window have what the database has of articles that were moved.
    async fn refresh(&self, tx: &Tx, window: &mut Clusterer) -> Result<()> {
        if !self.moved.is_empty() {
            let of_articles = story_members::Column::ArticleId.is_in(self.moved.iter().copied());
            for row in story_members::Entity::find().filter(of_articles).all(tx.on()).await? {
                if window
                    .story_of(row.article_id.as_u128())
                    .is_some_and(|story| story != row.story_id.as_u128())
                {
                    window.remove(row.article_id.as_u128());
                    put_back(window, &row);
                }
            }
        }
        if self.parted {
            for parting in story_partings::Entity::find().all(tx.on()).await? {
                window.forbid(parting.article_id.as_u128(), parting.story_id.as_u128());
            }
        }
        Ok(())
    }

    /// Takes withdrawn articles out of their stories.
    async fn leave(&self, tx: &Tx, window: &mut Clusterer, moves: &mut Moves) -> Result<()> {
        if self.left.is_empty() {
            return Ok(());
        }
        let of_articles = || story_members::Column::ArticleId.is_in(self.left.iter().copied());
        for row in story_members::Entity::find().filter(of_articles()).all(tx.on()).await? {
            window.remove(row.article_id.as_u128());
            moves.touched.insert(row.story_id);
        }
        story_members::Entity::delete_many().filter(of_articles()).exec(tx.on()).await?;
        let none = Expr::val(Option::<Uuid>::None);
        let unmark = articles::Entity::update_many().col_expr(articles::Column::StoryId, none);
        unmark.filter(articles::Column::Id.is_in(self.left.iter().copied())).exec(tx.on()).await?;
        Ok(())
    }
}

fn put_back(window: &mut Clusterer, row: &story_members::Model) {
    let Some(print) = Fingerprint::from_bytes(&row.fingerprint) else {
        // An older version's fingerprint: the article keeps its story, and no longer attracts others.
        return;
    };
    let entry = Entry {
        id: row.article_id.as_u128(),
        published_at: row.published_at,
        outlet: row.source_id.as_u128(),
    };
    window.restore(row.story_id.as_u128(), entry, print);
}

/// An article that is to find its story.
struct Arriving {
    row: articles::Model,
    print: Fingerprint,
    /// Where it is already.
    known: Option<story_members::Model>,
}

/// The articles that readers see and that are young enough, in the log's order, each with its fingerprint.
async fn arriving(room: &Room, ids: &[Uuid]) -> Result<Vec<Arriving>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let on = room.db.primary();
    let oldest = room.now().plus_millis(-WINDOW_MILLIS).millis();
    let find = articles::Entity::find().filter(articles::Column::Id.is_in(ids.to_vec()));
    let find = find.filter(articles::Column::Status.eq(ArticleStatus::Published.as_str()));
    let rows = find.filter(articles::Column::PublishedAt.gte(oldest)).all(on).await?;
    let mut rows: BTreeMap<Uuid, articles::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let young: Vec<Uuid> = rows.keys().copied().collect();
    let bodies =
        article_bodies::Entity::find().filter(article_bodies::Column::ArticleId.is_in(young.clone()));
    let texts =
        bodies.select_only().column(article_bodies::Column::ArticleId).column(article_bodies::Column::Text);
    let mut texts: BTreeMap<Uuid, String> = texts.into_tuple().all(on).await?.into_iter().collect();
    let known = story_members::Entity::find().filter(story_members::Column::ArticleId.is_in(young));
    let known = known.all(on).await?;
    let mut known: BTreeMap<Uuid, story_members::Model> =
        known.into_iter().map(|row| (row.article_id, row)).collect();
    let in_order = ids.iter().filter_map(|id| {
        let row = rows.remove(id)?;
        Some((row, texts.remove(id).unwrap_or_default(), known.remove(id)))
    });
    let read: Vec<_> = in_order.collect();
    let work = move || {
        let print = |(row, text, known): (articles::Model, String, Option<story_members::Model>)| {
            let text = format!("{}\n{text}", row.dek.as_deref().unwrap_or_default());
            let document =
                Document { language: row.language_base.as_deref(), title: &row.headline, text: &text };
            Arriving { print: fingerprint(&document), row, known }
        };
        read.into_iter().map(print).collect()
    };
    let read = tokio::task::spawn_blocking(work).await;
    Ok(read.map_err(|error| Fault::new("reading articles for stories did not end well", error))?)
}

async fn place(tx: &Tx, window: &mut Clusterer, article: Arriving, moves: &mut Moves) -> Result<()> {
    let Arriving { row, print, known } = article;
    let entry =
        Entry { id: row.id.as_u128(), published_at: row.published_at, outlet: row.source_id.as_u128() };
    let alone = window.members(window.story_of(entry.id).unwrap_or_default()).len() < 2;
    let before = known.as_ref().map(|known| known.story_id);
    if let Some(known) = known.filter(|known| known.by_editor || !alone) {
        // An edit changes no story: whoever follows a story keeps the articles that told it.
        window.remove(entry.id);
        window.restore(known.story_id.as_u128(), entry, print.clone());
        return write_member(tx, &row, known.story_id, &print, None).await;
    }
    let placed = window.place(entry, &print);
    let story = current(tx, Uuid::from_u128(placed.story)).await?;
    if story.as_u128() != placed.story {
        window.merge(placed.story, story.as_u128());
    }
    write_member(tx, &row, story, &print, Some(&placed)).await?;
    moves.note(row.id, before, story);
    if let Some((from, into)) = placed.merge {
        merge(tx, window, Uuid::from_u128(from), Uuid::from_u128(into), moves).await?;
    }
    Ok(())
}

/// The story that a key leads to: an editor may have merged it since the window was made.
async fn current(tx: &Tx, story: Uuid) -> Result<Uuid> {
    let row = stories::Entity::find_by_id(story).one(tx.on()).await?;
    Ok(row.and_then(|row| row.merged_into).unwrap_or(story))
}

async fn merge(tx: &Tx, window: &mut Clusterer, from: Uuid, into: Uuid, moves: &mut Moves) -> Result<()> {
    let articles: Vec<Uuid> =
        super::members_of(tx.on(), vec![from]).await?.into_iter().map(|row| row.article_id).collect();
    effects::reassign(tx, articles.clone(), into, false).await?;
    for article in &articles {
        moves.note(*article, Some(from), into);
    }
    if stories::Entity::find_by_id(from).one(tx.on()).await?.is_some() || moves.touched.contains(&from) {
        moves.merged.insert(from, into);
    }
    window.merge(from.as_u128(), into.as_u128());
    Ok(())
}

async fn write_member(
    tx: &Tx,
    row: &articles::Model,
    story: Uuid,
    print: &Fingerprint,
    placed: Option<&Placement>,
) -> Result<()> {
    use story_members::Column;
    let signals = placed.map(|placed| serde_json::to_string(&placed.signals).unwrap_or_default());
    let thousandths = |confidence: f64| (0..=1_000).find(|n| f64::from(*n) + 0.5 > confidence * 1_000.0);
    let member = story_members::ActiveModel {
        article_id: Set(row.id),
        story_id: Set(story),
        source_id: Set(row.source_id),
        language: Set(row.language_base.clone()),
        published_at: Set(row.published_at),
        confidence: Set(placed.and_then(|placed| thousandths(placed.confidence)).unwrap_or(1_000)),
        duplicate_of: Set(placed.and_then(|placed| placed.duplicate_of).map(Uuid::from_u128)),
        by_editor: Set(false),
        signals: Set(signals),
        fingerprint: Set(print.to_bytes()),
    };
    let mut anew = OnConflict::column(Column::ArticleId);
    if placed.is_some() {
        anew.update_columns([
            Column::StoryId,
            Column::Confidence,
            Column::DuplicateOf,
            Column::Signals,
            Column::Fingerprint,
        ]);
    } else {
        anew.update_columns([Column::Fingerprint]);
    }
    story_members::Entity::insert(member).on_conflict(anew).exec_without_returning(tx.on()).await?;
    Ok(())
}
