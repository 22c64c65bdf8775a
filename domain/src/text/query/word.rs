//! What the characters of a query and the pieces between its gaps are.

use super::error::{QueryError, Span, excerpt};
use super::lex::Kind;
use super::refuse;

/// The ASCII twin of what keyboards and typesetters write instead; one character for one, so that positions hold.
pub(super) fn plain(c: char) -> char {
    match c {
        '“' | '”' | '„' | '‟' | '«' | '»' | '＂' => '"',
        '：' => ':',
        '（' => '(',
        '）' => ')',
        c if c.is_whitespace() || c.is_control() => ' ',
        c => c,
    }
}

pub(super) fn operator(written: &[char]) -> Option<Kind> {
    match written {
        ['A', 'N', 'D'] => Some(Kind::And),
        ['O', 'R'] => Some(Kind::Or),
        ['N', 'O', 'T'] => Some(Kind::Not),
        _ => None,
    }
}

/// Whether there is anything in it that an index could hold.
pub(super) fn is_word(written: &[char]) -> bool {
    written.iter().any(|c| c.is_alphanumeric())
}

/// Whether it is a word, or was meant as the beginning of one.
pub(super) fn says_something(written: &[char]) -> bool {
    is_word(written) || written.contains(&'*')
}

pub(super) fn is_address(scheme: &str, rest: &[char]) -> bool {
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    is_web && rest.starts_with(&['/', '/']) && is_word(rest)
}

/// What stands before an asterisk, if that is where asterisks may be.
pub(super) fn beginning(written: &[char], asterisk: usize, span: Span) -> Result<String, QueryError> {
    let (before, after) = written.split_at_checked(asterisk).unwrap_or((written, &[]));
    let letters = before.iter().filter(|c| c.is_alphanumeric()).count();
    if !is_word(written) {
        return Err(refuse::asterisk_alone(span));
    }
    if letters == 0 {
        let word: String = written.iter().filter(|c| **c != '*').collect();
        return Err(refuse::asterisk_first(span, &excerpt(word.chars())));
    }
    let before: String = before.iter().collect();
    if after.len() > 1 {
        return Err(refuse::asterisk_inside(span, &excerpt(before.chars())));
    }
    if letters < 2 && !before.chars().any(is_cjk) {
        return Err(refuse::asterisk_short(span));
    }
    Ok(before)
}

/// Scripts in which one character can be a whole word: Han, kana and Hangul, with the extensions in their own planes.
/// (Blocks of Unicode 17.)
fn is_cjk(c: char) -> bool {
    matches!(
        c,
        '\u{2e80}'..='\u{2fdf}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{1100}'..='\u{11ff}'
            | '\u{a960}'..='\u{a97f}'
            | '\u{ac00}'..='\u{d7ff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{ff66}'..='\u{ffdc}'
            | '\u{1b000}'..='\u{1b16f}'
            | '\u{20000}'..='\u{3ffff}'
    )
}
