//! Puts articles together from what is in memory: record, source, section, authors, topics.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::{Article, ArticleRecord, record};
use crate::error::Result;
use crate::freshness::{Class, Key, note};
use crate::newsroom::Room;
use crate::policy::Viewer;

/// The articles under these ids that exist and that the viewer may see.
pub(super) async fn articles(room: &Room, viewer: &Viewer, ids: &[Uuid]) -> Result<HashMap<Uuid, Article>> {
    // Also of what is not there, or not to be seen: it may appear.
    note(ids.iter().map(|id| Key::one(Class::Article, *id)));
    let mut records = room.articles.get_many(ids, |missing| record::load(room.db.primary(), missing)).await?;
    records.retain(|_, record| viewer.sees_article(record.status));
    let wanted = |of: fn(&ArticleRecord) -> Vec<Uuid>| -> Vec<Uuid> {
        let mut ids: Vec<Uuid> = records.values().flat_map(|record| of(record)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let sources = crate::source::load(room, &wanted(|record| vec![record.source])).await?;
    let authors = crate::author::load(room, &wanted(|record| record.authors.clone())).await?;
    let topic_ids = wanted(|record| record.topics.iter().copied().chain(record.section).collect());
    let topics = crate::topic::load(room, &topic_ids).await?;
    let assembled = records.into_iter().filter_map(|(id, record)| {
        let source = sources.get(&record.source).cloned()?;
        let section = record.section.and_then(|section| topics.get(&section).cloned());
        let authors = pick(&authors, &record.authors);
        let topics = pick(&topics, &record.topics);
        Some((id, Article { record, source, section, authors, topics, past_body: None }))
    });
    Ok(assembled.collect())
}

fn pick<T>(from: &HashMap<Uuid, Arc<T>>, ids: &[Uuid]) -> Vec<Arc<T>> {
    ids.iter().filter_map(|id| from.get(id).cloned()).collect()
}
