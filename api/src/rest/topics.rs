//! Topics: read, and arranged by editors.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use broadsheet_domain::Viewer;
use broadsheet_domain::error::{Error, Findings};
use broadsheet_domain::id::{PublicId as _, TopicId};
use broadsheet_domain::page::{DEFAULT_LIMIT, Page, PageRequest};
use broadsheet_domain::topic::{Topic, TopicFilter};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::desk::Aliases;
use super::respond::{Read, created, expected_revision, private};
use crate::App;
use crate::caller::Caller;
use crate::inputs::{CreateTopicInput, EditTopicInput, Json, MergeTopicInput, Query, page};
use crate::problem::{ReadProblems, Refusal, WriteProblems};
use crate::views::{TopicList, TopicView};

/// The operations on topics.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_topics, create_topic))
        .routes(routes!(get_topic, edit_topic))
        .routes(routes!(list_topic_aliases))
        .routes(routes!(merge_topic))
        .routes(routes!(undo_topic_merge))
}

/// A page of topics.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct TopicParams {
    /// Only of this kind: `section`, `topic`, `person`, `organisation`, `place`.
    #[param(value_type = Option<crate::views::TopicKindView>, inline, example = "section")]
    kind: Option<String>,
    /// Only the parts of this topic: id or slug. Articles are about the topics that they name: those of its parts are found
    /// by naming the parts too, as in `section=world,europe`.
    #[param(example = "world")]
    parent: Option<String>,
    /// Comma-separated: `parent`, `children`.
    #[param(example = "children")]
    include: Option<String>,
    /// How many items, 1 to 200; 20 if left out. More is refused, never cut.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
    limit: Option<String>,
    /// `page.next` or `page.prev` of another page, as it is.
    cursor: Option<String>,
}

/// What to show of one topic.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ShowTopicParams {
    /// Comma-separated: `parent`, `children`.
    #[param(example = "parent,children")]
    include: Option<String>,
}

/// What topics carry with them when asked.
#[derive(Clone, Copy, Debug, Default)]
struct Include {
    parent: bool,
    children: bool,
}

impl Include {
    fn parse(text: Option<&str>) -> Result<Self, Error> {
        let (mut include, mut findings) = (Self::default(), Findings::default());
        let names = text.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
        for name in names {
            match name {
                "parent" => include.parent = true,
                "children" => include.children = true,
                _ => {
                    let message = format!("`{name}` cannot be included; known are parent, children");
                    findings.add("include", "unknown", message);
                }
            }
        }
        findings.finish()?;
        Ok(include)
    }

    /// Topics as views, with what was asked for; a constant number of statements.
    async fn embed(
        self,
        app: &App,
        viewer: &Viewer,
        found: Page<Arc<Topic>>,
    ) -> Result<Page<TopicView>, Error> {
        let service = app.newsroom.topics(viewer);
        let parents: Vec<Uuid> = found.nodes().filter_map(|topic| Some(topic.parent?.uuid())).collect();
        let parents = if self.parent { service.get_many(&parents).await? } else { HashMap::new() };
        let own: Vec<Uuid> = found.nodes().map(|topic| topic.id.uuid()).collect();
        let first = PageRequest::first(DEFAULT_LIMIT);
        let mut children =
            if self.children { service.children_of(&own, &first).await? } else { HashMap::new() };
        Ok(found.map(|topic| {
            let mut view = TopicView::from(topic.as_ref());
            let above = topic.parent.and_then(|parent| parents.get(&parent.uuid()));
            view.parent = self.parent.then(|| above.map(|parent| Box::new(parent.as_ref().into())));
            let below = children.remove(&topic.id.uuid());
            view.children = below.map(|page| Box::new(list_of(page.map(|topic| topic.as_ref().into()))));
            view
        }))
    }
}

fn list_of(page: Page<TopicView>) -> TopicList {
    TopicList::of(page, "newest")
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
    let mut findings = Findings::default();
    let include = findings.absorb(Include::parse(params.include.as_deref()))?;
    let page = findings.absorb(page(params.limit.as_deref(), params.cursor))?;
    let kind = findings.absorb(params.kind.as_deref().map(str::parse).transpose())?.flatten();
    findings.finish()?;
    let page = page.unwrap_or_else(|| PageRequest::first(DEFAULT_LIMIT));
    let filter = TopicFilter { kind, parent: params.parent };
    let topics = app.newsroom.topics(&read.viewer).list(&filter, &page).await?;
    let list = list_of(include.unwrap_or_default().embed(&app, &read.viewer, topics).await?);
    read.page(&list, &list.page)
}

/// Get a topic
///
/// By id or slug; a slug that it had before, and what became part of another, redirects to where it leads. With
/// `include=children` also its parts.
#[utoipa::path(get, path = "/topics/{topic}", operation_id = "get_topic", tag = "topics",
    params(("topic" = String, Path, description = "Id or slug", example = "world"), ShowTopicParams),
    responses((status = 200, body = TopicView), (status = 308, description = "It has another slug now, or became part of another",
        headers(("Location" = String, description = "The address it leads to"))), ReadProblems), security((), ("bearer" = [])))]
pub async fn get_topic(
    State(app): State<App>,
    read: Read,
    Path(topic): Path<String>,
    Query(params): Query<ShowTopicParams>,
) -> Result<Response, Refusal> {
    let include = Include::parse(params.include.as_deref())?;
    let found = app.newsroom.topics(&read.viewer).get(&topic).await?;
    match topic.parse::<TopicId>() {
        Ok(asked) if asked != found.id => return Ok(read.moved(&found.id.to_string())),
        Err(_) if topic != found.slug => return Ok(read.moved(&found.slug)),
        Ok(_) | Err(_) => {}
    }
    let revision = found.revision;
    let views = include.embed(&app, &read.viewer, Page::single(found)).await?;
    let view = views.items.into_iter().next().map(|(_, view)| view).ok_or(Error::NotFound("topic"))?;
    read.versioned(&view, i64::from(revision))
}

/// List the slugs that a topic had before
///
/// Latest first, each with the time until which it was the topic's own. All lead to the topic still.
#[utoipa::path(get, path = "/topics/{topic}/aliases", operation_id = "list_topic_aliases", tag = "topics",
    params(("topic" = String, Path, description = "Id or slug", example = "world")),
    responses((status = 200, body = Aliases), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_topic_aliases(
    State(app): State<App>,
    read: Read,
    Path(topic): Path<String>,
) -> Result<Response, Refusal> {
    let service = app.newsroom.topics(&read.viewer);
    let id = service.get(&topic).await?.id;
    let data = service.aliases(id).await?.into_iter().map(Into::into).collect();
    read.one(&Aliases { data })
}

/// Make a topic
///
/// Intake makes topics by itself, by the names that publishers use; this one is there before. With an `Idempotency-Key` a
/// repeated request makes one. For editors.
#[utoipa::path(post, path = "/topics", operation_id = "create_topic", tag = "topics",
    params(("Idempotency-Key" = Option<String>, Header, description = "Your own key for this topic, at most 200 characters", example = "8e03978e-40d5-43e8-bc93-6894a57f9324")),
    request_body = CreateTopicInput,
    responses((status = 201, body = TopicView, headers(("Location" = String, description = "The topic's address"))), ReadProblems, WriteProblems),
    security(("bearer" = [])))]
pub async fn create_topic(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(input): Json<CreateTopicInput>,
) -> Result<Response, Refusal> {
    let key = headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    let topics = app.newsroom.topics(&caller.viewer);
    let view = TopicView::from(topics.create(input.topic()?, key.as_deref()).await?.as_ref());
    Ok(created(&format!("/v1/topics/{}", view.slug), &view))
}

/// Edit a topic
///
/// Its name, its slug, what it is a part of. Old names and slugs lead to it still. Send `If-Match` with the `ETag` you read
/// it under: if somebody changed it meanwhile, nothing is changed and the answer is a 412. For editors.
#[utoipa::path(patch, path = "/topics/{topic}", operation_id = "edit_topic", tag = "topics",
    params(("topic" = String, Path, description = "Id or slug", example = "world"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the topic as you read it, or its revision in quotes", example = "\"3\"")),
    request_body = EditTopicInput,
    responses((status = 200, body = TopicView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn edit_topic(
    State(app): State<App>,
    caller: Caller,
    Path(topic): Path<String>,
    headers: HeaderMap,
    Json(input): Json<EditTopicInput>,
) -> Result<Response, Refusal> {
    let expected = expected_revision(&headers)?;
    let topic = app.newsroom.topics(&caller.viewer).edit(&topic, input.into(), expected).await?;
    Ok(written(&topic))
}

/// Merge a topic into another
///
/// Its id, slugs and names lead there from now on, also those that publishers will use; its articles and parts become the
/// other's. Its articles are told as updated, in `topics`. Can be undone. For editors.
#[utoipa::path(post, path = "/topics/{topic}/merge", operation_id = "merge_topic", tag = "topics",
    params(("topic" = String, Path, description = "Id or slug", example = "ferry")), request_body = MergeTopicInput,
    responses((status = 200, body = TopicView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn merge_topic(
    State(app): State<App>,
    caller: Caller,
    Path(topic): Path<String>,
    Json(input): Json<MergeTopicInput>,
) -> Result<Response, Refusal> {
    let topic = app.newsroom.topics(&caller.viewer).merge(&topic, &input.into).await?;
    Ok(written(&topic))
}

/// Undo the merge of a topic
///
/// Of one that became part of another, named by its own id or slug; named by the other's, the last that it took in. Its
/// articles, parts and names are its own again; what arrived meanwhile stays with the other. For editors.
#[utoipa::path(post, path = "/topics/{topic}/undo", operation_id = "undo_topic_merge", tag = "topics",
    params(("topic" = String, Path, description = "Id or slug", example = "ferry")),
    responses((status = 200, body = TopicView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn undo_topic_merge(
    State(app): State<App>,
    caller: Caller,
    Path(topic): Path<String>,
) -> Result<Response, Refusal> {
    let topic = app.newsroom.topics(&caller.viewer).undo_merge(&topic).await?;
    Ok(written(&topic))
}

fn written(topic: &Topic) -> Response {
    private(axum::Json(TopicView::from(topic)).into_response())
}
