//! Registering, signing in and out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::respond::{created, private};
use crate::App;
use crate::caller::Caller;
use crate::inputs::{Json, RefreshInput, RegisterInput, SignInInput};
use crate::problem::{ReadProblems, Refusal, WriteProblems};
use crate::views::SessionView;

/// Register
///
/// Makes a reader's account and signs it in.
#[utoipa::path(post, path = "/auth/register", operation_id = "register", tag = "auth", request_body = RegisterInput,
    responses((status = 201, body = SessionView), ReadProblems, WriteProblems), security(()))]
pub async fn register(
    State(app): State<App>,
    caller: Caller,
    Json(input): Json<RegisterInput>,
) -> Result<Response, Refusal> {
    let session = app.sessions.register(&caller.viewer, input).await?;
    Ok(created("/v1/me", &session))
}

/// Sign in
#[utoipa::path(post, path = "/auth/sign-in", operation_id = "sign_in", tag = "auth", request_body = SignInInput,
    responses((status = 200, body = SessionView), ReadProblems, WriteProblems), security(()))]
pub async fn sign_in(
    State(app): State<App>,
    caller: Caller,
    Json(input): Json<SignInInput>,
) -> Result<Response, Refusal> {
    let session = app.sessions.sign_in(&caller.viewer, &input).await?;
    Ok(private(axum::Json(session).into_response()))
}

/// Trade a refresh token for the next pair of tokens
///
/// A refresh token is good once; used twice, it ends the sign-in.
#[utoipa::path(post, path = "/auth/refresh", operation_id = "refresh", tag = "auth", request_body = RefreshInput,
    responses((status = 200, body = SessionView), ReadProblems, WriteProblems), security(()))]
pub async fn refresh(
    State(app): State<App>,
    _caller: Caller,
    Json(input): Json<RefreshInput>,
) -> Result<Response, Refusal> {
    let session = app.sessions.refresh(&input).await?;
    Ok(private(axum::Json(session).into_response()))
}

/// Sign out
///
/// Ends the sign-in; its access tokens end with it.
#[utoipa::path(post, path = "/auth/sign-out", operation_id = "sign_out", tag = "auth", request_body = RefreshInput,
    responses((status = 204, description = "Signed out"), ReadProblems, WriteProblems), security(()))]
pub async fn sign_out(
    State(app): State<App>,
    _caller: Caller,
    Json(input): Json<RefreshInput>,
) -> Result<StatusCode, Refusal> {
    app.sessions.sign_out(&input).await?;
    Ok(StatusCode::NO_CONTENT)
}
