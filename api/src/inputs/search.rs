//! Parameters of searches.

use broadsheet_domain::error::{Findings, Result};
use broadsheet_domain::page::PageRequest;
use broadsheet_domain::search::index::Facet;
use broadsheet_domain::search::{SearchQuery, SearchSort};
use serde::Deserialize;
use utoipa::IntoParams;

use super::filters::{filter_params, flag, narrowed};
use super::lists::{number, one_of, page};
use crate::views::SearchSortView;

/// Values of a facet when nobody says how many.
pub const DEFAULT_BUCKETS: u32 = 10;
/// The most values of a facet.
pub const MAX_BUCKETS: u32 = 100;
/// Suggestions of each kind when nobody says how many.
pub const DEFAULT_SUGGESTIONS: u32 = 5;
/// The most suggestions of each kind.
pub const MAX_SUGGESTIONS: u32 = 20;

filter_params! {
    /// A search.
    pub struct SearchParams {
        /// What to look for, up to 500 characters: words, `"phrases"`, `+required`, `-excluded`, `AND`, `OR`, `NOT`, parentheses,
        /// `parliam*`, and fields: `title:`, `text:`, `author:`, `source:`, `topic:`, `section:`, `lang:`, `url:`, `published:` (ISO
        /// 8601: `2026-11`, `2026-11-01/P1W`). Every word has to be there unless `OR` says otherwise. Every article, if left out.
        #[param(example = "storm (harbour OR port) -title:opinion")]
        pub q: Option<String>,
        /// `relevance` (if left out; without `q`: `newest`), `newest`, `oldest`.
        #[param(value_type = Option<SearchSortView>, inline, example = "relevance")]
        pub sort: Option<String>,
        /// Comma-separated: what to count what is found by: `source`, `section`, `topic`, `author`, `language`, `month`.
        #[param(example = "source,month")]
        pub facets: Option<String>,
        /// How many values of each facet, 1 to 100; 10 if left out.
        #[param(value_type = Option<u32>, minimum = 1, maximum = 100, example = 10)]
        pub facet_limit: Option<String>,
        /// `false` leaves `highlights` empty.
        #[param(value_type = Option<bool>)]
        pub highlight: Option<String>,
        /// `true` adds `page.total`; it costs what it counts.
        #[param(value_type = Option<bool>)]
        pub with_total: Option<String>,
        /// How many items, 1 to 200; 20 if left out. More is refused, never cut.
        #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
        pub limit: Option<String>,
        /// `page.next` or `page.prev` of another page, as it is.
        pub cursor: Option<String>,
        /// Comma-separated: `body`, `topics`, `media`, `comments`, `revisions`, `corrections`, `json_ld`, `story`.
        #[param(example = "topics,media")]
        pub include: Option<String>,
    }
}

/// What a search is asked for.
pub struct SearchRequest {
    /// What to look for.
    pub query: SearchQuery,
    /// How many, from where.
    pub page: PageRequest,
    /// What to count by.
    pub facets: Vec<Facet>,
    /// How many values of each.
    pub facet_limit: usize,
    /// Whether to show why.
    pub highlight: bool,
    /// Whether to count them all.
    pub with_total: bool,
}

/// Reads the parameters of a search; every bad one is named.
pub fn search(params: &SearchParams) -> Result<SearchRequest> {
    let mut findings = Findings::default();
    let filter = findings.absorb(narrowed(&params.words()))?;
    let sort =
        findings.absorb(one_of("sort", params.sort.as_deref(), &SearchSort::ALL, SearchSort::as_str))?;
    let facets = findings.absorb(facets(params.facets.as_deref()))?;
    let buckets = number("facet_limit", params.facet_limit.as_deref(), 1..=MAX_BUCKETS);
    let buckets = findings.absorb(buckets)?;
    let highlight = findings.absorb(flag("highlight", params.highlight.as_deref()))?;
    let with_total = findings.absorb(flag("with_total", params.with_total.as_deref()))?;
    let page = findings.absorb(page(params.limit.as_deref(), params.cursor.clone()))?;
    findings.finish()?;
    let text = params.q.clone();
    Ok(SearchRequest {
        query: SearchQuery {
            sort: sort_of(text.as_deref(), sort.flatten()),
            filter: filter.unwrap_or_default(),
            text,
        },
        page: page.unwrap_or_else(|| PageRequest::first(broadsheet_domain::page::DEFAULT_LIMIT)),
        facets: facets.unwrap_or_default(),
        facet_limit: bucket_limit(buckets.flatten()),
        highlight: highlight.flatten().unwrap_or(true),
        with_total: with_total.flatten().unwrap_or(false),
    })
}

/// The sort in force: without words nothing is more relevant than anything else.
pub fn sort_of(text: Option<&str>, sort: Option<SearchSort>) -> SearchSort {
    let usual = if text.is_some() { SearchSort::Relevance } else { SearchSort::Newest };
    sort.unwrap_or(usual)
}

/// How many values of each facet.
pub fn bucket_limit(limit: Option<u32>) -> usize {
    usize::try_from(limit.unwrap_or(DEFAULT_BUCKETS)).unwrap_or(usize::MAX)
}

fn facets(text: Option<&str>) -> Result<Vec<Facet>> {
    let names = text.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let read = |name| one_of("facets", Some(name), &Facet::ALL, Facet::as_str);
    names.filter_map(|name| read(name).transpose()).collect()
}

/// The beginning of a search.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SuggestParams {
    /// What has been typed so far.
    #[param(required = true, example = "storm su")]
    pub q: Option<String>,
    /// How many suggestions of each kind, 1 to 20; 5 if left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 20, example = 5)]
    pub limit: Option<String>,
}

impl SuggestParams {
    /// How many of each kind.
    pub fn limit(&self) -> Result<usize> {
        let limit = number("limit", self.limit.as_deref(), 1..=MAX_SUGGESTIONS)?;
        Ok(usize::try_from(limit.unwrap_or(DEFAULT_SUGGESTIONS)).unwrap_or(usize::MAX))
    }
}

/// What is related to an article.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct RelatedParams {
    /// How many items, 1 to 200; 20 if left out. There are at most 50 in all.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 6)]
    pub limit: Option<String>,
    /// `page.next` or `page.prev` of another page, as it is.
    pub cursor: Option<String>,
    /// `true` adds what was weighed.
    #[param(value_type = Option<bool>)]
    pub explain: Option<String>,
}

impl RelatedParams {
    /// How many, from where, and whether to explain.
    pub fn read(&self) -> Result<(PageRequest, bool)> {
        let mut findings = Findings::default();
        let at = findings.absorb(page(self.limit.as_deref(), self.cursor.clone()))?;
        let explain = findings.absorb(flag("explain", self.explain.as_deref()))?;
        findings.finish()?;
        let usual = || PageRequest::first(broadsheet_domain::page::DEFAULT_LIMIT);
        Ok((at.unwrap_or_else(usual), explain.flatten().unwrap_or(false)))
    }
}
