//! Texts as publishers send them, made into HTML: escaped too often or not at all, in the wrong character set, with stray `<`.

use std::borrow::Cow;

use super::xml::decode;

/// Elements that titles and summaries are marked up with; a `<` that begins none of them is a character.
const TAGS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "body",
    "br",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "ins",
    "kbd",
    "li",
    "link",
    "main",
    "mark",
    "meta",
    "nobr",
    "noscript",
    "object",
    "ol",
    "p",
    "param",
    "picture",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "script",
    "section",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

/// A text that is not HTML, as HTML.
pub(super) fn escaped(text: &str) -> String {
    html_escape::encode_text(&repaired(text)).into_owned()
}

/// A text that says to be plain but may be HTML: references that only HTML has give it away, and so do elements that end,
/// where `tags` count.
pub(super) fn perhaps_html(text: &str, tags: bool) -> String {
    let text = repaired(text);
    let html = if text.contains('<') { tags && ends_elements(&text) } else { decode(&text) != text };
    if html { text.into_owned() } else { html_escape::encode_text(&text).into_owned() }
}

/// HTML in which a stray `<` is a character. Where a publisher sends no markup at all, there is no other.
pub(super) fn lenient(text: &str) -> String {
    let text = repaired(text);
    let mut rest: &str = &text;
    let mut html = String::new();
    while let Some((before, after)) = rest.split_once('<') {
        html.push_str(before);
        html.push_str(if begins_tag(after) { "<" } else { "&lt;" });
        rest = after;
    }
    html.push_str(rest);
    html
}

/// A publisher's body: as it is where it has any markup, for then its sanitiser knows best.
pub(super) fn body(text: &str) -> String {
    let text = repaired(text);
    let marked_up = text.split('<').skip(1).any(begins_tag);
    if marked_up || !text.contains('<') { text.into_owned() } else { lenient(&text) }
}

/// What is wrong with a text as a whole, put right: UTF-8 that was taken for Latin-1, and references escaped twice.
pub(super) fn repaired(text: &str) -> Cow<'_, str> {
    let text = if text.is_ascii() { Cow::Borrowed(text) } else { readable(text) };
    if text.contains("&amp;") && !text.contains('<') {
        let once = escaped_once(&text);
        let entirely = if once.contains("&amp;") { escaped_once(&once) } else { once };
        return Cow::Owned(entirely);
    }
    text
}

fn readable(text: &str) -> Cow<'_, str> {
    let text = utf_8_again(text).map_or(Cow::Borrowed(text), Cow::Owned);
    let control = |c: char| matches!(c, '\u{7f}'..='\u{9f}');
    if text.contains(control) { Cow::Owned(text.replace(control, "")) } else { text }
}

/// `&amp;lt;` is `&lt;`: a reference within a reference was never meant.
fn escaped_once(text: &str) -> String {
    let mut once = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("&amp;") {
        once.push_str(before);
        let name = after.split_once(';').map(|(name, _)| name).filter(|name| (2..=8).contains(&name.len()));
        let reference = name.map(|name| format!("&{name};")).filter(|written| decode(written) != *written);
        once.push_str(if reference.is_some() { "&" } else { "&amp;" });
        rest = after;
    }
    once.push_str(rest);
    once
}

/// Text whose UTF-8 somebody has read as Windows-1252 and written as UTF-8 again.
fn utf_8_again(text: &str) -> Option<String> {
    // Every sequence of UTF-8 begins with a byte from C2 to F4, and nothing above U+2122 is in Windows-1252.
    if !text.chars().any(|c| matches!(c, '\u{c2}'..='\u{f4}')) || text.chars().any(|c| c > '\u{2122}') {
        return None;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(windows_1252).collect();
    String::from_utf8(bytes?).ok()
}

fn windows_1252(c: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(u32::from(c)) {
        return Some(byte);
    }
    let mut buffer = [0; 4];
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
    bytes.first().copied().filter(|_| !unmappable)
}

/// Whether what follows a `<` is the rest of a tag, or of a comment.
fn begins_tag(after: &str) -> bool {
    if after.starts_with("!--") {
        return true;
    }
    let name = after.strip_prefix('/').unwrap_or(after);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    let (name, tail) = name.split_at_checked(end).unwrap_or((name, ""));
    TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name)) && is_inside_tag(tail)
}

/// Whether a text goes on as a tag does after its name: to its end at once, or with attributes.
fn is_inside_tag(tail: &str) -> bool {
    let Some(end) =
        tail.find(['<', '>']).filter(|end| tail.get(*end..).is_some_and(|rest| rest.starts_with('>')))
    else {
        return false;
    };
    let attributes = tail.get(..end).unwrap_or_default();
    let spaced = attributes.starts_with(|c: char| c.is_whitespace() || c == '/');
    attributes.trim_matches(|c: char| c.is_whitespace() || c == '/').is_empty()
        || spaced && attributes.contains('=')
}

fn ends_elements(text: &str) -> bool {
    text.split('<').skip(1).any(|after| {
        let end =
            after.starts_with('/') || after.get(..3).is_some_and(|name| name.eq_ignore_ascii_case("img"));
        (end || after.get(..2).is_some_and(|name| name.eq_ignore_ascii_case("br"))) && begins_tag(after)
    })
}

/// A text without white space around it, if there is any left.
#[expect(clippy::needless_pass_by_value, reason = "callers have made the text for this")]
pub(super) fn non_empty(text: String) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stray_angle_brackets_are_characters() {
        assert_eq!(lenient("1 < 2 <b>and</b> 3 > x <y z"), "1 &lt; 2 <b>and</b> 3 > x &lt;y z");
        assert_eq!(lenient("if a<b then c>d"), "if a&lt;b then c>d");
        assert_eq!(lenient("The <video> tag"), "The <video> tag");
        assert_eq!(body("<p>x <y</p>"), "<p>x <y</p>");
        assert_eq!(body("x <y"), "x &lt;y");
    }

    #[test]
    fn plain_text_stays_plain() {
        assert_eq!(perhaps_html("1 < 2", true), "1 &lt; 2");
        assert_eq!(perhaps_html("Fish & chips", true), "Fish &amp; chips");
        assert_eq!(perhaps_html("It&#8217;s &amp; so on", true), "It&#8217;s &amp; so on");
        assert_eq!(perhaps_html("<p>one</p>", true), "<p>one</p>");
        assert_eq!(perhaps_html("<p>one</p>", false), "&lt;p&gt;one&lt;/p&gt;");
        assert_eq!(perhaps_html("use <b> for bold", true), "use &lt;b&gt; for bold");
    }

    #[test]
    fn double_escaping_is_undone() {
        assert_eq!(repaired("a &amp;lt; b"), "a &lt; b");
        assert_eq!(repaired("It&amp;#8217;s"), "It&#8217;s");
        assert_eq!(repaired("a &amp;amp;quot;b"), "a &quot;b");
        assert_eq!(repaired("Tide &amp; time; again"), "Tide &amp; time; again");
        assert_eq!(repaired("<p>&amp;lt;</p>"), "<p>&amp;lt;</p>");
    }

    #[test]
    fn utf_8_read_as_latin_1_is_read_again() {
        assert_eq!(repaired("FlÃ¼chtlinge â€“ GrÃ¶ÃŸe"), "Flüchtlinge – Größe");
        assert_eq!(repaired("Ã\u{83}Â¼"), "Ã¼");
        assert_eq!(repaired("Größe"), "Größe");
        assert_eq!(repaired("Â£5 “up”"), "Â£5 “up”");
        assert_eq!(repaired("日本 Ã¼"), "日本 Ã¼");
    }
}
