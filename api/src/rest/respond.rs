//! Answers of reads: JSON with an `ETag`, `Cache-Control`, `Link`, and 304 where nothing changed.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use broadsheet_domain::Viewer;
use broadsheet_domain::error::{Error, Fault};
use broadsheet_domain::freshness::Shown;
use serde::Serialize;
use serde_json::Value;

use crate::App;
use crate::caller::Caller;
use crate::problem::Refusal;
use crate::views::PageView;

/// A read: who asks, where, and what they have already.
pub struct Read {
    /// Who asks.
    pub viewer: Viewer,
    path: String,
    query: String,
    if_none_match: Option<HeaderValue>,
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
            if_none_match: parts.headers.get(header::IF_NONE_MATCH).cloned(),
        })
    }
}

impl Read {
    /// Answers with one resource.
    pub fn one(&self, view: &impl Serialize, shown: Shown) -> Result<Response, Refusal> {
        Ok(self.bytes(to_bytes(view)?, HeaderMap::new(), shown))
    }

    /// Answers with a page; `Link` names its neighbours (RFC 8288).
    pub fn page(&self, view: &impl Serialize, place: &PageView, shown: Shown) -> Result<Response, Refusal> {
        Ok(self.bytes(to_bytes(view)?, self.links(place), shown))
    }

    fn links(&self, place: &PageView) -> HeaderMap {
        let rest = url::form_urlencoded::parse(self.query.as_bytes()).filter(|(name, _)| name != "cursor");
        let rest: Vec<_> = rest.collect();
        let link = |(cursor, rel): (&Option<String>, &str)| {
            let cursor = cursor.as_ref()?;
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            let query = query.extend_pairs(&rest).append_pair("cursor", cursor).finish();
            Some(format!("<{}?{query}>; rel=\"{rel}\"", self.path))
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

    /// Weak, since a compressing layer may change the bytes on their way. With what they show, for whoever keeps them.
    fn bytes(&self, bytes: Vec<u8>, mut headers: HeaderMap, shown: Shown) -> Response {
        let digest: String = blake3::hash(&bytes).to_hex().chars().take(24).collect();
        let etag = format!("W/\"{digest}\"");
        let anonymous = matches!(self.viewer, Viewer::Anonymous { .. });
        // Fresh news beats saved requests: caches may keep it and must ask again; a 304 costs them nothing.
        let policy = if anonymous {
            "public, max-age=0, must-revalidate"
        } else {
            "private, max-age=0, must-revalidate"
        };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(policy));
        headers.insert(header::VARY, HeaderValue::from_static("authorization"));
        let known = is_known(self.if_none_match.as_ref(), &etag);
        if let Ok(etag) = HeaderValue::try_from(etag) {
            headers.insert(header::ETAG, etag);
        }
        if known {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        (StatusCode::OK, headers, axum::Extension(shown), Body::from(bytes)).into_response()
    }
}

/// Whether a client has the answer of this tag (RFC 9110, 13.1.2: weak comparison).
pub fn is_known(if_none_match: Option<&HeaderValue>, etag: &str) -> bool {
    let opaque = etag.trim_start_matches("W/");
    let known = if_none_match.and_then(|value| value.to_str().ok()).unwrap_or_default();
    known
        .split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || (!tag.is_empty() && tag.trim_start_matches("W/") == opaque))
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
