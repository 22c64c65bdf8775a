//! Filters: which articles a search is about, whatever their words. They do not change relevance.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{AllQuery, BooleanQuery, ConstScoreQuery, Occur, Query, RangeQuery, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::schema::{Fields, Flag};
use super::{IndexError, Result};

/// The most values in all the filters of a search.
const MOST_VALUES: usize = 1_000;

/// One property's part of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick<T> {
    /// Each group must match by at least one of its values.
    pub all_of: Vec<Vec<T>>,
    /// None of these may match.
    pub none_of: Vec<T>,
}

impl<T> Default for Pick<T> {
    fn default() -> Self {
        Self { all_of: Vec::new(), none_of: Vec::new() }
    }
}

/// Which articles a search is about; by default, all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// By publisher.
    pub sources: Pick<u128>,
    /// By section.
    pub sections: Pick<u128>,
    /// By topic.
    pub topics: Pick<u128>,
    /// By byline.
    pub authors: Pick<u128>,
    /// By story.
    pub stories: Pick<u128>,
    /// By language; `en` also means `en-GB`.
    pub languages: Pick<String>,
    /// By article.
    pub articles: Pick<u128>,
    /// Published at this moment or later, in milliseconds since 1970.
    pub published_from: Option<i64>,
    /// Published before this moment, in milliseconds since 1970.
    pub published_until: Option<i64>,
    /// Changed, as readers see it, at this moment or later, in milliseconds since 1970.
    pub updated_from: Option<i64>,
    /// Changed last before this moment, in milliseconds since 1970.
    pub updated_until: Option<i64>,
    /// By their publisher's country, ISO 3166-1 alpha-2.
    pub countries: Pick<String>,
    /// By what articles have or allow.
    pub flags: Pick<Flag>,
    /// At least so many words.
    pub min_words: Option<u32>,
    /// At most so many words.
    pub max_words: Option<u32>,
}

pub(crate) type Clauses = Vec<(Occur, Box<dyn Query>)>;

impl Filters {
    /// The clauses that say the same to Tantivy.
    pub(crate) fn clauses(&self, fields: &Fields) -> Result<Clauses> {
        let mut clauses = Clauses::new();
        let ids = [
            (&self.sources, fields.source.ids),
            (&self.sections, fields.section.ids),
            (&self.topics, fields.topic.ids),
            (&self.authors, fields.author.ids),
            (&self.stories, fields.story),
            (&self.articles, fields.id),
        ];
        let mut values = 0;
        for (pick, field) in ids {
            values += add(pick, |id| Term::from_field_bytes(field, &id.to_be_bytes()), &mut clauses);
        }
        let language = |tag: &String| language_term(fields.languages, tag);
        values += add(&self.languages, language, &mut clauses);
        let country = |code: &String| Term::from_field_bytes(fields.country, code.as_bytes());
        values += add(&self.countries, country, &mut clauses);
        let flag = |flag: &Flag| Term::from_field_bytes(fields.flags, &[flag.code()]);
        values += add(&self.flags, flag, &mut clauses);
        let words = |count: u32| i64::from(count);
        let ranges = [
            (fields.published, self.published_from, self.published_until),
            (fields.updated, self.updated_from, self.updated_until),
            (fields.words, self.min_words.map(words), self.max_words.map(|most| words(most) + 1)),
        ];
        for (field, from, until) in ranges {
            if from.is_some() || until.is_some() {
                clauses.push((Occur::Must, unscored(between(field, from, until))));
            }
        }
        if values > MOST_VALUES {
            return Err(IndexError::TooComplex("a search may filter by 1,000 values"));
        }
        Ok(clauses)
    }
}

/// Adds a pick's clauses and gives how many values it has.
fn add<T>(pick: &Pick<T>, term: impl Fn(&T) -> Term, clauses: &mut Clauses) -> usize {
    for group in &pick.all_of {
        let any = group.iter().map(|value| (Occur::Should, key(term(value)))).collect();
        clauses.push((Occur::Must, unscored(Box::new(BooleanQuery::new(any)))));
    }
    clauses.extend(pick.none_of.iter().map(|value| (Occur::MustNot, unscored(key(term(value))))));
    pick.all_of.iter().map(Vec::len).sum::<usize>() + pick.none_of.len()
}

/// A query for one term that has no frequency.
pub(crate) fn key(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

/// A query that decides what matches and not how well.
pub(crate) fn unscored(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

pub(crate) fn language_term(field: Field, tag: &str) -> Term {
    Term::from_field_bytes(field, tag.to_ascii_lowercase().as_bytes())
}

/// Articles whose number lies in a half-open interval.
pub(crate) fn between(field: Field, from: Option<i64>, until: Option<i64>) -> Box<dyn Query> {
    let term = |at| Term::from_field_i64(field, at);
    match (from, until) {
        (None, None) => Box::new(AllQuery),
        (from, until) => Box::new(RangeQuery::new(
            from.map_or(Bound::Unbounded, |at| Bound::Included(term(at))),
            until.map_or(Bound::Unbounded, |at| Bound::Excluded(term(at))),
        )),
    }
}
