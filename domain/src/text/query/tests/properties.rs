//! What holds for every text.

use proptest::prelude::*;

use super::super::ast::{Expr, What};
use super::super::parse::read;
use super::super::{MAX_DEPTH, MAX_LENGTH, MAX_TERMS, interval, parse};
use super::now;

const WORDS: &[&str] =
    &["flood", "洪", "don’t", "C++:", "12:30", "Breaking:", "#a1", "x-y", "&", "ab*", "洪*", "*", "a*b"];
const PHRASES: &[&str] =
    &["\"", "“a b”", "\"c d\"", "\"(x) y*\"", "\"-z OR\"", "\"https://example.com/(a)\""];
const ADDRESSES: &[&str] = &["https://example.com/a:b", "example.com/x*", "http://"];
const MARKS: &[&str] = &["AND", "OR", "NOT", "-", "+", "(", ")", "((", "))", "：", "（", "）", "!", "||"];
const FIELDS: &[&str] = &["title:", "tag:", "text:(", "url:", "url:(", "published:", "date:(", "foo:"];
const TIMES: &[&str] = &["2026-11-01", "P1W", "2026/..", ">=2026-W45", "today", "../2026-11-01T09:30+02:00"];

/// Texts that are often queries: pieces of the language, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let one_of = |pieces: &'static [&'static str]| prop::sample::select(pieces);
    let piece = prop_oneof![
        4 => one_of(WORDS),
        2 => one_of(MARKS),
        2 => one_of(FIELDS),
        1 => one_of(PHRASES),
        1 => one_of(ADDRESSES),
        2 => one_of(TIMES),
    ];
    let gap = one_of(&["", " ", " ", "\u{3000}"]);
    prop::collection::vec((piece, gap), 0..12)
        .prop_map(|pieces| pieces.into_iter().fold(String::new(), |text, (piece, gap)| text + piece + gap))
}

/// Texts that are queries of every shape, but for the few with too much in them.
fn queries() -> impl Strategy<Value = String> {
    let term = prop_oneof![
        "[a-z洪é]{1,6}",
        "[a-z]{2,4}\\*",
        "\"[a-z*:(-]{0,3}[a-z] ?[A-Z]{1,3}\"",
        "(title|tag|author|inurl|lang):[a-z]{1,4}",
        "url:\"[-+!(*a-z][a-z]{1,4} ?[a-z*)]{0,4}\"",
        "(source|topic|url|body):\"[a-z]{1,4} [a-z*(]{0,4}\"",
        "https?://[a-z]{1,8}\\.example/[a-z:?=&]{0,4}[a-z]",
        "published:20[0-2][0-9]-(0[1-9]|1[0-2])(-[0-2][1-8])?(/(P[1-9][YMWD]|PT[1-9]H|\\.\\.))?",
        "date:[<>]=?20[0-2][0-9]-W[0-4][1-9]",
        "date:P[1-9][YMWD]",
    ];
    term.prop_recursive(6, 40, 4, |part| {
        prop_oneof![
            prop::collection::vec(part.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" "))),
            prop::collection::vec(part.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
            prop::collection::vec(part.clone(), 2..3).prop_map(|parts| parts.join(" AND ")),
            part.clone().prop_map(|part| format!("-({part})")),
            part.prop_map(|part| format!("NOT {part}")),
        ]
    })
}

fn is_normal(expr: &Expr) -> bool {
    match expr {
        Expr::And(parts) => {
            parts.len() > 1 && parts.iter().all(|part| !matches!(part, Expr::And(_)) && is_normal(part))
        }
        Expr::Or(parts) => {
            parts.len() > 1 && parts.iter().all(|part| !matches!(part, Expr::Or(_)) && is_normal(part))
        }
        Expr::Not(part) => !matches!(**part, Expr::Not(_)) && is_normal(part),
        Expr::Term(term) => match &term.what {
            What::Word(text) | What::Prefix(text) | What::Phrase(text) => {
                text.chars().any(char::is_alphanumeric)
            }
            What::Between(Some(from), Some(to)) => from <= to,
            What::Between(from, to) => from.is_some() || to.is_some(),
        },
    }
}

fn depth(expr: &Expr) -> usize {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => 1 + parts.iter().map(depth).max().unwrap_or_default(),
        Expr::Not(part) => 1 + depth(part),
        Expr::Term(_) => 0,
    }
}

fn check(text: &str) -> Result<(), TestCaseError> {
    match parse(text, now()) {
        Ok(expr) => {
            prop_assert!(is_normal(&expr), "{expr:?}");
            prop_assert!(expr.terms().len() <= MAX_TERMS);
            prop_assert!(depth(&expr) <= 3 * (MAX_DEPTH + 1));
            prop_assert_eq!(read(&expr.to_string(), now()), Ok(expr));
        }
        Err(error) => {
            prop_assert!(error.position + error.length <= text.chars().count(), "{error:?}");
            prop_assert!(!error.message.is_empty() && !error.hint.is_empty());
            prop_assert!(error.message.len() + error.hint.len() < 1200);
        }
    }
    Ok(())
}

const TIME: &str = "([<>]=?|)(today|20[0-9]{2}(-[01][0-9](-[0-2][0-9](T[0-2][0-9]:[0-9]{2}([+-]0[0-9]:30)?)?)?)?|PT?[0-9]{1,6}[YMWDHS]|[.]{0,2})";

proptest! {
    #[test]
    fn any_text_is_read_or_refused_in_place(text in "\\PC{0,600}") {
        check(&text)?;
    }

    #[test]
    fn any_characters_at_all_are_read_or_refused(chars in prop::collection::vec(any::<char>(), 0..600)) {
        check(&chars.into_iter().collect::<String>())?;
    }

    #[test]
    fn pieces_of_the_language_are_read_or_refused_in_place(text in pieces()) {
        check(&text)?;
    }

    #[test]
    fn marks_in_any_order_are_read_or_refused_in_place(text in "[ab1洪 :*+\\-()\"/.<>&!|ANDORT]{0,40}") {
        check(&text)?;
    }

    #[test]
    fn canonical_text_reads_back_at_any_time(text in queries()) {
        let read_text = read(&text, now());
        prop_assume!(read_text.is_ok(), "too many terms");
        let expr = read_text.unwrap();
        let canonical = expr.to_string();
        let later = now() + chrono::TimeDelta::days(400);
        prop_assert_eq!(read(&canonical, later), Ok(expr.clone()), "{}", canonical);
        if canonical.chars().count() <= MAX_LENGTH {
            prop_assert_eq!(parse(&canonical, now()), Ok(expr));
        }
    }

    #[test]
    fn intervals_never_end_before_they_begin(left in TIME, slash in "/?", right in TIME) {
        let text = format!("{left}{slash}{right}");
        match interval(&text, now()) {
            Ok((Some(from), Some(to))) => prop_assert!(from <= to),
            Ok((from, to)) => prop_assert!(from.is_some() || to.is_some()),
            Err(error) => prop_assert!(error.position + error.length <= text.chars().count()),
        }
    }

    #[test]
    fn any_text_is_an_interval_or_refused_in_place(text: String) {
        if let Err(error) = interval(&text, now()) {
            prop_assert!(error.position + error.length <= text.chars().count());
        }
    }
}
