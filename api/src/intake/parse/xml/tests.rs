use super::*;

fn named<'t>(tree: &'t Tree<'_>, name: &str) -> Vec<Node<'t>> {
    tree.everything().filter(|node| node.name() == name).collect()
}

#[test]
fn texts_that_never_end_are_ended() {
    let tree = Tree::read(
        "<rss><item><title>One<link>https://a.example</link><description>x <b>y</b><pubDate>z</item><item><title>Two</item></rss>",
    );
    let items = named(&tree, "item");
    assert_eq!(items.len(), 2);
    assert_eq!(items[0].text_of("title").as_deref(), Some("One"));
    assert_eq!(items[0].text_of("link").as_deref(), Some("https://a.example"));
    assert_eq!(items[0].text_of("description").as_deref(), Some("x <b>y</b>"));
    assert_eq!(items[0].text_of("pubdate").as_deref(), Some("z"));
    assert_eq!(items[1].text_of("title").as_deref(), Some("Two"));
}

#[test]
fn an_end_tag_does_not_reach_beyond_its_item() {
    let tree = Tree::read("<rss><channel><a><item></a><title>One</title></item></channel></rss>");
    assert_eq!(named(&tree, "item")[0].text_of("title").as_deref(), Some("One"));
}

#[test]
fn sections_of_all_kinds() {
    let cases = [
        ("<![CDATA[a < b]]>", "a < b"),
        ("<![CDATA[<![CDATA[a]]>]]>", "a"),
        ("&lt;![CDATA[a]]&gt;", "a"),
        ("<![CDATA[a]]><![CDATA[b]]> c", "ab c"),
        ("<p><![CDATA[a]]></p>", "<p>a</p>"),
        ("\n-<![CDATA[a]]>", "a"),
        ("<![CDATA[a</title></item><item><title><![CDATA[b]]>", "a"),
    ];
    for (given, expected) in cases {
        let source = format!("<rss><item><title>{given}</title></item></rss>");
        let tree = Tree::read(&source);
        assert_eq!(named(&tree, "title")[0].text(), expected, "{given}");
    }
}

#[test]
fn prefixes_mean_what_is_declared_where_they_stand() {
    let tree = Tree::read(
        r#"<x:rss xmlns:x="http://backend.userland.com/rss2" xmlns="http://www.w3.org/2005/Atom"><x:channel>
        <y:creator xmlns:y="http://purl.org/dc/elements/1.1/">A</y:creator><y:creator>B</y:creator>
        <link xmlns="http://www.w3.org/2005/Atom" href="a"/><m:thumbnail xmlns:m="https://search.yahoo.com/mrss"/></x:channel></x:rss>"#,
    );
    let names: Vec<&str> = tree.everything().map(|node| node.element.name.as_ref()).collect();
    assert_eq!(names, ["rss", "channel", "dc:creator", "y:creator", "atom:link", "media:thumbnail"]);
    let tree = Tree::read(
        r#"<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:ID>1</a:ID></a:entry></a:feed>"#,
    );
    let names: Vec<&str> = tree.everything().map(|node| node.element.name.as_ref()).collect();
    assert_eq!(names, ["feed", "entry", "id"]);
}

#[test]
fn depth_is_bounded() {
    let source = format!(
        "<rss><item>{}<title>deep</title>{}</item><item/></rss>",
        "<a>".repeat(50_000),
        "</a>".repeat(50_000)
    );
    let tree = Tree::read(&source);
    assert_eq!(named(&tree, "item").len(), 2);
    assert!(tree.elements.len() < 100);
    let unclosed = "<rss><item><title>x".repeat(10_000);
    assert!(Tree::read(&unclosed).elements.len() <= 30_000);
}

#[test]
fn declared_entities_are_not_expanded() {
    let source = r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd"> %d; ]><rss><title>&b;&c;</title></rss>"#;
    let tree = Tree::read(source);
    assert_eq!(named(&tree, "title")[0].text(), "&b;&c;");
}
