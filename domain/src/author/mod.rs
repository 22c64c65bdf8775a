//! Authors: people and newsrooms named in bylines, each of one source or shared between sources.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::db::entity::authors;
use crate::db::{Tx, dialect};
use crate::error::{Error, Result};
use crate::freshness::{Class, Key, note};
use crate::id::{AuthorId, PublicId, SourceId};
use crate::newsroom::Room;
use crate::page::{Binding, Page, PageRequest};
use crate::policy::Viewer;
use crate::source::{names_of, slug_for, split_references};
use crate::topic::name_key;

/// Rows inserted by one statement: SQLite binds at most 32,766 values.
const ROWS: usize = 1_000;

/// Somebody named in bylines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Its id.
    pub id: AuthorId,
    /// The name in our own addresses.
    pub slug: String,
    /// The name as it is printed.
    pub name: String,
    /// The source whose bylines name them; none where they are shared.
    pub source: Option<SourceId>,
}

/// Authors, as one viewer may see them.
pub struct Authors<'a> {
    room: &'a Room,
}

impl<'a> Authors<'a> {
    /// Authors are public: whoever asks sees the same.
    pub(crate) fn new(room: &'a Room, _viewer: &'a Viewer) -> Self {
        Self { room }
    }

    /// One author by id or slug.
    pub async fn get(&self, reference: &str) -> Result<Arc<Author>> {
        let known = resolve(self.room, std::iter::once(&reference.to_owned())).await?;
        let id = known.get(reference).copied().ok_or(Error::NotFound("author"))?;
        self.get_many(&[id]).await?.remove(&id).ok_or(Error::NotFound("author"))
    }

    /// The authors that exist under these keys.
    pub async fn get_many(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Author>>> {
        load(self.room, ids).await
    }

    /// A page of authors, of one source (id or slug) or of all, latest seen first.
    pub async fn list(&self, source: Option<&str>, page: &PageRequest) -> Result<Page<Arc<Author>>> {
        note([Key::all(Class::Authors)]);
        // A draft may bring names that nobody is told of yet.
        crate::freshness::brief();
        let plan = page.plan(Binding::of(&["authors", source.unwrap_or_default()]))?;
        let mut select = Query::select();
        select.from(authors::Entity);
        if let Some(reference) = source {
            let known = crate::source::resolve(self.room, std::iter::once(&reference.to_owned())).await?;
            let unknown = || {
                Error::invalid(
                    "source",
                    "unknown",
                    format!("there is no source with the id or slug `{reference}`"),
                )
            };
            select
                .and_where(authors::Column::SourceId.eq(known.get(reference).copied().ok_or_else(unknown)?));
        }
        let age = (Expr::col(authors::Column::CreatedAt), Expr::col(authors::Column::Id));
        let page = plan.newest_ids(self.room.db.reader(), select, age).await?;
        let authors = load(self.room, &page.nodes().copied().collect::<Vec<_>>()).await?;
        Ok(page.filter_map(|id| authors.get(&id).cloned()))
    }
}

/// Authors by key, from memory where they are there.
pub(crate) async fn load(room: &Room, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Author>>> {
    note(ids.iter().map(|id| Key::one(Class::Author, *id)));
    let load = |missing: Vec<Uuid>| async move {
        let find = authors::Entity::find().filter(authors::Column::Id.is_in(missing));
        Ok(find.all(room.db.primary()).await?.into_iter().map(|row| (row.id, row.into())).collect())
    };
    room.authors.get_many(ids, load).await
}

/// The keys of authors named by id or slug.
pub(crate) async fn resolve<'v>(
    room: &Room,
    values: impl Iterator<Item = &'v String>,
) -> Result<HashMap<String, Uuid>> {
    let (ids, slugs) = split_references::<AuthorId>(values);
    if ids.is_empty() && slugs.is_empty() {
        return Ok(HashMap::new());
    }
    let named = ids.len() + slugs.len();
    let either = Condition::any().add(authors::Column::Id.is_in(ids)).add(authors::Column::Slug.is_in(slugs));
    let found = authors::Entity::find().filter(either).all(room.db.reader()).await?;
    let known = names_of(found.into_iter().map(|row| (row.id, row.slug)), AuthorId::from_uuid);
    if known.len() < 2 * named {
        note([Key::all(Class::Authors)]);
        crate::freshness::brief();
    }
    Ok(known)
}

/// The keys of a source's authors by name; those that are missing are made. The caller holds the source's lock.
pub(crate) async fn ensure(
    room: &Room,
    tx: &Tx,
    source: SourceId,
    wanted: &[&str],
    now: Timestamp,
) -> Result<HashMap<String, Uuid>> {
    let mut known = by_names(tx, source, wanted).await?;
    // As with topics: the plain slug where it is free, one of its own where it is not.
    for own_slug in [false, true] {
        let mut fresh = HashSet::new();
        let is_missing = |name: &&&str| {
            let key = name_key(name);
            !known.contains_key(&key) && fresh.insert(key)
        };
        let missing: Vec<_> = wanted.iter().filter(is_missing).collect();
        if missing.is_empty() {
            break;
        }
        if !own_slug {
            dialect::lock_names(tx).await?;
        }
        for some in missing.chunks(ROWS) {
            let rows = some.iter().map(|name| {
                let id = room.ids.new_id::<AuthorId>();
                authors::ActiveModel {
                    id: Set(id.uuid()),
                    source_id: Set(Some(source.uuid())),
                    slug: Set(slug_for(name, &id, own_slug)),
                    name: Set((**name).to_owned()),
                    name_key: Set(name_key(name)),
                    created_at: Set(now.millis()),
                }
            });
            let skip_taken = OnConflict::new().do_nothing().to_owned();
            let insert = authors::Entity::insert_many(rows).on_conflict(skip_taken);
            insert.exec_without_returning(tx.on()).await?;
        }
        known.extend(by_names(tx, source, wanted).await?);
    }
    Ok(known)
}

async fn by_names(tx: &Tx, source: SourceId, wanted: &[&str]) -> Result<HashMap<String, Uuid>> {
    let keys: HashSet<String> = wanted.iter().map(|name| name_key(name)).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let find = authors::Entity::find().filter(authors::Column::SourceId.eq(source.uuid()));
    let found = find.filter(authors::Column::NameKey.is_in(keys)).all(tx.on()).await?;
    Ok(found.into_iter().map(|row| (row.name_key, row.id)).collect())
}

impl From<authors::Model> for Author {
    fn from(row: authors::Model) -> Self {
        let authors::Model { id, source_id, slug, name, name_key: _, created_at: _ } = row;
        Self { id: AuthorId::from_uuid(id), slug, name, source: source_id.map(SourceId::from_uuid) }
    }
}
