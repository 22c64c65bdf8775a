use super::*;

#[test]
fn a_page_names_its_feeds() {
    let page = r#"<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head><body><p>Hi</body></html>"#;
    let error = parse(page.as_bytes(), None, Some(&"https://a.example/".parse().unwrap())).unwrap_err();
    assert_eq!(error, ParseError::NotAFeed(vec!["https://a.example/rss".parse().unwrap()]));
    assert_eq!(parse(b"  ", None, None).unwrap_err(), ParseError::Empty);
    let absolute = page.replace("/rss\"", "https://b.example/rss\"");
    assert_eq!(
        parse(absolute.as_bytes(), None, None).unwrap_err(),
        ParseError::NotAFeed(vec!["https://b.example/rss".parse().unwrap()])
    );
    assert_eq!(parse(b"hello", None, None).unwrap_err(), ParseError::NotAFeed(Vec::new()));
}

#[test]
fn a_feed_within_a_page_is_a_feed() {
    let feed =
        "<rss version=\"2.0\"><channel><title>A</title><item><title>One</title></item></channel></rss>";
    let inside =
        format!("<!DOCTYPE html><html><head><title>x</title></head><body><ul><li><p>y{feed}</body></html>");
    assert_eq!(titles(&read(&inside)), ["One"]);
    let shown = format!("<html><body><pre>{}</pre></body></html>", html_escape::encode_text(feed));
    assert_eq!(titles(&read(&shown)), ["One"]);
}
