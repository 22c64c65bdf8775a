//! Parameters of the public log and of exports.

use broadsheet_domain::article::ArticleFilter;
use broadsheet_domain::changes::{DEFAULT_LIMIT, Kinds, MAX_LIMIT};
use broadsheet_domain::error::{Error, Findings, Result};
use broadsheet_domain::id::QueryId;

use super::filters::{FilterWords, filter, filter_params};
use super::lists::{number, one_of};
use super::queries::query_id;

filter_params! {
    /// A batch of changes.
    pub struct ChangeParams {
        /// Of what this saved query finds, in the place of the filters: give one or the other. Once it was changed, begin again.
        #[param(example = "qry_01k3v0sxm8e1zr4k5q5w0v6b7c")]
        pub query: Option<String>,
        /// `next` of the batch before, or the `sequence` of a change or export; 0 is the beginning. Left out, nothing is told
        /// but the present `next`, to begin from now; a copy of everything begins with an export.
        #[param(example = "1042")]
        pub since: Option<String>,
        /// Comma-separated: kinds, such as `article_published`, or families, such as `comment` or `comment.*`; all if left out.
        #[param(example = "article,comment")]
        pub kinds: Option<String>,
        /// How many changes, 1 to 1000; 100 if left out. More is refused, never cut.
        #[param(value_type = Option<u32>, minimum = 1, maximum = 1000, example = 100)]
        pub limit: Option<String>,
        /// Comma-separated, of articles: `body`, `topics`, `media`; all three if left out, `none` of them by that word.
        #[param(example = "body,topics,media")]
        pub include: Option<String>,
    }
}

filter_params! {
    /// Changes as they happen.
    pub struct ChangeStreamParams {
        /// Of what this saved query finds, in the place of the filters: give one or the other. Once it was changed, begin again.
        #[param(example = "qry_01k3v0sxm8e1zr4k5q5w0v6b7c")]
        pub query: Option<String>,
        /// As in the list of changes, for those who cannot send `Last-Event-ID`, which goes before it; left out, from now on.
        #[param(example = "1042")]
        pub since: Option<String>,
        /// Comma-separated: kinds, such as `article_published`, or families, such as `comment` or `comment.*`; all if left out.
        #[param(example = "article,comment")]
        pub kinds: Option<String>,
        /// Comma-separated, of articles: `body`, `topics`, `media`; all three if left out, `none` of them by that word.
        #[param(example = "body,topics,media")]
        pub include: Option<String>,
    }
}

filter_params! {
    /// An export.
    pub struct ExportParams {
        /// Of what this saved query finds, in the place of the filters: give one or the other. Once it was changed, begin again.
        #[param(example = "qry_01k3v0sxm8e1zr4k5q5w0v6b7c")]
        pub query: Option<String>,
        /// `true` adds the comments of each article after it.
        #[param(value_type = Option<bool>)]
        pub comments: Option<String>,
        /// Comma-separated, of articles: `body`, `topics`, `media`; all three if left out, `none` of them by that word.
        #[param(example = "body,topics,media")]
        pub include: Option<String>,
    }
}

/// What of the public log is asked for.
pub struct ChangeQuery {
    /// Where to begin.
    pub since: Option<i64>,
    /// Which kinds.
    pub kinds: Kinds,
    /// At most how many.
    pub limit: u32,
    /// Of which articles.
    pub filter: ArticleFilter,
    /// Or of those that a saved query finds.
    pub query: Option<QueryId>,
}

/// Reads the parameters of a batch of changes; every bad one is named.
pub fn changes(params: &ChangeParams) -> Result<ChangeQuery> {
    let limit = number("limit", params.limit.as_deref(), 1..=MAX_LIMIT);
    query(
        params.since.as_deref(),
        params.kinds.as_deref(),
        limit,
        chosen(&params.words(), params.query.as_deref()),
    )
}

/// Reads the parameters of a stream of changes; every bad one is named.
pub fn stream(params: &ChangeStreamParams) -> Result<ChangeQuery> {
    query(
        params.since.as_deref(),
        params.kinds.as_deref(),
        Ok(None),
        chosen(&params.words(), params.query.as_deref()),
    )
}

fn query(
    since: Option<&str>,
    kinds: Option<&str>,
    limit: Result<Option<u32>>,
    articles: Result<Chosen>,
) -> Result<ChangeQuery> {
    let mut findings = Findings::default();
    let since = findings.absorb(since.map(|text| sequence("since", text)).transpose())?;
    let kinds = findings.absorb(Kinds::parse(kinds.unwrap_or_default().split(',')))?;
    let limit = findings.absorb(limit)?;
    let articles = findings.absorb(articles)?;
    findings.finish()?;
    let (filter, query) = articles.unwrap_or_default();
    Ok(ChangeQuery {
        since: since.flatten(),
        kinds: kinds.unwrap_or_else(Kinds::all),
        limit: limit.flatten().unwrap_or(DEFAULT_LIMIT),
        filter,
        query,
    })
}

/// Which articles: by a filter, or by a saved query.
pub type Chosen = (ArticleFilter, Option<QueryId>);

/// Reads which articles.
fn chosen(words: &FilterWords, query: Option<&str>) -> Result<Chosen> {
    let mut findings = Findings::default();
    let filter = filter(words, &mut findings)?;
    let query = findings.absorb(query_id(query))?;
    findings.finish()?;
    Ok((filter, query.flatten()))
}

filter_params! {
    /// New articles as they appear.
    pub struct FollowParams {
        /// Of what this saved query finds, in the place of the filters: give one or the other. Once it was changed, begin again.
        #[param(example = "qry_01k3v0sxm8e1zr4k5q5w0v6b7c")]
        pub query: Option<String>,
    }
}

/// Reads the parameters of a stream of new articles; every bad one is named.
pub fn follow(params: &FollowParams) -> Result<Chosen> {
    chosen(&params.words(), params.query.as_deref())
}

/// A place in the order of changes, as they are told.
pub fn sequence(field: &str, text: &str) -> Result<i64> {
    let malformed = || {
        Error::invalid(
            field,
            "malformed",
            "must be `next` of a batch, or the `sequence` of a change or export",
        )
    };
    text.parse().ok().filter(|sequence| *sequence >= 0).ok_or_else(malformed)
}

/// GraphQL's `first` of a batch of changes.
pub fn within(first: Option<i32>) -> Result<u32> {
    let Some(first) = first else { return Ok(DEFAULT_LIMIT) };
    let out_of_range =
        || Error::invalid("first", "out_of_range", format!("must be a whole number from 1 to {MAX_LIMIT}"));
    u32::try_from(first).ok().filter(|first| (1..=MAX_LIMIT).contains(first)).ok_or_else(out_of_range)
}

/// What is to be exported.
pub struct ExportQuery {
    /// Which articles.
    pub filter: ArticleFilter,
    /// Or those that a saved query finds.
    pub query: Option<QueryId>,
    /// Whether with their comments.
    pub comments: bool,
}

/// Reads the parameters of an export; every bad one is named.
pub fn export(params: &ExportParams) -> Result<ExportQuery> {
    let mut findings = Findings::default();
    let name = |value: bool| if value { "true" } else { "false" };
    let comments = findings.absorb(one_of("comments", params.comments.as_deref(), &[false, true], name))?;
    let articles = findings.absorb(chosen(&params.words(), params.query.as_deref()))?;
    findings.finish()?;
    let (filter, query) = articles.unwrap_or_default();
    Ok(ExportQuery { filter, query, comments: comments.flatten().unwrap_or(false) })
}
