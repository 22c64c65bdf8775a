//! What editors send: articles, edits, corrections, times.

use std::fmt;
use std::result::Result as Outcome;

use async_graphql::{InputObject, MaybeUndefined};
use broadsheet_domain::article::FocalPoint;
use broadsheet_domain::article::desk::{Edit, Manuscript};
use broadsheet_domain::article::draft::IncomingMedia;
use broadsheet_domain::error::{Error, Findings, Result};
use broadsheet_domain::topic::TopicKind;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;
use utoipa::ToSchema;

use crate::views::{MediaKindView, Timestamp, TopicKindView};

/// A topic by its name; made where there is none.
#[derive(Clone, Debug, Default, Serialize, ToSchema, InputObject)]
pub struct TopicNameInput {
    /// What it is; `topic` if left out.
    pub kind: Option<TopicKindView>,
    /// Its name.
    #[schema(required = true, example = "Ferries")]
    pub name: String,
}

/// A name alone, as most archives have it, is a topic too.
impl<'de> Deserialize<'de> for TopicNameInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Outcome<Self, D::Error> {
        deserializer.deserialize_any(TopicVisitor)
    }
}

struct TopicVisitor;

impl<'de> Visitor<'de> for TopicVisitor {
    type Value = TopicNameInput;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a topic: its name, or an object with name and kind")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Outcome<TopicNameInput, E> {
        Ok(TopicNameInput { kind: None, name: name.to_owned() })
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Outcome<TopicNameInput, A::Error> {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct Members {
            kind: Option<TopicKindView>,
            name: String,
        }
        let Members { kind, name } = Members::deserialize(MapAccessDeserializer::new(members))?;
        Ok(TopicNameInput { kind, name })
    }
}

/// What must stay in sight when a picture is cropped.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct FocalPointInput {
    /// From the left, 0 to 1.
    #[schema(required = true, example = 0.5)]
    pub x: f64,
    /// From the top, 0 to 1.
    #[schema(required = true, example = 0.333)]
    pub y: f64,
}

/// An image, video or audio, by its address.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct MediaInput {
    /// Image, video or audio; `image` if left out.
    pub kind: Option<MediaKindView>,
    /// Where the file is.
    #[schema(required = true, example = "https://harbour-courier.example/north-mole.jpg")]
    pub url: String,
    /// Media type.
    pub mime: Option<String>,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
    /// In milliseconds.
    pub duration_ms: Option<i64>,
    /// A title of its own.
    pub title: Option<String>,
    /// What is to be seen.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
    /// For those who cannot see it.
    pub alt: Option<String>,
    /// A still for video and audio.
    pub thumbnail_url: Option<String>,
    /// What must stay in sight when it is cropped.
    pub focal_point: Option<FocalPointInput>,
}

/// An article to write. No reader sees it before it is published.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct CreateArticleInput {
    /// The publisher: id or slug.
    #[schema(required = true, example = "harbour-courier")]
    pub source: String,
    /// The headline, plain text, at most 500 characters.
    #[schema(required = true, example = "Storm surge closes the harbour")]
    pub headline: String,
    /// The standfirst, plain text, at most 1,000 characters.
    pub dek: Option<String>,
    /// The body as HTML; it is sanitised.
    #[schema(example = "<p>The harbour closed at noon.</p>")]
    pub body_html: Option<String>,
    /// BCP 47; detected if left out.
    #[schema(example = "en-GB")]
    pub language: Option<String>,
    /// The canonical URL, where it has one elsewhere.
    pub url: Option<String>,
    /// The publisher's section, by name.
    #[schema(example = "World")]
    pub section: Option<String>,
    /// Topics in order, at most 40.
    pub topics: Option<Vec<TopicNameInput>>,
    /// Bylines in order, at most 20.
    #[schema(example = json!(["Ada Alder"]))]
    pub authors: Option<Vec<String>>,
    /// Images, video and audio in order, at most 60; the first image leads.
    pub media: Option<Vec<MediaInput>>,
    /// The name in addresses; made from the headline if left out.
    pub slug: Option<String>,
    /// Whether its thread will take comments; true if left out.
    pub comments_open: Option<bool>,
    /// Until when it may not be published.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub embargo_until: Option<Timestamp>,
}

/// A change of an article. What is left out stays; null takes away what may be missing.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct EditArticleInput {
    /// A new headline.
    pub headline: Option<String>,
    /// A new dek, or none.
    #[schema(value_type = Option<String>)]
    pub dek: MaybeUndefined<String>,
    /// A new body as HTML, or none.
    #[schema(value_type = Option<String>)]
    pub body_html: MaybeUndefined<String>,
    /// Another language, or to be detected.
    #[schema(value_type = Option<String>)]
    pub language: MaybeUndefined<String>,
    /// Another canonical URL.
    pub url: Option<String>,
    /// Another section, or none.
    #[schema(value_type = Option<String>)]
    pub section: MaybeUndefined<String>,
    /// Other topics, all of them.
    pub topics: Option<Vec<TopicNameInput>>,
    /// Other bylines, all of them.
    pub authors: Option<Vec<String>>,
    /// Other media, all of them.
    pub media: Option<Vec<MediaInput>>,
    /// Another slug; the old one leads to the article still.
    pub slug: Option<String>,
}

/// A correction: what was wrong, and what is changed.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CorrectArticleInput {
    /// What was wrong, in plain words: readers will read it. 1 to 2,000 characters.
    #[schema(required = true, example = "An earlier version said that the ferry sank. It ran aground.")]
    pub note: String,
    /// What is changed; nothing where it was changed before.
    pub edit: EditArticleInput,
}

/// When an article is to be published.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScheduleInput {
    /// A time to come.
    #[schema(value_type = String, format = DateTime, required = true, example = "2026-12-01T06:00:00Z")]
    pub at: Option<Timestamp>,
}

/// Until when an article may not be published.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EmbargoInput {
    /// A time to come; null lifts the embargo.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-12-01T06:00:00Z")]
    pub until: Option<Timestamp>,
}

/// Why an article is withdrawn.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WithdrawInput {
    /// In plain words: readers who look for the article will read it.
    #[schema(example = "The interview was not authorised.")]
    pub reason: Option<String>,
}

impl ScheduleInput {
    /// The time, which must be there.
    pub fn time(&self) -> Result<broadsheet_domain::clock::Timestamp> {
        let at = self.at.ok_or_else(|| Error::invalid("at", "required", "say when, in RFC 3339"))?;
        Ok(at.into())
    }
}

impl CreateArticleInput {
    /// The input with its addresses read; every bad one is named.
    pub fn manuscript(self) -> Result<Manuscript> {
        let mut findings = Findings::default();
        let url = address(&mut findings, "url", self.url.as_deref());
        let media = media(&mut findings, self.media.unwrap_or_default());
        findings.finish()?;
        Ok(Manuscript {
            source: self.source,
            headline: self.headline,
            dek: self.dek,
            body_html: self.body_html,
            language: self.language,
            url,
            section: self.section,
            topics: topics(self.topics.unwrap_or_default()),
            authors: self.authors.unwrap_or_default(),
            media,
            slug: self.slug,
            comments_open: self.comments_open.unwrap_or(true),
            embargo_until: self.embargo_until.map(Into::into),
        })
    }
}

impl EditArticleInput {
    /// The input with its addresses read; every bad one is named.
    pub fn edit(self) -> Result<Edit> {
        let mut findings = Findings::default();
        let url = address(&mut findings, "url", self.url.as_deref());
        let media = self.media.map(|list| media(&mut findings, list));
        findings.finish()?;
        Ok(Edit {
            headline: self.headline,
            dek: maybe(self.dek),
            body_html: maybe(self.body_html),
            language: maybe(self.language),
            url,
            section: maybe(self.section),
            topics: self.topics.map(topics),
            authors: self.authors,
            media,
            slug: self.slug,
        })
    }
}

#[expect(clippy::option_option, reason = "absent is not null")]
fn maybe(value: MaybeUndefined<String>) -> Option<Option<String>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(text) => Some(Some(text)),
    }
}

fn topics(names: Vec<TopicNameInput>) -> Vec<(TopicKind, String)> {
    names.into_iter().map(|topic| (topic.kind.map_or(TopicKind::Topic, Into::into), topic.name)).collect()
}

fn address(findings: &mut Findings, field: &str, text: Option<&str>) -> Option<Url> {
    let parsed = Url::parse(text?);
    if let Err(error) = &parsed {
        findings.add(field, "malformed", format!("must be an absolute URL: {error}"));
    }
    parsed.ok()
}

fn media(findings: &mut Findings, list: Vec<MediaInput>) -> Vec<IncomingMedia> {
    let read = |(at, medium): (usize, MediaInput)| {
        let url = address(findings, &format!("media.{at}.url"), Some(&medium.url));
        let still = address(findings, &format!("media.{at}.thumbnail_url"), medium.thumbnail_url.as_deref());
        let point = medium.focal_point.map(|point| FocalPoint::of_fractions(point.x, point.y));
        if point == Some(None) {
            findings.add(format!("media.{at}.focal_point"), "out_of_range", "x and y must be from 0 to 1");
        }
        Some(IncomingMedia {
            kind: medium.kind.unwrap_or(MediaKindView::Image).into(),
            enclosure: false,
            url: url?,
            mime: medium.mime,
            width: medium.width,
            height: medium.height,
            duration_ms: medium.duration_ms,
            title: medium.title,
            caption: medium.caption,
            credit: medium.credit,
            alt: medium.alt,
            thumbnail_url: still,
            focal_point: point.flatten(),
        })
    };
    list.into_iter().enumerate().filter_map(read).collect()
}
