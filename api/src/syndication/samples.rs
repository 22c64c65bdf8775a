//! An article and a list to test with.

use chrono::{DateTime, TimeDelta};

use super::*;

/// A moment of the sample edition, `minutes` after its first.
pub(super) fn moment(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_773) + TimeDelta::minutes(510 + minutes)
}

pub(super) fn channel() -> Channel {
    Channel {
        id: "src_01k3v0sxm8e1zr4k5q5w0v6b7c".to_owned(),
        title: "Courier & Post".to_owned(),
        description: Some("What happens on the coast & <beyond>".to_owned()),
        home_url: "https://b.example/".to_owned(),
        self_url: "https://b.example/feeds/rss.xml?limit=2&x=1".to_owned(),
        next_page_url: Some("https://b.example/feeds/rss.xml?limit=2&cursor=abc".to_owned()),
        language: Some("en".to_owned()),
        updated_at: moment(90),
        publisher: Some("Broadsheet of the Coast".to_owned()),
        image_url: Some("https://b.example/logo.png".to_owned()),
        ttl_minutes: Some(15),
    }
}

pub(super) fn medium(kind: MediumKind) -> Medium {
    let (name, mime) = match kind {
        MediumKind::Image => ("quay.jpg", "image/jpeg"),
        MediumKind::Video => ("quay.mp4", "video/mp4"),
        MediumKind::Audio => ("quay.mp3", "audio/mpeg"),
    };
    let still = kind == MediumKind::Image;
    let seen = kind != MediumKind::Audio;
    Medium {
        id: format!("med_{name}"),
        kind,
        role: if still { MediumRole::Lead } else { MediumRole::Enclosure },
        url: format!("https://cdn.example/{name}?w=1&h=2"),
        mime: Some(mime.to_owned()),
        width: seen.then_some(800),
        height: seen.then_some(600),
        duration_ms: (!still).then_some(61_500),
        title: Some(format!("Title of {name}")),
        caption: Some(format!("Caption of {name}, \"quoted\" & <b>")),
        credit: Some("Cy Dee / Agency".to_owned()),
        alt: None,
        thumbnail_url: (kind == MediumKind::Video).then(|| "https://cdn.example/still.jpg".to_owned()),
        bytes: Some(12_345),
        focal: still.then_some((500, 333)),
    }
}

pub(super) fn item() -> Item {
    let topic = |name: &str, slug: &str, kind| Topic { name: name.to_owned(), slug: slug.to_owned(), kind };
    let person = |id: &str, name: &str| Person { id: id.to_owned(), name: name.to_owned() };
    Item {
        id: "art_01k3v0sxm8e1zr4k5q5w0v6b7c".to_owned(),
        permalink: "https://b.example/articles/storm-surge-0v6b7c".to_owned(),
        canonical_url: Some("https://courier.example/2026/storm?a=1&b=2".to_owned()),
        headline: "Storm & surge close the harbour".to_owned(),
        dek: Some("Ferries wait; 1 < 2 piers are open".to_owned()),
        body_html: Some("<p>Water rose &amp; fell.</p><p>Ships <em>wait</em>: 👩‍🚀 ]]&gt;</p>".to_owned()),
        body_text: Some("Water rose & fell.\n\nShips wait: 👩‍🚀 ]]>".to_owned()),
        language: Some("en-GB".to_owned()),
        published_at: moment(0),
        updated_at: moment(75) + TimeDelta::milliseconds(250),
        first_seen_at: moment(3),
        revision: 3,
        word_count: Some(7),
        source: Publisher {
            id: "src_01k3v0sxm8e1zr4k5q5w0v6b7d".to_owned(),
            name: "The Courier".to_owned(),
            homepage: Some("https://courier.example/".to_owned()),
            logo_url: Some("https://courier.example/logo.png".to_owned()),
            feed_url: Some("https://courier.example/rss".to_owned()),
        },
        section: Some(topic("Coast", "coast", TopicKind::Section)),
        topics: vec![
            topic("Storms", "storms", TopicKind::Subject),
            topic("Cy Dee", "cy-dee", TopicKind::Person),
            topic("Harbour Board", "harbour-board", TopicKind::Organisation),
            topic("North Quay", "north-quay", TopicKind::Place),
        ],
        authors: vec![
            person("aut_01k3v0sxm8e1zr4k5q5w0v6b7e", "Ann Lee"),
            person("aut_01k3v0sxm8e1zr4k5q5w0v6b7f", "Bo Chan"),
        ],
        media: vec![medium(MediumKind::Image), medium(MediumKind::Video), medium(MediumKind::Audio)],
        corrections: vec![Correction { at: moment(75), note: "It was the north quay.".to_owned() }],
        comment_count: 4,
        comments_url: Some("https://b.example/articles/storm-surge-0v6b7c#comments".to_owned()),
        withdrawn: None,
    }
}
