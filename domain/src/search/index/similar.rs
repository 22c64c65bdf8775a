//! Articles like a given one: those that share its telling words.
//!
//! A word tells more the oftener the article has it, twice as much in the headline, and the fewer others have it. The first
//! 25 such words are looked for, each weighed by what it tells; a hit must have a fifth of them, or two where there are so few
//! articles that hardly any share more.

use std::collections::{BTreeMap, HashMap};

use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{Searcher, Term as Key};

use super::analysis::{Mode, Stemmer, without_stemmer, words};
use super::deadline::Deadline;
use super::epoch::PageEpoch;
use super::filter::Filters;
use super::plan::{Planned, TEXT, TITLE, boosted};
use super::read::{Direction, Hit, Prepared, Request, Sort};
use super::schema::{Fields, beginning};
use super::{Index, Result};

/// Words that are looked for.
const MOST_WORDS: usize = 25;
/// No more of a text is read, in bytes.
const LONGEST: usize = 20_000;
/// A word that more than every tenth article has tells nothing.
const COMMON: u64 = 10;
/// Shorter words, in characters, tell nothing either.
const SHORTEST: usize = 3;

/// An article that others should be like.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'s> {
    /// Its headline.
    pub headline: &'s str,
    /// Dek and body, plain text.
    pub text: &'s str,
    /// BCP 47.
    pub language: Option<&'s str>,
}

/// Articles that are like another, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Similar {
    /// The most like it first.
    pub hits: Vec<Hit>,
    /// The words that were looked for, as they were first written, and how much each counted: 1 for the most telling.
    pub words: Vec<(String, f32)>,
}

/// A word of the sample.
struct Telling {
    stem: String,
    shown: String,
    weight: f32,
}

impl Index {
    /// Articles like a sample. Leave out the sample itself by `filters.articles.none_of`.
    pub fn similar(
        &self,
        sample: &Sample<'_>,
        filters: &Filters,
        limit: usize,
        deadline: &Deadline,
    ) -> Result<Similar> {
        let generation = self.generation();
        let searcher = generation.reader.searcher();
        let telling = telling(&generation.fields, &searcher, sample)?;
        if telling.is_empty() {
            return Ok(Similar { hits: Vec::new(), words: Vec::new() });
        }
        let few = searcher.num_docs() <= 10 * COMMON;
        let least = if few { telling.len().min(2) } else { telling.len().div_ceil(5) };
        let mut clauses = filters.clauses(&generation.fields)?;
        clauses.push((Occur::Must, likeness(&generation.fields, &telling, least)));
        let query = Box::new(BooleanQuery::new(clauses));
        let prepared =
            Prepared { searcher, planned: Planned { query, together: HashMap::new(), leaves: None } };
        let request = Request {
            expr: None,
            filters,
            sort: Sort::Relevance,
            direction: Direction::Forward,
            after: None,
            limit,
            now: 0,
            deadline: deadline.clone(),
        };
        let epoch = PageEpoch::passing(&prepared.searcher);
        let hits = prepared.top(&request, &epoch, false).map_err(|error| deadline.explain(error))?.hits;
        Ok(Similar { hits, words: telling.into_iter().map(|word| (word.shown, word.weight)).collect() })
    }
}

fn likeness(fields: &Fields, telling: &[Telling], least: usize) -> Box<dyn Query> {
    let word = |word: &Telling| -> Box<dyn Query> {
        let term = |(field, boost): (_, f32)| {
            let key = Key::from_field_text(field, &word.stem);
            boosted(Box::new(TermQuery::new(key, IndexRecordOption::WithFreqs)), boost * word.weight)
        };
        let fields = [(fields.title_stems, TITLE), (fields.text_stems, TEXT)];
        Box::new(BooleanQuery::union(fields.into_iter().map(term).collect()))
    };
    Box::new(BooleanQuery::union_with_minimum_required_clauses(telling.iter().map(word).collect(), least))
}

/// The most telling words first.
fn telling(fields: &Fields, searcher: &Searcher, sample: &Sample<'_>) -> Result<Vec<Telling>> {
    let articles = searcher.num_docs();
    let mut found = Vec::new();
    for (stem, (count, shown)) in counted(sample) {
        let key = |field| Key::from_field_text(field, &stem);
        let in_text = searcher.doc_freq(&key(fields.text_stems))?;
        let having = in_text.max(searcher.doc_freq(&key(fields.title_stems))?);
        // But in the smallest index, a word that one article has is a word of the sample itself.
        let own = having == 1 && articles > COMMON;
        let common = having > articles / COMMON && articles > 10 * COMMON;
        if having == 0 || own || common {
            continue;
        }
        found.push(Telling { stem, shown, weight: (1.0 + float(count).ln()) * rarity(having, articles) });
    }
    // Stable: among equals the order of stems stays.
    found.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    found.truncate(MOST_WORDS);
    let most = found.first().map_or(1.0, |word| word.weight);
    for word in &mut found {
        word.weight /= most;
    }
    Ok(found)
}

/// Stems with how often they stand in the sample and their first form.
fn counted(sample: &Sample<'_>) -> BTreeMap<String, (u64, String)> {
    let stemmer = sample.language.and_then(Stemmer::of);
    let mut counts = BTreeMap::<String, (u64, String)>::new();
    for (text, weight) in [(sample.headline, 2), (beginning(sample.text, LONGEST), 1)] {
        for word in words(text, Mode::Query) {
            if !word.dense && word.form.chars().count() < SHORTEST {
                continue;
            }
            let written = text.get(word.start..word.end).unwrap_or_default();
            let stem = match stemmer {
                Some(stemmer) if !word.dense => stemmer.stems(written, &word.form).0,
                _ => without_stemmer(&word.form),
            };
            counts.entry(stem).or_insert_with(|| (0, written.to_owned())).0 += weight;
        }
    }
    counts
}

/// The weight of a word that so many of the articles have.
fn rarity(having: u64, articles: u64) -> f32 {
    (float(articles.max(having) + 1) / (float(having) + 0.5)).ln()
}

/// As a float; exact up to sixteen million, near enough beyond.
fn float(count: u64) -> f32 {
    let (high, low) = (count >> 16, count & 0xffff);
    let half = |half: u64| f32::from(u16::try_from(half).unwrap_or(u16::MAX));
    half(high) * 65_536.0 + half(low)
}
