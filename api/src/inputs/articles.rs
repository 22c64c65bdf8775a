//! Parameters of lists of articles.

use broadsheet_domain::article::{ArticleFilter, ArticleSort, ArticleStatus, Feature, Selector};
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::error::{Error, Findings, Result};
use broadsheet_domain::page::{DEFAULT_IDS, DEFAULT_LIMIT, MAX_IDS, PageRequest};
use serde::Deserialize;
use utoipa::IntoParams;

use super::lists::{number, one_of, page};
use crate::views::wire_enum;

wire_enum! {
    /// The order of a list of articles.
    ArticleSortView as ArticleSort "ArticleSort" from ArticleSort {
        /// Latest published first.
        Newest,
        /// First published first.
        Oldest,
        /// Latest changed first.
        RecentlyUpdated,
    }
}

wire_enum! {
    /// What an article can have besides its text.
    FeatureView as ArticleFeature "ArticleFeature" from Feature {
        /// A picture.
        Image,
        /// A video.
        Video,
        /// Sound.
        Audio,
        /// A correction that was published.
        Correction,
    }
}

/// Declares the parameters of a list of articles: what narrows and orders it, and what the list has of its own.
macro_rules! article_params {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, Deserialize, IntoParams)]
        #[serde(deny_unknown_fields, default)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            /// By publisher: ids or slugs. `a,b` is any of them, the parameter repeated is all of them, a leading `-` excludes;
            /// so with all filters.
            #[param(example = json!(["harbour-courier"]))]
            pub source: Vec<String>,
            /// By byline: ids or slugs.
            pub author: Vec<String>,
            /// By topic of any kind: ids or slugs.
            pub topic: Vec<String>,
            /// By the publisher's section: ids or slugs.
            pub section: Vec<String>,
            /// By language, BCP 47; `en` also means `en-GB`.
            #[param(example = json!(["en"]))]
            pub language: Vec<String>,
            /// By the publisher's country, ISO 3166-1 with two letters.
            #[param(example = json!(["GB"]))]
            pub country: Vec<String>,
            /// By what they have besides their text: `image`, `video`, `audio`, `correction`.
            #[param(example = json!(["video,audio"]))]
            pub has: Vec<String>,
            /// `true`: whose threads take new comments; `false`: whose threads are closed.
            #[param(value_type = Option<bool>)]
            pub commentable: Option<String>,
            /// By where they stand in their lives: `published` (if left out), `withdrawn`, `draft`, `scheduled`, `embargoed`.
            /// All but the first are for editors; others are refused.
            #[param(example = json!(["draft,scheduled"]))]
            pub status: Vec<String>,
            /// Published then or later: RFC 3339, or a date (midnight UTC).
            #[param(example = "2026-11-16")]
            pub published_from: Option<String>,
            /// Published before: RFC 3339, or a date (midnight UTC).
            pub published_until: Option<String>,
            /// Changed, as readers see it, then or later.
            pub updated_from: Option<String>,
            /// Changed last, as readers see it, before.
            pub updated_until: Option<String>,
            /// At least so many words.
            #[param(value_type = Option<u32>, example = 300)]
            pub min_words: Option<String>,
            /// At most so many words.
            #[param(value_type = Option<u32>)]
            pub max_words: Option<String>,
            /// As everything was then, RFC 3339: what readers could see already, in the words of then (headline, dek, excerpt,
            /// body), under `newest` or `oldest`. Other properties are those of now, and what was withdrawn since stays
            /// withdrawn. Not in the future.
            #[param(example = "2026-11-23T08:30:00Z")]
            pub as_of: Option<String>,
            /// `newest` (if left out), `oldest`, `recently_updated`.
            #[param(value_type = Option<ArticleSortView>, inline, example = "newest")]
            pub sort: Option<String>,
            /// `page.next`, `page.prev` or `page.newer` of another page, as it is.
            pub cursor: Option<String>,
            /// `true` adds `page.total`; it costs what it counts.
            #[param(value_type = Option<bool>)]
            pub with_total: Option<String>,
            $($own)*
        }
    };
}

article_params! {
    /// A page of articles.
    ArticleParams {
        /// How many items, 1 to 200; 20 if left out. More is refused, never cut.
        #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
        pub limit: Option<String>,
        /// Comma-separated: `body`, `topics`, `media`, `comments`, `revisions`, `corrections`, `json_ld`, `story`.
        #[param(example = "topics,media")]
        pub include: Option<String>,
        /// Comma-separated: only these fields of each article, and its `id`. What is left out is missed by clients that were
        /// generated from this document: they expect whole articles.
        #[param(example = "headline,url")]
        pub fields: Option<String>,
    }
}

article_params! {
    /// A page of articles, their ids alone.
    ArticleIdParams {
        /// How many ids, 1 to 10,000; 1,000 if left out. More is refused, never cut.
        #[param(value_type = Option<u32>, minimum = 1, maximum = 10000, example = 1000)]
        pub limit: Option<String>,
    }
}

/// What a list of articles is asked for.
pub struct ArticleQuery {
    /// Which.
    pub filter: ArticleFilter,
    /// In which order.
    pub sort: ArticleSort,
    /// How many, from where.
    pub page: PageRequest,
    /// Whether to count them all.
    pub with_total: bool,
    /// Whether this page goes on from another.
    pub goes_on: bool,
}

/// Reads the parameters of a list of articles; every bad one is named.
pub fn articles(params: &ArticleParams) -> Result<ArticleQuery> {
    let at = page(params.limit.as_deref(), params.cursor.clone());
    query(params, at, DEFAULT_LIMIT)
}

/// Reads the parameters of a list of ids; every bad one is named.
pub fn article_ids(params: ArticleIdParams) -> Result<ArticleQuery> {
    let limit = number("limit", params.limit.as_deref(), 1..=MAX_IDS);
    let at = limit.and_then(|limit| PageRequest::ids_from_cursor(limit, params.cursor.clone()));
    query(&params.into(), at, DEFAULT_IDS)
}

impl From<ArticleIdParams> for ArticleParams {
    fn from(params: ArticleIdParams) -> Self {
        let ArticleIdParams {
            source,
            author,
            topic,
            section,
            language,
            country,
            has,
            commentable,
            status,
            published_from,
            published_until,
            updated_from,
            updated_until,
            min_words,
            max_words,
            as_of,
            sort,
            cursor,
            with_total,
            limit,
        } = params;
        Self {
            source,
            author,
            topic,
            section,
            language,
            country,
            has,
            commentable,
            status,
            published_from,
            published_until,
            updated_from,
            updated_until,
            min_words,
            max_words,
            as_of,
            sort,
            cursor,
            with_total,
            limit,
            include: None,
            fields: None,
        }
    }
}

fn query(params: &ArticleParams, page: Result<PageRequest>, usual: u32) -> Result<ArticleQuery> {
    let mut findings = Findings::default();
    let filter = filter(params, &mut findings)?;
    let sorts = [ArticleSort::Newest, ArticleSort::Oldest, ArticleSort::RecentlyUpdated];
    let sort = findings.absorb(one_of("sort", params.sort.as_deref(), &sorts, ArticleSort::as_str))?;
    let with_total = findings.absorb(flag("with_total", params.with_total.as_deref()))?;
    let page = findings.absorb(page)?;
    findings.finish()?;
    Ok(ArticleQuery {
        filter,
        sort: sort.flatten().unwrap_or_default(),
        page: page.unwrap_or_else(|| PageRequest::first(usual)),
        with_total: with_total.flatten().unwrap_or(false),
        goes_on: params.cursor.is_some(),
    })
}

fn filter(params: &ArticleParams, findings: &mut Findings) -> Result<ArticleFilter> {
    let selector = |texts: &[String]| Selector::parse(texts.iter().map(String::as_str));
    let has = findings.absorb(named("has", &selector(&params.has), &Feature::ALL, Feature::as_str))?;
    let status = selector(&params.status);
    let status = findings.absorb(named("status", &status, &ArticleStatus::ALL, ArticleStatus::as_str))?;
    let commentable = findings.absorb(flag("commentable", params.commentable.as_deref()))?;
    let words = 0..=10_000_000;
    let min_words = findings.absorb(number("min_words", params.min_words.as_deref(), words.clone()))?;
    let max_words = findings.absorb(number("max_words", params.max_words.as_deref(), words))?;
    let mut moment = |field: &'static str, text: &Option<String>| {
        let read = text.as_deref().map(Timestamp::parse);
        if read == Some(None) {
            findings.add(field, "malformed", "must be RFC 3339, such as 2026-11-23T08:30:00Z, or a date");
        }
        read.flatten()
    };
    Ok(ArticleFilter {
        source: selector(&params.source),
        author: selector(&params.author),
        topic: selector(&params.topic),
        section: selector(&params.section),
        language: selector(&params.language),
        country: selector(&params.country),
        published_from: moment("published_from", &params.published_from),
        published_until: moment("published_until", &params.published_until),
        updated_from: moment("updated_from", &params.updated_from),
        updated_until: moment("updated_until", &params.updated_until),
        as_of: moment("as_of", &params.as_of),
        has: has.unwrap_or_default(),
        status: status.unwrap_or_default(),
        commentable: commentable.flatten(),
        min_words: min_words.flatten(),
        max_words: max_words.flatten(),
    })
}

/// A selector of things that have names of their own.
fn named<T: Copy>(
    field: &'static str,
    selector: &Selector,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<Selector<T>> {
    selector.try_map(|text| {
        let names = || all.iter().map(|value| name(*value)).collect::<Vec<_>>().join(", ");
        let unknown = || Error::invalid(field, "unknown", format!("`{text}` is none of {}", names()));
        all.iter().copied().find(|value| name(*value) == text).ok_or_else(unknown)
    })
}

pub(super) fn flag(field: &'static str, text: Option<&str>) -> Result<Option<bool>> {
    one_of(field, text, &[false, true], |value| if value { "true" } else { "false" })
}
