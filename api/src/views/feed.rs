//! Feeds of sources, and how fetching them goes.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::source::fault::{self, Fault};
use broadsheet_domain::source::feed::{Feed, FeedStatus, Fetch, Outcome, Via};
use broadsheet_domain::source::ledger::{Fetches, Health, Ledger};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Timestamp, wire_enum};

wire_enum! {
    /// Whether a feed is fetched.
    FeedStatusView as SourceFeedStatus "SourceFeedStatus" from FeedStatus {
        /// When it is due.
        Active,
        /// Never: it came from a file, or rests.
        Paused,
        /// Never again: the publisher says that it is gone for good.
        Gone,
    }
}

wire_enum! {
    /// What is wrong with a feed.
    FaultView as FeedFault "FeedFault" from Fault {
        /// Its address cannot be fetched, or leads to where no feed may be fetched from.
        Address,
        /// Its host's name cannot be resolved.
        Name,
        /// No connection, or one that broke.
        Connection,
        /// The server was too slow.
        Timeout,
        /// More bytes than are taken.
        TooLarge,
        /// It redirects in a circle, or too often.
        Redirects,
        /// 401 or 403: not for us.
        Forbidden,
        /// 404: nothing there.
        NotFound,
        /// 410: gone for good.
        Gone,
        /// 429: too many requests.
        Busy,
        /// 5xx: the server's own failure.
        Server,
        /// Another status that is no success.
        Status,
        /// What was answered is no feed.
        NotAFeed,
        /// A feed that nobody can read.
        Malformed,
        /// It could not be stored.
        Storage,
    }
}

wire_enum! {
    /// Why a feed was fetched.
    ViaView as FetchVia "FetchVia" from Via {
        /// It was due.
        Schedule,
        /// Somebody asked for it.
        Request,
        /// Its hub brought it.
        Hub,
    }
}

wire_enum! {
    /// How a fetch ended.
    OutcomeView as FetchOutcome "FetchOutcome" from Outcome {
        /// A document was taken in.
        Taken,
        /// Nothing had changed.
        Unchanged,
        /// It did not work.
        Failed,
    }
}

/// Where a source's news is fetched.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "SourceFeed", complex)]
#[schema(as = SourceFeed)]
pub struct FeedView {
    /// `feed_…`
    #[schema(value_type = String, example = "feed_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// Whose.
    #[schema(value_type = String, example = "src_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    #[graphql(skip)]
    pub source_id: ID,
    /// Where it is fetched; `file:` names one that was taken in from disk.
    #[schema(example = "https://harbour-courier.example/feed.xml")]
    pub url: String,
    /// Its own title.
    #[schema(required = true)]
    pub title: Option<String>,
    /// Its format, as last seen.
    #[schema(required = true, example = "RSS 2.0")]
    pub format: Option<String>,
    /// Whether it is fetched.
    pub status: FeedStatusView,
    /// What is wrong, since when, and what is done about it, in plain sentences; null where all is well.
    #[schema(required = true)]
    pub trouble: Option<String>,
    /// What is wrong.
    #[schema(required = true)]
    pub fault: Option<FaultView>,
    /// Failures since the last success.
    pub failures: u32,
    /// Since when it fails.
    #[schema(required = true)]
    pub failing_since: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last fetched.
    #[schema(required = true)]
    pub last_fetched_at: Option<Timestamp>,
    /// When a fetch last worked.
    #[schema(required = true)]
    pub last_worked_at: Option<Timestamp>,
    /// When a fetch last brought something new.
    #[schema(required = true)]
    pub last_new_at: Option<Timestamp>,
    /// When it is due.
    #[schema(required = true)]
    pub next_fetch_at: Option<Timestamp>,
    /// Seconds that it asks to wait between fetches.
    #[schema(required = true)]
    pub ttl_seconds: Option<u64>,
    /// Seconds between two of its entries, as they were published.
    #[schema(required = true)]
    pub rhythm_seconds: Option<u64>,
    /// Whether it was seen to change while its `ETag` or `Last-Modified` said that it had not: it is asked for whole each time.
    pub validators_lie: bool,
    /// Where it says that it has moved for good; it is moved when it has said so three times in a row.
    #[schema(required = true)]
    pub moving_to: Option<String>,
    #[serde(skip)]
    #[graphql(skip)]
    pub(crate) key: Uuid,
    #[serde(skip)]
    #[graphql(skip)]
    pub(crate) source_key: Uuid,
}

impl From<Feed> for FeedView {
    fn from(feed: Feed) -> Self {
        use broadsheet_domain::id::PublicId as _;
        let trouble = fault::explain(&feed);
        Self {
            id: ID(feed.id.to_string()),
            source_id: ID(feed.source.to_string()),
            title: feed.title,
            format: feed.format,
            status: feed.status.into(),
            trouble,
            fault: feed.fault.map(Into::into),
            failures: feed.failures,
            failing_since: feed.failing_since.map(Into::into),
            created_at: feed.created_at.into(),
            last_fetched_at: feed.last_fetched_at.map(Into::into),
            last_worked_at: feed.last_worked_at.map(Into::into),
            last_new_at: feed.last_new_at.map(Into::into),
            next_fetch_at: feed.next_fetch_at.map(Into::into),
            ttl_seconds: feed.wishes.ttl.map(|ttl| ttl.as_secs()),
            rhythm_seconds: feed.wishes.rhythm.map(|rhythm| rhythm.as_secs()),
            validators_lie: feed.validators_lie,
            moving_to: feed.moving_to.map(|(to, _)| to),
            key: feed.id.uuid(),
            source_key: feed.source.uuid(),
            url: feed.url,
        }
    }
}

/// A fetch that is over.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "FeedFetch")]
#[schema(as = FeedFetch)]
pub struct FetchView {
    /// When it ended.
    pub at: Timestamp,
    /// Why it was made.
    pub via: ViaView,
    /// How it ended.
    pub outcome: OutcomeView,
    /// The answer's status; null where there was no answer.
    #[schema(required = true)]
    pub status: Option<u32>,
    /// What went wrong.
    #[schema(required = true)]
    pub fault: Option<FaultView>,
    /// The same in one plain sentence.
    #[schema(required = true)]
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Entries of the document.
    pub entries: u32,
    /// New articles.
    pub new: u32,
    /// Articles that got a revision.
    pub updated: u32,
    /// Entries that said nothing new.
    pub unchanged: u32,
    /// Entries that could not become articles.
    pub refused: u32,
    /// Seconds from publication to us: the median of the new.
    #[schema(required = true)]
    pub lag_seconds: Option<u64>,
}

impl From<Fetch> for FetchView {
    fn from(fetch: Fetch) -> Self {
        Self {
            at: fetch.at.into(),
            via: fetch.via.into(),
            outcome: fetch.outcome.into(),
            status: fetch.status,
            fault: fetch.fault.map(Into::into),
            error: fetch.error,
            took_ms: u64::try_from(fetch.took.as_millis()).unwrap_or(u64::MAX),
            bytes: fetch.bytes,
            entries: fetch.entries,
            new: fetch.new,
            updated: fetch.updated,
            unchanged: fetch.unchanged,
            refused: fetch.refused,
            lag_seconds: fetch.lag.map(|lag| lag.as_secs()),
        }
    }
}

/// Fetches of some time.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "FetchCounts")]
#[schema(as = FetchCounts)]
pub struct FetchCountsView {
    /// That brought a document.
    pub taken: u64,
    /// That found nothing changed.
    pub unchanged: u64,
    /// That did not work.
    pub failed: u64,
    /// New articles.
    pub new: u64,
    /// Articles that got a revision.
    pub updated: u64,
    /// Entries that could not become articles.
    pub refused: u64,
    /// Bytes that were read.
    pub bytes: u64,
}

impl From<Fetches> for FetchCountsView {
    fn from(fetches: Fetches) -> Self {
        let Fetches { taken, unchanged, failed, new, updated, refused, bytes } = fetches;
        Self { taken, unchanged, failed, new, updated, refused, bytes }
    }
}

/// How often something was wrong.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "FaultCount")]
#[schema(as = FaultCount)]
pub struct FaultCountView {
    /// What.
    pub fault: FaultView,
    /// How often.
    pub count: u64,
}

fn faults(counts: std::collections::BTreeMap<Fault, u64>) -> Vec<FaultCountView> {
    counts.into_iter().map(|(fault, count)| FaultCountView { fault: fault.into(), count }).collect()
}

/// How intake is doing.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "IntakeHealth")]
#[schema(as = IntakeHealth)]
pub struct HealthView {
    /// Feeds that are fetched.
    pub active: u64,
    /// Of those, feeds that fail.
    pub failing: u64,
    /// Feeds that rest.
    pub paused: u64,
    /// Feeds that are gone for good.
    pub gone: u64,
    /// Feeds that are due now.
    pub due: u64,
    /// Seconds for which the one that waits longest has been due.
    pub overdue_seconds: u64,
    /// Of the feeds that fail, how many by what is wrong.
    pub faults: Vec<FaultCountView>,
    /// Fetches of the last 24 hours.
    pub last_day: FetchCountsView,
}

impl From<Health> for HealthView {
    fn from(health: Health) -> Self {
        let Health { active, failing, paused, gone, due, overdue, faults: counts, day } = health;
        let (overdue_seconds, faults) = (overdue.as_secs(), faults(counts));
        Self { active, failing, paused, gone, due, overdue_seconds, faults, last_day: day.into() }
    }
}

/// What can be said of a source, by its last 30 days.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "SourceLedger")]
#[schema(as = SourceLedger)]
pub struct LedgerView {
    /// Fetches of its feeds.
    pub fetches: FetchCountsView,
    /// Fetches that failed, by what was wrong.
    pub faults: Vec<FaultCountView>,
    /// Articles that it published.
    pub articles: u64,
    /// Changes of what readers see that change little, such as a comma.
    pub minor_edits: u64,
    /// Changes of what readers see that change what is said.
    pub substantive_edits: u64,
    /// Corrections that were told to readers.
    pub corrections: u64,
    /// Articles taken back.
    pub withdrawals: u64,
    /// Seconds from publication to us: the median of the last thousand articles.
    #[schema(required = true)]
    pub lag_seconds: Option<u64>,
    /// What nine of ten of them stay below.
    #[schema(required = true)]
    pub lag_seconds_p90: Option<u64>,
}

impl From<Ledger> for LedgerView {
    fn from(ledger: Ledger) -> Self {
        let Ledger { fetches, articles, minor_edits, substantive_edits, corrections, withdrawals, .. } =
            ledger;
        Self {
            fetches: fetches.into(),
            faults: faults(ledger.faults),
            articles,
            minor_edits,
            substantive_edits,
            corrections,
            withdrawals,
            lag_seconds: ledger.lag.map(|(median, _)| median.as_secs()),
            lag_seconds_p90: ledger.lag.map(|(_, most)| most.as_secs()),
        }
    }
}
