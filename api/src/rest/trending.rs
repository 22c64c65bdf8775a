//! What trends.

use axum::extract::State;
use axum::response::Response;

use super::respond::Read;
use crate::App;
use crate::inputs::{Query, TrendingParams, trending};
use crate::problem::{ReadProblems, Refusal};
use crate::views::TrendList;

/// List what trends
///
/// Stories, and articles that are part of none, each once, the most first: by how many publishers began to tell it, how many
/// people commented and how often it was read within the window; what happened just now counts most. `explain=true` shows
/// every signal with its weight. The ranking is computed every 15 to 60 seconds (`meta.computed_at`); the pages of a walk
/// belong to the ranking in which it began, as long as that is remembered.
#[utoipa::path(get, path = "/trending", operation_id = "list_trending", tag = "stories", params(TrendingParams),
    responses((status = 200, body = TrendList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_trending(
    State(app): State<App>,
    read: Read,
    Query(params): Query<TrendingParams>,
) -> Result<Response, Refusal> {
    let asked = trending(params)?;
    let found = app.newsroom.trending(&read.viewer).list(&asked.query, &asked.page).await?;
    let list = TrendList::of(found, &asked.query, asked.explain);
    read.page(&list, &list.page)
}
