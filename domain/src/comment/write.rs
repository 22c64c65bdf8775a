//! Posting, editing and deleting one's own comments.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Comment, CommentStatus, Comments, path};
use crate::article::{ArticleRef, ArticleStatus};
use crate::change::{ChangeKind, NewChange};
use crate::clock::Timestamp;
use crate::db::entity::{articles, comment_revisions, comments, threads};
use crate::db::{Tx, count, dialect, rows, stored};
use crate::error::{Error, Result};
use crate::id::{AccountId, ArticleId, CommentId, PublicId};
use crate::idempotency::Key;
use crate::policy::Action;

/// What somebody posts.
#[derive(Clone, Debug)]
pub struct NewComment {
    /// Under which article.
    pub article: ArticleId,
    /// What it answers.
    pub parent: Option<CommentId>,
    /// Markdown.
    pub markdown: String,
    /// The same key again is the same comment.
    pub idempotency_key: Option<String>,
}

impl Comments<'_> {
    /// Posts a comment. With a key that was used before for the same input, answers the comment that was posted then.
    pub async fn post(&self, new: NewComment) -> Result<Comment> {
        let account = self.viewer.require_account()?;
        self.viewer.require(Action::Comment)?;
        let markdown = self.check_body(&new.markdown)?;
        let key = new.idempotency_key.as_deref().map(|key| Key {
            account: account.uuid(),
            operation: "post_comment",
            given: key,
            request_hash: request_hash(&new),
        });
        if let Some(key) = &key {
            key.check()?;
        }
        self.articles().get(&ArticleRef::Id(new.article)).await?;
        let tx = self.room.db.begin().await?;
        let now = self.room.now();
        let thread = lock_thread(&tx, new.article.uuid()).await?;
        if let Some(key) = &key
            && let Some(posted) = key.made_before(&tx, now).await?
        {
            drop(tx);
            return self.written(CommentId::from_uuid(posted)).await;
        }
        require_open_thread(&tx, new.article.uuid()).await?;
        self.room.posting.admit(account, self.viewer.address())?;
        let id = self.room.ids.new_id::<CommentId>();
        let parent = parent_of(&tx, &new).await?;
        let place = Place { id, account, number: count(thread.last_number) + 1, now };
        let row = place.row(&new, markdown, parent.as_ref());
        comments::Entity::insert(row).exec_without_returning(tx.on()).await?;
        if let Some(key) = &key {
            key.remember(&tx, id.uuid(), now).await?;
        }
        take_number(&tx, new.article.uuid()).await?;
        count_in(&tx, new.article.uuid(), parent.map(|row| row.id), 1).await?;
        let change = NewChange::of(ChangeKind::CommentPosted, id.uuid()).in_article(new.article.uuid());
        self.room.commit(tx, now, vec![change.by(Some(account.uuid()))]).await?;
        self.written(id).await
    }

    /// Edits one's own comment, within the edit window.
    pub async fn edit(&self, id: CommentId, markdown: &str) -> Result<Comment> {
        let account = self.viewer.require_account()?;
        self.get(id).await?;
        let tx = self.room.db.begin().await?;
        let row = own(&tx, id, account).await?;
        let now = self.room.now();
        if self.editable_until(&row).is_none_or(|until| now > until) {
            let minutes = self.room.settings.comment_edit_window.as_secs() / 60;
            let message = format!(
                "A comment can be edited for {minutes} minutes after it was posted; you can still delete it."
            );
            return Err(Error::Conflict { code: "edit_window_closed", message });
        }
        let markdown = self.check_body(markdown)?;
        require_open_thread(&tx, row.article_id).await?;
        keep_revision(&tx, &row, now).await?;
        let update = comments::ActiveModel {
            id: Set(row.id),
            html: Set(crate::text::markdown::render_comment(&markdown)),
            source: Set(markdown),
            revision: Set(row.revision + 1),
            edited_at: Set(Some(now.millis())),
            ..comments::ActiveModel::default()
        };
        comments::Entity::update(update).exec(tx.on()).await?;
        let change = NewChange::of(ChangeKind::CommentEdited, row.id)
            .in_article(row.article_id)
            .by(Some(account.uuid()));
        self.room.commit(tx, now, vec![change]).await?;
        self.written(id).await
    }

    /// Deletes one's own comment: its text goes for good, a tombstone keeps its place in the thread.
    pub async fn delete(&self, id: CommentId) -> Result<Comment> {
        let account = self.viewer.require_account()?;
        self.get(id).await?;
        let tx = self.room.db.begin().await?;
        let row = own(&tx, id, account).await?;
        let now = self.room.now();
        let update = comments::ActiveModel {
            id: Set(row.id),
            source: Set(String::new()),
            html: Set(String::new()),
            status: Set(CommentStatus::Deleted.as_str().to_owned()),
            deleted_at: Set(Some(now.millis())),
            ..comments::ActiveModel::default()
        };
        comments::Entity::update(update).exec(tx.on()).await?;
        let of_comment = comment_revisions::Column::CommentId.eq(row.id);
        comment_revisions::Entity::delete_many().filter(of_comment).exec(tx.on()).await?;
        if CommentStatus::from_stored(&row.status) == CommentStatus::Published {
            count_in(&tx, row.article_id, row.parent_id, -1).await?;
        }
        let change = NewChange::of(ChangeKind::CommentDeleted, row.id)
            .in_article(row.article_id)
            .by(Some(account.uuid()));
        self.room.commit(tx, now, vec![change]).await?;
        self.written(id).await
    }

    fn check_body(&self, markdown: &str) -> Result<String> {
        // As CommonMark has it, and PostgreSQL takes no NUL.
        let whole = markdown.replace('\0', "\u{fffd}");
        let (body, most) = (whole.trim(), self.room.settings.comment_max_chars);
        // Its length first: what is too long is not worth the work of being rendered.
        let chars = body.chars().count();
        if chars > most {
            let message = format!("has {chars} characters; at most {most} are allowed");
            return Err(Error::invalid("body", "too_long", message));
        }
        let rendered = crate::text::markdown::render_comment(body);
        if crate::text::html::to_text(&rendered).trim().is_empty() {
            return Err(Error::invalid("body", "required", "must say something"));
        }
        Ok(body.to_owned())
    }

    /// What was just written, read back from where it was written.
    pub(super) async fn written(&self, id: CommentId) -> Result<Comment> {
        let found = comments::Entity::find_by_id(id.uuid()).one(self.room.db.primary()).await?;
        let row = found.ok_or(Error::NotFound("comment"))?;
        self.show(vec![row]).await?.pop().ok_or(Error::NotFound("comment"))
    }
}

/// The comment that is answered, if it can be.
async fn parent_of(tx: &Tx, new: &NewComment) -> Result<Option<comments::Model>> {
    let Some(parent) = new.parent else { return Ok(None) };
    let found = comments::Entity::find_by_id(parent.uuid()).one(tx.on()).await?;
    let there = found.filter(|row| row.article_id == new.article.uuid());
    let row =
        there.ok_or_else(|| Error::invalid("parent_id", "unknown", "is not a comment under this article"))?;
    if CommentStatus::from_stored(&row.status) != CommentStatus::Published {
        let message = "The comment you answer was removed: answer another one.".to_owned();
        return Err(Error::Conflict { code: "parent_removed", message });
    }
    if count(row.depth) >= path::MAX_DEPTH {
        let message = format!("This thread is {} replies deep: answer further up.", path::MAX_DEPTH);
        return Err(Error::Conflict { code: "thread_too_deep", message });
    }
    Ok(Some(row))
}

/// Who posts, and where in the thread.
struct Place {
    id: CommentId,
    account: AccountId,
    number: u32,
    now: Timestamp,
}

impl Place {
    fn row(
        self,
        new: &NewComment,
        markdown: String,
        parent: Option<&comments::Model>,
    ) -> comments::ActiveModel {
        let Self { id, account, number, now } = self;
        comments::ActiveModel {
            id: Set(id.uuid()),
            article_id: Set(new.article.uuid()),
            parent_id: Set(parent.map(|row| row.id)),
            root_id: Set(parent.map_or(id.uuid(), |row| row.root_id)),
            number: Set(stored(number)),
            depth: Set(parent.map_or(0, |row| row.depth + 1)),
            path: Set(path::child(parent.map(|row| row.path.as_str()), number)),
            account_id: Set(account.uuid()),
            html: Set(crate::text::markdown::render_comment(&markdown)),
            source: Set(markdown),
            status: Set(CommentStatus::Published.as_str().to_owned()),
            reason: Set(None),
            moderator_id: Set(None),
            revision: Set(1),
            reply_count: Set(0),
            created_at: Set(now.millis()),
            edited_at: Set(None),
            deleted_at: Set(None),
        }
    }
}

/// The viewer's own comment, locked; a tombstone is no longer anybody's.
async fn own(tx: &Tx, id: CommentId, account: AccountId) -> Result<comments::Model> {
    let row = locked(tx, id).await?;
    if row.account_id != account.uuid() {
        let message = "Only its author can change a comment.".to_owned();
        return Err(Error::Denied { code: "not_your_comment", message });
    }
    if CommentStatus::from_stored(&row.status) == CommentStatus::Deleted {
        let message = "This comment was deleted.".to_owned();
        return Err(Error::Conflict { code: "comment_deleted", message });
    }
    Ok(row)
}

/// Asks the article's own row: it may have been closed or withdrawn since the caller last saw it.
async fn require_open_thread(tx: &Tx, article: Uuid) -> Result<()> {
    let found =
        articles::Entity::find_by_id(article).one(tx.on()).await?.ok_or(Error::NotFound("article"))?;
    if found.comments_open && found.status == ArticleStatus::Published.as_str() {
        return Ok(());
    }
    let message = "This article no longer takes comments.".to_owned();
    Err(Error::Conflict { code: "thread_closed", message })
}

fn request_hash(new: &NewComment) -> String {
    let input = format!("{}\n{:?}\n{}", new.article, new.parent, new.markdown);
    blake3::hash(input.as_bytes()).to_hex().to_string()
}

/// Locks a thread until the transaction ends: comments of one article are numbered and counted one after another.
async fn lock_thread(tx: &Tx, article: Uuid) -> Result<threads::Model> {
    let empty = threads::ActiveModel { article_id: Set(article), last_number: Set(0), comment_count: Set(0) };
    let skip = OnConflict::column(threads::Column::ArticleId).do_nothing().to_owned();
    threads::Entity::insert(empty).on_conflict(skip).exec_without_returning(tx.on()).await?;
    let mut select = Query::select();
    select.columns([threads::Column::ArticleId, threads::Column::LastNumber, threads::Column::CommentCount]);
    select.from(threads::Entity).and_where(threads::Column::ArticleId.eq(article));
    dialect::lock_row(tx, &mut select);
    rows(tx.on(), &select).await?.pop().ok_or(Error::NotFound("article"))
}

/// Locks a comment and reads it.
pub(super) async fn locked(tx: &Tx, id: CommentId) -> Result<comments::Model> {
    use sea_orm::QueryTrait as _;
    // The thread's row first, as posting does: whoever holds it is alone with the counts.
    let found =
        comments::Entity::find_by_id(id.uuid()).one(tx.on()).await?.ok_or(Error::NotFound("comment"))?;
    lock_thread(tx, found.article_id).await?;
    let select = comments::Entity::find_by_id(id.uuid()).into_query();
    rows(tx.on(), &select).await?.pop().ok_or(Error::NotFound("comment"))
}

async fn take_number(tx: &Tx, article: Uuid) -> Result<()> {
    let next = Expr::col(threads::Column::LastNumber).add(1);
    let update = threads::Entity::update_many().col_expr(threads::Column::LastNumber, next);
    update.filter(threads::Column::ArticleId.eq(article)).exec(tx.on()).await?;
    Ok(())
}

/// Counts a comment in (or out, with -1): in its thread, and among its parent's replies.
pub(super) async fn count_in(tx: &Tx, article: Uuid, parent: Option<Uuid>, by: i32) -> Result<()> {
    let count = Expr::col(threads::Column::CommentCount).add(by);
    let thread = threads::Entity::update_many().col_expr(threads::Column::CommentCount, count);
    thread.filter(threads::Column::ArticleId.eq(article)).exec(tx.on()).await?;
    if let Some(parent) = parent {
        let count = Expr::col(comments::Column::ReplyCount).add(by);
        let replies = comments::Entity::update_many().col_expr(comments::Column::ReplyCount, count);
        replies.filter(comments::Column::Id.eq(parent)).exec(tx.on()).await?;
    }
    Ok(())
}

async fn keep_revision(tx: &Tx, row: &comments::Model, now: Timestamp) -> Result<()> {
    let before = comment_revisions::ActiveModel {
        comment_id: Set(row.id),
        revision: Set(row.revision),
        source: Set(row.source.clone()),
        html: Set(row.html.clone()),
        superseded_at: Set(now.millis()),
    };
    comment_revisions::Entity::insert(before).exec_without_returning(tx.on()).await?;
    Ok(())
}
