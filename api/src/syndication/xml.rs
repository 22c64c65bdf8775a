//! XML that is well-formed whatever text is in it.
//!
//! Everything is escaped, so that there are no CDATA sections to break out of; characters that XML 1.0 has no way to write are
//! dropped; line ends and tabs are kept as references where a parser would otherwise change them.

use std::borrow::Cow;

use quick_xml::Writer;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::QName;

/// Attributes: names, and values that are not yet escaped.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a str)];

/// A document in the making.
pub(super) struct Document {
    writer: Writer<Vec<u8>>,
}

impl Document {
    /// A whole document: its outermost element and what `content` writes into it.
    pub(super) fn write(root: &str, attributes: Attributes<'_>, content: impl FnOnce(&mut Self)) -> String {
        let mut document = Self { writer: Writer::new(Vec::new()) };
        document.event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
        document.element(root, attributes, content);
        String::from_utf8(document.writer.into_inner()).unwrap_or_default()
    }

    /// An element with what `content` writes into it.
    pub(super) fn element(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        content: impl FnOnce(&mut Self),
    ) {
        self.event(Event::Start(start(name, attributes)));
        content(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, name: &str, attributes: Attributes<'_>) {
        self.event(Event::Empty(start(name, attributes)));
    }

    /// An element with text in it.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.text_with(name, &[], text);
    }

    /// An element with attributes and text.
    pub(super) fn text_with(&mut self, name: &str, attributes: Attributes<'_>, text: &str) {
        self.element(name, attributes, |document| {
            document.event(Event::Text(BytesText::from_escaped(escape(text, false))));
        });
    }

    /// An element with text in it, where there is text.
    pub(super) fn text_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            self.text(name, text);
        }
    }

    fn event(&mut self, event: Event<'_>) {
        // Memory takes everything: there is no error to hand on.
        self.writer.write_event(event).ok();
    }

    /// Bytes written so far.
    pub(super) fn len(&self) -> usize {
        self.writer.get_ref().len()
    }

    /// Takes back what was written after the first `length` bytes.
    pub(super) fn truncate(&mut self, length: usize) {
        self.writer.get_mut().truncate(length);
    }
}

fn start<'a>(name: &'a str, attributes: Attributes<'a>) -> BytesStart<'a> {
    let mut element = BytesStart::new(name);
    for (name, value) in attributes {
        element.push_attribute(Attribute { key: QName(name), value: escape(value, true) });
    }
    element
}

/// XML 1.0, production 2.
fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn escape(text: &str, in_attribute: bool) -> Cow<'_, str> {
    let plain = |c: char| is_legal(c) && !matches!(c, '<' | '>' | '&' | '"' | '\r' | '\n' | '\t');
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars().filter(|c| is_legal(*c)) {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\r' => out.push_str("&#13;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\n' if in_attribute => out.push_str("&#10;"),
            '\t' if in_attribute => out.push_str("&#9;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn there_and_back(text: &str) -> (String, String) {
        let written = Document::write("r", &[("a", text)], |document| document.text("t", text));
        let read = roxmltree::Document::parse(&written).unwrap();
        let root = read.root_element();
        let inner = root.first_element_child().unwrap().text().unwrap_or_default().to_owned();
        (root.attribute("a").unwrap().to_owned(), inner)
    }

    fn hostile() -> impl Strategy<Value = String> {
        let pieces = prop_oneof![
            any::<String>(),
            proptest::collection::vec(any::<char>(), 0..20).prop_map(|chars| chars.into_iter().collect()),
            prop::sample::select(vec![
                "]]>",
                "<![CDATA[",
                "&amp;",
                "&#0;",
                "\0",
                "\r\n",
                "\u{fffe}",
                "👩‍🚀",
                "\u{202e}",
                "\u{85}",
                "-->",
                "\t"
            ])
            .prop_map(str::to_owned),
        ];
        proptest::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_text_survives_without_what_xml_cannot_write(text in hostile()) {
            let expected: String = text.chars().filter(|c| is_legal(*c)).collect();
            let (attribute, element) = there_and_back(&text);
            prop_assert_eq!(&attribute, &expected);
            prop_assert_eq!(&element, &expected);
        }
    }

    #[test]
    fn long_and_bidirectional_texts_survive() {
        let text = format!("{}ميناء \u{202b}مغلق\u{202c} 港", "storm & surge ]]> ".repeat(60_000));
        assert_eq!(there_and_back(&text), (text.clone(), text));
    }

    #[test]
    fn control_characters_go() {
        assert_eq!(escape("a\0b\u{b}c\u{ffff}\u{7f}", false), "abc\u{7f}");
    }
}
