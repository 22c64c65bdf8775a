//! Accounts.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use broadsheet_domain::error::Error;

use super::articles::id;
use super::respond::{Read, private};
use crate::App;
use crate::caller::Caller;
use crate::inputs::{Json, ReasonInput};
use crate::problem::{ReadProblems, Refusal, WriteProblems};
use crate::views::AccountView;

/// Get one's own account
#[utoipa::path(get, path = "/me", operation_id = "get_me", tag = "me",
    responses((status = 200, body = AccountView), ReadProblems), security(("bearer" = [])))]
pub async fn get_me(State(app): State<App>, read: Read) -> Result<Response, Refusal> {
    read.viewer.require_account()?;
    let account = app.newsroom.accounts(&read.viewer).me().await?.ok_or(Error::NotFound("account"))?;
    read.one(&AccountView::from(account))
}

/// Ban an account
///
/// Its tokens stop working with the next request. For admins.
#[utoipa::path(post, path = "/admin/accounts/{account}/ban", operation_id = "ban_account", tag = "admin",
    params(("account" = String, Path, description = "Id", example = "acc_01k3v0sxm8e1zr4k5q5w0v6b7c")), request_body = ReasonInput,
    responses((status = 200, body = AccountView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn ban_account(
    State(app): State<App>,
    caller: Caller,
    Path(account): Path<String>,
    Json(input): Json<ReasonInput>,
) -> Result<Response, Refusal> {
    let account =
        app.newsroom.accounts(&caller.viewer).ban(id("account", &account)?, Some(input.reason)).await?;
    Ok(private(axum::Json(AccountView::from(account)).into_response()))
}

/// Lift a ban
///
/// For admins.
#[utoipa::path(post, path = "/admin/accounts/{account}/readmit", operation_id = "readmit_account", tag = "admin",
    params(("account" = String, Path, description = "Id", example = "acc_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = AccountView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn readmit_account(
    State(app): State<App>,
    caller: Caller,
    Path(account): Path<String>,
) -> Result<Response, Refusal> {
    let account = app.newsroom.accounts(&caller.viewer).readmit(id("account", &account)?).await?;
    Ok(private(axum::Json(AccountView::from(account)).into_response()))
}
