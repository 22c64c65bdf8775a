//! How an article is stored and revised, whoever wrote it: a publisher's feed, an import or an editor.

use sea_orm::{ActiveValue::Set, EntityTrait};
use uuid::Uuid;

use super::draft::Draft;
use super::ingest::{Origin, guid_key, url_key};
use super::significance::{self, Before};
use super::{ArticleRecord, ArticleStatus, MediaKind, identity, links};
use crate::change::Detail;
use crate::clock::Timestamp;
use crate::db::entity::{article_bodies, article_revisions, articles};
use crate::db::{Tx, count, stored};
use crate::error::Result;
use crate::id::{ArticleId, PublicId};

/// A new article, as it is first stored.
pub(super) struct Birth<'d> {
    pub(super) id: Uuid,
    pub(super) origin: Origin<'d>,
    pub(super) draft: &'d Draft,
    pub(super) status: ArticleStatus,
    /// A slug that was chosen; made from the headline otherwise.
    pub(super) slug: Option<String>,
    pub(super) comments_open: bool,
    pub(super) embargo_until: Option<Timestamp>,
    /// When it will be published by itself.
    pub(super) release_at: Option<Timestamp>,
}

impl<'d> Birth<'d> {
    /// Of an article that readers see at once.
    pub(super) fn published(id: Uuid, origin: Origin<'d>, draft: &'d Draft) -> Self {
        Self {
            id,
            origin,
            draft,
            status: ArticleStatus::Published,
            slug: None,
            comments_open: true,
            embargo_until: None,
            release_at: None,
        }
    }
}

/// Stores new articles with their bodies, without their links and media.
pub(super) async fn insert(
    tx: &Tx,
    births: &[Birth<'_>],
    names: &links::Names,
    now: Timestamp,
) -> Result<()> {
    if births.is_empty() {
        return Ok(());
    }
    let rows = births.iter().map(|birth| row_of(birth, names, now));
    articles::Entity::insert_many(rows).exec_without_returning(tx.on()).await?;
    let bodies = births.iter().map(|birth| body_row(birth.id, birth.draft));
    article_bodies::Entity::insert_many(bodies).exec_without_returning(tx.on()).await?;
    Ok(())
}

fn body_row(id: Uuid, draft: &Draft) -> article_bodies::ActiveModel {
    article_bodies::ActiveModel {
        article_id: Set(id),
        html: Set(draft.html.clone()),
        text: Set(draft.text.clone()),
    }
}

fn row_of(birth: &Birth<'_>, names: &links::Names, now: Timestamp) -> articles::ActiveModel {
    let (draft, origin) = (birth.draft, birth.origin);
    let guid = draft.guid_or_fallback();
    let visible = birth.status == ArticleStatus::Published;
    articles::ActiveModel {
        id: Set(birth.id),
        source_id: Set(origin.source.uuid()),
        feed_id: Set(origin.feed.map(PublicId::uuid)),
        guid_key: Set(guid.as_deref().map(identity::key)),
        guid: Set(guid),
        url_key: Set(url_key(draft)),
        url: Set(draft.url.as_ref().map(ToString::to_string)),
        slug: Set(birth.slug.clone().unwrap_or_else(|| slug_of(birth.id, &draft.headline))),
        status: Set(birth.status.as_str().to_owned()),
        published_at: Set(draft.published_at.millis()),
        updated_at: Set(draft.updated_at.unwrap_or(draft.published_at).max(draft.published_at).millis()),
        first_seen_at: Set(now.millis()),
        revision: Set(1),
        comments_open: Set(birth.comments_open),
        visible_from: Set(visible.then(|| now.millis())),
        public_revision: Set(visible.then_some(1)),
        embargo_until: Set(birth.embargo_until.map(Timestamp::millis)),
        release_at: Set(birth.release_at.map(Timestamp::millis)),
        ..content_of(draft, names)
    }
}

/// The columns that a revision changes.
fn content_of(draft: &Draft, names: &links::Names) -> articles::ActiveModel {
    let base = draft.language.as_deref().map(|tag| tag.split('-').next().unwrap_or(tag).to_owned());
    let has = |kind: MediaKind| draft.media.iter().any(|(_, medium)| medium.kind == kind);
    articles::ActiveModel {
        headline: Set(draft.headline.clone()),
        dek: Set(draft.dek.clone()),
        excerpt: Set(draft.excerpt.clone()),
        language: Set(draft.language.clone()),
        language_base: Set(base),
        section_id: Set(names.section(draft)),
        word_count: Set(stored(draft.word_count)),
        reading_minutes: Set(stored(draft.reading_minutes)),
        content_hash: Set(draft.content_hash.clone()),
        has_image: Set(has(MediaKind::Image)),
        has_video: Set(has(MediaKind::Video)),
        has_audio: Set(has(MediaKind::Audio)),
        ..articles::ActiveModel::default()
    }
}

/// A readable slug that no other article has: the end of the id makes it unique.
fn slug_of(id: Uuid, headline: &str) -> String {
    let id = ArticleId::from_uuid(id).to_string();
    let tail: String = id.chars().skip(id.len().saturating_sub(7)).collect();
    format!("{}-{tail}", crate::text::slug::slugify(headline, 72))
}

/// Keeps what the article said, then lets it say what it says now; its links and media are replaced apart. Answers what
/// is different.
pub(super) async fn revise(
    tx: &Tx,
    row: &articles::Model,
    record: &ArticleRecord,
    draft: &Draft,
    names: &links::Names,
    now: Timestamp,
) -> Result<Detail> {
    let body = article_bodies::Entity::find_by_id(row.id).one(tx.on()).await?;
    let (html, text) = body.map(|body| (body.html, body.text)).unwrap_or_default();
    let detail = significance::of(&Before { record, html: &html, text: &text }, draft, names);
    let before = superseded(row, html, now);
    article_revisions::Entity::insert(before).exec_without_returning(tx.on()).await?;
    say(tx, row, draft, names, now).await?;
    Ok(detail)
}

/// A revision of what an article said until now.
pub(super) fn superseded(
    row: &articles::Model,
    html: String,
    now: Timestamp,
) -> article_revisions::ActiveModel {
    article_revisions::ActiveModel {
        article_id: Set(row.id),
        revision: Set(row.revision),
        headline: Set(row.headline.clone()),
        dek: Set(row.dek.clone()),
        html: Set(html),
        updated_at: Set(row.updated_at),
        content_hash: Set(row.content_hash.clone()),
        superseded_at: Set(now.millis()),
    }
}

/// Lets an article say something else.
pub(super) async fn say(
    tx: &Tx,
    row: &articles::Model,
    draft: &Draft,
    names: &links::Names,
    now: Timestamp,
) -> Result<()> {
    let declared = draft.updated_at.map(Timestamp::millis).filter(|at| *at > row.updated_at);
    let update = articles::ActiveModel {
        id: Set(row.id),
        guid: Set(draft.guid_or_fallback().or_else(|| row.guid.clone())),
        guid_key: Set(guid_key(draft).or_else(|| row.guid_key.clone())),
        url: Set(draft.url.as_ref().map(ToString::to_string).or_else(|| row.url.clone())),
        url_key: Set(url_key(draft).or_else(|| row.url_key.clone())),
        updated_at: Set(declared.unwrap_or(now.millis())),
        revision: Set(stored(count(row.revision) + 1)),
        ..content_of(draft, names)
    };
    articles::Entity::update(update).exec(tx.on()).await?;
    article_bodies::Entity::update(body_row(row.id, draft)).exec(tx.on()).await?;
    Ok(())
}
