//! From the parameters of a GraphQL request to a plan that can be run.
//!
//! [`Params`] checks shapes only, the same for a JSON body, a URL's query and a WebSocket message; what is wrong
//! there is the transport's to refuse. [`plan`] finds the document and the operation; what is wrong there is a
//! GraphQL error. Nothing is executed here.

use std::sync::Arc;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};
use async_graphql::{Positioned, Request, ServerError, ServerResult, Value as GraphqlValue, Variables};
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::limits::{Limits, Surveyed, coded};
use super::nulls::Documented;
use super::persisted::Documents;

/// The four parameters that GraphQL over HTTP defines, of the right types.
#[derive(Debug, Default)]
pub(super) struct Params {
    pub(super) query: Option<String>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Map<String, Value>,
    pub(super) extensions: Map<String, Value>,
}

impl Params {
    /// Reads a JSON object. The error is a sentence that names the parameter.
    pub(super) fn from_json(value: Value) -> Result<Self, String> {
        let Value::Object(mut map) = value else {
            return Err(format!("A GraphQL request must be a JSON object, not {}.", kind(&value)));
        };
        Self {
            query: text(&mut map, "query")?,
            operation_name: text(&mut map, "operationName")?,
            variables: object(&mut map, "variables")?,
            extensions: object(&mut map, "extensions")?,
        }
        .complete()
    }

    /// Reads a URL's query, where variables and extensions are JSON objects in turn.
    pub(super) fn from_url(query: &str) -> Result<Self, String> {
        let mut map = Map::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = match name.as_ref() {
                "variables" | "extensions" if value.is_empty() => Value::Null,
                "variables" | "extensions" => serde_json::from_str(&value)
                    .map_err(|error| format!("The parameter \"{name}\" is not JSON: {error}."))?,
                _ => Value::String(value.into_owned()),
            };
            map.insert(name.into_owned(), value);
        }
        Self::from_json(Value::Object(map))
    }

    /// A request says what to run: by its text, or by the hash of one.
    fn complete(self) -> Result<Self, String> {
        if self.query.is_none() && !self.extensions.contains_key("persistedQuery") {
            return Err("The parameter \"query\" is missing.".to_owned());
        }
        Ok(self)
    }
}

fn text(map: &mut Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match map.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(format!("The parameter \"{name}\" must be a string, not {}.", kind(&other))),
    }
}

fn object(map: &mut Map<String, Value>, name: &str) -> Result<Map<String, Value>, String> {
    match map.remove(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(other) => Err(format!("The parameter \"{name}\" must be an object, not {}.", kind(&other))),
    }
}

/// What JSON calls a value.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A request that is ready to run, but for its caller.
pub(super) struct Plan {
    pub(super) kind: OperationType,
    pub(super) request: Request,
}

/// Finds the document and the operation of `params`, and checks that no variable is missing.
pub(super) fn plan(params: Params, documents: &Documents, limits: &Limits) -> ServerResult<Plan> {
    let document = documents.find(params.query.as_deref(), &params.extensions, limits)?;
    let operation = choose(&document.parsed, params.operation_name.as_deref())?;
    provided(operation, &params.variables)?;
    let kind = operation.node.ty;

    let mut request = Request::new(document.source.as_str())
        .variables(Variables::from_json(Value::Object(params.variables)))
        .data(Surveyed)
        .data(Documented { document: Arc::clone(&document), operation: params.operation_name.clone(), kind });
    request.operation_name = params.operation_name;
    for (name, value) in params.extensions {
        request.extensions.insert(name, GraphqlValue::from_json(value).unwrap_or_default());
    }
    request.set_parsed_query(document.parsed.clone());
    Ok(Plan { kind, request })
}

fn choose<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> ServerResult<&'a Positioned<OperationDefinition>> {
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(named), Some(name)) => named.get(name),
        (DocumentOperations::Multiple(named), None) => named.values().next().filter(|_| named.len() == 1),
    };
    found.ok_or_else(|| {
        let message = match name {
            Some(name) => format!("Unknown operation named \"{name}\"."),
            None => "The document has several operations: say which by \"operationName\".".to_owned(),
        };
        coded("OPERATION_RESOLUTION_FAILURE", message, None)
    })
}

/// Refuses a variable that may not be null and is, before anything runs. What else a value must be, validation
/// checks by the schema.
fn provided(operation: &Positioned<OperationDefinition>, variables: &Map<String, Value>) -> ServerResult<()> {
    for definition in &operation.node.variable_definitions {
        let declared = &definition.node;
        let given = variables.get(declared.name.node.as_str());
        let fault = match given {
            _ if declared.var_type.node.nullable => continue,
            None if declared.default_value.is_some() => continue,
            None => "was not provided",
            Some(Value::Null) => "must not be null",
            Some(_) => continue,
        };
        return Err(missing(&declared.name.node, &declared.var_type.node.to_string(), fault, definition.pos));
    }
    Ok(())
}

fn missing(name: &str, of_type: &str, fault: &str, position: async_graphql::Pos) -> ServerError {
    let message = format!("Variable \"${name}\" of required type \"{of_type}\" {fault}.");
    coded("BAD_USER_INPUT", message, Some(position))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn planned(params: Value) -> Result<Plan, String> {
        let limits = Limits::default();
        plan(Params::from_json(params)?, &Documents::new(1 << 20), &limits).map_err(|error| error.message)
    }

    #[test]
    fn reads_a_json_body_and_a_url_alike() {
        let body = json!({"query": "query A($x: Int) { a }", "operationName": "A", "variables": {"x": 1}});
        let url = "query=query+A(%24x:+Int)+%7B+a+%7D&operationName=A&variables=%7B%22x%22:1%7D&extensions=";
        for params in [Params::from_json(body).unwrap(), Params::from_url(url).unwrap()] {
            assert_eq!(params.query.as_deref(), Some("query A($x: Int) { a }"));
            assert_eq!(params.operation_name.as_deref(), Some("A"));
            assert_eq!(Value::Object(params.variables), json!({"x": 1}));
            assert!(params.extensions.is_empty());
        }
    }

    #[test]
    fn names_the_parameter_that_is_wrong() {
        let wrong = |params: Value| Params::from_json(params).unwrap_err();
        assert_eq!(wrong(json!([])), "A GraphQL request must be a JSON object, not an array.");
        assert_eq!(wrong(json!({"qeury": "{ a }"})), "The parameter \"query\" is missing.");
        assert_eq!(wrong(json!({"query": 1})), "The parameter \"query\" must be a string, not a number.");
        let message = wrong(json!({"query": "{ a }", "variables": [1]}));
        assert_eq!(message, "The parameter \"variables\" must be an object, not an array.");
        assert!(Params::from_url("query={a}&variables={").unwrap_err().contains("\"variables\" is not JSON"));
        assert!(Params::from_json(json!({"query": "{ a }", "variables": null, "extensions": null})).is_ok());
        assert!(Params::from_json(json!({"extensions": {"persistedQuery": {}}})).is_ok());
    }

    #[test]
    fn finds_the_operation() {
        let document = "query A { a } mutation B { b }";
        let named = |name: &str| planned(json!({"query": document, "operationName": name}));
        assert_eq!(named("B").unwrap().kind, OperationType::Mutation);
        assert_eq!(named("C").err().unwrap(), "Unknown operation named \"C\".");
        assert!(planned(json!({"query": document})).err().unwrap().contains("operationName"));
        assert_eq!(
            planned(json!({"query": "subscription S { a }"})).unwrap().kind,
            OperationType::Subscription
        );
        assert!(planned(json!({"query": "{ a }", "operationName": "A"})).is_err());
    }

    #[test]
    fn wants_every_required_variable() {
        let with = |variables: Value| {
            let query = "query($a: Int!, $b: Int, $c: Int! = 1) { x(a: $a, b: $b, c: $c) }";
            planned(json!({"query": query, "variables": variables})).map(|_| ())
        };
        assert_eq!(with(json!({"a": 1})), Ok(()));
        assert!(with(json!({})).unwrap_err().contains("\"$a\" of required type \"Int!\" was not provided"));
        assert!(with(json!({"a": null})).unwrap_err().contains("must not be null"));
        assert!(with(json!({"a": 1, "c": null})).unwrap_err().contains("\"$c\""));
    }
}
