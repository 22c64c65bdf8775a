//! What caches are told, answer by answer.

use std::collections::BTreeSet;

use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::{Backend, TestServer};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::pages::{self, Page};

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

async fn ask(server: &TestServer, page: &Page, with: &[(&str, &str)]) -> Response {
    let mut request = page.request(&server.client, Method::GET, &server.origin);
    for (name, value) in with {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

on_both! {
    async fn nobody_keeps_what_is_for_one_alone(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 8)).await;
        server.clock.advance_seconds(10);
        let ann = server.reader("ann").await;
        let id = server.get("/v1/articles?limit=1").await["data"][0]["id"].as_str().unwrap().to_owned();
        ann.comment(&server, &id, "Mine.", None).await;
        server.clock.advance_seconds(10);
        let bearer = format!("Bearer {}", ann.token);
        for page in pages::of_everything(&server).await {
            let response = ask(&server, &page, &[("authorization", &bearer)]).await;
            assert_eq!((response.status().as_u16(), header(&response, "cache-control")), (200, "private, no-cache".to_owned()), "{page:?}");
            assert_eq!((header(&response, "surrogate-key"), header(&response, "last-modified")), (String::new(), String::new()), "{page:?}");
            assert!(header(&response, "vary").contains("authorization"), "{page:?}");
            let tag = header(&response, "etag");
            let again = ask(&server, &page, &[("authorization", &bearer), ("if-none-match", &tag)]).await;
            assert_eq!((again.status().as_u16(), header(&again, "cache-control")), (304, "private, no-cache".to_owned()), "{page:?}");
            let bad = ask(&server, &page, &[("authorization", "Bearer nonsense")]).await;
            assert_eq!((bad.status().as_u16(), header(&bad, "cache-control")), (401, "no-store".to_owned()), "{page:?}");
        }
        let me = ask(&server, &Page { path: "/v1/me".to_owned(), accept: None }, &[("authorization", &bearer)]).await;
        assert_eq!(header(&me, "cache-control"), "private, no-cache");
        server.stop().await;
    }

    async fn a_304_and_a_head_say_what_the_answer_says(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 8)).await;
        let id = server.get("/v1/articles?limit=1").await["data"][0]["id"].as_str().unwrap().to_owned();
        server.reader("ann").await.comment(&server, &id, "Here.", None).await;
        // What is heard of later is of later.
        crate::caching::settled(&[server.newsroom()]).await;
        server.clock.advance_seconds(10);
        let told = ["etag", "cache-control", "surrogate-key", "vary", "last-modified", "link"];
        for page in pages::of_everything(&server).await {
            for turn in ["computed", "kept"] {
                let whole = ask(&server, &page, &[]).await;
                let says = |response: &Response| -> Vec<String> { told.iter().map(|name| header(response, name)).collect() };
                let headers = says(&whole);
                assert_eq!(headers[3], "authorization, accept, accept-encoding", "{page:?}");
                assert_eq!(headers[1], "public, max-age=0, must-revalidate", "{page:?}");
                let length = whole.text().await.unwrap().len();
                let known = ask(&server, &page, &[("if-none-match", &headers[0]), ("if-modified-since", "Mon, 01 Jan 2001 00:00:00 GMT")]).await;
                assert_eq!((known.status().as_u16(), says(&known)), (304, headers.clone()), "{page:?} {turn}");
                assert!(header(&known, "content-type").is_empty() && known.bytes().await.unwrap().is_empty());
                let since = ask(&server, &page, &[("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")]).await;
                let says_when = !headers[4].is_empty();
                assert_eq!((since.status() == 304, says_when), (says_when, !page.path.starts_with("/sitemaps/news")), "{page:?}");
                let other = ask(&server, &page, &[("if-none-match", "\"x\""), ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")]).await;
                assert_eq!(other.status(), 200, "{page:?}: a tag that is not known is not made good by a time");
                let head = page.request(&server.client, Method::HEAD, &server.origin).send().await.unwrap();
                assert_eq!((head.status().as_u16(), says(&head)), (200, headers), "{page:?}");
                assert_eq!(header(&head, "content-length"), length.to_string(), "{page:?}");
                assert!(head.bytes().await.unwrap().is_empty());
            }
        }
        server.stop().await;
    }

    async fn what_is_wrong_or_passing_is_not_kept(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        let article = server.get("/v1/articles?limit=1").await["data"][0].clone();
        let (id, slug) = (article["id"].as_str().unwrap(), article["slug"].as_str().unwrap());
        let editor = server.staff("ed", "editor").await;
        editor.send(&server, Method::PATCH, &format!("/v1/articles/{id}"), json!({ "slug": "elsewhere" })).await;
        let withdrawn = server.get("/v1/articles?limit=3").await["data"][2]["id"].as_str().unwrap().to_owned();
        editor.send(&server, Method::POST, &format!("/v1/articles/{withdrawn}/withdraw"), json!({})).await;
        let direct = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let paths = [
            (format!("/v1/articles/{slug}"), 308),
            ("/v1/articles/nothing".to_owned(), 404),
            (format!("/v1/articles/{withdrawn}"), 410),
            ("/v1/articles?limit=0".to_owned(), 400),
            ("/v1/nothing".to_owned(), 404),
            ("/nothing".to_owned(), 404),
            ("/v1/articles/x/publish".to_owned(), 405),
            ("/v1/changes?since=0".to_owned(), 200),
            ("/v1/exports".to_owned(), 200),
            (format!("/oembed?format=pdf&url={}", article["url"].as_str().unwrap()), 501),
        ];
        let broken = ["{", "{ nothing }", "mutation { signOut }", "{ changes(since: \"0\") { next } }", "{ articles(first: 1000) { nodes { id } } }", "{ me: viewer { id } author(id: \"x\", slug: \"y\") { id } }"];
        let paths = paths.into_iter().chain(broken.iter().map(|query| (Page::graphql(query).path, 0)));
        for (path, status) in paths {
            for method in [Method::GET, Method::HEAD] {
                let response = direct.request(method, format!("{}{path}", server.origin)).send().await.unwrap();
                assert!(status == 0 || response.status().as_u16() == status, "{path}: {}", response.status());
                assert_eq!((header(&response, "cache-control").as_str(), header(&response, "surrogate-key").as_str()), ("no-store", ""), "{path}");
            }
        }
        let post = server.request(Method::POST, "/graphql").json(&json!({ "query": "{ articles { nodes { id } } }" })).send().await.unwrap();
        assert_eq!((header(&post, "cache-control").as_str(), header(&post, "etag").as_str()), ("no-store", ""));
        for path in ["/", "/healthz", "/readyz", "/metrics", "/graphiql", "/openapi.json", "/schema.graphql"] {
            let response = server.request(Method::GET, path).send().await.unwrap();
            assert_eq!((response.status().as_u16(), header(&response, "cache-control").as_str()), (200, "no-cache"), "{path}");
        }
        server.stop().await;
    }

    async fn a_query_by_get_is_kept_like_any_read(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 8)).await;
        let query = "{ articles(first: 3) { nodes { id headline source { name } } } }";
        // Its SHA-256.
        let hash = "ebe39ac30f960dff92b54cd802a65b98735bd4128249233b41b62fee49ae2b48";
        let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } }).to_string();
        let extensions: String = url::form_urlencoded::byte_serialize(extensions.as_bytes()).collect();
        let plain = Page::graphql(query);
        let persisted = Page { path: format!("/graphql?extensions={extensions}"), accept: None };
        let unknown = ask(&server, &persisted, &[]).await;
        assert_eq!(header(&unknown, "cache-control"), "no-store", "what is not persisted yet is no answer to keep");
        let first: Value = ask(&server, &plain, &[]).await.json().await.unwrap();
        assert_eq!(ask(&server, &persisted, &[]).await.json::<Value>().await.unwrap(), first);
        // The log's follower asks now and then; each answer made anew would ask at least once.
        let before = server.newsroom().statements();
        for page in [&plain, &persisted].repeat(20) {
            assert_eq!(ask(&server, page, &[]).await.json::<Value>().await.unwrap(), first);
        }
        assert!(server.newsroom().statements() - before < 20, "kept answers cost no statement");
        let form = Page { accept: Some("application/graphql-response+json"), ..plain.clone() };
        assert!(header(&ask(&server, &form, &[]).await, "content-type").starts_with("application/graphql-response+json"));
        assert!(header(&ask(&server, &plain, &[]).await, "content-type").starts_with("application/json"));
        let refused = ask(&server, &plain, &[("accept-encoding", "identity;q=0")]).await;
        assert_eq!((refused.status().as_u16(), header(&refused, "cache-control").as_str()), (406, "no-store"));
        server.take_in(NUMBERS, &edition::numbered(0, 9)).await;
        let editor = server.staff("ed", "editor").await;
        let id = first["data"]["articles"]["nodes"][0]["id"].as_str().unwrap();
        editor.send(&server, Method::PATCH, &format!("/v1/articles/{id}"), json!({ "headline": "Else" })).await;
        for page in [&plain, &persisted] {
            assert_eq!(ask(&server, page, &[]).await.json::<Value>().await.unwrap()["data"]["articles"]["nodes"][0]["headline"], "Else");
        }
        let schema = ask(&server, &Page::graphql("{ __schema { queryType { name } } }"), &[]).await;
        assert_eq!((header(&schema, "cache-control").as_str(), header(&schema, "surrogate-key").as_str()), ("public, max-age=0, must-revalidate", ""));
        server.stop().await;
    }

    async fn an_answer_that_shows_very_much_names_classes(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 205)).await;
        server.clock.advance_seconds(10);
        let page = Page { path: "/v1/articles?limit=200&include=topics".to_owned(), accept: None };
        let response = ask(&server, &page, &[]).await;
        let text = header(&response, "surrogate-key");
        let keys: BTreeSet<&str> = text.split(' ').collect();
        assert!(keys.len() <= 200 && text.len() < 8_192, "{} keys, {} bytes", keys.len(), text.len());
        assert!(keys.contains("art") && !keys.iter().any(|key| key.starts_with("art_")), "{keys:?}");
        assert!(keys.contains("articles") && keys.iter().any(|key| key.starts_with("src_")) && keys.iter().any(|key| key.starts_with("top_")));
        let list: Value = response.json().await.unwrap();
        let ann = server.reader("ann").await;
        ann.comment(&server, list["data"][150]["id"].as_str().unwrap(), "Deep down.", None).await;
        let now: Value = ask(&server, &page, &[]).await.json().await.unwrap();
        assert_eq!(now["data"][150]["comment_count"], 1);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caches_are_told_what_the_operator_allows() {
    let server = TestServer::start_with(Backend::Sqlite, |config| {
        (config.cache.shared_seconds, config.cache.stale_seconds) = (86_400, 30);
    })
    .await
    .unwrap();
    server.take_in(NUMBERS, &edition::numbered(0, 8)).await;
    server.clock.advance_seconds(1);
    let usual = "public, max-age=0, s-maxage=86400, stale-while-revalidate=30";
    let brief = "public, max-age=0, s-maxage=60, stale-while-revalidate=30";
    for (path, control) in [
        ("/v1/articles", usual),
        ("/v1/sources", usual),
        ("/v1/articles?topic=anchors", usual),
        ("/v1/topics", brief),
        ("/v1/authors", brief),
        ("/sitemap-news.xml", brief),
        ("/sitemap.xml", usual),
    ] {
        let response = server.request(Method::GET, path).send().await.unwrap();
        assert_eq!(header(&response, "cache-control"), control, "{path}");
        assert_eq!(
            header(&response, "last-modified"),
            "",
            "{path}: what changed a moment ago may change again within the second"
        );
    }
    server.stop().await;
}
