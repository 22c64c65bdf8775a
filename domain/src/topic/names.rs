//! Names and slugs of topics, present and former: which topic each leads to, and how missing topics are made.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter,
};
use uuid::Uuid;

use super::{TopicKind, kind_of};
use crate::clock::Timestamp;
use crate::db::entity::{topic_aliases, topic_names, topics};
use crate::db::{Tx, dialect, rows};
use crate::error::Result;
use crate::freshness::{Class, Key, note};
use crate::id::{PublicId, TopicId};
use crate::newsroom::Room;
use crate::source::{names_of, slug_for, split_references};
use crate::text::slug::slugify;

/// Rows inserted by one statement: SQLite binds at most 32,766 values.
const ROWS: usize = 1_000;

/// The form in which names are compared: lower case, white space folded.
pub(crate) fn name_key(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The keys of topics named by id or slug; by a former slug too, which costs one statement more.
pub(crate) async fn resolve<'v>(
    room: &Room,
    values: impl Iterator<Item = &'v String>,
) -> Result<HashMap<String, Uuid>> {
    let (ids, slugs) = split_references::<TopicId>(values);
    if ids.is_empty() && slugs.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted = ids.len() + slugs.len();
    let either =
        Condition::any().add(topics::Column::Id.is_in(ids)).add(topics::Column::Slug.is_in(slugs.clone()));
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
    let current = |id: Uuid| merged.get(&id).copied().unwrap_or(id);
    let mut known: HashMap<String, Uuid> = named.into_iter().map(|(name, id)| (name, current(id))).collect();
    let unknown: Vec<String> = slugs.into_iter().filter(|slug| !known.contains_key(slug)).collect();
    known.extend(by_former_slugs(room.db.reader(), unknown).await?);
    Ok(known)
}

/// The topics that slugs led to before, as they are now.
pub(super) async fn by_former_slugs(
    on: &impl ConnectionTrait,
    slugs: Vec<String>,
) -> Result<HashMap<String, Uuid>> {
    #[derive(FromQueryResult)]
    struct Row {
        slug: String,
        topic: Uuid,
    }
    if slugs.is_empty() {
        return Ok(HashMap::new());
    }
    let mut select = Query::select();
    select.expr_as(Expr::col((topic_aliases::Entity, topic_aliases::Column::Slug)), Alias::new("slug"));
    select
        .from(topic_aliases::Entity)
        .and_where(Expr::col((topic_aliases::Entity, topic_aliases::Column::Slug)).is_in(slugs));
    join_current(&mut select, Expr::col((topic_aliases::Entity, topic_aliases::Column::TopicId)));
    Ok(rows::<Row>(on, &select).await?.into_iter().map(|row| (row.slug, row.topic)).collect())
}

/// Selects, as `topic`, the topic that `named` leads to now.
fn join_current(select: &mut SelectStatement, named: Expr) {
    let column = |column: topics::Column| Expr::col((topics::Entity, column));
    select.inner_join(topics::Entity, column(topics::Column::Id).eq(named));
    let current = Func::coalesce([column(topics::Column::MergedInto), column(topics::Column::Id)]);
    select.expr_as(current, Alias::new("topic"));
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
        for some in missing.chunks(ROWS) {
            // A slug that another topic had leads there still.
            let slugs = some.iter().map(|(_, name)| slugify(name, 60)).collect();
            let former = if own_slug { HashMap::new() } else { by_former_slugs(tx.on(), slugs).await? };
            let rows = some.iter().map(|(kind, name)| {
                let id = room.ids.new_id::<TopicId>();
                let own = own_slug || former.contains_key(&slugify(name, 60));
                row(id, *kind, name, slug_for(name, &id, own), now)
            });
            let skip_taken = OnConflict::new().do_nothing().to_owned();
            let insert = topics::Entity::insert_many(rows).on_conflict(skip_taken);
            insert.exec_without_returning(tx.on()).await?;
        }
        known.extend(by_names(tx, wanted).await?);
    }
    Ok(known)
}

/// A new topic's row.
pub(super) fn row(
    id: TopicId,
    kind: TopicKind,
    name: &str,
    slug: String,
    now: Timestamp,
) -> topics::ActiveModel {
    topics::ActiveModel {
        id: Set(id.uuid()),
        kind: Set(kind.as_str().to_owned()),
        slug: Set(slug),
        name: Set(name.to_owned()),
        name_key: Set(name_key(name)),
        created_at: Set(now.millis()),
        parent_id: Set(None),
        merged_into: Set(None),
        revision: Set(1),
    }
}

/// A name means the topic that has it; where none does, the one that had it before. What became part of another means that.
async fn by_names(tx: &Tx, wanted: &[(TopicKind, &str)]) -> Result<HashMap<(TopicKind, String), Uuid>> {
    let keys: HashSet<String> = wanted.iter().map(|(_, name)| name_key(name)).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let found = topics::Entity::find().filter(topics::Column::NameKey.is_in(keys)).all(tx.on()).await?;
    let current =
        |row: topics::Model| ((kind_of(&row.kind), row.name_key), row.merged_into.unwrap_or(row.id));
    let mut known: HashMap<(TopicKind, String), Uuid> = found.into_iter().map(current).collect();
    let unknown: HashSet<String> = wanted
        .iter()
        .map(|(kind, name)| (*kind, name_key(name)))
        .filter(|key| !known.contains_key(key))
        .map(|(_, name)| name)
        .collect();
    for (key, topic) in by_former_names(tx, unknown).await? {
        known.entry(key).or_insert(topic);
    }
    Ok(known)
}

async fn by_former_names(tx: &Tx, keys: HashSet<String>) -> Result<HashMap<(TopicKind, String), Uuid>> {
    #[derive(FromQueryResult)]
    struct Row {
        kind: String,
        name: String,
        topic: Uuid,
    }
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let column = |column: topic_names::Column| Expr::col((topic_names::Entity, column));
    let mut select = Query::select();
    select.expr_as(column(topic_names::Column::Kind), Alias::new("kind"));
    select.expr_as(column(topic_names::Column::NameKey), Alias::new("name"));
    select.from(topic_names::Entity).and_where(column(topic_names::Column::NameKey).is_in(keys));
    join_current(&mut select, column(topic_names::Column::TopicId));
    let found: Vec<Row> = rows(tx.on(), &select).await?;
    Ok(found.into_iter().map(|row| ((kind_of(&row.kind), row.name), row.topic)).collect())
}
