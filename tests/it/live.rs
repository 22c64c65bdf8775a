//! Live changes: the same events by WebSocket, by GraphQL over server-sent events, and by REST's event streams.

use broadsheet_tests::TestServer;
use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::live::{Events, Socket};
use reqwest::Method;
use serde_json::{Value, json};

const FOLLOW: &str = "subscription($id: ID!, $since: ID) { commentEvents(articleId: $id, since: $since) { sequence kind comment { id status body { markdown } author { name } } } }";

async fn article(server: &TestServer) -> String {
    server.take_in(NUMBERS, &edition::numbered(0, 1)).await;
    server.get("/v1/articles").await["data"][0]["id"].as_str().unwrap().to_owned()
}

/// Waits until the follower has read everything that was written so far, so that "from now on" begins here.
async fn settled(server: &TestServer) {
    let last = server.newsroom().log().last().await.unwrap();
    let mut head = server.newsroom().log().head();
    tokio::time::timeout(std::time::Duration::from_secs(20), head.wait_for(|seen| *seen >= last))
        .await
        .expect("the log is followed")
        .unwrap();
}

on_both! {
    async fn others_see_each_change_live_on_every_transport(server) {
        let article = article(&server).await;
        let (ann, mo) = (server.reader("ann").await, server.staff("mo", "moderator").await);
        settled(&server).await;
        let mut socket = Socket::connect(&server, None).await;
        socket.subscribe("1", FOLLOW, json!({ "id": article })).await;
        let mut rest = Events::open(server.request(Method::GET, &format!("/v1/articles/{article}/comments/events"))).await;
        let request = server.request(Method::POST, "/graphql").json(&json!({ "query": FOLLOW, "variables": { "id": article } }));
        let mut sse = Events::open(request).await;
        // A subscription starts when the server has read it; an answered query on the same socket shows that it has.
        socket.subscribe("2", "{ __typename }", json!({})).await;
        assert_eq!(socket.next().await["id"], "2");
        assert_eq!(socket.next().await["type"], "complete");
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;

        let comment = ann.comment(&server, &article, "Live.", None).await;
        let path = format!("/v1/comments/{}", comment["id"].as_str().unwrap());
        let mut kinds = vec!["comment_posted"];
        expect(&mut socket, &mut rest, &mut sse, "comment_posted", Some("Live.")).await;
        ann.send(&server, Method::PATCH, &path, json!({ "body": "Alive." })).await;
        kinds.push("comment_edited");
        expect(&mut socket, &mut rest, &mut sse, "comment_edited", Some("Alive.")).await;
        mo.send(&server, Method::POST, &format!("{path}/hide"), json!({ "reason": "Test." })).await;
        expect(&mut socket, &mut rest, &mut sse, "comment_hidden", None).await;
        mo.send(&server, Method::POST, &format!("{path}/restore"), Value::Null).await;
        expect(&mut socket, &mut rest, &mut sse, "comment_restored", Some("Alive.")).await;
        ann.send(&server, Method::DELETE, &path, Value::Null).await;
        expect(&mut socket, &mut rest, &mut sse, "comment_deleted", None).await;
        server.stop().await;
    }

    async fn a_broken_connection_goes_on_where_it_broke(server) {
        let article = article(&server).await;
        let ann = server.reader("ann").await;
        let path = format!("/v1/articles/{article}/comments/events");
        settled(&server).await;
        let before = server.newsroom().log().last().await.unwrap();
        ann.comment(&server, &article, "One.", None).await;
        ann.comment(&server, &article, "Two.", None).await;
        let mut events = Events::open(server.request(Method::GET, &path).header("last-event-id", before.to_string())).await;
        let one = events.next().await;
        assert_eq!((one.event.as_str(), &one.data["comment"]["body"]["markdown"]), ("comment_posted", &json!("One.")));
        drop(events);
        let mut events = Events::open(server.request(Method::GET, &path).header("last-event-id", &one.id)).await;
        assert_eq!(events.next().await.data["comment"]["body"]["markdown"], "Two.");
        let mut socket = Socket::connect(&server, Some(&ann.token)).await;
        socket.subscribe("1", FOLLOW, json!({ "id": article, "since": one.id })).await;
        assert_eq!(socket.next().await["payload"]["data"]["commentEvents"]["comment"]["body"]["markdown"], "Two.");
        let refused = server.request(Method::GET, &path).header("last-event-id", "yesterday").send().await.unwrap();
        assert_eq!(refused.status(), 400);
        server.stop().await;
    }

    async fn new_articles_come_through_the_filter_and_nothing_else(server) {
        article(&server).await;
        settled(&server).await;
        let (status, problem) = server.try_get("/v1/articles/events?section=world&author=bea-birch").await;
        assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!("author")));
        let mut socket = Socket::connect(&server, None).await;
        socket.subscribe("1", "subscription { articlePublished(filter: { author: { anyOf: [\"bea-birch\"] } }) { kind article { headline } } }", json!({})).await;
        // Author B does not exist yet: the filter is refused by name, not silently empty.
        let refusal = socket.next().await;
        assert_eq!(refusal["payload"]["errors"][0]["extensions"]["code"], "INVALID", "{refusal}");
        assert_eq!(socket.next().await["type"], "complete");
        server.take_in(NUMBERS, &edition::numbered(1, 1)).await;
        settled(&server).await;
        let mut rest = Events::open(server.request(Method::GET, "/v1/articles/events?section=world&author=bea-birch")).await;
        socket.subscribe("2", "subscription { articlePublished(filter: { author: { anyOf: [\"bea-birch\"] } }) { kind article { headline } } }", json!({})).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        server.take_in(NUMBERS, &edition::numbered(2, 10)).await;
        for expected in ["Headline 6", "Headline 11"] {
            let event = rest.next().await;
            assert_eq!((event.event.as_str(), &event.data["article"]["headline"]), ("article_published", &json!(expected)));
            let message = socket.next().await;
            assert_eq!(message["payload"]["data"]["articlePublished"], json!({ "kind": "ARTICLE_PUBLISHED", "article": { "headline": expected } }));
        }
        server.stop().await;
    }

    async fn a_ban_reaches_connections_that_are_open(server) {
        let article = article(&server).await;
        let (ann, admin) = (server.reader("ann").await, server.staff("root", "admin").await);
        settled(&server).await;
        let mut socket = Socket::connect(&server, Some(&ann.token)).await;
        socket.subscribe("1", FOLLOW, json!({ "id": article })).await;
        let mut rest = Events::open(server.request(Method::GET, &format!("/v1/articles/{article}/comments/events")).bearer_auth(&ann.token)).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let ban = admin.send(&server, Method::POST, &format!("/v1/admin/accounts/{}/ban", ann.id), json!({ "reason": "Spam." })).await;
        assert_eq!(ban.0, 200);
        assert_eq!(socket.next().await, json!({ "id": "1", "type": "complete" }));
        assert!(rest.ended().await);
        let post = "mutation($id: ID!) { postComment(input: { articleId: $id, body: \"Still here.\" }) { userErrors { code } } }";
        socket.subscribe("2", post, json!({ "id": article })).await;
        assert_eq!(socket.closed().await, 4403);
        assert_eq!(server.get(&format!("/v1/articles/{article}")).await["comment_count"], 0);
        server.stop().await;
    }

    async fn nobody_follows_what_they_may_not_see(server) {
        let article = article(&server).await;
        let ann = server.reader("ann").await;
        let system = server.system();
        settled(&server).await;
        let mut socket = Socket::connect(&server, Some(&ann.token)).await;
        socket.subscribe("1", FOLLOW, json!({ "id": article })).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        ann.comment(&server, &article, "Before.", None).await;
        assert_eq!(socket.next().await["payload"]["data"]["commentEvents"]["comment"]["body"]["markdown"], "Before.");
        server.newsroom().articles(&system).withdraw(article.parse().unwrap(), None).await.unwrap();
        assert_eq!(server.try_get(&format!("/v1/articles/{article}/comments/events")).await.0, 410);
        socket.subscribe("2", FOLLOW, json!({ "id": article })).await;
        let refusal = socket.next().await;
        assert_eq!((&refusal["id"], &refusal["payload"]["errors"][0]["extensions"]["code"]), (&json!("2"), &json!("WITHDRAWN")), "{refusal}");
        server.stop().await;
    }
}

async fn expect(socket: &mut Socket, rest: &mut Events, sse: &mut Events, kind: &str, body: Option<&str>) {
    let message = socket.next().await;
    let event = &message["payload"]["data"]["commentEvents"];
    assert_eq!(event["kind"].as_str().map(str::to_lowercase).as_deref(), Some(kind), "{message}");
    assert_eq!(event["comment"]["body"]["markdown"].as_str(), body, "{message}");
    let streamed = rest.next().await;
    assert_eq!((streamed.event.as_str(), streamed.data["kind"].as_str()), (kind, Some(kind)));
    assert_eq!(streamed.data["comment"]["body"]["markdown"].as_str(), body);
    assert_eq!(streamed.id, streamed.data["sequence"].as_str().unwrap());
    let next = sse.next().await;
    assert_eq!(next.event, "next");
    assert_eq!(next.data["data"]["commentEvents"], *event);
}
