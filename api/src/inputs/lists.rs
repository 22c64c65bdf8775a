//! Parameters of lists: pages, sorts, filters.

use std::str::FromStr;

use broadsheet_domain::article::{ArticleFilter, ArticleSort, Selector};
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::comment::CommentSort;
use broadsheet_domain::error::{Error, Findings, Result};
use broadsheet_domain::page::PageRequest;
use serde::Deserialize;
use utoipa::IntoParams;

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
    /// The order of a list of comments.
    CommentSortView as CommentSort "CommentSort" from CommentSort {
        /// Latest first.
        Newest,
        /// First first.
        Oldest,
        /// Most direct replies first.
        MostReplied,
    }
}

/// A page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// How many items, 1 to 200; 20 if left out. More is refused, never cut.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
    pub limit: Option<String>,
    /// `page.next` or `page.prev` of another page, as it is.
    pub cursor: Option<String>,
}

/// A page of comments.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SortedPage {
    /// `newest` (if left out), `oldest`, `most_replied`; replies have the same order.
    #[param(value_type = Option<CommentSortView>, inline, example = "newest")]
    pub sort: Option<String>,
    /// How many items, 1 to 200; 20 if left out. More is refused, never cut.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
    pub limit: Option<String>,
    /// `page.next` or `page.prev` of another page, as it is.
    pub cursor: Option<String>,
    /// How many levels of replies to show under each comment, 0 to 5; 1 if left out.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 5, example = 1)]
    pub depth: Option<String>,
    /// How many replies to show under each comment, 1 to 200; 5 if left out. Each comment's `replies.page` goes on from there.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 5)]
    pub replies: Option<String>,
}

/// A page of articles.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ArticleParams {
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
    /// Published then or later: RFC 3339, or a date (midnight UTC).
    #[param(example = "2026-11-16")]
    pub published_from: Option<String>,
    /// Published before: RFC 3339, or a date (midnight UTC).
    pub published_until: Option<String>,
    /// Changed, as readers see it, then or later.
    pub updated_from: Option<String>,
    /// `newest` (if left out), `oldest`, `recently_updated`.
    #[param(value_type = Option<ArticleSortView>, inline, example = "newest")]
    pub sort: Option<String>,
    /// How many items, 1 to 200; 20 if left out. More is refused, never cut.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
    pub limit: Option<String>,
    /// `page.next` or `page.prev` of another page, as it is.
    pub cursor: Option<String>,
    /// `true` adds `page.total`; it costs what it counts.
    #[param(value_type = Option<bool>)]
    pub with_total: Option<String>,
    /// Comma-separated: `body`, `topics`, `media`, `comments`, `revisions`.
    #[param(example = "topics,media")]
    pub include: Option<String>,
    /// Comma-separated: only these fields of each article, and its `id`. What is left out is missed by clients that were
    /// generated from this document: they expect whole articles.
    #[param(example = "headline,url")]
    pub fields: Option<String>,
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
}

/// Reads the parameters of a list of articles; every bad one is named.
pub fn articles(params: &ArticleParams) -> Result<ArticleQuery> {
    let mut findings = Findings::default();
    let selector = |texts: &[String]| Selector::parse(texts.iter().map(String::as_str));
    let mut moment = |field: &'static str, text: &Option<String>| {
        let read = text.as_deref().map(|text| Timestamp::parse(text).ok_or(()));
        match read {
            Some(Err(())) => {
                findings.add(field, "malformed", "must be RFC 3339, such as 2026-11-23T08:30:00Z, or a date");
                None
            }
            Some(Ok(moment)) => Some(moment),
            None => None,
        }
    };
    let filter = ArticleFilter {
        source: selector(&params.source),
        author: selector(&params.author),
        topic: selector(&params.topic),
        section: selector(&params.section),
        language: selector(&params.language),
        published_from: moment("published_from", &params.published_from),
        published_until: moment("published_until", &params.published_until),
        updated_from: moment("updated_from", &params.updated_from),
    };
    let sorts = [ArticleSort::Newest, ArticleSort::Oldest, ArticleSort::RecentlyUpdated];
    let sort = findings.absorb(one_of("sort", params.sort.as_deref(), &sorts, ArticleSort::as_str))?;
    let total = [false, true];
    let name = |value: bool| if value { "true" } else { "false" };
    let with_total = findings.absorb(one_of("with_total", params.with_total.as_deref(), &total, name))?;
    let page = findings.absorb(page(params.limit.as_deref(), params.cursor.clone()))?;
    findings.finish()?;
    let page = page.unwrap_or_else(|| PageRequest::first(broadsheet_domain::page::DEFAULT_LIMIT));
    let (sort, with_total) = (sort.flatten().unwrap_or_default(), with_total.flatten().unwrap_or(false));
    Ok(ArticleQuery { filter, sort, page, with_total })
}

/// Reads `limit` and `cursor`.
pub fn page(limit: Option<&str>, cursor: Option<String>) -> Result<PageRequest> {
    PageRequest::from_cursor(number("limit", limit, 1..=broadsheet_domain::page::MAX_LIMIT)?, cursor)
}

/// What a thread is asked for.
pub struct ThreadQuery {
    /// In which order.
    pub sort: CommentSort,
    /// How many, from where.
    pub page: PageRequest,
    /// Levels of replies.
    pub depth: u32,
    /// How many replies under each comment.
    pub replies: PageRequest,
}

/// Reads the parameters of a list of comments; every bad one is named.
pub fn comments_page(params: &SortedPage) -> Result<ThreadQuery> {
    let mut findings = Findings::default();
    let sorts = [CommentSort::Newest, CommentSort::Oldest, CommentSort::MostReplied];
    let sort = findings.absorb(one_of("sort", params.sort.as_deref(), &sorts, CommentSort::as_str))?;
    let depth = findings.absorb(number("depth", params.depth.as_deref(), 0..=5))?;
    let replies = findings.absorb(number(
        "replies",
        params.replies.as_deref(),
        1..=broadsheet_domain::page::MAX_LIMIT,
    ))?;
    let page = findings.absorb(page(params.limit.as_deref(), params.cursor.clone()))?;
    findings.finish()?;
    Ok(ThreadQuery {
        sort: sort.flatten().unwrap_or_default(),
        page: page.unwrap_or_else(|| PageRequest::first(broadsheet_domain::page::DEFAULT_LIMIT)),
        depth: depth.flatten().unwrap_or(1),
        replies: PageRequest::first(replies.flatten().unwrap_or(5)),
    })
}

pub(super) fn number(
    field: &'static str,
    text: Option<&str>,
    range: std::ops::RangeInclusive<u32>,
) -> Result<Option<u32>> {
    let read = |text: &str| u32::from_str(text).ok().filter(|value| range.contains(value));
    let message = || format!("must be a whole number from {} to {}", range.start(), range.end());
    text.map(|text| read(text).ok_or_else(|| Error::invalid(field, "out_of_range", message()))).transpose()
}

pub(super) fn one_of<T: Copy>(
    field: &'static str,
    text: Option<&str>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<Option<T>> {
    let Some(text) = text else { return Ok(None) };
    let names = || all.iter().map(|value| name(*value)).collect::<Vec<_>>().join(", ");
    let found = all.iter().find(|value| name(**value) == text).copied();
    found.map(Some).ok_or_else(|| Error::invalid(field, "malformed", format!("must be one of {}", names())))
}
