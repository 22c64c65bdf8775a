//! What to read after an article: other publishers' articles of its story, and articles like it, mixed so that no publisher
//! has it all.
//!
//! Two of the story's publishers, then one article like it, and so on, until either list is empty; each publisher tells the
//! story once. An article like it counts for less with each article that its publisher has above it already, its own article
//! included: [`AGAIN`]. The same question has the same answer until something is published, changed or withdrawn.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::{Article, Articles, Body};
use crate::error::{Error, Result};
use crate::id::PublicId as _;
use crate::page::{Binding, MAX_LIMIT, Page, PageRequest, page_of_slice};
use crate::search::index::{Deadline, Filters, Index, Part, Pick, Sample, Similar, any_words, highlight};
use crate::story::{Stories, StoryMember};

/// The most articles that are related to one.
const MOST: usize = 50;
/// Articles like it that are looked at.
const CANDIDATES: usize = 100;
/// The story's publishers between two articles like it.
const TOLD_IN_A_ROW: usize = 2;
/// What is left of a likeness for each article that the same publisher has above it.
const AGAIN: f64 = 0.6;
/// Words that are named as shared.
const SHARED: usize = 5;

/// Why an article is related.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RelatedReason {
    /// Another publisher tells the same story.
    SameStory,
    /// It has the same telling words.
    Similar,
}

/// An article that is related to another, and why.
#[derive(Clone, Debug)]
pub struct Related {
    /// The article.
    pub article: Article,
    /// Why.
    pub reason: RelatedReason,
    /// What was weighed, by name.
    pub signals: Vec<(String, f64)>,
    /// Telling words that both have, as far as headline and excerpt show; of articles like it.
    pub shared_words: Vec<String>,
}

impl Articles<'_> {
    /// A page of what is related to an article, at most 50 in all. Without a search index it is the story's publishers alone.
    pub async fn related(&self, article: &Article, page: &PageRequest) -> Result<Page<Related>> {
        let told = self.told_by_others(article).await?;
        let like = self.like(article, &told).await?;
        let mixed = mix(article, told, like);
        page_of_slice(&mixed, Binding::of(&["related", &article.record.id.to_string()]), page)
    }

    /// The story's articles, one for each other publisher: what belongs most surely, then the latest.
    async fn told_by_others(&self, article: &Article) -> Result<Vec<StoryMember>> {
        let Some(story) = article.record.story else { return Ok(Vec::new()) };
        let stories = Stories::new(self.room, self.viewer);
        let members = stories.members(story, &PageRequest::first(MAX_LIMIT)).await?;
        let mut told: Vec<StoryMember> = members.nodes().cloned().collect();
        let place = |member: &StoryMember| {
            let record = &member.article.record;
            (std::cmp::Reverse((member.confidence, record.published_at)), record.id.uuid())
        };
        told.sort_by_key(place);
        let mut publishers = BTreeSet::from([article.record.source]);
        told.retain(|member| publishers.insert(member.article.record.source));
        Ok(told)
    }

    /// Articles like it that are not of its story, the most like it first.
    async fn like(&self, article: &Article, told: &[StoryMember]) -> Result<Vec<Related>> {
        let node = match self.search_node() {
            Ok(node) => node,
            Err(Error::Unavailable { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let id = article.record.id.uuid();
        let body = self.bodies(&[id]).await?.remove(&id);
        let filters = unlike(article, told);
        let sample = OwnedSample::of(article, body.as_deref());
        let asked = node
            .ask(move |index: &Index, deadline: &Deadline| {
                index.similar(&sample.borrowed(), &filters, CANDIDATES, deadline)
            })
            .await;
        let found = match asked {
            Ok(found) => found,
            // Not made yet: what the story knows is better than nothing.
            Err(Error::Unavailable { code: "search_unavailable", .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let ids: Vec<Uuid> = found.hits.iter().map(|hit| Uuid::from_u128(hit.id)).collect();
        let articles = self.get_many(&ids).await?;
        let best = found.hits.first().map_or(1.0, |hit| f64::from(hit.score));
        let related = found.hits.iter().filter_map(|hit| {
            let article = articles.get(&Uuid::from_u128(hit.id))?.clone();
            let likeness = f64::from(hit.score) / best.max(f64::MIN_POSITIVE);
            Some(Related {
                shared_words: shared(&found, &article),
                article,
                reason: RelatedReason::Similar,
                signals: vec![("likeness".to_owned(), rounded(likeness))],
            })
        });
        Ok(related.collect())
    }

    fn search_node(&self) -> Result<&Arc<crate::search::Node>> {
        crate::search::Search::new(self.room, self.viewer).node()
    }
}

/// Neither the article itself nor its story, in its own language.
fn unlike(article: &Article, told: &[StoryMember]) -> Filters {
    let record = &article.record;
    let mut filters = Filters::default();
    let told = told.iter().map(|member| member.article.record.id.uuid().as_u128());
    filters.articles.none_of = told.chain([record.id.uuid().as_u128()]).collect();
    if let Some(story) = record.story {
        filters.stories = Pick { all_of: Vec::new(), none_of: vec![story.uuid().as_u128()] };
    }
    if let Some(language) = record.language.as_deref().and_then(|tag| tag.split('-').next()) {
        filters.languages.all_of = vec![vec![language.to_owned()]];
    }
    filters
}

/// What the index compares others with, for another thread.
struct OwnedSample {
    headline: String,
    text: String,
    language: Option<String>,
}

impl OwnedSample {
    fn of(article: &Article, body: Option<&Body>) -> Self {
        let record = &article.record;
        let body = body.map_or("", |body| body.text.as_str());
        let text = format!("{}\n{body}", record.dek.as_deref().unwrap_or_default());
        Self { headline: record.headline.clone(), text, language: record.language.clone() }
    }

    fn borrowed(&self) -> Sample<'_> {
        Sample { headline: &self.headline, text: &self.text, language: self.language.as_deref() }
    }
}

/// The telling words of the other that stand in an article's headline or excerpt, in the order in which they tell.
fn shared(similar: &Similar, article: &Article) -> Vec<String> {
    let record = &article.record;
    let text = format!("{}\n{}", record.headline, record.excerpt);
    let stands = |word: &str| {
        let expr = any_words(word);
        let marks = |expr| highlight(&text, Part::Text, &expr, record.language.as_deref(), 1);
        expr.is_some_and(|expr| !marks(expr).is_empty())
    };
    let words = similar.words.iter().map(|(word, _)| word).filter(|word| stands(word));
    words.take(SHARED).cloned().collect()
}

/// Takes turns between the two lists, and among likenesses the best for now.
fn mix(of: &Article, told: Vec<StoryMember>, like: Vec<Related>) -> Vec<Related> {
    let mut shown = BTreeMap::<Uuid, i32>::from([(of.record.source, 1)]);
    let (mut told, mut like) = (told.into_iter().peekable(), like);
    let mut mixed = Vec::new();
    while mixed.len() < MOST && (told.peek().is_some() || !like.is_empty()) {
        for member in told.by_ref().take(TOLD_IN_A_ROW) {
            *shown.entry(member.article.record.source).or_default() += 1;
            mixed.push(Related::from(member));
        }
        if let Some(next) = best(&mut like, &shown) {
            *shown.entry(next.article.record.source).or_default() += 1;
            mixed.push(next);
        }
    }
    mixed.truncate(MOST);
    mixed
}

/// Takes the article that is most like it after what its publisher has above it is counted; among equals the first.
fn best(like: &mut Vec<Related>, shown: &BTreeMap<Uuid, i32>) -> Option<Related> {
    let weight = |related: &Related| {
        let likeness = related.signals.first().map_or(0.0, |(_, likeness)| *likeness);
        let again = shown.get(&related.article.record.source).copied().unwrap_or(0);
        (likeness * AGAIN.powi(again), again)
    };
    let mut found: Option<(usize, f64, i32)> = None;
    for (at, related) in like.iter().enumerate() {
        let (weighed, again) = weight(related);
        if found.is_none_or(|(_, most, _)| weighed > most) {
            found = Some((at, weighed, again));
        }
    }
    let (at, weighed, again) = found?;
    let mut related = like.remove(at);
    related.signals.push(("same_publisher_above".to_owned(), f64::from(again)));
    related.signals.push(("score".to_owned(), rounded(weighed)));
    Some(related)
}

impl From<StoryMember> for Related {
    fn from(member: StoryMember) -> Self {
        let mut signals = vec![("confidence".to_owned(), f64::from(member.confidence) / 1_000.0)];
        if member.duplicate_of.is_some() {
            signals.push(("near_duplicate".to_owned(), 1.0));
        }
        Self { article: member.article, reason: RelatedReason::SameStory, signals, shared_words: Vec::new() }
    }
}

/// To thousandths: what lies beyond is noise.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
