//! The public log: a client that follows it ends with exactly what everybody may see, whatever happened and however it
//! follows; and it learns of nothing that is not public.

use std::sync::atomic::{AtomicBool, Ordering};

use broadsheet_domain::change::Change;
use broadsheet_tests::TestServer;
use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::live::{Events, Socket};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use reqwest::Method;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};

mod copy;
mod history;

use copy::Copy;
use history::{Dice, World};

/// Histories for each engine; each has this many writers, each of them takes so many steps.
const SEEDS: std::ops::Range<u64> = 0..3;
const WRITERS: u64 = 3;
const STEPS: usize = 45;

/// Waits until this process has followed the log to its present end.
async fn settled(server: &TestServer) -> i64 {
    let last = server.newsroom().log().last().await.unwrap();
    let mut head = server.newsroom().log().head();
    let reached = head.wait_for(|seen| *seen >= last);
    tokio::time::timeout(std::time::Duration::from_secs(20), reached)
        .await
        .expect("the log is followed")
        .unwrap();
    last
}

/// Whoever waits for what never comes is named.
async fn ends<T>(who: &str, follower: impl Future<Output = T>) -> T {
    let patience = std::time::Duration::from_secs(90);
    tokio::time::timeout(patience, follower)
        .await
        .unwrap_or_else(|_| panic!("{who}: the end was not told within {patience:?}"))
}

/// Follows by batches of random sizes until the end; the sequences that it was told.
async fn by_batches(
    server: &TestServer,
    copy: &mut Copy,
    mut since: String,
    filter: &str,
    mut dice: Dice,
    done: &AtomicBool,
) -> Vec<i64> {
    let mut told = Vec::new();
    loop {
        let finished = done.load(Ordering::SeqCst);
        let limit = if dice.below(4) == 0 { 1_000 } else { 1 + dice.below(9) };
        let batch = server.get(&format!("/v1/changes?since={since}&limit={limit}{filter}")).await;
        for change in batch["changes"].as_array().unwrap() {
            told.push(change["sequence"].as_str().unwrap().parse().unwrap());
            copy.apply(server, change).await;
        }
        if finished && batch["more"] == false && batch["next"] == since.as_str() {
            return told;
        }
        since = batch["next"].as_str().unwrap().to_owned();
        tokio::time::sleep(std::time::Duration::from_millis(u64::try_from(dice.below(20)).unwrap())).await;
    }
}

/// Follows by server-sent events, over connections that break, until the article that ends the history.
async fn by_events(
    server: &TestServer,
    copy: &mut Copy,
    since: String,
    filter: &str,
    mut dice: Dice,
    end: &tokio::sync::OnceCell<String>,
) -> Vec<i64> {
    let (mut told, mut last) = (Vec::new(), since);
    loop {
        let request = server
            .request(Method::GET, &format!("/v1/changes/events?{filter}"))
            .header("last-event-id", &last);
        let mut events = Events::open(request).await;
        for _ in 0..=dice.below(40) {
            let event = events.next().await;
            assert_eq!(
                (event.data["kind"].as_str(), event.data["sequence"].as_str()),
                (Some(event.event.as_str()), Some(event.id.as_str()))
            );
            told.push(event.id.parse().unwrap());
            copy.apply(server, &event.data).await;
            last = event.id;
            if event.event == "article_updated"
                && end.get().is_some_and(|end| event.data["subject_id"] == end.as_str())
            {
                return told;
            }
        }
    }
}

const FOLLOW: &str = "subscription($since: ID!) { changes(since: $since) { sequence kind subjectId gone left
    article { id headline dek slug revision commentCount commentsOpen status body { text } topics { nodes { name } } authors { nodes { id } } media { nodes { url } } source { name } section { name } }
    comment { id articleId parentId status revision replyCount body { markdown } author { name } } thread { articleId commentCount commentsOpen parentReplyCount } } }";
const ARTICLES: &str = "query($after: String) { articles(first: 200, after: $after) { pageInfo { hasNextPage endCursor } nodes { id headline dek slug revision commentCount commentsOpen status body { text } topics { nodes { name } } authors { nodes { id } } media { nodes { url } } source { name } section { name } } } }";
const COMMENTS: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Comment { id articleId parentId status revision replyCount body { markdown } author { name } } } }";

/// What REST calls a change, of what GraphQL does.
fn as_rest(change: &Value) -> Value {
    let thread = change["thread"].as_object().map(|thread| {
        json!({ "article_id": thread["articleId"], "comment_count": thread["commentCount"], "comments_open": thread["commentsOpen"], "parent_reply_count": thread["parentReplyCount"] })
    });
    let rename = |mut resource: Value, names: &[(&str, &str)]| {
        if let Some(members) = resource.as_object_mut() {
            for (graphql, rest) in names {
                let value = members.remove(*graphql).unwrap();
                members.insert((*rest).to_owned(), value);
            }
        }
        resource
    };
    json!({
        "subject_id": change["subjectId"], "gone": change["gone"], "left": change["left"], "thread": thread,
        "kind": change["kind"].as_str().unwrap().to_lowercase(),
        "article": rename(change["article"].clone(), &[("commentCount", "comment_count"), ("commentsOpen", "comments_open")]),
        "comment": rename(change["comment"].clone(), &[("articleId", "article_id"), ("parentId", "parent_id"), ("replyCount", "reply_count")]),
    })
}

/// Follows by a GraphQL subscription until the end, with one connection that breaks. What it does not learn of comments that
/// were there before an article came back, it reads by REST: so only its articles, and comments that it was told of, count.
async fn by_subscription(server: &TestServer, mut dice: Dice, end: &tokio::sync::OnceCell<String>) -> Copy {
    let (mut copy, mut last) = (Copy::default(), "0".to_owned());
    loop {
        let mut socket = Socket::connect(server, None).await;
        socket.subscribe("1", FOLLOW, json!({ "since": last })).await;
        for _ in 0..=dice.below(120) {
            let message = socket.next().await;
            let change = &message["payload"]["data"]["changes"];
            assert!(change.is_object(), "{message}");
            change["sequence"].as_str().unwrap().clone_into(&mut last);
            copy.apply(server, &as_rest(change)).await;
            if change["kind"] == "ARTICLE_UPDATED"
                && end.get().is_some_and(|end| change["subjectId"] == end.as_str())
            {
                return copy;
            }
        }
    }
}

/// The articles and comments of a copy that was made by GraphQL, as GraphQL's queries show them.
async fn assert_same_by_queries(server: &TestServer, copy: &Copy, truth: &Copy, who: &str) {
    let (mut nodes, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = server.graphql(ARTICLES, json!({ "after": after })).await["articles"].clone();
        nodes.extend(page["nodes"].as_array().unwrap().clone());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(copy.articles.len(), nodes.len(), "{who}");
    for node in nodes {
        let mut own = copy.articles[node["id"].as_str().unwrap()].clone();
        for (rest, graphql) in [("comment_count", "commentCount"), ("comments_open", "commentsOpen")] {
            let value = own.as_object_mut().unwrap().remove(rest).unwrap();
            own[graphql] = value;
        }
        assert_eq!(own, node, "{who}: an article");
    }
    let ids: Vec<&String> = truth.comments.keys().collect();
    assert_eq!(ids, copy.comments.keys().collect::<Vec<_>>(), "{who}");
    for ids in ids.chunks(200) {
        let comments = server.graphql(COMMENTS, json!({ "ids": ids })).await["nodes"].clone();
        for node in comments.as_array().unwrap() {
            let own = &copy.comments[node["id"].as_str().unwrap()];
            // What was read by REST is named as REST does, and compared with what REST says.
            for (rest, graphql) in [("reply_count", "replyCount"), ("revision", "revision")] {
                assert_eq!(own[rest], node[graphql], "{who}: a comment's {rest}");
            }
            assert_eq!(own["body"]["markdown"], node["body"]["markdown"], "{who}: a comment's body");
            assert_eq!(own["author"]["name"], node["author"]["name"], "{who}: a comment's author");
            let status = own["status"].as_str().unwrap().to_uppercase();
            assert_eq!(status, node["status"].as_str().unwrap(), "{who}: a comment's status");
        }
    }
}

/// One random history with all its followers, some there from the beginning, some from its middle.
async fn follow_a_history(server: &TestServer, world: &World<'_>, seed: u64) {
    let (done, end) = (AtomicBool::new(false), tokio::sync::OnceCell::new());
    let dice = |number: u64| Dice::new(seed * 1_000 + number);
    let filter = "&topic=anchors&section=-sport";
    let writers = async {
        join_all((0..WRITERS).map(|writer| world.write(dice(writer), STEPS))).await;
        world.end(|article| end.set(article).unwrap()).await;
        settled(server).await;
        done.store(true, Ordering::SeqCst);
    };
    let middle = async |number: u64| {
        tokio::time::sleep(std::time::Duration::from_millis(u64::try_from(dice(number).below(600)).unwrap()))
            .await;
    };
    let from_an_export = async {
        middle(10).await;
        let (mut copy, since) = Copy::of_export(server, "").await;
        by_batches(server, &mut copy, since, "", dice(11), &done).await;
        copy
    };
    let from_the_beginning = async {
        let mut copy = Copy::default();
        let told = by_batches(server, &mut copy, "0".to_owned(), "", dice(12), &done).await;
        (copy, told)
    };
    let of_a_filter = async {
        middle(13).await;
        let (mut copy, since) = Copy::of_export(server, filter).await;
        by_batches(server, &mut copy, since, filter, dice(14), &done).await;
        copy
    };
    let by_events_from_an_export = async {
        middle(15).await;
        let (mut copy, since) = Copy::of_export(server, "").await;
        let told = by_events(server, &mut copy, since.clone(), "", dice(16), &end).await;
        (copy, told, since.parse::<i64>().unwrap())
    };
    let by_events_of_a_filter = async {
        let (mut copy, since) = Copy::of_export(server, filter).await;
        by_events(server, &mut copy, since, &filter[1..], dice(17), &end).await;
        copy
    };
    let subscribed = by_subscription(server, dice(18), &end);
    let ((), exported, (whole, told), filtered, (streamed, events, since), narrow, subscribed) = tokio::join!(
        ends("the writers", writers),
        ends("by batches from an export", from_an_export),
        ends("by batches from the beginning", from_the_beginning),
        ends("a filter by batches", of_a_filter),
        ends("by events from an export", by_events_from_an_export),
        ends("a filter by events", by_events_of_a_filter),
        ends("by subscription", subscribed),
    );

    let truth = Copy::of_lists(server, "").await;
    exported.assert_same(&truth, &format!("seed {seed}: by batches from an export"));
    whole.assert_same(&truth, &format!("seed {seed}: by batches from the beginning"));
    streamed.assert_same(&truth, &format!("seed {seed}: by events from an export"));
    let (again, _) = Copy::of_export(server, "").await;
    again.assert_same(&truth, &format!("seed {seed}: an export of the end"));
    let part = Copy::of_lists(server, filter).await;
    assert!(!part.articles.is_empty() && part.articles.len() < truth.articles.len());
    filtered.assert_same(&part, &format!("seed {seed}: a filter by batches"));
    narrow.assert_same(&part, &format!("seed {seed}: a filter by events"));
    assert_same_by_queries(server, &subscribed, &truth, &format!("seed {seed}: by subscription")).await;

    // Gap-free, in order, once each: every row that is public, whichever way.
    let rows = server.newsroom().log().read(0, 100_000).await.unwrap();
    let public: Vec<i64> =
        rows.iter().filter(|row: &&Change| row.kind.is_public()).map(|row| row.seq).collect();
    assert_eq!(told, public, "seed {seed}: batches tell every public change");
    let until = *events.last().unwrap();
    let streamed: Vec<i64> = public.iter().copied().filter(|seq| (since + 1..=until).contains(seq)).collect();
    assert_eq!(events, streamed, "seed {seed}: events tell every public change");
}

on_both! {
    async fn whoever_follows_ends_with_what_everybody_sees(server) {
        let world = World::begin(&server).await;
        settled(&server).await;
        // Another history, or more of them: CHANGES_FIRST_SEED=100.
        let first: u64 = std::env::var("CHANGES_FIRST_SEED").map_or(0, |seed| seed.parse().unwrap());
        for seed in SEEDS.map(|seed| first + seed) {
            Box::pin(follow_a_history(&server, &world, seed)).await;
        }
        let rows = server.newsroom().log().read(0, 100_000).await.unwrap();
        for kind in ["article.published", "article.updated", "article.withdrawn", "article.restored", "comment.posted",
            "comment.edited", "comment.deleted", "comment.hidden", "comment.restored", "thread.closed", "thread.opened"] {
            assert!(rows.iter().any(|row| row.kind.as_str() == kind), "nothing was {kind} in these histories");
        }
        server.stop().await;
    }
}

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
        let body = format!("<p>{}</p>", "Long ".repeat(40_000));
        let items: String = (0..100).map(|number| edition::item(number, &body)).collect();
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &items)).await;
        server.take_in(NUMBERS, &edition::numbered(100, 400)).await;
        let (ann, admin) = (server.reader("ann").await, server.staff("root", "admin").await);
        let whole = server.request(Method::GET, "/v1/exports").send().await.unwrap().text().await.unwrap();
        assert!(whole.lines().last().unwrap().starts_with("{\"type\":\"end\",") && whole.contains("\"articles\":500"));
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
