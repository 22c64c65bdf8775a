//! What a definition finds: pages of it, how much it is, and whether an article is of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use super::{Definition, Queries, QuerySort};
use crate::article::{Article, Articles, Matcher};
use crate::error::Result;
use crate::id::PublicId as _;
use crate::page::{Page, PageRequest};
use crate::search::Search;
use crate::text::query::Expr;

/// A definition ready to be asked about articles one by one.
pub struct Asked {
    /// What it is asked by, to be looked up anew.
    pub(crate) definition: Definition,
    pub(crate) matcher: Matcher,
    words: Option<Arc<Expr>>,
}

impl Queries<'_> {
    /// A page of what a definition finds, in its own order.
    pub async fn find(&self, definition: &Definition, page: &PageRequest) -> Result<Page<Article>> {
        let Some(wanted) = definition.search() else {
            return self.articles().list(&definition.filter, definition.list_sort(), page).await;
        };
        let search = Search::new(self.room, self.viewer);
        let prepared = search.prepare(&wanted).await?;
        Ok(search.hits(&prepared, page, false).await?.map(|hit| hit.article))
    }

    /// A page of what a definition finds, latest published first whatever its own order.
    pub async fn newest(&self, definition: &Definition, page: &PageRequest) -> Result<Page<Article>> {
        let latest = Definition { sort: Some(QuerySort::Newest), ..definition.clone() };
        self.find(&latest, page).await
    }

    /// How many articles a definition finds; costs what it counts.
    pub async fn count(&self, definition: &Definition) -> Result<u64> {
        let Some(wanted) = definition.search() else {
            return self.articles().count(&definition.filter).await;
        };
        let search = Search::new(self.room, self.viewer);
        search.count(&search.prepare(&wanted).await?).await
    }

    /// How many are new since the walk began that a page belongs to; none, where nobody knows.
    pub async fn newer_count<T>(&self, definition: &Definition, page: &Page<T>) -> Result<Option<u64>> {
        if definition.text.is_some() {
            return Ok(None);
        }
        self.articles().newer_count(&definition.filter, definition.list_sort(), page).await
    }

    /// The sequence up to which what is found from now on is complete: what is found in words is a moment behind the log.
    pub async fn snapshot(&self, definition: &Definition) -> Result<i64> {
        let log = crate::changes::Changes::new(self.room, self.viewer).snapshot().await?;
        if definition.text.is_none() {
            return Ok(log);
        }
        Ok(log.min(Search::new(self.room, self.viewer).status()?.sequence))
    }

    /// A definition ready to be asked about articles.
    pub async fn asking(&self, definition: Definition) -> Result<Asked> {
        let matcher = self.articles().matcher(definition.filter.clone()).await?;
        let search = Search::new(self.room, self.viewer);
        let words = definition.text.as_deref().map(|text| search.read(text)).transpose()?;
        Ok(Asked { definition, matcher, words: words.map(Arc::new) })
    }

    /// Whether a definition finds an article that the viewer sees.
    pub async fn finds(&self, asked: &Asked, article: &Article) -> Result<bool> {
        if !asked.matcher.lets_through(article) {
            return Ok(false);
        }
        let id = article.record.id.uuid();
        let found = self.said(asked, &[id]).await?;
        Ok(found.is_none_or(|found| found.contains(&id)))
    }

    /// Which of some articles say what a definition looks for; none, where it looks for no words.
    pub(crate) async fn said(&self, asked: &Asked, articles: &[Uuid]) -> Result<Option<BTreeSet<Uuid>>> {
        let Some(words) = &asked.words else { return Ok(None) };
        Search::new(self.room, self.viewer).matching(words, articles).await.map(Some)
    }

    fn articles(&self) -> Articles<'_> {
        Articles::new(self.room, self.viewer)
    }
}
