//! Topics: sections, subjects, people, organisations and places that articles are about.
//!
//! Intake makes them by name (`names.rs`); editors make, rename and arrange them (`desk.rs`, `tree.rs`) and merge them
//! (`merge.rs`). A topic's id, its slugs and its names never die: those of one that became part of another lead there.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use sea_orm::sea_query::{Alias, Expr, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::article::desk::Alias as FormerSlug;
use crate::clock::Timestamp;
use crate::db::entity::{topic_aliases, topics};
use crate::db::{count, dialect, rows};
use crate::error::{Error, Result};
use crate::freshness::{Class, Key, note};
use crate::id::{PublicId, TopicId};
use crate::newsroom::Room;
use crate::page::{Binding, Keyset, Page, PageRequest, SortKey};
use crate::policy::Viewer;

mod desk;
mod merge;
mod moves;
mod names;
mod tree;

pub use desk::{NewTopic, TopicEdit};
pub(crate) use names::{ensure, name_key, resolve};

/// What a topic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TopicKind {
    /// A part of a publisher's edition: World, Sport.
    Section,
    /// A subject.
    Topic,
    /// Somebody.
    Person,
    /// A company, party, team, authority.
    Organisation,
    /// A place.
    Place,
}

impl TopicKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Section, Self::Topic, Self::Person, Self::Organisation, Self::Place];

    /// The name as it is stored and published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Section => "section",
            Self::Topic => "topic",
            Self::Person => "person",
            Self::Organisation => "organisation",
            Self::Place => "place",
        }
    }
}

impl FromStr for TopicKind {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            Error::invalid("kind", "malformed", "must be one of section, topic, person, organisation, place")
        };
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(unknown)
    }
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its id.
    pub id: TopicId,
    /// What it is.
    pub kind: TopicKind,
    /// Its name in our own addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The topic that it is a part of.
    pub parent: Option<TopicId>,
    /// 1, and one more with each change by an editor.
    pub revision: u32,
}

/// Which topics a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicFilter {
    /// Of this kind only.
    pub kind: Option<TopicKind>,
    /// Only parts of this topic: id or slug.
    pub parent: Option<String>,
}

/// Topics, as one viewer may see them.
pub struct Topics<'a> {
    room: &'a Room,
    viewer: &'a Viewer,
}

impl<'a> Topics<'a> {
    /// Topics are public: whoever asks sees the same. What may be done to them depends on who asks.
    pub(crate) fn new(room: &'a Room, viewer: &'a Viewer) -> Self {
        Self { room, viewer }
    }

    /// One topic by id or slug, also by a slug that it had before; one that became part of another is that one.
    pub async fn get(&self, reference: &str) -> Result<Arc<Topic>> {
        let known = resolve(self.room, std::iter::once(&reference.to_owned())).await?;
        let id = known.get(reference).copied().ok_or(Error::NotFound("topic"))?;
        self.get_many(&[id]).await?.remove(&id).ok_or(Error::NotFound("topic"))
    }

    /// The topics that exist under these keys.
    pub async fn get_many(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Topic>>> {
        load(self.room, ids).await
    }

    /// A page of topics, latest seen first.
    pub async fn list(&self, filter: &TopicFilter, page: &PageRequest) -> Result<Page<Arc<Topic>>> {
        note([Key::all(Class::Topics)]);
        // A draft may bring names that nobody is told of yet.
        crate::freshness::brief();
        let kind = filter.kind.map_or("", TopicKind::as_str);
        let binding = match &filter.parent {
            None => Binding::of(&["topics", kind]),
            Some(parent) => Binding::of(&["topics", kind, parent]),
        };
        let plan = page.plan(binding)?;
        let mut select = current();
        if let Some(kind) = filter.kind {
            select.and_where(topics::Column::Kind.eq(kind.as_str()));
        }
        if let Some(parent) = &filter.parent {
            let known = resolve(self.room, std::iter::once(parent)).await?;
            let unknown = || {
                let message = format!("there is no topic with the id or slug `{parent}`");
                Error::invalid("parent", "unknown", message)
            };
            select.and_where(topics::Column::ParentId.eq(known.get(parent).copied().ok_or_else(unknown)?));
        }
        let age = (Expr::col(topics::Column::CreatedAt), Expr::col(topics::Column::Id));
        let page = plan.newest_ids(self.room.db.reader(), select, age).await?;
        let topics = load(self.room, &page.nodes().copied().collect::<Vec<_>>()).await?;
        Ok(page.filter_map(|id| topics.get(&id).cloned()))
    }

    /// A page of the parts of each of several topics, latest seen first; a constant number of statements.
    pub async fn children_of(
        &self,
        parents: &[Uuid],
        page: &PageRequest,
    ) -> Result<HashMap<Uuid, Page<Arc<Topic>>>> {
        #[derive(FromQueryResult)]
        struct Row {
            id: Uuid,
            made: i64,
            parent: Uuid,
        }
        page.check_nested(parents.len())?;
        note([Key::all(Class::Topics)]);
        let (mut plans, mut parts) = (HashMap::new(), Vec::new());
        for parent in parents {
            let plan = page.plan(Binding::of(&["topics", "", &parent.to_string()]))?;
            let mut part = current();
            part.and_where(topics::Column::ParentId.eq(*parent));
            let (value, id) = (Expr::col(topics::Column::CreatedAt), Expr::col(topics::Column::Id));
            part.expr_as(value.clone(), Alias::new("made")).expr_as(id.clone(), Alias::new("id"));
            part.expr_as(Expr::val(*parent), Alias::new("parent"));
            plan.apply(&mut part, &Keyset { value, id, order: Order::Desc });
            parts.push(part);
            plans.insert(*parent, plan);
        }
        let mut found = HashMap::<Uuid, Vec<(SortKey, Uuid)>>::new();
        for union in dialect::union_all(parts) {
            for row in rows::<Row>(self.room.db.reader(), &union).await? {
                let key = SortKey { value: row.made, id: row.id };
                found.entry(row.parent).or_default().push((key, row.id));
            }
        }
        let ids: Vec<Uuid> = found.values().flatten().map(|(_, id)| *id).collect();
        let topics = load(self.room, &ids).await?;
        let page_of = |(parent, plan): (Uuid, crate::page::Plan)| {
            let page = plan.page_of_union(found.remove(&parent).unwrap_or_default(), &Order::Desc);
            (parent, page.filter_map(|id| topics.get(&id).cloned()))
        };
        Ok(plans.into_iter().map(page_of).collect())
    }

    /// The slugs that a topic had before: latest first.
    pub async fn aliases(&self, topic: TopicId) -> Result<Vec<FormerSlug>> {
        note([Key::one(Class::Topic, topic.uuid())]);
        let find = topic_aliases::Entity::find().filter(topic_aliases::Column::TopicId.eq(topic.uuid()));
        let rows = find.order_by_desc(topic_aliases::Column::CeasedAt).all(self.room.db.reader()).await?;
        let alias = |row: topic_aliases::Model| FormerSlug {
            slug: row.slug,
            ceased_at: Timestamp::from_millis(row.ceased_at),
        };
        Ok(rows.into_iter().map(alias).collect())
    }
}

/// Topics that are no part of what they were merged into.
fn current() -> SelectStatement {
    let merged = topics::Column::MergedInto;
    Query::select().from(topics::Entity).and_where(merged.is_null()).take()
}

/// Topics by key, from memory where they are there.
pub(crate) async fn load(room: &Room, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Topic>>> {
    note(ids.iter().map(|id| Key::one(Class::Topic, *id)));
    let load = |missing: Vec<Uuid>| async move {
        let find = topics::Entity::find().filter(topics::Column::Id.is_in(missing));
        Ok(find.all(room.db.primary()).await?.into_iter().map(|row| (row.id, row.into())).collect())
    };
    room.topics.get_many(ids, load).await
}

fn kind_of(stored: &str) -> TopicKind {
    stored.parse().unwrap_or(TopicKind::Topic)
}

impl From<topics::Model> for Topic {
    fn from(row: topics::Model) -> Self {
        let topics::Model {
            id,
            kind,
            slug,
            name,
            name_key: _,
            created_at: _,
            parent_id,
            merged_into: _,
            revision,
        } = row;
        let parent = parent_id.map(TopicId::from_uuid);
        let (kind, revision) = (kind_of(&kind), count(revision));
        Self { id: TopicId::from_uuid(id), kind, slug, name, parent, revision }
    }
}
