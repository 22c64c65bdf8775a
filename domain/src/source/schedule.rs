//! When a feed is fetched next. Pure: no clock, no sleeping.

use std::time::Duration;

/// Never more often than this, whatever a feed says.
pub const SHORTEST: Duration = Duration::from_secs(5 * 60);
/// Where a feed says nothing.
pub const USUAL: Duration = Duration::from_secs(15 * 60);
/// Never more seldom than this.
pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What a fetch told about the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// `ttl`, or the syndication module's period.
    pub ttl: Option<Duration>,
    /// `Cache-Control: max-age`, or `Expires`.
    pub fresh_for: Option<Duration>,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
}

/// How long to wait after a fetch that worked: the longest wish, within bounds.
pub fn after_success(hints: Hints) -> Duration {
    let wishes = [hints.ttl, hints.fresh_for, hints.retry_after].into_iter().flatten();
    wishes.max().unwrap_or(USUAL).clamp(SHORTEST, LONGEST)
}

/// How long to wait after `failures` failures in a row: twice as long each time; a server's own wish stands above that.
pub fn after_failure(failures: u32, hints: Hints) -> Duration {
    let doubled = USUAL.saturating_mul(1 << failures.saturating_sub(1).min(10));
    doubled.max(hints.retry_after.unwrap_or_default()).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wish_wins_within_bounds() {
        let hour = Duration::from_secs(3_600);
        let hints = Hints { ttl: Some(hour), fresh_for: Some(Duration::from_secs(60)), retry_after: None };
        assert_eq!(after_success(hints), hour);
        assert_eq!(after_success(Hints::default()), USUAL);
        assert_eq!(after_success(Hints { fresh_for: Some(Duration::ZERO), ..Hints::default() }), SHORTEST);
        assert_eq!(after_success(Hints { ttl: Some(hour * 1_000), ..Hints::default() }), LONGEST);
    }

    #[test]
    fn failures_back_off_and_respect_retry_after() {
        assert_eq!(after_failure(1, Hints::default()), USUAL);
        assert_eq!(after_failure(3, Hints::default()), USUAL * 4);
        assert_eq!(after_failure(60, Hints::default()), LONGEST);
        let asked = Hints { retry_after: Some(Duration::from_secs(7_200)), ..Hints::default() };
        assert_eq!(after_failure(1, asked), Duration::from_secs(7_200));
    }
}
