//! What an editor writes, and how it is checked: every bad field is named, and nothing that was written is dropped silently.

use url::Url;

use crate::article::draft::{self, Draft, IncomingMedia, Words};
use crate::article::{Article, Body, Media, MediaRole};
use crate::clock::Timestamp;
use crate::error::{Findings, Result};
use crate::text::{html, language, slug};
use crate::topic::TopicKind;

const HEADLINE_CHARS: usize = 500;
const DEK_CHARS: usize = 1_000;
const NAME_CHARS: usize = 120;
const SLUG_BYTES: usize = 100;
const MOST_AUTHORS: usize = 20;
const MOST_TOPICS: usize = 40;
const MOST_MEDIA: usize = 60;

/// An article as an editor writes it.
#[derive(Clone, Debug)]
pub struct Manuscript {
    /// The publisher: id or slug.
    pub source: String,
    /// The headline, plain text.
    pub headline: String,
    /// The standfirst, plain text.
    pub dek: Option<String>,
    /// The body as HTML; it is sanitised.
    pub body_html: Option<String>,
    /// BCP 47; detected where it is left out.
    pub language: Option<String>,
    /// The canonical URL, where it has one elsewhere.
    pub url: Option<Url>,
    /// The section, by name.
    pub section: Option<String>,
    /// Topics by kind and name, in order.
    pub topics: Vec<(TopicKind, String)>,
    /// Bylines in order.
    pub authors: Vec<String>,
    /// Images, video and audio in order; the first image leads.
    pub media: Vec<IncomingMedia>,
    /// The name in addresses; made from the headline where it is left out.
    pub slug: Option<String>,
    /// Whether its thread will take comments.
    pub comments_open: bool,
    /// Until when it may not be published.
    pub embargo_until: Option<Timestamp>,
}

/// A change of an article: what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// A new headline.
    pub headline: Option<String>,
    /// A new dek, or none.
    pub dek: Option<Option<String>>,
    /// A new body as HTML, or none.
    pub body_html: Option<Option<String>>,
    /// Another language, or to be detected.
    pub language: Option<Option<String>>,
    /// Another canonical URL; it cannot be taken away.
    pub url: Option<Url>,
    /// Another section, or none.
    pub section: Option<Option<String>>,
    /// Other topics, all of them.
    pub topics: Option<Vec<(TopicKind, String)>>,
    /// Other bylines, all of them.
    pub authors: Option<Vec<String>>,
    /// Other media, all of them.
    pub media: Option<Vec<IncomingMedia>>,
    /// Another slug; the old one leads to the article still.
    pub slug: Option<String>,
}

impl Edit {
    pub(super) fn applied_to(self, old: Manuscript) -> Manuscript {
        Manuscript {
            headline: self.headline.unwrap_or(old.headline),
            dek: self.dek.unwrap_or(old.dek),
            body_html: self.body_html.unwrap_or(old.body_html),
            language: self.language.unwrap_or(old.language),
            url: self.url.or(old.url),
            section: self.section.unwrap_or(old.section),
            topics: self.topics.unwrap_or(old.topics),
            authors: self.authors.unwrap_or(old.authors),
            media: self.media.unwrap_or(old.media),
            slug: self.slug.or(old.slug),
            ..old
        }
    }
}

impl Manuscript {
    /// An article as if an editor had written it.
    pub(super) fn of(article: &Article, body: Option<&Body>) -> Self {
        let record = &article.record;
        let section = article.section.as_ref().map(|section| section.name.clone());
        let is_section =
            |kind: TopicKind, name: &str| kind == TopicKind::Section && section.as_deref() == Some(name);
        let topics = article.topics.iter().filter(|topic| !is_section(topic.kind, &topic.name));
        Self {
            source: article.source.id.to_string(),
            headline: record.headline.clone(),
            dek: record.dek.clone(),
            body_html: body.map(|body| body.html.clone()),
            language: record.language.clone(),
            url: record.url.as_ref().and_then(|url| url.parse().ok()),
            topics: topics.map(|topic| (topic.kind, topic.name.clone())).collect(),
            section,
            authors: article.authors.iter().map(|author| author.name.clone()).collect(),
            media: record.media.iter().filter_map(again).collect(),
            slug: None,
            comments_open: record.comments_open,
            embargo_until: record.embargo_until,
        }
    }

    /// The same input has the same digest.
    pub(super) fn digest(&self) -> String {
        blake3::hash(format!("{self:?}").as_bytes()).to_hex().to_string()
    }

    /// Everything fit to be stored but its digest, or every field that is not.
    pub(in crate::article) fn check(self, now: Timestamp) -> Result<Draft> {
        let mut findings = Findings::default();
        let headline = html::to_line(&self.headline);
        if headline.is_empty() {
            findings.add("headline", "required", "write a headline");
        }
        check_length(&mut findings, "headline", &headline, HEADLINE_CHARS);
        let dek = self.dek.as_deref().map(html::to_line).filter(|dek| !dek.is_empty());
        check_length(&mut findings, "dek", dek.as_deref().unwrap_or_default(), DEK_CHARS);
        let language = check_language(&mut findings, self.language.as_deref());
        let authors = check_names(&mut findings, "authors", &self.authors, MOST_AUTHORS);
        let section = self.section.as_deref().map(html::to_line).filter(|name| !name.is_empty());
        let topics = check_topics(&mut findings, section.as_deref(), &self.topics);
        check_media(&mut findings, &self.media);
        slug::check(&mut findings, self.slug.as_deref(), SLUG_BYTES);
        let url = self.url.as_ref().map(crate::text::url::canonical);
        if url == Some(None) {
            findings.add("url", "malformed", "must be an absolute http or https address");
        }
        findings.finish()?;
        let url = url.flatten();
        let body = html::clean_body(self.body_html.as_deref().unwrap_or_default(), url.as_ref());
        let mut draft = Draft::measured(Words { headline, dek, language, html: body.html, text: body.text });
        draft.media = draft::all_media(self.media, &body.media);
        (draft.url, draft.authors, draft.section, draft.topics) = (url, authors, section, topics);
        draft.published_at = now;
        Ok(draft)
    }
}

fn check_length(findings: &mut Findings, field: &str, text: &str, most: usize) {
    let length = text.chars().count();
    if length > most {
        findings.add(field, "too_long", format!("has {length} characters; at most {most} are allowed"));
    }
}

fn check_language(findings: &mut Findings, declared: Option<&str>) -> Option<String> {
    let declared = declared.map(str::trim).filter(|tag| !tag.is_empty())?;
    let normal = language::normalise(declared);
    if normal.is_none() {
        findings.add(
            "language",
            "malformed",
            format!("`{declared}` is no language tag, such as en or en-GB"),
        );
    }
    normal
}

fn check_names(findings: &mut Findings, field: &str, names: &[String], most: usize) -> Vec<String> {
    let mut known = Vec::<String>::new();
    for name in names.iter().map(|name| html::to_line(name)) {
        if name.is_empty() || name.chars().count() > NAME_CHARS {
            findings.add(field, "length", format!("each must have 1 to {NAME_CHARS} characters"));
        } else if !known.iter().any(|other| other.to_lowercase() == name.to_lowercase()) {
            known.push(name);
        }
    }
    if known.len() > most {
        findings.add(field, "too_many", format!("has {}; at most {most} are allowed", known.len()));
    }
    known
}

/// The section stands first among the topics, as it does in feeds.
fn check_topics(
    findings: &mut Findings,
    section: Option<&str>,
    topics: &[(TopicKind, String)],
) -> Vec<(TopicKind, String)> {
    let all =
        section.map(|name| (TopicKind::Section, name.to_owned())).into_iter().chain(topics.iter().cloned());
    let mut known = Vec::<(TopicKind, String)>::new();
    for (kind, name) in all {
        let name = html::to_line(&name);
        if name.is_empty() || name.chars().count() > NAME_CHARS {
            findings.add("topics", "length", format!("each name must have 1 to {NAME_CHARS} characters"));
        } else if !known.iter().any(|other| other.0 == kind && other.1.to_lowercase() == name.to_lowercase())
        {
            known.push((kind, name));
        }
    }
    if known.len() > MOST_TOPICS {
        findings.add("topics", "too_many", format!("has {}; at most {MOST_TOPICS} are allowed", known.len()));
    }
    known
}

fn check_media(findings: &mut Findings, media: &[IncomingMedia]) {
    if media.len() > MOST_MEDIA {
        findings.add("media", "too_many", format!("has {}; at most {MOST_MEDIA} are allowed", media.len()));
    }
    for (medium, at) in media.iter().zip(0_usize..) {
        if !matches!(medium.url.scheme(), "http" | "https") {
            findings.add(format!("media.{at}.url"), "malformed", "must be an absolute http or https address");
        }
        if media.iter().take(at).any(|other| other.url == medium.url) {
            findings.add(format!("media.{at}.url"), "repeated", "stands in the list already");
        }
    }
}

/// A stored medium as an incoming one.
fn again(medium: &Media) -> Option<IncomingMedia> {
    Some(IncomingMedia {
        kind: medium.kind,
        enclosure: medium.role == MediaRole::Enclosure,
        url: medium.url.parse().ok()?,
        mime: medium.mime.clone(),
        width: medium.width,
        height: medium.height,
        duration_ms: medium.duration_ms,
        title: medium.title.clone(),
        caption: medium.caption.clone(),
        credit: medium.credit.clone(),
        alt: medium.alt.clone(),
        thumbnail_url: medium.thumbnail_url.as_ref().and_then(|url| url.parse().ok()),
        focal_point: medium.focal_point,
    })
}
