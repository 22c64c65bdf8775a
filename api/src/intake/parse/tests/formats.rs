use std::time::Duration;

use super::*;

#[test]
fn rss_with_everything_publishers_put_in_it() {
    let feed = read(
        r#"<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">
        <channel><title>Courier &amp; Post</title><link>https://news.example/</link><language>en-gb</language><ttl>30</ttl>
        <item><title><![CDATA[Tide &amp; time]]></title><link>/a?x=1&y=2</link><guid isPermaLink="false">a-1</guid><pubDate>Mon, 16 Nov 2026 08:30:00 GMT</pubDate>
        <dc:creator>By Ann Lee</dc:creator><description>Short&nbsp;words</description><content:encoded><![CDATA[<p>Long</p>]]></content:encoded>
        <category domain="section">World</category>
        <media:content url="https://news.example/a.jpg" width="800" height="600" medium="image"><media:credit>Bo Chan</media:credit><media:description>The quay</media:description></media:content>
        <enclosure url="https://news.example/a.mp3" type="audio/mpeg" length="10"/></item></channel></rss>"#,
    );
    assert_eq!(
        (feed.format.to_string().as_str(), feed.title.as_deref(), feed.ttl),
        ("RSS 2.0", Some("Courier & Post"), Some(Duration::from_secs(1_800)))
    );
    let entry = &feed.entries[0];
    assert_eq!(entry.link.as_ref().unwrap().as_str(), "https://news.example/a?x=1&y=2");
    assert_eq!((entry.guid.as_deref(), entry.title.as_deref()), (Some("a-1"), Some("Tide &amp; time")));
    assert!(!entry.guid_is_permalink);
    assert_eq!(entry.summary_html.as_deref(), Some("Short\u{a0}words"));
    assert_eq!(entry.content_html.as_deref(), Some("<p>Long</p>"));
    assert_eq!(entry.published.unwrap().to_rfc3339(), "2026-11-16T08:30:00+00:00");
    let image = entry.media.iter().find(|medium| medium.kind == MediaKind::Image).unwrap();
    assert_eq!(
        (image.credit.as_deref(), image.caption.as_deref(), image.width),
        (Some("Bo Chan"), Some("The quay"), Some(800))
    );
    let sound = entry.media.iter().find(|medium| medium.kind == MediaKind::Audio).unwrap();
    assert_eq!((sound.origin, sound.bytes), (MediaOrigin::Enclosure, Some(10)));
}

#[test]
fn every_version_of_rss() {
    let item = "<item><title>One</title><link>https://a.example/1</link></item>";
    let cases = [
        (format!("<rss><channel>{item}</channel></rss>"), "RSS 2.0"),
        (format!("<rss version='0.91'><channel>{item}</channel></rss>"), "RSS 0.91"),
        (format!("<RSS VERSION='0.92'><CHANNEL>{item}</CHANNEL></RSS>"), "RSS 0.92"),
        (format!("<rss version='2.0'><channel/>{item}</rss>"), "RSS 2.0"),
        (format!("<rss version='2.0'>{item}</rss>"), "RSS 2.0"),
        (format!("<rss version='2.0'><channel></channel></rss>{item}"), "RSS 2.0"),
        (format!("<channel>{item}</channel>"), "RSS 2.0"),
        (
            format!(r#"<rss version="2.0" xmlns="http://backend.userland.com/rss2"><channel>{item}</channel></rss>"#),
            "RSS 2.0",
        ),
        (
            "<rss:rss version='2.0'><rss:channel><rss:item><rss:title>One</rss:title><rss:link>https://a.example/1</rss:link></rss:item></rss:channel></rss:rss>".to_owned(),
            "RSS 2.0",
        ),
        (
            format!(r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel/>{item}</rdf:RDF>"#),
            "RSS 0.90",
        ),
        (
            r#"<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="http://purl.org/rss/1.0/"><a:channel/><a:item r:about="https://a.example/1"><a:title>One</a:title></a:item></r:RDF>"#.to_owned(),
            "RSS 1.0",
        ),
        (format!("<RDF><channel/>{item}</RDF>"), "RSS 1.0"),
    ];
    for (text, format) in cases {
        let feed = read(&text);
        assert_eq!((feed.format.to_string().as_str(), titles(&feed)), (format, vec!["One"]), "{text}");
        assert_eq!(feed.entries[0].link.as_ref().unwrap().as_str(), "https://a.example/1", "{text}");
    }
}

#[test]
fn a_feed_without_entries_is_a_feed() {
    assert_eq!(read("<rss></rss>").entries.len(), 0);
    assert_eq!(read("<feed><title>A</title></feed>").title.as_deref(), Some("A"));
}

#[test]
fn atom_with_inherited_author_xhtml_and_base() {
    let feed = read(
        r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://blog.example/x/"><title type="html">Le &lt;b&gt;Port&lt;/b&gt;</title>
        <author><name>Élise Moreau</name></author><link rel="self" href="feed.atom"/><link href="/"/>
        <entry><id>tag:1</id><title>Marée</title><link rel="alternate" href="a"/><published>2026-11-16T08:30:00+01:00</published><updated>2026-11-16T09:30:00Z</updated>
        <content type="xhtml" xml:base="y/"><h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>Un <h:em>mot</h:em> <h:img src="b.jpg"/></h:p></h:div></content><summary type="text">1 &lt; 2</summary></entry></feed>"#,
    );
    assert_eq!(feed.title.as_deref(), Some("Le <b>Port</b>"));
    assert_eq!(feed.self_url.unwrap().as_str(), "https://blog.example/x/feed.atom");
    let entry = &feed.entries[0];
    assert_eq!(entry.link.as_ref().unwrap().as_str(), "https://blog.example/x/a");
    assert_eq!(entry.authors[0].name.as_deref(), Some("Élise Moreau"));
    assert!(entry.content_html.as_deref().unwrap().contains("<p>Un <em>mot</em> <img src=\"b.jpg\"/></p>"));
    assert_eq!(entry.base.as_ref().unwrap().as_str(), "https://blog.example/x/y/");
    assert_eq!(entry.summary_html.as_deref(), Some("1 &lt; 2"));
    assert_eq!(entry.published.unwrap().to_rfc3339(), "2026-11-16T07:30:00+00:00");
}

#[test]
fn atom_0_3() {
    let feed = read(
        r#"<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>A</title><tagline>Of <b/> things</tagline><modified>2006-11-16T08:30:00Z</modified>
        <entry><id>tag:1</id><title mode="escaped" type="text/html">One &amp;amp; two</title><issued>2006-11-16T08:30:00Z</issued><content type="text/html" mode="escaped">&lt;p&gt;x&lt;/p&gt;</content></entry></feed>"#,
    );
    assert_eq!(feed.format, FeedFormat::Atom("0.3"));
    assert_eq!(feed.updated.unwrap().to_rfc3339(), "2006-11-16T08:30:00+00:00");
    assert_eq!(titles(&feed), ["One &amp; two"]);
    assert_eq!(feed.entries[0].content_html.as_deref(), Some("<p>x</p>"));
}

#[test]
fn json_feed() {
    let feed = read(
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"Bits","home_page_url":"https://bits.example","next_url":"/2","hubs":[{"type":"WebSub","url":"https://hub.example/"}],"items":[
        {"id":7,"url":"https://bits.example/7","title":"Seven","content_html":"<p>7</p>","date_published":"2026-11-16T08:30:00Z","authors":[{"name":"Cy"}],"tags":["Chips"],
         "attachments":[{"url":"https://bits.example/7.mp3","mime_type":"audio/mpeg","duration_in_seconds":61,"size_in_bytes":5}]},
        {"id":"https://bits.example/8","author":{"name":"Di"},"authors":[{"name":"Di"}],"content_text":"1 < 2"}]}"#,
    );
    assert_eq!(feed.format.to_string(), "JSON Feed 1.1");
    assert_eq!(feed.hubs[0].as_str(), "https://hub.example/");
    assert_eq!(feed.next_url.unwrap().as_str(), "https://news.example/2");
    let entry = &feed.entries[0];
    assert_eq!((entry.guid.as_deref(), entry.authors[0].name.as_deref()), (Some("7"), Some("Cy")));
    assert_eq!((entry.media[0].duration, entry.media[0].bytes), (Some(Duration::from_secs(61)), Some(5)));
    let other = &feed.entries[1];
    assert_eq!((other.authors.len(), other.content_html.as_deref()), (1, Some("1 &lt; 2")));
    assert_eq!(other.link.as_ref().unwrap().as_str(), "https://bits.example/8");
}

#[test]
fn json_as_some_write_it() {
    let feed = read(
        "{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"A\\\"\",\"items\":[{\"id\":\"1\",\"title\":\"a\n, ]b\",},]}",
    );
    assert_eq!(titles(&feed), ["a , ]b"]);
    assert!(matches!(parse(b"{\"title\":", None, None), Err(ParseError::Json(_))));
    assert_eq!(parse(b"{\"a\":1}", None, None).unwrap_err(), ParseError::NotAFeed(Vec::new()));
    let deep = "[".repeat(100_000);
    assert!(parse(deep.as_bytes(), None, None).is_err());
}
