//! Articles: what they are, reading them, and taking them in from publishers.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::author::Author;
use crate::change::{ChangeKind, NewChange};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::freshness::{Class, Key, note};
use crate::id::{ArticleId, PublicId};
use crate::newsroom::Room;
use crate::page::{Binding, Page, PageRequest};
use crate::policy::{Action, Viewer};
use crate::source::Source;
use crate::topic::Topic;

mod assemble;
mod condition;
pub mod desk;
mod diff;
pub mod draft;
mod filter;
mod identity;
pub mod import;
pub mod ingest;
mod links;
mod list;
pub(crate) mod lists;
mod matcher;
mod media;
mod newer;
mod past;
mod period;
pub mod record;
mod related;
mod revision;
mod significance;
mod store;
mod write;

pub use diff::{DiffKind, DiffPart, FieldDiff, RevisionDiff};
pub use filter::{ArticleFilter, ArticleSort, Collapse, Feature, Selector};
pub use list::Parent;
pub use matcher::Matcher;
pub(crate) use matcher::Resolved;
pub use media::{FocalPoint, Media, MediaKind, MediaRole};
pub use period::Period;
pub use record::{ArticleRecord, Body};
pub use related::{Related, RelatedReason};
pub use revision::Revision;

/// Where an article stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArticleStatus {
    /// Everybody may read it.
    Published,
    /// Taken back by its publisher or an editor.
    Withdrawn,
    /// Not yet for readers.
    Draft,
    /// Will be published by itself when its time comes.
    Scheduled,
    /// Finished, and held back until its embargo ends.
    Embargoed,
}

impl ArticleStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Published, Self::Withdrawn, Self::Draft, Self::Scheduled, Self::Embargoed];

    /// The name as it is stored and published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Embargoed => "embargoed",
        }
    }

    /// A stored name; an unknown one is the most private.
    pub(crate) fn from_stored(text: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.as_str() == text).unwrap_or(Self::Draft)
    }
}

/// An article with everything that a list shows of it. Bodies are read apart.
#[derive(Clone, Debug)]
pub struct Article {
    /// The article's own record.
    pub record: Arc<ArticleRecord>,
    /// Its publisher.
    pub source: Arc<Source>,
    /// The publisher's section it stands in.
    pub section: Option<Arc<Topic>>,
    /// Bylines in the publisher's order.
    pub authors: Vec<Arc<Author>>,
    /// Topics in the publisher's order.
    pub topics: Vec<Arc<Topic>>,
    /// What it said, where it is shown as it was and says something else now.
    pub past_body: Option<Arc<Body>>,
}

/// How somebody names one article.
#[derive(Clone, Debug)]
pub enum ArticleRef {
    /// By its id.
    Id(ArticleId),
    /// By its slug.
    Slug(String),
    /// By its address at the publisher's, in any form that leads to the same canonical URL.
    Url(url::Url),
}

/// Articles, as one viewer may see them.
pub struct Articles<'a> {
    room: &'a Room,
    viewer: &'a Viewer,
}

impl<'a> Articles<'a> {
    pub(crate) fn new(room: &'a Room, viewer: &'a Viewer) -> Self {
        Self { room, viewer }
    }

    /// One article.
    pub async fn get(&self, reference: &ArticleRef) -> Result<Article> {
        let not_found = || {
            // Some article may come to be found under it.
            note([Key::all(Class::Articles)]);
            Error::NotFound("article")
        };
        let id = match reference {
            ArticleRef::Id(id) => id.uuid(),
            ArticleRef::Slug(slug) => store::id_by_slug(self.room, slug).await?.ok_or_else(not_found)?,
            ArticleRef::Url(url) => {
                store::id_by_url(self.room, self.viewer, url).await?.ok_or_else(not_found)?
            }
        };
        match self.get_many(&[id]).await?.remove(&id) {
            Some(article) => Ok(article),
            None => Err(self.absence(id).await?),
        }
    }

    /// Why the viewer is not shown an article: readers who knew it are told that it was withdrawn, and why.
    async fn absence(&self, id: Uuid) -> Result<Error> {
        let load = |missing| record::load(self.room.db.primary(), missing);
        let record = self.room.articles.get_many(&[id], load).await?.remove(&id);
        let withdrawn = |record: &Arc<ArticleRecord>| {
            record.status == ArticleStatus::Withdrawn && record.visible_from.is_some()
        };
        Ok(record.filter(withdrawn).map_or(Error::NotFound("article"), |record| Error::Withdrawn {
            reason: record.withdrawn_reason.clone(),
        }))
    }

    /// The articles that exist and that the viewer may see, by database key; a constant number of statements.
    pub async fn get_many(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Article>> {
        assemble::articles(self.room, self.viewer, ids).await
    }

    /// Which of these articles exist and were never there for readers: nobody may learn of them.
    pub(crate) async fn never_public(&self, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
        let load = |missing| record::load(self.room.db.primary(), missing);
        let records = self.room.articles.get_many(ids, load).await?;
        let never = records
            .into_iter()
            .filter(|(_, record)| record.visible_from.is_none() && record.status != ArticleStatus::Published);
        Ok(never.map(|(id, _)| id).collect())
    }

    /// A page of articles; as they were, where the filter says when.
    pub async fn list(
        &self,
        filter: &ArticleFilter,
        sort: ArticleSort,
        page: &PageRequest,
    ) -> Result<Page<Article>> {
        let ids = list::ids(self.room, self.viewer, filter, sort, page).await?;
        let wanted: Vec<Uuid> = ids.nodes().copied().collect();
        let mut articles = self.get_many(&wanted).await?;
        if let Some(at) = filter.as_of {
            past::as_they_were(self.room, at, &mut articles).await?;
        }
        Ok(ids.filter_map(|id| articles.remove(&id)))
    }

    /// A page of articles, their ids alone.
    pub async fn list_ids(
        &self,
        filter: &ArticleFilter,
        sort: ArticleSort,
        page: &PageRequest,
    ) -> Result<Page<ArticleId>> {
        Ok(list::ids(self.room, self.viewer, filter, sort, page).await?.map(ArticleId::from_uuid))
    }

    /// How many articles that the filter lets through have become visible (in a list by last change: or have changed)
    /// since the walk began that a page belongs to; at most the first 1,000 that did are looked at. None for pages of lists
    /// that do not know what is new.
    pub async fn newer_count<T>(
        &self,
        filter: &ArticleFilter,
        sort: ArticleSort,
        page: &Page<T>,
    ) -> Result<Option<u64>> {
        newer::count(self.room, self.viewer, filter, sort, page.walked_until()).await
    }

    /// A page of published articles for each of several sources, authors or topics; a constant number of statements.
    pub async fn list_of(
        &self,
        parent: Parent,
        parents: &[Uuid],
        sort: ArticleSort,
        page: &PageRequest,
    ) -> Result<HashMap<Uuid, Page<Article>>> {
        let pages = list::ids_of(self.room, self.viewer, parent, parents, sort, page).await?;
        let ids: Vec<Uuid> = pages.values().flat_map(Page::nodes).copied().collect();
        let articles = self.get_many(&ids).await?;
        Ok(pages
            .into_iter()
            .map(|(id, page)| (id, page.filter_map(|id| articles.get(&id).cloned())))
            .collect())
    }

    /// The days (of UTC, each by its midnight) on which articles that the viewer may see were published, first to last.
    pub async fn days(&self) -> Result<Vec<Timestamp>> {
        list::days(self.room, self.viewer).await
    }

    /// How many articles a filter lets through; costs what it counts, so only on request.
    pub async fn count(&self, filter: &ArticleFilter) -> Result<u64> {
        list::count(self.room, self.viewer, filter).await
    }

    /// A filter ready to be asked about articles one by one, as live subscriptions do.
    pub async fn matcher(&self, filter: ArticleFilter) -> Result<Matcher> {
        Matcher::of(self.room, self.viewer, &filter).await
    }

    /// A filter with the ids of what it names, looked up and checked for this viewer.
    pub(crate) async fn by_ids(&self, filter: &ArticleFilter) -> Result<ArticleFilter> {
        Ok(Resolved::of(self.room, self.viewer, filter).await?.by_ids())
    }

    /// The bodies of articles that this viewer has been shown.
    pub async fn bodies(&self, shown: &[Uuid]) -> Result<HashMap<Uuid, Arc<Body>>> {
        record::bodies(self.room, shown).await
    }

    /// What articles said before, newest first: a page for each. Readers are not told what was written before they could
    /// read it.
    pub async fn revisions(
        &self,
        shown: &[Uuid],
        page: &PageRequest,
    ) -> Result<HashMap<Uuid, Page<Revision>>> {
        let mut stored = revision::of_articles(self.room, shown).await?;
        if !self.viewer.may(Action::SeeUnpublished) {
            let load = |missing| record::load(self.room.db.primary(), missing);
            let records = self.room.articles.get_many(shown, load).await?;
            for (id, revisions) in &mut stored {
                let first = records.get(id).and_then(|record| record.public_revision);
                revisions.retain(|revision| first.is_some_and(|first| revision.revision >= first));
            }
        }
        let page_of = |id: &Uuid| {
            let revisions = stored.get(id).map(Vec::as_slice).unwrap_or_default();
            let binding = Binding::of(&["revisions", &id.to_string()]);
            Ok((*id, crate::page::page_of_slice(revisions, binding, page)?))
        };
        shown.iter().map(page_of).collect()
    }

    /// Closes an article's thread to new comments, or opens it again.
    pub async fn set_comments_open(&self, article: ArticleId, open: bool) -> Result<Article> {
        self.get(&ArticleRef::Id(article)).await?;
        self.viewer.require(Action::ManageThreads)?;
        let tx = self.room.db.begin().await?;
        store::set_comments_open(&tx, article.uuid(), open).await?;
        let kind = if open { ChangeKind::ThreadOpened } else { ChangeKind::ThreadClosed };
        let actor = self.viewer.account().map(PublicId::uuid);
        let change = NewChange::of(kind, article.uuid()).in_article(article.uuid()).by(actor);
        self.room.commit(tx, self.room.now(), vec![change]).await?;
        self.get(&ArticleRef::Id(article)).await
    }
}
