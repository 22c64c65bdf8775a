//! Atom's links, in its own feeds and in others'.

use url::Url;

use super::address::resolve;
use super::xml::Node;

/// Where the links of a relation lead, in order. `names` are the elements that count as links.
pub(super) fn of<'n>(
    node: &Node<'n>,
    names: &'static [&'static str],
    relation: &'static str,
    base: Option<&Url>,
) -> impl Iterator<Item = (Node<'n>, Url)> {
    let links = node.children().filter(|child| names.contains(&child.name()));
    links.filter_map(move |link| {
        let rel = link.said("rel").unwrap_or_else(|| "alternate".to_owned());
        let rel = rel.trim_start_matches("http://www.iana.org/assignments/relation/");
        let fits = rel.split_whitespace().any(|word| word.eq_ignore_ascii_case(relation));
        let base = link.base(base);
        if fits { Some((link, resolve(&link.attribute("href")?, base.as_ref())?)) } else { None }
    })
}

/// The elements that are links where Atom's names have a prefix.
pub(super) const FOREIGN: &[&str] = &["atom:link"];
/// Those where they have none.
pub(super) const OWN: &[&str] = &["link", "atom:link"];
