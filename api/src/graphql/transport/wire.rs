//! How an answer is written as JSON, and what its status says.
//!
//! A response with nothing executed has no `data` member, and every error has `extensions.code`. What is written
//! here is the same for all transports.

use async_graphql::{Response, ServerError, Value};
use axum::http::StatusCode;
use serde::{Serialize, Serializer};

use super::Refusal;
use super::accept::Format;
use super::limits::{coded, default_code};

/// The code of an operation that was stopped at its deadline.
pub(super) const TIMEOUT: &str = "TIMEOUT";

/// Written where an answer cannot be: nothing in a GraphQL value can make it so.
const UNWRITABLE: &str =
    r#"{"errors":[{"message":"The answer could not be written.","extensions":{"code":"INTERNAL"}}]}"#;

/// Whether nothing was executed: the request itself was refused. An error of execution has a path.
pub(super) fn is_refused(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// Gives a code to each error that has none: those that async-graphql itself raises, about what the client sent.
pub(super) fn complete(mut response: Response) -> Response {
    let code = if is_refused(&response) { "BAD_REQUEST" } else { "BAD_USER_INPUT" };
    for error in &mut response.errors {
        default_code(error, code);
    }
    response
}

/// A response that consists of one error.
pub(super) fn refused(error: ServerError) -> Response {
    complete(Response::from_errors(vec![error]))
}

/// The response that a refusal is.
pub(super) fn refusal(refusal: &Refusal) -> Response {
    refused(coded(refusal.code, refusal.message.as_str(), None))
}

/// The status of a well-formed request's answer. Older clients, which ask for `application/json`, are told by the
/// body alone.
pub(super) fn status(response: &Response, format: Format) -> StatusCode {
    if !is_refused(response) {
        return StatusCode::OK;
    }
    if response.errors.iter().any(|error| code_of(error) == Some(TIMEOUT)) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    if format == Format::Graphql { StatusCode::BAD_REQUEST } else { StatusCode::OK }
}

/// An error's `extensions.code`.
pub(super) fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// A response as it is written: errors first, so that they are seen, and no `data` where nothing was executed.
pub(super) struct Answer<'a>(pub(super) &'a Response);

#[derive(Serialize)]
struct Members<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'a [ServerError]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<&'a std::collections::BTreeMap<String, Value>>,
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let response = self.0;
        Members {
            errors: Some(response.errors.as_slice()).filter(|errors| !errors.is_empty()),
            data: Some(&response.data).filter(|_| !is_refused(response)),
            extensions: Some(&response.extensions).filter(|extensions| !extensions.is_empty()),
        }
        .serialize(serializer)
    }
}

/// JSON text of anything that is written here.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(error = %error, "a GraphQL answer could not be written");
        UNWRITABLE.to_owned()
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::PathSegment;

    use super::*;

    fn failed_field() -> Response {
        let error = ServerError::new("No", None).with_path(vec![PathSegment::Field("a".to_owned())]);
        complete(Response::from_errors(vec![error]))
    }

    #[test]
    fn has_no_data_where_nothing_was_executed() {
        let response = refused(ServerError::new("No", None));
        let expected = r#"{"errors":[{"message":"No","extensions":{"code":"BAD_REQUEST"}}]}"#;
        assert_eq!(json(&Answer(&response)), expected);
        assert_eq!(json(&Answer(&Response::new(Value::Null))), r#"{"data":null}"#);
    }

    #[test]
    fn keeps_null_data_beside_the_errors_of_execution() {
        let expected = r#"{"errors":[{"message":"No","path":["a"],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}"#;
        assert_eq!(json(&Answer(&failed_field())), expected);
    }

    #[test]
    fn tells_new_clients_by_status_and_old_ones_by_body() {
        let response = refused(ServerError::new("No", None));
        assert_eq!(status(&response, Format::Graphql), StatusCode::BAD_REQUEST);
        assert_eq!(status(&response, Format::Json), StatusCode::OK);
        assert_eq!(status(&failed_field(), Format::Graphql), StatusCode::OK);
        let late = refused(coded(TIMEOUT, "Late", None));
        assert_eq!(status(&late, Format::Json), StatusCode::SERVICE_UNAVAILABLE);
    }
}
