use super::*;

fn urls(medium: &ParsedMedia) -> Vec<&str> {
    [&medium.url]
        .into_iter()
        .chain(medium.renditions.iter().map(|rendition| &rendition.url))
        .map(Url::as_str)
        .collect()
}

#[test]
fn a_group_is_one_medium_in_several_renditions() {
    let entry = item(
        r#"<media:group><media:title>T</media:title><media:content url="https://a.example/s.jpg" width="100"/><media:content url="https://a.example/l.jpg" width="900"/>
        <media:thumbnail url="https://a.example/t.jpg"/><media:credit/><media:credit>Bo</media:credit></media:group>"#,
    );
    assert_eq!(entry.media.len(), 1);
    let image = &entry.media[0];
    assert_eq!(
        (image.width, image.title.as_deref(), image.credit.as_deref()),
        (Some(900), Some("T"), Some("Bo"))
    );
    assert_eq!(urls(image), ["https://a.example/l.jpg", "https://a.example/s.jpg"]);
}

#[test]
fn the_widest_thumbnail_is_the_picture() {
    let entry = item(
        r#"<media:thumbnail url="https://a.example/1.jpg" width="100"/><media:thumbnail url="https://a.example/2.jpg" width="300"/><media:thumbnail url="https://a.example/3.jpg"/>"#,
    );
    assert_eq!((entry.media.len(), entry.media[0].origin), (1, MediaOrigin::Thumbnail));
    assert_eq!(
        urls(&entry.media[0]),
        ["https://a.example/2.jpg", "https://a.example/1.jpg", "https://a.example/3.jpg"]
    );
}

#[test]
fn players_are_videos() {
    let entry = item(
        r#"<media:content duration="60"><media:title>T</media:title><media:thumbnail url="https://a.example/t.jpg"/><media:player url="https://a.example/play/1"/></media:content>"#,
    );
    let video = &entry.media[0];
    assert_eq!((video.kind, video.duration.unwrap().as_secs()), (MediaKind::Video, 60));
    assert_eq!(video.thumbnail_url.as_ref().unwrap().as_str(), "https://a.example/t.jpg");
}

#[test]
fn media_within_the_link_of_the_page_itself() {
    let entry = atom_entry(
        r#"<link rel="alternate" href="/1"><media:content xmlns:media="http://search.yahoo.com/mrss/"><media:thumbnail url="https://a.example/t.jpg" width="106"><img alt="A quay" src="https://a.example/t.jpg"/></media:thumbnail></media:content></link>
        <link rel="related" href="/2"><media:thumbnail xmlns:media="http://search.yahoo.com/mrss/" url="https://a.example/other.jpg"/></link>"#,
    );
    assert_eq!(entry.media.len(), 1);
    assert_eq!(
        (entry.media[0].alt.as_deref(), urls(&entry.media[0])),
        (Some("A quay"), vec!["https://a.example/t.jpg"])
    );
}

#[test]
fn an_enclosure_that_is_shown_too_is_one_medium() {
    let entry = item(
        r#"<media:content url="https://a.example/1.mp3" type="audio/mpeg"/><enclosure url="https://a.example/1.mp3" length="5"/><itunes:duration>1:00</itunes:duration>
        <itunes:image href="https://a.example/1.jpg"/><enclosure url="https://a.example/1.torrent"/><enclosure url=""/>"#,
    );
    let kinds: Vec<_> = entry.media.iter().map(|medium| (medium.kind, medium.origin)).collect();
    let expected = [
        (MediaKind::Audio, MediaOrigin::Enclosure),
        (MediaKind::Other, MediaOrigin::Enclosure),
        (MediaKind::Image, MediaOrigin::Itunes),
    ];
    assert_eq!(kinds, expected);
    assert_eq!((entry.media[0].bytes, entry.media[0].duration.unwrap().as_secs()), (Some(5), 60));
}
