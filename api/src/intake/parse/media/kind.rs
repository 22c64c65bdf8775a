//! What a medium is, and how long it plays.

use std::time::Duration;

use url::Url;

use super::super::{MediaKind, MediaOrigin, ParsedMedia};

/// What something is: as declared, else by its media type, else by its name; none where nothing tells.
pub(crate) fn declared_kind(medium: Option<&str>, mime: Option<&str>, url: &Url) -> Option<MediaKind> {
    let of_word = |word: &str| match word.trim().to_ascii_lowercase().as_str() {
        "image" | "img" | "photo" => Some(MediaKind::Image),
        "video" => Some(MediaKind::Video),
        "audio" => Some(MediaKind::Audio),
        _ => None,
    };
    let top = mime.and_then(|mime| mime.split('/').next());
    let declared = medium.and_then(of_word).or_else(|| top.and_then(of_word));
    declared.or_else(|| {
        let extension = url.path().rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        match extension.as_str() {
            "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif" | "svg" => Some(MediaKind::Image),
            "mp4" | "m4v" | "webm" | "mov" | "m3u8" => Some(MediaKind::Video),
            "mp3" | "m4a" | "ogg" | "oga" | "wav" | "aac" | "flac" | "opus" => Some(MediaKind::Audio),
            _ if is_player(url) => Some(MediaKind::Video),
            _ => None,
        }
    })
}

fn is_player(url: &Url) -> bool {
    matches!(url.host_str(), Some("www.youtube.com" | "youtube.com" | "player.vimeo.com" | "vimeo.com"))
}

/// A medium of which nothing else is known.
pub(crate) fn bare(url: Url, kind: MediaKind, origin: MediaOrigin) -> ParsedMedia {
    ParsedMedia {
        url,
        kind,
        mime: None,
        bytes: None,
        width: None,
        height: None,
        duration: None,
        title: None,
        caption: None,
        credit: None,
        alt: None,
        thumbnail_url: None,
        renditions: Vec::new(),
        origin,
    }
}

/// `125`, `2:05`, `1:02:05`, `125.4`.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
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
        assert_eq!(seconds("2:05"), Some(Duration::from_secs(125)));
        assert_eq!(seconds("1:02:05"), Some(Duration::from_secs(3_725)));
        for none in ["about an hour", "-5", "0", "9999999", "inf"] {
            assert_eq!(seconds(none), None, "{none}");
        }
    }

    #[test]
    fn kinds_are_as_declared_or_as_named() {
        let kind = |medium, mime, url: &str| declared_kind(medium, mime, &url.parse().unwrap());
        assert_eq!(kind(Some("image"), Some("video/mp4"), "https://a.example/x"), Some(MediaKind::Image));
        assert_eq!(kind(Some("document"), Some("audio/mpeg"), "https://a.example/x"), Some(MediaKind::Audio));
        assert_eq!(
            kind(None, Some("application/octet-stream"), "https://a.example/x.MP3?y=1"),
            Some(MediaKind::Audio)
        );
        assert_eq!(kind(None, None, "https://www.youtube.com/v/abc"), Some(MediaKind::Video));
        assert_eq!(kind(None, None, "https://a.example/x.torrent"), None);
    }
}
