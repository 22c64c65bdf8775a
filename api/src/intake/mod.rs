//! Taking news in: fetch → parse → map → the domain. One document at a time; a broken one is a line in the report, never
//! the end of the run.

use std::time::Duration;

use broadsheet_domain::Viewer;
use broadsheet_domain::article::ingest::{Ingested, Origin};
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::source::SourceHint;
use broadsheet_domain::source::fault::Fault;
use broadsheet_domain::source::feed::{Doing, Feed, FeedStatus, FetchReport, Read, Validators, Via};
use broadsheet_domain::source::schedule::{self, Wishes};
use broadsheet_domain::text::html::to_line;
use broadsheet_domain::{Error, Newsroom};
use url::Url;

pub mod compare;
pub mod fetch;
mod map;
pub mod parse;
pub mod target;

use parse::{ParseError, ParsedFeed};

/// A document as it came, from wherever it came.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where it came from; `file:` for one from disk without an address of its own.
    pub url: Option<Url>,
    /// What names its feed among its publisher's where it has no address: a file's name.
    pub name: String,
    /// The declared media type.
    pub content_type: Option<String>,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What is known of the publisher beforehand.
    pub hint: SourceHint,
    /// Whether the feed is fetched again by the polling worker.
    pub polled: bool,
}

/// What became of a document.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Its format.
    pub format: String,
    /// The feed's title.
    pub title: Option<String>,
    /// How many entries it has.
    pub entries: usize,
    /// What became of them.
    pub ingested: Ingested,
    /// What the feed says of when to come again.
    pub wishes: Wishes,
    /// From publication to us: the median of the new.
    pub lag: Option<Duration>,
    /// Digest of its bytes.
    pub content_hash: String,
    /// The feed's record.
    pub feed: Feed,
}

impl Taken {
    /// The same for the feed's history.
    pub(crate) fn read(&self, validators: Validators) -> Read {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let Ingested { new, updated, unchanged, refused } = &self.ingested;
        Read {
            format: self.format.clone(),
            title: self.title.clone(),
            validators,
            content_hash: self.content_hash.clone(),
            wishes: self.wishes,
            entries: number(self.entries),
            new: number(new.len()),
            updated: number(updated.len()),
            unchanged: number(*unchanged),
            refused: number(refused.len()),
            lag: self.lag,
        }
    }
}

/// Why a document could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It could not be fetched.
    #[error("{0}")]
    Fetch(#[from] crate::outbound::OutboundError),
    /// The publisher answered something else than a feed.
    #[error("the publisher answered with status {0}")]
    Status(u16),
    /// It could not be read from disk.
    #[error("the file could not be read: {0}")]
    File(#[from] std::io::Error),
    /// It is no feed, or one that nobody can read.
    #[error("{0}")]
    Parse(#[from] ParseError),
    /// The domain refused it.
    #[error("{0}")]
    Domain(#[from] Error),
}

impl IntakeError {
    /// What kind of trouble it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Fetch(error) => error.fault(),
            Self::Status(status) => Fault::of_status(*status),
            Self::File(_) | Self::Domain(_) => Fault::Storage,
            Self::Parse(ParseError::NotAFeed(_)) => Fault::NotAFeed,
            Self::Parse(_) => Fault::Malformed,
        }
    }
}

/// Takes a document in.
pub async fn take(newsroom: &Newsroom, document: Document) -> Result<Taken, IntakeError> {
    let Document { url, name, content_type, bytes, hint, polled } = document;
    let base = url.clone();
    let hash = blake3::hash(&bytes).to_hex().to_string();
    // Parsing costs CPU: off the runtime's threads.
    let parse = move || parse::parse(&bytes, content_type.as_deref(), base.as_ref());
    let parsed = tokio::task::spawn_blocking(parse)
        .await
        .map_err(|error| std::io::Error::other(error.to_string()))??;
    let viewer = Viewer::System;
    let sources = newsroom.sources(&viewer);
    let own = url.as_ref().or(parsed.self_url.as_ref()).map(ToString::to_string);
    let known = match &own {
        Some(address) => sources.feed_at(address).await?,
        None => None,
    };
    let feed = if let Some(known) = known {
        if polled && known.status != FeedStatus::Active {
            sources.resume_feed(known.id).await?
        } else {
            known
        }
    } else {
        let source = sources.ensure(complete(hint, &parsed, url.as_ref(), &name)).await?;
        // Files of two publishers may have the same name.
        let address = own.unwrap_or_else(|| format!("file:{}/{name}", source.slug));
        sources.ensure_feed(source.id, &address, polled).await?
    };
    ingest(newsroom, feed, parsed, hash).await
}

/// Takes a fetched document of a known feed in.
pub async fn take_of(newsroom: &Newsroom, feed: Feed, document: Document) -> Result<Taken, IntakeError> {
    let hash = blake3::hash(&document.bytes).to_hex().to_string();
    let parse =
        move || parse::parse(&document.bytes, document.content_type.as_deref(), document.url.as_ref());
    let parsed = tokio::task::spawn_blocking(parse)
        .await
        .map_err(|error| std::io::Error::other(error.to_string()))??;
    ingest(newsroom, feed, parsed, hash).await
}

async fn ingest(
    newsroom: &Newsroom,
    feed: Feed,
    parsed: ParsedFeed,
    content_hash: String,
) -> Result<Taken, IntakeError> {
    let viewer = Viewer::System;
    let source = newsroom.sources(&viewer).get(&feed.source.to_string()).await?;
    let language = parsed.language.clone().or_else(|| source.language.clone());
    let title = parsed.title.as_deref().map(to_line).filter(|title| !title.is_empty());
    let (format, entries) = (parsed.format.to_string(), parsed.entries.len());
    let published: Vec<Timestamp> =
        parsed.entries.iter().filter_map(|entry| entry.published.map(Into::into)).collect();
    let wishes = Wishes {
        ttl: parsed.ttl,
        rhythm: schedule::rhythm(&published, newsroom.now()),
        skip_hours: parsed
            .skip_hours
            .iter()
            .filter(|hour| **hour < 24)
            .fold(0, |mask, hour| mask | 1 << hour),
        skip_days: parsed.skip_days.iter().fold(0, |mask, day| mask | 1 << day.num_days_from_monday()),
    };
    let incoming = parsed.entries.into_iter().map(map::article).collect();
    let origin = Origin { source: feed.source, feed: Some(feed.id), language: language.as_deref() };
    let ingested = newsroom.articles(&viewer).ingest(origin, incoming).await?;
    crate::metrics::ingested(&ingested);
    let lag = newsroom.sources(&viewer).lag_of(&ingested.new).await?;
    Ok(Taken { format, title, entries, ingested, wishes, lag, content_hash, feed })
}

/// What the feed says of its publisher completes what was known.
fn complete(hint: SourceHint, parsed: &ParsedFeed, url: Option<&Url>, name: &str) -> SourceHint {
    let remote = |url: &&Url| matches!(url.scheme(), "http" | "https");
    SourceHint {
        name: hint.name.or_else(|| parsed.title.clone()).or_else(|| url.is_none().then(|| name.to_owned())),
        homepage: hint.homepage.or_else(|| parsed.site_url.as_ref().filter(remote).cloned()),
        logo_url: hint.logo_url.or_else(|| parsed.image_url.clone()),
        language: hint.language.or_else(|| parsed.language.clone()),
        country: hint.country,
        description: hint.description.or_else(|| parsed.description.clone()),
        feed_url: hint.feed_url.or_else(|| url.or(parsed.self_url.as_ref()).filter(remote).cloned()),
    }
}

/// Notes that a document was taken in on request; answers when the feed is due again.
pub async fn note_taken(
    newsroom: &Newsroom,
    taken: &Taken,
    answered: &fetch::Answered,
) -> Result<Option<Timestamp>, Error> {
    let report = FetchReport {
        via: Via::Request,
        doing: Doing::Taken(Box::new(taken.read(answered.validators.clone()))),
        status: answered.status,
        took: Duration::ZERO,
        bytes: answered.bytes,
        hints: answered.hints,
        whole: true,
        moved_to: None,
    };
    newsroom.sources(&Viewer::System).record_fetch(&taken.feed, report).await
}
