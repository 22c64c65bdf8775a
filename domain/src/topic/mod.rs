//! Topics: sections, subjects, people, organisations and places that articles are about.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use std::sync::Arc;

use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::db::entity::topics;
use crate::db::{Tx, dialect};
use crate::error::{Error, Result};
use crate::freshness::{Class, Key, note};
use crate::id::{PublicId, TopicId};
use crate::newsroom::Room;
use crate::page::{Binding, Page, PageRequest};
use crate::policy::Viewer;
use crate::source::{names_of, slug_for, split_references};

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
}

/// Topics, as one viewer may see them.
pub struct Topics<'a> {
    room: &'a Room,
}

impl<'a> Topics<'a> {
    /// Topics are public: whoever asks sees the same.
    pub(crate) fn new(room: &'a Room, _viewer: &'a Viewer) -> Self {
        Self { room }
    }

    /// One topic by id or slug.
    pub async fn get(&self, reference: &str) -> Result<Arc<Topic>> {
        let known = resolve(self.room, std::iter::once(&reference.to_owned())).await?;
        let id = known.get(reference).copied().ok_or(Error::NotFound("topic"))?;
        self.get_many(&[id]).await?.remove(&id).ok_or(Error::NotFound("topic"))
    }

    /// The topics that exist under these keys.
    pub async fn get_many(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Topic>>> {
        load(self.room, ids).await
    }

    /// A page of topics, of one kind or of all, latest seen first.
    pub async fn list(&self, kind: Option<TopicKind>, page: &PageRequest) -> Result<Page<Arc<Topic>>> {
        note([Key::all(Class::Topics)]);
        // A draft may bring names that nobody is told of yet.
        crate::freshness::brief();
        let plan = page.plan(Binding::of(&["topics", kind.map_or("", TopicKind::as_str)]))?;
        let mut select = Query::select();
        select.from(topics::Entity).and_where(topics::Column::MergedInto.is_null());
        if let Some(kind) = kind {
            select.and_where(topics::Column::Kind.eq(kind.as_str()));
        }
        let age = (Expr::col(topics::Column::CreatedAt), Expr::col(topics::Column::Id));
        let page = plan.newest_ids(self.room.db.reader(), select, age).await?;
        let topics = load(self.room, &page.nodes().copied().collect::<Vec<_>>()).await?;
        Ok(page.filter_map(|id| topics.get(&id).cloned()))
    }
}

/// The form in which names are compared: lower case, white space folded.
pub(crate) fn name_key(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
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

/// The keys of topics named by id or slug.
pub(crate) async fn resolve<'v>(
    room: &Room,
    values: impl Iterator<Item = &'v String>,
) -> Result<HashMap<String, Uuid>> {
    let (ids, slugs) = split_references::<TopicId>(values);
    if ids.is_empty() && slugs.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted = ids.len() + slugs.len();
    let either = Condition::any().add(topics::Column::Id.is_in(ids)).add(topics::Column::Slug.is_in(slugs));
    let found = topics::Entity::find().filter(either).all(room.db.reader()).await?;
    let merged: HashMap<Uuid, Uuid> =
        found.iter().filter_map(|row| Some((row.id, row.merged_into?))).collect();
    let named = names_of(found.into_iter().map(|row| (row.id, row.slug)), TopicId::from_uuid);
    if named.len() < 2 * wanted {
        note([Key::all(Class::Topics)]);
        crate::freshness::brief();
    }
    // One that became part of another leads there for as long as it does.
    note(merged.keys().map(|id| Key::one(Class::Topic, *id)));
    Ok(named.into_iter().map(|(name, id)| (name, merged.get(&id).copied().unwrap_or(id))).collect())
}

/// The keys of topics by kind and name; those that are missing are made.
pub(crate) async fn ensure(
    room: &Room,
    tx: &Tx,
    wanted: &[(TopicKind, &str)],
    now: Timestamp,
) -> Result<HashMap<(TopicKind, String), Uuid>> {
    let mut known = by_names(tx, wanted).await?;
    // First by the plain slug; where that is taken (or another source makes the same topic in this moment) the row is
    // not inserted, and what is then still missing gets a slug of its own.
    for own_slug in [false, true] {
        let mut fresh = HashSet::new();
        let is_missing = |(kind, name): &&(TopicKind, &str)| {
            let key = (*kind, name_key(name));
            !known.contains_key(&key) && fresh.insert(key)
        };
        let missing: Vec<_> = wanted.iter().filter(is_missing).collect();
        if missing.is_empty() {
            break;
        }
        if !own_slug {
            dialect::lock_names(tx).await?;
        }
        let rows = missing.iter().map(|(kind, name)| {
            let id = room.ids.new_id::<TopicId>();
            topics::ActiveModel {
                id: Set(id.uuid()),
                kind: Set(kind.as_str().to_owned()),
                slug: Set(slug_for(name, &id, own_slug)),
                name: Set((*name).to_owned()),
                name_key: Set(name_key(name)),
                created_at: Set(now.millis()),
                parent_id: Set(None),
                merged_into: Set(None),
            }
        });
        let skip_taken = OnConflict::new().do_nothing().to_owned();
        topics::Entity::insert_many(rows).on_conflict(skip_taken).exec_without_returning(tx.on()).await?;
        known.extend(by_names(tx, wanted).await?);
    }
    Ok(known)
}

async fn by_names(tx: &Tx, wanted: &[(TopicKind, &str)]) -> Result<HashMap<(TopicKind, String), Uuid>> {
    let keys: HashSet<String> = wanted.iter().map(|(_, name)| name_key(name)).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let found = topics::Entity::find().filter(topics::Column::NameKey.is_in(keys)).all(tx.on()).await?;
    // A name that became part of another topic means that one.
    let current =
        |row: topics::Model| ((kind_of(&row.kind), row.name_key), row.merged_into.unwrap_or(row.id));
    Ok(found.into_iter().map(current).collect())
}

fn kind_of(stored: &str) -> TopicKind {
    stored.parse().unwrap_or(TopicKind::Topic)
}

impl From<topics::Model> for Topic {
    fn from(row: topics::Model) -> Self {
        let topics::Model { id, kind, slug, name, name_key: _, created_at: _, parent_id, merged_into: _ } =
            row;
        let parent = parent_id.map(TopicId::from_uuid);
        Self { id: TopicId::from_uuid(id), kind: kind_of(&kind), slug, name, parent }
    }
}
