//! Running it: health, metrics, request ids, CORS, compression, and a drain that loses nothing.

use std::time::Duration;

use broadsheet_tests::TestServer;
use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::live::Events;
use reqwest::Method;
use serde_json::json;

on_both! {
    async fn health_readiness_and_metrics(server) {
        for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
            let response = server.request(Method::GET, path).send().await.unwrap();
            assert_eq!((response.status().as_u16(), response.text().await.unwrap().as_str()), (200, body));
        }
        broadsheet_api::metrics::install();
        server.take_in(NUMBERS, &edition::numbered(0, 2)).await;
        server.get("/v1/articles?limit=1").await;
        let metrics = server.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
        assert!(metrics.contains("broadsheet_http_requests_total{method=\"GET\",route=\"/v1/articles\",status=\"200\"}"), "{metrics}");
        assert!(metrics.contains("broadsheet_articles_ingested_total{outcome=\"new\"}"), "{metrics}");
        assert!(!metrics.contains("limit=1"), "no address of a client reaches a label");
        server.stop().await;
    }

    async fn requests_have_ids_and_pages_may_call_from_anywhere(server) {
        let named = server.request(Method::GET, "/v1/articles").header("x-request-id", "mine-1").send().await.unwrap();
        assert_eq!(named.headers()["x-request-id"], "mine-1");
        let made = server.request(Method::GET, "/v1/nothing").header("origin", "https://app.example").send().await.unwrap();
        assert!(made.headers()["x-request-id"].len() >= 32);
        assert_eq!(made.headers()["access-control-allow-origin"], "*");
        let exposed = made.headers()["access-control-expose-headers"].to_str().unwrap().to_lowercase();
        assert!(["etag", "link", "location", "retry-after"].iter().all(|name| exposed.contains(name)), "{exposed}");
        assert_eq!(made.headers()["x-content-type-options"], "nosniff");
        let preflight = server.request(Method::OPTIONS, "/v1/me").header("origin", "https://app.example").header("access-control-request-method", "PATCH").header("access-control-request-headers", "authorization,idempotency-key").send().await.unwrap();
        assert_eq!(preflight.status(), 200);
        assert!(preflight.headers()["access-control-allow-headers"].to_str().unwrap() == "*" || preflight.headers()["access-control-allow-headers"].to_str().unwrap().contains("authorization"));
        server.stop().await;
    }

    async fn answers_are_compressed_and_event_streams_are_not(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 40)).await;
        let plain = reqwest::Client::builder().no_gzip().no_brotli().no_zstd().no_deflate().build().unwrap();
        let list = plain.get(format!("{}/v1/articles?limit=40", server.origin)).header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(list.headers()["content-encoding"], "gzip");
        let events = plain.get(format!("{}/v1/articles/events", server.origin)).header("accept-encoding", "gzip").send().await.unwrap();
        assert!(events.headers().get("content-encoding").is_none());
        server.stop().await;
    }

    async fn a_drain_ends_streams_and_finishes_requests(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 1)).await;
        let mut events = Events::open(server.request(Method::GET, "/v1/articles/events")).await;
        // Argon2 takes a while: this request is in flight when the server is told to stop.
        let register = server.request(Method::POST, "/v1/auth/register").json(&json!({ "email": "late@readers.example", "name": "Late", "password": "long enough 1" }));
        let in_flight = tokio::spawn(register.send());
        tokio::time::sleep(Duration::from_millis(20)).await;
        let origin = server.origin.clone();
        server.stop().await;
        let answered = in_flight.await.unwrap().expect("the request in flight is answered");
        assert_eq!(answered.status(), 201);
        assert!(events.ended().await, "the stream ends, so that its client connects elsewhere");
        assert!(reqwest::get(format!("{origin}/healthz")).await.is_err(), "nothing new is accepted");
    }

    async fn large_bodies_are_refused(server) {
        let ann = server.reader("ann").await;
        let body = format!("{{\"refresh_token\": \"{}\"}}", "x".repeat(300_000));
        let request = server.request(Method::POST, "/v1/auth/refresh").bearer_auth(&ann.token).header("content-type", "application/json");
        assert_eq!(request.body(body).send().await.unwrap().status(), 413);
        server.stop().await;
    }

    async fn the_contract_is_served(server) {
        let openapi = server.get("/openapi.json").await;
        assert_eq!(openapi["info"]["title"], "Broadsheet");
        let sdl = server.request(Method::GET, "/schema.graphql").send().await.unwrap().text().await.unwrap();
        assert_eq!(sdl, broadsheet_api::graphql::sdl());
        server.stop().await;
    }
}

/// The log says what was done, never with what.
#[tokio::test]
async fn a_server_that_is_down_says_that_it_is_not_ready() {
    let server = TestServer::start(broadsheet_tests::Backend::Sqlite).await.unwrap();
    server.newsroom().close().await.unwrap();
    let response = server.request(Method::GET, "/readyz").send().await.unwrap();
    assert_eq!(response.status(), 503);
    let alive = server.request(Method::GET, "/healthz").send().await.unwrap();
    assert_eq!(alive.status(), 200);
    let (status, problem) = server.try_get("/v1/articles").await;
    assert_eq!(
        (status, problem["code"].as_str(), problem["detail"].as_str()),
        (500, Some("internal"), Some("Something went wrong on our side."))
    );
}
