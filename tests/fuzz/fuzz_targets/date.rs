//! Dates from outside: whatever the text, it is a moment of our time or none, and reads the same when it is written again.
#![no_main]

use chrono::Datelike;
use libfuzzer_sys::fuzz_target;

#[path = "../../../api/src/intake/parse/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the target uses a part of the module")]
mod parse;

fuzz_target!(|text: &str| {
    if let Some(moment) = parse::parse_date(text) {
        assert!((1_900..=2_199).contains(&moment.year()), "{moment}");
        assert_eq!(parse::parse_date(&moment.to_rfc3339()), Some(moment));
        let at_the_second = parse::parse_date(&moment.to_rfc2822());
        assert_eq!(at_the_second.map(|at| at.timestamp()), Some(moment.timestamp()));
    }
});
