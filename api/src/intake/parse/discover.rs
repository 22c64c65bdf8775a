//! The feeds that an HTML page names.

use url::Url;

use super::address::resolve;
use super::xml::{decode, tag_length, value_of};

/// More are no help.
const MOST: usize = 50;
/// A link that goes on for longer, in characters, has no title.
const LONGEST_LINK: usize = 1_000;

/// What a feed is declared to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedKind {
    /// RSS or RDF.
    Rss,
    /// Atom.
    Atom,
    /// JSON Feed.
    Json,
}

/// A feed that a page names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveredFeed {
    /// Where it is.
    pub url: Url,
    /// What the page calls it.
    pub title: Option<String>,
    /// What it is declared or named to be; none where nothing tells.
    pub format: Option<FeedKind>,
}

/// How much a feed is wanted, the least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Declared,
    Linked,
    OfComments,
}

/// The feeds of a page, the most wanted first: those that it declares, then those that it links to, and feeds of comments
/// after all others; each once, in the order of the page. `base` is where the page was fetched.
pub fn discover(html: &str, base: &Url) -> Vec<DiscoveredFeed> {
    let mut base = base.clone();
    let mut found = Vec::<(Rank, DiscoveredFeed)>::new();
    let mut rest = html;
    while let Some(start) = rest.find('<').and_then(|at| rest.get(at..)) {
        if start.starts_with("<!--") {
            // What never ends hides the rest.
            rest = start.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let (name, attributes, after) = tag(start);
        rest = after;
        match name.to_ascii_lowercase().as_str() {
            "base" => {
                if let Some(url) = value_of(attributes, "href").and_then(|href| resolve(&href, Some(&base))) {
                    base = url;
                }
            }
            "link" => found.extend(declared(attributes, &base).map(|feed| (Rank::Declared, feed))),
            "a" => found.extend(linked(attributes, after, &base).map(|feed| (Rank::Linked, feed))),
            // What these hold is no markup.
            raw @ ("script" | "style" | "textarea") => {
                let end = format!("</{raw}");
                rest = ends_at(rest, &end).unwrap_or_default();
            }
            _ => {}
        }
    }
    for (rank, feed) in &mut found {
        if is_of_comments(feed) {
            *rank = Rank::OfComments;
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    let mut once = Vec::<DiscoveredFeed>::new();
    for (_, feed) in found {
        if once.len() < MOST && !once.iter().any(|known| same(&known.url, &feed.url)) {
            once.push(feed);
        }
    }
    once
}

/// The name and attributes of the tag that a text begins with, and what comes after it.
fn tag(start: &str) -> (&str, &str, &str) {
    let (length, _) = tag_length(start);
    let (tag, after) = start.split_at_checked(length).unwrap_or((start, ""));
    let inside = tag.get(1..).unwrap_or_default().trim_end_matches(['>', '/']);
    let end = inside.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inside.len());
    let (name, attributes) = inside.split_at_checked(end).unwrap_or((inside, ""));
    (name, attributes, after)
}

fn ends_at<'t>(text: &'t str, end: &str) -> Option<&'t str> {
    let at =
        text.as_bytes().windows(end.len()).position(|window| window.eq_ignore_ascii_case(end.as_bytes()))?;
    text.get(at..)
}

fn declared(attributes: &str, base: &Url) -> Option<DiscoveredFeed> {
    let rel = value_of(attributes, "rel")?.to_ascii_lowercase();
    let is = |word: &str| rel.split_whitespace().any(|rel| rel == word);
    let url = resolve(&value_of(attributes, "href")?, Some(base))?;
    let kind = value_of(attributes, "type").unwrap_or_default().to_ascii_lowercase();
    let named = of_name(&url);
    let format = if kind.contains("rss") || kind.contains("rdf") {
        Some(FeedKind::Rss)
    } else if kind.contains("atom") {
        Some(FeedKind::Atom)
    } else if kind.contains("feed+json") || kind.contains("json") && named == Some(FeedKind::Json) {
        Some(FeedKind::Json)
    } else {
        None
    };
    let plain_xml = || matches!(kind.as_str(), "text/xml" | "application/xml") && looks_like_feed(&url);
    let wanted = is("alternate") && (format.is_some() || plain_xml()) || is("feed") && !kind.contains("css");
    let title = value_of(attributes, "title").and_then(|title| words(&title));
    wanted.then(|| DiscoveredFeed { format: format.or(named), url, title })
}

fn linked(attributes: &str, after: &str, base: &Url) -> Option<DiscoveredFeed> {
    let href = value_of(attributes, "href")?;
    let href = href.trim();
    let (href, says_so) = match href.strip_prefix("feed:") {
        Some(inside) if inside.starts_with("//") => (format!("http:{inside}"), true),
        Some(inside) => (inside.to_owned(), true),
        None => (href.to_owned(), false),
    };
    let url = resolve(&href, Some(base))?;
    let title = value_of(attributes, "title").and_then(|title| words(&title));
    let text = || {
        let near: String = after.chars().take(LONGEST_LINK).collect();
        words(ends_at(&near, "</a").and_then(|rest| near.get(..near.len() - rest.len()))?)
    };
    (says_so || looks_like_feed(&url)).then(|| DiscoveredFeed {
        format: of_name(&url),
        title: title.or_else(text),
        url,
    })
}

/// Text on one line, without tags; none where it is no title.
fn words(html: &str) -> Option<String> {
    let mut plain = String::new();
    for (at, part) in html.split('<').enumerate() {
        let text = if at == 0 { part } else { part.split_once('>').map_or("", |(_, text)| text) };
        plain.push_str(text);
        plain.push(' ');
    }
    let line = decode(&plain).split_whitespace().collect::<Vec<_>>().join(" ");
    Some(line).filter(|line| !line.is_empty() && line.chars().count() <= 200)
}

/// Whether an address is called as feeds are.
fn looks_like_feed(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    if host.starts_with("feeds.") || host.starts_with("rss.") {
        return true;
    }
    let path = url.path().to_ascii_lowercase();
    let mut parts = path.split('/').filter(|part| !part.is_empty()).rev();
    let last = parts.next().unwrap_or_default();
    let (stem, extension) = last.rsplit_once('.').unwrap_or((last, ""));
    let a_feeds = |name: &str| {
        matches!(name, "feed" | "feeds" | "rss" | "rss2" | "atom" | "rdf" | "index.rss" | "jsonfeed")
    };
    let query = url.query().unwrap_or_default().to_ascii_lowercase();
    match extension {
        "rss" | "atom" | "rdf" => true,
        "xml" => {
            a_feeds(stem)
                || stem == "index"
                || stem.contains("rss")
                || stem.contains("feed")
                || stem.contains("atom")
                || parts.any(a_feeds)
        }
        "json" => stem.contains("feed"),
        "" => {
            a_feeds(last)
                || ["feed=", "format=rss", "format=atom", "type=rss"].iter().any(|sign| query.contains(sign))
        }
        _ => false,
    }
}

fn of_name(url: &Url) -> Option<FeedKind> {
    let path = url.path().to_ascii_lowercase();
    let last = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    if last.contains("json") {
        Some(FeedKind::Json)
    } else if last.contains("atom") {
        Some(FeedKind::Atom)
    } else if last.contains("rss") || last.contains("rdf") {
        Some(FeedKind::Rss)
    } else {
        None
    }
}

/// In the languages most met.
fn is_of_comments(feed: &DiscoveredFeed) -> bool {
    let title = feed.title.as_deref().unwrap_or_default().to_lowercase();
    let words = [
        "comment",
        "komment",
        "koment",
        "comentári",
        "comentario",
        "reacties",
        "коммент",
        "コメント",
        "评论",
    ];
    let path = feed.url.path();
    words.iter().any(|word| title.contains(word)) || path.contains("/comments") || path.contains("/comment/")
}

/// Whether two addresses are the same but for scheme and fragment.
fn same(one: &Url, other: &Url) -> bool {
    let bare = |url: &Url| {
        let text = url.as_str().split('#').next().unwrap_or_default().to_owned();
        text.split_once("://").map(|(_, rest)| rest.trim_end_matches('/').to_owned())
    };
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(html: &str) -> Vec<String> {
        let found = discover(html, &"https://a.example/news/".parse().unwrap());
        found.into_iter().map(|feed| feed.url.to_string()).collect()
    }

    #[test]
    fn declared_feeds_stand_before_links_and_comments_last() {
        let html = r#"<!DOCTYPE html><html><head><title>A</title>
            <link rel="alternate" type="application/rss+xml" title="A &raquo; Comments Feed" href="/comments/feed/">
            <link rel='alternate' type='application/atom+xml' title='A &amp; B' href='atom.xml'>
            <LINK REL="ALTERNATE" TYPE="application/feed+json" HREF="/feed.json">
            <link rel="feed" href="//b.example/all"><link rel="alternate" hreflang="de" href="/de/">
            <link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">
            <link rel="alternate stylesheet" type="text/css" href="/rss.css"></head>
            <body><!-- <a href="/old.rss">old</a> --><script>var x = '<a href="/not.rss">';</script>
            <a href="http://a.example/news/atom.xml#x">again</a> <a href="/world.rss"><img src=x> <b>World</b></a>
            <a href="/about">About</a> <a href="feed:https://c.example/x">C</a>"#;
        let found = discover(html, &"https://a.example/news/".parse().unwrap());
        let short: Vec<_> =
            found.iter().map(|feed| (feed.url.as_str(), feed.title.as_deref(), feed.format)).collect();
        let expected = [
            ("https://a.example/news/atom.xml", Some("A & B"), Some(FeedKind::Atom)),
            ("https://a.example/feed.json", None, Some(FeedKind::Json)),
            ("https://b.example/all", None, None),
            ("https://a.example/world.rss", Some("World"), Some(FeedKind::Rss)),
            ("https://c.example/x", Some("C"), None),
            ("https://a.example/comments/feed/", Some("A » Comments Feed"), Some(FeedKind::Rss)),
        ];
        assert_eq!(short, expected);
    }

    #[test]
    fn base_elements_count() {
        let html =
            r#"<base href="https://b.example/x/"><link rel=alternate type=application/rss+xml href=rss>"#;
        assert_eq!(urls(html), ["https://b.example/x/rss"]);
    }

    #[test]
    fn addresses_that_look_like_feeds() {
        for feed in [
            "/feed/",
            "/rss",
            "/index.xml",
            "/rss/world.xml",
            "/news.rss",
            "/?feed=rss2",
            "https://feeds.b.example/x",
        ] {
            assert_eq!(urls(&format!("<a href='{feed}'>x</a>")).len(), 1, "{feed}");
        }
        for page in
            ["/feedback", "/sitemap.xml", "/rss-help.html", "/atomic-energy", "/", "mailto:a@b.example"]
        {
            assert_eq!(urls(&format!("<a href='{page}'>x</a>")), [""; 0], "{page}");
        }
    }

    #[test]
    fn broken_pages_end() {
        for html in ["<", "<a", "<a href", "<!--", "<script>", "<link rel=\"alternate", "<a href='x.rss'"] {
            assert!(urls(html).len() <= 1, "{html}");
        }
    }
}
