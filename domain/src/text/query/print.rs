//! The canonical text of an expression: reading it gives the same expression, at any time of reading.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use super::ast::{Expr, Field, Term, What};

/// Fields of a group are spelled out at each term, relative times as what they meant; so the text may be longer than what was
/// read, and longer than a query may be.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(f, parts, " "),
            Self::Or(parts) => joined(f, parts, " OR "),
            Self::Not(part) if matches!(**part, Self::And(_) | Self::Or(_)) => write!(f, "-({part})"),
            Self::Not(part) => write!(f, "-{part}"),
            Self::Term(term) => write!(f, "{term}"),
        }
    }
}

/// Only a disjunction inside a conjunction needs parentheses: the other way round binds closer by itself.
fn joined(f: &mut fmt::Formatter<'_>, parts: &[Expr], between: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        match part {
            Expr::Or(_) => write!(f, "({part})")?,
            other => write!(f, "{other}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = self.field {
            write!(f, "{}:", field.name())?;
        }
        match &self.what {
            What::Word(word) if self.field == Some(Field::Url) && needs_quotes(word) => {
                write!(f, "\"{word}\"")
            }
            What::Word(word) => f.write_str(word),
            What::Prefix(beginning) => write!(f, "{beginning}*"),
            What::Phrase(words) => write!(f, "\"{words}\""),
            What::Between(from, to) => write!(f, "{}/{}", bound(*from), bound(*to)),
        }
    }
}

/// Whether an address was quoted for what it has in it.
fn needs_quotes(address: &str) -> bool {
    address.starts_with(['+', '-', '!'])
        || matches!(address, "AND" | "OR" | "NOT")
        || address.contains(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '*'))
}

fn bound(time: Option<DateTime<Utc>>) -> String {
    time.map_or_else(|| "..".to_owned(), |time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}
