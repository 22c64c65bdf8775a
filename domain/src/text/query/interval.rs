//! Dates, times, lengths of time and intervals as in ISO 8601 (in its extended format, with the weeks and the open ends of
//! ISO 8601-2), read as the time that they span.
//!
//! A year, month, week or day is all of itself, at either end of an interval: `2026-11-01/2026-11-03` is three days. A time of
//! day is an instant, at either end: intervals that share one neither overlap nor leave a gap. By itself it is the hour,
//! minute, second or millisecond that it names. Times are in milliseconds, as articles keep them, and in UTC.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, SubsecRound, TimeDelta, Utc};

use super::error::{QueryError, Span};
use super::interval::read::{Length, Moment};

mod read;
mod refuse;

/// From the first (inclusive) to the second (exclusive); none: without end on that side.
pub type Interval = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Reads a date, time or interval: `2026`, `2026-11`, `2026-11-01`, `2026-W45`, `2026-11-01T09:30Z` (UTC without a zone),
/// `today`, `yesterday`; `a/b`, `a/P1W`, `P1W/b`, `a/..`, `../b`; `P1W`, which is the last week up to `now`; and `>a`, `>=a`,
/// `<a`, `<=a`. Never ends before it begins.
pub fn interval(text: &str, now: DateTime<Utc>) -> Result<Interval, QueryError> {
    let whole = Part { text, at: 0 }.trimmed();
    let (from, to) = spanned(whole, now.trunc_subsecs(3))?;
    let outside = |time: &DateTime<Utc>| !(1..=9999).contains(&time.year());
    if from.iter().chain(&to).any(outside) {
        return Err(refuse::out_of_range(whole));
    }
    match (from, to) {
        (Some(begin), Some(end)) if begin > end => Err(refuse::reversed(whole)),
        _ => Ok((from, to)),
    }
}

/// A part of the text, and how many characters stand before it.
#[derive(Clone, Copy)]
struct Part<'a> {
    text: &'a str,
    at: usize,
}

impl Part<'_> {
    fn trimmed(self) -> Self {
        let text = self.text.trim_start();
        let before = self.text.chars().count() - text.chars().count();
        Self { text: text.trim_end(), at: self.at + before }
    }

    fn without(self, beginning: &str) -> Option<Self> {
        let text = self.text.strip_prefix(beginning)?;
        Some(Self { text, at: self.at + beginning.chars().count() })
    }

    fn split(self) -> Option<(Self, Self)> {
        let (left, right) = self.text.split_once('/')?;
        Some((Self { text: left, at: self.at }, Self { text: right, at: self.at + left.chars().count() + 1 }))
    }

    fn span(self) -> Span {
        Span::new(self.at, self.at + self.text.chars().count())
    }
}

/// What one side of an interval can be.
enum Side {
    Moment(Moment),
    Length(Length),
    Open,
}

fn spanned(whole: Part<'_>, now: DateTime<Utc>) -> Result<Interval, QueryError> {
    if whole.text.starts_with(['>', '<']) {
        return compared(whole, now);
    }
    let Some((left, right)) = whole.split() else {
        return match side(whole, now)? {
            Side::Moment(moment) => Ok((Some(moment.from), Some(moment.to))),
            Side::Length(length) => Ok((Some(before(now, length, whole)?), Some(now))),
            Side::Open => Err(refuse::no_time(whole)),
        };
    };
    match (side(left, now)?, side(right, now)?) {
        // The end of a date before this one could be the very midnight at which this one begins.
        (Side::Moment(a), Side::Moment(b)) if a.from >= b.to => Err(refuse::reversed(whole)),
        (Side::Moment(a), Side::Moment(b)) => Ok((Some(a.from), Some(b.end()))),
        (Side::Moment(a), Side::Length(length)) => Ok((Some(a.from), Some(after(a.from, length, whole)?))),
        (Side::Length(length), Side::Moment(b)) => Ok((Some(before(b.end(), length, whole)?), Some(b.end()))),
        (Side::Moment(a), Side::Open) => Ok((Some(a.from), None)),
        (Side::Open, Side::Moment(b)) => Ok((None, Some(b.end()))),
        (Side::Length(_), _) | (_, Side::Length(_)) => Err(refuse::length_without_moment(whole)),
        (Side::Open, Side::Open) => Err(refuse::no_time(whole)),
    }
}

fn compared(whole: Part<'_>, now: DateTime<Utc>) -> Result<Interval, QueryError> {
    for (sign, bound) in COMPARISONS {
        if let Some(part) = whole.without(sign) {
            return match side(part, now)? {
                Side::Moment(moment) => Ok(bound(&moment)),
                _ => Err(refuse::compared_with_no_date(whole, sign)),
            };
        }
    }
    Err(refuse::malformed(whole))
}

type Bound = fn(&Moment) -> Interval;

/// The longer signs first, because they begin with the shorter ones.
const COMPARISONS: [(&str, Bound); 4] = [
    (">=", |moment| (Some(moment.from), None)),
    ("<=", |moment| (None, Some(moment.past()))),
    (">", |moment| (Some(moment.past()), None)),
    ("<", |moment| (None, Some(moment.from))),
];

fn side(part: Part<'_>, now: DateTime<Utc>) -> Result<Side, QueryError> {
    if matches!(part.text, "" | "..") {
        return Ok(Side::Open);
    }
    let text = part.text.to_ascii_uppercase();
    let length = || read::length(&text).map(Side::Length);
    read::moment(&text, now).map(Side::Moment).or_else(length).ok_or_else(|| refuse::malformed(part))
}

fn after(time: DateTime<Utc>, length: Length, whole: Part<'_>) -> Result<DateTime<Utc>, QueryError> {
    let months = time.checked_add_months(Months::new(length.months));
    let days = months.and_then(|time| time.checked_add_days(Days::new(length.days)));
    let seconds = days.and_then(|time| time.checked_add_signed(TimeDelta::try_seconds(length.seconds)?));
    seconds.ok_or_else(|| refuse::out_of_range(whole))
}

fn before(time: DateTime<Utc>, length: Length, whole: Part<'_>) -> Result<DateTime<Utc>, QueryError> {
    let months = time.checked_sub_months(Months::new(length.months));
    let days = months.and_then(|time| time.checked_sub_days(Days::new(length.days)));
    let seconds = days.and_then(|time| time.checked_sub_signed(TimeDelta::try_seconds(length.seconds)?));
    seconds.ok_or_else(|| refuse::out_of_range(whole))
}

/// The first instant of a day.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}
