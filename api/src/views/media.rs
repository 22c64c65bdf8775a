//! Images, video and audio.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::article::{Media, MediaKind, MediaRole};
use serde::Serialize;
use utoipa::ToSchema;

use super::wire_enum;

wire_enum! {
    /// What a medium is.
    MediaKindView as MediaKind "MediaKind" from MediaKind {
        /// A still picture.
        Image,
        /// Moving pictures.
        Video,
        /// Sound.
        Audio,
    }
}

wire_enum! {
    /// What a medium is for.
    MediaRoleView as MediaRole "MediaRole" from MediaRole {
        /// The picture that stands for the article.
        Lead,
        /// Shown inside the body, or delivered with it.
        Inline,
        /// A file delivered with the article, such as a podcast episode.
        Enclosure,
    }
}

/// An image, video or audio of an article.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Media")]
#[schema(as = Media)]
pub struct MediaView {
    /// `med_…`
    #[schema(value_type = String, example = "med_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// Image, video or audio.
    pub kind: MediaKindView,
    /// What it is for.
    pub role: MediaRoleView,
    /// Where the file is.
    pub url: String,
    /// Media type, as the publisher declared it.
    #[schema(required = true)]
    pub mime: Option<String>,
    /// In pixels.
    #[schema(required = true)]
    pub width: Option<u32>,
    /// In pixels.
    #[schema(required = true)]
    pub height: Option<u32>,
    /// In milliseconds.
    #[schema(required = true)]
    pub duration_ms: Option<i64>,
    /// A title of its own.
    #[schema(required = true)]
    pub title: Option<String>,
    /// What is to be seen, in the publisher's words.
    #[schema(required = true)]
    pub caption: Option<String>,
    /// Who made it.
    #[schema(required = true)]
    pub credit: Option<String>,
    /// For those who cannot see it.
    #[schema(required = true)]
    pub alt: Option<String>,
    /// A still for video and audio.
    #[schema(required = true)]
    pub thumbnail_url: Option<String>,
    /// What must stay in sight when it is cropped.
    #[schema(required = true)]
    pub focal_point: Option<FocalPointView>,
}

/// A point of a picture, as fractions of its width and height.
#[derive(Clone, Copy, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "FocalPoint")]
#[schema(as = FocalPoint)]
pub struct FocalPointView {
    /// From the left, 0 to 1.
    #[schema(example = 0.5)]
    pub x: f64,
    /// From the top, 0 to 1.
    #[schema(example = 0.333)]
    pub y: f64,
}

impl From<&Media> for MediaView {
    fn from(medium: &Media) -> Self {
        let Media {
            id,
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
            focal_point,
        } = medium.clone();
        Self {
            id: ID(id.to_string()),
            kind: kind.into(),
            role: role.into(),
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
            focal_point: focal_point.map(|point| FocalPointView {
                x: f64::from(point.x) / 1_000.0,
                y: f64::from(point.y) / 1_000.0,
            }),
        }
    }
}
