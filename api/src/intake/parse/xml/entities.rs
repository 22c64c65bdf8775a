//! Character references. What a document declares itself is never looked at, so nothing can grow.

use std::borrow::Cow;

/// `&` and `;` of a reference stand no further apart.
const LONGEST: usize = 33;

/// Entities of XML and HTML, and numbers; anything else stays as it is. Control characters go.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return clean(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(&clean(before));
        let end = after.bytes().take(LONGEST).position(|byte| byte == b';');
        let name = end.and_then(|end| after.get(..end));
        if let Some(name) = name.filter(|name| push_entity(name, &mut decoded)) {
            rest = after.get(name.len() + 1..).unwrap_or_default();
        } else {
            decoded.push('&');
            rest = after;
        }
    }
    decoded.push_str(&clean(rest));
    Cow::Owned(decoded)
}

/// Whether there is such an entity, which then is appended.
fn push_entity(name: &str, to: &mut String) -> bool {
    match name {
        "amp" => to.push('&'),
        "lt" => to.push('<'),
        "gt" => to.push('>'),
        "quot" => to.push('"'),
        "apos" => to.push('\''),
        "nbsp" => to.push('\u{a0}'),
        _ => return push_number(name, to).unwrap_or_else(|| push_named(name, to)),
    }
    true
}

/// A reference by number; the numbers of C1 controls mean Windows-1252, as in HTML.
fn push_number(name: &str, to: &mut String) -> Option<bool> {
    let digits = name.strip_prefix('#')?;
    let number = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    let Ok(number) = number else { return Some(false) };
    to.extend(char::from_u32(number).filter(|c| is_text(*c)).map(of_windows));
    Some(true)
}

fn push_named(name: &str, to: &mut String) -> bool {
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return false;
    }
    let written = format!("&{name};");
    let decoded = html_escape::decode_html_entities(&written);
    let known = decoded != written;
    if known {
        to.push_str(&decoded);
    }
    known
}

/// Control characters of ASCII, and what stands for nothing.
fn is_text(c: char) -> bool {
    (!c.is_ascii_control() || matches!(c, '\t' | '\n' | '\r'))
        && !matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{feff}')
}

/// Text without control characters. Those of C1 come of Windows-1252 that was taken for Latin-1, and are read again; five of
/// them mean nothing there either.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    // U+FEFF to U+FFFF and the C1 controls begin with these bytes in UTF-8.
    let suspect = |byte: u8| {
        (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || matches!(byte, 0x7f | 0xc2 | 0xef)
    };
    let meant = |c: char| is_text(c) && !matches!(c, '\u{80}'..='\u{9f}');
    // All of them are looked at: that is faster than to stop at the first.
    if !text.bytes().fold(false, |found, byte| found | suspect(byte)) || text.chars().all(meant) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| is_text(*c)).map(of_windows).collect())
}

fn of_windows(c: char) -> char {
    match u8::try_from(u32::from(c)) {
        Ok(byte @ 0x80..=0x9f) => {
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or(c)
        }
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_all_kinds() {
        let cases = [
            ("a &amp; b &lt;c&gt;", "a & b <c>"),
            ("&eacute;&Eacute;&hellip;&rsquo;", "éÉ…’"),
            ("&#8217;&#x2019;&#146;&#x92;", "’’’’"),
            ("R&D, AT&T; x & y", "R&D, AT&T; x & y"),
            ("&unknown; &#xffffff; &#; &;", "&unknown;  &#; &;"),
            ("a\u{0}b\u{8}c\u{7f}d&#0;e\u{feff}", "abcde"),
            ("\u{93}399\u{80}\u{94}\u{85}", "“399€”…"),
            ("line\nline\ttab", "line\nline\ttab"),
        ];
        for (given, expected) in cases {
            assert_eq!(decode(given), expected, "{given}");
        }
    }
}
