//! Arguments of lists.

use async_graphql::{
    ID, InputObject, InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value,
};
use broadsheet_domain::article::{ArticleFilter, Period, Selector};
use broadsheet_domain::changes::Kinds;
use broadsheet_domain::page::PageRequest;
use broadsheet_domain::query::Definition;
use broadsheet_domain::{Newsroom, Viewer};

use super::errors::graphql;
pub use crate::inputs::{ArticleSortView, CollapseView, CommentSortView};
use crate::inputs::{FeatureView, within};
use crate::live::{Followed, Within, followed};
use crate::views::{ArticleStatusView, Timestamp};

/// One property's part of a filter. Values are ids or slugs (language: BCP 47 tags; country: ISO 3166-1 codes).
#[derive(Clone, Debug, InputObject)]
#[graphql(concrete(name = "SelectorInput", params(String)))]
#[graphql(concrete(name = "FeatureSelectorInput", params(FeatureView)))]
#[graphql(concrete(name = "StatusSelectorInput", params(ArticleStatusView)))]
#[expect(clippy::struct_field_names, reason = "the contract's own words")]
pub struct SelectorInput<T: InputType> {
    /// At least one of these.
    pub any_of: Option<Vec<T>>,
    /// Every one of these.
    pub all_of: Option<Vec<T>>,
    /// None of these.
    pub none_of: Option<Vec<T>>,
}

impl<T: InputType + Into<U>, U> From<SelectorInput<T>> for Selector<U> {
    fn from(input: SelectorInput<T>) -> Self {
        let values = |values: Vec<T>| values.into_iter().map(Into::into).collect::<Vec<U>>();
        let any = input.any_of.into_iter().filter(|group| !group.is_empty()).map(values);
        let all = input.all_of.into_iter().flatten().map(|value| vec![value.into()]);
        Self { all_of: any.chain(all).collect(), none_of: input.none_of.map(values).unwrap_or_default() }
    }
}

/// A time of publication.
#[derive(Clone, Copy, Debug)]
pub struct PeriodInput(Period);

/// An ISO 8601 date, time or interval, in UTC unless it says otherwise: `2026-11`, `2026-W47`, `2026-11-16/2026-11-22`,
/// `2026-11-16/P1W`, `2026-11-16/..`, `>=2026-11-16`. What moves with the time (`today`, `P7D`) is refused: a list is the same
/// from page to page.
#[Scalar(name = "Period")]
impl ScalarType for PeriodInput {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => {
                Period::parse(text).map(Self).map_err(|error| InputValueError::custom(error.to_string()))
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        let side = |at: Option<broadsheet_domain::clock::Timestamp>| {
            at.map_or_else(|| "..".to_owned(), |at| at.to_string())
        };
        Value::String(format!("{}/{}", side(self.0.from), side(self.0.until)))
    }
}

/// Which articles a list shows.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "ArticleFilter")]
pub struct ArticleFilterInput {
    /// By publisher.
    pub source: Option<SelectorInput<String>>,
    /// By byline.
    pub author: Option<SelectorInput<String>>,
    /// By topic of any kind.
    pub topic: Option<SelectorInput<String>>,
    /// By the publisher's section.
    pub section: Option<SelectorInput<String>>,
    /// By the story that they tell: ids. One that became part of another leads there.
    pub story: Option<SelectorInput<String>>,
    /// By language; `en` also means `en-GB`.
    pub language: Option<SelectorInput<String>>,
    /// By the publisher's country, ISO 3166-1 with two letters.
    pub country: Option<SelectorInput<String>>,
    /// By what they have besides their text.
    pub has: Option<SelectorInput<FeatureView>>,
    /// Whose threads take new comments; false: whose threads are closed.
    pub commentable: Option<bool>,
    /// By where they stand in their lives; published ones if left out. All others are for editors, and refused to others.
    pub status: Option<SelectorInput<ArticleStatusView>>,
    /// Published within this time.
    pub published: Option<PeriodInput>,
    /// Published then or later.
    pub published_from: Option<Timestamp>,
    /// Published before.
    pub published_until: Option<Timestamp>,
    /// Changed, as readers see it, then or later.
    pub updated_from: Option<Timestamp>,
    /// Changed last, as readers see it, before.
    pub updated_until: Option<Timestamp>,
    /// At least so many words.
    pub min_words: Option<u32>,
    /// At most so many words.
    pub max_words: Option<u32>,
}

impl From<ArticleFilterInput> for ArticleFilter {
    fn from(input: ArticleFilterInput) -> Self {
        let ArticleFilterInput {
            source,
            author,
            topic,
            section,
            story,
            language,
            published,
            published_from,
            published_until,
            updated_from,
            updated_until,
            country,
            has,
            commentable,
            status,
            min_words,
            max_words,
        } = input;
        let selector = |input: Option<SelectorInput<String>>| input.map(Selector::from).unwrap_or_default();
        let filter = Self {
            source: selector(source),
            author: selector(author),
            topic: selector(topic),
            section: selector(section),
            story: selector(story),
            language: selector(language),
            published_from: published_from.map(Into::into),
            published_until: published_until.map(Into::into),
            updated_from: updated_from.map(Into::into),
            updated_until: updated_until.map(Into::into),
            country: selector(country),
            has: has.map(Selector::from).unwrap_or_default(),
            commentable,
            status: status.map(Selector::from).unwrap_or_default(),
            min_words,
            max_words,
            as_of: None,
            collapse: None,
            forgiving: false,
        };
        filter.published_within(published.map(|period| period.0).unwrap_or_default())
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

/// Which articles: by a filter, or by a saved query.
pub type Chosen = (Option<ArticleFilterInput>, Option<ID>);

/// Which articles, looked up.
pub async fn chosen(
    newsroom: &Newsroom,
    viewer: &Viewer,
    (filter, query): Chosen,
) -> async_graphql::Result<(Definition, Followed)> {
    let query = crate::inputs::query_id(query.as_ref().map(|id| id.as_str())).map_err(graphql)?;
    let followed = followed(newsroom, query).await.map_err(graphql)?;
    let asked = newsroom.queries(viewer).asked(query, filter.unwrap_or_default().into()).await;
    Ok((asked.map_err(graphql)?, followed))
}

/// What to follow of the public log, checked.
pub async fn watch(
    newsroom: &Newsroom,
    viewer: &Viewer,
    kinds: Option<Vec<String>>,
    articles: Chosen,
) -> async_graphql::Result<Within> {
    let kinds = kinds.unwrap_or_default();
    let kinds = Kinds::parse(kinds.iter().map(String::as_str)).map_err(graphql)?;
    let (articles, query) = chosen(newsroom, viewer, articles).await?;
    let watch = newsroom.changes(viewer).watch(kinds, articles).await.map_err(graphql)?;
    Ok(Within { watch, query })
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

/// What a page of ids costs: next to nothing each.
pub fn ids_cost(first: Option<i32>, child: usize) -> usize {
    let items = first.and_then(|items| usize::try_from(items).ok()).unwrap_or(1_000).min(10_000);
    1 + items.saturating_mul(child) / 1_000
}
