use std::time::Duration;

use chrono::Weekday;

use super::*;

#[test]
fn guids_say_whether_they_are_addresses() {
    let cases = [
        ("<guid>https://a.example/1</guid>", true, Some("https://a.example/1")),
        ("<guid isPermaLink='true'>https://a.example/1</guid>", true, Some("https://a.example/1")),
        ("<guid isPermaLink='False'>https://a.example/1</guid>", false, None),
        ("<guid>a-1</guid>", false, None),
        ("<guid isPermaLink='true'>a-1</guid>", false, None),
        ("<guid/>", false, None),
    ];
    for (given, permanent, link) in cases {
        let entry = item(given);
        assert_eq!(
            (entry.guid_is_permalink, entry.link.as_ref().map(Url::as_str)),
            (permanent, link),
            "{given}"
        );
    }
    assert_eq!(item("<title>x</title>").guid, None);
    assert_eq!(item("<guid/><id>7</id>").guid.as_deref(), Some("7"));
}

#[test]
fn entries_of_the_same_guid_are_all_kept() {
    let feed = read(
        "<rss><item><guid>1</guid><title>a</title></item><item><guid>1</guid><title>b</title></item></rss>",
    );
    assert_eq!(titles(&feed), ["a", "b"]);
}

#[test]
fn links_are_resolved() {
    let feed = read(
        r#"<rss xml:base="//a.example"><channel xml:base="x/"><link>//b.example/</link><atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self next" href="f"/>
        <item><link>1</link></item><item xml:base="y/"><link>2</link></item><item><link>//c.example/3</link></item>
        <item><link>javascript:x</link></item><item><atom:link xmlns:atom="http://www.w3.org/2005/Atom" href="https://d.example/"/></item>
        <item><atom:link xmlns:atom="http://www.w3.org/2005/Atom" href="4" xml:base="z/"/></item><item><link/><link href="/5"/></item></channel></rss>"#,
    );
    let links: Vec<_> =
        feed.entries.iter().map(|entry| entry.link.as_ref().map_or("", Url::as_str)).collect();
    let expected = [
        "https://a.example/x/1",
        "https://a.example/x/y/2",
        "https://c.example/3",
        "",
        "https://d.example/",
        "https://a.example/x/z/4",
        "https://a.example/5",
    ];
    assert_eq!(links, expected);
    assert_eq!(feed.site_url.unwrap().as_str(), "https://b.example/");
    assert_eq!(feed.self_url.unwrap().as_str(), "https://a.example/x/f");
    assert_eq!(feed.next_url.unwrap().as_str(), "https://a.example/x/f");
}

#[test]
fn without_an_address_the_feed_says_what_links_are_relative_to() {
    let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="https://a.example/x/feed"/><entry><link href="/1"/></entry></feed>"#;
    assert_eq!(
        parse(atom.as_bytes(), None, None).unwrap().entries[0].link.as_ref().unwrap().as_str(),
        "https://a.example/1"
    );
    let rss = "<rss><channel><link>https://a.example/x/</link><item><link>1</link></item></channel></rss>";
    assert_eq!(
        parse(rss.as_bytes(), None, None).unwrap().entries[0].link.as_ref().unwrap().as_str(),
        "https://a.example/x/1"
    );
}

#[test]
fn authors_of_all_kinds() {
    let cases = [
        ("<author>ann@a.example (Ann Lee)</author>", vec!["Ann Lee"]),
        ("<author>ann@a.example</author><dc:creator>Ann Lee</dc:creator>", vec!["Ann Lee"]),
        ("<author>Ann Lee</author><dc:creator>a@b.example</dc:creator>", vec!["Ann Lee"]),
        (
            "<dc:creator>A</dc:creator><dc:creator>B</dc:creator><itunes:author>C</itunes:author>",
            vec!["A", "B"],
        ),
        ("<author><name>A</name></author>", vec!["A"]),
        ("<dc:creator/>", vec![]),
    ];
    for (given, expected) in cases {
        let entry = item(given);
        let names: Vec<_> = entry.authors.iter().filter_map(|person| person.name.as_deref()).collect();
        assert_eq!(names, expected, "{given}");
    }
    assert_eq!(item("<author>a@b.example</author>").authors[0].email.as_deref(), Some("a@b.example"));
    let entry = atom_entry(
        "<author><name>A</name><email>a@b.example</email></author><author><name>B</name></author>",
    );
    assert_eq!((entry.authors.len(), entry.authors[0].email.as_deref()), (2, Some("a@b.example")));
}

#[test]
fn where_an_entry_was_taken_from() {
    let source = item(r#"<source url="https://b.example/rss">The &amp;amp; Bee</source>"#).source.unwrap();
    assert_eq!(
        (source.title.as_deref(), source.feed_url.unwrap().as_str()),
        (Some("The &amp; Bee"), "https://b.example/rss")
    );
    let source = atom_entry(
        r#"<source><id>tag:b</id><title>B</title><link href="https://b.example/"/><link rel="self" href="https://b.example/f"/><author><name>Bo</name></author></source>"#,
    );
    assert_eq!(source.authors[0].name.as_deref(), Some("Bo"));
    let source = source.source.unwrap();
    assert_eq!((source.id.as_deref(), source.title.as_deref()), (Some("tag:b"), Some("B")));
    assert_eq!(source.site_url.unwrap().as_str(), "https://b.example/");
    assert_eq!(source.feed_url.unwrap().as_str(), "https://b.example/f");
    assert_eq!(item("<source/>").source, None);
}

#[test]
fn categories_of_all_kinds() {
    let entry = item(
        r#"<category domain="s">A</category><category>A</category><category/><dc:subject>B</dc:subject><categories><category>C</category></categories>
        <media:keywords>D, E; 7</media:keywords><itunes:category text="F"/><tags><![CDATA[G , H]]></tags><category><![CDATA[I &amp;amp; J]]></category>"#,
    );
    let terms: Vec<_> = entry.categories.iter().map(|category| category.term.as_str()).collect();
    assert_eq!(terms, ["A", "A", "B", "C", "D", "E", "F", "G", "H", "I &amp; J"]);
    assert_eq!(entry.categories[0].scheme.as_deref(), Some("s"));
    let entry = atom_entry(r#"<category term="a" label="A" scheme="s"/><category label="B"/><category/>"#);
    let terms: Vec<_> = entry.categories.iter().map(|category| category.term.as_str()).collect();
    assert_eq!(terms, ["a", "B"]);
}

#[test]
fn when_to_come_again() {
    let channel = |inside: &str| read(&format!("<rss><channel>{inside}</channel></rss>"));
    let ttl = |inside: &str| channel(inside).ttl.map(|ttl| ttl.as_secs());
    assert_eq!(ttl("<ttl>30</ttl>"), Some(1_800));
    assert_eq!(ttl("<ttl>60 minutes</ttl>"), Some(3_600));
    assert_eq!(ttl("<ttl>0</ttl>"), None);
    assert_eq!(ttl("<ttl>soon</ttl>"), None);
    assert_eq!(
        ttl("<sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"),
        Some(1_800)
    );
    assert_eq!(
        ttl("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>"),
        Some(86_400)
    );
    let feed = channel(
        r#"<skipHours><hour>24</hour><hour>3</hour><hour>3</hour><hour>99</hour></skipHours><skipDays><day>Sunday</day><day>Monday</day><day>never</day></skipDays>
        <cloud domain="rpc.example" port="80" path="/RPC2" registerProcedure="notify" protocol="xml-rpc"/>
        <atom:link rel="hub" href="https://hub.example/"/><copyright>© A</copyright><lastBuildDate>2026-11-16</lastBuildDate>"#,
    );
    assert_eq!((feed.skip_hours, feed.skip_days), (vec![0, 3], vec![Weekday::Mon, Weekday::Sun]));
    let cloud = feed.cloud.unwrap();
    assert_eq!((cloud.domain.as_str(), cloud.port, cloud.path.as_str()), ("rpc.example", Some(80), "/RPC2"));
    assert_eq!(feed.hubs[0].as_str(), "https://hub.example/");
    assert_eq!((feed.rights.as_deref(), feed.updated.is_some()), (Some("© A"), true));
    assert_eq!(channel("<ttl>99999999999999999999</ttl>").ttl, None);
    assert_eq!(channel("<ttl>18446744073709551615</ttl>").ttl, Some(Duration::from_secs(u64::MAX)));
}

#[test]
fn what_is_of_other_modules_does_no_harm() {
    let entry = item(
        "<title>A</title><georss:point>1 2</georss:point><geo:lat>1</geo:lat><georss:where><gml:Point><gml:pos>1 2</gml:pos></gml:Point></georss:where>
        <slash:comments>3</slash:comments><comments>/c</comments><dcterms:issued>2026-11-16</dcterms:issued><dc:rights>B</dc:rights><wfw:commentRss>/x</wfw:commentRss>",
    );
    assert_eq!((entry.title.as_deref(), entry.rights.as_deref()), (Some("A"), Some("B")));
    assert_eq!(entry.comments_url.unwrap().as_str(), "https://news.example/c");
    assert!(entry.published.is_some());
}
