//! Atom 1.0 (RFC 4287) and 0.3.

use url::Url;

use super::xml::Node;
use super::{
    FeedFormat, ParsedCategory, ParsedEntry, ParsedFeed, ParsedPerson, address, date, media, non_empty,
};

/// Reads a `feed` element.
pub(super) fn parse(root: Node<'_, '_>, url: Option<&Url>) -> ParsedFeed {
    let base = root.attribute("base").and_then(|text| address(&text, url)).or_else(|| url.cloned());
    let base = base.as_ref();
    let old = root.attribute("version").is_some_and(|version| version.starts_with("0."));
    let language = root.attribute("lang");
    let people = persons(&root, "author");
    let mut entries: Vec<ParsedEntry> =
        root.children().filter(|child| child.name() == "entry").map(|child| entry(&child, base)).collect();
    for entry in &mut entries {
        if entry.authors.is_empty() {
            entry.authors.clone_from(&people);
        }
    }
    let picture = root.text_of("logo").or_else(|| root.text_of("icon"));
    ParsedFeed {
        format: FeedFormat::Atom(if old { "0.3" } else { "1.0" }),
        title: root.child("title").and_then(|title| html(&title)),
        site_url: link(&root, &["alternate"], base),
        self_url: link(&root, &["self"], base),
        description: root.child("subtitle").or_else(|| root.child("tagline")).and_then(|text| html(&text)),
        language,
        image_url: picture.and_then(|picture| address(&picture, base)),
        ttl: None,
        entries,
    }
}

fn entry(node: &Node<'_, '_>, base: Option<&Url>) -> ParsedEntry {
    let base = node.attribute("base").and_then(|text| address(&text, base)).or_else(|| base.cloned());
    let base = base.as_ref();
    let dates = |names: &[&str]| {
        names.iter().filter_map(|name| node.text_of(name)).find_map(|text| date::parse(&text))
    };
    let own = persons(node, "author");
    let source = || node.child("source").map(|source| persons(&source, "author")).unwrap_or_default();
    let creators = || {
        node.children()
            .filter(|child| child.name() == "dc:creator")
            .map(|child| ParsedPerson { name: non_empty(child.text()), email: None })
            .collect()
    };
    let authors = [own, source(), creators()]
        .into_iter()
        .find(|people: &Vec<ParsedPerson>| !people.is_empty())
        .unwrap_or_default();
    let content = node.child("content");
    let content_base =
        content.and_then(|content| content.attribute("base")).and_then(|text| address(&text, base));
    let media_description = || {
        node.child("media:group")
            .and_then(|group| group.text_of("media:description"))
            .map(|text| html_escape::encode_text(&text).into_owned())
    };
    ParsedEntry {
        guid: node.text_of("id"),
        link: link(node, &["alternate", "related", "self"], base),
        title: node.child("title").and_then(|title| html(&title)),
        summary_html: node.child("summary").and_then(|summary| html(&summary)).or_else(media_description),
        content_html: content
            .filter(|content| content.attribute("src").is_none())
            .and_then(|content| html(&content)),
        authors,
        published: dates(&["published", "issued", "created", "dc:date"]),
        updated: dates(&["updated", "modified"]),
        categories: categories(node),
        media: media::of(node, base),
        language: node.attribute("lang"),
        base: content_base.or_else(|| base.cloned()),
    }
}

/// A text construct as HTML: plain text is escaped, XHTML stands as it is.
fn html(node: &Node<'_, '_>) -> Option<String> {
    let kind = node.attribute("type").unwrap_or_default().to_lowercase();
    let escaped = node.attribute("mode").as_deref() == Some("escaped");
    let title = node.name() == "title" || node.name() == "subtitle";
    let text = match kind.as_str() {
        "xhtml" | "application/xhtml+xml" if !escaped => node.inner().to_owned(),
        // Many feeds say "text", or nothing, and send markup.
        "" | "text" | "text/plain" if !title && !looks_like_html(&node.text()) => {
            html_escape::encode_text(&node.text()).into_owned()
        }
        _ => node.text(),
    };
    non_empty(text)
}

fn looks_like_html(text: &str) -> bool {
    ["</p>", "</a>", "<br", "</div>", "<img", "</em>", "</strong>", "<p>"]
        .iter()
        .any(|tag| text.contains(tag))
}

/// The first link of the most wanted relation.
fn link(node: &Node<'_, '_>, wanted: &[&str], base: Option<&Url>) -> Option<Url> {
    let links: Vec<_> =
        node.children().filter(|child| matches!(child.name(), "link" | "atom:link")).collect();
    let of = |relation: &&str| {
        let fits = links
            .iter()
            .filter(|link| link.attribute("rel").unwrap_or_else(|| "alternate".to_owned()) == **relation);
        let html_first = fits
            .clone()
            .find(|link| link.attribute("type").is_none_or(|kind| kind.contains("html")))
            .or_else(|| fits.clone().next());
        html_first.and_then(|link| address(&link.attribute("href")?, base))
    };
    wanted.iter().find_map(of)
}

fn persons(node: &Node<'_, '_>, name: &str) -> Vec<ParsedPerson> {
    let read = |child: Node<'_, '_>| {
        let name = child
            .text_of("name")
            .or_else(|| child.children().next().is_none().then(|| child.text()).and_then(non_empty));
        let email = child.text_of("email");
        (name.is_some() || email.is_some()).then_some(ParsedPerson { name, email })
    };
    node.children().filter(|child| child.name() == name).filter_map(read).collect()
}

fn categories(node: &Node<'_, '_>) -> Vec<ParsedCategory> {
    let read = |child: Node<'_, '_>| {
        let term =
            child.attribute("term").filter(|term| !term.is_empty()).or_else(|| non_empty(child.text()))?;
        Some(ParsedCategory {
            term,
            label: child.attribute("label").filter(|label| !label.is_empty()),
            scheme: child.attribute("scheme"),
        })
    };
    node.children()
        .filter(|child| matches!(child.name(), "category" | "dc:subject"))
        .filter_map(read)
        .collect()
}
