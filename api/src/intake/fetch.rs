//! Fetching one feed through the outbound client, conditionally, and noting how it went.

use std::time::Duration;

use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::error::{Error, Fault};
use broadsheet_domain::id::FeedId;
use broadsheet_domain::source::SourceHint;
use broadsheet_domain::source::feed::{Doing, Feed, FetchReport, Validators, Via};
use broadsheet_domain::source::schedule::Hints;
use broadsheet_domain::{Newsroom, Viewer};
use url::Url;

use super::{Document, IntakeError, Taken};
use crate::App;
use crate::outbound::{FetchHeaders, FetchRequest, Fetched, Outbound, OutboundError, RetryAfter};

const ACCEPT: &str = "application/rss+xml, application/atom+xml, application/feed+json, application/json;q=0.9, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5";

/// Feeds are asked for whole after so long, whatever is known of them: a server that answers 304 forever is found out.
const WHOLE_MILLIS: i64 = 24 * 3_600 * 1_000;

/// What an answer says besides its body.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    /// Its status.
    pub status: Option<u16>,
    /// For the next conditional request.
    pub validators: Validators,
    /// When to come again.
    pub hints: Hints,
    /// Where the feed has moved for good.
    pub moved_to: Option<Url>,
    /// Bytes that were read.
    pub bytes: u64,
}

/// How a fetch ended.
#[derive(Debug)]
pub enum Polled {
    /// A document was taken in.
    Taken(Box<Taken>),
    /// 304, or the same bytes as last time: then perhaps with new validators.
    Unchanged(Option<Validators>),
    /// It did not work; it will be tried again, unless the publisher says that it is gone for good.
    Failed(IntakeError),
}

/// Fetches a document without knowing its feed yet.
pub async fn document(
    outbound: &Outbound,
    url: &Url,
    hint: SourceHint,
    polled: bool,
    now: Timestamp,
) -> Result<(Document, Answered), IntakeError> {
    let request = FetchRequest { url: url.clone(), accept: ACCEPT, etag: None, last_modified: None };
    match outbound.get(&request).await? {
        Fetched::Body { bytes, content_type, final_url, permanent_redirect_to, headers } => {
            let address = permanent_redirect_to.clone().unwrap_or_else(|| url.clone());
            let answered = Answered { bytes: length(&bytes), ..answered(200, &headers, None, now) };
            let hint = SourceHint { feed_url: Some(final_url), ..hint };
            let document = Document {
                url: Some(address.clone()),
                name: address.to_string(),
                content_type,
                bytes: bytes.into(),
                hint,
                polled,
            };
            Ok((document, answered))
        }
        Fetched::Status { status, .. } => Err(IntakeError::Status(status)),
        Fetched::NotModified { .. } => Err(IntakeError::Status(304)),
    }
}

/// Fetches a feed that was claimed, takes it in, and notes how that went.
pub async fn poll(newsroom: &Newsroom, outbound: &Outbound, feed: Feed, via: Via) -> Result<Polled, Error> {
    let now = newsroom.now();
    let begun = tokio::time::Instant::now();
    let stale = feed.last_whole_at.is_none_or(|at| now.millis() - at.millis() >= WHOLE_MILLIS);
    let whole = feed.validators_lie || stale || feed.validators == Validators::default();
    let (polled, answered) = fetch(newsroom, outbound, &feed, whole, now).await;
    let doing = match &polled {
        Polled::Taken(taken) => Doing::Taken(Box::new(taken.read(answered.validators.clone()))),
        Polled::Unchanged(validators) => Doing::Unchanged(validators.clone()),
        Polled::Failed(error) => Doing::Failed { fault: error.fault(), error: error.to_string() },
    };
    let report = FetchReport {
        via,
        doing,
        status: answered.status,
        took: begun.elapsed(),
        bytes: answered.bytes,
        hints: answered.hints,
        whole,
        moved_to: answered.moved_to.as_ref().map(ToString::to_string),
    };
    newsroom.sources(&Viewer::System).record_fetch(&feed, report).await?;
    Ok(polled)
}

/// Fetches a feed at once, due or not; answers it as it is then. On a task of its own: whoever hangs up does not stop it in the
/// middle.
pub async fn now(app: &App, viewer: &Viewer, id: FeedId) -> Result<Feed, Error> {
    let feed = app.newsroom.sources(viewer).claim(id).await?;
    let (newsroom, outbound) = (app.newsroom.clone(), app.outbound.clone());
    let fetching = tokio::spawn(async move { poll(&newsroom, &outbound, feed, Via::Request).await });
    let ended_badly = |error| Error::Internal(Fault::new("fetching did not end well", error));
    fetching.await.map_err(ended_badly)??;
    app.newsroom.sources(viewer).feed(id).await
}

async fn fetch(
    newsroom: &Newsroom,
    outbound: &Outbound,
    feed: &Feed,
    whole: bool,
    now: Timestamp,
) -> (Polled, Answered) {
    let Ok(url) = feed.url.parse::<Url>() else {
        return (Polled::Failed(IntakeError::Fetch(OutboundError::BadUrl)), Answered::default());
    };
    let known = if whole { Validators::default() } else { feed.validators.clone() };
    let request = FetchRequest {
        url: url.clone(),
        accept: ACCEPT,
        etag: known.etag,
        last_modified: known.last_modified,
    };
    match outbound.get(&request).await {
        Err(error) => (Polled::Failed(error.into()), Answered::default()),
        Ok(Fetched::NotModified { headers }) => (Polled::Unchanged(None), answered(304, &headers, None, now)),
        Ok(Fetched::Status { status, headers }) => {
            (Polled::Failed(IntakeError::Status(status)), answered(status, &headers, None, now))
        }
        Ok(Fetched::Body { bytes, content_type, permanent_redirect_to, headers, .. }) => {
            let said = answered(200, &headers, permanent_redirect_to, now);
            let said = Answered { bytes: length(&bytes), ..said };
            let bytes: Vec<u8> = bytes.into();
            if feed.content_hash.as_deref() == Some(blake3::hash(&bytes).to_hex().as_str()) {
                return (Polled::Unchanged(Some(said.validators.clone())), said);
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
                Ok(taken) => (Polled::Taken(Box::new(taken)), said),
                Err(error) => (Polled::Failed(error), said),
            }
        }
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// `max-age` stands above `Expires` (RFC 9111, 5.3).
fn answered(status: u16, headers: &FetchHeaders, moved_to: Option<Url>, now: Timestamp) -> Answered {
    let until = |at: chrono::DateTime<chrono::Utc>| {
        let millis = Timestamp::from(at).millis().saturating_sub(now.millis());
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    };
    let retry_after = headers.retry_after.as_ref().map(|after| match after {
        RetryAfter::Seconds(seconds) => Duration::from_secs(*seconds),
        RetryAfter::At(at) => until(*at),
    });
    let fresh_for = headers.max_age.or_else(|| headers.expires.map(until));
    Answered {
        status: Some(status),
        validators: Validators { etag: headers.etag.clone(), last_modified: headers.last_modified.clone() },
        hints: Hints { fresh_for, retry_after },
        moved_to,
        bytes: 0,
    }
}
