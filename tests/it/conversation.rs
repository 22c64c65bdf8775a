//! Comments: the same rules and the same refusals over both transports.

use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::{Backend, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

const POST: &str = "mutation($input: PostCommentInput!) { postComment(input: $input) { comment { id status revision body { markdown html } author { name } parentId replyCount editableUntil } userErrors { code field message retryAfter } } }";
const EDIT: &str = "mutation($input: EditCommentInput!) { editComment(input: $input) { comment { id revision editedAt body { html } } userErrors { code message } } }";
const DELETE: &str = "mutation($id: ID!) { deleteComment(id: $id) { comment { id status body { html } author { name } } userErrors { code message } } }";

/// An article to talk about: its id.
async fn article(server: &TestServer) -> String {
    server.take_in(NUMBERS, &edition::numbered(0, 2)).await;
    server.get("/v1/articles?limit=1").await["data"][0]["id"].as_str().unwrap().to_owned()
}

fn id(comment: &Value) -> &str {
    comment["id"].as_str().unwrap()
}

on_both! {
    async fn a_journey_over_rest(server) {
        let article = article(&server).await;
        let (ann, bo) = (server.reader("ann").await, server.reader("bo").await);
        let root = ann.comment(&server, &article, "I was *there*.", None).await;
        assert_eq!((&root["number"], &root["depth"], &root["author"]["name"]), (&json!(1), &json!(0), &json!("ann")));
        assert_eq!(root["editable_until"], "2026-11-23T12:15:00Z");
        let reply = bo.comment(&server, &article, "So was I.", Some(id(&root))).await;
        assert_eq!((&reply["parent_id"], &reply["depth"], &reply["root_id"]), (&root["id"], &json!(1), &root["id"]));
        server.clock.advance_seconds(60);
        let (status, edited) = ann.send(&server, Method::PATCH, &format!("/v1/comments/{}", id(&root)), json!({ "body": "I was **not** there." })).await;
        assert_eq!((status, &edited["revision"], &edited["edited_at"]), (200, &json!(2), &json!("2026-11-23T12:01:00Z")));
        assert_eq!(edited["reply_count"], 1);
        let (status, _) = ann.send(&server, Method::DELETE, &format!("/v1/comments/{}", id(&root)), Value::Null).await;
        assert_eq!(status, 204);
        let thread = server.get(&format!("/v1/articles/{article}/comments")).await;
        let tombstone = &thread["data"][0];
        assert_eq!((&tombstone["status"], &tombstone["body"], &tombstone["author"]), (&json!("deleted"), &Value::Null, &Value::Null));
        assert_eq!(tombstone["replies"]["data"][0]["body"]["markdown"], "So was I.", "the answer stays");
        assert_eq!(server.get(&format!("/v1/articles/{article}")).await["comment_count"], 1);
        server.stop().await;
    }

    async fn the_same_journey_over_graphql(server) {
        let article = article(&server).await;
        let (ann, bo) = (server.reader("ann").await, server.reader("bo").await);
        let root = ann.graphql(&server, POST, json!({ "input": { "articleId": article, "body": "I was *there*." } })).await["data"]["postComment"]["comment"].clone();
        assert_eq!(root["body"]["html"], "<p>I was <em>there</em>.</p>");
        let reply = bo.graphql(&server, POST, json!({ "input": { "articleId": article, "parentId": root["id"], "body": "So was I." } })).await["data"]["postComment"]["comment"].clone();
        assert_eq!(reply["parentId"], root["id"]);
        let edited = ann.graphql(&server, EDIT, json!({ "input": { "id": root["id"], "body": "I was **not** there." } })).await;
        assert_eq!(edited["data"]["editComment"]["comment"]["revision"], 2);
        let deleted = ann.graphql(&server, DELETE, json!({ "id": root["id"] })).await["data"]["deleteComment"].clone();
        assert_eq!(deleted["comment"], json!({ "id": root["id"], "status": "DELETED", "body": null, "author": null }));
        assert_eq!(deleted["userErrors"], json!([]));
        let data = server.graphql("query($id: ID!) { article(id: $id) { commentCount comments { nodes { status replyCount replies { nodes { body { markdown } author { name } } } } } } }", json!({ "id": article })).await;
        assert_eq!(data["article"]["commentCount"], 1);
        assert_eq!(data["article"]["comments"]["nodes"][0]["replies"]["nodes"], json!([{ "body": { "markdown": "So was I." }, "author": { "name": "bo" } }]));
        server.stop().await;
    }

    /// Each refusal by REST's problem and by GraphQL's user error: the same code, and the same sentence.
    async fn refusals_are_the_same_on_both_transports(server) {
        let article = article(&server).await;
        let other = server.get("/v1/articles?limit=2").await["data"][1]["id"].as_str().unwrap().to_owned();
        let (ann, bo) = (server.reader("ann").await, server.reader("bo").await);
        let root = ann.comment(&server, &article, "First.", None).await;
        let elsewhere = ann.comment(&server, &other, "Elsewhere.", None).await;
        let gone = ann.comment(&server, &article, "Gone.", None).await;
        ann.send(&server, Method::DELETE, &format!("/v1/comments/{}", id(&gone)), Value::Null).await;
        let long = "x".repeat(5_001);
        let unknown = "com_00000000000000000000000000";
        let posts = [
            (json!({ "body": "  \n " }), "invalid"),
            (json!({ "body": "<!-- nothing to see -->" }), ""),
            (json!({ "body": long }), "invalid"),
            (json!({ "body": "x", "parent_id": id(&elsewhere) }), "invalid"),
            (json!({ "body": "x", "parent_id": unknown }), "invalid"),
            (json!({ "body": "x", "parent_id": article }), "invalid"),
            (json!({ "body": "x", "parent_id": id(&gone) }), "parent_removed"),
        ];
        for (input, code) in posts {
            let (status, problem) = bo.send(&server, Method::POST, &format!("/v1/articles/{article}/comments"), input.clone()).await;
            let twin = json!({ "input": { "articleId": article, "body": input["body"], "parentId": input["parent_id"] } });
            let payload = bo.graphql(&server, POST, twin).await["data"]["postComment"].clone();
            if code.is_empty() {
                assert_eq!((status, &payload["userErrors"]), (201, &json!([])), "HTML is shown as text, so it says something");
                continue;
            }
            assert_eq!(problem["code"], code, "{input}: {problem}");
            assert_eq!(payload["userErrors"][0]["code"].as_str().unwrap().to_lowercase(), code, "{input}");
            if code == "invalid" {
                assert_eq!(payload["userErrors"][0]["message"], problem["errors"][0]["message"]);
                assert_eq!(status, 400);
            } else {
                assert_eq!((payload["userErrors"][0]["message"].as_str(), status), (problem["detail"].as_str(), 409));
            }
        }
        let (status, problem) = bo.send(&server, Method::PATCH, &format!("/v1/comments/{}", id(&root)), json!({ "body": "mine now" })).await;
        assert_eq!((status, &problem["code"]), (403, &json!("not_your_comment")));
        let payload = bo.graphql(&server, EDIT, json!({ "input": { "id": root["id"], "body": "mine now" } })).await;
        assert_eq!(payload["data"]["editComment"]["userErrors"][0]["code"], "NOT_YOUR_COMMENT");
        let (status, problem) = ann.send(&server, Method::DELETE, &format!("/v1/comments/{}", id(&gone)), Value::Null).await;
        assert_eq!((status, &problem["code"]), (409, &json!("comment_deleted")));
        let anonymous = server.request(Method::POST, &format!("/v1/articles/{article}/comments")).json(&json!({ "body": "x" })).send().await.unwrap();
        assert_eq!(anonymous.status(), 401);
        assert_eq!(anonymous.headers()["www-authenticate"], "Bearer");
        let form = server.request(Method::POST, &format!("/v1/articles/{article}/comments")).bearer_auth(&ann.token).header("content-type", "text/plain").body("{}").send().await.unwrap();
        assert_eq!(form.status(), 415);
        let (status, problem) = ann.send(&server, Method::POST, &format!("/v1/articles/{article}/comments"), json!({ "body": "x", "colour": "red" })).await;
        assert_eq!((status, &problem["code"]), (400, &json!("malformed_body")));
        assert!(problem["detail"].as_str().unwrap().contains("colour"));
        server.stop().await;
    }

    async fn no_character_is_too_strange(server) {
        let article = article(&server).await;
        let ann = server.reader("ann").await;
        let comment = ann.comment(&server, &article, "a\u{0}b \u{202e}c", None).await;
        assert_eq!(comment["body"]["markdown"], "a\u{fffd}b \u{202e}c");
        let (status, problem) = ann.send(&server, Method::POST, &format!("/v1/articles/{article}/comments"), json!(["as a list"])).await;
        assert_eq!((status, &problem["code"]), (400, &json!("malformed_body")));
        server.stop().await;
    }

    async fn length_counts_characters_not_bytes(server) {
        let article = article(&server).await;
        let ann = server.reader("ann").await;
        ann.comment(&server, &article, &"港".repeat(5_000), None).await;
        let (status, _) = ann.send(&server, Method::POST, &format!("/v1/articles/{article}/comments"), json!({ "body": "港".repeat(5_001) })).await;
        assert_eq!(status, 400);
        server.stop().await;
    }

    async fn the_edit_window_closes_and_deleting_stays_possible(server) {
        let article = article(&server).await;
        let ann = server.reader("ann").await;
        let comment = ann.comment(&server, &article, "First.", None).await;
        let path = format!("/v1/comments/{}", id(&comment));
        server.clock.advance_seconds(15 * 60);
        let ann = broadsheet_tests::Person::sign_in(&server, &ann.email).await;
        assert_eq!(ann.send(&server, Method::PATCH, &path, json!({ "body": "At the last moment." })).await.0, 200);
        server.clock.advance_seconds(1);
        let (status, problem) = ann.send(&server, Method::PATCH, &path, json!({ "body": "Too late." })).await;
        assert_eq!((status, &problem["code"]), (409, &json!("edit_window_closed")));
        assert!(problem["detail"].as_str().unwrap().contains("15 minutes"));
        assert_eq!(ann.send(&server, Method::DELETE, &path, Value::Null).await.0, 204);
        server.stop().await;
    }

    async fn a_moderator_hides_and_restores_with_a_reason(server) {
        let article = article(&server).await;
        let (ann, bo, mo) = (server.reader("ann").await, server.reader("bo").await, server.staff("mo", "moderator").await);
        let comment = ann.comment(&server, &article, "A rude word.", None).await;
        let path = format!("/v1/comments/{}", id(&comment));
        let (status, problem) = mo.send(&server, Method::POST, &format!("{path}/hide"), json!({ "reason": " " })).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!("reason")));
        let (status, hidden) = mo.send(&server, Method::POST, &format!("{path}/hide"), json!({ "reason": "Rude." })).await;
        assert_eq!((status, &hidden["status"], &hidden["reason"]), (200, &json!("hidden"), &json!("Rude.")));
        let public = server.get(&path).await;
        assert_eq!((&public["status"], &public["body"], &public["reason"]), (&json!("hidden"), &Value::Null, &Value::Null));
        assert_eq!(bo.send(&server, Method::GET, &path, Value::Null).await.1["body"], Value::Null);
        let own = ann.send(&server, Method::GET, &path, Value::Null).await.1;
        assert_eq!((&own["body"]["markdown"], &own["reason"]), (&json!("A rude word."), &json!("Rude.")), "its author reads it and learns why");
        assert_eq!(server.get(&format!("/v1/articles/{article}")).await["comment_count"], 0);
        let (status, problem) = bo.send(&server, Method::POST, &format!("/v1/articles/{article}/comments"), json!({ "body": "x", "parent_id": id(&comment) })).await;
        assert_eq!((status, &problem["code"]), (409, &json!("parent_removed")));
        // Twice is once.
        mo.send(&server, Method::POST, &format!("{path}/hide"), json!({ "reason": "Rude." })).await;
        let restored = mo.graphql(&server, "mutation($id: ID!) { restoreComment(id: $id) { comment { status body { markdown } reason } userErrors { code } } }", json!({ "id": comment["id"] })).await;
        assert_eq!(restored["data"]["restoreComment"]["comment"], json!({ "status": "PUBLISHED", "body": { "markdown": "A rude word." }, "reason": null }));
        assert_eq!(server.get(&format!("/v1/articles/{article}")).await["comment_count"], 1);
        server.stop().await;
    }

    async fn edits_are_kept_for_moderators_and_go_with_the_comment(server) {
        let article = article(&server).await;
        let (ann, bo, mo) = (server.reader("ann").await, server.reader("bo").await, server.staff("mo", "moderator").await);
        let comment = ann.comment(&server, &article, "One.", None).await;
        let path = format!("/v1/comments/{}", id(&comment));
        for body in ["Two.", "Three."] {
            ann.send(&server, Method::PATCH, &path, json!({ "body": body })).await;
        }
        let (status, revisions) = mo.send(&server, Method::GET, &format!("{path}/revisions"), Value::Null).await;
        assert_eq!(status, 200);
        let bodies: Vec<_> = revisions["data"].as_array().unwrap().iter().map(|revision| revision["body"]["markdown"].as_str().unwrap()).collect();
        assert_eq!(bodies, ["Two.", "One."]);
        assert_eq!(ann.send(&server, Method::GET, &format!("{path}/revisions"), Value::Null).await.0, 200);
        assert_eq!(bo.send(&server, Method::GET, &format!("{path}/revisions"), Value::Null).await.0, 403);
        ann.send(&server, Method::DELETE, &path, Value::Null).await;
        assert_eq!(mo.send(&server, Method::GET, &format!("{path}/revisions"), Value::Null).await.1["data"], json!([]));
        server.stop().await;
    }

    async fn a_closed_thread_takes_nothing_new(server) {
        let article = article(&server).await;
        let (ann, mo) = (server.reader("ann").await, server.staff("mo", "moderator").await);
        let comment = ann.comment(&server, &article, "In time.", None).await;
        let (status, closed) = mo.send(&server, Method::POST, &format!("/v1/articles/{article}/comments/close"), Value::Null).await;
        assert_eq!((status, &closed["comments_open"]), (200, &json!(false)));
        let (status, problem) = ann.send(&server, Method::POST, &format!("/v1/articles/{article}/comments"), json!({ "body": "Late." })).await;
        assert_eq!((status, &problem["code"]), (409, &json!("thread_closed")));
        assert_eq!(ann.send(&server, Method::PATCH, &format!("/v1/comments/{}", id(&comment)), json!({ "body": "Later." })).await.0, 409);
        assert_eq!(ann.send(&server, Method::DELETE, &format!("/v1/comments/{}", id(&comment)), Value::Null).await.0, 204);
        let opened = mo.graphql(&server, "mutation($id: ID!) { openThread(articleId: $id) { article { commentsOpen } userErrors { code } } }", json!({ "id": article })).await;
        assert_eq!(opened["data"]["openThread"]["article"]["commentsOpen"], true);
        ann.comment(&server, &article, "Again.", None).await;
        server.stop().await;
    }

    async fn the_same_key_posts_once(server) {
        let article = article(&server).await;
        let (ann, bo) = (server.reader("ann").await, server.reader("bo").await);
        let post = async |person: &broadsheet_tests::Person, key: &str, body: &str| {
            let request = server.request(Method::POST, &format!("/v1/articles/{article}/comments")).bearer_auth(&person.token);
            let response = request.header("idempotency-key", key).json(&json!({ "body": body })).send().await.unwrap();
            (response.status().as_u16(), response.json::<Value>().await.unwrap())
        };
        // Eight at once, as an impatient finger does it.
        let posted = futures_util::future::join_all((0..8).map(|_| post(&ann, "k1", "Once."))).await;
        assert!(posted.iter().all(|(status, comment)| *status == 201 && comment["id"] == posted[0].1["id"]), "{posted:?}");
        assert_eq!(server.get(&format!("/v1/articles/{article}")).await["comment_count"], 1);
        let (status, problem) = post(&ann, "k1", "Other words.").await;
        assert_eq!((status, &problem["code"]), (422, &json!("idempotency_key_reused")));
        assert_eq!(post(&bo, "k1", "Once.").await.0, 201, "another account's key is another key");
        assert_eq!(post(&ann, "ключ", "Once.").await.0, 400);
        let graphql = ann.graphql(&server, POST, json!({ "input": { "articleId": article, "body": "Once.", "idempotencyKey": "k1" } })).await;
        assert_eq!(graphql["data"]["postComment"]["comment"]["id"], posted[0].1["id"], "the key is the same on the other transport");
        let other = server.get("/v1/articles?limit=2").await["data"][1]["id"].as_str().unwrap().to_owned();
        for number in 0..5 {
            let both = [&article, &other].map(async |article: &String| {
                let request = server.request(Method::POST, &format!("/v1/articles/{article}/comments")).bearer_auth(&ann.token);
                let request = request.header("idempotency-key", format!("both-{number}")).json(&json!({ "body": "Twice." }));
                request.send().await.unwrap().status().as_u16()
            });
            let mut statuses = futures_util::future::join_all(both).await;
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 422], "under two articles at once it is used for one of them");
        }
        server.clock.advance_seconds(24 * 3_600 + 1);
        let ann = broadsheet_tests::Person::sign_in(&server, &ann.email).await;
        let later = post(&ann, "k1", "Other words.").await;
        assert_eq!(later.0, 201, "keys are kept for a day: {later:?}");
        server.stop().await;
    }

    async fn threads_are_deep_but_not_bottomless(server) {
        let article = article(&server).await;
        let ann = server.reader("ann").await;
        let mut parent: Option<String> = None;
        for _ in 0..=60 {
            let comment = ann.comment(&server, &article, "Deeper.", parent.as_deref()).await;
            parent = Some(id(&comment).to_owned());
        }
        let (status, problem) = ann.send(&server, Method::POST, &format!("/v1/articles/{article}/comments"), json!({ "body": "x", "parent_id": parent })).await;
        assert_eq!((status, &problem["code"]), (409, &json!("thread_too_deep")));
        server.stop().await;
    }

    async fn comments_cannot_do_anything(server) {
        let article = article(&server).await;
        let ann = server.reader("ann").await;
        for body in ["<script>alert(1)</script> x", "[x](javascript:alert(1))", "![x](https://evil.example/pixel.gif)", "<img src=x onerror=alert(1)>", "<a href=\"data:text/html,x\">x</a>", "[x](https://a.example \"onmouseover=alert(1)\")"] {
            let comment = ann.comment(&server, &article, body, None).await;
            let html = comment["body"]["html"].as_str().unwrap();
            for evil in ["<script", "<a href=\"javascript", "<img", "<a href=\"data"] {
                assert!(!html.contains(evil), "{body}: {html}");
            }
            assert_eq!(comment["body"]["markdown"], body, "what was written is kept");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posting_is_limited_by_account_and_by_address() {
    let server = TestServer::start_with(Backend::Sqlite, |config| {
        config.comments.per_minute = 3;
        config.comments.per_minute_per_address = 5;
    })
    .await
    .unwrap();
    let article = article(&server).await;
    let (ann, bo) = (server.reader("ann").await, server.reader("bo").await);
    for _ in 0..3 {
        ann.comment(&server, &article, "Quick.", None).await;
    }
    let request = server
        .request(Method::POST, &format!("/v1/articles/{article}/comments"))
        .bearer_auth(&ann.token)
        .json(&json!({ "body": "Quicker." }));
    let refused = request.send().await.unwrap();
    assert_eq!(refused.status(), 429);
    let wait: i64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    let payload = ann
        .graphql(&server, POST, json!({ "input": { "articleId": article, "body": "Quicker." } }))
        .await["data"]["postComment"]
        .clone();
    assert_eq!(
        (&payload["userErrors"][0]["code"], &payload["userErrors"][0]["retryAfter"]),
        (&json!("RATE_LIMITED"), &json!(wait))
    );
    bo.comment(&server, &article, "From the same address.", None).await;
    bo.comment(&server, &article, "Again.", None).await;
    let (status, _) = bo
        .send(
            &server,
            Method::POST,
            &format!("/v1/articles/{article}/comments"),
            json!({ "body": "Once more." }),
        )
        .await;
    assert_eq!(status, 429, "the address has had its five");
    server.clock.advance_seconds(wait);
    ann.comment(&server, &article, "Patient.", None).await;
    server.stop().await;
}
