//! Atom 1.0 (RFC 4287) and 0.3.

use url::Url;

use super::address::resolve;
use super::text::{self, non_empty};
use super::xml::{Node, Tree};
use super::{
    FeedFormat, MOST_ENTRIES, ParsedCategory, ParsedEntry, ParsedFeed, ParsedPerson, ParsedSource, date,
    links, media, people, schedule,
};

/// Reads a `feed` element.
pub(super) fn parse(tree: &Tree<'_>, root: Node<'_>, url: Option<&Url>) -> ParsedFeed {
    // Where it came from, or else where it says to be, or its site.
    let of = |relation, base| links::of(&root, links::OWN, relation, base).next().map(|(_, url)| url);
    let outer = url.cloned().or_else(|| of("self", None)).or_else(|| of("alternate", None));
    let outer = outer.as_ref();
    let base = root.base(outer);
    let base = base.as_ref();
    let old = root.attribute("version").is_some_and(|version| version.starts_with("0."))
        || root.attribute("xmlns").is_some_and(|space| space.contains("purl.org/atom/ns"));
    let people = persons(&root, "author");
    let entries = tree.everything().filter(|node| node.name() == "entry").take(MOST_ENTRIES);
    let mut entries: Vec<ParsedEntry> = entries.map(|node| entry(&node, outer)).collect();
    for entry in entries.iter_mut().filter(|entry| entry.authors.is_empty()) {
        entry.authors.clone_from(&people);
    }
    let picture = root.text_of("logo").or_else(|| root.text_of("icon"));
    let dates = ["updated", "modified", "dc:date"].iter().filter_map(|name| root.text_of(name));
    ParsedFeed {
        format: FeedFormat::Atom(if old { "0.3" } else { "1.0" }),
        title: root.child("title").and_then(|title| html(&title)),
        site_url: link(&root, &["alternate"], outer),
        self_url: of("self", outer),
        next_url: of("next", outer),
        hubs: links::of(&root, links::OWN, "hub", outer).map(|(_, url)| url).collect(),
        cloud: None,
        description: root.child("subtitle").or_else(|| root.child("tagline")).and_then(|text| html(&text)),
        language: root.said("lang").or_else(|| root.text_of("dc:language")),
        image_url: picture.and_then(|picture| resolve(&picture, base)),
        rights: rights(&root),
        updated: dates.into_iter().find_map(|text| date::parse(&text)),
        ttl: schedule::ttl(&root),
        skip_hours: Vec::new(),
        skip_days: Vec::new(),
        entries,
    }
}

fn entry(node: &Node<'_>, outer: Option<&Url>) -> ParsedEntry {
    let base = node.base(outer);
    let base = base.as_ref();
    let dates = |names: &[&str]| {
        names.iter().filter_map(|name| node.text_of(name)).find_map(|text| date::parse(&text))
    };
    let own = persons(node, "author");
    let origin = || node.child("source").map(|source| persons(&source, "author")).unwrap_or_default();
    let creators = || persons(node, "dc:creator");
    let mut lists = [own, origin(), creators()].into_iter();
    let authors = lists.find(|people: &Vec<ParsedPerson>| !people.is_empty()).unwrap_or_default();
    let content = node.child("content");
    let told = |name: &str| node.child(name).and_then(|text| html(&text));
    let media_description = || {
        let inside = node.child("media:group").and_then(|group| group.text_of("media:description"));
        inside.or_else(|| node.text_of("media:description")).map(|text| text::escaped(&text))
    };
    let guid = node.text_of("id");
    let original = node.text_of("feedburner:origlink").and_then(|text| resolve(&text, base));
    let shown =
        || content.and_then(|content| resolve(&content.attribute("src")?, content.base(outer).as_ref()));
    let language =
        || ["content", "title", "summary"].into_iter().find_map(|name| node.child(name)?.said("lang"));
    ParsedEntry {
        link: original
            .or_else(|| link(node, &["alternate", "related", "self"], outer))
            .or_else(shown)
            .or_else(|| guid.as_deref().and_then(|guid| resolve(guid, None))),
        guid,
        guid_is_permalink: false,
        comments_url: links::of(node, links::OWN, "replies", outer)
            .find(|(link, _)| link.attribute("type").is_none_or(|kind| kind.contains("html")))
            .map(|(_, url)| url),
        title: told("title")
            .or_else(|| node.child("media:group").and_then(|group| html(&group.child("media:title")?))),
        summary_html: told("summary").or_else(media_description),
        content_html: content
            .filter(|content| content.attribute("src").is_none())
            .and_then(|content| html(&content)),
        authors,
        published: dates(&["published", "issued", "created", "dc:date"]),
        updated: dates(&["updated", "modified"]),
        categories: categories(node),
        media: media::of(node, base),
        source: node.child("source").map(|source| origin_of(&source, outer)),
        rights: rights(node),
        language: node.said("lang").or_else(language),
        base: content.map_or_else(|| base.cloned(), |content| content.base(outer)),
    }
}

fn origin_of(source: &Node<'_>, outer: Option<&Url>) -> ParsedSource {
    ParsedSource {
        title: source.child("title").and_then(|title| html(&title)),
        id: source.text_of("id"),
        site_url: link(source, &["alternate"], outer),
        feed_url: link(source, &["self"], outer),
    }
}

fn rights(node: &Node<'_>) -> Option<String> {
    let found = node.child("rights").or_else(|| node.child("copyright")).or_else(|| node.child("dc:rights"));
    found.and_then(|text| html(&text))
}

/// A text construct as HTML: plain text is escaped, XHTML stands as it is. None for what is no text.
fn html(node: &Node<'_>) -> Option<String> {
    let kind = node.attribute("type").unwrap_or_default().to_lowercase();
    let title = matches!(node.name(), "title" | "subtitle" | "rights");
    let found = node.text();
    let text = match kind.as_str() {
        "xhtml" | "application/xhtml+xml" if node.has_markup() => without_prefixes(&found),
        _ if node.has_markup() => text::repaired(&found).into_owned(),
        // Many feeds say "text", or nothing, and send markup; but a title that says to be text has none.
        "text" | "text/plain" => text::perhaps_html(&found, !title),
        "" if node.attribute("mode").as_deref() != Some("escaped") => text::perhaps_html(&found, true),
        kind if ["image/", "audio/", "video/", "application/octet"]
            .iter()
            .any(|other| kind.starts_with(other)) =>
        {
            return None;
        }
        _ if title => text::lenient(&found),
        _ => text::body(&found),
    };
    non_empty(text)
}

/// `<x:p>` is `<p>` to those who read HTML.
fn without_prefixes(markup: &str) -> String {
    let mut parts = markup.split('<');
    let mut html = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        html.push('<');
        let (slash, name) = part.strip_prefix('/').map_or(("", part), |name| ("/", name));
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(name.len());
        let tail = name.get(end..).and_then(|tail| tail.strip_prefix(':')).filter(|_| end > 0);
        html.push_str(slash);
        html.push_str(tail.unwrap_or(name));
    }
    html
}

/// The first link of the most wanted relation, a page before other types.
fn link(node: &Node<'_>, wanted: &[&'static str], outer: Option<&Url>) -> Option<Url> {
    wanted.iter().find_map(|relation| {
        let found: Vec<_> = links::of(node, links::OWN, relation, outer).collect();
        let page = found.iter().find(|(link, _)| link.said("type").is_none_or(|kind| kind.contains("html")));
        page.or_else(|| found.first()).map(|(_, url)| url.clone())
    })
}

fn persons(node: &Node<'_>, name: &str) -> Vec<ParsedPerson> {
    let read = |child: Node<'_>| {
        if !child.has_markup() {
            return people::person(&child.text());
        }
        let found = child.text_of("name").and_then(|name| people::person(&name)).unwrap_or_default();
        let email = found.email.or_else(|| child.text_of("email"));
        (found.name.is_some() || email.is_some()).then_some(ParsedPerson { name: found.name, email })
    };
    node.all(name).filter_map(read).collect()
}

fn categories(node: &Node<'_>) -> Vec<ParsedCategory> {
    let read = |child: Node<'_>| {
        let term = child.said("term").or_else(|| non_empty(child.text())).or_else(|| child.said("label"))?;
        Some(ParsedCategory {
            term: text::repaired(&term).into_owned(),
            label: child.said("label"),
            scheme: child.said("scheme"),
        })
    };
    node.children()
        .filter(|child| matches!(child.name(), "category" | "dc:subject"))
        .filter_map(read)
        .collect()
}
