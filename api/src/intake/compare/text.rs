//! Texts without what two parsers may rightly write differently.

/// Without tags, entities and white space.
pub(super) fn bare(text: &str) -> String {
    let once = html_escape::decode_html_entities(text).into_owned();
    let twice = html_escape::decode_html_entities(&once).into_owned();
    without_tags(&twice).chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

/// Without anything that begins as a tag does.
pub(super) fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        let tag = after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        if let Some((_, tail)) = after.split_once('>').filter(|_| tag) {
            rest = tail;
        } else {
            plain.push('<');
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_white_space_do_not_count() {
        assert_eq!(bare("<p>Fish &amp;amp; <b>chips</b></p>"), bare("Fish & chips"));
        assert_ne!(bare("1 < 2"), bare("1 > 2"));
        assert_eq!(bare("1 < 2"), "1<2");
    }
}
