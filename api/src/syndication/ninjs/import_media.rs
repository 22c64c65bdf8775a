//! What came with a ninjs document: its associations, and its own renditions where it is a picture, video or sound itself.

use super::super::{MediumKind, MediumRole};
use super::import::{description, headline};
use super::node::{NinjsError, Node};

/// A medium, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedMedium {
    /// The sender's own identity for it.
    pub uri: Option<String>,
    /// What it is.
    pub kind: MediumKind,
    /// What it is for.
    pub role: MediumRole,
    /// The largest of its renditions.
    pub url: String,
    /// Declared media type.
    pub mime: Option<String>,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
    /// In milliseconds.
    pub duration_ms: Option<u64>,
    /// The size of the file.
    pub bytes: Option<u64>,
    /// A title of its own.
    pub title: Option<String>,
    /// What is to be seen.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
    /// For those who cannot see it.
    pub alt: Option<String>,
    /// A still of video or audio.
    pub thumbnail_url: Option<String>,
    /// What must stay in sight: thousandths of width and height, from the top left.
    pub focal: Option<(u16, u16)>,
}

struct Rendition {
    name: String,
    kind: Option<MediumKind>,
    url: String,
    mime: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    duration_ms: Option<u64>,
    bytes: Option<u64>,
    focal: Option<(u16, u16)>,
}

/// Every medium, in the document's order. Where none is said to lead, the first picture does.
pub(super) fn all(root: &Node<'_>, kind: Option<&str>) -> Result<Vec<ImportedMedium>, NinjsError> {
    let mut media = Vec::new();
    if let Some(kind) = kind.and_then(kind_of_type) {
        media.extend(medium(root, Some("lead"), Some(kind))?);
    }
    for (name, association) in root.objects(&["associations"])? {
        let declared = association.text(&["type"])?;
        let kind = declared.as_deref().and_then(kind_of_type);
        // Related texts are no media, whatever renditions they have.
        if kind.is_some() || declared.is_none() {
            media.extend(medium(&association, name.as_deref(), kind)?);
        }
    }
    if !media.iter().any(|medium| medium.role == MediumRole::Lead)
        && let Some(first) = media.iter_mut().find(|medium| medium.kind == MediumKind::Image)
    {
        first.role = MediumRole::Lead;
    }
    Ok(media)
}

fn kind_of_type(text: &str) -> Option<MediumKind> {
    match text {
        "picture" | "graphic" => Some(MediumKind::Image),
        "video" => Some(MediumKind::Video),
        "audio" => Some(MediumKind::Audio),
        _ => None,
    }
}

fn medium(
    node: &Node<'_>,
    name: Option<&str>,
    kind: Option<MediumKind>,
) -> Result<Option<ImportedMedium>, NinjsError> {
    let renditions = renditions(node)?;
    let Some(kind) = kind.or_else(|| renditions.iter().find_map(|rendition| rendition.kind)) else {
        return Ok(None);
    };
    let Some(best) = largest(&renditions, kind) else { return Ok(None) };
    let still = renditions.iter().find(|rendition| {
        rendition.kind == Some(MediumKind::Image)
            || (rendition.kind.is_none() && is_thumbnail(&rendition.name))
    });
    let credit = match description(node, &["creditline", "credit"])? {
        Some(line) => Some(line),
        None => node.text(&["by", "byline", "copyrightholder"])?,
    };
    Ok(Some(ImportedMedium {
        uri: node.text(&["uri"])?,
        kind,
        role: role([node.text(&["rel"])?.as_deref(), name]),
        url: best.url.clone(),
        mime: best.mime.clone(),
        width: best.width,
        height: best.height,
        duration_ms: best.duration_ms,
        bytes: best.bytes,
        title: headline(node)?,
        caption: description(node, &["caption", "text", "", "html", "xhtml"])?,
        credit,
        alt: description(node, &["alt"])?,
        thumbnail_url: still.filter(|_| kind != MediumKind::Image).map(|still| still.url.clone()),
        focal: best.focal,
    }))
}

/// What a medium is for, by its relation or its name: Superdesk's `featuremedia`, and what others call the main picture.
fn role(words: [Option<&str>; 2]) -> MediumRole {
    let says = |wanted: &[&str]| {
        words.iter().flatten().any(|word| wanted.iter().any(|wanted| word.eq_ignore_ascii_case(wanted)))
    };
    if says(&["enclosure"]) {
        MediumRole::Enclosure
    } else if says(&["lead", "featuremedia", "featured", "main", "mainpic", "mainpicture"]) {
        MediumRole::Lead
    } else {
        MediumRole::Inline
    }
}

fn is_thumbnail(name: &str) -> bool {
    ["thumb", "preview", "poster", "still"].iter().any(|word| name.contains(word))
}

/// The first of the largest renditions of a kind. Where no sizes are told, one that is called a thumbnail comes last.
fn largest(renditions: &[Rendition], kind: MediumKind) -> Option<&Rendition> {
    let area = |size: &Rendition| u64::from(size.width.unwrap_or(0)) * u64::from(size.height.unwrap_or(0));
    let rank =
        |rendition: &Rendition| (rendition.kind.is_some(), !is_thumbnail(&rendition.name), area(rendition));
    let fitting = renditions.iter().filter(|rendition| rendition.kind.is_none_or(|own| own == kind));
    fitting.reduce(|best, next| if rank(next) > rank(best) { next } else { best })
}

/// Renditions that are media, or may be.
fn renditions(node: &Node<'_>) -> Result<Vec<Rendition>, NinjsError> {
    let mut found = Vec::new();
    for (name, rendition) in node.objects(&["renditions"])? {
        let mime = rendition.text(&["contenttype", "mimetype"])?;
        let kind = mime.as_deref().and_then(kind_of_mime);
        let is_other = kind.is_none() && mime.is_some();
        let url = rendition.text(&["href"])?.filter(|url| is_web(url));
        if let (Some(url), false) = (url, is_other) {
            let name = name.unwrap_or_default().to_ascii_lowercase();
            found.push(read(&rendition, name, kind, url, mime));
        }
    }
    Ok(found)
}

fn is_web(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn kind_of_mime(mime: &str) -> Option<MediumKind> {
    match mime.split('/').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "image" => Some(MediumKind::Image),
        "video" => Some(MediumKind::Video),
        "audio" => Some(MediumKind::Audio),
        _ => None,
    }
}

fn read(
    node: &Node<'_>,
    name: String,
    kind: Option<MediumKind>,
    url: String,
    mime: Option<String>,
) -> Rendition {
    let pixels =
        |name: &str| node.whole(name).and_then(|size| u32::try_from(size).ok()).filter(|size| *size > 0);
    let (width, height) = (pixels("width"), pixels("height"));
    let focal = node.member(&["poi"]).and_then(|point| {
        // Rounded, as a whole pixel is hardly ever a whole thousandth.
        let part = |at: u64, of: Option<u32>| {
            let of = u64::from(of?);
            let thousandths = at.checked_mul(1_000)?.checked_add(of / 2)?.checked_div(of)?;
            u16::try_from(thousandths).ok().filter(|part| *part <= 1_000)
        };
        Some((part(point.whole("x")?, width)?, part(point.whole("y")?, height)?))
    });
    let (duration_ms, bytes) = (node.milliseconds("duration"), node.whole("sizeinbytes"));
    Rendition { name, kind, url, mime, width, height, duration_ms, bytes, focal }
}
