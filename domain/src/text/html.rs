//! Publishers' HTML: tidied, sanitised, and as plain text.

use dom_query::{Document, NodeRef};
use url::Url;

use super::{adverts, html_media, sanitise};

/// No article has more elements; what has is not laid out but shown as text. (Parsing nested elements costs the square of
/// their depth.)
const MOST_TAGS: usize = 10_000;
/// Nor is any longer, in bytes.
const LONGEST: usize = 500_000;

/// A body fit to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanBody {
    /// Sanitised HTML.
    pub html: String,
    /// The same as plain text, paragraphs apart by blank lines.
    pub text: String,
    /// Media shown in it, in order.
    pub media: Vec<InlineMedia>,
}

/// What an element in a body shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InlineMediaKind {
    /// A picture.
    Image,
    /// A video, embedded players included.
    Video,
    /// Sound.
    Audio,
}

/// A medium shown in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineMedia {
    /// What it is.
    pub kind: InlineMediaKind,
    /// Where it is.
    pub url: Url,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
    /// For those who cannot see it.
    pub alt: Option<String>,
    /// From the figure around it.
    pub caption: Option<String>,
    /// From the figure around it.
    pub credit: Option<String>,
}

/// Tidies and sanitises a publisher's body. Relative addresses are resolved against `base`; what does not lead to http or
/// https is dropped; advertising markers, share links and counting pixels go; embedded players become links and media.
pub fn clean_body(raw: &str, base: Option<&Url>) -> CleanBody {
    if raw.len() > LONGEST || raw.matches('<').count() > MOST_TAGS {
        return from_plain_text(&strip_tags(raw));
    }
    if !raw.contains('<') {
        return from_plain_text(&decode(raw));
    }
    let document = Document::fragment(raw);
    remove_foreign_blocks(&document);
    let mut media = Vec::new();
    embedded_players(&document, base, &mut media);
    pictures_and_players(&document, base, &mut media);
    links(&document, base);
    for heading in elements(&document, &["h1"]) {
        heading.rename("h2");
    }
    remove_markers(&document);
    remove_empty(&document);
    // The sanitiser runs last: whatever is built above passes through it, and nothing is built after it.
    let body = elements(&document, &["body"]).first().map(NodeRef::inner_html).unwrap_or_default();
    let html = sanitise::article_html(&body);
    let html =
        if html.trim().is_empty() { sanitise::article_html(&document.root().inner_html()) } else { html };
    let html = html.trim().to_owned();
    let text = to_text(&html);
    let has_blocks =
        ["<p", "<h", "<ul", "<ol", "<div", "<blockquote", "<figure", "<table", "<section", "<pre"]
            .iter()
            .any(|tag| html.contains(tag));
    let html =
        if has_blocks || html.is_empty() { html } else { sanitise::article_html(&format!("<p>{html}</p>")) };
    CleanBody { html, text, media }
}

fn from_plain_text(text: &str) -> CleanBody {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    let html = paragraphs.fold(String::new(), |mut html, paragraph| {
        html.push_str("<p>");
        html_escape::encode_text_to_string(paragraph, &mut html);
        html.push_str("</p>");
        html
    });
    let html = sanitise::article_html(&html);
    CleanBody { text: to_text(&html), html, media: Vec::new() }
}

/// The elements of these names, in the document's order. By name and not by selector: a selector is parsed each time it is
/// used, which cost more than all else here.
fn elements<'d>(document: &'d Document, names: &[&str]) -> Vec<NodeRef<'d>> {
    document.root().descendants_it().filter(|node| is_one_of(node, names)).collect()
}

fn is_one_of(node: &NodeRef<'_>, names: &[&str]) -> bool {
    node.qual_name_ref().is_some_and(|name| names.contains(&&*name.local))
}

/// Whether an element of one of these names stands somewhere inside.
fn holds(element: &NodeRef<'_>, names: &[&str]) -> bool {
    element.descendants_it().any(|node| is_one_of(&node, names))
}

const FOREIGN: &[&str] = &[
    "script", "style", "noscript", "template", "form", "button", "input", "select", "textarea", "object",
    "embed", "svg", "math", "link", "meta", "base",
];

fn remove_foreign_blocks(document: &Document) {
    for element in elements(document, FOREIGN) {
        element.remove_from_parent();
    }
    for title in elements(document, &["title"]) {
        if title.parent().is_some_and(|parent| parent.has_name("head")) {
            title.remove_from_parent();
        }
    }
    let blocks: Vec<NodeRef<'_>> = document
        .root()
        .descendants_it()
        .filter(|node| node.is_element() && (node.has_attr("class") || node.has_attr("id")))
        .collect();
    for element in blocks {
        let names = format!("{} {}", element.attr_or("class", ""), element.attr_or("id", "")).to_lowercase();
        if adverts::BLOCKS.iter().any(|block| names.contains(block)) {
            element.remove_from_parent();
        }
    }
}

/// An absolute http(s) address, or none.
fn address(text: &str, base: Option<&Url>) -> Option<Url> {
    let text = text.trim();
    let url = match (base, Url::parse(text)) {
        (_, Ok(url)) => url,
        (Some(base), Err(_)) => base.join(text).ok()?,
        (None, Err(_)) if text.starts_with("//") => Url::parse(&format!("https:{text}")).ok()?,
        (None, Err(_)) => return None,
    };
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// Players that publishers embed; the address that a person would open.
fn player(url: &Url) -> Option<Url> {
    let host = url.host_str()?.trim_start_matches("www.");
    let last = url.path_segments()?.rfind(|part| !part.is_empty())?.to_owned();
    let page = match host {
        "youtube.com" | "youtube-nocookie.com" if url.path().starts_with("/embed/") => {
            format!("https://www.youtube.com/watch?v={last}")
        }
        "player.vimeo.com" => format!("https://vimeo.com/{last}"),
        "dailymotion.com" | "geo.dailymotion.com" if url.path().contains("/embed/") => {
            format!("https://www.dailymotion.com/video/{last}")
        }
        _ => return None,
    };
    Url::parse(&page).ok()
}

fn embedded_players(document: &Document, base: Option<&Url>, media: &mut Vec<InlineMedia>) {
    for element in elements(document, &["iframe"]) {
        let source = element.attr("src").or_else(|| element.attr("data-src"));
        let page = source.and_then(|source| address(&source, base)).and_then(|url| player(&url));
        if let Some(page) = page {
            let link = format!(
                "<p><a href=\"{}\">{}</a></p>",
                html_escape::encode_double_quoted_attribute(page.as_str()),
                html_escape::encode_text(page.as_str())
            );
            media.push(html_media::of_element(&element, InlineMediaKind::Video, page));
            element.before_html(link);
        }
        element.remove_from_parent();
    }
}

fn pictures_and_players(document: &Document, base: Option<&Url>, media: &mut Vec<InlineMedia>) {
    for element in elements(document, &["img", "video", "audio"]) {
        let lazy =
            ["data-src", "data-original", "data-lazy-src"].into_iter().find_map(|name| element.attr(name));
        let own = element.attr("src").filter(|source| !source.starts_with("data:"));
        let source = |node: &NodeRef<'_>| node.has_name("source") && node.has_attr("src");
        let nested = || element.descendants_it().find(source)?.attr("src");
        let url = own.or(lazy).or_else(nested).and_then(|source| address(&source, base));
        let Some(url) = url.filter(|url| !is_counter(&element, url)) else {
            element.remove_from_parent();
            continue;
        };
        let kind = match element.node_name().as_deref() {
            Some("video") => InlineMediaKind::Video,
            Some("audio") => InlineMediaKind::Audio,
            _ => InlineMediaKind::Image,
        };
        element.set_attr("src", url.as_str());
        media.push(html_media::of_element(&element, kind, url));
    }
    for element in elements(document, &["source", "video"]) {
        for name in ["src", "poster"] {
            match element.attr(name).map(|text| address(&text, base)) {
                Some(Some(url)) => element.set_attr(name, url.as_str()),
                Some(None) => element.remove_attr(name),
                None => {}
            }
        }
    }
}

/// A picture that only counts readers: next to no size, or on a counter's host.
fn is_counter(element: &NodeRef<'_>, url: &Url) -> bool {
    let tiny = |name: &str| {
        element.attr(name).is_some_and(|size| matches!(size.trim().trim_end_matches("px"), "0" | "1" | "2"))
    };
    (tiny("width") && tiny("height")) || url.host_str().is_some_and(adverts::is_tracker)
}

fn links(document: &Document, base: Option<&Url>) {
    for element in elements(document, &["a"]) {
        let Some(href) = element.attr("href") else { continue };
        if href.trim_start().to_ascii_lowercase().starts_with("mailto:") {
            continue;
        }
        match address(&href, base) {
            Some(url)
                if url.host_str().is_some_and(adverts::is_tracker) && element.text().trim().is_empty() =>
            {
                element.remove_from_parent();
            }
            Some(mut url) => {
                super::url::drop_tracking(&mut url);
                element.set_attr("href", url.as_str());
            }
            None => element.remove_attr("href"),
        }
    }
}

fn remove_markers(document: &Document) {
    const MARKED: &[&str] = &[
        "p", "div", "span", "aside", "section", "h2", "h3", "h4", "h5", "h6", "li", "em", "strong", "small",
        "center",
    ];
    const SHOWING: &[&str] = &["img", "video", "audio", "table", "p", "h2", "h3"];
    for element in elements(document, MARKED) {
        if adverts::is_marker(&element.text()) && !holds(&element, SHOWING) {
            element.remove_from_parent();
        }
    }
}

fn remove_empty(document: &Document) {
    const EMPTIED: &[&str] =
        &["p", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "div", "span", "a", "figure", "ul", "ol"];
    const SHOWING: &[&str] = &["img", "video", "audio", "hr", "table"];
    for element in elements(document, EMPTIED).iter().rev() {
        let silent = element.text().trim_matches(|c: char| c.is_whitespace() || c == '\u{a0}').is_empty();
        if silent && !holds(element, SHOWING) {
            element.remove_from_parent();
        }
    }
}

const BLOCKS: &[&str] = &[
    "p",
    "div",
    "br",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "figure",
    "figcaption",
    "table",
    "caption",
    "tr",
    "section",
    "aside",
    "pre",
    "article",
    "header",
    "footer",
];

/// The plain text of HTML: blocks apart by blank lines, entities decoded, white space folded, control characters gone.
pub fn to_text(html: &str) -> String {
    let mut blocks: Vec<String> = vec![String::new()];
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) => {
                if let Some(block) = blocks.last_mut() {
                    block.push_str(&decode(text));
                }
            }
            Piece::Tag(name) if BLOCKS.contains(&name.as_str()) => blocks.push(String::new()),
            Piece::Tag(name) => {
                if matches!(name.as_str(), "td" | "th")
                    && let Some(block) = blocks.last_mut()
                {
                    block.push(' ');
                }
            }
        }
    }
    let lines = blocks.iter().map(|block| folded(block)).filter(|block| !block.is_empty());
    lines.collect::<Vec<_>>().join("\n\n")
}

enum Piece<'h> {
    Text(&'h str),
    /// A tag's name, opening or closing.
    Tag(String),
}

/// Splits HTML into text and tags. A `<` that begins no tag is text: "a < b" survives.
fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = html;
    // Where nothing more can end a tag, nothing is searched for: or each `<` would cost the whole rest.
    let (last_end, last_comment) = (html.rfind('>'), html.rfind("-->"));
    while let Some(at) = rest.find('<') {
        let (text, tail) = rest.split_at(at);
        let here = html.len() - tail.len();
        let name: String =
            tail.chars().skip(1).skip_while(|c| *c == '/').take_while(char::is_ascii_alphanumeric).collect();
        let opens = tail.starts_with("<!")
            || (!name.is_empty() && name.starts_with(|c: char| c.is_ascii_alphabetic()));
        let end = if !opens {
            None
        } else if tail.starts_with("<!--") {
            last_comment.filter(|last| *last >= here).and_then(|_| tail.find("-->")).map(|end| end + 3)
        } else {
            last_end.filter(|last| *last >= here).and_then(|_| tail.find('>')).map(|end| end + 1)
        };
        if let Some(end) = end {
            pieces.push(Piece::Text(text));
            pieces.push(Piece::Tag(name.to_ascii_lowercase()));
            rest = tail.get(end..).unwrap_or_default();
        } else {
            let length = text.len() + 1;
            pieces.push(Piece::Text(rest.get(..length).unwrap_or(rest)));
            rest = rest.get(length..).unwrap_or_default();
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

fn strip_tags(html: &str) -> String {
    pieces(html)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => decode(text),
            Piece::Tag(name) if BLOCKS.contains(&name.as_str()) => "\n\n".to_owned(),
            Piece::Tag(_) => String::new(),
        })
        .collect()
}

fn decode(text: &str) -> String {
    html_escape::decode_html_entities(text).into_owned()
}

/// White space folded, control characters and bidirectional overrides gone.
fn folded(text: &str) -> String {
    let visible = |c: &char| {
        (!c.is_control() || c.is_whitespace())
            && !matches!(*c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{200b}' | '\u{ad}')
    };
    let kept: String = text.chars().filter(visible).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A title, name or caption as one line of plain text: tags stripped, entities decoded, also where a publisher escaped them
/// twice.
pub fn to_line(raw: &str) -> String {
    let text = |html: &str| strip_tags(html);
    let once = text(raw);
    let twice =
        if once.contains('&') || (once.contains("</") || once.contains("/>")) { text(&once) } else { once };
    folded(&twice)
}

/// The first characters of a text, at most `max` of them, cut at a word's end with an ellipsis.
pub fn excerpt(text: &str, max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max {
        return line;
    }
    let cut: String = line.chars().take(max.saturating_sub(1)).collect();
    // Without spaces (Chinese, Japanese, Thai) any character may end it; a combining mark may not begin what is cut off.
    let words = cut.rsplit_once(' ').map(|(words, _)| words).filter(|words| words.chars().count() * 2 > max);
    let kept = words
        .unwrap_or(&cut)
        .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '–' | '—' | '-'));
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clean(raw: &str) -> CleanBody {
        clean_body(raw, Some(&"https://news.example/2026/a".parse().unwrap()))
    }

    proptest! {
        #[test]
        fn what_was_sanitised_stays_as_it_is(raw in "(<[a-z]{1,6}( [a-z]{2,6}=\"[a-z:/.]{0,12}\")?>|</[a-z]{1,4}>|[a-z <&\"']{0,8}){0,12}") {
            let html = clean(&raw).html;
            prop_assert_eq!(sanitise::article_html(&html), html.clone());
        }

        #[test]
        fn no_text_makes_the_cleaner_panic(raw: String) {
            let _ = (clean(&raw), to_line(&raw), excerpt(&raw, 20));
        }
    }

    #[test]
    fn titles_are_plain_text() {
        assert_eq!(to_line("<b>Storm</b> &amp;amp; <i>surge</i>"), "Storm & surge");
        assert_eq!(to_line("AT&T and a < b"), "AT&T and a < b");
        assert_eq!(to_line("&lt;em&gt;Tide&lt;/em&gt;&nbsp;tables\n"), "Tide tables");
    }

    #[test]
    fn markers_pixels_and_scripts_go_and_links_become_whole() {
        let body = clean(
            "<p>Water rose. <a href=\"/b?x=1\">More</a></p><p>ADVERTISEMENT</p><script>x()</script>\
             <img src=\"https://ad.doubleclick.net/p.gif\"><img src=\"/q.jpg\" width=\"1\" height=\"1\">\
             <p onclick=\"x()\">Ships <a href=\"javascript:x()\">wait</a>.</p><p>&nbsp;</p>",
        );
        let expected = "<p>Water rose. <a href=\"https://news.example/b?x=1\" rel=\"nofollow noopener\">More</a></p><p>Ships <a rel=\"nofollow noopener\">wait</a>.</p>";
        assert_eq!(body.html, expected);
        assert_eq!(body.text, "Water rose. More\n\nShips wait.");
    }

    #[test]
    fn figures_bring_caption_and_credit_and_players_become_links() {
        let body = clean(
            "<figure><img src=\"//cdn.example/a.jpg\" width=\"800\" height=\"600\" alt=\"Quay\"><figcaption>The quay. Photo: Ann Lee</figcaption></figure>\
             <iframe src=\"https://www.youtube.com/embed/abc123\"></iframe>",
        );
        let image = body.media.iter().find(|medium| medium.kind == InlineMediaKind::Image).unwrap();
        assert_eq!(image.url.as_str(), "https://cdn.example/a.jpg");
        assert_eq!(
            (image.width, image.caption.as_deref(), image.credit.as_deref()),
            (Some(800), Some("The quay."), Some("Ann Lee"))
        );
        assert!(
            body.html.contains("https://www.youtube.com/watch?v=abc123") && !body.html.contains("iframe")
        );
    }

    #[test]
    fn plain_text_becomes_paragraphs_and_depth_is_bounded() {
        assert_eq!(clean("One.\n\nTwo & three.").html, "<p>One.</p><p>Two &amp; three.</p>");
        assert!(clean(&"<div>".repeat(100_000)).html.is_empty());
    }

    #[test]
    fn excerpts_end_at_words() {
        assert_eq!(excerpt("one two three four", 12), "one two…");
        assert_eq!(excerpt("short", 12), "short");
    }
}
