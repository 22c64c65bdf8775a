//! What is said of times that cannot be read.

use super::super::error::{QueryError, excerpt};
use super::Part;

pub(super) fn malformed(part: Part<'_>) -> QueryError {
    let text = excerpt(part.text.chars());
    part.span().error(
        "bad_time",
        format!("`{text}` is not a date, time or length of time"),
        mending(part.text),
    )
}

pub(super) fn no_time(whole: Part<'_>) -> QueryError {
    let hint = "write one, as in `2026-11-01`, `2026-11-01/..` or `P1W`";
    whole.span().error("bad_time", "there is no date, time or length of time", hint)
}

pub(super) fn length_without_moment(whole: Part<'_>) -> QueryError {
    let message = "a length of time in an interval needs a date or time on the other side";
    let hint = "write `2026-11-01/P1W` or `P1W/2026-11-01`; `P1W` by itself is the last week up to now";
    whole.span().error("bad_time", message, hint)
}

pub(super) fn compared_with_no_date(whole: Part<'_>, sign: &str) -> QueryError {
    let message = format!("`{sign}` needs a date or time right after it");
    whole.span().error("bad_time", message, format!("write as in `{sign}2026-11-01`"))
}

pub(super) fn reversed(whole: Part<'_>) -> QueryError {
    let (begin, end) = whole.text.split_once('/').unwrap_or((whole.text, ""));
    let mended = format!("{}/{}", excerpt(end.chars()), excerpt(begin.chars()));
    whole.span().error(
        "reversed_interval",
        "the interval ends before it begins",
        format!("write the earlier time first: `{mended}`"),
    )
}

pub(super) fn out_of_range(whole: Part<'_>) -> QueryError {
    let message = "times have to lie in the years 1 to 9999";
    let hint = "leave a side open that has no end, as in `2026-11-01/..`";
    whole.span().error("time_out_of_range", message, hint)
}

/// Guesses what was meant.
fn mending(text: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    let upper = text.to_ascii_uppercase();
    let numbers: Vec<&str> = text.split(['.', '-', '/']).collect();
    if text.len() == 8 && text.chars().all(is_digit) {
        let (year, rest) = text.split_at(4);
        let (month, day) = rest.split_at(2);
        return format!("write dates with hyphens: `{year}-{month}-{day}`");
    }
    if text.contains(' ') {
        return "write no spaces: date and time are joined by a T, as in `2026-11-01T09:30`, and in a web address the plus \
                sign of a zone is `%2B`"
            .to_owned();
    }
    if upper.starts_with('P') {
        return "write lengths of time as in `P3D`, `P1W`, `P1M`, `PT6H` or `P1DT12H`".to_owned();
    }
    if text.contains('/') {
        return "write an interval with one slash, as in `2026-11-01/2026-11-08` or `2026-11-01/P1W`"
            .to_owned();
    }
    if numbers.len() == 3 && numbers.iter().all(|number| !number.is_empty() && number.chars().all(is_digit)) {
        return if text.get(4..5) == Some("-") && text.len() == 10 {
            "the calendar has no such day: look at its month and day".to_owned()
        } else {
            "write the year first and two digits each for month and day, as in `2026-11-01`".to_owned()
        };
    }
    "write a year `2026`, a month `2026-11`, a day `2026-11-01`, a week `2026-W45`, a time `2026-11-01T09:30Z`, an interval \
     `2026-11-01/2026-11-08` or `2026-11-01/..`, or a length `P1W`"
        .to_owned()
}
