//! Which articles a list shows, and in which order. A filter is a value; `matcher.rs` alone turns it into SQL, and asks it
//! about articles in memory.

use super::{ArticleRecord, ArticleStatus, MediaKind, Period};
use crate::clock::Timestamp;
use crate::error::Result;

/// One property's part of a filter: all of several any-of groups, and none of the excluded. Values are ids or slugs, or
/// what the property is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector<T = String> {
    /// Each group must match by at least one of its values.
    pub all_of: Vec<Vec<T>>,
    /// None of these may match.
    pub none_of: Vec<T>,
}

impl<T> Default for Selector<T> {
    fn default() -> Self {
        Self { all_of: Vec::new(), none_of: Vec::new() }
    }
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
}

impl<T> Selector<T> {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.all_of.is_empty() && self.none_of.is_empty()
    }

    /// Every value that it names.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.all_of.iter().flatten().chain(&self.none_of)
    }

    /// The same selector of what its values stand for.
    pub fn try_map<U>(&self, stands_for: impl Fn(&T) -> Result<U>) -> Result<Selector<U>> {
        let group = |group: &Vec<T>| group.iter().map(&stands_for).collect::<Result<Vec<_>>>();
        Ok(Selector {
            all_of: self.all_of.iter().map(group).collect::<Result<_>>()?,
            none_of: self.none_of.iter().map(&stands_for).collect::<Result<_>>()?,
        })
    }

    /// Whether it lets something through of which `is` says which values are its own.
    pub fn lets_through(&self, is: impl Fn(&T) -> bool) -> bool {
        self.all_of.iter().all(|group| group.iter().any(&is)) && !self.none_of.iter().any(&is)
    }
}

/// What an article can have besides its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// Sound.
    Audio,
    /// A correction that was published.
    Correction,
}

impl Feature {
    /// Every feature.
    pub const ALL: [Self; 4] = [Self::Image, Self::Video, Self::Audio, Self::Correction];

    /// The name as it is published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Correction => "correction",
        }
    }

    pub(crate) fn is_of(self, record: &ArticleRecord) -> bool {
        let has = |kind: MediaKind| record.media.iter().any(|medium| medium.kind == kind);
        match self {
            Self::Image => has(MediaKind::Image),
            Self::Video => has(MediaKind::Video),
            Self::Audio => has(MediaKind::Audio),
            Self::Correction => record.corrected,
        }
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
    /// Last changed before this moment.
    pub updated_until: Option<Timestamp>,
    /// By what they have besides their text.
    pub has: Selector<Feature>,
    /// By whether their threads take new comments.
    pub commentable: Option<bool>,
    /// At least so many words.
    pub min_words: Option<u32>,
    /// At most so many words.
    pub max_words: Option<u32>,
    /// By their publisher's country, ISO 3166-1 alpha-2.
    pub country: Selector,
    /// By where they stand in their lives; published ones if this says nothing. Only who may see unpublished articles may
    /// ask for them.
    pub status: Selector<ArticleStatus>,
    /// As everything was at this moment: what was there already, and is not withdrawn since, in the words of then.
    pub as_of: Option<Timestamp>,
    /// By the story that they tell: ids. One that became part of another leads there.
    pub story: Selector,
    /// Of articles that tell the same, only one. A matter of lists: an article by itself is let through or not.
    pub collapse: Option<Collapse>,
    /// Whether what it names may have gone since, as in a filter that was saved: then nothing is of it. Others are refused.
    pub forgiving: bool,
}

/// What is shown once in a list, however many articles there are of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Collapse {
    /// Of each story, its newest article (by publication; among equals by id) that the filter lets through.
    Story,
}

impl Collapse {
    /// Every one.
    pub const ALL: [Self; 1] = [Self::Story];

    /// The name as it is published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Story => "story",
        }
    }
}

impl ArticleFilter {
    /// Narrows it to what was published within a period.
    #[must_use]
    pub fn published_within(mut self, period: Period) -> Self {
        self.published_from = self.published_from.max(period.from);
        self.published_until = match (self.published_until, period.until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self
    }

    /// A text that is the same for the same filter, in every version: cursors are bound to it and outlive upgrades. What
    /// the first version knew is written as it wrote it; what came later is added only where it is set.
    pub(crate) fn signature(&self) -> String {
        use std::fmt::Write as _;

        #[derive(Debug)]
        #[expect(dead_code, reason = "printed as the first version printed it")]
        struct ArticleFilter<'f> {
            source: &'f Selector,
            author: &'f Selector,
            topic: &'f Selector,
            section: &'f Selector,
            language: &'f Selector,
            published_from: Option<Timestamp>,
            published_until: Option<Timestamp>,
            updated_from: Option<Timestamp>,
        }
        let Self { source, author, topic, section, language, published_from, published_until, .. } = self;
        let (published_from, published_until) = (*published_from, *published_until);
        let Self { updated_from, updated_until, has, commentable, min_words, max_words, country, .. } = self;
        let updated_from = *updated_from;
        let first = ArticleFilter {
            source,
            author,
            topic,
            section,
            language,
            published_from,
            published_until,
            updated_from,
        };
        let mut text = format!("{first:?}");
        let later: [(&str, bool, &dyn std::fmt::Debug); 10] = [
            ("updated_until", updated_until.is_some(), updated_until),
            ("has", !has.is_empty(), has),
            ("commentable", commentable.is_some(), commentable),
            ("min_words", min_words.is_some(), min_words),
            ("max_words", max_words.is_some(), max_words),
            ("country", !country.is_empty(), country),
            ("status", !self.status.is_empty(), &self.status),
            ("as_of", self.as_of.is_some(), &self.as_of),
            ("story", !self.story.is_empty(), &self.story),
            ("collapse", self.collapse.is_some(), &self.collapse),
        ];
        for (name, _, value) in later.into_iter().filter(|(_, set, _)| *set) {
            let _ = write!(text, " {name}: {value:?}"); // a String takes everything
        }
        text
    }
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

    #[test]
    fn a_filter_of_the_first_version_is_signed_as_it_was_then() {
        let mut filter = ArticleFilter {
            language: Selector::parse(["en"]),
            updated_from: Some(Timestamp::from_millis(1)),
            ..ArticleFilter::default()
        };
        let nothing = "Selector { all_of: [], none_of: [] }";
        let first = format!(
            "ArticleFilter {{ source: {nothing}, author: {nothing}, topic: {nothing}, section: {nothing}, \
             language: Selector {{ all_of: [[\"en\"]], none_of: [] }}, published_from: None, published_until: None, \
             updated_from: Some(Timestamp(1)) }}"
        );
        assert_eq!(filter.signature(), first);
        filter.min_words = Some(3);
        assert_eq!(filter.signature(), format!("{first} min_words: Some(3)"));
    }
}
