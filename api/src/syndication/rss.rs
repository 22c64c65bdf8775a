//! RSS 2.0 (rssboard.org/rss-specification) with Atom, Dublin Core, content, Media RSS and slash extensions.

use chrono::{DateTime, Utc};

use super::xml::Document;
use super::{Channel, GENERATOR, Item, ambiguous, media_rss, rfc_3339};

/// Media type of the document.
pub const MEDIA_TYPE: &str = "application/rss+xml; charset=utf-8";

const NAMESPACES: &[(&str, &str)] = &[
    ("version", "2.0"),
    ("xmlns:atom", "http://www.w3.org/2005/Atom"),
    ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:media", media_rss::NAMESPACE),
    ("xmlns:slash", "http://purl.org/rss/1.0/modules/slash/"),
];

/// Renders a page of articles. RSS cannot say that an article was withdrawn: such are left out.
pub fn render(channel: &Channel, items: &[Item]) -> String {
    Document::write("rss", NAMESPACES, |document| {
        document.element("channel", &[], |document| {
            head(document, channel);
            for item in items.iter().filter(|item| item.withdrawn.is_none()) {
                document.element("item", &[], |document| entry(document, channel, item));
            }
        });
    })
}

fn head(document: &mut Document, channel: &Channel) {
    document.text("title", &ambiguous(&channel.title));
    document.text("link", &channel.home_url);
    let description = channel.description.as_deref().unwrap_or(&channel.title);
    document.text("description", &html_escape::encode_text(description));
    document.text_if("language", channel.language.as_deref());
    document.text("lastBuildDate", &rfc_822(channel.updated_at));
    document.text("docs", "https://www.rssboard.org/rss-specification");
    document.text("generator", GENERATOR);
    if let Some(minutes) = channel.ttl_minutes {
        document.text("ttl", &minutes.to_string());
    }
    if let Some(url) = &channel.image_url {
        document.element("image", &[], |document| {
            document.text("url", url);
            document.text("title", &ambiguous(&channel.title));
            document.text("link", &channel.home_url);
        });
    }
    document.text_if("dc:publisher", channel.publisher.as_deref());
    let link = |document: &mut Document, relation, address: &str| {
        document.empty("atom:link", &[("rel", relation), ("type", "application/rss+xml"), ("href", address)]);
    };
    link(document, "self", &channel.self_url);
    if let Some(next) = &channel.next_page_url {
        link(document, "next", next);
    }
}

fn entry(document: &mut Document, channel: &Channel, item: &Item) {
    document.text("title", &ambiguous(&item.headline));
    document.text("link", item.link());
    document.text_with("guid", &[("isPermaLink", "false")], &item.id);
    document.text("pubDate", &rfc_822(item.published_at));
    document.text("atom:updated", &rfc_3339(item.updated_at));
    for author in &item.authors {
        document.text("dc:creator", &author.name);
    }
    document.text_if("dc:language", item.own_language(channel));
    for topic in item.categories() {
        document.text_with("category", &[("domain", topic.kind.scheme())], &topic.name);
    }
    // RSS's descriptions are HTML: plain text is escaped once for it, and once more for XML.
    document.text_if("description", item.dek.as_deref().map(html_escape::encode_text).as_deref());
    document.text_if("content:encoded", item.body_html.as_deref());
    if let Some(medium) = media_rss::enclosure(item) {
        let length = medium.bytes.unwrap_or(0).to_string();
        let attributes =
            [("url", medium.url.as_str()), ("length", length.as_str()), ("type", medium.media_type())];
        document.empty("enclosure", &attributes);
    }
    media_rss::contents(document, item);
    if let Some(url) = item.source.feed_url.as_ref().or(item.source.homepage.as_ref()) {
        document.text_with("source", &[("url", url)], &item.source.name);
    }
    document.text_if("comments", item.comments_url.as_deref());
    document.text("slash:comments", &item.comment_count.to_string());
}

/// RFC 822 with the four-digit years of RFC 2822, as RSS prefers them.
fn rfc_822(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
