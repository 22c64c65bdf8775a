//! An answer as an HTTP response: its form, its status, how long it may be kept, and its name by content.

use async_graphql::Response as Answered;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Refusal;
use super::accept::Format;
use super::wire::{self, Answer, json};

/// An answer that is written already, and can still be given headers.
pub(super) struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Reply {
    /// A body that no cache keeps. An event stream cannot begin with an error: that is plain JSON.
    pub(super) fn new(status: StatusCode, format: Format, body: String) -> Self {
        let format = if format == Format::Events { Format::Json } else { format };
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(format.media_type())),
            (VARY, HeaderValue::from_static("Accept, Authorization")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ]);
        Self { status, headers, body }
    }

    /// The answer to one request, with the headers that resolvers gave it.
    pub(super) fn to_one(answered: &Answered, format: Format) -> Self {
        let mut reply = Self::new(wire::status(answered, format), format, json(&Answer(answered)));
        for (name, value) in &answered.http_headers {
            if name != CONTENT_TYPE && name != CONTENT_LENGTH {
                reply.headers.append(name, value.clone());
            }
        }
        reply
    }

    /// A refusal, in the form that was asked for.
    pub(super) fn refusal(refusal: &Refusal, format: Format) -> Self {
        Self::new(refusal.status, format, json(&Answer(&wire::refusal(refusal))))
    }

    /// Names the methods that there are instead, where the request's was refused: a safe one was refused for
    /// what it asked, any other because it is none of `methods`.
    pub(super) fn allow(mut self, asked: &Method, methods: &'static str) -> Self {
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            let methods = if *asked == Method::GET { "POST" } else { methods };
            self.headers.insert(ALLOW, HeaderValue::from_static(methods));
        }
        self
    }

    /// Lets the answer be kept for as long as the schema's hints say; a known caller's only by themselves.
    pub(super) fn cache(&mut self, answered: &Answered, personal: bool) {
        let mut control = answered.cache_control;
        control.public &= !personal;
        let hint = control.value().filter(|_| control.max_age != 0);
        let value = hint.and_then(|hint| HeaderValue::from_str(&hint).ok());
        self.headers.insert(CACHE_CONTROL, value.unwrap_or(HeaderValue::from_static("no-cache")));
    }

    /// Names the answer by its content, and leaves the content out where the client has it. The name is weak:
    /// compression changes the bytes after this.
    pub(super) fn revalidate(&mut self, asked: &HeaderMap) {
        let digest = blake3::hash(self.body.as_bytes()).to_hex();
        let tag = format!("W/\"{}\"", digest.get(..32).unwrap_or_default());
        if is_known(asked, &tag) {
            self.status = StatusCode::NOT_MODIFIED;
            self.headers.remove(CONTENT_TYPE);
            self.body.clear();
        }
        if let Ok(value) = HeaderValue::from_str(&tag) {
            self.headers.insert(ETAG, value);
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body.into());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Weak comparison (RFC 9110, section 13.1.2).
fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let opaque = tag.trim_start_matches("W/");
    let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == opaque)
}

#[cfg(test)]
mod tests {
    use async_graphql::{CacheControl, Value};

    use super::*;

    fn answered(public: bool, max_age: i32) -> Answered {
        Answered::new(Value::from(1)).cache_control(CacheControl { public, max_age })
    }

    fn kept(answered: &Answered, personal: bool) -> String {
        let mut reply = Reply::to_one(answered, Format::Json);
        reply.cache(answered, personal);
        reply.headers.get(CACHE_CONTROL).unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn keeps_what_the_schema_lets_be_kept() {
        assert_eq!(kept(&answered(true, 60), false), "max-age=60");
        assert_eq!(kept(&answered(true, 60), true), "max-age=60, private");
        assert_eq!(kept(&answered(true, 0), true), "no-cache");
        assert_eq!(kept(&answered(true, -1), false), "no-cache");
    }

    #[test]
    fn leaves_out_what_the_client_has() {
        let answered = answered(true, 60);
        let mut first = Reply::to_one(&answered, Format::Graphql);
        first.revalidate(&HeaderMap::new());
        let tag = first.headers.get(ETAG).unwrap().clone();
        assert_eq!((first.status, first.body.as_str()), (StatusCode::OK, r#"{"data":1}"#));

        let mut second = Reply::to_one(&answered, Format::Graphql);
        second.revalidate(&HeaderMap::from_iter([(IF_NONE_MATCH, tag)]));
        assert_eq!((second.status, second.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    }

    #[test]
    fn names_the_methods_that_there_are() {
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "No");
        let allow = |asked: &Method| {
            let reply = Reply::refusal(&refusal, Format::Json).allow(asked, "GET, POST");
            reply.headers.get(ALLOW).unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!((allow(&Method::GET), allow(&Method::PUT)), ("POST".to_owned(), "GET, POST".to_owned()));
    }
}
