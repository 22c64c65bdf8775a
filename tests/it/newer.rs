//! Walks and what is new: a walk through a list shows nothing that became visible after it began, and `newer` leads to exactly
//! that. Together they show each article once, whatever lands meanwhile, on either transport.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use broadsheet_tests::TestServer;
use broadsheet_tests::edition::{self, NUMBERS};
use serde_json::{Value, json};

/// A page, whichever transport brought it.
struct Page {
    headlines: Vec<String>,
    next: Option<String>,
    newer: Option<String>,
    newer_count: Option<u64>,
}

fn texts(items: &Value) -> Vec<String> {
    items.as_array().unwrap().iter().map(|item| item["headline"].as_str().unwrap().to_owned()).collect()
}

async fn by_rest(server: &TestServer, sort: &str, limit: usize, cursor: Option<&str>) -> Page {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let list = server.get(&format!("/v1/articles?section=world&sort={sort}&limit={limit}{cursor}")).await;
    let text = |name: &str| list["page"][name].as_str().map(ToOwned::to_owned);
    Page {
        headlines: texts(&list["data"]),
        next: text("next"),
        newer: text("newer"),
        newer_count: list["page"]["newer_count"].as_u64(),
    }
}

async fn by_graphql(server: &TestServer, sort: &str, limit: usize, cursor: Option<&str>) -> Page {
    let query = "query($sort: ArticleSort!, $first: Int, $after: String) { articles(filter: { section: { anyOf: [\"world\"] } }, sort: $sort, first: $first, after: $after) { newerCount newerCursor nodes { headline } pageInfo { hasNextPage endCursor } } }";
    let data =
        server.graphql(query, json!({ "sort": sort.to_uppercase(), "first": limit, "after": cursor })).await;
    let list = &data["articles"];
    let next = list["pageInfo"]["endCursor"].as_str().filter(|_| list["pageInfo"]["hasNextPage"] == true);
    Page {
        headlines: texts(&list["nodes"]),
        next: next.map(ToOwned::to_owned),
        newer: list["newerCursor"].as_str().map(ToOwned::to_owned),
        newer_count: list["newerCount"].as_u64(),
    }
}

/// A small random generator, so that every run walks the same ways.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides).unwrap()
    }
}

/// Takes in one article of its own, published so many minutes ago; every third is none of the filter's.
async fn land(server: &TestServer, serial: usize, minutes: usize) {
    let item = edition::item(minutes, &format!("<p>Landed {serial}.</p>"));
    let item = item.replace(&format!("Headline {minutes}<"), &format!("Landed {serial}<"));
    let item = item.replace(&format!("number-{minutes}<"), &format!("landed-{serial}<"));
    let item =
        item.replace(&format!("numbers.example/{minutes}<"), &format!("numbers.example/landed/{serial}<"));
    let item = if serial % 3 == 2 { item.replace(">World<", ">Sport<") } else { item };
    let taken =
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &item)).await;
    assert_eq!(taken.new.len(), 1);
}

/// How often each article came.
fn note(seen: &mut BTreeMap<String, usize>, page: &Page) {
    for headline in &page.headlines {
        *seen.entry(headline.clone()).or_default() += 1;
    }
}

async fn everything(server: &TestServer) -> Vec<String> {
    let list = server.get("/v1/articles?section=world&sort=oldest&limit=200").await;
    assert!(list["page"]["next"].is_null());
    let mut all = texts(&list["data"]);
    all.sort();
    all
}

fn each_once(seen: &BTreeMap<String, usize>, all: &[String], about: &str) {
    let twice: Vec<_> = seen.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{about}: more than once: {twice:?}");
    assert_eq!(seen.keys().cloned().collect::<Vec<_>>(), all, "{about}: each article");
}

on_both! {
    async fn a_walk_and_what_is_newer_show_each_article_once(server) {
        let mut dice = Dice(11);
        server.take_in(NUMBERS, &edition::numbered(1_000, 15)).await;
        let mut serial = 0;
        for round in 0..10 {
            let (sort, rest) = (["newest", "recently_updated"][round % 2], round % 4 < 2);
            let (mut seen, mut cursor, mut walks) = (BTreeMap::new(), None, 0);
            let mut landed_in_walk = 0;
            loop {
                let limit = 1 + dice.roll(9);
                let page = if rest {
                    by_rest(&server, sort, limit, cursor.as_deref()).await
                } else {
                    by_graphql(&server, sort, limit, cursor.as_deref()).await
                };
                note(&mut seen, &page);
                assert_eq!(page.newer_count, cursor.is_some().then_some(landed_in_walk), "round {round}: {sort}");
                assert!(page.newer.is_some());
                let goes_on = page.next.is_some();
                if goes_on {
                    cursor = page.next;
                } else {
                    walks += 1;
                    landed_in_walk = 0;
                    cursor = page.newer;
                    if walks > 4 && page.headlines.is_empty() {
                        break;
                    }
                }
                // Newer than all, older than all, and in between; not any more when it is to come to an end.
                for _ in 0..if walks > 3 { 0 } else { dice.roll(3) } {
                    land(&server, serial, [3, 1_005, 5_000][dice.roll(3)]).await;
                    // What landed after the page was made and before the next walk begins is in that walk already.
                    landed_in_walk += u64::from(serial % 3 != 2 && goes_on);
                    serial += 1;
                }
            }
            each_once(&seen, &everything(&server).await, &format!("round {round}: {sort}"));
        }
        assert!(serial > 30);
        server.stop().await;
    }

    /// The same while somebody writes at any moment, also between two statements.
    async fn nothing_is_lost_or_doubled_between_two_moments(server) {
        server.take_in(NUMBERS, &edition::numbered(1_000, 30)).await;
        let done = Arc::new(AtomicBool::new(false));
        let server = Arc::new(server);
        let writer = tokio::spawn({
            let (server, done) = (Arc::clone(&server), Arc::clone(&done));
            async move {
                for serial in 0..60 {
                    land(&server, serial, [5_000, 1_005, 3][serial % 3]).await;
                }
                done.store(true, Ordering::SeqCst);
            }
        });
        let (mut seen, mut cursor, mut meanwhile) = (BTreeMap::new(), None, 0);
        loop {
            let finished = done.load(Ordering::SeqCst);
            let page = by_rest(&server, "newest", 1, cursor.as_deref()).await;
            note(&mut seen, &page);
            meanwhile += usize::from(!finished);
            if finished && page.next.is_none() && page.headlines.is_empty() {
                break;
            }
            cursor = page.next.or(page.newer);
        }
        writer.await.unwrap();
        assert!(meanwhile > 5, "only {meanwhile} pages were made while somebody wrote");
        each_once(&seen, &everything(&server).await, "while somebody writes");
        Arc::into_inner(server).unwrap().stop().await;
    }

    async fn a_change_is_news_to_a_list_by_last_change_only(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 5)).await;
        let first = by_rest(&server, "recently_updated", 2, None).await;
        let newest = by_rest(&server, "newest", 2, None).await;
        server.clock.advance_seconds(60);
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &edition::item(3, "<p>Other words.</p>"))).await;
        let next = by_rest(&server, "recently_updated", 10, first.next.as_deref()).await;
        assert_eq!((next.headlines, next.newer_count), (vec!["Headline 2".to_owned(), "Headline 4".to_owned()], Some(1)));
        let newer = by_rest(&server, "recently_updated", 10, first.newer.as_deref()).await;
        assert_eq!(newer.headlines, ["Headline 3"]);
        let next = by_rest(&server, "newest", 10, newest.next.as_deref()).await;
        assert_eq!((next.headlines.len(), next.newer_count), (3, Some(0)));
        server.stop().await;
    }

    async fn an_empty_list_can_be_waited_on(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 2)).await;
        let empty = server.get("/v1/articles?min_words=500").await;
        let newer = empty["page"]["newer"].as_str().unwrap();
        let path = format!("/v1/articles?min_words=500&cursor={newer}");
        assert_eq!(server.get(&path).await["page"]["newer_count"], 0);
        let long = edition::item(7, &format!("<p>{}</p>", "word ".repeat(600)));
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &long)).await;
        let found = server.get(&path).await;
        assert_eq!(texts(&found["data"]), ["Headline 7"]);
        server.stop().await;
    }

    async fn a_list_that_ends_with_the_new_has_no_newer(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        for path in ["/v1/articles?sort=oldest", "/v1/articles?as_of=2026-11-23", "/v1/sources"] {
            let page = &server.get(path).await["page"];
            assert!(page.get("newer").is_none() && page.get("newer_count").is_none(), "{path}");
        }
        assert!(server.get("/v1/articles").await["page"].get("newer_count").is_none(), "a walk that begins has nothing newer");
        server.stop().await;
    }

    /// Comments are no news to a list of articles: its answer stays the same, byte by byte.
    async fn what_is_no_news_does_not_change_the_answer(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        let (ann, ed) = (server.reader("ann").await, server.staff("ed", "editor").await);
        let path = "/v1/articles?section=world";
        let (_, before) = ed.send(&server, reqwest::Method::GET, path, Value::Null).await;
        ann.comment(&server, before["data"][0]["id"].as_str().unwrap(), "Hm.", None).await;
        let (_, after) = ed.send(&server, reqwest::Method::GET, path, Value::Null).await;
        assert_eq!(before["page"], after["page"]);
        server.stop().await;
    }
}
