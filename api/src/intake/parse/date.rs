//! Dates as publishers write them: RFC 822 with all its abuses, RFC 3339, W3C's forms, and what is left of others.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// Zones that RFC 822 names, and those that publishers do; hours from UTC in quarter hours.
const ZONES: &[(&str, i32)] = &[
    ("gmt", 0),
    ("utc", 0),
    ("ut", 0),
    ("z", 0),
    ("wet", 0),
    ("est", -20),
    ("edt", -16),
    ("cst", -24),
    ("cdt", -20),
    ("mst", -28),
    ("mdt", -24),
    ("pst", -32),
    ("pdt", -28),
    ("akst", -36),
    ("akdt", -32),
    ("hst", -40),
    ("bst", 4),
    ("ist", 22),
    ("cet", 4),
    ("cest", 8),
    ("mez", 4),
    ("mesz", 8),
    ("eet", 8),
    ("eest", 12),
    ("msk", 12),
    ("msd", 16),
    ("jst", 36),
    ("kst", 36),
    ("hkt", 32),
    ("sgt", 32),
    ("aest", 40),
    ("aedt", 44),
    ("nzst", 48),
    ("nzdt", 52),
];

/// First letters of month names in English, German, French, Spanish, Italian, Portuguese, Dutch, Nordic and Slavic feeds.
const MONTHS: &[(&str, u32)] = &[
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("янв", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("фев", 2),
    ("mar", 3),
    ("mär", 3),
    ("mrz", 3),
    ("maa", 3),
    ("mrt", 3),
    ("мар", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("апр", 4),
    ("may", 5),
    ("mai", 5),
    ("mag", 5),
    ("mei", 5),
    ("maj", 5),
    ("май", 5),
    ("мая", 5),
    ("juin", 6),
    ("jun", 6),
    ("giu", 6),
    ("июн", 6),
    ("juil", 7),
    ("jul", 7),
    ("lug", 7),
    ("июл", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("авг", 8),
    ("sep", 9),
    ("set", 9),
    ("сен", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("окт", 10),
    ("nov", 11),
    ("ноя", 11),
    ("dec", 12),
    ("déc", 12),
    ("dez", 12),
    ("dic", 12),
    ("des", 12),
    ("дек", 12),
];

/// A moment, or none for what is no date.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let iso = || {
        DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc)).or_else(|| iso_like(text))
    };
    iso().or_else(|| rfc_822_like(text)).or_else(|| unix(text))
}

fn unix(text: &str) -> Option<DateTime<Utc>> {
    let number: i64 = text.parse().ok()?;
    match text.len() {
        9 | 10 => DateTime::from_timestamp(number, 0),
        13 => DateTime::from_timestamp_millis(number),
        8 => Some(NaiveDate::parse_from_str(text, "%Y%m%d").ok()?.and_time(NaiveTime::MIN).and_utc()),
        _ => None,
    }
}

/// `2026-11-16 08:30`, `2026-11-16T08:30+0100`, `2026-11-16`, `2026-11`, `2026/11/16 08:30:00`.
fn iso_like(text: &str) -> Option<DateTime<Utc>> {
    let text = text.replace('/', "-");
    let (day, rest) = text.split_at_checked(10).unwrap_or((text.as_str(), ""));
    let date = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().or_else(|| {
        NaiveDate::parse_from_str(&format!("{day}-01"), "%Y-%m-%d").ok().filter(|_| day.len() == 7)
    })?;
    let rest = rest.trim_start_matches(['T', 't', ' ']).trim();
    let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ',')).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at_checked(end)?;
    let time = if clock.is_empty() { NaiveTime::MIN } else { time_of(clock)? };
    at(date.and_time(time), zone.trim())
}

/// `Mon, 16 Nov 2026 08:30:00 +0000` and whatever is like it: words in any order are looked at by what they are.
fn rfc_822_like(text: &str) -> Option<DateTime<Utc>> {
    let spaced = text.replace([',', '.', '(', ')'], " ").replace('-', " -").replace(" - ", " ");
    let (mut day, mut month, mut year, mut time, mut zone) = (None, None, None, None, String::new());
    let mut afternoon = None;
    for word in spaced.split_whitespace() {
        let lower = word.to_lowercase();
        let bare = lower.trim_start_matches('-');
        if let Some(found) =
            word.contains(':').then(|| time_of(word.trim_end_matches(|c: char| c.is_alphabetic()))).flatten()
        {
            time = time.or(Some(found));
            if let Some((_, tail)) = word.split_once('+') {
                zone = format!("+{tail}");
            }
        } else if time.is_some()
            && (lower.starts_with(['+', '-']) && lower.len() >= 3
                || ZONES.iter().any(|(name, _)| *name == lower))
            && year.is_some()
        {
            zone = lower;
        } else if let Some(number) =
            bare.trim_end_matches(|c: char| c.is_alphabetic()).parse::<i32>().ok().filter(|_| bare.len() <= 4)
        {
            let small = u32::try_from(number).ok().filter(|number| (1..=31).contains(number));
            match (day, small) {
                (None, Some(found)) if bare.len() <= 2 || bare.ends_with(|c: char| c.is_alphabetic()) => {
                    day = Some(found);
                }
                _ => year = year.or(Some(number)),
            }
        } else if lower == "pm" || lower == "am" {
            afternoon = Some(lower == "pm");
        } else if let Some((_, number)) = MONTHS.iter().find(|(name, _)| bare.starts_with(name)) {
            month = month.or(Some(*number));
        } else if ZONES.iter().any(|(name, _)| *name == lower) {
            zone = lower;
        }
    }
    let year = year.map(|year| {
        if year < 70 {
            2_000 + year
        } else if year < 100 {
            1_900 + year
        } else {
            year
        }
    })?;
    let date = NaiveDate::from_ymd_opt(year, month?, day?)?;
    let mut moment = date.and_time(time.unwrap_or(NaiveTime::MIN));
    if afternoon == Some(true)
        && time.is_some_and(|time| time < NaiveTime::from_hms_opt(12, 0, 0).unwrap_or(NaiveTime::MIN))
    {
        moment += chrono::Duration::hours(12);
    }
    at(moment, &zone)
}

fn time_of(text: &str) -> Option<NaiveTime> {
    let text = text.split('+').next().unwrap_or(text);
    let mut parts = text.split(':');
    let hour: u32 = parts.next()?.parse().ok()?;
    let minute: u32 = parts.next().map_or(Some(0), |part| part.parse().ok())?;
    let second: u32 =
        parts.next().map_or(Some(0), |part| part.split(['.', ',']).next().unwrap_or(part).parse().ok())?;
    NaiveTime::from_hms_opt(if hour == 24 { 0 } else { hour }, minute, second.min(59))
}

/// A local time in a zone: an offset, a name, or nothing (UTC).
fn at(local: NaiveDateTime, zone: &str) -> Option<DateTime<Utc>> {
    let zone = zone.trim().to_lowercase();
    let named = ZONES.iter().find(|(name, _)| *name == zone).map(|(_, quarters)| quarters * 900);
    let numbers: String = zone.chars().filter(char::is_ascii_digit).collect();
    let numeric = || {
        let (hours, minutes): (i32, i32) = match numbers.len() {
            1 | 2 => (numbers.parse().ok()?, 0),
            3 => (numbers.get(..1)?.parse().ok()?, numbers.get(1..)?.parse().ok()?),
            4 => (numbers.get(..2)?.parse().ok()?, numbers.get(2..)?.parse().ok()?),
            _ => return None,
        };
        let seconds = hours * 3_600 + minutes * 60;
        Some(if zone.contains('-') { -seconds } else { seconds })
    };
    let offset = FixedOffset::east_opt(named.or_else(numeric).unwrap_or(0))?;
    local.and_local_timezone(offset).single().map(|moment| moment.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_publishers_write_them() {
        let cases = [
            ("Mon, 16 Nov 2026 08:30:00 +0100", "2026-11-16T07:30:00Z"),
            ("Mon, 16 Nov 2026 08:30:00 EST", "2026-11-16T13:30:00Z"),
            ("16 November 2026 08:30", "2026-11-16T08:30:00Z"),
            ("Montag, 16. März 2026 08:30:00 GMT", "2026-03-16T08:30:00Z"),
            ("lun., 16 août 2026 08:30:00 +0200", "2026-08-16T06:30:00Z"),
            ("Mon, 6 Nov 06 08:30:00 -0800", "2006-11-06T16:30:00Z"),
            ("2026-11-16T08:30:00.250+01:00", "2026-11-16T07:30:00.250Z"),
            ("2026-11-16 08:30", "2026-11-16T08:30:00Z"),
            ("2026-11-16", "2026-11-16T00:00:00Z"),
            ("Nov 16, 2026 2:30 PM", "2026-11-16T14:30:00Z"),
            ("1794990600", "2026-11-18T08:30:00Z"),
        ];
        for (given, expected) in cases {
            let expected = DateTime::parse_from_rfc3339(expected).unwrap().with_timezone(&Utc);
            assert_eq!(parse(given), Some(expected), "{given}");
        }
        assert_eq!(parse("yesterday"), None);
    }
}
