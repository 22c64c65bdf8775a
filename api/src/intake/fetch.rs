//! Fetching one feed through the outbound client, conditionally, and noting how it went.

use std::time::Duration;

use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::source::SourceHint;
use broadsheet_domain::source::feed::{Feed, FetchOutcome};
use broadsheet_domain::source::schedule::Hints;
use broadsheet_domain::{Newsroom, Viewer};
use url::Url;

use super::{Document, IntakeError, Taken};
use crate::outbound::{FetchHeaders, FetchRequest, Fetched, Outbound, RetryAfter};

const ACCEPT: &str = "application/rss+xml, application/atom+xml, application/feed+json, application/json;q=0.9, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5";

/// What an answer says of the next request.
#[derive(Clone, Debug, Default)]
pub struct Freshness {
    /// For `If-None-Match`.
    pub etag: Option<String>,
    /// For `If-Modified-Since`.
    pub last_modified: Option<String>,
    /// When to come again.
    pub hints: Hints,
    /// Where the feed has moved for good.
    pub moved_to: Option<Url>,
}

/// How a fetch ended.
#[derive(Debug)]
pub enum Polled {
    /// A document was taken in.
    Taken(Box<Taken>),
    /// 304, or the same bytes as last time.
    Unchanged,
    /// 410: never again.
    Gone,
    /// It did not work; it will be tried again.
    Failed(IntakeError),
}

/// Fetches a document without knowing its feed yet.
pub async fn document(
    outbound: &Outbound,
    url: &Url,
    hint: SourceHint,
    polled: bool,
    now: Timestamp,
) -> Result<(Document, Freshness), IntakeError> {
    let request = FetchRequest { url: url.clone(), accept: ACCEPT, etag: None, last_modified: None };
    match outbound.get(&request).await? {
        Fetched::Body { bytes, content_type, final_url, permanent_redirect_to, headers } => {
            let address = permanent_redirect_to.clone().unwrap_or_else(|| url.clone());
            let freshness = freshness(&headers, None, now);
            let hint = SourceHint { feed_url: Some(final_url), ..hint };
            let document = Document {
                url: Some(address.clone()),
                name: address.to_string(),
                content_type,
                bytes: bytes.into(),
                hint,
                polled,
            };
            Ok((document, freshness))
        }
        Fetched::Status { status, .. } => Err(IntakeError::Status(status)),
        Fetched::NotModified { .. } => Err(IntakeError::Status(304)),
    }
}

/// Fetches a feed that is due, takes it in, and notes how that went.
pub async fn poll(
    newsroom: &Newsroom,
    outbound: &Outbound,
    feed: Feed,
) -> Result<Polled, broadsheet_domain::Error> {
    let now = newsroom.now();
    let (outcome, hints) = fetch(newsroom, outbound, &feed, now).await;
    let sources_viewer = Viewer::System;
    let sources = newsroom.sources(&sources_viewer);
    match &outcome {
        Polled::Taken(taken) => drop(super::note_taken(newsroom, taken, &hints).await?),
        Polled::Unchanged => drop(sources.record_fetch(&feed, FetchOutcome::Unchanged, hints.hints).await?),
        Polled::Gone => drop(sources.record_fetch(&feed, FetchOutcome::Gone, hints.hints).await?),
        Polled::Failed(error) => {
            let outcome = FetchOutcome::Failed { error: error.to_string() };
            sources.record_fetch(&feed, outcome, hints.hints).await?;
        }
    }
    Ok(outcome)
}

async fn fetch(newsroom: &Newsroom, outbound: &Outbound, feed: &Feed, now: Timestamp) -> (Polled, Freshness) {
    let Ok(url) = feed.url.parse::<Url>() else {
        return (Polled::Failed(IntakeError::Status(0)), Freshness::default());
    };
    let request = FetchRequest {
        url: url.clone(),
        accept: ACCEPT,
        etag: feed.etag.clone(),
        last_modified: feed.last_modified.clone(),
    };
    match outbound.get(&request).await {
        Err(error) => (Polled::Failed(error.into()), Freshness::default()),
        Ok(Fetched::NotModified { headers }) => (Polled::Unchanged, freshness(&headers, None, now)),
        Ok(Fetched::Status { status: 410, headers }) => (Polled::Gone, freshness(&headers, None, now)),
        Ok(Fetched::Status { status, headers }) => {
            (Polled::Failed(IntakeError::Status(status)), freshness(&headers, None, now))
        }
        Ok(Fetched::Body { bytes, content_type, permanent_redirect_to, headers, .. }) => {
            let fresh = freshness(&headers, permanent_redirect_to, now);
            let bytes: Vec<u8> = bytes.into();
            if feed.content_hash.as_deref() == Some(blake3::hash(&bytes).to_hex().as_str()) {
                return (Polled::Unchanged, fresh);
            }
            let document = Document {
                url: Some(url),
                name: feed.url.clone(),
                content_type,
                bytes,
                hint: SourceHint::default(),
                polled: true,
            };
            match super::take_of(newsroom, feed.clone(), document).await {
                Ok(taken) => (Polled::Taken(Box::new(taken)), fresh),
                Err(error) => (Polled::Failed(error), fresh),
            }
        }
    }
}

/// `max-age` stands above `Expires` (RFC 9111, 5.3).
fn freshness(headers: &FetchHeaders, moved_to: Option<Url>, now: Timestamp) -> Freshness {
    let until = |at: chrono::DateTime<chrono::Utc>| {
        let millis = Timestamp::from(at).millis().saturating_sub(now.millis());
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    };
    let retry_after = headers.retry_after.as_ref().map(|after| match after {
        RetryAfter::Seconds(seconds) => Duration::from_secs(*seconds),
        RetryAfter::At(at) => until(*at),
    });
    let fresh_for = headers.max_age.or_else(|| headers.expires.map(until));
    Freshness {
        etag: headers.etag.clone(),
        last_modified: headers.last_modified.clone(),
        hints: Hints { ttl: None, fresh_for, retry_after },
        moved_to,
    }
}
