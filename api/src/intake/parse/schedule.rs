//! When a feed wants to be asked again: `ttl`, the syndication module, `skipHours` and `skipDays`.

use std::time::Duration;

use chrono::Weekday;

use super::ParsedCloud;
use super::xml::Node;

/// `ttl` is in minutes; the syndication module says how often in which period.
pub(super) fn ttl(channel: &Node<'_>) -> Option<Duration> {
    let number = |name: &str| {
        let text = channel.text_of(name)?;
        let digits = text.trim().split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default().to_owned();
        digits.parse::<u64>().ok()
    };
    let minutes = number("ttl").filter(|minutes| *minutes > 0);
    let seconds = minutes.map(|minutes| minutes.saturating_mul(60)).or_else(|| {
        let period = match channel.text_of("sy:updateperiod")?.trim().to_lowercase().as_str() {
            "minutely" => 60,
            "hourly" => 3_600,
            "daily" => 24 * 3_600,
            "weekly" => 7 * 24 * 3_600,
            "monthly" => 30 * 24 * 3_600,
            "yearly" => 365 * 24 * 3_600,
            _ => return None,
        };
        Some(period / number("sy:updatefrequency").unwrap_or(1).max(1))
    });
    seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

/// Hours of the day in UTC, sorted. RSS 0.91 counts to 24, which is 0.
pub(super) fn skip_hours(channel: &Node<'_>) -> Vec<u8> {
    let hours = channel.all("skiphours").flat_map(|list| list.children().collect::<Vec<_>>());
    let numbers = hours.filter_map(|hour| hour.text().parse::<u8>().ok()).filter(|hour| *hour <= 24);
    let mut hours: Vec<u8> = numbers.map(|hour| hour % 24).collect();
    hours.sort_unstable();
    hours.dedup();
    hours
}

/// Days of the week, from Monday.
pub(super) fn skip_days(channel: &Node<'_>) -> Vec<Weekday> {
    let days = channel.all("skipdays").flat_map(|list| list.children().collect::<Vec<_>>());
    let mut days: Vec<Weekday> = days.filter_map(|day| day.text().parse().ok()).collect();
    days.sort_unstable_by_key(Weekday::num_days_from_monday);
    days.dedup();
    days
}

/// RSS 2.0's `cloud`.
pub(super) fn cloud(channel: &Node<'_>) -> Option<ParsedCloud> {
    let cloud = channel.child("cloud")?;
    Some(ParsedCloud {
        domain: cloud.said("domain")?,
        port: cloud.attribute("port").and_then(|port| port.parse().ok()),
        path: cloud.said("path").unwrap_or_else(|| "/".to_owned()),
        procedure: cloud.said("registerProcedure"),
        protocol: cloud.said("protocol"),
    })
}
