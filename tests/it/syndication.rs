//! News in other people's formats: feeds that our own intake takes in again, OPML, sitemaps, structured data, ninjs, cards.

use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::{Backend, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

async fn document(server: &TestServer, path: &str) -> (String, String) {
    let response = server.request(Method::GET, path).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (media_type, response.text().await.unwrap())
}

/// What a reader sees of an article, wherever it came from.
fn essence(article: &Value) -> Value {
    let names =
        |list: &Value| list.as_array().unwrap().iter().map(|item| item["name"].clone()).collect::<Vec<_>>();
    json!({
        "headline": article["headline"], "dek": article["dek"], "url": article["url"], "language": article["language"],
        "published_at": article["published_at"], "body": article["body"]["text"], "authors": names(&article["authors"]),
        "topics": names(&article["topics"]), "section": article["section"]["name"],
        "image": [article["lead_image"]["url"], article["lead_image"]["caption"], article["lead_image"]["credit"]],
    })
}

async fn essences(server: &TestServer) -> Vec<Value> {
    let list = server.get("/v1/articles?include=body,topics,media&limit=50").await;
    list["data"].as_array().unwrap().iter().map(essence).collect()
}

on_both! {
    async fn our_feeds_come_back_through_our_own_intake(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 12)).await;
        let expected = essences(&server).await;
        for (file, media_type) in [("articles.rss", "application/rss+xml"), ("articles.atom", "application/atom+xml"), ("articles.json", "application/feed+json")] {
            let (found, feed) = document(&server, &format!("/v1/feeds/{file}?limit=50")).await;
            assert!(found.starts_with(media_type), "{found}");
            let other = TestServer::start(Backend::Sqlite).await.unwrap();
            let taken = other.take_in("https://again.example/feed", &feed).await;
            assert_eq!((taken.new.len(), taken.refused.len()), (12, 0), "{file}");
            let again = essences(&other).await;
            for (before, after) in expected.iter().zip(again) {
                let mut before = before.clone();
                if file == "articles.json" {
                    // JSON Feed has no place for a picture's caption and credit.
                    before["image"] = json!([before["image"][0], null, null]);
                }
                assert_eq!(before, after, "{file}");
            }
            other.stop().await;
        }
        server.stop().await;
    }

    async fn feeds_of_parts_have_the_parts_articles_and_go_on(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 30)).await;
        for (path, filter) in [("source/the-numbers", "source=the-numbers"), ("section/world", "section=world"), ("topic/anchors", "topic=anchors"), ("author/ada-alder", "author=ada-alder")] {
            let list = server.get(&format!("/v1/articles?{filter}&limit=4")).await;
            let expected: Vec<&str> = list["data"].as_array().unwrap().iter().map(|article| article["id"].as_str().unwrap()).collect();
            let feed: Value = serde_json::from_str(&document(&server, &format!("/v1/feeds/{path}.json?limit=4")).await.1).unwrap();
            let ids: Vec<&str> = feed["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
            assert_eq!(ids, expected, "{path}");
            assert!(feed["title"].as_str().is_some_and(|title| !title.is_empty()));
            if let Some(next) = feed["next_url"].as_str() {
                let more: Value = reqwest::get(next).await.unwrap().json().await.unwrap();
                assert!(more["items"].as_array().unwrap().iter().all(|item| !ids.contains(&item["id"].as_str().unwrap())), "{next}");
            }
        }
        for (path, status) in [("/v1/feeds/articles.pdf", 400), ("/v1/feeds/others.rss", 404), ("/v1/feeds/source/nobody.rss", 404), ("/v1/feeds/planet/x.rss", 400), ("/v1/feeds/articles.rss?limit=500", 400)] {
            assert_eq!(server.try_get(path).await.0, status, "{path}");
        }
        let first = server.request(Method::GET, "/v1/feeds/articles.rss").send().await.unwrap();
        let tag = first.headers()["etag"].clone();
        let again = server.request(Method::GET, "/v1/feeds/articles.rss").header("if-none-match", tag.clone()).send().await.unwrap();
        assert_eq!(again.status(), 304);
        server.take_in(NUMBERS, &edition::numbered(30, 1)).await;
        let news = server.request(Method::GET, "/v1/feeds/source/the-numbers.rss?limit=200").header("if-none-match", tag).send().await.unwrap();
        assert_eq!(news.status(), 200);
        server.stop().await;
    }

    async fn drafts_and_withdrawn_articles_are_in_no_format(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 2)).await;
        let editor = server.staff("ed", "editor").await;
        editor.send(&server, Method::POST, "/v1/articles", json!({ "source": "the-numbers", "headline": "Secret draft" })).await;
        let gone = server.get("/v1/articles").await["data"][0].clone();
        let path = format!("/v1/articles/{}", gone["id"].as_str().unwrap());
        editor.send(&server, Method::POST, &format!("{path}/withdraw"), json!({ "reason": "Mistake." })).await;
        let day = gone["published_at"].as_str().unwrap().split('T').next().unwrap().to_owned();
        for path in ["/v1/feeds/articles.rss", "/v1/feeds/articles.atom", "/v1/feeds/articles.json", "/v1/feeds/source/the-numbers.rss", "/sitemap-news.xml", "/sitemaps/news/1.xml", "/sitemap.xml", &format!("/sitemaps/{day}.xml")] {
            let (_, text) = document(&server, path).await;
            assert!(!text.contains("Secret draft") && !text.contains(gone["slug"].as_str().unwrap()), "{path}: {text}");
        }
        for accept in ["application/ld+json", "application/ninjs+json"] {
            let answer = server.request(Method::GET, &path).header("accept", accept).send().await.unwrap();
            assert_eq!(answer.status(), 410);
        }
        let (status, _) = server.try_get(&format!("/oembed?url={}", gone["url"].as_str().unwrap())).await;
        assert_eq!(status, 410);
        server.stop().await;
    }

    async fn search_engines_find_every_article(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 5)).await;
        let (media_type, index) = document(&server, "/sitemap.xml").await;
        assert!(media_type.starts_with("application/xml"));
        let pages: Vec<&str> = index.split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap()).collect();
        let mut found = Vec::new();
        for page in pages {
            let text = reqwest::get(page).await.unwrap().text().await.unwrap();
            found.extend(text.split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap().to_owned()));
        }
        found.sort();
        let list = server.get("/v1/articles?limit=50").await;
        let mut expected: Vec<String> = list["data"].as_array().unwrap().iter().map(|article| format!("{}/v1/articles/{}", server.app.config.public_url(), article["slug"].as_str().unwrap())).collect();
        expected.sort();
        assert_eq!(found, expected);
        let (_, news) = document(&server, "/sitemaps/news/1.xml").await;
        assert_eq!(news.matches("<news:title>").count(), 5);
        server.clock.advance_seconds(3 * 24 * 60 * 60);
        server.take_in(NUMBERS, &edition::numbered(9, 1)).await;
        let (_, later) = document(&server, "/sitemaps/news/1.xml").await;
        assert_eq!(later.matches("<news:title>").count(), 0, "what is older than two days is no news");
        assert_eq!(server.try_get("/sitemaps/nonsense.xml").await.0, 404);
        server.stop().await;
    }

    async fn an_article_is_told_as_its_reader_prefers(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 1)).await;
        let article = server.get("/v1/articles").await["data"][0].clone();
        let path = format!("/v1/articles/{}", article["slug"].as_str().unwrap());
        let ask = |accept: &'static str| server.request(Method::GET, &path).header("accept", accept).send();
        let linked = ask("application/ld+json").await.unwrap();
        assert!(linked.headers()["content-type"].to_str().unwrap().starts_with("application/ld+json"));
        assert!(linked.headers()["vary"].to_str().unwrap().contains("accept"));
        let linked: Value = linked.json().await.unwrap();
        assert_eq!((linked["@type"].as_str(), linked["headline"].as_str()), (Some("NewsArticle"), article["headline"].as_str()));
        assert!(linked["articleBody"].as_str().unwrap().contains("Paragraph of number 0"));
        let ninjs: Value = ask("application/ninjs+json").await.unwrap().json().await.unwrap();
        assert_eq!((ninjs["pubStatus"].as_str(), ninjs["headlines"][0]["value"].as_str()), (Some("usable"), article["headline"].as_str()));
        let usual: Value = ask("application/json").await.unwrap().json().await.unwrap();
        assert_eq!(usual["id"], article["id"], "and what is kept of one format is not given for another");
        let embedded = server.get(&format!("{path}?include=json_ld")).await;
        let data = server.graphql(&format!("{{ article(id: {}) {{ jsonLd }} }}", article["id"]), json!({})).await;
        assert_eq!(embedded["json_ld"], data["article"]["jsonLd"]);
        assert_eq!(embedded["json_ld"]["@type"], "NewsArticle");
        server.stop().await;
    }

    async fn other_pages_embed_a_card(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 1)).await;
        let article = server.get("/v1/articles").await["data"][0].clone();
        let own = format!("{}/v1/articles/{}", server.app.config.public_url(), article["slug"].as_str().unwrap());
        for url in [article["url"].as_str().unwrap().to_owned(), own] {
            let card = server.get(&format!("/oembed?url={url}&maxwidth=400")).await;
            assert_eq!((card["version"].as_str(), card["title"].as_str()), (Some("1.0"), article["headline"].as_str()), "{url}");
        }
        let (media_type, xml) = document(&server, &format!("/oembed?format=xml&url={}", article["url"].as_str().unwrap())).await;
        assert!(media_type.starts_with("text/xml") && xml.contains("<oembed>"));
        assert_eq!(server.try_get("/oembed?url=nonsense").await.0, 400);
        assert_eq!(server.try_get("/oembed?url=https://elsewhere.example/x").await.0, 404);
        let format = server.request(Method::GET, &format!("/oembed?format=pdf&url={}", article["url"].as_str().unwrap())).send().await.unwrap();
        assert_eq!(format.status(), 501);
        server.stop().await;
    }

    async fn the_sources_are_a_subscription_list(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 1)).await;
        server.take_in("https://second.example/feed", &edition::rss("Second & last", "https://second.example/", &edition::item(2, "<p>x</p>"))).await;
        let (media_type, opml) = document(&server, "/v1/opml").await;
        assert!(media_type.starts_with("text/x-opml"));
        assert_eq!(opml.matches("xmlUrl=").count(), 2);
        assert!(opml.contains("Second &amp; last"), "{opml}");
        let feed = opml.split("xmlUrl=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(reqwest::get(feed).await.unwrap().status(), 200);
        server.stop().await;
    }
}
