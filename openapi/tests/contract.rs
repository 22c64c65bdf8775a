//! The committed contract is what the code says, and keeps the conventions of `../README.md`.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use std::collections::BTreeSet;

use serde_json::Value;

const WRITES: [&str; 4] = ["post", "put", "patch", "delete"];

fn document() -> Value {
    serde_json::from_str(&broadsheet_api::documents::openapi_json()).unwrap()
}

/// Every operation: its method, its path, itself.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let mut operations = Vec::new();
    for (path, item) in paths {
        let methods = item.as_object().unwrap();
        operations
            .extend(methods.iter().map(|(method, operation)| (method.as_str(), path.as_str(), operation)));
    }
    operations
}

/// Every `$ref` below a value.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.insert(reference.clone());
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_committed_files_are_what_the_code_says() {
    for (name, text) in broadsheet_openapi::contract() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "openapi/{name} has drifted: run `cargo run -p broadsheet-openapi` and commit the change"
        );
    }
}

#[test]
fn it_is_openapi_3_1_of_ours() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["info"]["title"], "Broadsheet");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn every_operation_is_named_verb_resource_once_and_documented() {
    let (document, mut ids) = (document(), BTreeSet::new());
    let tags: Vec<&Value> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    for (method, path, operation) in operations(&document) {
        let id =
            operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no operationId"));
        let plain = id.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(plain && ids.insert(id.to_owned()), "{id} is no lower_snake name of its own");
        assert!(
            operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()),
            "{id} has no summary"
        );
        let tag = &operation["tags"][0];
        assert!(tags.contains(&tag), "{id} has the undeclared tag {tag}");
        assert!(operation["security"].is_array(), "{id} does not say who may call it");
    }
}

#[test]
fn every_parameter_and_body_is_described_with_an_example() {
    let document = document();
    for (_, _, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = &parameter["name"];
            assert!(parameter["description"].is_string(), "{id}: {name} is not described");
            if parameter["in"] == "path" {
                assert!(!parameter["example"].is_null(), "{id}: {name} has no example");
            }
        }
        if let Some(Value::String(reference)) =
            operation["requestBody"].pointer("/content/application~1json/schema/$ref")
        {
            let schema = document.pointer(reference.trim_start_matches('#')).unwrap();
            for name in schema["required"].as_array().into_iter().flatten() {
                let property = &schema["properties"][name.as_str().unwrap()];
                // An enumeration is its own example.
                let refers =
                    property["$ref"].as_str().and_then(|to| document.pointer(to.trim_start_matches('#')));
                let is_named = refers.is_some_and(|schema| schema["enum"].is_array());
                assert!(is_named || !property["example"].is_null(), "{id}: the body's {name} has no example");
            }
        }
    }
}

#[test]
fn every_operation_names_its_problems() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let responses = operation["responses"].as_object().unwrap();
        let expected: &[&str] = if WRITES.contains(&method) {
            &["400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503"]
        } else {
            &["400", "401", "403", "404", "500", "503"]
        };
        for status in expected {
            assert!(responses.contains_key(*status), "{method} {path} does not say what {status} means");
        }
        for (status, response) in responses {
            if status.starts_with('2') {
                assert!(
                    response["description"].as_str().is_some_and(|text| !text.is_empty()),
                    "{method} {path}: {status} is not described"
                );
            }
        }
    }
    for (name, response) in document["components"]["responses"].as_object().unwrap() {
        let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(schema, "#/components/schemas/Problem", "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in &found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
    for kind in ["schemas", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            assert!(found.contains(&format!("#/components/{kind}/{name}")), "{name} is used nowhere");
        }
    }
}

/// Generated clients name what the contract names: no `_of_` copies of generics, no `View` of ours.
#[test]
fn schemas_have_names_of_their_own_and_words() {
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()) && !name.ends_with("View"), "{name}");
        assert!(schema["description"].is_string(), "{name} is not described");
        for (property, shape) in schema["properties"].as_object().into_iter().flatten() {
            let snake = property.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            assert!(snake, "{name}.{property} is not lower_snake");
            let described =
                shape["description"].is_string() || shape.pointer("/oneOf/0/description").is_some();
            assert!(described, "{name}.{property} is not described");
        }
    }
}

#[test]
fn every_list_is_a_page() {
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        if name.ends_with("List") {
            assert_eq!(schema["properties"]["page"]["$ref"], "#/components/schemas/Page", "{name}");
            assert_eq!(schema["properties"]["data"]["type"], "array", "{name}");
        }
    }
}

#[test]
fn the_schema_of_graphql_keeps_relays_conventions() {
    let sdl = broadsheet_api::graphql::sdl();
    assert!(sdl.contains("interface Node"));
    for line in sdl.lines().filter(|line| line.trim_start().contains("Connection!") && line.contains('(')) {
        for argument in ["first: Int", "after: String", "last: Int", "before: String"] {
            assert!(line.contains(argument), "no {argument} in {line}");
        }
    }
    for (list, of) in sdl
        .lines()
        .filter_map(|line| line.trim().split_once(": ["))
        .filter(|(name, _)| *name == "nodes" || *name == "edges")
    {
        assert!(of.ends_with("!]!"), "{list} of {of} may be null");
    }
}
