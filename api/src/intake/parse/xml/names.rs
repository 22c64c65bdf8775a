//! Names of elements: whatever prefix a document gives a namespace, the usual one.

use std::borrow::Cow;

use super::attributes::Attributes;

/// Namespaces by their usual prefix, in small letters and without the last slash; RSS's own have none.
const NAMESPACES: &[(&str, &str)] = &[
    ("http://www.w3.org/2005/atom", "atom"),
    ("http://purl.org/atom/ns#", "atom"),
    ("http://purl.org/atom/ns", "atom"),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns", "rdf"),
    ("http://purl.org/rss/1.0/modules/content", "content"),
    ("http://purl.org/rss/1.0/modules/syndication", "sy"),
    ("http://purl.org/rss/1.0/modules/slash", "slash"),
    ("http://purl.org/dc/elements/1.1", "dc"),
    ("http://purl.org/dc/elements/1.0", "dc"),
    ("http://purl.org/dc/terms", "dcterms"),
    ("http://search.yahoo.com/mrss", "media"),
    ("http://tools.search.yahoo.com/mrss", "media"),
    ("http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes"),
    ("http://www.itunes.com/dtd/podcast-1.0.dtd", "itunes"),
    ("http://www.google.com/schemas/play-podcasts/1.0", "googleplay"),
    ("http://rssnamespace.org/feedburner/ext/1.0", "feedburner"),
    ("http://www.w3.org/1999/xhtml", "xhtml"),
    ("http://purl.org/rss/1.0", ""),
    ("http://my.netscape.com/rdf/simple/0.9", ""),
    ("http://channel.netscape.com/rdf/simple/0.9", ""),
    ("http://my.netscape.com/publish/formats/rss-0.91.dtd", ""),
    ("http://backend.userland.com/rss", ""),
    ("http://backend.userland.com/rss2", ""),
    ("http://blogs.law.harvard.edu/tech/rss", ""),
];

/// A prefix, what it meant before, and how deep the element stands that gave it another meaning.
type Shadowed = (String, Option<&'static str>, usize);

/// What prefixes mean where the reader stands.
#[derive(Default)]
pub(super) struct Prefixes {
    meanings: Vec<(String, &'static str)>,
    shadowed: Vec<Shadowed>,
    /// Whether the document is Atom's own, whose elements have no prefix.
    pub(super) atom: bool,
}

impl Prefixes {
    /// Takes the declarations of a start tag that stands `depth` deep. A default namespace on `<rss>` means nothing: RSS has
    /// none, and publishers write whatever they have seen elsewhere.
    pub(super) fn declare(&mut self, name: &str, attributes: &str, depth: usize) {
        if !attributes.contains("xmlns") {
            return;
        }
        for (attribute, value) in Attributes(attributes) {
            let Some(prefix) = attribute.strip_prefix("xmlns") else { continue };
            let Some(prefix) = prefix.strip_prefix(':').or(prefix.is_empty().then_some("")) else { continue };
            if prefix.is_empty() && name.eq_ignore_ascii_case("rss") {
                continue;
            }
            let space = value.trim().to_lowercase().replacen("https://", "http://", 1);
            let known = NAMESPACES.iter().find(|(uri, _)| space.trim_end_matches('/') == *uri);
            // What is not known keeps the prefix that it has; without one, its elements count as the document's own.
            let Some((_, usual)) = known else { continue };
            self.set(prefix, usual, depth);
        }
    }

    fn set(&mut self, prefix: &str, usual: &'static str, depth: usize) {
        let before = self.meanings.iter_mut().find(|(known, _)| known == prefix);
        let meant = before.as_ref().map(|(_, meant)| *meant);
        if meant == Some(usual) {
            return;
        }
        match before {
            Some((_, meant)) => *meant = usual,
            None => self.meanings.push((prefix.to_owned(), usual)),
        }
        self.shadowed.push((prefix.to_owned(), meant, depth));
    }

    /// Gives prefixes the meaning again that they had outside the element that stood `depth` deep.
    pub(super) fn leave(&mut self, depth: usize) {
        while let Some((prefix, before, _)) = self.shadowed.pop_if(|(_, _, at)| *at >= depth) {
            match (before, self.meanings.iter().position(|(known, _)| *known == prefix)) {
                (Some(before), Some(at)) => {
                    if let Some((_, meant)) = self.meanings.get_mut(at) {
                        *meant = before;
                    }
                }
                (None, Some(at)) => drop(self.meanings.remove(at)),
                (_, None) => {}
            }
        }
    }

    /// The name as it is usually written, in small letters.
    pub(super) fn usual<'t>(&self, name: &'t str) -> Cow<'t, str> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let meant = self.meanings.iter().find(|(known, _)| known == prefix).map(|(_, usual)| *usual);
        let usual = match meant.unwrap_or(prefix) {
            "" | "xhtml" | "rss" | "rss1" => "",
            "atom" if self.atom => "",
            "rdf" if prefix.is_empty() && !local.eq_ignore_ascii_case("rdf") => "",
            usual => usual,
        };
        let written = if usual.is_empty() { local } else { name };
        if (usual.is_empty() || usual == prefix) && !written.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Cow::Borrowed(written);
        }
        let full = if usual.is_empty() { local.to_owned() } else { format!("{usual}:{local}") };
        Cow::Owned(full.to_ascii_lowercase())
    }
}
