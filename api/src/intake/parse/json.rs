//! JSON Feed 1.0 and 1.1 (jsonfeed.org).

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::{
    FeedFormat, MediaKind, MediaOrigin, ParseError, ParsedCategory, ParsedEntry, ParsedFeed, ParsedMedia,
    ParsedPerson, address, date, media, non_empty,
};

/// Reads a JSON Feed.
pub(super) fn parse(text: &str, url: Option<&Url>) -> Result<ParsedFeed, ParseError> {
    let document: Value = serde_json::from_str(text).map_err(|error| ParseError::Json(error.to_string()))?;
    let version = string(&document, "version").unwrap_or_default();
    let items = document.get("items").and_then(Value::as_array);
    let Some(items) = items.filter(|_| version.contains("jsonfeed.org") || document.get("title").is_some())
    else {
        return Err(ParseError::NotAFeed(Vec::new()));
    };
    let site_url = string(&document, "home_page_url").and_then(|text| address(&text, url));
    let base = site_url.clone().or_else(|| url.cloned());
    let people = authors(&document);
    let picture = string(&document, "icon").or_else(|| string(&document, "favicon"));
    Ok(ParsedFeed {
        format: FeedFormat::Json(
            version.rsplit('/').next().filter(|version| !version.is_empty()).unwrap_or("1").to_owned(),
        ),
        title: string(&document, "title"),
        self_url: string(&document, "feed_url").and_then(|text| address(&text, url)),
        description: string(&document, "description"),
        language: string(&document, "language"),
        image_url: picture.and_then(|text| address(&text, base.as_ref())),
        ttl: None,
        entries: items.iter().map(|item| entry(item, base.as_ref(), &people)).collect(),
        site_url,
    })
}

fn string(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) => non_empty(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn entry(item: &Value, base: Option<&Url>, feed_authors: &[ParsedPerson]) -> ParsedEntry {
    let link = ["url", "external_url"]
        .iter()
        .filter_map(|name| string(item, name))
        .find_map(|text| address(&text, base));
    let moment = |name: &str| string(item, name).and_then(|text| date::parse(&text));
    let own = authors(item);
    let escaped = |name: &str| string(item, name).map(|text| html_escape::encode_text(&text).into_owned());
    let tags = item.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    ParsedEntry {
        guid: string(item, "id"),
        title: string(item, "title"),
        summary_html: escaped("summary"),
        content_html: string(item, "content_html").or_else(|| escaped("content_text")),
        authors: if own.is_empty() { feed_authors.to_vec() } else { own },
        published: moment("date_published"),
        updated: moment("date_modified"),
        categories: tags
            .map(|tag| ParsedCategory { term: tag.to_owned(), label: None, scheme: None })
            .collect(),
        media: all_media(item, base),
        language: string(item, "language"),
        base: link.clone().or_else(|| base.cloned()),
        link,
    }
}

/// Version 1.0 has one `author`, 1.1 a list of `authors`.
fn authors(value: &Value) -> Vec<ParsedPerson> {
    let list = value.get("authors").and_then(Value::as_array).into_iter().flatten();
    let names = list.chain(value.get("author")).filter_map(|author| string(author, "name"));
    names.map(|name| ParsedPerson { name: Some(name), email: None }).collect()
}

fn all_media(item: &Value, base: Option<&Url>) -> Vec<ParsedMedia> {
    let picture = ["image", "banner_image"]
        .iter()
        .filter_map(|name| string(item, name))
        .find_map(|text| address(&text, base));
    let lead = picture.map(|url| medium(url, None, None, MediaOrigin::JsonImage));
    let attached =
        item.get("attachments").and_then(Value::as_array).into_iter().flatten().filter_map(|attachment| {
            let url = address(&string(attachment, "url")?, base)?;
            let duration = attachment
                .get("duration_in_seconds")
                .and_then(Value::as_f64)
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let mut found =
                medium(url, string(attachment, "mime_type"), duration, MediaOrigin::JsonAttachment);
            found.title = string(attachment, "title");
            Some(found)
        });
    lead.into_iter().chain(attached).collect()
}

fn medium(url: Url, mime: Option<String>, duration: Option<Duration>, origin: MediaOrigin) -> ParsedMedia {
    let kind = if origin == MediaOrigin::JsonImage {
        MediaKind::Image
    } else {
        media::kind_of(None, mime.as_deref(), &url)
    };
    ParsedMedia {
        url,
        kind,
        mime,
        width: None,
        height: None,
        duration,
        title: None,
        caption: None,
        credit: None,
        alt: None,
        thumbnail_url: None,
        origin,
    }
}
