//! Time travel: lists as they were, in the words of then.

use broadsheet_tests::TestServer;
use broadsheet_tests::edition::{self, NUMBERS};
use serde_json::{Value, json};

fn rss(items: &str) -> String {
    edition::rss("The Numbers", "https://numbers.example/", items)
}

fn item(number: usize, headline: &str, body: &str) -> String {
    edition::item(number, &format!("<p>{body}</p>"))
        .replace(&format!("Headline {number}<"), &format!("{headline}<"))
}

/// What is said at a moment, over both transports: headline, body, revision.
async fn said(server: &TestServer, at: &str) -> Vec<(String, String, u64)> {
    let list = server.get(&format!("/v1/articles?as_of={at}&include=body&with_total=true")).await;
    let say = |article: &Value, revision: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&article["headline"]), text(&article["body"]["text"]), revision.as_u64().unwrap())
    };
    let rest: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|article| say(article, &article["revision"])).collect();
    assert_eq!(list["page"]["total"], rest.len(), "at {at}");
    let ids = server.get(&format!("/v1/articles/ids?as_of={at}")).await;
    let listed: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|article| article["id"].clone()).collect();
    assert_eq!(ids["data"], json!(listed));
    let query = "query($at: DateTime!) { articles(asOf: $at) { totalCount nodes { id headline revision body { text html } } } articleIds(asOf: $at) { nodes } }";
    let data = server.graphql(query, json!({ "at": at })).await;
    let graphql: Vec<_> = data["articles"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|article| say(article, &article["revision"]))
        .collect();
    assert_eq!((&rest, &data["articleIds"]["nodes"]), (&graphql, &json!(listed)), "at {at}");
    assert_eq!(data["articles"]["totalCount"], rest.len());
    rest
}

fn say(headline: &str, body: &str, revision: u64) -> (String, String, u64) {
    (headline.to_owned(), body.to_owned(), revision)
}

on_both! {
    async fn lists_say_what_they_said(server) {
        // 12:00 two articles; 12:01 one changes; 12:02 it changes again and a late one lands; 12:03 one is taken back.
        server.take_in(NUMBERS, &rss(&(item(0, "First", "One word.") + &item(5, "Second", "Unchanged.")))).await;
        server.clock.advance_seconds(60);
        server.take_in(NUMBERS, &rss(&item(0, "First, changed", "Two words, and a dozen more to make it longer."))).await;
        server.clock.advance_seconds(60);
        server.take_in(NUMBERS, &rss(&(item(0, "First, again", "Three.") + &item(3, "Late", "Landed late.")))).await;
        let (first, second) = (say("First", "One word.", 1), say("Second", "Unchanged.", 1));
        let (changed, again) = (say("First, changed", "Two words, and a dozen more to make it longer.", 2), say("First, again", "Three.", 3));
        let late = say("Late", "Landed late.", 1);
        assert_eq!(said(&server, "2026-11-23T11:59:59Z").await, []);
        assert_eq!(said(&server, "2026-11-23T12:00:00Z").await, [first.clone(), second.clone()]);
        assert_eq!(said(&server, "2026-11-23T12:00:59Z").await, [first, second.clone()]);
        assert_eq!(said(&server, "2026-11-23T12:01:00Z").await, [changed, second.clone()]);
        assert_eq!(said(&server, "2026-11-23T12:02:00Z").await, [again.clone(), late.clone(), second]);

        let then = server.get("/v1/articles?as_of=2026-11-23T12:01:30Z&limit=1").await["data"][0].clone();
        let now = server.get("/v1/articles?limit=1").await["data"][0].clone();
        assert_eq!((&then["id"], &then["slug"]), (&now["id"], &now["slug"]));
        assert_eq!((&then["updated_at"], &then["word_count"]), (&json!("2026-11-23T12:01:00Z"), &json!(10)));
        assert_eq!((&now["updated_at"], &now["word_count"]), (&json!("2026-11-23T12:02:00Z"), &json!(1)));

        server.clock.advance_seconds(60);
        let second = server.get("/v1/articles/ids").await["data"][2].as_str().unwrap().to_owned();
        let system = server.system();
        server.newsroom().articles(&system).withdraw(second.parse().unwrap(), None).await.unwrap();
        assert_eq!(said(&server, "2026-11-23T12:02:00Z").await, [again, late], "withdrawn from every moment");
        server.stop().await;
    }

    async fn the_past_is_paged_and_does_not_move(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 7)).await;
        let (mut path, mut seen) = ("/v1/articles?as_of=2026-11-23T12:00:00Z&limit=3&fields=headline".to_owned(), Vec::new());
        loop {
            let list = server.get(&path).await;
            seen.extend(list["data"].as_array().unwrap().iter().map(|article| article["headline"].clone()));
            server.clock.advance_seconds(60);
            let landed = edition::item(100 + seen.len(), "<p>Landed.</p>");
            server.take_in(NUMBERS, &rss(&landed)).await;
            let Some(next) = list["page"]["next"].as_str() else { break };
            path = format!("/v1/articles?as_of=2026-11-23T12:00:00Z&limit=3&fields=headline&cursor={next}");
        }
        assert_eq!(seen, (0..7).map(|number| json!(format!("Headline {number}"))).collect::<Vec<_>>());
        let cursor = server.get("/v1/articles?limit=1").await["page"]["next"].as_str().unwrap().to_owned();
        let (status, problem) = server.try_get(&format!("/v1/articles?as_of=2026-11-23T12:00:00Z&cursor={cursor}")).await;
        assert_eq!((status, &problem["errors"][0]["code"]), (400, &json!("cursor_mismatch")), "another moment is another list");
        server.stop().await;
    }
}
