//! RSS in all its versions, RDF included.

use std::time::Duration;

use url::Url;

use super::xml::Node;
use super::{
    FeedFormat, ParsedCategory, ParsedEntry, ParsedFeed, ParsedPerson, address, date, media, non_empty,
};

/// Reads an `rss`, `RDF` or bare `channel` element; none where there is neither a channel nor an item.
pub(super) fn parse(root: Node<'_, '_>, url: Option<&Url>) -> Option<ParsedFeed> {
    let channel = if root.name() == "channel" { Some(root) } else { root.child("channel") };
    let base = channel.and_then(|channel| link_of(&channel, url)).or_else(|| url.cloned());
    let inside = channel.into_iter().flat_map(|channel| channel.children());
    // RDF, and some RSS, has its items beside the channel.
    let items = inside.chain(root.children()).filter(|node| matches!(node.name(), "item" | "entry"));
    let entries: Vec<ParsedEntry> = items.map(|item| entry(&item, base.as_ref())).collect();
    let channel = match channel {
        Some(channel) => channel,
        None if !entries.is_empty() => root,
        None => return None,
    };
    let image = || channel.child("image").or_else(|| root.child("image"));
    let itunes = || {
        channel
            .children()
            .find(|child| child.name() == "itunes:image")
            .and_then(|image| image.attribute("href"))
    };
    let picture = image().and_then(|image| image.text_of("url")).or_else(itunes);
    let language = channel
        .text_of("language")
        .or_else(|| channel.text_of("dc:language"))
        .or_else(|| root.attribute("lang"));
    Some(ParsedFeed {
        format: format_of(&root),
        title: channel.text_of("title").or_else(|| channel.text_of("dc:title")),
        site_url: link_of(&channel, url),
        self_url: self_link(&channel, url),
        description: channel.text_of("description").or_else(|| channel.text_of("itunes:summary")),
        language,
        image_url: picture.and_then(|picture| address(&picture, base.as_ref())),
        ttl: ttl(&channel),
        entries,
    })
}

fn format_of(root: &Node<'_, '_>) -> FeedFormat {
    if root.name() == "rss" {
        return FeedFormat::Rss(
            root.attribute("version")
                .filter(|version| !version.is_empty())
                .unwrap_or_else(|| "2.0".to_owned()),
        );
    }
    let netscape = root.attribute("xmlns").is_some_and(|space| space.contains("netscape.com"));
    FeedFormat::Rss(if netscape { "0.90" } else { "1.0" }.to_owned())
}

/// A link that holds an address: many feeds have Atom's empty ones beside it.
fn link_of(node: &Node<'_, '_>, base: Option<&Url>) -> Option<Url> {
    let own = node.children().filter(|child| child.name() == "link");
    own.filter_map(|link| non_empty(link.text()).or_else(|| link.attribute("href")))
        .find_map(|text| address(&text, base))
}

fn self_link(channel: &Node<'_, '_>, base: Option<&Url>) -> Option<Url> {
    let is_self = |child: &Node<'_, '_>| {
        child.name() == "atom:link" && child.attribute("rel").as_deref() == Some("self")
    };
    channel.children().find(is_self).and_then(|link| address(&link.attribute("href")?, base))
}

/// `ttl` is in minutes; the syndication module says how often in which period.
fn ttl(channel: &Node<'_, '_>) -> Option<Duration> {
    let minutes = channel.text_of("ttl").and_then(|text| text.trim().parse::<u64>().ok());
    let syndicated = || {
        let period = match channel.text_of("sy:updatePeriod")?.trim().to_lowercase().as_str() {
            "hourly" => 60,
            "daily" => 24 * 60,
            "weekly" => 7 * 24 * 60,
            "monthly" => 30 * 24 * 60,
            _ => return None,
        };
        let times = channel
            .text_of("sy:updateFrequency")
            .and_then(|text| text.trim().parse::<u64>().ok())
            .unwrap_or(1);
        Some(period / times.max(1))
    };
    minutes
        .or_else(syndicated)
        .filter(|minutes| *minutes > 0)
        .map(|minutes| Duration::from_secs(minutes.saturating_mul(60)))
}

fn entry(item: &Node<'_, '_>, base: Option<&Url>) -> ParsedEntry {
    let guid_node = item.child("guid");
    let guid = guid_node
        .and_then(|guid| non_empty(guid.text()))
        .or_else(|| item.attribute("about"))
        .or_else(|| item.text_of("id"))
        .or_else(|| item.text_of("dc:identifier"));
    // A guid is an address unless it says that it is none.
    let permalink = || {
        let says_no = guid_node
            .and_then(|guid| guid.attribute("isPermaLink"))
            .is_some_and(|flag| flag.eq_ignore_ascii_case("false"));
        guid.as_deref()
            .filter(|_| !says_no)
            .filter(|guid| guid.starts_with("http"))
            .and_then(|guid| address(guid, base))
    };
    let original = || item.text_of("feedburner:origLink").and_then(|text| address(&text, base));
    let link =
        original().or_else(|| link_of(item, base)).or_else(|| atom_link(item, base)).or_else(permalink);
    let texts = |names: &[&str]| names.iter().find_map(|name| item.text_of(name));
    let dates = |names: &[&str]| {
        names.iter().filter_map(|name| item.text_of(name)).find_map(|text| date::parse(&text))
    };
    ParsedEntry {
        link,
        title: texts(&["title", "dc:title", "media:title", "itunes:title"]),
        summary_html: texts(&[
            "description",
            "summary",
            "itunes:summary",
            "dc:description",
            "itunes:subtitle",
            "media:description",
        ]),
        content_html: texts(&["content:encoded", "content", "body", "fullitem", "atom:content"]),
        authors: authors(item),
        published: dates(&[
            "pubDate",
            "dc:date",
            "published",
            "atom:published",
            "dcterms:issued",
            "dcterms:created",
            "date",
            "pubdate",
        ]),
        updated: dates(&["atom:updated", "updated", "dcterms:modified", "lastBuildDate", "modified"]),
        categories: categories(item),
        media: media::of(item, base),
        language: item
            .text_of("dc:language")
            .or_else(|| item.text_of("language"))
            .or_else(|| item.attribute("lang")),
        base: base.cloned(),
        guid,
    }
}

fn atom_link(item: &Node<'_, '_>, base: Option<&Url>) -> Option<Url> {
    let alternate = |child: &Node<'_, '_>| {
        child.name() == "atom:link" && child.attribute("rel").is_none_or(|rel| rel == "alternate")
    };
    item.children().find(alternate).and_then(|link| address(&link.attribute("href")?, base))
}

fn authors(item: &Node<'_, '_>) -> Vec<ParsedPerson> {
    for name in ["dc:creator", "author", "itunes:author", "atom:author", "creator", "managingEditor"] {
        let found: Vec<ParsedPerson> =
            item.children().filter(|child| child.name() == name).filter_map(|child| person(&child)).collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

fn person(node: &Node<'_, '_>) -> Option<ParsedPerson> {
    let inner =
        node.children().find(|child| matches!(child.name(), "name" | "atom:name")).map(|name| name.text());
    let name = non_empty(inner.unwrap_or_else(|| node.text()))?;
    Some(ParsedPerson { name: Some(name), email: None })
}

fn categories(item: &Node<'_, '_>) -> Vec<ParsedCategory> {
    let named = item.children().filter(|child| {
        matches!(child.name(), "category" | "dc:subject" | "media:category" | "atom:category")
    });
    let read = |child: Node<'_, '_>| {
        let term = non_empty(child.text())
            .or_else(|| child.attribute("term"))
            .or_else(|| child.attribute("text"))?;
        Some(ParsedCategory {
            term,
            label: child.attribute("label"),
            scheme: child.attribute("domain").or_else(|| child.attribute("scheme")),
        })
    };
    named.filter_map(read).collect()
}
