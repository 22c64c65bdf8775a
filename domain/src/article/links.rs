//! What articles are linked to: authors and topics by name (made where they are missing), and their media.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::article::MediaRole;
use crate::article::draft::{Draft, IncomingMedia};
use crate::clock::Timestamp;
use crate::db::entity::{article_authors, article_topics, media};
use crate::db::{Tx, stored};
use crate::error::Result;
use crate::id::SourceId;
use crate::newsroom::Room;
use crate::topic::TopicKind;

/// Rows inserted by one statement: SQLite binds at most 32,766 values, and a medium has 15.
const ROWS: usize = 1_000;

/// The keys of every author and topic that a document names.
pub(super) struct Names {
    authors: HashMap<String, Uuid>,
    topics: HashMap<(TopicKind, String), Uuid>,
}

impl Names {
    pub(super) async fn resolve<'d>(
        room: &Room,
        tx: &Tx,
        source: SourceId,
        drafts: impl Iterator<Item = &'d Draft> + Clone,
        now: Timestamp,
    ) -> Result<Self> {
        let authors: Vec<&str> =
            drafts.clone().flat_map(|draft| &draft.authors).map(String::as_str).collect();
        let topics: Vec<(TopicKind, &str)> =
            drafts.flat_map(|draft| &draft.topics).map(|(kind, name)| (*kind, name.as_str())).collect();
        Ok(Self {
            authors: crate::author::ensure(room, tx, source, &authors, now).await?,
            topics: crate::topic::ensure(room, tx, &topics, now).await?,
        })
    }

    pub(super) fn section(&self, draft: &Draft) -> Option<Uuid> {
        let name = draft.section.as_ref()?;
        self.topic(TopicKind::Section, name)
    }

    fn topic(&self, kind: TopicKind, name: &str) -> Option<Uuid> {
        self.topics.get(&(kind, crate::topic::name_key(name))).copied()
    }

    /// The authors of a draft, in its order.
    pub(super) fn authors_of(&self, draft: &Draft) -> Vec<Uuid> {
        draft.authors.iter().filter_map(|name| self.author(name)).collect()
    }

    /// The topics of a draft, in its order, each once: two names may have become one topic.
    pub(super) fn topics_of(&self, draft: &Draft) -> Vec<Uuid> {
        let mut topics = Vec::with_capacity(draft.topics.len());
        for topic in draft.topics.iter().filter_map(|(kind, name)| self.topic(*kind, name)) {
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        topics
    }

    fn author(&self, name: &str) -> Option<Uuid> {
        self.authors.get(&crate::topic::name_key(name)).copied()
    }
}

/// Writes the links and media of new articles.
pub(super) async fn insert<'d>(
    room: &Room,
    tx: &Tx,
    articles: impl Iterator<Item = (Uuid, Timestamp, &'d Draft)>,
    names: &Names,
) -> Result<()> {
    let (mut bylines, mut topics, mut pictures) = (Vec::new(), Vec::new(), Vec::new());
    for (article, published_at, draft) in articles {
        bylines.extend(byline_rows(article, published_at, draft, names));
        topics.extend(topic_rows(article, published_at, draft, names));
        let rows = draft
            .media
            .iter()
            .zip(0..)
            .map(|((role, medium), at)| media_row(room, article, at, *role, medium));
        pictures.extend(rows);
    }
    for rows in in_batches(bylines) {
        article_authors::Entity::insert_many(rows).exec_without_returning(tx.on()).await?;
    }
    for rows in in_batches(topics) {
        article_topics::Entity::insert_many(rows).exec_without_returning(tx.on()).await?;
    }
    for rows in in_batches(pictures) {
        media::Entity::insert_many(rows).exec_without_returning(tx.on()).await?;
    }
    Ok(())
}

/// Replaces the links and media of revised articles.
pub(super) async fn replace<'d>(
    room: &Room,
    tx: &Tx,
    articles: impl Iterator<Item = (Uuid, Timestamp, &'d Draft)> + Clone,
    names: &Names,
) -> Result<()> {
    let ids: Vec<Uuid> = articles.clone().map(|(id, ..)| id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let of_authors = article_authors::Column::ArticleId.is_in(ids.clone());
    article_authors::Entity::delete_many().filter(of_authors).exec(tx.on()).await?;
    let of_topics = article_topics::Column::ArticleId.is_in(ids.clone());
    article_topics::Entity::delete_many().filter(of_topics).exec(tx.on()).await?;
    media::Entity::delete_many().filter(media::Column::ArticleId.is_in(ids)).exec(tx.on()).await?;
    insert(room, tx, articles, names).await
}

fn in_batches<T>(rows: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let batch: Vec<T> = rows.by_ref().take(ROWS).collect();
        (!batch.is_empty()).then_some(batch)
    })
}

fn byline_rows(
    article: Uuid,
    at: Timestamp,
    draft: &Draft,
    names: &Names,
) -> Vec<article_authors::ActiveModel> {
    let row = |(position, author_id)| article_authors::ActiveModel {
        article_id: Set(article),
        position: Set(position),
        author_id: Set(author_id),
        published_at: Set(at.millis()),
    };
    (0..).zip(names.authors_of(draft)).map(row).collect()
}

fn topic_rows(
    article: Uuid,
    at: Timestamp,
    draft: &Draft,
    names: &Names,
) -> Vec<article_topics::ActiveModel> {
    let row = |(position, topic_id)| article_topics::ActiveModel {
        article_id: Set(article),
        position: Set(position),
        topic_id: Set(topic_id),
        published_at: Set(at.millis()),
    };
    (0..).zip(names.topics_of(draft)).map(row).collect()
}

fn media_row(
    room: &Room,
    article: Uuid,
    position: i32,
    role: MediaRole,
    medium: &IncomingMedia,
) -> media::ActiveModel {
    media::ActiveModel {
        id: Set(room.ids.new_uuid()),
        article_id: Set(article),
        position: Set(position),
        kind: Set(medium.kind.as_str().to_owned()),
        role: Set(role.as_str().to_owned()),
        url: Set(medium.url.to_string()),
        mime: Set(medium.mime.clone()),
        width: Set(medium.width.map(stored)),
        height: Set(medium.height.map(stored)),
        duration_ms: Set(medium.duration_ms),
        title: Set(medium.title.clone()),
        caption: Set(medium.caption.clone()),
        credit: Set(medium.credit.clone()),
        alt: Set(medium.alt.clone()),
        thumbnail_url: Set(medium.thumbnail_url.as_ref().map(ToString::to_string)),
        focal_x: Set(medium.focal_point.map(|point| i32::from(point.x))),
        focal_y: Set(medium.focal_point.map(|point| i32::from(point.y))),
    }
}
