//! Whole answers as bytes, kept for the next who asks the same: anonymous reads only, each given up as soon as something
//! that it shows has changed (`domain::freshness`).

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use broadsheet_domain::freshness::{Moment, Shown};
use broadsheet_domain::reads::ReadArticle;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::respond::{is_known, other_format};
use crate::App;

/// A typical answer, to size the store by.
const TYPICAL_BYTES: u64 = 16 * 1_024;
/// What an entry costs besides its body: key, headers, what it shows.
const OVERHEAD_BYTES: usize = 2 * 1_024;

struct Answer {
    bytes: Bytes,
    headers: HeaderMap,
    shown: Shown,
    as_of: Moment,
    /// The article whose page it is.
    read: Option<ReadArticle>,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<String, Arc<Answer>> for ByBytes {
    fn weight(&self, key: &String, answer: &Arc<Answer>) -> u64 {
        u64::try_from(answer.bytes.len() + key.len() + OVERHEAD_BYTES).unwrap_or(u64::MAX)
    }
}

/// The answers that are kept.
#[derive(Clone)]
pub struct KeptAnswers(Arc<Cache<String, Arc<Answer>, ByBytes>>);

impl KeptAnswers {
    /// Room for so many bytes; with none nothing is kept.
    pub fn with_capacity(bytes: u64) -> Self {
        let typical = usize::try_from(bytes / TYPICAL_BYTES).unwrap_or(usize::MAX).clamp(16, 1 << 20);
        Self(Arc::new(Cache::with_weighter(typical, bytes, ByBytes)))
    }
}

/// Answers from what is kept, or keeps what is answered.
pub async fn keep(State(app): State<App>, request: Request, next: Next) -> Response {
    // Whoever shows credentials may see something else, and bad ones are refused: both are for the handlers.
    // What is kept is kept by address: other formats of the same address are not.
    let headers = request.headers();
    if request.method() != Method::GET
        || headers.contains_key(header::AUTHORIZATION)
        || other_format(headers).is_some()
    {
        return next.run(request).await;
    }
    let uri = request
        .extensions()
        .get::<axum::extract::OriginalUri>()
        .map_or(request.uri(), |original| &original.0);
    let key = uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
    if let Some(kept) = app.kept.0.get(&key)
        && app.newsroom.is_fresh(kept.as_of, &kept.shown)
    {
        let mut response = again(&kept, request.headers());
        if let Some(read) = kept.read {
            response.extensions_mut().insert(read);
        }
        return response;
    }
    let as_of = app.newsroom.moment();
    let mut response = next.run(request).await;
    let Some(shown) = response.extensions_mut().remove::<Shown>() else { return response };
    if response.status() != StatusCode::OK {
        return response;
    }
    let (parts, body) = response.into_parts();
    // It is whole in memory already: this only takes it out of its wrapping.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let read = parts.extensions.get::<ReadArticle>().copied();
    let answer = Answer { bytes: bytes.clone(), headers: parts.headers.clone(), shown, as_of, read };
    app.kept.0.insert(key, Arc::new(answer));
    Response::from_parts(parts, Body::from(bytes))
}

fn again(kept: &Answer, asked: &HeaderMap) -> Response {
    let tag = kept.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
    let mut headers = kept.headers.clone();
    if is_known(asked.get(header::IF_NONE_MATCH), tag) {
        headers.remove(header::CONTENT_TYPE);
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (StatusCode::OK, headers, Body::from(kept.bytes.clone())).into_response()
}
