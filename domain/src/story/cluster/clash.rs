//! Headlines that say nearly the same of different things: `wins Ohio` and `wins Iowa`, `day 2` and `day 21`.

use super::terms::{Kind, Token};

/// Milliseconds after which another number in the same headline is the next part of a series, not a correction.
const NEXT_IN_SERIES: u64 = 12 * 3_600_000;

/// Names in a headline that say enough of whom it is about.
const SEVERAL: usize = 3;

/// What a clash looks at in one document.
pub(super) struct Headline<'a> {
    pub(super) title: &'a [Token],
    pub(super) time: i64,
    pub(super) outlet: u128,
    /// All terms of the document, ascending.
    pub(super) terms: &'a [u32],
}

/// Where two headlines part: what stands in one and in the other instead, and what stands before both.
struct Fork<'a> {
    before: Option<&'a Token>,
    left: Vec<&'a Token>,
    right: Vec<&'a Token>,
}

/// Whether two headlines follow one pattern and fill it differently, so that they tell of different events. `is_name` tells
/// what else is a name than what looks like one.
pub(super) fn clash(left: &Headline, right: &Headline, is_name: &dyn Fn(u32) -> bool) -> bool {
    let (one, other) = (content(left.title), content(right.title));
    if strangers(left, right, &one, &other) {
        return true;
    }
    let (forks, matched) = forks(&one, &other);
    let shorter = one.len().min(other.len());
    if matched * 2 < shorter || matched == 0 {
        return false;
    }
    let name = |token: &&&Token| token.kind == Kind::Name || token.kind == Kind::Word && is_name(token.term);
    let number = |token: &&&Token| token.kind == Kind::Number;
    let mut numbers_apart = 0;
    for fork in &forks {
        let (names, others) = (pick(&fork.left, name), pick(&fork.right, name));
        let mentioned = mentions(right.terms, &names) && mentions(left.terms, &others);
        if apart(&names, &others) && !mentioned {
            return true;
        }
        if apart(&pick(&fork.left, number), &pick(&fork.right, number)) {
            if fork.before.is_some_and(|token| token.counter) {
                return true;
            }
            numbers_apart += 1;
        }
    }
    let later = left.time.abs_diff(right.time) >= NEXT_IN_SERIES;
    let same_pattern = matched * 3 >= shorter * 2;
    let series = numbers_apart >= 2 || numbers_apart == 1 && left.outlet == right.outlet;
    later && same_pattern && series
}

/// Whether each headline names several and nobody whom the other document mentions: what else they share is how such news is
/// told.
fn strangers(left: &Headline, right: &Headline, one: &[&Token], other: &[&Token]) -> bool {
    let people = |tokens: &[&Token]| pick(tokens, |token| token.kind == Kind::Name);
    let (names, others) = (people(one), people(other));
    names.len() >= SEVERAL
        && others.len() >= SEVERAL
        && !mentions(right.terms, &names)
        && !mentions(left.terms, &others)
}

fn content(title: &[Token]) -> Vec<&Token> {
    title.iter().filter(|token| !token.stop || token.counter).collect()
}

fn pick(tokens: &[&Token], want: impl Fn(&&&Token) -> bool) -> Vec<u32> {
    tokens.iter().filter(want).map(|token| token.term).collect()
}

fn apart(left: &[u32], right: &[u32]) -> bool {
    !left.is_empty() && !right.is_empty() && !left.iter().any(|term| right.contains(term))
}

fn mentions(terms: &[u32], names: &[u32]) -> bool {
    names.iter().any(|name| terms.binary_search(name).is_ok())
}

/// Aligns two headlines by their longest common subsequence: where they part, and how many tokens they share.
fn forks<'a>(left: &[&'a Token], right: &[&'a Token]) -> (Vec<Fork<'a>>, usize) {
    let lengths = common_lengths(left, right);
    let length = |at: usize, to: usize| lengths.get(at).and_then(|row| row.get(to)).copied().unwrap_or(0);
    let (mut at, mut to, mut out) = (0, 0, Vec::new());
    let mut fork = Fork { before: None, left: Vec::new(), right: Vec::new() };
    loop {
        match (left.get(at), right.get(to)) {
            (Some(one), Some(other)) if one.term == other.term => {
                let next = Fork { before: Some(*one), left: Vec::new(), right: Vec::new() };
                out.push(std::mem::replace(&mut fork, next));
                (at, to) = (at + 1, to + 1);
            }
            (Some(one), other) if other.is_none() || length(at + 1, to) >= length(at, to + 1) => {
                fork.left.push(one);
                at += 1;
            }
            (_, Some(other)) => {
                fork.right.push(other);
                to += 1;
            }
            _ => break,
        }
    }
    let matched = out.len();
    out.push(fork);
    (out, matched)
}

/// For each place in both headlines, the length of what they have in common from there on.
fn common_lengths(left: &[&Token], right: &[&Token]) -> Vec<Vec<usize>> {
    let mut rows = vec![vec![0; right.len() + 1]];
    for one in left.iter().rev() {
        let below = rows.last().cloned().unwrap_or_default();
        let mut row = vec![0; right.len() + 1];
        let mut longest = 0;
        for (to, other) in right.iter().enumerate().rev() {
            let next = |column: usize| below.get(column).copied().unwrap_or(0);
            longest = if one.term == other.term { next(to + 1) + 1 } else { next(to).max(longest) };
            if let Some(slot) = row.get_mut(to) {
                *slot = longest;
            }
        }
        rows.push(row);
    }
    rows.reverse();
    rows
}
