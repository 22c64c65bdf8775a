//! Parameters of the public log and of exports.

use broadsheet_domain::article::ArticleFilter;
use broadsheet_domain::changes::{DEFAULT_LIMIT, Kinds, MAX_LIMIT};
use broadsheet_domain::error::{Error, Findings, Result};
use serde::Deserialize;
use utoipa::IntoParams;

use super::articles::{ArticleParams, articles};
use super::lists::{number, one_of};

/// Declares parameters beside those of a list of articles that choose articles.
macro_rules! with_filter {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, Default, Deserialize, IntoParams)]
        #[serde(deny_unknown_fields, default)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            $($own)*
            /// By publisher: ids or slugs, as in the list of articles; so with all filters.
            source: Vec<String>,
            /// By byline: ids or slugs.
            author: Vec<String>,
            /// By topic of any kind: ids or slugs.
            topic: Vec<String>,
            /// By the publisher's section: ids or slugs.
            section: Vec<String>,
            /// By language, BCP 47; `en` also means `en-GB`.
            language: Vec<String>,
            /// By the publisher's country, ISO 3166-1 with two letters.
            country: Vec<String>,
            /// By what they have besides their text: `image`, `video`, `audio`, `correction`.
            has: Vec<String>,
            /// `true`: whose threads take new comments; `false`: whose threads are closed.
            #[param(value_type = Option<bool>)]
            commentable: Option<String>,
            /// At least so many words.
            #[param(value_type = Option<u32>)]
            min_words: Option<String>,
            /// At most so many words.
            #[param(value_type = Option<u32>)]
            max_words: Option<String>,
            /// Published then or later: RFC 3339, or a date (midnight UTC).
            published_from: Option<String>,
            /// Published before: RFC 3339, or a date (midnight UTC).
            published_until: Option<String>,
            /// Changed, as readers see it, then or later.
            updated_from: Option<String>,
            /// Changed last, as readers see it, before.
            updated_until: Option<String>,
        }

        impl $name {
            /// The filter. A saved query, once there are some, is another way to one: this is the place for it.
            fn filter(&self) -> Result<ArticleFilter> {
                let params = ArticleParams {
                    source: self.source.clone(),
                    author: self.author.clone(),
                    topic: self.topic.clone(),
                    section: self.section.clone(),
                    language: self.language.clone(),
                    published_from: self.published_from.clone(),
                    published_until: self.published_until.clone(),
                    updated_from: self.updated_from.clone(),
                    updated_until: self.updated_until.clone(),
                    country: self.country.clone(),
                    has: self.has.clone(),
                    commentable: self.commentable.clone(),
                    min_words: self.min_words.clone(),
                    max_words: self.max_words.clone(),
                    ..ArticleParams::default()
                };
                Ok(articles(&params)?.filter)
            }
        }
    };
}

pub(super) use with_filter;

with_filter! {
    /// A batch of changes.
    pub struct ChangeParams {
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

with_filter! {
    /// Changes as they happen.
    pub struct ChangeStreamParams {
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

with_filter! {
    /// An export.
    pub struct ExportParams {
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
}

/// Reads the parameters of a batch of changes; every bad one is named.
pub fn changes(params: &ChangeParams) -> Result<ChangeQuery> {
    let limit = number("limit", params.limit.as_deref(), 1..=MAX_LIMIT);
    query(params.since.as_deref(), params.kinds.as_deref(), limit, params.filter())
}

/// Reads the parameters of a stream of changes; every bad one is named.
pub fn stream(params: &ChangeStreamParams) -> Result<ChangeQuery> {
    query(params.since.as_deref(), params.kinds.as_deref(), Ok(None), params.filter())
}

fn query(
    since: Option<&str>,
    kinds: Option<&str>,
    limit: Result<Option<u32>>,
    filter: Result<ArticleFilter>,
) -> Result<ChangeQuery> {
    let mut findings = Findings::default();
    let since = findings.absorb(since.map(|text| sequence("since", text)).transpose())?;
    let kinds = findings.absorb(Kinds::parse(kinds.unwrap_or_default().split(',')))?;
    let limit = findings.absorb(limit)?;
    let filter = findings.absorb(filter)?;
    findings.finish()?;
    Ok(ChangeQuery {
        since: since.flatten(),
        kinds: kinds.unwrap_or_else(Kinds::all),
        limit: limit.flatten().unwrap_or(DEFAULT_LIMIT),
        filter: filter.unwrap_or_default(),
    })
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
    /// Whether with their comments.
    pub comments: bool,
}

/// Reads the parameters of an export; every bad one is named.
pub fn export(params: &ExportParams) -> Result<ExportQuery> {
    let mut findings = Findings::default();
    let name = |value: bool| if value { "true" } else { "false" };
    let comments = findings.absorb(one_of("comments", params.comments.as_deref(), &[false, true], name))?;
    let filter = findings.absorb(params.filter())?;
    findings.finish()?;
    Ok(ExportQuery { filter: filter.unwrap_or_default(), comments: comments.flatten().unwrap_or(false) })
}
