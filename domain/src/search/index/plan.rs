//! From what was asked to what Tantivy is asked: the same words, cut as articles were, in the fields where they count.

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::query::{AllQuery, BooleanQuery, BoostQuery, EmptyQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field as Column, IndexRecordOption};
use tantivy::{Searcher, Term as Key};

use super::analysis::{Mode, Stemmer, Word, without_stemmer, words};
use super::deadline::Deadline;
use super::filter::{Clauses, Filters, between, key, language_term, unscored};
use super::prefix::PrefixQuery;
use super::schema::{Fields, Kind};
use super::{IndexError, ReadId, Result};
use crate::text::query::{Expr, Field, Term, What};

mod address;
mod names;

/// A word in the headline weighs more than one in the text,
pub(super) const TITLE: f32 = 2.5;
/// and so does one in the name of a topic, the publisher or an author.
const NAMES: f32 = 1.5;
pub(super) const TEXT: f32 = 1.0;

/// A word as it is written adds so much to its stem, which may be that of other words too.
const AS_WRITTEN: f32 = 0.5;

/// With more terms than this, finding out which blocks to leave out takes longer than reading them.
const MOST_LEAVES: usize = 48;

/// The most terms of the index that a search may be made of.
const MOST_TERMS: usize = 4_000;
/// The longest phrase, in words.
const LONGEST_PHRASE: usize = 64;
/// A run of a script without spaces that is longer than this many pairs is more than a word: most of its pairs have to be in
/// the article, in any order.
pub(super) const LONGEST_RUN: usize = 6;

/// A search as Tantivy takes it.
pub(crate) struct Planned {
    pub(crate) query: Box<dyn Query>,
    /// Counts of terms that belong together, for [`Statistics`](super::statistics::Statistics).
    pub(crate) together: HashMap<Key, u64>,
    /// The single terms that make the score, where any of them makes a match and nothing else matters.
    pub(crate) leaves: Option<Vec<Box<dyn Query>>>,
}

/// Makes a search of an expression (none: every article) and filters.
pub(crate) fn plan(mut planner: Planner<'_>, expr: Option<&Expr>, filters: &Filters) -> Result<Planned> {
    let mut clauses = filters.clauses(planner.fields)?;
    if clauses.is_empty()
        && let Some(flat) = expr.filter(|expr| is_flat(expr))
    {
        let leaves = planner.any(flat)?.unwrap_or_default();
        if leaves.len() > MOST_LEAVES {
            let query = Box::new(BooleanQuery::union(leaves));
            return Ok(Planned { query, together: planner.together, leaves: None });
        }
        let query = Box::new(BooleanQuery::union(leaves.iter().map(|leaf| leaf.box_clone()).collect()));
        return Ok(Planned { query, together: planner.together, leaves: Some(leaves) });
    }
    match expr.map(|expr| planner.query(expr)).transpose()? {
        Some(Some(query)) => clauses.push((Occur::Must, query)),
        Some(None) => clauses = vec![(Occur::Must, Box::new(EmptyQuery))],
        None => {}
    }
    Ok(Planned { query: required(clauses), together: planner.together, leaves: None })
}

/// Clauses of which those that exclude need something to exclude from.
fn required(mut clauses: Clauses) -> Box<dyn Query> {
    if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
        clauses.push((Occur::Must, unscored(Box::new(AllQuery))));
    }
    Box::new(BooleanQuery::new(clauses))
}

fn is_flat(expr: &Expr) -> bool {
    match expr {
        Expr::Or(parts) => parts.iter().all(is_flat),
        Expr::Term(Term { field: None | Some(Field::Title | Field::Text), what: What::Word(word) }) => {
            words(word, Mode::Query).len() < 2
        }
        _ => false,
    }
}

/// What planning needs to know, and what it finds out.
pub(crate) struct Planner<'s> {
    pub(super) fields: &'s Fields,
    pub(super) searcher: &'s Searcher,
    /// The index by which words are common or rare.
    measured_by: &'s Searcher,
    pub(super) deadline: Deadline,
    read_id: ReadId,
    stemmers: Vec<Stemmer>,
    pub(super) together: HashMap<Key, u64>,
    terms: usize,
}

impl<'s> Planner<'s> {
    /// For an index as it is now, where words are as common as in another state of it.
    pub(crate) fn new(
        fields: &'s Fields,
        searcher: &'s Searcher,
        measured_by: &'s Searcher,
        read_id: ReadId,
        deadline: &Deadline,
    ) -> Result<Self> {
        let mut stemmers = Vec::new();
        for stemmer in Stemmer::all() {
            // A word is looked for under the stems of those languages that there are articles in.
            let mut tags = stemmer.tags().iter().map(|tag| language_term(fields.languages, tag));
            if tags.try_fold(0, |count, term| Ok::<_, IndexError>(count + searcher.doc_freq(&term)?))? > 0 {
                stemmers.push(stemmer);
            }
        }
        let deadline = deadline.clone();
        Ok(Self {
            fields,
            searcher,
            measured_by,
            deadline,
            read_id,
            stemmers,
            together: HashMap::new(),
            terms: 0,
        })
    }

    /// The query of an expression; none where it says nothing (a word of punctuation only).
    fn query(&mut self, expr: &Expr) -> Result<Option<Box<dyn Query>>> {
        match expr {
            Expr::And(parts) => self.all(parts),
            Expr::Not(part) => {
                let excluded = self.query(part)?;
                Ok(excluded.map(|query| required(vec![(Occur::MustNot, query)])))
            }
            Expr::Or(_) | Expr::Term(_) => {
                let any = self.any(expr)?;
                Ok(any.map(|any| -> Box<dyn Query> { Box::new(BooleanQuery::union(any)) }))
            }
        }
    }

    fn all(&mut self, parts: &[Expr]) -> Result<Option<Box<dyn Query>>> {
        let mut clauses = Clauses::new();
        for part in parts {
            let (occur, inner) = match part {
                Expr::Not(inner) => (Occur::MustNot, inner.as_ref()),
                other => (Occur::Must, other),
            };
            clauses.extend(self.query(inner)?.map(|query| (occur, query)));
        }
        Ok(if clauses.is_empty() { None } else { Some(required(clauses)) })
    }

    /// Queries of which a match has at least one; none where nothing was said, empty where nothing can match.
    fn any(&mut self, expr: &Expr) -> Result<Option<Vec<Box<dyn Query>>>> {
        match expr {
            Expr::Or(parts) => {
                let mut found = None;
                for part in parts {
                    if let Some(any) = self.any(part)? {
                        found.get_or_insert_with(Vec::new).extend(any);
                    }
                }
                Ok(found)
            }
            Expr::Term(term) => self.term(term),
            other => Ok(self.query(other)?.map(|query| vec![query])),
        }
    }

    fn term(&mut self, term: &Term) -> Result<Option<Vec<Box<dyn Query>>>> {
        let Fields { title, text, names, title_stems, text_stems, .. } = *self.fields;
        let (stems, forms) = match term.field {
            None => (
                vec![(title_stems, TITLE), (text_stems, TEXT)],
                vec![(title, TITLE), (text, TEXT), (names, NAMES)],
            ),
            Some(Field::Title) => (vec![(title_stems, TITLE)], vec![(title, TITLE)]),
            Some(Field::Text) => (vec![(text_stems, TEXT)], vec![(text, TEXT)]),
            Some(Field::Author) => return self.name(Kind::Author, &term.what),
            Some(Field::Source) => return self.name(Kind::Source, &term.what),
            Some(Field::Topic) => return self.name(Kind::Topic, &term.what),
            Some(Field::Section) => return self.name(Kind::Section, &term.what),
            Some(Field::Url) => return self.url(&term.what),
            Some(Field::Language) => return Ok(self.language(&term.what)),
            Some(Field::Published) => return Ok(self.time(&term.what)),
        };
        match &term.what {
            What::Word(word) => self.word(word, &stems, &forms),
            What::Phrase(phrase) => self.in_order(&words(phrase, Mode::Query), &forms),
            What::Prefix(prefix) => self.beginning(prefix, &forms),
            What::Between(..) => Ok(None),
        }
    }

    /// A word by its stems, and among names by its form; a word that is several to the index (`COVID-19`) by them in order.
    fn word(
        &mut self,
        text: &str,
        stems: &[(Column, f32)],
        forms: &[(Column, f32)],
    ) -> Result<Option<Vec<Box<dyn Query>>>> {
        let cut = words(text, Mode::Query);
        match cut.as_slice() {
            [] => Ok(None),
            [word] => {
                let mut found = Vec::new();
                let sought = self.stems(text, word);
                for (field, boost) in stems {
                    self.synonyms(*field, *boost, &sought, &mut found)?;
                }
                for (field, boost) in forms {
                    let boost = if *field == self.fields.names { *boost } else { boost * AS_WRITTEN };
                    self.synonyms(*field, boost, std::slice::from_ref(&word.form), &mut found)?;
                }
                Ok(Some(found))
            }
            run if run.len() > LONGEST_RUN && run.iter().all(|word| word.dense) => self.most_of(run, forms),
            several => self.in_order(several, forms),
        }
    }

    /// The stems of a word in every language that there are articles in.
    fn stems(&self, text: &str, word: &Word) -> Vec<String> {
        let mut stems = vec![without_stemmer(&word.form)];
        if !word.dense {
            let source = text.get(word.start..word.end).unwrap_or(text);
            for stemmer in &self.stemmers {
                let (first, second) = stemmer.stems(source, &word.form);
                stems.extend(std::iter::once(first).chain(second));
            }
        }
        stems
    }

    /// Texts of one field that count as the same word.
    fn synonyms(
        &mut self,
        field: Column,
        boost: f32,
        texts: &[String],
        found: &mut Vec<Box<dyn Query>>,
    ) -> Result<()> {
        self.spend(texts.len())?;
        let mut known = Vec::new();
        let mut together = 0;
        for text in texts {
            let term = Key::from_field_text(field, text);
            let count = self.measured_by.doc_freq(&term)?;
            // A word that is newer than the measure is looked for all the same.
            if count > 0 || self.searcher.doc_freq(&term)? > 0 {
                together += count;
                known.push(term);
            }
        }
        for term in known {
            self.together.insert(term.clone(), together);
            found.push(boosted(Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)), boost));
        }
        Ok(())
    }

    /// Words that stand next to each other, in any of several fields.
    fn in_order(&mut self, sought: &[Word], fields: &[(Column, f32)]) -> Result<Option<Vec<Box<dyn Query>>>> {
        let Some(first) = sought.first() else { return Ok(None) };
        if sought.len() > LONGEST_PHRASE {
            return Err(IndexError::TooComplex("a phrase may have 64 words"));
        }
        self.spend(sought.len() * fields.len())?;
        let mut found: Vec<Box<dyn Query>> = Vec::new();
        for (field, boost) in fields {
            let place =
                |word: &Word| (word.position - first.position, Key::from_field_text(*field, &word.form));
            let mut terms: Vec<(usize, Key)> = sought.iter().map(place).collect();
            let query: Box<dyn Query> = match terms.as_mut_slice() {
                [(_, only)] => Box::new(TermQuery::new(only.clone(), IndexRecordOption::WithFreqs)),
                _ => Box::new(PhraseQuery::new_with_offset(terms)),
            };
            found.push(boosted(query, *boost));
        }
        Ok(Some(found))
    }

    /// Most of the pairs of a long run, anywhere in one field.
    fn most_of(&mut self, run: &[Word], fields: &[(Column, f32)]) -> Result<Option<Vec<Box<dyn Query>>>> {
        let run = run.get(..LONGEST_PHRASE).unwrap_or(run);
        self.spend(run.len() * fields.len())?;
        let pairs = |(field, boost): &(Column, f32)| {
            let term = |word: &Word| -> Box<dyn Query> {
                let key = Key::from_field_text(*field, &word.form);
                Box::new(TermQuery::new(key, IndexRecordOption::WithFreqs))
            };
            let terms = run.iter().map(term).collect();
            let most = run.len() - run.len() / 4;
            boosted(Box::new(BooleanQuery::union_with_minimum_required_clauses(terms, most)), *boost)
        };
        Ok(Some(fields.iter().map(pairs).collect()))
    }

    /// Words by the beginning of the last of them; those before it have to be there too.
    fn beginning(&mut self, text: &str, fields: &[(Column, f32)]) -> Result<Option<Vec<Box<dyn Query>>>> {
        let mut cut = words(text, Mode::Query);
        // In scripts without spaces any part of a text is found, beginnings among them.
        let Some(last) = cut.pop_if(|last| !last.dense) else { return self.in_order(&cut, fields) };
        let mut found: Vec<Box<dyn Query>> = Vec::new();
        for (field, boost) in fields {
            let begins = boosted(self.begins(*field, last.form.as_bytes())?, *boost);
            let before = self.in_order(&cut, &[(*field, *boost)])?.unwrap_or_default();
            let clauses = before.into_iter().chain([begins]).map(|query| (Occur::Must, query)).collect();
            found.push(Box::new(BooleanQuery::new(clauses)));
        }
        Ok(Some(found))
    }

    fn begins(&mut self, field: Column, prefix: &[u8]) -> Result<Box<dyn Query>> {
        self.spend(1)?;
        Ok(Box::new(PrefixQuery { field, prefix: Arc::from(prefix), deadline: self.deadline.clone() }))
    }

    fn language(&self, what: &What) -> Option<Vec<Box<dyn Query>>> {
        let (What::Word(tag) | What::Phrase(tag) | What::Prefix(tag)) = what else { return None };
        let term = language_term(self.fields.languages, &tag.replace('_', "-"));
        Some(vec![unscored(key(term))])
    }

    fn time(&self, what: &What) -> Option<Vec<Box<dyn Query>>> {
        let What::Between(from, until) = what else { return None };
        let millis = |at: &chrono::DateTime<chrono::Utc>| at.timestamp_millis();
        let range = between(self.fields.published, from.as_ref().map(millis), until.as_ref().map(millis));
        Some(vec![unscored(range)])
    }

    fn spend(&mut self, terms: usize) -> Result<()> {
        self.terms += terms;
        if self.terms <= MOST_TERMS { Ok(()) } else { Err(IndexError::TooComplex("too many words")) }
    }
}

pub(super) fn boosted(query: Box<dyn Query>, boost: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, boost))
}
