//! An answer as an HTTP response: its form, its status, and whether it may be kept.

use async_graphql::Response as Answered;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Refusal;
use super::accept::Format;
use super::wire::{self, Answer, json};
use crate::caching::Readable;

/// An answer that is written already, and can still be given headers.
pub(super) struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    readable: Option<Readable>,
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
        Self { status, headers, body, readable: None }
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

    /// Says that it answers a read in full: how it may be kept is seen to outside.
    pub(super) fn is_read(&mut self) {
        self.readable = Some(Readable::default());
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body.into());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if let Some(read) = self.readable {
            response.extensions_mut().insert(read);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
