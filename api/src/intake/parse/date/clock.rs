//! The time of day in a text, with its zone.

use chrono::NaiveTime;

use super::zone;

/// A time of day.
pub(super) struct Clock {
    pub(super) time: NaiveTime,
    /// 24:00 is of the next day.
    pub(super) days_later: u64,
    /// East of UTC in seconds, where the text says so.
    pub(super) offset: Option<i32>,
    /// Whether the day has two halves, as where months stand before days.
    pub(super) halves: bool,
}

/// Finds hours and minutes with a colon, or as in French an h, between; midnight where there are none. Also what of the text is neither time nor
/// zone. None where it is a time that no clock shows.
pub(super) fn find(text: &str) -> Option<(Clock, String)> {
    let Some((from, to)) = place(text) else {
        return Some((midnight(), text.to_owned()));
    };
    let (before, written, after) = (text.get(..from)?, text.get(from..to)?, text.get(to..)?);
    // `2026-11-16+01:00`: a day in a zone.
    if before.len() == 11 && before.ends_with(['+', '-']) {
        let clock = Clock { offset: zone::of(text.get(10..)?), ..midnight() };
        return Some((clock, text.get(..10)?.to_owned()));
    }
    let mut before = before.trim_end();
    // `2026-11-16T08:30`: the T is no word of the date.
    if let Some(date) =
        before.strip_suffix(['T', 't']).filter(|date| date.ends_with(|c: char| c.is_ascii_digit()))
    {
        before = date;
    }
    let half_before = half(before.rsplit(char::is_whitespace).next().unwrap_or_default());
    let (word, rest) = first_word(after);
    let half_after = half(&word);
    let after = if half_after.is_some() { rest } else { after };
    let (offset, after) = zone::take(after);
    let (time, days_later) = read(written, half_after.or(half_before))?;
    let halves = half_after.or(half_before).is_some();
    Some((Clock { time, days_later, offset, halves }, format!("{before} {after}")))
}

fn midnight() -> Clock {
    Clock { time: NaiveTime::MIN, days_later: 0, offset: None, halves: false }
}

/// Where the time stands.
fn place(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let colon = (1..bytes.len())
        .find(|at| matches!(bytes.get(*at), Some(b':' | b'h')) && digit(at - 1) && digit(at + 1))?;
    let from = (colon.saturating_sub(2)..colon).find(|at| (*at..colon).all(digit))?;
    let part_of_time = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b',' | b'h');
    let length = bytes.get(colon..)?.iter().take_while(|byte| part_of_time(byte)).count();
    let to = (colon..colon + length).rev().find(|at| digit(*at))? + 1;
    Some((from, to))
}

/// `08:30`, `8:30:05.25`, `08:30:05:250`; a leap second is the one before it.
fn read(written: &str, afternoon: Option<bool>) -> Option<(NaiveTime, u64)> {
    let mut parts = written.split([':', '.', ',', 'h']);
    let mut number = |most: usize| -> Option<u32> {
        let part = parts.next().unwrap_or("0");
        (part.len() <= most).then(|| part.parse().ok()).flatten()
    };
    let (hour, minute, second) = (number(2)?, number(2)?, number(2)?);
    let fraction: String = parts.next().unwrap_or_default().chars().chain("000".chars()).take(3).collect();
    let hour = match (afternoon, hour) {
        (Some(true), 1..=11) => hour + 12,
        (Some(false), 12) => 0,
        _ => hour,
    };
    let (hour, days_later) = if hour == 24 && minute == 0 { (0, 1) } else { (hour, 0) };
    let second = if second == 60 { 59 } else { second };
    Some((NaiveTime::from_hms_milli_opt(hour, minute, second, fraction.parse().ok()?)?, days_later))
}

/// Whether a word says that it is after noon, or that it is before.
fn half(word: &str) -> Option<bool> {
    match word.trim_matches(|c: char| !c.is_alphabetic()).replace('.', "").to_lowercase().as_str() {
        "pm" | "μμ" | "nm" | "م" | "مساء" => Some(true),
        "am" | "πμ" | "vm" | "ص" | "صباحا" => Some(false),
        _ => None,
    }
}

fn first_word(text: &str) -> (String, &str) {
    let start = text.trim_start();
    let end = start.find(|c: char| !c.is_alphabetic() && c != '.').unwrap_or(start.len());
    let (word, rest) = start.split_at_checked(end).unwrap_or((start, ""));
    (word.to_owned(), rest)
}
