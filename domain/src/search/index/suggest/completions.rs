//! The dictionaries of suggestions: words of headlines, and names by each of their words.
//!
//! An entry is what is typed, a zero byte, and what is shown. The dictionary keeps entries in order, so the completions of a
//! text stand together, and how many articles have each is known without reading any.

use std::collections::BTreeSet;

use super::super::analysis::{Mode, fold, words};
use super::super::schema::{Kind, Named};

/// Shorter words need no completion.
const SHORTEST_WORD: usize = 3;
/// A name is found by each of its first words.
const WORDS_OF_NAME: usize = 6;
const LONGEST_NAME: usize = 200;

/// The entries of a headline's words.
pub(crate) fn of_headline(headline: &str) -> BTreeSet<Vec<u8>> {
    let found = words(headline, Mode::Query).into_iter();
    let long = found.filter(|word| word.dense || word.form.chars().count() >= SHORTEST_WORD);
    long.map(|word| {
        let shown = headline.get(word.start..word.end).unwrap_or_default().to_lowercase();
        entry(&word.form, shown.as_bytes())
    })
    .collect()
}

/// The entries of a name.
pub(crate) fn of_name(kind: Kind, named: &Named) -> Vec<Vec<u8>> {
    let name = super::super::schema::beginning(&named.name, LONGEST_NAME);
    let mut shown = vec![kind.code()];
    shown.extend(named.id.to_be_bytes());
    shown.extend(name.as_bytes());
    let starts = words(name, Mode::Query).into_iter().map(|word| word.start).take(WORDS_OF_NAME);
    starts.map(|start| entry(&typed(name.get(start..).unwrap_or_default()), &shown)).collect()
}

/// What is typed, as entries begin: folded, with single spaces.
pub(crate) fn typed(text: &str) -> String {
    let folded = fold(text).replace('\0', " ");
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What an entry shows.
pub(crate) fn shown(entry: &[u8]) -> Option<&[u8]> {
    let end = entry.iter().position(|byte| *byte == 0)?;
    entry.get(end + 1..)
}

/// The name that an entry shows.
pub(crate) fn shown_name(entry: &[u8]) -> Option<(Kind, u128, String)> {
    let (code, rest) = shown(entry)?.split_first()?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.code() == *code)?;
    let (id, name) = rest.split_first_chunk::<16>()?;
    Some((kind, u128::from_be_bytes(*id), String::from_utf8_lossy(name).into_owned()))
}

fn entry(typed: &str, shown: &[u8]) -> Vec<u8> {
    let mut entry = Vec::with_capacity(typed.len() + 1 + shown.len());
    entry.extend(typed.as_bytes());
    entry.push(0);
    entry.extend(shown);
    entry
}
