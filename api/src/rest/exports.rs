//! Exports: everything, or what a filter lets through, as lines of JSON with the sequence to go on from. Read page by page
//! while it is sent: no lock, no connection and no memory is held for a client that is slow.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use broadsheet_domain::article::{Article, ArticleStatus};
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::error::{self, Error, Fault};
use broadsheet_domain::id::PublicId as _;
use broadsheet_domain::page::{MAX_LIMIT, Page, PageRequest};
use broadsheet_domain::query::Definition;
use broadsheet_domain::topic::TopicFilter;
use broadsheet_domain::{Newsroom, Viewer};
use futures_util::{Stream, StreamExt as _};

use super::embed::Include;
use super::events::until_over;
use super::respond::private;
use crate::App;
use crate::caller::Caller;
use crate::inputs::{self, ExportParams, ExportQuery, Query};
use crate::problem::{ReadProblems, Refusal, log_internal};
use crate::views::{CommentView, ExportLineView as Line};

/// Export articles
///
/// One JSON object a line: first `snapshot` with the `sequence` from which `/v1/changes` goes on, then sources, topics and
/// authors (of a whole export), then the articles, with `comments=true` each page of them followed by their comments; last
/// `end` with how many of each. Without that last line the export broke off. It is read while it is sent: what changes
/// meanwhile is in it or not, and is told after its sequence in any case.
#[utoipa::path(get, path = "/exports", operation_id = "export_articles", tag = "changes", params(ExportParams),
    responses((status = 200, description = "Lines of JSON", content_type = "application/x-ndjson", body = Line), ReadProblems),
    security((), ("bearer" = [])))]
pub async fn export_articles(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<ExportParams>,
) -> Result<Response, Refusal> {
    let include = Include::parse_copy(params.include.as_deref())?;
    let ExportQuery { filter, query, comments } = inputs::export(&params)?;
    let (newsroom, viewer) = (app.newsroom.clone(), caller.viewer.clone());
    let queries = newsroom.queries(&viewer);
    let articles = queries.asked(query, filter).await?.each();
    // What the filter names is looked up before anything is sent: afterwards nothing can be refused.
    drop(queries.asking(articles.clone()).await?);
    let (sequence, at) = (queries.snapshot(&articles).await?, newsroom.now());
    let lines = Export {
        app: app.clone(),
        newsroom: newsroom.clone(),
        viewer: viewer.clone(),
        include,
        articles,
        comments,
    }
    .lines(sequence, at);
    let sent = lines.take_until(Box::pin(until_over(&app, caller, None)));
    let mut response = private(Body::from_stream(sent).into_response());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(response)
}

struct Export {
    app: App,
    newsroom: Newsroom,
    viewer: Viewer,
    include: Include,
    articles: Definition,
    comments: bool,
}

/// How many lines of each there were.
#[derive(Default)]
struct Counts {
    sources: u64,
    topics: u64,
    authors: u64,
    articles: u64,
    comments: u64,
}

impl Export {
    /// The lines, a page at a time. What cannot be read breaks the answer off, without its last line.
    fn lines(self, sequence: i64, at: Timestamp) -> impl Stream<Item = error::Result<Bytes>> + Send {
        let parts = async_stream::try_stream! {
            let mut counts = Counts::default();
            yield written([Line::Snapshot { sequence: sequence.to_string(), at: at.into() }])?;
            if self.articles.is_everything() {
                let mut page = Some(first());
                while let Some(asked) = page {
                    let found = self.newsroom.sources(&self.viewer).list(&asked).await?;
                    yield counted(&mut counts.sources, found.nodes().map(|source| Line::Source { source: source.as_ref().into() }))?;
                    page = after(&found)?;
                }
                let mut page = Some(first());
                while let Some(asked) = page {
                    let found = self.newsroom.topics(&self.viewer).list(&TopicFilter::default(), &asked).await?;
                    yield counted(&mut counts.topics, found.nodes().map(|topic| Line::Topic { topic: topic.as_ref().into() }))?;
                    page = after(&found)?;
                }
                let mut page = Some(first());
                while let Some(asked) = page {
                    let found = self.newsroom.authors(&self.viewer).list(None, &asked).await?;
                    yield counted(&mut counts.authors, found.nodes().map(|author| Line::Author { author: author.as_ref().into() }))?;
                    page = after(&found)?;
                }
            }
            let mut page = Some(first());
            while let Some(asked) = page {
                let found = self.newsroom.queries(&self.viewer).newest(&self.articles, &asked).await?;
                page = after(&found)?;
                let found = found.filter_map(|article| is_told(&article).then_some(article));
                let ids: Vec<uuid::Uuid> = found.nodes().map(|article| article.record.id.uuid()).collect();
                let views = self.include.embed(&self.app, &self.viewer, found).await?;
                let lines = views.items.into_iter().map(|(_, article)| Line::Article { article: Box::new(article) });
                yield counted(&mut counts.articles, lines)?;
                if self.comments {
                    let comments = self.newsroom.comments(&self.viewer);
                    for stretch in comments.stretches(&ids).await? {
                        let found = comments.of_stretch(&stretch).await?;
                        let lines = found.into_iter().map(|comment| Line::Comment { comment: CommentView::from(comment) });
                        yield counted(&mut counts.comments, lines)?;
                    }
                }
            }
            let Counts { sources, topics, authors, articles, comments } = counts;
            yield written([Line::End { sources, topics, authors, articles, comments }])?;
        };
        parts.inspect(|part: &error::Result<Bytes>| {
            if let Err(error) = part {
                log_internal(error);
            }
        })
    }
}

fn first() -> PageRequest {
    PageRequest::first(MAX_LIMIT)
}

fn after<T>(page: &Page<T>) -> error::Result<Option<PageRequest>> {
    page.next().map(|cursor| PageRequest::from_cursor(Some(MAX_LIMIT), Some(cursor))).transpose()
}

/// Whether the log tells of an article: of what readers never saw it does not, whoever asks.
fn is_told(article: &Article) -> bool {
    article.record.status == ArticleStatus::Published || article.record.visible_from.is_some()
}

fn counted(count: &mut u64, lines: impl Iterator<Item = Line>) -> error::Result<Bytes> {
    written(lines.inspect(|_| *count += 1))
}

fn written(lines: impl IntoIterator<Item = Line>) -> error::Result<Bytes> {
    let mut bytes = Vec::new();
    for line in lines {
        let fault = |error| Error::Internal(Fault::new("a line of an export could not be written", error));
        serde_json::to_writer(&mut bytes, &line).map_err(fault)?;
        bytes.push(b'\n');
    }
    Ok(bytes.into())
}
