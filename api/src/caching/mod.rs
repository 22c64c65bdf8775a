//! How answers of reads may be kept, here and outside: one place for REST, GraphQL by GET, feeds and sitemaps.
//!
//! A handler answers in full and says that it was a [`Readable`]; everything else follows here from what the domain noted
//! that the answer depends on (`domain::freshness`): `ETag`, `Cache-Control`, `Vary`, `Surrogate-Key`, `Last-Modified`, 304, and
//! whether the bytes are kept for the next who asks (`kept.rs`). What is answered without being one is nobody's to keep.

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use broadsheet_domain::Newsroom;
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::freshness::{Lasting, Moment, Shown};
use broadsheet_domain::page::without_walks;

use crate::config::Config;

mod kept;
mod pages;

pub use kept::{KeptAnswers, keep};
pub use pages::{Pages, shows_page};

const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
/// Seconds that caches outside may keep what they are not told of everything that changes it.
const BRIEF_SECONDS: u32 = 60;
/// Seconds after which a time of change is told: by then every node has heard of what happened in that second.
const SETTLED_SECONDS: i64 = 5;

/// An answer that says all that was asked, and may be given again for as long as it would be the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Readable {
    /// Of an article its revision, of other things their version: the tag begins with it, so that `If-Match` can name what was
    /// read, whatever was shown of it.
    pub version: Option<i64>,
}

/// What caches outside are allowed.
#[derive(Clone, Debug)]
pub struct Policy {
    public: HeaderValue,
    brief: HeaderValue,
    /// Whether times of change are right: not where a replica serves reads, which may be behind them.
    dated: bool,
}

impl Policy {
    /// What the operator decided.
    pub fn of(config: &Config) -> Self {
        let cache = &config.cache;
        let allow = |most: u32| {
            let (own, shared) = (cache.browser_seconds.min(most), cache.shared_seconds.min(most));
            let mut policy = format!("public, max-age={own}");
            if shared > 0 {
                let _ = write!(policy, ", s-maxage={shared}"); // a String takes everything
            }
            let _ = match cache.stale_seconds.min(most) {
                0 => write!(policy, ", must-revalidate"),
                stale => write!(policy, ", stale-while-revalidate={stale}"),
            };
            HeaderValue::try_from(policy).unwrap_or(ASK_AGAIN)
        };
        Self { public: allow(u32::MAX), brief: allow(BRIEF_SECONDS), dated: !config.has_replica() }
    }
}

/// Nothing is known of what the answer depends on: whoever keeps it asks before giving it again.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");
/// For one caller alone.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
const VARY: HeaderValue = HeaderValue::from_static("authorization, accept, accept-encoding");

/// An answer with all its headers, written once.
struct Answer {
    bytes: Bytes,
    headers: HeaderMap,
    dated: Option<Dated>,
    /// Of which articles it is a page: whoever counts reads finds them with the answer, kept or not.
    pages: Pages,
}

/// The same headers with the time of the last change, which are told once that is settled.
struct Dated {
    headers: HeaderMap,
    second: i64,
    settled: Timestamp,
}

impl Answer {
    /// For a caller who said who they are.
    fn private(bytes: Bytes, mut headers: HeaderMap, read: Readable, pages: Pages) -> Self {
        headers.insert(header::CACHE_CONTROL, PRIVATE);
        name(&mut headers, &bytes, read);
        Self { bytes, headers, dated: None, pages }
    }

    /// For everybody.
    fn public(
        newsroom: &Newsroom,
        policy: &Policy,
        bytes: Bytes,
        mut headers: HeaderMap,
        read: Readable,
        pages: Pages,
        (begun, shown): (Moment, &Shown),
    ) -> Self {
        let allowed = match shown.lasting() {
            _ if shown.is_unknown() => ASK_AGAIN,
            Lasting::Told => policy.public.clone(),
            Lasting::Brief | Lasting::Passing => policy.brief.clone(),
            Lasting::Never => HeaderValue::from_static("no-store"),
        };
        headers.insert(header::CACHE_CONTROL, allowed);
        name(&mut headers, &bytes, read);
        if !shown.is_unknown()
            && shown.lasting() < Lasting::Never
            && let Ok(keys) = HeaderValue::try_from(shown.surrogate_keys())
        {
            headers.insert(SURROGATE_KEY, keys);
        }
        let is_dated = policy.dated && !shown.is_unknown() && shown.lasting() < Lasting::Passing;
        let changed = newsroom.last_changed(begun, shown).filter(|_| is_dated);
        let dated = changed.and_then(|at| Dated::of(&headers, at));
        Self { bytes, headers, dated, pages }
    }

    /// The answer, or that the client has it already.
    fn give(&self, asked: &Asked, now: Timestamp) -> Response {
        let dated = self.dated.as_ref().filter(|dated| dated.settled <= now);
        let mut headers = dated.map_or(&self.headers, |dated| &dated.headers).clone();
        let known = match asked.none_match.as_slice() {
            [] => dated.zip(asked.modified_since()).is_some_and(|(dated, since)| dated.second <= since),
            tags => headers.get(header::ETAG).is_some_and(|own| is_among(own, tags)),
        };
        let mut response = if known {
            headers.remove(header::CONTENT_TYPE);
            (StatusCode::NOT_MODIFIED, headers).into_response()
        } else {
            (StatusCode::OK, headers, Body::from(self.bytes.clone())).into_response()
        };
        if !self.pages.is_empty() {
            response.extensions_mut().insert(self.pages.clone());
        }
        response
    }
}

impl Dated {
    fn of(headers: &HeaderMap, changed: Timestamp) -> Option<Self> {
        let second = changed.millis().div_euclid(1_000);
        let text = changed.to_datetime().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut headers = headers.clone();
        headers.insert(header::LAST_MODIFIED, HeaderValue::try_from(text).ok()?);
        let settled = Timestamp::from_millis((second + SETTLED_SECONDS) * 1_000);
        Some(Self { headers, second, settled })
    }
}

/// Names an answer by what it says. Weak, since a compressing layer may change the bytes on their way, and since how far a
/// walk through a list goes that shows the same makes no other answer.
fn name(headers: &mut HeaderMap, bytes: &[u8], read: Readable) {
    let mut hasher = blake3::Hasher::new();
    without_walks(bytes, |part| {
        hasher.update(part);
    });
    let digest: String = hasher.finalize().to_hex().chars().take(24).collect();
    let version = read.version.map(|version| format!("{version}-")).unwrap_or_default();
    if let Ok(tag) = HeaderValue::try_from(format!("W/\"{version}{digest}\"")) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::VARY, VARY);
}

/// What a client says that it has. Taken off the request: handlers answer in full.
struct Asked {
    none_match: Vec<HeaderValue>,
    modified_since: Option<HeaderValue>,
}

impl Asked {
    fn take(headers: &mut HeaderMap) -> Self {
        let none_match = headers.get_all(header::IF_NONE_MATCH).iter().cloned().collect();
        headers.remove(header::IF_NONE_MATCH);
        Self { none_match, modified_since: headers.remove(header::IF_MODIFIED_SINCE) }
    }

    /// In seconds; none, where it is no time.
    fn modified_since(&self) -> Option<i64> {
        let text = self.modified_since.as_ref()?.to_str().ok()?;
        chrono::DateTime::parse_from_rfc2822(text).ok().map(|at| at.timestamp())
    }
}

/// Whether a client has the answer of this tag (RFC 9110, 13.1.2: weak comparison).
fn is_among(own: &HeaderValue, tags: &[HeaderValue]) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Ok(own) = own.to_str().map(opaque) else { return false };
    let known = tags.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    known.map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;

    #[test]
    fn what_the_operator_allows_is_what_caches_are_told() {
        let mut config = Config::load(None, &Flags::default()).unwrap();
        let policy = Policy::of(&config);
        assert_eq!(policy.public, "public, max-age=0, must-revalidate");
        assert_eq!((&policy.brief, policy.dated), (&policy.public, true));
        (config.cache.browser_seconds, config.cache.shared_seconds, config.cache.stale_seconds) =
            (10, 3_600, 600);
        config.database.replica_url = "postgres://replica".to_owned().into();
        let policy = Policy::of(&config);
        assert_eq!(policy.public, "public, max-age=10, s-maxage=3600, stale-while-revalidate=600");
        assert_eq!(policy.brief, "public, max-age=10, s-maxage=60, stale-while-revalidate=60");
        assert!(!policy.dated);
    }

    #[test]
    fn tags_are_compared_weakly_and_times_only_where_there_is_no_tag() {
        let second = 1_795_435_200;
        let mut headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))]);
        name(&mut headers, b"x", Readable { version: Some(3) });
        let tag = headers.get(header::ETAG).unwrap().clone();
        let dated = Dated::of(&headers, Timestamp::from_millis(second * 1_000 + 999));
        let answer = Answer { bytes: Bytes::from_static(b"x"), headers, dated, pages: Pages::default() };
        let (early, late) =
            (Timestamp::from_millis((second + 4) * 1_000), Timestamp::from_millis((second + 5) * 1_000));
        let ask = |tags: &[&str], since: Option<&'static str>, now| {
            let none_match = tags.iter().map(|tag| HeaderValue::try_from(*tag).unwrap()).collect();
            answer.give(&Asked { none_match, modified_since: since.map(HeaderValue::from_static) }, now)
        };
        let told = ask(&[], None, late);
        assert_eq!(told.headers()[header::LAST_MODIFIED], "Mon, 23 Nov 2026 12:00:00 GMT");
        assert!(!ask(&[], None, early).headers().contains_key(header::LAST_MODIFIED));
        let strong = tag.to_str().unwrap().trim_start_matches("W/").to_owned();
        assert!(strong.starts_with("\"3-"));
        let (same, before) = (Some("Mon, 23 Nov 2026 12:00:00 GMT"), Some("Mon, 23 Nov 2026 11:59:59 GMT"));
        for (tags, since, now, status) in [
            (vec![strong.as_str()], None, late, 304),
            (vec!["\"a\", W/\"b\"", strong.as_str()], None, late, 304),
            (vec!["*"], None, late, 304),
            (vec!["\"a\""], same, late, 200),
            (vec![], same, late, 304),
            (vec![], same, early, 200),
            (vec![], before, late, 200),
            (vec![], Some("yesterday"), late, 200),
        ] {
            assert_eq!(ask(&tags, since, now).status(), status, "{tags:?} {since:?}");
        }
        let known = ask(&["*"], None, late);
        assert!(
            known.headers().contains_key(header::ETAG) && !known.headers().contains_key(header::CONTENT_TYPE)
        );
    }
}
