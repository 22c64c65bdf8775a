//! Articles as ninjs 3.1.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::json::{list, present, seconds, text};
use super::super::stable_id::uri;
use super::super::{Item, Medium, MediumKind, MediumRole, Topic, TopicKind, rfc_3339};

const SCHEMA: &str = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#";

/// Renders an article. One that was withdrawn is `canceled`, one under an embargo `withheld`.
pub fn render(item: &Item, embargoed_until: Option<DateTime<Utc>>) -> Value {
    let status = match (&item.withdrawn, embargoed_until) {
        (Some(_), _) => "canceled",
        (None, Some(_)) => "withheld",
        (None, None) => "usable",
    };
    let bodies = bodies(item);
    let whole = if bodies.is_some() { "full" } else { "partial" };
    let associations = (1..).zip(&item.media).map(|(number, medium)| association(number, medium, item));
    present([
        ("standard", Some(json!({ "name": "ninjs", "version": "3.1", "schema": SCHEMA }))),
        ("uri", Some(uri(&item.id, &item.permalink).into())),
        ("type", Some("text".into())),
        ("representationType", Some(whole.into())),
        ("version", Some(item.revision.to_string().into())),
        ("firstCreated", Some(rfc_3339(item.first_seen_at).into())),
        ("contentCreated", Some(rfc_3339(item.published_at).into())),
        ("versionCreated", Some(rfc_3339(item.updated_at).into())),
        ("embargoedUntil", embargoed_until.map(|until| rfc_3339(until).into())),
        ("pubStatus", Some(status.into())),
        ("edNote", text(item.withdrawn.as_ref())),
        ("language", text(item.language.as_ref())),
        ("headlines", Some(json!([words("main", &item.headline)]))),
        ("descriptions", descriptions(item)),
        ("bodies", bodies),
        ("by", item.byline().map(Into::into)),
        ("people", people(item)),
        ("organisations", list(concepts(item, TopicKind::Organisation))),
        ("places", list(concepts(item, TopicKind::Place))),
        ("subjects", list(concepts(item, TopicKind::Section).chain(concepts(item, TopicKind::Subject)))),
        ("infoSources", Some(json!([source(item)]))),
        ("renditions", Some(pages(item))),
        ("associations", list(associations)),
        ("altIds", Some(json!([{ "role": "broadsheet", "value": item.id }]))),
    ])
}

fn words(role: &str, value: &str) -> Value {
    json!({ "role": role, "contentType": "text/plain", "value": value })
}

/// What was put right stands here too: ninjs has no other place for what readers are told of it.
fn descriptions(item: &Item) -> Option<Value> {
    let dek = item.dek.iter().map(|dek| words("summary", dek));
    list(dek.chain(item.corrections.iter().map(|correction| words("correction", &correction.note))))
}

fn bodies(item: &Item) -> Option<Value> {
    let characters = item.body_text.as_ref().map(|text| text.chars().count());
    let body = |role: &str, media_type: &str, value: &String| {
        present([
            ("role", Some(role.into())),
            ("contentType", Some(media_type.into())),
            ("charCount", characters.map(Into::into)),
            ("wordCount", item.word_count.map(Into::into)),
            ("value", Some(value.as_str().into())),
        ])
    };
    let html = item.body_html.iter().map(|html| body("html", "text/html", html));
    list(html.chain(item.body_text.iter().map(|text| body("text", "text/plain", text))))
}

fn people(item: &Item) -> Option<Value> {
    let authors = item.authors.iter().map(
        |author| json!({ "name": author.name, "rel": "author", "uri": uri(&author.id, &item.permalink) }),
    );
    list(authors.chain(concepts(item, TopicKind::Person)))
}

fn concepts(item: &Item, kind: TopicKind) -> impl Iterator<Item = Value> {
    let rel = if kind == TopicKind::Section { "section" } else { "about" };
    let of_kind = item.categories().into_iter().filter(move |topic| topic.kind == kind);
    of_kind.map(move |Topic { name, slug, .. }| json!({ "name": name, "rel": rel, "literal": slug }))
}

fn source(item: &Item) -> Value {
    let source = &item.source;
    let site = source.homepage.as_ref().map(|url| json!([{ "type": "web", "value": url }]));
    present([
        ("name", Some(source.name.as_str().into())),
        ("role", Some("publisher".into())),
        ("uri", Some(uri(&source.id, &item.permalink).into())),
        ("contactInfo", site),
    ])
}

/// Where the article is to be read, as renditions of it.
fn pages(item: &Item) -> Value {
    let page = |name: &str, url: &str| json!({ "name": name, "href": url, "contentType": "text/html" });
    let here = page("broadsheet", &item.permalink);
    item.canonical_url.iter().map(|url| page("web", url)).chain([here]).collect()
}

fn association(number: u32, medium: &Medium, item: &Item) -> Value {
    let (kind, role) = (
        match medium.kind {
            MediumKind::Image => "picture",
            MediumKind::Video => "video",
            MediumKind::Audio => "audio",
        },
        match medium.role {
            MediumRole::Lead => "lead",
            MediumRole::Inline => "inline",
            MediumRole::Enclosure => "enclosure",
        },
    );
    let descriptions = [("caption", &medium.caption), ("alt", &medium.alt)];
    let descriptions = descriptions.iter().filter_map(|(role, value)| Some(words(role, value.as_ref()?)));
    let thumbnail = medium.thumbnail_url.iter().map(|url| json!({ "name": "thumbnail", "href": url }));
    present([
        ("name", Some(format!("{role}-{number}").into())),
        ("rel", Some(role.into())),
        ("uri", Some(uri(&medium.id, &item.permalink).into())),
        ("type", Some(kind.into())),
        ("headlines", list(medium.title.iter().map(|title| words("main", title)))),
        ("descriptions", list(descriptions)),
        ("by", text(medium.credit.as_ref())),
        ("renditions", list([original(medium)].into_iter().chain(thumbnail))),
        ("altIds", Some(json!([{ "role": "broadsheet", "value": medium.id }]))),
    ])
}

fn original(medium: &Medium) -> Value {
    let pixels =
        |size: Option<u32>, thousandths: u16| Some((u64::from(size?) * u64::from(thousandths) + 500) / 1_000);
    let poi = medium.focal.and_then(|(x, y)| {
        let (x, y) = (pixels(medium.width, x)?, pixels(medium.height, y)?);
        Some(json!({ "x": x, "y": y }))
    });
    present([
        ("name", Some("original".into())),
        ("href", Some(medium.url.as_str().into())),
        ("contentType", Some(medium.media_type().into())),
        ("width", medium.width.map(Into::into)),
        ("height", medium.height.map(Into::into)),
        ("sizeInBytes", medium.bytes.map(Into::into)),
        ("duration", medium.duration_ms.map(seconds)),
        ("poi", poi),
    ])
}
