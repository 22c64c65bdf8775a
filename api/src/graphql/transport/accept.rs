//! Which form of answer a client accepts, by its `Accept` header (RFC 9110, section 12.5.1).
//!
//! Only chooses among the three forms that there are; it never looks at the request.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// The forms of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `application/graphql-response+json`: the status says whether the request was executed.
    Graphql,
    /// `application/json`: 200 for every well-formed request, as older clients expect.
    Json,
    /// `text/event-stream`, as `graphql-sse` has it.
    Events,
}

impl Format {
    /// Its media type, as `Content-Type` has it.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::Events => "text/event-stream; charset=utf-8",
        }
    }

    /// Type, subtype, and the order among equals: first where named, then where only a wildcard matches. By
    /// wildcard a client gets `application/json`, which every client can read.
    fn row(self) -> (&'static str, &'static str, u8, u8) {
        match self {
            Self::Graphql => ("application", "graphql-response+json", 3, 2),
            Self::Json => ("application", "json", 2, 3),
            Self::Events => ("text", "event-stream", 1, 1),
        }
    }
}

/// What a client accepts: the form that it likes best, and whether it named event streams at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) best: Format,
    pub(super) events: bool,
}

/// Chooses a form; `None` is a 406. A missing or empty header accepts everything.
pub(super) fn negotiate(headers: &HeaderMap) -> Option<Accepted> {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<&str> =
        values.flat_map(|value| value.split(',')).filter(|text| !text.trim().is_empty()).collect();
    if named.is_empty() {
        return Some(Accepted { best: Format::Json, events: false });
    }
    let ranges: Vec<Range> = named.into_iter().filter_map(Range::parse).collect();
    let (best, _) = [Format::Graphql, Format::Json, Format::Events]
        .into_iter()
        .filter_map(|format| rank(&ranges, format).map(|rank| (format, rank)))
        .max_by_key(|(_, rank)| *rank)?;
    let events = rank(&ranges, Format::Events).is_some_and(|(_, specificity, _)| specificity > 0);
    Some(Accepted { best, events })
}

/// One media range: its specificity (0 for `*/*`, 1 for `type/*`, 2 for a full type) and quality in thousandths.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    specificity: u8,
    quality: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut quality = 1_000;
        for parameter in parts {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if name.eq_ignore_ascii_case("q") {
                quality = thousandths(value)?;
            } else if name.eq_ignore_ascii_case("charset") && !is_utf8(value) {
                return None;
            }
        }
        let specificity = match (kind, subtype) {
            ("*", _) => 0,
            (_, "*") => 1,
            _ => 2,
        };
        Some(Self { kind, subtype, specificity, quality })
    }

    fn covers(&self, kind: &str, subtype: &str) -> bool {
        self.specificity == 0
            || self.kind.eq_ignore_ascii_case(kind)
                && (self.specificity == 1 || self.subtype.eq_ignore_ascii_case(subtype))
    }
}

/// Whether a `charset` parameter names UTF-8.
pub(super) fn is_utf8(charset: &str) -> bool {
    let name = charset.trim().trim_matches('"');
    name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("utf8")
}

/// A quality value, `0` to `1` with at most three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let padded = format!("{decimals:0<3}");
    match (whole, padded.len()) {
        ("0", 3) => padded.parse().ok(),
        ("1", 3) => Some(1_000),
        _ => None,
    }
}

/// Quality, specificity and preference of a form, by the most specific range that covers it.
fn rank(ranges: &[Range], format: Format) -> Option<(u16, u8, u8)> {
    let (kind, subtype, named, by_wildcard) = format.row();
    let range =
        ranges.iter().filter(|range| range.covers(kind, subtype)).max_by_key(|range| range.specificity)?;
    let preference = if range.specificity == 2 { named } else { by_wildcard };
    (range.quality > 0).then_some((range.quality, range.specificity, preference))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn accepting(accept: &'static str) -> Option<Format> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        negotiate(&headers).map(|accepted| accepted.best)
    }

    #[test]
    fn takes_json_where_nothing_is_named() {
        assert_eq!(negotiate(&HeaderMap::new()).map(|accepted| accepted.best), Some(Format::Json));
        for accept in ["", "*/*", "application/*", "text/html,application/xhtml+xml,*/*;q=0.8"] {
            assert_eq!(accepting(accept), Some(Format::Json), "{accept}");
        }
    }

    #[test]
    fn takes_what_is_named() {
        assert_eq!(accepting("application/graphql-response+json"), Some(Format::Graphql));
        assert_eq!(accepting("Application/JSON; charset=utf-8"), Some(Format::Json));
        assert_eq!(accepting("text/event-stream"), Some(Format::Events));
        assert_eq!(
            accepting("application/graphql-response+json,application/json;q=0.9"),
            Some(Format::Graphql)
        );
        assert_eq!(accepting("application/json, application/graphql-response+json"), Some(Format::Graphql));
        assert_eq!(accepting("application/json, text/plain, */*"), Some(Format::Json));
        let urql = "application/graphql-response+json, application/graphql+json, application/json, \
                    text/event-stream, multipart/mixed";
        assert_eq!(accepting(urql), Some(Format::Graphql));
    }

    #[test]
    fn heeds_quality() {
        assert_eq!(accepting("application/json;q=0.5, text/event-stream;q=0.75"), Some(Format::Events));
        assert_eq!(accepting("*/*, application/json;q=0"), Some(Format::Graphql));
        assert_eq!(
            accepting("application/json;q=0.001, application/graphql-response+json;q=0"),
            Some(Format::Json)
        );
    }

    #[test]
    fn accepts_nothing_else() {
        for accept in
            ["text/html", "application/json;q=0", "application/json;charset=utf-16", "text/plain, image/*"]
        {
            assert_eq!(accepting(accept), None, "{accept}");
        }
    }

    #[test]
    fn knows_whether_events_were_named() {
        let events = |accept: &'static str| {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            negotiate(&headers).is_some_and(|accepted| accepted.events)
        };
        assert!(events("application/json, text/event-stream;q=0.1"));
        assert!(!events("*/*"));
        assert!(!events("*/*, text/event-stream;q=0"));
    }
}
