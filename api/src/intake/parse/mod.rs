//! Feeds as publishers really send them: RSS 0.90 to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed. Bytes in, plain structs out.
//!
//! Lenient in reading, bounded in everything: nothing is fetched, no custom entity is expanded, nothing recurses. What the
//! words mean, and whether they are acceptable, is not decided here.

use url::Url;

mod address;
mod atom;
mod date;
mod discover;
mod encoding;
mod json;
mod links;
mod media;
mod model;
mod people;
mod rss;
mod schedule;
mod text;
mod xml;

pub use discover::{DiscoveredFeed, FeedKind, discover};
pub use model::{
    FeedFormat, MediaKind, MediaOrigin, ParseError, ParsedCategory, ParsedCloud, ParsedEntry, ParsedFeed,
    ParsedMedia, ParsedPerson, ParsedRendition, ParsedSource,
};

/// Entries read of one document; what comes after is not news any more.
const MOST_ENTRIES: usize = 10_000;
/// Feeds of a page that an error names.
const MOST_NAMED: usize = 10;

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
    if let Some(feed) = read(trimmed, url) {
        return Ok(feed);
    }
    if let Some(feed) = shown(trimmed).and_then(|source| read(&xml::decode(source), url)) {
        return Ok(feed);
    }
    let named = url.cloned().or_else(|| Url::parse("about:blank").ok()).map(|base| discover(trimmed, &base));
    let urls = named.into_iter().flatten().map(|feed| feed.url).take(MOST_NAMED);
    Err(ParseError::NotAFeed(urls.collect()))
}

/// A moment as publishers write it, or none for what is no date.
pub fn parse_date(text: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    date::parse(text)
}

fn read(text: &str, url: Option<&Url>) -> Option<ParsedFeed> {
    let tree = xml::Tree::read(text);
    let has = |node: &xml::Node<'_>, names: &[&str]| names.iter().any(|name| node.child(name).is_some());
    tree.everything().find_map(|node| match node.name() {
        "rss" | "rdf:rdf" | "rdf" => Some(rss::parse(&tree, node, url)),
        "channel" if has(&node, &["item", "title", "link"]) => Some(rss::parse(&tree, node, url)),
        "feed" if has(&node, &["entry", "title", "id", "updated", "link"]) => {
            Some(atom::parse(&tree, node, url))
        }
        _ => None,
    })
}

/// The source of a feed that a page shows: what its server sent for people to look at.
fn shown(page: &str) -> Option<&str> {
    let start =
        ["&lt;?xml", "&lt;rss", "&lt;rdf:RDF", "&lt;feed"].iter().filter_map(|root| page.find(root)).min()?;
    page.get(start..)
}

#[cfg(test)]
mod tests;
