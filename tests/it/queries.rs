//! Saved queries: a filter or a search with an id is a list, feeds, a stream, changes and an export of exactly what it finds, for
//! whoever knows the id, as each reader may see it.

use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::live::{Events, Socket};
use broadsheet_tests::{Person, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::changes::catch_up;
use crate::changes::copy::Copy;

async fn save(server: &TestServer, who: &Person, definition: Value) -> String {
    let body = json!({ "name": "Mine", "definition": definition });
    let (status, query) = who.send(server, Method::POST, "/v1/queries", body).await;
    assert_eq!(status, 201, "{query}");
    query["id"].as_str().unwrap().to_owned()
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

async fn land(server: &TestServer, number: usize, body: &str) {
    let item = edition::item(number, body);
    server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &item)).await;
}

/// The articles of a list, as a copy.
async fn items(server: &TestServer, query: &str) -> Vec<String> {
    let mut found = ids(&server.get(&format!("/v1/queries/{query}/items?limit=200")).await["data"]);
    found.sort();
    found
}

fn of(copy: &Copy) -> Vec<String> {
    copy.articles.keys().cloned().collect()
}

on_both! {
    async fn one_query_is_served_in_every_form(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 40)).await;
        let ann = server.reader("ann").await;
        let query = save(&server, &ann, json!({ "source": ["the-numbers"], "topic": "bridges,canals", "author": ["-ada-alder"], "published": "2026-11/..", "sort": "oldest" })).await;
        let filters = "source=the-numbers&topic=bridges,canals&author=-ada-alder&published_from=2026-11-01";
        let expected = ids(&server.get(&format!("/v1/articles?{filters}&sort=oldest&limit=200")).await["data"]);
        assert!(expected.len() > 3);
        let shown = server.get(&format!("/v1/queries/{query}")).await;
        assert_eq!(shown["definition"]["sort"], "oldest");
        assert!(shown["definition"]["source"][0].as_str().unwrap().starts_with("src_"), "ids, that no new name breaks: {shown}");
        assert!(!shown.to_string().contains(&ann.id), "nobody is told whose it is");
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = server.get(&format!("/v1/queries/{query}/items?limit=3&with_total=true&fields=headline{cursor}")).await;
            assert_eq!((page["page"]["total"].as_u64(), page["page"]["sort"].as_str()), (u64::try_from(expected.len()).ok(), Some("oldest")));
            found.extend(ids(&page["data"]));
            let Some(next) = page["page"]["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, expected);
        let data = server.graphql("query($id: ID!) { savedQuery(id: $id) { name articles(first: 200) { totalCount nodes { id } } } node(id: $id) { ... on SavedQuery { name } } }", json!({ "id": query })).await;
        assert_eq!((ids(&data["savedQuery"]["articles"]["nodes"]), data["node"]["name"].as_str()), (expected.clone(), Some("Mine")));
        let newest: Vec<String> = expected.iter().rev().cloned().collect();
        let feed = server.get(&format!("/v1/queries/{query}/feed.json?limit=200")).await;
        assert_eq!((ids(&feed["items"]), feed["title"].as_str()), (newest, Some("Mine")));
        for (format, media_type) in [("rss", "application/rss+xml"), ("atom", "application/atom+xml")] {
            let response = server.request(Method::GET, &format!("/v1/queries/{query}/feed.{format}?limit=200")).send().await.unwrap();
            assert!(response.headers()["content-type"].to_str().unwrap().starts_with(media_type));
            let text = response.text().await.unwrap();
            assert!(expected.iter().all(|id| text.contains(id)), "{format}");
        }
        let first = server.request(Method::GET, &format!("/v1/queries/{query}/items")).send().await.unwrap();
        let tag = first.headers()["etag"].clone();
        let again = server.request(Method::GET, &format!("/v1/queries/{query}/items")).header("if-none-match", tag).send().await.unwrap();
        assert_eq!(again.status(), 304);
        for (path, status) in [("feed.pdf", 400), ("other.rss", 404), ("items?limit=0", 400)] {
            assert_eq!(server.try_get(&format!("/v1/queries/{query}/{path}")).await.0, status, "{path}");
        }
        for path in ["", "/items", "/feed.rss", "/events"] {
            assert_eq!(server.try_get(&format!("/v1/queries/qry_01k3v0sxm8e1zr4k5q5w0v6b7c{path}")).await.0, 404, "{path}");
            assert_eq!(server.try_get(&format!("/v1/queries/nonsense{path}")).await.0, 400, "{path}");
        }
        server.stop().await;
    }

    async fn a_bad_definition_is_refused_by_name(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 2)).await;
        let ann = server.reader("ann").await;
        let bad = [
            (json!({ "mood": ["gay"] }), "definition.mood"),
            (json!({ "as_of": "2026-11-23" }), "definition.as_of"),
            (json!({ "source": ["nobody"] }), "definition.source"),
            (json!({ "has": ["smell"] }), "definition.has"),
            (json!({ "min_words": "many" }), "definition.min_words"),
            (json!({ "commentable": "perhaps" }), "definition.commentable"),
            (json!({ "published": "P7D" }), "definition.published"),
            (json!({ "published_from": "soon" }), "definition.published_from"),
            (json!({ "sort": "loudest" }), "definition.sort"),
            (json!({ "sort": "relevance" }), "definition.sort"),
            (json!({ "collapse": "source" }), "definition.collapse"),
            (json!({ "language": [{}] }), "definition.language"),
            (json!({ "language": ["xx-!"] }), "definition.language"),
            (json!({ "q": "storm AND" }), "definition.q"),
            (json!({ "q": "storm published:P7D" }), "definition.q"),
            (json!({ "q": "storm", "sort": "recently_updated" }), "definition.sort"),
            (json!({ "q": "storm", "collapse": "story" }), "definition.collapse"),
            (json!({ "topic": (0..900).map(|_| "bridges").collect::<Vec<_>>() }), "definition"),
        ];
        for (definition, field) in bad {
            let (status, problem) = ann.send(&server, Method::POST, "/v1/queries", json!({ "name": "Mine", "definition": definition })).await;
            assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some(field)), "{definition}: {problem}");
        }
        let (_, problem) = ann.send(&server, Method::POST, "/v1/queries", json!({ "name": "Mine", "definition": { "q": "storm AND" } })).await;
        assert!(problem["errors"][0]["position"].is_u64(), "{problem}");
        let (status, problem) = ann.send(&server, Method::POST, "/v1/queries", json!({ "name": " ", "definition": { "has": ["smell"], "min_words": -1 } })).await;
        assert_eq!((status, problem["errors"].as_array().unwrap().len()), (400, 3), "{problem}");
        let (status, problem) = ann.send(&server, Method::POST, "/v1/queries", json!({ "name": "a".repeat(101), "definition": {} })).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some("name")));
        let (status, problem) = ann.send(&server, Method::POST, "/v1/queries", json!({ "name": "Drafts", "definition": { "status": ["draft"] } })).await;
        assert_eq!((status, problem["code"].as_str()), (403, Some("forbidden")), "nobody saves what they may not ask");
        let answer = ann.graphql(&server, "mutation { createQuery(input: { name: \"Mine\", definition: { minWords: 3, has: [\"smell\"] } }) { query { id } userErrors { field } } }", json!({})).await;
        assert_eq!(answer["data"]["createQuery"]["userErrors"][0]["field"], "definition.has");
        assert_eq!(ann.send(&server, Method::GET, "/v1/queries", Value::Null).await.1["data"], json!([]));
        server.stop().await;
    }

    async fn only_its_owner_changes_a_query(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 10)).await;
        let (ann, bo) = (server.reader("ann").await, server.reader("bo").await);
        let post = |key: &'static str, body: Value| server.request(Method::POST, "/v1/queries").bearer_auth(&ann.token).header("idempotency-key", key).json(&body).send();
        let body = json!({ "name": "Bridges", "definition": { "topic": ["bridges"] } });
        let made: Value = post("one", body.clone()).await.unwrap().json().await.unwrap();
        let again: Value = post("one", body).await.unwrap().json().await.unwrap();
        assert_eq!(made, again, "a repeated request saves once");
        assert_eq!(post("one", json!({ "name": "Others", "definition": {} })).await.unwrap().status(), 422);
        let path = format!("/v1/queries/{}", made["id"].as_str().unwrap());
        for method in [Method::PATCH, Method::DELETE] {
            let (status, problem) = bo.send(&server, method.clone(), &path, json!({ "name": "Taken" })).await;
            assert_eq!((status, problem["code"].as_str()), (403, Some("not_your_query")));
            let status = server.request(method, &path).json(&json!({ "name": "Taken" })).send().await.unwrap().status();
            assert_eq!(status, 401);
        }
        let read = server.request(Method::GET, &path).send().await.unwrap();
        let tag = read.headers()["etag"].to_str().unwrap().to_owned();
        let change = |tag: String, body: Value| server.request(Method::PATCH, &path).bearer_auth(&ann.token).header("if-match", tag).json(&body).send();
        let edited = change(tag.clone(), json!({ "definition": { "topic": ["canals"], "collapse": "story" } })).await.unwrap();
        assert_eq!(edited.status(), 200);
        let edited: Value = edited.json().await.unwrap();
        assert_eq!((edited["name"].as_str(), edited["definition"]["collapse"].as_str()), (Some("Bridges"), Some("story")));
        assert_eq!(change(tag, json!({ "name": "Late" })).await.unwrap().status(), 412);
        let shown = server.get(&format!("{path}/items?limit=200&include=topics")).await;
        assert!(shown["data"].as_array().unwrap().iter().all(|article| article["topics"].to_string().contains("canals") && article.get("story").is_some()));
        assert_eq!(ann.send(&server, Method::GET, "/v1/queries", Value::Null).await.1["data"].as_array().unwrap().len(), 1);
        assert_eq!(bo.send(&server, Method::GET, "/v1/queries", Value::Null).await.1["data"], json!([]));
        assert_eq!(ann.send(&server, Method::DELETE, &path, Value::Null).await.0, 204);
        assert_eq!(server.try_get(&path).await.0, 404, "also from what was kept");
        assert_eq!(server.try_get(&format!("{path}/items?limit=200&include=topics")).await.0, 404);
        let made = ann.graphql(&server, "mutation { createQuery(input: { name: \"A\", definition: { sort: OLDEST, commentable: true } }) { query { id updatedAt definition { sort commentable } } userErrors { code } } }", json!({})).await["data"]["createQuery"]["query"].clone();
        assert_eq!(made["definition"], json!({ "sort": "OLDEST", "commentable": true }));
        let edit = "mutation($id: ID!, $at: DateTime) { editQuery(input: { id: $id, name: \"B\", expectedUpdatedAt: $at }) { query { name } userErrors { code } } }";
        let edited = ann.graphql(&server, edit, json!({ "id": made["id"], "at": made["updatedAt"] })).await;
        assert_eq!(edited["data"]["editQuery"]["query"]["name"], "B");
        let late = ann.graphql(&server, edit, json!({ "id": made["id"], "at": made["updatedAt"] })).await;
        assert_eq!(late["data"]["editQuery"]["userErrors"][0]["code"], "REVISION_MISMATCH");
        let deleted = ann.graphql(&server, "mutation($id: ID!) { deleteQuery(id: $id) { query { name } userErrors { code } } }", json!({ "id": made["id"] })).await;
        assert_eq!(deleted["data"]["deleteQuery"]["query"]["name"], "B");
        server.stop().await;
    }

    async fn an_account_has_so_many(server) {
        let ann = server.reader("ann").await;
        for number in 0..200 {
            let (status, _) = ann.send(&server, Method::POST, "/v1/queries", json!({ "name": format!("Q{number}"), "definition": {} })).await;
            assert_eq!(status, 201);
        }
        let (status, problem) = ann.send(&server, Method::POST, "/v1/queries", json!({ "name": "One more", "definition": {} })).await;
        assert_eq!((status, problem["code"].as_str()), (409, Some("too_many_queries")));
        let (_, page) = ann.send(&server, Method::GET, "/v1/queries?limit=150", Value::Null).await;
        let (_, rest) = ann.send(&server, Method::GET, &format!("/v1/queries?limit=150&cursor={}", page["page"]["next"].as_str().unwrap()), Value::Null).await;
        let mut all = [ids(&page["data"]), ids(&rest["data"])].concat();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 200);
        server.stop().await;
    }

    /// What it finds is what its reader may see, never what its owner may.
    async fn a_query_shows_what_its_reader_may_see(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        let ed = server.staff("ed", "editor").await;
        let (_, draft) = ed.send(&server, Method::POST, "/v1/articles", json!({ "source": "the-numbers", "headline": "Secret" })).await;
        let of_drafts = save(&server, &ed, json!({ "status": ["draft"] })).await;
        let (_, seen) = ed.send(&server, Method::GET, &format!("/v1/queries/{of_drafts}/items"), Value::Null).await;
        assert_eq!(ids(&seen["data"]), [draft["id"].as_str().unwrap()]);
        for path in ["items", "feed.rss", "events"] {
            assert_eq!(server.try_get(&format!("/v1/queries/{of_drafts}/{path}")).await.0, 401, "{path}");
        }
        let of_all = save(&server, &ed, json!({ "source": ["the-numbers"] })).await;
        let withdrawn = items(&server, &of_all).await[0].clone();
        ed.send(&server, Method::POST, &format!("/v1/articles/{withdrawn}/withdraw"), json!({})).await;
        let left = items(&server, &of_all).await;
        assert!(left.len() == 2 && !left.contains(&withdrawn));
        server.stop().await;
    }

    /// Changes by query, after its export, end with what it finds; so does its stream, which tells what enters and what leaves.
    async fn followers_of_a_query_end_with_what_it_finds(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 12)).await;
        let (ann, ed) = (server.reader("ann").await, server.staff("ed", "editor").await);
        let long = format!("<p>{}</p>", "word ".repeat(60));
        land(&server, 3, &long).await;
        let query = save(&server, &ann, json!({ "min_words": 50, "commentable": true })).await;
        let by_query = format!("&query={query}");
        let (mut copy, since) = Copy::of_export(&server, &by_query).await;
        assert_eq!(of(&copy), items(&server, &query).await);
        assert_eq!(copy.articles.len(), 1);
        let mut streamed = copy.clone();
        let mut events = Events::open(server.request(Method::GET, &format!("/v1/queries/{query}/events")).header("last-event-id", &since)).await;
        let mut socket = Socket::connect(&server, None).await;
        socket.subscribe("1", "subscription($query: ID!, $since: ID!) { changes(query: $query, since: $since, kinds: [\"article\"]) { sequence } }", json!({ "query": query, "since": since })).await;
        let mut published = Socket::connect(&server, None).await;
        published.subscribe("1", "subscription($query: ID!, $since: ID!) { articlePublished(query: $query, since: $since) { article { headline } } }", json!({ "query": query, "since": since })).await;
        let mut told = Vec::new();
        let mut place = since;
        let third = of(&copy)[0].clone();
        for step in 0..6 {
            server.clock.advance_seconds(60);
            match step {
                0 => land(&server, 20, &long).await,
                1 => land(&server, 21, "<p>Short.</p>").await,
                2 => land(&server, 3, "<p>Short now.</p>").await,
                3 => land(&server, 4, &long).await,
                4 => drop(ed.send(&server, Method::POST, &format!("/v1/articles/{}/comments/close", of(&copy)[0]), Value::Null).await),
                _ => drop(ed.send(&server, Method::POST, &format!("/v1/articles/{}/withdraw", of(&copy)[0]), json!({})).await),
            }
            place = catch_up(&server, &mut copy, place, &by_query).await;
            let truth = Copy::of_lists(&server, "&min_words=50&commentable=true").await;
            copy.assert_same(&truth, &format!("by batches, after step {step}"));
            for _ in 0..20 {
                if streamed.articles == truth.articles {
                    break;
                }
                let event = events.next().await;
                told.push((event.id.clone(), event.data["left"] == true || event.data["gone"] == true, event.data["subject_id"].clone()));
                streamed.apply(&server, &event.data).await;
            }
            streamed.assert_same(&truth, &format!("by its stream, after step {step}"));
        }
        assert!(told.iter().any(|(_, left, subject)| *left && *subject == third.as_str()), "that an article left is told");
        for (id, _, _) in &told {
            assert_eq!(socket.next().await["payload"]["data"]["changes"]["sequence"], id.as_str(), "the subscription tells the same");
        }
        assert_eq!(published.next().await["payload"]["data"]["articlePublished"]["article"]["headline"], "Headline 20");
        // Another definition is another list: who follows is not left with a mixture.
        ann.send(&server, Method::PATCH, &format!("/v1/queries/{query}"), json!({ "definition": { "max_words": 10 } })).await;
        assert!(events.ended().await);
        for path in [format!("/v1/changes?since=0{by_query}&has=image"), format!("/v1/exports?source=the-numbers{by_query}"), format!("/v1/changes/events?topic=bridges{by_query}")] {
            let (status, problem) = server.try_get(&path).await;
            assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some("query")), "{path}");
        }
        assert_eq!(server.try_get("/v1/changes?query=qry_01k3v0sxm8e1zr4k5q5w0v6b7c").await.0, 404);
        assert_eq!(server.try_get("/v1/exports?query=nonsense").await.0, 400);
        let data = server.graphql("query($query: ID!) { changes(query: $query, since: \"0\", first: 1000) { changes { article { id } left } } }", json!({ "query": query })).await;
        assert!(data["changes"]["changes"].as_array().unwrap().iter().any(|change| change["article"].is_object()));
        server.stop().await;
    }

    /// What a filter names may be gone: then nothing is of it, and nobody is shown an error.
    async fn what_is_gone_is_of_nothing(server) {
        use sea_orm::{ConnectionTrait as _, Database};
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        let ann = server.reader("ann").await;
        let query = save(&server, &ann, json!({ "topic": ["bridges"] })).await;
        let others = save(&server, &ann, json!({ "topic": ["-bridges"] })).await;
        let database = Database::connect(&server.app.config.database().url).await.unwrap();
        for statement in ["DELETE FROM article_topics WHERE topic_id IN (SELECT id FROM topics WHERE slug = 'bridges')", "DELETE FROM topics WHERE slug = 'bridges'"] {
            database.execute_unprepared(statement).await.unwrap();
        }
        database.close().await.unwrap();
        assert_eq!(items(&server, &query).await, Vec::<String>::new());
        assert_eq!(items(&server, &others).await.len(), 3);
        assert_eq!(server.get(&format!("/v1/queries/{query}/feed.json")).await["items"], json!([]));
        assert_eq!(server.get(&format!("/v1/changes?since=0&query={query}&kinds=article")).await["more"], false);
        server.stop().await;
    }

    async fn a_search_is_saved_like_a_filter(server) {
        server.index().await;
        for (number, body) in [(1, "<p>A storm in the harbour.</p>"), (2, "<p>The storm, the storm, the storm.</p>"), (3, "<p>Fine weather.</p>")] {
            land(&server, number, body).await;
        }
        let ann = server.reader("ann").await;
        let query = save(&server, &ann, json!({ "q": "storm", "source": ["the-numbers"] })).await;
        let by_query = format!("&query={query}");
        server.indexed().await;
        let page = server.get(&format!("/v1/queries/{query}/items?limit=1&with_total=true")).await;
        assert_eq!((page["page"]["sort"].as_str(), page["page"]["total"].as_u64()), (Some("relevance"), Some(2)));
        assert_eq!(page["data"][0]["headline"], "Headline 2");
        let rest = server.get(&format!("/v1/queries/{query}/items?limit=1&cursor={}", page["page"]["next"].as_str().unwrap())).await;
        assert_eq!(rest["data"][0]["headline"], "Headline 1");
        let data = server.graphql("query($id: ID!) { savedQuery(id: $id) { definition { q } articles { totalCount nodes { headline } } } }", json!({ "id": query })).await;
        assert_eq!(data["savedQuery"], json!({ "definition": { "q": "storm" }, "articles": { "totalCount": 2, "nodes": [{ "headline": "Headline 2" }, { "headline": "Headline 1" }] } }));
        let feed = server.get(&format!("/v1/queries/{query}/feed.json")).await;
        assert_eq!(feed["items"][0]["title"], "Headline 1", "feeds are newest first");
        let (mut copy, since) = Copy::of_export(&server, &by_query).await;
        assert_eq!(copy.articles.len(), 2);
        let mut events = Events::open(server.request(Method::GET, &format!("/v1/queries/{query}/events")).header("last-event-id", &since)).await;
        let mut published = Events::open(server.request(Method::GET, &format!("/v1/articles/events?query={query}"))).await;
        server.clock.advance_seconds(60);
        land(&server, 4, "<p>Calm.</p>").await;
        land(&server, 5, "<p>Storms ahead.</p>").await;
        land(&server, 2, "<p>It is over.</p>").await;
        let entered = loop {
            let event = events.next().await;
            if event.data["article"].is_object() && event.data["article"]["headline"] == "Headline 5" {
                break event;
            }
        };
        assert_eq!(entered.event, "article_published");
        assert_eq!(published.next().await.data["article"]["headline"], "Headline 5");
        let left = events.next().await;
        assert_eq!((left.data["left"].as_bool(), left.event.as_str()), (Some(true), "article_updated"));
        catch_up(&server, &mut copy, since, &by_query).await;
        server.indexed().await;
        assert_eq!(of(&copy), items(&server, &query).await);
        assert_eq!(copy.articles.len(), 2);
        server.stop().await;
    }
}
