//! When articles appear and go: publish, schedule, embargo, hold, withdraw, restore. What waits for its time is released by
//! whoever calls [`Articles::release_due`]: never early, and late by no more than it is called.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::article::{Article, ArticleRef, ArticleStatus, Articles, store};
use crate::change::{ChangeKind, NewChange};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::db::entity::{article_authors, article_topics, articles};
use crate::error::{Error, Result};
use crate::id::{ArticleId, PublicId};
use crate::policy::Action;

const REASON_CHARS: usize = 500;
/// Articles released in one transaction.
const BATCH: u64 = 100;

/// What becomes of an article's row, and what the log says of it. Nothing becomes of it where it is so already.
type Step = Option<(articles::ActiveModel, ChangeKind)>;

impl Articles<'_> {
    /// Lets readers see an article: now, or when its embargo ends.
    pub async fn publish(&self, id: ArticleId) -> Result<Article> {
        let now = self.room.now();
        self.step(id, None, |row| match status_of(row) {
            ArticleStatus::Published => Ok(None),
            ArticleStatus::Withdrawn => Err(withdrawn()),
            ArticleStatus::Draft | ArticleStatus::Scheduled | ArticleStatus::Embargoed => {
                let embargo = row.embargo_until.filter(|until| *until > now.millis());
                Ok(Some(match embargo {
                    Some(until) => waiting(ArticleStatus::Embargoed, until),
                    None => appearing(row, now),
                }))
            }
        })
        .await
    }

    /// Lets readers see an article at a time to come, or when its embargo ends, whichever is later.
    pub async fn schedule(&self, id: ArticleId, at: Timestamp) -> Result<Article> {
        if at <= self.room.now() {
            return Err(Error::invalid("at", "past", "must be in the future; to publish now, publish"));
        }
        self.step(id, None, |row| match status_of(row) {
            ArticleStatus::Published => Err(already_public()),
            ArticleStatus::Withdrawn => Err(withdrawn()),
            ArticleStatus::Draft | ArticleStatus::Scheduled | ArticleStatus::Embargoed => {
                let release = row.embargo_until.map_or(at.millis(), |until| until.max(at.millis()));
                Ok(Some(waiting(ArticleStatus::Scheduled, release)))
            }
        })
        .await
    }

    /// Sets until when an article may not be published, or lifts that. What waited for nothing else is then published.
    pub async fn embargo(&self, id: ArticleId, until: Option<Timestamp>) -> Result<Article> {
        let now = self.room.now();
        if until.is_some_and(|until| until <= now) {
            return Err(Error::invalid(
                "until",
                "past",
                "must be in the future; leave it out to lift the embargo",
            ));
        }
        let embargo_until = until.map(Timestamp::millis);
        self.step(id, None, |row| {
            let (mut row_after, kind) = match (status_of(row), embargo_until) {
                (ArticleStatus::Published, _) => return Err(already_public()),
                (ArticleStatus::Embargoed, None) => appearing(row, now),
                (ArticleStatus::Embargoed, Some(until)) => waiting(ArticleStatus::Embargoed, until),
                (ArticleStatus::Scheduled, Some(until)) => {
                    let release = row.release_at.map_or(until, |at| at.max(until));
                    waiting(ArticleStatus::Scheduled, release)
                }
                (ArticleStatus::Draft | ArticleStatus::Withdrawn | ArticleStatus::Scheduled, _) => {
                    (articles::ActiveModel::default(), ChangeKind::ArticleDrafted)
                }
            };
            row_after.embargo_until = Set(embargo_until);
            Ok(Some((row_after, kind)))
        })
        .await
    }

    /// Takes an article that waits for its time back to the desk.
    pub async fn hold(&self, id: ArticleId) -> Result<Article> {
        self.step(id, None, |row| match status_of(row) {
            ArticleStatus::Draft => Ok(None),
            ArticleStatus::Published => Err(already_public()),
            ArticleStatus::Withdrawn => Err(withdrawn()),
            ArticleStatus::Scheduled | ArticleStatus::Embargoed => Ok(Some((
                articles::ActiveModel {
                    status: Set(ArticleStatus::Draft.as_str().to_owned()),
                    release_at: Set(None),
                    ..articles::ActiveModel::default()
                },
                ChangeKind::ArticleDrafted,
            ))),
        })
        .await
    }

    /// Takes an article back: readers who look for it are told why, and find nothing under it.
    pub async fn withdraw(&self, id: ArticleId, reason: Option<String>) -> Result<Article> {
        let reason = reason.map(|reason| crate::text::html::to_line(&reason)).filter(|line| !line.is_empty());
        if reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_CHARS) {
            let message = format!("must have at most {REASON_CHARS} characters: readers are told why");
            return Err(Error::invalid("reason", "length", message));
        }
        let now = self.room.now();
        self.step(id, reason.clone(), |row| {
            if status_of(row) == ArticleStatus::Withdrawn {
                return Ok(None);
            }
            let gone = articles::ActiveModel {
                status: Set(ArticleStatus::Withdrawn.as_str().to_owned()),
                release_at: Set(None),
                withdrawn_at: Set(Some(now.millis())),
                withdrawn_reason: Set(reason.clone()),
                ..articles::ActiveModel::default()
            };
            let was_seen = row.visible_from.is_some();
            let kind = if was_seen { ChangeKind::ArticleWithdrawn } else { ChangeKind::ArticleDrafted };
            Ok(Some((gone, kind)))
        })
        .await
    }

    /// Brings a withdrawn article back: to its readers, or to the desk where it had none.
    pub async fn restore(&self, id: ArticleId) -> Result<Article> {
        self.step(id, None, |row| {
            if status_of(row) != ArticleStatus::Withdrawn {
                return Ok(None);
            }
            let (status, kind) = match row.visible_from {
                Some(_) => (ArticleStatus::Published, ChangeKind::ArticleRestored),
                None => (ArticleStatus::Draft, ChangeKind::ArticleDrafted),
            };
            let back = articles::ActiveModel {
                status: Set(status.as_str().to_owned()),
                withdrawn_at: Set(None),
                withdrawn_reason: Set(None),
                ..articles::ActiveModel::default()
            };
            Ok(Some((back, kind)))
        })
        .await
    }

    /// Publishes what is due; answers how many. Several nodes may call it at once.
    pub async fn release_due(&self) -> Result<usize> {
        self.viewer.require(Action::Write)?;
        let now = self.room.now();
        let find = articles::Entity::find().select_only().column(articles::Column::Id);
        let find = find.filter(articles::Column::ReleaseAt.lte(now.millis()));
        let find = find.order_by_asc(articles::Column::ReleaseAt).limit(BATCH);
        let due: Vec<Uuid> = find.into_tuple().all(self.room.db.primary()).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let tx = self.room.db.begin().await?;
        let mut happened = Vec::new();
        for id in due {
            let row = store::locked(&tx, id).await?;
            // Another node may have been faster, or an editor may have held it.
            if row.release_at.is_some_and(|at| at <= now.millis()) {
                let (after, kind) = appearing(&row, now);
                apply(&tx, &row, after, now).await?;
                happened.push(NewChange::of(kind, id).in_article(id));
            }
        }
        let released = happened.len();
        self.room.commit(tx, now, happened).await?;
        Ok(released)
    }

    async fn step(
        &self,
        id: ArticleId,
        reason: Option<String>,
        decide: impl Fn(&articles::Model) -> Result<Step>,
    ) -> Result<Article> {
        self.get(&ArticleRef::Id(id)).await?;
        self.viewer.require(Action::Write)?;
        let (now, tx) = (self.room.now(), self.room.db.begin().await?);
        let row = store::locked(&tx, id.uuid()).await?;
        if let Some((after, kind)) = decide(&row)? {
            apply(&tx, &row, after, now).await?;
            let change = self.happened(kind, row.id).because(reason);
            self.room.commit(tx, now, vec![change]).await?;
        } else {
            drop(tx);
        }
        self.get(&ArticleRef::Id(id)).await
    }
}

fn status_of(row: &articles::Model) -> ArticleStatus {
    ArticleStatus::from_stored(&row.status)
}

fn waiting(status: ArticleStatus, until: i64) -> (articles::ActiveModel, ChangeKind) {
    let after = articles::ActiveModel {
        status: Set(status.as_str().to_owned()),
        release_at: Set(Some(until)),
        ..articles::ActiveModel::default()
    };
    (after, ChangeKind::ArticleScheduled)
}

/// An article that appears for the first time is published at that moment.
fn appearing(row: &articles::Model, now: Timestamp) -> (articles::ActiveModel, ChangeKind) {
    let mut after = articles::ActiveModel {
        status: Set(ArticleStatus::Published.as_str().to_owned()),
        release_at: Set(None),
        ..articles::ActiveModel::default()
    };
    if row.visible_from.is_none() {
        after.visible_from = Set(Some(now.millis()));
        after.public_revision = Set(Some(row.revision));
        after.published_at = Set(now.millis());
        after.updated_at = Set(now.millis());
    }
    (after, ChangeKind::ArticlePublished)
}

async fn apply(
    tx: &Tx,
    row: &articles::Model,
    mut after: articles::ActiveModel,
    now: Timestamp,
) -> Result<()> {
    if after.published_at.is_set() {
        // The links carry the time of publication, to be read in its order.
        let at = Expr::val(now.millis());
        let authors =
            article_authors::Entity::update_many().filter(article_authors::Column::ArticleId.eq(row.id));
        authors.col_expr(article_authors::Column::PublishedAt, at.clone()).exec(tx.on()).await?;
        let topics =
            article_topics::Entity::update_many().filter(article_topics::Column::ArticleId.eq(row.id));
        topics.col_expr(article_topics::Column::PublishedAt, at).exec(tx.on()).await?;
    }
    after.id = Set(row.id);
    articles::Entity::update(after).exec(tx.on()).await?;
    Ok(())
}

fn already_public() -> Error {
    let message = "Readers see this article already: withdraw it first.".to_owned();
    Error::Conflict { code: "already_published", message }
}

fn withdrawn() -> Error {
    let message = "This article was withdrawn: restore it first.".to_owned();
    Error::Conflict { code: "restore_first", message }
}
