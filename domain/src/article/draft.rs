//! A checked article: everything a publisher sent, made fit to be stored, once.
//!
//! The rules of intake live here: canonical addresses, sanitised bodies, plain titles, split bylines, believable dates,
//! a language where none was declared. Pure and synchronous; it costs CPU, so callers run it off the runtime's threads.

use url::Url;

use super::{FocalPoint, MediaKind, MediaRole, identity};
use crate::clock::Timestamp;
use crate::text::html::{CleanBody, InlineMedia, InlineMediaKind};
use crate::text::{byline, html, language, measure};
use crate::topic::TopicKind;

/// No news feed carries anything older; such a date is a publisher's mistake.
const EARLIEST: Timestamp = Timestamp::from_millis(0);
const EXCERPT_CHARS: usize = 280;
const HEADLINE_CHARS: usize = 500;
const DEK_CHARS: usize = 1_000;
const MAX_TOPICS: usize = 40;
const MAX_MEDIA: usize = 60;

/// What a publisher sent, already read from its format and nothing more.
#[derive(Clone, Debug, Default)]
pub struct IncomingArticle {
    /// The publisher's own identity for the entry.
    pub guid: Option<String>,
    /// Where the article is, as the publisher links it.
    pub url: Option<Url>,
    /// Title, perhaps with markup in it.
    pub headline: Option<String>,
    /// Summary as HTML.
    pub summary_html: Option<String>,
    /// Whole text as HTML.
    pub content_html: Option<String>,
    /// What relative links in the HTML are relative to.
    pub base: Option<Url>,
    /// Bylines as the publisher wrote them.
    pub bylines: Vec<String>,
    /// Categories with their kind.
    pub topics: Vec<(TopicKind, String)>,
    /// Media that came beside the text.
    pub media: Vec<IncomingMedia>,
    /// Declared language.
    pub language: Option<String>,
    /// Declared publication time.
    pub published_at: Option<Timestamp>,
    /// Declared time of the last change.
    pub updated_at: Option<Timestamp>,
}

/// A medium that came beside the text.
#[derive(Clone, Debug, Hash)]
pub struct IncomingMedia {
    /// Image, video or audio.
    pub kind: MediaKind,
    /// Whether it is a file that belongs to the entry, such as a podcast episode.
    pub enclosure: bool,
    /// Where it is.
    pub url: Url,
    /// Declared media type.
    pub mime: Option<String>,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
    /// In milliseconds.
    pub duration_ms: Option<i64>,
    /// Title.
    pub title: Option<String>,
    /// Caption.
    pub caption: Option<String>,
    /// Credit.
    pub credit: Option<String>,
    /// Alternative text.
    pub alt: Option<String>,
    /// A still.
    pub thumbnail_url: Option<Url>,
    /// What must stay in sight when it is cropped.
    pub focal_point: Option<FocalPoint>,
}

/// An article that may be stored.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(crate) guid: Option<String>,
    pub(crate) url: Option<Url>,
    pub(crate) headline: String,
    pub(crate) dek: Option<String>,
    pub(crate) excerpt: String,
    pub(crate) html: String,
    pub(crate) text: String,
    pub(crate) authors: Vec<String>,
    pub(crate) section: Option<String>,
    pub(crate) topics: Vec<(TopicKind, String)>,
    pub(crate) media: Vec<(MediaRole, IncomingMedia)>,
    pub(crate) language: Option<String>,
    pub(crate) published_at: Timestamp,
    pub(crate) updated_at: Option<Timestamp>,
    pub(crate) word_count: u32,
    pub(crate) reading_minutes: u32,
    pub(crate) content_hash: String,
}

/// The words of an article, fit to be stored.
pub(super) struct Words {
    pub(super) headline: String,
    pub(super) dek: Option<String>,
    pub(super) language: Option<String>,
    pub(super) html: String,
    pub(super) text: String,
}

/// Why an entry cannot become an article.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Neither title nor text nor media.
    #[error("the entry has no title, no text and no media")]
    Empty,
}

/// What is known of the feed around an entry.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The feed's or source's language, where an entry declares none.
    pub language: Option<&'a str>,
    /// The present.
    pub now: Timestamp,
    /// The entry's place in its document: entries without a date keep the document's order.
    pub position: i64,
}

impl Draft {
    /// Checks an entry, making everything in it fit to be stored.
    pub fn check(incoming: IncomingArticle, around: Surroundings<'_>) -> Result<Self, Unfit> {
        let url = incoming.url.as_ref().and_then(crate::text::url::canonical);
        let base = incoming.base.as_ref().or(incoming.url.as_ref());
        let content =
            incoming.content_html.as_deref().map_or_else(empty, |html| html::clean_body(html, base));
        let summary =
            incoming.summary_html.as_deref().map_or_else(empty, |html| html::clean_body(html, base));
        let (body, dek) = body_and_dek(content, summary);
        let headline = headline_of(incoming.headline.as_deref(), dek.as_deref(), &body.text);
        let media = all_media(incoming.media, &body.media);
        let headline = headline
            .or_else(|| media.iter().find_map(|(_, medium)| medium.title.clone()))
            .ok_or(Unfit::Empty)?;
        let (section, topics) = sections_and_topics(incoming.topics);
        let language = incoming.language.as_deref().and_then(language::normalise);
        let mut draft = Self::measured(Words {
            headline,
            dek,
            language: language.or_else(|| around.language.and_then(language::normalise)),
            html: body.html,
            text: body.text,
        });
        draft.guid = incoming.guid.map(|guid| guid.trim().to_owned()).filter(|guid| !guid.is_empty());
        draft.url = url;
        draft.authors = authors_of(&incoming.bylines);
        (draft.section, draft.topics, draft.media) = (section, topics, media);
        draft.published_at = published(incoming.published_at.or(incoming.updated_at), around);
        draft.updated_at = incoming.updated_at.filter(|at| *at >= EARLIEST && *at <= around.now);
        draft.content_hash = draft.hash();
        Ok(draft)
    }

    /// Words with everything that is measured of them, and nothing else yet. Feeds often declare one language for a site
    /// that has several; long text speaks for itself only where nothing is declared.
    pub(super) fn measured(words: Words) -> Self {
        let Words { headline, dek, language, html, text } = words;
        let measured = if text.is_empty() { dek.as_deref().unwrap_or_default() } else { &text };
        let word_count = measure::word_count(measured);
        Self {
            guid: None,
            url: None,
            excerpt: excerpt_of(dek.as_deref(), &text),
            language: language.or_else(|| language::detect(&format!("{headline}\n{measured}"))),
            headline,
            dek,
            html,
            authors: Vec::new(),
            section: None,
            topics: Vec::new(),
            media: Vec::new(),
            published_at: Timestamp::default(),
            updated_at: None,
            word_count,
            reading_minutes: measure::reading_minutes(word_count),
            content_hash: String::new(),
            text,
        }
    }

    /// An article that says nothing, at an address.
    pub(super) fn nothing(url: Option<Url>) -> Self {
        let (headline, html, text) = (String::new(), String::new(), String::new());
        Self { url, ..Self::measured(Words { headline, dek: None, language: None, html, text }) }
    }

    /// A digest of what readers see: when it changes, there is a new revision.
    pub(super) fn hash(&self) -> String {
        let media: Vec<&str> = self.media.iter().map(|(_, medium)| medium.url.as_str()).collect();
        let captions: Vec<&Option<String>> = self.media.iter().map(|(_, medium)| &medium.caption).collect();
        let seen = format!(
            "{:?}",
            (
                &self.headline,
                &self.dek,
                &self.html,
                &self.authors,
                &self.section,
                &self.topics,
                media,
                captions,
                &self.language
            )
        );
        identity::key(&seen)
    }

    /// What identifies the entry where there is neither guid nor address.
    pub(crate) fn guid_or_fallback(&self) -> Option<String> {
        match (&self.guid, &self.url) {
            (Some(guid), _) => Some(guid.clone()),
            (None, Some(_)) => None,
            (None, None) => Some(format!("headline:{}", identity::key(&self.headline))),
        }
    }
}

fn empty() -> CleanBody {
    CleanBody { html: String::new(), text: String::new(), media: Vec::new() }
}

/// Feeds put the whole text in either field. A long summary alone is the body; a summary that only begins the body, or
/// repeats it, is no dek.
fn body_and_dek(content: CleanBody, summary: CleanBody) -> (CleanBody, Option<String>) {
    const LONGEST_DEK: usize = 600;
    if content.text.is_empty() && content.media.is_empty() {
        let long = summary.text.chars().count() > LONGEST_DEK;
        let dek = (!long && !summary.text.is_empty()).then(|| html::to_line(&html::to_text(&summary.html)));
        return (summary, dek.map(|dek| html::excerpt(&dek, DEK_CHARS)));
    }
    let line = summary.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let opening = content.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said_already = opening.starts_with(line.trim_end_matches(['…', '.', ' ']));
    let dek = (!line.is_empty() && !said_already).then(|| html::excerpt(&line, DEK_CHARS));
    (content, dek)
}

/// The first words of the dek, or of the body where there is none.
pub(super) fn excerpt_of(dek: Option<&str>, text: &str) -> String {
    html::excerpt(dek.unwrap_or(text), EXCERPT_CHARS)
}

fn headline_of(title: Option<&str>, dek: Option<&str>, text: &str) -> Option<String> {
    let title = title.map(html::to_line).filter(|title| !title.is_empty());
    let first_words = || {
        let opening = dek.filter(|dek| !dek.is_empty()).unwrap_or(text);
        (!opening.trim().is_empty()).then(|| html::excerpt(&html::to_line(opening), 100))
    };
    title.map(|title| html::excerpt(&title, HEADLINE_CHARS)).or_else(first_words)
}

fn published(declared: Option<Timestamp>, around: Surroundings<'_>) -> Timestamp {
    match declared {
        Some(at) if at >= EARLIEST && at <= around.now => at,
        Some(at) if at > around.now => around.now,
        Some(_) | None => around.now.plus_millis(-around.position),
    }
}

fn authors_of(bylines: &[String]) -> Vec<String> {
    let mut names = Vec::<String>::new();
    for person in bylines.iter().flat_map(|raw| byline::split(raw)) {
        let key = person.name.to_lowercase();
        if names.iter().all(|name| name.to_lowercase() != key) {
            names.push(person.name);
        }
    }
    names.truncate(20);
    names
}

fn sections_and_topics(incoming: Vec<(TopicKind, String)>) -> (Option<String>, Vec<(TopicKind, String)>) {
    let mut topics = Vec::<(TopicKind, String)>::new();
    for (kind, name) in incoming {
        let name = html::excerpt(&html::to_line(&name), 120);
        let known = |topic: &(TopicKind, String)| topic.1.to_lowercase() == name.to_lowercase();
        if !name.is_empty() && !topics.iter().any(known) {
            topics.push((kind, name));
        }
    }
    topics.truncate(MAX_TOPICS);
    let section = topics.iter().find(|(kind, _)| *kind == TopicKind::Section).map(|(_, name)| name.clone());
    (section, topics)
}

/// Media beside the text first, then those inside it; the first image leads. What is named twice is one medium.
pub(super) fn all_media(
    beside: Vec<IncomingMedia>,
    inside: &[InlineMedia],
) -> Vec<(MediaRole, IncomingMedia)> {
    let mut media = Vec::<(MediaRole, IncomingMedia)>::new();
    let mut lead_taken = false;
    for medium in beside.into_iter().chain(inside.iter().map(from_inline)) {
        if let Some((_, known)) = media.iter_mut().find(|(_, known)| known.url == medium.url) {
            fill_in(known, medium);
            continue;
        }
        let leads = medium.kind == MediaKind::Image && !lead_taken;
        lead_taken |= leads;
        let role = match (leads, medium.enclosure) {
            (true, _) => MediaRole::Lead,
            (false, true) => MediaRole::Enclosure,
            (false, false) => MediaRole::Inline,
        };
        media.push((role, tidy(medium)));
    }
    media.truncate(MAX_MEDIA);
    media
}

fn from_inline(inline: &InlineMedia) -> IncomingMedia {
    IncomingMedia {
        kind: match inline.kind {
            InlineMediaKind::Image => MediaKind::Image,
            InlineMediaKind::Video => MediaKind::Video,
            InlineMediaKind::Audio => MediaKind::Audio,
        },
        enclosure: false,
        url: inline.url.clone(),
        mime: None,
        width: inline.width,
        height: inline.height,
        duration_ms: None,
        title: None,
        caption: inline.caption.clone(),
        credit: inline.credit.clone(),
        alt: inline.alt.clone(),
        thumbnail_url: None,
        focal_point: None,
    }
}

/// What the text says of a medium completes what the feed said of it.
fn fill_in(known: &mut IncomingMedia, other: IncomingMedia) {
    known.width = known.width.or(other.width);
    known.height = known.height.or(other.height);
    known.duration_ms = known.duration_ms.or(other.duration_ms);
    known.caption = known.caption.take().or(other.caption);
    known.credit = known.credit.take().or(other.credit);
    known.alt = known.alt.take().or(other.alt);
}

fn tidy(medium: IncomingMedia) -> IncomingMedia {
    let line = |text: Option<String>| {
        text.map(|text| html::excerpt(&html::to_line(&text), 1_000)).filter(|text| !text.is_empty())
    };
    IncomingMedia {
        title: line(medium.title),
        caption: line(medium.caption),
        credit: line(medium.credit),
        alt: line(medium.alt),
        duration_ms: medium.duration_ms.filter(|millis| *millis > 0),
        thumbnail_url: medium.thumbnail_url.filter(|url| matches!(url.scheme(), "http" | "https")),
        ..medium
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn check(incoming: IncomingArticle) -> Draft {
        Draft::check(incoming, Surroundings { language: None, now: NOON, position: 3 }).unwrap()
    }

    fn titled(title: &str) -> IncomingArticle {
        IncomingArticle { headline: Some(title.to_owned()), ..IncomingArticle::default() }
    }

    #[test]
    fn no_date_is_ever_in_the_future_and_missing_ones_keep_the_documents_order() {
        let future = IncomingArticle { published_at: Some(NOON.plus_millis(1)), ..titled("a") };
        assert_eq!(check(future).published_at, NOON);
        let absurd = IncomingArticle { published_at: Some(Timestamp::from_millis(-1)), ..titled("a") };
        assert_eq!(check(absurd).published_at, NOON.plus_millis(-3));
        assert_eq!(check(titled("a")).published_at, NOON.plus_millis(-3));
    }

    #[test]
    fn a_summary_that_begins_the_body_is_no_dek() {
        let content = Some("<p>The harbour closed at noon. Ships wait.</p>".to_owned());
        let repeats = IncomingArticle {
            summary_html: Some("The harbour closed at noon…".to_owned()),
            content_html: content.clone(),
            ..titled("Harbour")
        };
        assert_eq!(check(repeats).dek, None);
        let adds = IncomingArticle {
            summary_html: Some("Forty ships wait.".to_owned()),
            content_html: content,
            ..titled("Harbour")
        };
        assert_eq!(check(adds).dek.as_deref(), Some("Forty ships wait."));
    }

    #[test]
    fn an_entry_without_anything_is_refused() {
        let nothing =
            Draft::check(IncomingArticle::default(), Surroundings { language: None, now: NOON, position: 0 });
        assert_eq!(nothing.unwrap_err(), Unfit::Empty);
    }
}
