//! The feeds of sources, as whoever runs the server looks after them, and how fetching goes.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result};
use broadsheet_domain::id::{FeedId, PublicId as _};
use broadsheet_domain::source::feed::{Feed, FeedFilter};

use super::arguments::{list_cost, page};
use super::connection::{FetchConnection, SourceFeedConnection, connection};
use super::errors::graphql;
use super::loaders::{Loaders, SourceKey, shared};
use super::mutation::{SourceFeedPayload, id};
use super::query::parts;
use crate::App;
use crate::inputs::AddFeedInput;
use crate::views::{FeedStatusView, FeedView, HealthView, LedgerView, SourceView};

#[ComplexObject]
impl FeedView {
    /// Whose.
    async fn source(&self, ctx: &Context<'_>) -> Result<Option<SourceView>> {
        let loaded = ctx.data::<Loaders>()?.sources.load_one(SourceKey(self.source_key)).await;
        Ok(loaded.map_err(|error| shared(&error))?.map(|source| source.as_ref().into()))
    }

    /// Its fetches of the last 30 days, latest first: how each ended, what it brought, how late its news was.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn fetches(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<FetchConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let page = page(first, after, last, before)?;
        let found = newsroom.sources(viewer).fetches(FeedId::from_uuid(self.key), &page).await;
        Ok(connection(found.map_err(graphql)?.map(Into::into)))
    }
}

/// Which feeds are meant.
#[derive(Clone, Debug, Default, InputObject)]
pub struct SourceFeedFilter {
    /// Of these sources: ids or slugs.
    pub sources: Option<Vec<String>>,
    /// In one of these states.
    pub statuses: Option<Vec<FeedStatusView>>,
    /// Only those that fail, or only those that do not.
    pub failing: Option<bool>,
}

impl From<SourceFeedFilter> for FeedFilter {
    fn from(filter: SourceFeedFilter) -> Self {
        let SourceFeedFilter { sources, statuses, failing } = filter;
        let statuses = statuses.unwrap_or_default().into_iter().map(Into::into).collect();
        Self { sources: sources.unwrap_or_default(), statuses, failing }
    }
}

/// Reads of intake.
#[derive(Default)]
pub struct IntakeQuery;

#[Object]
impl IntakeQuery {
    /// Feeds of sources, latest added first, with what is wrong with each. For admins.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn source_feeds(
        &self,
        ctx: &Context<'_>,
        filter: Option<SourceFeedFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<SourceFeedConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let page = page(first, after, last, before)?;
        let found = newsroom.sources(viewer).feeds(&filter.unwrap_or_default().into(), &page).await;
        Ok(connection(found.map_err(graphql)?.map(Into::into)))
    }

    /// A feed of a source. For admins.
    async fn source_feed(&self, ctx: &Context<'_>, id: ID) -> Result<FeedView> {
        let (newsroom, viewer) = parts(ctx)?;
        let found = async { newsroom.sources(viewer).feed(super::mutation::id("id", &id)?).await };
        Ok(found.await.map_err(graphql)?.into())
    }

    /// How intake is doing, at a glance. For admins.
    #[graphql(complexity = "10 + child_complexity")]
    async fn intake_health(&self, ctx: &Context<'_>) -> Result<HealthView> {
        let (newsroom, viewer) = parts(ctx)?;
        Ok(newsroom.sources(viewer).health().await.map_err(graphql)?.into())
    }

    /// What can be said of a source (id or slug) by its last 30 days: its fetches and faults, how late its news comes, how often it
    /// changes, corrects and takes back what it said. For admins.
    #[graphql(complexity = "10 + child_complexity")]
    async fn source_ledger(&self, ctx: &Context<'_>, source: String) -> Result<LedgerView> {
        let (newsroom, viewer) = parts(ctx)?;
        Ok(newsroom.sources(viewer).ledger(&source).await.map_err(graphql)?.into())
    }
}

/// What operators do with feeds.
#[derive(Default)]
pub struct IntakeMutation;

fn payload(outcome: broadsheet_domain::Result<Feed>) -> Result<SourceFeedPayload> {
    SourceFeedPayload::of(outcome.map(Into::into))
}

#[Object]
impl IntakeMutation {
    /// Adds a feed: it is fetched with the next round, and whenever it is due from then on; one that is followed already is
    /// answered as it is. Its source is the publisher of that address, made where there is none, or the one that you name.
    /// For admins.
    async fn add_source_feed(&self, ctx: &Context<'_>, input: AddFeedInput) -> Result<SourceFeedPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(newsroom.sources(viewer).add_feed(&input.url, input.source.as_deref()).await)
    }

    /// Gives a feed another address; what was known of the old one is forgotten. For admins.
    async fn edit_source_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id", desc = "Which feed.")] feed: ID,
        #[graphql(desc = "Where it is fetched from now on.")] url: String,
    ) -> Result<SourceFeedPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(async { newsroom.sources(viewer).readdress_feed(id("id", &feed)?, &url).await }.await)
    }

    /// Lets a feed rest: its articles stay, and it is not fetched. For admins.
    async fn pause_source_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id", desc = "Which feed.")] feed: ID,
    ) -> Result<SourceFeedPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(async { newsroom.sources(viewer).pause_feed(id("id", &feed)?).await }.await)
    }

    /// Has a feed fetched again that rests, or was gone; it is due at once. For admins.
    async fn resume_source_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id", desc = "Which feed.")] feed: ID,
    ) -> Result<SourceFeedPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(async { newsroom.sources(viewer).resume_feed(id("id", &feed)?).await }.await)
    }

    /// Fetches a feed now, whether it is due or not, and also while it rests. Answers when the fetch is over. For admins.
    async fn fetch_source_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id", desc = "Which feed.")] feed: ID,
    ) -> Result<SourceFeedPayload> {
        let (_, viewer) = parts(ctx)?;
        let app = ctx.data::<App>()?;
        payload(async { crate::intake::fetch::now(app, viewer, id("id", &feed)?).await }.await)
    }
}
