//! Lists of a story, lists that show each story once, and times of publication: on both transports, and in all that follows from
//! a list (feeds, changes, exports, streams).

use std::collections::BTreeMap;

use broadsheet_tests::TestServer;
use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::live::Events;
use reqwest::Method;
use serde_json::{Value, json};

use crate::changes::copy::Copy;
use crate::changes::settled;
use crate::stories::{tell, told, wait_for_story};

fn ids(list: &Value) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap_or_else(|| item.as_str().unwrap()).to_owned())
        .collect()
}

/// Every page of a list, with what each page says of the whole.
async fn walk(server: &TestServer, path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("{path}&limit={limit}{cursor}")).await;
        items.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["page"]["next"].as_str() else { return items };
        cursor = format!("&cursor={next}");
    }
}

/// What the rule says that a collapsed list shows, made of the list itself.
async fn collapsed(server: &TestServer, filter: &str) -> Vec<String> {
    let all = walk(server, &format!("/v1/articles?include=story{filter}"), 200).await;
    let place = |article: &Value| {
        (article["published_at"].as_str().unwrap().to_owned(), article["id"].as_str().unwrap().to_owned())
    };
    let mut standing = BTreeMap::<String, (String, String)>::new();
    for article in all.iter().filter(|article| article["story"].is_object()) {
        let story = article["story"]["id"].as_str().unwrap().to_owned();
        let known = standing.entry(story).or_insert_with(|| place(article));
        *known = place(article).max(known.clone());
    }
    let shows = |article: &&Value| {
        let story = article["story"]["id"].as_str();
        story.is_none_or(|story| standing[story] == place(article))
    };
    all.iter().filter(shows).map(|article| article["id"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn of_each_story_only_the_newest_that_passes_shows(server) {
        server.find_stories();
        server.take_in(NUMBERS, &edition::numbered(0, 12)).await;
        let mut last = String::new();
        for event in 0..5 {
            (last, _) = told(&server, event).await;
        }
        let lone = tell(&server, 20, 1..2).await;
        let ed = server.staff("ed", "editor").await;
        let newest = server.get(&format!("/v1/articles?story={last}&limit=1")).await["data"][0]["id"].as_str().unwrap().to_owned();
        let (status, _) = ed.send(&server, Method::POST, &format!("/v1/articles/{newest}/withdraw"), json!({})).await;
        assert_eq!(status, 200);
        wait_for_story(&server, last.replace("sto_", "art_").as_str(), 2).await;
        let all = server.get("/v1/articles?limit=200").await["data"].as_array().unwrap().len();
        for filter in ["", "&source=paper-0", "&source=-paper-2", "&section=world", "&has=image", "&sort=oldest", "&sort=recently_updated",
            "&published=2026-11-23/2026-11-23T11:01Z", "&as_of=2026-11-23T12:00:00Z", "&country=-GB&language=en&sort=oldest"] {
            let expected = collapsed(&server, filter).await;
            for limit in [1, 2, 3, 200] {
                let shown = walk(&server, &format!("/v1/articles?collapse=story{filter}"), limit).await;
                assert_eq!(ids(&json!(shown)), expected, "{filter} by {limit}");
                let alone: Vec<&Value> = shown.iter().filter(|article| article["story"].is_null()).collect();
                assert!(shown.iter().all(|article| article.get("story").is_some()), "each says what story it tells");
                assert!(alone.len() < shown.len());
            }
            let total = server.get(&format!("/v1/articles?collapse=story&with_total=true{filter}")).await["page"]["total"].as_u64();
            assert_eq!(total, u64::try_from(expected.len()).ok(), "{filter}");
            let by_id = server.get(&format!("/v1/articles/ids?collapse=story{filter}")).await;
            assert_eq!(ids(&by_id["data"]), expected, "{filter}");
        }
        let expected = collapsed(&server, "").await;
        assert!(expected.len() < all && expected.contains(&lone[0]));
        let data = server.graphql("{ articles(first: 200, collapse: STORY) { totalCount nodes { id story { articleCount } } } articleIds(collapse: STORY) { nodes } }", json!({})).await;
        assert_eq!((ids(&data["articles"]["nodes"]), ids(&data["articleIds"]["nodes"])), (expected.clone(), expected.clone()));
        assert_eq!(data["articles"]["totalCount"].as_u64(), u64::try_from(expected.len()).ok());
        let three = server.get("/v1/articles?collapse=story&source=paper-2&limit=1&fields=headline,story").await;
        assert_eq!(three["data"][0]["story"]["article_count"], 3, "how many tell it, whatever the filter");
        for (path, field) in [("/v1/articles?collapse=source", "collapse"), ("/v1/changes?collapse=story", "collapse")] {
            let (status, problem) = server.try_get(path).await;
            assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some(field)), "{path}: {problem}");
        }
        server.stop().await;
    }

    /// A walk keeps to what stood for each story when it began; what is newer leads to stories told anew, once each.
    async fn a_collapsed_walk_neither_skips_nor_repeats(server) {
        server.find_stories();
        for event in 0..4 {
            let ids = tell(&server, event, 0..2).await;
            wait_for_story(&server, &ids[0], 2).await;
        }
        let late = tell(&server, 4, 1..3).await;
        wait_for_story(&server, &late[0], 2).await;
        let path = "/v1/articles?collapse=story";
        let first = server.get(&format!("{path}&limit=1")).await;
        let mut seen = ids(&first["data"]);
        // An event that is not shown yet is told anew; another by an article that is older than what stands for it.
        let shown = first["data"][0]["story"]["id"].clone();
        let others: Vec<Value> = server.get("/v1/articles?collapse=story&limit=50").await["data"].as_array().unwrap().iter().filter(|article| article["story"]["id"] != shown).cloned().collect();
        assert_eq!(others.len(), 4);
        let mut anew = None;
        for event in 0..4 {
            let member = tell(&server, event, 0..1).await;
            assert!(member.is_empty());
            let landed = tell(&server, event, 2..3).await;
            let story = wait_for_story(&server, &landed[0], 3).await;
            if shown != story.as_str() {
                anew = Some(landed[0].clone());
                break;
            }
        }
        let anew = anew.unwrap();
        let older = tell(&server, 4, 0..1).await;
        wait_for_story(&server, &older[0], 3).await;
        let mut cursor = first["page"]["next"].as_str().unwrap().to_owned();
        let newer = loop {
            let page = server.get(&format!("{path}&limit=1&cursor={cursor}")).await;
            seen.extend(ids(&page["data"]));
            assert_eq!(page["page"]["newer_count"], 1, "one story was told anew");
            match page["page"]["next"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break page["page"]["newer"].as_str().unwrap().to_owned(),
            }
        };
        let mut expected: Vec<String> = others.iter().map(|article| article["id"].as_str().unwrap().to_owned()).collect();
        expected.push(seen[0].clone());
        expected.sort();
        let mut sorted = seen.clone();
        sorted.sort();
        assert_eq!(sorted, expected, "each story of the beginning once, by what stood for it then");
        let page = server.get(&format!("{path}&limit=10&cursor={newer}")).await;
        assert_eq!(ids(&page["data"]), [anew]);
        assert!(page["page"]["next"].is_null());
        server.stop().await;
    }

    async fn a_story_is_a_list_of_its_own(server) {
        server.find_stories();
        let (story, _) = told(&server, 1).await;
        let (other, _) = told(&server, 2).await;
        let list = server.get(&format!("/v1/articles?story={story}")).await;
        let expected = ids(&list["data"]);
        assert_eq!(expected.len(), 3);
        assert_eq!(ids(&server.get(&format!("/v1/articles?story={story},{other}")).await["data"]).len(), 6);
        assert_eq!(ids(&server.get(&format!("/v1/articles?story=-{story}")).await["data"]), ids(&server.get(&format!("/v1/articles?story={other}")).await["data"]));
        let data = server.graphql("query($story: String!) { articles(filter: { story: { anyOf: [$story] } }) { nodes { id } } }", json!({ "story": story })).await;
        assert_eq!(ids(&data["articles"]["nodes"]), expected);
        for unknown in ["sto_01k3v0sxm8e1zr4k5q5w0v6b7c", "nonsense"] {
            let (status, problem) = server.try_get(&format!("/v1/articles?story={unknown}")).await;
            assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some("story")), "{problem}");
        }
        for format in ["rss", "atom", "json"] {
            let path = format!("/v1/feeds/story/{story}.{format}");
            let text = server.request(Method::GET, &path).send().await.unwrap().text().await.unwrap();
            assert!(expected.iter().all(|id| text.contains(id)), "{path}");
        }
        let feed = server.get(&format!("/v1/feeds/story/{story}.json")).await;
        assert_eq!((ids(&feed["items"]), feed["title"].clone()), (expected.clone(), server.get(&format!("/v1/stories/{story}")).await["headline"].clone()));
        assert_eq!(server.try_get("/v1/feeds/story/nonsense.rss").await.0, 400);
        assert_eq!(server.try_get("/v1/feeds/story/sto_01k3v0sxm8e1zr4k5q5w0v6b7c.rss").await.0, 404);
        let ed = server.staff("ed", "editor").await;
        ed.send(&server, Method::POST, &format!("/v1/stories/{story}/merge"), json!({ "into": other })).await;
        let merged = ids(&server.get(&format!("/v1/articles?story={story}")).await["data"]);
        assert_eq!((merged.len(), merged), (6, ids(&server.get(&format!("/v1/articles?story={other}")).await["data"])), "its id leads on");
        assert_eq!(ids(&server.get(&format!("/v1/feeds/story/{story}.json")).await["items"]).len(), 6);
        server.stop().await;
    }

    /// Articles enter a story and leave it without being changed themselves: whoever follows the story is told all the same,
    /// by batches and by a stream that was there before.
    async fn followers_of_a_story_end_with_its_articles(server) {
        server.find_stories();
        let (story, member) = told(&server, 1).await;
        let filter = format!("&story={story}");
        let (mut copy, mut since) = Copy::of_export(&server, &filter).await;
        assert_eq!(copy.articles.len(), 3);
        let mut streamed = copy.clone();
        let mut events = Events::open(server.request(Method::GET, &format!("/v1/changes/events?kinds=article{filter}")).header("last-event-id", &since)).await;
        let ed = server.staff("ed", "editor").await;
        let (other, _) = told(&server, 2).await;
        let post = async |path: String, body: Value| {
            let (status, answer) = ed.send(&server, Method::POST, &path, body).await;
            assert_eq!(status, 200, "{path}: {answer}");
        };
        let steps = [
            (format!("/v1/stories/{story}/split"), json!({ "articles": [member] }), 2),
            (format!("/v1/stories/{story}/undo"), Value::Null, 3),
            (format!("/v1/stories/{story}/merge"), json!({ "into": other }), 6),
            (format!("/v1/stories/{other}/undo"), Value::Null, 3),
        ];
        for (path, body, length) in steps {
            post(path.clone(), body).await;
            settled(&server).await;
            let truth = Copy::of_lists(&server, &filter).await;
            assert_eq!(truth.articles.len(), length, "{path}");
            loop {
                let batch = server.get(&format!("/v1/changes?since={since}&kinds=article{filter}")).await;
                for change in batch["changes"].as_array().unwrap() {
                    copy.apply(&server, change).await;
                }
                let next = batch["next"].as_str().unwrap().to_owned();
                if batch["more"] == false && next == since {
                    break;
                }
                since = next;
            }
            copy.assert_same(&truth, &format!("by batches, after {path}"));
            for _ in 0..200 {
                if streamed.articles == truth.articles {
                    break;
                }
                streamed.apply(&server, &events.next().await.data).await;
            }
            streamed.assert_same(&truth, &format!("by a stream, after {path}"));
        }
        server.stop().await;
    }

    async fn a_closed_thread_leaves_a_filter_of_open_ones(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 2)).await;
        settled(&server).await;
        let (mut copy, since) = Copy::of_export(&server, "&commentable=true").await;
        let mo = server.staff("mo", "moderator").await;
        let article = copy.articles.keys().next().unwrap().clone();
        mo.send(&server, Method::POST, &format!("/v1/articles/{article}/comments/close"), Value::Null).await;
        settled(&server).await;
        for change in server.get(&format!("/v1/changes?since={since}&commentable=true&kinds=article")).await["changes"].as_array().unwrap() {
            assert_eq!((change["kind"].as_str(), change["left"].as_bool()), (Some("thread_closed"), Some(true)));
            copy.apply(&server, change).await;
        }
        copy.assert_same(&Copy::of_lists(&server, "&commentable=true").await, "of open threads");
        server.stop().await;
    }

    async fn times_of_publication_are_dates_and_intervals(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 130)).await;
        let same = [
            ("2026-11-23T11", "published_from=2026-11-23T11:00:00Z&published_until=2026-11-23T12:00:00Z"),
            ("2026-11-23T11:00Z/PT10M", "published_from=2026-11-23T11:00:00Z&published_until=2026-11-23T11:10:00Z"),
            ("2026-11-23T11:30Z/..", "published_from=2026-11-23T11:30:00Z"),
            ("../2026-11-23T11:30Z", "published_until=2026-11-23T11:30:00Z"),
            ("%3E%3D2026-11-23T11:30Z", "published_from=2026-11-23T11:30:00Z"),
            ("2026-11", ""),
            ("2026-W01", "published_until=2026-01-01"),
        ];
        for (period, twin) in same {
            let expected = walk(&server, &format!("/v1/articles/ids?{twin}"), 1_000).await;
            let found = walk(&server, &format!("/v1/articles/ids?published={period}"), 7).await;
            assert_eq!(found, expected, "{period}");
        }
        let both = server.get("/v1/articles/ids?published=2026-11-23T11&published_from=2026-11-23T11:50:00Z").await;
        assert_eq!(both["data"].as_array().unwrap().len(), 10, "all filters hold");
        let data = server.graphql("{ articleIds(filter: { published: \"2026-11-23T11\" }) { nodes } }", json!({})).await;
        assert_eq!(data["articleIds"]["nodes"].as_array().unwrap().len(), 60);
        for (period, code) in [("P7D", "relative"), ("today", "relative"), ("2026-13", "bad_time"), ("2026-11-02/2026-11-01", "reversed_interval")] {
            for path in ["/v1/articles", "/v1/changes", "/v1/exports"] {
                let (status, problem) = server.try_get(&format!("{path}?published={period}")).await;
                assert_eq!((status, problem["errors"][0]["field"].as_str(), problem["errors"][0]["code"].as_str()), (400, Some("published"), Some(code)), "{path}: {problem}");
            }
            let answer = server.try_graphql(None, &format!("{{ articles(filter: {{ published: \"{period}\" }}) {{ nodes {{ id }} }} }}"), json!({})).await;
            assert!(answer["errors"][0]["message"].as_str().unwrap().contains("published"), "{answer}");
        }
        server.stop().await;
    }

    async fn the_stream_of_articles_takes_every_filter(server) {
        let path = "/v1/articles/events?min_words=50&commentable=true&published=2026-11/..&status=published";
        let mut events = Events::open(server.request(Method::GET, path)).await;
        server.take_in(NUMBERS, &edition::numbered(0, 1)).await;
        let long = edition::item(7, &format!("<p>{}</p>", "word ".repeat(60)));
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &long)).await;
        assert_eq!(events.next().await.data["article"]["headline"], "Headline 7", "the short one is not told");
        assert_eq!(server.try_get("/v1/articles/events?status=draft").await.0, 401);
        server.stop().await;
    }
}
