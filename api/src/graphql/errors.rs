//! Errors in GraphQL: `extensions.code` for queries, typed `userErrors` for mutations; both from the table of `problem`.

use async_graphql::{ErrorExtensions, SimpleObject};
use broadsheet_domain::error::Error;

use crate::problem::{Problem, Refusal, log_internal};

/// Why a mutation did not do what was asked; nothing was changed.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// The kind of problem, the same as `code` in REST's problems, in upper case.
    pub code: String,
    /// The input's field that is to blame, where one is.
    pub field: Option<String>,
    /// What is wrong and how to mend it.
    pub message: String,
    /// Seconds to wait, where waiting helps.
    pub retry_after: Option<u64>,
}

/// A domain error as a GraphQL error.
pub fn graphql(error: Error) -> async_graphql::Error {
    let problem = Problem::of(&Refusal::Domain(error));
    let fields: Vec<_> =
        problem.errors.iter().map(|field| serde_json::to_value(field).unwrap_or_default()).collect();
    async_graphql::Error::new(problem.detail.clone()).extend_with(|_, extensions| {
        extensions.set("code", problem.code.to_uppercase());
        if !fields.is_empty()
            && let Ok(fields) = async_graphql::Value::from_json(serde_json::Value::Array(fields.clone()))
        {
            extensions.set("errors", fields);
        }
        if let Some(seconds) = problem.retry_after {
            extensions.set("retryAfter", seconds);
        }
    })
}

/// Expected failures become user errors; our own faults stay errors.
pub fn user_errors(error: Error) -> async_graphql::Result<Vec<UserError>> {
    let plain = |code: &str, message: String, retry_after| UserError {
        code: code.to_uppercase(),
        field: None,
        message,
        retry_after,
    };
    match error {
        Error::Internal(_) => {
            log_internal(&error);
            Err(async_graphql::Error::new(error.to_string())
                .extend_with(|_, extensions| extensions.set("code", "INTERNAL")))
        }
        Error::Invalid(fields) => {
            let user_error = |field: broadsheet_domain::error::FieldError| UserError {
                code: "INVALID".to_owned(),
                field: Some(camel_case(&field.field)),
                message: field.message,
                retry_after: None,
            };
            Ok(fields.into_iter().map(user_error).collect())
        }
        Error::RateLimited { retry_after_seconds } => {
            Ok(vec![plain("rate_limited", error.to_string(), Some(retry_after_seconds))])
        }
        Error::NotFound(_)
        | Error::Withdrawn { .. }
        | Error::Denied { .. }
        | Error::Unauthenticated { .. }
        | Error::Unavailable { .. }
        | Error::Conflict { .. } => Ok(vec![plain(error.code(), error.to_string(), None)]),
    }
}

/// REST's field names as GraphQL writes them.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| {
        let mut letters = word.chars();
        let head = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
        camel + &head + letters.as_str()
    })
}
