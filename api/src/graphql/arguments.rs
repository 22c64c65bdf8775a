//! Arguments of lists.

use async_graphql::{ID, InputObject};
use broadsheet_domain::article::{ArticleFilter, Selector};
use broadsheet_domain::changes::{Changes, Kinds, Watch};
use broadsheet_domain::page::PageRequest;

use super::errors::graphql;
use crate::inputs::within;
pub use crate::inputs::{ArticleSortView, CommentSortView};
use crate::views::Timestamp;

/// One property's part of a filter. Values are ids or slugs (language: BCP 47 tags).
#[derive(Clone, Debug, Default, InputObject)]
#[expect(clippy::struct_field_names, reason = "the contract's own words")]
pub struct SelectorInput {
    /// At least one of these.
    pub any_of: Option<Vec<String>>,
    /// Every one of these.
    pub all_of: Option<Vec<String>>,
    /// None of these.
    pub none_of: Option<Vec<String>>,
}

impl From<SelectorInput> for Selector {
    fn from(input: SelectorInput) -> Self {
        let any = input.any_of.into_iter().filter(|group| !group.is_empty());
        let all = input.all_of.into_iter().flatten().map(|value| vec![value]);
        Self { all_of: any.chain(all).collect(), none_of: input.none_of.unwrap_or_default() }
    }
}

/// Which articles a list shows.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "ArticleFilter")]
pub struct ArticleFilterInput {
    /// By publisher.
    pub source: Option<SelectorInput>,
    /// By byline.
    pub author: Option<SelectorInput>,
    /// By topic of any kind.
    pub topic: Option<SelectorInput>,
    /// By the publisher's section.
    pub section: Option<SelectorInput>,
    /// By language; `en` also means `en-GB`.
    pub language: Option<SelectorInput>,
    /// Published then or later.
    pub published_from: Option<Timestamp>,
    /// Published before.
    pub published_until: Option<Timestamp>,
    /// Changed, as readers see it, then or later.
    pub updated_from: Option<Timestamp>,
}

impl From<ArticleFilterInput> for ArticleFilter {
    fn from(input: ArticleFilterInput) -> Self {
        let ArticleFilterInput {
            source,
            author,
            topic,
            section,
            language,
            published_from,
            published_until,
            updated_from,
        } = input;
        let selector = |input: Option<SelectorInput>| input.map(Selector::from).unwrap_or_default();
        Self {
            source: selector(source),
            author: selector(author),
            topic: selector(topic),
            section: selector(section),
            language: selector(language),
            published_from: published_from.map(Into::into),
            published_until: published_until.map(Into::into),
            updated_from: updated_from.map(Into::into),
        }
    }
}

/// Relay's paging arguments as a page request.
pub fn page(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> async_graphql::Result<PageRequest> {
    PageRequest::from_relay(first, after, last, before).map_err(graphql)
}

/// What to follow of the public log, checked.
pub async fn watch(
    service: &Changes<'_>,
    kinds: Option<Vec<String>>,
    filter: Option<ArticleFilterInput>,
) -> async_graphql::Result<Watch> {
    let kinds = kinds.unwrap_or_default();
    let kinds = Kinds::parse(kinds.iter().map(String::as_str)).map_err(graphql)?;
    service.watch(kinds, filter.unwrap_or_default().into()).await.map_err(graphql)
}

/// A place in the order of changes.
pub fn sequence(since: Option<ID>) -> async_graphql::Result<Option<i64>> {
    since.map(|text| crate::inputs::sequence("since", &text).map_err(graphql)).transpose()
}

/// What a batch of changes costs: it is one read, however many, so a change costs less than an item of a list.
pub fn batch_cost(first: Option<i32>, child: usize) -> usize {
    let changes = within(first).ok().and_then(|changes| usize::try_from(changes).ok()).unwrap_or(1_000);
    1 + changes.saturating_mul(child) / 50
}

/// What a nested list costs: its children, as often as there may be items.
pub fn list_cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    let items = first.or(last).and_then(|items| usize::try_from(items).ok()).unwrap_or(20).min(200);
    // Items of one list come from one statement and memory: they cost a fraction of what a field by itself would.
    1 + items.saturating_mul(child) / 20
}
