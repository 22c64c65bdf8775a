//! Atom 1.0 (RFC 4287) with paging (RFC 5005), threads (RFC 4685), tombstones (RFC 6721) and Media RSS.

use super::stable_id::uri;
use super::xml::Document;
use super::{Channel, GENERATOR, Item, MediumRole, Publisher, media_rss, reads_as_markup, rfc_3339};

/// Media type of the document.
pub const MEDIA_TYPE: &str = "application/atom+xml; charset=utf-8";

const THREADS: &str = "http://purl.org/syndication/thread/1.0";
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";

/// Renders a page of articles; those withdrawn as tombstones.
pub fn render(channel: &Channel, items: &[Item]) -> String {
    let mut attributes = vec![
        ("xmlns", "http://www.w3.org/2005/Atom"),
        ("xmlns:media", media_rss::NAMESPACE),
        ("xmlns:thr", THREADS),
    ];
    attributes.extend(channel.language.as_deref().map(|language| ("xml:lang", language)));
    Document::write("feed", &attributes, |document| {
        head(document, channel);
        for item in items {
            if let Some(reason) = &item.withdrawn {
                tombstone(document, item, reason);
            } else {
                let language = item.own_language(channel).map(|language| ("xml:lang", language));
                document.element("entry", language.as_slice(), |document| entry(document, item));
            }
        }
    })
}

fn head(document: &mut Document, channel: &Channel) {
    document.text("id", &uri(&channel.id, &channel.home_url));
    plain(document, "title", Some(&channel.title));
    plain(document, "subtitle", channel.description.as_deref());
    document.text("updated", &rfc_3339(channel.updated_at));
    if let Some(publisher) = &channel.publisher {
        document.element("author", &[], |document| document.text("name", publisher));
    }
    document.text("generator", GENERATOR);
    document.text_if("logo", channel.image_url.as_deref());
    document.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &channel.home_url)]);
    let feed = |document: &mut Document, relation, address: &str| {
        document.empty("link", &[("rel", relation), ("type", "application/atom+xml"), ("href", address)]);
    };
    feed(document, "self", &channel.self_url);
    if let Some(next) = &channel.next_page_url {
        feed(document, "next", next);
    }
}

fn entry(document: &mut Document, item: &Item) {
    document.text("id", &uri(&item.id, &item.permalink));
    plain(document, "title", Some(&item.headline));
    document.text("published", &rfc_3339(item.published_at));
    document.text("updated", &rfc_3339(item.updated_at));
    // An entry must have an author: where nobody is named, its publisher is.
    let fallback = item.authors.is_empty().then_some(&item.source.name);
    for name in item.authors.iter().map(|author| &author.name).chain(fallback) {
        document.element("author", &[], |document| document.text("name", name));
    }
    for topic in item.categories() {
        let attributes =
            [("term", topic.slug.as_str()), ("scheme", topic.kind.scheme()), ("label", &topic.name)];
        document.empty("category", &attributes);
    }
    plain(document, "summary", item.dek.as_deref());
    if let Some(html) = item.body_html.as_deref().filter(|html| !html.trim().is_empty()) {
        document.text_with("content", &[("type", "html")], html);
    }
    links(document, item);
    media_rss::contents(document, item);
    source(document, &item.source, item);
}

fn links(document: &mut Document, item: &Item) {
    document.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", item.link())]);
    if let Some(comments) = &item.comments_url {
        let count = item.comment_count.to_string();
        document.empty("link", &[("rel", "replies"), ("href", comments), ("thr:count", &count)]);
    }
    for medium in item.media.iter().filter(|medium| medium.role == MediumRole::Enclosure) {
        let length = medium.bytes.map(|bytes| bytes.to_string());
        let mut attributes =
            vec![("rel", "enclosure"), ("type", medium.media_type()), ("href", medium.url.as_str())];
        attributes.extend(length.as_deref().map(|length| ("length", length)));
        attributes.extend(medium.title.as_deref().map(|title| ("title", title)));
        document.empty("link", &attributes);
    }
}

/// The feed that the entry was taken from.
fn source(document: &mut Document, source: &Publisher, item: &Item) {
    document.element("source", &[], |document| {
        document.text("id", &uri(&source.id, source.homepage.as_deref().unwrap_or(&item.permalink)));
        plain(document, "title", Some(&source.name));
        document.text("updated", &rfc_3339(item.updated_at));
        document.text_if("logo", source.logo_url.as_deref());
        if let Some(homepage) = &source.homepage {
            document.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", homepage)]);
        }
        if let Some(feed) = &source.feed_url {
            document.empty("link", &[("rel", "self"), ("href", feed)]);
        }
    });
}

fn tombstone(document: &mut Document, item: &Item, reason: &str) {
    let (id, when) = (uri(&item.id, &item.permalink), rfc_3339(item.updated_at));
    // Declared here: validators warn of a namespace that they do not know, and most feeds have no tombstone.
    let attributes = [("xmlns:at", TOMBSTONES), ("ref", id.as_str()), ("when", &when)];
    document.element("at:deleted-entry", &attributes, |document| {
        document.text_if("at:comment", Some(reason));
    });
}

/// Plain text; as HTML where a reader that does not look at the type would take it for that.
fn plain(document: &mut Document, name: &str, text: Option<&str>) {
    let Some(text) = text else { return };
    if reads_as_markup(text) {
        document.text_with(name, &[("type", "html")], &html_escape::encode_text(text));
    } else {
        document.text_with(name, &[("type", "text")], text);
    }
}
