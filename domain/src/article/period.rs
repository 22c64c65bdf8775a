//! Times of publication that a list is narrowed to, in ISO 8601.

use crate::clock::Timestamp;
use crate::error::{Error, Place, Result};
use crate::text::query::interval;

/// Two presents, the years 100 and 9000: what depends on the present is another time at each, or none.
const PRESENTS: [i64; 2] = [-59_011_459_200_000, 221_845_392_000_000];

/// From a moment (inclusive) to another (exclusive); none: without end on that side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

impl Period {
    /// Reads a date, time or interval as the query language does. What moves with the present (`today`, `P7D`) is refused: a
    /// list is the same from page to page, and a saved one from day to day.
    pub fn parse(text: &str) -> Result<Self> {
        let [early, late] =
            PRESENTS.map(|present| interval(text, Timestamp::from_millis(present).to_datetime()));
        if early != late {
            let message = format!(
                "`{text}` moves with the time, and a list has to stay the same from page to page: write dates, as in \
                 `2026-11-16/..` or `2026-11-16/P1W`"
            );
            return Err(Error::invalid("published", "relative", message));
        }
        let (from, until) = early.map_err(|error| {
            let place = Place { position: error.position, length: error.length };
            Error::invalid_at("published", error.code, error.to_string(), place)
        })?;
        Ok(Self { from: from.map(Into::into), until: until.map(Into::into) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_still_is_read_and_what_moves_is_refused() {
        let november = Period { from: Timestamp::parse("2026-11-01"), until: Timestamp::parse("2026-12-01") };
        assert!(november.from.is_some() && november.until.is_some());
        assert_eq!(Period::parse("2026-11").unwrap(), november);
        assert_eq!(Period::parse("2026-11-01/P1M").unwrap(), november);
        assert_eq!(Period::parse("2026-11-01/..").unwrap(), Period { until: None, ..november });
        for moving in ["P7D", "today", "yesterday", "2026-11-01/today", ">today"] {
            let refusal = Period::parse(moving).unwrap_err().to_string();
            assert!(refusal.contains("moves with the time"), "{moving}: {refusal}");
        }
        let refusal = Period::parse("2026-11-31").unwrap_err().to_string();
        assert!(refusal.starts_with("published:"), "{refusal}");
    }
}
