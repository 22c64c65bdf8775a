//! Answers of reads: JSON and other formats, with `Link`. What caches are told of them follows in `crate::caching`.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use broadsheet_domain::Viewer;
use broadsheet_domain::error::{Error, Fault};
use serde::Serialize;
use serde_json::Value;

use crate::App;
use crate::caching::Readable;
use crate::caller::Caller;
use crate::problem::Refusal;
use crate::views::PageView;

const JSON: &str = "application/json";

/// A read: who asks, where, and what they have already.
pub struct Read {
    /// Who asks.
    pub viewer: Viewer,
    path: String,
    query: String,
    wants: Option<OtherFormat>,
}

/// A format of one article that is not the API's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherFormat {
    /// schema.org's `NewsArticle`.
    JsonLd,
    /// The IPTC's ninjs.
    Ninjs,
}

/// What `Accept` prefers to JSON, if anything: the first of its media ranges decides.
pub fn other_format(headers: &HeaderMap) -> Option<OtherFormat> {
    let accept = headers.get(header::ACCEPT)?.to_str().ok()?;
    let first = accept.split(',').next().unwrap_or_default();
    match first.split(';').next().unwrap_or_default().trim() {
        "application/ld+json" => Some(OtherFormat::JsonLd),
        "application/ninjs+json" | "application/vnd.iptc.ninjs+json" => Some(OtherFormat::Ninjs),
        _ => None,
    }
}

impl FromRequestParts<App> for Read {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let viewer = Caller::from_request_parts(parts, app).await?.viewer;
        let uri =
            parts.extensions.get::<axum::extract::OriginalUri>().map_or(&parts.uri, |original| &original.0);
        Ok(Self {
            viewer,
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            wants: other_format(&parts.headers),
        })
    }
}

impl Read {
    /// Answers with one resource.
    pub fn one(&self, view: &impl Serialize) -> Result<Response, Refusal> {
        Ok(self.bytes(to_bytes(view)?, HeaderMap::new(), JSON, Readable::default()))
    }

    /// The format of one article that the caller prefers to JSON.
    pub fn wants(&self) -> Option<OtherFormat> {
        self.wants
    }

    /// Answers with a document of another format.
    pub fn document(&self, document: String, media_type: &'static str) -> Response {
        self.bytes(document.into_bytes(), HeaderMap::new(), media_type, Readable::default())
    }

    /// The address that was asked for, with another cursor.
    pub fn address_with(&self, cursor: &str) -> String {
        let rest = url::form_urlencoded::parse(self.query.as_bytes()).filter(|(name, _)| name != "cursor");
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        format!("{}?{}", self.path, query.extend_pairs(rest).append_pair("cursor", cursor).finish())
    }

    /// The address that was asked for.
    pub fn address(&self) -> String {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        format!("{}{query}", self.path)
    }

    /// Answers with anything that has versions: its tag begins with it, so that `If-Match` can name it.
    pub fn versioned(&self, view: &impl Serialize, version: i64) -> Result<Response, Refusal> {
        let read = Readable { version: Some(version) };
        Ok(self.bytes(to_bytes(view)?, HeaderMap::new(), JSON, read))
    }

    /// Answers with a page; `Link` names its neighbours (RFC 8288).
    pub fn page(&self, view: &impl Serialize, place: &PageView) -> Result<Response, Refusal> {
        Ok(self.bytes(to_bytes(view)?, self.links(place), JSON, Readable::default()))
    }

    /// Sends the caller to the last segment of the address under another name, with the same parameters.
    pub fn moved(&self, to: &str) -> Response {
        let parent = self.path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
        if let Ok(location) = HeaderValue::try_from(format!("{parent}/{to}{query}")) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }

    fn links(&self, place: &PageView) -> HeaderMap {
        let link = |(cursor, rel): (&Option<String>, &str)| {
            Some(format!("<{}>; rel=\"{rel}\"", self.address_with(cursor.as_ref()?)))
        };
        let links: Vec<String> =
            [(&place.next, "next"), (&place.prev, "prev")].into_iter().filter_map(link).collect();
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::try_from(links.join(", "))
            && !links.is_empty()
        {
            headers.insert(header::LINK, value);
        }
        headers
    }

    /// All of it: what the client has already, and who may keep it, is seen to outside (`crate::caching`).
    #[expect(clippy::unused_self, reason = "only who reads answers a read")]
    fn bytes(
        &self,
        bytes: Vec<u8>,
        mut headers: HeaderMap,
        media_type: &'static str,
        read: Readable,
    ) -> Response {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        (StatusCode::OK, headers, axum::Extension(read), Body::from(bytes)).into_response()
    }
}

/// The revision that `If-Match` names: the tag of an article that was read, or the revision alone (`"3"`). None where the
/// header is missing or `*`. Tags are weak, since what is shown of an article may differ and its revision not; they are
/// compared by revision alone.
pub fn expected_revision(headers: &HeaderMap) -> Result<Option<u32>, Error> {
    let message = "must be the ETag of the article as you read it, or its revision in quotes, such as \"3\"";
    expected(headers, message)
}

/// The version that `If-Match` names, of what has other versions than revisions.
pub fn expected_version(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    expected(headers, "must be the ETag as you read it")
}

fn expected<T: std::str::FromStr>(headers: &HeaderMap, message: &str) -> Result<Option<T>, Error> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let opaque = text.trim_start_matches("W/").trim_matches('"');
    let version = opaque.split('-').next().and_then(|number| number.parse().ok());
    version.map(Some).ok_or_else(|| Error::invalid("If-Match", "malformed", message))
}

fn to_bytes(view: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(view)
        .map_err(|error| Error::Internal(Fault::new("an answer could not be written", error)).into())
}

/// Keeps only these fields of each resource, and its id.
pub fn select_fields(view: &impl Serialize, fields: &[String]) -> Result<Value, Refusal> {
    let internal = |error| Error::Internal(Fault::new("an answer could not be written", error));
    let mut value = serde_json::to_value(view).map_err(internal)?;
    let keep = |item: &mut Value| {
        if let Value::Object(members) = item {
            members.retain(|name, _| name == "id" || fields.contains(name));
        }
    };
    match value.get_mut("data").and_then(Value::as_array_mut) {
        Some(items) => items.iter_mut().for_each(keep),
        None => keep(&mut value),
    }
    Ok(value)
}

/// A created resource: 201 with its address.
pub fn created(location: &str, view: &impl Serialize) -> Response {
    let mut response = (StatusCode::CREATED, axum::Json(view)).into_response();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    private(response)
}

/// An answer that is for one caller only.
pub fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
