//! Reads of articles: counted where the answer leaves, so that an answer that was kept counts like one that was made; and told
//! by front ends that keep answers themselves.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use broadsheet_domain::Viewer;

use super::articles::reference;
use crate::App;
use crate::caching::{Pages, keep};
use crate::caller::Caller;
use crate::problem::{ReadProblems, Refusal, WriteProblems};
use crate::reading::Reader;

/// Answers, from what is kept or anew, and counts what was read.
pub async fn answer(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return keep(State(app), request, next).await;
    }
    let reader = Reader::of(request.headers());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
    let address = app.door.address(request.headers(), peer);
    let mut response = keep(State(app.clone()), request, next).await;
    // Handlers say so of answers that are an article's page.
    if let Some(pages) = response.extensions_mut().remove::<Pages>()
        && reader.is_person()
    {
        // Who reads does not matter: an answer that was kept was never asked.
        let viewer = Viewer::Anonymous { address };
        pages.articles().for_each(|read| app.newsroom.reads(&viewer).answered(read));
    }
    response
}

/// Tell that an article is read
///
/// For front ends whose readers do not all ask this server, because pages are cached, prefetched or delivered by somebody
/// else: call it from the reader's device when the page is shown (`navigator.sendBeacon` will do: there is no body). It counts
/// where the server's `reads.count` is `beacons`; where it is `answers`, as by default, each answer of `get_article` counts by
/// itself and this does nothing, so that no read is counted twice. What is kept is an article, an hour and a number, nothing
/// about the reader. The answer is the same whether it counts or not.
#[utoipa::path(post, path = "/articles/{article}/reads", operation_id = "record_read", tag = "articles",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 204, description = "It was taken note of"), ReadProblems, WriteProblems), security((), ("bearer" = [])))]
pub async fn record_read(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
) -> Result<Response, Refusal> {
    let article = reference(&article)?;
    app.newsroom.reads(&caller.viewer).record(&article, caller.reader.is_person()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
