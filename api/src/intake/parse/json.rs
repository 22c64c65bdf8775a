//! JSON Feed 1.0 and 1.1 (jsonfeed.org).

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::address::resolve;
use super::text::{self, non_empty};
use super::{
    FeedFormat, MOST_ENTRIES, MediaKind, MediaOrigin, ParseError, ParsedCategory, ParsedEntry, ParsedFeed,
    ParsedMedia, ParsedPerson, date, media,
};

/// Reads a JSON Feed.
pub(super) fn parse(text: &str, url: Option<&Url>) -> Result<ParsedFeed, ParseError> {
    let document =
        serde_json::from_str(text).or_else(|error| serde_json::from_str(&mended(text)).or(Err(error)));
    let document: Value = document.map_err(|error| ParseError::Json(error.to_string()))?;
    let version = string(&document, "version").unwrap_or_default();
    let items = document.get("items").and_then(Value::as_array);
    let Some(items) = items.filter(|_| version.contains("jsonfeed.org") || document.get("title").is_some())
    else {
        return Err(ParseError::NotAFeed(Vec::new()));
    };
    let here = |name: &str| string(&document, name).and_then(|text| resolve(&text, url));
    let site_url = here("home_page_url");
    let base = site_url.clone().or_else(|| url.cloned());
    let people = authors(&document);
    let picture = string(&document, "icon").or_else(|| string(&document, "favicon"));
    let hubs = document.get("hubs").and_then(Value::as_array).into_iter().flatten();
    Ok(ParsedFeed {
        format: FeedFormat::Json(
            version.rsplit('/').next().filter(|version| !version.is_empty()).unwrap_or("1").to_owned(),
        ),
        title: html(&document, "title"),
        self_url: here("feed_url"),
        next_url: here("next_url"),
        hubs: hubs.filter_map(|hub| resolve(&string(hub, "url")?, url)).collect(),
        cloud: None,
        description: html(&document, "description"),
        language: string(&document, "language"),
        image_url: picture.and_then(|text| resolve(&text, base.as_ref())),
        rights: None,
        updated: None,
        ttl: None,
        skip_hours: Vec::new(),
        skip_days: Vec::new(),
        entries: items.iter().take(MOST_ENTRIES).map(|item| entry(item, base.as_ref(), &people)).collect(),
        site_url,
    })
}

/// JSON as some write it by hand: line breaks within strings, a comma after the last of a list.
fn mended(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        if in_string {
            mended.push(if c.is_control() { ' ' } else { c });
            in_string = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            continue;
        }
        in_string = c == '"';
        if matches!(c, ']' | '}') {
            let end = mended.trim_end().len();
            if mended.get(..end).is_some_and(|before| before.ends_with(',')) {
                mended.truncate(end - 1);
            }
        }
        mended.push(c);
    }
    mended
}

fn string(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) => non_empty(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What JSON Feed says is plain text, as HTML. Some have HTML's references in it nevertheless.
fn html(value: &Value, name: &str) -> Option<String> {
    string(value, name).map(|text| text::perhaps_html(&text, false))
}

fn entry(item: &Value, base: Option<&Url>, feed_authors: &[ParsedPerson]) -> ParsedEntry {
    let addresses = ["url", "external_url"].iter().filter_map(|name| string(item, name));
    let guid = string(item, "id");
    let link = addresses
        .into_iter()
        .find_map(|text| resolve(&text, base))
        .or_else(|| guid.as_deref().and_then(|guid| resolve(guid, None)));
    let moment = |name: &str| string(item, name).and_then(|text| date::parse(&text));
    let own = authors(item);
    let tags = item.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let tag =
        |tag: &str| non_empty(tag.to_owned()).map(|term| ParsedCategory { term, label: None, scheme: None });
    ParsedEntry {
        guid,
        title: html(item, "title"),
        summary_html: html(item, "summary"),
        content_html: string(item, "content_html")
            .map(|text| text::repaired(&text).into_owned())
            .or_else(|| string(item, "content_text").map(|text| text::escaped(&text))),
        authors: if own.is_empty() { feed_authors.to_vec() } else { own },
        published: moment("date_published"),
        updated: moment("date_modified"),
        categories: tags.filter_map(tag).collect(),
        media: all_media(item, base),
        language: string(item, "language"),
        base: link.clone().or_else(|| base.cloned()),
        link,
        ..ParsedEntry::default()
    }
}

/// Version 1.0 has one `author`, 1.1 a list of `authors`; who has both means the same people.
fn authors(value: &Value) -> Vec<ParsedPerson> {
    let list = value.get("authors").and_then(Value::as_array).into_iter().flatten();
    let mut names: Vec<String> = Vec::new();
    for name in list.chain(value.get("author")).filter_map(|author| string(author, "name")) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(|name| ParsedPerson { name: Some(name), email: None }).collect()
}

fn all_media(item: &Value, base: Option<&Url>) -> Vec<ParsedMedia> {
    let mut pictures =
        ["image", "banner_image"].iter().filter_map(|name| resolve(&string(item, name)?, base));
    let lead = pictures.next().map(|url| media::bare(url, MediaKind::Image, MediaOrigin::JsonImage));
    let attachments = item.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let attached = attachments.filter_map(|attachment| {
        let url = resolve(&string(attachment, "url")?, base)?;
        let mime = string(attachment, "mime_type");
        let kind = media::declared_kind(None, mime.as_deref(), &url).unwrap_or(MediaKind::Other);
        let seconds = attachment.get("duration_in_seconds").and_then(Value::as_f64);
        Some(ParsedMedia {
            mime,
            bytes: attachment.get("size_in_bytes").and_then(Value::as_u64),
            duration: seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            title: string(attachment, "title"),
            ..media::bare(url, kind, MediaOrigin::JsonAttachment)
        })
    });
    lead.into_iter().chain(attached).collect()
}
