//! What runs beside the requests: following the log, fetching feeds that are due. Loops that sleep; what they decide is
//! decided elsewhere.

use std::sync::Arc;
use std::time::Duration;

use broadsheet_domain::source::feed::{Feed, Via};
use broadsheet_domain::{Newsroom, Viewer};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::App;
use crate::intake::IntakeError;
use crate::intake::fetch::{Polled, poll};

/// How often the worker looks for feeds that are due.
const TICK: Duration = Duration::from_secs(5);
/// How late a scheduled article may be.
const RELEASE: Duration = Duration::from_millis(500);
/// How long a topic's last articles may stay behind when it became part of another.
const SETTLE: Duration = Duration::from_secs(30);
/// How often memory is tidied.
const TIDY: Duration = Duration::from_secs(5 * 60);
/// How often reads are written: what a crash can lose.
const WRITE_READS: Duration = Duration::from_secs(5);

/// Follows the log until told to stop.
pub async fn follow_log(newsroom: Newsroom, stop: CancellationToken) {
    let follow = async {
        while let Err(error) = newsroom.follow_log().await {
            crate::problem::log_internal(&error);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let _ = stop.run_until_cancelled(follow).await;
}

/// Lets articles find their stories until told to stop.
pub async fn follow_stories(newsroom: Newsroom, stop: CancellationToken) {
    let _ = stop.run_until_cancelled(newsroom.follow_stories()).await;
}

/// Keeps the search index up to date until told to stop. Where it cannot be opened (the server before this one may have it
/// still) it is tried again.
pub async fn follow_search(app: App, stop: CancellationToken) {
    let directory = app.config.search_directory();
    let follow = async {
        while let Err(error) = app.newsroom.follow_search(&directory).await {
            crate::problem::log_internal(&error);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let _ = stop.run_until_cancelled(follow).await;
}

/// Forgets what need not be remembered, now and then, until told to stop.
pub async fn tidy(newsroom: Newsroom, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(TIDY)).await.is_some() {
        newsroom.tidy();
        if let Err(error) = newsroom.sources(&Viewer::System).forget_fetches().await {
            crate::problem::log_internal(&error);
        }
    }
}

/// Writes the reads that were counted, every few seconds, and what is left when told to stop.
pub async fn write_reads(newsroom: Newsroom, stop: CancellationToken) {
    let mut goes_on = true;
    while goes_on {
        goes_on = stop.run_until_cancelled(tokio::time::sleep(WRITE_READS)).await.is_some();
        match newsroom.reads(&Viewer::System).write().await {
            Ok(written) => crate::metrics::reads(written),
            Err(error) => crate::problem::log_internal(&error), // they wait for the next time
        }
    }
}

/// Publishes what is due, every moment, until told to stop.
pub async fn release(newsroom: Newsroom, stop: CancellationToken) {
    loop {
        match newsroom.articles(&Viewer::System).release_due().await {
            Ok(0) => {}
            Ok(released) => {
                tracing::info!(released, "scheduled articles were published");
                continue; // there may be more than one batch
            }
            Err(error) => crate::problem::log_internal(&error),
        }
        if stop.run_until_cancelled(tokio::time::sleep(RELEASE)).await.is_none() {
            return;
        }
    }
}

/// Finishes merges of topics that were left in the middle, now and then, until told to stop.
pub async fn settle_topics(newsroom: Newsroom, stop: CancellationToken) {
    loop {
        match newsroom.topics(&Viewer::System).settle().await {
            Ok(0) => {}
            Ok(settled) => tracing::info!(settled, "merges of topics were finished"),
            Err(error) => crate::problem::log_internal(&error),
        }
        if stop.run_until_cancelled(tokio::time::sleep(SETTLE)).await.is_none() {
            return;
        }
    }
}

/// Fetches feeds that are due until told to stop; fetches in flight are finished.
pub async fn poll_feeds(app: App, stop: CancellationToken) {
    let permits = Arc::new(Semaphore::new(app.config.intake.concurrency.max(1)));
    let fetches = TaskTracker::new();
    while !stop.is_cancelled() {
        let free = u64::try_from(permits.available_permits()).unwrap_or(1);
        match app.newsroom.sources(&Viewer::System).claim_due(free).await {
            Ok(due) => {
                for feed in due {
                    let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
                    let app = app.clone();
                    fetches.spawn(async move {
                        fetch(&app, feed).await;
                        drop(permit);
                    });
                }
            }
            Err(error) => crate::problem::log_internal(&error),
        }
        let _ = stop.run_until_cancelled(tokio::time::sleep(TICK)).await;
    }
    fetches.close();
    // What is not done by then is done again: the feed is free when its lease ends.
    let patience = Duration::from_secs(app.config.server.drain_timeout_seconds);
    let _ = tokio::time::timeout(patience, fetches.wait()).await;
}

async fn fetch(app: &App, feed: Feed) {
    let url = feed.url.clone();
    match poll(&app.newsroom, &app.outbound, feed, Via::Schedule).await {
        Ok(Polled::Taken(taken)) => {
            crate::metrics::feed_fetched("taken");
            let (new, updated) = (taken.ingested.new.len(), taken.ingested.updated.len());
            tracing::info!(feed.url = url, feed.entries = taken.entries, new, updated, "feed taken in");
        }
        Ok(Polled::Unchanged(_)) => crate::metrics::feed_fetched("unchanged"),
        Ok(Polled::Failed(IntakeError::Status(410))) => {
            crate::metrics::feed_fetched("gone");
            tracing::warn!(feed.url = url, "feed is gone for good and will not be fetched again");
        }
        Ok(Polled::Failed(error)) => {
            crate::metrics::feed_fetched("failed");
            tracing::warn!(feed.url = url, error = %error, "feed could not be taken in");
        }
        Err(error) => crate::problem::log_internal(&error),
    }
}
