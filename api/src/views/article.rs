//! Articles, their bodies and revisions.

use async_graphql::{Enum, ID, SimpleObject};
use broadsheet_domain::article::{Article, ArticleStatus, Body, Revision};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AuthorView, CommentList, CorrectionList, MediaView, RelatedList, RevisionList, SourceView, StoryView,
    Timestamp, TopicView, wire_enum,
};

wire_enum! {
    /// Where an article stands in its life.
    ArticleStatusView as ArticleStatus "ArticleStatus" from ArticleStatus {
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
}

/// Which way a text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum TextDirection {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

/// An article.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Article", complex)]
#[schema(as = Article)]
pub struct ArticleView {
    /// `art_…`
    #[schema(value_type = String, example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// The name in addresses.
    #[schema(example = "storm-surge-closes-the-harbour-0v6b7c")]
    pub slug: String,
    /// The article at its publisher's: the canonical URL, without tracking parameters.
    #[schema(required = true)]
    pub url: Option<String>,
    /// The headline, plain text.
    #[schema(example = "Storm surge closes the harbour")]
    pub headline: String,
    /// The publisher's own standfirst, plain text.
    #[schema(required = true)]
    pub dek: Option<String>,
    /// The first words of dek or body, plain text, at most 280 characters.
    pub excerpt: String,
    /// BCP 47: declared by the publisher, or detected.
    #[schema(required = true, example = "en-GB")]
    pub language: Option<String>,
    /// Which way its text runs.
    pub direction: TextDirection,
    /// Where it stands in its life.
    pub status: ArticleStatusView,
    /// When the publisher published it; never in the future.
    pub published_at: Timestamp,
    /// When what readers see last changed.
    pub updated_at: Timestamp,
    /// When Broadsheet first saw it.
    pub first_seen_at: Timestamp,
    /// 1, and one more with each change that readers see.
    pub revision: u32,
    /// Words of the body, or of the dek where there is no body.
    pub word_count: u32,
    /// Whole minutes.
    pub reading_minutes: u32,
    /// Whether its thread takes new comments.
    pub comments_open: bool,
    /// Comments that readers can read.
    pub comment_count: u32,
    /// Whether a correction was published.
    pub corrected: bool,
    /// When it will be published by itself.
    #[schema(required = true)]
    pub release_at: Option<Timestamp>,
    /// Until when it may not be published.
    #[schema(required = true)]
    pub embargo_until: Option<Timestamp>,
    /// When it was withdrawn.
    #[schema(required = true)]
    pub withdrawn_at: Option<Timestamp>,
    /// Why it was withdrawn, as readers are told.
    #[schema(required = true)]
    pub withdrawn_reason: Option<String>,
    /// The publisher.
    pub source: SourceView,
    /// The publisher's section it stands in.
    #[schema(required = true)]
    pub section: Option<TopicView>,
    /// The picture that stands for the article.
    #[schema(required = true)]
    pub lead_image: Option<MediaView>,
    /// Bylines in the publisher's order.
    #[graphql(skip)]
    pub authors: Vec<AuthorView>,
    /// Topics in the publisher's order. With `include=topics`.
    #[graphql(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<TopicView>, required = false)]
    pub topics: Option<Vec<TopicView>>,
    /// Images, video and audio in order. With `include=media`.
    #[graphql(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<MediaView>, required = false)]
    pub media: Option<Vec<MediaView>>,
    /// What the article says. With `include=body`.
    #[graphql(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = BodyView, required = false)]
    pub body: Option<BodyView>,
    /// The first page of its thread, with the first replies. With `include=comments`.
    #[graphql(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = CommentList, required = false)]
    pub comments: Option<CommentList>,
    /// What it said before, newest first. With `include=revisions`.
    #[graphql(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = RevisionList, required = false)]
    pub revisions: Option<RevisionList>,
    /// What was wrong in it, latest first. With `include=corrections`.
    #[graphql(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = CorrectionList, required = false)]
    pub corrections: Option<CorrectionList>,
    /// The story that it is part of; null where it tells none. With `include=story`.
    #[graphql(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<StoryView>, required = false)]
    pub story: Option<Option<StoryView>>,
    /// The first of what is related to it. With `include=related`, of one article.
    #[graphql(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = RelatedList, required = false, no_recursion)]
    pub related: Option<RelatedList>,
    /// schema.org's `NewsArticle`, to stand in a page's `script` element. With `include=json_ld`.
    #[graphql(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    pub json_ld: Option<serde_json::Value>,
    #[serde(skip)]
    #[graphql(skip)]
    #[schema(ignore)]
    pub(crate) article: Article,
}

impl From<Article> for ArticleView {
    fn from(article: Article) -> Self {
        let record = &article.record;
        let rtl = record.language.as_deref().is_some_and(broadsheet_domain::text::language::is_rtl);
        Self {
            id: ID(record.id.to_string()),
            slug: record.slug.clone(),
            url: record.url.clone(),
            headline: record.headline.clone(),
            dek: record.dek.clone(),
            excerpt: record.excerpt.clone(),
            language: record.language.clone(),
            direction: if rtl { TextDirection::Rtl } else { TextDirection::Ltr },
            status: record.status.into(),
            published_at: record.published_at.into(),
            updated_at: record.updated_at.into(),
            first_seen_at: record.first_seen_at.into(),
            revision: record.revision,
            word_count: record.word_count,
            reading_minutes: record.reading_minutes,
            comments_open: record.comments_open,
            comment_count: record.comment_count,
            corrected: record.corrected,
            release_at: record.release_at.map(Into::into),
            embargo_until: record.embargo_until.map(Into::into),
            withdrawn_at: record.withdrawn_at.map(Into::into),
            withdrawn_reason: record.withdrawn_reason.clone(),
            source: article.source.as_ref().into(),
            section: article.section.as_deref().map(Into::into),
            lead_image: record.lead_image().map(Into::into),
            authors: article.authors.iter().map(|author| author.as_ref().into()).collect(),
            topics: None,
            media: None,
            body: None,
            comments: None,
            revisions: None,
            corrections: None,
            story: None,
            related: None,
            json_ld: None,
            article,
        }
    }
}

impl ArticleView {
    pub(crate) fn all_topics(&self) -> Vec<TopicView> {
        self.article.topics.iter().map(|topic| topic.as_ref().into()).collect()
    }

    pub(crate) fn all_media(&self) -> Vec<MediaView> {
        self.article.record.media.iter().map(Into::into).collect()
    }
}

/// What an article says.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Body")]
#[schema(as = Body)]
pub struct BodyView {
    /// Sanitised HTML: headings, paragraphs, lists, figures, quotes, tables, links, images, video and audio; no scripts, no
    /// styles, no advertising markers. Every address in it is absolute.
    pub html: String,
    /// The same as plain text, paragraphs apart by blank lines.
    pub text: String,
}

impl From<&Body> for BodyView {
    fn from(body: &Body) -> Self {
        Self { html: body.html.clone(), text: body.text.clone() }
    }
}

/// What an article said before its publisher changed it.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Revision")]
#[schema(as = Revision)]
pub struct RevisionView {
    /// 1 for the first.
    pub revision: u32,
    /// The headline then.
    pub headline: String,
    /// The dek then.
    #[schema(required = true)]
    pub dek: Option<String>,
    /// The body then, sanitised HTML.
    pub body_html: String,
    /// Since when it said so.
    pub updated_at: Timestamp,
    /// When it was replaced.
    pub superseded_at: Timestamp,
}

impl From<&Revision> for RevisionView {
    fn from(revision: &Revision) -> Self {
        let Revision { revision, headline, dek, body_html, updated_at, superseded_at } = revision.clone();
        let (updated_at, superseded_at) = (updated_at.into(), superseded_at.into());
        Self { revision, headline, dek, body_html, updated_at, superseded_at }
    }
}
