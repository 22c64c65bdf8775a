//! Topics: what hangs on them, and what editors do to them.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result};
use broadsheet_domain::article::Parent;
use broadsheet_domain::id::{PublicId as _, TopicId};
use broadsheet_domain::topic::Topic;

use super::arguments::{ArticleSortView, list_cost, page};
use super::connection::{ArticleConnection, TopicConnection, connection};
use super::errors::graphql;
use super::loaders::{ChildrenOf, Loaders, TopicKey, shared};
use super::mutation::TopicPayload;
use super::query::parts;
use super::source::articles_of;
use crate::inputs::{CreateTopicInput, EditTopicInput};
use crate::views::{AliasView, TopicView};

#[ComplexObject]
impl TopicView {
    /// Articles about it, or in it. Those of its parts are theirs.
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
        articles_of(ctx, Parent::Topic, self.key, sort, page(first, after, last, before)?).await
    }

    /// The topic that it is a part of.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<TopicView>> {
        let Some(parent) = self.parent_key else { return Ok(None) };
        let loaded = ctx.data::<Loaders>()?.topics.load_one(TopicKey(parent)).await;
        Ok(loaded.map_err(|error| shared(&error))?.map(|topic| topic.as_ref().into()))
    }

    /// Its parts, latest seen first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn children(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<TopicConnection> {
        let key = ChildrenOf(self.key, page(first, after, last, before)?);
        let loaded = ctx.data::<Loaders>()?.children.load_one(key).await.map_err(|error| shared(&error))?;
        let found = loaded.ok_or_else(|| graphql(broadsheet_domain::Error::NotFound("topic")))?;
        Ok(connection(found.map(|topic| topic.as_ref().into())))
    }

    /// The slugs that it had before, latest first; they lead to it still.
    #[graphql(complexity = "5 + child_complexity")]
    async fn aliases(&self, ctx: &Context<'_>) -> Result<Vec<AliasView>> {
        let (newsroom, viewer) = parts(ctx)?;
        let found = newsroom.topics(viewer).aliases(TopicId::from_uuid(self.key)).await;
        Ok(found.map_err(graphql)?.into_iter().map(Into::into).collect())
    }
}

/// What is changed in a topic, and the revision it is changed from.
#[derive(Clone, Debug, InputObject)]
pub struct EditTopic {
    /// Which topic: id or slug.
    pub id: ID,
    /// What is changed.
    pub edit: EditTopicInput,
    /// The revision that you read: if somebody changed it meanwhile, nothing is changed.
    pub expected_revision: Option<u32>,
}

/// What editors do to topics.
#[derive(Default)]
pub struct TopicMutation;

fn payload(outcome: broadsheet_domain::Result<Arc<Topic>>) -> Result<TopicPayload> {
    TopicPayload::of(outcome.map(|topic| topic.as_ref().into()))
}

#[Object]
impl TopicMutation {
    /// Makes a topic. Intake makes topics by itself, by the names that publishers use; this one is there before. For editors.
    async fn create_topic(
        &self,
        ctx: &Context<'_>,
        input: CreateTopicInput,
        #[graphql(
            desc = "Your own key, at most 200 characters: repeated with the same input, it makes one topic."
        )]
        idempotency_key: Option<String>,
    ) -> Result<TopicPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let topics = newsroom.topics(viewer);
        payload(async { topics.create(input.topic()?, idempotency_key.as_deref()).await }.await)
    }

    /// Edits a topic: its name, its slug, what it is a part of. Old names and slugs lead to it still. For editors.
    async fn edit_topic(&self, ctx: &Context<'_>, input: EditTopic) -> Result<TopicPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let EditTopic { id, edit, expected_revision } = input;
        payload(newsroom.topics(viewer).edit(&id, edit.into(), expected_revision).await)
    }

    /// Makes a topic part of another: its id, slugs and names lead there from now on, its articles and parts become the
    /// other's. Can be undone. For editors.
    async fn merge_topic(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id", desc = "Which topic: id or slug.")] topic: ID,
        #[graphql(desc = "The topic that stays: id or slug.")] into: ID,
    ) -> Result<TopicPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(newsroom.topics(viewer).merge(&topic, &into).await)
    }

    /// Undoes the merge of a topic that became part of another, named by its own id or slug; named by the other's, the last
    /// that it took in. What arrived meanwhile stays with the other. For editors.
    async fn undo_topic_merge(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id", desc = "Which topic: id or slug.")] topic: ID,
    ) -> Result<TopicPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(newsroom.topics(viewer).undo_merge(&topic).await)
    }
}
