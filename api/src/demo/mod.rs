//! The demo edition: fictional publishers whose feeds go through the real intake, and readers who talk about them.

use std::collections::HashMap;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use broadsheet_domain::account::Registration;
use broadsheet_domain::article::ArticleRef;
use broadsheet_domain::comment::NewComment;
use broadsheet_domain::error::{Error, Fault};
use broadsheet_domain::id::CommentId;
use broadsheet_domain::policy::{Role, SignedIn, Viewer};
use broadsheet_domain::source::SourceHint;
use include_dir::{Dir, include_dir};
use serde::Deserialize;
use url::Url;

use crate::App;
use crate::intake::{self, Document, fetch::Answered};

static EDITION: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/demo/edition");

/// A demo reader; all demo accounts are readers, so that a known password opens nothing that matters.
pub const READER: &str = "ann@readers.example";
/// The demo readers' password.
pub const PASSWORD: &str = "a demo password";

/// Why the edition could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The domain refused something.
    #[error(transparent)]
    Domain(#[from] Error),
    /// A feed of the edition could not be read.
    #[error("demo edition, {0}: {1}")]
    Feed(String, intake::IntakeError),
}

#[derive(Deserialize)]
struct Edition {
    feeds: Vec<DemoFeed>,
    accounts: Vec<DemoAccount>,
    comments: Vec<DemoComment>,
}

#[derive(Deserialize)]
struct DemoFeed {
    file: String,
    feed_url: Url,
    content_type: String,
    source: DemoSource,
}

#[derive(Deserialize)]
struct DemoSource {
    name: String,
    homepage: Url,
    country: String,
    language: String,
    logo: String,
}

#[derive(Deserialize)]
struct DemoAccount {
    email: String,
    name: String,
}

#[derive(Deserialize)]
struct DemoComment {
    article_url: Url,
    /// The author's e-mail.
    author: String,
    body: String,
    /// The place in this list of the comment that this one answers.
    parent: Option<usize>,
}

/// Takes the edition in, once: whatever address the server has the next time, what is in stays as it is.
pub async fn take_in(app: &App) -> Result<(), DemoError> {
    let edition = read("edition.json").map_err(Error::from)?;
    let edition: Edition = serde_json::from_str(edition)
        .map_err(|error| Error::from(Fault::new("the demo edition's manifest", error)))?;
    if is_in(app, &edition).await? {
        println!("The demo edition is here already.");
        return Ok(());
    }
    let origin = app.config.public_url();
    let mut new = 0;
    for feed in &edition.feeds {
        new += take_feed(app, feed, &origin).await?;
    }
    let comments = talk(app, &edition).await?;
    println!(
        "Demo edition: {} feed documents taken in, {new} new articles, {comments} new comments.",
        edition.feeds.len()
    );
    Ok(())
}

/// The last thing that taking in does is the last comment: where its article has comments, everything has been done.
async fn is_in(app: &App, edition: &Edition) -> Result<bool, DemoError> {
    let Some(last) = edition.comments.last() else { return Ok(false) };
    match app.newsroom.articles(&Viewer::System).get(&ArticleRef::Url(last.article_url.clone())).await {
        Ok(article) => Ok(article.record.comment_count > 0),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn read(name: &str) -> Result<&'static str, Fault> {
    let file = EDITION.get_file(name).and_then(|file| file.contents_utf8());
    file.ok_or_else(|| Fault::new("the demo edition misses a file", name))
}

async fn take_feed(app: &App, feed: &DemoFeed, origin: &str) -> Result<usize, DemoError> {
    let text = read(&feed.file).map_err(Error::from)?.replace("{{origin}}", origin);
    let source = &feed.source;
    let hint = SourceHint {
        name: Some(source.name.clone()),
        homepage: Some(source.homepage.clone()),
        logo_url: source.logo.replace("{{origin}}", origin).parse().ok(),
        language: Some(source.language.clone()),
        country: Some(source.country.clone()),
        description: None,
        feed_url: Some(feed.feed_url.clone()),
    };
    let document = Document {
        url: Some(feed.feed_url.clone()),
        name: feed.file.clone(),
        content_type: Some(feed.content_type.clone()),
        bytes: text.into_bytes(),
        hint,
        polled: false,
    };
    let failed = |error: intake::IntakeError| DemoError::Feed(feed.file.clone(), error);
    let taken = intake::take(&app.newsroom, document).await.map_err(failed)?;
    intake::note_taken(&app.newsroom, &taken, &Answered::default()).await?;
    Ok(taken.ingested.new.len())
}

/// Makes the readers where they are missing, and lets them talk under articles where nobody has talked yet.
async fn talk(app: &App, edition: &Edition) -> Result<usize, DemoError> {
    let accounts = app.newsroom.accounts(&Viewer::System);
    let mut readers = HashMap::new();
    for DemoAccount { email, name } in &edition.accounts {
        let registration =
            Registration { email: email.clone(), name: name.clone(), password: PASSWORD.to_owned() };
        let account = match accounts.create(registration, Role::Reader).await {
            Err(Error::Invalid(_)) => accounts.by_email(email).await?, // left from a start that was cut short
            made => made?,
        };
        readers.insert(email.as_str(), account.id);
    }
    let mut talked = HashMap::new();
    let mut posted = Vec::<Option<CommentId>>::new();
    for comment in &edition.comments {
        let unknown =
            || Error::from(Fault::new("the demo edition names an unknown reader", comment.author.clone()));
        let account = readers.get(comment.author.as_str()).copied().ok_or_else(unknown)?;
        let viewer =
            Viewer::Account { who: SignedIn { account, role: Role::Reader, session: None }, address: None };
        let article =
            app.newsroom.articles(&viewer).get(&ArticleRef::Url(comment.article_url.clone())).await?;
        if *talked.entry(article.record.id).or_insert(article.record.comment_count > 0) {
            posted.push(None);
            continue;
        }
        let parent = comment.parent.and_then(|place| posted.get(place).copied().flatten());
        let new = NewComment {
            article: article.record.id,
            parent,
            markdown: comment.body.clone(),
            idempotency_key: None,
        };
        posted.push(Some(app.newsroom.comments(&viewer).post(new).await?.id));
    }
    Ok(posted.iter().flatten().count())
}

/// Serves the edition's pictures and sounds.
pub async fn medium(Path(name): Path<String>) -> Response {
    let kind = match name.rsplit('.').next() {
        Some("svg") => "image/svg+xml",
        Some("webm") => "video/webm",
        Some("mp4") => "video/mp4",
        Some("ogg" | "oga") => "audio/ogg",
        Some("wav") => "audio/wav",
        Some("mp3") => "audio/mpeg",
        _ => "application/octet-stream",
    };
    let found = std::future::ready(EDITION.get_file(format!("media/{name}"))).await;
    let Some(file) = found else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, file.contents()).into_response()
}
