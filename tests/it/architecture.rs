//! The straight line of the design: which crate may import what, and where a database or a protocol may be named.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The names of a crate's dependencies, those of its tests apart.
fn dependencies(crate_name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(crate_name).join("Cargo.toml")).unwrap();
    let table = text.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let name = |line: &str| line.split(['.', ' ', '=']).next().unwrap_or_default().to_owned();
    table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(name).collect()
}

fn sources(crate_name: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(crate_name).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                files.push((entry.clone(), std::fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    files
}

#[test]
fn arrows_point_one_way() {
    let rules: [(&str, &[&str]); 3] = [
        ("migration", &["broadsheet-domain", "broadsheet-api", "sea-orm", "axum"]),
        (
            "domain",
            &[
                "broadsheet-api",
                "axum",
                "async-graphql",
                "utoipa",
                "jsonwebtoken",
                "reqwest",
                "hyper",
                "tower",
            ],
        ),
        ("api", &["broadsheet-migration", "sea-orm", "sea-orm-migration", "sqlx", "rusqlite"]),
    ];
    for (name, forbidden) in rules {
        let found = dependencies(name);
        assert!(!found.is_empty(), "{name} has dependencies");
        for dependency in forbidden {
            assert!(!found.iter().any(|found| found == dependency), "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn only_the_dialect_knows_which_database_it_is() {
    for (path, text) in sources("domain") {
        let known = path.ends_with("db/dialect.rs") || path.ends_with("db/mod.rs");
        assert!(known || !text.contains("DbBackend"), "{} asks which database it is", path.display());
    }
}

#[test]
fn no_row_reaches_a_wire_and_nothing_outside_is_fetched_but_by_the_one_client() {
    for (path, text) in sources("api") {
        assert!(!text.contains("entity::"), "{} names a table", path.display());
        let outbound =
            path.components().any(|part| part.as_os_str() == "outbound") || path.ends_with("outbound.rs");
        assert!(outbound || !text.contains("reqwest::"), "{} fetches by itself", path.display());
    }
}

#[test]
fn both_transports_hold_no_rules_of_their_own() {
    // Whoever decides asks `may` or `require`; at the edge nobody does.
    for (path, text) in sources("api") {
        let transport =
            path.components().any(|part| part.as_os_str() == "rest" || part.as_os_str() == "graphql");
        let decides = text.contains(".may(") || text.contains("Action::") || text.contains("Role::Admin");
        assert!(!transport || !decides, "{} decides who may do what", path.display());
    }
}

#[test]
fn the_top_level_holds_what_the_design_says() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "api",
        "domain",
        "migration",
        "openapi",
        "tests",
        "target",
    ];
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name.starts_with('.') || allowed.contains(&name.as_str()) || name == "broadsheet-data",
            "{name} at the top level"
        );
    }
}
