//! What a saved query asks for, and how it is kept: in the words of the wire, with ids for slugs, so that no new name breaks it.

use serde::{Deserialize, Serialize};

use super::SavedQuery;
use crate::article::{ArticleFilter, ArticleSort, ArticleStatus, Collapse, Feature, Selector};
use crate::clock::Timestamp;
use crate::db::entity::saved_queries;
use crate::error::{Error, Fault, Result};
use crate::id::{PublicId as _, QueryId};
use crate::search::{SearchQuery, SearchSort};

/// The order of what a saved query finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuerySort {
    /// Best match first; of what is looked for in words.
    Relevance,
    /// Latest published first.
    Newest,
    /// First published first.
    Oldest,
    /// Latest changed first; of what is not looked for in words.
    RecentlyUpdated,
}

impl QuerySort {
    /// Every sort.
    pub const ALL: [Self; 4] = [Self::Relevance, Self::Newest, Self::Oldest, Self::RecentlyUpdated];

    /// The name as it is published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::RecentlyUpdated => "recently_updated",
        }
    }
}

/// What a saved query asks for. A filter by itself is one too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// In words, in the query language.
    pub text: Option<String>,
    /// Which articles.
    pub filter: ArticleFilter,
    /// In which order a list of them is; best or latest first if nobody says.
    pub sort: Option<QuerySort>,
}

impl From<ArticleFilter> for Definition {
    fn from(filter: ArticleFilter) -> Self {
        Self { filter, ..Self::default() }
    }
}

impl Definition {
    /// The same of each article by itself: what a list shows once is a matter of lists.
    #[must_use]
    pub fn each(mut self) -> Self {
        self.filter.collapse = None;
        self
    }

    /// Whether it leaves nothing out.
    pub fn is_everything(&self) -> bool {
        self.text.is_none() && self.filter == ArticleFilter::default()
    }

    /// The order of a list of what is not looked for in words.
    pub fn list_sort(&self) -> ArticleSort {
        match self.sort {
            Some(QuerySort::Oldest) => ArticleSort::Oldest,
            Some(QuerySort::RecentlyUpdated) => ArticleSort::RecentlyUpdated,
            Some(QuerySort::Newest | QuerySort::Relevance) | None => ArticleSort::Newest,
        }
    }

    /// What is looked for in words, if it is.
    pub fn search(&self) -> Option<SearchQuery> {
        let sort = match self.sort {
            Some(QuerySort::Newest | QuerySort::RecentlyUpdated) => SearchSort::Newest,
            Some(QuerySort::Oldest) => SearchSort::Oldest,
            Some(QuerySort::Relevance) | None => SearchSort::Relevance,
        };
        Some(SearchQuery { text: Some(self.text.clone()?), filter: self.filter.clone(), sort })
    }

    /// The order in force, as it is published.
    pub fn sort_name(&self) -> &'static str {
        match self.search() {
            Some(search) => search.sort.as_str(),
            None => self.list_sort().as_str(),
        }
    }

    /// Refuses orders that what is asked for cannot have.
    pub(super) fn check_sort(&self) -> Result<()> {
        let message = match (self.sort, &self.text) {
            (Some(QuerySort::Relevance), None) => "without `q` nothing is more relevant than anything else",
            (Some(QuerySort::RecentlyUpdated), Some(_)) => {
                "with `q` it is relevance, newest or oldest: search does not sort by last change"
            }
            _ => return Ok(()),
        };
        Err(Error::invalid("sort", "conflict", message))
    }
}

/// A definition in the words of the wire: the parameters of a list of articles. Each text of a selector is one any-of group,
/// `a,b`; a leading `-` excludes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "named as the parameters are, and documented there")]
pub struct Words {
    pub q: Option<String>,
    pub source: Vec<String>,
    pub author: Vec<String>,
    pub topic: Vec<String>,
    pub section: Vec<String>,
    pub story: Vec<String>,
    pub language: Vec<String>,
    pub country: Vec<String>,
    pub has: Vec<String>,
    pub status: Vec<String>,
    pub commentable: Option<bool>,
    pub published_from: Option<String>,
    pub published_until: Option<String>,
    pub updated_from: Option<String>,
    pub updated_until: Option<String>,
    pub min_words: Option<u32>,
    pub max_words: Option<u32>,
    pub collapse: Option<String>,
    pub sort: Option<String>,
}

impl From<&Definition> for Words {
    fn from(definition: &Definition) -> Self {
        let Definition { text, filter, sort } = definition;
        let ArticleFilter {
            source,
            author,
            topic,
            section,
            language,
            published_from,
            published_until,
            updated_from,
            updated_until,
            has,
            commentable,
            min_words,
            max_words,
            country,
            status,
            as_of: _,
            story,
            collapse,
            forgiving: _,
        } = filter;
        let own = |selector: &Selector| written(selector, String::as_str);
        let at = |moment: &Option<Timestamp>| moment.map(|moment| moment.to_string());
        Self {
            q: text.clone(),
            source: own(source),
            author: own(author),
            topic: own(topic),
            section: own(section),
            story: own(story),
            language: own(language),
            country: own(country),
            has: written(has, |feature| feature.as_str()),
            status: written(status, |status| status.as_str()),
            commentable: *commentable,
            published_from: at(published_from),
            published_until: at(published_until),
            updated_from: at(updated_from),
            updated_until: at(updated_until),
            min_words: *min_words,
            max_words: *max_words,
            collapse: collapse.map(|collapse| collapse.as_str().to_owned()),
            sort: sort.map(|sort| sort.as_str().to_owned()),
        }
    }
}

/// A selector in the notation that [`Selector::parse`] reads.
fn written<T>(selector: &Selector<T>, name: impl Fn(&T) -> &str) -> Vec<String> {
    let group = |group: &Vec<T>| group.iter().map(&name).collect::<Vec<_>>().join(",");
    let excluded = selector.none_of.iter().map(|value| format!("-{}", name(value)));
    selector.all_of.iter().map(group).chain(excluded).collect()
}

fn named<T: Copy>(texts: &[String], all: &[T], name: fn(T) -> &'static str) -> Result<Selector<T>> {
    let selector = Selector::parse(texts.iter().map(String::as_str));
    selector.try_map(|text| known(text, all, name))
}

fn known<T: Copy>(text: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T> {
    all.iter().copied().find(|value| name(*value) == text).ok_or_else(|| unreadable(text))
}

fn unreadable(what: &str) -> Error {
    Fault::new("a saved query could not be read", format!("`{what}` is unknown to this version")).into()
}

impl Words {
    /// What a query that was saved asks for. What it names may be gone since.
    fn read(&self) -> Result<Definition> {
        let own = |texts: &[String]| Selector::parse(texts.iter().map(String::as_str));
        let at = |text: &Option<String>| {
            text.as_deref().map(|text| Timestamp::parse(text).ok_or_else(|| unreadable(text))).transpose()
        };
        let sort = self.sort.as_deref().map(|text| known(text, &QuerySort::ALL, QuerySort::as_str));
        let collapse = self.collapse.as_deref().map(|text| known(text, &Collapse::ALL, Collapse::as_str));
        let filter = ArticleFilter {
            source: own(&self.source),
            author: own(&self.author),
            topic: own(&self.topic),
            section: own(&self.section),
            story: own(&self.story),
            language: own(&self.language),
            country: own(&self.country),
            has: named(&self.has, &Feature::ALL, Feature::as_str)?,
            status: named(&self.status, &ArticleStatus::ALL, ArticleStatus::as_str)?,
            commentable: self.commentable,
            published_from: at(&self.published_from)?,
            published_until: at(&self.published_until)?,
            updated_from: at(&self.updated_from)?,
            updated_until: at(&self.updated_until)?,
            min_words: self.min_words,
            max_words: self.max_words,
            as_of: None,
            collapse: collapse.transpose()?,
            forgiving: true,
        };
        Ok(Definition { text: self.q.clone(), filter, sort: sort.transpose()? })
    }
}

impl TryFrom<saved_queries::Model> for SavedQuery {
    type Error = Error;

    fn try_from(row: saved_queries::Model) -> Result<Self> {
        let saved_queries::Model { id, account_id: _, name, definition, created_at, updated_at } = row;
        let words: Words = serde_json::from_str(&definition)
            .map_err(|error| Fault::new("a saved query could not be read", error))?;
        Ok(Self {
            id: QueryId::from_uuid(id),
            name,
            definition: words.read()?,
            created_at: Timestamp::from_millis(created_at),
            updated_at: Timestamp::from_millis(updated_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_reads_back_as_it_was_kept() {
        let filter = ArticleFilter {
            source: Selector::parse(["src_a,src_b", "src_c", "-src_d,-src_e"]),
            has: Selector {
                all_of: vec![vec![Feature::Video, Feature::Audio]],
                none_of: vec![Feature::Image],
            },
            commentable: Some(false),
            published_from: Some(Timestamp::from_millis(1_795_435_200_123)),
            min_words: Some(300),
            collapse: Some(Collapse::Story),
            forgiving: true,
            ..ArticleFilter::default()
        };
        let definition =
            Definition { text: Some("storm -surge".to_owned()), filter, sort: Some(QuerySort::Oldest) };
        let kept = serde_json::to_string(&Words::from(&definition)).unwrap();
        let words: Words = serde_json::from_str(&kept).unwrap();
        assert_eq!(words.read().unwrap(), definition);
        assert!(
            serde_json::from_str::<Words>(r#"{"mood":["gay"]}"#).is_err(),
            "a later version's is not taken for wider"
        );
    }
}
