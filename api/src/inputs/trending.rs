//! Parameters of what trends.

use super::filters::{filter_params, flag, narrowed};
use super::lists::{one_of, page};
pub use crate::views::{TrendsByView, WindowView};
use broadsheet_domain::error::{Findings, Result};
use broadsheet_domain::page::{DEFAULT_LIMIT, PageRequest};
use broadsheet_domain::trending::{By, TrendQuery, Window};

filter_params! {
    /// A page of what trends.
    pub struct TrendingParams {
        /// How far back to look: `1h`, `24h` (if left out), `7d`.
        #[param(value_type = Option<WindowView>, inline, example = "24h")]
        pub window: Option<String>,
        /// What to rank by: `all` (if left out), or one signal alone: `publishers`, `comments`, `reads`.
        #[param(value_type = Option<TrendsByView>, inline, example = "all")]
        pub by: Option<String>,
        /// `true` shows why: every signal as it was weighed.
        #[param(value_type = Option<bool>)]
        pub explain: Option<String>,
        /// How many items, 1 to 200; 20 if left out. More is refused, never cut.
        #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
        pub limit: Option<String>,
        /// `page.next` or `page.prev` of another page, as it is.
        pub cursor: Option<String>,
    }
}

/// What is asked for.
pub struct TrendsAsked {
    /// Which ranking.
    pub query: TrendQuery,
    /// How many, from where.
    pub page: PageRequest,
    /// Whether to say why.
    pub explain: bool,
}

/// Reads the parameters; every bad one is named.
pub fn trending(params: TrendingParams) -> Result<TrendsAsked> {
    let mut findings = Findings::default();
    let filter = findings.absorb(narrowed(&params.words()))?;
    let window = findings.absorb(one_of("window", params.window.as_deref(), &Window::ALL, Window::as_str))?;
    let by = findings.absorb(one_of("by", params.by.as_deref(), &By::ALL, By::as_str))?;
    let explain = findings.absorb(flag("explain", params.explain.as_deref()))?;
    let page = findings.absorb(page(params.limit.as_deref(), params.cursor))?;
    findings.finish()?;
    Ok(TrendsAsked {
        query: TrendQuery {
            window: window.flatten().unwrap_or_default(),
            by: by.flatten().unwrap_or_default(),
            filter: filter.unwrap_or_default(),
        },
        page: page.unwrap_or_else(|| PageRequest::first(DEFAULT_LIMIT)),
        explain: explain.flatten().unwrap_or(false),
    })
}
