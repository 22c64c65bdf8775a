//! When a feed is fetched next. Pure: no clock, no sleeping, no chance.
//!
//! Whoever asks a publisher decides little: the longest wish wins, of what the feed says of itself (`ttl`, the syndication
//! module), what its answer says (`Cache-Control`, `Expires`, `Retry-After`) and how often something new came. The operator's bounds
//! stand above all but `Retry-After`. What is due in an hour or on a day that the feed asks to skip waits for the next.

use std::time::Duration;

use chrono::{Datelike as _, Timelike as _};
use uuid::Uuid;

use super::fault::Fault;
use crate::clock::Timestamp;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// A server may ask for so long a rest and no longer.
const LONGEST_REST: Duration = Duration::from_secs(7 * 24 * 3_600);

/// What the operator allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Never more often than this, whatever a feed says.
    pub shortest: Duration,
    /// Where a feed says nothing and has no rhythm yet.
    pub usual: Duration,
    /// Never more seldom than this.
    pub longest: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { shortest: Duration::from_secs(5 * 60), usual: Duration::from_secs(15 * 60), longest: DAY }
    }
}

/// What a feed says of itself. Remembered: an answer of 304 does not say it again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// `ttl`, or the syndication module's period.
    pub ttl: Option<Duration>,
    /// `skipHours`: bit n is the hour from n in GMT.
    pub skip_hours: u32,
    /// `skipDays`: bit 0 is Monday.
    pub skip_days: u8,
    /// Between two entries, as they were published.
    pub rhythm: Option<Duration>,
}

/// What an answer says of the next request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// `Cache-Control: max-age`, or `Expires`.
    pub fresh_for: Option<Duration>,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
}

/// How long to wait after a fetch that worked.
pub fn after_success(wishes: Wishes, hints: Hints, bounds: Bounds) -> Duration {
    // Twice as often as something new comes, so that half of it is never older than a quarter of the rhythm.
    let rhythm = wishes.rhythm.map(|rhythm| rhythm / 2);
    let asked = [wishes.ttl, hints.fresh_for].into_iter().flatten().max();
    let wait = asked.max(rhythm).unwrap_or(bounds.usual).clamp(bounds.shortest, bounds.longest);
    wait.max(hints.retry_after.unwrap_or_default().min(LONGEST_REST))
}

/// How long to wait after `failures` failures in a row: twice as long each time. Whoever is told to stay away, or that there is
/// nothing, comes back after an hour at the earliest. A server's own wish stands above that.
pub fn after_failure(failures: u32, fault: Fault, hints: Hints, bounds: Bounds) -> Duration {
    let first = if fault.is_ours_to_mend() { bounds.usual.max(HOUR) } else { bounds.usual };
    let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(10));
    let wait = doubled.clamp(bounds.shortest, bounds.longest.max(first));
    wait.max(hints.retry_after.unwrap_or_default().min(LONGEST_REST))
}

/// The moment at which a feed is due that was fetched at `now` and shall wait. Feeds that were added together drift apart: each
/// waits up to a tenth longer, by its own id and by the moment.
pub fn due(now: Timestamp, wait: Duration, wishes: Wishes, feed: Uuid) -> Timestamp {
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    let seed = [feed.as_bytes().as_slice(), &now.millis().to_be_bytes()].concat();
    let [a, b, ..] = *blake3::hash(&seed).as_bytes();
    let share = i64::from(u16::from_be_bytes([a, b]));
    let later = wait / 10 * share / i64::from(u16::MAX);
    past_skipped(now.plus_millis(wait).plus_millis(later), wishes)
}

/// The same moment, or the first whole hour after it that is not to be skipped. Whoever asks to skip every hour is not obeyed.
fn past_skipped(at: Timestamp, wishes: Wishes) -> Timestamp {
    const WEEK: i64 = 7 * 24;
    let hour_ms = 3_600_000;
    (0..=WEEK)
        .map(|hours| if hours == 0 { at.millis() } else { (at.millis() / hour_ms + hours) * hour_ms })
        .map(Timestamp::from_millis)
        .find(|moment| !is_skipped(*moment, wishes))
        .unwrap_or(at)
}

fn is_skipped(at: Timestamp, wishes: Wishes) -> bool {
    let time = at.to_datetime();
    let (hour, day) = (time.hour(), time.weekday().num_days_from_monday());
    wishes.skip_hours >> hour & 1 == 1 || wishes.skip_days >> day & 1 == 1
}

/// How often something new comes: the median time between the last entries, but no less than a tenth of the silence since.
/// None where too few are dated.
pub fn rhythm(published: &[Timestamp], now: Timestamp) -> Option<Duration> {
    const ENTRIES: usize = 20;
    const FEWEST: usize = 4;
    let mut times: Vec<i64> =
        published.iter().map(|at| at.millis()).filter(|at| *at > 0 && *at <= now.millis()).collect();
    times.sort_unstable_by(|a, b| b.cmp(a));
    times.dedup();
    times.truncate(ENTRIES);
    if times.len() < FEWEST {
        return None;
    }
    let mut gaps: Vec<i64> =
        times.iter().zip(times.iter().skip(1)).map(|(later, earlier)| later - earlier).collect();
    gaps.sort_unstable();
    let median = *gaps.get(gaps.len() / 2)?;
    let silence = (now.millis() - times.first()?) / 10;
    u64::try_from(median.max(silence)).ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: Bounds = Bounds {
        shortest: Duration::from_secs(300),
        usual: Duration::from_secs(900),
        longest: Duration::from_secs(86_400),
    };
    /// Monday, 23 November 2026, noon.
    const NOON: Timestamp = Timestamp::from_millis(1_795_435_200_000);

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    #[test]
    fn the_longest_wish_wins_within_bounds() {
        let after = |ttl: Option<u64>, fresh_for: Option<u64>, rhythm: Option<u64>| {
            let wishes = Wishes { ttl: ttl.map(minutes), rhythm: rhythm.map(minutes), ..Wishes::default() };
            after_success(wishes, Hints { fresh_for: fresh_for.map(minutes), retry_after: None }, BOUNDS)
        };
        assert_eq!(after(None, None, None), minutes(15));
        assert_eq!(after(Some(60), Some(1), None), minutes(60));
        assert_eq!(after(Some(60), Some(90), Some(20)), minutes(90));
        assert_eq!(after(None, None, Some(240)), minutes(120));
        assert_eq!(after(None, Some(0), None), minutes(5));
        assert_eq!(after(Some(100_000), None, None), minutes(1_440));
    }

    #[test]
    fn retry_after_stands_above_the_bounds() {
        let asked = Hints { retry_after: Some(minutes(3_000)), fresh_for: None };
        assert_eq!(after_success(Wishes::default(), asked, BOUNDS), minutes(3_000));
        assert_eq!(after_failure(1, Fault::Busy, asked, BOUNDS), minutes(3_000));
        let forever = Hints { retry_after: Some(minutes(10_000_000)), fresh_for: None };
        assert_eq!(after_failure(1, Fault::Busy, forever, BOUNDS), LONGEST_REST);
    }

    #[test]
    fn failures_back_off() {
        let after = |failures, fault| after_failure(failures, fault, Hints::default(), BOUNDS);
        assert_eq!(after(1, Fault::Server), minutes(15));
        assert_eq!(after(3, Fault::Server), minutes(60));
        assert_eq!(after(1, Fault::NotFound), minutes(60));
        assert_eq!(after(60, Fault::Timeout), minutes(1_440));
    }

    #[test]
    fn hours_and_days_that_a_feed_skips_are_skipped() {
        let skips = |hours: &[u32], days: &[u32]| Wishes {
            skip_hours: hours.iter().fold(0, |mask, hour| mask | 1 << hour),
            skip_days: days.iter().fold(0, |mask, day| mask | 1 << day),
            ..Wishes::default()
        };
        let at = |wishes| past_skipped(NOON.plus_millis(5), wishes).to_string();
        assert_eq!(at(skips(&[11, 13], &[5])), NOON.plus_millis(5).to_string());
        assert_eq!(at(skips(&[12, 13], &[])), "2026-11-23T14:00:00Z");
        assert_eq!(at(skips(&[], &[0, 1])), "2026-11-25T00:00:00Z");
        assert_eq!(at(skips(&(0..24).collect::<Vec<_>>(), &[])), NOON.plus_millis(5).to_string());
    }

    #[test]
    fn the_rhythm_is_that_of_the_entries_or_of_the_silence_since() {
        let every = |gap: i64, count: i64| -> Vec<Timestamp> {
            (0..count).map(|n| NOON.plus_millis(-gap * n)).collect()
        };
        let hour = 3_600_000;
        assert_eq!(rhythm(&every(hour, 10), NOON), Some(HOUR));
        assert_eq!(rhythm(&every(hour, 10), NOON.plus_millis(100 * hour)), Some(HOUR * 10));
        assert_eq!(rhythm(&every(hour, 3), NOON), None);
        assert_eq!(rhythm(&[NOON; 30], NOON), None, "entries of one moment have no rhythm");
    }

    proptest! {
        #[test]
        fn a_feed_is_never_due_before_it_may_be_and_hardly_later(
            wait in 300_u64..86_400, id: u128, at in 0_i64..4_000_000_000_000, hours in 0_u32..1 << 23,
        ) {
            let (now, wait) = (Timestamp::from_millis(at), Duration::from_secs(wait));
            let wishes = Wishes { skip_hours: hours, ..Wishes::default() };
            let plain = due(now, wait, Wishes::default(), Uuid::from_u128(id)).millis() - at;
            let least = i64::try_from(wait.as_millis()).unwrap();
            prop_assert!((least..=least + least / 10).contains(&plain));
            let moment = due(now, wait, wishes, Uuid::from_u128(id));
            prop_assert!(moment.millis() - at >= least && !is_skipped(moment, wishes));
        }
    }
}
