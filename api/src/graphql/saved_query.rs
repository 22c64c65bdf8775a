//! Saved queries.

use async_graphql::{ComplexObject, Context, ID, Object, Result};
use broadsheet_domain::query::SavedQuery;

use super::arguments::{list_cost, page};
use super::connection::{ArticleConnection, SavedQueryConnection, Totals, articles, connection};
use super::errors::graphql;
use super::mutation::{QueryPayload, id};
use super::query::parts;
use crate::inputs::{CreateQuery, EditQuery};
use crate::views::{ArticleView, SavedQueryView};

#[ComplexObject]
impl SavedQueryView {
    /// What it finds, with its filters and sort, as you may see it.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<ArticleConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let goes_on = after.is_some() || before.is_some();
        let page = page(first, after, last, before)?;
        let (service, definition) = (newsroom.queries(viewer), &self.query.definition);
        let found = Box::pin(service.find(definition, &page)).await.map_err(graphql)?;
        let asked = |name: &str| ctx.look_ahead().field(name).exists();
        let total_count =
            if asked("totalCount") { Some(service.count(definition).await.map_err(graphql)?) } else { None };
        let newer_count = if goes_on && asked("newerCount") {
            service.newer_count(definition, &found).await.map_err(graphql)?
        } else {
            None
        };
        let totals = Totals { total_count, newer_cursor: found.newer(), newer_count };
        Ok(articles(found.map(ArticleView::from), totals))
    }
}

/// Reads of saved queries.
#[derive(Default)]
pub struct SavedQueryQuery;

#[Object]
impl SavedQueryQuery {
    /// A saved query by its id, whoever saved it.
    async fn saved_query(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] query: ID,
    ) -> Result<Option<SavedQueryView>> {
        let (newsroom, viewer) = parts(ctx)?;
        let key = super::query::id("id", &query)?;
        Ok(super::query::or_null(newsroom.queries(viewer).get(key).await)?.map(Into::into))
    }

    /// Your own saved queries, latest first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn saved_queries(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<SavedQueryConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let found = newsroom.queries(viewer).own(&page(first, after, last, before)?).await;
        Ok(connection(found.map_err(graphql)?.map(SavedQueryView::from)))
    }
}

/// What is done with one's own saved queries.
#[derive(Default)]
pub struct SavedQueryMutation;

fn payload(outcome: broadsheet_domain::Result<SavedQuery>) -> Result<QueryPayload> {
    QueryPayload::of(outcome.map(Into::into))
}

#[Object]
impl SavedQueryMutation {
    /// Saves a filter of articles, or a search, under an id, for whoever knows the id; at most 200 an account.
    async fn create_query(&self, ctx: &Context<'_>, input: CreateQuery) -> Result<QueryPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let save = async {
            viewer.require_account()?;
            newsroom.queries(viewer).save(input.input().query(input.idempotency_key.clone())?).await
        };
        payload(save.await)
    }

    /// Changes one's own saved query.
    async fn edit_query(&self, ctx: &Context<'_>, input: EditQuery) -> Result<QueryPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let expected = input.expected_updated_at.map(broadsheet_domain::clock::Timestamp::from);
        let edit = async {
            let (id, expected) =
                (id("id", &input.id)?, expected.map(broadsheet_domain::clock::Timestamp::millis));
            newsroom.queries(viewer).edit(id, input.input().edit()?, expected).await
        };
        payload(edit.await)
    }

    /// Deletes one's own saved query; answers it as it was.
    async fn delete_query(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] query: ID,
    ) -> Result<QueryPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let queries = newsroom.queries(viewer);
        let delete = async {
            let saved = queries.get(id("id", &query)?).await?;
            queries.delete(saved.id, None).await.map(|()| saved)
        };
        payload(delete.await)
    }
}
