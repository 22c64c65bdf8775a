//! Stories: articles that tell the same event find together as they arrive, whoever publishes them; editors have the last word.

use broadsheet_tests::edition::{self, rfc2822};
use broadsheet_tests::server::NOON;
use broadsheet_tests::{Person, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

/// Events in the first test.
const EVENTS: u32 = 12;

/// Three publishers' headlines of an event, in words that no other event has.
pub fn headlines(event: u32) -> [String; 3] {
    let name = |part: u32| {
        let syllables = [
            "ba", "do", "ke", "li", "mu", "na", "po", "ri", "su", "ta", "ve", "zo", "gra", "fle", "sti",
            "tru",
        ];
        let mut seed = (event * 7 + part + 1).wrapping_mul(0x9e37_79b9);
        let mut name = String::new();
        for _ in 0..4 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            name.push_str(syllables[usize::try_from(seed >> 28).unwrap()]);
        }
        let (first, rest) = name.split_at(1);
        first.to_uppercase() + rest
    };
    let (place, who, ship, party, team) = (name(0), name(1), name(2), name(3), name(4));
    let (verb, act) = (name(5).to_lowercase(), name(6).to_lowercase());
    [
        format!("{place} {verb} {who} as {ship} {act} off {party} with {team}"),
        format!("{ship} {act} off {party}: {place} {verb} {who} and {team}"),
        format!("Off {party} the {ship} {act}; {who} of {place} {verb} {team}"),
    ]
}

/// Three publishers tell an event, a minute apart.
async fn publish(server: &TestServer, event: u32) -> Vec<String> {
    tell(server, event, 0..3).await
}

/// Some of the three tell it, each at its own minute.
pub async fn tell(server: &TestServer, event: u32, papers: std::ops::Range<usize>) -> Vec<String> {
    let mut ids = Vec::new();
    for (paper, headline) in headlines(event).iter().enumerate().filter(|(paper, _)| papers.contains(paper)) {
        let at = NOON.plus_millis(-3_600_000 + i64::try_from(paper).unwrap() * 60_000);
        let item = format!(
            "<item><title>{headline}</title><link>https://paper{paper}.example/{event}</link><pubDate>{}</pubDate><description>{headline}.</description></item>",
            rfc2822(at)
        );
        let feed = edition::rss(&format!("Paper {paper}"), &format!("https://paper{paper}.example/"), &item);
        let taken = server.take_in(&format!("https://paper{paper}.example/feed"), &feed).await;
        ids.extend(taken.new.iter().map(ToString::to_string));
    }
    ids
}

async fn story_of(server: &TestServer, article: &str) -> Value {
    server.get(&format!("/v1/articles/{article}?include=story")).await["story"].clone()
}

/// Waits until an article tells a story of so many; the story's id.
pub async fn wait_for_story(server: &TestServer, article: &str, articles: u64) -> String {
    for _ in 0..200 {
        let story = story_of(server, article).await;
        if story["article_count"].as_u64() == Some(articles) {
            return story["id"].as_str().unwrap().to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{article} did not come to a story of {articles}: {}", story_of(server, article).await);
}

/// A story of three articles that is nobody else's, and one of them.
pub async fn told(server: &TestServer, number: u32) -> (String, String) {
    let ids = publish(server, number).await;
    (wait_for_story(server, &ids[0], 3).await, ids[2].clone())
}

async fn send(server: &TestServer, person: &Person, path: &str, body: Value) -> Value {
    let (status, answer) = person.send(server, Method::POST, path, body).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

on_both! {
    async fn what_tells_the_same_event_finds_together(server) {
        server.find_stories();
        let mut events = Vec::new();
        for event in 0..EVENTS {
            events.push(publish(&server, event).await);
        }
        let mut stories = Vec::new();
        for articles in &events {
            let story = wait_for_story(&server, &articles[0], 3).await;
            for article in articles {
                assert_eq!(story_of(&server, article).await["id"], story.as_str());
            }
            stories.push(story);
        }
        stories.sort();
        stories.dedup();
        assert_eq!(stories.len(), events.len(), "each event is a story of its own");
        let list = server.get("/v1/stories?min_sources=3").await;
        assert_eq!(list["data"].as_array().unwrap().len(), events.len());
        assert_eq!(server.get("/v1/stories?min_sources=4").await["data"], json!([]));
        let story = &list["data"][0];
        let id = story["id"].as_str().unwrap();
        assert_eq!((story["article_count"].as_u64(), story["source_count"].as_u64()), (Some(3), Some(3)));
        let members = server.get(&format!("/v1/stories/{id}/members?limit=2")).await;
        assert_eq!(members["data"][0]["article"]["id"], story["lead_article_id"], "the first to tell it leads");
        assert!(members["data"][1]["confidence"].as_f64().unwrap() > 0.5 && !members["data"][1]["signals"].as_array().unwrap().is_empty());
        let rest = server.get(&format!("/v1/stories/{id}/members?cursor={}", members["page"]["next"].as_str().unwrap())).await;
        assert_eq!(rest["data"].as_array().unwrap().len(), 1);
        let publishers = server.get(&format!("/v1/stories/{id}/publishers")).await;
        let times: Vec<&str> = publishers["data"].as_array().unwrap().iter().map(|publisher| publisher["first_published_at"].as_str().unwrap()).collect();
        assert!(times.len() == 3 && times.is_sorted(), "{times:?}");
        let query = format!("{{ story(id: \"{id}\") {{ headline members {{ nodes {{ article {{ id story {{ id }} }} confidence }} }} publishers {{ source {{ name }} }} }} node(id: \"{id}\") {{ id ... on Story {{ articleCount }} }} }}");
        let data = server.graphql(&query, json!({})).await;
        assert_eq!((data["story"]["headline"].clone(), data["node"]["articleCount"].as_u64()), (story["headline"].clone(), Some(3)));
        assert!(data["story"]["members"]["nodes"].as_array().unwrap().iter().all(|member| member["article"]["story"]["id"] == id));
        server.stop().await;
    }

    async fn withdrawn_articles_leave_and_come_back(server) {
        server.find_stories();
        let (story, member) = told(&server, 1).await;
        let editor = server.staff("ed", "editor").await;
        send(&server, &editor, &format!("/v1/articles/{member}/withdraw"), json!({})).await;
        let lead = server.get(&format!("/v1/stories/{story}")).await["lead_article_id"].as_str().unwrap().to_owned();
        assert_eq!(wait_for_story(&server, &lead, 2).await, story);
        assert_eq!(server.get(&format!("/v1/stories/{story}/members")).await["data"].as_array().unwrap().len(), 2);
        send(&server, &editor, &format!("/v1/articles/{member}/restore"), Value::Null).await;
        assert_eq!(wait_for_story(&server, &member, 3).await, story);
        server.stop().await;
    }

    async fn an_editors_split_stands_and_can_be_undone(server) {
        server.find_stories();
        let (story, member) = told(&server, 2).await;
        let editor = server.staff("ed", "editor").await;
        let path = format!("/v1/stories/{story}");
        for (articles, code) in [(json!([]), "length"), (json!(["art_01k3v0sxm8e1zr4k5q5w0v6b7c"]), "unknown"), (json!(["nonsense"]), "malformed")] {
            let (status, problem) = editor.send(&server, Method::POST, &format!("{path}/split"), json!({ "articles": articles })).await;
            assert_eq!((status, problem["errors"][0]["code"].as_str()), (400, Some(code)), "{problem}");
        }
        let split = send(&server, &editor, &format!("{path}/split"), json!({ "articles": [member] })).await;
        assert_ne!(split["id"], story.as_str());
        assert_eq!(server.get(&path).await["article_count"], 2);
        assert_eq!(story_of(&server, &member).await["id"], split["id"]);
        // An edit of the article does not bring it back.
        editor.send(&server, Method::PATCH, &format!("/v1/articles/{member}"), json!({ "dek": "Told once more." })).await;
        let fourth = publish(&server, 2).await;
        assert!(fourth.is_empty(), "the same entries again are nothing new");
        tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
        assert_eq!(story_of(&server, &member).await["id"], split["id"]);
        let back = send(&server, &editor, &format!("/v1/stories/{}/undo", split["id"].as_str().unwrap()), Value::Null).await;
        assert_eq!((back["id"].as_str(), back["article_count"].as_u64()), (Some(story.as_str()), Some(3)));
        let followed = server.get(&format!("/v1/stories/{}", split["id"].as_str().unwrap())).await;
        assert_eq!(followed["id"], story.as_str(), "the split story's id leads back");
        let (status, problem) = editor.send(&server, Method::POST, &format!("{path}/undo"), Value::Null).await;
        assert_eq!((status, problem["code"].as_str()), (409, Some("nothing_to_undo")));
        server.stop().await;
    }

    async fn a_merged_storys_id_leads_on(server) {
        server.find_stories();
        let (one, _) = told(&server, 4).await;
        let (other, member) = told(&server, 5).await;
        let editor = server.staff("ed", "editor").await;
        let merged = send(&server, &editor, &format!("/v1/stories/{other}/merge"), json!({ "into": one })).await;
        assert_eq!((merged["id"].as_str(), merged["article_count"].as_u64()), (Some(one.as_str()), Some(6)));
        let direct = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let answer = direct.get(format!("{}/v1/stories/{other}", server.origin)).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap().to_owned()), (308, format!("/v1/stories/{one}")));
        let data = server.graphql(&format!("{{ story(id: \"{other}\") {{ id }} }}"), json!({})).await;
        assert_eq!(data["story"]["id"], one.as_str());
        assert_eq!(story_of(&server, &member).await["id"], one.as_str());
        assert_eq!(server.get("/v1/stories").await["data"].as_array().unwrap().len(), 1);
        let back = send(&server, &editor, &format!("/v1/stories/{one}/undo"), Value::Null).await;
        assert_eq!((back["id"].as_str(), back["article_count"].as_u64()), (Some(other.as_str()), Some(3)));
        assert_eq!(server.get(&format!("/v1/stories/{one}")).await["article_count"], 3);
        let (status, problem) = editor.send(&server, Method::POST, &format!("/v1/stories/{one}/merge"), json!({ "into": one })).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some("into")));
        server.stop().await;
    }

    async fn the_log_tells_of_stories(server) {
        server.find_stories();
        let (story, member) = told(&server, 3).await;
        let editor = server.staff("ed", "editor").await;
        let split = send(&server, &editor, &format!("/v1/stories/{story}/split"), json!({ "articles": [member] })).await;
        for _ in 0..100 {
            let batch = server.get("/v1/changes?since=0&kinds=story&limit=1000").await;
            let kinds: Vec<&str> = batch["changes"].as_array().unwrap().iter().map(|change| change["kind"].as_str().unwrap()).collect();
            if kinds.contains(&"story_split") {
                let formed = batch["changes"].as_array().unwrap().iter().find(|change| change["kind"] == "story_formed").unwrap();
                assert_eq!((formed["subject_id"].as_str(), formed["story"]["article_count"].as_u64()), (Some(story.as_str()), Some(2)));
                let parted = batch["changes"].as_array().unwrap().iter().find(|change| change["kind"] == "story_split").unwrap();
                assert_eq!((&parted["subject_id"], &parted["merged_into_id"]), (&json!(story), &Value::Null));
                assert!(batch["changes"].as_array().unwrap().iter().any(|change| change["kind"] == "story_formed" && change["subject_id"] == split["id"]));
                server.stop().await;
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the split is not told");
    }
}

/// A node as `serve` runs it, as far as stories go, until it dies.
async fn node(server: &TestServer) -> tokio::task::JoinHandle<()> {
    let newsroom = server.open_again().await.newsroom;
    tokio::spawn(async move {
        tokio::select! {
            ended = newsroom.follow_log() => ended.expect("the log is followed"),
            () = newsroom.follow_stories() => {}
        }
    })
}

/// Two nodes on one PostgreSQL: one of them finds stories, and the other goes on where it died.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_goes_on_where_one_died() {
    let Some(server) = TestServer::start(broadsheet_tests::Backend::Postgres).await else { return };
    let first = node(&server).await;
    let (story, _) = told(&server, 1).await;
    let second = node(&server).await;
    told(&server, 2).await;
    first.abort();
    drop(first.await);
    server.clock.advance_seconds(60);
    told(&server, 3).await;
    let stories = server.get("/v1/stories").await;
    assert_eq!(stories["data"].as_array().unwrap().len(), 3, "each event once: {stories}");
    assert_eq!(server.get(&format!("/v1/stories/{story}")).await["article_count"], 3);
    second.abort();
    server.stop().await;
}
