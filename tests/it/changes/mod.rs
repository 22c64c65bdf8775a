//! The public log: a client that follows it ends with exactly what everybody may see, whatever happened and however it
//! follows; and it learns of nothing that is not public.

use std::sync::atomic::{AtomicBool, Ordering};

use broadsheet_domain::change::Change;
use broadsheet_tests::TestServer;
use broadsheet_tests::live::{Events, Socket};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

pub mod copy;
pub mod history;
mod telling;

use copy::Copy;
use history::{Dice, World};

/// Histories for each engine; each has this many writers, each of them takes so many steps.
const SEEDS: std::ops::Range<u64> = 0..3;
const WRITERS: u64 = 3;
const STEPS: usize = 45;

/// Waits until this process has followed the log to its present end.
pub async fn settled(server: &TestServer) -> i64 {
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

/// Follows by batches to the present end of the log; where it is then.
pub async fn catch_up(server: &TestServer, copy: &mut Copy, mut since: String, filter: &str) -> String {
    settled(server).await;
    loop {
        let batch = server.get(&format!("/v1/changes?since={since}{filter}")).await;
        for change in batch["changes"].as_array().unwrap() {
            copy.apply(server, change).await;
        }
        let next = batch["next"].as_str().unwrap().to_owned();
        if batch["more"] == false && next == since {
            return since;
        }
        since = next;
    }
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
