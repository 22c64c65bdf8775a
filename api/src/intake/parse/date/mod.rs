//! Dates as publishers write them: RFC 822 with all its abuses, RFC 3339, ISO 8601, and those of many languages.
//!
//! A text is taken apart into a time of day with its zone, and what is left: numbers and the name of a month, which are told
//! apart by what they can be. What is no date of the calendar is none.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, Utc};

mod clock;
mod month;
mod script;
mod zone;

/// Nothing longer is a date.
const LONGEST: usize = 160;
/// Years in which things are published.
const YEARS: std::ops::RangeInclusive<i32> = 1_900..=2_199;

/// A moment, or none for what is no date.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let exact = DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc));
    let found = exact.or_else(|| {
        let plain = script::plain(text);
        unix(&plain).or_else(|| compact(&plain)).or_else(|| written(&plain))
    });
    found.filter(|at| YEARS.contains(&at.year()))
}

/// Seconds or milliseconds since 1970.
fn unix(text: &str) -> Option<DateTime<Utc>> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    match whole.len() {
        9 | 10 => DateTime::from_timestamp(whole.parse().ok()?, 0),
        13 => DateTime::from_timestamp_millis(whole.parse().ok()?),
        _ => None,
    }
}

/// ISO 8601 without separators: `20261116T083000Z`, `20261116083000`, `20261116`.
fn compact(text: &str) -> Option<DateTime<Utc>> {
    let (day, rest) =
        text.split_at_checked(8).filter(|(day, _)| day.bytes().all(|byte| byte.is_ascii_digit()))?;
    let date = NaiveDate::parse_from_str(day, "%Y%m%d").ok()?;
    let rest = rest.trim_start_matches(['T', 't', ' ']).replace(':', "");
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (time, zone) = rest.split_at_checked(digits)?;
    let number = |from: usize| time.get(from..from + 2).map_or(Some(0), |part| part.parse().ok());
    let time = match time.len() {
        0 if !zone.is_empty() => return None,
        0 => NaiveTime::MIN,
        4 | 6 => NaiveTime::from_hms_opt(number(0)?, number(2)?, number(4)?.min(59))?,
        _ => return None,
    };
    local(date, time, 0, zone::of(zone))
}

/// `Mon, 16 Nov 2026 08:30:00 +0000`, `2026-11-16 08:30`, `16.11.2026`, and whatever is like them.
fn written(text: &str) -> Option<DateTime<Utc>> {
    let (clock, rest) = clock::find(text)?;
    let date = calendar(&rest, clock.halves)?;
    local(date, clock.time, clock.days_later, clock.offset)
}

/// A local time in a zone; without one it is UTC.
fn local(date: NaiveDate, time: NaiveTime, days_later: u64, offset: Option<i32>) -> Option<DateTime<Utc>> {
    let date = date.checked_add_days(Days::new(days_later))?;
    let offset = FixedOffset::east_opt(offset.unwrap_or(0)).or_else(|| FixedOffset::east_opt(0))?;
    let moment = date.and_time(time).and_local_timezone(offset).single()?;
    Some(moment.with_timezone(&Utc))
}

/// The day that numbers and words name.
fn calendar(text: &str, halves: bool) -> Option<NaiveDate> {
    let mut numbers = Vec::<(i32, usize)>::new();
    let (mut named, mut numbers_before) = (None, 0);
    // Vietnamese: `tháng 11`.
    let mut numbered_month = false;
    for word in words(text) {
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            let number = (word.parse().ok()?, word.len());
            if numbered_month {
                (named, numbers_before) = (u32::try_from(number.0).ok(), numbers.len());
            } else {
                numbers.push(number);
            }
        } else if word == "w" && numbers.len() == 1 {
            return week(text);
        } else if let Some(found) = month::named(&word) {
            // A weekday may begin like a month, and stands before it.
            if named.is_none() || numbers_before == 0 && numbers.len() <= 1 {
                (named, numbers_before) = (Some(found), numbers.len());
            }
        }
        numbered_month = word == "tháng";
    }
    let in_numbers = matches!(numbers.as_slice(), [(_, 4), _, _, ..] | [_, _, (_, 4), ..]);
    match (named.filter(|_| !(in_numbers && numbers_before == 0)), numbers.as_slice()) {
        (Some(month), [first, second, ..]) => {
            let year_first = first.1 >= 3;
            let (day, year) = if year_first { (second, first) } else { (first, second) };
            ymd(full_year(*year)?, month, day.0)
        }
        // `November 2026`: the day is not said.
        (Some(month), [year @ (_, 4)]) if numbers_before == 0 => ymd(year.0, month, 1),
        (None, [year @ (_, 4), month, day, ..]) => ymd(year.0, u32::try_from(month.0).ok()?, day.0),
        (None, [first, second, third, ..]) => {
            let american = second.0 > 12 || halves && first.0 <= 12 && !text.contains('.');
            let (day, month) = if american { (second.0, first.0) } else { (first.0, second.0) };
            ymd(full_year(*third)?, u32::try_from(month).ok()?, day)
        }
        // `2026-320`: the day of the year.
        (None, [year @ (_, 4), (day, 3)]) => NaiveDate::from_yo_opt(year.0, u32::try_from(*day).ok()?),
        (None, [year @ (_, 4), month]) => ymd(year.0, u32::try_from(month.0).ok()?, 1),
        (None, [year @ (_, 4)]) if text.trim().len() == 4 => ymd(year.0, 1, 1),
        _ => None,
    }
}

/// `2026-W47-1`.
fn week(text: &str) -> Option<NaiveDate> {
    let text = text.trim().trim_end_matches(['T', 't']).trim_end().to_ascii_uppercase();
    let with_day = if text.len() < 10 { format!("{text}-1") } else { text };
    NaiveDate::parse_from_str(&with_day, "%G-W%V-%u").ok()
}

fn ymd(year: i32, month: u32, day: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, u32::try_from(day).ok()?)
}

/// RFC 2822, 4.3: two digits from 00 to 49 are of this century, others of the last, and so are three. The Thai calendar is
/// 543 years ahead.
fn full_year((year, digits): (i32, usize)) -> Option<i32> {
    match (digits, year) {
        (2, 0..=49) => Some(year + 2_000),
        (2 | 3, _) => Some(year + 1_900),
        (4, 2_443..=2_742) => Some(year - 543),
        (4, _) => Some(year),
        _ => None,
    }
}

/// Numbers, and words in small letters.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::<String>::new();
    let mut kind = None;
    for c in text.chars() {
        let next = if c.is_ascii_digit() {
            Some(true)
        } else {
            // Vowel signs of Indian scripts are no letters, but of a word.
            let letter = c.is_alphabetic()
                || (c > '\u{2ff}' && !c.is_whitespace() && !('\u{2000}'..='\u{206f}').contains(&c));
            letter.then_some(false)
        };
        if next.is_some() && next != kind {
            words.push(String::new());
        }
        if let (Some(_), Some(word)) = (next, words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        kind = next;
    }
    words
}

#[cfg(test)]
mod tests;
