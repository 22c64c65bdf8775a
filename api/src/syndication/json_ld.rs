//! schema.org's `NewsArticle` in JSON-LD, as search engines read it out of a page.

use serde_json::{Value, json};

use super::json::{list, present, text};
use super::{Item, Medium, MediumKind, Publisher, rfc_3339};

/// Media type of the document on its own.
pub const MEDIA_TYPE: &str = "application/ld+json; charset=utf-8";

/// What may be told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether the whole text stands in it.
    pub article_body: bool,
    /// Whether everybody may read it for nothing; none where that is not known.
    pub accessible_for_free: Option<bool>,
}

/// Renders an article.
pub fn render(item: &Item, options: Options) -> Value {
    let publisher = publisher(&item.source);
    let person = |name: &String| json!({ "@type": "Person", "name": name });
    let authors = list(item.authors.iter().map(|author| person(&author.name)));
    let keywords = list(item.topics.iter().map(|topic| topic.name.as_str().into()));
    let media = |kind| item.media.iter().filter(move |medium| medium.kind == kind);
    let homepage = item.source.homepage.as_ref();
    let site = homepage.map(|url| json!({ "@type": "WebSite", "name": item.source.name, "url": url }));
    present([
        ("@context", Some("https://schema.org".into())),
        ("@type", Some("NewsArticle".into())),
        ("identifier", Some(item.id.as_str().into())),
        ("url", Some(item.link().into())),
        ("mainEntityOfPage", Some(json!({ "@type": "WebPage", "@id": item.link() }))),
        ("headline", Some(item.headline.as_str().into())),
        ("description", text(item.dek.as_ref())),
        ("articleBody", text(item.body_text.as_ref().filter(|_| options.article_body))),
        ("wordCount", item.word_count.map(Into::into)),
        ("articleSection", item.section.as_ref().map(|section| section.name.as_str().into())),
        ("keywords", keywords),
        ("inLanguage", text(item.language.as_ref())),
        ("datePublished", Some(rfc_3339(item.published_at).into())),
        ("dateModified", Some(rfc_3339(item.updated_at).into())),
        ("author", authors.or_else(|| Some(json!([organisation(&item.source)])))),
        ("publisher", Some(publisher)),
        ("isPartOf", site),
        ("image", list(media(MediumKind::Image).map(image))),
        ("video", list(media(MediumKind::Video).filter_map(|medium| video(medium, item)))),
        ("audio", list(media(MediumKind::Audio).map(|medium| audio(medium, item)))),
        ("correction", list(item.corrections.iter().map(correction))),
        ("commentCount", Some(item.comment_count.into())),
        ("discussionUrl", text(item.comments_url.as_ref())),
        ("isAccessibleForFree", options.accessible_for_free.map(Into::into)),
        ("creativeWorkStatus", item.withdrawn.as_ref().map(|_| "Withdrawn".into())),
    ])
}

/// JSON that may stand inside a `script` element: nothing in it ends the element, opens a comment, or ends a line of script.
pub fn to_script(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}

fn organisation(source: &Publisher) -> Value {
    present([
        ("@type", Some("NewsMediaOrganization".into())),
        ("name", Some(source.name.as_str().into())),
        ("url", text(source.homepage.as_ref())),
    ])
}

fn publisher(source: &Publisher) -> Value {
    let logo = source.logo_url.as_ref().map(|url| json!({ "@type": "ImageObject", "url": url }));
    let mut publisher = organisation(source);
    if let (Some(members), Some(logo)) = (publisher.as_object_mut(), logo) {
        members.insert("logo".to_owned(), logo);
    }
    publisher
}

fn image(medium: &Medium) -> Value {
    present([
        ("@type", Some("ImageObject".into())),
        ("url", Some(medium.url.as_str().into())),
        ("contentUrl", Some(medium.url.as_str().into())),
        ("width", medium.width.map(Into::into)),
        ("height", medium.height.map(Into::into)),
        ("caption", text(medium.caption.as_ref())),
        ("creditText", text(medium.credit.as_ref())),
        ("encodingFormat", text(medium.mime.as_ref())),
    ])
}

/// Google shows no video without a name, a still, a date and a file: such are left out.
fn video(medium: &Medium, item: &Item) -> Option<Value> {
    let thumbnail = medium.thumbnail_url.as_ref()?;
    if !is_file(medium) {
        return None;
    }
    Some(present([
        ("@type", Some("VideoObject".into())),
        ("name", Some(medium.title.as_ref().unwrap_or(&item.headline).as_str().into())),
        ("description", text(medium.caption.as_ref())),
        ("thumbnailUrl", Some(json!([thumbnail]))),
        ("uploadDate", Some(rfc_3339(item.published_at).into())),
        ("contentUrl", Some(medium.url.as_str().into())),
        ("duration", medium.duration_ms.map(|duration| iso_8601(duration).into())),
        ("width", medium.width.map(Into::into)),
        ("height", medium.height.map(Into::into)),
    ]))
}

/// A film itself, not a page that plays it.
fn is_file(medium: &Medium) -> bool {
    let path = medium.url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    medium.mime.as_deref().is_some_and(|mime| mime.starts_with("video/") || mime.contains("mpegurl"))
        || [".mp4", ".m4v", ".webm", ".mov", ".m3u8"].iter().any(|extension| path.ends_with(extension))
}

fn audio(medium: &Medium, item: &Item) -> Value {
    present([
        ("@type", Some("AudioObject".into())),
        ("name", Some(medium.title.as_ref().unwrap_or(&item.headline).as_str().into())),
        ("contentUrl", Some(medium.url.as_str().into())),
        ("duration", medium.duration_ms.map(|duration| iso_8601(duration).into())),
        ("encodingFormat", text(medium.mime.as_ref())),
    ])
}

fn correction(correction: &super::Correction) -> Value {
    json!({ "@type": "CorrectionComment", "text": correction.note, "datePublished": rfc_3339(correction.at) })
}

/// A duration: `PT1H2M3.5S`.
fn iso_8601(milliseconds: u64) -> String {
    let minutes = milliseconds / 60_000;
    let part = |number: u64, unit: &str| if number == 0 { String::new() } else { format!("{number}{unit}") };
    let rest = milliseconds % 60_000;
    let seconds = if rest == 0 && minutes > 0 { String::new() } else { format!("{}S", super::seconds(rest)) };
    format!("PT{}{}{seconds}", part(minutes / 60, "H"), part(minutes % 60, "M"))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{item, medium};
    use super::*;

    #[test]
    fn durations() {
        let cases = [(0, "PT0S"), (61_500, "PT1M1.5S"), (3_600_000, "PT1H"), (3_725_000, "PT1H2M5S")];
        for (milliseconds, expected) in cases {
            assert_eq!(iso_8601(milliseconds), expected);
        }
    }

    #[test]
    fn nothing_gets_out_of_the_script_element() {
        let mut item = item();
        item.headline = "</script><!--<script>\u{2028}&".to_owned();
        let value = render(&item, Options::default());
        let script = to_script(&value);
        assert!(!script.contains(['<', '>', '&', '\u{2028}']));
        assert_eq!(serde_json::from_str::<Value>(&script).unwrap(), value);
    }

    #[test]
    fn videos_that_google_would_refuse_are_left_out() {
        let mut item = item();
        let film =
            Medium { thumbnail_url: Some("https://a.example/s.jpg".to_owned()), ..medium(MediumKind::Video) };
        item.media = vec![
            Medium { thumbnail_url: None, ..film.clone() },
            Medium { url: "https://tube.example/watch?v=1.mp4".to_owned(), mime: None, ..film.clone() },
            film.clone(),
        ];
        let videos = &render(&item, Options::default())["video"];
        assert_eq!(videos.as_array().unwrap().len(), 1);
        assert_eq!(
            (&videos[0]["contentUrl"], &videos[0]["duration"]),
            (&json!(film.url), &json!("PT1M1.5S"))
        );
    }

    #[test]
    fn the_text_and_what_is_not_known_stay_out() {
        let mut item = item();
        item.authors.clear();
        item.dek = None;
        let value = render(&item, Options::default());
        assert_eq!(value["author"][0]["@type"], "NewsMediaOrganization");
        assert!(value.get("articleBody").is_none() && value.get("description").is_none());
        assert!(value.get("isAccessibleForFree").is_none());
        let told = render(&item, Options { article_body: true, accessible_for_free: Some(false) });
        assert_eq!(told["articleBody"], json!(item.body_text.unwrap()));
        assert_eq!(told["isAccessibleForFree"], false);
    }
}
