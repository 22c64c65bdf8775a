//! `sources`: the feeds of sources, as whoever runs the server looks after them.

use broadsheet_domain::Viewer;
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::id::{FeedId, PublicId as _};
use broadsheet_domain::page::{MAX_LIMIT, PageRequest};
use broadsheet_domain::source::fault::explain;
use broadsheet_domain::source::feed::{Feed, FeedFilter, FeedStatus};

use super::CommandError;
use super::intake::new_table;
use crate::App;
use crate::intake::fetch;

/// Fetches that `show` tells of.
const SHOWN: u32 = 10;

/// Lists feeds with their sources and how they are doing, and how intake is doing as a whole.
pub async fn list(app: &App, failing: bool) -> Result<(), CommandError> {
    let sources = app.newsroom.sources(&Viewer::System);
    let mut table =
        new_table(&["id", "source", "feed", "format", "status", "last fetched", "next", "trouble"]);
    let filter = FeedFilter { failing: failing.then_some(true), ..FeedFilter::default() };
    let feeds = all(app, &filter).await?;
    let publishers =
        sources.get_many(&feeds.iter().map(|feed| feed.source.uuid()).collect::<Vec<_>>()).await?;
    for feed in feeds {
        let publisher = publishers.get(&feed.source.uuid());
        let status = match feed.status {
            FeedStatus::Active if feed.failures > 0 => "failing",
            status => status.as_str(),
        };
        let trouble = explain(&feed).unwrap_or_default();
        table.add_row([
            feed.id.to_string(),
            publisher.map(|source| source.name.clone()).unwrap_or_default(),
            feed.url,
            feed.format.unwrap_or_default(),
            status.to_owned(),
            moment(feed.last_fetched_at),
            moment(feed.next_fetch_at),
            trouble,
        ]);
    }
    println!("{table}");
    let health = sources.health().await?;
    let day = health.day;
    println!(
        "{} feeds are fetched, of which {} fail; {} rest, {} are gone. {} are due.",
        health.active, health.failing, health.paused, health.gone, health.due
    );
    println!(
        "Last 24 hours: {} documents, {} times nothing new, {} failures; {} new articles, {} updated.",
        day.taken, day.unchanged, day.failed, day.new, day.updated
    );
    Ok(())
}

/// Shows a source (id, slug or name) or a feed (id or address): its feeds, their last fetches, its ledger.
pub async fn show(app: &App, name: &str) -> Result<(), CommandError> {
    let sources = app.newsroom.sources(&Viewer::System);
    let feeds = named(app, name).await?;
    let source = match feeds.first() {
        Some(feed) => sources.get(&feed.source.to_string()).await?,
        None => sources.named(name).await?,
    };
    println!("{} ({})", source.name, source.id);
    for feed in &feeds {
        println!();
        println!("{} {}", feed.id, feed.url);
        println!("  {}", explain(feed).unwrap_or_else(|| "All is well.".to_owned()));
        println!(
            "  last new {}, last fetched {}, next {}",
            moment(feed.last_new_at),
            moment(feed.last_fetched_at),
            moment(feed.next_fetch_at)
        );
        let mut table =
            new_table(&["at", "via", "outcome", "status", "entries", "new", "updated", "ms", "why"]);
        for fetch in sources.fetches(feed.id, &PageRequest::first(SHOWN)).await?.nodes() {
            table.add_row([
                fetch.at.to_string(),
                fetch.via.as_str().to_owned(),
                fetch.outcome.as_str().to_owned(),
                fetch.status.map(|status| status.to_string()).unwrap_or_default(),
                fetch.entries.to_string(),
                fetch.new.to_string(),
                fetch.updated.to_string(),
                fetch.took.as_millis().to_string(),
                fetch.error.clone().unwrap_or_default(),
            ]);
        }
        println!("{table}");
    }
    let ledger = sources.ledger(&source.id.to_string()).await?;
    let lag = ledger.lag.map_or_else(String::new, |(median, most)| {
        format!(" From publication to us: {} s, nine of ten within {} s.", median.as_secs(), most.as_secs())
    });
    println!();
    println!(
        "Last 30 days: {} articles, {} substantive and {} minor edits, {} corrections, {} taken back.{lag}",
        ledger.articles, ledger.substantive_edits, ledger.minor_edits, ledger.corrections, ledger.withdrawals
    );
    Ok(())
}

/// What is done to each feed that is named.
#[derive(Clone, Copy, Debug)]
pub enum Doing {
    /// It rests.
    Pause,
    /// It is fetched again.
    Resume,
    /// It is fetched now.
    Fetch,
}

/// Does something to the feeds of a source (id, slug or name), or to one feed (id or address).
pub async fn each(app: &App, name: &str, doing: Doing) -> Result<(), CommandError> {
    let sources = app.newsroom.sources(&Viewer::System);
    let feeds = named(app, name).await?;
    if feeds.is_empty() {
        return Err(CommandError::Partly(format!("`{name}` has no feeds")));
    }
    let mut failed = 0;
    for feed in feeds {
        let done = match doing {
            Doing::Pause => sources.pause_feed(feed.id).await,
            Doing::Resume => sources.resume_feed(feed.id).await,
            Doing::Fetch => fetch::now(app, &Viewer::System, feed.id).await,
        };
        match done {
            Ok(feed) => println!("{} {}: {}", feed.id, feed.url, state(&feed)),
            Err(error) => {
                failed += 1;
                println!("{} {}: {error}", feed.id, feed.url);
            }
        }
    }
    if failed > 0 {
        return Err(CommandError::Partly(format!("{failed} feeds could not be done; they are named above")));
    }
    Ok(())
}

/// Prints how what is read of a folder's feeds compares with the reference.
pub fn compare(folder: &std::path::Path) -> Result<(), CommandError> {
    let table = crate::intake::compare::compare(folder);
    println!("{}", table.map_err(|error| CommandError::Partly(error.to_string()))?);
    Ok(())
}

fn state(feed: &Feed) -> String {
    explain(feed).unwrap_or_else(|| match feed.status {
        FeedStatus::Active => format!("fetched again at {}", moment(feed.next_fetch_at)),
        FeedStatus::Paused => "rests".to_owned(),
        FeedStatus::Gone => "is gone".to_owned(),
    })
}

/// The feeds that are meant by a feed's id or address, or by a source's id, slug or name.
async fn named(app: &App, name: &str) -> Result<Vec<Feed>, CommandError> {
    let sources = app.newsroom.sources(&Viewer::System);
    if let Ok(id) = name.parse::<FeedId>() {
        return Ok(vec![sources.feed(id).await?]);
    }
    if let Some(feed) = sources.feed_at(name).await? {
        return Ok(vec![feed]);
    }
    let unknown = |_| CommandError::Partly(format!("there is no source or feed `{name}`"));
    let source = sources.named(name).await.map_err(unknown)?;
    let filter = FeedFilter { sources: vec![source.id.to_string()], ..FeedFilter::default() };
    all(app, &filter).await
}

async fn all(app: &App, filter: &FeedFilter) -> Result<Vec<Feed>, CommandError> {
    let (mut feeds, mut cursor) = (Vec::new(), None);
    loop {
        let page = PageRequest::from_cursor(Some(MAX_LIMIT), cursor)?;
        let found = app.newsroom.sources(&Viewer::System).feeds(filter, &page).await?;
        cursor = found.next();
        feeds.extend(found.items.into_iter().map(|(_, feed)| feed));
        if cursor.is_none() {
            return Ok(feeds);
        }
    }
}

fn moment(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| at.to_string())
}
