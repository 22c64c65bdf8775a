//! XML as it comes: a reader that never fails and a tree that never recurses.
//!
//! Elements that end where they should not, stray `&` and `<`, unknown entities, control characters, cut-off documents: each
//! gives what it has. Entities are the five of XML, those of HTML, and numbers; what a DOCTYPE declares is never expanded.
//! Names are in small letters: publishers write `pubdate` and `PubDate` too.

use std::borrow::Cow;

use url::Url;

mod attributes;
mod entities;
mod names;
mod reader;
mod section;

pub(super) use attributes::{tag_length, value_of};
pub(super) use entities::decode;

struct Element<'t> {
    name: Cow<'t, str>,
    /// The start tag after the name, as it stands.
    attributes: &'t str,
    parent: Option<usize>,
    first_child: Option<usize>,
    last_child: Option<usize>,
    next: Option<usize>,
    /// Text outside child elements, decoded.
    text: Cow<'t, str>,
    /// From the end of the start tag to the start of the end tag.
    inner: (usize, usize),
    /// Whether there are elements inside, kept or not.
    markup: bool,
}

/// A document.
pub(super) struct Tree<'t> {
    source: &'t str,
    elements: Vec<Element<'t>>,
}

/// An element of a document.
#[derive(Clone, Copy)]
pub(super) struct Node<'n> {
    source: &'n str,
    elements: &'n [Element<'n>],
    element: &'n Element<'n>,
}

impl<'t> Tree<'t> {
    /// Reads whatever there is.
    pub(super) fn read(source: &'t str) -> Self {
        reader::Reader::new(source).run()
    }

    /// Every element, in the order of the document.
    pub(super) fn everything(&self) -> impl Iterator<Item = Node<'_>> {
        let (source, elements) = (self.source, self.elements.as_slice());
        elements.iter().map(move |element| Node { source, elements, element })
    }
}

impl<'n> Node<'n> {
    /// The name in small letters, with the usual prefix of its namespace; none for RSS and Atom as the document's own.
    pub(super) fn name(&self) -> &'n str {
        &self.element.name
    }

    /// An attribute, decoded and trimmed, by its name with or without prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        value_of(self.element.attributes, name).map(|value| value.trim().to_owned())
    }

    /// An attribute that says something.
    pub(super) fn said(&self, name: &str) -> Option<String> {
        self.attribute(name).filter(|value| !value.is_empty())
    }

    /// Child elements.
    pub(super) fn children(&self) -> impl Iterator<Item = Self> + use<'n> {
        let Self { source, elements, element } = *self;
        let mut next = element.first_child;
        std::iter::from_fn(move || {
            let element = elements.get(next?)?;
            next = element.next;
            Some(Node { source, elements, element })
        })
    }

    /// Child elements of a name.
    pub(super) fn all<'a>(&self, name: &'a str) -> impl Iterator<Item = Self> + use<'n, 'a> {
        self.children().filter(move |child| child.name() == name)
    }

    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<Self> {
        self.all(name).next()
    }

    /// The element around this one.
    pub(super) fn parent(&self) -> Option<Self> {
        let element = self.elements.get(self.element.parent?)?;
        Some(Self { element, ..*self })
    }

    /// The text, trimmed; where there are elements inside (a publisher's unescaped HTML), the markup as it stands.
    pub(super) fn text(&self) -> String {
        if self.has_markup() {
            section::unwrapped(self.inner().trim())
        } else {
            section::unwrapped(self.element.text.trim())
        }
    }

    /// Whether there are elements inside.
    pub(super) fn has_markup(&self) -> bool {
        self.element.markup
    }

    /// The markup between start and end tag.
    pub(super) fn inner(&self) -> &'n str {
        let (start, end) = self.element.inner;
        self.source.get(start..end).unwrap_or_default()
    }

    /// The text of the first child of a name that says something.
    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        self.all(name).map(|child| child.text()).find(|text| !text.is_empty())
    }

    /// What relative addresses inside are relative to: `xml:base`, here and around it, and at last `outer`.
    pub(super) fn base(&self, outer: Option<&Url>) -> Option<Url> {
        let around = std::iter::successors(Some(*self), Self::parent);
        let written: Vec<String> = around.filter_map(|node| node.prefixed("xml:base")).collect();
        written
            .iter()
            .rev()
            .fold(outer.cloned(), |base, text| super::address::resolve(text, base.as_ref()).or(base))
    }

    fn prefixed(&self, name: &str) -> Option<String> {
        // Most start tags have neither.
        if self.element.attributes.contains("xml:") { self.attribute(name) } else { None }
    }
}

#[cfg(test)]
mod tests;
