//! What trends: by publishers, people and readers within a window, explained, and gone as soon as it may not be seen.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use broadsheet_tests::edition::{self, NUMBERS, rfc2822};
use broadsheet_tests::server::NOON;
use broadsheet_tests::{Backend, Person, TestServer};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::reads::written;
use crate::stories::{headlines, told, wait_for_story};

/// One signal of a trend that is explained.
pub fn signal<'t>(trend: &'t Value, name: &str) -> &'t Value {
    let signals = trend["explain"].as_array().expect("explain=true");
    signals.iter().find(|signal| signal["signal"].as_str().unwrap().eq_ignore_ascii_case(name)).unwrap()
}

async fn trends(server: &TestServer, query: &str) -> Vec<Value> {
    let list = server.get(&format!("/v1/trending?limit=200&explain=true&{query}")).await;
    list["data"].as_array().unwrap().clone()
}

fn count(trend: &Value, name: &str) -> f64 {
    signal(trend, name)["count"].as_f64().unwrap()
}

fn articles(trends: &[Value]) -> Vec<&str> {
    trends.iter().map(|trend| trend["article"]["id"].as_str().unwrap()).collect()
}

/// Whoever computes the next ranking computes it of now.
fn next_ranking(server: &TestServer) {
    server.clock.advance_seconds(61);
}

async fn numbered(server: &TestServer, count: usize) -> Vec<String> {
    server.take_in(NUMBERS, &edition::numbered(0, count)).await;
    let list = server.get("/v1/articles?limit=200").await;
    list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|article| article["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn people(server: &TestServer, names: &[&str]) -> Vec<Person> {
    join_all(names.iter().map(|name| server.reader(name))).await
}

async fn read(server: &TestServer, article: &str, times: usize) {
    for _ in 0..times {
        server.get(&format!("/v1/articles/{article}")).await;
    }
}

on_both! {
    async fn breadth_beats_one_loud_publisher(server) {
        server.find_stories();
        let (broad, _) = told(&server, 20).await;
        // One publisher tells one thing five times, and others it as often.
        let loud: Vec<String> = (0..5).map(|number| format!(
            "<item><title>Zorvane brustik Quellan as Marvoth dreeps off Tindral with Oskaby {number}</title><link>https://loud.example/{number}</link><pubDate>{}</pubDate><description>Zorvane brustik Quellan as Marvoth dreeps off Tindral.</description></item>",
            rfc2822(NOON.plus_millis(-60_000))
        )).collect();
        let loud = loud.concat();
        let taken = server.take_in("https://loud.example/feed", &edition::rss("Loud", "https://loud.example/", &loud)).await;
        let loud = wait_for_story(&server, &taken.new[0].to_string(), 5).await;
        for by in ["all", "publishers"] {
            let trends = trends(&server, &format!("by={by}")).await;
            let stories: Vec<&str> = trends.iter().map(|trend| trend["story_id"].as_str().unwrap()).collect();
            assert_eq!(stories, [&broad], "{by}: five articles of one publisher are no breadth; {loud} does not trend");
            assert_eq!(count(&trends[0], "publishers"), 3.0);
        }
        // Two stories of the same three publishers are, merged, one of three.
        let (other, _) = told(&server, 22).await;
        let editor = server.staff("ed", "editor").await;
        let path = format!("/v1/stories/{other}/merge");
        assert_eq!(editor.send(&server, Method::POST, &path, json!({ "into": broad })).await.0, 200);
        next_ranking(&server);
        let trends = trends(&server, "").await;
        assert_eq!((trends.len(), trends[0]["story_id"].as_str(), count(&trends[0], "publishers")), (1, Some(broad.as_str()), 3.0));
        server.stop().await;
    }

    /// Three publishers tell it exactly an hour ago, a minute and two later.
    async fn what_leaves_the_window_counts_no_more(server) {
        server.find_stories();
        let (story, _) = told(&server, 24).await;
        let publishers = async |window: &str| {
            let trends = trends(&server, &format!("by=publishers&window={window}")).await;
            trends.into_iter().find(|trend| trend["story_id"] == story.as_str())
        };
        let hour = publishers("1h").await.unwrap();
        assert_eq!(count(&hour, "publishers"), 3.0, "the window's end is inside");
        let lead = server.get(&format!("/v1/stories/{story}")).await["lead_article_id"].clone();
        assert_eq!(hour["article"]["id"], lead);
        // At the very end it weighs nothing already, so nothing jumps when it leaves.
        let effective = signal(&hour, "publishers")["effective"].as_f64().unwrap();
        assert!((effective - 2.0 / 3.0 * 3.0 / 60.0).abs() < 1e-9, "{effective}");
        server.clock.advance_seconds(16);
        assert_eq!(count(&publishers("1h").await.unwrap(), "publishers"), 2.0);
        assert_eq!(count(&publishers("24h").await.unwrap(), "publishers"), 3.0);
        server.clock.advance_seconds(3 * 60);
        assert!(publishers("1h").await.is_none());
        assert_eq!(count(&publishers("7d").await.unwrap(), "publishers"), 3.0);
        server.stop().await;
    }

    /// Whoever told it before the window does not begin to tell it in the window.
    async fn who_goes_on_telling_is_no_news(server) {
        server.find_stories();
        let mut ids = Vec::new();
        for (headline, (paper, minutes)) in headlines(32).iter().zip([("paper0", 61), ("paper1", 10), ("paper0", 5)]) {
            let at = rfc2822(NOON.plus_millis(-minutes * 60_000));
            let item = format!("<item><title>{headline}</title><link>https://{paper}.example/{minutes}</link><pubDate>{at}</pubDate><description>{headline}.</description></item>");
            let feed = edition::rss(paper, &format!("https://{paper}.example/"), &item);
            ids.extend(server.take_in(&format!("https://{paper}.example/feed"), &feed).await.new);
        }
        wait_for_story(&server, &ids[0].to_string(), 3).await;
        assert_eq!(count(&trends(&server, "by=publishers&window=24h").await[0], "publishers"), 2.0);
        assert!(trends(&server, "by=publishers&window=1h").await.is_empty());
        let system = server.system();
        server.newsroom().articles(&system).withdraw(ids[0], None).await.unwrap();
        next_ranking(&server);
        assert_eq!(count(&trends(&server, "by=publishers&window=1h").await[0], "publishers"), 2.0, "what was withdrawn was never told");
        server.stop().await;
    }

    async fn two_people_who_quarrel_are_no_trend(server) {
        let ids = numbered(&server, 3).await;
        let (quarrel, talk) = (&ids[0], &ids[1]);
        let people = people(&server, &["ann", "bo", "cy", "di"]).await;
        for _ in 0..10 {
            people[0].comment(&server, quarrel, "No.", None).await;
            people[1].comment(&server, quarrel, "Yes.", None).await;
        }
        let mut said = Vec::new();
        for person in &people {
            said.push(person.comment(&server, talk, "Once.", None).await["id"].as_str().unwrap().to_owned());
        }
        for by in ["all", "comments"] {
            let trends = trends(&server, &format!("by={by}&window=1h")).await;
            assert_eq!(articles(&trends), [talk], "{by}");
            assert_eq!(count(&trends[0], "comments"), 4.0);
        }
        // What readers cannot read does not count, nor who is banned.
        let (mo, admin) = (server.staff("mo", "moderator").await, server.staff("root", "admin").await);
        mo.send(&server, Method::POST, &format!("/v1/comments/{}/hide", said[0]), json!({ "reason": "Test." })).await;
        server.clock.advance_seconds(16);
        assert_eq!(count(&trends(&server, "window=1h").await[0], "comments"), 3.0);
        admin.send(&server, Method::POST, &format!("/v1/admin/accounts/{}/ban", people[1].id), json!({ "reason": "Test." })).await;
        server.clock.advance_seconds(16);
        assert!(trends(&server, "window=1h").await.is_empty());
        admin.send(&server, Method::POST, &format!("/v1/admin/accounts/{}/readmit", people[1].id), Value::Null).await;
        server.clock.advance_seconds(16);
        assert_eq!(articles(&trends(&server, "window=1h").await), [talk]);
        assert_eq!(people[2].send(&server, Method::DELETE, &format!("/v1/comments/{}", said[2]), Value::Null).await.0, 204);
        server.clock.advance_seconds(16);
        assert!(trends(&server, "window=1h").await.is_empty());
        server.stop().await;
    }

    async fn a_story_counts_its_people_once(server) {
        server.find_stories();
        let (story, member) = told(&server, 26).await;
        let lead = server.get(&format!("/v1/stories/{story}")).await["lead_article_id"].as_str().unwrap().to_owned();
        for person in people(&server, &["ann", "bo", "cy"]).await {
            person.comment(&server, &member, "Here.", None).await;
            person.comment(&server, &lead, "And there.", None).await;
        }
        written(&server).await;
        let before = trends(&server, "").await;
        read(&server, &member, 2).await;
        written(&server).await;
        let after = trends(&server, "").await;
        assert_eq!((before.len(), after.len()), (1, 1), "once a story");
        assert_eq!(["publishers", "comments"].map(|name| count(&after[0], name)), [3.0, 3.0]);
        assert_eq!(count(&after[0], "reads") - count(&before[0], "reads"), 2.0);
        server.stop().await;
    }

    async fn the_explanation_sums_to_the_score(server) {
        server.find_stories();
        let (story, member) = told(&server, 28).await;
        let ids = numbered(&server, 2).await;
        for person in people(&server, &["ann", "bo", "cy"]).await {
            person.comment(&server, &ids[0], "Here.", None).await;
            person.comment(&server, &member, "There.", None).await;
        }
        read(&server, &ids[0], 1).await;
        read(&server, &ids[1], 4).await;
        server.clock.advance_seconds(17 * 60);
        written(&server).await;
        for by in ["all", "publishers", "comments", "reads"] {
            let (window, list) = ("24h", trends(&server, &format!("by={by}")).await);
            assert!(!list.is_empty(), "{by} {window}");
            for trend in &list {
                let mut sum = 0.0;
                for part in trend["explain"].as_array().unwrap() {
                    let number = |name: &str| part[name].as_f64().unwrap();
                    let expected = number("weight") * number("effective").ln_1p() / number("full").ln_1p();
                    assert!((number("contribution") - expected).abs() < 1e-12 && number("effective") <= number("count"), "{part}");
                    sum += number("contribution");
                }
                assert!((trend["score"].as_f64().unwrap() - sum).abs() < 1e-12 && sum > 0.0, "{trend}");
            }
            assert!(list.is_sorted_by(|one, other| one["score"].as_f64() >= other["score"].as_f64()), "{by}");
            // GraphQL says the same.
            let query = format!("{{ trending(by: {}, first: 200) {{ by computedAt nodes {{ article {{ id }} storyId score explain {{ signal count effective weight full contribution }} }} }} }}", by.to_uppercase());
            let data = server.graphql(&query, json!({})).await;
            let nodes = data["trending"]["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), list.len());
            for (node, trend) in nodes.iter().zip(&list) {
                assert_eq!((&node["article"]["id"], &node["storyId"], &node["score"]), (&trend["article"]["id"], &trend["story_id"], &trend["score"]));
                for name in ["publishers", "comments", "reads"] {
                    for number in ["count", "effective", "weight", "full", "contribution"] {
                        assert_eq!(signal(node, name)[number], signal(trend, name)[number]);
                    }
                }
            }
        }
        assert_eq!(trends(&server, "by=publishers").await[0]["story_id"], story.as_str());
        let plain = server.get("/v1/trending").await;
        assert!(plain["data"][0].get("explain").is_none());
        assert_eq!((&plain["meta"]["window"], &plain["meta"]["by"]), (&json!("24h"), &json!("all")));
        server.stop().await;
    }

    async fn what_is_withdrawn_is_gone_at_once(server) {
        let ids = numbered(&server, 2).await;
        read(&server, &ids[0], 2).await;
        read(&server, &ids[1], 1).await;
        written(&server).await;
        let (editor, system) = (server.staff("ed", "editor").await, server.system());
        let before = server.get("/v1/trending").await;
        assert_eq!(articles(before["data"].as_array().unwrap()), [&ids[0], &ids[1]]);
        server.newsroom().articles(&system).withdraw(ids[0].parse().unwrap(), None).await.unwrap();
        let after = server.get("/v1/trending").await;
        assert_eq!(after["meta"]["computed_at"], before["meta"]["computed_at"], "in the same ranking");
        assert_eq!(articles(after["data"].as_array().unwrap()), [&ids[1]]);
        let data = server.graphql("{ trending { nodes { article { id } } } }", json!({})).await;
        assert_eq!(data["trending"]["nodes"], json!([{ "article": { "id": ids[1] } }]));
        let (_, seen) = editor.send(&server, Method::GET, "/v1/trending", Value::Null).await;
        assert_eq!(articles(seen["data"].as_array().unwrap()), [&ids[1]], "also where it can be seen");
        next_ranking(&server);
        assert_eq!(articles(&trends(&server, "").await), [&ids[1]]);
        server.newsroom().articles(&system).restore(ids[0].parse().unwrap()).await.unwrap();
        next_ranking(&server);
        assert_eq!(articles(&trends(&server, "").await), [&ids[0], &ids[1]]);
        server.stop().await;
    }

    async fn another_article_stands_for_a_story_whose_first_is_withdrawn(server) {
        server.find_stories();
        let (story, _) = told(&server, 30).await;
        let before = server.get("/v1/trending").await;
        let lead = before["data"][0]["article"]["id"].as_str().unwrap().to_owned();
        let system = server.system();
        server.newsroom().articles(&system).withdraw(lead.parse().unwrap(), None).await.unwrap();
        let after = server.get("/v1/trending").await;
        assert_eq!((after["data"][0]["story_id"].as_str(), &after["meta"]["computed_at"]), (Some(story.as_str()), &before["meta"]["computed_at"]));
        assert_ne!(after["data"][0]["article"]["id"], lead.as_str());
        // A filter chooses who stands for it; what is counted stays the same.
        for (filter, found) in [("source=paper-2", 1), ("source=-paper-1,-paper-2", 0), ("language=en", 1), ("language=de", 0), ("min_words=1000", 0)] {
            let trends = trends(&server, filter).await;
            assert_eq!(trends.len(), found, "{filter}");
            assert!(trends.iter().all(|trend| trend["score"] == after["data"][0]["score"]));
            if filter == "source=paper-2" {
                assert_eq!(trends[0]["article"]["source"]["slug"], "paper-2");
            }
        }
        for (query, field) in [("window=2h", "window"), ("by=views", "by"), ("explain=yes", "explain"), ("source=nobody", "source"), ("limit=201", "limit"), ("sort=newest", "sort")] {
            let (status, problem) = server.try_get(&format!("/v1/trending?{query}")).await;
            assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some(field)), "{problem}");
        }
        server.stop().await;
    }

    async fn a_ranking_is_shown_for_a_while(server) {
        let ids = numbered(&server, 1).await;
        read(&server, &ids[0], 1).await;
        written(&server).await;
        let first = server.get("/v1/trending?window=1h").await;
        read(&server, &ids[0], 1).await;
        let system = server.system();
        server.newsroom().reads(&system).write().await.unwrap();
        server.clock.advance_seconds(14);
        assert_eq!(server.get("/v1/trending?window=1h").await, first);
        server.clock.advance_seconds(1);
        let next = server.get("/v1/trending?window=1h&explain=true").await;
        assert_ne!(next["meta"]["computed_at"], first["meta"]["computed_at"]);
        assert_eq!(count(&next["data"][0], "reads"), 2.0);
        assert!(server.get("/v1/trending?window=1h").await["data"][0]["score"].as_f64() > first["data"][0]["score"].as_f64(), "also where an answer was kept");
        server.stop().await;
    }

    /// What a request costs does not depend on how much it shows; and of many that come at once, one computes.
    async fn one_computes_for_all(server) {
        let ids = numbered(&server, 60).await;
        let cost = async |app: &broadsheet_api::App, limit: usize| {
            let router = broadsheet_api::router::router(app);
            let before = app.newsroom.statements();
            let request = Request::get(format!("/v1/trending?limit={limit}")).body(Body::empty()).unwrap();
            let response = router.oneshot(request).await.unwrap();
            let list: Value = serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap();
            (list["data"].as_array().unwrap().len(), app.newsroom.statements() - before)
        };
        let app = server.open_again().await;
        let before = app.newsroom.statements();
        let asked = join_all((0..20).map(|_| cost(&app, 20))).await;
        assert!(asked.iter().all(|(shown, _)| *shown == 0));
        assert_eq!(app.newsroom.statements() - before, 3, "a statement a signal, once");
        assert_eq!(cost(&app, 20).await, (0, 0));
        app.newsroom.close().await.unwrap();

        for id in &ids {
            read(&server, id, 1).await;
        }
        written(&server).await;
        let mut costs = Vec::new();
        for limit in [1, 60] {
            let app = server.open_again().await;
            costs.push(cost(&app, limit).await);
            assert_eq!(cost(&app, limit).await, (limit, 0), "a ranking and its articles are in memory");
            app.newsroom.close().await.unwrap();
        }
        assert_eq!((costs[0].0, costs[1].0, costs[0].1), (1, 60, costs[1].1));
        assert!(costs[0].1 <= 12, "{costs:?}");
        server.stop().await;
    }
}

/// A walk goes on in the ranking in which it began, whatever is read meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_a_ranking_skip_and_repeat_nothing() {
    for backend in Backend::ALL {
        let Some(server) = TestServer::start_with(backend, |config| config.reads.most_per_address = 0).await
        else {
            continue;
        };
        let ids = numbered(&server, 12).await;
        // The further down the list, the more it is read; four as often as each other.
        for (times, id) in ids.iter().enumerate() {
            read(&server, id, times.max(3)).await;
        }
        written(&server).await;
        let whole = server.get("/v1/trending?limit=200").await;
        let expected =
            articles(whole["data"].as_array().unwrap()).iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut by_hand: Vec<(usize, &String)> =
            ids.iter().enumerate().map(|(times, id)| (times.max(3), id)).collect();
        by_hand.sort_by(|one, other| other.cmp(one));
        assert_eq!(expected, by_hand.iter().map(|(_, id)| (*id).clone()).collect::<Vec<_>>(), "ties by id");

        let (mut seen, mut cursor, mut previous) = (Vec::new(), String::new(), None);
        for page in 0.. {
            let path = format!("/v1/trending?limit=5{cursor}");
            let list = server.get(&path).await;
            assert_eq!(
                (&list["meta"]["computed_at"], list["page"].get("newer")),
                (&whole["meta"]["computed_at"], None)
            );
            seen.extend(articles(list["data"].as_array().unwrap()).iter().map(ToString::to_string));
            if page == 1 {
                previous = list["page"]["prev"].as_str().map(ToOwned::to_owned);
            }
            let Some(next) = list["page"]["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
            // Meanwhile the order turns round, and others are shown it.
            read(&server, &ids[0], 30 * (page + 1)).await;
            written(&server).await;
            assert_eq!(articles(&trends(&server, "").await)[0], ids[0]);
        }
        assert_eq!(seen, expected);
        let back = server.get(&format!("/v1/trending?limit=5&cursor={}", previous.unwrap())).await;
        assert_eq!(articles(back["data"].as_array().unwrap()), expected[..5].iter().collect::<Vec<_>>());
        // The same by GraphQL, back and forth; and a cursor belongs to its list.
        let first = server
            .graphql(
                "{ trending(first: 4) { nodes { article { id } } pageInfo { endCursor hasNextPage } } }",
                json!({}),
            )
            .await;
        let end = first["trending"]["pageInfo"]["endCursor"].as_str().unwrap();
        let second = server.graphql("query($after: String) { trending(first: 20, after: $after) { nodes { article { id } } pageInfo { hasNextPage } } }", json!({ "after": end })).await;
        let nodes = |data: &Value| data["trending"]["nodes"].as_array().unwrap().len();
        assert_eq!(
            (nodes(&first), nodes(&second), &second["trending"]["pageInfo"]["hasNextPage"]),
            (4, 8, &json!(false))
        );
        let (status, problem) = server.try_get(&format!("/v1/trending?by=reads{cursor}")).await;
        assert_eq!((status, problem["errors"][0]["code"].as_str()), (400, Some("cursor_mismatch")));
        // A ranking that is remembered no more is no reason to refuse: the walk goes on in the present one.
        for _ in 0..5 {
            next_ranking(&server);
            trends(&server, "").await;
        }
        let late = server.get(&format!("/v1/trending?limit=5{cursor}")).await;
        assert_ne!(late["meta"]["computed_at"], whole["meta"]["computed_at"]);
        server.stop().await;
    }
}
