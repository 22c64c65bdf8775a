//! Parameters of lists of articles.

use broadsheet_domain::article::{ArticleFilter, ArticleSort, Collapse, Feature};
use broadsheet_domain::error::{Findings, Result};
use broadsheet_domain::page::{DEFAULT_IDS, DEFAULT_LIMIT, MAX_IDS, PageRequest};

use super::filters::{FilterWords, at, filter, filter_params, flag};
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

wire_enum! {
    /// What is shown once in a list of articles, however many there are of it.
    CollapseView as Collapse "Collapse" from Collapse {
        /// Of each story, its newest article (by publication) that the filter lets through.
        Story,
    }
}

/// Declares the parameters of a list of articles: what narrows and orders it, and what the list has of its own.
macro_rules! article_params {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        filter_params! {
            $(#[$doc])*
            pub struct $name {
                /// As everything was then, RFC 3339: what readers could see already, in the words of then (headline, dek,
                /// excerpt, body), under `newest` or `oldest`. Other properties are those of now, and what was withdrawn since
                /// stays withdrawn. Not in the future.
                #[param(example = "2026-11-23T08:30:00Z")]
                pub as_of: Option<String>,
                /// `story`: of each story only its newest article (by publication) that the filter lets through, under any
                /// sort; its `story` comes with it, and says how many tell it. Totals count what is shown. `newer` leads to
                /// stories that were told anew since, by articles newer than those shown.
                #[param(value_type = Option<CollapseView>, inline, example = "story")]
                pub collapse: Option<String>,
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
        }

        impl $name {
            fn asked(&self) -> Asked<'_> {
                Asked {
                    words: self.words(),
                    as_of: self.as_of.as_deref(),
                    collapse: self.collapse.as_deref(),
                    sort: self.sort.as_deref(),
                    with_total: self.with_total.as_deref(),
                    goes_on: self.cursor.is_some(),
                }
            }
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

/// What a list of articles is asked for, as callers write it.
struct Asked<'p> {
    words: FilterWords,
    as_of: Option<&'p str>,
    collapse: Option<&'p str>,
    sort: Option<&'p str>,
    with_total: Option<&'p str>,
    goes_on: bool,
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
    query(&params.asked(), at, DEFAULT_LIMIT)
}

/// Reads the parameters of a list of ids; every bad one is named.
pub fn article_ids(params: &ArticleIdParams) -> Result<ArticleQuery> {
    let limit = number("limit", params.limit.as_deref(), 1..=MAX_IDS);
    let at = limit.and_then(|limit| PageRequest::ids_from_cursor(limit, params.cursor.clone()));
    query(&params.asked(), at, DEFAULT_IDS)
}

fn query(asked: &Asked<'_>, page: Result<PageRequest>, usual: u32) -> Result<ArticleQuery> {
    let mut findings = Findings::default();
    let filter = filter(&asked.words, &mut findings)?;
    let as_of = at("as_of", asked.as_of, &mut findings);
    let collapse = findings.absorb(collapse(asked.collapse))?;
    let sort = findings.absorb(sort(asked.sort))?;
    let total = findings.absorb(with_total(asked.with_total))?;
    let page = findings.absorb(page)?;
    findings.finish()?;
    Ok(ArticleQuery {
        filter: ArticleFilter { as_of, collapse: collapse.flatten(), ..filter },
        sort: sort.flatten().unwrap_or_default(),
        page: page.unwrap_or_else(|| PageRequest::first(usual)),
        with_total: total.flatten().unwrap_or(false),
        goes_on: asked.goes_on,
    })
}

/// Reads the order of a list of articles.
pub(super) fn sort(text: Option<&str>) -> Result<Option<ArticleSort>> {
    let sorts = [ArticleSort::Newest, ArticleSort::Oldest, ArticleSort::RecentlyUpdated];
    one_of("sort", text, &sorts, ArticleSort::as_str)
}

/// Reads whether to count.
pub fn with_total(text: Option<&str>) -> Result<Option<bool>> {
    flag("with_total", text)
}

/// Reads what is shown once.
pub(super) fn collapse(text: Option<&str>) -> Result<Option<Collapse>> {
    one_of("collapse", text, &Collapse::ALL, Collapse::as_str)
}
