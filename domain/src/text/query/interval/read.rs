//! One date, time or length of time. Texts come in ASCII capitals.

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};

use super::midnight;

/// A date, or a time of day on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) from: DateTime<Utc>,
    /// Exclusive.
    pub(super) to: DateTime<Utc>,
    is_instant: bool,
}

impl Moment {
    /// Where an interval ends that ends with this, exclusive.
    pub(super) fn end(&self) -> DateTime<Utc> {
        if self.is_instant { self.from } else { self.to }
    }

    /// The first time that is later than this.
    pub(super) fn past(&self) -> DateTime<Utc> {
        if self.is_instant { self.from + TimeDelta::milliseconds(1) } else { self.to }
    }
}

/// A length of time as the calendar counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) months: u32,
    pub(super) days: u64,
    pub(super) seconds: i64,
}

pub(super) fn moment(text: &str, now: DateTime<Utc>) -> Option<Moment> {
    let today = now.date_naive();
    match text {
        "TODAY" => Some(days((today, today.succ_opt()?))),
        "YESTERDAY" => Some(days((today.pred_opt()?, today))),
        _ => match text.split_once('T') {
            Some((date, time)) => instant(date, time),
            None => date(text).map(days),
        },
    }
}

fn days((first, beyond): (NaiveDate, NaiveDate)) -> Moment {
    Moment { from: midnight(first), to: midnight(beyond), is_instant: false }
}

/// The first day, and the day after the last.
fn date(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let parts: Vec<&str> = text.splitn(4, '-').collect();
    let year = parts.first().and_then(|year| digits(year, 4)).and_then(|year| i32::try_from(year).ok())?;
    match parts.as_slice() {
        [_] => {
            let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
            Some((first, first.checked_add_months(Months::new(12))?))
        }
        [_, week] if week.starts_with('W') => {
            let week = digits(week.strip_prefix('W')?, 2)?;
            let first = NaiveDate::from_isoywd_opt(year, week, Weekday::Mon)?;
            Some((first, first.checked_add_days(Days::new(7))?))
        }
        [_, week, day] if week.starts_with('W') => {
            let week = digits(week.strip_prefix('W')?, 2)?;
            let monday = NaiveDate::from_isoywd_opt(year, week, Weekday::Mon)?;
            let day = digits(day, 1).filter(|day| (1..=7).contains(day))?;
            let first = monday.checked_add_days(Days::new(u64::from(day - 1)))?;
            Some((first, first.succ_opt()?))
        }
        [_, month] => {
            let first = NaiveDate::from_ymd_opt(year, digits(month, 2)?, 1)?;
            Some((first, first.checked_add_months(Months::new(1))?))
        }
        [_, month, day] => {
            let first = NaiveDate::from_ymd_opt(year, digits(month, 2)?, digits(day, 2)?)?;
            Some((first, first.succ_opt()?))
        }
        _ => None,
    }
}

fn instant(date_text: &str, time_text: &str) -> Option<Moment> {
    let (day, beyond) = date(date_text)?;
    if day.succ_opt() != Some(beyond) {
        return None;
    }
    let zone_at = time_text.find(['Z', '+', '-']).unwrap_or(time_text.len());
    let (clock, zone) = time_text.split_at_checked(zone_at)?;
    let (time, unit) = time_of_day(clock)?;
    let from = day.and_time(time).and_utc().checked_sub_signed(offset(zone)?)?;
    Some(Moment { from, to: from.checked_add_signed(unit)?, is_instant: true })
}

/// `hh`, `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`, and how long such a time lasts. What is finer than milliseconds is dropped.
fn time_of_day(text: &str) -> Option<(NaiveTime, TimeDelta)> {
    let parts: Vec<&str> = text.splitn(4, ':').collect();
    let two = |part: &str| digits(part, 2);
    match parts.as_slice() {
        [hour] => Some((NaiveTime::from_hms_opt(two(hour)?, 0, 0)?, TimeDelta::hours(1))),
        [hour, minute] => {
            Some((NaiveTime::from_hms_opt(two(hour)?, two(minute)?, 0)?, TimeDelta::minutes(1)))
        }
        [hour, minute, second] => match second.split_once(['.', ',']) {
            None => {
                let time = NaiveTime::from_hms_opt(two(hour)?, two(minute)?, two(second)?)?;
                Some((time, TimeDelta::seconds(1)))
            }
            Some((second, fraction)) => {
                let millis = thousandths(fraction)?;
                let time = NaiveTime::from_hms_milli_opt(two(hour)?, two(minute)?, two(second)?, millis)?;
                Some((time, TimeDelta::milliseconds(1)))
            }
        },
        _ => None,
    }
}

fn thousandths(fraction: &str) -> Option<u32> {
    let is_fraction = fraction.bytes().all(|b| b.is_ascii_digit());
    let padded = format!("{fraction}00");
    if is_fraction { digits(padded.get(..3)?, 3) } else { None }
}

/// What a zone is ahead of UTC: `Z` and nothing are UTC, others are `+hh:mm`, `+hhmm` or `+hh`.
fn offset(zone: &str) -> Option<TimeDelta> {
    if matches!(zone, "" | "Z") {
        return Some(TimeDelta::zero());
    }
    let (sign, amount) = zone.split_at_checked(1)?;
    let (hours, minutes) = match amount.len() {
        2 => (amount, "00"),
        4 => amount.split_at_checked(2)?,
        _ => amount.split_once(':')?,
    };
    let hours = digits(hours, 2).filter(|hours| *hours < 24)?;
    let minutes = digits(minutes, 2).filter(|minutes| *minutes < 60)?;
    let ahead = TimeDelta::minutes(i64::from(hours * 60 + minutes));
    match sign {
        "+" => Some(ahead),
        "-" => Some(-ahead),
        _ => None,
    }
}

/// `P1Y2M3W4DT5H6M7S`, any part left out but not all.
pub(super) fn length(text: &str) -> Option<Length> {
    let text = text.strip_prefix('P')?;
    let (dated, timed) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((dated, timed)) => (dated, timed),
        None => (text, ""),
    };
    if text.is_empty() {
        return None;
    }
    let [years, months, weeks, days] = amounts(dated, ['Y', 'M', 'W', 'D'])?;
    let [hours, minutes, seconds] = amounts(timed, ['H', 'M', 'S'])?;
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds);
    Some(Length { months: years * 12 + months, days: u64::from(weeks * 7 + days), seconds })
}

/// Numbers of up to six digits, each before its unit, in the order of the units.
fn amounts<const N: usize>(mut text: &str, units: [char; N]) -> Option<[u32; N]> {
    let mut amounts = [0; N];
    for (amount, unit) in amounts.iter_mut().zip(units) {
        let is_digit = |c: char| c.is_ascii_digit();
        let rest = text.trim_start_matches(is_digit);
        if let Some(rest) = rest.strip_prefix(unit) {
            let count = text.find(unit)?;
            *amount = text.get(..count).filter(|number| number.len() <= 6)?.parse().ok()?;
            text = rest;
        }
    }
    text.is_empty().then_some(amounts)
}

/// Exactly so many ASCII digits, as a number.
fn digits(text: &str, count: usize) -> Option<u32> {
    let fits = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}
