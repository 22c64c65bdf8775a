use super::*;

mod broken;
mod fields;
mod formats;
mod found;
mod titles;
mod whatever;
mod with_media;

fn read(text: &str) -> ParsedFeed {
    parse(text.as_bytes(), None, Some(&"https://news.example/feed.xml".parse().unwrap())).unwrap()
}

/// The one entry of an RSS feed.
fn item(inside: &str) -> ParsedEntry {
    let feed = read(&format!(
        r#"<rss version="2.0"><channel><title>A</title><item>{inside}</item></channel></rss>"#
    ));
    assert_eq!(feed.entries.len(), 1, "{inside}");
    feed.entries.into_iter().next().unwrap()
}

/// The one entry of an Atom feed.
fn atom_entry(inside: &str) -> ParsedEntry {
    let feed = read(&format!(
        r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry>{inside}</entry></feed>"#
    ));
    assert_eq!(feed.entries.len(), 1, "{inside}");
    feed.entries.into_iter().next().unwrap()
}

fn titles(feed: &ParsedFeed) -> Vec<&str> {
    feed.entries.iter().map(|entry| entry.title.as_deref().unwrap_or_default()).collect()
}
