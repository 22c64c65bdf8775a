//! Middleware, outermost first, each with its why.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, OriginalUri, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};

use crate::App;
use crate::problem::Problem;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Around everything:
///
/// 1. request id: so that every later layer can name the request, and the client learns the name;
/// 2. log and metrics: outside the rest, so that they see what the client gets;
/// 3. security headers, and that nothing is cached by accident: on every answer, errors included;
/// 4. CORS: answers preflights before anything costs something;
/// 5. compression: inside CORS, outside the handlers, never on event streams;
/// 6. panics: innermost, so that even then everything above is done.
pub fn around(router: Router, app: &App) -> Router {
    let events = NotForContentType::const_new("text/event-stream");
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(events)))
        .layer(cors(&app.config.server.cors_origins))
        .layer(axum::middleware::from_fn(security_headers))
        .layer(axum::middleware::from_fn(observe))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID.clone()))
        .layer(SetRequestIdLayer::new(REQUEST_ID.clone(), MakeRequestUuid))
}

/// Around REST alone: a deadline that event streams are past as soon as they begin, a bound on bodies, addresses that are
/// text, and answers that are kept, innermost: what is given again is bounded like what is made anew.
pub fn rest(router: Router, app: &App) -> Router {
    let deadline = Duration::from_secs(app.config.server.request_timeout_seconds);
    router
        .layer(axum::middleware::from_fn_with_state(app.clone(), crate::rest::answer))
        .layer(axum::middleware::from_fn(need_text))
        .layer(DefaultBodyLimit::max(app.config.server.max_body_bytes))
        .layer(axum::middleware::from_fn_with_state(deadline, give_up))
}

/// An address whose path is no text is nobody's: extractors would answer it in words of their own.
async fn need_text(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let text = percent_encoding::percent_decode_str(path).decode_utf8();
    if text.is_ok_and(|text| !text.contains('\0')) {
        return next.run(request).await;
    }
    let asked = request.extensions().get::<OriginalUri>().map_or(path, |asked| asked.path());
    crate::router::nothing_at(asked).into_response()
}

async fn give_up(State(deadline): State<Duration>, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(deadline, next.run(request)).await;
    answered.unwrap_or_else(|_elapsed| {
        Problem::new("timeout", "This took too long and was given up.").into_response()
    })
}

fn cors(origins: &[String]) -> CorsLayer {
    let exposed = ["etag", "link", "location", "retry-after", "x-request-id"].map(HeaderName::from_static);
    let methods = [Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE];
    let layer = CorsLayer::new()
        .allow_methods(methods)
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(exposed)
        .max_age(Duration::from_secs(3_600));
    if origins.iter().any(|origin| origin == "*") {
        return layer.allow_origin(Any);
    }
    layer.allow_origin(AllowOrigin::list(
        origins.iter().filter_map(|origin| HeaderValue::try_from(origin).ok()),
    ))
}

async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let status = response.status();
    let headers = response.headers_mut();
    // What says nothing of it is never kept by accident; nor is what a layer refused after it was answered.
    if status.is_client_error() || status.is_server_error() {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    } else {
        let unsaid = if status.is_success() { "no-cache" } else { "no-store" };
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(unsaid));
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// One line and two metrics a request. Paths are shown as routes, so that no id or token in an address reaches a log.
async fn observe(request: Request, next: Next) -> Response {
    let started = tokio::time::Instant::now();
    let method = request.method().clone();
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or_default()
        .to_owned();
    // `Router::layer` wraps each matched route, so the route is known here.
    let route = request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map_or("none", |path| path.as_str())
        .to_owned();
    let response = next.run(request).await;
    let elapsed = started.elapsed();
    crate::metrics::request(&method, &route, response.status(), elapsed);
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(http.method = %method, http.route = route, http.status = status, duration_ms, request.id = id, "request answered");
    response
}

fn panicked(_cause: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    let mut response = Problem::new("internal", "Something went wrong on our side.").into_response();
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
