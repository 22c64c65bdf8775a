//! Finding: pages of hits, how many there are, what they are about, and what somebody who types may mean.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::document;
use super::index::{
    self, BucketValue, Facet, Filters, Fragment, Index, Kind, NameSuggestion, Part, Request, Sort,
};
use super::node::{Node, SearchStatus, fault};
use crate::article::record::Body;
use crate::article::{Article, ArticleFilter, Articles, Resolved};
use crate::error::{Error, Place, Result};
use crate::id::PublicId as _;
use crate::newsroom::Room;
use crate::page::{Binding, Direction, Page, PageRequest, Plan, SortKey};
use crate::policy::Viewer;
use crate::text::query::{self, Expr};

/// Fragments of a body that are shown with a hit.
const FRAGMENTS: usize = 2;

/// The order of what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SearchSort {
    /// Best match first, the recent above the old where both match alike.
    #[default]
    Relevance,
    /// Latest published first.
    Newest,
    /// First published first.
    Oldest,
}

impl SearchSort {
    /// Every sort.
    pub const ALL: [Self; 3] = [Self::Relevance, Self::Newest, Self::Oldest];

    /// The name as it is published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        }
    }
}

impl From<SearchSort> for Sort {
    fn from(sort: SearchSort) -> Self {
        match sort {
            SearchSort::Relevance => Self::Relevance,
            SearchSort::Newest => Self::Newest,
            SearchSort::Oldest => Self::Oldest,
        }
    }
}

/// What to look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// In the query language; none for every article.
    pub text: Option<String>,
    /// Which articles, whatever they say.
    pub filter: ArticleFilter,
    /// In which order.
    pub sort: SearchSort,
}

/// Which text of an article shows why it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HighlightField {
    /// The headline.
    Headline,
    /// The dek.
    Dek,
    /// The body's plain text.
    Body,
}

/// A stretch of an article's text that shows why it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Which text.
    pub field: HighlightField,
    /// The stretch, and what is marked in it.
    pub fragment: Fragment,
}

/// An article that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The article.
    pub article: Article,
    /// How well it matches; 0 where relevance does not sort.
    pub score: f32,
    /// Why it was found.
    pub highlights: Vec<Highlight>,
}

/// How many of what was found have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetBucket {
    /// A public id, a language tag, or a month as `2026-11`: what a filter takes.
    pub value: String,
    /// As people read it.
    pub label: String,
    /// How many.
    pub count: u64,
}

/// What was found, counted by one property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCounts {
    /// By what.
    pub facet: Facet,
    /// The most frequent first; months: latest first.
    pub buckets: Vec<FacetBucket>,
}

/// A name that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuggestedName {
    /// Of what.
    pub kind: Kind,
    /// Its public id.
    pub id: String,
    /// As readers see it.
    pub name: String,
    /// How many articles have it, about.
    pub count: u64,
}

/// What somebody who types may mean.
#[derive(Clone, Debug, Default)]
pub struct Suggestions {
    /// The text with its last word completed, most frequent first.
    pub texts: Vec<String>,
    /// Sources, sections, topics and authors, most frequent first.
    pub names: Vec<SuggestedName>,
    /// Articles with every word in their headline, latest first.
    pub articles: Vec<Article>,
}

/// A search that has been read and may be asked several things.
#[derive(Clone, Debug)]
pub struct Prepared {
    expr: Option<Arc<Expr>>,
    filters: Arc<Filters>,
    sort: SearchSort,
    binding: Binding,
}

/// Search, as one viewer may find.
pub struct Search<'a> {
    room: &'a Room,
    viewer: &'a Viewer,
}

impl<'a> Search<'a> {
    pub(crate) fn new(room: &'a Room, viewer: &'a Viewer) -> Self {
        Self { room, viewer }
    }

    /// Reads a text in the query language. An error says where in the text the trouble is and how to mend it.
    pub fn read(&self, text: &str) -> Result<Expr> {
        let now = self.room.now().to_datetime();
        query::parse(text, now).map_err(|error| {
            let place = Place { position: error.position, length: error.length };
            Error::invalid_at("q", error.code, error.to_string(), place)
        })
    }

    /// Reads what to look for.
    pub async fn prepare(&self, wanted: &SearchQuery) -> Result<Prepared> {
        let expr = wanted.text.as_deref().map(|text| self.read(text)).transpose()?;
        let resolved = Resolved::of(self.room, self.viewer, &wanted.filter).await?;
        let text = wanted.text.as_deref().unwrap_or_default();
        Ok(Prepared {
            expr: expr.map(Arc::new),
            filters: Arc::new(resolved.of_index()?),
            sort: wanted.sort,
            binding: Binding::of(&["search", wanted.sort.as_str(), &wanted.filter.signature(), text]),
        })
    }

    /// A page of what is found. An article that is gone meanwhile leaves its place empty: the page is shorter then, and no
    /// other is skipped or repeated.
    pub async fn hits(&self, search: &Prepared, page: &PageRequest, highlight: bool) -> Result<Page<Hit>> {
        let plan = page.plan(search.binding)?;
        let found = self.found(search, &plan).await?;
        let ids: Vec<Uuid> = found.nodes().map(|hit| Uuid::from_u128(hit.id)).collect();
        let articles = Articles::new(self.room, self.viewer).get_many(&ids).await?;
        let shown: Vec<Uuid> = ids.iter().copied().filter(|id| articles.contains_key(id)).collect();
        let mut marked = match &search.expr {
            Some(expr) if highlight => self.highlights(expr, &articles, &shown).await?,
            _ => HashMap::new(),
        };
        Ok(found.filter_map(|hit| {
            let id = Uuid::from_u128(hit.id);
            let highlights = marked.remove(&id).unwrap_or_default();
            Some(Hit { article: articles.get(&id)?.clone(), score: hit.score, highlights })
        }))
    }

    async fn found(&self, search: &Prepared, plan: &Plan) -> Result<Page<index::Hit>> {
        let (start, direction) = plan.place();
        let after = start.map(|key| index::Cursor { value: key.value, id: key.id.as_u128() });
        let direction = match direction {
            Direction::Forward => index::Direction::Forward,
            Direction::Backward => index::Direction::Backward,
        };
        // One more tells whether there is more.
        let limit = usize::try_from(plan.limit).unwrap_or(usize::MAX).saturating_add(1);
        let (search, now) = (search.clone(), self.room.now().millis());
        let ask = move |index: &Index, deadline: &index::Deadline| {
            let request = Request {
                expr: search.expr.as_deref(),
                filters: &search.filters,
                sort: search.sort.into(),
                direction,
                after,
                limit,
                now,
                deadline: deadline.clone(),
            };
            index.search(&request)
        };
        let found = self.node()?.ask(ask).await?;
        let key = |hit: &index::Hit| SortKey { value: hit.cursor.value, id: Uuid::from_u128(hit.cursor.id) };
        Ok(plan.page(found.hits.into_iter().map(|hit| (key(&hit), hit)).collect()))
    }

    async fn highlights(
        &self,
        expr: &Arc<Expr>,
        articles: &HashMap<Uuid, Article>,
        shown: &[Uuid],
    ) -> Result<HashMap<Uuid, Vec<Highlight>>> {
        let bodies = Articles::new(self.room, self.viewer).bodies(shown).await?;
        let texts: Vec<(Article, Option<Arc<Body>>)> = shown
            .iter()
            .filter_map(|id| Some((articles.get(id)?.clone(), bodies.get(id).cloned())))
            .collect();
        let expr = Arc::clone(expr);
        // Cutting long texts into words takes its time.
        let marking = tokio::task::spawn_blocking(move || {
            let mark = |(article, body): (Article, Option<Arc<Body>>)| {
                (article.record.id.uuid(), marked(&expr, &article, body.as_deref()))
            };
            texts.into_iter().map(mark).collect()
        });
        marking.await.map_err(|error| fault("marking what was found did not end well", error))
    }

    /// How many articles are found; costs what it counts.
    pub async fn count(&self, search: &Prepared) -> Result<u64> {
        let search = search.clone();
        let ask = move |index: &Index, deadline: &index::Deadline| {
            index.count(search.expr.as_deref(), &search.filters, None, deadline)
        };
        Ok(self.node()?.ask(ask).await?.count)
    }

    /// What is found, counted by each of `facets`, once each: the `limit` most frequent values.
    pub async fn facets(
        &self,
        search: &Prepared,
        facets: impl IntoIterator<Item = Facet>,
        limit: usize,
    ) -> Result<Vec<FacetCounts>> {
        let mut once = Vec::new();
        for facet in facets {
            if !once.contains(&facet) {
                once.push(facet);
            }
        }
        let search = search.clone();
        let ask = move |index: &Index, deadline: &index::Deadline| {
            index.facets(search.expr.as_deref(), &search.filters, &once, limit, deadline)
        };
        let counted = self.node()?.ask(ask).await?;
        let names = Names::of(self.room, &counted).await?;
        let counts = |(facet, buckets): (Facet, Vec<index::Bucket>)| FacetCounts {
            facet,
            buckets: buckets.into_iter().filter_map(|bucket| names.bucket(facet, bucket)).collect(),
        };
        Ok(counted.into_iter().map(counts).collect())
    }

    /// What the beginning of a search may become: up to `limit` of each kind.
    pub async fn suggest(&self, text: &str, limit: usize) -> Result<Suggestions> {
        let (text, now) = (text.to_owned(), self.room.now().millis());
        let ask = move |index: &Index, deadline: &index::Deadline| index.suggest(&text, limit, now, deadline);
        let index::Suggestions { texts, names, articles } = self.node()?.ask(ask).await?;
        let ids: Vec<Uuid> = articles.iter().map(|hit| Uuid::from_u128(hit.id)).collect();
        let seen = Articles::new(self.room, self.viewer).get_many(&ids).await?;
        Ok(Suggestions {
            texts,
            names: names.into_iter().map(SuggestedName::from).collect(),
            articles: ids.iter().filter_map(|id| seen.get(id).cloned()).collect(),
        })
    }

    /// Which of some articles a text in the query language finds, whatever the index has been told: for those who follow what
    /// changes. Articles that readers do not see are never among them.
    pub async fn matching(&self, expr: &Arc<Expr>, articles: &[Uuid]) -> Result<BTreeSet<Uuid>> {
        let documents = document::load(self.room, articles).await?;
        if documents.is_empty() {
            return Ok(BTreeSet::new());
        }
        let (expr, limit) = (Arc::clone(expr), documents.len());
        let asked = tokio::task::spawn_blocking(move || {
            let index = Index::in_memory(super::read_id)?;
            documents.iter().try_for_each(|article| index.put(article))?;
            index.commit(1)?;
            index.search(&Request {
                expr: Some(&expr),
                filters: &Filters::default(),
                sort: Sort::Newest,
                direction: index::Direction::Forward,
                after: None,
                limit,
                now: 0,
                deadline: index::Deadline::never(),
            })
        });
        let found = asked.await.map_err(|error| fault("matching articles did not end well", error))?;
        let found = found.map_err(|error| fault("matching articles", error))?;
        Ok(found.hits.into_iter().map(|hit| Uuid::from_u128(hit.id)).collect())
    }

    /// How the index is doing.
    pub fn status(&self) -> Result<SearchStatus> {
        Ok(self.node()?.status(*self.room.log.head().borrow()))
    }

    pub(crate) fn node(&self) -> Result<&'a Arc<Node>> {
        self.room.search.get().ok_or_else(|| Error::Unavailable {
            code: "search_unavailable",
            message:
                "This server has no search index: the operator has turned it off, or it is being opened."
                    .to_owned(),
        })
    }
}

fn marked(expr: &Expr, article: &Article, body: Option<&Body>) -> Vec<Highlight> {
    let record = &article.record;
    let texts = [
        (HighlightField::Headline, Part::Headline, Some(record.headline.as_str())),
        (HighlightField::Dek, Part::Text, record.dek.as_deref()),
        (HighlightField::Body, Part::Text, body.map(|body| body.text.as_str())),
    ];
    let mut highlights = Vec::new();
    for (field, part, text) in texts {
        let Some(text) = text else { continue };
        let fragments = index::highlight(text, part, expr, record.language.as_deref(), FRAGMENTS);
        highlights.extend(fragments.into_iter().map(|fragment| Highlight { field, fragment }));
    }
    highlights
}

/// The names of what facets have counted.
struct Names(HashMap<Uuid, (String, String)>);

impl Names {
    async fn of(room: &Room, counted: &[(Facet, Vec<index::Bucket>)]) -> Result<Self> {
        let ids = |wanted: &[Facet]| -> Vec<Uuid> {
            let buckets = counted.iter().filter(|(facet, _)| wanted.contains(facet));
            let id = |bucket: &index::Bucket| match &bucket.value {
                BucketValue::Id(id) => Some(Uuid::from_u128(*id)),
                BucketValue::Text(_) => None,
            };
            buckets.flat_map(|(_, buckets)| buckets.iter().filter_map(id)).collect()
        };
        let mut names = HashMap::new();
        for (id, source) in crate::source::load(room, &ids(&[Facet::Source])).await? {
            names.insert(id, (source.id.to_string(), source.name.clone()));
        }
        for (id, topic) in crate::topic::load(room, &ids(&[Facet::Section, Facet::Topic])).await? {
            names.insert(id, (topic.id.to_string(), topic.name.clone()));
        }
        for (id, author) in crate::author::load(room, &ids(&[Facet::Author])).await? {
            names.insert(id, (author.id.to_string(), author.name.clone()));
        }
        Ok(Self(names))
    }

    /// A bucket as readers see it; none where what it counts is gone.
    fn bucket(&self, facet: Facet, bucket: index::Bucket) -> Option<FacetBucket> {
        let count = bucket.count;
        let (value, label) = match bucket.value {
            BucketValue::Id(id) => self.0.get(&Uuid::from_u128(id)).cloned()?,
            BucketValue::Text(text) if facet == Facet::Language => {
                let tag = crate::text::language::normalise(&text).unwrap_or(text);
                (tag.clone(), tag)
            }
            BucketValue::Text(text) => (text.clone(), text),
        };
        Some(FacetBucket { value, label, count })
    }
}

impl From<NameSuggestion> for SuggestedName {
    fn from(suggestion: NameSuggestion) -> Self {
        use crate::id::{AuthorId, SourceId, TopicId};
        let NameSuggestion { kind, id, name, count } = suggestion;
        let key = Uuid::from_u128(id);
        let id = match kind {
            Kind::Source => SourceId::from_uuid(key).to_string(),
            Kind::Section | Kind::Topic => TopicId::from_uuid(key).to_string(),
            Kind::Author => AuthorId::from_uuid(key).to_string(),
        };
        Self { kind, id, name, count }
    }
}
