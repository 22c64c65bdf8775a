//! What hangs on sources and authors: their articles. (Topics have more: `topic.rs`.)

use async_graphql::{ComplexObject, Context, Result};
use broadsheet_domain::article::Parent;
use uuid::Uuid;

use super::arguments::{ArticleSortView, list_cost, page};
use super::connection::{ArticleConnection, Totals, articles};
use super::errors::graphql;
use super::loaders::{ArticlesOf, Loaders, SourceKey, shared};
use crate::views::{ArticleView, AuthorView, SourceView};

/// A page of the articles of a source, author or topic.
pub async fn articles_of(
    ctx: &Context<'_>,
    parent: Parent,
    id: Uuid,
    sort: ArticleSortView,
    page: broadsheet_domain::page::PageRequest,
) -> Result<ArticleConnection> {
    let key = ArticlesOf { parent, id, sort: sort.into(), page };
    let loaded = ctx.data::<Loaders>()?.lists.load_one(key).await.map_err(|error| shared(&error))?;
    let page = loaded.ok_or_else(|| graphql(broadsheet_domain::Error::NotFound("list")))?;
    Ok(articles(page.map(ArticleView::from), Totals::default()))
}

/// The same field on each parent.
macro_rules! articles_field {
    ($($view:ident by $parent:expr, $doc:literal $({ $($more:tt)* })?);* $(;)?) => {$(
        #[ComplexObject]
        impl $view {
            #[doc = $doc]
            #[graphql(complexity = "list_cost(first, last, child_complexity)")]
            async fn articles(
                &self,
                ctx: &Context<'_>,
                #[graphql(default_with = "ArticleSortView::Newest")] sort: ArticleSortView,
                first: Option<i32>,
                after: Option<String>,
                last: Option<i32>,
                before: Option<String>,
            ) -> Result<ArticleConnection> {
                articles_of(ctx, $parent, self.key, sort, page(first, after, last, before)?).await
            }
            $($($more)*)?
        }
    )*};
}

articles_field! {
    SourceView by Parent::Source, "Its articles.";
    AuthorView by Parent::Author, "Articles under their byline." {
        /// The source whose bylines name them; none where they are shared.
        async fn source(&self, ctx: &Context<'_>) -> Result<Option<SourceView>> {
            let Some(source) = self.source_key else { return Ok(None) };
            let loaded = ctx.data::<Loaders>()?.sources.load_one(SourceKey(source)).await.map_err(|error| shared(&error))?;
            Ok(loaded.map(|source| source.as_ref().into()))
        }
    };
}
