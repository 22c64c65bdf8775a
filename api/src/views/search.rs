//! What was found, and why.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::article::{Related, RelatedReason};
use broadsheet_domain::search::index::{Facet, Fragment, Kind};
use broadsheet_domain::search::{
    Building, FacetBucket, FacetCounts, Highlight, HighlightField, Hit, SearchSort, SearchStatus,
    SuggestedName, Suggestions,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ArticleView, SignalView, wire_enum};

wire_enum! {
    /// The order of what is found.
    SearchSortView as SearchSort "SearchSort" from SearchSort {
        /// Best match first, the recent above the old where both match alike.
        Relevance,
        /// Latest published first.
        Newest,
        /// First published first.
        Oldest,
    }
}

wire_enum! {
    /// What to count by.
    FacetView as Facet "Facet" from Facet {
        /// By publisher.
        Source,
        /// By the publisher's section.
        Section,
        /// By topic; an article counts for each.
        Topic,
        /// By byline; an article counts for each.
        Author,
        /// By language, as it is tagged.
        Language,
        /// By the month of publication, in UTC.
        Month,
    }
}

wire_enum! {
    /// Which text of an article shows why it was found.
    HighlightFieldView as HighlightField "HighlightField" from HighlightField {
        /// The headline.
        Headline,
        /// The dek.
        Dek,
        /// The body's plain text.
        Body,
    }
}

wire_enum! {
    /// What has a name.
    NamedKindView as NamedKind "NamedKind" from Kind {
        /// A publisher.
        Source,
        /// A section of a publisher.
        Section,
        /// A topic.
        Topic,
        /// A name in bylines.
        Author,
    }
}

wire_enum! {
    /// Why an article is related to another.
    RelatedReasonView as RelatedReason "RelatedReason" from RelatedReason {
        /// Another publisher tells the same story.
        SameStory,
        /// It has the same telling words.
        Similar,
    }
}

/// An article that was found.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "SearchHit")]
#[schema(as = SearchHit)]
pub struct SearchHitView {
    /// The article.
    pub article: ArticleView,
    /// How well it matches: comparable within one search only. 0 where relevance does not sort.
    #[schema(example = 7.31)]
    pub score: f64,
    /// Why it was found: stretches of headline, dek and body with the sought words marked. None where it was found by what it
    /// belongs to alone.
    pub highlights: Vec<HighlightView>,
}

impl From<Hit> for SearchHitView {
    fn from(hit: Hit) -> Self {
        let Hit { article, score, highlights } = hit;
        // Scores are sums of small floats: what lies beyond thousandths is noise.
        let score = (f64::from(score) * 1_000.0).round() / 1_000.0;
        Self {
            article: article.into(),
            score,
            highlights: highlights.into_iter().map(HighlightView::from).collect(),
        }
    }
}

/// A stretch of an article's text with the sought words marked, as offsets and as HTML.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Highlight")]
#[schema(as = Highlight)]
pub struct HighlightView {
    /// Which text.
    pub field: HighlightFieldView,
    /// The stretch, plain text.
    #[schema(example = "Storm surge closes the harbour")]
    pub text: String,
    /// Where it begins in the whole text, in characters (Unicode scalar values).
    pub offset: u64,
    /// What is marked.
    pub marks: Vec<MarkView>,
    /// The same as HTML: escaped, with no element but `mark`.
    #[schema(example = "<mark>Storm</mark> surge closes the harbour")]
    pub html: String,
}

/// A marked part of a text, in characters (Unicode scalar values) from the beginning of the stretch.
#[derive(Clone, Copy, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Mark")]
#[schema(as = Mark)]
pub struct MarkView {
    /// Where it begins.
    pub start: u64,
    /// Where it ends; this character is not part of it.
    pub end: u64,
}

impl From<Highlight> for HighlightView {
    fn from(highlight: Highlight) -> Self {
        let Highlight { field, fragment: Fragment { text, offset, marks, html } } = highlight;
        let mark = |(start, end)| MarkView { start: count(start), end: count(end) };
        Self {
            field: field.into(),
            text,
            offset: count(offset),
            marks: marks.into_iter().map(mark).collect(),
            html,
        }
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// What was found, counted by one property.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "FacetCounts")]
#[schema(as = FacetCounts)]
pub struct FacetCountsView {
    /// By what.
    pub facet: FacetView,
    /// The most frequent values first; months: the latest first.
    pub buckets: Vec<FacetBucketView>,
}

/// How many of what was found have a value.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "FacetBucket")]
#[schema(as = FacetBucket)]
pub struct FacetBucketView {
    /// What a filter takes: an id, a language tag; or a month such as `2026-11`, for `published:` in a query.
    #[schema(example = "src_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub value: String,
    /// As people read it.
    #[schema(example = "Harbour Courier")]
    pub label: String,
    /// How many articles.
    #[schema(example = 12)]
    pub count: u64,
}

impl From<FacetCounts> for FacetCountsView {
    fn from(counts: FacetCounts) -> Self {
        let bucket = |FacetBucket { value, label, count }| FacetBucketView { value, label, count };
        Self { facet: counts.facet.into(), buckets: counts.buckets.into_iter().map(bucket).collect() }
    }
}

/// How the search index is doing.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "SearchMeta")]
#[schema(as = SearchMeta)]
pub struct SearchMetaView {
    /// How far in the order of changes the index has read: what happened after this change is not found yet.
    #[schema(value_type = String, example = "1042")]
    pub sequence: ID,
    /// The newest change that this server has heard of.
    #[schema(value_type = String, example = "1042")]
    pub newest_sequence: ID,
    /// A new index that is being made while this one answers.
    #[schema(required = true)]
    pub building: Option<BuildingView>,
}

/// How far a new index has come.
#[derive(Clone, Copy, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Building")]
#[schema(as = Building)]
pub struct BuildingView {
    /// Articles that are in it.
    pub done: u64,
    /// Articles that there were when it was begun.
    pub total: u64,
}

impl From<SearchStatus> for SearchMetaView {
    fn from(status: SearchStatus) -> Self {
        let SearchStatus { sequence, newest, building } = status;
        let building = building.map(|Building { done, total }| BuildingView { done, total });
        Self { sequence: ID(sequence.to_string()), newest_sequence: ID(newest.to_string()), building }
    }
}

/// What somebody who types may mean.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "SearchSuggestions")]
#[schema(as = SearchSuggestions)]
pub struct SuggestionsView {
    /// The text with its last word completed, most frequent first.
    #[schema(example = json!(["storm surge"]))]
    pub texts: Vec<String>,
    /// Publishers, sections, topics and authors, most frequent first.
    pub names: Vec<SuggestedNameView>,
    /// Articles with every word in their headline, latest first.
    pub articles: Vec<ArticleView>,
}

/// A name that may be meant.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "SuggestedName")]
#[schema(as = SuggestedName)]
pub struct SuggestedNameView {
    /// Of what.
    pub kind: NamedKindView,
    /// Its id, as filters take it.
    #[schema(value_type = String, example = "top_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// As readers see it.
    #[schema(example = "Climate")]
    pub name: String,
    /// How many articles have it, about.
    pub count: u64,
}

impl From<Suggestions> for SuggestionsView {
    fn from(suggestions: Suggestions) -> Self {
        let name = |SuggestedName { kind, id, name, count }| SuggestedNameView {
            kind: kind.into(),
            id: ID(id),
            name,
            count,
        };
        Self {
            texts: suggestions.texts,
            names: suggestions.names.into_iter().map(name).collect(),
            articles: suggestions.articles.into_iter().map(Into::into).collect(),
        }
    }
}

/// An article that is related to another.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "RelatedArticle")]
#[schema(as = RelatedArticle)]
pub struct RelatedView {
    /// The article.
    pub article: ArticleView,
    /// Why it is related.
    pub reason: RelatedReasonView,
    /// What was weighed. Of `same_story`: how sure it is that it tells the story (`confidence`), and whether it repeats another
    /// nearly word for word (`near_duplicate`). Of `similar`: its `likeness` as a part of the most like one's, how many articles
    /// its publisher has above it already (`same_publisher_above`), and the `score` that is left. In REST with `explain=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<SignalView>, required = false)]
    pub signals: Option<Vec<SignalView>>,
    /// Telling words that both have, as far as headline and excerpt show; of `similar`. In REST with `explain=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<String>, required = false)]
    pub shared_words: Option<Vec<String>>,
}

impl From<Related> for RelatedView {
    fn from(related: Related) -> Self {
        let Related { article, reason, signals, shared_words } = related;
        let signals = signals.into_iter().map(|(name, value)| SignalView { name, value }).collect();
        Self {
            article: article.into(),
            reason: reason.into(),
            signals: Some(signals),
            shared_words: Some(shared_words),
        }
    }
}

impl RelatedView {
    /// Without what explains it.
    pub fn unexplained(self) -> Self {
        Self { signals: None, shared_words: None, ..self }
    }
}
