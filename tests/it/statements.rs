//! The number of SQL statements of any operation is a constant, from one item to two hundred, cold and warm.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use broadsheet_domain::article::{ArticleFilter, ArticleSort};
use broadsheet_domain::comment::{Branch, CommentSort};
use broadsheet_domain::page::PageRequest;
use broadsheet_tests::TestServer;
use broadsheet_tests::edition::{self, NUMBERS};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Statements of a request on an application with nothing in memory and no follower of the log beside it.
async fn cold(server: &TestServer, request: impl Fn() -> Request<Body>) -> (u64, u64) {
    let app = server.open_again().await;
    let router = broadsheet_api::router::router(&app);
    let mut counts = [0, 0];
    for count in &mut counts {
        let before = app.newsroom.statements();
        let response = router.clone().oneshot(request()).await.unwrap();
        assert_eq!(response.status(), 200);
        let body: Value =
            serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap();
        assert!(body.get("errors").is_none(), "{body}");
        *count = app.newsroom.statements() - before;
    }
    app.newsroom.close().await.unwrap();
    let [cold, warm] = counts;
    (cold, warm)
}

/// Waits until the server has heard of everything that happened.
async fn settle(server: &TestServer) {
    let newest = server.newsroom().log().last().await.unwrap();
    let mut head = server.newsroom().log().head();
    head.wait_for(|seen| *seen >= newest).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
}

fn get(path: String) -> impl Fn() -> Request<Body> {
    move || Request::get(path.as_str()).body(Body::empty()).unwrap()
}

fn graphql(query: String) -> impl Fn() -> Request<Body> {
    move || {
        let body = json!({ "query": query }).to_string();
        Request::post("/graphql").header("content-type", "application/json").body(Body::from(body)).unwrap()
    }
}

/// What a list asks the log where nobody follows it for the process, as here: whether rows wait for a sequence (PostgreSQL), and
/// which is the newest. A server knows.
const ASKED: u64 = 2;

on_both! {
    /// A server follows its log: a list is one statement, and one more once something has landed since its walk began.
    async fn a_server_need_not_ask_what_is_newest(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 30)).await;
        let system = server.system();
        let articles = server.newsroom().articles(&system);
        let (filter, sort) = (ArticleFilter::default(), ArticleSort::Newest);
        settle(&server).await;
        let first = articles.list(&filter, sort, &PageRequest::first(5)).await.unwrap();
        let on = PageRequest::from_cursor(Some(5), first.next()).unwrap();
        let cost = async || {
            // The log's timer asks whether there is anything to do: the least of some tries is the list's own.
            let mut least = u64::MAX;
            for _ in 0..5 {
                let before = server.newsroom().statements();
                let page = articles.list(&filter, sort, &on).await.unwrap();
                articles.newer_count(&filter, sort, &page).await.unwrap();
                least = least.min(server.newsroom().statements() - before);
            }
            least
        };
        cost().await;
        assert_eq!(cost().await, 1, "nothing has landed: the list");
        server.take_in(NUMBERS, &edition::numbered(100, 3)).await;
        settle(&server).await;
        cost().await;
        assert_eq!(cost().await, 2, "something has landed: the list, and the log since");
        server.stop().await;
    }

    /// SQLite takes 500 parts of a compound at most; a thread can have more branches.
    async fn many_branches_at_once(server) {
        let branches: Vec<Branch> = (0..1_300).map(|number| Branch::Replies(uuid::Uuid::from_u128(number))).collect();
        let system = server.system();
        let comments = server.newsroom().comments(&system);
        let pages = comments.pages(&branches, CommentSort::Newest, &PageRequest::first(5)).await.unwrap();
        assert_eq!(pages.len(), 1_300);
        let refused = comments.pages(&branches, CommentSort::Newest, &PageRequest::first(200)).await.unwrap_err();
        assert_eq!(refused.code(), "invalid");
        server.stop().await;
    }

    async fn a_list_costs_the_same_whatever_its_length(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 200)).await;
        let ann = server.reader("ann").await;
        let article = server.get("/v1/articles?limit=1").await["data"][0]["id"].as_str().unwrap().to_owned();
        for _ in 0..30 {
            let root = ann.comment(&server, &article, "Root.", None).await["id"].as_str().unwrap().to_owned();
            ann.comment(&server, &article, "Reply.", Some(&root)).await;
        }
        let body = json!({ "name": "Pictures", "definition": { "has": ["image"] } });
        let (_, query) = ann.send(&server, reqwest::Method::POST, "/v1/queries", body).await;
        let items = format!("/v1/queries/{}/items?", query["id"].as_str().unwrap());
        let rest = [
            ("/v1/articles?", 9 + ASKED, 1 + ASKED),
            ("/v1/articles?sort=oldest&", 9, 1),
            ("/v1/articles/ids?", 1 + ASKED, 1 + ASKED),
            ("/v1/articles?include=body,topics,media&", 10 + ASKED, 1 + ASKED),
            ("/v1/articles?include=body,topics,media,comments,revisions&", 14 + ASKED, 4 + ASKED),
            ("/v1/articles?section=world&author=ada-alder&has=image&country=-GB&", 11 + ASKED, 3 + ASKED),
            ("/v1/articles?as_of=2026-11-23T12:00:00Z&include=body&", 11, 2),
            ("/v1/articles?collapse=story&published=2026-11&", 9 + ASKED, 1 + ASKED),
            (items.as_str(), 10 + ASKED, 2 + ASKED),
            ("/v1/sources?", 2, 1),
            ("/v1/authors?", 2, 1),
            ("/v1/topics?", 2, 1),
            ("/v1/topics?include=parent,children&", 3, 2),
        ];
        for (path, most_cold, most_warm) in rest {
            let one = cold(&server, get(format!("{path}limit=1"))).await;
            let many = cold(&server, get(format!("{path}limit=200"))).await;
            assert_eq!(one, many, "{path}: one item and 200 cost the same");
            assert!(many.0 <= most_cold && many.1 <= most_warm, "{path}: {many:?} statements cold and warm");
        }
        let queries = [
            ("articles(first: N) { nodes { id headline source { name } authors { nodes { name } } topics { nodes { name } } media { nodes { url } } } }", 9 + ASKED, 1 + ASKED),
            ("articles(first: N) { nodes { body { html } revisions(first: 1) { nodes { revision } } comments(first: 1) { nodes { author { name } replies(first: 1) { nodes { id } } } } } }", 14 + ASKED, 4 + ASKED),
            ("articleIds(first: N) { nodes totalCount }", 2 + ASKED, 2 + ASKED),
            ("articles(first: N, asOf: \"2026-11-23T12:00:00Z\") { nodes { headline body { html } } }", 11, 2),
            ("authors(first: N) { nodes { source { name } articles(first: 1) { nodes { headline source { name } } } } }", 11, 2),
            ("topics(first: N) { nodes { articles(first: 1) { nodes { headline } } } }", 11, 2),
        ];
        for (query, most_cold, most_warm) in queries {
            let of = |items: u32| graphql(format!("{{ {} }}", query.replace("first: N", &format!("first: {items}"))));
            let few = cold(&server, of(2)).await;
            let many = cold(&server, of(100)).await;
            // A longer list may have brought into memory already what a shorter one still has to load.
            assert!(many.0 <= few.0 && many.1 == few.1, "{query}: {few:?} and {many:?}");
            assert!(many.0 <= most_cold && many.1 <= most_warm, "{query}: {many:?} statements cold and warm");
        }
        // By one kind, a batch of any length costs the same; of all kinds it is bounded by what there is to look up.
        for (path, most) in [("/v1/changes?since=0&kinds=article&", 11), ("/v1/changes?since=0&kinds=comment&", 14)] {
            let few = cold(&server, get(format!("{path}limit=35"))).await;
            let many = cold(&server, get(format!("{path}limit=1000"))).await;
            assert_eq!(few, many, "{path}: 35 changes and all of them cost the same");
            assert!(many.0 <= most, "{path}: {many:?} statements cold and warm");
        }
        let all = cold(&server, get("/v1/changes?since=0&limit=1000".to_owned())).await;
        assert!(all.0 <= 16, "all changes: {all:?} statements cold and warm");
        let thread = |limit: u32| get(format!("/v1/articles/{article}/comments?limit={limit}&depth=1"));
        assert_eq!(cold(&server, thread(1)).await, cold(&server, thread(30)).await, "a thread");
        server.stop().await;
    }
}
