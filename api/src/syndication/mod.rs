//! Articles in other people's formats: feeds, sitemaps, structured data and wire formats.
//!
//! Pure: what is known of articles goes in, a document comes out. What may be shown, and how much of it, is decided before;
//! addresses are absolute http(s), HTML is sanitised.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};

pub mod atom;
mod json;
pub mod json_feed;
pub mod json_ld;
mod media_rss;
pub mod news_sitemap;
pub mod ninjs;
pub mod oembed;
pub mod opml;
pub mod rss;
pub mod sitemap;
mod stable_id;
mod xml;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

/// What writes these documents, as they name it.
const GENERATOR: &str = "Broadsheet";

/// A list of articles that others follow.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Never changes, not even when its address does: a public id, or an absolute IRI.
    pub id: String,
    /// Its name.
    pub title: String,
    /// What is in it.
    pub description: Option<String>,
    /// The page for people.
    pub home_url: String,
    /// This very document.
    pub self_url: String,
    /// The document that goes on where this one ends (RFC 5005).
    pub next_page_url: Option<String>,
    /// BCP 47, where all or most of it is in one language.
    pub language: Option<String>,
    /// When something in it last changed.
    pub updated_at: DateTime<Utc>,
    /// Who publishes it.
    pub publisher: Option<String>,
    /// Its picture.
    pub image_url: Option<String>,
    /// How many minutes it asks to be left alone.
    pub ttl_minutes: Option<u32>,
}

/// An article, with all that is known of it.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its public id, `art_…`.
    pub id: String,
    /// The article on this server.
    pub permalink: String,
    /// The article at its publisher's.
    pub canonical_url: Option<String>,
    /// Plain text.
    pub headline: String,
    /// The standfirst, plain text.
    pub dek: Option<String>,
    /// Sanitised HTML with absolute addresses.
    pub body_html: Option<String>,
    /// The same as plain text.
    pub body_text: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// When its publisher published it.
    pub published_at: DateTime<Utc>,
    /// When what readers see last changed.
    pub updated_at: DateTime<Utc>,
    /// When this server first saw it.
    pub first_seen_at: DateTime<Utc>,
    /// 1, and one more with each change.
    pub revision: u32,
    /// Words of the body.
    pub word_count: Option<u32>,
    /// Who published it.
    pub source: Publisher,
    /// The part of the edition that it stands in.
    pub section: Option<Topic>,
    /// What it is about; the section need not be among them.
    pub topics: Vec<Topic>,
    /// Bylines in order.
    pub authors: Vec<Person>,
    /// Images, video and audio in order.
    pub media: Vec<Medium>,
    /// What was put right, oldest first.
    pub corrections: Vec<Correction>,
    /// Comments that readers can read.
    pub comment_count: u32,
    /// Where they stand.
    pub comments_url: Option<String>,
    /// Why it was taken back, where it was.
    pub withdrawn: Option<String>,
}

/// Who published an article.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// `src_…`
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its front page.
    pub homepage: Option<String>,
    /// Its logo.
    pub logo_url: Option<String>,
    /// The feed that the article came with.
    pub feed_url: Option<String>,
}

/// What an article is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name for people.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// What it is.
    pub kind: TopicKind,
}

/// What a topic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicKind {
    /// A part of an edition.
    Section,
    /// A subject.
    Subject,
    /// Somebody.
    Person,
    /// A company, party, team, authority.
    Organisation,
    /// A place.
    Place,
}

impl TopicKind {
    /// The vocabulary that a name is of, as feeds and our own intake tell kinds apart.
    const fn scheme(self) -> &'static str {
        match self {
            Self::Section => "https://schema.org/articleSection",
            Self::Subject => "https://schema.org/about",
            Self::Person => "https://schema.org/Person",
            Self::Organisation => "https://schema.org/Organization",
            Self::Place => "https://schema.org/Place",
        }
    }
}

/// Somebody named in a byline.
#[derive(Clone, Debug)]
pub struct Person {
    /// `aut_…`
    pub id: String,
    /// The name as it is printed.
    pub name: String,
}

/// An image, video or audio.
#[derive(Clone, Debug)]
pub struct Medium {
    /// `med_…`
    pub id: String,
    /// What it is.
    pub kind: MediumKind,
    /// What it is for.
    pub role: MediumRole,
    /// The file.
    pub url: String,
    /// Declared media type.
    pub mime: Option<String>,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
    /// In milliseconds.
    pub duration_ms: Option<u64>,
    /// A title of its own.
    pub title: Option<String>,
    /// What is to be seen.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
    /// For those who cannot see it.
    pub alt: Option<String>,
    /// A still of video or audio.
    pub thumbnail_url: Option<String>,
    /// The size of the file.
    pub bytes: Option<u64>,
    /// What must stay in sight: thousandths of width and height, from the top left.
    pub focal: Option<(u16, u16)>,
}

/// What a medium is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediumKind {
    /// A still picture.
    Image,
    /// Moving pictures.
    Video,
    /// Sound.
    Audio,
}

/// What a medium is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediumRole {
    /// It stands for the article.
    Lead,
    /// It is shown in the body.
    Inline,
    /// It is delivered with the article.
    Enclosure,
}

/// Something that was put right.
#[derive(Clone, Debug)]
pub struct Correction {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub note: String,
}

impl Item {
    /// Where a reader reads it: at its publisher's, else here.
    fn link(&self) -> &str {
        self.canonical_url.as_deref().unwrap_or(&self.permalink)
    }

    /// The picture that stands for it.
    fn lead_image(&self) -> Option<&Medium> {
        let mut images = self.media.iter().filter(|medium| medium.kind == MediumKind::Image);
        images.clone().find(|image| image.role == MediumRole::Lead).or_else(|| images.next())
    }

    /// Section and topics, each once.
    fn categories(&self) -> Vec<&Topic> {
        let mut all: Vec<&Topic> = Vec::new();
        for topic in self.section.iter().chain(&self.topics) {
            if !all.iter().any(|known| known.name == topic.name) {
                all.push(topic);
            }
        }
        all
    }

    /// The bylines in one line.
    fn byline(&self) -> Option<String> {
        let names: Vec<&str> = self.authors.iter().map(|author| author.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Its language, where the list around it does not already say so.
    fn own_language(&self, channel: &Channel) -> Option<&str> {
        self.language.as_deref().filter(|language| channel.language.as_deref() != Some(language))
    }
}

impl Medium {
    /// The declared media type, else what its name or kind suggests: some formats must have one.
    fn media_type(&self) -> &str {
        if let Some(mime) = self.mime.as_deref().filter(|mime| mime.contains('/')) {
            return mime;
        }
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        match (self.kind, extension.as_str()) {
            (MediumKind::Image, "png") => "image/png",
            (MediumKind::Image, "gif") => "image/gif",
            (MediumKind::Image, "webp") => "image/webp",
            (MediumKind::Image, "avif") => "image/avif",
            (MediumKind::Image, "svg") => "image/svg+xml",
            (MediumKind::Image, _) => "image/jpeg",
            (MediumKind::Video, "webm") => "video/webm",
            (MediumKind::Video, "mov") => "video/quicktime",
            (MediumKind::Video, "m3u8") => "application/vnd.apple.mpegurl",
            (MediumKind::Video, _) => "video/mp4",
            (MediumKind::Audio, "m4a") => "audio/mp4",
            (MediumKind::Audio, "ogg" | "oga" | "opus") => "audio/ogg",
            (MediumKind::Audio, "wav") => "audio/wav",
            (MediumKind::Audio, _) => "audio/mpeg",
        }
    }
}

/// RFC 3339 in UTC, with as many digits of a second as there are.
fn rfc_3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Seconds, with thousandths only where there are any.
fn seconds(milliseconds: u64) -> String {
    let (whole, rest) = (milliseconds / 1_000, milliseconds % 1_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}").trim_end_matches('0').to_owned() }
}

/// Whether a lenient reader would take a plain text for HTML.
fn reads_as_markup(text: &str) -> bool {
    let begins = |mark: char, wanted: fn(char) -> bool| {
        text.match_indices(mark)
            .any(|(at, _)| text.get(at + 1..).and_then(|rest| rest.chars().next()).is_some_and(wanted))
    };
    begins('<', |c| c.is_alphabetic() || matches!(c, '/' | '!' | '?'))
        || (text.contains(';') && begins('&', |c| c.is_ascii_alphanumeric() || c == '#'))
}

/// Plain text for a place where readers differ on whether it is HTML: escaped only where they would differ in what they show.
fn ambiguous(text: &str) -> Cow<'_, str> {
    if reads_as_markup(text) { html_escape::encode_text(text) } else { Cow::Borrowed(text) }
}
