//! The language by example, its refusals, and what holds for every text.

mod errors;
mod examples;
mod intervals;
mod properties;

use chrono::{DateTime, Utc};

use super::ast::{Expr, Term, What};

/// A Tuesday.
fn now() -> DateTime<Utc> {
    "2026-11-24T09:30:00Z".parse().unwrap()
}

/// The shape of an expression, written otherwise than queries are.
fn shape(expr: &Expr) -> String {
    let list = |parts: &[Expr]| parts.iter().map(shape).collect::<Vec<_>>().join(" ");
    match expr {
        Expr::And(parts) => format!("(all {})", list(parts)),
        Expr::Or(parts) => format!("(any {})", list(parts)),
        Expr::Not(part) => format!("(not {})", shape(part)),
        Expr::Term(Term { field, what }) => {
            let field = field.map(|field| format!("{field:?}=")).unwrap_or_default();
            match what {
                What::Word(word) => format!("{field}{word}"),
                What::Prefix(word) => format!("{field}{word}…"),
                What::Phrase(words) => format!("{field}<{words}>"),
                What::Between(from, to) => format!("{field}{}", span(*from, *to)),
            }
        }
    }
}

fn span(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> String {
    let bound = |time: Option<DateTime<Utc>>| {
        time.map_or_else(String::new, |time| time.format("%Y-%m-%dT%H:%M:%S%.f").to_string())
    };
    format!("[{}, {})", bound(from), bound(to)).replace("T00:00:00", "")
}
