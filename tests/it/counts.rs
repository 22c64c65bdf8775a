//! Counts that stay exact while everybody writes at once.

use broadsheet_tests::TestServer;
use broadsheet_tests::edition::{self, NUMBERS};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

async fn thread(server: &TestServer) -> String {
    server.take_in(NUMBERS, &edition::numbered(0, 1)).await;
    server.get("/v1/articles").await["data"][0]["id"].as_str().unwrap().to_owned()
}

on_both! {
    async fn counts_are_exact_when_everybody_writes_at_once(server) {
        let article = thread(&server).await;
        let people = join_all(["ann", "bo", "cy", "dee", "eve", "flo"].map(|name| server.reader(name))).await;
        let mo = server.staff("mo", "moderator").await;
        let root = people[0].comment(&server, &article, "Root.", None).await["id"].as_str().unwrap().to_owned();
        // Everybody posts five replies and three roots, deletes one of each, and the moderator hides one of each.
        let each = people.iter().map(async |person| {
            let mut posted = Vec::new();
            for number in 0..8 {
                let parent = (number < 5).then_some(root.as_str());
                posted.push(person.comment(&server, &article, &format!("Number {number}."), parent).await["id"].as_str().unwrap().to_owned());
            }
            for mine in [&posted[0], &posted[5]] {
                assert_eq!(person.send(&server, Method::DELETE, &format!("/v1/comments/{mine}"), Value::Null).await.0, 204);
            }
            for rude in [&posted[1], &posted[6]] {
                assert_eq!(mo.send(&server, Method::POST, &format!("/v1/comments/{rude}/hide"), json!({ "reason": "Test." })).await.0, 200);
            }
        });
        join_all(each).await;
        let expected = 1 + 6 * 4;
        assert_eq!(server.get(&format!("/v1/articles/{article}")).await["comment_count"], expected);
        assert_eq!(server.get(&format!("/v1/comments/{root}")).await["reply_count"], 6 * 3);
        let data = server.graphql("query($id: ID!) { article(id: $id) { commentCount } }", json!({ "id": article })).await;
        assert_eq!(data["article"]["commentCount"], expected);
        // Numbers are given once each, without a gap.
        let mut numbers: Vec<u64> = Vec::new();
        let roots = server.get(&format!("/v1/articles/{article}/comments?limit=200&replies=200")).await;
        for comment in roots["data"].as_array().unwrap() {
            numbers.push(comment["number"].as_u64().unwrap());
            numbers.extend(comment["replies"]["data"].as_array().unwrap().iter().map(|reply| reply["number"].as_u64().unwrap()));
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=49).collect::<Vec<_>>());
        server.stop().await;
    }
}
