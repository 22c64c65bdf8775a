//! Suggestions while somebody types: the word being typed, names that go so, and articles whose headlines do.
//!
//! All come from dictionaries, in which what begins alike stands together; a very short beginning is completed from the first
//! entries of each part of the index only. An entry whose articles are all gone is not suggested.

pub(crate) mod completions;

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use tantivy::schema::{Field as Column, IndexRecordOption};
use tantivy::{DocSet, Searcher, TERMINATED, Term as Key};

use super::analysis::{Mode, words};
use super::deadline::Deadline;
use super::filter::Filters;
use super::generation::Generation;
use super::read::{Direction, Hit, Request, Sort};
use super::schema::Kind;
use super::{Index, Result, prefix};
use crate::text::query::{Expr, Field, Term, What};

/// Entries that are looked at in one part of the index.
const MOST_ENTRIES: usize = 50_000;
/// The most frequent of them that are candidates.
const CANDIDATES: usize = 200;
/// Articles of an entry that are looked at for a living one.
const MOST_GONE: u32 = 10_000;
/// The most suggestions of each kind.
const MOST: usize = 50;
/// Longer texts are no beginnings.
const LONGEST: usize = 200;

/// The name of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameSuggestion {
    /// What it is.
    pub kind: Kind,
    /// Its database key.
    pub id: u128,
    /// As readers see it.
    pub name: String,
    /// How many articles have it, some of which may be gone.
    pub count: u64,
}

/// What may be meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suggestions {
    /// The text with its last word completed, most frequent first.
    pub texts: Vec<String>,
    /// Sources, sections, topics and authors, most frequent first.
    pub names: Vec<NameSuggestion>,
    /// Articles with every word in their headline, latest first.
    pub articles: Vec<Hit>,
}

impl Index {
    /// What the beginning of a search may become: up to `limit` (of at most 50) of each kind.
    pub fn suggest(&self, text: &str, limit: usize, now: i64, deadline: &Deadline) -> Result<Suggestions> {
        let text = super::schema::beginning(text, LONGEST);
        let limit = limit.min(MOST);
        let generation = self.generation();
        let searcher = generation.reader.searcher();
        let texts = texts(&generation, &searcher, text, limit, deadline);
        let names = names(&generation, &searcher, text, limit, deadline);
        Ok(Suggestions {
            texts: texts.map_err(|error| deadline.explain(error))?,
            names: names.map_err(|error| deadline.explain(error))?,
            articles: self.headlines(text, limit, now, deadline)?,
        })
    }

    fn headlines(&self, text: &str, limit: usize, now: i64, deadline: &Deadline) -> Result<Vec<Hit>> {
        let Some(expr) = headline_words(text) else { return Ok(Vec::new()) };
        let request = Request {
            expr: Some(&expr),
            filters: &Filters::default(),
            sort: Sort::Newest,
            direction: Direction::Forward,
            after: None,
            limit,
            now,
            deadline: deadline.clone(),
        };
        Ok(self.search(&request)?.hits)
    }
}

/// Every word of the text in the headline, the last one as a beginning where it is still being typed.
fn headline_words(text: &str) -> Option<Expr> {
    let typed: Vec<&str> = text.split_whitespace().collect();
    let (last, before) = typed.split_last()?;
    let last = if text.ends_with(char::is_whitespace) {
        What::Word((*last).to_owned())
    } else {
        What::Prefix((*last).to_owned())
    };
    let before = before.iter().map(|word| What::Word((*word).to_owned()));
    let term = |what| Expr::Term(Term { field: Some(Field::Title), what });
    let mut parts: Vec<Expr> = before.chain([last]).map(term).collect();
    if parts.len() > 1 { Some(Expr::And(parts)) } else { parts.pop() }
}

fn texts(
    generation: &Generation,
    searcher: &Searcher,
    text: &str,
    limit: usize,
    deadline: &Deadline,
) -> tantivy::Result<Vec<String>> {
    let cut = words(text, Mode::Query);
    let Some(last) = cut.last().filter(|last| last.end == text.len()) else { return Ok(Vec::new()) };
    let field = generation.fields.completions;
    let entries = entries(searcher, field, last.form.as_bytes(), deadline)?;
    let before = text.get(..last.start).unwrap_or_default();
    let mut found: Vec<String> = Vec::new();
    for (entry, _) in entries {
        if found.len() >= limit {
            break;
        }
        let shown = completions::shown(&entry).map(String::from_utf8_lossy).unwrap_or_default();
        let completed = format!("{before}{shown}");
        if !found.contains(&completed) && has_living(searcher, field, &entry)? {
            found.push(completed);
        }
    }
    Ok(found)
}

fn names(
    generation: &Generation,
    searcher: &Searcher,
    text: &str,
    limit: usize,
    deadline: &Deadline,
) -> tantivy::Result<Vec<NameSuggestion>> {
    let typed = completions::typed(text);
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let field = generation.fields.names_completions;
    let mut found: Vec<NameSuggestion> = Vec::new();
    for (entry, count) in entries(searcher, field, typed.as_bytes(), deadline)? {
        if found.len() >= limit {
            break;
        }
        let Some((kind, id, name)) = completions::shown_name(&entry) else { continue };
        let known = found.iter().any(|known| (known.kind, known.id) == (kind, id));
        if !known && has_living(searcher, field, &entry)? {
            found.push(NameSuggestion { kind, id, name, count });
        }
    }
    Ok(found)
}

/// The most frequent entries that begin so and how many articles have them, most frequent first.
fn entries(
    searcher: &Searcher,
    field: Column,
    typed: &[u8],
    deadline: &Deadline,
) -> tantivy::Result<Vec<(Vec<u8>, u64)>> {
    let mut candidates = BTreeSet::new();
    for reader in searcher.segment_readers() {
        let inverted = reader.inverted_index(field)?;
        let mut terms = prefix::range(inverted.terms(), typed)?;
        let mut frequent = BinaryHeap::<Reverse<(u32, Reverse<Vec<u8>>)>>::new();
        for number in 0..MOST_ENTRIES {
            if number.is_multiple_of(1_024) {
                deadline.check()?;
            }
            if !terms.advance() {
                break;
            }
            let count = terms.value().doc_freq;
            if frequent.len() < CANDIDATES {
                frequent.push(Reverse((count, Reverse(terms.key().to_vec()))));
            } else if frequent.peek().is_some_and(|Reverse((least, _))| *least < count) {
                frequent.pop();
                frequent.push(Reverse((count, Reverse(terms.key().to_vec()))));
            }
        }
        candidates.extend(frequent.into_iter().map(|Reverse((_, Reverse(entry)))| entry));
    }
    let mut entries = Vec::new();
    for entry in candidates {
        let count = searcher.doc_freq(&Key::from_field_bytes(field, &entry))?;
        entries.push((entry, count));
    }
    entries.sort_by_key(|(_, count)| Reverse(*count));
    Ok(entries)
}

/// Whether an article with this entry is still there.
fn has_living(searcher: &Searcher, field: Column, entry: &[u8]) -> tantivy::Result<bool> {
    let term = Key::from_field_bytes(field, entry);
    for reader in searcher.segment_readers() {
        let inverted = reader.inverted_index(field)?;
        let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::Basic)? else { continue };
        let Some(alive) = reader.alive_bitset() else { return Ok(true) };
        for _ in 0..MOST_GONE {
            if postings.doc() == TERMINATED {
                break;
            }
            if alive.is_alive(postings.doc()) {
                return Ok(true);
            }
            postings.advance();
        }
    }
    Ok(false)
}
