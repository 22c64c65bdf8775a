//! XML as it comes: a reader that never fails and a tree that never recurses.
//!
//! Elements that end where they should not, stray `&` and `<`, unknown entities, control characters, cut-off documents: each
//! gives what it has. Entities are the five of XML, those of HTML, and numbers; what a DOCTYPE declares is never expanded.

use std::borrow::Cow;
use std::collections::HashMap;

/// Elements nested deeper are read as their parent's text.
const DEEPEST: usize = 256;
/// Elements of a document that are kept.
const MOST_NODES: usize = 2_000_000;

/// Namespaces by their usual prefix, whatever prefix a document gives them.
const NAMESPACES: &[(&str, &str)] = &[
    ("http://www.w3.org/2005/atom", "atom"),
    ("http://purl.org/atom/ns#", "atom"),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"),
    ("http://purl.org/rss/1.0/modules/content/", "content"),
    ("http://purl.org/rss/1.0/modules/syndication/", "sy"),
    ("http://purl.org/dc/elements/1.1/", "dc"),
    ("http://purl.org/dc/terms/", "dcterms"),
    ("http://search.yahoo.com/mrss", "media"),
    ("http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes"),
    ("http://www.w3.org/1999/xhtml", "xhtml"),
    ("http://purl.org/rss/1.0/", ""),
    ("http://my.netscape.com/rdf/simple/0.9/", ""),
    ("http://channel.netscape.com/rdf/simple/0.9/", ""),
    ("http://backend.userland.com/rss2", ""),
];

struct Element<'t> {
    name: String,
    attributes: Vec<(&'t str, Cow<'t, str>)>,
    children: Vec<usize>,
    /// Text outside child elements, decoded.
    text: String,
    /// From the end of the start tag to the start of the end tag.
    inner: (usize, usize),
    elements: bool,
}

/// A document.
pub(super) struct Tree<'t> {
    source: &'t str,
    elements: Vec<Element<'t>>,
    roots: Vec<usize>,
}

/// An element of a document.
#[derive(Clone, Copy)]
pub(super) struct Node<'n, 't> {
    tree: &'n Tree<'t>,
    element: &'n Element<'t>,
}

impl<'t> Tree<'t> {
    /// Reads whatever there is.
    pub(super) fn read(source: &'t str) -> Self {
        Reader {
            source,
            at: 0,
            tree: Self { source, elements: Vec::new(), roots: Vec::new() },
            open: Vec::new(),
            prefixes: HashMap::new(),
        }
        .run()
    }

    /// The outermost elements.
    pub(super) fn roots(&self) -> impl Iterator<Item = Node<'_, 't>> {
        self.roots.iter().filter_map(|index| self.node(*index))
    }

    /// Every element, in the order of the document.
    pub(super) fn everything(&self) -> impl Iterator<Item = Node<'_, 't>> {
        self.elements.iter().map(|element| Node { tree: self, element })
    }

    fn node(&self, index: usize) -> Option<Node<'_, 't>> {
        self.elements.get(index).map(|element| Node { tree: self, element })
    }
}

impl<'n> Node<'n, '_> {
    /// The name, with the usual prefix of its namespace; none for RSS and Atom as the document's own.
    pub(super) fn name(&self) -> &'n str {
        &self.element.name
    }

    /// An attribute, decoded, by its local name.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let local = |full: &str| full == name || full.rsplit(':').next() == Some(name);
        self.element.attributes.iter().find(|(full, _)| local(full)).map(|(_, value)| value.trim().to_owned())
    }

    /// Child elements.
    pub(super) fn children(&self) -> impl Iterator<Item = Node<'n, 'n>> + use<'n> {
        let tree: &'n Tree<'n> = self.tree;
        self.element.children.iter().filter_map(move |index| tree.node(*index))
    }

    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<Node<'n, 'n>> {
        self.children().find(|child| child.name() == name)
    }

    /// The text, trimmed; where there are elements inside (a publisher's unescaped HTML), the markup as it stands.
    pub(super) fn text(&self) -> String {
        if self.element.elements {
            self.inner().trim().to_owned()
        } else {
            self.element.text.trim().to_owned()
        }
    }

    /// The markup between start and end tag.
    pub(super) fn inner(&self) -> &'n str {
        let (start, end) = self.element.inner;
        self.tree.source.get(start..end).unwrap_or_default()
    }

    /// The text of the first child of a name that says something.
    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        self.children()
            .filter(|child| child.name() == name)
            .map(|child| child.text())
            .find(|text| !text.is_empty())
    }
}

struct Reader<'t> {
    source: &'t str,
    at: usize,
    tree: Tree<'t>,
    open: Vec<usize>,
    prefixes: HashMap<String, &'static str>,
}

impl<'t> Reader<'t> {
    fn run(mut self) -> Tree<'t> {
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
        let end = self.source.len();
        while let Some(index) = self.open.pop() {
            self.close(index, end);
        }
        self.tree
    }

    fn markup(&mut self, rest: &'t str) {
        let skip_to =
            |end: &str, from: usize| rest.get(from..).and_then(|tail| tail.find(end)).map(|at| from + at);
        if rest.starts_with("<![CDATA[") {
            let end = skip_to("]]>", 9).unwrap_or(rest.len());
            self.add_text(rest.get(9..end).unwrap_or_default(), false);
            self.at += (end + 3).min(rest.len());
        } else if rest.starts_with("<!--") {
            self.at += skip_to("-->", 4).map_or(rest.len(), |end| end + 3);
        } else if rest.starts_with("<?") {
            self.at += skip_to(">", 2).map_or(rest.len(), |end| end + 1);
        } else if rest.starts_with("<!") {
            self.at += end_of_doctype(rest);
        } else if rest.starts_with("</") {
            let end = skip_to(">", 2).unwrap_or(rest.len());
            let name = rest.get(2..end).unwrap_or_default().trim().to_owned();
            self.end_tag(&name);
            self.at += (end + 1).min(rest.len());
        } else if rest.chars().nth(1).is_some_and(|c| c.is_alphabetic() || c == '_') {
            self.start_tag(rest);
        } else {
            self.add_text("<", false);
            self.at += 1;
        }
    }

    fn add_text(&mut self, text: &str, encoded: bool) {
        if let Some(element) = self.open.last().and_then(|index| self.tree.elements.get_mut(*index)) {
            if encoded { element.text.push_str(&decode(text)) } else { element.text.push_str(text) }
        }
    }

    fn start_tag(&mut self, rest: &'t str) {
        let (length, closed) = tag_length(rest);
        let inside = rest.get(1..length.saturating_sub(1)).unwrap_or_default().trim_end_matches('/');
        self.at += length;
        if self.open.len() >= DEEPEST || self.tree.elements.len() >= MOST_NODES {
            return;
        }
        let name_end = inside.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(inside.len());
        let (name, attributes) = inside.split_at(name_end);
        let attributes = read_attributes(attributes);
        self.declare(&attributes);
        let name = self.usual_name(name);
        let index = self.tree.elements.len();
        let html = matches!(
            self.parent_name(),
            Some("description" | "content" | "content:encoded" | "summary" | "title")
        );
        self.tree.elements.push(Element {
            name,
            attributes,
            children: Vec::new(),
            text: String::new(),
            inner: (self.at, self.at),
            elements: false,
        });
        match self.open.last().and_then(|parent| self.tree.elements.get_mut(*parent)) {
            Some(parent) => {
                parent.children.push(index);
                parent.elements = true;
            }
            None => self.tree.roots.push(index),
        }
        // HTML that nobody escaped has tags that never end.
        let void = html
            && self.tree.elements.get(index).is_some_and(|element| {
                matches!(element.name.as_str(), "br" | "img" | "hr" | "input" | "meta")
            });
        if !closed && !void {
            self.open.push(index);
        }
    }

    fn parent_name(&self) -> Option<&str> {
        self.open
            .iter()
            .rev()
            .find_map(|index| self.tree.elements.get(*index))
            .map(|element| element.name.as_str())
    }

    /// Ends the innermost open element of the name, and those inside it; an end without a start is passed over. An end tag
    /// never reaches beyond the item that it stands in.
    fn end_tag(&mut self, name: &str) {
        let name = self.usual_name(name);
        let open = self
            .open
            .iter()
            .rposition(|index| self.tree.elements.get(*index).is_some_and(|element| element.name == name));
        let Some(position) = open else { return };
        while self.open.len() > position {
            if let Some(index) = self.open.pop() {
                self.close(index, self.at);
            }
        }
    }

    fn close(&mut self, index: usize, at: usize) {
        if let Some(element) = self.tree.elements.get_mut(index) {
            element.inner.1 = at.max(element.inner.0);
        }
    }

    fn declare(&mut self, attributes: &[(&str, Cow<'_, str>)]) {
        for (name, value) in attributes {
            let Some(rest) = name.strip_prefix("xmlns") else { continue };
            let space = value.trim().to_lowercase();
            let known =
                NAMESPACES.iter().find(|(uri, _)| space.trim_end_matches('/') == uri.trim_end_matches('/'));
            if let (Some((_, usual)), true) = (known, rest.is_empty() || rest.starts_with(':')) {
                self.prefixes.insert(rest.trim_start_matches(':').to_owned(), usual);
            }
        }
    }

    /// RSS's and Atom's own elements have no prefix, however the document writes them.
    fn usual_name(&self, name: &str) -> String {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let usual = self.prefixes.get(prefix).copied();
        match usual.unwrap_or(prefix) {
            "" | "xhtml" => local.to_owned(),
            "atom" | "media" if prefix.is_empty() => local.to_owned(),
            "rdf" if local == "RDF" => "rdf:RDF".to_owned(),
            usual => format!("{usual}:{local}"),
        }
    }
}

/// A DOCTYPE may hold an internal subset in brackets.
fn end_of_doctype(rest: &str) -> usize {
    let mut depth = 0_i32;
    for (at, c) in rest.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            '>' if depth <= 0 => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a start tag, and whether it is its own end. A `>` inside quotes does not end it, unless the quotes never do.
fn tag_length(rest: &str) -> (usize, bool) {
    let mut quote = None;
    let mut previous = ' ';
    for (at, c) in rest.char_indices().take(65_536) {
        match (quote, c) {
            (None, '>') => return (at + 1, previous == '/'),
            (None, '"' | '\'') if previous == '=' || previous.is_whitespace() => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        if !c.is_whitespace() || quote.is_some() {
            previous = c;
        }
    }
    let length = rest.find('>').map_or(rest.len(), |at| at + 1);
    (length, rest.get(..length).is_some_and(|tag| tag.ends_with("/>")))
}

fn read_attributes(text: &str) -> Vec<(&str, Cow<'_, str>)> {
    let mut attributes = Vec::new();
    let mut rest = text;
    while let Some((name, tail)) = rest.split_once('=') {
        let name = name.trim().rsplit(char::is_whitespace).next().unwrap_or_default();
        let tail = tail.trim_start();
        let (value, after) = match tail.chars().next() {
            Some(quote @ ('"' | '\'')) => tail
                .get(1..)
                .unwrap_or_default()
                .split_once(quote)
                .unwrap_or((tail.get(1..).unwrap_or_default(), "")),
            _ => tail.split_once(char::is_whitespace).unwrap_or((tail, "")),
        };
        if !name.is_empty() {
            attributes.push((name, decode(value)));
        }
        rest = after;
    }
    attributes
}

/// Entities of XML and HTML, and numbers; anything else stays as it is.
fn decode(text: &str) -> Cow<'_, str> {
    let clean = |c: char| c.is_control() && !c.is_whitespace();
    if text.contains('&') {
        return Cow::Owned(html_escape::decode_html_entities(text).chars().filter(|c| !clean(*c)).collect());
    }
    if text.contains(clean) {
        Cow::Owned(text.chars().filter(|c| !clean(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}
