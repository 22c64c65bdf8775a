//! Topics.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use super::respond::Read;
use crate::App;
use crate::inputs::{Query, page};
use crate::problem::{ReadProblems, Refusal};
use crate::views::{TopicList, TopicView};

/// A page of topics.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct TopicParams {
    /// Only of this kind: `section`, `topic`, `person`, `organisation`, `place`.
    #[param(value_type = Option<crate::views::TopicKindView>, inline, example = "section")]
    kind: Option<String>,
    /// How many items, 1 to 200; 20 if left out. More is refused, never cut.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
    limit: Option<String>,
    /// `page.next` or `page.prev` of another page, as it is.
    cursor: Option<String>,
}

/// List topics
///
/// Latest seen first.
#[utoipa::path(get, path = "/topics", operation_id = "list_topics", tag = "topics", params(TopicParams),
    responses((status = 200, body = TopicList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_topics(
    State(app): State<App>,
    read: Read,
    Query(params): Query<TopicParams>,
) -> Result<Response, Refusal> {
    let page = page(params.limit.as_deref(), params.cursor)?;
    let kind = params.kind.as_deref().map(str::parse).transpose()?;
    let topics = app.newsroom.topics(&read.viewer).list(kind, &page).await?;
    let list = TopicList::of(topics.map(|topic| topic.as_ref().into()), "newest");
    read.page(&list, &list.page)
}

/// Get a topic
#[utoipa::path(get, path = "/topics/{topic}", operation_id = "get_topic", tag = "topics",
    params(("topic" = String, Path, description = "Id or slug", example = "world")),
    responses((status = 200, body = TopicView), ReadProblems), security((), ("bearer" = [])))]
pub async fn get_topic(
    State(app): State<App>,
    read: Read,
    Path(topic): Path<String>,
) -> Result<Response, Refusal> {
    let topic = app.newsroom.topics(&read.viewer).get(&topic).await?;
    read.one(&TopicView::from(topic.as_ref()))
}
