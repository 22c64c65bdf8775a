//! The reader: one pass over the text, repairing as it goes.

use std::borrow::Cow;

use super::attributes::tag_length;
use super::names::Prefixes;
use super::{Element, Tree, entities, section};

/// Elements nested deeper are passed over.
const DEEPEST: usize = 64;
/// Items within items; where there are more, they were never ended.
const DEEPEST_ITEMS: usize = 8;
/// Elements of a document that are kept.
const MOST_ELEMENTS: usize = 1_000_000;

/// Elements that hold text: what is marked up inside is the text's, none of the document's.
const TEXTS: &[&str] = &[
    "title",
    "description",
    "content:encoded",
    "content",
    "summary",
    "subtitle",
    "tagline",
    "rights",
    "copyright",
    "guid",
    "pubdate",
    "fullitem",
    "fulltext",
    "dc:title",
    "dc:description",
    "media:title",
    "media:description",
    "itunes:summary",
];

/// Elements that other elements of a feed stand in.
const CONTAINERS: &[&str] = &["rss", "rdf:rdf", "rdf", "channel", "feed", "item", "entry"];

/// What no text holds: HTML has no such elements, so the text before them was never ended.
const NEVER_IN_TEXT: &[&str] = &[
    "pubdate",
    "guid",
    "description",
    "content:encoded",
    "enclosure",
    "author",
    "category",
    "comments",
    "published",
    "updated",
    "lastbuilddate",
    "ttl",
    "dc:creator",
    "dc:date",
    "dc:subject",
    "media:content",
    "media:thumbnail",
    "media:group",
];

/// Where a mark stands next. It is looked for once, however often it is asked for: documents can be made so that whoever
/// searches each time is busy for hours.
struct Ahead {
    mark: &'static str,
    /// Where it stands, as far as is known; the end of the document, and beyond, where there is none.
    known: Option<usize>,
}

impl Ahead {
    fn new(mark: &'static str) -> Self {
        Self { mark, known: None }
    }

    fn next(&mut self, source: &str, from: usize) -> Option<usize> {
        match self.known {
            Some(at) if at >= from => {}
            _ => {
                let found = source.get(from..).and_then(|rest| rest.find(self.mark));
                self.known = Some(found.map_or(usize::MAX, |at| from + at));
            }
        }
        self.known.filter(|at| *at < source.len())
    }
}

pub(super) struct Reader<'t> {
    source: &'t str,
    at: usize,
    elements: Vec<Element<'t>>,
    open: Vec<usize>,
    /// Elements too deep to be kept that have not ended.
    passed_over: usize,
    prefixes: Prefixes,
    comment_end: Ahead,
    section_end: Ahead,
}

impl<'t> Reader<'t> {
    pub(super) fn new(source: &'t str) -> Self {
        Self {
            source,
            at: 0,
            elements: Vec::new(),
            open: Vec::new(),
            passed_over: 0,
            prefixes: Prefixes::default(),
            comment_end: Ahead::new("-->"),
            section_end: Ahead::new("]]>"),
        }
    }

    pub(super) fn run(mut self) -> Tree<'t> {
        while let Some(rest) = self.source.get(self.at..).filter(|rest| !rest.is_empty()) {
            match rest.find('<') {
                None => {
                    self.add_text(rest, true);
                    self.at = self.source.len();
                }
                Some(0) => self.markup(rest),
                Some(length) => {
                    self.add_text(rest.get(..length).unwrap_or_default(), true);
                    self.at += length;
                }
            }
        }
        self.close_to(0, self.source.len());
        Tree { source: self.source, elements: self.elements }
    }

    fn markup(&mut self, rest: &'t str) {
        let start = self.at;
        if let Some(content) = rest.strip_prefix("<![CDATA[") {
            let around = self.innermost().map(|element| element.name.clone());
            let end = self.section_end.next(self.source, start).map(|end| end - start - "<![CDATA[".len());
            let (end, next) = section::end(content, end, around.as_deref());
            self.drop_lone_hyphen();
            self.add_text(content.get(..end).unwrap_or_default(), false);
            self.at += "<![CDATA[".len() + next;
        } else if rest.starts_with("<!--") {
            // One that never ends is none: the document goes on.
            let end = self.comment_end.next(self.source, start + 2);
            self.at = end.map_or(start + "<!--".len(), |end| end + "-->".len());
        } else if rest.starts_with("<?") {
            let next_tag = rest.get(1..).and_then(|tail| tail.find('<')).map_or(rest.len(), |at| at + 1);
            let own = rest.get(..next_tag).and_then(|own| own.find("?>")).map(|at| at + 2);
            self.at += own.or_else(|| rest.find('>').map(|at| at + 1)).unwrap_or(rest.len());
        } else if rest.starts_with("<!") {
            self.at += declaration_length(rest);
        } else if let Some(inside) = rest.strip_prefix("</") {
            let end = inside.find(['>', '<']).unwrap_or(inside.len());
            let name = inside.get(..end).unwrap_or_default().trim();
            self.end_tag(name.split_whitespace().next().unwrap_or_default());
            self.at += 2 + end + usize::from(inside.get(end..).is_some_and(|tail| tail.starts_with('>')));
        } else if rest.get(1..).is_some_and(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        {
            self.start_tag(rest);
        } else {
            self.add_text("<", false);
            self.at += 1;
        }
    }

    fn innermost(&mut self) -> Option<&mut Element<'t>> {
        self.elements.get_mut(*self.open.last()?)
    }

    fn add_text(&mut self, text: &'t str, encoded: bool) {
        let Some(element) = self.innermost() else { return };
        // Markup is read as it stands, and white space between elements means nothing.
        if element.markup
            && (TEXTS.contains(&&*element.name) || text.bytes().all(|byte| byte.is_ascii_whitespace()))
        {
            return;
        }
        let text = if encoded { entities::decode(text) } else { entities::clean(text) };
        if element.text.trim().is_empty() {
            element.text = text;
        } else {
            element.text.to_mut().push_str(&text);
        }
    }

    /// A hyphen before a section is what browsers write where an element can be folded: the document was copied from one.
    fn drop_lone_hyphen(&mut self) {
        if let Some(element) = self.innermost()
            && element.text.trim() == "-"
        {
            element.text = Cow::Borrowed("");
        }
    }

    fn start_tag(&mut self, rest: &'t str) {
        let (length, closed) = tag_length(rest);
        let inside = rest.get(1..length).unwrap_or_default();
        let inside = inside.strip_suffix('>').unwrap_or(inside);
        let inside = inside.strip_suffix('/').filter(|_| closed).unwrap_or(inside);
        let name_end = inside.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(inside.len());
        let (name, attributes) = inside.split_at(name_end);
        let start = self.at;
        self.at += length;
        self.prefixes.declare(name, attributes, self.open.len());
        self.prefixes.atom |= name.rsplit(':').next() == Some("feed") && self.open.len() < 4;
        let name = self.prefixes.usual(name);
        self.end_what_was_forgotten(&name, start);
        let text = self.innermost().is_some_and(|element| {
            element.markup = true;
            TEXTS.contains(&&*element.name)
        });
        if text || self.elements.len() >= MOST_ELEMENTS {
            return;
        }
        if self.open.len() >= DEEPEST {
            self.passed_over += usize::from(!closed);
            return;
        }
        self.add(name, attributes, closed);
    }

    fn add(&mut self, name: Cow<'t, str>, attributes: &'t str, closed: bool) {
        let index = self.elements.len();
        let parent = self.open.last().copied();
        self.elements.push(Element {
            name,
            attributes,
            parent,
            first_child: None,
            last_child: None,
            next: None,
            text: Cow::Borrowed(""),
            inner: (self.at, self.at),
            markup: false,
        });
        if let Some(parent) = parent.and_then(|parent| self.elements.get_mut(parent)) {
            parent.first_child = parent.first_child.or(Some(index));
            let before = parent.last_child.replace(index);
            if let Some(before) = before.and_then(|before| self.elements.get_mut(before)) {
                before.next = Some(index);
            }
        }
        if closed {
            self.prefixes.leave(self.open.len());
        } else {
            self.open.push(index);
        }
    }

    /// Ends what must have ended before an element of this name begins: a feed stands in no page, an item in nothing but a
    /// container, and the elements of a feed do not stand in its texts.
    fn end_what_was_forgotten(&mut self, name: &str, at: usize) {
        if matches!(name, "rss" | "rdf:rdf" | "feed") && !self.names().any(|name| CONTAINERS.contains(&name))
        {
            self.close_to(0, at);
            return;
        }
        if matches!(name, "item" | "entry") {
            let items =
                |reader: &Self| reader.names().filter(|name| matches!(*name, "item" | "entry")).count();
            let container = self.names().rposition(|name| CONTAINERS.contains(&name));
            if let Some(container) = container {
                self.close_to(container + 1, at);
            }
            let outermost = self.names().position(|name| matches!(name, "item" | "entry"));
            if let Some(outermost) = outermost.filter(|_| items(self) > DEEPEST_ITEMS) {
                self.close_to(outermost, at);
            }
            return;
        }
        let Some(inside) = self.names().next_back().filter(|inside| TEXTS.contains(inside)) else { return };
        let short = matches!(inside, "title" | "guid" | "pubdate");
        let in_entry = self.names().rev().skip(1).any(|name| CONTAINERS.contains(&name));
        if in_entry && inside != name && (NEVER_IN_TEXT.contains(&name) || short && name == "link") {
            self.close_to(self.open.len().saturating_sub(1), at);
        }
    }

    fn names(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.open.iter().map(|index| self.elements.get(*index).map_or("", |element| &*element.name))
    }

    /// Ends the innermost open element of the name, and those inside it; an end without a start is passed over. Only the end
    /// of a container reaches beyond the text or the item that it stands in.
    fn end_tag(&mut self, name: &str) {
        let name = self.prefixes.usual(name);
        let container = CONTAINERS.contains(&&*name);
        if self.passed_over > 0 && !container {
            self.passed_over -= 1;
            return;
        }
        let stops = |open: &str| !container && (TEXTS.contains(&open) || CONTAINERS.contains(&open));
        let open = self.names().enumerate().rev().find(|(_, open)| *open == name || stops(open));
        let position = open.filter(|(_, open)| *open == name).map(|(at, _)| at);
        if let Some(position) = position {
            self.passed_over = 0;
            self.close_to(position, self.at);
        }
    }

    fn close_to(&mut self, depth: usize, at: usize) {
        while self.open.len() > depth {
            let Some(index) = self.open.pop() else { return };
            if let Some(element) = self.elements.get_mut(index) {
                element.inner.1 = at.max(element.inner.0);
            }
            self.prefixes.leave(self.open.len());
        }
    }
}

/// A DOCTYPE is read up to its internal subset, whose declarations then are passed over one by one.
fn declaration_length(rest: &str) -> usize {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate().take(4_096) {
        match (quote, byte) {
            (None, b'[' | b'>') => return at + 1,
            (None, b'<') if at > 0 => return at,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    rest.find('>').map_or(rest.len(), |at| at + 1)
}
