//! Zones: offsets, and the names that publishers give them.

/// Zones that RFC 822 names, and those that publishers do; quarters of an hour east of UTC. What several call their own
/// means the one most read.
const ZONES: &[(&str, i32)] = &[
    ("gmt", 0),
    ("utc", 0),
    ("ut", 0),
    ("wet", 0),
    ("west", 4),
    ("est", -20),
    ("edt", -16),
    ("et", -20),
    ("cst", -24),
    ("cdt", -20),
    ("ct", -24),
    ("mst", -28),
    ("mdt", -24),
    ("mt", -28),
    ("pst", -32),
    ("pdt", -28),
    ("pt", -32),
    ("akst", -36),
    ("akdt", -32),
    ("hst", -40),
    ("nst", -14),
    ("ndt", -10),
    ("ast", -16),
    ("adt", -12),
    ("brt", -12),
    ("brst", -8),
    ("art", -12),
    ("clt", -16),
    ("cot", -20),
    ("pet", -20),
    ("bst", 4),
    ("ist", 22),
    ("cet", 4),
    ("cest", 8),
    ("met", 4),
    ("mest", 8),
    ("mez", 4),
    ("mesz", 8),
    ("wat", 4),
    ("cat", 8),
    ("sast", 8),
    ("eat", 12),
    ("eet", 8),
    ("eest", 12),
    ("idt", 12),
    ("trt", 12),
    ("msk", 12),
    ("msd", 16),
    ("irst", 14),
    ("gst", 16),
    ("pkt", 20),
    ("npt", 23),
    ("ict", 28),
    ("wib", 28),
    ("sgt", 32),
    ("hkt", 32),
    ("pht", 32),
    ("myt", 32),
    ("awst", 32),
    ("jst", 36),
    ("kst", 36),
    ("acst", 38),
    ("acdt", 42),
    ("aest", 40),
    ("aedt", 44),
    ("nzst", 48),
    ("nzdt", 52),
];

/// The zone that a text begins with, in seconds east of UTC, and what comes after it.
pub(super) fn take(text: &str) -> (Option<i32>, &str) {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '(' | '['));
    if let Some((offset, rest)) = numeric(start) {
        return (Some(offset), rest);
    }
    let end = start.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(start.len());
    let (name, rest) = start.split_at_checked(end).unwrap_or((start, ""));
    let Some(offset) = named(name) else { return (None, text) };
    // `GMT+0200`, `UTC +8`: the name is but where it counts from.
    match numeric(rest.trim_start()).filter(|_| offset == 0) {
        Some((offset, rest)) => (Some(offset), rest),
        None => (Some(offset), rest),
    }
}

/// The zone that a text is.
pub(super) fn of(text: &str) -> Option<i32> {
    take(text).0
}

/// The military letters were defined the wrong way round: they say nothing (RFC 2822, 4.3).
fn named(name: &str) -> Option<i32> {
    let lower = name.to_ascii_lowercase();
    let known = ZONES.iter().find(|(zone, _)| *zone == lower).map(|(_, quarters)| quarters * 900);
    known.or_else(|| (lower.len() == 1 && lower != "j").then_some(0))
}

/// `+02:00`, `-0800`, `+9`, `+5:30`.
fn numeric(text: &str) -> Option<(i32, &str)> {
    let unsigned = text.strip_prefix(['+', '-', '\u{2212}', '\u{2013}'])?;
    let negative = !text.starts_with('+');
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(unsigned.len());
    let (written, rest) = unsigned.split_at_checked(end)?;
    let (hours, minutes) = match written.split_once(':') {
        Some((hours, minutes)) => (hours, minutes.split(':').next().unwrap_or_default()),
        None if written.len() <= 2 => (written, "0"),
        None => written.split_at_checked(written.len() - 2)?,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    // No clock on earth is further away.
    let seconds = if hours <= 14 && minutes < 60 { hours * 3_600 + minutes * 60 } else { 0 };
    Some((if negative { -seconds } else { seconds }, rest))
}
