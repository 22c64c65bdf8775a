//! The language in which readers and programs say what they are looking for.
//!
//! ```text
//! query     = any
//! any       = all *( "OR" all )
//! all       = part *( [ "AND" ] part )                 side by side means AND
//! part      = *( "NOT" | "-" | "+" ) ( term | "(" any ")" )
//! term      = [ field ":" ] ( word | word "*" | '"' words '"' ) | field ":" "(" any ")" | "published:" interval
//! ```
//!
//! - NOT binds closer than AND, AND closer than OR; the three are operators in capitals only.
//! - `-` and `+` stand right before what they exclude or require. `+` changes nothing: every part that is not under OR or NOT
//!   is required anyway.
//! - A group after a field takes the field for each of its words. Fields and their other names are in
//!   [`Field::NAMES`]; any case will do.
//! - `parliam*` finds words by their beginning, of at least two letters or one of Chinese, Japanese and Korean.
//! - Between quotes nothing has a meaning of its own. Every double quote of Europe and the full-width one open and close.
//!   Full-width colons and parentheses, and the ideographic space, are read as their ASCII twins.
//! - A bare http(s) address is looked for as `url:`; one with parentheses in it has to be quoted.
//! - Where no letter stands before a colon (`12:30`), or nothing after it (`Breaking:`), it is part of the word; any other
//!   name before a colon must be a field's.
//! - What has neither letters nor digits (`&`, `–`) is passed over, as the index does; `|`, `||` and `!` before a word, which
//!   mean something elsewhere, are refused.
//! - Times are read by [`interval()`].
//!
//! A query has at most [`MAX_LENGTH`] characters, [`MAX_TERMS`] terms, [`MAX_PREFIXES`] of them with an asterisk, and
//! [`MAX_DEPTH`] levels of parentheses. Reading takes time in proportion to the length, and no more stack than that depth.

mod ast;
mod error;
mod interval;
mod lex;
mod parse;
mod print;
mod refuse;
#[cfg(test)]
mod tests;
mod word;

pub use ast::{Expr, Field, Term, What};
pub use error::QueryError;
pub use interval::{Interval, interval};
pub use parse::parse;

/// The longest query, in Unicode scalar values.
pub const MAX_LENGTH: usize = 500;
/// The most terms in a query.
pub const MAX_TERMS: usize = 64;
/// The most terms that end in an asterisk: each may stand for many words of the index.
pub const MAX_PREFIXES: usize = 8;
/// The deepest parentheses.
pub const MAX_DEPTH: usize = 16;
