//! What can be loaded in batches: one queue for each kind of relation, one call of the domain for each batch.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::task::Waker;

use broadsheet_domain::article::desk::Correction;
use broadsheet_domain::article::{Article, ArticleSort, Body, Parent, Revision};
use broadsheet_domain::comment::{Branch, Comment, CommentSort};
use broadsheet_domain::error::Error;
use broadsheet_domain::page::{Page, PageRequest};
use broadsheet_domain::source::Source;
use broadsheet_domain::story::Told;
use broadsheet_domain::topic::Topic;
use broadsheet_domain::{Newsroom, Viewer};
use uuid::Uuid;

use super::batching::{Batches, Load, Queue};

/// Loads relations as one viewer may see them.
pub struct Relations {
    newsroom: Newsroom,
    viewer: Viewer,
}

/// The loaders of one request: what one viewer may see is never another's.
pub struct Loaders {
    relations: Arc<Relations>,
    batches: Batches,
    /// Articles by key.
    pub articles: Queue<Uuid, Article>,
    /// Sources by key.
    pub sources: Queue<SourceKey, Arc<Source>>,
    /// Bodies by their article's key.
    pub bodies: Queue<BodyKey, Arc<Body>>,
    /// Pages of what articles said before.
    pub revisions: Queue<RevisionsKey, Page<Revision>>,
    /// Pages of corrections of articles.
    pub corrections: Queue<CorrectionsKey, Page<Correction>>,
    /// Stories by key.
    pub stories: Queue<StoryKey, Told>,
    /// Topics by key.
    pub topics: Queue<TopicKey, Arc<Topic>>,
    /// Pages of parts of topics.
    pub children: Queue<ChildrenOf, Page<Arc<Topic>>>,
    /// Pages of articles below sources, authors and topics.
    pub lists: Queue<ArticlesOf, Page<Article>>,
    /// Pages of comments below articles and comments.
    pub comments: Queue<CommentsOf, Page<Comment>>,
}

impl Loaders {
    /// Loaders with nothing to load yet.
    pub fn new(newsroom: Newsroom, viewer: Viewer) -> Self {
        Self {
            relations: Arc::new(Relations { newsroom, viewer }),
            batches: Batches::default(),
            articles: Queue::default(),
            sources: Queue::default(),
            bodies: Queue::default(),
            revisions: Queue::default(),
            corrections: Queue::default(),
            stories: Queue::default(),
            topics: Queue::default(),
            children: Queue::default(),
            lists: Queue::default(),
            comments: Queue::default(),
        }
    }

    /// Loads everything that waits, unless something is being loaded still; `waker` wakes the request when that is done.
    pub fn dispatch(&self, waker: &Waker) {
        self.batches.wake_when_done(waker);
        if !self.batches.are_done() {
            return;
        }
        let Self {
            relations,
            batches,
            articles,
            sources,
            bodies,
            revisions,
            corrections,
            stories,
            topics,
            children,
            lists,
            comments,
        } = self;
        articles.dispatch(relations, batches);
        sources.dispatch(relations, batches);
        bodies.dispatch(relations, batches);
        revisions.dispatch(relations, batches);
        corrections.dispatch(relations, batches);
        stories.dispatch(relations, batches);
        topics.dispatch(relations, batches);
        children.dispatch(relations, batches);
        lists.dispatch(relations, batches);
        comments.dispatch(relations, batches);
    }
}

type Loaded<K, V> = Result<HashMap<K, V>, Arc<Error>>;

impl Load<Uuid> for Relations {
    type Value = Article;

    async fn load(&self, keys: &[Uuid]) -> Loaded<Uuid, Article> {
        self.newsroom.articles(&self.viewer).get_many(keys).await.map_err(Arc::new)
    }
}

/// A source.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceKey(pub Uuid);

impl Load<SourceKey> for Relations {
    type Value = Arc<Source>;

    async fn load(&self, keys: &[SourceKey]) -> Loaded<SourceKey, Arc<Source>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let found = self.newsroom.sources(&self.viewer).get_many(&ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, source)| (SourceKey(id), source)).collect())
    }
}

/// An article's body.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BodyKey(pub Uuid);

impl Load<BodyKey> for Relations {
    type Value = Arc<Body>;

    async fn load(&self, keys: &[BodyKey]) -> Loaded<BodyKey, Arc<Body>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let found = self.newsroom.articles(&self.viewer).bodies(&ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, body)| (BodyKey(id), body)).collect())
    }
}

/// A page of what an article said before.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RevisionsKey(pub Uuid, pub PageRequest);

impl Load<RevisionsKey> for Relations {
    type Value = Page<Revision>;

    async fn load(&self, keys: &[RevisionsKey]) -> Loaded<RevisionsKey, Page<Revision>> {
        let mut loaded = HashMap::new();
        for (page, ids) in grouped(keys, |key| (key.1.clone(), key.0)) {
            let found =
                self.newsroom.articles(&self.viewer).revisions(&ids, &page).await.map_err(Arc::new)?;
            loaded
                .extend(found.into_iter().map(|(id, revisions)| (RevisionsKey(id, page.clone()), revisions)));
        }
        Ok(loaded)
    }
}

/// A page of an article's corrections.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CorrectionsKey(pub Uuid, pub PageRequest);

impl Load<CorrectionsKey> for Relations {
    type Value = Page<Correction>;

    async fn load(&self, keys: &[CorrectionsKey]) -> Loaded<CorrectionsKey, Page<Correction>> {
        let mut loaded = HashMap::new();
        for (page, ids) in grouped(keys, |key| (key.1.clone(), key.0)) {
            let articles = self.newsroom.articles(&self.viewer);
            let found = articles.corrections(&ids, &page).await.map_err(Arc::new)?;
            loaded.extend(found.into_iter().map(|(id, list)| (CorrectionsKey(id, page.clone()), list)));
        }
        Ok(loaded)
    }
}

/// A story.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoryKey(pub Uuid);

impl Load<StoryKey> for Relations {
    type Value = Told;

    async fn load(&self, keys: &[StoryKey]) -> Loaded<StoryKey, Told> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let found = self.newsroom.stories(&self.viewer).told(&ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, told)| (StoryKey(id), told)).collect())
    }
}

/// A topic.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TopicKey(pub Uuid);

impl Load<TopicKey> for Relations {
    type Value = Arc<Topic>;

    async fn load(&self, keys: &[TopicKey]) -> Loaded<TopicKey, Arc<Topic>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let found = self.newsroom.topics(&self.viewer).get_many(&ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, topic)| (TopicKey(id), topic)).collect())
    }
}

/// A page of a topic's parts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ChildrenOf(pub Uuid, pub PageRequest);

impl Load<ChildrenOf> for Relations {
    type Value = Page<Arc<Topic>>;

    async fn load(&self, keys: &[ChildrenOf]) -> Loaded<ChildrenOf, Page<Arc<Topic>>> {
        let mut loaded = HashMap::new();
        for (page, ids) in grouped(keys, |key| (key.1.clone(), key.0)) {
            let topics = self.newsroom.topics(&self.viewer);
            let found = topics.children_of(&ids, &page).await.map_err(Arc::new)?;
            loaded.extend(found.into_iter().map(|(id, list)| (ChildrenOf(id, page.clone()), list)));
        }
        Ok(loaded)
    }
}

/// A page of the articles of a source, author or topic.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ArticlesOf {
    pub parent: Parent,
    pub id: Uuid,
    pub sort: ArticleSort,
    pub page: PageRequest,
}

impl Load<ArticlesOf> for Relations {
    type Value = Page<Article>;

    async fn load(&self, keys: &[ArticlesOf]) -> Loaded<ArticlesOf, Page<Article>> {
        let mut loaded = HashMap::new();
        for ((parent, sort, page), ids) in
            grouped(keys, |key| ((key.parent, key.sort, key.page.clone()), key.id))
        {
            let articles = self.newsroom.articles(&self.viewer);
            let found = articles.list_of(parent, &ids, sort, &page).await.map_err(Arc::new)?;
            loaded.extend(
                found
                    .into_iter()
                    .map(|(id, list)| (ArticlesOf { parent, id, sort, page: page.clone() }, list)),
            );
        }
        Ok(loaded)
    }
}

/// A page of comments below an article or comment.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CommentsOf {
    pub branch: Branch,
    pub sort: CommentSort,
    pub page: PageRequest,
}

impl Load<CommentsOf> for Relations {
    type Value = Page<Comment>;

    async fn load(&self, keys: &[CommentsOf]) -> Loaded<CommentsOf, Page<Comment>> {
        let mut loaded = HashMap::new();
        for ((sort, page), branches) in grouped(keys, |key| ((key.sort, key.page.clone()), key.branch)) {
            let found =
                self.newsroom.comments(&self.viewer).pages(&branches, sort, &page).await.map_err(Arc::new)?;
            let by_key: HashMap<Uuid, Branch> =
                branches.iter().map(|branch| (branch.key(), *branch)).collect();
            loaded.extend(found.into_iter().filter_map(|(id, list)| {
                Some((CommentsOf { branch: *by_key.get(&id)?, sort, page: page.clone() }, list))
            }));
        }
        Ok(loaded)
    }
}

/// Keys that differ only in what they hang on are loaded together.
fn grouped<K, G: Hash + Eq, I>(keys: &[K], split: impl Fn(&K) -> (G, I)) -> HashMap<G, Vec<I>> {
    let mut groups = HashMap::<G, Vec<I>>::new();
    for key in keys {
        let (group, item) = split(key);
        groups.entry(group).or_default().push(item);
    }
    groups
}

/// A batch's shared error as a GraphQL error.
pub fn shared(error: &Arc<Error>) -> async_graphql::Error {
    super::errors::graphql(error.duplicate())
}
