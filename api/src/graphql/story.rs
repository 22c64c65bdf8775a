//! Stories: what hangs on them, and what editors do to them.

use async_graphql::{ComplexObject, Context, ID, Object, Result};
use broadsheet_domain::id::{PublicId as _, StoryId};
use broadsheet_domain::story::{StoryFilter, Told};

use super::arguments::{list_cost, page};
use super::connection::{StoryConnection, StoryMemberConnection, connection};
use super::errors::graphql;
use super::mutation::{StoryPayload, id};
use super::query::parts;
use crate::inputs::article_keys;
use crate::views::{StoryMemberView, StoryPublisherView, StoryView};

#[ComplexObject]
impl StoryView {
    /// Its timeline: its articles in the order in which they told it, each with how sure it is that it belongs, and why.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<StoryMemberConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let page = page(first, after, last, before)?;
        let found = newsroom.stories(viewer).members(StoryId::from_uuid(self.key), &page).await;
        Ok(connection(found.map_err(graphql)?.map(StoryMemberView::from)))
    }

    /// Who tells it, each with when they first did, the first first; at most 200.
    #[graphql(complexity = "10 + child_complexity")]
    async fn publishers(&self, ctx: &Context<'_>) -> Result<Vec<StoryPublisherView>> {
        let (newsroom, viewer) = parts(ctx)?;
        let found = newsroom.stories(viewer).publishers(StoryId::from_uuid(self.key)).await;
        Ok(found.map_err(graphql)?.into_iter().map(Into::into).collect())
    }
}

/// Reads of stories.
#[derive(Default)]
pub struct StoryQuery;

#[Object]
impl StoryQuery {
    /// A story by its id; one that became part of another is that one.
    async fn story(&self, ctx: &Context<'_>, #[graphql(name = "id")] story: ID) -> Result<Option<StoryView>> {
        let (newsroom, viewer) = parts(ctx)?;
        let key = super::query::id("id", &story)?;
        Ok(super::query::or_null(newsroom.stories(viewer).get(key).await)?.map(Into::into))
    }

    /// Stories, those that were told last first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, and a filter")]
    async fn stories(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 1)] min_sources: u32,
        #[graphql(default = 2)] min_articles: u32,
        language: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<StoryConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let filter = StoryFilter { min_sources, min_articles, language };
        let found = newsroom.stories(viewer).list(&filter, &page(first, after, last, before)?).await;
        Ok(connection(found.map_err(graphql)?.map(StoryView::from)))
    }
}

/// What editors do to stories.
#[derive(Default)]
pub struct StoryMutation;

fn payload(outcome: broadsheet_domain::Result<Told>) -> Result<StoryPayload> {
    StoryPayload::of(outcome.map(Into::into))
}

#[Object]
impl StoryMutation {
    /// Makes a story part of another; its id leads there from now on. For editors.
    async fn merge_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] story: ID,
        into: ID,
    ) -> Result<StoryPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(async { newsroom.stories(viewer).merge(id("id", &story)?, id("into", &into)?).await }.await)
    }

    /// Takes articles out of a story, into one of their own; they never come back by themselves. For editors.
    async fn split_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] story: ID,
        articles: Vec<ID>,
    ) -> Result<StoryPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let stories = newsroom.stories(viewer);
        payload(async { stories.split(id("id", &story)?, &article_keys(&articles)?).await }.await)
    }

    /// Undoes the last merge or split of a story. For editors.
    async fn undo_story_edit(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] story: ID,
    ) -> Result<StoryPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(async { newsroom.stories(viewer).undo(id("id", &story)?).await }.await)
    }
}
