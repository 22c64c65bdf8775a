//! Showing why an article was found: fragments of its texts with the sought words marked, by offsets and as HTML.
//!
//! Text and query are cut as for the index, in the article's language, so what is marked is what was found. A phrase is marked
//! as a whole. The HTML escapes the text and has no element but `<mark>`.

mod fragment;
mod sought;

use std::collections::BTreeSet;

use super::analysis::{Mode, Stemmer, Word, without_stemmer, words};
use super::schema::beginning;
use crate::text::query::Expr;
use sought::Sought;

/// No more of a text is looked at, in bytes.
const LONGEST: usize = 100_000;
/// No more places of a text are marked.
const MOST_MARKS: usize = 1_000;

/// Which text of an article: a word that is looked for in the headline is marked there only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The headline.
    Headline,
    /// Dek or body.
    Text,
    /// A name of the publisher, a topic or an author.
    Name,
}

/// A part of a text with marks. Offsets count Unicode scalar values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The part itself.
    pub text: String,
    /// Where it begins in the whole text.
    pub offset: usize,
    /// What is marked, from and up to, in the fragment.
    pub marks: Vec<(usize, usize)>,
    /// The same as HTML.
    pub html: String,
}

/// Marked bytes, and which thing that is looked for stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    start: usize,
    end: usize,
    sought: usize,
}

/// The fragments of a text that show best what `expr` looks for, in the order of the text; none where nothing of it is there.
/// A headline or a name is one fragment. `language` is the article's.
pub fn highlight(
    text: &str,
    part: Part,
    expr: &Expr,
    language: Option<&str>,
    max_fragments: usize,
) -> Vec<Fragment> {
    let text = beginning(text, LONGEST);
    let sought = Sought::of(expr, part, language);
    let marks = marks(text, &sought, language);
    if part == Part::Text {
        fragment::best(text, &marks, max_fragments)
    } else {
        fragment::whole(text, &marks)
    }
}

/// Every place where something sought stands, in order.
fn marks(text: &str, sought: &[Sought], language: Option<&str>) -> Vec<Mark> {
    if sought.is_empty() {
        return Vec::new();
    }
    let stemmer = language.and_then(Stemmer::of);
    let found = words(text, Mode::Index);
    let mut marks = BTreeSet::new();
    for (at, word) in found.iter().enumerate() {
        if marks.len() >= MOST_MARKS {
            break;
        }
        let stems = stems(text, word, stemmer);
        for (number, sought) in sought.iter().enumerate() {
            let rest = found.get(at..).unwrap_or_default();
            if let Some(end) = sought.end_at(rest, &stems) {
                marks.insert(Mark { start: word.start, end, sought: number });
            }
        }
    }
    marks.into_iter().collect()
}

/// The stems of a word as the index has them.
fn stems(text: &str, word: &Word, stemmer: Option<Stemmer>) -> Vec<String> {
    match stemmer {
        Some(stemmer) if !word.dense => {
            let written = text.get(word.start..word.end).unwrap_or_default();
            let (first, second) = stemmer.stems(written, &word.form);
            std::iter::once(first).chain(second).collect()
        }
        _ => vec![without_stemmer(&word.form)],
    }
}

#[cfg(test)]
mod tests;
