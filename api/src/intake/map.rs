//! From what a feed says to what the domain takes: only names change here, nothing is decided or cleaned.

use broadsheet_domain::article::MediaKind;
use broadsheet_domain::article::draft::{IncomingArticle, IncomingMedia};
use broadsheet_domain::topic::TopicKind;

use super::parse::{
    MediaKind as ParsedKind, MediaOrigin, ParsedCategory, ParsedEntry, ParsedMedia, ParsedPerson,
};

/// An entry as the domain takes it.
pub fn article(entry: ParsedEntry) -> IncomingArticle {
    IncomingArticle {
        guid: entry.guid,
        url: entry.link,
        headline: entry.title,
        summary_html: entry.summary_html,
        content_html: entry.content_html,
        base: entry.base,
        bylines: entry.authors.into_iter().filter_map(byline).collect(),
        topics: entry.categories.into_iter().map(topic).collect(),
        media: entry.media.into_iter().filter_map(medium).collect(),
        language: entry.language,
        published_at: entry.published.map(Into::into),
        updated_at: entry.updated.map(Into::into),
    }
}

fn byline(person: ParsedPerson) -> Option<String> {
    person.name.or(person.email)
}

fn topic(category: ParsedCategory) -> (TopicKind, String) {
    let scheme = category.scheme.as_deref().unwrap_or_default().to_lowercase();
    let name = category.label.unwrap_or(category.term);
    let says = |words: &[&str]| words.iter().any(|word| scheme.contains(word));
    let kind = if says(&["section", "rubric", "ressort"]) || is_section(&name) {
        TopicKind::Section
    } else if says(&["person", "people", "nyt_per"]) {
        TopicKind::Person
    } else if says(&["organi", "company", "nyt_org"]) {
        TopicKind::Organisation
    } else if says(&["place", "location", "geo", "country", "nyt_geo"]) {
        TopicKind::Place
    } else {
        TopicKind::Topic
    };
    (kind, name)
}

/// Names that publishers give to the parts of an edition, in the languages most met; a category of that name is a section.
const SECTIONS: &[&str] = &[
    "actualité",
    "arts",
    "books",
    "business",
    "climate",
    "culture",
    "deportes",
    "economía",
    "economia",
    "economics",
    "economy",
    "economie",
    "environment",
    "football",
    "health",
    "international",
    "kultur",
    "lifestyle",
    "local",
    "local news",
    "media",
    "monde",
    "money",
    "music",
    "national",
    "news",
    "opinion",
    "opinión",
    "panorama",
    "podcasts",
    "politics",
    "politik",
    "politique",
    "politica",
    "política",
    "région",
    "science",
    "sciences",
    "sport",
    "sports",
    "style",
    "tech",
    "technologie",
    "technology",
    "travel",
    "uk",
    "us",
    "video",
    "weather",
    "wirtschaft",
    "world",
    "société",
    "économie",
    "اقتصاد",
    "ثقافة",
    "رياضة",
    "سياسة",
    "صحة",
    "علوم",
    "محليات",
    "دولي",
];

fn is_section(name: &str) -> bool {
    SECTIONS.contains(&name.trim().to_lowercase().as_str())
}

fn medium(parsed: ParsedMedia) -> Option<IncomingMedia> {
    let kind = match parsed.kind {
        ParsedKind::Image => MediaKind::Image,
        ParsedKind::Video => MediaKind::Video,
        ParsedKind::Audio => MediaKind::Audio,
        ParsedKind::Other => return None,
    };
    let enclosure = matches!(parsed.origin, MediaOrigin::Enclosure | MediaOrigin::JsonAttachment)
        && kind != MediaKind::Image;
    Some(IncomingMedia {
        kind,
        enclosure,
        url: parsed.url,
        mime: parsed.mime,
        width: parsed.width,
        height: parsed.height,
        duration_ms: parsed.duration.and_then(|duration| i64::try_from(duration.as_millis()).ok()),
        title: parsed.title,
        caption: parsed.caption,
        credit: parsed.credit,
        alt: parsed.alt,
        thumbnail_url: parsed.thumbnail_url,
        focal_point: None,
    })
}
