//! An article's own record, as it is kept in memory, and how records are loaded: together, never one by one.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{ArticleStatus, Media, MediaKind};
use crate::clock::Timestamp;
use crate::db::count;
use crate::db::entity::{article_authors, article_bodies, article_topics, articles, media, threads};
use crate::error::Result;
use crate::id::{ArticleId, PublicId, StoryId};
use crate::newsroom::Room;

/// What is stored of an article, its body apart.
#[derive(Clone, Debug)]
pub struct ArticleRecord {
    /// Its id.
    pub id: ArticleId,
    /// Its address at the publisher's, canonical.
    pub url: Option<String>,
    /// Its name in our own addresses.
    pub slug: String,
    /// The headline, plain text.
    pub headline: String,
    /// The publisher's own standfirst, plain text.
    pub dek: Option<String>,
    /// The first words of dek or body, plain text.
    pub excerpt: String,
    /// BCP 47.
    pub language: Option<String>,
    /// Where it stands in its life.
    pub status: ArticleStatus,
    /// When the publisher published it.
    pub published_at: Timestamp,
    /// When what readers see last changed.
    pub updated_at: Timestamp,
    /// When Broadsheet first saw it.
    pub first_seen_at: Timestamp,
    /// 1, and one more with each change that readers see.
    pub revision: u32,
    /// Words of the body (or of the dek, where there is no body).
    pub word_count: u32,
    /// Whole minutes.
    pub reading_minutes: u32,
    /// Whether its thread takes new comments.
    pub comments_open: bool,
    /// Comments that readers can see.
    pub comment_count: u32,
    /// Images, video and audio in order.
    pub media: Vec<Media>,
    /// Since when readers see it; none where they never did.
    pub visible_from: Option<Timestamp>,
    /// The first revision that readers saw.
    pub(crate) public_revision: Option<u32>,
    /// When it will be published by itself.
    pub release_at: Option<Timestamp>,
    /// Until when it may not be published.
    pub embargo_until: Option<Timestamp>,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
    /// Why it was taken back, as readers are told.
    pub withdrawn_reason: Option<String>,
    /// Whether a correction was published.
    pub corrected: bool,
    /// The story that it is part of.
    pub story: Option<StoryId>,
    pub(crate) source: Uuid,
    pub(crate) section: Option<Uuid>,
    pub(crate) authors: Vec<Uuid>,
    pub(crate) topics: Vec<Uuid>,
}

impl ArticleRecord {
    /// The picture that stands for the article.
    pub fn lead_image(&self) -> Option<&Media> {
        self.media.iter().find(|medium| medium.kind == MediaKind::Image)
    }
}

/// What an article says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Sanitised HTML.
    pub html: String,
    /// The same as plain text, paragraphs apart by blank lines.
    pub text: String,
}

/// Loads records that are not in memory: five statements, however many ids.
pub(crate) async fn load(on: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<Vec<(Uuid, ArticleRecord)>> {
    let rows = articles::Entity::find().filter(articles::Column::Id.is_in(ids.clone())).all(on).await?;
    let threads =
        threads::Entity::find().filter(threads::Column::ArticleId.is_in(ids.clone())).all(on).await?;
    let counts: HashMap<Uuid, u32> =
        threads.iter().map(|row| (row.article_id, count(row.comment_count))).collect();
    let mut authors = HashMap::<Uuid, Vec<Uuid>>::new();
    for row in links_of_authors(on, &ids).await? {
        authors.entry(row.article_id).or_default().push(row.author_id);
    }
    let mut topics = HashMap::<Uuid, Vec<Uuid>>::new();
    for row in links_of_topics(on, &ids).await? {
        topics.entry(row.article_id).or_default().push(row.topic_id);
    }
    let mut media = media_of(on, &ids).await?;
    let record = |row: articles::Model| {
        let id = row.id;
        let mut record = from_row(row);
        record.comment_count = counts.get(&id).copied().unwrap_or(0);
        record.authors = authors.remove(&id).unwrap_or_default();
        record.topics = topics.remove(&id).unwrap_or_default();
        record.media = media.remove(&id).unwrap_or_default();
        (id, record)
    };
    Ok(rows.into_iter().map(record).collect())
}

async fn links_of_authors(on: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<article_authors::Model>> {
    let find = article_authors::Entity::find().filter(article_authors::Column::ArticleId.is_in(ids.to_vec()));
    Ok(find.order_by_asc(article_authors::Column::Position).all(on).await?)
}

async fn links_of_topics(on: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<article_topics::Model>> {
    let find = article_topics::Entity::find().filter(article_topics::Column::ArticleId.is_in(ids.to_vec()));
    Ok(find.order_by_asc(article_topics::Column::Position).all(on).await?)
}

async fn media_of(on: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Media>>> {
    let find = media::Entity::find().filter(media::Column::ArticleId.is_in(ids.to_vec()));
    let mut of_articles = HashMap::<Uuid, Vec<Media>>::new();
    for row in find.order_by_asc(media::Column::Position).all(on).await? {
        of_articles.entry(row.article_id).or_default().push(row.into());
    }
    Ok(of_articles)
}

fn from_row(row: articles::Model) -> ArticleRecord {
    let status = ArticleStatus::from_stored(&row.status);
    let articles::Model {
        id,
        source_id,
        feed_id: _,
        guid: _,
        guid_key: _,
        url,
        url_key: _,
        slug,
        headline,
        dek,
        excerpt,
        language,
        language_base: _,
        section_id,
        status: _,
        published_at,
        updated_at,
        first_seen_at,
        revision,
        word_count,
        reading_minutes,
        comments_open,
        content_hash: _,
        visible_from,
        public_revision,
        release_at,
        embargo_until,
        withdrawn_at,
        withdrawn_reason,
        story_id,
        has_image: _,
        has_video: _,
        has_audio: _,
        has_correction,
    } = row;
    ArticleRecord {
        id: ArticleId::from_uuid(id),
        url,
        slug,
        headline,
        dek,
        excerpt,
        language,
        status,
        published_at: Timestamp::from_millis(published_at),
        updated_at: Timestamp::from_millis(updated_at),
        first_seen_at: Timestamp::from_millis(first_seen_at),
        revision: count(revision),
        word_count: count(word_count),
        reading_minutes: count(reading_minutes),
        comments_open,
        comment_count: 0,
        media: Vec::new(),
        visible_from: visible_from.map(Timestamp::from_millis),
        public_revision: public_revision.map(count),
        release_at: release_at.map(Timestamp::from_millis),
        embargo_until: embargo_until.map(Timestamp::from_millis),
        withdrawn_at: withdrawn_at.map(Timestamp::from_millis),
        withdrawn_reason,
        corrected: has_correction,
        story: story_id.map(StoryId::from_uuid),
        source: source_id,
        section: section_id,
        authors: Vec::new(),
        topics: Vec::new(),
    }
}

/// Bodies by article; one statement for those that are not in memory.
pub(super) async fn bodies(room: &Room, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Body>>> {
    let load = |missing: Vec<Uuid>| async move {
        let find = article_bodies::Entity::find().filter(article_bodies::Column::ArticleId.is_in(missing));
        let rows = find.all(room.db.primary()).await?;
        Ok(rows.into_iter().map(|row| (row.article_id, Body { html: row.html, text: row.text })).collect())
    };
    room.bodies.get_many(ids, load).await
}
