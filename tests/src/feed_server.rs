//! A publisher's server that does what it is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// What the server answers at a path.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The status; 200 if left out.
    pub status: Option<u16>,
    /// Headers. With an `etag` the server answers conditional requests with 304.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long it thinks first.
    pub delay: Option<Duration>,
}

impl Reply {
    /// A feed.
    pub fn feed(body: &str) -> Self {
        Self {
            headers: vec![("content-type", "application/rss+xml".to_owned())],
            body: body.as_bytes().to_vec(),
            ..Self::default()
        }
    }

    /// The same with an `ETag`.
    #[must_use]
    pub fn with_etag(mut self, etag: &str) -> Self {
        self.headers.push(("etag", etag.to_owned()));
        self
    }
}

type Shared = Arc<Mutex<State_>>;

#[derive(Default)]
struct State_ {
    replies: HashMap<String, Reply>,
    requests: Vec<(String, HeaderMap)>,
}

/// The server; stops when dropped.
pub struct FeedServer {
    /// Where it is.
    pub origin: String,
    state: Shared,
    task: tokio::task::JoinHandle<()>,
}

impl FeedServer {
    /// Starts it with nothing to say.
    pub async fn start() -> Self {
        let state = Shared::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("a bound address"));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let task =
            tokio::spawn(async move { axum::serve(listener, router).await.expect("the feed server runs") });
        Self { origin, state, task }
    }

    /// Tells it what to answer at a path.
    pub fn set(&self, path: &str, reply: Reply) {
        self.state.lock().expect("the feed server's state").replies.insert(path.to_owned(), reply);
    }

    /// The headers of each request for a path so far.
    pub fn requests(&self, path: &str) -> Vec<HeaderMap> {
        let state = self.state.lock().expect("the feed server's state");
        state.requests.iter().filter(|(asked, _)| asked == path).map(|(_, headers)| headers.clone()).collect()
    }
}

impl Drop for FeedServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(state): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let reply = {
        let mut state = state.lock().expect("the feed server's state");
        state.requests.push((path.clone(), request.headers().clone()));
        state.replies.get(&path).cloned()
    };
    let Some(reply) = reply else { return StatusCode::NOT_FOUND.into_response() };
    if let Some(delay) = reply.delay {
        tokio::time::sleep(delay).await;
    }
    let etag = reply.headers.iter().find(|(name, _)| *name == "etag").map(|(_, value)| value.as_str());
    let known = request.headers().get("if-none-match").and_then(|value| value.to_str().ok());
    let mut response = Response::builder().status(reply.status.unwrap_or(200));
    if etag.is_some() && known == etag {
        return response.status(304).body(Body::empty()).expect("a 304");
    }
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    response.body(Body::from(reply.body)).expect("a reply")
}
