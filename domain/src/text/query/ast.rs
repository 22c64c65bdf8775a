//! What a search asks for, once its words have been read.

use chrono::{DateTime, Utc};

/// An expression of the query language. Built by the parser only, which bounds its size and depth.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// Every part holds. Never empty, never of one part, none of them another `And`.
    And(Vec<Expr>),
    /// At least one part holds. Never empty, never of one part, none of them another `Or`.
    Or(Vec<Expr>),
    /// The part does not hold. Never another `Not`.
    Not(Box<Expr>),
    /// One thing to look for.
    Term(Term),
}

/// One thing to look for, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// Where; none: headline, dek, body, authors, source and topics.
    pub field: Option<Field>,
    /// What.
    pub what: What,
}

/// What a term looks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// A word as it was written, with whatever hyphens, apostrophes and other marks; analysis (case, accents, stems) is the
    /// index's. For `url:` an address or a part of one, quoted or not.
    Word(String),
    /// The beginning of a word (`parliam*`), at least two characters, or one of Chinese, Japanese and Korean, without its
    /// asterisk.
    Prefix(String),
    /// Words that stand next to each other, as they were written between the quotes, each gap one space.
    Phrase(String),
    /// A time, for `published:` only: from the first (inclusive) to the second (exclusive).
    Between(Option<DateTime<Utc>>, Option<DateTime<Utc>>),
}

/// Where a term looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// `title:` the headline.
    Title,
    /// `text:` the dek and the body.
    Text,
    /// `author:` names in the byline.
    Author,
    /// `source:` the publisher, by name, slug or id.
    Source,
    /// `topic:` by name, slug or id.
    Topic,
    /// `section:` by name, slug or id.
    Section,
    /// `lang:` BCP 47; a primary language finds its regional forms.
    Language,
    /// `url:` a host (with its subdomains), or the beginning of an address, or a part of its path.
    Url,
    /// `published:` an ISO 8601 date, time or interval.
    Published,
}

impl Expr {
    /// Every part holds; `parts` is not empty.
    pub(super) fn all(parts: Vec<Self>) -> Self {
        let flatten = |part| match part {
            Self::And(inner) => inner,
            other => vec![other],
        };
        joined(parts.into_iter().flat_map(flatten).collect(), Self::And)
    }

    /// At least one part holds; `parts` is not empty.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        let flatten = |part| match part {
            Self::Or(inner) => inner,
            other => vec![other],
        };
        joined(parts.into_iter().flat_map(flatten).collect(), Self::Or)
    }

    /// The opposite.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Every term in the order of the query, with whether it is looked for (true) or excluded (false).
    pub fn terms(&self) -> Vec<(&Term, bool)> {
        let mut found = Vec::new();
        self.collect_terms(true, &mut found);
        found
    }

    /// The words, beginnings and phrases that are looked for, in the order of the query: what a highlighter marks.
    pub fn positive_words(&self) -> impl Iterator<Item = &Term> {
        let is_word = |(term, sought): &(&Term, bool)| *sought && !matches!(term.what, What::Between(..));
        self.terms().into_iter().filter(is_word).map(|(term, _)| term)
    }

    fn collect_terms<'a>(&'a self, sought: bool, found: &mut Vec<(&'a Term, bool)>) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.collect_terms(sought, found);
                }
            }
            Self::Not(part) => part.collect_terms(!sought, found),
            Self::Term(term) => found.push((term, sought)),
        }
    }
}

/// One part is no conjunction or disjunction.
fn joined(mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    let only = if parts.len() == 1 { parts.pop() } else { None };
    only.unwrap_or_else(|| join(parts))
}

impl Field {
    /// Every name that a query may use, the usual one of each field first.
    pub const NAMES: &[(&'static str, Self)] = &[
        ("title", Self::Title),
        ("intitle", Self::Title),
        ("text", Self::Text),
        ("body", Self::Text),
        ("content", Self::Text),
        ("author", Self::Author),
        ("source", Self::Source),
        ("topic", Self::Topic),
        ("tag", Self::Topic),
        ("section", Self::Section),
        ("lang", Self::Language),
        ("language", Self::Language),
        ("url", Self::Url),
        ("inurl", Self::Url),
        ("published", Self::Published),
        ("date", Self::Published),
        ("pubdate", Self::Published),
    ];

    /// The field of this name, whatever its case.
    pub fn named(name: &str) -> Option<Self> {
        let known = Self::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, field)| *field)
    }

    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "text",
            Self::Author => "author",
            Self::Source => "source",
            Self::Topic => "topic",
            Self::Section => "section",
            Self::Language => "lang",
            Self::Url => "url",
            Self::Published => "published",
        }
    }
}
