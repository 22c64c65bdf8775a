//! Bytes as they arrive, cut into numbered lines. Blank lines are passed over, and lines before the first that is wanted.

use std::collections::VecDeque;

/// The longest line: a long article with its markup.
pub const MOST_BYTES: usize = 4 * 1_024 * 1_024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// What it says.
    Text(Vec<u8>),
    /// It is too long to be read.
    TooLong,
}

impl Line {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::TooLong => 0,
        }
    }
}

/// Lines that have arrived and wait to be taken, and the beginning of the next.
#[derive(Debug, Default)]
pub struct Lines {
    ready: VecDeque<(u64, Line)>,
    bytes: usize,
    partial: Vec<u8>,
    too_long: bool,
    number: u64,
    from: u64,
    ended: bool,
}

impl Lines {
    /// No lines yet; those before `from` are passed over.
    pub fn from(from: u64) -> Self {
        Self { from, ..Self::default() }
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.ready.len()
    }

    /// How long they are.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether all has arrived.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// More has arrived.
    pub fn push(&mut self, chunk: &[u8]) {
        let mut parts = chunk.split(|byte| *byte == b'\n');
        if let Some(first) = parts.next() {
            self.extend(first);
        }
        for part in parts {
            self.finish();
            self.extend(part);
        }
    }

    /// All has arrived: the last line need not end.
    pub fn end(&mut self) {
        self.finish();
        self.ended = true;
    }

    /// The next lines, so many and so long at most, but one at least.
    pub fn take(&mut self, lines: usize, bytes: usize) -> Vec<(u64, Line)> {
        let (mut taken, mut length) = (Vec::new(), 0);
        while taken.len() < lines
            && (taken.is_empty() || length < bytes)
            && let Some((number, line)) = self.ready.pop_front()
        {
            length += line.bytes();
            self.bytes -= line.bytes();
            taken.push((number, line));
        }
        taken
    }

    fn extend(&mut self, part: &[u8]) {
        // Lines that are passed over are not kept.
        if self.too_long || self.number + 1 < self.from {
            return;
        }
        if self.partial.len() + part.len() > MOST_BYTES {
            self.too_long = true;
            self.partial = Vec::new();
        } else {
            self.partial.extend_from_slice(part);
        }
    }

    fn finish(&mut self) {
        self.number += 1;
        let text = std::mem::take(&mut self.partial);
        let too_long = std::mem::take(&mut self.too_long);
        if self.number < self.from {
            return;
        }
        let begin = if self.number == 1 { text.strip_prefix(BYTE_ORDER_MARK) } else { None };
        let trimmed = begin.unwrap_or(&text).trim_ascii();
        let line = match (too_long, trimmed.is_empty()) {
            (true, _) => Line::TooLong,
            (false, true) => return,
            (false, false) if trimmed.len() == text.len() => Line::Text(text),
            (false, false) => Line::Text(trimmed.to_vec()),
        };
        self.bytes += line.bytes();
        self.ready.push_back((self.number, line));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str, from: u64, sizes: &[usize]) -> Vec<(u64, Line)> {
        let (mut lines, mut rest, mut sizes) = (Lines::from(from), text.as_bytes(), sizes.iter().cycle());
        while !rest.is_empty() {
            let (chunk, more) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
            lines.push(chunk);
            rest = more;
        }
        lines.end();
        assert_eq!(lines.bytes(), lines.ready.iter().map(|(_, line)| line.bytes()).sum::<usize>());
        lines.take(usize::MAX, usize::MAX)
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_they_arrive(
            texts in prop::collection::vec("[a-z \r]{0,6}", 0..12),
            sizes in prop::collection::vec(1_usize..9, 1..6),
            from in 1_u64..6,
        ) {
            let text = texts.join("\n");
            let expected: Vec<_> = (1..)
                .zip(text.split('\n'))
                .filter(|(number, line)| *number >= from && !line.trim_ascii().is_empty())
                .map(|(number, line)| (number, Line::Text(line.trim_ascii().as_bytes().to_vec())))
                .collect();
            prop_assert_eq!(cut(&text, from, &sizes), expected);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_named_and_the_next_is_read() {
        let text = format!("{{\"a\":1}}\n{}\n{{}}", "x".repeat(MOST_BYTES + 1));
        let cut = cut(&text, 1, &[65_536]);
        assert_eq!(cut.get(1), Some(&(2, Line::TooLong)));
        assert_eq!(cut.get(2), Some(&(3, Line::Text(b"{}".to_vec()))));
    }

    #[test]
    fn a_batch_is_bounded_in_lines_and_bytes_and_never_empty() {
        let mut lines = Lines::from(1);
        lines.push(b"\xef\xbb\xbfaaaa\nbb\ncc\ndd\n");
        assert_eq!(lines.take(9, 3), [(1, Line::Text(b"aaaa".to_vec()))]);
        assert_eq!(lines.take(2, 100).len(), 2);
        assert_eq!((lines.len(), lines.bytes()), (1, 2));
    }
}
