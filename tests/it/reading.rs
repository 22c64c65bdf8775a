//! News out: the reference page, filters, sorts, fields, conditional requests, clear refusals.

use broadsheet_tests::TestServer;
use broadsheet_tests::edition::{self, NUMBERS};
use reqwest::Method;
use serde_json::{Value, json};

const PAGE: &str = "query Page($slug: String!) {
  article(slug: $slug) {
    id headline dek url publishedAt language direction readingMinutes
    source { name logoUrl }
    section { name }
    authors { nodes { name } }
    leadImage { url caption credit alt width height }
    media { nodes { kind role url durationMs caption credit } }
    body { html text }
    commentsOpen commentCount
    comments(first: 20) {
      pageInfo { hasNextPage endCursor }
      nodes { id author { name } body { html } replyCount replies(first: 5) { nodes { id depth body { html } } pageInfo { hasNextPage } } }
    }
  }
}";

async fn fixtures(server: &TestServer) {
    let rss = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rss-2.0.xml"),
    )
    .unwrap();
    server.take_in("https://quay-counter.example/feed", &rss).await;
    server.take_in(NUMBERS, &edition::numbered(0, 30)).await;
}

fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn headlines(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|item| item["headline"].as_str().unwrap()).collect()
}

on_both! {
    async fn one_request_draws_the_reference_page(server) {
        fixtures(&server).await;
        let found = server.get("/v1/articles/by-url?url=https%3A%2F%2Fquay-counter.example%2Frope%3Fid%3D7").await;
        let slug = found["slug"].as_str().unwrap().to_owned();
        let (ann, bo) = (server.reader("ann").await, server.reader("bo").await);
        let root = ann.comment(&server, &slug, "Dear *rope*.", None).await;
        bo.comment(&server, &slug, "Too dear.", root["id"].as_str()).await;

        let rest = server.get(&format!("/v1/articles/{slug}?include=body,media,topics,comments")).await;
        assert_eq!(rest["comment_count"], 2);
        assert_eq!(rest["comments"]["data"][0]["body"]["html"], "<p>Dear <em>rope</em>.</p>");
        assert_eq!(rest["comments"]["data"][0]["replies"]["data"][0]["body"]["html"], "<p>Too dear.</p>");
        assert!(rest["media"].as_array().unwrap().iter().any(|medium| medium["duration_ms"] == 95_000));
        assert!(rest["source"]["logo_url"].is_string() && rest["body"]["text"].is_string());

        let graphql = server.graphql(PAGE, json!({ "slug": slug })).await;
        let article = &graphql["article"];
        assert_eq!(article["commentCount"], 2);
        assert_eq!(article["comments"]["nodes"][0]["replies"]["nodes"][0]["body"]["html"], "<p>Too dear.</p>");
        assert_eq!(article["comments"]["nodes"][0]["author"]["name"], "ann");
        assert_eq!((&article["body"]["html"], &article["headline"]), (&rest["body"]["html"], &rest["headline"]));
        server.stop().await;
    }

    async fn an_article_by_id_slug_and_address(server) {
        fixtures(&server).await;
        let by_slug = server.get("/v1/articles?limit=1").await["data"][0].clone();
        let (id, slug, url) = (by_slug["id"].as_str().unwrap(), by_slug["slug"].as_str().unwrap(), by_slug["url"].as_str().unwrap());
        assert_eq!(server.get(&format!("/v1/articles/{id}")).await, server.get(&format!("/v1/articles/{slug}")).await);
        let data = server.graphql("query($id: ID, $slug: String, $url: String) { a: article(id: $id) { id } b: article(slug: $slug) { id } c: article(url: $url) { id } d: node(id: \"art_00000000000000000000000000\") { id } }",
            json!({ "id": id, "slug": slug, "url": format!("{url}?utm_source=x") })).await;
        assert_eq!(data, json!({ "a": { "id": id }, "b": { "id": id }, "c": { "id": id }, "d": null }));
        let source = by_slug["source"]["id"].as_str().unwrap();
        let (status, problem) = server.try_get(&format!("/v1/articles/{source}")).await;
        assert_eq!((status, problem["code"].as_str()), (400, Some("invalid")));
        assert!(problem["detail"].as_str().unwrap().contains("`art_`"), "{problem}");
        assert_eq!(server.try_get("/v1/articles/no-such-slug").await.0, 404);
        server.stop().await;
    }

    async fn relations_lead_both_ways(server) {
        fixtures(&server).await;
        let data = server.graphql("{ articles(first: 1) { nodes { id source { articles(first: 3) { nodes { id } } } authors { nodes { name source { slug } articles(first: 2) { nodes { authors { nodes { name } } } } } } topics { nodes { kind articles(first: 1) { nodes { id } } } } } } }", json!({})).await;
        let article = &data["articles"]["nodes"][0];
        assert_eq!(article["source"]["articles"]["nodes"].as_array().unwrap().len(), 3);
        for author in article["authors"]["nodes"].as_array().unwrap() {
            for other in author["articles"]["nodes"].as_array().unwrap() {
                assert!(other["authors"]["nodes"].as_array().unwrap().iter().any(|person| person["name"] == author["name"]), "{author}");
            }
        }
        let nodes = server.graphql("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", json!({ "ids": [article["id"], article["id"]] })).await;
        assert_eq!(nodes["nodes"][1], json!({ "__typename": "Article", "id": article["id"] }));
        server.stop().await;
    }

    async fn filters_narrow_lists_alike_on_both_transports(server) {
        fixtures(&server).await;
        let cases = [
            ("source=the-numbers", "source: { anyOf: [\"the-numbers\"] }", 30),
            ("source=-the-numbers", "source: { noneOf: [\"the-numbers\"] }", 4),
            ("source=the-numbers,quay-counter", "source: { anyOf: [\"the-numbers\", \"quay-counter\"] }", 34),
            ("author=ada-alder", "author: { anyOf: [\"ada-alder\"] }", 6),
            ("author=ada-alder&author=finn-fir", "author: { allOf: [\"ada-alder\", \"finn-fir\"] }", 2),
            ("topic=anchors,bridges", "topic: { anyOf: [\"anchors\", \"bridges\"] }", 10),
            ("section=business", "section: { anyOf: [\"business\"] }", 1),
            ("section=-business", "section: { noneOf: [\"business\"] }", 33),
            ("language=en", "language: { anyOf: [\"en\"] }", 34),
            ("language=EN,EN-gb", "language: { anyOf: [\"EN\", \"EN-gb\"] }", 34),
            ("language=-en", "language: { noneOf: [\"en\"] }", 0),
            ("published_from=2026-11-23T11:50:00Z&published_until=2026-11-23T11:55:00Z", "publishedFrom: \"2026-11-23T11:50:00Z\", publishedUntil: \"2026-11-23T11:55:00Z\"", 5),
            ("published_until=2026-11-21", "publishedUntil: \"2026-11-21T00:00:00Z\"", 2),
        ];
        for (rest, graphql, expected) in cases {
            let list = server.get(&format!("/v1/articles?limit=100&with_total=true&{rest}")).await;
            assert_eq!((list["page"]["total"].as_u64(), ids(&list).len()), (Some(expected), usize::try_from(expected).unwrap()), "{rest}");
            let data = server.graphql(&format!("{{ articles(first: 100, filter: {{ {graphql} }}) {{ totalCount nodes {{ id }} }} }}"), json!({})).await;
            let twin: Vec<&str> = data["articles"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
            assert_eq!(ids(&list), twin, "{rest} and {graphql}");
            assert_eq!(data["articles"]["totalCount"], expected);
        }
        server.stop().await;
    }

    async fn sorts_and_their_cursors(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 5)).await;
        assert_eq!(headlines(&server.get("/v1/articles?limit=2").await), ["Headline 0", "Headline 1"]);
        assert_eq!(headlines(&server.get("/v1/articles?limit=2&sort=oldest").await), ["Headline 4", "Headline 3"]);
        server.clock.advance_seconds(60);
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &edition::item(3, "<p>Changed.</p>"))).await;
        let list = server.get("/v1/articles?limit=2&sort=recently_updated").await;
        assert_eq!((headlines(&list), &list["page"]["sort"]), (vec!["Headline 3", "Headline 0"], &json!("recently_updated")));
        let cursor = list["page"]["next"].as_str().unwrap();
        let (status, problem) = server.try_get(&format!("/v1/articles?sort=newest&cursor={cursor}")).await;
        assert_eq!((status, problem["errors"][0]["code"].as_str()), (400, Some("cursor_mismatch")));
        let changed = server.get("/v1/articles?updated_from=2026-11-23T12:00:30Z").await;
        assert_eq!(headlines(&changed), ["Headline 3"]);
        server.stop().await;
    }

    async fn links_lead_through_the_whole_list_and_back(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 23)).await;
        let (mut path, mut seen, mut last) = ("/v1/articles?limit=5&source=the-numbers".to_owned(), Vec::new(), None);
        loop {
            let response = server.request(Method::GET, &path).send().await.unwrap();
            let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned()).unwrap_or_default();
            seen.extend(ids(&response.json().await.unwrap()));
            let rel = |rel: &str| link.split(", ").find(|part| part.ends_with(&format!("rel=\"{rel}\""))).map(|part| part[1..part.find('>').unwrap()].to_owned());
            last = rel("prev").or(last);
            match rel("next") {
                Some(next) => path = next,
                None => break,
            }
        }
        assert_eq!(seen.len(), 23);
        let before_last = server.get(&last.unwrap()).await;
        assert_eq!(ids(&before_last), seen[15..20]);
        server.stop().await;
    }

    async fn fields_and_includes(server) {
        fixtures(&server).await;
        let list = server.get("/v1/articles?limit=2&fields=headline,source&include=body").await;
        let members: Vec<&String> = list["data"][0].as_object().unwrap().keys().collect();
        assert_eq!(members, ["id", "headline", "source"]);
        let (status, problem) = server.try_get("/v1/articles?fields=headline,colour").await;
        assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!("fields")));
        let (status, problem) = server.try_get("/v1/articles?include=everything").await;
        assert_eq!(status, 400);
        assert!(problem["detail"].as_str().unwrap().contains("revisions"), "it says what can be included: {problem}");
        server.stop().await;
    }

    async fn every_bad_parameter_is_named(server) {
        let (status, problem) = server.try_get("/v1/articles?limit=201&sort=loudest&published_from=yesterday&with_total=maybe").await;
        let fields: Vec<&str> = problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(status, 400);
        assert_eq!(fields, ["published_from", "sort", "with_total", "limit"]);
        for (path, field) in [("/v1/articles?colour=red", "colour"), ("/v1/sources?sort=newest", "sort"), ("/v1/topics?kind=mood", "kind"), ("/v1/articles?source=nobody", "source"), ("/v1/articles?cursor=x", "cursor"), ("/v1/articles?language=!!", "language"), ("/v1/articles?source=a%00b", "source"), ("/v1/articles?limit=2&limit=3", "limit")] {
            let (status, problem) = server.try_get(path).await;
            assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!(field)), "{path}: {problem}");
        }
        for path in ["/v1/nothing", "/v1/articles/%ff", "/v1/articles/a%00b"] {
            let (status, problem) = server.try_get(path).await;
            assert_eq!((status, &problem["code"]), (404, &json!("no_such_route")), "{path}");
            assert!(problem["detail"].as_str().unwrap().contains(path), "{problem}");
        }
        let by_slug = server.graphql("{ article(slug: \"a\\u0000b\") { id } }", json!({})).await;
        assert_eq!(by_slug["article"], Value::Null);
        let response = server.request(Method::DELETE, "/v1/articles").send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()), (405, "application/problem+json"));
        server.stop().await;
    }

    async fn a_read_that_has_not_changed_is_a_304(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        for path in ["/v1/articles", "/v1/sources/the-numbers", "/v1/topics", "/v1/authors"] {
            let first = server.request(Method::GET, path).send().await.unwrap();
            let etag = first.headers()["etag"].clone();
            assert!(first.headers()["cache-control"].to_str().unwrap().contains("must-revalidate"));
            let again = server.request(Method::GET, path).header("if-none-match", &etag).send().await.unwrap();
            assert_eq!((again.status().as_u16(), &again.headers()["etag"]), (304, &etag), "{path}");
            assert!(again.bytes().await.unwrap().is_empty());
        }
        let before = server.request(Method::GET, "/v1/articles").send().await.unwrap().headers()["etag"].clone();
        server.take_in(NUMBERS, &edition::numbered(0, 4)).await;
        let after = server.request(Method::GET, "/v1/articles").header("if-none-match", before).send().await.unwrap();
        assert_eq!(after.status(), 200);
        server.stop().await;
    }

    async fn an_answer_is_kept_until_what_it_shows_changes(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        let id = server.get("/v1/articles").await["data"][1]["id"].as_str().unwrap().to_owned();
        let (list, one, thread) = ("/v1/articles".to_owned(), format!("/v1/articles/{id}?include=comments,body"), format!("/v1/articles/{id}/comments"));
        let ann = server.reader("ann").await;
        for path in [&list, &one, &thread] {
            let first = server.get(path).await;
            let again = server.request(Method::GET, path).send().await.unwrap();
            let etag = again.headers()["etag"].clone();
            assert_eq!(again.json::<Value>().await.unwrap(), first, "{path}");
            let known = server.request(Method::GET, path).header("if-none-match", etag).send().await.unwrap();
            assert_eq!(known.status(), 304, "{path}");
        }
        ann.comment(&server, &id, "New.", None).await;
        assert_eq!(server.get(&list).await["data"][1]["comment_count"], 1);
        assert_eq!(server.get(&one).await["comments"]["data"][0]["body"]["markdown"], "New.");
        assert_eq!(server.get(&thread).await["data"].as_array().unwrap().len(), 1);
        server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &edition::item(1, "<p>Changed.</p>"))).await;
        assert_eq!(server.get(&one).await["body"]["html"], "<p>Changed.</p>");
        server.take_in(NUMBERS, &edition::numbered(3, 1)).await;
        assert_eq!(server.get(&list).await["data"].as_array().unwrap().len(), 4);
        // Another process writes to the same database, as `broadsheet intake` does beside `serve`.
        let other = server.open_again().await;
        let system = server.system();
        other.newsroom.articles(&system).withdraw(id.parse().unwrap(), None).await.unwrap();
        for _ in 0..100 {
            if server.try_get(&one).await.0 == 410 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(server.try_get(&one).await.0, 410);
        assert_eq!(server.get(&list).await["data"].as_array().unwrap().len(), 3);
        other.newsroom.close().await.unwrap();
        server.stop().await;
    }

    async fn what_is_withdrawn_is_nowhere(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        let article = server.get("/v1/articles?limit=1").await["data"][0].clone();
        let (id, slug) = (article["id"].as_str().unwrap().to_owned(), article["slug"].as_str().unwrap().to_owned());
        let ann = server.reader("ann").await;
        let comment = ann.comment(&server, &id, "Here.", None).await["id"].as_str().unwrap().to_owned();
        let system = server.system();
        server.newsroom().articles(&system).withdraw(id.parse().unwrap(), Some("mistake".to_owned())).await.unwrap();
        for path in [format!("/v1/articles/{id}"), format!("/v1/articles/{slug}"), format!("/v1/articles/{id}/comments")] {
            let (status, problem) = server.try_get(&path).await;
            assert_eq!((status, problem["detail"].as_str()), (410, Some("This article was withdrawn: mistake")), "{path}");
        }
        for path in [format!("/v1/comments/{comment}"), format!("/v1/comments/{comment}/replies")] {
            assert_eq!(server.try_get(&path).await.0, 404, "{path}");
        }
        assert_eq!(server.get("/v1/articles?with_total=true").await["page"]["total"], 2);
        let data = server.graphql("query($id: ID!, $comment: ID!) { node(id: $id) { id } comment(id: $comment) { id } source(slug: \"the-numbers\") { articles { nodes { id } } } }", json!({ "id": id, "comment": comment })).await;
        assert_eq!((&data["node"], &data["comment"]), (&Value::Null, &Value::Null));
        assert_eq!(data["source"]["articles"]["nodes"].as_array().unwrap().len(), 2);
        let moderator = server.staff("mo", "moderator").await;
        let (status, _) = moderator.send(&server, Method::POST, &format!("/v1/comments/{comment}/hide"), json!({ "reason": "Rude." })).await;
        assert_eq!(status, 404, "nor for moderators, who see no more of it than readers do");
        let editor = server.staff("ed", "editor").await;
        let (status, seen) = editor.send(&server, Method::GET, &format!("/v1/articles/{id}"), Value::Null).await;
        assert_eq!((status, &seen["status"]), (200, &json!("withdrawn")));
        server.stop().await;
    }
}
