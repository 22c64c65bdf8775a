//! The desk's writes: articles written, edited, corrected, published, withdrawn.

use async_graphql::{Context, ID, InputObject, Object, Result};
use broadsheet_domain::article::Article;

use super::mutation::{ArticlePayload, id};
use super::query::parts;
use crate::inputs::{CreateArticleInput, EditArticleInput};
use crate::views::{ArticleView, Timestamp};

/// The desk's writes.
#[derive(Default)]
pub struct DeskMutation;

/// What is changed in an article, and the revision it is changed from.
#[derive(Clone, Debug, InputObject)]
pub struct EditArticle {
    /// Which article.
    pub id: ID,
    /// What is changed.
    pub edit: EditArticleInput,
    /// The revision that you read: if somebody changed it meanwhile, nothing is changed.
    pub expected_revision: Option<u32>,
}

/// A correction: what was wrong, and what is changed.
#[derive(Clone, Debug, InputObject)]
pub struct CorrectArticle {
    /// Which article.
    pub id: ID,
    /// What was wrong, in plain words: readers will read it. 1 to 2,000 characters.
    pub note: String,
    /// What is changed; nothing where it was changed before.
    pub edit: Option<EditArticleInput>,
    /// The revision that you read: if somebody changed it meanwhile, nothing is changed.
    pub expected_revision: Option<u32>,
}

fn payload(outcome: broadsheet_domain::Result<Article>) -> Result<ArticlePayload> {
    ArticlePayload::of(outcome.map(ArticleView::from))
}

#[Object]
impl DeskMutation {
    /// Writes an article: a draft, for editors alone until it is published. For editors.
    async fn create_article(
        &self,
        ctx: &Context<'_>,
        input: CreateArticleInput,
        #[graphql(
            desc = "Your own key, at most 200 characters: repeated with the same input, it writes once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<ArticlePayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let desk = newsroom.articles(viewer);
        payload(async { desk.create(input.manuscript()?, idempotency_key.as_deref()).await }.await)
    }

    /// Edits an article; what it said before becomes a revision. For editors.
    async fn edit_article(&self, ctx: &Context<'_>, input: EditArticle) -> Result<ArticlePayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let desk = newsroom.articles(viewer);
        let edit =
            async { desk.edit(id("id", &input.id)?, input.edit.edit()?, input.expected_revision).await };
        payload(edit.await)
    }

    /// Corrects an article: a change with a public note on what was wrong. For editors.
    async fn correct_article(&self, ctx: &Context<'_>, input: CorrectArticle) -> Result<ArticlePayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let desk = newsroom.articles(viewer);
        let correct = async {
            let edit = input.edit.unwrap_or_default().edit()?;
            desk.correct(id("id", &input.id)?, edit, &input.note, input.expected_revision).await
        };
        payload(correct.await)
    }

    /// Publishes an article: now, or when its embargo ends, if it has one. For editors.
    async fn publish_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] article: ID,
    ) -> Result<ArticlePayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(async { newsroom.articles(viewer).publish(id("id", &article)?).await }.await)
    }

    /// Lets an article be published by itself at a time to come, or when its embargo ends, whichever is later. For editors.
    async fn schedule_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] article: ID,
        at: Timestamp,
    ) -> Result<ArticlePayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(async { newsroom.articles(viewer).schedule(id("id", &article)?, at.into()).await }.await)
    }

    /// Sets until when an article may not be published, or lifts that; lifting publishes what waited for nothing else. For
    /// editors.
    async fn embargo_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] article: ID,
        until: Option<Timestamp>,
    ) -> Result<ArticlePayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let until = until.map(Into::into);
        payload(async { newsroom.articles(viewer).embargo(id("id", &article)?, until).await }.await)
    }

    /// Takes an article that waits for its time back to the desk. For editors.
    async fn hold_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] article: ID,
    ) -> Result<ArticlePayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(async { newsroom.articles(viewer).hold(id("id", &article)?).await }.await)
    }

    /// Withdraws an article: readers who look for it are told why, and find nothing under it. For editors.
    async fn withdraw_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] article: ID,
        reason: Option<String>,
    ) -> Result<ArticlePayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(async { newsroom.articles(viewer).withdraw(id("id", &article)?, reason).await }.await)
    }

    /// Brings a withdrawn article back: to its readers, or to the desk where it had none. For editors.
    async fn restore_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] article: ID,
    ) -> Result<ArticlePayload> {
        let (newsroom, viewer) = parts(ctx)?;
        payload(async { newsroom.articles(viewer).restore(id("id", &article)?).await }.await)
    }

    /// Lets an article say again what it said in a revision before, in a revision of its own. For editors.
    async fn restore_revision(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] article: ID,
        revision: u32,
        expected_revision: Option<u32>,
    ) -> Result<ArticlePayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let desk = newsroom.articles(viewer);
        let restore = async { desk.restore_revision(id("id", &article)?, revision, expected_revision).await };
        payload(restore.await)
    }
}
