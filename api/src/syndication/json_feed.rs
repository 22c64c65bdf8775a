//! JSON Feed 1.1 (jsonfeed.org/version/1.1).

use serde_json::{Value, json};

use super::json::{list, present, seconds, text};
use super::{Channel, Item, Medium, rfc_3339};

/// Media type of the document.
pub const MEDIA_TYPE: &str = "application/feed+json; charset=utf-8";

/// Renders a page of articles; those withdrawn are left out. What the format has no name for stands under `_broadsheet`.
pub fn render(channel: &Channel, items: &[Item]) -> Value {
    let items = items.iter().filter(|item| item.withdrawn.is_none()).map(|item| entry(channel, item));
    let publisher = channel.publisher.as_ref().map(|name| json!([{ "name": name }]));
    present([
        ("version", Some("https://jsonfeed.org/version/1.1".into())),
        ("title", Some(channel.title.as_str().into())),
        ("home_page_url", Some(channel.home_url.as_str().into())),
        ("feed_url", Some(channel.self_url.as_str().into())),
        ("next_url", text(channel.next_page_url.as_ref())),
        ("description", text(channel.description.as_ref())),
        ("icon", text(channel.image_url.as_ref())),
        ("authors", publisher),
        ("language", text(channel.language.as_ref())),
        ("items", Some(items.collect())),
    ])
}

fn entry(channel: &Channel, item: &Item) -> Value {
    let lead = item.lead_image();
    let beside = item.media.iter().filter(|medium| lead.is_none_or(|lead| lead.id != medium.id));
    let tags = item.categories().into_iter().map(|topic| topic.name.as_str().into());
    // One of both contents is required: where there is no body, the words that there are.
    let html = item.body_html.as_deref().filter(|html| !html.trim().is_empty());
    let plain = item.body_text.as_deref().filter(|text| !text.trim().is_empty());
    let plain = plain.or(item.dek.as_deref()).unwrap_or(&item.headline);
    present([
        ("id", Some(item.id.as_str().into())),
        ("url", Some(item.link().into())),
        ("title", Some(item.headline.as_str().into())),
        ("summary", text(item.dek.as_ref())),
        ("content_html", html.map(Into::into)),
        ("content_text", html.is_none().then(|| plain.into())),
        ("image", lead.map(|image| image.url.as_str().into())),
        ("date_published", Some(rfc_3339(item.published_at).into())),
        ("date_modified", Some(rfc_3339(item.updated_at).into())),
        ("authors", list(item.authors.iter().map(|author| json!({ "name": author.name })))),
        ("tags", list(tags)),
        ("language", item.own_language(channel).map(Into::into)),
        ("attachments", list(beside.map(attachment))),
        ("_broadsheet", Some(extension(item))),
    ])
}

fn attachment(medium: &Medium) -> Value {
    present([
        ("url", Some(medium.url.as_str().into())),
        ("mime_type", Some(medium.media_type().into())),
        ("title", text(medium.title.as_ref().or(medium.caption.as_ref()))),
        ("size_in_bytes", medium.bytes.map(Into::into)),
        ("duration_in_seconds", medium.duration_ms.map(seconds)),
    ])
}

fn extension(item: &Item) -> Value {
    let source = &item.source;
    let corrections = item
        .corrections
        .iter()
        .map(|correction| json!({ "at": rfc_3339(correction.at), "note": correction.note }));
    let image = item.lead_image();
    present([
        ("permalink", Some(item.permalink.as_str().into())),
        ("revision", Some(item.revision.into())),
        ("source", Some(json!({ "id": source.id, "name": source.name, "homepage": source.homepage }))),
        ("section", item.section.as_ref().map(|section| section.name.as_str().into())),
        ("image_caption", text(image.and_then(|image| image.caption.as_ref()))),
        ("image_credit", text(image.and_then(|image| image.credit.as_ref()))),
        ("comment_count", Some(item.comment_count.into())),
        ("comments_url", text(item.comments_url.as_ref())),
        ("corrections", list(corrections)),
    ])
}
