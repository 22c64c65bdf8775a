//! A small schema with its callers, to try the transports on.

#![expect(clippy::unused_async, reason = "async-graphql takes async resolvers only")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use async_graphql::{Context, Error, ID, Object, Request, Result, Schema};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::{Map, Value};
use tokio::time::sleep;

use super::{Callers, Limits, Refusal, apply, routes};

/// The introspection query that `graphql-js` sends.
pub const INTROSPECTION: &str = "
    query IntrospectionQuery {
      __schema {
        queryType { name } mutationType { name } subscriptionType { name }
        types { ...FullType }
        directives { name description locations args { ...InputValue } }
      }
    }
    fragment FullType on __Type {
      kind name description
      fields(includeDeprecated: true) {
        name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason
      }
      inputFields { ...InputValue }
      interfaces { ...TypeRef }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { ...TypeRef }
    }
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
    fragment TypeRef on __Type {
      kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
      kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }
    }";

pub struct Query;

#[Object]
impl Query {
    async fn hello(&self) -> &'static str {
        "world"
    }

    async fn broken(&self) -> Result<Option<i32>> {
        Err(Error::new("This one always fails."))
    }

    async fn torn_up(&self) -> Result<i32> {
        Err(Error::new("This one always fails, and may not be null."))
    }

    async fn shelf(&self) -> Option<Shelf> {
        Some(Shelf)
    }

    async fn slow(&self) -> bool {
        sleep(Duration::from_secs(5)).await;
        true
    }

    async fn pause(&self, ms: u64) -> u64 {
        sleep(Duration::from_millis(ms)).await;
        ms
    }

    async fn panics(&self) -> i32 {
        let one = std::hint::black_box(1);
        assert_eq!(one, 2, "as asked");
        one
    }

    async fn article(&self, #[graphql(default)] id: Option<ID>) -> Article {
        Article { id }
    }

    /// Who asks.
    async fn who(&self, ctx: &Context<'_>) -> Option<String> {
        ctx.data_opt::<Person>().and_then(|person| person.0.clone())
    }
}

/// Things that fail where they may not be null.
pub struct Shelf;

#[Object]
impl Shelf {
    async fn title(&self) -> &'static str {
        "Books"
    }

    async fn torn(&self) -> Result<i32> {
        Err(Error::new("Torn."))
    }

    async fn books(&self) -> Vec<Option<Book>> {
        vec![Some(Book { torn: true }), Some(Book { torn: false })]
    }
}

pub struct Book {
    torn: bool,
}

#[Object]
impl Book {
    async fn title(&self) -> &'static str {
        "Whole"
    }

    async fn torn(&self) -> Result<&'static str> {
        if self.torn { Err(Error::new("Torn.")) } else { Ok("no") }
    }
}

pub struct Article {
    id: Option<ID>,
}

#[Object]
impl Article {
    async fn headline(&self) -> String {
        self.id.as_ref().map_or("News".to_owned(), |id| format!("News of {}", id.as_str()))
    }

    async fn article(&self) -> Article {
        Article { id: None }
    }
}

#[derive(Default)]
struct Bumps(AtomicI32);

pub struct Mutation;

#[Object]
impl Mutation {
    async fn bump(&self, ctx: &Context<'_>) -> i32 {
        ctx.data_unchecked::<Bumps>().0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

pub struct Subscription;

#[async_graphql::Subscription]
impl Subscription {
    /// One up to `to`, at once.
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(1..=to)
    }

    /// A number every so many milliseconds, without end.
    async fn ticks(&self, ms: u64) -> impl Stream<Item = i32> {
        stream::iter(1..).then(move |number| async move {
            sleep(Duration::from_millis(ms)).await;
            number
        })
    }
}

/// Knows people by the token that is their name; `bad` is nobody's, and `brief` is good for 300 ms.
#[derive(Clone)]
pub struct People;

/// A person, or nobody in particular.
#[derive(Clone)]
pub struct Person(Option<String>);

impl People {
    fn know(authorization: Option<&str>) -> Result<Person, Refusal> {
        match authorization.map(|value| value.trim_start_matches("Bearer ")) {
            Some("bad") => Err(Refusal {
                status: StatusCode::UNAUTHORIZED,
                code: "UNAUTHENTICATED",
                message: "The token is not valid.".to_owned(),
            }),
            name => Ok(Person(name.map(str::to_owned))),
        }
    }
}

impl Callers for People {
    type Caller = Person;

    async fn by_headers(&self, headers: &HeaderMap, _peer: Option<SocketAddr>) -> Result<Person, Refusal> {
        Self::know(headers.get("authorization").and_then(|value| value.to_str().ok()))
    }

    async fn by_init(
        &self,
        payload: Option<&Map<String, Value>>,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
    ) -> Result<Person, Refusal> {
        let given = payload.and_then(|payload| payload.get("Authorization").or_else(|| payload.get("token")));
        match given.and_then(Value::as_str) {
            Some(authorization) => Self::know(Some(authorization)),
            None => self.by_headers(headers, peer).await,
        }
    }

    fn prepare(&self, caller: Person, request: Request) -> Request {
        request.data(caller)
    }

    fn identity(&self, caller: &Person) -> Option<String> {
        caller.0.clone()
    }

    fn expires_in(&self, caller: &Person) -> Option<Duration> {
        (caller.0.as_deref() == Some("brief")).then_some(Duration::from_millis(300))
    }

    fn fresh_token(&self) -> String {
        static ISSUED: AtomicI32 = AtomicI32::new(0);
        format!("stream-{}", ISSUED.fetch_add(1, Ordering::SeqCst))
    }
}

/// The schema, held to `limits`.
pub fn schema(limits: &Limits) -> Schema<Query, Mutation, Subscription> {
    apply(Schema::build(Query, Mutation, Subscription), limits).data(Bumps::default()).finish()
}

/// The transports over the schema.
pub fn router(limits: Limits) -> Router {
    routes(schema(&limits), People, limits)
}
