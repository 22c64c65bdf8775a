//! Cutting a text into words.
//!
//! A word is a run of letters, digits and their marks. Scripts without spaces between words (Han, kana, Thai, Lao, Burmese,
//! Khmer) and Hangul, whose words carry their particles, are cut into overlapping pairs of characters instead, so that any
//! part of a run is found as a sequence of pairs; articles have the single characters too, for queries of one.

use std::collections::VecDeque;

use unicode_normalization::char::is_combining_mark;

use super::fold::is_joiner;

/// Words that a [`GAP_MARK`](super::GAP_MARK) counts for, so that no phrase reaches over it.
const GAP: usize = 64;

/// What stands before an apostrophe in French, Italian and Catalan without being a word of its own.
const ELISIONS: &[&str] = &[
    "l", "d", "j", "m", "n", "s", "t", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "dell", "all",
    "dall", "nell", "sull", "quell", "un",
];

/// For which side a text is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// An article: pairs and single characters of scripts without spaces.
    Index,
    /// A query: pairs, or the single character where there is but one.
    Query,
}

/// A piece of a text that is looked for as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) position: usize,
    pub(crate) dense: bool,
}

impl Piece {
    /// Its text.
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// Gives the pieces of a text one by one.
pub(crate) struct Splitter<'t> {
    text: &'t str,
    at: usize,
    position: usize,
    mode: Mode,
    ready: VecDeque<Piece>,
}

impl<'t> Splitter<'t> {
    /// From the beginning of a text.
    pub(crate) fn new(text: &'t str, mode: Mode) -> Self {
        Self { text, at: 0, position: 0, mode, ready: VecDeque::new() }
    }

    /// The next piece.
    pub(crate) fn next_piece(&mut self) -> Option<Piece> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(piece);
            }
            let first = self.peek()?;
            if is_dense(first) {
                self.take_dense();
            } else if first.is_alphanumeric() {
                self.take_word();
            } else {
                if first == super::GAP_MARK {
                    self.position += GAP;
                }
                self.at += first.len_utf8();
            }
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take_word(&mut self) {
        let start = self.at;
        let length = abbreviation(self.rest()).unwrap_or_else(|| run(self.rest()));
        self.at += length;
        let word = self.text.get(start..self.at).unwrap_or_default();
        if let Some(after) = self.rest().strip_prefix(is_apostrophe) {
            if after.starts_with(char::is_alphanumeric) && is_elision(word) {
                return;
            }
            let next = after.get(..run(after)).unwrap_or_default();
            if next.eq_ignore_ascii_case("s") {
                self.at = self.text.len() - after.len() + next.len();
            }
        }
        self.push(start, start + length, false);
        self.position += 1;
    }

    fn push(&mut self, start: usize, end: usize, dense: bool) {
        self.ready.push_back(Piece { start, end, position: self.position, dense });
    }

    fn take_dense(&mut self) {
        let mut before = self.take_cluster();
        let mut alone = true;
        while self.peek().is_some_and(is_dense) {
            let next = self.take_cluster();
            if self.mode == Mode::Index {
                self.push(before.0, before.1, true);
            }
            self.push(before.0, next.1, true);
            self.position += 1;
            (before, alone) = (next, false);
        }
        if alone || self.mode == Mode::Index {
            self.push(before.0, before.1, true);
        }
        self.position += 1;
    }

    /// A character with the marks that belong to it.
    fn take_cluster(&mut self) -> (usize, usize) {
        let start = self.at;
        let mut rest = self.rest().chars();
        self.at += rest.next().map_or(0, char::len_utf8);
        let marks = rest.take_while(|c| is_combining_mark(*c) || is_joiner(*c) || matches!(c, 'ﾞ' | 'ﾟ'));
        self.at += marks.map(char::len_utf8).sum::<usize>();
        (start, self.at)
    }
}

/// The length of the word that a text begins with.
fn run(text: &str) -> usize {
    let simple = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    if text.as_bytes().get(simple).is_none_or(u8::is_ascii) {
        return simple;
    }
    let is_part = |c: char| (c.is_alphanumeric() && !is_dense(c)) || is_combining_mark(c) || is_joiner(c);
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// The length of an abbreviation such as `U.S.` that a text begins with: single letters, each but the last with a full stop.
fn abbreviation(text: &str) -> Option<usize> {
    if text.as_bytes().get(1).is_some_and(|second| second.is_ascii() && *second != b'.') {
        return None;
    }
    let (mut letters, mut end) = (0, 0);
    let mut chars = text.chars().peekable();
    while let Some(letter) = chars.next_if(|c| c.is_alphabetic() && !is_dense(*c)) {
        if chars.peek().is_some_and(|c| c.is_alphanumeric() || is_combining_mark(*c)) {
            // A whole word follows the last full stop (`U.S.dollar`).
            break;
        }
        letters += 1;
        end += letter.len_utf8();
        if chars.next_if_eq(&'.').is_none() {
            break;
        }
        end += 1;
    }
    (letters > 1).then_some(end)
}

fn is_elision(word: &str) -> bool {
    ELISIONS.iter().any(|elision| word.eq_ignore_ascii_case(elision))
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '＇')
}

/// Whether a character is of a script that is cut into pairs.
fn is_dense(c: char) -> bool {
    c > '\u{e00}'
        && matches!(c,
        '\u{e01}'..='\u{e4e}' | '\u{e80}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}'
        | '\u{1780}'..='\u{17d3}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}'
        | '\u{30fc}'..='\u{30ff}' | '\u{3105}'..='\u{312f}' | '\u{3131}'..='\u{318e}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9d}' | '\u{20000}'..='\u{3ffff}')
        && c.is_alphanumeric()
}
