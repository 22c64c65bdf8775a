//! What is to be marked: the terms of a query, as they are compared with the words of a text.

use super::super::analysis::{Mode, Stemmer, Word, without_stemmer, words};
use super::super::plan::LONGEST_RUN;
use super::Part;
use crate::text::query::{Expr, Field, Term, What};

/// One thing to mark.
#[derive(Clone, Debug)]
pub(super) enum Sought {
    /// A word with one of these stems.
    Stems(Vec<String>),
    /// Words of these forms, at these distances from the first.
    Sequence(Vec<(usize, String)>),
    /// A word that begins so.
    Beginning(String),
}

impl Sought {
    /// What of an expression is to be marked in this part of an article.
    pub(super) fn of(expr: &Expr, part: Part, language: Option<&str>) -> Vec<Self> {
        let stemmer = language.and_then(Stemmer::of);
        let mut sought = Vec::new();
        for term in expr.positive_words().filter(|term| belongs(term, part)) {
            add(term, part, stemmer, &mut sought);
        }
        sought
    }

    /// Where it ends, if it begins with the first of these words, whose stems are given.
    pub(super) fn end_at(&self, rest: &[Word], stems: &[String]) -> Option<usize> {
        let first = rest.first()?;
        match self {
            Self::Stems(any) => any.iter().any(|stem| stems.contains(stem)).then_some(first.end),
            Self::Beginning(start) => first.form.starts_with(start.as_str()).then_some(first.end),
            Self::Sequence(places) => {
                let mut end = None;
                for (distance, form) in places {
                    let position = first.position + distance;
                    let near = rest.iter().take_while(|word| word.position <= position);
                    let here = near.filter(|word| word.position == position && word.form == *form);
                    let found =
                        if *distance == 0 { (first.form == *form).then_some(first) } else { here.last() };
                    end = Some(found?.end);
                }
                end
            }
        }
    }
}

/// Whether a term looks at this part.
fn belongs(term: &Term, part: Part) -> bool {
    match term.field {
        None => true,
        Some(Field::Title) => part == Part::Headline,
        Some(Field::Text) => part == Part::Text,
        Some(Field::Author | Field::Source | Field::Topic | Field::Section) => part == Part::Name,
        Some(Field::Language | Field::Url | Field::Published) => false,
    }
}

fn add(term: &Term, part: Part, stemmer: Option<Stemmer>, sought: &mut Vec<Sought>) {
    match &term.what {
        What::Word(text) => {
            let cut = words(text, Mode::Query);
            match cut.as_slice() {
                [] => {}
                [word] if part == Part::Name => sought.push(sequence(std::slice::from_ref(word))),
                [word] => sought.push(Sought::Stems(stems(text, word, stemmer))),
                run if run.len() > LONGEST_RUN && run.iter().all(|word| word.dense) => {
                    sought.extend(run.iter().map(|pair| sequence(std::slice::from_ref(pair))));
                }
                several => sought.push(sequence(several)),
            }
        }
        What::Phrase(text) => {
            let cut = words(text, Mode::Query);
            if !cut.is_empty() {
                sought.push(sequence(&cut));
            }
        }
        What::Prefix(text) => {
            let mut cut = words(text, Mode::Query);
            if let Some(last) = cut.pop_if(|last| !last.dense) {
                sought.push(Sought::Beginning(last.form));
            }
            if !cut.is_empty() {
                sought.push(sequence(&cut));
            }
        }
        What::Between(..) => {}
    }
}

fn stems(text: &str, word: &Word, stemmer: Option<Stemmer>) -> Vec<String> {
    match stemmer {
        Some(stemmer) if !word.dense => {
            let written = text.get(word.start..word.end).unwrap_or(text);
            let (first, second) = stemmer.stems(written, &word.form);
            std::iter::once(first).chain(second).collect()
        }
        _ => vec![without_stemmer(&word.form)],
    }
}

fn sequence(cut: &[Word]) -> Sought {
    let first = cut.first().map_or(0, |word| word.position);
    Sought::Sequence(cut.iter().map(|word| (word.position - first, word.form.clone())).collect())
}
