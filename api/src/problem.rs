//! Errors on the wire: RFC 9457 problem+json in REST, `extensions.code` in GraphQL, from one table.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use broadsheet_domain::error::{Error, FieldError};
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, and how to mend it (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:broadsheet:problem:invalid")]
    pub kind: String,
    /// The kind of problem, for people.
    #[schema(example = "The request is not acceptable")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 400)]
    pub status: u16,
    /// The kind of problem, for programs: the same in GraphQL's `extensions.code`, there in upper case.
    #[schema(example = "invalid")]
    pub code: String,
    /// What is wrong here, for people.
    #[schema(example = "limit: must be a whole number from 1 to 200")]
    pub detail: String,
    /// Every bad field, where fields are to blame.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// Seconds to wait, where waiting helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

/// A bad field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemField {
    /// Its name as it was sent.
    #[schema(example = "limit")]
    pub field: String,
    /// What is wrong, for programs.
    #[schema(example = "out_of_range")]
    pub code: String,
    /// What is wrong and how to mend it.
    #[schema(example = "must be a whole number from 1 to 200")]
    pub message: String,
    /// Where in its text the trouble begins, in characters (Unicode scalar values) counted from 0; of a search's `q`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u64, required = false)]
    pub position: Option<u64>,
    /// How many characters are to blame; 0 where something is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u64, required = false)]
    pub length: Option<u64>,
}

/// A domain error as the edge answers it; protocol errors have codes of their own.
#[derive(Debug)]
pub enum Refusal {
    /// From the domain.
    Domain(Error),
    /// The protocol was not kept: code, what is wrong.
    Protocol(&'static str, String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

/// The table: what each code means in HTTP. The rows without a status take the kind's.
const TABLE: &[(&str, StatusCode, &str)] = &[
    ("not_found", StatusCode::NOT_FOUND, "There is no such thing"),
    ("withdrawn", StatusCode::GONE, "The article was withdrawn"),
    ("invalid", StatusCode::BAD_REQUEST, "The request is not acceptable"),
    ("rate_limited", StatusCode::TOO_MANY_REQUESTS, "Too fast"),
    ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side"),
    ("forbidden", StatusCode::FORBIDDEN, "You may not do this"),
    ("not_your_comment", StatusCode::FORBIDDEN, "You may not do this"),
    ("not_your_query", StatusCode::FORBIDDEN, "You may not do this"),
    ("account_banned", StatusCode::FORBIDDEN, "This account is banned"),
    ("sign_in_required", StatusCode::UNAUTHORIZED, "Sign in first"),
    ("bad_token", StatusCode::UNAUTHORIZED, "The bearer token is no good"),
    ("token_expired", StatusCode::UNAUTHORIZED, "The bearer token has expired"),
    ("token_revoked", StatusCode::UNAUTHORIZED, "The bearer token is no longer good"),
    ("bad_credentials", StatusCode::UNAUTHORIZED, "E-mail and password do not match"),
    ("bad_refresh_token", StatusCode::UNAUTHORIZED, "The refresh token is no good"),
    ("idempotency_key_reused", StatusCode::UNPROCESSABLE_ENTITY, "The Idempotency-Key was used before"),
    ("edit_window_closed", StatusCode::CONFLICT, "Too late to edit"),
    ("revision_mismatch", StatusCode::PRECONDITION_FAILED, "Somebody changed it meanwhile"),
    ("not_published", StatusCode::CONFLICT, "Readers do not see this article"),
    ("already_published", StatusCode::CONFLICT, "Readers see this article already"),
    ("nothing_to_undo", StatusCode::CONFLICT, "There is nothing to undo"),
    ("restore_first", StatusCode::CONFLICT, "The article was withdrawn"),
    ("thread_closed", StatusCode::CONFLICT, "The thread is closed"),
    ("thread_too_deep", StatusCode::CONFLICT, "The thread is too deep"),
    ("parent_removed", StatusCode::CONFLICT, "The comment to answer was removed"),
    ("comment_deleted", StatusCode::CONFLICT, "The comment was deleted"),
    ("too_many_queries", StatusCode::CONFLICT, "There are enough saved queries"),
    ("own_account", StatusCode::CONFLICT, "Not on your own account"),
    ("malformed_body", StatusCode::BAD_REQUEST, "The body is not acceptable"),
    ("too_large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
    ("unsupported_media_type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send application/json"),
    ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED, "This address does not take that method"),
    ("no_such_route", StatusCode::NOT_FOUND, "There is nothing at this address"),
    ("search_unavailable", StatusCode::SERVICE_UNAVAILABLE, "Search is not available"),
    ("search_busy", StatusCode::SERVICE_UNAVAILABLE, "Search is busy"),
    ("search_too_slow", StatusCode::SERVICE_UNAVAILABLE, "The search takes too long"),
    ("timeout", StatusCode::SERVICE_UNAVAILABLE, "This took too long"),
];

fn row(code: &str) -> (StatusCode, &'static str) {
    let found = TABLE.iter().find(|(known, ..)| *known == code);
    found.map_or(
        (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side"),
        |(_, status, title)| (*status, title),
    )
}

/// The status that a code is answered with.
pub fn status_of(code: &str) -> StatusCode {
    row(code).0
}

impl Problem {
    /// A problem by its code.
    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        let (status, title) = row(code);
        Self {
            kind: format!("urn:broadsheet:problem:{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// How a refusal is answered. Internal errors are logged here, once, and show nothing.
    pub fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Protocol(code, detail) => Self::new(code, detail),
            Refusal::Domain(error) => {
                log_internal(error);
                let mut problem = Self::new(error.code(), error.to_string());
                if let Error::Invalid(fields) = error {
                    problem.errors = fields.iter().map(ProblemField::from).collect();
                }
                if let Error::RateLimited { retry_after_seconds } = error {
                    problem.retry_after = Some(*retry_after_seconds);
                }
                problem
            }
        }
    }
}

/// Logs an internal error with its chain of causes.
pub fn log_internal(error: &Error) {
    if let Error::Internal(fault) = error {
        tracing::error!(error.context = %fault, error.causes = ?fault.causes(), "an internal error was answered");
    }
}

impl From<&FieldError> for ProblemField {
    fn from(error: &FieldError) -> Self {
        let FieldError { field, code, message, place } = error.clone();
        let number = |number| u64::try_from(number).unwrap_or(u64::MAX);
        Self {
            field,
            code: code.to_owned(),
            message,
            position: place.map(|place| number(place.position)),
            length: place.map(|place| number(place.length)),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after.map(HeaderValue::from);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        Problem::of(&self).into_response()
    }
}

/// What every operation may answer instead of its result.
#[derive(utoipa::IntoResponses)]
pub enum ReadProblems {
    /// A parameter is unknown or malformed; each is named.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// The bearer token is no good: leave it out, or renew it.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// The account is banned, or its role does not allow this.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// There is no such thing that you can see.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// The article was withdrawn; `detail` says why.
    #[response(status = 410, content_type = "application/problem+json")]
    Gone(Problem),
    /// Something went wrong on our side.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(Problem),
    /// This took too long and was given up: ask for less, or again later.
    #[response(status = 503, content_type = "application/problem+json")]
    Timeout(Problem),
}

/// What an operation that changes something may answer besides.
#[derive(utoipa::IntoResponses)]
pub enum WriteProblems {
    /// The thing is in a state that does not allow this.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// Somebody changed it meanwhile: read it again.
    #[response(status = 412, content_type = "application/problem+json")]
    PreconditionFailed(Problem),
    /// The body is too large.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// Send `application/json`.
    #[response(status = 415, content_type = "application/problem+json")]
    UnsupportedMediaType(Problem),
    /// The Idempotency-Key was used for other input.
    #[response(status = 422, content_type = "application/problem+json")]
    Unprocessable(Problem),
    /// Too fast; `Retry-After` says when to try again.
    #[response(status = 429, content_type = "application/problem+json")]
    TooManyRequests(Problem),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internal_error_shows_nothing_of_its_cause() {
        let cause = broadsheet_domain::error::Fault::new("reading", "password=hunter2");
        let problem = Problem::of(&Refusal::Domain(Error::Internal(cause)));
        assert_eq!(problem.status, 500);
        assert!(!serde_json::to_string(&problem).unwrap().contains("hunter2"));
    }

    #[test]
    fn every_code_stands_in_the_table_once() {
        let mut codes: Vec<&str> = TABLE.iter().map(|(code, ..)| *code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), TABLE.len());
    }
}
