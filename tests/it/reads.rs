//! Reads of articles: each counted once, whoever answers; written in batches; nothing kept of who reads.

use broadsheet_api::App;
use broadsheet_api::config::{Config, CountReads};
use broadsheet_domain::Viewer;
use broadsheet_domain::id::IdSource;
use broadsheet_domain::page::PageRequest;
use broadsheet_domain::trending::{By, TrendQuery, Window};
use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::{Backend, TestServer};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt as _;

/// Writes what was counted, and lets the next ranking be computed.
pub async fn written(server: &TestServer) {
    let system = server.system();
    server.newsroom().reads(&system).write().await.unwrap();
    server.clock.advance_seconds(61);
}

/// The reads of an article within a window, as everybody can see them.
async fn reads_within(server: &TestServer, article: &str, window: &str) -> f64 {
    written(server).await;
    let list = server.get(&format!("/v1/trending?by=reads&limit=200&explain=true&window={window}")).await;
    let trends = list["data"].as_array().unwrap();
    let own = trends.iter().find(|trend| trend["article"]["id"] == article);
    own.map_or(0.0, |trend| crate::trending::signal(trend, "reads")["count"].as_f64().unwrap())
}

async fn ids(server: &TestServer, count: usize) -> Vec<String> {
    server.take_in(NUMBERS, &edition::numbered(0, count)).await;
    let list = server.get("/v1/articles?limit=200").await;
    list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|article| article["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn status(request: reqwest::RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

async fn counting(backend: Backend, change: impl FnOnce(&mut Config)) -> Option<TestServer> {
    TestServer::start_with(backend, change).await
}

on_both! {
    async fn each_read_counts_once_whoever_answers(server) {
        let ids = ids(&server, 3).await;
        let path = format!("/v1/articles/{}", ids[0]);
        let get = || server.request(Method::GET, &path);
        let first = get().send().await.unwrap();
        let tag = first.headers()["etag"].clone();
        assert_eq!(status(get()).await, 200, "kept");
        assert_eq!(status(get().header("if-none-match", &tag)).await, 304);
        let slug = first.json::<Value>().await.unwrap()["slug"].as_str().unwrap().to_owned();
        let query = format!("{{ article(slug: \"{slug}\") {{ headline }} }}");
        server.graphql(&query, json!({})).await;
        assert_eq!(reads_within(&server, &ids[0], "24h").await, 4.0);
        assert_eq!(reads_within(&server, &ids[1], "24h").await, 0.0, "to stand in a list is not to be read");

        // Neither robots, nor browsers that load ahead, nor what shows no page.
        let path = format!("/v1/articles/{}", ids[1]);
        let get = || server.request(Method::GET, &path);
        for (name, value) in [("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1)"), ("sec-purpose", "prefetch"), ("accept", "application/ld+json")] {
            assert_eq!(status(get().header(name, value)).await, 200);
        }
        assert_eq!(status(server.request(Method::HEAD, &path)).await, 200);
        assert_eq!(status(server.request(Method::GET, &format!("{path}/comments"))).await, 200);
        server.graphql(&format!("{{ article(id: \"{}\") {{ comments {{ nodes {{ id }} }} }} articles {{ nodes {{ headline }} }} }}", ids[1]), json!({})).await;
        let robot = server.request(Method::POST, "/graphql").header("user-agent", "GPTBot/1.2");
        let robot = robot.json(&json!({ "query": format!("{{ article(id: \"{}\") {{ headline }} }}", ids[1]) }));
        assert_eq!(status(robot).await, 200);
        assert_eq!(status(server.request(Method::POST, &format!("{path}/reads"))).await, 204, "answers count here, beacons do not");
        assert_eq!(reads_within(&server, &ids[1], "24h").await, 0.0);
        server.graphql(&format!("{{ node(id: \"{}\") {{ ... on Article {{ body {{ html }} }} }} }}", ids[1]), json!({})).await;
        assert_eq!(reads_within(&server, &ids[1], "24h").await, 1.0);
        server.stop().await;
    }

    async fn graphql_by_get_counts_each_page_it_shows_kept_or_not(server) {
        let ids = ids(&server, 3).await;
        let query = format!("{{ a: article(id: \"{}\") {{ headline }} b: article(id: \"{}\") {{ headline }} }}", ids[0], ids[1]);
        let path = format!("/graphql?{}", url::form_urlencoded::Serializer::new(String::new()).append_pair("query", &query).finish());
        let get = || server.request(Method::GET, &path);
        let first = get().send().await.unwrap();
        assert_eq!(first.status(), 200);
        let tag = first.headers()["etag"].clone();
        assert_eq!(status(get()).await, 200, "kept");
        assert_eq!(status(get().header("if-none-match", &tag)).await, 304);
        assert_eq!(status(get().header("user-agent", "GPTBot/1.2")).await, 200, "a robot, and kept");
        assert_eq!(status(server.request(Method::HEAD, &path)).await, 200);
        for (id, reads) in ids.iter().zip([3.0, 3.0, 0.0]) {
            assert_eq!(reads_within(&server, id, "24h").await, reads);
        }
        server.stop().await;
    }

    async fn a_flood_from_one_address_counts_no_more_than_a_household(server) {
        let ids = ids(&server, 1).await;
        let path = format!("/v1/articles/{}", ids[0]);
        for _ in 0..30 {
            server.get(&path).await;
        }
        assert_eq!(reads_within(&server, &ids[0], "24h").await, 5.0);
        server.clock.advance_seconds(3_600);
        for _ in 0..30 {
            server.get(&path).await;
        }
        assert_eq!(reads_within(&server, &ids[0], "24h").await, 10.0, "five more in another hour");
        server.stop().await;
    }

    async fn what_only_editors_see_is_not_read(server) {
        let ids = ids(&server, 2).await;
        let editor = server.staff("ed", "editor").await;
        let draft = json!({ "source": "the-numbers", "headline": "Not yet" });
        let (_, draft) = editor.send(&server, Method::POST, "/v1/articles", draft).await;
        let draft = draft["id"].as_str().unwrap();
        let system = server.system();
        server.newsroom().articles(&system).withdraw(ids[1].parse().unwrap(), None).await.unwrap();
        for id in [draft, &ids[1]] {
            assert_eq!(editor.send(&server, Method::GET, &format!("/v1/articles/{id}"), Value::Null).await.0, 200);
            editor.graphql(&server, &format!("{{ article(id: \"{id}\") {{ headline }} }}"), json!({})).await;
            let anonymous = status(server.request(Method::POST, &format!("/v1/articles/{id}/reads"))).await;
            assert_eq!(anonymous, if id == draft { 404 } else { 410 });
        }
        assert_eq!(editor.send(&server, Method::POST, &format!("/v1/articles/{draft}/publish"), Value::Null).await.0, 200);
        assert_eq!(editor.send(&server, Method::GET, &format!("/v1/articles/{draft}"), Value::Null).await.0, 200);
        assert_eq!(reads_within(&server, draft, "24h").await, 1.0, "the one since it was published");
        server.newsroom().articles(&system).restore(ids[1].parse().unwrap()).await.unwrap();
        assert_eq!(reads_within(&server, &ids[1], "24h").await, 0.0);
        server.stop().await;
    }

    /// Reading costs no statement; what was read is one, however much it is.
    async fn reads_are_written_together(server) {
        let ids = ids(&server, 50).await;
        let app = server.open_again().await;
        let router = broadsheet_api::router::router(&app);
        let get = async |id: &str| {
            let request = axum::http::Request::get(format!("/v1/articles/{id}")).body(axum::body::Body::empty());
            assert_eq!(router.clone().oneshot(request.unwrap()).await.unwrap().status(), 200);
        };
        for id in &ids {
            get(id).await;
        }
        let (system, before) = (Viewer::System, app.newsroom.statements());
        for id in ids.iter().chain(&ids) {
            get(id).await;
        }
        assert_eq!(app.newsroom.statements(), before, "a read that finds its article in memory");
        assert_eq!(app.newsroom.reads(&system).write().await.unwrap().reads, 150);
        assert_eq!(app.newsroom.statements() - before, 2, "one that writes, and one an hour that forgets");
        assert_eq!(app.newsroom.reads(&system).write().await.unwrap().reads, 0);
        get(&ids[0]).await;
        assert_eq!(app.newsroom.reads(&system).write().await.unwrap().reads, 1);
        assert_eq!(app.newsroom.statements() - before, 3, "nothing to write is nothing to do");
        assert_eq!(reads_within(&server, &ids[0], "24h").await, 4.0, "what comes later is added");
        assert_eq!(reads_within(&server, &ids[49], "24h").await, 3.0);
        app.newsroom.close().await.unwrap();
        server.stop().await;
    }

    /// Eight days are kept: no window reaches further.
    async fn old_hours_are_forgotten(server) {
        let ids = ids(&server, 1).await;
        server.get(&format!("/v1/articles/{}", ids[0])).await;
        assert_eq!(reads_within(&server, &ids[0], "7d").await, 1.0);
        let settings = server.app.config.database();
        let database = sea_orm::Database::connect(&settings.url).await.unwrap();
        let rows = async || {
            use sea_orm::ConnectionTrait as _;
            let statement = sea_orm::Statement::from_string(database.get_database_backend(), "SELECT * FROM article_reads");
            let rows = database.query_all_raw(statement).await.unwrap();
            rows.iter().map(sea_orm::QueryResult::column_names).collect::<Vec<_>>()
        };
        let columns = rows().await;
        assert_eq!(columns, [["article_id", "hour", "reads"]], "an article, an hour and a number, and nothing else");
        server.clock.advance_seconds(7 * 24 * 3_600 + 23 * 3_600);
        written(&server).await;
        assert_eq!(rows().await.len(), 1);
        server.clock.advance_seconds(2 * 3_600);
        written(&server).await;
        assert_eq!(rows().await.len(), 0);
        database.close().await.unwrap();
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_beacons_count_answers_do_not() {
    for backend in Backend::ALL {
        let Some(server) = counting(backend, |config| config.reads.count = CountReads::Beacons).await else {
            continue;
        };
        let ids = ids(&server, 2).await;
        let path = format!("/v1/articles/{}", ids[0]);
        let slug = server.get(&path).await["slug"].as_str().unwrap().to_owned();
        assert_eq!(reads_within(&server, &ids[0], "24h").await, 0.0);
        // As `navigator.sendBeacon` sends it, and as others may.
        let beacon = server
            .request(Method::POST, &format!("{path}/reads"))
            .header("content-type", "text/plain;charset=UTF-8");
        assert_eq!(status(beacon.body("")).await, 204);
        assert_eq!(status(server.request(Method::POST, &format!("/v1/articles/{slug}/reads"))).await, 204);
        let record = format!(
            "mutation {{ recordRead(articleId: \"{}\") {{ recorded userErrors {{ code }} }} }}",
            ids[0]
        );
        let data = server.graphql(&record, json!({})).await;
        assert_eq!(data["recordRead"], json!({ "recorded": true, "userErrors": [] }));
        let robot =
            server.request(Method::POST, &format!("{path}/reads")).header("user-agent", "bingbot/2.0");
        assert_eq!(status(robot).await, 204, "the answer says nothing");
        assert_eq!(reads_within(&server, &ids[0], "24h").await, 3.0);
        let unknown = record.replace(&ids[0], "art_01k3v0sxm8e1zr4k5q5w0v6b7c");
        let data = server.graphql(&unknown, json!({})).await;
        assert_eq!(data["recordRead"]["userErrors"][0]["code"], "NOT_FOUND");
        server.stop().await;

        let Some(server) = counting(backend, |config| config.reads.count = CountReads::Off).await else {
            continue;
        };
        let ids = self::ids(&server, 1).await;
        let path = format!("/v1/articles/{}", ids[0]);
        assert_eq!(
            (
                status(server.request(Method::GET, &path)).await,
                status(server.request(Method::POST, &format!("{path}/reads"))).await
            ),
            (200, 204)
        );
        assert_eq!(reads_within(&server, &ids[0], "24h").await, 0.0);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_has_written_its_reads() {
    for backend in Backend::ALL {
        let kept = tempfile::tempdir().unwrap();
        let started = counting(backend, |config| kept.path().clone_into(&mut config.data_dir)).await;
        let Some(server) = started else { continue };
        let ids = ids(&server, 1).await;
        server.get(&format!("/v1/articles/{}", ids[0])).await;
        let (config, clock) = (Config::clone(&server.app.config), Arc::new(server.clock.clone()));
        server.stop().await;
        let app = App::open(config, clock.clone(), IdSource::random(clock)).await.unwrap();
        let query = TrendQuery { window: Window::Hour, by: By::Reads, ..TrendQuery::default() };
        let anybody = Viewer::anonymous();
        let trends = app.newsroom.trending(&anybody).list(&query, &PageRequest::first(5)).await.unwrap();
        let counts: Vec<f64> = trends.page.nodes().map(|trend| trend.signals[2].count).collect();
        assert_eq!(counts, [1.0], "{backend:?}");
        app.newsroom.close().await.unwrap();
    }
}
