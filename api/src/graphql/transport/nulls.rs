//! What failed is null where it may be, and takes its parent with it where it may not (GraphQL specification, section
//! 6.4.4). async-graphql leaves a failed field out, so that a client would miss a member that its types promise.
//!
//! Works on the finished response, and only where there are errors: each one's path leads to the member in question.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{Name, PathSegment, Positioned, Response, Value};

use super::persisted::Document;

/// The document of a request, beside the request: what failed is looked up in it.
pub(super) struct Documented {
    pub(super) document: Arc<Document>,
    pub(super) operation: Option<String>,
    pub(super) kind: OperationType,
}

/// Completes the responses of a schema.
pub(super) struct Nulls;

impl ExtensionFactory for Nulls {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Nulls {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let mut response = next.run(ctx, operation).await;
        let failed = response.errors.iter().any(|error| !error.path.is_empty());
        if failed && let Some(documented) = ctx.data_opt::<Documented>() {
            complete(&mut response, &ctx.schema_env.registry, documented);
        }
        response
    }
}

fn complete(response: &mut Response, registry: &Registry, documented: &Documented) {
    let root = match documented.kind {
        OperationType::Query => Some(registry.query_type.as_str()),
        OperationType::Mutation => registry.mutation_type.as_deref(),
        OperationType::Subscription => registry.subscription_type.as_deref(),
    };
    let parsed = &documented.document.parsed;
    let named = documented.operation.as_deref();
    let mut operations = parsed.operations.iter();
    let Some((_, operation)) =
        operations.find(|(name, _)| named.is_none() || name.map(Name::as_str) == named)
    else {
        return;
    };
    let Some(root) = root else { return };
    let mut failures = Failures { registry, document: parsed, nulled: HashSet::new() };
    let sets = [&operation.node.selection_set.node];
    for error in response.errors.iter().filter(|error| !error.path.is_empty()) {
        // The root is never null by its type: only what is not null below it can make it so.
        if failures.fail(&mut response.data, &format!("{root}!"), &sets, &error.path, 0)
            == Verdict::Propagates
        {
            failures.nulled.insert(Vec::new());
            response.data = Value::Null;
        }
    }
}

#[derive(PartialEq, Eq)]
enum Verdict {
    /// The failure has found its place.
    Settled,
    /// The parent must be null too.
    Propagates,
}

struct Failures<'a> {
    registry: &'a Registry,
    document: &'a ExecutableDocument,
    /// Where a value was made null here: what failed below it is settled with it.
    nulled: HashSet<Vec<String>>,
}

impl<'a> Failures<'a> {
    /// Makes null what failed at `path`, of which `at` segments lead to `value`.
    fn fail(
        &mut self,
        value: &mut Value,
        of_type: &str,
        sets: &[&'a SelectionSet],
        path: &[PathSegment],
        at: usize,
    ) -> Verdict {
        let here: Vec<String> = path.iter().take(at).map(|segment| format!("{segment:?}")).collect();
        if self.nulled.contains(&here) {
            return Verdict::Settled;
        }
        let settled = match path.get(at) {
            None => Verdict::Propagates,
            Some(PathSegment::Field(key)) => self.in_object(value, of_type, sets, (key, path), at),
            Some(PathSegment::Index(index)) => match value {
                Value::List(items) => match items.get_mut(*index) {
                    Some(item) => self.fail(item, item_type(of_type), sets, path, at + 1),
                    None => Verdict::Settled,
                },
                _ => Verdict::Propagates,
            },
        };
        if settled == Verdict::Settled {
            return Verdict::Settled;
        }
        self.nulled.insert(here);
        *value = Value::Null;
        if of_type.ends_with('!') { Verdict::Propagates } else { Verdict::Settled }
    }

    fn in_object(
        &mut self,
        value: &mut Value,
        of_type: &str,
        sets: &[&'a SelectionSet],
        (key, path): (&str, &[PathSegment]),
        at: usize,
    ) -> Verdict {
        // An object of which everything failed comes as null.
        if *value == Value::Null {
            *value = Value::Object(async_graphql::indexmap::IndexMap::new());
        }
        let Value::Object(members) = value else { return Verdict::Propagates };
        let mut found = Vec::new();
        for set in sets {
            self.select(set, bare(of_type), key, &mut found);
        }
        let Some((parent, field)) = found.first() else { return Verdict::Settled };
        let Some(field_type) = self.type_of(parent, field.name.node.as_str()) else {
            return Verdict::Settled;
        };
        let below: Vec<&SelectionSet> = found.iter().map(|(_, field)| &field.selection_set.node).collect();
        let missing = !members.contains_key(key);
        let member = members.entry(Name::new(key)).or_insert(Value::Null);
        // What is not there at all failed itself, whatever lies below it.
        let path = if missing { path.get(..=at).unwrap_or(path) } else { path };
        self.fail(member, &field_type, &below, path, at + 1)
    }

    /// Every field of a selection set that answers under `key`, with the type that it is selected on.
    fn select(&self, set: &'a SelectionSet, on: &str, key: &str, found: &mut Vec<(String, &'a Field)>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(Positioned { node: field, .. }) => {
                    if field.response_key().node.as_str() == key {
                        found.push((on.to_owned(), field));
                    }
                }
                Selection::InlineFragment(inline) => {
                    let on = inline
                        .node
                        .type_condition
                        .as_ref()
                        .map_or(on, |condition| condition.node.on.node.as_str());
                    self.select(&inline.node.selection_set.node, on, key, found);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.select(&fragment.node.selection_set.node, on, key, found);
                    }
                }
            }
        }
    }

    fn type_of(&self, parent: &str, field: &str) -> Option<String> {
        Some(self.registry.types.get(parent)?.field_by_name(field)?.ty.clone())
    }
}

/// `[Article!]!` is a list of `Article!`.
fn item_type(of_type: &str) -> &str {
    let list = of_type.strip_suffix('!').unwrap_or(of_type);
    list.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(of_type)
}

/// The name of an object's type.
fn bare(of_type: &str) -> &str {
    of_type.trim_matches(['[', ']', '!'])
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use serde_json::{Value as Json, json};
    use tower::ServiceExt as _;

    use super::super::Limits;
    use super::super::trial::router;

    async fn data(query: &str) -> Json {
        let body = json!({ "query": query }).to_string();
        let request = Request::post("/graphql")
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap();
        let response = router(Limits::default()).oneshot(request).await.unwrap();
        let answer: Json =
            serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap();
        assert!(answer["errors"].is_array(), "{answer}");
        answer["data"].clone()
    }

    #[tokio::test]
    async fn a_failed_field_is_null_where_it_may_be() {
        assert_eq!(data("{ hello broken }").await, json!({ "hello": "world", "broken": null }));
        assert_eq!(data("{ broken }").await, json!({ "broken": null }));
        assert_eq!(
            data("{ hello b: broken ...F } fragment F on Query { broken }").await,
            json!({ "hello": "world", "b": null, "broken": null })
        );
    }

    #[tokio::test]
    async fn one_that_may_not_be_null_takes_its_parent_with_it() {
        assert_eq!(data("{ hello shelf { title torn } }").await, json!({ "hello": "world", "shelf": null }));
        assert_eq!(
            data("{ hello shelf { title books { title torn } } }").await,
            json!({ "hello": "world", "shelf": { "title": "Books", "books": [null, { "title": "Whole", "torn": "no" }] } })
        );
        assert_eq!(data("{ hello tornUp }").await, Json::Null);
    }
}
