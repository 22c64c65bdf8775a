//! Why a query cannot be read, where, and how to mend it.

/// A query that cannot be read. Its `Display` is the message and the hint in one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {hint}")]
pub struct QueryError {
    /// Where the trouble begins: characters (Unicode scalar values) from the start of the text, counted from 0.
    pub position: usize,
    /// How many characters it takes up; 0 where something is missing from a text that has nothing.
    pub length: usize,
    /// Stable, for programs: `empty`, `too_long`, `too_many_terms`, `too_many_prefixes`, `too_deep`, `unclosed_quote`,
    /// `empty_phrase`, `unclosed_parenthesis`, `unopened_parenthesis`, `empty_group`, `dangling_operator`, `foreign_operator`,
    /// `unknown_field`, `nested_field`, `missing_value`, `misplaced_sign`, `unquoted_address`, `asterisk_first`,
    /// `asterisk_inside`, `asterisk_short`, `bad_time`, `reversed_interval`, `time_out_of_range`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// How to mend it, where possible with the mended text.
    pub hint: String,
}

/// A stretch of the query, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// An error about this stretch.
    pub(super) fn error(
        self,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> QueryError {
        let length = self.end.saturating_sub(self.start);
        QueryError { position: self.start, length, code, message: message.into(), hint: hint.into() }
    }
}

/// The most characters that an error repeats from the query.
const LONGEST_EXCERPT: usize = 40;

/// A part of the query, short and plain enough to stand in a sentence.
pub(super) fn excerpt(chars: impl IntoIterator<Item = char>) -> String {
    let mut chars = chars.into_iter().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = chars.by_ref().take(LONGEST_EXCERPT).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}
