//! What one request may cost, and the schema extension that holds every request to it.
//!
//! A document is measured before async-graphql walks it, because that walk follows fragment spreads without
//! memory and can be made to take seconds by a few hundred bytes. The measuring itself is in `survey`.
//! Nothing here knows about HTTP: a refusal is a GraphQL error with `code`, `limit`, `maximum` and `actual`.
//!
//! To add a limit: a field of [`Limits`], a row of [`Bound`], and the place that counts it.

use std::any::TypeId;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextPrepareRequest, NextValidation,
};
use async_graphql::{
    ObjectType, Pos, Request, SchemaBuilder, ServerError, ServerResult, SubscriptionType, ValidationResult,
};

use super::nulls::Nulls;
use super::survey;

/// How many validation errors one answer lists: past these, more of them only make the answer longer.
const ERRORS_LISTED: usize = 20;

/// The bounds of one request, one connection and one process. [`Limits::default`] suits a public server.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Levels of fields, introspection apart.
    pub depth: usize,
    /// Points, as the schema's `complexity` attributes count them; a plain field is one.
    pub complexity: usize,
    /// Levels of selection sets, fragments included; brackets of any kind may nest twice as deep.
    pub recursion: usize,
    /// Directives written in the document.
    pub directives: usize,
    /// Aliases written in the document.
    pub aliases: usize,
    /// Fields at the root of an operation, those of its fragments included.
    pub root_fields: usize,
    /// Lexical tokens of the document.
    pub tokens: usize,
    /// Fields and fragments of an operation once every spread is expanded.
    pub selections: usize,
    /// Requests in one JSON array.
    pub batch: usize,
    /// Bytes of a request body, of a URL's query, and of a WebSocket message.
    pub body_bytes: usize,
    /// Time for a query or mutation; a batch shares one. The work is dropped when it has passed.
    pub timeout: Duration,
    /// Memory for parsed documents, in bytes (an estimate, on the high side).
    pub documents_bytes: u64,
    /// Time for a WebSocket client to send `connection_init`.
    pub init_timeout: Duration,
    /// Between two signs of life on a WebSocket or an event stream.
    pub keep_alive: Duration,
    /// Time for one frame to be taken by a slow WebSocket client.
    pub write_timeout: Duration,
    /// Time for running queries and mutations to finish once the process drains.
    pub drain_grace: Duration,
    /// Operations running at once on one WebSocket or one reserved event stream.
    pub operations: usize,
    /// Reserved event streams at once, in the whole process.
    pub reservations: usize,
    /// Time for a reserved event stream to be opened.
    pub reservation_ttl: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 15,
            complexity: 2_000,
            recursion: 32,
            directives: 50,
            aliases: 50,
            root_fields: 20,
            tokens: 4_000,
            selections: 5_000,
            batch: 10,
            body_bytes: 256 * 1024,
            timeout: Duration::from_secs(10),
            documents_bytes: 32 * 1024 * 1024,
            init_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(12),
            write_timeout: Duration::from_secs(30),
            drain_grace: Duration::from_secs(5),
            operations: 50,
            reservations: 1_000,
            reservation_ttl: Duration::from_secs(60),
        }
    }
}

/// Everything that a refused client is told about one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Tokens,
    Recursion,
    Selections,
    Depth,
    Complexity,
    RootFields,
    Aliases,
    Directives,
    IntrospectionLists,
    Batch,
    Operations,
}

impl Bound {
    /// Its name in `extensions.limit`, what it counts, and how to stay under it.
    fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Tokens => ("tokens", "tokens", "Send a shorter document and move its values to variables."),
            Self::Recursion => ("recursion", "levels of nesting", "Nest fields and fragments less deeply."),
            Self::Selections => (
                "selections",
                "selections once its fragments are expanded",
                "Spread large fragments in fewer places.",
            ),
            Self::Depth => {
                ("depth", "levels of fields", "Ask for less nesting, or follow an id in a second query.")
            }
            Self::Complexity => (
                "complexity",
                "points of complexity",
                "Ask for smaller pages (first, last) or for fewer fields.",
            ),
            Self::RootFields => ("root_fields", "root fields", "Split the operation into several requests."),
            Self::Aliases => ("aliases", "aliases", "Split the operation into several requests."),
            Self::Directives => ("directives", "directives", "Leave out fields instead of skipping them."),
            Self::IntrospectionLists => (
                "introspection_lists",
                "introspection lists inside one another",
                "Ask for one type at a time with __type(name:).",
            ),
            Self::Batch => ("batch", "requests in one batch", "Send several smaller batches."),
            Self::Operations => (
                "operations",
                "operations running on this connection",
                "Complete one of them first, or open another connection.",
            ),
        }
    }

    /// The error for `actual` where at most `maximum` is allowed. `actual` is a lower bound where counting
    /// stopped at the limit.
    pub(super) fn refuse(self, maximum: usize, actual: usize, position: Option<Pos>) -> ServerError {
        let (name, noun, advice) = self.row();
        let message = format!("Too many {noun}: {actual}, where at most {maximum} are allowed. {advice}");
        let mut error = coded("LIMIT_EXCEEDED", message, position);
        let details = error.extensions.get_or_insert_default();
        details.set("limit", name);
        details.set("maximum", maximum);
        details.set("actual", actual);
        error
    }

    /// `Ok` while `actual` is within `maximum`.
    pub(super) fn check(self, maximum: usize, actual: usize, position: Option<Pos>) -> ServerResult<()> {
        if actual > maximum { Err(self.refuse(maximum, actual, position)) } else { Ok(()) }
    }
}

/// An error with its stable `extensions.code`.
pub(super) fn coded(code: &str, message: impl Into<String>, position: Option<Pos>) -> ServerError {
    let mut error = ServerError::new(message, position);
    error.extensions.get_or_insert_default().set("code", code);
    error
}

/// Gives `code` to an error that has none.
pub(super) fn default_code(error: &mut ServerError, code: &str) {
    let details = error.extensions.get_or_insert_default();
    if details.get("code").is_none() {
        details.set("code", code);
    }
}

/// Marks a request whose document the transport has measured already, so that a kept document is not measured
/// again. Private to the transports: no client can set it.
pub(super) struct Surveyed;

/// Holds every request of the schema to `limits`, those included that do not come through the transports.
pub fn apply<Q, M, S>(builder: SchemaBuilder<Q, M, S>, limits: &Limits) -> SchemaBuilder<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    builder
        .limit_recursive_depth(limits.recursion)
        .limit_directives(limits.directives)
        .extension(Guard(Arc::new(Watch { limits: limits.clone() })))
        .extension(Nulls)
}

struct Guard(Arc<Watch>);

impl ExtensionFactory for Guard {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::<Watch>::clone(&self.0)
    }
}

struct Watch {
    limits: Limits,
}

#[async_graphql::async_trait::async_trait]
impl Extension for Watch {
    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        if !request.data.contains_key(&TypeId::of::<Surveyed>()) {
            survey::source(&request.query, &self.limits)?;
            survey::document(request.parsed_query().map_err(unparsable)?, &self.limits)?;
        }
        next.run(ctx, request).await
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let found = next.run(ctx).await.map_err(invalid)?;
        match Bound::Complexity.check(self.limits.complexity, found.complexity, None) {
            Ok(()) => Ok(found),
            Err(error) => Err(vec![error]),
        }
    }
}

/// Codes a parser's error.
pub(super) fn unparsable(mut error: ServerError) -> ServerError {
    default_code(&mut error, "GRAPHQL_PARSE_FAILED");
    error
}

fn invalid(mut errors: Vec<ServerError>) -> Vec<ServerError> {
    errors.truncate(ERRORS_LISTED);
    for error in &mut errors {
        default_code(error, "GRAPHQL_VALIDATION_FAILED");
    }
    errors
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use async_graphql::{Response, Schema, Value};

    use super::super::trial::{INTROSPECTION, Mutation, Query, Subscription};
    use super::*;

    async fn run(limits: &Limits, query: &str) -> Response {
        apply(Schema::build(Query, Mutation, Subscription), limits).finish().execute(query).await
    }

    fn detail(response: &Response, name: &str) -> Option<Value> {
        response.errors.first()?.extensions.as_ref()?.get(name).cloned()
    }

    #[tokio::test]
    async fn names_the_limit_its_value_and_what_was_asked() {
        let limits = Limits { complexity: 3, ..Limits::default() };
        let response = run(&limits, "{ article { headline article { headline } } }").await;
        assert_eq!(detail(&response, "code"), Some(Value::from("LIMIT_EXCEEDED")));
        assert_eq!(detail(&response, "limit"), Some(Value::from("complexity")));
        assert_eq!(detail(&response, "maximum"), Some(Value::from(3)));
        assert_eq!(detail(&response, "actual"), Some(Value::from(4)));
    }

    #[tokio::test]
    async fn codes_parse_and_validation_errors() {
        let limits = Limits::default();
        let code = |response| detail(&response, "code");
        assert_eq!(code(run(&limits, "{").await), Some(Value::from("GRAPHQL_PARSE_FAILED")));
        assert_eq!(code(run(&limits, "{ nothing }").await), Some(Value::from("GRAPHQL_VALIDATION_FAILED")));
    }

    #[tokio::test]
    async fn lists_a_bounded_number_of_errors() {
        let response =
            run(&Limits::default(), &format!("{{ {} }}", "article { nothing } ".repeat(300))).await;
        assert!(!response.errors.is_empty() && response.errors.len() <= ERRORS_LISTED);
    }

    #[tokio::test]
    async fn leaves_full_introspection_alone() {
        let response = run(&Limits::default(), INTROSPECTION).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
    }

    #[tokio::test]
    async fn refuses_a_fragment_bomb_at_once() {
        let mut bomb = "{ ...F0 }".to_owned();
        for level in 0..26 {
            let next = level + 1;
            bomb.extend([
                " fragment F",
                &level.to_string(),
                " on Query { ...F",
                &next.to_string(),
                " ...F",
                &next.to_string(),
                " }",
            ]);
        }
        bomb.push_str(" fragment F26 on Query { hello }");
        let started = Instant::now();
        let response = run(&Limits::default(), &bomb).await;
        assert_eq!(detail(&response, "limit"), Some(Value::from("selections")));
        assert!(started.elapsed() < Duration::from_millis(500), "took {:?}", started.elapsed());
    }
}
