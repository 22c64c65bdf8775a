//! Images, video and audio of an article.

use crate::db::count;
use crate::db::entity::media;
use crate::id::{MediaId, PublicId};

/// What a medium is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// A still picture.
    Image,
    /// Moving pictures.
    Video,
    /// Sound.
    Audio,
}

impl MediaKind {
    const ALL: [Self; 3] = [Self::Image, Self::Video, Self::Audio];

    /// The name as it is stored and published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
        }
    }
}

/// What a medium is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaRole {
    /// The picture that stands for the article.
    Lead,
    /// Shown inside the body, or delivered with it.
    Inline,
    /// A file delivered with the article, such as a podcast episode.
    Enclosure,
}

impl MediaRole {
    const ALL: [Self; 3] = [Self::Lead, Self::Inline, Self::Enclosure];

    /// The name as it is stored and published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Inline => "inline",
            Self::Enclosure => "enclosure",
        }
    }
}

/// An image, video or audio of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Its id.
    pub id: MediaId,
    /// Image, video or audio.
    pub kind: MediaKind,
    /// What it is for.
    pub role: MediaRole,
    /// Where the file is.
    pub url: String,
    /// Its media type, as the publisher declared it.
    pub mime: Option<String>,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
    /// In milliseconds.
    pub duration_ms: Option<i64>,
    /// A title of its own.
    pub title: Option<String>,
    /// What is to be seen, in the publisher's words.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
    /// For those who cannot see it.
    pub alt: Option<String>,
    /// A still for video and audio.
    pub thumbnail_url: Option<String>,
    /// What must stay in sight when it is cropped.
    pub focal_point: Option<FocalPoint>,
}

/// A point of a picture, in thousandths of its width from the left and of its height from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FocalPoint {
    /// From the left, 0 to 1,000.
    pub x: u16,
    /// From the top, 0 to 1,000.
    pub y: u16,
}

impl FocalPoint {
    /// A point by fractions of width and height, each 0 to 1; none outside the picture.
    pub fn of_fractions(x: f64, y: f64) -> Option<Self> {
        let thousandths = |fraction: f64| {
            let inside = (0.0..=1.0).contains(&fraction);
            (0..=1_000_u16).find(|at| inside && f64::from(*at) + 0.5 > fraction * 1_000.0)
        };
        Some(Self { x: thousandths(x)?, y: thousandths(y)? })
    }

    fn from_stored(x: Option<i32>, y: Option<i32>) -> Option<Self> {
        Some(Self { x: u16::try_from(x?).ok()?, y: u16::try_from(y?).ok()? })
    }
}

impl From<media::Model> for Media {
    fn from(row: media::Model) -> Self {
        let media::Model {
            id,
            article_id: _,
            position: _,
            kind,
            role,
            url,
            mime,
            width,
            height,
            duration_ms,
            title,
            caption,
            credit,
            alt,
            thumbnail_url,
            focal_x,
            focal_y,
        } = row;
        Self {
            id: MediaId::from_uuid(id),
            kind: MediaKind::ALL.into_iter().find(|known| known.as_str() == kind).unwrap_or(MediaKind::Image),
            role: MediaRole::ALL
                .into_iter()
                .find(|known| known.as_str() == role)
                .unwrap_or(MediaRole::Inline),
            url,
            mime,
            width: width.map(count),
            height: height.map(count),
            duration_ms,
            title,
            caption,
            credit,
            alt,
            thumbnail_url,
            focal_point: FocalPoint::from_stored(focal_x, focal_y),
        }
    }
}
