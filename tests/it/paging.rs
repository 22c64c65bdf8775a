//! Cursors while news lands: nothing is skipped, nothing is repeated, on either transport and under every sort.

use std::collections::BTreeSet;

use broadsheet_tests::TestServer;
use broadsheet_tests::edition::{self, NUMBERS};
use serde_json::json;

/// One page of REST: the headlines, and the next cursor.
async fn rest_page(
    server: &TestServer,
    sort: &str,
    limit: usize,
    cursor: Option<&str>,
) -> (Vec<String>, Option<String>) {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let list = server.get(&format!("/v1/articles?sort={sort}&limit={limit}{cursor}")).await;
    let headlines = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|article| article["headline"].as_str().unwrap().to_owned());
    (headlines.collect(), list["page"]["next"].as_str().map(ToOwned::to_owned))
}

/// One page of GraphQL.
async fn graphql_page(
    server: &TestServer,
    sort: &str,
    limit: usize,
    cursor: Option<&str>,
) -> (Vec<String>, Option<String>) {
    let query = "query($sort: ArticleSort!, $first: Int, $after: String) { articles(sort: $sort, first: $first, after: $after) { nodes { headline } pageInfo { hasNextPage endCursor } } }";
    let data =
        server.graphql(query, json!({ "sort": sort.to_uppercase(), "first": limit, "after": cursor })).await;
    let headlines = data["articles"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|article| article["headline"].as_str().unwrap().to_owned());
    let info = &data["articles"]["pageInfo"];
    let next = info["endCursor"].as_str().filter(|_| info["hasNextPage"] == true).map(ToOwned::to_owned);
    (headlines.collect(), next)
}

/// A small random generator, so that every run walks the same ways.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides).unwrap()
    }
}

on_both! {
    async fn nothing_is_skipped_or_repeated_while_news_lands(server) {
        let mut dice = Dice(7);
        server.take_in(NUMBERS, &edition::numbered(1_000, 40)).await;
        for (round, sort) in ["newest", "oldest", "recently_updated", "newest", "oldest", "recently_updated"].into_iter().enumerate() {
            let there: BTreeSet<String> = everything(&server, sort).await;
            let (mut seen, mut cursor, mut landed) = (Vec::new(), None, 0);
            loop {
                let limit = 1 + dice.roll(7);
                let (page, next) = if round < 3 {
                    rest_page(&server, sort, limit, cursor.as_deref()).await
                } else {
                    graphql_page(&server, sort, limit, cursor.as_deref()).await
                };
                seen.extend(page);
                // Articles land anywhere: newer than all, older than all, and in between.
                let number = [10, 2_000, 1_020][dice.roll(3)] + round * 100 + landed;
                landed += 1;
                let item = edition::item(number, "<p>Landed.</p>").replace("Headline", "Landed").replace("number-", &format!("landed-{sort}-"));
                let item = item.replace(&format!("numbers.example/{number}<"), &format!("numbers.example/landed/{round}/{number}<"));
                server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &item)).await;
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
            let once: BTreeSet<String> = seen.iter().cloned().collect();
            assert_eq!(once.len(), seen.len(), "{sort}: something came twice");
            let skipped: Vec<&String> = there.difference(&once).collect();
            assert!(skipped.is_empty(), "{sort}: skipped {skipped:?}");
        }
        server.stop().await;
    }

    async fn backwards_is_forwards_reversed(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 17)).await;
        let forwards = server.graphql("{ articles(first: 17) { edges { cursor node { headline } } pageInfo { hasNextPage hasPreviousPage } } }", json!({})).await;
        let edges = forwards["articles"]["edges"].as_array().unwrap();
        assert_eq!(forwards["articles"]["pageInfo"], json!({ "hasNextPage": false, "hasPreviousPage": false }));
        let query = "query($before: String!) { articles(last: 4, before: $before) { nodes { headline } pageInfo { hasNextPage hasPreviousPage } } }";
        let back = server.graphql(query, json!({ "before": edges[10]["cursor"] })).await;
        let headlines: Vec<_> = back["articles"]["nodes"].as_array().unwrap().iter().map(|node| &node["headline"]).collect();
        let expected: Vec<_> = edges[6..10].iter().map(|edge| &edge["node"]["headline"]).collect();
        assert_eq!(headlines, expected);
        assert_eq!(back["articles"]["pageInfo"], json!({ "hasNextPage": true, "hasPreviousPage": true }));
        let last = server.graphql("{ articles(last: 3) { nodes { headline } pageInfo { hasNextPage hasPreviousPage } } }", json!({})).await;
        assert_eq!(last["articles"]["nodes"][2]["headline"], edges[16]["node"]["headline"]);
        server.stop().await;
    }

    async fn a_cursor_outlives_its_article(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 10)).await;
        let (_, cursor) = rest_page(&server, "newest", 5, None).await;
        let id = server.get("/v1/articles?limit=5").await["data"][4]["id"].as_str().unwrap().to_owned();
        let system = server.system();
        server.newsroom().articles(&system).withdraw(id.parse().unwrap(), None).await.unwrap();
        let (page, _) = rest_page(&server, "newest", 5, cursor.as_deref()).await;
        assert_eq!(page, ["Headline 5", "Headline 6", "Headline 7", "Headline 8", "Headline 9"]);
        server.stop().await;
    }

    async fn one_cursor_serves_both_transports_and_no_other_list(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 10)).await;
        let (_, rest) = rest_page(&server, "newest", 3, None).await;
        assert_eq!(graphql_page(&server, "newest", 3, rest.as_deref()).await.0, ["Headline 3", "Headline 4", "Headline 5"]);
        let cursor = rest.unwrap();
        for path in ["/v1/articles?sort=oldest", "/v1/articles?source=the-numbers", "/v1/sources?limit=1", "/v1/authors?limit=1"] {
            let (status, problem) = server.try_get(&format!("{path}&cursor={cursor}")).await;
            assert_eq!((status, &problem["errors"][0]["code"]), (400, &json!("cursor_mismatch")), "{path}");
        }
        let answer = server.try_graphql(None, "query($c: String) { articles(first: 201, after: $c) { nodes { id } } }", json!({ "c": cursor })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID");
        server.stop().await;
    }

    async fn threads_page_by_root_and_by_reply(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 1)).await;
        let article = server.get("/v1/articles").await["data"][0]["slug"].as_str().unwrap().to_owned();
        let ann = server.reader("ann").await;
        let mut roots = Vec::new();
        for number in 0..7 {
            roots.push(ann.comment(&server, &article, &format!("Root {number}"), None).await["id"].as_str().unwrap().to_owned());
        }
        for number in 0..9 {
            ann.comment(&server, &article, &format!("Reply {number}"), Some(&roots[3])).await;
        }
        let list = server.get(&format!("/v1/articles/{article}/comments?sort=oldest&limit=4&replies=4")).await;
        assert_eq!(list["data"].as_array().unwrap().len(), 4);
        let fourth = &list["data"][3];
        assert_eq!((&fourth["reply_count"], fourth["replies"]["data"].as_array().unwrap().len()), (&json!(9), 4));
        let next = fourth["replies"]["page"]["next"].as_str().unwrap();
        let more = server.get(&format!("/v1/comments/{}/replies?sort=oldest&limit=10&cursor={next}", roots[3])).await;
        let bodies: Vec<_> = more["data"].as_array().unwrap().iter().map(|reply| reply["body"]["markdown"].as_str().unwrap()).collect();
        assert_eq!(bodies, ["Reply 4", "Reply 5", "Reply 6", "Reply 7", "Reply 8"]);
        let most = server.get(&format!("/v1/articles/{article}/comments?sort=most_replied&limit=2")).await;
        assert_eq!(most["data"][0]["id"], roots[3].as_str());
        let query = "query($slug: String!) { article(slug: $slug) { comments(sort: OLDEST, first: 4) { nodes { replies(sort: OLDEST, first: 4) { nodes { id } pageInfo { endCursor } } } } } }";
        let data = server.graphql(query, json!({ "slug": article })).await;
        let replies = &data["article"]["comments"]["nodes"][3]["replies"];
        assert_eq!(replies["pageInfo"]["endCursor"], next);
        server.stop().await;
    }
}

async fn everything(server: &TestServer, sort: &str) -> BTreeSet<String> {
    let (page, next) = rest_page(server, sort, 200, None).await;
    assert!(next.is_none());
    page.into_iter().collect()
}
