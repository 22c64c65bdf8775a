//! Free text as a search.

use std::collections::BTreeSet;

use super::analysis::{Mode, Word, words};
use crate::text::query::{Expr, Term, What};

/// More words of a text are not looked for.
const MOST_WORDS: usize = 64;
/// Nor are more pairs of neighbours,
const MOST_PAIRS: usize = 16;
/// nor pairs with a shorter word, in characters: *of the* costs much and tells nothing.
const SHORTEST_OF_PAIR: usize = 4;

/// Any word of a text: the more of them an article has, the rarer they are, and the more of them stand next to each other as in
/// the text, the better it matches. None where the text has no words.
pub fn any_words(text: &str) -> Option<Expr> {
    let found = words(text, Mode::Query);
    let mut seen = BTreeSet::new();
    let new = found.iter().filter(|word| seen.insert(word.form.as_str()));
    let written = |from: &Word, to: &Word| text.get(from.start..to.end).unwrap_or_default().to_owned();
    let words = new.take(MOST_WORDS).map(|word| What::Word(written(word, word)));
    let is_long = |word: &Word| !word.dense && word.form.chars().count() >= SHORTEST_OF_PAIR;
    let pairs = found.windows(2).filter_map(|pair| match pair {
        [one, next] if is_long(one) && is_long(next) => Some(What::Phrase(written(one, next))),
        _ => None,
    });
    let mut parts: Vec<Expr> =
        words.chain(pairs.take(MOST_PAIRS)).map(|what| Expr::Term(Term { field: None, what })).collect();
    if parts.len() > 1 { Some(Expr::Or(parts)) } else { parts.pop() }
}
