//! Sources: publishers, and the feeds through which their news comes.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter};
use uuid::Uuid;

use crate::change::{ChangeKind, NewChange};
use crate::clock::Timestamp;
use crate::db::entity::sources;
use crate::db::{Tx, dialect, rows};
use crate::error::{Error, Result};
use crate::freshness::{Class, Key, note};
use crate::id::{PublicId, SourceId};
use crate::newsroom::Room;
use crate::page::{Binding, Page, PageRequest};
use crate::policy::{Action, Viewer};

pub mod fault;
pub mod feed;
pub mod ledger;
pub mod schedule;

/// A publisher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Its name in our own addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its front page.
    pub homepage: Option<String>,
    /// Its logo.
    pub logo_url: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// What it says of itself.
    pub description: Option<String>,
    /// Whether its feeds are fetched.
    pub status: SourceStatus,
    /// When it was added.
    pub created_at: Timestamp,
    /// When its record last changed.
    pub updated_at: Timestamp,
}

/// Whether a source's feeds are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceStatus {
    /// Its feeds are fetched.
    Active,
    /// Its articles stay, its feeds rest.
    Paused,
}

impl SourceStatus {
    /// The name as it is stored and published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
        }
    }
}

/// What a feed, a manifest or an operator says of a publisher.
#[derive(Clone, Debug, Default)]
pub struct SourceHint {
    /// Its name.
    pub name: Option<String>,
    /// Its front page.
    pub homepage: Option<url::Url>,
    /// Its logo.
    pub logo_url: Option<url::Url>,
    /// Its language.
    pub language: Option<String>,
    /// Its country.
    pub country: Option<String>,
    /// What it says of itself.
    pub description: Option<String>,
    /// Where the feed is; names the publisher where there is no front page.
    pub feed_url: Option<url::Url>,
}

/// Sources, as one viewer may see them.
pub struct Sources<'a> {
    pub(crate) room: &'a Room,
    pub(crate) viewer: &'a Viewer,
}

impl<'a> Sources<'a> {
    pub(crate) fn new(room: &'a Room, viewer: &'a Viewer) -> Self {
        Self { room, viewer }
    }

    /// One source by id or slug.
    pub async fn get(&self, reference: &str) -> Result<Arc<Source>> {
        let known = resolve(self.room, std::iter::once(&reference.to_owned())).await?;
        let id = known.get(reference).copied().ok_or(Error::NotFound("source"))?;
        self.get_many(&[id]).await?.remove(&id).ok_or(Error::NotFound("source"))
    }

    /// One source by id or slug, or by a name that makes its slug.
    pub async fn named(&self, reference: &str) -> Result<Arc<Source>> {
        let known = resolve_named(self.room, std::iter::once(&reference.to_owned())).await?;
        let id = known.get(reference).copied().ok_or(Error::NotFound("source"))?;
        self.get_many(&[id]).await?.remove(&id).ok_or(Error::NotFound("source"))
    }

    /// The sources that exist under these keys.
    pub async fn get_many(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Source>>> {
        load(self.room, ids).await
    }

    /// A page of sources, latest added first.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<Arc<Source>>> {
        note([Key::all(Class::Sources)]);
        let plan = page.plan(Binding::of(&["sources"]))?;
        let mut select = Query::select();
        select.from(sources::Entity);
        let age = (Expr::col(sources::Column::CreatedAt), Expr::col(sources::Column::Id));
        let page = plan.newest_ids(self.room.db.reader(), select, age).await?;
        let sources = load(self.room, &page.nodes().copied().collect::<Vec<_>>()).await?;
        Ok(page.filter_map(|id| sources.get(&id).cloned()))
    }

    /// The source that a feed belongs to: the one with the same publisher's address, or a new one.
    pub async fn ensure(&self, hint: SourceHint) -> Result<Arc<Source>> {
        self.viewer.require(Action::ManageSources)?;
        let homepage = hint.homepage.as_ref().or(hint.feed_url.as_ref());
        let key = homepage.and_then(crate::text::url::publisher_key);
        let name = hint.name.as_deref().map(crate::text::html::to_line).filter(|name| !name.is_empty());
        let name = name
            .or_else(|| homepage.and_then(crate::text::url::site_name))
            .unwrap_or_else(|| "Unnamed source".to_owned());
        let key = key.unwrap_or_else(|| format!("name:{}", crate::topic::name_key(&name)));
        if let Some(known) = by_key(self.room, &key).await? {
            return self.get(&known.to_string()).await;
        }
        let id = self.insert(&key, &name, hint).await?;
        self.get(&id.to_string()).await
    }

    async fn insert(&self, key: &str, name: &str, hint: SourceHint) -> Result<SourceId> {
        let (id, now) = (self.room.ids.new_id::<SourceId>(), self.room.now());
        let tx = self.room.db.begin().await?;
        let row = sources::ActiveModel {
            id: Set(id.uuid()),
            slug: Set(free_slug(&tx, name, id).await?),
            name: Set(crate::text::html::excerpt(name, 200)),
            publisher_key: Set(Some(key.to_owned())),
            homepage: Set(hint.homepage.map(|url| url.to_string())),
            logo_url: Set(hint.logo_url.map(|url| url.to_string())),
            language: Set(hint.language.as_deref().and_then(crate::text::language::normalise)),
            country: Set(hint.country.filter(|code| code.len() == 2).map(|code| code.to_uppercase())),
            description: Set(hint
                .description
                .map(|text| crate::text::html::excerpt(&crate::text::html::to_line(&text), 500))),
            status: Set(SourceStatus::Active.as_str().to_owned()),
            created_at: Set(now.millis()),
            updated_at: Set(now.millis()),
        };
        match sources::Entity::insert(row).exec_without_returning(tx.on()).await {
            Err(error) if crate::db::is_unique_violation(&error) => {
                drop(tx); // somebody else added the same publisher in this moment: theirs stands
                by_key(self.room, key).await?.ok_or_else(|| error.into())
            }
            outcome => {
                outcome?;
                self.room.commit(tx, now, vec![NewChange::of(ChangeKind::SourceAdded, id.uuid())]).await?;
                Ok(id)
            }
        }
    }
}

async fn by_key(room: &Room, key: &str) -> Result<Option<SourceId>> {
    let find = sources::Entity::find().filter(sources::Column::PublisherKey.eq(key));
    Ok(find.one(room.db.primary()).await?.map(|row| SourceId::from_uuid(row.id)))
}

async fn free_slug(tx: &Tx, name: &str, id: SourceId) -> Result<String> {
    let slug = crate::text::slug::slugify(name, 60);
    let taken = sources::Entity::find().filter(sources::Column::Slug.eq(&slug)).one(tx.on()).await?;
    Ok(slug_for(name, &id, taken.is_some()))
}

/// The slug of a name; one that is taken is made its own by the end of the id.
pub(crate) fn slug_for(name: &str, id: &impl PublicId, own: bool) -> String {
    let slug = crate::text::slug::slugify(name, 60);
    if !own {
        return slug;
    }
    let id = id.to_string();
    let tail: String = id.chars().skip(id.len().saturating_sub(6)).collect();
    format!("{slug}-{tail}")
}

/// Locks a source until the transaction ends, so that documents of one source are taken in one after another.
pub(crate) async fn lock(tx: &Tx, source: SourceId) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Locked {
        #[expect(dead_code, reason = "only its being there matters")]
        id: Uuid,
    }
    let mut select = Query::select();
    select.column(sources::Column::Id).from(sources::Entity).and_where(sources::Column::Id.eq(source.uuid()));
    dialect::lock_row(tx, &mut select);
    let locked: Vec<Locked> = rows(tx.on(), &select).await?;
    locked.first().map(|_| ()).ok_or(Error::NotFound("source"))
}

/// Sources by key, from memory where they are there.
pub(crate) async fn load(room: &Room, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Source>>> {
    note(ids.iter().map(|id| Key::one(Class::Source, *id)));
    let load = |missing: Vec<Uuid>| async move {
        let find = sources::Entity::find().filter(sources::Column::Id.is_in(missing));
        Ok(find.all(room.db.primary()).await?.into_iter().map(|row| (row.id, row.into())).collect())
    };
    room.sources.get_many(ids, load).await
}

/// The keys of sources named by id or slug; one statement, none where there is nothing to look up.
pub(crate) async fn resolve<'v>(
    room: &Room,
    values: impl Iterator<Item = &'v String>,
) -> Result<HashMap<String, Uuid>> {
    let (ids, slugs) = split_references::<SourceId>(values);
    if ids.is_empty() && slugs.is_empty() {
        return Ok(HashMap::new());
    }
    let named = ids.len() + slugs.len();
    let either = Condition::any().add(sources::Column::Id.is_in(ids)).add(sources::Column::Slug.is_in(slugs));
    let found = sources::Entity::find().filter(either).all(room.db.reader()).await?;
    let known = names_of(found.into_iter().map(|row| (row.id, row.slug)), SourceId::from_uuid);
    if known.len() < 2 * named {
        note([Key::all(Class::Sources)]);
    }
    Ok(known)
}

/// The same by names too: one that makes the slug of a source means it.
pub(crate) async fn resolve_named<'v>(
    room: &Room,
    values: impl Iterator<Item = &'v String> + Clone,
) -> Result<HashMap<String, Uuid>> {
    let slug_of = |name: &String| crate::text::slug::slugify(name, 60);
    let names: Vec<String> = values.clone().cloned().chain(values.clone().map(slug_of)).collect();
    let mut known = resolve(room, names.iter()).await?;
    for name in values.filter(|name| crate::id::prefix_of(name).is_none()) {
        if let (None, Some(id)) = (known.get(name), known.get(&slug_of(name)).copied()) {
            known.insert(name.clone(), id);
        }
    }
    Ok(known)
}

/// Splits what callers wrote into ids and slugs.
pub(crate) fn split_references<'v, I: PublicId>(
    values: impl Iterator<Item = &'v String>,
) -> (Vec<Uuid>, Vec<String>) {
    let (mut ids, mut slugs) = (Vec::new(), Vec::new());
    for value in values {
        match value.parse::<I>() {
            Ok(id) => ids.push(id.uuid()),
            Err(_) if value.contains('\0') => {} // PostgreSQL takes no NUL, and no slug has one
            Err(_) => slugs.push(value.clone()),
        }
    }
    (ids, slugs)
}

/// Both names of each row, id and slug, with its key.
pub(crate) fn names_of<I: PublicId>(
    rows: impl Iterator<Item = (Uuid, String)>,
    id: fn(Uuid) -> I,
) -> HashMap<String, Uuid> {
    rows.flat_map(|(key, slug)| [(id(key).to_string(), key), (slug, key)]).collect()
}

impl From<sources::Model> for Source {
    fn from(row: sources::Model) -> Self {
        let sources::Model {
            id,
            slug,
            name,
            publisher_key: _,
            homepage,
            logo_url,
            language,
            country,
            description,
            status,
            created_at,
            updated_at,
        } = row;
        let active = status == SourceStatus::Active.as_str();
        Self {
            id: SourceId::from_uuid(id),
            slug,
            name,
            homepage,
            logo_url,
            language,
            country,
            description,
            status: if active { SourceStatus::Active } else { SourceStatus::Paused },
            created_at: Timestamp::from_millis(created_at),
            updated_at: Timestamp::from_millis(updated_at),
        }
    }
}
