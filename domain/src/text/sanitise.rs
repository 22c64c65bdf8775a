//! The allow-list. Whatever went before, this has the last word: nothing reaches storage or readers that did not pass here.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use url::Url;

static ARTICLE: LazyLock<Builder<'static>> = LazyLock::new(article);
static COMMENT: LazyLock<Builder<'static>> = LazyLock::new(comment);

/// Allows what articles are made of.
pub(super) fn article_html(html: &str) -> String {
    ARTICLE.clean(html).to_string()
}

/// Allows what comments are made of.
pub(super) fn comment_html(html: &str) -> String {
    COMMENT.clean(html).to_string()
}

fn article() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from([
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "p",
            "br",
            "hr",
            "ul",
            "ol",
            "li",
            "dl",
            "dt",
            "dd",
            "blockquote",
            "q",
            "cite",
            "figure",
            "figcaption",
            "table",
            "caption",
            "thead",
            "tbody",
            "tfoot",
            "tr",
            "th",
            "td",
            "a",
            "img",
            "picture",
            "video",
            "audio",
            "source",
            "em",
            "i",
            "strong",
            "b",
            "u",
            "s",
            "del",
            "ins",
            "code",
            "pre",
            "kbd",
            "samp",
            "sub",
            "sup",
            "small",
            "mark",
            "abbr",
            "time",
            "bdi",
            "bdo",
            "ruby",
            "rt",
            "rp",
            "wbr",
            "div",
            "span",
            "section",
            "aside",
        ]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title", "hreflang"])),
            ("img", HashSet::from(["src", "alt", "title", "width", "height"])),
            ("video", HashSet::from(["src", "poster", "width", "height", "controls"])),
            ("audio", HashSet::from(["src", "controls"])),
            ("source", HashSet::from(["src", "type"])),
            ("blockquote", HashSet::from(["cite"])),
            ("q", HashSet::from(["cite"])),
            ("ol", HashSet::from(["start"])),
            ("th", HashSet::from(["colspan", "rowspan"])),
            ("td", HashSet::from(["colspan", "rowspan"])),
            ("time", HashSet::from(["datetime"])),
            ("bdo", HashSet::from(["dir"])),
        ]))
        .generic_attributes(HashSet::from(["lang", "dir"]));
    common(builder, "nofollow noopener")
}

fn comment() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from([
            "p",
            "br",
            "hr",
            "ul",
            "ol",
            "li",
            "blockquote",
            "a",
            "em",
            "strong",
            "del",
            "code",
            "pre",
        ]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]));
    common(builder, "nofollow ugc noopener")
}

fn common(mut builder: Builder<'static>, rel: &'static str) -> Builder<'static> {
    builder
        .clean_content_tags(HashSet::from([
            "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "form",
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some(rel))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("a", "href") => link(value, true),
            (_, "src" | "poster" | "cite" | "href") => link(value, false),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
}

/// An address that parses and leads where addresses may lead; anything else is dropped, white space tricks included.
fn link(value: &str, mail: bool) -> Option<Cow<'_, str>> {
    let url = Url::parse(value.trim()).ok()?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (web || (mail && url.scheme() == "mailto")).then(|| Cow::Owned(url.to_string()))
}
