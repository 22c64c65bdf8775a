//! REST ⇄ GraphQL: the same resources say the same, and each operation has its twin.
//!
//! The GraphQL query is made from what REST answered: every member that REST shows is asked for under its GraphQL name, and
//! must have the same value.

use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::{Person, TestServer};
use serde_json::{Map, Value, json};

/// Lists that are so short that neither transport pages them.
const PLAIN: [&str; 3] = ["highlights", "marks", "faults"];
/// Members that are objects in GraphQL, and so need a selection, even where REST shows null.
const OBJECTS: [&str; 8] =
    ["focal_point", "section", "lead_image", "author", "body", "source", "comment", "parent"];
/// What REST shows by id, GraphQL shows as the thing itself.
const BY_THING: [(&str, &str); 1] = [("source_id", "source")];

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| {
        let (head, tail) = word.split_at(1);
        camel + &head.to_uppercase() + tail
    })
}

/// The selection that asks GraphQL for what REST showed.
fn selection(object: &Map<String, Value>) -> String {
    let field = |(name, value): (&String, &Value)| {
        if let Some((_, thing)) = BY_THING.iter().find(|(id, _)| id == name) {
            return format!("{thing} {{ id }}");
        }
        let inner = match value {
            Value::Object(list) if list.contains_key("data") && list.contains_key("page") => {
                connection(&list["data"])
            }
            Value::Object(inner) => format!("{{ {} }}", selection(inner)),
            Value::Array(items) if PLAIN.contains(&name.as_str()) => {
                let first = items.first().and_then(Value::as_object);
                format!("{{ {} }}", first.map_or_else(|| "__typename".to_owned(), selection))
            }
            Value::Array(items) if items.first().is_some_and(Value::is_string) => String::new(),
            Value::Array(_) => connection(value),
            Value::Null if OBJECTS.contains(&name.as_str()) => "{ __typename }".to_owned(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => String::new(),
        };
        format!("{} {inner}", camel(name))
    };
    object.iter().map(field).collect::<Vec<_>>().join(" ")
}

fn connection(items: &Value) -> String {
    let first = items.as_array().and_then(|items| items.first()).and_then(Value::as_object);
    let inner = first.map_or_else(|| "__typename".to_owned(), selection);
    format!("{{ nodes {{ {inner} }} }}")
}

/// Asserts that GraphQL said what REST said.
fn same(rest: &Value, graphql: &Value, at: &str) {
    match rest {
        Value::Object(list) if list.contains_key("data") && list.contains_key("page") => {
            same(&list["data"], &graphql["nodes"], at);
        }
        Value::Object(members) => {
            for (name, value) in members {
                let at = format!("{at}.{name}");
                match BY_THING.iter().find(|(id, _)| id == name) {
                    Some((_, thing)) => same(value, &graphql[*thing]["id"], &at),
                    None => same(value, &graphql[camel(name)], &at),
                }
            }
        }
        Value::Array(items) => {
            let nodes = graphql
                .get("nodes")
                .unwrap_or(graphql)
                .as_array()
                .unwrap_or_else(|| panic!("{at} is no list: {graphql}"));
            assert_eq!(items.len(), nodes.len(), "{at}");
            items.iter().zip(nodes).for_each(|(item, node)| same(item, node, &format!("{at}[]")));
        }
        Value::String(text) => {
            let twin = graphql.as_str().unwrap_or_else(|| panic!("{at}: {rest} and {graphql}"));
            assert!(text == twin || text.to_uppercase() == twin, "{at}: {text} and {twin}");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => assert_eq!(rest, graphql, "{at}"),
    }
}

async fn compare(server: &TestServer, person: Option<&Person>, path: &str, field: &str) {
    let mut request = server.request(reqwest::Method::GET, path);
    if let Some(person) = person {
        request = request.bearer_auth(&person.token);
    }
    let rest: Value = request.send().await.unwrap().json().await.unwrap();
    let (inner, pointer) = match rest.get("data") {
        Some(items) => (connection(items), "nodes"),
        None => (format!("{{ {} }}", selection(rest.as_object().unwrap())), ""),
    };
    let query = format!("{{ it: {field} {inner} }}");
    let answer = server.try_graphql(person.map(|person| person.token.as_str()), &query, json!({})).await;
    assert!(answer.get("errors").is_none(), "{query}: {answer}");
    let it = &answer["data"]["it"];
    match rest.get("data") {
        Some(items) => same(items, &it[pointer], field),
        None => same(&rest, it, field),
    }
}

on_both! {
    async fn the_same_resources_say_the_same(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 6)).await;
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &edition::item(2, "<p>Changed.</p>"))).await;
        let list = server.get("/v1/articles?limit=6").await;
        let article = list["data"][2].clone();
        let (slug, id) = (article["slug"].as_str().unwrap(), article["id"].as_str().unwrap());
        let (ann, bo, mo) = (server.reader("ann").await, server.reader("bo").await, server.staff("mo", "moderator").await);
        let root = ann.comment(&server, id, "Root *one*.", None).await["id"].as_str().unwrap().to_owned();
        let reply = bo.comment(&server, id, "Reply.", Some(&root)).await["id"].as_str().unwrap().to_owned();
        mo.send(&server, reqwest::Method::POST, &format!("/v1/comments/{reply}/hide"), json!({ "reason": "Test." })).await;
        ann.send(&server, reqwest::Method::PATCH, &format!("/v1/comments/{root}"), json!({ "body": "Root **two**." })).await;

        compare(&server, None, "/v1/articles?limit=6", "articles(first: 6)").await;
        compare(&server, None, "/v1/articles?sort=oldest&section=world&limit=4", "articles(first: 4, sort: OLDEST, filter: { section: { anyOf: [\"world\"] } })").await;
        compare(&server, None, "/v1/articles?has=image&commentable=true&min_words=2&limit=6&include=body", "articles(first: 6, filter: { has: { anyOf: [IMAGE] }, commentable: true, minWords: 2 })").await;
        compare(&server, None, "/v1/articles?as_of=2026-11-23T12:00:00Z&include=body&limit=6", "articles(first: 6, asOf: \"2026-11-23T12:00:00Z\")").await;
        compare(&server, None, &format!("/v1/articles/{slug}?include=body,topics,media,revisions"), &format!("article(slug: \"{slug}\")")).await;
        server.index().await;
        compare(&server, None, "/v1/search?q=headline%20OR%20dek&limit=4", "search(q: \"headline OR dek\", first: 4)").await;
        compare(&server, None, "/v1/search?sort=oldest&section=world&limit=4", "search(sort: OLDEST, first: 4, filter: { section: { anyOf: [\"world\"] } })").await;
        compare(&server, None, "/v1/sources", "sources").await;
        let ada = server.staff("ada", "admin").await;
        let feed = server.newsroom().sources(&server.system()).feeds(&broadsheet_domain::source::feed::FeedFilter::default(), &broadsheet_domain::page::PageRequest::first(1)).await.unwrap().items[0].1.id;
        compare(&server, Some(&ada), &format!("/v1/admin/feeds/{feed}"), &format!("sourceFeed(id: \"{feed}\")")).await;
        compare(&server, Some(&ada), "/v1/admin/feeds", "sourceFeeds").await;
        compare(&server, Some(&ada), "/v1/admin/intake", "intakeHealth").await;
        compare(&server, Some(&ada), "/v1/admin/sources/the-numbers/ledger", "sourceLedger(source: \"the-numbers\")").await;
        compare(&server, None, "/v1/sources/the-numbers", "source(slug: \"the-numbers\")").await;
        compare(&server, None, "/v1/authors?source=the-numbers", "authors(source: \"the-numbers\")").await;
        compare(&server, None, "/v1/authors/ada-alder", "author(slug: \"ada-alder\")").await;
        compare(&server, None, "/v1/topics?kind=section", "topics(kind: SECTION)").await;
        compare(&server, None, "/v1/topics/world", "topic(slug: \"world\")").await;
        compare(&server, None, "/v1/topics/world?include=parent,children", "topic(slug: \"world\")").await;
        for person in [None, Some(&ann), Some(&bo), Some(&mo)] {
            compare(&server, person, &format!("/v1/comments/{root}"), &format!("comment(id: \"{root}\")")).await;
            compare(&server, person, &format!("/v1/comments/{reply}"), &format!("comment(id: \"{reply}\")")).await;
        }
        let body = json!({ "name": "Pictures", "definition": { "has": ["image"], "source": ["the-numbers"], "sort": "oldest", "collapse": "story", "min_words": 1 } });
        let (_, query) = ann.send(&server, reqwest::Method::POST, "/v1/queries", body).await;
        let query = query["id"].as_str().unwrap();
        compare(&server, None, &format!("/v1/queries/{query}"), &format!("savedQuery(id: \"{query}\")")).await;
        compare(&server, Some(&ann), "/v1/queries", "savedQueries").await;
        compare(&server, Some(&ann), "/v1/me", "viewer").await;
        server.stop().await;
    }

    async fn a_thread_says_the_same(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 1)).await;
        let id = server.get("/v1/articles").await["data"][0]["id"].as_str().unwrap().to_owned();
        let ann = server.reader("ann").await;
        for number in 0..3 {
            let root = ann.comment(&server, &id, &format!("Root {number}."), None).await["id"].as_str().unwrap().to_owned();
            for reply in 0..2 {
                ann.comment(&server, &id, &format!("Reply {reply}."), Some(&root)).await;
            }
        }
        let rest = server.get(&format!("/v1/articles/{id}/comments?sort=oldest&replies=20")).await;
        let inner = connection(&rest["data"]).replacen("replies", "replies(sort: OLDEST)", 1);
        let data = server.graphql(&format!("{{ article(id: \"{id}\") {{ comments(sort: OLDEST) {inner} }} }}"), json!({})).await;
        same(&rest["data"], &data["article"]["comments"]["nodes"], "comments");
        server.stop().await;
    }
}

/// Types that both contracts publish.
const RESOURCES: [&str; 45] = [
    "Account",
    "Article",
    "Author",
    "Body",
    "Comment",
    "CommentBody",
    "CommentRevision",
    "Correction",
    "Alias",
    "RevisionDiff",
    "FieldDiff",
    "DiffPart",
    "FocalPoint",
    "Story",
    "StoryMember",
    "StoryPublisher",
    "SavedQuery",
    "QueryDefinition",
    "Signal",
    "SearchHit",
    "Highlight",
    "Mark",
    "FacetCounts",
    "FacetBucket",
    "SearchMeta",
    "Building",
    "SearchSuggestions",
    "SuggestedName",
    "RelatedArticle",
    "Trend",
    "TrendSignal",
    "Media",
    "Profile",
    "Revision",
    "Session",
    "Source",
    "Topic",
    "CommentEvent",
    "ArticleEvent",
    "Change",
    "ChangeBatch",
    "ThreadState",
    "ImportResult",
    "ImportSummary",
    "ImportError",
];

/// Every type that both contracts publish has the same fields in both, but for what one transport nests and the other pages.
#[test]
fn the_contracts_have_the_same_fields() {
    let document: Value = serde_json::from_str(&broadsheet_api::documents::openapi_json()).unwrap();
    let sdl = broadsheet_api::graphql::sdl();
    let fields = |name: &str| -> Vec<String> {
        let body = sdl
            .split(&format!("\ntype {name} "))
            .nth(1)
            .unwrap_or_else(|| panic!("{name} is not in the SDL"))
            .split("\n}")
            .next()
            .unwrap();
        let mut quoted = false;
        let mut fields = Vec::new();
        for line in body.lines().map(str::trim) {
            if line == "\"\"\"" {
                quoted = !quoted;
            } else if !quoted && let Some((name, _)) = line.split_once([':', '(']) {
                fields.push(name.trim().to_owned());
            }
        }
        fields
    };
    // What only GraphQL has: the way back up, and lists that REST serves at an address of their own.
    let graphql_only = [
        "SavedQuery.articles",
        "Story.members",
        "Story.publishers",
        "Article.aliases",
        "Article.diff",
        "Author.articles",
        "Author.source",
        "Source.articles",
        "Topic.articles",
        "Topic.aliases",
        "Comment.article",
        "Comment.revisions",
    ];
    let rest_only = ["Author.source_id"];
    for name in RESOURCES {
        let rest: Vec<String> = document["components"]["schemas"][name]["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let graphql = fields(name);
        for field in &rest {
            let known =
                graphql.contains(&camel(field)) || rest_only.contains(&format!("{name}.{field}").as_str());
            assert!(known, "{name}.{field} is in REST alone");
        }
        for field in &graphql {
            let known = rest.iter().any(|twin| camel(twin) == *field)
                || graphql_only.contains(&format!("{name}.{field}").as_str());
            assert!(known, "{name}.{field} is in GraphQL alone");
        }
    }
}
