//! Stories.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use broadsheet_domain::error::Findings;
use broadsheet_domain::id::StoryId;
use broadsheet_domain::story::StoryFilter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::articles::id;
use super::respond::{Read, private};
use crate::App;
use crate::caller::Caller;
use crate::inputs::{Json, MergeStoryInput, PageParams, Query, SplitStoryInput, number, page};
use crate::problem::{ReadProblems, Refusal, WriteProblems};
use crate::views::{StoryList, StoryMemberList, StoryPublisherView, StoryView};

/// A page of stories.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct StoryParams {
    /// Told by so many publishers at least; 1 if left out.
    #[param(value_type = Option<u32>, minimum = 1, example = 2)]
    min_sources: Option<String>,
    /// Told by so many articles at least; 2 if left out.
    #[param(value_type = Option<u32>, minimum = 1, example = 3)]
    min_articles: Option<String>,
    /// BCP 47, primary part.
    #[param(example = "en")]
    language: Option<String>,
    /// How many items, 1 to 200; 20 if left out. More is refused, never cut.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
    limit: Option<String>,
    /// `page.next` or `page.prev` of another page, as it is.
    cursor: Option<String>,
}

impl StoryParams {
    fn filter(&self) -> Result<StoryFilter, Refusal> {
        let mut findings = Findings::default();
        let usual = StoryFilter::default();
        let sources = findings.absorb(number("min_sources", self.min_sources.as_deref(), 1..=10_000))?;
        let articles = findings.absorb(number("min_articles", self.min_articles.as_deref(), 1..=10_000))?;
        findings.finish()?;
        Ok(StoryFilter {
            min_sources: sources.flatten().unwrap_or(usual.min_sources),
            min_articles: articles.flatten().unwrap_or(usual.min_articles),
            language: self.language.clone(),
        })
    }
}

/// List stories
///
/// The same event told by several articles; those that were told last first.
#[utoipa::path(get, path = "/stories", operation_id = "list_stories", tag = "stories", params(StoryParams),
    responses((status = 200, body = StoryList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_stories(
    State(app): State<App>,
    read: Read,
    Query(params): Query<StoryParams>,
) -> Result<Response, Refusal> {
    let filter = params.filter()?;
    let page = page(params.limit.as_deref(), params.cursor)?;
    let found = app.newsroom.stories(&read.viewer).list(&filter, &page).await?;
    let list = StoryList::of(found.map(StoryView::from), "activity");
    read.page(&list, &list.page)
}

/// Get a story
///
/// One that became part of another redirects there.
#[utoipa::path(get, path = "/stories/{story}", operation_id = "get_story", tag = "stories",
    params(("story" = String, Path, description = "Id", example = "sto_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = StoryView), (status = 308, description = "It became part of another",
        headers(("Location" = String, description = "The other's address"))), ReadProblems), security((), ("bearer" = [])))]
pub async fn get_story(
    State(app): State<App>,
    read: Read,
    Path(story): Path<String>,
) -> Result<Response, Refusal> {
    let asked: StoryId = id("story", &story)?;
    let told = app.newsroom.stories(&read.viewer).get(asked).await?;
    if told.story.id != asked {
        return Ok(read.moved(&told.story.id.to_string()));
    }
    read.one(&StoryView::from(told))
}

/// List a story's articles
///
/// Its timeline: in the order in which they told it, each with how sure it is that it belongs, and why.
#[utoipa::path(get, path = "/stories/{story}/members", operation_id = "list_story_members", tag = "stories",
    params(("story" = String, Path, description = "Id", example = "sto_01k3v0sxm8e1zr4k5q5w0v6b7c"), PageParams),
    responses((status = 200, body = StoryMemberList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_story_members(
    State(app): State<App>,
    read: Read,
    Path(story): Path<String>,
    Query(params): Query<PageParams>,
) -> Result<Response, Refusal> {
    let page = page(params.limit.as_deref(), params.cursor)?;
    let service = app.newsroom.stories(&read.viewer);
    let story = service.get(id("story", &story)?).await?.story.id;
    let found = service.members(story, &page).await?;
    let list = StoryMemberList::of(found.map(Into::into), "oldest");
    read.page(&list, &list.page)
}

/// Who tells a story.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StoryPublishers {
    /// The first to tell it first; at most 200.
    data: Vec<StoryPublisherView>,
}

/// List a story's publishers
///
/// Each with when they first told it, the first first.
#[utoipa::path(get, path = "/stories/{story}/publishers", operation_id = "list_story_publishers", tag = "stories",
    params(("story" = String, Path, description = "Id", example = "sto_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = StoryPublishers), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_story_publishers(
    State(app): State<App>,
    read: Read,
    Path(story): Path<String>,
) -> Result<Response, Refusal> {
    let service = app.newsroom.stories(&read.viewer);
    let story = service.get(id("story", &story)?).await?.story.id;
    let data = service.publishers(story).await?.into_iter().map(Into::into).collect();
    read.one(&StoryPublishers { data })
}

/// Merge a story into another
///
/// Its id leads there from now on. Can be undone. For editors.
#[utoipa::path(post, path = "/stories/{story}/merge", operation_id = "merge_story", tag = "stories",
    params(("story" = String, Path, description = "Id", example = "sto_01k3v0sxm8e1zr4k5q5w0v6b7c")), request_body = MergeStoryInput,
    responses((status = 200, body = StoryView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn merge_story(
    State(app): State<App>,
    caller: Caller,
    Path(story): Path<String>,
    Json(input): Json<MergeStoryInput>,
) -> Result<Response, Refusal> {
    let (from, into) = (id("story", &story)?, id("into", &input.into)?);
    let told = app.newsroom.stories(&caller.viewer).merge(from, into).await?;
    Ok(private(axum::Json(StoryView::from(told)).into_response()))
}

/// Split articles off a story
///
/// Into a story of their own; they never come back by themselves. Can be undone. For editors.
#[utoipa::path(post, path = "/stories/{story}/split", operation_id = "split_story", tag = "stories",
    params(("story" = String, Path, description = "Id", example = "sto_01k3v0sxm8e1zr4k5q5w0v6b7c")), request_body = SplitStoryInput,
    responses((status = 200, body = StoryView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn split_story(
    State(app): State<App>,
    caller: Caller,
    Path(story): Path<String>,
    Json(input): Json<SplitStoryInput>,
) -> Result<Response, Refusal> {
    let articles = input.ids()?;
    let told = app.newsroom.stories(&caller.viewer).split(id("story", &story)?, &articles).await?;
    Ok(private(axum::Json(StoryView::from(told)).into_response()))
}

/// Undo the last merge or split of a story
///
/// Its articles go back to where they were. For editors.
#[utoipa::path(post, path = "/stories/{story}/undo", operation_id = "undo_story_edit", tag = "stories",
    params(("story" = String, Path, description = "Id", example = "sto_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = StoryView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn undo_story_edit(
    State(app): State<App>,
    caller: Caller,
    Path(story): Path<String>,
) -> Result<Response, Refusal> {
    let told = app.newsroom.stories(&caller.viewer).undo(id("story", &story)?).await?;
    Ok(private(axum::Json(StoryView::from(told)).into_response()))
}
