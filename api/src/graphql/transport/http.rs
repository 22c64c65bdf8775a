//! GraphQL over HTTP: `GET` and `POST /graphql`, single and in batches.
//!
//! Follows the draft as the `graphql-http` audits read it: the form of the answer is negotiated, every request
//! that was refused is a 400 for clients of `application/graphql-response+json`, and data with errors is a 200.
//! `POST` takes `application/json` only, so that no plain form of another site can post here. A `GET` runs
//! queries only. WebSocket upgrades and event streams of the same path are handed on.

use std::error::Error as _;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, Response as Answered, Value as GraphqlValue};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::future::join_all;
use http_body_util::LengthLimitError;
use serde_json::Value;
use tokio::time::timeout;

use super::accept::{Accepted, Format, is_utf8, negotiate};
use super::limits::{Bound, coded};
use super::reply::Reply;
use super::request::{Params, Plan, plan};
use super::wire::{self, Answer, json};
use super::{Callers, Hub, Origin, Refusal, sse, ws};

/// The methods of `/graphql`.
const METHODS: &str = "GET, POST";

/// Answers whatever comes to `/graphql`.
pub(super) async fn graphql<E: Executor, C: Callers>(
    State(hub): State<Arc<Hub<E, C>>>,
    request: Request,
) -> Response {
    if is_websocket(request.headers()) {
        return ws::upgrade(hub, request).await;
    }
    let Some(accepted) = negotiate(request.headers()) else {
        return Reply::refusal(&not_acceptable(), Format::Json).into_response();
    };
    let method = request.method().clone();
    answer(hub, request, accepted).await.unwrap_or_else(|refusal| {
        Reply::refusal(&refusal, accepted.best).allow(&method, METHODS).into_response()
    })
}

fn is_websocket(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers a request whose answer takes an accepted form.
pub(super) async fn answer<E: Executor, C: Callers>(
    hub: Arc<Hub<E, C>>,
    request: Request,
    accepted: Accepted,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    check_method_and_type(&parts)?;
    let origin = Origin::of(&parts.extensions);
    let caller = hub.callers.by_headers(&parts.headers, origin.peer).await?;
    match read(&hub, &parts, body).await? {
        Asked::One(params) => one(hub, &parts, caller, params, accepted, origin).await,
        Asked::Many(_) if accepted.best == Format::Events => {
            Err(Refusal::bad_request("A batch cannot be answered as an event stream."))
        }
        Asked::Many(params) => Ok(many(&hub, &caller, params, accepted.best).await),
    }
}

/// What a request asks for.
pub(super) enum Asked {
    One(Params),
    Many(Vec<Params>),
}

/// Refuses a method that there is not, and a body that is not JSON in UTF-8.
pub(super) fn check_method_and_type(parts: &Parts) -> Result<(), Refusal> {
    match parts.method {
        Method::GET | Method::HEAD => Ok(()),
        Method::POST if is_json(&parts.headers) => Ok(()),
        Method::POST => {
            let message = "Send the request as application/json, in UTF-8.";
            Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message))
        }
        _ => Err(method_not_allowed("This method is not served here.")),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = value.split(';').map(str::trim);
    let json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    json && parts
        .filter_map(|parameter| parameter.split_once('='))
        .all(|(name, value)| !name.trim().eq_ignore_ascii_case("charset") || is_utf8(value))
}

/// Reads the parameters: of a `GET` from its URL, of a `POST` from its body.
pub(super) async fn read<E, C>(hub: &Hub<E, C>, parts: &Parts, body: Body) -> Result<Asked, Refusal> {
    if parts.method == Method::POST {
        let bytes = whole(hub, body).await?;
        return parse(&bytes, hub.limits.batch);
    }
    let query = parts.uri.query().unwrap_or_default();
    if query.len() > hub.limits.body_bytes {
        let message = format!("The URL's query is longer than {} bytes. Use POST.", hub.limits.body_bytes);
        return Err(Refusal::new(StatusCode::URI_TOO_LONG, "URI_TOO_LONG", message));
    }
    Params::from_url(query).map(Asked::One).map_err(Refusal::bad_request)
}

/// The body, if it comes in time and is no longer than it may be.
async fn whole<E, C>(hub: &Hub<E, C>, body: Body) -> Result<Bytes, Refusal> {
    let limit = hub.limits.body_bytes;
    match timeout(hub.limits.timeout, to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error))
            if error.source().is_some_and(<dyn std::error::Error + 'static>::is::<LengthLimitError>) =>
        {
            let message = format!("The body is longer than {limit} bytes.");
            Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message))
        }
        Ok(Err(error)) => Err(Refusal::bad_request(format!("The body could not be read: {error}."))),
        Err(_elapsed) => {
            let message = "The body did not arrive in time.";
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, wire::TIMEOUT, message))
        }
    }
}

fn parse(body: &[u8], batch: usize) -> Result<Asked, Refusal> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("The body is not JSON: {error}.")))?;
    let Value::Array(values) = value else {
        return Params::from_json(value).map(Asked::One).map_err(Refusal::bad_request);
    };
    if values.is_empty() {
        return Err(Refusal::bad_request("A batch must have at least one request."));
    }
    if values.len() > batch {
        let message = Bound::Batch.refuse(batch, values.len(), None).message;
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED", message));
    }
    let params: Result<_, _> = values.into_iter().map(Params::from_json).collect();
    params.map(Asked::Many).map_err(Refusal::bad_request)
}

async fn one<E: Executor, C: Callers>(
    hub: Arc<Hub<E, C>>,
    parts: &Parts,
    caller: C::Caller,
    params: Params,
    accepted: Accepted,
    origin: Origin,
) -> Result<Response, Refusal> {
    let planned = plan(params, &hub.documents, &hub.limits);
    let kind = planned.as_ref().ok().map(|plan| plan.kind);
    if kind == Some(OperationType::Mutation) && parts.method != Method::POST {
        return Err(method_not_allowed("Mutations take POST."));
    }
    let streams = accepted.events && kind == Some(OperationType::Subscription);
    if streams || accepted.best == Format::Events {
        return Ok(sse::distinct(&hub, caller, planned, origin));
    }
    let mut answered = match planned {
        Ok(plan) if plan.kind == OperationType::Subscription => needs_a_stream(),
        Ok(plan) => hub.execute(caller, plan, hub.deadline()).await,
        Err(error) => wire::refused(error),
    };
    let is_read = kind == Some(OperationType::Query) && answered.is_ok() && parts.method != Method::POST;
    if is_read {
        arrange(&mut answered.data);
    }
    let mut reply = Reply::to_one(&answered, accepted.best);
    if is_read {
        reply.is_read();
    }
    Ok(reply.into_response())
}

/// Fields are answered in the order in which they happen to be done: the same answer is to have the same bytes.
fn arrange(value: &mut GraphqlValue) {
    match value {
        GraphqlValue::Object(members) => {
            members.sort_unstable_keys();
            members.values_mut().for_each(arrange);
        }
        GraphqlValue::List(items) => items.iter_mut().for_each(arrange),
        _ => {}
    }
}

fn needs_a_stream() -> Answered {
    let message = "Subscriptions need a WebSocket, or Accept: text/event-stream.";
    wire::refused(coded("SUBSCRIPTION_NEEDS_STREAM", message, None))
}

/// Answers a batch in its order: side by side where it only reads, else one after the other.
async fn many<E: Executor, C: Callers>(
    hub: &Hub<E, C>,
    caller: &C::Caller,
    params: Vec<Params>,
    format: Format,
) -> Response {
    let planned: Vec<_> =
        params.into_iter().map(|params| plan(params, &hub.documents, &hub.limits)).collect();
    let only_reads = planned.iter().flatten().all(|plan| plan.kind == OperationType::Query);
    let deadline = hub.deadline();
    let run = |planned: Result<Plan, _>| async move {
        match planned {
            Ok(plan) if plan.kind == OperationType::Subscription => needs_a_stream(),
            Ok(plan) => hub.execute(caller.clone(), plan, deadline).await,
            Err(error) => wire::refused(error),
        }
    };
    let mut answered = Vec::with_capacity(planned.len());
    if only_reads {
        answered = join_all(planned.into_iter().map(run)).await;
    } else {
        for planned in planned {
            answered.push(run(planned).await);
        }
    }
    let answers: Vec<_> = answered.iter().map(Answer).collect();
    Reply::new(StatusCode::OK, format, json(&answers)).into_response()
}

pub(super) fn method_not_allowed(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
}

pub(super) fn not_acceptable() -> Refusal {
    let message = "Accept application/graphql-response+json, application/json or text/event-stream.";
    Refusal::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::body::to_bytes;
    use axum::http::header::{ALLOW, CACHE_CONTROL};
    use serde_json::json;
    use tower::ServiceExt as _;

    use super::super::Limits;
    use super::super::trial::router;
    use super::*;

    const GRAPHQL: &str = "application/graphql-response+json";

    fn post(body: impl Into<Body>) -> Request {
        posted(body, "application/json", GRAPHQL)
    }

    fn posted(body: impl Into<Body>, of_type: &str, accept: &str) -> Request {
        let request = Request::post("/graphql").header("content-type", of_type).header("accept", accept);
        request.body(body.into()).unwrap()
    }

    fn get(query: &str) -> Request {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        Request::get(format!("/graphql?query={query}")).header("accept", GRAPHQL).body(Body::empty()).unwrap()
    }

    async fn ask(router: &Router, request: Request) -> (StatusCode, HeaderMap, Value) {
        let response = router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn status_and_code(request: Request) -> (u16, Value) {
        let (status, _, body) = ask(&router(Limits::default()), request).await;
        (status.as_u16(), body["errors"][0]["extensions"]["code"].clone())
    }

    fn query(text: &str) -> String {
        json!({"query": text}).to_string()
    }

    #[tokio::test]
    async fn answers_a_query_by_post_and_get() {
        let router = router(Limits::default());
        for request in [post(query("{ hello }")), get("{ hello }")] {
            let (status, headers, body) = ask(&router, request).await;
            assert_eq!((status, &body), (StatusCode::OK, &json!({"data": {"hello": "world"}})));
            assert_eq!(headers[CONTENT_TYPE], "application/graphql-response+json; charset=utf-8");
            assert_eq!(headers[CACHE_CONTROL], "no-store", "unless the layer outside knows better");
        }
    }

    #[tokio::test]
    async fn refuses_what_is_not_a_request() {
        let refused = |status: u16, code: &str| (status, json!(code));
        assert_eq!(status_and_code(post("{")).await, refused(400, "BAD_REQUEST"));
        assert_eq!(status_and_code(post("{}")).await, refused(400, "BAD_REQUEST"));
        assert_eq!(status_and_code(post(query("{"))).await, refused(400, "GRAPHQL_PARSE_FAILED"));
        assert_eq!(status_and_code(post(query("{ x }"))).await, refused(400, "GRAPHQL_VALIDATION_FAILED"));
        assert_eq!(status_and_code(get("{")).await, refused(400, "GRAPHQL_PARSE_FAILED"));
        let form = posted("query={hello}", "application/x-www-form-urlencoded", GRAPHQL);
        assert_eq!(status_and_code(form).await, refused(415, "UNSUPPORTED_MEDIA_TYPE"));
        let latin = posted(query("{ hello }"), "application/json; charset=latin1", GRAPHQL);
        assert_eq!(status_and_code(latin).await, refused(415, "UNSUPPORTED_MEDIA_TYPE"));
        let html = posted(query("{ hello }"), "application/json", "text/html");
        assert_eq!(status_and_code(html).await, refused(406, "NOT_ACCEPTABLE"));
        let long = post(query(&format!("# {}", "x".repeat(300_000))));
        assert_eq!(status_and_code(long).await, refused(413, "PAYLOAD_TOO_LARGE"));
    }

    #[tokio::test]
    async fn tells_old_clients_in_the_body_only() {
        let request = posted(query("{ nothing }"), "application/json", "application/json");
        assert_eq!(status_and_code(request).await, (200, json!("GRAPHQL_VALIDATION_FAILED")));
    }

    #[tokio::test]
    async fn runs_no_mutation_by_get() {
        let router = router(Limits::default());
        let (status, headers, body) = ask(&router, get("mutation { bump }")).await;
        assert_eq!((status, &headers[ALLOW]), (StatusCode::METHOD_NOT_ALLOWED, &"POST".parse().unwrap()));
        assert_eq!(body["errors"][0]["extensions"]["code"], "METHOD_NOT_ALLOWED");
        let put = Request::put("/graphql").body(Body::empty()).unwrap();
        assert_eq!(ask(&router, put).await.1[ALLOW], "GET, POST");
        assert_eq!(ask(&router, post(query("mutation { bump }"))).await.2, json!({"data": {"bump": 1}}));
    }

    #[tokio::test]
    async fn answers_partial_data_with_200() {
        let (status, headers, body) = ask(&router(Limits::default()), post(query("{ hello broken }"))).await;
        assert_eq!((status, &body["data"]), (StatusCode::OK, &json!({"hello": "world", "broken": null})));
        assert_eq!(
            (&body["errors"][0]["path"], &headers[CACHE_CONTROL]),
            (&json!(["broken"]), &"no-store".parse().unwrap())
        );
    }

    #[tokio::test]
    async fn lets_bad_credentials_in_nowhere() {
        let mut request = post(query("{ hello }"));
        request.headers_mut().insert("authorization", "Bearer bad".parse().unwrap());
        assert_eq!(status_and_code(request).await, (401, json!("UNAUTHENTICATED")));
    }

    #[tokio::test]
    async fn answers_batches_up_to_a_size() {
        let router = router(Limits { batch: 3, ..Limits::default() });
        let batch = json!([{"query": "mutation { bump }"}, {"query": "{"}, {"query": "mutation { bump }"}]);
        let (status, _, body) = ask(&router, post(batch.to_string())).await;
        assert_eq!(
            (status, &body[0], &body[2]),
            (StatusCode::OK, &json!({"data": {"bump": 1}}), &json!({"data": {"bump": 2}}))
        );
        assert_eq!(body[1]["errors"][0]["extensions"]["code"], "GRAPHQL_PARSE_FAILED");
        for refused in [json!([]), json!(vec![json!({"query": "{ hello }"}); 4])] {
            assert_eq!(ask(&router, post(refused.to_string())).await.0, StatusCode::BAD_REQUEST);
        }
    }

    #[tokio::test]
    async fn stops_work_at_the_deadline() {
        let router = router(Limits { timeout: Duration::from_millis(30), ..Limits::default() });
        let (status, _, body) = ask(&router, post(query("{ slow }"))).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body["errors"][0]["extensions"]["code"], "TIMEOUT");
    }

    #[tokio::test]
    async fn says_where_subscriptions_go() {
        let request = post(query("subscription { count(to: 1) }"));
        assert_eq!(status_and_code(request).await, (400, json!("SUBSCRIPTION_NEEDS_STREAM")));
    }
}
