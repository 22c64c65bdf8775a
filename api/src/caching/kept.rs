//! Whole answers as bytes, kept for the next who asks the same: anonymous reads only, each given up as soon as something
//! that it depends on has changed (`domain::freshness`).

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use broadsheet_domain::freshness::{self, Lasting, Moment, Shown};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::pages::noted;
use super::{Answer, Asked, Policy, Readable};
use crate::App;
use crate::rest::other_format;

/// A typical answer, to size the store by.
const TYPICAL_BYTES: u64 = 16 * 1_024;
/// What an entry costs besides its body: key, headers, what it shows.
const OVERHEAD_BYTES: usize = 2 * 1_024;
/// What each thing costs that an entry depends on, in its headers and beside them.
const DEPENDENCY_BYTES: usize = 96;

struct Kept {
    answer: Answer,
    shown: Shown,
    as_of: Moment,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<String, Arc<Kept>> for ByBytes {
    fn weight(&self, key: &String, kept: &Arc<Kept>) -> u64 {
        let depends = kept.shown.len() * DEPENDENCY_BYTES;
        u64::try_from(kept.answer.bytes.len() + key.len() + depends + OVERHEAD_BYTES).unwrap_or(u64::MAX)
    }
}

/// The answers that are kept, and what others are allowed to keep.
#[derive(Clone)]
pub struct KeptAnswers {
    answers: Arc<Cache<String, Arc<Kept>, ByBytes>>,
    policy: Arc<Policy>,
}

impl KeptAnswers {
    /// Room for so many bytes; with none nothing is kept.
    pub fn new(bytes: u64, policy: Policy) -> Self {
        let typical = usize::try_from(bytes / TYPICAL_BYTES).unwrap_or(usize::MAX).clamp(16, 1 << 20);
        Self { answers: Arc::new(Cache::with_weighter(typical, bytes, ByBytes)), policy: Arc::new(policy) }
    }
}

/// Answers from what is kept, or answers and keeps. Handlers within are asked to GET in full, whatever the client has.
pub async fn keep(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let is_head = request.method() == Method::HEAD;
    let reads = is_head || request.method() == Method::GET;
    if !reads || request.headers().contains_key(header::UPGRADE) {
        return next.run(request).await;
    }
    let asked = Asked::take(request.headers_mut());
    *request.method_mut() = Method::GET;
    let response = read(&app, &asked, request, next).await;
    if is_head { without_body(response) } else { response }
}

async fn read(app: &App, asked: &Asked, request: Request, next: Next) -> Response {
    // Whoever shows credentials may see something else, and bad ones are refused: both are for the handlers.
    if request.headers().contains_key(header::AUTHORIZATION) {
        let (response, pages) = noted(next.run(request)).await;
        return match whole(response).await {
            Ok((bytes, headers, read)) => {
                Answer::private(bytes, headers, read, pages).give(asked, app.newsroom.now())
            }
            Err(response) => *response,
        };
    }
    let key = key_of(&request);
    if let Some(kept) = app.kept.answers.get(&key)
        && app.newsroom.is_fresh(kept.as_of, &kept.shown)
    {
        return kept.answer.give(asked, app.newsroom.now());
    }
    let as_of = app.newsroom.moment();
    let ((response, pages), shown) = freshness::watch(noted(next.run(request))).await;
    let (bytes, headers, read) = match whole(response).await {
        Ok(whole) => whole,
        Err(response) => return *response,
    };
    let answer =
        Answer::public(&app.newsroom, &app.kept.policy, bytes, headers, read, pages, (as_of, &shown));
    let given = answer.give(asked, app.newsroom.now());
    if !shown.is_unknown() && shown.lasting() <= Lasting::Brief {
        app.kept.answers.insert(key, Arc::new(Kept { answer, shown, as_of }));
    }
    given
}

/// The address, and the form that was asked for where the same address is answered in several.
fn key_of(request: &Request) -> String {
    let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
    let mut key = uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
    let headers = request.headers();
    if uri.path().starts_with("/graphql") || other_format(headers).is_some() {
        for accept in headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()) {
            key.push('\n');
            key.push_str(accept);
        }
    }
    key
}

type Whole = Result<(Bytes, HeaderMap, Readable), Box<Response>>;

/// The bytes and headers of a read; any other answer as it is.
async fn whole(mut response: Response) -> Whole {
    let read = response.extensions_mut().remove::<Readable>();
    let Some(read) = read.filter(|_| response.status() == StatusCode::OK) else {
        return Err(Box::new(response));
    };
    let (parts, body) = response.into_parts();
    // It is whole in memory already: this only takes it out of its wrapping.
    match to_bytes(body, usize::MAX).await {
        Ok(bytes) => Ok((bytes, parts.headers, read)),
        Err(_) => Err(Box::new(StatusCode::INTERNAL_SERVER_ERROR.into_response())),
    }
}

/// The same answer without its content, as it is asked for by HEAD.
fn without_body(mut response: Response) -> Response {
    let length = response.body().size_hint().exact();
    if let Some(length) = length.filter(|_| response.status() != StatusCode::NOT_MODIFIED) {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    *response.body_mut() = Body::empty();
    response
}
