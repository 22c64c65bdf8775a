//! What goes out comes back in through our own intake.

use proptest::prelude::*;

use super::samples::{channel, item, medium};
use super::*;
use crate::intake::parse::{self, MediaOrigin, ParsedEntry, ParsedFeed};

fn read(document: &str) -> ParsedFeed {
    parse::parse(document.as_bytes(), None, None).unwrap()
}

/// Every feed format's document, and how it names the item.
fn feeds(channel: &Channel, items: &[Item]) -> [(String, String); 3] {
    let id = items[0].id.clone();
    [
        (rss::render(channel, items), id.clone()),
        (atom::render(channel, items), stable_id::uri(&id, "")),
        (json_feed::render(channel, items).to_string(), id),
    ]
}

fn plain(html: Option<&String>) -> Option<String> {
    html.map(|html| html_escape::decode_html_entities(html).into_owned())
}

#[test]
fn feeds_come_back_through_our_own_intake() {
    let (channel, item) = (channel(), item());
    for (document, guid) in feeds(&channel, std::slice::from_ref(&item)) {
        let feed = read(&document);
        let format = feed.format.to_string();
        assert_eq!(plain(feed.title.as_ref()).as_deref(), Some("Courier & Post"), "{format}");
        assert_eq!(plain(feed.description.as_ref()), channel.description, "{format}");
        assert_eq!(feed.site_url.map(String::from).as_deref(), Some("https://b.example/"), "{format}");
        assert_eq!(feed.self_url.map(String::from), Some(channel.self_url.clone()), "{format}");
        assert_eq!(feed.image_url.map(String::from), channel.image_url.clone(), "{format}");
        assert_eq!((feed.language.as_deref(), feed.entries.len()), (Some("en"), 1), "{format}");
        let entry = &feed.entries[0];
        assert_eq!(entry.guid.as_deref(), Some(guid.as_str()), "{format}");
        assert_eq!(entry.link.clone().map(String::from), item.canonical_url, "{format}");
        assert_eq!(plain(entry.title.as_ref()).as_deref(), Some(item.headline.as_str()), "{format}");
        assert_eq!(plain(entry.summary_html.as_ref()), item.dek, "{format}");
        assert_eq!(entry.content_html, item.body_html, "{format}");
        let names: Vec<_> = entry.authors.iter().filter_map(|author| author.name.as_deref()).collect();
        assert_eq!(names, ["Ann Lee", "Bo Chan"], "{format}");
        assert_eq!(
            (entry.published, entry.updated),
            (Some(item.published_at), Some(item.updated_at)),
            "{format}"
        );
        assert_eq!(entry.language, item.language, "{format}");
        let topics: Vec<_> = entry
            .categories
            .iter()
            .map(|category| category.label.as_ref().unwrap_or(&category.term).as_str())
            .collect();
        assert_eq!(topics, ["Coast", "Storms", "Cy Dee", "Harbour Board", "North Quay"], "{format}");
        let mut urls: Vec<_> = entry.media.iter().map(|medium| medium.url.to_string()).collect();
        urls.sort();
        let mut sent: Vec<_> = item.media.iter().map(|medium| medium.url.clone()).collect();
        sent.sort();
        assert_eq!(urls, sent, "{format}");
    }
}

fn assert_media(entry: &ParsedEntry, item: &Item, format: &str) {
    for sent in &item.media {
        let found = entry.media.iter().find(|medium| medium.url.as_str() == sent.url).unwrap();
        assert_eq!(found.mime, sent.mime, "{format}");
        assert_eq!((found.width, found.height), (sent.width, sent.height), "{format}");
        let duration = found.duration.and_then(|duration| u64::try_from(duration.as_millis()).ok());
        assert_eq!(duration, sent.duration_ms, "{format}");
        assert_eq!((&found.caption, &found.credit), (&sent.caption, &sent.credit), "{format}");
    }
}

#[test]
fn media_keep_their_sizes_and_words_in_xml() {
    let item = item();
    for document in [
        rss::render(&channel(), std::slice::from_ref(&item)),
        atom::render(&channel(), std::slice::from_ref(&item)),
    ] {
        let feed = read(&document);
        let entry = &feed.entries[0];
        assert_media(entry, &item, &feed.format.to_string());
        let video = entry.media.iter().find(|medium| medium.mime.as_deref() == Some("video/mp4")).unwrap();
        assert_eq!(video.origin, MediaOrigin::Enclosure);
    }
}

#[test]
fn media_of_unknown_type_get_the_type_that_their_place_requires() {
    let mut item = item();
    item.media = vec![Medium {
        mime: None,
        bytes: None,
        url: "https://cdn.example/a.OGG?x=.mp3".to_owned(),
        ..medium(MediumKind::Audio)
    }];
    let written = rss::render(&channel(), &[item]);
    assert!(written.contains(r#"length="0" type="audio/ogg"/>"#), "{written}");
}

#[test]
fn the_next_page_and_the_publisher_are_named() {
    let item = Item { authors: Vec::new(), ..item() };
    for (document, _) in feeds(&channel(), std::slice::from_ref(&item)) {
        assert!(document.contains("cursor=abc"), "{document}");
        assert!(
            document.contains("The Courier") && document.contains("Broadsheet of the Coast"),
            "{document}"
        );
    }
    let written = atom::render(&channel(), &[item]);
    let entry = &read(&written).entries[0];
    assert_eq!(entry.authors[0].name.as_deref(), Some("The Courier"));
    assert!(written.contains("thr:count=\"4\""), "{written}");
}

#[test]
fn withdrawn_articles_are_tombstones_or_nothing() {
    let withdrawn = Item { withdrawn: Some("An error & a half".to_owned()), ..item() };
    let items = [withdrawn, Item { id: "art_01k3v0sxm8e1zr4k5q5w0v6b7d".to_owned(), ..item() }];
    for (document, _) in feeds(&channel(), &items) {
        assert_eq!(read(&document).entries.len(), 1);
    }
    let written = atom::render(&channel(), &items);
    let read = roxmltree::Document::parse(&written).unwrap();
    let tombstone = read.descendants().find(|node| node.tag_name().name() == "deleted-entry").unwrap();
    assert_eq!(tombstone.attribute("ref"), Some(stable_id::uri(&items[0].id, "").as_str()));
    assert_eq!(tombstone.first_element_child().unwrap().text(), Some("An error & a half"));
}

#[test]
fn what_readers_differ_on_is_escaped_once_more() {
    let markup = ["<b>bold</b>", "use &amp; not &", "</p>", "&#38;"];
    let plain = ["AT&T", "a < b > c", "Q&A; more", "1 <2", "", "&", "<", "R & D;"];
    assert!(markup.iter().all(|text| reads_as_markup(text)));
    assert_eq!(ambiguous("<b> & AT&T"), "&lt;b&gt; &amp; AT&amp;T");
    assert_eq!(ambiguous("1 < 2 & AT&T"), "1 < 2 & AT&T");
    assert_eq!(plain.iter().filter(|text| reads_as_markup(text)).collect::<Vec<_>>(), [&"Q&A; more"]);
}

#[test]
fn a_topic_is_named_once_and_the_lead_image_leads() {
    let mut item = item();
    item.topics.extend(item.section.clone());
    assert_eq!(item.categories().len(), 5);
    item.media.insert(
        0,
        Medium { id: "med_first".to_owned(), role: MediumRole::Inline, ..medium(MediumKind::Image) },
    );
    assert_eq!(item.lead_image().map(|image| image.id.as_str()), Some("med_quay.jpg"));
    item.media.truncate(1);
    assert_eq!(item.lead_image().map(|image| image.id.as_str()), Some("med_first"));
}

#[test]
fn rss_dates_and_numbers_as_its_readers_want_them() {
    let written = rss::render(&channel(), &[item()]);
    for part in [
        "<pubDate>Mon, 16 Nov 2026 08:30:00 +0000</pubDate>",
        "<lastBuildDate>Mon, 16 Nov 2026 10:00:00 +0000</lastBuildDate>",
        "<ttl>15</ttl>",
        "<description>What happens on the coast &amp;amp; &amp;lt;beyond&amp;gt;</description>",
        "<slash:comments>4</slash:comments>",
        "duration=\"61.5\"",
        "<guid isPermaLink=\"false\">art_01k3v0sxm8e1zr4k5q5w0v6b7c</guid>",
        "<source url=\"https://courier.example/rss\">The Courier</source>",
        "<description>Ferries wait; 1 &amp;lt; 2 piers are open</description>",
    ] {
        assert!(written.contains(part), "{part} in {written}");
    }
    // One enclosure only: more of them are against the specification.
    assert_eq!(written.matches("<enclosure ").count(), 1);
}

#[test]
fn bare_articles_make_whole_documents() {
    let bare = Item {
        canonical_url: None,
        dek: None,
        body_html: None,
        body_text: None,
        language: None,
        word_count: None,
        section: None,
        topics: Vec::new(),
        authors: Vec::new(),
        media: Vec::new(),
        corrections: Vec::new(),
        comments_url: None,
        source: Publisher { homepage: None, logo_url: None, feed_url: None, ..item().source },
        ..item()
    };
    for (document, _) in feeds(&channel(), std::slice::from_ref(&bare)) {
        let feed = read(&document);
        assert_eq!(feed.entries[0].link.as_ref().unwrap().as_str(), bare.permalink);
    }
    assert_eq!(
        json_feed::render(&channel(), &[bare])["items"][0]["content_text"],
        "Storm & surge close the harbour"
    );
}

proptest! {
    #[test]
    fn any_headline_and_dek_come_back(headline in "[a-z<>&;\"' \u{5d0}\u{1f30a}\\]/#0-9é-]{0,30}", dek: String) {
        // Our intake drops control characters and trims; neither is ours to answer for.
        let tidy = |text: &str| text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect::<String>().trim().to_owned();
        let item = Item { headline: tidy(&headline), dek: Some(tidy(&dek)), ..item() };
        for (document, _) in feeds(&channel(), std::slice::from_ref(&item)).into_iter().take(2) {
            let entry = &read(&document).entries[0];
            // What is read is markup that reads as the title.
            prop_assert_eq!(plain(entry.title.as_ref()).unwrap_or_default(), item.headline.clone());
            prop_assert_eq!(plain(entry.summary_html.as_ref()).unwrap_or_default(), item.dek.clone().unwrap());
        }
    }

    #[test]
    fn any_body_comes_back_from_every_format(body in "(<p>[a-z<>&;\\]\u{0} \u{1f30a}]{0,20}</p>){1,3}") {
        let item = Item { body_html: Some(body.clone()), ..item() };
        for (document, _) in feeds(&channel(), std::slice::from_ref(&item)) {
            let content = read(&document).entries[0].content_html.clone().unwrap();
            let kept = if document.starts_with('{') { body.clone() } else { body.replace('\0', "") };
            prop_assert_eq!(content, kept);
        }
    }

    #[test]
    fn any_field_leaves_the_xml_well_formed(text: String, url: String) {
        let mut item = item();
        item.headline.clone_from(&text);
        item.id.clone_from(&text);
        item.canonical_url = Some(url.clone());
        item.authors[0].name.clone_from(&text);
        item.topics[0].name.clone_from(&text);
        item.topics[0].slug.clone_from(&url);
        item.media[0].url = url;
        item.media[0].credit = Some(text.clone());
        item.source.name = text;
        let channel = Channel { title: item.headline.clone(), language: Some(item.id.clone()), ..channel() };
        let items = [item];
        for document in [rss::render(&channel, &items), atom::render(&channel, &items), news_sitemap::render(&items, "en")] {
            prop_assert!(roxmltree::Document::parse(&document).is_ok(), "{}", document);
        }
    }
}
