//! Every route, and the layers around them.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use std::net::SocketAddr;
use std::time::Duration;

use crate::caller::Caller;
use crate::graphql::transport::{self, Callers};
use crate::problem::Problem;
use crate::{App, graphql, layers};

/// The whole service.
pub fn router(app: &App) -> Router {
    let (rest, _) = crate::rest::routes().split_for_parts();
    let rest =
        rest.fallback(no_such_route).method_not_allowed_fallback(method_not_allowed).with_state(app.clone());
    let rest = layers::rest(rest, app);
    let limits = transport::Limits::default();
    let schema = transport::apply(graphql::schema(), &limits).data(app.clone()).finish();
    let graphql = transport::routes(schema, GraphqlCallers(app.clone()), limits);
    let graphql = graphql.layer(axum::middleware::from_fn_with_state(app.clone(), crate::rest::answer));
    let docs = utoipa_swagger_ui::SwaggerUi::new("/docs").url("/openapi.json", crate::documents::openapi());
    let own = Router::new()
        .route("/", get(welcome))
        .route("/schema.graphql", get(sdl))
        .route("/graphiql", get(graphiql))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(crate::metrics::render))
        .route("/.well-known/jwks.json", get(jwks))
        .route("/demo/media/{name}", get(crate::demo::medium))
        .with_state(app.clone());
    let own = own.merge(crate::rest::sitemap_routes(app));
    let all = Router::new().nest("/v1", rest).merge(graphql).merge(docs).merge(own).fallback(no_such_route);
    layers::around(all, app)
}

#[derive(Clone)]
struct GraphqlCallers(App);

impl Callers for GraphqlCallers {
    type Caller = Caller;

    async fn by_headers(
        &self,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
    ) -> Result<Caller, transport::Refusal> {
        self.0.door.from_headers(headers, peer).await.map_err(|error| refusal(&error))
    }

    async fn by_init(
        &self,
        payload: Option<&serde_json::Map<String, serde_json::Value>>,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
    ) -> Result<Caller, transport::Refusal> {
        self.0.door.from_init(payload, headers, peer).await.map_err(|error| refusal(&error))
    }

    fn identity(&self, caller: &Caller) -> Option<String> {
        caller.viewer.account().map(|account| account.to_string())
    }

    fn expires_in(&self, caller: &Caller) -> Option<Duration> {
        self.0.door.expires_in(caller)
    }

    async fn recheck(&self, caller: &Caller) -> Result<(), transport::Refusal> {
        self.0.door.recheck(caller).await.map_err(|error| refusal(&error))
    }

    fn until_gone(&self, caller: Caller) -> impl Future<Output = ()> + Send + 'static {
        self.0.door.clone().until_gone(caller)
    }

    fn fresh_token(&self) -> String {
        uuid::Uuid::new_v4().simple().to_string()
    }

    fn prepare(&self, caller: Caller, request: async_graphql::Request) -> async_graphql::Request {
        graphql::prepare(&self.0, caller, request)
    }
}

fn refusal(error: &broadsheet_domain::Error) -> transport::Refusal {
    crate::problem::log_internal(error);
    let status = crate::problem::status_of(error.code());
    transport::Refusal { status, code: graphql_code(error.code()), message: error.to_string() }
}

/// GraphQL's codes are upper case; those that a door can answer.
fn graphql_code(code: &str) -> &'static str {
    match code {
        "bad_token" => "BAD_TOKEN",
        "token_expired" => "TOKEN_EXPIRED",
        "token_revoked" => "TOKEN_REVOKED",
        "account_banned" => "ACCOUNT_BANNED",
        _ => "INTERNAL",
    }
}

async fn welcome(State(app): State<App>) -> Html<String> {
    Html(include_str!("pages/welcome.html").replace("{{origin}}", &app.config.public_url()))
}

async fn sdl() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/graphql; charset=utf-8")], graphql::sdl())
}

async fn graphiql() -> Response {
    let page = include_str!("pages/graphiql.html").replace("{{example}}", EXAMPLE);
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}

/// The query that GraphiQL starts with, and that `serve` prints.
pub const EXAMPLE: &str = "{ articles(first: 5) { nodes { headline publishedAt source { name } authors { nodes { name } } commentCount } } }";

async fn ready(State(app): State<App>) -> Response {
    match app.newsroom.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            crate::problem::log_internal(&error);
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

async fn jwks(State(app): State<App>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "public, max-age=300")], axum::Json(app.tokens.jwks()))
}

async fn no_such_route(uri: axum::extract::OriginalUri) -> Problem {
    nothing_at(uri.0.path())
}

/// What an address is answered that leads nowhere.
pub fn nothing_at(path: &str) -> Problem {
    Problem::new("no_such_route", format!("Nothing is at {path}. The operations are listed at /docs."))
}

async fn method_not_allowed() -> Problem {
    Problem::new("method_not_allowed", "This address does not take that method; see /docs.")
}
