//! Media RSS 1.5 (rssboard.org/media-rss): media beside an entry's text, in RSS and Atom alike.

use super::xml::Document;
use super::{Item, Medium, MediumKind, MediumRole, seconds};

/// Its namespace.
pub(super) const NAMESPACE: &str = "http://search.yahoo.com/mrss/";

/// Every medium of an article, each with its own words: nothing is said once for all, since readers then say it of each.
pub(super) fn contents(document: &mut Document, item: &Item) {
    for medium in &item.media {
        content(document, medium, item.lead_image().is_some_and(|lead| lead.id == medium.id));
    }
}

fn content(document: &mut Document, medium: &Medium, lead: bool) {
    let kind = match medium.kind {
        MediumKind::Image => "image",
        MediumKind::Video => "video",
        MediumKind::Audio => "audio",
    };
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    let optional = [
        ("type", medium.mime.clone()),
        ("width", number(medium.width)),
        ("height", number(medium.height)),
        ("duration", medium.duration_ms.map(seconds)),
        ("fileSize", medium.bytes.map(|bytes| bytes.to_string())),
        ("isDefault", lead.then(|| "true".to_owned())),
    ];
    let mut attributes = vec![("url", medium.url.as_str()), ("medium", kind)];
    attributes.extend(optional.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
    document.element("media:content", &attributes, |document| {
        let plain = |document: &mut Document, name: &str, text: Option<&str>| {
            if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
                document.text_with(name, &[("type", "plain")], text);
            }
        };
        plain(document, "media:title", medium.title.as_deref());
        plain(document, "media:description", medium.caption.as_deref().or(medium.alt.as_deref()));
        document.text_if("media:credit", medium.credit.as_deref());
        // A picture is its own thumbnail, and readers look for the one that stands for the article.
        let own = lead.then_some(medium.url.as_str());
        if let Some(url) = medium.thumbnail_url.as_deref().or(own) {
            document.empty("media:thumbnail", &[("url", url)]);
        }
    });
}

/// The file to download: what was meant for it, else the picture that stands for the article.
pub(super) fn enclosure(item: &Item) -> Option<&Medium> {
    item.media.iter().find(|medium| medium.role == MediumRole::Enclosure).or_else(|| item.lead_image())
}
