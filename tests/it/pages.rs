//! The pages for people: whole, without anything from elsewhere, and drawn by a real browser.

use std::process::Stdio;

use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::{Backend, TestServer};
use reqwest::Method;
use tokio::process::Command;

const PAGES: [&str; 3] = ["/", "/docs/", "/graphiql"];

/// The document that Chromium makes of a page, scripts run; none where there is no Chromium.
async fn drawn(url: &str) -> Option<String> {
    let profile = tempfile::tempdir().unwrap();
    let mut browser = Command::new("chromium");
    browser.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
    ]);
    browser.args([
        "--disable-component-update",
        "--disable-sync",
        "--virtual-time-budget=15000",
        "--dump-dom",
    ]);
    browser.arg(format!("--user-data-dir={}", profile.path().display())).arg(url);
    let output = browser.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).output().await;
    if let Ok(output) = output {
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let message = "the pages were NOT drawn: there is no chromium on this machine";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
        eprintln!("\n*** {message} ***\n");
        None
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_drawn_without_the_internet() {
    let server = TestServer::start(Backend::Sqlite).await.unwrap();
    server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
    let shows = [
        ("/", "A news content API"),
        ("/docs/", "operations-articles-list_articles"),
        ("/graphiql", "commentCount"),
    ];
    for (path, expected) in shows {
        let Some(document) = drawn(&format!("{}{path}", server.origin)).await else { return };
        assert!(document.contains(expected), "{path} does not show {expected}:\n{document}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_asks_for_anything_from_elsewhere() {
    let server = TestServer::start(Backend::Sqlite).await.unwrap();
    for path in PAGES {
        let response = server.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let html = response.text().await.unwrap();
        for attribute in ["src=\"http", "href=\"http", "src=\"//", "href=\"//", "@import", "url(http"] {
            assert!(!html.contains(attribute), "{path} has {attribute}");
        }
    }
    server.stop().await;
}
