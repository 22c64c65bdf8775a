//! oEmbed 1.0 (oembed.com): a small card of an article, for other people's pages.
//!
//! The card is `rich` where its width and height fit, and a `link`, which has neither, where they do not. Its HTML has no
//! script and loads nothing but the article's picture.

use serde_json::{Value, json};

use super::json::present;
use super::xml::Document;
use super::{Item, Medium};

/// Media type of the JSON form.
pub const JSON_MEDIA_TYPE: &str = "application/json; charset=utf-8";
/// Media type of the XML form.
pub const XML_MEDIA_TYPE: &str = "text/xml; charset=utf-8";

const WIDTH: u32 = 550;
const NARROWEST: u32 = 220;
const HEIGHT: u32 = 180;
const LONGEST_DEK: usize = 200;

/// Who answers, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Provider<'p> {
    /// The server's name.
    pub name: &'p str,
    /// The server's address.
    pub url: &'p str,
    /// Seconds that the answer may be kept.
    pub cache_age: u32,
}

/// What the asking page has room for, in pixels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Room {
    /// `maxwidth`.
    pub width: Option<u32>,
    /// `maxheight`.
    pub height: Option<u32>,
}

impl Room {
    fn holds(self, width: u32, height: u32) -> bool {
        self.width.is_none_or(|most| width <= most) && self.height.is_none_or(|most| height <= most)
    }
}

/// The JSON form. An article that was withdrawn is not to be embedded: the caller says that it is gone.
pub fn json(item: &Item, provider: Provider<'_>, room: Room) -> Value {
    let width = WIDTH.min(room.width.unwrap_or(WIDTH));
    let rich = width >= NARROWEST && room.holds(width, HEIGHT);
    let author = item.byline().unwrap_or_else(|| item.source.name.clone());
    // A publisher has a page of its own, and so may stand as the author's address only where it is the author.
    let author_url = item.source.homepage.as_ref().filter(|_| item.authors.is_empty());
    // A thumbnail needs both sizes, within the room.
    let thumbnail = item.lead_image().and_then(|image| {
        let (width, height) = (image.width?, image.height?);
        room.holds(width, height).then_some((image.url.as_str(), width, height))
    });
    present([
        ("type", Some(if rich { "rich" } else { "link" }.into())),
        ("version", Some("1.0".into())),
        ("title", Some(item.headline.as_str().into())),
        ("author_name", Some(author.into())),
        ("author_url", author_url.map(|url| json!(url))),
        ("provider_name", Some(provider.name.into())),
        ("provider_url", Some(provider.url.into())),
        ("cache_age", Some(provider.cache_age.into())),
        ("thumbnail_url", thumbnail.map(|(url, ..)| url.into())),
        ("thumbnail_width", thumbnail.map(|(_, width, _)| width.into())),
        ("thumbnail_height", thumbnail.map(|(.., height)| height.into())),
        ("html", rich.then(|| card(item, width).into())),
        ("width", rich.then(|| width.into())),
        ("height", rich.then(|| HEIGHT.into())),
    ])
}

/// The same in XML.
pub fn xml(item: &Item, provider: Provider<'_>, room: Room) -> String {
    let value = json(item, provider, room);
    Document::write("oembed", &[], |document| {
        for (name, value) in value.as_object().into_iter().flatten() {
            let number = value.to_string();
            document.text(name, value.as_str().unwrap_or(&number));
        }
    })
}

fn card(item: &Item, width: u32) -> String {
    let text = |text: &str| html_escape::encode_text(text).into_owned();
    let attribute = |text: &str| html_escape::encode_double_quoted_attribute(text).into_owned();
    let title = match web_address(item.link()) {
        Some(url) => format!("<a href=\"{}\" rel=\"noopener\">{}</a>", attribute(url), text(&item.headline)),
        None => text(&item.headline),
    };
    let picture = item.lead_image().filter(|_| width >= WIDTH).and_then(|image| picture(image, &attribute));
    let dek = item
        .dek
        .as_deref()
        .map(shortened)
        .map(|dek| format!("<p style=\"margin:.5em 0\">{}</p>", text(&dek)));
    let language = item.language.as_deref().map(|tag| format!(" lang=\"{}\"", attribute(tag)));
    format!(
        "<blockquote class=\"broadsheet-card\" cite=\"{}\" dir=\"auto\"{} style=\"box-sizing:border-box;\
         max-width:{width}px;height:{HEIGHT}px;margin:0;padding:12px;overflow:hidden;border:1px solid #ccc;\
         font:14px/1.4 sans-serif\">{}<strong>{title}</strong>{}<footer>{}, <time datetime=\"{}\">{}</time></footer></blockquote>",
        attribute(web_address(item.link()).unwrap_or_default()),
        language.unwrap_or_default(),
        picture.unwrap_or_default(),
        dek.unwrap_or_default(),
        text(&item.source.name),
        super::rfc_3339(item.published_at),
        item.published_at.format("%Y-%m-%d"),
    )
}

fn picture(image: &Medium, attribute: &impl Fn(&str) -> String) -> Option<String> {
    let url = web_address(&image.url)?;
    Some(format!(
        "<img src=\"{}\" alt=\"{}\" style=\"float:right;width:156px;height:156px;margin-inline-start:12px;object-fit:cover\">",
        attribute(url),
        attribute(image.alt.as_deref().unwrap_or_default())
    ))
}

/// An address that may stand in other people's pages.
fn web_address(url: &str) -> Option<&str> {
    url::Url::parse(url).is_ok_and(|parsed| matches!(parsed.scheme(), "http" | "https")).then_some(url)
}

fn shortened(dek: &str) -> String {
    match dek.char_indices().nth(LONGEST_DEK) {
        Some((end, _)) => {
            let cut = dek.get(..end).unwrap_or_default();
            let words = cut.rsplit_once(char::is_whitespace).map_or(cut, |(words, _)| words);
            format!("{words}…")
        }
        None => dek.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::item;
    use super::*;

    const PROVIDER: Provider<'_> =
        Provider { name: "Broadsheet", url: "https://b.example/", cache_age: 3_600 };

    #[test]
    fn a_card_where_there_is_room_and_a_link_where_there_is_none() {
        let within = |width, height| json(&item(), PROVIDER, Room { width, height });
        let card = within(None, None);
        assert_eq!(
            (&card["type"], &card["width"], &card["height"]),
            (&json!("rich"), &json!(550), &json!(180))
        );
        assert_eq!(card["author_name"], "Ann Lee, Bo Chan");
        assert_eq!((&card["thumbnail_width"], &card["cache_age"]), (&json!(800), &json!(3_600)));
        assert_eq!(within(Some(300), Some(180))["width"], 300);
        assert!(within(Some(300), None).get("thumbnail_url").is_none());
        for (width, height) in [(Some(219), None), (None, Some(179)), (Some(0), Some(0))] {
            let link = within(width, height);
            assert_eq!(link["type"], "link");
            assert!(["html", "width", "height"].iter().all(|name| link.get(name).is_none()));
        }
    }

    #[test]
    fn both_forms_say_the_same() {
        let (value, written) =
            (json(&item(), PROVIDER, Room::default()), xml(&item(), PROVIDER, Room::default()));
        let read = roxmltree::Document::parse(&written).unwrap();
        let members: Vec<_> = read
            .root_element()
            .children()
            .map(|node| (node.tag_name().name(), node.text().unwrap()))
            .collect();
        assert_eq!(members.len(), value.as_object().unwrap().len());
        for (name, text) in members {
            let expected = value[name].as_str().map_or_else(|| value[name].to_string(), str::to_owned);
            assert_eq!(text, expected, "{name}");
        }
    }

    #[test]
    fn a_script_address_is_no_link() {
        let mut item = item();
        item.canonical_url = Some("javascript:alert(1)".to_owned());
        let card = json(&item, PROVIDER, Room::default());
        assert!(!card["html"].as_str().unwrap().contains("javascript"));
    }

    proptest! {
        #[test]
        fn no_text_adds_a_tag_to_the_card(hostile in "[<>\"'&a-z/= ]{0,40}", name: String) {
            let tags = |item: &Item| json(item, PROVIDER, Room::default())["html"].as_str().unwrap().matches(['<', '"']).count();
            let mut changed = item();
            let usual = tags(&changed);
            changed.headline.clone_from(&hostile);
            changed.dek = Some(hostile);
            changed.source.name = name;
            prop_assert_eq!(tags(&changed), usual + changed.dek.iter().chain([&changed.headline, &changed.source.name]).map(|text| text.matches('"').count()).sum::<usize>());
        }
    }
}
