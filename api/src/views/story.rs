//! Stories, their members and publishers.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::id::PublicId as _;
use broadsheet_domain::story::{StoryMember, StoryPublisher, Told};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ArticleView, SourceView, Timestamp};

/// The same event, told by several articles.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Story", complex)]
#[schema(as = Story)]
pub struct StoryView {
    /// `sto_…`; it never dies: one that became part of another leads there.
    #[schema(value_type = String, example = "sto_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// The headline of the article that told it first.
    #[schema(required = true, example = "Storm surge closes the harbour")]
    pub headline: Option<String>,
    /// The article that told it first.
    #[schema(value_type = String, example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub lead_article_id: ID,
    /// BCP 47, primary part.
    #[schema(required = true, example = "en")]
    pub language: Option<String>,
    /// Articles that tell it.
    #[schema(example = 7)]
    pub article_count: u32,
    /// Publishers that tell it.
    #[schema(example = 4)]
    pub source_count: u32,
    /// When it was first told.
    pub first_published_at: Timestamp,
    /// When it was last told.
    pub last_published_at: Timestamp,
    /// When its members last changed.
    pub updated_at: Timestamp,
    #[serde(skip)]
    #[graphql(skip)]
    pub(crate) key: Uuid,
}

impl From<Told> for StoryView {
    fn from(told: Told) -> Self {
        let Told { story, headline } = told;
        Self {
            id: ID(story.id.to_string()),
            headline,
            lead_article_id: ID(story.lead.to_string()),
            language: story.language.clone(),
            article_count: story.article_count,
            source_count: story.source_count,
            first_published_at: story.first_published_at.into(),
            last_published_at: story.last_published_at.into(),
            updated_at: story.updated_at.into(),
            key: story.id.uuid(),
        }
    }
}

/// An article as a part of a story.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "StoryMember")]
#[schema(as = StoryMember)]
pub struct StoryMemberView {
    /// The article.
    pub article: ArticleView,
    /// How sure it is that it belongs, 0.5 to 1. Not calibrated: good for sorting, not a probability.
    #[schema(example = 0.97)]
    pub confidence: f64,
    /// The article that it repeats nearly word for word.
    #[schema(required = true, value_type = Option<String>)]
    pub duplicate_of: Option<ID>,
    /// Whether an editor put it there.
    pub by_editor: bool,
    /// What was weighed: each a likeness or a penalty, before its weight; `score` is the weighted sum, above 0 for those that
    /// joined.
    pub signals: Vec<SignalView>,
}

/// Something that was weighed.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Signal")]
#[schema(as = Signal)]
pub struct SignalView {
    /// What.
    #[schema(example = "nearest")]
    pub name: String,
    /// How much.
    #[schema(example = 0.62)]
    pub value: f64,
}

impl From<StoryMember> for StoryMemberView {
    fn from(member: StoryMember) -> Self {
        let StoryMember { article, confidence, duplicate_of, by_editor, signals } = member;
        Self {
            article: article.into(),
            confidence: f64::from(confidence) / 1_000.0,
            duplicate_of: duplicate_of.map(|id| ID(id.to_string())),
            by_editor,
            signals: signals.into_iter().map(|(name, value)| SignalView { name, value }).collect(),
        }
    }
}

/// A publisher of a story.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "StoryPublisher")]
#[schema(as = StoryPublisher)]
pub struct StoryPublisherView {
    /// Who.
    pub source: SourceView,
    /// When they first told it.
    pub first_published_at: Timestamp,
    /// How many of their articles tell it.
    pub article_count: u32,
}

impl From<StoryPublisher> for StoryPublisherView {
    fn from(publisher: StoryPublisher) -> Self {
        let StoryPublisher { source, first_published_at, article_count } = publisher;
        Self { source: source.as_ref().into(), first_published_at: first_published_at.into(), article_count }
    }
}
