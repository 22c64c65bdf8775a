//! Bulk import: good lines go in and bad ones are named; the same again changes nothing; what broke off goes on.

use std::collections::BTreeSet;

use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::{Person, TestServer};
use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

const LINES: &str = "application/x-ndjson";

/// An article of an archive, by its number; each version says something else.
fn article(number: usize, version: usize) -> Value {
    json!({
        "external_id": format!("archive:{number}"),
        "url": format!("https://archive.example/{number}?utm_source=x"),
        "headline": format!("Archived {number}, version {version}"),
        "dek": "From the archive.",
        "body_html": format!("<p>Number {number} <script>alert(1)</script>said it in version {version}.</p>"),
        "language": "en", "section": "World",
        "topics": ["Anchors", { "kind": "place", "name": format!("Pier {}", number % 7) }],
        "authors": ["Ada Alder", format!("Author {}", number % 11)],
        "media": [{ "url": format!("https://archive.example/{number}.jpg"), "caption": "A pier", "credit": "A. Alder", "alt": "Pier" }],
        "published_at": format!("2019-03-{:02}T08:30:00Z", number % 28 + 1),
    })
}

fn lines(articles: impl IntoIterator<Item = Value>) -> String {
    articles.into_iter().fold(String::new(), |lines, article| lines + &article.to_string() + "\n")
}

async fn with_archive(server: &TestServer) -> Person {
    server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
    let item = "<item><title>First</title><link>https://archive.example/first</link></item>";
    let feed = edition::rss("The Archive", "https://archive.example/", item);
    server.take_in("https://archive.example/feed", &feed).await;
    server.staff("ed", "editor").await
}

async fn send(
    server: &TestServer,
    editor: &Person,
    query: &str,
    media_type: &str,
    body: String,
) -> (u16, Vec<Value>) {
    let request = server.request(Method::POST, &format!("/v1/imports{query}")).bearer_auth(&editor.token);
    let answer = request.header("content-type", media_type).body(body).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Imports lines of the archive; the results that were told, and the sums.
async fn import(server: &TestServer, editor: &Person, query: &str, body: String) -> (Vec<Value>, Value) {
    let query = format!("?source=the-archive{query}");
    let (status, answer) = send(server, editor, &query, LINES, body).await;
    assert_eq!(status, 200, "{answer:?}");
    let end = answer.last().unwrap();
    assert_eq!(end["type"], "end", "{answer:?}");
    let results = answer.iter().filter(|line| line["type"] == "result");
    (results.map(|line| line["result"].clone()).collect(), end["summary"].clone())
}

fn sums(summary: &Value) -> [u64; 6] {
    ["lines", "created", "updated", "unchanged", "refused", "committed"]
        .map(|name| summary[name].as_u64().unwrap())
}

async fn count(server: &TestServer, filter: &str) -> u64 {
    server.get(&format!("/v1/articles?with_total=true&{filter}")).await["page"]["total"].as_u64().unwrap()
}

async fn by_url(server: &TestServer, number: usize) -> Value {
    server
        .get(&format!(
            "/v1/articles/by-url?url=https://archive.example/{number}&include=body,topics,media,revisions"
        ))
        .await
}

async fn settled(server: &TestServer) {
    let last = server.newsroom().log().last().await.unwrap();
    server.newsroom().log().head().wait_for(|seen| *seen >= last).await.unwrap();
}

on_both! {
    async fn good_lines_go_in_and_bad_ones_are_named(server) {
        let editor = with_archive(&server).await;
        let since = server.newsroom().log().last().await.unwrap();
        let with = |number: usize, member: &str, value: Value| {
            let mut article = article(number, 0);
            article[member] = value;
            article
        };
        let nobody = { let mut nobody = article(9, 0); nobody.as_object_mut().unwrap().retain(|name, _| name != "external_id" && name != "url"); nobody };
        let body = format!(
            "\u{feff}{}\n\n{}\nnonsense\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}",
            article(1, 0), with(2, "headline", json!(" ")), with(3, "published_at", json!("yesterday")), with(4, "hedline", json!("x")),
            with(5, "dek", json!(5)), nobody, with(10, "published_at", json!("2099-01-01T00:00:00Z")), with(11, "source", json!("nobody-knows")),
            with(12, "topics", json!([{ "name": "" }])), with(13, "slug", json!("a-chosen-slug")), with(14, "slug", json!("a-chosen-slug")), article(15, 0),
        );
        let (results, summary) = import(&server, &editor, "", body.clone()).await;
        let told: Vec<(u64, &str, &str)> = results.iter().map(|result| {
            assert_eq!((&result["outcome"], &result["article_id"]), (&json!("refused"), &Value::Null));
            (result["line"].as_u64().unwrap(), result["errors"][0]["field"].as_str().unwrap(), result["errors"][0]["code"].as_str().unwrap())
        }).collect();
        assert_eq!(told, [
            (3, "headline", "required"), (4, "line", "malformed"), (5, "published_at", "malformed"), (6, "hedline", "malformed"),
            (7, "dek", "malformed"), (8, "external_id", "required"), (9, "published_at", "out_of_range"), (10, "source", "unknown"),
            (11, "topics", "length"), (13, "slug", "taken"),
        ]);
        assert_eq!(sums(&summary), [13, 3, 0, 0, 10, 14]);
        let one = by_url(&server, 1).await;
        assert_eq!((one["headline"].as_str(), one["published_at"].as_str(), one["source"]["slug"].as_str()), (Some("Archived 1, version 0"), Some("2019-03-02T08:30:00Z"), Some("the-archive")));
        assert_eq!((one["body"]["html"].as_str(), one["section"]["slug"].as_str()), (Some("<p>Number 1 said it in version 0.</p>"), Some("world")));
        assert_eq!(one["media"]["data"].get(0).or(one["media"].get(0)).unwrap()["alt"], "Pier");
        assert_eq!(one["authors"].as_array().unwrap().len(), 2);
        assert_eq!(server.get("/v1/articles/a-chosen-slug").await["headline"], "Archived 13, version 0");
        settled(&server).await;
        let changes = server.get(&format!("/v1/changes?since={since}&kinds=article")).await;
        let kinds: Vec<&str> = changes["changes"].as_array().unwrap().iter().map(|change| change["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["article_published"; 3]);
        // The same again, line by line.
        let (results, summary) = import(&server, &editor, "&verbose=true", body).await;
        assert_eq!(sums(&summary), [13, 0, 0, 3, 10, 14], "{results:?}");
        assert_eq!(results.len(), 13);
        server.stop().await;
    }

    async fn the_same_again_changes_nothing_and_a_changed_line_is_a_revision(server) {
        let editor = with_archive(&server).await;
        let (_, summary) = import(&server, &editor, "", lines((0..30).map(|number| article(number, 0)))).await;
        assert_eq!(sums(&summary), [30, 30, 0, 0, 0, 30]);
        let since = server.newsroom().log().last().await.unwrap();
        let (_, summary) = import(&server, &editor, "", lines((0..30).map(|number| article(number, 0)))).await;
        assert_eq!(sums(&summary), [30, 0, 0, 30, 0, 30]);
        assert_eq!(server.newsroom().log().last().await.unwrap(), since, "nothing happened");
        server.clock.advance_seconds(60);
        // A changed line, one that repeats the line before it, and one that takes it back in the same batch.
        let detail = { let mut detail = article(3, 0); detail["media"][0]["alt"] = json!("Another pier"); detail };
        let body = lines([article(1, 1), article(1, 1), article(2, 1), article(2, 2), detail.clone(), article(4, 0)]);
        let (results, summary) = import(&server, &editor, "&verbose=true", body).await;
        let outcomes: Vec<&str> = results.iter().map(|result| result["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["updated", "unchanged", "updated", "updated", "updated", "unchanged"]);
        assert_eq!(sums(&summary), [6, 0, 4, 2, 0, 6]);
        let (_, summary) = import(&server, &editor, "", lines([detail])).await;
        assert_eq!(sums(&summary), [1, 0, 0, 1, 0, 1]);
        let two = by_url(&server, 2).await;
        assert_eq!((two["revision"].as_u64(), two["headline"].as_str()), (Some(3), Some("Archived 2, version 2")));
        assert_eq!(two["revisions"]["data"][0]["headline"], "Archived 2, version 1");
        let (_, summary) = import(&server, &editor, "", lines([article(2, 0)])).await;
        assert_eq!(sums(&summary), [1, 0, 0, 1, 0, 1], "an old copy is no news, as with feeds");
        settled(&server).await;
        let changes = server.get(&format!("/v1/changes?since={since}&kinds=article")).await;
        let told: BTreeSet<String> = changes["changes"].as_array().unwrap().iter().map(|change| format!("{} {}", change["kind"], change["fields"])).collect();
        assert_eq!(told.into_iter().collect::<Vec<_>>(), ["\"article_updated\" [\"headline\",\"body\"]", "\"article_updated\" [\"media\"]"]);
        server.stop().await;
    }

    async fn identity_is_that_of_intake(server) {
        let editor = with_archive(&server).await;
        let first = server.get("/v1/articles/by-url?url=https://archive.example/first").await;
        // The feed's article, by its address, though the archive has an identity of its own for it.
        let line = json!({ "external_id": "a-1", "url": "https://archive.example/first", "headline": "First, from the archive" });
        let (results, _) = import(&server, &editor, "&verbose=true", lines([line.clone(), line])).await;
        assert_eq!((&results[0]["article_id"], &results[1]["article_id"]), (&first["id"], &first["id"]));
        assert_eq!(results.iter().map(|result| result["outcome"].as_str().unwrap()).collect::<Vec<_>>(), ["updated", "unchanged"]);
        // The same address for everything identifies nothing; neither does another article's.
        let front = |number: usize| json!({ "external_id": format!("f-{number}"), "canonical_url": "https://archive.example/", "headline": format!("Front {number}"), "bylines": ["Bea Birch"] });
        let (_, summary) = import(&server, &editor, "", lines((0..5).map(front))).await;
        assert_eq!(sums(&summary), [5, 5, 0, 0, 0, 5]);
        let (_, summary) = import(&server, &editor, "", lines((3..8).map(front))).await;
        assert_eq!(sums(&summary), [5, 3, 0, 2, 0, 5]);
        let (_, summary) = import(&server, &editor, "", lines([front(8)])).await;
        assert_eq!(sums(&summary), [1, 1, 0, 0, 0, 1], "one by one too");
        // By address alone.
        let bare = |headline: &str| json!({ "url": "https://archive.example/bare#top", "headline": headline });
        let (results, _) = import(&server, &editor, "&verbose=true", lines([bare("Bare"), bare("Bare"), bare("Clothed")])).await;
        assert_eq!(results.iter().map(|result| result["outcome"].as_str().unwrap()).collect::<Vec<_>>(), ["created", "unchanged", "updated"]);
        // An embargo holds, and ends by itself.
        let until = server.newsroom().now().plus_millis(60_000).to_string();
        let held = json!({ "external_id": "held", "headline": "Not yet", "embargo_until": until });
        let (results, _) = import(&server, &editor, "&verbose=true", lines([held])).await;
        let path = format!("/v1/articles/{}", results[0]["article_id"].as_str().unwrap());
        assert_eq!(server.try_get(&path).await.0, 404);
        server.clock.advance_seconds(61);
        let system = server.system();
        server.newsroom().articles(&system).release_due().await.unwrap();
        assert_eq!(server.get(&path).await["headline"], "Not yet");
        server.stop().await;
    }

    async fn an_import_that_broke_off_goes_on(server) {
        let editor = with_archive(&server).await;
        let whole = lines((0..1_300).map(|number| article(number, 0)));
        let cut = whole.lines().take(1_100).map(|line| line.len() + 1).sum::<usize>() - 20;
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<Result<Vec<u8>, std::io::Error>>();
        sender.send(Ok(whole.as_bytes()[..cut].to_vec())).unwrap();
        let body = reqwest::Body::wrap_stream(futures_util::stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) }));
        let request = server.request(Method::POST, "/v1/imports?source=the-archive").bearer_auth(&editor.token).header("content-type", LINES).header("accept-encoding", "identity");
        let answer = request.body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "the answer begins before the request has ended");
        let mut told = String::new();
        let mut answer = answer.bytes_stream();
        while !told.contains("\"committed\":1000") {
            told.push_str(std::str::from_utf8(&answer.next().await.unwrap().unwrap()).unwrap());
        }
        // The sender dies in the middle of a line.
        sender.send(Err(std::io::Error::other("gone"))).unwrap();
        while let Some(Ok(more)) = answer.next().await {
            told.push_str(std::str::from_utf8(&more).unwrap());
        }
        assert!(!told.contains("\"end\""), "{told}");
        assert_eq!(count(&server, "source=the-archive").await, 1_001);
        let (results, summary) = import(&server, &editor, "&from_line=1001&verbose=true", whole.clone()).await;
        assert_eq!((sums(&summary), results[0]["line"].as_u64()), ([300, 300, 0, 0, 0, 1_300], Some(1_001)));
        let (_, summary) = import(&server, &editor, "", whole).await;
        assert_eq!(sums(&summary), [1_300, 0, 0, 1_300, 0, 1_300], "the whole again is as good");
        assert_eq!(count(&server, "source=the-archive").await, 1_301);
        let (_, summary) = import(&server, &editor, "", String::new()).await;
        assert_eq!(sums(&summary), [0; 6]);
        server.stop().await;
    }

    async fn our_own_ninjs_comes_back(server) {
        let editor = with_archive(&server).await;
        let mut documents = Vec::new();
        for article in server.get("/v1/articles?source=the-numbers").await["data"].as_array().unwrap() {
            let path = format!("/v1/articles/{}", article["id"].as_str().unwrap());
            let answer = server.request(Method::GET, &path).header("accept", "application/ninjs+json").send().await.unwrap();
            documents.push(answer.json::<Value>().await.unwrap());
        }
        // Here it is nothing new: its publisher is known by name, and it by its address.
        let (status, answer) = send(&server, &editor, "", "application/x-ndjson; profile=\"ninjs\"", lines(documents.clone())).await;
        assert_eq!((status, sums(&answer.last().unwrap()["summary"])), (200, [3, 0, 0, 3, 0, 3]), "{answer:?}");
        // Elsewhere it is the same article.
        let other = TestServer::start(broadsheet_tests::Backend::Sqlite).await.unwrap();
        let (admin, writer) = (other.staff("root", "admin").await, other.staff("ed", "editor").await);
        let (status, answer) = send(&other, &writer, "?format=ninjs&create_sources=true", LINES, lines(documents.clone())).await;
        assert_eq!((status, answer[0]["code"].as_str()), (403, Some("forbidden")));
        let (_, answer) = send(&other, &admin, "?format=ninjs&create_sources=true", LINES, lines(documents.clone())).await;
        assert_eq!(sums(&answer.last().unwrap()["summary"]), [3, 3, 0, 0, 0, 3], "{answer:?}");
        let path = "/v1/articles?source=the-numbers&sort=oldest&include=body,topics,media";
        let (there, here) = (other.get(path).await, server.get(path).await);
        for (there, here) in there["data"].as_array().unwrap().iter().zip(here["data"].as_array().unwrap()) {
            for member in ["headline", "dek", "language", "url", "published_at"] {
                assert_eq!(there[member], here[member], "{member}");
            }
            assert_eq!((&there["body"], &there["section"]["name"]), (&here["body"], &here["section"]["name"]));
            let names = |list: &Value, name: &str| -> Vec<Value> {
                list.as_array().unwrap().iter().map(|item| item[name].clone()).collect()
            };
            assert_eq!(names(&there["authors"], "name"), names(&here["authors"], "name"));
            assert_eq!(names(&there["topics"], "name"), names(&here["topics"], "name"));
            for member in ["url", "caption", "credit", "width", "height"] {
                assert_eq!(names(&there["media"], member), names(&here["media"], member));
            }
        }
        // What its sender takes back is withdrawn; what is no document is named by a pointer.
        let mut gone = documents[0].clone();
        (gone["pubStatus"], gone["edNote"]) = (json!("canceled"), json!("A mistake."));
        let (_, answer) = send(&other, &writer, "?format=ninjs&verbose=true", LINES, lines([gone.clone(), gone, json!({ "uri": 5, "headlines": 7 })])).await;
        let outcomes: Vec<&Value> = answer.iter().filter(|line| line["type"] == "result").map(|line| &line["result"]["outcome"]).collect();
        assert_eq!(outcomes, ["withdrawn", "unchanged", "refused"], "{answer:?}");
        assert_eq!(other.try_get("/v1/articles?source=the-numbers").await.1["data"].as_array().unwrap().len(), 2);
        other.stop().await;
        server.stop().await;
    }

    async fn graphql_imports_a_few(server) {
        let editor = with_archive(&server).await;
        let mutation = "mutation($lines: [String!]!) { importArticles(input: { lines: $lines, source: \"The Archive\" }) {
            import { results { line outcome articleId errors { field code message } } summary { lines created updated unchanged withdrawn refused committed } } userErrors { code field } } }";
        let texts = [article(1, 0).to_string(), "{}".to_owned(), article(1, 0).to_string()];
        let answer = editor.graphql(&server, mutation, json!({ "lines": texts })).await;
        let import = &answer["data"]["importArticles"]["import"];
        let outcomes: Vec<&Value> = import["results"].as_array().unwrap().iter().map(|result| &result["outcome"]).collect();
        assert_eq!(outcomes, ["CREATED", "REFUSED", "UNCHANGED"], "{answer}");
        assert_eq!((sums(&import["summary"]), import["results"][1]["errors"].as_array().unwrap().len()), ([3, 1, 0, 1, 1, 3], 2));
        assert_eq!(by_url(&server, 1).await["id"], import["results"][0]["articleId"]);
        let answer = editor.graphql(&server, mutation, json!({ "lines": vec!["{}"; 501] })).await;
        assert_eq!(answer["data"]["importArticles"], json!({ "import": null, "userErrors": [{ "code": "INVALID", "field": "lines" }] }));
        server.stop().await;
    }

    async fn what_cannot_be_an_import_is_refused_at_once(server) {
        let editor = with_archive(&server).await;
        let reader = server.reader("ann").await;
        for (person, query, media_type, status, code) in [
            (&reader, "", LINES, 403, "forbidden"),
            (&editor, "", "application/json", 415, "unsupported_media_type"),
            (&editor, "", "application/x-ndjson; profile=rss", 400, "invalid"),
            (&editor, "?format=xml", LINES, 400, "invalid"),
            (&editor, "?from_line=0", LINES, 400, "invalid"),
            (&editor, "?verbose=perhaps", LINES, 400, "invalid"),
            (&editor, "?source=nobody", LINES, 400, "invalid"),
            (&editor, "?create_sources=true", LINES, 403, "forbidden"),
        ] {
            let (found, answer) = send(&server, person, query, media_type, lines([article(1, 0)])).await;
            assert_eq!((found, answer[0]["code"].as_str()), (status, Some(code)), "{query} {media_type}");
        }
        assert_eq!(count(&server, "source=the-archive").await, 1);
        server.stop().await;
    }
}
