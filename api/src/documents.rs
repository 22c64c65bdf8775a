//! The published contract: the OpenAPI document and the SDL. Making them needs no database.

use std::collections::BTreeMap;

use utoipa::openapi::header::Header;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, OpenApi, Ref, RefOr, Response, Schema};
use utoipa::{Modify, OpenApi as _};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Broadsheet",
        description = "A news content API: articles, sources, authors and topics out, comments in.\n\nEvery error is a problem+json (RFC 9457) that says what is wrong and how to mend it. Lists are pages: follow `page.next` (or `Link`). Unknown parameters are refused.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "articles", description = "News, as publishers tell it"),
        (name = "desk", description = "Writing, correcting, scheduling and withdrawing articles"),
        (name = "feeds", description = "News in other people's formats"),
        (name = "search", description = "Articles by what they say"),
        (name = "stories", description = "The same event, told by several articles"),
        (name = "queries", description = "Filters and searches with an id, served as lists, feeds and streams"),
        (name = "sources", description = "Publishers"),
        (name = "authors", description = "People and newsrooms named in bylines"),
        (name = "topics", description = "Sections, subjects, people, organisations, places"),
        (name = "comments", description = "Readers' conversation"),
        (name = "changes", description = "What happened, in order: to keep a copy exact"),
        (name = "auth", description = "Registering, signing in and out"),
        (name = "me", description = "One's own account"),
        (name = "moderation", description = "Keeping threads civil"),
        (name = "intake", description = "The feeds of sources, and how fetching goes"),
        (name = "admin", description = "Running the server"),
    ),
    components(schemas(crate::problem::Problem, crate::problem::ProblemField)),
    modifiers(&Bearer),
)]
struct Base;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.bearer_format = Some("JWT".to_owned());
        scheme.description = Some(
            "`access_token` of a sign-in. A bad token is refused everywhere, also where none is needed."
                .to_owned(),
        );
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The OpenAPI 3.1 document of every REST operation.
pub fn openapi() -> OpenApi {
    let (_, operations) = crate::rest::routes().split_for_parts();
    let mut document = Base::openapi().nest("/v1", operations);
    share_problems(&mut document);
    describe_results(&mut document);
    describe_caching(&mut document);
    forget_defaults(&mut document);
    say_what_is_open(&mut document);
    document
}

/// Each problem is the same wherever it is answered: operations refer to one response of that name.
fn share_problems(document: &mut OpenApi) {
    let mut shared = BTreeMap::new();
    for (status, response) in responses(document) {
        let RefOr::T(inner) = &*response else { continue };
        if !inner.content.contains_key("application/problem+json") {
            continue;
        }
        let name = problem_name(status);
        let refers = RefOr::Ref(Ref::from_response_name(name.as_str()));
        shared.insert(name, std::mem::replace(response, refers));
    }
    document.components.get_or_insert_default().responses.extend(shared);
}

/// `404` is `NotFound`.
fn problem_name(status: &str) -> String {
    let known = status.parse().ok().and_then(|code: u16| axum::http::StatusCode::from_u16(code).ok());
    let reason = known.and_then(|status| status.canonical_reason()).unwrap_or("Problem");
    reason.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// A result that has no words of its own is described by its schema's.
fn describe_results(document: &mut OpenApi) {
    let schemas =
        document.components.as_ref().map(|components| components.schemas.clone()).unwrap_or_default();
    let describe = |reference: &str| match schemas.get(reference.rsplit('/').next()?)? {
        RefOr::T(Schema::Object(object)) => object.description.clone(),
        RefOr::T(_) | RefOr::Ref(_) => None,
    };
    for (_, response) in responses(document) {
        let RefOr::T(response) = response else { continue };
        if !response.description.is_empty() {
            continue;
        }
        let schema = response.content.values().find_map(|content| match content {
            RefOr::T(content) => content.schema.as_ref(),
            RefOr::Ref(_) => None,
        });
        if let Some(RefOr::Ref(reference)) = schema {
            response.description = describe(&reference.ref_location).unwrap_or_default();
        }
    }
}

/// Reads say how they may be kept. Not those that show the present under an address that names a moment of the past, nor
/// streams.
fn describe_caching(document: &mut OpenApi) {
    const NEVER_KEPT: [&str; 3] = ["list_changes", "export_articles", "text/event-stream"];
    let of_all = [
        (
            "ETag",
            "Names what the answer says. Sent as `If-None-Match`, an answer that says the same is a 304 without content",
        ),
        ("Cache-Control", "How long it may be kept; `private` where the request had credentials"),
        ("Vary", "What of the request makes another answer"),
    ];
    let of_public = [
        (
            "Surrogate-Key",
            "Of public answers: the things and lists that it depends on, for caches that purge by key. Each change names, as `surrogate_keys`, what it touches: whatever has none of these in here says after the change what it said before. Of things that are too many to name, their prefix stands for all",
        ),
        (
            "Last-Modified",
            "Of public answers: when something that it depends on last changed, as far as this server knows. Sent once that is some seconds ago, so that no two answers of one time differ; `If-Modified-Since` is for clients that send no `If-None-Match`",
        ),
    ];
    let reads = document.paths.paths.values_mut().filter_map(|path| path.get.as_mut());
    for operation in reads {
        let id = operation.operation_id.as_deref().unwrap_or_default();
        let public =
            operation.security.iter().flatten().any(|needed| *needed == SecurityRequirement::default());
        let never = NEVER_KEPT.contains(&id);
        let Some(RefOr::T(answer)) = operation.responses.responses.get_mut("200") else { continue };
        if never || answer.content.keys().any(|media| NEVER_KEPT.contains(&media.as_str())) {
            continue;
        }
        let more = if public { of_public.as_slice() } else { &[] };
        for (name, description) in of_all.iter().chain(more) {
            let mut header = Header::default();
            header.description = Some((*description).to_owned());
            answer.headers.entry((*name).to_owned()).or_insert(RefOr::T(header));
        }
    }
}

/// Bodies have defaults so that a missing member is named by the domain, together with all else that is wrong. They are no
/// values that a client may leave to us, so they are not published.
fn forget_defaults(document: &mut OpenApi) {
    let components = document.components.iter_mut().flat_map(|components| components.schemas.values_mut());
    for schema in components {
        let RefOr::T(Schema::Object(object)) = schema else { continue };
        for property in object.properties.values_mut() {
            if let RefOr::T(Schema::Object(property)) = property {
                property.default = None;
            }
        }
    }
}

/// "No credentials, and none may be sent" is an empty list; generators read a list of one empty requirement as a choice.
fn say_what_is_open(document: &mut OpenApi) {
    for operation in operations(document) {
        if operation.security.as_deref() == Some(&[SecurityRequirement::default()]) {
            operation.security = Some(Vec::new());
        }
    }
}

fn operations(document: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    document.paths.paths.values_mut().flat_map(|path| {
        [&mut path.get, &mut path.post, &mut path.put, &mut path.patch, &mut path.delete]
            .into_iter()
            .flatten()
    })
}

/// Every response of every operation, with its status.
fn responses(document: &mut OpenApi) -> impl Iterator<Item = (&String, &mut RefOr<Response>)> {
    operations(document).flat_map(|operation| &mut operation.responses.responses)
}

/// The document as it is served and committed.
pub fn openapi_json() -> String {
    openapi().to_pretty_json().unwrap_or_default() + "\n"
}
