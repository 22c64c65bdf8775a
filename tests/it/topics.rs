//! Topics that editors manage: made, renamed, put into trees, merged, and taken apart again. Whatever led to one leads on.

use broadsheet_domain::article::{ArticleFilter, Selector};
use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::{Person, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

async fn with_numbers(server: &TestServer) -> Person {
    server.take_in(NUMBERS, &edition::numbered(0, 14)).await;
    server.staff("ed", "editor").await
}

async fn make(server: &TestServer, editor: &Person, body: Value) -> Value {
    let (status, topic) = editor.send(server, Method::POST, "/v1/topics", body).await;
    assert_eq!(status, 201, "{topic}");
    topic
}

async fn edit(server: &TestServer, editor: &Person, topic: &str, body: Value) -> Value {
    let (status, answer) = editor.send(server, Method::PATCH, &format!("/v1/topics/{topic}"), body).await;
    assert_eq!(status, 200, "{topic}: {answer}");
    answer
}

async fn merge(server: &TestServer, editor: &Person, from: &str, into: &str) -> Value {
    let path = format!("/v1/topics/{from}/merge");
    let (status, answer) = editor.send(server, Method::POST, &path, json!({ "into": into })).await;
    assert_eq!(status, 200, "{from} into {into}: {answer}");
    answer
}

/// What was refused, and why: field, code, message.
async fn refused(
    server: &TestServer,
    editor: &Person,
    method: Method,
    path: &str,
    body: Value,
) -> (String, String, String) {
    let (status, problem) = editor.send(server, method, path, body).await;
    assert_eq!(status, 400, "{path}: {problem}");
    let text = |name: &str| problem["errors"][0][name].as_str().unwrap().to_owned();
    (text("field"), text("code"), text("message"))
}

async fn location(server: &TestServer, path: &str) -> (u16, String) {
    let direct = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = direct.get(format!("{}{path}", server.origin)).send().await.unwrap();
    let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    (answer.status().as_u16(), to.unwrap_or_default())
}

fn names(list: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        list.as_array().unwrap().iter().map(|topic| topic["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

async fn count(server: &TestServer, filter: &str) -> u64 {
    let list = server.get(&format!("/v1/articles?with_total=true&{filter}")).await;
    list["page"]["total"].as_u64().unwrap()
}

/// An article's topics, in order.
async fn topics_of(server: &TestServer, article: &str) -> Vec<String> {
    let article = server.get(&format!("/v1/articles/{article}?include=topics")).await;
    let topics = article["topics"].as_array().unwrap();
    topics.iter().map(|topic| topic["name"].as_str().unwrap().to_owned()).collect()
}

/// Every article of a filter.
async fn ids(server: &TestServer, filter: &str) -> Vec<String> {
    let list = server.get(&format!("/v1/articles/ids?{filter}")).await;
    let mut ids: Vec<String> =
        list["data"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    ids.sort_unstable();
    ids
}

/// Changes of some kind since a point: subject and fields.
async fn told(server: &TestServer, since: &str, kinds: &str) -> Vec<Value> {
    let last = server.newsroom().log().last().await.unwrap();
    let mut head = server.newsroom().log().head();
    head.wait_for(|seen| *seen >= last).await.unwrap();
    let batch = server.get(&format!("/v1/changes?since={since}&kinds={kinds}&limit=1000")).await;
    batch["changes"].as_array().unwrap().clone()
}

async fn now(server: &TestServer) -> String {
    server.newsroom().log().last().await.unwrap().to_string()
}

on_both! {
    async fn an_editor_makes_a_topic_and_intake_uses_it(server) {
        let editor = with_numbers(&server).await;
        let gales = server.get("/v1/topics/gales").await;
        assert_eq!((gales["kind"].as_str(), gales["revision"].as_u64()), (Some("topic"), Some(1)));
        let made = make(&server, &editor, json!({ "kind": "topic", "name": "  Headlands ", "slug": "capes" })).await;
        assert_eq!((made["name"].as_str(), made["slug"].as_str(), &made["parent_id"]), (Some("Headlands"), Some("capes"), &Value::Null));
        let item = edition::item(90, "<p>Ninety.</p>").replace("Anchors", "x").replacen("<category>Everything</category>", "<category>headlands</category>", 1);
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &item)).await;
        assert_eq!(count(&server, "topic=capes").await, 1, "what a publisher calls so is this topic");
        let again = make(&server, &editor, json!({ "kind": "place", "name": "Headlands" })).await;
        assert_eq!(again["slug"], "headlands", "another kind of thing may have the same name");
        let third = make(&server, &editor, json!({ "kind": "person", "name": "Headlands" })).await;
        assert!(third["slug"].as_str().unwrap().starts_with("headlands-"), "{third}");

        let post = async |body: Value| refused(&server, &editor, Method::POST, "/v1/topics", body).await;
        let taken = post(json!({ "kind": "topic", "name": "HEADLANDS" })).await;
        assert_eq!((taken.0.as_str(), taken.1.as_str()), ("name", "taken"), "{taken:?}");
        for (body, field, code) in [
            (json!({ "name": "x" }), "kind", "required"),
            (json!({ "kind": "topic", "name": " " }), "name", "length"),
            (json!({ "kind": "topic", "name": "x", "slug": "Not so" }), "slug", "malformed"),
            (json!({ "kind": "topic", "name": "x", "slug": "capes" }), "slug", "taken"),
            (json!({ "kind": "topic", "name": "x", "parent": "nothing" }), "parent", "unknown"),
            (json!({ "kind": "section", "name": "x", "parent": "capes" }), "parent", "kind"),
        ] {
            let why = post(body).await;
            assert_eq!((why.0.as_str(), why.1.as_str()), (field, code), "{why:?}");
        }
        let create = |name: &str| server.request(Method::POST, "/v1/topics").bearer_auth(&editor.token).header("idempotency-key", "k")
            .json(&json!({ "kind": "topic", "name": name })).send();
        let first: Value = create("Once").await.unwrap().json().await.unwrap();
        let second: Value = create("Once").await.unwrap().json().await.unwrap();
        assert_eq!(first["id"], second["id"]);
        assert_eq!(create("Twice").await.unwrap().status(), 422);
        let query = "mutation { createTopic(input: { kind: PLACE, name: \"North Mole\", parent: \"headlands\" }) { topic { slug revision parent { name } } userErrors { code field message } } }";
        let answer = editor.graphql(&server, query, json!({})).await;
        assert_eq!(answer["data"]["createTopic"]["topic"], json!({ "slug": "north-mole", "revision": 1, "parent": { "name": "Headlands" } }), "{answer}");
        let answer = editor.graphql(&server, query, json!({})).await;
        assert_eq!(answer["data"]["createTopic"]["userErrors"][0]["field"], "name", "{answer}");
        server.stop().await;
    }

    async fn what_led_to_a_renamed_topic_leads_on(server) {
        let editor = with_numbers(&server).await;
        let since = now(&server).await;
        let gales = server.get("/v1/topics/gales").await["id"].as_str().unwrap().to_owned();
        let renamed = edit(&server, &editor, "gales", json!({ "name": "Storms" })).await;
        assert_eq!((renamed["slug"].as_str(), renamed["revision"].as_u64()), (Some("gales"), Some(2)), "the slug stays unless another is given");
        let moved = edit(&server, &editor, "gales", json!({ "slug": "storms" })).await;
        assert_eq!((moved["id"].as_str(), moved["slug"].as_str()), (Some(gales.as_str()), Some("storms")));
        assert_eq!(location(&server, "/v1/topics/gales?include=parent").await, (308, "/v1/topics/storms?include=parent".to_owned()));
        assert_eq!(count(&server, "topic=gales").await, 2);
        assert_eq!(server.graphql("{ topic(slug: \"gales\") { name aliases { slug } } }", json!({})).await["topic"], json!({ "name": "Storms", "aliases": [{ "slug": "gales" }] }));
        assert_eq!(server.get("/v1/topics/storms/aliases").await["data"][0]["slug"], "gales");
        let articles = ids(&server, "topic=storms").await;
        assert_eq!(topics_of(&server, &articles[0]).await, ["World", "Storms", "Everything"], "articles say it at once");
        // The publisher goes on to call it what it did.
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &edition::item(20, "<p>Twenty.</p>"))).await;
        assert_eq!(count(&server, "topic=storms").await, 3);
        assert_eq!(server.try_get("/v1/topics?kind=topic&limit=200").await.1["data"].as_array().unwrap().iter().filter(|topic| topic["name"] == "Gales").count(), 0);
        // A slug that led here is not given to what intake makes meanwhile.
        let item = edition::item(91, "<p>x</p>").replacen("<category>Everything</category>", "<category>Gales!</category>", 1);
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &item)).await;
        assert_eq!(location(&server, "/v1/topics/gales").await.1, "/v1/topics/storms");
        let (_, code, _) = refused(&server, &editor, Method::PATCH, "/v1/topics/docks", json!({ "slug": "gales" })).await;
        assert_eq!(code, "taken");
        // And back: both ways lead.
        edit(&server, &editor, "gales", json!({ "name": "Gales", "slug": "gales" })).await;
        assert_eq!(location(&server, "/v1/topics/storms").await, (308, "/v1/topics/gales".to_owned()));
        let changes = told(&server, &since, "topic").await;
        let fields: Vec<&Value> = changes.iter().map(|change| &change["fields"]).collect();
        assert_eq!(fields, [&json!(["name"]), &json!(["slug"]), &json!(["name", "slug"])]);
        assert!(changes.iter().all(|change| change["topic"]["name"] == "Gales" && change["subject_id"] == gales.as_str()));
        let etag = server.request(Method::GET, "/v1/topics/gales").send().await.unwrap().headers()["etag"].to_str().unwrap().to_owned();
        edit(&server, &editor, "gales", json!({ "name": "Winds" })).await;
        let stale = server.request(Method::PATCH, "/v1/topics/gales").bearer_auth(&editor.token).header("if-match", &etag).json(&json!({ "name": "Breezes" })).send().await.unwrap();
        assert_eq!((stale.status().as_u16(), stale.json::<Value>().await.unwrap()["code"].as_str()), (412, Some("revision_mismatch")));
        let unchanged = edit(&server, &editor, "gales", json!({ "name": "Winds" })).await;
        assert_eq!(unchanged["revision"], 5, "the same again is no change");
        server.stop().await;
    }

    async fn topics_stand_in_trees_without_circles(server) {
        let editor = with_numbers(&server).await;
        let world = server.get("/v1/topics/world").await["id"].clone();
        let europe = make(&server, &editor, json!({ "kind": "section", "name": "Europe", "parent": "world" })).await;
        make(&server, &editor, json!({ "kind": "section", "name": "Alps", "parent": europe["id"] })).await;
        server.clock.advance_seconds(1);
        make(&server, &editor, json!({ "kind": "section", "name": "Asia", "parent": "world" })).await;
        assert_eq!(europe["parent_id"], world);
        let parts = server.get("/v1/topics?parent=world&include=children,parent&limit=1").await;
        assert_eq!((parts["data"][0]["name"].as_str(), parts["data"][0]["parent"]["name"].as_str()), (Some("Asia"), Some("World")));
        assert_eq!(parts["data"][0]["children"]["data"], json!([]));
        let next = server.get(&format!("/v1/topics?parent=world&limit=1&include=children&cursor={}", parts["page"]["next"].as_str().unwrap())).await;
        assert_eq!(next["data"][0]["children"]["data"][0]["name"], "Alps");
        let whole = server.get("/v1/topics/world?include=parent,children").await;
        assert_eq!((&whole["parent"], names(&whole["children"]["data"])), (&Value::Null, vec!["Asia", "Europe"]));
        let data = server.graphql("{ topic(slug: \"alps\") { parent { name parent { name children { nodes { name } } } } } topics(parent: \"europe\") { nodes { name } } }", json!({})).await;
        assert_eq!(names(&data["topic"]["parent"]["parent"]["children"]["nodes"]), ["Asia", "Europe"]);
        assert_eq!(names(&data["topics"]["nodes"]), ["Alps"]);
        let (status, problem) = server.try_get("/v1/topics?parent=nothing&kind=x&include=y").await;
        assert_eq!((status, problem["errors"].as_array().unwrap().len()), (400, 2), "{problem}");

        let patch = async |topic: &str, body: Value| refused(&server, &editor, Method::PATCH, &format!("/v1/topics/{topic}"), body).await;
        let circle = patch("world", json!({ "parent": "alps" })).await;
        assert_eq!((circle.0.as_str(), circle.1.as_str()), ("parent", "cycle"));
        assert!(circle.2.ends_with("World > Europe > Alps > World"), "{circle:?}");
        assert_eq!(patch("alps", json!({ "parent": "alps" })).await.1, "cycle");
        let mut above = "alps".to_owned();
        for level in 4..=8 {
            let made = make(&server, &editor, json!({ "kind": "section", "name": format!("Level {level}"), "parent": above })).await;
            made["slug"].as_str().unwrap().clone_into(&mut above);
        }
        let (_, code, _) = refused(&server, &editor, Method::POST, "/v1/topics", json!({ "kind": "section", "name": "Level 9", "parent": above })).await;
        assert_eq!(code, "too_deep");
        let top = make(&server, &editor, json!({ "kind": "section", "name": "Top" })).await;
        assert_eq!(patch("world", json!({ "parent": top["slug"] })).await.1, "too_deep", "what stands below counts");
        let cleared = edit(&server, &editor, "level-4", json!({ "parent": null })).await;
        assert_eq!(cleared["parent_id"], Value::Null);
        assert_eq!(edit(&server, &editor, "world", json!({ "parent": top["slug"] })).await["parent_id"], top["id"]);
        assert_eq!(count(&server, "section=world").await, 14);
        assert_eq!(count(&server, "section=top").await, 0, "a section finds what stands in it, not in its parts");
        server.stop().await;
    }

    async fn a_merged_topic_leads_on_and_comes_back_whole(server) {
        let editor = with_numbers(&server).await;
        let (ferry, docks) = (ids(&server, "topic=ferries").await, ids(&server, "topic=docks").await);
        let everything = ids(&server, "topic=everything").await;
        let part = make(&server, &editor, json!({ "kind": "topic", "name": "Car ferries", "parent": "ferries" })).await;
        edit(&server, &editor, "ferries", json!({ "slug": "ferry", "parent": "bridges" })).await;
        let from = server.get("/v1/topics/ferry").await["id"].as_str().unwrap().to_owned();
        let into = server.get("/v1/topics/docks").await["id"].as_str().unwrap().to_owned();
        let before = server.get(&format!("/v1/articles/{}", ferry[0])).await;
        let since = now(&server).await;
        assert_eq!(merge(&server, &editor, "ferry", "docks").await["id"], into.as_str());

        let mut both: Vec<String> = ferry.iter().chain(&docks).cloned().collect();
        both.sort_unstable();
        for name in ["docks", "ferry", "ferries", &from, &into] {
            assert_eq!(ids(&server, &format!("topic={name}")).await, both, "{name}");
        }
        assert_eq!(location(&server, "/v1/topics/ferry").await, (308, "/v1/topics/docks".to_owned()));
        assert_eq!(location(&server, "/v1/topics/ferries").await, (308, "/v1/topics/docks".to_owned()));
        assert_eq!(location(&server, &format!("/v1/topics/{from}")).await, (308, format!("/v1/topics/{into}")));
        assert_eq!(topics_of(&server, &ferry[0]).await, ["World", "Docks", "Everything"]);
        assert!(!names(&server.get("/v1/topics?limit=200").await["data"]).contains(&"Ferries"));
        assert_eq!(server.get(&format!("/v1/topics/{}?include=parent", part["id"].as_str().unwrap())).await["parent"]["id"], into.as_str());
        let after = server.get(&format!("/v1/articles/{}", ferry[0])).await;
        assert_eq!((&after["updated_at"], &after["revision"]), (&before["updated_at"], &before["revision"]), "its publisher changed nothing");
        // Followers are told of the topic, its parts, and each article.
        let changes = told(&server, &since, "topic,article").await;
        assert_eq!((changes[0]["kind"].as_str(), changes[0]["merged_into_id"].as_str(), changes[0]["gone"].as_bool()), (Some("topic_merged"), Some(into.as_str()), Some(true)));
        assert_eq!((changes[1]["kind"].as_str(), &changes[1]["topic"]["parent_id"]), (Some("topic_updated"), &json!(into)));
        let mut updated: Vec<&str> = changes[2..].iter().map(|change| change["article"]["id"].as_str().unwrap()).collect();
        updated.sort_unstable();
        assert_eq!(updated, ferry);
        assert!(changes[2..].iter().all(|change| change["fields"] == json!(["topics"]) && change["significance"] == "minor"));
        // What publishers and editors call by the old name arrives at the new.
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &edition::item(19, "<p>Nineteen.</p>"))).await;
        assert_eq!(count(&server, "topic=docks").await, 5);
        let (status, draft) = editor.send(&server, Method::POST, "/v1/articles", json!({ "source": "the-numbers", "headline": "Both", "topics": [{ "name": "Docks" }, { "name": "Ferries" }] })).await;
        assert_eq!(status, 201, "{draft}");
        let (_, draft) = editor.send(&server, Method::GET, &format!("/v1/articles/{}?include=topics", draft["id"].as_str().unwrap()), Value::Null).await;
        assert_eq!(names(&draft["topics"]), ["Docks"], "once");
        let (_, code, message) = refused(&server, &editor, Method::POST, "/v1/topics", json!({ "kind": "topic", "name": "Ferries" })).await;
        assert!(code == "taken" && message.contains(&into), "{message}");
        // An article that has both has one of them afterwards; a chain of merges leads to its end.
        merge(&server, &editor, "docks", "everything").await;
        for name in ["ferries", "docks", &from] {
            assert_eq!(count(&server, &format!("topic={name}")).await, 15, "{name}");
        }
        assert_eq!(topics_of(&server, &ferry[0]).await, ["World", "Everything"]);

        let undo = async |topic: &str| {
            let (status, answer) = editor.send(&server, Method::POST, &format!("/v1/topics/{topic}/undo"), Value::Null).await;
            assert_eq!(status, 200, "{topic}: {answer}");
            answer
        };
        assert_eq!(undo("everything").await["id"], into.as_str(), "the last that it took in");
        assert_eq!(count(&server, "topic=ferries").await, 5);
        let since = now(&server).await;
        let back = undo("ferry").await;
        assert_eq!((back["id"].as_str(), back["slug"].as_str(), back["name"].as_str()), (Some(from.as_str()), Some("ferry"), Some("Ferries")));
        assert_eq!(back["parent_id"], server.get("/v1/topics/bridges").await["id"]);
        assert_eq!(ids(&server, "topic=ferries").await, ferry);
        assert!(docks.iter().all(|id| !ferry.contains(id)));
        assert_eq!(count(&server, "topic=docks").await, 3, "what arrived meanwhile stays");
        let mut again = ids(&server, "topic=everything").await;
        again.retain(|id| everything.contains(id));
        assert_eq!(again, everything);
        assert_eq!(server.get(&format!("/v1/topics/{}?include=parent", part["id"].as_str().unwrap())).await["parent"]["id"], from.as_str());
        let changes = told(&server, &since, "topic,article").await;
        assert!(changes.iter().any(|change| change["kind"] == "topic_updated" && change["topic"]["id"] == from.as_str() && change["gone"] == false));
        assert_eq!(changes.iter().filter(|change| change["kind"] == "article_updated").count(), ferry.len());
        let (status, problem) = editor.send(&server, Method::POST, "/v1/topics/ferry/undo", Value::Null).await;
        assert_eq!((status, problem["code"].as_str()), (409, Some("nothing_to_undo")));
        server.stop().await;
    }

    async fn a_merged_section_takes_its_articles_along(server) {
        let editor = with_numbers(&server).await;
        make(&server, &editor, json!({ "kind": "section", "name": "Abroad" })).await;
        let post = async |from: &str, into: &str| refused(&server, &editor, Method::POST, &format!("/v1/topics/{from}/merge"), json!({ "into": into })).await;
        assert_eq!(post("world", "gales").await.1, "kind");
        assert_eq!(post("gales", "world").await.1, "kind");
        assert_eq!(post("world", "world").await.1, "same");
        assert_eq!(post("world", "nothing").await.1, "unknown");
        assert_eq!(post("world", "").await.1, "required");
        edit(&server, &editor, "abroad", json!({ "parent": "world" })).await;
        let circle = post("world", "abroad").await;
        assert!(circle.1 == "cycle" && circle.2.ends_with("World > Abroad > World"), "{circle:?}");
        edit(&server, &editor, "abroad", json!({ "parent": null })).await;
        let since = now(&server).await;
        let mutation = "mutation { mergeTopic(id: \"world\", into: \"abroad\") { topic { slug articles(first: 20) { nodes { section { slug } } } } userErrors { message } } }";
        let answer = editor.graphql(&server, mutation, json!({})).await;
        let articles = answer.pointer("/data/mergeTopic/topic/articles/nodes").unwrap().as_array().unwrap();
        assert!(articles.len() == 14 && articles.iter().all(|article| article["section"]["slug"] == "abroad"), "{answer}");
        assert_eq!((count(&server, "section=world").await, count(&server, "section=abroad").await), (14, 14));
        assert_eq!(told(&server, &since, "article").await[0]["fields"], json!(["section", "topics"]));
        let mutation = "mutation { undoTopicMerge(id: \"world\") { topic { slug articles(first: 20) { nodes { section { slug } } } } userErrors { message } } }";
        let answer = editor.graphql(&server, mutation, json!({})).await;
        let articles = answer.pointer("/data/undoTopicMerge/topic/articles/nodes").unwrap().as_array().unwrap();
        assert!(articles.len() == 14 && articles.iter().all(|article| article["section"]["slug"] == "world"), "{answer}");
        assert_eq!(count(&server, "section=abroad").await, 0);
        server.stop().await;
    }

    /// More than a batch moves; what a restart has left in the middle is finished.
    async fn what_a_merge_left_behind_is_finished(server) {
        let items: String = (0..1_100).map(|number| edition::item(number, "<p>x</p>")).collect();
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &items)).await;
        let editor = server.staff("ed", "editor").await;
        make(&server, &editor, json!({ "kind": "topic", "name": "All" })).await;
        merge(&server, &editor, "everything", "all").await;
        assert_eq!(count(&server, "topic=all").await, 1_100);
        // As if it had been killed after some batches.
        let from = "(SELECT id FROM topics WHERE slug = 'everything')";
        let some = "(SELECT id FROM articles WHERE headline LIKE 'Headline 7%')";
        let sql = format!("UPDATE article_topics SET topic_id = {from} WHERE topic_id = (SELECT id FROM topics WHERE slug = 'all') AND article_id IN {some}");
        let database = sea_orm::Database::connect(&server.app.config.database().url).await.unwrap();
        sea_orm::ConnectionTrait::execute_unprepared(&database, &sql).await.unwrap();
        database.close().await.unwrap();
        let system = server.system();
        let filter = ArticleFilter { topic: Selector::parse(["all"]), ..ArticleFilter::default() };
        // Not by REST: nothing tells it that the database was changed behind its back.
        assert!(server.newsroom().articles(&system).count(&filter).await.unwrap() < 1_100);
        server.newsroom().topics(&system).settle().await.unwrap();
        assert_eq!(server.newsroom().articles(&system).count(&filter).await.unwrap(), 1_100);
        assert_eq!(server.newsroom().topics(&system).settle().await.unwrap(), 0);
        server.stop().await;
    }
}
