//! Articles as the index is told of them.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::index::{Flag, IndexedArticle, Named};
use crate::article::record::{self, ArticleRecord};
use crate::article::{ArticleStatus, Feature};
use crate::db::entity::article_bodies;
use crate::error::Result;
use crate::id::PublicId as _;
use crate::newsroom::Room;

/// The articles under these ids that every reader may see, read afresh: what is kept in memory for readers is left as it is.
/// A constant number of statements.
pub(super) async fn load(room: &Room, ids: &[Uuid]) -> Result<Vec<IndexedArticle>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut records = record::load(room.db.primary(), ids.to_vec()).await?;
    records.retain(|(_, record)| record.status == ArticleStatus::Published);
    let published: Vec<Uuid> = records.iter().map(|(id, _)| *id).collect();
    let mut texts = texts(room, published).await?;
    let names = Names::load(room, &records).await?;
    let indexed = |(id, record): (Uuid, ArticleRecord)| {
        let body = texts.remove(&id).unwrap_or_default();
        names.article(id, record, body)
    };
    Ok(records.into_iter().filter_map(indexed).collect())
}

async fn texts(room: &Room, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>> {
    let find = article_bodies::Entity::find().filter(article_bodies::Column::ArticleId.is_in(ids));
    let texts =
        find.select_only().column(article_bodies::Column::ArticleId).column(article_bodies::Column::Text);
    Ok(texts.into_tuple().all(room.db.primary()).await?.into_iter().collect())
}

/// The names of what articles belong to.
struct Names {
    sources: HashMap<Uuid, (Named, Option<String>)>,
    authors: HashMap<Uuid, Named>,
    topics: HashMap<Uuid, Named>,
}

impl Names {
    async fn load(room: &Room, records: &[(Uuid, ArticleRecord)]) -> Result<Self> {
        let each = |of: fn(&ArticleRecord) -> Vec<Uuid>| -> Vec<Uuid> {
            let ids: BTreeSet<Uuid> = records.iter().flat_map(|(_, record)| of(record)).collect();
            ids.into_iter().collect()
        };
        let sources = crate::source::load(room, &each(|record| vec![record.source])).await?;
        let authors = crate::author::load(room, &each(|record| record.authors.clone())).await?;
        let topics = each(|record| record.topics.iter().copied().chain(record.section).collect());
        let topics = crate::topic::load(room, &topics).await?;
        let named = |id: Uuid, name: &str, slug: &str| Named {
            id: id.as_u128(),
            name: name.to_owned(),
            slug: slug.to_owned(),
        };
        Ok(Self {
            sources: sources
                .into_iter()
                .map(|(id, source)| (id, (named(id, &source.name, &source.slug), source.country.clone())))
                .collect(),
            authors: authors
                .into_iter()
                .map(|(id, author)| (id, named(id, &author.name, &author.slug)))
                .collect(),
            topics: topics.into_iter().map(|(id, topic)| (id, named(id, &topic.name, &topic.slug))).collect(),
        })
    }

    fn article(&self, id: Uuid, record: ArticleRecord, body: String) -> Option<IndexedArticle> {
        let (source, country) = self.sources.get(&record.source).cloned()?;
        let flags = flags(&record);
        let pick = |from: &HashMap<Uuid, Named>, ids: &[Uuid]| {
            ids.iter().filter_map(|id| from.get(id).cloned()).collect()
        };
        Some(IndexedArticle {
            id: id.as_u128(),
            section: record.section.and_then(|section| self.topics.get(&section).cloned()),
            topics: pick(&self.topics, &record.topics),
            authors: pick(&self.authors, &record.authors),
            headline: record.headline,
            dek: record.dek,
            body,
            language: record.language,
            source,
            url: record.url,
            published_at: record.published_at.millis(),
            updated_at: record.updated_at.millis(),
            country,
            word_count: record.word_count,
            flags,
            story: record.story.map(|story| story.uuid().as_u128()),
        })
    }
}

fn flags(record: &ArticleRecord) -> BTreeSet<Flag> {
    let features = Feature::ALL.into_iter().filter(|feature| feature.is_of(record)).map(Flag::from);
    features.chain(record.comments_open.then_some(Flag::CommentsOpen)).collect()
}

impl From<Feature> for Flag {
    fn from(feature: Feature) -> Self {
        match feature {
            Feature::Image => Self::Image,
            Feature::Video => Self::Video,
            Feature::Audio => Self::Audio,
            Feature::Correction => Self::Correction,
        }
    }
}
