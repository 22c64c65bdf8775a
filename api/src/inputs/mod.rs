//! What callers send: bodies shared by both transports, and how REST reads them. Whether a value is acceptable is for the
//! domain to say; here it only gets its type.

use async_graphql::InputObject;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use broadsheet_domain::error::{Error, Findings};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::App;
use crate::problem::Refusal;

mod articles;
mod changes;
mod desk;
mod feeds;
pub(crate) mod filters;
mod imports;
mod lists;
mod queries;
mod search;
mod stories;
mod topics;
mod trending;

pub use changes::{
    ChangeParams, ChangeQuery, ChangeStreamParams, ExportParams, ExportQuery, FollowParams, changes, export,
    follow, sequence, stream, within,
};
pub use feeds::{AddFeedInput, EditFeedInput};
pub use imports::{ImportArticleInput, ImportArticlesInput, ImportParams};
pub use search::{
    MAX_BUCKETS, MAX_SUGGESTIONS, RelatedParams, SearchParams, SuggestParams, bucket_limit, search, sort_of,
};
pub use stories::{MergeStoryInput, SplitStoryInput, article_keys};
pub use topics::{CreateTopicInput, EditTopicInput, MergeTopicInput};
pub use trending::{TrendingParams, TrendsByView, WindowView, trending};

pub use desk::{
    CorrectArticleInput, CreateArticleInput, EditArticleInput, EmbargoInput, ScheduleInput, WithdrawInput,
};

pub use articles::{
    ArticleIdParams, ArticleParams, ArticleQuery, ArticleSortView, CollapseView, FeatureView, article_ids,
    articles, with_total,
};
pub use lists::{CommentSortView, PageParams, SortedPage, comments_page, number, page};
pub use queries::{CreateQuery, CreateQueryInput, EditQuery, EditQueryInput, QueryDefinition, query_id};

/// Makes a reader's account.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct RegisterInput {
    /// How you will sign in.
    #[schema(required = true, example = "ann@example.org")]
    pub email: String,
    /// How others will see you: 1 to 80 characters.
    #[schema(required = true, example = "Ann")]
    pub name: String,
    /// 10 to 200 characters.
    #[schema(required = true, example = "correct horse battery")]
    pub password: String,
}

/// Signs in.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct SignInInput {
    /// The account's e-mail.
    #[schema(required = true, example = "ann@example.org")]
    pub email: String,
    /// Its password.
    #[schema(required = true, example = "correct horse battery")]
    pub password: String,
}

/// A refresh token: to be traded for the next pair of tokens, or to sign out with.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct RefreshInput {
    /// As it was issued.
    #[schema(required = true, example = "bsr_4mE1kqYw2Zr0bWc")]
    pub refresh_token: String,
}

/// A comment to post.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CommentInput {
    /// Markdown: emphasis, links, quotes, lists, code. At most 5,000 characters.
    #[schema(required = true, example = "I was *there*.")]
    pub body: String,
    /// The comment that this one answers.
    #[schema(example = "com_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub parent_id: Option<String>,
}

/// New words for a comment.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CommentPatch {
    /// Markdown.
    #[schema(required = true, example = "I was *not* there.")]
    pub body: String,
}

/// Why something is done.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReasonInput {
    /// In plain words: whom it concerns will read it.
    #[schema(required = true, example = "Insults another reader.")]
    pub reason: String,
}

/// A JSON body. Anything wrong with it is a problem that says what.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            let found = if essence.is_empty() { "nothing" } else { essence };
            return Err(Refusal::Protocol(
                "unsupported_media_type",
                format!("Content-Type is {found}; send application/json."),
            ));
        }
        let bytes = Bytes::from_request(request, app).await.map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
                Refusal::Protocol("too_large", "The body is larger than this server takes.".to_owned())
            }
            other => Refusal::Protocol("malformed_body", other.body_text()),
        })?;
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return Err(Refusal::Protocol("malformed_body", "The body must be a JSON object.".to_owned()));
        }
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(Self).map_err(|error| {
            Refusal::Protocol("malformed_body", format!("The JSON cannot be read: {error}."))
        })
    }
}

/// Query parameters. Unknown and repeated ones are refused by name.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Refusal> {
        Ok(Self(from_query(parts.uri.query().unwrap_or_default())?))
    }
}

/// Reads parameters; what is unknown, repeated or malformed is named.
fn from_query<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let unreadable = |_| Error::invalid("query", "malformed", "cannot be read");
    let why = match read::<T>(query).map_err(unreadable)? {
        Ok(parsed) => return Ok(parsed),
        Err(why) => why,
    };
    if let Some(name) = repeated::<T>(query) {
        return Err(Error::invalid(name, "repeated", "is given more than once; give it once"));
    }
    if why.starts_with("unknown field") {
        return Err(unknown::<T>(query));
    }
    let field = why.split('`').nth(1).unwrap_or("query").to_owned();
    Err(Error::invalid(field, "malformed", why))
}

/// Reads a query; what is wrong with it in serde's words.
fn read<T: DeserializeOwned>(query: &str) -> Result<Result<T, String>, axum::http::Error> {
    let uri = axum::http::Uri::builder().path_and_query(format!("/?{query}")).build()?;
    let why = |rejection: axum_extra::extract::QueryRejection| {
        std::error::Error::source(&rejection).map_or_else(|| rejection.to_string(), ToString::to_string)
    };
    Ok(axum_extra::extract::Query::<T>::try_from_uri(&uri).map(|query| query.0).map_err(why))
}

/// Every parameter that there is no such thing as: serde names the first, so it is left out and the rest is read again.
fn unknown<T: DeserializeOwned>(query: &str) -> Error {
    let mut pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let mut findings = Findings::default();
    while let Ok(Err(why)) =
        read::<T>(&url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish())
    {
        let name = why.split('`').nth(1).unwrap_or_default().to_owned();
        let known = pairs.len();
        pairs.retain(|(given, _)| *given != name);
        if !why.starts_with("unknown field") || pairs.len() == known {
            break; // what else is wrong is told when these are mended
        }
        findings.add(name, "unknown", why);
    }
    match findings.finish() {
        Err(error) => error,
        Ok(()) => Error::invalid("query", "malformed", "cannot be read"),
    }
}

/// The parameter that is given more than once and may not be: without its repetitions the query can be read.
fn repeated<T: DeserializeOwned>(query: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let names = pairs
        .iter()
        .enumerate()
        .filter(|(at, (name, _))| pairs.iter().take(*at).any(|(known, _)| known == name));
    let once = |repeated: &str| {
        let mut seen = false;
        let kept = pairs.iter().filter(|(name, _)| name != repeated || !std::mem::replace(&mut seen, true));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        read::<T>(&query).ok()?.ok()
    };
    names.map(|(_, (name, _))| name.clone()).find(|name| once(name).is_some())
}
