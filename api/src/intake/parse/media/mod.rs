//! Media beside an entry's text: Media RSS, enclosures, iTunes, `YouTube`.

use url::Url;

use super::address::resolve;
use super::text::non_empty;
use super::xml::Node;
use super::{MediaKind, MediaOrigin, ParsedMedia, ParsedRendition};

mod kind;

pub(super) use kind::{bare, declared_kind, seconds};

/// What of a medium stands around it, in its group or entry.
#[derive(Clone, Default)]
struct Around {
    title: Option<String>,
    caption: Option<String>,
    credit: Option<String>,
    thumbnails: Vec<ParsedRendition>,
}

/// Every medium of an entry; renditions of one are the largest of them, and the others its renditions.
pub(super) fn of(entry: &Node<'_>, base: Option<&Url>) -> Vec<ParsedMedia> {
    let mut media = Vec::<ParsedMedia>::new();
    let outer = around(entry, base, &Around::default());
    for child in entry.children() {
        match child.name() {
            "media:group" => add(&mut media, group(&child, base, &outer)),
            "media:content" => add(&mut media, content(&child, base, &outer)),
            "enclosure" => add(&mut media, enclosure(&child, "url", base)),
            "link" | "atom:link" => match child.attribute("rel").as_deref() {
                Some("enclosure") => add(&mut media, enclosure(&child, "href", base)),
                // Media of a related page are none of this entry's.
                Some("alternate") => {
                    child
                        .all("media:content")
                        .for_each(|inner| add(&mut media, content(&inner, base, &outer)));
                }
                _ => {}
            },
            _ => {}
        }
    }
    let duration = entry.text_of("itunes:duration").and_then(|text| seconds(&text));
    for medium in media.iter_mut().filter(|medium| medium.kind != MediaKind::Image) {
        medium.duration = medium.duration.or(duration);
    }
    let itunes = || {
        let href =
            entry.child("itunes:image").or_else(|| entry.child("googleplay:image"))?.attribute("href")?;
        Some(bare(resolve(&href, base)?, MediaKind::Image, MediaOrigin::Itunes))
    };
    if !media.iter().any(|medium| medium.kind == MediaKind::Image) {
        add(&mut media, itunes());
    }
    thumbnails(&mut media, outer.thumbnails);
    media
}

/// The entry's own thumbnails: its only picture, or smaller ones of the first that it has.
fn thumbnails(media: &mut Vec<ParsedMedia>, thumbnails: Vec<ParsedRendition>) {
    let shown = |media: &[ParsedMedia], url: &Url| {
        media.iter().any(|medium| {
            let others = medium.renditions.iter().map(|rendition| &rendition.url);
            others.chain([&medium.url]).chain(medium.thumbnail_url.as_ref()).any(|known| known == url)
        })
    };
    if media.is_empty() {
        add(media, as_picture(thumbnails, MediaOrigin::Thumbnail));
        return;
    }
    let first = thumbnails.into_iter().filter(|thumbnail| !shown(media, &thumbnail.url)).collect::<Vec<_>>();
    let at = media.iter().position(|medium| medium.kind == MediaKind::Image).unwrap_or(0);
    let Some(medium) = media.get_mut(at) else { return };
    if medium.kind != MediaKind::Image && medium.thumbnail_url.is_none() {
        medium.thumbnail_url = first.first().map(|thumbnail| thumbnail.url.clone());
    }
    medium.renditions.extend(first);
}

/// The widest of several sizes of a picture.
fn as_picture(sizes: Vec<ParsedRendition>, origin: MediaOrigin) -> Option<ParsedMedia> {
    let widest = sizes.iter().max_by_key(|size| size.width.unwrap_or(0)).map(|size| size.width)?;
    let main = sizes.iter().find(|size| size.width == widest)?.clone();
    let renditions = sizes.into_iter().filter(|size| size.url != main.url).collect();
    let picture = bare(main.url, MediaKind::Image, origin);
    Some(ParsedMedia { width: main.width, height: main.height, renditions, ..picture })
}

fn add(media: &mut Vec<ParsedMedia>, found: Option<ParsedMedia>) {
    let Some(found) = found else { return };
    match media.iter_mut().find(|known| known.url == found.url) {
        Some(known) => {
            known.mime = known.mime.take().or(found.mime);
            known.caption = known.caption.take().or(found.caption);
            known.credit = known.credit.take().or(found.credit);
            known.width = known.width.or(found.width);
            known.height = known.height.or(found.height);
            known.duration = known.duration.or(found.duration);
            known.thumbnail_url = known.thumbnail_url.take().or(found.thumbnail_url);
            known.renditions.extend(found.renditions);
            // What is enclosed is to be downloaded; that it is shown too changes nothing.
            if found.origin == MediaOrigin::Enclosure {
                known.origin = MediaOrigin::Enclosure;
                known.bytes = known.bytes.or(found.bytes);
            }
        }
        None => media.push(found),
    }
}

fn around(node: &Node<'_>, base: Option<&Url>, outer: &Around) -> Around {
    let thumbnails: Vec<ParsedRendition> =
        node.all("media:thumbnail").filter_map(|child| rendition(&child, base)).collect();
    let mut credits = node
        .children()
        .filter(|child| matches!(child.name(), "media:credit" | "media:copyright"))
        .filter_map(|child| non_empty(child.text()));
    Around {
        title: node.text_of("media:title").or_else(|| outer.title.clone()),
        caption: node
            .text_of("media:description")
            .or_else(|| node.text_of("media:text"))
            .or_else(|| outer.caption.clone()),
        credit: credits.next().or_else(|| outer.credit.clone()),
        thumbnails: if thumbnails.is_empty() { outer.thumbnails.clone() } else { thumbnails },
    }
}

fn pixels(node: &Node<'_>, name: &str) -> Option<u32> {
    let text = node.attribute(name)?;
    text.trim_end_matches("px").trim().parse().ok().filter(|pixels| *pixels > 0)
}

fn rendition(node: &Node<'_>, base: Option<&Url>) -> Option<ParsedRendition> {
    let written = node.attribute("url").or_else(|| non_empty(node.text()).filter(|_| !node.has_markup()))?;
    Some(ParsedRendition {
        url: resolve(&written, base)?,
        mime: node.said("type"),
        width: pixels(node, "width"),
        height: pixels(node, "height"),
    })
}

/// A group holds one thing in several renditions; a moving one stands before a still, and a wide one before a narrow.
fn group(node: &Node<'_>, base: Option<&Url>, outer: &Around) -> Option<ParsedMedia> {
    let around = around(node, base, outer);
    let mut members: Vec<ParsedMedia> =
        node.all("media:content").filter_map(|child| content(&child, base, &around)).collect();
    let rank = |medium: &ParsedMedia| (medium.kind != MediaKind::Image, medium.width.unwrap_or(0));
    let Some(best) = members.iter().map(rank).max() else {
        return without_content(node, base, around);
    };
    let main = members.iter().position(|medium| rank(medium) == best).map(|at| members.remove(at))?;
    let mut renditions = Vec::new();
    for medium in members {
        let ParsedMedia { url, mime, width, height, .. } = medium;
        renditions.push(ParsedRendition { url, mime, width, height });
        renditions.extend(medium.renditions);
    }
    renditions.extend(main.renditions);
    renditions.retain(|rendition| rendition.url != main.url);
    let mut once = Vec::<ParsedRendition>::new();
    for rendition in renditions {
        if !once.iter().any(|known| known.url == rendition.url) {
            once.push(rendition);
        }
    }
    Some(ParsedMedia { renditions: once, ..main })
}

/// A player, or thumbnails alone.
fn without_content(node: &Node<'_>, base: Option<&Url>, around: Around) -> Option<ParsedMedia> {
    let player = node.child("media:player").and_then(|player| resolve(&player.attribute("url")?, base));
    let found = match player {
        Some(player) => ParsedMedia {
            width: pixels(node, "width"),
            height: pixels(node, "height"),
            duration: node.attribute("duration").and_then(|text| seconds(&text)),
            thumbnail_url: around.thumbnails.first().map(|thumbnail| thumbnail.url.clone()),
            ..bare(player, MediaKind::Video, MediaOrigin::MediaContent)
        },
        None => as_picture(around.thumbnails, MediaOrigin::Thumbnail)?,
    };
    let alt = node.child("media:thumbnail").and_then(|thumbnail| thumbnail.child("img")?.said("alt"));
    Some(ParsedMedia { title: around.title, caption: around.caption, credit: around.credit, alt, ..found })
}

fn content(node: &Node<'_>, base: Option<&Url>, outer: &Around) -> Option<ParsedMedia> {
    let around = around(node, base, outer);
    let Some(url) = node.said("url").and_then(|url| resolve(&url, base)) else {
        return without_content(node, base, around);
    };
    let mime = node.said("type");
    // A picture of no declared kind is what `media:content` mostly holds.
    let kind = declared_kind(node.attribute("medium").as_deref(), mime.as_deref(), &url);
    let kind = kind.unwrap_or(if mime.is_none() { MediaKind::Image } else { MediaKind::Other });
    let own = node.child("media:thumbnail").is_some();
    let still = around.thumbnails.first().filter(|_| kind != MediaKind::Image);
    Some(ParsedMedia {
        mime,
        bytes: node.attribute("fileSize").and_then(|text| text.parse().ok()).filter(|bytes| *bytes > 0),
        width: pixels(node, "width"),
        height: pixels(node, "height"),
        duration: node.attribute("duration").and_then(|text| seconds(&text)),
        title: around.title,
        caption: around.caption,
        credit: around.credit,
        thumbnail_url: still.map(|still| still.url.clone()),
        renditions: if own { around.thumbnails } else { Vec::new() },
        ..bare(url, kind, MediaOrigin::MediaContent)
    })
}

fn enclosure(node: &Node<'_>, name: &str, base: Option<&Url>) -> Option<ParsedMedia> {
    let written = node.said(name).or_else(|| node.said("url")).or_else(|| node.said("href"))?;
    let url = resolve(&written, base)?;
    let mime = node.said("type");
    let kind = declared_kind(None, mime.as_deref(), &url).unwrap_or(MediaKind::Other);
    let bytes = node.attribute("length").and_then(|text| text.parse().ok()).filter(|bytes| *bytes > 0);
    Some(ParsedMedia { mime, bytes, title: node.said("title"), ..bare(url, kind, MediaOrigin::Enclosure) })
}
