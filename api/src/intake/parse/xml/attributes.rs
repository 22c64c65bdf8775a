//! Start tags: where they end, and what their attributes are.

use std::borrow::Cow;

use super::entities::decode;

/// A tag whose quotes have not ended after so many bytes has a quote too many.
const LONGEST_TAG: usize = 65_536;

/// The length of a start tag, and whether it is its own end. A `>` inside quotes does not end it, unless the quotes never do.
pub(crate) fn tag_length(rest: &str) -> (usize, bool) {
    let mut quote = None;
    let mut previous = b' ';
    for (at, byte) in rest.bytes().enumerate().take(LONGEST_TAG) {
        match (quote, byte) {
            (None, b'>') => return (at + 1, previous == b'/'),
            (None, b'"' | b'\'') if previous == b'=' => quote = Some(byte),
            // The next tag begins where this one was never ended.
            (None, b'<') if at > 0 => return (at, false),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
        if !byte.is_ascii_whitespace() || quote.is_some() {
            previous = byte;
        }
    }
    let length = rest.find('>').map_or(rest.len(), |at| at + 1);
    (length, rest.get(..length).is_some_and(|tag| tag.ends_with("/>")))
}

/// The value of the attribute of a name; without a prefix, that of any prefix where there is none without.
pub(crate) fn value_of<'t>(attributes: &'t str, name: &str) -> Option<Cow<'t, str>> {
    let local = |full: &str| full.rsplit_once(':').is_some_and(|(_, local)| local.eq_ignore_ascii_case(name));
    let exact = Attributes(attributes).find(|(full, _)| full.eq_ignore_ascii_case(name));
    let found = exact.or_else(|| Attributes(attributes).find(|(full, _)| local(full)));
    found.map(|(_, value)| decode(value))
}

/// Names and raw values, in order.
pub(super) struct Attributes<'t>(pub(super) &'t str);

impl<'t> Iterator for Attributes<'t> {
    type Item = (&'t str, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (before, tail) = self.0.split_once('=')?;
            // Before it there may be attributes without values.
            let name =
                before.trim_end().rsplit(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
            let tail = tail.trim_start();
            let quoted = tail.strip_prefix(['"', '\'']);
            let (value, after) = match quoted.zip(tail.chars().next()) {
                Some((inside, quote)) => inside.split_once(quote).unwrap_or((inside, "")),
                None => tail.split_once(char::is_whitespace).unwrap_or((tail, "")),
            };
            self.0 = after;
            if !name.is_empty() {
                return Some((name, value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_of_all_forms() {
        let text = r#" version=2.0 a:href='x?a=1&amp;b=2' href = "y" checked title="it's" "#;
        assert_eq!(value_of(text, "version").as_deref(), Some("2.0"));
        assert_eq!(value_of(text, "href").as_deref(), Some("y"));
        assert_eq!(value_of(text, "a:href").as_deref(), Some("x?a=1&b=2"));
        assert_eq!(value_of(text, "TITLE").as_deref(), Some("it's"));
        assert_eq!(value_of(text, "checked"), None);
        assert_eq!(value_of(" rss:version=\"2.0\"", "version").as_deref(), Some("2.0"));
    }

    #[test]
    fn tags_end_where_they_end() {
        assert_eq!(tag_length("<a b='>'/>x"), (10, true));
        assert_eq!(tag_length("<a b=\"1>x</a>"), (8, false));
        assert_eq!(tag_length("<a <b>"), (3, false));
        assert_eq!(tag_length("<a"), (2, false));
    }
}
