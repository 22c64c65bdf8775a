//! Stories: the same event, told by several articles of several publishers. What belongs together is decided by a follower of
//! the log (`follow.rs`, `cluster/`) and, above it, by editors (`desk.rs`).
//!
//! A story's id never dies: one that became part of another leads there. A lone article is no story yet; its story begins with
//! the second that tells the same event, under the founding article's own key, so that it is the same in every run.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::article::{Article, Articles};
use crate::clock::Timestamp;
use crate::db::count;
use crate::db::entity::{stories, story_members};
use crate::error::{Error, Result};
use crate::freshness::{Class, Key, note};
use crate::id::{ArticleId, PublicId, StoryId};
use crate::newsroom::Room;
use crate::page::{Binding, Page, PageRequest};
use crate::policy::Viewer;
use crate::source::Source;

pub mod cluster;
mod desk;
mod effects;
mod follow;

pub(crate) use follow::Follower;

/// A story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Its id.
    pub id: StoryId,
    /// The article whose headline stands for it: the first that told it.
    pub lead: ArticleId,
    /// BCP 47, primary part.
    pub language: Option<String>,
    /// Articles that tell it.
    pub article_count: u32,
    /// Publishers that tell it.
    pub source_count: u32,
    /// When it was first told.
    pub first_published_at: Timestamp,
    /// When it was last told.
    pub last_published_at: Timestamp,
    /// When its members last changed.
    pub updated_at: Timestamp,
    merged_into: Option<Uuid>,
}

/// A story with the words that stand for it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The story.
    pub story: Arc<Story>,
    /// The headline of the article that told it first.
    pub headline: Option<String>,
}

/// Which stories a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryFilter {
    /// Told by so many publishers at least.
    pub min_sources: u32,
    /// Told by so many articles at least.
    pub min_articles: u32,
    /// In this language, BCP 47 primary part.
    pub language: Option<String>,
}

impl Default for StoryFilter {
    fn default() -> Self {
        Self { min_sources: 1, min_articles: 2, language: None }
    }
}

/// An article as a part of a story.
#[derive(Clone, Debug)]
pub struct StoryMember {
    /// The article.
    pub article: Article,
    /// How sure it is that it belongs, in thousandths.
    pub confidence: u32,
    /// The article that it repeats nearly word for word.
    pub duplicate_of: Option<ArticleId>,
    /// Whether an editor put it there.
    pub by_editor: bool,
    /// What was weighed, by name.
    pub signals: Vec<(String, f64)>,
}

/// A publisher of a story.
#[derive(Clone, Debug)]
pub struct StoryPublisher {
    /// Who.
    pub source: Arc<Source>,
    /// When they first told it.
    pub first_published_at: Timestamp,
    /// How many of their articles tell it.
    pub article_count: u32,
}

/// Stories, as one viewer may see them.
pub struct Stories<'a> {
    room: &'a Room,
    viewer: &'a Viewer,
}

impl<'a> Stories<'a> {
    pub(crate) fn new(room: &'a Room, viewer: &'a Viewer) -> Self {
        Self { room, viewer }
    }

    /// One story; one that became part of another is that one.
    pub async fn get(&self, id: StoryId) -> Result<Told> {
        let not_found = || Error::NotFound("story");
        let found = self.get_many(&[id.uuid()]).await?.remove(&id.uuid()).ok_or_else(not_found)?;
        let current = match found.merged_into {
            None => found,
            Some(into) => self.get_many(&[into]).await?.remove(&into).ok_or_else(not_found)?,
        };
        if current.article_count == 0 {
            return Err(not_found());
        }
        self.tell(vec![current]).await?.pop().ok_or_else(not_found)
    }

    /// The stories under these keys that articles tell, with their words.
    pub async fn told(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Told>> {
        let found = self.get_many(ids).await?.into_values().filter(|story| story.article_count > 0).collect();
        Ok(self.tell(found).await?.into_iter().map(|told| (told.story.id.uuid(), told)).collect())
    }

    async fn tell(&self, stories: Vec<Arc<Story>>) -> Result<Vec<Told>> {
        let leads: Vec<Uuid> = stories.iter().map(|story| story.lead.uuid()).collect();
        let articles = Articles::new(self.room, self.viewer).get_many(&leads).await?;
        let tell = |story: Arc<Story>| {
            let headline = articles.get(&story.lead.uuid()).map(|lead| lead.record.headline.clone());
            Told { story, headline }
        };
        Ok(stories.into_iter().map(tell).collect())
    }

    /// The stories that exist under these keys.
    async fn get_many(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Story>>> {
        note(ids.iter().map(|id| Key::one(Class::Story, *id)));
        let load = |missing: Vec<Uuid>| async move {
            let find = stories::Entity::find().filter(stories::Column::Id.is_in(missing));
            let rows = find.all(self.room.db.primary()).await?;
            Ok(rows.into_iter().map(|row| (row.id, row.into())).collect())
        };
        self.room.stories.get_many(ids, load).await
    }

    /// A page of stories, those that were told last first.
    pub async fn list(&self, filter: &StoryFilter, page: &PageRequest) -> Result<Page<Told>> {
        note([Key::all(Class::Stories)]);
        let plan = page.plan(Binding::of(&["stories", &format!("{filter:?}")]))?;
        let mut select = Query::select();
        select.from(stories::Entity).and_where(stories::Column::MergedInto.is_null());
        select.and_where(stories::Column::SourceCount.gte(filter.min_sources));
        select.and_where(stories::Column::ArticleCount.gte(filter.min_articles));
        if let Some(language) = &filter.language {
            select.and_where(stories::Column::Language.eq(language.as_str()));
        }
        let age = (Expr::col(stories::Column::LastPublishedAt), Expr::col(stories::Column::Id));
        let page = plan.newest_ids(self.room.db.reader(), select, age).await?;
        let stories = self.told(&page.nodes().copied().collect::<Vec<_>>()).await?;
        Ok(page.filter_map(|id| stories.get(&id).cloned()))
    }

    /// A story's articles in the order in which they told it, each with why it belongs.
    pub async fn members(&self, story: StoryId, page: &PageRequest) -> Result<Page<StoryMember>> {
        note([Key::one(Class::Story, story.uuid())]);
        let plan = page.plan(Binding::of(&["story.members", &story.to_string()]))?;
        let mut select = Query::select();
        select.from(story_members::Entity).and_where(story_members::Column::StoryId.eq(story.uuid()));
        let at = Expr::col(story_members::Column::PublishedAt);
        let page =
            plan.oldest_ids(self.room.db.reader(), select, (at, Expr::col(story_members::Column::ArticleId)));
        let page = page.await?;
        let ids: Vec<Uuid> = page.nodes().copied().collect();
        let find = story_members::Entity::find().filter(story_members::Column::ArticleId.is_in(ids.clone()));
        let rows = find.all(self.room.db.reader()).await?;
        let rows: HashMap<Uuid, story_members::Model> =
            rows.into_iter().map(|row| (row.article_id, row)).collect();
        let articles = Articles::new(self.room, self.viewer).get_many(&ids).await?;
        Ok(page.filter_map(|id| Some(member(articles.get(&id)?.clone(), rows.get(&id)?))))
    }

    /// Who tells a story, and since when, the first first; at most 200.
    pub async fn publishers(&self, story: StoryId) -> Result<Vec<StoryPublisher>> {
        #[derive(sea_orm::FromQueryResult)]
        struct Row {
            source_id: Uuid,
            first: i64,
            articles: i64,
        }
        note([Key::one(Class::Story, story.uuid())]);
        let mut select = Query::select();
        let first = Expr::col(story_members::Column::PublishedAt).min();
        select.column(story_members::Column::SourceId).expr_as(first.clone(), "first");
        select.expr_as(Expr::col(story_members::Column::ArticleId).count(), "articles");
        select.from(story_members::Entity).and_where(story_members::Column::StoryId.eq(story.uuid()));
        select.add_group_by([Expr::col(story_members::Column::SourceId)]);
        select.order_by_expr(first, sea_orm::Order::Asc).limit(200);
        select.order_by(story_members::Column::SourceId, sea_orm::Order::Asc);
        let rows: Vec<Row> = crate::db::rows(self.room.db.reader(), &select).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.source_id).collect();
        let sources = crate::source::load(self.room, &ids).await?;
        let publisher = |row: &Row| {
            Some(StoryPublisher {
                source: sources.get(&row.source_id)?.clone(),
                first_published_at: Timestamp::from_millis(row.first),
                article_count: u32::try_from(row.articles).unwrap_or_default(),
            })
        };
        Ok(rows.iter().filter_map(publisher).collect())
    }
}

/// The keys of the stories that ids lead to; one statement, none where there is nothing to look up.
pub(crate) async fn resolve<'v>(
    room: &Room,
    values: impl Iterator<Item = &'v String>,
) -> Result<HashMap<String, Uuid>> {
    let ids: Vec<Uuid> =
        values.filter_map(|value| value.parse::<StoryId>().ok()).map(PublicId::uuid).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = stories::Entity::find().filter(stories::Column::Id.is_in(ids)).all(room.db.reader()).await?;
    let leads_to =
        |row: stories::Model| (StoryId::from_uuid(row.id).to_string(), row.merged_into.unwrap_or(row.id));
    Ok(found.into_iter().map(leads_to).collect())
}

fn member(article: Article, row: &story_members::Model) -> StoryMember {
    let signals = row.signals.as_deref().and_then(|text| serde_json::from_str(text).ok());
    StoryMember {
        article,
        confidence: count(row.confidence),
        duplicate_of: row.duplicate_of.map(ArticleId::from_uuid),
        by_editor: row.by_editor,
        signals: signals.unwrap_or_default(),
    }
}

/// The members of stories, oldest first.
async fn members_of(
    on: &impl sea_orm::ConnectionTrait,
    stories: Vec<Uuid>,
) -> Result<Vec<story_members::Model>> {
    let find = story_members::Entity::find().filter(story_members::Column::StoryId.is_in(stories));
    let find = find.order_by_asc(story_members::Column::PublishedAt);
    Ok(find.order_by_asc(story_members::Column::ArticleId).all(on).await?)
}

impl From<stories::Model> for Story {
    fn from(row: stories::Model) -> Self {
        let stories::Model {
            id,
            lead_id,
            language,
            article_count,
            source_count,
            first_published_at,
            last_published_at,
            merged_into,
            created_at: _,
            updated_at,
        } = row;
        Self {
            id: StoryId::from_uuid(id),
            lead: ArticleId::from_uuid(lead_id),
            language,
            article_count: count(article_count),
            source_count: count(source_count),
            first_published_at: Timestamp::from_millis(first_published_at),
            last_published_at: Timestamp::from_millis(last_published_at),
            updated_at: Timestamp::from_millis(updated_at),
            merged_into,
        }
    }
}
