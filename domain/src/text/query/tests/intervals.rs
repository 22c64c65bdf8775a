//! Times, and what is no time.

use super::super::{QueryError, interval};
use super::{now, span};

#[track_caller]
fn spans(text: &str, expected: &str) {
    assert_eq!(interval(text, now()).map(|(from, to)| span(from, to)), Ok(expected.to_owned()), "{text}");
}

fn refused(text: &str) -> QueryError {
    match interval(text, now()) {
        Err(error) => error,
        Ok((from, to)) => panic!("{text} was read as {}", span(from, to)),
    }
}

#[test]
fn dates_are_all_of_themselves() {
    spans("2026", "[2026-01-01, 2027-01-01)");
    spans("2026-11", "[2026-11-01, 2026-12-01)");
    spans("2026-12", "[2026-12-01, 2027-01-01)");
    spans("2026-11-01", "[2026-11-01, 2026-11-02)");
    spans("2024-02-29", "[2024-02-29, 2024-03-01)");
    spans("2026-W45", "[2026-11-02, 2026-11-09)");
    spans("2026-w53", "[2026-12-28, 2027-01-04)");
    spans("2026-W01", "[2025-12-29, 2026-01-05)");
    spans("2026-W45-7", "[2026-11-08, 2026-11-09)");
    spans(" today ", "[2026-11-24, 2026-11-25)");
    spans("Yesterday", "[2026-11-23, 2026-11-24)");
}

#[test]
fn times_of_day_are_as_long_as_their_last_part() {
    spans("2026-11-01T09", "[2026-11-01T09:00:00, 2026-11-01T10:00:00)");
    spans("2026-11-01T09:30", "[2026-11-01T09:30:00, 2026-11-01T09:31:00)");
    spans("2026-11-01T09:30:15Z", "[2026-11-01T09:30:15, 2026-11-01T09:30:16)");
    spans("2026-11-01t09:30:15.5z", "[2026-11-01T09:30:15.500, 2026-11-01T09:30:15.501)");
    spans("2026-11-01T09:30:15,123456789", "[2026-11-01T09:30:15.123, 2026-11-01T09:30:15.124)");
    spans("2026-W45-1T09:30", "[2026-11-02T09:30:00, 2026-11-02T09:31:00)");
}

#[test]
fn zones_become_utc() {
    for text in ["2026-11-01T09:30+05:30", "2026-11-01T09:30+0530", "2026-11-01T01:00-03", "2026-11-01T04:00"]
    {
        assert_eq!(interval(text, now()).unwrap().0, Some("2026-11-01T04:00:00Z".parse().unwrap()), "{text}");
    }
    spans("2026-11-01T00:30+01:00", "[2026-10-31T23:30:00, 2026-10-31T23:31:00)");
}

#[test]
fn intervals_include_the_whole_of_their_last_date() {
    spans("2026-11-01/2026-11-03", "[2026-11-01, 2026-11-04)");
    spans("2026-10/2026-11", "[2026-10-01, 2026-12-01)");
    spans("2026-11-01/2026-W45", "[2026-11-01, 2026-11-09)");
    spans("yesterday/today", "[2026-11-23, 2026-11-25)");
    spans("2026-11-01/2026-11-01", "[2026-11-01, 2026-11-02)");
}

#[test]
fn intervals_end_before_the_instant_that_ends_them() {
    spans("2026-11-01T06:00/2026-11-01T12:00", "[2026-11-01T06:00:00, 2026-11-01T12:00:00)");
    spans("2026-11-01/2026-11-02T00:00Z", "[2026-11-01, 2026-11-02)");
    spans("2026-11-01T06:00/2026-11-01T06:00", "[2026-11-01T06:00:00, 2026-11-01T06:00:00)");
}

#[test]
fn intervals_may_be_open() {
    for text in ["2026-11-01/..", "2026-11-01/", ">=2026-11-01"] {
        spans(text, "[2026-11-01, )");
    }
    for text in ["../2026-11-01", "/2026-11-01", "<=2026-11-01"] {
        spans(text, "[, 2026-11-02)");
    }
}

#[test]
fn lengths_count_from_either_side_or_back_from_now() {
    spans("2026-11-01/P1W", "[2026-11-01, 2026-11-08)");
    spans("P1W/2026-11-07", "[2026-11-01, 2026-11-08)");
    spans("2026-01-31/P1M", "[2026-01-31, 2026-02-28)");
    spans("P1M/2026-02", "[2026-02-01, 2026-03-01)");
    spans("2024-02-29/P1Y", "[2024-02-29, 2025-02-28)");
    spans("2026-11-01/PT6H", "[2026-11-01, 2026-11-01T06:00:00)");
    spans("2026-11-01/P1DT12H", "[2026-11-01, 2026-11-02T12:00:00)");
    spans("2026-11-01/P1Y2M1W3DT4H5M6S", "[2026-11-01, 2028-01-11T04:05:06)");
    spans("P1W", "[2026-11-17T09:30:00, 2026-11-24T09:30:00)");
    spans("p3d", "[2026-11-21T09:30:00, 2026-11-24T09:30:00)");
    spans("PT90M", "[2026-11-24T08:00:00, 2026-11-24T09:30:00)");
}

#[test]
fn times_are_in_milliseconds() {
    let now = now() + chrono::TimeDelta::nanoseconds(1_234_567);
    let (from, to) = interval("PT1S", now).unwrap();
    assert_eq!(span(from, to), "[2026-11-24T09:29:59.001, 2026-11-24T09:30:00.001)");
}

#[test]
fn comparisons_leave_out_all_of_a_date_and_one_instant_of_a_time() {
    spans(">2026-11-01", "[2026-11-02, )");
    spans("<2026-11-01", "[, 2026-11-01)");
    spans(">2026", "[2027-01-01, )");
    spans(">2026-11-01T09:30", "[2026-11-01T09:30:00.001, )");
    spans("<=2026-11-01T09:30", "[, 2026-11-01T09:30:00.001)");
    spans("<2026-11-01T09:30", "[, 2026-11-01T09:30:00)");
}

#[test]
fn what_is_no_time_is_refused() {
    let texts = [
        "soon",
        "26",
        "02026",
        "2026-00",
        "2026-1",
        "2026-W54",
        "2025-W53",
        "2026-W45-8",
        "2026-W45-0",
        "2026-11-00",
        "2026-11-01-02",
        "2026-11T09:30",
        "2026-11-01T",
        "2026-11-01T24:00",
        "2026-11-01T09:60",
        "2026-11-01T09:30:60",
        "2026-11-01T9:30",
        "2026-11-01T09:30:00.",
        "2026-11-01T09:30X",
        "2026-11-01T09:30+24:00",
        "2026-11-01T09:30+01:60",
        "2026-11-01T09:30+1",
        "2026-11-01T09:30Z+01:00",
        "2026-11-01T09:30+é0",
        "+2026",
        "-2026",
        "２０２６",
        "P",
        "PT",
        "P1",
        "P1H",
        "PT1D",
        "P1D1W",
        "P-1D",
        "P1.5D",
        "P1DT",
        "P1D1D",
        "P1234567D",
        "=2026",
        ">>2026",
        "2026/2027/2028",
        "T09:30",
    ];
    for text in texts {
        assert_eq!(refused(text).code, "bad_time", "{text}");
    }
    for text in ["", "..", "/", "../..", "P1W/..", "../P1W", "P1W/", "P1W/P1D", ">", ">=", "<..", ">P1W"] {
        assert_eq!(refused(text).code, "bad_time", "{text}");
    }
}

#[test]
fn intervals_do_not_end_before_they_begin() {
    let texts = [
        "2026/2025",
        "2026-11-02/2026-11-01",
        "today/yesterday",
        "2026-11-01T12:00/2026-11-01T06:00",
        "2026-11-01T12:00:30/2026-11-01T12:00",
        "2026-11-02/2026-11-01T23:00",
        "2026-11-02T00:00/2026-11-01",
    ];
    for text in texts {
        assert_eq!(refused(text).code, "reversed_interval", "{text}");
    }
    spans("2026-11-15/2026-11", "[2026-11-15, 2026-12-01)");
}

#[test]
fn errors_point_at_the_part_that_is_wrong() {
    let at = |text: &str| (refused(text).position, refused(text).length);
    assert_eq!(at("2026-11-01/soon"), (11, 4));
    assert_eq!(at("  sööner/2026"), (2, 6));
    assert_eq!(at(">=soon"), (2, 4));
    assert_eq!(at("2026/2025"), (0, 9));
}

#[test]
fn hints_mend_the_usual_slips() {
    let hint = |text: &str| refused(text).hint;
    assert_eq!(hint("20261101"), "write dates with hyphens: `2026-11-01`");
    assert!(hint("2026-11-01T09:30 01:00").contains("`%2B`"));
    assert!(hint("2026-11-31").contains("no such day"));
    for text in ["1.11.2026", "2026-1-1", "01-11-2026"] {
        assert!(hint(text).contains("the year first"), "{text}");
    }
    assert!(hint("P5X").contains("`PT6H`"));
    assert!(hint("1/11/2026").contains("a year `2026`"));
    assert!(hint("2026/01/11").contains("one slash"));
    assert!(hint("soon").contains("`2026-W45`"));
    assert!(hint("P1W/..").contains("`P1W` by itself"));
    assert_eq!(hint(">"), "write as in `>2026-11-01`");
    assert_eq!(hint("2026/2025"), "write the earlier time first: `2025/2026`");
}

#[test]
fn times_beyond_four_figures_are_refused() {
    for text in
        ["0000", "9999", "2026/P9000Y", "P3000Y", "2026/P999999Y", "2026/PT999999H999999M", "P999999D/2026"]
    {
        let expected = if text.starts_with("2026/PT") { None } else { Some("time_out_of_range") };
        assert_eq!(interval(text, now()).err().map(|error| error.code), expected, "{text}");
    }
    spans("0001", "[0001-01-01, 0002-01-01)");
    spans("2026/9998", "[2026-01-01, 9999-01-01)");
    assert!(refused("9999").hint.contains("`2026-11-01/..`"));
}
