//! Taking articles in: new ones, changed ones (a revision), unchanged ones, in one transaction a chunk.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect as _};
use uuid::Uuid;

use super::draft::{Draft, IncomingArticle, Surroundings};
use super::write::{self, Birth};
use super::{ArticleRecord, Articles, identity, links, record};
use crate::change::{ChangeKind, NewChange};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::db::entity::{article_revisions, articles};
use crate::error::{Error, Fault, Result};
use crate::id::{ArticleId, FeedId, PublicId, SourceId};
use crate::newsroom::Room;
use crate::policy::Action;

/// Articles written in one transaction: long enough to be fast, short enough to let others write.
const CHUNK: usize = 200;

/// Where articles come from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Their publisher.
    pub source: SourceId,
    /// The feed they came through.
    pub feed: Option<FeedId>,
    /// The feed's or source's language, for entries that declare none.
    pub language: Option<&'a str>,
}

/// What became of a document's entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    /// Entries that are new articles.
    pub new: Vec<ArticleId>,
    /// Entries whose article got a revision.
    pub updated: Vec<ArticleId>,
    /// Entries that say what we have already.
    pub unchanged: usize,
    /// Entries that could not become articles: which, and why.
    pub refused: Vec<(String, String)>,
}

impl Ingested {
    fn absorb(&mut self, other: Self) {
        self.new.extend(other.new);
        self.updated.extend(other.updated);
        self.unchanged += other.unchanged;
        self.refused.extend(other.refused);
    }
}

impl Articles<'_> {
    /// Takes a document's entries in. The same entries again change nothing.
    pub async fn ingest(&self, origin: Origin<'_>, incoming: Vec<IncomingArticle>) -> Result<Ingested> {
        self.viewer.require(Action::ManageSources)?;
        let now = self.room.now();
        let (drafts, refused) = check_all(incoming, origin.language.map(ToOwned::to_owned), now).await?;
        let (drafts, repeated) = once_each(drafts);
        let names = DocumentNames::of(&drafts);
        let mut report = Ingested { unchanged: repeated, refused, ..Ingested::default() };
        let mut drafts = drafts.into_iter();
        loop {
            let chunk: Vec<Draft> = drafts.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                return Ok(report);
            }
            // On the heap: it holds what is known of a whole chunk, and every caller's future holds it.
            report.absorb(Box::pin(ingest_chunk(self.room, origin, chunk, &names, now)).await?);
        }
    }
}

type Checked = (Vec<Draft>, Vec<(String, String)>);

/// Sanitising costs CPU, so it happens off the runtime's threads.
async fn check_all(
    incoming: Vec<IncomingArticle>,
    language: Option<String>,
    now: Timestamp,
) -> Result<Checked> {
    let check = move || {
        let (mut drafts, mut refused) = (Vec::with_capacity(incoming.len()), Vec::new());
        for (entry, position) in incoming.into_iter().zip(0..) {
            let name = entry.guid.clone().or_else(|| entry.url.as_ref().map(ToString::to_string));
            match Draft::check(entry, Surroundings { language: language.as_deref(), now, position }) {
                Ok(draft) => drafts.push(draft),
                Err(unfit) => refused
                    .push((name.unwrap_or_else(|| format!("entry {}", position + 1)), unfit.to_string())),
            }
        }
        (drafts, refused)
    };
    let checked = tokio::task::spawn_blocking(check).await;
    checked.map_err(|error| Error::Internal(Fault::new("checking entries did not end well", error)))
}

/// A document that carries an entry twice means it once; the first stands. An address that several entries with guids of
/// their own share (a feed that links everything to its front page) identifies none of them.
fn once_each(drafts: Vec<Draft>) -> (Vec<Draft>, usize) {
    let mut uses = HashMap::<String, usize>::new();
    for url in drafts.iter().filter_map(|draft| draft.url.as_ref()) {
        *uses.entry(url.to_string()).or_default() += 1;
    }
    let (mut seen, total) = (HashSet::new(), drafts.len());
    let keep = |mut draft: Draft| {
        let shared =
            draft.url.as_ref().is_some_and(|url| uses.get(url.as_str()).is_some_and(|uses| *uses > 1));
        if shared && draft.guid.is_none() {
            draft.guid = Some(format!("headline:{}", identity::key(&draft.headline)));
        }
        let name = draft.guid_or_fallback().or_else(|| draft.url.as_ref().map(ToString::to_string));
        seen.insert(name).then_some(draft)
    };
    let kept: Vec<Draft> = drafts.into_iter().filter_map(keep).collect();
    let repeated = total - kept.len();
    (kept, repeated)
}

async fn ingest_chunk(
    room: &Room,
    origin: Origin<'_>,
    drafts: Vec<Draft>,
    document: &DocumentNames,
    now: Timestamp,
) -> Result<Ingested> {
    let tx = room.db.begin().await?;
    // One document of a source at a time: what is looked up stays true until it is written.
    crate::source::lock(&tx, origin.source).await?;
    let known = Known::among(&tx, origin.source, &drafts, document).await?;
    let (mut report, mut new, mut changed) = (Ingested::default(), Vec::new(), Vec::new());
    for draft in drafts {
        match known.find(&draft) {
            None => new.push((room.ids.new_uuid(), draft)),
            Some(row) if row.content_hash == draft.content_hash => report.unchanged += 1,
            Some(row) if known.is_old_copy(row, &draft) => report.unchanged += 1,
            Some(row) => changed.push((row.clone(), draft)),
        }
    }
    report.new = new.iter().map(|(id, _)| ArticleId::from_uuid(*id)).collect();
    report.updated = changed.iter().map(|(row, _)| ArticleId::from_uuid(row.id)).collect();
    if new.is_empty() && changed.is_empty() {
        return Ok(report);
    }
    let names = links::Names::resolve(
        room,
        &tx,
        origin.source,
        new.iter().map(|(_, draft)| draft).chain(changed.iter().map(|(_, draft)| draft)),
        now,
    )
    .await?;
    let births: Vec<Birth<'_>> = new.iter().map(|(id, draft)| Birth::published(*id, origin, draft)).collect();
    write::insert(&tx, &births, &names, now).await?;
    let before = record::load(tx.on(), changed.iter().map(|(row, _)| row.id).collect()).await?;
    let before: HashMap<Uuid, ArticleRecord> = before.into_iter().collect();
    let mut details = Vec::with_capacity(changed.len());
    for (row, draft) in &changed {
        let record = before.get(&row.id).ok_or(Error::NotFound("article"))?;
        details.push(write::revise(&tx, row, record, draft, &names, now).await?);
    }
    links::insert(room, &tx, new.iter().map(|(id, draft)| (*id, draft.published_at, draft)), &names).await?;
    let revised =
        changed.iter().map(|(row, draft)| (row.id, Timestamp::from_millis(row.published_at), draft));
    links::replace(room, &tx, revised, &names).await?;
    let published =
        new.iter().map(|(id, _)| NewChange::of(ChangeKind::ArticlePublished, *id).in_article(*id));
    let updated = changed.iter().zip(details).map(|((row, _), detail)| {
        NewChange::of(ChangeKind::ArticleUpdated, row.id).in_article(row.id).with(detail)
    });
    room.commit(tx, now, published.chain(updated).collect()).await?;
    Ok(report)
}

/// What the whole document says of guids and addresses, however it is cut into chunks.
pub(super) struct DocumentNames {
    /// An article that has one of these is not to be found by address.
    guids: HashSet<String>,
    /// Addresses that the document gives to more than one entry: they identify none.
    shared: HashSet<String>,
}

impl DocumentNames {
    pub(super) fn of<'d>(drafts: impl IntoIterator<Item = &'d Draft> + Clone) -> Self {
        let guids = drafts.clone().into_iter().filter_map(guid_key).collect();
        let (mut urls, mut shared) = (HashSet::new(), HashSet::new());
        for url in drafts.into_iter().filter_map(url_key) {
            if !urls.insert(url.clone()) {
                shared.insert(url);
            }
        }
        Self { guids, shared }
    }
}

/// The articles of a source that a document's entries may be.
pub(super) struct Known<'d> {
    by_guid: HashMap<String, articles::Model>,
    by_url: HashMap<String, articles::Model>,
    /// Addresses that more than one of these articles has.
    common: HashSet<String>,
    document: &'d DocumentNames,
    /// What these articles said before.
    superseded: HashSet<(Uuid, String)>,
}

pub(super) fn guid_key(draft: &Draft) -> Option<String> {
    draft.guid_or_fallback().map(|guid| identity::key(&guid))
}

pub(super) fn url_key(draft: &Draft) -> Option<String> {
    draft.url.as_ref().map(|url| identity::key(url.as_str()))
}

impl<'d> Known<'d> {
    pub(super) async fn among(
        tx: &Tx,
        source: SourceId,
        drafts: impl IntoIterator<Item = &Draft> + Clone,
        document: &'d DocumentNames,
    ) -> Result<Self> {
        let guids: BTreeSet<String> = drafts.clone().into_iter().filter_map(guid_key).collect();
        let urls: BTreeSet<String> = drafts.into_iter().filter_map(url_key).collect();
        let (mut by_guid, mut by_url, mut common) = (HashMap::new(), HashMap::new(), HashSet::new());
        let found = at_keys(tx, source, guids, urls).await?;
        let revised: Vec<Uuid> = found.iter().filter(|row| row.revision > 1).map(|row| row.id).collect();
        let superseded = superseded(tx, revised).await?;
        for row in found {
            if let Some(key) = &row.guid_key {
                by_guid.insert(key.clone(), row.clone());
            }
            if let Some(key) = row.url_key.clone()
                && by_url.insert(key.clone(), row).is_some()
            {
                common.insert(key);
            }
        }
        Ok(Self { by_guid, by_url, common, document, superseded })
    }

    /// Whether a draft is what the article said before, from a feed or cache that lags: not news, unless its publisher says
    /// that it is younger.
    pub(super) fn is_old_copy(&self, row: &articles::Model, draft: &Draft) -> bool {
        let younger = draft.updated_at.is_some_and(|at| at.millis() > row.updated_at);
        !younger && self.superseded.contains(&(row.id, draft.content_hash.clone()))
    }

    /// The article that a line of an import is: as in a feed, but that a line which names its own identity is never taken for
    /// another that was imported (or written here) at the same address. A feed's article it may be: feeds have identities of
    /// their own. An address that several articles have identifies none.
    pub(super) fn find_imported(&self, draft: &Draft) -> Option<&articles::Model> {
        let found = self.find(draft)?;
        let by_guid = draft.guid.is_some() && found.guid_key == guid_key(draft);
        let may_be = draft.guid.is_none() || found.guid_key.is_none() || found.feed_id.is_some();
        let alone = found.url_key.as_ref().is_some_and(|key| !self.common.contains(key));
        (by_guid || (may_be && alone)).then_some(found)
    }

    fn find(&self, draft: &Draft) -> Option<&articles::Model> {
        let by_guid = guid_key(draft).and_then(|key| self.by_guid.get(&key));
        by_guid.or_else(|| {
            let key = url_key(draft).filter(|key| !self.document.shared.contains(key))?;
            let row = self.by_url.get(&key)?;
            let stands_for_another =
                row.guid_key.as_ref().is_some_and(|guid| self.document.guids.contains(guid));
            (!stands_for_another).then_some(row)
        })
    }
}

async fn at_keys(
    tx: &Tx,
    source: SourceId,
    guids: BTreeSet<String>,
    urls: BTreeSet<String>,
) -> Result<Vec<articles::Model>> {
    let Some(ids) = ids_at_keys(source, guids, urls) else { return Ok(Vec::new()) };
    let find = articles::Entity::find().filter(articles::Column::Id.in_subquery(ids));
    Ok(find.all(tx.on()).await?)
}

/// The articles of a source under any of these keys; none where there is no key. Each key is looked up in its index, which the
/// join's order commands: left to choose, SQLite reads all that the source has ever published.
fn ids_at_keys(source: SourceId, guids: BTreeSet<String>, urls: BTreeSet<String>) -> Option<SelectStatement> {
    let at = |column: articles::Column, keys: BTreeSet<String>| {
        (!keys.is_empty()).then(|| {
            let key = Expr::col((Alias::new("keys"), Alias::new("column1")));
            let mut select = Query::select();
            select.column((articles::Entity, articles::Column::Id)).from_values(keys, Alias::new("keys"));
            select.cross_join(articles::Entity);
            select.and_where(articles::Column::SourceId.eq(source.uuid()));
            select.and_where(Expr::col((articles::Entity, column)).eq(key));
            select.take()
        })
    };
    let by_guid = at(articles::Column::GuidKey, guids);
    match (by_guid, at(articles::Column::UrlKey, urls)) {
        (Some(mut by_guid), Some(by_url)) => Some(by_guid.union(UnionType::Distinct, by_url).take()),
        (one, other) => one.or(other),
    }
}

async fn superseded(tx: &Tx, revised: Vec<Uuid>) -> Result<HashSet<(Uuid, String)>> {
    if revised.is_empty() {
        return Ok(HashSet::new());
    }
    let of_articles = article_revisions::Column::ArticleId.is_in(revised);
    let find = article_revisions::Entity::find().select_only();
    let find =
        find.column(article_revisions::Column::ArticleId).column(article_revisions::Column::ContentHash);
    Ok(find.filter(of_articles).into_tuple().all(tx.on()).await?.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::SqliteQueryBuilder;
    use sea_orm::{ConnectionTrait as _, Statement};

    use super::*;
    use crate::db::{DatabaseSettings, Db};

    #[tokio::test]
    async fn what_is_known_is_looked_up_by_its_keys_and_never_by_all_that_its_source_has() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", directory.path().join("news.sqlite").display());
        let db = Db::open(&DatabaseSettings { url, replica_url: None, read_connections: 1 }).await.unwrap();
        let keys = |prefix: &str| (0..500).map(|key| format!("{prefix}{key}")).collect::<BTreeSet<_>>();
        let source = SourceId::from_uuid(Uuid::nil());
        let select = ids_at_keys(source, keys("guid"), keys("url")).unwrap();
        let explain = format!("EXPLAIN QUERY PLAN {}", select.to_string(SqliteQueryBuilder));
        let rows = db.primary().query_all_raw(Statement::from_string(db.backend(), explain)).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
        for found in ["(source_id=? AND guid_key=?)", "(url_key=? AND source_id=?)"] {
            assert!(plan.iter().any(|step| step.contains(found)), "{found} is not in {plan:#?}");
        }
        db.close().await.unwrap();
    }
}
