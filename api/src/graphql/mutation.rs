//! Writes. Each answers a payload: the result, or typed `userErrors` and nothing changed.

use async_graphql::{Context, ID, InputObject, MergedObject, Object, Result, SimpleObject};
use broadsheet_domain::comment::NewComment;
use broadsheet_domain::error::Error;
use broadsheet_domain::id::PublicId;

use super::desk::DeskMutation;
use super::errors::{UserError, user_errors};
use super::import::ImportMutation;
use super::query::parts;
use super::saved_query::SavedQueryMutation;
use super::source_feed::IntakeMutation;
use super::story::StoryMutation;
use super::topic::TopicMutation;
use super::trending::ReadMutation;
use crate::App;
use crate::inputs::{RefreshInput, RegisterInput, SignInInput};
use crate::views::{
    AccountView, ArticleImportView, ArticleView, CommentView, FeedView, SavedQueryView, SessionView,
    StoryView, TopicView,
};

/// Writes.
#[derive(Default, MergedObject)]
pub struct Mutation(
    TalkMutation,
    DeskMutation,
    StoryMutation,
    ReadMutation,
    TopicMutation,
    ImportMutation,
    SavedQueryMutation,
    IntakeMutation,
);

/// Accounts, comments and moderation.
#[derive(Default)]
pub struct TalkMutation;

/// Declares a payload: the thing, or why not.
macro_rules! payloads {
    ($($(#[$doc:meta])* $payload:ident { $field:ident: $view:ty }),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, SimpleObject)]
        pub struct $payload {
            /// The result; null where there are user errors.
            pub $field: Option<$view>,
            /// Why nothing was changed.
            pub user_errors: Vec<UserError>,
        }

        impl $payload {
            pub(super) fn of(outcome: broadsheet_domain::Result<$view>) -> Result<Self> {
                match outcome {
                    Ok(value) => Ok(Self { $field: Some(value), user_errors: Vec::new() }),
                    Err(error) => Ok(Self { $field: None, user_errors: user_errors(error)? }),
                }
            }
        }
    )*};
}

payloads! {
    /// A sign-in, or why not.
    SessionPayload { session: SessionView },
    /// Whether a sign-in has ended, or why not.
    SignOutPayload { signed_out: bool },
    /// A comment, or why not.
    CommentPayload { comment: CommentView },
    /// An article, or why not.
    ArticlePayload { article: ArticleView },
    /// An account, or why not.
    AccountPayload { account: AccountView },
    /// A story, or why not.
    StoryPayload { story: StoryView },
    /// Whether a read was taken note of, or why not.
    ReadPayload { recorded: bool },
    /// What became of the lines of an import, or why there was none.
    ImportPayload { import: ArticleImportView },
    /// A topic, or why not.
    TopicPayload { topic: TopicView },
    /// A feed of a source, or why not.
    SourceFeedPayload { source_feed: FeedView },
    /// A saved query, or why not.
    QueryPayload { query: SavedQueryView },
}

/// A comment to post.
#[derive(Clone, Debug, InputObject)]
pub struct PostCommentInput {
    /// Under which article.
    pub article_id: ID,
    /// The comment that this one answers.
    pub parent_id: Option<ID>,
    /// Markdown: emphasis, links, quotes, lists, code. At most 5,000 characters.
    pub body: String,
    /// Your own key for this comment, at most 200 characters: repeated with the same input, it posts once.
    pub idempotency_key: Option<String>,
}

/// New words for a comment.
#[derive(Clone, Debug, InputObject)]
pub struct EditCommentInput {
    /// Which comment.
    pub id: ID,
    /// Markdown.
    pub body: String,
}

/// Why a comment is hidden.
#[derive(Clone, Debug, InputObject)]
pub struct HideCommentInput {
    /// Which comment.
    pub id: ID,
    /// In plain words: its author will read it.
    pub reason: String,
}

/// Why an account is banned.
#[derive(Clone, Debug, InputObject)]
pub struct BanAccountInput {
    /// Which account.
    pub id: ID,
    /// In plain words: its owner will read it.
    pub reason: String,
}

pub(super) fn id<I: PublicId>(field: &str, text: &ID) -> broadsheet_domain::Result<I> {
    text.parse().map_err(|error: broadsheet_domain::id::IdError| {
        Error::invalid(field, "malformed", error.to_string())
    })
}

#[Object]
impl TalkMutation {
    /// Makes a reader's account and signs it in.
    async fn register(&self, ctx: &Context<'_>, input: RegisterInput) -> Result<SessionPayload> {
        let (_, viewer) = parts(ctx)?;
        SessionPayload::of(ctx.data::<App>()?.sessions.register(viewer, input).await)
    }

    /// Signs in.
    async fn sign_in(&self, ctx: &Context<'_>, input: SignInInput) -> Result<SessionPayload> {
        let (_, viewer) = parts(ctx)?;
        SessionPayload::of(ctx.data::<App>()?.sessions.sign_in(viewer, &input).await)
    }

    /// Trades a refresh token for the next pair of tokens. It is good once; used twice, it ends the sign-in.
    async fn refresh(&self, ctx: &Context<'_>, input: RefreshInput) -> Result<SessionPayload> {
        SessionPayload::of(ctx.data::<App>()?.sessions.refresh(&input).await)
    }

    /// Ends a sign-in; its access tokens end with it.
    async fn sign_out(&self, ctx: &Context<'_>, input: RefreshInput) -> Result<SignOutPayload> {
        SignOutPayload::of(ctx.data::<App>()?.sessions.sign_out(&input).await.map(|()| true))
    }

    /// Posts a comment.
    async fn post_comment(&self, ctx: &Context<'_>, input: PostCommentInput) -> Result<CommentPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let post = async {
            let new = NewComment {
                article: id("article_id", &input.article_id)?,
                parent: input.parent_id.as_ref().map(|parent| id("parent_id", parent)).transpose()?,
                markdown: input.body,
                idempotency_key: input.idempotency_key,
            };
            newsroom.comments(viewer).post(new).await
        };
        CommentPayload::of(post.await.map(CommentView::from))
    }

    /// Edits one's own comment, within the edit window.
    async fn edit_comment(&self, ctx: &Context<'_>, input: EditCommentInput) -> Result<CommentPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let edit = async { newsroom.comments(viewer).edit(id("id", &input.id)?, &input.body).await };
        CommentPayload::of(edit.await.map(CommentView::from))
    }

    /// Deletes one's own comment: its text goes for good, a tombstone keeps its place in the thread.
    async fn delete_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] comment: ID,
    ) -> Result<CommentPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let delete = async { newsroom.comments(viewer).delete(id("id", &comment)?).await };
        CommentPayload::of(delete.await.map(CommentView::from))
    }

    /// Hides a comment from readers; its author learns the reason. For moderators.
    async fn hide_comment(&self, ctx: &Context<'_>, input: HideCommentInput) -> Result<CommentPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let hide = async { newsroom.comments(viewer).hide(id("id", &input.id)?, &input.reason).await };
        CommentPayload::of(hide.await.map(CommentView::from))
    }

    /// Lets readers read a hidden comment again. For moderators.
    async fn restore_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] comment: ID,
    ) -> Result<CommentPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let restore = async { newsroom.comments(viewer).restore(id("id", &comment)?).await };
        CommentPayload::of(restore.await.map(CommentView::from))
    }

    /// Closes an article's thread to new comments. For moderators.
    async fn close_thread(&self, ctx: &Context<'_>, article_id: ID) -> Result<ArticlePayload> {
        set_open(ctx, &article_id, false).await
    }

    /// Opens an article's thread again. For moderators.
    async fn open_thread(&self, ctx: &Context<'_>, article_id: ID) -> Result<ArticlePayload> {
        set_open(ctx, &article_id, true).await
    }

    /// Bans an account: its tokens stop working with the next request. For admins.
    async fn ban_account(&self, ctx: &Context<'_>, input: BanAccountInput) -> Result<AccountPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let ban = async { newsroom.accounts(viewer).ban(id("id", &input.id)?, Some(input.reason)).await };
        AccountPayload::of(ban.await.map(AccountView::from))
    }

    /// Lifts a ban. For admins.
    async fn readmit_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] account: ID,
    ) -> Result<AccountPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let readmit = async { newsroom.accounts(viewer).readmit(id("id", &account)?).await };
        AccountPayload::of(readmit.await.map(AccountView::from))
    }
}

async fn set_open(ctx: &Context<'_>, article: &ID, open: bool) -> Result<ArticlePayload> {
    let (newsroom, viewer) = parts(ctx)?;
    let set = async { newsroom.articles(viewer).set_comments_open(id("article_id", article)?, open).await };
    ArticlePayload::of(set.await.map(ArticleView::from))
}
