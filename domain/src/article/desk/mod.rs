//! The desk: editors write articles, change them, correct them in public. When they appear and go is in `state.rs`.
//!
//! Each change is made to the revision that its editor read: whoever names it (`expected`) never overwrites another's work.

use uuid::Uuid;

use super::draft::Draft;
use super::ingest::Origin;
use super::significance::{self, Before};
use super::write::{self, Birth};
use super::{Article, ArticleRef, ArticleStatus, Articles, Body, identity, links, record, store};
use crate::change::{ChangeKind, Detail, NewChange};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::db::entity::articles;
use crate::error::{Error, Fault, Result};
use crate::id::{ArticleId, PublicId, SourceId};
use crate::idempotency;
use crate::policy::Action;

mod alias;
mod correction;
mod manuscript;
mod state;

pub use alias::Alias;
pub use correction::Correction;
pub use manuscript::{Edit, Manuscript};

impl Articles<'_> {
    /// Writes an article that no reader sees yet. With an idempotency key, the same input is one article.
    pub async fn create(&self, manuscript: Manuscript, idempotency_key: Option<&str>) -> Result<Article> {
        self.viewer.require(Action::Write)?;
        let source = self.source_named(&manuscript.source).await?;
        let key = self.viewer.account().zip(idempotency_key).map(|(account, given)| idempotency::Key {
            account: account.uuid(),
            operation: "create_article",
            given,
            request_hash: manuscript.digest(),
        });
        key.as_ref().map_or(Ok(()), idempotency::Key::check)?;
        let (id, now) = (self.room.ids.new_id::<ArticleId>(), self.room.now());
        let (slug, comments_open) = (manuscript.slug.clone(), manuscript.comments_open);
        let embargo_until = manuscript.embargo_until;
        let mut draft = checked(manuscript, now).await?;
        draft.guid = Some(format!("desk:{id}"));
        let tx = self.room.db.begin().await?;
        crate::source::lock(&tx, source).await?;
        if let Some(key) = &key {
            if let Some(made) = key.made_before(&tx, now).await? {
                drop(tx);
                return self.get(&ArticleRef::Id(ArticleId::from_uuid(made))).await;
            }
            key.remember(&tx, id.uuid(), now).await?;
        }
        if let Some(slug) = &slug {
            alias::require_free(&tx, slug, id.uuid()).await?;
        }
        let names = links::Names::resolve(self.room, &tx, source, std::iter::once(&draft), now).await?;
        let origin = Origin { source, feed: None, language: None };
        let status = ArticleStatus::Draft;
        let birth = Birth {
            id: id.uuid(),
            origin,
            draft: &draft,
            status,
            slug,
            comments_open,
            embargo_until,
            release_at: None,
        };
        write::insert(&tx, &[birth], &names, now).await?;
        links::insert(self.room, &tx, std::iter::once((id.uuid(), now, &draft)), &names).await?;
        let change = self.happened(ChangeKind::ArticleDrafted, id.uuid());
        self.room.commit(tx, now, vec![change]).await?;
        self.get(&ArticleRef::Id(id)).await
    }

    /// Changes what an article says. `expected` is the revision that the editor read; another one in between is refused.
    pub async fn edit(&self, id: ArticleId, edit: Edit, expected: Option<u32>) -> Result<Article> {
        self.change(id, edit, expected, None).await
    }

    /// Changes what readers see and tells them so, in a note of 1 to 2,000 characters.
    pub async fn correct(
        &self,
        id: ArticleId,
        edit: Edit,
        note: &str,
        expected: Option<u32>,
    ) -> Result<Article> {
        let note = correction::check_note(note)?;
        self.change(id, edit, expected, Some(note)).await
    }

    /// Lets an article say again what it said in a revision before; that is a revision of its own.
    pub async fn restore_revision(
        &self,
        id: ArticleId,
        revision: u32,
        expected: Option<u32>,
    ) -> Result<Article> {
        self.get(&ArticleRef::Id(id)).await?;
        self.viewer.require(Action::Write)?;
        let said = super::revision::one(self.room, id.uuid(), revision).await?;
        let edit = Edit {
            headline: Some(said.headline),
            dek: Some(said.dek),
            body_html: Some(Some(said.body_html)),
            ..Edit::default()
        };
        self.change(id, edit, expected, None).await
    }

    async fn change(
        &self,
        id: ArticleId,
        edit: Edit,
        expected: Option<u32>,
        correction: Option<String>,
    ) -> Result<Article> {
        let article = self.get(&ArticleRef::Id(id)).await?;
        self.viewer.require(Action::Write)?;
        require_revision(expected, article.record.revision)?;
        if correction.is_some() && article.record.status != ArticleStatus::Published {
            let message = "Only what readers can see is corrected in public; edit this article.".to_owned();
            return Err(Error::Conflict { code: "not_published", message });
        }
        let body = self.bodies(&[id.uuid()]).await?.remove(&id.uuid());
        let slug = edit.slug.clone();
        let manuscript = edit.applied_to(Manuscript::of(&article, body.as_deref()));
        let now = self.room.now();
        let mut draft = checked(manuscript, now).await?;
        let tx = self.room.db.begin().await?;
        crate::source::lock(&tx, article.source.id).await?;
        let row = store::locked(&tx, id.uuid()).await?;
        // Whoever named no revision still never undoes what happened since the article was read a moment ago.
        require_revision(Some(article.record.revision), crate::db::count(row.revision))?;
        draft.guid.clone_from(&row.guid);
        draft.published_at = Timestamp::from_millis(row.published_at);
        let writing = Writing { articles: self, tx: &tx, row: &row, article: &article, now };
        let detail = writing.revise(&draft, body.as_deref()).await?;
        let moved = alias::rename(&tx, &row, slug.as_deref(), now).await?;
        if let Some(note) = &correction {
            correction::insert(&writing, note).await?;
        }
        let visible = article.record.status == ArticleStatus::Published;
        let edited = correction.is_some() || !detail.fields.is_empty();
        let mut happened = Vec::new();
        if edited || (moved && !visible) {
            let kind = match (visible, correction.is_some()) {
                (true, true) => ChangeKind::ArticleCorrected,
                (true, false) => ChangeKind::ArticleUpdated,
                (false, _) => ChangeKind::ArticleDrafted,
            };
            happened.push(self.happened(kind, row.id).because(correction).with(detail));
        }
        if moved && visible {
            happened.push(self.happened(ChangeKind::ArticleMoved, row.id));
        }
        self.room.commit(tx, now, happened).await?;
        self.get(&ArticleRef::Id(id)).await
    }

    /// A change of an article by this viewer.
    pub(in crate::article) fn happened(&self, kind: ChangeKind, article: Uuid) -> NewChange {
        NewChange::of(kind, article).in_article(article).by(self.viewer.account().map(PublicId::uuid))
    }

    async fn source_named(&self, reference: &str) -> Result<SourceId> {
        let reference = reference.trim().to_owned();
        if reference.is_empty() {
            return Err(Error::invalid("source", "required", "name the publisher by id or slug"));
        }
        let known = crate::source::resolve(self.room, std::iter::once(&reference)).await?;
        let unknown = || {
            let message = format!("there is no source with the id or slug `{reference}`");
            Error::invalid("source", "unknown", message)
        };
        known.get(&reference).copied().map(SourceId::from_uuid).ok_or_else(unknown)
    }
}

/// A change that is being written: the article's row is locked.
struct Writing<'w> {
    articles: &'w Articles<'w>,
    tx: &'w Tx,
    row: &'w articles::Model,
    article: &'w Article,
    now: Timestamp,
}

impl Writing<'_> {
    /// Writes a revision where a draft says something else; answers what is different.
    async fn revise(&self, draft: &Draft, body: Option<&Body>) -> Result<Detail> {
        let room = self.articles.room;
        let once = std::iter::once(draft);
        let names = links::Names::resolve(room, self.tx, self.article.source.id, once, self.now).await?;
        let record = record::load(self.tx.on(), vec![self.row.id]).await?.pop();
        let (_, record) = record.ok_or(Error::NotFound("article"))?;
        let (html, text) = body.map_or(("", ""), |body| (body.html.as_str(), body.text.as_str()));
        let detail = significance::of(&Before { record: &record, html, text }, draft, &names);
        if detail.fields.is_empty() {
            return Ok(Detail::default());
        }
        write::revise(self.tx, self.row, &record, draft, &names, self.now).await?;
        let revised = std::iter::once((self.row.id, draft.published_at, draft));
        links::replace(room, self.tx, revised, &names).await?;
        Ok(detail)
    }
}

/// Sanitising costs CPU, so it happens off the runtime's threads.
async fn checked(manuscript: Manuscript, now: Timestamp) -> Result<Draft> {
    let check = move || {
        let mut draft = manuscript.check(now)?;
        // Whatever an editor can change counts, captions and focal points included.
        draft.content_hash = identity::key(&format!("{draft:?}"));
        Ok(draft)
    };
    let check = tokio::task::spawn_blocking(check).await;
    check.map_err(|error| Error::Internal(Fault::new("checking a manuscript did not end well", error)))?
}

fn require_revision(expected: Option<u32>, found: u32) -> Result<()> {
    match expected {
        Some(expected) if expected != found => Err(Error::Conflict {
            code: "revision_mismatch",
            message: format!(
                "This change was made to revision {expected}, and the article is at revision {found}: read it again, and \
                 make the change to what it says now."
            ),
        }),
        _ => Ok(()),
    }
}
