//! Media beside an entry's text: Media RSS, enclosures, iTunes, `YouTube`.

use std::time::Duration;

use url::Url;

use super::xml::Node;
use super::{MediaKind, MediaOrigin, ParsedMedia, address, non_empty};

/// What of a medium stands around it, in its group or entry.
#[derive(Clone, Default)]
struct Around {
    title: Option<String>,
    caption: Option<String>,
    credit: Option<String>,
    thumbnail: Option<Url>,
}

/// Every medium of an entry; renditions of one are the largest of them.
pub(super) fn of(entry: &Node<'_, '_>, base: Option<&Url>) -> Vec<ParsedMedia> {
    let mut media = Vec::<ParsedMedia>::new();
    let outer = around(entry, base, &Around::default());
    for child in entry.children() {
        match child.name() {
            "media:group" => add(&mut media, largest(group(&child, base, &outer))),
            "media:content" => add(&mut media, content(&child, base, &outer)),
            "enclosure" => add(&mut media, enclosure(&child, "url", base)),
            "link" | "atom:link" if child.attribute("rel").as_deref() == Some("enclosure") => {
                add(&mut media, enclosure(&child, "href", base));
            }
            _ => {}
        }
    }
    let duration = entry.text_of("itunes:duration").and_then(|text| seconds(&text));
    for medium in &mut media {
        if medium.kind != MediaKind::Image && medium.duration.is_none() {
            medium.duration = duration;
        }
    }
    let pictured = |media: &[ParsedMedia]| media.iter().any(|medium| medium.kind == MediaKind::Image);
    if !pictured(&media) {
        let itunes = entry
            .children()
            .find(|child| child.name() == "itunes:image")
            .and_then(|image| address(&image.attribute("href")?, base));
        let thumbnail = outer.thumbnail.clone().filter(|_| media.is_empty());
        let found = itunes
            .map(|url| (url, MediaOrigin::Itunes))
            .or(thumbnail.map(|url| (url, MediaOrigin::Thumbnail)));
        if let Some((url, origin)) = found {
            add(&mut media, Some(bare(url, MediaKind::Image, origin)));
        }
    }
    media
}

fn add(media: &mut Vec<ParsedMedia>, found: Option<ParsedMedia>) {
    let Some(found) = found else { return };
    match media.iter_mut().find(|known| known.url == found.url) {
        Some(known) => {
            known.caption = known.caption.take().or(found.caption);
            known.credit = known.credit.take().or(found.credit);
            known.width = known.width.or(found.width);
            known.height = known.height.or(found.height);
            known.duration = known.duration.or(found.duration);
        }
        None => media.push(found),
    }
}

fn bare(url: Url, kind: MediaKind, origin: MediaOrigin) -> ParsedMedia {
    ParsedMedia {
        url,
        kind,
        mime: None,
        width: None,
        height: None,
        duration: None,
        title: None,
        caption: None,
        credit: None,
        alt: None,
        thumbnail_url: None,
        origin,
    }
}

fn around(node: &Node<'_, '_>, base: Option<&Url>, outer: &Around) -> Around {
    let thumbnail = node
        .children()
        .find(|child| child.name() == "media:thumbnail")
        .and_then(|child| address(&child.attribute("url").or_else(|| non_empty(child.text()))?, base));
    let credits: Vec<String> = node
        .children()
        .filter(|child| matches!(child.name(), "media:credit" | "media:copyright"))
        .filter_map(|child| non_empty(child.text()))
        .collect();
    Around {
        title: node.text_of("media:title").or_else(|| outer.title.clone()),
        caption: node
            .text_of("media:description")
            .or_else(|| node.text_of("media:text"))
            .or_else(|| outer.caption.clone()),
        credit: credits.into_iter().next().or_else(|| outer.credit.clone()),
        thumbnail: thumbnail.or_else(|| outer.thumbnail.clone()),
    }
}

fn group(node: &Node<'_, '_>, base: Option<&Url>, outer: &Around) -> Vec<ParsedMedia> {
    let around = around(node, base, outer);
    node.children()
        .filter(|child| child.name() == "media:content")
        .filter_map(|child| content(&child, base, &around))
        .collect()
}

/// A group holds one thing in several renditions; a moving one stands before a still.
fn largest(group: Vec<ParsedMedia>) -> Option<ParsedMedia> {
    let rank = |medium: &ParsedMedia| (u8::from(medium.kind != MediaKind::Image), medium.width.unwrap_or(0));
    group.into_iter().max_by_key(rank)
}

fn content(node: &Node<'_, '_>, base: Option<&Url>, outer: &Around) -> Option<ParsedMedia> {
    let around = around(node, base, outer);
    let player = || {
        node.children()
            .find(|child| child.name() == "media:player")
            .and_then(|player| player.attribute("url"))
    };
    let url = address(&node.attribute("url").or_else(player)?, base)?;
    let mime = node.attribute("type").filter(|mime| !mime.is_empty());
    let number = |name: &str| {
        node.attribute(name)
            .and_then(|text| text.trim_end_matches("px").parse().ok())
            .filter(|number| *number > 0)
    };
    let kind = kind_of(node.attribute("medium").as_deref(), mime.as_deref(), &url);
    Some(ParsedMedia {
        mime,
        width: number("width"),
        height: number("height"),
        duration: node.attribute("duration").and_then(|text| seconds(&text)),
        title: around.title,
        caption: around.caption,
        credit: around.credit,
        thumbnail_url: around.thumbnail.filter(|_| kind != MediaKind::Image),
        ..bare(url, kind, MediaOrigin::MediaContent)
    })
}

fn enclosure(node: &Node<'_, '_>, name: &str, base: Option<&Url>) -> Option<ParsedMedia> {
    let url = address(&node.attribute(name)?, base)?;
    let mime = node.attribute("type").filter(|mime| !mime.is_empty());
    let kind = kind_of(None, mime.as_deref(), &url);
    Some(ParsedMedia { mime, title: node.attribute("title"), ..bare(url, kind, MediaOrigin::Enclosure) })
}

/// What something is: as declared, else by its media type, else by its name.
pub(super) fn kind_of(medium: Option<&str>, mime: Option<&str>, url: &Url) -> MediaKind {
    let declared = medium
        .or_else(|| mime.and_then(|mime| mime.split('/').next()))
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    match declared.as_str() {
        "image" | "img" | "photo" => return MediaKind::Image,
        "video" => return MediaKind::Video,
        "audio" => return MediaKind::Audio,
        _ => {}
    }
    let player =
        matches!(url.host_str(), Some("www.youtube.com" | "youtube.com" | "player.vimeo.com" | "vimeo.com"));
    let extension = url.path().rsplit('.').next().unwrap_or_default().to_lowercase();
    match extension.as_str() {
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif" | "svg" => MediaKind::Image,
        "mp4" | "m4v" | "webm" | "mov" | "m3u8" => MediaKind::Video,
        "mp3" | "m4a" | "ogg" | "oga" | "wav" | "aac" | "flac" | "opus" => MediaKind::Audio,
        _ if player => MediaKind::Video,
        // A picture of no declared kind is what `media:content` mostly holds.
        _ if mime.is_none() && medium.is_none() => MediaKind::Image,
        _ => MediaKind::Other,
    }
}

/// `125`, `2:05`, `1:02:05`, `125.4`.
fn seconds(text: &str) -> Option<Duration> {
    let parts = text
        .trim()
        .split(':')
        .map(|part| part.trim().parse::<f64>().ok().filter(|part| part.is_finite() && *part >= 0.0));
    let total = parts
        .collect::<Option<Vec<f64>>>()?
        .into_iter()
        .fold(0.0_f64, |total, part| total.mul_add(60.0, part));
    Duration::try_from_secs_f64(total)
        .ok()
        .filter(|duration| !duration.is_zero() && duration.as_secs() < 7 * 24 * 3_600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_all_forms() {
        assert_eq!(seconds("125"), Some(Duration::from_secs(125)));
        assert_eq!(seconds("1:02:05"), Some(Duration::from_secs(3_725)));
        assert_eq!(seconds("about an hour"), None);
    }
}
