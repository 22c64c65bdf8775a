//! Feeds as publishers really send them: RSS 0.90 to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed. Bytes in, plain structs out.
//!
//! Lenient in reading, bounded in everything: nothing is fetched, no custom entity is expanded, nothing recurses. What the
//! words mean, and whether they are acceptable, is not decided here.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

mod atom;
mod date;
mod encoding;
mod json;
mod media;
mod rss;
mod xml;

/// Entries read of one document; what comes after is not news any more.
const MOST_ENTRIES: usize = 10_000;

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

impl ParseError {
    /// Whether it is something else than a feed.
    pub fn is_no_feed(&self) -> bool {
        matches!(self, Self::NotAFeed(_))
    }
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
    /// Title, perhaps with markup.
    pub title: Option<String>,
    /// The site that it is of.
    pub site_url: Option<Url>,
    /// Its own address.
    pub self_url: Option<Url>,
    /// What it says of itself.
    pub description: Option<String>,
    /// Declared language.
    pub language: Option<String>,
    /// Its picture.
    pub image_url: Option<Url>,
    /// How long it asks to be left alone.
    pub ttl: Option<Duration>,
    /// Its entries, in its own order.
    pub entries: Vec<ParsedEntry>,
}

/// An entry as it was sent.
#[derive(Clone, Debug, Default)]
pub struct ParsedEntry {
    /// The publisher's own identity for it.
    pub guid: Option<String>,
    /// Where it leads.
    pub link: Option<Url>,
    /// Title, perhaps with markup.
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
    /// Declared language.
    pub language: Option<String>,
    /// What relative addresses in its HTML are relative to.
    pub base: Option<Url>,
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
    /// Where in the entry it stood.
    pub origin: MediaOrigin,
}

/// Reads a feed. `url` is where it was fetched: what its relative addresses are relative to.
pub fn parse(bytes: &[u8], content_type: Option<&str>, url: Option<&Url>) -> Result<ParsedFeed, ParseError> {
    let text = encoding::decode(bytes, content_type);
    let trimmed = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
    if trimmed.is_empty() {
        return Err(ParseError::Empty);
    }
    if trimmed.starts_with(['{', '[']) {
        return json::parse(trimmed, url);
    }
    let tree = xml::Tree::read(trimmed);
    let found = tree.roots().find_map(|node| match node.name() {
        "rss" | "rdf:RDF" | "RDF" | "channel" => rss::parse(node, url),
        "feed" => Some(atom::parse(node, url)),
        _ => None,
    });
    let mut feed = found.ok_or_else(|| ParseError::NotAFeed(named_feeds(&tree, url)))?;
    feed.entries.truncate(MOST_ENTRIES);
    Ok(feed)
}

/// The feeds that an HTML page names.
fn named_feeds(tree: &xml::Tree<'_>, base: Option<&Url>) -> Vec<Url> {
    let is_feed = |node: &xml::Node<'_, '_>| {
        let kind = node.attribute("type").unwrap_or_default();
        node.attribute("rel").is_some_and(|rel| rel.contains("alternate"))
            && ["rss", "atom", "feed+json"].iter().any(|name| kind.contains(name))
    };
    let links = tree.everything().filter(|node| node.name() == "link").filter(is_feed);
    links.filter_map(|node| address(&node.attribute("href")?, base)).take(10).collect()
}

/// An absolute http(s) address.
fn address(text: &str, base: Option<&Url>) -> Option<Url> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let url = match (Url::parse(text), base) {
        (Ok(url), _) => url,
        (Err(_), Some(base)) => base.join(text).ok()?,
        (Err(_), None) if text.starts_with("//") => Url::parse(&format!("https:{text}")).ok()?,
        (Err(_), None) if text.starts_with("www.") => Url::parse(&format!("https://{text}")).ok()?,
        (Err(_), None) => return None,
    };
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

#[expect(clippy::needless_pass_by_value, reason = "callers have made the text for this")]
fn non_empty(text: String) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ParsedFeed {
        parse(text.as_bytes(), None, Some(&"https://news.example/feed.xml".parse().unwrap())).unwrap()
    }

    #[test]
    fn rss_with_everything_publishers_put_in_it() {
        let feed = read(
            r#"<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">
            <channel><title>Courier &amp; Post</title><link>https://news.example/</link><language>en-gb</language><ttl>30</ttl>
            <item><title><![CDATA[Tide &amp; time]]></title><link>/a?x=1&y=2</link><guid isPermaLink="false">a-1</guid><pubDate>Mon, 16 Nov 2026 08:30:00 GMT</pubDate>
            <dc:creator>By Ann Lee</dc:creator><description>Short&nbsp;words</description><content:encoded><![CDATA[<p>Long</p>]]></content:encoded>
            <category domain="section">World</category>
            <media:content url="https://news.example/a.jpg" width="800" height="600" medium="image"><media:credit>Bo Chan</media:credit><media:description>The quay</media:description></media:content>
            <enclosure url="https://news.example/a.mp3" type="audio/mpeg" length="10"/></item></channel></rss>"#,
        );
        assert_eq!(
            (feed.format.to_string().as_str(), feed.title.as_deref(), feed.ttl),
            ("RSS 2.0", Some("Courier & Post"), Some(Duration::from_secs(1_800)))
        );
        let entry = &feed.entries[0];
        assert_eq!(entry.link.as_ref().unwrap().as_str(), "https://news.example/a?x=1&y=2");
        assert_eq!((entry.guid.as_deref(), entry.title.as_deref()), (Some("a-1"), Some("Tide &amp; time")));
        assert_eq!(entry.summary_html.as_deref(), Some("Short\u{a0}words"));
        assert_eq!(entry.content_html.as_deref(), Some("<p>Long</p>"));
        assert_eq!(entry.published.unwrap().to_rfc3339(), "2026-11-16T08:30:00+00:00");
        let image = entry.media.iter().find(|medium| medium.kind == MediaKind::Image).unwrap();
        assert_eq!(
            (image.credit.as_deref(), image.caption.as_deref(), image.width),
            (Some("Bo Chan"), Some("The quay"), Some(800))
        );
        assert!(
            entry
                .media
                .iter()
                .any(|medium| medium.kind == MediaKind::Audio && medium.origin == MediaOrigin::Enclosure)
        );
    }

    #[test]
    fn atom_with_inherited_author_xhtml_and_base() {
        let feed = read(
            r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://blog.example/x/"><title type="html">Le &lt;b&gt;Port&lt;/b&gt;</title>
            <author><name>Élise Moreau</name></author><link rel="self" href="feed.atom"/><link href="/"/>
            <entry><id>tag:1</id><title>Marée</title><link rel="alternate" href="a"/><published>2026-11-16T08:30:00+01:00</published><updated>2026-11-16T09:30:00Z</updated>
            <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Un <em>mot</em></p></div></content><summary type="text">1 &lt; 2</summary></entry></feed>"#,
        );
        let entry = &feed.entries[0];
        assert_eq!(entry.link.as_ref().unwrap().as_str(), "https://blog.example/x/a");
        assert_eq!(entry.authors[0].name.as_deref(), Some("Élise Moreau"));
        assert!(entry.content_html.as_deref().unwrap().contains("<em>mot</em>"));
        assert_eq!(entry.summary_html.as_deref(), Some("1 &lt; 2"));
        assert_eq!(entry.published.unwrap().to_rfc3339(), "2026-11-16T07:30:00+00:00");
    }

    #[test]
    fn json_feed() {
        let feed = read(
            r#"{"version":"https://jsonfeed.org/version/1.1","title":"Bits","home_page_url":"https://bits.example","items":[
            {"id":7,"url":"https://bits.example/7","title":"Seven","content_html":"<p>7</p>","date_published":"2026-11-16T08:30:00Z","authors":[{"name":"Cy"}],"tags":["Chips"],
             "attachments":[{"url":"https://bits.example/7.mp3","mime_type":"audio/mpeg","duration_in_seconds":61}]}]}"#,
        );
        let entry = &feed.entries[0];
        assert_eq!((entry.guid.as_deref(), entry.authors[0].name.as_deref()), (Some("7"), Some("Cy")));
        assert_eq!(entry.media[0].duration, Some(Duration::from_secs(61)));
    }

    #[test]
    fn broken_documents_give_what_they_have() {
        let truncated = read(
            "junk <rss><channel><title>A</title><item><title>One & two</title><link>https://a.example/1</link></item><item><title>Cut of",
        );
        assert_eq!(truncated.entries.len(), 2);
        assert_eq!(truncated.entries[0].title.as_deref(), Some("One & two"));
        let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><channel><item><title>&b;</title></item></channel></rss>"#;
        assert_eq!(read(bomb).entries[0].title.as_deref(), Some("&b;"));
    }

    #[test]
    fn a_page_names_its_feeds() {
        let page = r#"<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head><body><p>Hi</body></html>"#;
        let error = parse(page.as_bytes(), None, Some(&"https://a.example/".parse().unwrap())).unwrap_err();
        assert_eq!(error, ParseError::NotAFeed(vec!["https://a.example/rss".parse().unwrap()]));
        assert_eq!(parse(b"  ", None, None).unwrap_err(), ParseError::Empty);
    }
}
