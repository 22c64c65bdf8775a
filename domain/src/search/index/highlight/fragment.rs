//! Cutting the best fragments out of a marked text.

use super::{Fragment, Mark};

/// How long a fragment is, in bytes; a little more or less where words or sentences end.
const LENGTH: usize = 240;
/// What is shown before the first mark, at most.
const LEAD: usize = 60;
/// Shorter texts are shown whole.
const SHORT: usize = 300;

/// The whole text as one fragment, if there is anything to mark.
pub(super) fn whole(text: &str, marks: &[Mark]) -> Vec<Fragment> {
    if marks.is_empty() { Vec::new() } else { vec![cut(text, 0, text.len(), marks)] }
}

/// The fragments that have the most different things to mark, then the most marks, then come first.
pub(super) fn best(text: &str, marks: &[Mark], most: usize) -> Vec<Fragment> {
    if text.len() <= SHORT {
        let mut fragments = whole(text, marks);
        fragments.truncate(most);
        return fragments;
    }
    let mut windows: Vec<Window> = marks.iter().map(|mark| Window::around(text, *mark, marks)).collect();
    windows.sort_by_key(|window| (std::cmp::Reverse((window.kinds, window.marks)), window.start));
    let mut chosen: Vec<Window> = Vec::new();
    for window in windows {
        if chosen.len() >= most {
            break;
        }
        if chosen.iter().all(|other| window.end <= other.start || other.end <= window.start) {
            chosen.push(window);
        }
    }
    chosen.sort_by_key(|window| window.start);
    chosen.iter().map(|window| cut(text, window.start, window.end, marks)).collect()
}

struct Window {
    start: usize,
    end: usize,
    kinds: usize,
    marks: usize,
}

impl Window {
    /// The part of the text that has this mark near its beginning.
    fn around(text: &str, mark: Mark, marks: &[Mark]) -> Self {
        let start = beginning_near(text, mark.start);
        let end = ending_near(text, start, mark.end);
        let inside = |other: &&Mark| start <= other.start && other.end <= end;
        let mut kinds: Vec<usize> = marks.iter().filter(inside).map(|other| other.sought).collect();
        let count = kinds.len();
        kinds.sort_unstable();
        kinds.dedup();
        Self { start, end, kinds: kinds.len(), marks: count }
    }
}

/// Where the sentence begins, or a word some way before.
fn beginning_near(text: &str, at: usize) -> usize {
    let from = boundary(text, at.saturating_sub(LEAD));
    let lead = text.get(from..at).unwrap_or_default();
    let sentence =
        lead.char_indices().rev().find(|(_, c)| matches!(c, '.' | '!' | '?' | '。' | '！' | '？' | '\n'));
    let start = match sentence {
        Some((end, stop)) => from + end + stop.len_utf8(),
        None if from == 0 => 0,
        None => from + lead.find(char::is_whitespace).unwrap_or(0),
    };
    let skipped = text.get(start..at).unwrap_or_default();
    start + skipped.len() - skipped.trim_start().len()
}

/// Where a word ends, far enough behind the beginning.
fn ending_near(text: &str, start: usize, least: usize) -> usize {
    let to = boundary(text, (start + LENGTH).max(least));
    if to == text.len() {
        return to;
    }
    let shown = text.get(least..to).unwrap_or_default();
    let end = shown.rfind(char::is_whitespace).map_or(to, |space| least + space);
    let kept = text.get(start..end).unwrap_or_default().trim_end().len();
    (start + kept).max(least)
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// A fragment with the marks in it; those that overlap become one.
fn cut(text: &str, start: usize, end: usize, marks: &[Mark]) -> Fragment {
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for mark in marks.iter().filter(|mark| start <= mark.start && mark.end <= end) {
        match joined.last_mut() {
            Some(last) if mark.start < last.1 => last.1 = last.1.max(mark.end),
            _ => joined.push((mark.start, mark.end)),
        }
    }
    let mut fragment = Fragment {
        text: text.get(start..end).unwrap_or_default().to_owned(),
        offset: characters(text, 0, start),
        marks: Vec::new(),
        html: String::new(),
    };
    let (mut at, mut count) = (start, 0);
    for (from, to) in joined {
        escape(text.get(at..from).unwrap_or_default(), &mut fragment.html);
        fragment.html.push_str("<mark>");
        escape(text.get(from..to).unwrap_or_default(), &mut fragment.html);
        fragment.html.push_str("</mark>");
        let first = count + characters(text, at, from);
        count = first + characters(text, from, to);
        fragment.marks.push((first, count));
        at = to;
    }
    escape(text.get(at..end).unwrap_or_default(), &mut fragment.html);
    fragment
}

fn characters(text: &str, from: usize, to: usize) -> usize {
    text.get(from..to).unwrap_or_default().chars().count()
}

/// Text as HTML, safe between tags and in quoted attributes.
fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}
