//! Which articles a list shows, and in which order. A filter is a value; `list.rs` alone turns it into SQL.

use crate::clock::Timestamp;

/// One property's part of a filter: all of several any-of groups, and none of the excluded. Values are ids or slugs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Each group must match by at least one of its values.
    pub all_of: Vec<Vec<String>>,
    /// None of these may match.
    pub none_of: Vec<String>,
}

impl Selector {
    /// Reads the notation of query strings: each text is one any-of group, `a,b`; a leading `-` excludes.
    pub fn parse<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut selector = Self::default();
        for text in texts {
            let values = text.split(',').map(str::trim).filter(|value| !value.is_empty());
            let (excluded, group): (Vec<&str>, Vec<&str>) = values.partition(|value| value.starts_with('-'));
            selector.none_of.extend(excluded.iter().map(|value| value.trim_start_matches('-').to_owned()));
            if !group.is_empty() {
                selector.all_of.push(group.into_iter().map(ToOwned::to_owned).collect());
            }
        }
        selector
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.all_of.is_empty() && self.none_of.is_empty()
    }

    /// Every value that it names.
    pub fn values(&self) -> impl Iterator<Item = &String> {
        self.all_of.iter().flatten().chain(&self.none_of)
    }
}

/// Which articles a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArticleFilter {
    /// By publisher.
    pub source: Selector,
    /// By byline.
    pub author: Selector,
    /// By topic of any kind.
    pub topic: Selector,
    /// By the publisher's section.
    pub section: Selector,
    /// By language; `en` also means `en-GB`.
    pub language: Selector,
    /// Published at this moment or later.
    pub published_from: Option<Timestamp>,
    /// Published before this moment.
    pub published_until: Option<Timestamp>,
    /// Changed, as readers see it, at this moment or later.
    pub updated_from: Option<Timestamp>,
}

/// The order of a list of articles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ArticleSort {
    /// Latest published first.
    #[default]
    Newest,
    /// First published first.
    Oldest,
    /// Latest changed first.
    RecentlyUpdated,
}

impl ArticleSort {
    /// The name as it is published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::RecentlyUpdated => "recently_updated",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_are_any_of_and_a_minus_excludes() {
        let selector = Selector::parse(["a, b,-c", "d", " ", "-e"]);
        assert_eq!(selector.all_of, [vec!["a", "b"], vec!["d"]]);
        assert_eq!(selector.none_of, ["c", "e"]);
    }
}
