//! The editor's desk: drafts that leak nowhere, publishing in time, edits that undo nobody's work, public corrections,
//! withdrawal with a reason, slugs that lead on.

use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::{Person, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

async fn post(server: &TestServer, editor: &Person, path: &str, body: Value) -> Value {
    let (status, answer) = editor.send(server, Method::POST, path, body).await;
    assert!(status < 300, "POST {path}: {status} {answer}");
    answer
}

async fn draft(server: &TestServer, editor: &Person, headline: &str) -> String {
    let input = json!({
        "source": "the-numbers", "headline": headline, "dek": "A dek.", "section": "World",
        "body_html": "<p>Forty ships <script>alert(1)</script>wait.</p>", "authors": ["Ada Alder"],
        "topics": [{ "name": "Ferries" }, { "kind": "place", "name": "North Mole" }],
        "media": [{ "url": "https://numbers.example/mole.jpg", "alt": "A mole", "caption": "The mole", "credit": "A. Alder",
                    "focal_point": { "x": 0.25, "y": 0.667 } }],
    });
    post(server, editor, "/v1/articles", input).await["id"].as_str().unwrap().to_owned()
}

async fn with_numbers(server: &TestServer) -> Person {
    server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
    server.staff("ed", "editor").await
}

/// Everywhere that a reader could come across an article.
async fn readers_see(server: &TestServer, id: &str, headline: &str) -> Vec<String> {
    let query = format!(
        "{{ node(id: \"{id}\") {{ id }} articles(first: 100) {{ totalCount nodes {{ headline }} }} \
         author(slug: \"ada-alder\") {{ articles(first: 100) {{ nodes {{ headline }} }} }} \
         topic(slug: \"ferries\") {{ articles(first: 100) {{ nodes {{ headline }} }} }} \
         source(slug: \"the-numbers\") {{ articles(first: 100) {{ nodes {{ headline }} }} }} }}"
    );
    let graphql = server.graphql(&query, json!({})).await;
    let mut seen = Vec::new();
    for (place, answer) in [
        ("list", server.get("/v1/articles?limit=100").await),
        ("section", server.get("/v1/articles?section=world&limit=100").await),
        ("graphql", graphql.clone()),
    ] {
        if answer.to_string().contains(headline) {
            seen.push(place.to_owned());
        }
    }
    if server.try_get(&format!("/v1/articles/{id}")).await.0 == 200 {
        seen.push("by id".to_owned());
    }
    if !graphql["node"].is_null() {
        seen.push("node".to_owned());
    }
    seen
}

on_both! {
    async fn a_draft_is_whole_for_editors_and_nowhere_for_readers(server) {
        let editor = with_numbers(&server).await;
        let total = server.get("/v1/articles?with_total=true").await["page"]["total"].clone();
        let id = draft(&server, &editor, "Drafted in silence").await;
        assert!(readers_see(&server, &id, "Drafted in silence").await.is_empty());
        assert_eq!(server.get("/v1/articles?with_total=true").await["page"]["total"], total);
        let (status, article) = editor.send(&server, Method::GET, &format!("/v1/articles/{id}?include=body,topics,media"), Value::Null).await;
        assert_eq!((status, article["status"].as_str()), (200, Some("draft")));
        assert_eq!(article["body"]["html"], "<p>Forty ships wait.</p>", "bodies are sanitised on this way in, too");
        assert_eq!((article["section"]["name"].as_str(), article["authors"][0]["slug"].as_str()), (Some("World"), Some("ada-alder")));
        let names: Vec<&str> = article["topics"].as_array().unwrap().iter().map(|topic| topic["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["World", "Ferries", "North Mole"]);
        let picture = &article["lead_image"];
        assert_eq!((picture["alt"].as_str(), picture["focal_point"].clone()), (Some("A mole"), json!({ "x": 0.25, "y": 0.667 })));
        let published = post(&server, &editor, &format!("/v1/articles/{id}/publish"), Value::Null).await;
        assert_eq!(published["status"], "published");
        assert_eq!(readers_see(&server, &id, "Drafted in silence").await, ["list", "section", "graphql", "by id", "node"]);
        server.stop().await;
    }

    async fn bad_input_names_every_field(server) {
        let editor = with_numbers(&server).await;
        let input = json!({ "source": "nobody", "headline": "x" });
        let (status, problem) = editor.send(&server, Method::POST, "/v1/articles", input).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some("source")));
        let input = json!({ "source": "the-numbers", "headline": " ", "language": "nonsense!", "slug": "Not A Slug",
            "media": [{ "url": "ftp://x.example/a.jpg" }], "authors": [""] });
        let (status, problem) = editor.send(&server, Method::POST, "/v1/articles", input.clone()).await;
        let mut fields: Vec<&str> = problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        fields.sort_unstable();
        assert_eq!((status, fields), (400, vec!["authors", "headline", "language", "media.0.url", "slug"]));
        let mutation = "mutation($input: CreateArticleInput!) { createArticle(input: $input) { article { id } userErrors { field } } }";
        let answer = editor.graphql(&server, mutation, json!({ "input": input })).await;
        assert_eq!(answer["data"]["createArticle"]["userErrors"].as_array().unwrap().len(), 5, "{answer}");
        let (status, problem) = editor.send(&server, Method::POST, "/v1/articles", json!({ "source": "the-numbers", "headline": "x", "media": [{ "url": "https://x.example/a.jpg", "focal_point": { "x": 1.5, "y": 0 } }] })).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some("media.0.focal_point")));
        server.stop().await;
    }

    async fn a_repeated_create_writes_once(server) {
        let editor = with_numbers(&server).await;
        let input = json!({ "source": "the-numbers", "headline": "Once" });
        let create = |body: Value| server.request(Method::POST, "/v1/articles").bearer_auth(&editor.token).header("idempotency-key", "k1").json(&body).send();
        let first: Value = create(input.clone()).await.unwrap().json().await.unwrap();
        let again: Value = create(input).await.unwrap().json().await.unwrap();
        assert_eq!(first["id"], again["id"]);
        assert_eq!(create(json!({ "source": "the-numbers", "headline": "Twice" })).await.unwrap().status(), 422);
        server.stop().await;
    }

    async fn what_is_scheduled_appears_in_time_and_not_before(server) {
        let editor = with_numbers(&server).await;
        let id = draft(&server, &editor, "Scheduled").await;
        let path = format!("/v1/articles/{id}");
        let (status, problem) = editor.send(&server, Method::POST, &format!("{path}/schedule"), json!({ "at": "2020-01-01T00:00:00Z" })).await;
        assert_eq!((status, problem["errors"][0]["code"].as_str()), (400, Some("past")));
        let at = server.newsroom().now().plus_millis(60_000);
        let waiting = post(&server, &editor, &format!("{path}/schedule"), json!({ "at": at.to_string() })).await;
        assert_eq!((waiting["status"].as_str(), waiting["release_at"].as_str()), (Some("scheduled"), Some(at.to_string().as_str())));
        let system = server.system();
        server.clock.advance_seconds(59);
        assert_eq!(server.newsroom().articles(&system).release_due().await.unwrap(), 0);
        assert!(readers_see(&server, &id, "Scheduled").await.is_empty());
        server.clock.advance_seconds(1);
        wait_until_public(&server, &id).await;
        let article = server.get(&path).await;
        assert_eq!((article["status"].as_str(), article["published_at"].as_str()), (Some("published"), Some(at.to_string().as_str())));
        assert!(article["release_at"].is_null());
        assert_eq!(server.get("/v1/articles?author=ada-alder&limit=1").await["data"][0]["id"], id.as_str(), "links carry the time too");
        server.stop().await;
    }

    async fn an_embargo_holds_whatever_else_is_asked(server) {
        let editor = with_numbers(&server).await;
        let id = draft(&server, &editor, "Embargoed").await;
        let path = format!("/v1/articles/{id}");
        let until = server.newsroom().now().plus_millis(120_000).to_string();
        post(&server, &editor, &format!("{path}/embargo"), json!({ "until": until })).await;
        let held = post(&server, &editor, &format!("{path}/publish"), Value::Null).await;
        assert_eq!((held["status"].as_str(), held["release_at"].as_str()), (Some("embargoed"), Some(until.as_str())));
        let sooner = server.newsroom().now().plus_millis(60_000).to_string();
        let scheduled = post(&server, &editor, &format!("{path}/schedule"), json!({ "at": sooner })).await;
        assert_eq!(scheduled["release_at"].as_str(), Some(until.as_str()), "the embargo is later");
        let back = post(&server, &editor, &format!("{path}/hold"), Value::Null).await;
        assert_eq!((back["status"].as_str(), back["release_at"].clone()), (Some("draft"), Value::Null));
        post(&server, &editor, &format!("{path}/publish"), Value::Null).await;
        assert!(readers_see(&server, &id, "Embargoed").await.is_empty());
        let lifted = post(&server, &editor, &format!("{path}/embargo"), json!({ "until": null })).await;
        assert_eq!((lifted["status"].as_str(), lifted["embargo_until"].clone()), (Some("published"), Value::Null));
        let (status, problem) = editor.send(&server, Method::POST, &format!("{path}/embargo"), json!({ "until": until })).await;
        assert_eq!((status, problem["code"].as_str()), (409, Some("already_published")));
        server.stop().await;
    }

    async fn an_edit_undoes_nobodys_work(server) {
        let editor = with_numbers(&server).await;
        let list = server.get("/v1/articles?limit=1").await;
        let path = format!("/v1/articles/{}", list["data"][0]["id"].as_str().unwrap());
        let read = server.request(Method::GET, &path).send().await.unwrap();
        let tag = read.headers()["etag"].to_str().unwrap().to_owned();
        let edit = |body: Value, tag: String| server.request(Method::PATCH, &path).bearer_auth(&editor.token).header("if-match", tag).json(&body).send();
        let mine: Value = edit(json!({ "headline": "Mine" }), tag.clone()).await.unwrap().json().await.unwrap();
        assert_eq!((mine["headline"].as_str(), mine["revision"].as_u64(), mine["dek"].as_str()), (Some("Mine"), Some(2), Some("Dek of number 0")));
        let late = edit(json!({ "headline": "Late" }), tag).await.unwrap();
        assert_eq!(late.status(), 412);
        let problem: Value = late.json().await.unwrap();
        assert_eq!(problem["code"], "revision_mismatch");
        assert_eq!(edit(json!({ "dek": null }), "\"2\"".to_owned()).await.unwrap().status(), 200);
        let nonsense = edit(json!({ "dek": "x" }), "\"abc\"".to_owned()).await.unwrap();
        assert_eq!(nonsense.status(), 400);
        let article = server.get(&format!("{path}?include=revisions")).await;
        assert_eq!((article["headline"].as_str(), article["dek"].clone(), article["revision"].as_u64()), (Some("Mine"), Value::Null, Some(3)));
        assert_eq!(article["revisions"]["data"].as_array().unwrap().len(), 2);
        // The feed says again what it said before: an editor's words stand until the publisher has others.
        let again = server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        assert!(again.updated.is_empty(), "{again:?}");
        let mutation = format!("mutation {{ editArticle(input: {{ id: {}, edit: {{ headline: \"No\" }}, expectedRevision: 1 }}) {{ userErrors {{ code }} }} }}", article["id"]);
        let answer = editor.graphql(&server, &mutation, json!({})).await;
        assert_eq!(answer["data"]["editArticle"]["userErrors"][0]["code"], "REVISION_MISMATCH");
        server.stop().await;
    }

    async fn edits_that_race_are_both_told(server) {
        let editor = with_numbers(&server).await;
        let id = draft(&server, &editor, "Raced").await;
        let edits = (0..12).map(|number| {
            let (server, editor, id) = (&server, &editor, &id);
            async move {
                let body = json!({ "headline": format!("Raced {number}") });
                editor.send(server, Method::PATCH, &format!("/v1/articles/{id}"), body).await.0
            }
        });
        let answers = futures_util::future::join_all(edits).await;
        let done = answers.iter().filter(|status| **status == 200).count();
        assert!(answers.iter().all(|status| [200, 412].contains(status)) && done >= 1, "{answers:?}");
        let (_, article) = editor.send(&server, Method::GET, &format!("/v1/articles/{id}"), Value::Null).await;
        assert_eq!(article["revision"].as_u64(), u64::try_from(done + 1).ok(), "each edit that was accepted is a revision");
        server.stop().await;
    }

    async fn a_correction_is_public(server) {
        let editor = with_numbers(&server).await;
        let id = server.get("/v1/articles?limit=1").await["data"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/articles/{id}");
        let (status, problem) = editor.send(&server, Method::POST, &format!("{path}/corrections"), json!({ "note": " " })).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some("note")));
        let note = "It said 12; it was 13.";
        post(&server, &editor, &format!("{path}/corrections"), json!({ "note": note, "edit": { "headline": "Thirteen" } })).await;
        let article = server.get(&format!("{path}?include=corrections")).await;
        assert_eq!((article["headline"].as_str(), article["corrected"].as_bool()), (Some("Thirteen"), Some(true)));
        let correction = &article["corrections"]["data"][0];
        assert_eq!((correction["note"].as_str(), correction["revision"].as_u64()), (Some(note), Some(2)));
        assert_eq!(server.get(&format!("{path}/corrections")).await["data"], article["corrections"]["data"]);
        let data = server.graphql(&format!("{{ article(id: \"{id}\") {{ corrected corrections {{ nodes {{ note revision }} }} }} }}"), json!({})).await;
        assert_eq!(data["article"]["corrections"]["nodes"][0]["note"], note);
        let unpublished = draft(&server, &editor, "Unseen").await;
        let (status, problem) = editor.send(&server, Method::POST, &format!("/v1/articles/{unpublished}/corrections"), json!({ "note": "x" })).await;
        assert_eq!((status, problem["code"].as_str()), (409, Some("not_published")));
        server.stop().await;
    }

    async fn withdrawn_is_gone_with_a_reason_and_can_come_back(server) {
        let editor = with_numbers(&server).await;
        let article = server.get("/v1/articles?limit=1").await["data"][0].clone();
        let (id, slug) = (article["id"].as_str().unwrap(), article["slug"].as_str().unwrap());
        let path = format!("/v1/articles/{id}");
        post(&server, &editor, &format!("{path}/withdraw"), json!({ "reason": "The interview was not authorised." })).await;
        for address in [path.clone(), format!("/v1/articles/{slug}"), format!("{path}/comments")] {
            let (status, problem) = server.try_get(&address).await;
            assert_eq!((status, problem["code"].as_str()), (410, Some("withdrawn")), "{address}");
            assert!(problem["detail"].as_str().unwrap().contains("The interview was not authorised."));
        }
        let answer = server.try_graphql(None, &format!("{{ article(id: \"{id}\") {{ id }} }}"), json!({})).await;
        assert_eq!((answer["data"]["article"].clone(), answer["errors"][0]["extensions"]["code"].as_str()), (Value::Null, Some("WITHDRAWN")));
        assert_eq!(server.get("/v1/articles?limit=100").await["data"].as_array().unwrap().len(), 2);
        let (status, problem) = editor.send(&server, Method::POST, &format!("{path}/publish"), Value::Null).await;
        assert_eq!((status, problem["code"].as_str()), (409, Some("restore_first")));
        post(&server, &editor, &format!("{path}/restore"), Value::Null).await;
        assert_eq!(server.get(&path).await["published_at"], article["published_at"], "it is as old as it was");
        // A draft that is thrown away was never seen: readers are told nothing.
        let unseen = draft(&server, &editor, "Unseen").await;
        post(&server, &editor, &format!("/v1/articles/{unseen}/withdraw"), json!({ "reason": "secret" })).await;
        assert_eq!(server.try_get(&format!("/v1/articles/{unseen}")).await.0, 404);
        let back = post(&server, &editor, &format!("/v1/articles/{unseen}/restore"), Value::Null).await;
        assert_eq!(back["status"], "draft");
        server.stop().await;
    }

    async fn former_slugs_lead_on(server) {
        let editor = with_numbers(&server).await;
        let article = server.get("/v1/articles?limit=1").await["data"][0].clone();
        let (id, slug) = (article["id"].as_str().unwrap(), article["slug"].as_str().unwrap());
        let path = format!("/v1/articles/{id}");
        for slug in ["second-name", "third-name"] {
            let (status, moved) = editor.send(&server, Method::PATCH, &path, json!({ "slug": slug })).await;
            assert_eq!((status, moved["slug"].as_str(), moved["revision"].as_u64()), (200, Some(slug), Some(1)));
        }
        let direct = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        for former in [slug, "second-name"] {
            let answer = direct.get(format!("{}/v1/articles/{former}?include=body", server.origin)).send().await.unwrap();
            assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (308, "/v1/articles/third-name?include=body"));
            assert_eq!(server.get(&format!("/v1/articles/{former}")).await["id"], id, "clients that follow find it");
            let data = server.graphql(&format!("{{ article(slug: \"{former}\") {{ id }} }}"), json!({})).await;
            assert_eq!(data["article"]["id"], id);
        }
        let aliases = server.get(&format!("{path}/aliases")).await;
        let slugs: Vec<&str> = aliases["data"].as_array().unwrap().iter().map(|alias| alias["slug"].as_str().unwrap()).collect();
        assert!(slugs.len() == 2 && slugs.contains(&slug) && slugs.contains(&"second-name"), "{aliases}");
        let other = draft(&server, &editor, "Other").await;
        let (status, problem) = editor.send(&server, Method::PATCH, &format!("/v1/articles/{other}"), json!({ "slug": "second-name" })).await;
        assert_eq!((status, problem["errors"][0]["code"].as_str()), (400, Some("taken")));
        let (_, back) = editor.send(&server, Method::PATCH, &path, json!({ "slug": "second-name" })).await;
        assert_eq!(back["slug"], "second-name", "it may come back to a slug that it had");
        server.stop().await;
    }

    async fn revisions_are_compared_and_restored(server) {
        let editor = with_numbers(&server).await;
        let id = draft(&server, &editor, "First headline here").await;
        let path = format!("/v1/articles/{id}");
        editor.send(&server, Method::PATCH, &path, json!({ "headline": "Second headline here", "body_html": "<p>Forty ships sail.</p>" })).await;
        let (status, diff) = editor.send(&server, Method::GET, &format!("{path}/revisions/diff?from=1&to=2"), Value::Null).await;
        assert_eq!((status, diff["from"].as_u64(), diff["to"].as_u64()), (200, Some(1), Some(2)));
        let fields: Vec<&str> = diff["fields"].as_array().unwrap().iter().map(|field| field["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["headline", "body"]);
        let parts = json!([{ "kind": "removed", "text": "First" }, { "kind": "added", "text": "Second" }, { "kind": "same", "text": " headline here" }]);
        assert_eq!(diff["fields"][0]["parts"], parts);
        let answer = editor.graphql(&server, &format!("{{ article(id: \"{id}\") {{ diff(from: 1) {{ from to fields {{ field parts {{ kind text }} }} }} }} }}"), json!({})).await;
        assert_eq!(answer["data"]["article"]["diff"]["fields"][0]["parts"][0]["text"], "First");
        let (status, problem) = editor.send(&server, Method::GET, &format!("{path}/revisions/diff?from=2"), Value::Null).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some("from")));
        let restored = post(&server, &editor, &format!("{path}/revisions/1/restore"), Value::Null).await;
        assert_eq!((restored["headline"].as_str(), restored["revision"].as_u64()), (Some("First headline here"), Some(3)));
        // What was written before readers could read it is not theirs to read afterwards.
        post(&server, &editor, &format!("{path}/publish"), Value::Null).await;
        editor.send(&server, Method::PATCH, &path, json!({ "headline": "Fourth headline here" })).await;
        let numbers = |list: &Value| list["data"].as_array().unwrap().iter().map(|said| said["revision"].as_u64().unwrap()).collect::<Vec<_>>();
        assert_eq!(numbers(&server.get(&format!("{path}/revisions")).await), [3]);
        let (_, all) = editor.send(&server, Method::GET, &format!("{path}/revisions"), Value::Null).await;
        assert_eq!(numbers(&all), [3, 2, 1]);
        assert_eq!(server.get(&format!("{path}/revisions/diff?from=3")).await["to"], 4);
        let (status, problem) = server.try_get(&format!("{path}/revisions/diff?from=2")).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some("from")));
        let (status, _) = editor.send(&server, Method::POST, &format!("{path}/revisions/9/restore"), Value::Null).await;
        assert_eq!(status, 404);
        server.stop().await;
    }
}

async fn wait_until_public(server: &TestServer, id: &str) {
    for _ in 0..200 {
        if server.try_get(&format!("/v1/articles/{id}")).await.0 == 200 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the scheduled article did not appear");
}
