//! Fetching feeds: when, by whom, with which manners; what is noted of it, and what operators see and do.

use broadsheet_api::intake::fetch::{Polled, poll};
use broadsheet_domain::id::PublicId as _;
use broadsheet_domain::source::fault::Fault;
use broadsheet_domain::source::feed::{Doing, Feed, FeedStatus, FetchReport, LEASE, Via};
use broadsheet_domain::source::schedule::Hints;
use broadsheet_domain::{Newsroom, Viewer};
use broadsheet_tests::edition;
use broadsheet_tests::feed_server::{FeedServer, Reply};
use broadsheet_tests::{Person, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

const HOUR: i64 = 3_600;

async fn follow(server: &TestServer, url: &str) -> Feed {
    server.newsroom().sources(&Viewer::System).add_feed(url, None).await.unwrap()
}

async fn due(newsroom: &Newsroom) -> Vec<Feed> {
    newsroom.sources(&Viewer::System).claim_due(100).await.unwrap()
}

/// Fetches the feed, which must be due.
async fn fetch(server: &TestServer, url: &str) -> Polled {
    let feed = due(server.newsroom()).await.into_iter().find(|feed| feed.url == url).expect("it is due");
    poll(server.newsroom(), &server.app.outbound, feed, Via::Schedule).await.unwrap()
}

async fn noted(server: &TestServer, feed: &Feed) -> Feed {
    server.newsroom().sources(&Viewer::System).feed(feed.id).await.unwrap()
}

fn failing(status: u16, headers: Vec<(&'static str, String)>) -> Reply {
    Reply { status: Some(status), headers, ..Reply::default() }
}

async fn ask(server: &TestServer, person: &Person, method: Method, path: &str, body: Value) -> Value {
    let (status, answer) = person.send(server, method, path, body).await;
    assert!(status < 300, "{path}: {status} {answer}");
    answer
}

on_both! {
    async fn what_has_not_changed_is_asked_for_by_its_validators_or_known_by_its_bytes(server) {
        let feeds = FeedServer::start().await;
        feeds.set("/feed", Reply::feed(&edition::numbered(0, 2)).with_etag("\"one\""));
        let url = format!("{}/feed", feeds.origin);
        follow(&server, &url).await;
        let Polled::Taken(taken) = fetch(&server, &url).await else { panic!("not taken") };
        assert_eq!(taken.ingested.new.len(), 2);
        server.clock.advance_seconds(HOUR);
        assert!(matches!(fetch(&server, &url).await, Polled::Unchanged(None)));
        assert_eq!(feeds.requests("/feed")[1]["if-none-match"], "\"one\"");
        // Other validators for the same bytes: the new ones are used from then on.
        feeds.set("/feed", Reply::feed(&edition::numbered(0, 2)).with_etag("\"two\""));
        server.clock.advance_seconds(HOUR);
        assert!(matches!(fetch(&server, &url).await, Polled::Unchanged(Some(_))));
        server.clock.advance_seconds(HOUR);
        assert!(matches!(fetch(&server, &url).await, Polled::Unchanged(None)));
        assert_eq!(feeds.requests("/feed")[3]["if-none-match"], "\"two\"");
        server.stop().await;
    }

    async fn validators_that_lie_are_found_out_and_not_believed_again(server) {
        let feeds = FeedServer::start().await;
        feeds.set("/feed", Reply::feed(&edition::numbered(0, 1)).with_etag("\"same\""));
        let url = format!("{}/feed", feeds.origin);
        let feed = follow(&server, &url).await;
        fetch(&server, &url).await;
        // More news under the same tag: the server answers 304 for as long as it is asked by it.
        feeds.set("/feed", Reply::feed(&edition::numbered(0, 3)).with_etag("\"same\""));
        server.clock.advance_seconds(HOUR);
        assert!(matches!(fetch(&server, &url).await, Polled::Unchanged(None)));
        server.clock.advance_seconds(24 * HOUR);
        let Polled::Taken(taken) = fetch(&server, &url).await else { panic!("after a day it is asked for whole") };
        assert_eq!(taken.ingested.new.len(), 2);
        assert!(noted(&server, &feed).await.validators_lie);
        feeds.set("/feed", Reply::feed(&edition::numbered(0, 4)).with_etag("\"same\""));
        server.clock.advance_seconds(HOUR);
        assert!(matches!(fetch(&server, &url).await, Polled::Taken(_)), "it is not believed again");
        assert!(!feeds.requests("/feed")[3].contains_key("if-none-match"));
        server.stop().await;
    }

    async fn failures_back_off_with_their_reason_and_success_forgives(server) {
        let feeds = FeedServer::start().await;
        let url = format!("{}/feed", feeds.origin);
        feeds.set("/feed", failing(503, vec![("retry-after", "7200".to_owned())]));
        let feed = follow(&server, &url).await;
        let wait = |feed: &Feed| feed.next_fetch_at.unwrap().millis() - feed.last_fetched_at.unwrap().millis();
        assert!(matches!(fetch(&server, &url).await, Polled::Failed(_)));
        let first = noted(&server, &feed).await;
        assert_eq!((first.failures, first.fault), (1, Some(Fault::Server)));
        assert!((7_200_000..=7_920_000).contains(&wait(&first)), "{}", wait(&first));
        feeds.set("/feed", failing(404, vec![]));
        server.clock.advance_seconds(3 * HOUR);
        fetch(&server, &url).await;
        let second = noted(&server, &feed).await;
        assert_eq!((second.failures, second.fault, second.failing_since), (2, Some(Fault::NotFound), first.failing_since));
        assert!((7_200_000..=7_920_000).contains(&wait(&second)), "{}", wait(&second));
        let said = broadsheet_domain::source::fault::explain(&second).unwrap();
        for part in ["status 404", "2 times in a row, since 2026-11-23 12:00 UTC", "tried again at 2026-11-23 17:", "Look for its new address"] {
            assert!(said.contains(part), "`{part}` is not in {said}");
        }
        feeds.set("/feed", Reply::feed(&edition::numbered(0, 1)));
        server.clock.advance_seconds(3 * HOUR);
        fetch(&server, &url).await;
        let mended = noted(&server, &feed).await;
        assert_eq!((mended.failures, mended.fault, mended.failing_since, mended.last_error.as_deref()), (0, None, None, None));
        feeds.set("/feed", Reply::feed("<html><body>Sign in</body></html>"));
        server.clock.advance_seconds(25 * HOUR);
        fetch(&server, &url).await;
        assert_eq!(noted(&server, &feed).await.fault, Some(Fault::NotAFeed));
        server.stop().await;
    }

    async fn a_feed_moves_when_it_has_said_so_three_times_and_410_retires_it(server) {
        let feeds = FeedServer::start().await;
        let (old, new) = (format!("{}/old", feeds.origin), format!("{}/new", feeds.origin));
        let moved = || Reply { status: Some(301), headers: vec![("location", "/new".to_owned())], ..Reply::default() };
        feeds.set("/old", moved());
        feeds.set("/new", Reply::feed(&edition::numbered(0, 1)));
        let feed = follow(&server, &old).await;
        for times in 1..=2 {
            fetch(&server, &old).await;
            let known = noted(&server, &feed).await;
            assert_eq!((known.url.as_str(), known.moving_to), (old.as_str(), Some((new.clone(), times))));
            server.clock.advance_seconds(25 * HOUR);
        }
        feeds.set("/old", Reply::feed(&edition::numbered(0, 2)));
        fetch(&server, &old).await;
        assert_eq!(noted(&server, &feed).await.moving_to, None, "whoever takes it back has not moved");
        feeds.set("/old", moved());
        for _ in 0..3 {
            server.clock.advance_seconds(25 * HOUR);
            fetch(&server, &old).await;
        }
        assert_eq!(noted(&server, &feed).await.url, new);
        // Another feed that moves to the same place: one is enough.
        let second = follow(&server, &old).await;
        for _ in 0..3 {
            fetch(&server, &old).await;
            server.clock.advance_seconds(25 * HOUR);
        }
        let second = noted(&server, &second).await;
        assert_eq!(second.status, FeedStatus::Paused);
        assert!(broadsheet_domain::source::fault::explain(&second).unwrap().contains("followed already"));
        feeds.set("/new", failing(410, vec![]));
        fetch(&server, &new).await;
        let gone = noted(&server, &feed).await;
        assert_eq!((gone.status, gone.next_fetch_at), (FeedStatus::Gone, None));
        server.clock.advance_seconds(365 * 24 * HOUR);
        assert!(due(server.newsroom()).await.is_empty());
        server.stop().await;
    }

    async fn several_nodes_share_the_work_and_none_that_dies_loses_or_doubles_anything(server) {
        let feeds = FeedServer::start().await;
        for number in 0..12 {
            let path = format!("/{number}");
            feeds.set(&path, Reply::feed(&edition::rss("Many", "https://many.example/", &edition::item(number, "<p>Text.</p>"))));
            follow(&server, &format!("{}{path}", feeds.origin)).await;
        }
        let other = server.open_again().await;
        let (ours, theirs) = tokio::join!(due(server.newsroom()), due(&other.newsroom));
        let mut all: Vec<_> = ours.iter().chain(&theirs).map(|feed| feed.id.uuid()).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!((all.len(), ours.len() + theirs.len()), (12, 12), "each is given once");
        assert!(due(server.newsroom()).await.is_empty());
        // Both die with what they have; one comes to life again later than its lease lasts.
        let late = ours.into_iter().chain(theirs).next().unwrap();
        server.clock.advance_seconds(i64::try_from(LEASE.as_secs()).unwrap() + 1);
        let again = due(&other.newsroom).await;
        assert_eq!(again.len(), 12, "nothing is lost");
        for feed in again {
            assert!(matches!(poll(&other.newsroom, &server.app.outbound, feed, Via::Schedule).await.unwrap(), Polled::Taken(_)));
        }
        let before = noted(&server, &late).await;
        let report = FetchReport {
            via: Via::Schedule, doing: Doing::Failed { fault: Fault::Timeout, error: "too late".to_owned() }, status: None,
            took: LEASE, bytes: 0, hints: Hints::default(), whole: true, moved_to: None,
        };
        server.newsroom().sources(&Viewer::System).record_fetch(&late, report).await.unwrap();
        assert_eq!(noted(&server, &late).await, before, "whose lease has ended changes nothing");
        assert_eq!(server.get("/v1/articles?with_total=true").await["page"]["total"], 12, "nothing is doubled");
        other.newsroom.close().await.unwrap();
        server.stop().await;
    }

    async fn operators_see_what_is_wrong_and_do_what_is_needed(server) {
        let feeds = FeedServer::start().await;
        let admin = server.staff("ada", "admin").await;
        feeds.set("/good", Reply::feed(&edition::numbered(0, 3)));
        let good = json!({ "url": format!("{}/good", feeds.origin) });
        let made = ask(&server, &admin, Method::POST, "/v1/admin/feeds", good.clone()).await;
        let id = made["id"].as_str().unwrap().to_owned();
        assert_eq!((&made["status"], &made["trouble"], &made["last_fetched_at"]), (&json!("active"), &Value::Null, &Value::Null));
        assert_eq!(ask(&server, &admin, Method::POST, "/v1/admin/feeds", good).await["id"], made["id"], "one is enough");
        let fetched = ask(&server, &admin, Method::POST, &format!("/v1/admin/feeds/{id}/fetch"), Value::Null).await;
        assert_eq!((&fetched["format"], &fetched["last_new_at"]), (&json!("RSS 2.0"), &json!("2026-11-23T12:00:00Z")));
        let added = admin.graphql(&server, "mutation($url: String!) { addSourceFeed(input: { url: $url, source: \"the-numbers\" }) { sourceFeed { id } userErrors { field code } } }", json!({ "url": format!("{}/none", feeds.origin) })).await;
        // No source of that name exists: the publisher of a feed is known by its host.
        assert_eq!(added["data"]["addSourceFeed"]["userErrors"][0]["field"], "source");
        let slug = ask(&server, &admin, Method::GET, "/v1/sources", Value::Null).await["data"][0]["slug"].as_str().unwrap().to_owned();
        let bad = json!({ "url": format!("{}/none", feeds.origin), "source": slug });
        let bad = ask(&server, &admin, Method::POST, "/v1/admin/feeds", bad).await["id"].as_str().unwrap().to_owned();
        let failed = ask(&server, &admin, Method::POST, &format!("/v1/admin/feeds/{bad}/fetch"), Value::Null).await;
        assert_eq!((&failed["fault"], &failed["failures"]), (&json!("not_found"), &json!(1)));
        assert!(failed["trouble"].as_str().unwrap().contains("status 404"), "{failed}");
        let failing = ask(&server, &admin, Method::GET, "/v1/admin/feeds?failing=true", Value::Null).await;
        assert_eq!((failing["data"].as_array().unwrap().len(), &failing["data"][0]["id"]), (1, &json!(bad)));
        let health = ask(&server, &admin, Method::GET, "/v1/admin/intake", Value::Null).await;
        assert_eq!((&health["active"], &health["failing"], &health["faults"]), (&json!(2), &json!(1), &json!([{ "fault": "not_found", "count": 1 }])));
        assert_eq!((&health["last_day"]["taken"], &health["last_day"]["new"], &health["last_day"]["failed"]), (&json!(1), &json!(3), &json!(1)));
        let history = ask(&server, &admin, Method::GET, &format!("/v1/admin/feeds/{id}/fetches"), Value::Null).await;
        assert_eq!((&history["data"][0]["via"], &history["data"][0]["outcome"], &history["data"][0]["entries"]), (&json!("request"), &json!("taken"), &json!(3)));
        let ledger = ask(&server, &admin, Method::GET, &format!("/v1/admin/sources/{slug}/ledger"), Value::Null).await;
        assert_eq!((&ledger["articles"], &ledger["fetches"]["failed"], &ledger["substantive_edits"]), (&json!(3), &json!(1), &json!(0)));
        assert!(ledger["lag_seconds"].as_u64() <= ledger["lag_seconds_p90"].as_u64());

        let paused = ask(&server, &admin, Method::POST, &format!("/v1/admin/feeds/{bad}/pause"), Value::Null).await;
        assert_eq!((&paused["status"], &paused["next_fetch_at"]), (&json!("paused"), &Value::Null));
        let taken = json!({ "url": format!("{}/good", feeds.origin) });
        let (status, refused) = admin.send(&server, Method::PATCH, &format!("/v1/admin/feeds/{bad}"), taken).await;
        assert_eq!((status, &refused["errors"][0]["field"]), (400, &json!("url")), "{refused}");
        server.clock.advance_seconds(60);
        feeds.set("/better", Reply::feed(&edition::numbered(3, 1)));
        let query = "mutation($id: ID!, $url: String!) { editSourceFeed(id: $id, url: $url) { sourceFeed { url failures trouble } userErrors { code } } \
                     resumeSourceFeed(id: $id) { sourceFeed { status } userErrors { code } } fetchSourceFeed(id: $id) { sourceFeed { fault fetches { nodes { outcome via new } } } userErrors { code } } }";
        let done = admin.graphql(&server, query, json!({ "id": bad, "url": format!("{}/better", feeds.origin) })).await;
        assert_eq!((&done["data"]["editSourceFeed"]["sourceFeed"]["failures"], &done["data"]["resumeSourceFeed"]["sourceFeed"]["status"]), (&json!(0), &json!("ACTIVE")));
        let done = &done["data"];
        let ends = done["fetchSourceFeed"]["sourceFeed"]["fetches"]["nodes"].as_array().unwrap();
        assert_eq!((ends.len(), &ends[0]["outcome"], &ends[0]["new"]), (2, &json!("TAKEN"), &json!(1)), "{done}");
        // What came from a file cannot be fetched, and says so.
        server.take_in("https://from-disk.example/feed", &edition::numbered(9, 1)).await;
        server.clock.advance_seconds(40 * 24 * HOUR);
        let forgotten = server.newsroom().sources(&Viewer::System).forget_fetches().await.unwrap();
        assert_eq!(forgotten, 3);
        server.stop().await;
    }
}
