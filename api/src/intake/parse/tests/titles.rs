use super::*;

#[test]
fn rss_titles_are_html() {
    let cases = [
        ("AT&amp;T", "AT&T"),
        ("1 &lt; 2", "1 &lt; 2"),
        ("a&lt;b and c&gt;d", "a&lt;b and c>d"),
        ("&lt;b&gt;Bold&lt;/b&gt;", "<b>Bold</b>"),
        ("<b>Bold</b> move", "<b>Bold</b> move"),
        ("<![CDATA[Tide &amp; time]]>", "Tide &amp; time"),
        ("A &amp;amp;lt; B", "A &lt; B"),
        ("It&amp;#8217;s", "It&#8217;s"),
        ("It&amp;amp;#8217;s", "It&#8217;s"),
        ("CafÃ© crÃ¨me", "Café crème"),
        ("  two\n lines ", "two\n lines"),
    ];
    for (given, expected) in cases {
        assert_eq!(item(&format!("<title>{given}</title>")).title.as_deref(), Some(expected), "{given}");
    }
    assert_eq!(item("<title> </title><dc:title>B</dc:title>").title.as_deref(), Some("B"));
}

#[test]
fn atom_titles_are_what_they_say() {
    let cases = [
        ("<title>1 &lt; 2</title>", "1 &lt; 2"),
        ("<title type='text'>1 &lt; 2 &amp; 3</title>", "1 &lt; 2 &amp; 3"),
        ("<title type='text'>&lt;b&gt;x&lt;/b&gt;</title>", "&lt;b&gt;x&lt;/b&gt;"),
        ("<title type='text'>It&amp;#8217;s</title>", "It&#8217;s"),
        ("<title type='html'>&lt;b&gt;x&lt;/b&gt; &amp;lt; y</title>", "<b>x</b> &lt; y"),
        ("<title type='html'>x &lt; y</title>", "x &lt; y"),
        (
            "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>x <i>y</i></div></title>",
            "<div xmlns='http://www.w3.org/1999/xhtml'>x <i>y</i></div>",
        ),
        ("<title type='html'><![CDATA[x &amp; y]]></title>", "x &amp; y"),
    ];
    for (given, expected) in cases {
        assert_eq!(atom_entry(given).title.as_deref(), Some(expected), "{given}");
    }
}

#[test]
fn json_titles_are_plain() {
    let cases = [
        ("1 < 2", "1 &lt; 2"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("Fish & chips", "Fish &amp; chips"),
        ("It&#8217;s", "It&#8217;s"),
    ];
    for (given, expected) in cases {
        let document = serde_json::json!({"version": "https://jsonfeed.org/version/1", "title": given, "items": [{"id": "1", "title": given, "summary": given}]});
        let feed = read(&document.to_string());
        assert_eq!((feed.title.as_deref(), titles(&feed)), (Some(expected), vec![expected]), "{given}");
        assert_eq!(feed.entries[0].summary_html.as_deref(), Some(expected));
    }
}

#[test]
fn bodies_are_html() {
    let cases = [
        ("&lt;p&gt;x &amp;lt; y&lt;/p&gt;", "<p>x &lt; y</p>"),
        ("<p>x</p><br>y", "<p>x</p><br>y"),
        ("x &lt; y", "x &lt; y"),
        ("x <y", "x &lt;y"),
        ("<p><![CDATA[x]]></p>", "<p>x</p>"),
        ("<![CDATA[<p>x</p>]]> <![CDATA[<p>y</p>]]>", "<p>x</p> <p>y</p>"),
    ];
    for (given, expected) in cases {
        let entry = item(&format!("<description>{given}</description><guid>1</guid>"));
        assert_eq!(entry.summary_html.as_deref(), Some(expected), "{given}");
        assert_eq!(entry.guid.as_deref(), Some("1"), "{given}");
    }
    let entry = atom_entry("<summary>&lt;p&gt;x&lt;/p&gt;</summary><content type='text'>a &lt;b</content>");
    assert_eq!(
        (entry.summary_html.as_deref(), entry.content_html.as_deref()),
        (Some("<p>x</p>"), Some("a &lt;b"))
    );
    let entry = atom_entry("<content type='image/png'>iVBORw0KGgo=</content>");
    assert_eq!(entry.content_html, None);
    let entry = atom_entry("<content type='text/html' src='https://a.example/x'/>");
    assert_eq!((entry.content_html, entry.link.unwrap().as_str()), (None, "https://a.example/x"));
}
