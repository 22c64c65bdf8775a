//! Bulk import: lines go in as they arrive, and what became of them comes back as it is known.

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use broadsheet_domain::error::{self, Error, Fault};
use futures_util::{Stream, StreamExt as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events::until_over;
use super::respond::private;
use crate::App;
use crate::caller::Caller;
use crate::import::{Format, Importer, Written};
use crate::inputs::{ImportArticleInput, ImportParams, Query};
use crate::listen::{Draining, Unhurried};
use crate::problem::{ReadProblems, Refusal, WriteProblems, log_internal};
use crate::views::{ImportLineView as Line, ImportOutcomeView, ImportResultView};

/// The operations of imports. No bound on the whole body: it is taken as it arrives, and what a line may have is bounded.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(import_articles)).layer(DefaultBodyLimit::disable())
}

/// Import articles
///
/// One JSON object a line, at most 4 MiB each: an article in the API's own shape, or a ninjs document (`format=ninjs`). An
/// article is known again by its `external_id` (ninjs: `uri`), else by its URL: the same line again changes nothing, a changed
/// line gives a revision. A line that is no good is told with its number, the field and the reason, nothing of it is
/// written, and the others go in. The answer comes while the lines are read (read it while you send): `result` of each line
/// that was refused (with `verbose=true` of each), `progress` after each batch, and last `end` with the sums. Without that
/// last line the import broke off: go on with `from_line`, or begin again. For editors.
#[utoipa::path(post, path = "/imports", operation_id = "import_articles", tag = "desk", params(ImportParams),
    request_body(content = ImportArticleInput, content_type = "application/x-ndjson", description = "Lines of JSON"),
    responses((status = 200, description = "Lines of JSON", content_type = "application/x-ndjson", body = Line), ReadProblems, WriteProblems),
    security(("bearer" = [])))]
pub async fn import_articles(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<ImportParams>,
    headers: HeaderMap,
    draining: Option<axum::Extension<Draining>>,
    unhurried: Option<axum::Extension<Unhurried>>,
    body: Body,
) -> Result<Response, Refusal> {
    let by_type = format_of(&headers)?;
    let options = params.options(by_type)?;
    let verbose = options.verbose;
    let importer = Importer::new(app.newsroom.clone(), caller.viewer.clone(), options).await?;
    if let Some(axum::Extension(unhurried)) = unhurried {
        unhurried.take_time();
    }
    let written = importer.run(body.into_data_stream());
    let lines = told(written, verbose).take_until(Box::pin(until_over(&app, caller, draining)));
    let mut response = private(Body::from_stream(lines).into_response());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(response)
}

/// The format that the media type names, if it is one of lines.
fn format_of(headers: &HeaderMap) -> Result<Option<Format>, Refusal> {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = sent.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    if !["application/x-ndjson", "application/ndjson", "application/jsonl"].contains(&essence.as_str()) {
        let found = if essence.is_empty() { "nothing" } else { &essence };
        let message = format!("Content-Type is {found}; send application/x-ndjson, one JSON object a line.");
        return Err(Refusal::Protocol("unsupported_media_type", message));
    }
    let profile = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim() == "profile");
    match profile.map(|(_, value)| value.trim().trim_matches('"')) {
        None => Ok(None),
        Some(profile) if profile.contains("ninjs") => Ok(Some(Format::Ninjs)),
        Some(profile) => {
            let message = format!("`{profile}` is no profile of lines that is known here; there is `ninjs`");
            Err(Error::invalid("Content-Type", "unknown", message).into())
        }
    }
}

/// What is told of each batch, and at the end.
fn told(
    written: impl Stream<Item = error::Result<Written>> + Send,
    verbose: bool,
) -> impl Stream<Item = error::Result<Bytes>> + Send {
    let parts = async_stream::try_stream! {
        let mut written = Box::pin(written);
        let mut last = None;
        while let Some(batch) = written.next().await {
            let Written { results, summary } = batch?;
            last = Some(summary);
            yield lines_of(results, summary.committed, verbose)?;
        }
        if let Some(summary) = last {
            yield bytes([Line::End { summary: summary.into() }])?;
        }
    };
    parts.inspect(|part: &error::Result<Bytes>| {
        if let Err(error) = part {
            log_internal(error);
        }
    })
}

fn lines_of(results: Vec<crate::import::LineResult>, committed: u64, verbose: bool) -> error::Result<Bytes> {
    let results = results.into_iter().map(ImportResultView::from);
    let shown = results.filter(|result| verbose || result.outcome == ImportOutcomeView::Refused);
    let lines = shown.map(|result| Line::Result { result });
    bytes(lines.chain([Line::Progress { committed }]))
}

fn bytes(lines: impl IntoIterator<Item = Line>) -> error::Result<Bytes> {
    let mut bytes = Vec::new();
    for line in lines {
        let fault = |error| Error::Internal(Fault::new("a line of an answer could not be written", error));
        serde_json::to_writer(&mut bytes, &line).map_err(fault)?;
        bytes.push(b'\n');
    }
    Ok(bytes.into())
}
