//! What is told of each change, of a filter, and of a place in the log; what is not; and what is refused.

use broadsheet_tests::TestServer;
use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::live::Events;
use futures_util::StreamExt as _;
use reqwest::Method;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};

use super::settled;

/// Runs a statement on the server's database, and adds a row to the log, as another node would.
async fn behind_its_back(server: &TestServer, statement: &str, kind: &str, article: &str) {
    let database = Database::connect(&server.app.config.database().url).await.unwrap();
    let row = format!(
        "INSERT INTO changes (kind, subject_id, article_id, at) SELECT '{kind}', id, id, 0 FROM articles WHERE slug = '{article}'"
    );
    for statement in [statement, &row].into_iter().filter(|statement| !statement.is_empty()) {
        database.execute_unprepared(statement).await.unwrap();
    }
    database.close().await.unwrap();
}

fn kinds_of(batch: &Value) -> Vec<&str> {
    batch["changes"].as_array().unwrap().iter().map(|change| change["kind"].as_str().unwrap()).collect()
}

on_both! {
    async fn each_change_says_what_happened_and_shows_what_is_there(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 2)).await;
        let list = server.get("/v1/articles").await;
        let (first, second) = (list["data"][0]["id"].as_str().unwrap(), list["data"][1]["id"].as_str().unwrap());
        settled(&server).await;
        let begin = server.get("/v1/changes").await;
        assert_eq!((begin["changes"].as_array().unwrap().len(), &begin["more"]), (0, &json!(false)));
        let since = begin["next"].as_str().unwrap();
        let (ann, mo) = (server.reader("ann").await, server.staff("mo", "moderator").await);
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &edition::item(0, "<p>Paragraph of numbre 0.</p>"))).await;
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &edition::item(0, "<p>Something else.</p>"))).await;
        let root = ann.comment(&server, first, "Root.", None).await["id"].as_str().unwrap().to_owned();
        let reply = ann.comment(&server, first, "Reply.", Some(&root)).await["id"].as_str().unwrap().to_owned();
        mo.send(&server, Method::POST, &format!("/v1/comments/{reply}/hide"), json!({ "reason": "Insults somebody." })).await;
        mo.send(&server, Method::POST, &format!("/v1/articles/{first}/comments/close"), Value::Null).await;
        let system = server.system();
        server.newsroom().articles(&system).withdraw(second.parse().unwrap(), Some("Not true.".to_owned())).await.unwrap();
        settled(&server).await;

        let response = server.request(Method::GET, &format!("/v1/changes?since={since}")).send().await.unwrap();
        assert_eq!(response.headers()["cache-control"], "no-store");
        let batch: Value = response.json().await.unwrap();
        assert_eq!(kinds_of(&batch), ["article_updated", "article_updated", "comment_posted", "comment_posted", "comment_hidden", "thread_closed", "article_withdrawn"]);
        let change = |index: usize| &batch["changes"][index];
        let significance = |index: usize| (change(index)["significance"].clone(), change(index)["fields"].clone());
        assert_eq!(significance(0), (json!("minor"), json!(["body"])));
        assert_eq!(significance(1), (json!("substantive"), json!(["body"])));
        assert_eq!(change(1)["article"]["body"]["text"], "Something else.");
        assert_eq!(change(2)["comment"]["id"], json!(root));
        assert_eq!(change(2)["thread"], json!({ "article_id": first, "comments_open": false, "comment_count": 1, "parent_reply_count": null }));
        assert_eq!(change(3)["thread"]["parent_reply_count"], 0);
        assert_eq!((&change(4)["comment"]["status"], &change(4)["comment"]["body"], &change(4)["reason"]), (&json!("hidden"), &Value::Null, &Value::Null));
        assert_eq!((&change(5)["subject_id"], &change(5)["article"]["comments_open"]), (&json!(first), &json!(false)));
        assert_eq!((&change(6)["gone"], &change(6)["reason"], &change(6)["article"]), (&json!(true), &json!("Not true."), &Value::Null));
        let comment = server.get(&format!("/v1/comments/{reply}")).await;
        assert_eq!(change(3)["comment"], comment, "a comment is what its own address shows");
        let mine = ann.send(&server, Method::GET, &format!("/v1/changes?since={since}&kinds=comment_hidden"), Value::Null).await.1;
        assert_eq!(mine["changes"][0]["comment"]["reason"], "Insults somebody.", "its author is told why");

        // `next` is past what is not followed: nobody goes through it twice.
        let sources = server.get("/v1/changes?since=0&kinds=source.added&include=none").await;
        assert_eq!((kinds_of(&sources), &sources["more"], &sources["next"]), (vec!["source_added"], &json!(false), &batch["next"]));
        assert_eq!(sources["changes"][0]["source"], server.get("/v1/sources/the-numbers").await);
        let one = server.get("/v1/changes?since=0&kinds=article&limit=1&include=topics").await;
        assert_eq!((one["changes"].as_array().unwrap().len(), &one["more"]), (1, &json!(true)));
        let article = &one["changes"][0]["article"];
        assert!(article["topics"].is_array() && article["body"].is_null() && article["media"].is_null());
        server.stop().await;
    }

    async fn a_filter_tells_what_leaves_it(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 7)).await;
        let since = settled(&server).await;
        let other = edition::item(0, "<p>Now of docks.</p>").replace("Anchors", "Docks");
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &other)).await;
        server.take_in(NUMBERS, &edition::numbered(8, 1)).await;
        settled(&server).await;
        let batch = server.get(&format!("/v1/changes?since={since}&topic=anchors")).await;
        assert_eq!(kinds_of(&batch), ["article_updated"], "what is new elsewhere is not told");
        assert_eq!((&batch["changes"][0]["left"], &batch["changes"][0]["gone"], &batch["changes"][0]["article"]), (&json!(true), &json!(false), &Value::Null));
        let docks = server.get(&format!("/v1/changes?since={since}&topic=docks")).await;
        assert_eq!(docks["changes"][0]["article"]["headline"], "Headline 0");
        let twin = server.graphql(
            "query($since: ID!) { changes(since: $since, kinds: [\"article\"], filter: { topic: { anyOf: [\"anchors\"] } }) { changes { kind left article { id } } next more } }",
            json!({ "since": since.to_string() }),
        ).await;
        assert_eq!(twin["changes"], json!({ "changes": [{ "kind": "ARTICLE_UPDATED", "left": true, "article": null }], "next": batch["next"], "more": false }));
        server.stop().await;
    }

    async fn nothing_is_told_of_what_was_never_public(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        let list = server.get("/v1/articles").await;
        let (ann, admin) = (server.reader("ann").await, server.staff("root", "admin").await);
        let editor = server.staff("ed", "editor").await;
        admin.send(&server, Method::POST, &format!("/v1/admin/accounts/{}/ban", ann.id), json!({ "reason": "Spam." })).await;
        let since = settled(&server).await;
        let (secret, taken_back) = (&list["data"][1], &list["data"][2]);
        let (slug, id) = (secret["slug"].as_str().unwrap(), secret["id"].as_str().unwrap());
        let draft = format!("UPDATE articles SET status = 'draft', visible_from = NULL WHERE slug = '{slug}'");
        for (statement, kind) in [(draft.as_str(), "article.drafted"), ("", "thread.closed"), ("", "article.updated"), ("", "article.scheduled"), ("", "article.withdrawn"), ("", "comment.posted")] {
            behind_its_back(&server, statement, kind, slug).await;
        }
        let system = server.system();
        server.newsroom().articles(&system).withdraw(taken_back["id"].as_str().unwrap().parse().unwrap(), None).await.unwrap();
        settled(&server).await;

        let after = server.request(Method::GET, &format!("/v1/changes?since={since}")).send().await.unwrap().text().await.unwrap();
        assert!(!after.contains(id) && !after.contains("Headline 1"), "{after}");
        assert_eq!(kinds_of(&serde_json::from_str(&after).unwrap()), ["article_withdrawn"]);
        let everything = server.request(Method::GET, "/v1/changes?since=0&limit=1000").send().await.unwrap().text().await.unwrap();
        // That it was published once, this test took out of the article, and cannot take out of the log: it is not told either.
        assert!(!everything.contains(id), "{everything}");
        for private in [&ann.id, "ann@readers.example", "Spam.", "account", "session", "drafted", "scheduled"] {
            assert!(!everything.contains(private), "{private} is in {everything}");
        }
        let (_, seen) = editor.send(&server, Method::GET, &format!("/v1/changes?since={since}"), Value::Null).await;
        assert!(seen["changes"].as_array().unwrap().iter().any(|change| change["article"]["id"] == id), "an editor sees it: {seen}");
        let export = server.request(Method::GET, "/v1/exports").send().await.unwrap().text().await.unwrap();
        assert!(!export.contains(id) && !export.contains("Headline 2") && export.contains("Headline 0"));
        server.stop().await;
    }

    async fn bad_parameters_are_named(server) {
        let refused = [
            ("/v1/changes?since=yesterday", "since"),
            ("/v1/changes?since=-1", "since"),
            ("/v1/changes?since=1000000", "since"),
            ("/v1/changes?limit=1001", "limit"),
            ("/v1/changes?limit=0", "limit"),
            ("/v1/changes?kinds=article_published,weather", "kinds"),
            ("/v1/changes?kinds=account", "kinds"),
            ("/v1/changes?include=comments", "include"),
            ("/v1/changes?source=nobody", "source"),
            ("/v1/changes?published_from=noon", "published_from"),
            ("/v1/changes?query=x", "query"),
            ("/v1/changes/events?since=1000000", "since"),
            ("/v1/changes/events?limit=10", "limit"),
            ("/v1/changes/events?kinds=weather", "kinds"),
            ("/v1/exports?comments=perhaps", "comments"),
            ("/v1/exports?include=comments", "include"),
            ("/v1/exports?topic=nothing", "topic"),
        ];
        for (path, field) in refused {
            let (status, problem) = server.try_get(path).await;
            assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!(field)), "{path}: {problem}");
        }
        let (_, both) = server.try_get("/v1/changes?since=x&limit=0&kinds=weather").await;
        assert_eq!(both["errors"].as_array().unwrap().len(), 3, "{both}");
        let message = both["errors"][1]["message"].as_str().unwrap();
        assert!(message.contains("comment_posted") && !message.contains("session"), "{message}");
        for arguments in ["since: \"x\"", "since: \"1000000\"", "first: 0", "first: 1001", "kinds: [\"weather\"]", "filter: { source: { anyOf: [\"nobody\"] } }"] {
            let answer = server.try_graphql(None, &format!("{{ changes({arguments}) {{ next }} }}"), json!({})).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID", "{arguments}: {answer}");
        }
        let before = server.request(Method::GET, "/v1/changes/events").header("last-event-id", "yesterday").send().await.unwrap();
        assert_eq!(before.status(), 400);
        server.stop().await;
    }

    /// Whoever is sent away in the middle (here by a ban) has no last line, and knows it.
    async fn an_export_that_broke_off_is_to_be_seen(server) {
        let body = format!("<p>{}</p>", "Long ".repeat(20_000));
        let items: String = (0..80).map(|number| edition::item(number, &body)).collect();
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &items)).await;
        server.take_in(NUMBERS, &edition::numbered(100, 400)).await;
        let (ann, admin) = (server.reader("ann").await, server.staff("root", "admin").await);
        let whole = server.request(Method::GET, "/v1/exports").send().await.unwrap().text().await.unwrap();
        assert!(whole.lines().last().unwrap().starts_with("{\"type\":\"end\",") && whole.contains("\"articles\":480"));
        // No client of ours decompresses here: what is unread stays with the server.
        let response = server.request(Method::GET, "/v1/exports").header("accept-encoding", "identity").bearer_auth(&ann.token).send().await.unwrap();
        let mut stream = response.bytes_stream();
        let mut text = stream.next().await.unwrap().unwrap().to_vec();
        admin.send(&server, Method::POST, &format!("/v1/admin/accounts/{}/ban", ann.id), json!({ "reason": "Spam." })).await;
        settled(&server).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        while let Some(Ok(more)) = stream.next().await {
            text.extend(more);
        }
        let text = String::from_utf8_lossy(&text);
        assert!(text.starts_with("{\"type\":\"snapshot\",\"sequence\":") && text.len() < whole.len());
        assert!(!text.lines().last().unwrap().starts_with("{\"type\":\"end\""), "there is no last line");
        server.stop().await;
    }

    /// Live streams say how far they are also where they have nothing to tell, and end with a sign-in.
    async fn a_stream_goes_on_from_any_place(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        settled(&server).await;
        let mut events = Events::open(server.request(Method::GET, "/v1/changes/events?since=0&kinds=article&include=none")).await;
        for _ in 0..3 {
            let event = events.next().await;
            assert_eq!(event.event, "article_published");
            assert!(event.data["article"]["body"].is_null());
        }
        server.take_in(NUMBERS, &edition::numbered(3, 1)).await;
        let live = events.next().await;
        assert_eq!(live.data["article"]["headline"], "Headline 3");
        // The header of a browser that comes back goes before the address that it came with.
        let again = server.request(Method::GET, "/v1/changes/events?since=0&kinds=article").header("last-event-id", (live.id.parse::<i64>().unwrap() - 1).to_string());
        let same = Events::open(again).await.next().await;
        assert_eq!((&same.id, same.data["article"]["body"]["text"].as_str()), (&live.id, Some("Paragraph of number 3.")));
        server.stop().await;
    }
}
