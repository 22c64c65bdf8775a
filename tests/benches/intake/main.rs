//! How fast news comes in while articles find their stories and the index reads them, on SQLite and on PostgreSQL; and how long
//! after a commit an article is found.
//!
//! `cargo bench -p broadsheet-tests --bench intake` prints the figures. `-- --articles N` changes the run.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench fails loudly and prints its figures"
)]

#[path = "../reads/edition.rs"]
#[expect(dead_code, reason = "the other bench needs more of it")]
mod edition;
#[path = "../reads/server.rs"]
#[expect(dead_code, reason = "the other bench needs more of it")]
mod server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use broadsheet_domain::clock::SystemClock;
use broadsheet_domain::id::IdSource;
use broadsheet_domain::search::SearchQuery;
use broadsheet_domain::{Newsroom, Viewer};
use broadsheet_tests::postgres;

/// Articles published one by one to see when they are found.
const SEEN: usize = 100;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--articles").skip(1);
    let articles = arguments.next().map_or(20_000, |value| value.parse().unwrap());
    run("SQLite", None, articles).await;
    match postgres::new_database().await {
        Some(url) => run("PostgreSQL", Some(url), articles).await,
        None => println!("PostgreSQL was not measured."),
    }
}

async fn run(engine: &str, database_url: Option<String>, articles: usize) {
    let directory = tempfile::tempdir().unwrap();
    let config = server::configuration(directory.path(), database_url.as_deref(), None);
    let clock = Arc::new(SystemClock);
    let newsroom = Newsroom::open(&config.database(), config.rules(), clock.clone(), IdSource::random(clock))
        .await
        .unwrap();
    let started = Instant::now();
    let (all, index) = (newsroom.clone(), config.search_directory());
    let following = tokio::spawn(async move {
        tokio::select! {
            ended = all.follow_log() => ended.unwrap(),
            () = all.follow_stories() => {}
            ended = all.follow_search(&index) => ended.unwrap(),
        }
    });
    edition::take_in_all(&newsroom, 0, articles).await;
    let taken = started.elapsed();
    edition::settled(&newsroom).await;
    // What was waited for without anything happening is not taken for work.
    let settled = started.elapsed().saturating_sub(edition::QUIET);
    let count = f64::from(u32::try_from(articles).unwrap());
    println!(
        "{engine}: {articles} articles in {taken:.1?} ({:.0}/s), with stories and index after {settled:.1?} ({:.0}/s); {} of memory at the peak",
        count / taken.as_secs_f64(),
        count / settled.as_secs_f64(),
        peak()
    );
    let mut waits = Vec::new();
    for number in articles..articles + SEEN {
        waits.push(until_found(&newsroom, number).await);
    }
    waits.sort_unstable();
    println!(
        "{engine}: found after its commit: {:?} (p50), {:?} (p95), {:?} (longest of {SEEN})",
        waits[SEEN / 2],
        waits[SEEN * 95 / 100],
        waits[SEEN - 1]
    );
    following.abort();
    newsroom.close().await.unwrap();
}

/// How long after its commit an article is found.
async fn until_found(newsroom: &Newsroom, number: usize) -> Duration {
    let system = Viewer::System;
    let ids = edition::take_in_all(newsroom, number, number + 1).await;
    let committed = Instant::now();
    let search = newsroom.search(&system);
    let wanted = SearchQuery { text: None, ..SearchQuery::default() };
    loop {
        let prepared = search.prepare(&wanted).await.unwrap();
        let found = search.count(&prepared).await.unwrap();
        if found > u64::try_from(number).unwrap() {
            assert_eq!(ids.len(), 1);
            return committed.elapsed();
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The most memory that this process has had at once, as Linux tells it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |line| line.trim().to_owned())
}
