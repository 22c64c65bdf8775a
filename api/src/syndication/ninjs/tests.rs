use serde_json::json;

use super::super::samples::{item, medium, moment};
use super::super::{MediumKind, MediumRole, TopicKind};
use super::*;

#[test]
fn an_article_comes_back_from_its_own_document() {
    let item = item();
    let read = parse(&render(&item, None)).unwrap();
    assert!(read.uri.starts_with("urn:uuid:"));
    assert_eq!((read.version.as_deref(), read.status), (Some("3"), PubStatus::Usable));
    assert_eq!((read.published_at, read.updated_at), (Some(item.published_at), Some(item.updated_at)));
    assert_eq!((read.headline, read.dek), (Some(item.headline), item.dek));
    assert_eq!((read.body_html, read.body_text), (item.body_html, item.body_text));
    assert_eq!((read.byline.as_deref(), read.language), (Some("Ann Lee, Bo Chan"), item.language));
    assert_eq!(read.authors, ["Ann Lee", "Bo Chan"]);
    assert_eq!((read.source_name.as_deref(), read.web_url), (Some("The Courier"), item.canonical_url));
    let topics: Vec<_> = read.topics.into_iter().map(|topic| (topic.name, topic.code, topic.kind)).collect();
    let mut expected: Vec<_> = item
        .section
        .into_iter()
        .chain(item.topics)
        .map(|topic| (topic.name, Some(topic.slug), topic.kind))
        .collect();
    expected.sort_by_key(|(_, _, kind)| *kind == TopicKind::Person);
    assert_eq!(topics, expected);
    let media: Vec<_> = read
        .media
        .iter()
        .map(|medium| (medium.kind, medium.role, medium.url.clone(), medium.mime.clone()))
        .collect();
    let sent: Vec<_> = item
        .media
        .iter()
        .map(|medium| (medium.kind, medium.role, medium.url.clone(), medium.mime.clone()))
        .collect();
    assert_eq!(media, sent);
}

#[test]
fn a_medium_keeps_its_sizes_and_words() {
    let mut item = item();
    item.media = vec![medium(MediumKind::Image), medium(MediumKind::Video)];
    item.media[0].alt = Some("A quay".to_owned());
    let read = parse(&render(&item, None)).unwrap().media;
    for (read, sent) in read.iter().zip(&item.media) {
        assert_eq!((read.width, read.height, read.bytes), (sent.width, sent.height, sent.bytes));
        assert_eq!(read.duration_ms, sent.duration_ms);
        assert_eq!(
            (&read.title, &read.caption, &read.credit, &read.alt),
            (&sent.title, &sent.caption, &sent.credit, &sent.alt)
        );
        assert_eq!(read.thumbnail_url, sent.thumbnail_url);
    }
    assert_eq!(read[0].focal, item.media[0].focal);
}

#[test]
fn withdrawal_and_embargo_have_their_status() {
    let mut item = item();
    let until = moment(600);
    let held = parse(&render(&item, Some(until))).unwrap();
    assert_eq!((held.status, held.embargoed_until), (PubStatus::Withheld, Some(until)));
    item.withdrawn = Some("A mistake".to_owned());
    let gone = parse(&render(&item, Some(until))).unwrap();
    assert_eq!((gone.status, gone.editors_note.as_deref()), (PubStatus::Canceled, Some("A mistake")));
}

#[test]
fn the_first_generation_is_flat_and_in_lower_case() {
    let document = json!({
        "guid": "tag:wire.example,2026:1", "type": "composite", "version": 2, "pubstatus": "stat:usable",
        "versioncreated": "2026-11-16T08:30:00+0000", "embargoed": "2026-11-16T10:00:00Z", "language": "en",
        "headline": "Harbour closed", "byline": "By Ann Lee", "authors": [{ "name": "Bo Chan", "role": "writer" }], "body_html": "<p>Shut.</p>", "body_text": "Shut.", "body_nitf": "<nitf/>",
        "description_text": "Boats wait", "infosource": [{ "name": "Wire" }],
        "person": [{ "name": "Cy Dee", "rel": "about", "code": "7" }, { "name": "Ann Lee", "rel": "author" }],
        "subject": [{ "name": "Storms", "code": "03000000" }, { "code": "x" }], "place": [{ "name": "North Quay" }],
        "associations": {
            "other": { "uri": "tag:wire.example,2026:3", "type": "text", "headline": "More" },
            "embedded": {
                "uri": "tag:wire.example,2026:5", "type": "picture",
                "renditions": { "original": { "href": "https://cdn.example/e.jpg", "mimetype": "image/jpeg" } }
            },
            "featuremedia": {
                "uri": "tag:wire.example,2026:2", "type": "picture", "rel": "illustrates", "byline": "Bo Chan", "description_text": "The quay",
                "renditions": {
                    "thumbnail": { "href": "https://cdn.example/s.jpg", "mimetype": "image/jpeg", "width": 80, "height": 60 },
                    "original": { "href": "https://cdn.example/l.jpg", "mimetype": "image/jpeg", "width": "800", "height": 600 },
                    "caption": { "href": "https://cdn.example/c.xml", "mimetype": "text/xml" }
                }
            },
            "script": { "uri": "tag:wire.example,2026:4", "type": "video", "renditions": { "main": { "href": "https://cdn.example/s.xml", "mimetype": "text/xml" } } },
            "gone": null
        }
    });
    let read = parse(&document).unwrap();
    assert_eq!((read.uri.as_str(), read.version.as_deref()), ("tag:wire.example,2026:1", Some("2")));
    assert_eq!((read.headline.as_deref(), read.dek.as_deref()), (Some("Harbour closed"), Some("Boats wait")));
    assert_eq!((read.body_html.as_deref(), read.body_text.as_deref()), (Some("<p>Shut.</p>"), Some("Shut.")));
    assert_eq!((read.published_at, read.embargoed_until), (Some(moment(0)), Some(moment(90))));
    assert_eq!(
        (read.authors, read.byline.as_deref()),
        (vec!["Ann Lee".to_owned(), "Bo Chan".to_owned()], Some("By Ann Lee"))
    );
    let topics: Vec<_> =
        read.topics.iter().map(|topic| (topic.name.as_str(), topic.code.as_deref(), topic.kind)).collect();
    let expected = [
        ("Storms", Some("03000000"), TopicKind::Subject),
        ("North Quay", None, TopicKind::Place),
        ("Cy Dee", Some("7"), TopicKind::Person),
    ];
    assert_eq!(topics, expected);
    let [inline, image] = read.media.as_slice() else { panic!("{:?}", read.media) };
    assert_eq!((inline.url.as_str(), inline.role), ("https://cdn.example/e.jpg", MediumRole::Inline));
    assert_eq!(
        (image.url.as_str(), image.width, image.role),
        ("https://cdn.example/l.jpg", Some(800), MediumRole::Lead)
    );
    assert_eq!((image.caption.as_deref(), image.credit.as_deref()), (Some("The quay"), Some("Bo Chan")));
}

#[test]
fn the_second_generation_has_lists_in_lower_case() {
    let document = json!({
        "uri": "https://wire.example/1", "pubstatus": "canceled", "ednote": "Wrong harbour",
        "firstcreated": "2026-11-16T08:30:00Z", "versioncreated": "2026-11-16T09:30:00",
        "headlines": [{ "role": "short", "value": "Shut" }, { "role": "main", "value": "Harbour closed" }],
        "bodies": [{ "role": "nitf", "contenttype": "application/nitf+xml", "value": "<nitf/>" }, { "role": "xhtml", "contenttype": "text/html", "value": "<p>Shut.</p>" }, { "value": "Shut." }],
        "descriptions": [{ "role": "creditline", "value": "Not this" }, { "role": "text", "value": "Boats wait" }, { "value": "Nor that" }],
        "associations": [{ "name": "a1", "uri": "https://wire.example/2", "type": "picture",
            "descriptions": [{ "role": "caption", "value": "The quay" }, { "role": "creditline", "value": "Bo / Wire" }],
            "renditions": [{ "name": "r1", "href": "https://cdn.example/a.jpg", "contenttype": "image/jpeg" }, { "name": "r2", "href": "file:///etc/passwd", "contenttype": "image/png", "width": 5000, "height": 5000 }] }]
    });
    let read = parse(&document).unwrap();
    assert_eq!((read.status, read.editors_note.as_deref()), (PubStatus::Canceled, Some("Wrong harbour")));
    assert_eq!((read.headline.as_deref(), read.dek.as_deref()), (Some("Harbour closed"), Some("Boats wait")));
    assert_eq!((read.body_html.as_deref(), read.body_text.as_deref()), (Some("<p>Shut.</p>"), Some("Shut.")));
    assert_eq!((read.published_at, read.updated_at), (Some(moment(0)), Some(moment(60))));
    assert_eq!(read.media[0].url, "https://cdn.example/a.jpg");
    assert_eq!((read.media[0].role, read.media[0].credit.as_deref()), (MediumRole::Lead, Some("Bo / Wire")));
}

#[test]
fn moments_in_the_forms_that_agencies_use() {
    let forms = [
        "2026-11-16T08:30:00Z",
        "2026-11-16T09:30:00+01:00",
        "2026-11-16T09:30:00+0100",
        "2026-11-16T08:30:00",
        "2026-11-16T08:30:00.000Z",
    ];
    for form in forms {
        let read = parse(&json!({ "uri": "x:1", "versionCreated": form })).unwrap();
        assert_eq!(read.updated_at, Some(moment(0)), "{form}");
    }
    let day = parse(&json!({ "uri": "x:1", "versionCreated": "2026-11-16" })).unwrap();
    assert_eq!(day.updated_at, Some(moment(-510)));
}

#[test]
fn errors_name_the_place() {
    let cases = [
        (json!([]), "", "the document must be an object"),
        (json!({}), "/uri", "is required"),
        (json!({ "uri": ["x"] }), "/uri", "must be a string"),
        (json!({ "uri": "x:1", "type": "event" }), "/type", "is an event"),
        (json!({ "uri": "x:1", "pubStatus": "maybe" }), "/pubStatus", "not \"maybe\""),
        (json!({ "uri": "x:1", "versioncreated": "today" }), "/versioncreated", "RFC 3339"),
        (
            json!({ "uri": "x:1", "headlines": [{ "value": "a" }, { "value": {} }] }),
            "/headlines/1/value",
            "must be a string",
        ),
        (json!({ "uri": "x:1", "bodies": "text" }), "/bodies", "must be a list"),
        (
            json!({ "uri": "x:1", "associations": { "a/b~c": 1 } }),
            "/associations/a~1b~0c",
            "must be an object",
        ),
    ];
    for (document, pointer, problem) in cases {
        let error = parse(&document).unwrap_err();
        assert_eq!(error.pointer, pointer, "{document}");
        assert!(error.to_string().contains(problem), "{error}");
    }
}
