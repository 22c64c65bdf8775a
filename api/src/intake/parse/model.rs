//! What a feed says, as plain structs: nothing here is decided or cleaned.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc, Weekday};
use url::Url;

/// What a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedFormat {
    /// RSS with its version; `1.0` and `0.90` are RDF.
    Rss(String),
    /// Atom with its version.
    Atom(&'static str),
    /// JSON Feed with its version.
    Json(String),
}

impl fmt::Display for FeedFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rss(version) => write!(f, "RSS {version}"),
            Self::Atom(version) => write!(f, "Atom {version}"),
            Self::Json(version) => write!(f, "JSON Feed {version}"),
        }
    }
}

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// It is something else; a page may name its feeds.
    #[error("this is no RSS, Atom or JSON feed{}", alternates(.0))]
    NotAFeed(Vec<Url>),
    /// There is nothing in it.
    #[error("the document is empty")]
    Empty,
    /// JSON that breaks off or is malformed.
    #[error("the JSON cannot be read: {0}")]
    Json(String),
}

fn alternates(feeds: &[Url]) -> String {
    let list: Vec<&str> = feeds.iter().map(Url::as_str).collect();
    if list.is_empty() { String::new() } else { format!(" but a page that names {}", list.join(", ")) }
}

/// A feed as it was sent.
#[derive(Clone, Debug)]
pub struct ParsedFeed {
    /// What the document is.
    pub format: FeedFormat,
    /// Title as HTML.
    pub title: Option<String>,
    /// The site that it is of.
    pub site_url: Option<Url>,
    /// Its own address.
    pub self_url: Option<Url>,
    /// The document that goes on where this one ends (RFC 5005, JSON Feed's `next_url`).
    pub next_url: Option<Url>,
    /// Where one subscribes to be told of changes (`WebSub`).
    pub hubs: Vec<Url>,
    /// The older way to be told of changes (RSS 2.0's `cloud`).
    pub cloud: Option<ParsedCloud>,
    /// What it says of itself, as HTML.
    pub description: Option<String>,
    /// Declared language.
    pub language: Option<String>,
    /// Its picture.
    pub image_url: Option<Url>,
    /// Who has the rights, as HTML.
    pub rights: Option<String>,
    /// When it was last changed, as it says.
    pub updated: Option<DateTime<Utc>>,
    /// How long it asks to be left alone.
    pub ttl: Option<Duration>,
    /// Hours of the day, in UTC, in which it does not want to be asked; sorted, each once.
    pub skip_hours: Vec<u8>,
    /// Days on which it does not want to be asked; from Monday, each once.
    pub skip_days: Vec<Weekday>,
    /// Its entries, in its own order.
    pub entries: Vec<ParsedEntry>,
}

/// Whom to ask to be told of changes, as RSS 2.0 has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedCloud {
    /// The host's name.
    pub domain: String,
    /// The port.
    pub port: Option<u16>,
    /// The path.
    pub path: String,
    /// The procedure to call.
    pub procedure: Option<String>,
    /// `xml-rpc`, `soap` or `http-post`.
    pub protocol: Option<String>,
}

/// An entry as it was sent.
#[derive(Clone, Debug, Default)]
pub struct ParsedEntry {
    /// The publisher's own identity for it. Several entries may have the same.
    pub guid: Option<String>,
    /// Whether the guid is declared, or by default is, the entry's lasting address.
    pub guid_is_permalink: bool,
    /// Where it leads.
    pub link: Option<Url>,
    /// Where it is talked about.
    pub comments_url: Option<Url>,
    /// Title as HTML.
    pub title: Option<String>,
    /// Summary as HTML.
    pub summary_html: Option<String>,
    /// Whole text as HTML.
    pub content_html: Option<String>,
    /// Who wrote it.
    pub authors: Vec<ParsedPerson>,
    /// When it was published.
    pub published: Option<DateTime<Utc>>,
    /// When it was changed.
    pub updated: Option<DateTime<Utc>>,
    /// What it is about.
    pub categories: Vec<ParsedCategory>,
    /// What came beside the text.
    pub media: Vec<ParsedMedia>,
    /// The feed that it was taken from.
    pub source: Option<ParsedSource>,
    /// Who has the rights, as HTML.
    pub rights: Option<String>,
    /// Declared language.
    pub language: Option<String>,
    /// What relative addresses in its HTML are relative to.
    pub base: Option<Url>,
}

/// The feed that an entry was taken from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedSource {
    /// Its title, as HTML.
    pub title: Option<String>,
    /// Its identity.
    pub id: Option<String>,
    /// The site that it is of.
    pub site_url: Option<Url>,
    /// Its address.
    pub feed_url: Option<Url>,
}

/// Somebody, as a feed names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedPerson {
    /// The name or byline.
    pub name: Option<String>,
    /// The address.
    pub email: Option<String>,
}

/// A category, as a feed names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedCategory {
    /// Its name.
    pub term: String,
    /// Its name for people.
    pub label: Option<String>,
    /// The scheme that it is of.
    pub scheme: Option<String>,
}

/// What a medium is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// A still picture.
    Image,
    /// Moving pictures.
    Video,
    /// Sound.
    Audio,
    /// A document, an archive, something unknown.
    Other,
}

/// Where in the entry a medium stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaOrigin {
    /// `<enclosure>`, or Atom's link of that kind.
    Enclosure,
    /// Media RSS.
    MediaContent,
    /// Media RSS, a thumbnail alone.
    Thumbnail,
    /// iTunes' picture.
    Itunes,
    /// JSON Feed's attachments.
    JsonAttachment,
    /// JSON Feed's image.
    JsonImage,
}

/// A medium, as a feed names it.
#[derive(Clone, Debug)]
pub struct ParsedMedia {
    /// Where it is.
    pub url: Url,
    /// What it is.
    pub kind: MediaKind,
    /// Declared media type.
    pub mime: Option<String>,
    /// Declared length in bytes.
    pub bytes: Option<u64>,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
    /// How long it plays.
    pub duration: Option<Duration>,
    /// Title.
    pub title: Option<String>,
    /// What is to be seen or heard.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
    /// For those who cannot see it.
    pub alt: Option<String>,
    /// A still.
    pub thumbnail_url: Option<Url>,
    /// The same in other sizes or formats, stills included.
    pub renditions: Vec<ParsedRendition>,
    /// Where in the entry it stood.
    pub origin: MediaOrigin,
}

/// A medium in another size or format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedRendition {
    /// Where it is.
    pub url: Url,
    /// Declared media type.
    pub mime: Option<String>,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
}
