//! The protocol to the letter, in both modes. Bodies are read frame by frame, as they are produced.

use axum::body::{BodyDataStream, to_bytes};
use axum::http::header::ALLOW;
use axum::{Extension, Router};
use serde_json::json;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::super::Limits;
use super::super::trial::router;
use super::*;
use crate::listen::Draining;

const STREAM: &str = "/graphql/stream";
const EVENTS: (&str, &str) = ("accept", "text/event-stream");
const COMMENTED: &str = ":\n\n";

/// Longer than any test: what waits for it is stopped by something else.
const ENDLESS: &str = "subscription { ticks(ms: 60000) }";

async fn soon<T>(waited: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(5), waited).await.expect("it takes too long")
}

fn bare(method: &str, uri: &str, headers: &[(&str, &str)]) -> Request {
    let request = Request::builder().method(method).uri(uri);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::empty()).unwrap()
}

fn get(uri: &str, query: &str, headers: &[(&str, &str)]) -> Request {
    bare("GET", &format!("{uri}?query={}", encoded(query)), headers)
}

fn post(uri: &str, query: &str, headers: &[(&str, &str)]) -> Request {
    with_body(bare("POST", uri, headers), &json!({"query": query}))
}

fn with_body(mut request: Request, body: &Value) -> Request {
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *request.body_mut() = body.to_string().into();
    request
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// An answer that ends by itself.
struct Whole {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Whole {
    /// The code of its only error, which is in JSON.
    fn code(&self) -> String {
        assert_eq!(self.headers[CONTENT_TYPE], "application/json; charset=utf-8");
        let body: Value = serde_json::from_str(&self.text).unwrap();
        assert_eq!(body["errors"].as_array().map(Vec::len), Some(1), "{body}");
        body["errors"][0]["extensions"]["code"].as_str().expect("a code").to_owned()
    }
}

struct Server(Router);

impl Server {
    fn new(limits: Limits) -> Self {
        Self(router(limits))
    }

    async fn whole(&self, request: Request) -> Whole {
        let (parts, body) = soon(self.0.clone().oneshot(request)).await.unwrap().into_parts();
        let text = String::from_utf8(soon(to_bytes(body, usize::MAX)).await.unwrap().to_vec()).unwrap();
        Whole { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    async fn status(&self, request: Request) -> u16 {
        self.whole(request).await.status
    }

    async fn refuses(&self, request: Request, status: u16, code: &str) {
        let asked = format!("{} {}", request.method(), request.uri());
        let whole = self.whole(request).await;
        assert_eq!((whole.status, whole.code().as_str()), (status, code), "{asked}");
    }

    /// A stream, its first sign of life read.
    async fn stream(&self, request: Request) -> Events {
        let response = soon(self.0.clone().oneshot(request)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream; charset=utf-8");
        let mut events = Events(response.into_body().into_data_stream());
        assert_eq!(events.chunk().await.as_deref(), Some(COMMENTED));
        events
    }

    /// A stream that `owner` reserves; that is nobody in particular where it is empty.
    async fn reserve(&self, owner: &'static str) -> Reserved<'_> {
        let unnamed = Reserved { server: self, token: String::new(), owner };
        let reserved = self.whole(unnamed.request("PUT", STREAM, &[])).await;
        assert_eq!((reserved.status, reserved.text.is_empty()), (201, false));
        Reserved { token: reserved.text, ..unnamed }
    }
}

/// The body of a stream.
struct Events(BodyDataStream);

impl Events {
    async fn chunk(&mut self) -> Option<String> {
        let chunk = soon(self.0.next()).await?.unwrap();
        Some(String::from_utf8(chunk.to_vec()).unwrap())
    }

    /// The next event and its data, null where that is empty. `None` where the stream has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        let mut frame = self.chunk().await?;
        while frame == COMMENTED {
            frame = self.chunk().await?;
        }
        let inner = frame.strip_prefix("event: ").and_then(|frame| frame.strip_suffix("\n\n"));
        let (event, data) = inner.and_then(|inner| inner.split_once("\ndata: ")).expect("an event with data");
        let data = if data.is_empty() { Value::Null } else { serde_json::from_str(data).unwrap() };
        Some((event.to_owned(), data))
    }

    async fn event(&mut self) -> (String, Value) {
        self.next().await.expect("the stream has ended")
    }

    /// The data of all `next` events, up to the `complete` event and the end.
    async fn results(mut self) -> Vec<Value> {
        let mut results = Vec::new();
        loop {
            let (event, data) = self.event().await;
            if event == "complete" {
                assert_eq!((data, self.next().await), (Value::Null, None));
                return results;
            }
            assert_eq!(event, "next");
            results.push(data);
        }
    }

    async fn ends_without_completing(mut self) {
        let events = async {
            while let Some((event, _)) = self.next().await {
                assert_eq!(event, "next");
            }
        };
        soon(events).await;
    }
}

/// A reserved stream, as its owner sees it.
struct Reserved<'a> {
    server: &'a Server,
    token: String,
    owner: &'static str,
}

impl<'a> Reserved<'a> {
    fn seen_by(&self, owner: &'static str) -> Reserved<'a> {
        Reserved { server: self.server, token: self.token.clone(), owner }
    }

    fn request(&self, method: &str, uri: &str, also: &[(&str, &str)]) -> Request {
        let bearer = format!("Bearer {}", self.owner);
        let own = [("X-GraphQL-Event-Stream-Token", self.token.as_str()), ("authorization", bearer.as_str())];
        let own = own.into_iter().filter(|(_, value)| !matches!(*value, "" | "Bearer "));
        bare(method, uri, &own.chain(also.iter().copied()).collect::<Vec<_>>())
    }

    fn opening(&self) -> Request {
        self.request("GET", STREAM, &[EVENTS])
    }

    fn opening_by_url(&self) -> Request {
        bare("GET", &format!("{STREAM}?token={}", self.token), &[EVENTS])
    }

    fn operation(&self, id: &Value, query: &str) -> Request {
        let body = json!({"query": query, "extensions": {"operationId": id}});
        with_body(self.request("POST", STREAM, &[]), &body)
    }

    fn stopping(&self, id: &str) -> Request {
        self.request("DELETE", &format!("{STREAM}?operationId={id}"), &[])
    }

    async fn open(&self) -> Events {
        self.server.stream(self.opening()).await
    }

    /// Starts an operation that is accepted.
    async fn start(&self, id: &str, query: &str) {
        let whole = self.server.whole(self.operation(&json!(id), query)).await;
        assert_eq!((whole.status, whole.text.as_str()), (202, ""), "{query}");
    }
}

fn result(id: &str, data: &Value) -> (String, Value) {
    ("next".to_owned(), json!({"id": id, "payload": {"data": data}}))
}

fn completed(id: &str) -> (String, Value) {
    ("complete".to_owned(), json!({"id": id}))
}

#[tokio::test]
async fn answers_a_request_that_accepts_events_by_a_stream_of_its_own() {
    let server = Server::new(Limits::default());
    let expected = ":\n\nevent: next\ndata: {\"data\":{\"hello\":\"world\"}}\n\nevent: complete\ndata: \n\n";
    let count = "subscription { count(to: 3) }";
    for uri in ["/graphql", STREAM] {
        for request in [post(uri, "{ hello }", &[EVENTS]), get(uri, "{ hello }", &[EVENTS])] {
            let whole = server.whole(request).await;
            assert_eq!((whole.status, whole.text.as_str()), (200, expected));
            assert!(whole.headers[CACHE_CONTROL].to_str().unwrap().contains("no-cache"));
        }
        for request in [post(uri, count, &[EVENTS]), get(uri, count, &[EVENTS])] {
            let counted = [1, 2, 3].map(|number| json!({"data": {"count": number}}));
            assert_eq!(server.stream(request).await.results().await, counted);
        }
    }
}

#[tokio::test]
async fn runs_a_mutation_by_post_only() {
    let server = Server::new(Limits::default());
    for (uri, bumps) in [("/graphql", 1), (STREAM, 2)] {
        let refused = server.whole(get(uri, "mutation { bump }", &[EVENTS])).await;
        assert_eq!((refused.status, refused.code().as_str()), (405, "METHOD_NOT_ALLOWED"));
        assert_eq!(refused.headers[ALLOW], "POST");
        let events = server.stream(post(uri, "mutation { bump }", &[EVENTS])).await;
        assert_eq!(events.results().await, [json!({"data": {"bump": bumps}})]);
    }
}

#[tokio::test]
async fn refuses_what_does_not_parse_and_tells_of_all_other_errors_in_the_stream() {
    let server = Server::new(Limits { depth: 1, ..Limits::default() });
    server.refuses(post("/graphql", "{", &[EVENTS]), 400, "GRAPHQL_PARSE_FAILED").await;
    server.refuses(get(STREAM, "{", &[EVENTS]), 400, "GRAPHQL_PARSE_FAILED").await;
    server.refuses(bare("GET", "/graphql", &[EVENTS]), 400, "BAD_REQUEST").await;
    for (query, code) in [
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($a: Int!) { pause(ms: $a) }", "BAD_USER_INPUT"),
        ("{ article { headline } }", "LIMIT_EXCEEDED"),
    ] {
        let results = server.stream(post("/graphql", query, &[EVENTS])).await.results().await;
        assert_eq!((results.len(), results[0].get("data")), (1, None), "{query}");
        assert_eq!(results[0]["errors"][0]["extensions"]["code"], code, "{query}");
    }
    let results = server.stream(get("/graphql", "{ hello broken }", &[EVENTS])).await.results().await;
    assert_eq!((results.len(), &results[0]["data"]), (1, &json!({"hello": "world", "broken": null})));
    assert_eq!(results[0]["errors"][0]["path"], json!(["broken"]));
}

#[tokio::test]
async fn keeps_a_stream_alive_by_comments() {
    let server = Server::new(Limits { keep_alive: Duration::from_millis(10), ..Limits::default() });
    let mut own = server.stream(get("/graphql", ENDLESS, &[EVENTS])).await;
    let mut reserved = server.reserve("").await.open().await;
    for _ in 0..2 {
        assert_eq!(own.chunk().await.as_deref(), Some(COMMENTED));
        assert_eq!(reserved.chunk().await.as_deref(), Some(COMMENTED));
    }
}

#[tokio::test]
async fn lets_bad_credentials_in_nowhere() {
    let server = Server::new(Limits::default());
    let bad = ("authorization", "Bearer bad");
    let stream = server.reserve("").await.seen_by("bad");
    for request in [
        post("/graphql", "{ hello }", &[EVENTS, bad]),
        get(STREAM, ENDLESS, &[EVENTS, bad]),
        bare("PUT", STREAM, &[bad]),
        stream.opening(),
        stream.operation(&json!("1"), "{ hello }"),
        stream.stopping("1"),
    ] {
        server.refuses(request, 401, "UNAUTHENTICATED").await;
    }
}

#[tokio::test]
async fn ends_all_streams_when_it_drains() {
    let drain = CancellationToken::new();
    let server = Server(router(Limits::default()).layer(Extension(Draining(drain.clone()))));
    let own = server.stream(get("/graphql", ENDLESS, &[EVENTS])).await;
    let stream = server.reserve("").await;
    let reserved = stream.open().await;
    stream.start("1", ENDLESS).await;
    drain.cancel();
    own.ends_without_completing().await;
    reserved.ends_without_completing().await;
}

#[tokio::test]
async fn ends_a_stream_with_the_credentials_of_its_caller() {
    let server = Server::new(Limits::default());
    let brief = ("authorization", "Bearer brief");
    let own = server.stream(get("/graphql", "subscription { ticks(ms: 20) }", &[EVENTS, brief])).await;
    let stream = server.reserve("brief").await;
    let reserved = stream.open().await;
    stream.start("1", ENDLESS).await;
    own.ends_without_completing().await;
    reserved.ends_without_completing().await;
    server.refuses(stream.operation(&json!("2"), "{ hello }"), 404, "STREAM_NOT_FOUND").await;
}

#[tokio::test]
async fn reserves_a_stream_by_put_and_opens_it_once() {
    let server = Server::new(Limits::default());
    let reserved = server.whole(bare("PUT", STREAM, &[])).await;
    assert_eq!(reserved.headers[CONTENT_TYPE], "text/plain; charset=utf-8");
    let stream = server.reserve("").await;
    assert_ne!(reserved.text, stream.token);
    server.refuses(stream.request("PUT", STREAM, &[]), 409, "STREAM_ALREADY_RESERVED").await;
    let mut events = server.stream(stream.opening_by_url()).await;
    for again in [stream.opening(), stream.opening_by_url()] {
        server.refuses(again, 409, "STREAM_ALREADY_OPEN").await;
    }
    stream.start("1", "{ hello }").await;
    assert_eq!(events.event().await, result("1", &json!({"hello": "world"})));
    // The reservation ends with its stream.
    drop(events);
    server.refuses(stream.opening(), 404, "STREAM_NOT_FOUND").await;
}

#[tokio::test]
async fn writes_what_operations_answer_to_the_reserved_stream() {
    let server = Server::new(Limits::default());
    let stream = server.reserve("").await;
    let mut events = stream.open().await;
    stream.start("a", "{ hello }").await;
    let frame = "event: next\ndata: {\"id\":\"a\",\"payload\":{\"data\":{\"hello\":\"world\"}}}\n\n";
    assert_eq!(events.chunk().await.as_deref(), Some(frame));
    assert_eq!(events.chunk().await.as_deref(), Some("event: complete\ndata: {\"id\":\"a\"}\n\n"));

    stream.start("b", "mutation { bump }").await;
    assert_eq!(events.event().await, result("b", &json!({"bump": 1})));
    assert_eq!(events.event().await, completed("b"));

    stream.start("endless", ENDLESS).await;
    stream.start("a", "subscription { count(to: 2) }").await;
    assert_eq!(events.event().await, result("a", &json!({"count": 1})));
    assert_eq!(events.event().await, result("a", &json!({"count": 2})));
    assert_eq!(events.event().await, completed("a"));

    let id = encoded(r#"{"operationId":"c"}"#);
    let by_get = |query: &str| format!("{STREAM}?query={}&extensions={id}", encoded(query));
    let refused = stream.request("GET", &by_get("mutation { bump }"), &[]);
    server.refuses(refused, 405, "METHOD_NOT_ALLOWED").await;
    assert_eq!(server.status(stream.request("GET", &by_get("{ who }"), &[])).await, 202);
    assert_eq!(events.event().await, result("c", &json!({"who": null})));
}

#[tokio::test]
async fn refuses_operations_that_cannot_be_told_apart_or_run() {
    let server = Server::new(Limits { operations: 2, ..Limits::default() });
    let stream = server.reserve("").await;
    stream.start("1", ENDLESS).await;
    for (id, query, status, code) in [
        (json!(null), "{ hello }", 400, "BAD_REQUEST"),
        (json!(""), "{ hello }", 400, "BAD_REQUEST"),
        (json!("1"), "{ hello }", 409, "OPERATION_ALREADY_EXISTS"),
        (json!("2"), "{", 400, "GRAPHQL_PARSE_FAILED"),
        (json!("2"), "{ nothing }", 400, "GRAPHQL_VALIDATION_FAILED"),
        (json!("2"), "subscription { nothing }", 400, "GRAPHQL_VALIDATION_FAILED"),
    ] {
        server.refuses(stream.operation(&id, query), status, code).await;
    }
    // What was refused has left no trace: neither its id nor a frame.
    stream.start("2", ENDLESS).await;
    server.refuses(stream.operation(&json!("3"), "{ hello }"), 429, "LIMIT_EXCEEDED").await;
    assert_eq!(server.status(stream.stopping("2")).await, 200);
    // More than is held until the stream opens.
    stream.start("2", "subscription { count(to: 100) }").await;
    let mut events = stream.open().await;
    for number in 1..=100 {
        assert_eq!(events.event().await, result("2", &json!({"count": number})));
    }
}

#[tokio::test]
async fn stops_an_operation_by_delete() {
    let server = Server::new(Limits::default());
    let stream = server.reserve("").await;
    let mut events = stream.open().await;
    stream.start("1", "subscription { count(to: 100) }").await;
    assert_eq!(events.event().await, result("1", &json!({"count": 1})));
    assert_eq!(server.status(stream.stopping("1")).await, 200);
    stream.start("1", "{ pause(ms: 20) }").await;
    assert_eq!(events.event().await, result("1", &json!({"pause": 20})));
    assert_eq!(events.event().await, completed("1"));
    assert_eq!(server.status(stream.stopping("over")).await, 200);
    server.refuses(stream.request("DELETE", STREAM, &[]), 400, "BAD_REQUEST").await;
}

#[tokio::test]
async fn finds_no_stream_by_an_unknown_token_or_none() {
    let server = Server::new(Limits::default());
    let unknown = Reserved { server: &server, token: "unknown".to_owned(), owner: "" };
    let unnamed = Reserved { server: &server, token: String::new(), owner: "" };
    for request in [
        unknown.opening(),
        unknown.operation(&json!("1"), "{ hello }"),
        unknown.stopping("1"),
        unnamed.operation(&json!("1"), "{ hello }"),
        unnamed.stopping("1"),
    ] {
        server.refuses(request, 404, "STREAM_NOT_FOUND").await;
    }
}

#[tokio::test]
async fn keeps_a_stream_for_whoever_reserved_it() {
    let server = Server::new(Limits::default());
    let of_ann = server.reserve("ann").await;
    for other in [of_ann.seen_by("bob"), of_ann.seen_by("")] {
        server.refuses(other.operation(&json!("1"), "{ hello }"), 403, "FORBIDDEN").await;
        server.refuses(other.stopping("1"), 403, "FORBIDDEN").await;
    }
    server.refuses(of_ann.seen_by("bob").opening(), 403, "FORBIDDEN").await;
    // A browser's `EventSource` shows nothing but the token.
    let mut events = server.stream(of_ann.opening_by_url()).await;
    of_ann.start("1", "{ who }").await;
    assert_eq!(events.event().await, result("1", &json!({"who": "ann"})));
}

#[tokio::test]
async fn forgets_a_stream_that_nobody_opens_in_time() {
    let server = Server::new(Limits { reservation_ttl: Duration::from_millis(30), ..Limits::default() });
    let (opened, left) = (server.reserve("").await, server.reserve("").await);
    let mut events = opened.open().await;
    let lapsed = async {
        while server.status(left.stopping("1")).await != 404 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    soon(lapsed).await;
    opened.start("1", "{ hello }").await;
    assert_eq!(events.event().await, result("1", &json!({"hello": "world"})));
}

#[tokio::test]
async fn names_its_methods_where_there_is_another() {
    let server = Server::new(Limits::default());
    let stream = server.reserve("").await;
    for request in [
        bare("PATCH", STREAM, &[]),
        stream.request("PATCH", STREAM, &[EVENTS]),
        bare("HEAD", STREAM, &[]),
        stream.request("HEAD", STREAM, &[EVENTS]),
    ] {
        let refused = server.whole(request).await;
        assert_eq!(refused.status, 405);
        assert_eq!(refused.headers[ALLOW], "GET, POST, PUT, DELETE");
    }
    // A `HEAD` has not taken the stream.
    stream.open().await;
}

#[tokio::test]
async fn tells_of_a_panic_and_frees_the_id_of_its_operation() {
    let server = Server::new(Limits::default());
    let stream = server.reserve("").await;
    server.refuses(stream.operation(&json!("1"), "{ panics }"), 500, "INTERNAL").await;
    stream.start("1", "{ hello }").await;
    assert_eq!(stream.open().await.event().await, result("1", &json!({"hello": "world"})));
}
