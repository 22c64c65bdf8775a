//! What editors do to topics one by one: make, rename, put in their place. Merging is in `merge.rs`.

use std::sync::Arc;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::names::{self, name_key};
use super::{Topic, TopicKind, Topics, tree};
use crate::change::{ChangeKind, Detail, NewChange};
use crate::clock::Timestamp;
use crate::db::entity::{topic_aliases, topic_names, topics};
use crate::db::{Tx, count, dialect, stored};
use crate::error::{Error, Findings, Result};
use crate::id::{PublicId, TopicId};
use crate::idempotency;
use crate::policy::Action;
use crate::source::slug_for;
use crate::text::{html, slug};

const NAME_CHARS: usize = 120;
const SLUG_BYTES: usize = 60;

/// A topic to make.
#[derive(Clone, Debug)]
pub struct NewTopic {
    /// What it is.
    pub kind: TopicKind,
    /// Its name.
    pub name: String,
    /// The name in addresses; made from the name where it is left out.
    pub slug: Option<String>,
    /// The topic that it is part of: id or slug.
    pub parent: Option<String>,
}

/// A change of a topic: what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct TopicEdit {
    /// Another name; publishers that use the old one mean this topic still.
    pub name: Option<String>,
    /// Another slug; the old one leads to the topic still.
    pub slug: Option<String>,
    /// Another parent, id or slug; or none.
    pub parent: Option<Option<String>>,
}

impl Topics<'_> {
    /// Makes a topic. With an idempotency key, the same input is one topic.
    pub async fn create(&self, new: NewTopic, idempotency_key: Option<&str>) -> Result<Arc<Topic>> {
        self.viewer.require(Action::ManageTopics)?;
        let key = self.viewer.account().zip(idempotency_key).map(|(account, given)| idempotency::Key {
            account: account.uuid(),
            operation: "create_topic",
            given,
            request_hash: digest(&new),
        });
        key.as_ref().map_or(Ok(()), idempotency::Key::check)?;
        let name = checked(Some(&new.name), new.slug.as_deref())?.unwrap_or_default();
        let parent = self.named("parent", new.parent.as_deref()).await?;
        let (id, now) = (self.room.ids.new_id::<TopicId>(), self.room.now());
        let tx = self.begin().await?;
        if let Some(key) = &key {
            if let Some(made) = key.made_before(&tx, now).await? {
                drop(tx);
                return self.get(&TopicId::from_uuid(made).to_string()).await;
            }
            key.remember(&tx, id.uuid(), now).await?;
        }
        require_free_name(&tx, new.kind.as_str(), &name, id).await?;
        let slug = if let Some(slug) = new.slug {
            require_free_slug(&tx, &slug, id).await?;
            slug
        } else {
            let taken = leads_elsewhere(&tx, &slug_for(&name, &id, false), id).await?;
            slug_for(&name, &id, taken)
        };
        let mut row = names::row(id, new.kind, &name, slug, now);
        if let Some(parent) = parent {
            let parent = row_of(&tx, parent).await?;
            row.parent_id = Set(Some(parent.id));
            tree::check_parent(tx.on(), None, new.kind.as_str(), parent).await?;
        }
        topics::Entity::insert(row).exec_without_returning(tx.on()).await?;
        self.room.commit(tx, now, vec![self.happened(id, &[])]).await?;
        self.get(&id.to_string()).await
    }

    /// Changes a topic, named by id or slug. `expected` is the revision that the editor read; another one in between is
    /// refused.
    pub async fn edit(&self, reference: &str, edit: TopicEdit, expected: Option<u32>) -> Result<Arc<Topic>> {
        let topic = self.get(reference).await?;
        self.viewer.require(Action::ManageTopics)?;
        let name = checked(edit.name.as_deref(), edit.slug.as_deref())?;
        let parent = match &edit.parent {
            None => None,
            Some(parent) => Some(self.named("parent", parent.as_deref()).await?),
        };
        let (id, now) = (topic.id, self.room.now());
        let tx = self.begin().await?;
        let row = locked(&tx, id).await?;
        require_revision(expected, count(row.revision))?;
        let mut after = topics::ActiveModel { id: Set(row.id), ..topics::ActiveModel::default() };
        let mut fields = Vec::new();
        if let Some(name) = name.filter(|name| *name != row.name) {
            rename(&tx, &row, &name, now).await?;
            after.name_key = Set(name_key(&name));
            after.name = Set(name);
            fields.push("name");
        }
        if let Some(slug) = edit.slug.filter(|slug| *slug != row.slug) {
            move_to(&tx, &row, &slug, now).await?;
            after.slug = Set(slug);
            fields.push("slug");
        }
        if let Some(parent) = parent
            && parent.map(PublicId::uuid) != row.parent_id
        {
            if let Some(parent) = parent {
                tree::check_parent(tx.on(), Some(&row), &row.kind, row_of(&tx, parent).await?).await?;
            }
            after.parent_id = Set(parent.map(PublicId::uuid));
            fields.push("parent_id");
        }
        if fields.is_empty() {
            drop(tx);
            return self.get(&id.to_string()).await;
        }
        after.revision = Set(stored(count(row.revision) + 1));
        topics::Entity::update(after).exec(tx.on()).await?;
        self.room.commit(tx, now, vec![self.happened(id, &fields)]).await?;
        self.get(&id.to_string()).await
    }

    /// A transaction that has the topics for itself.
    pub(super) async fn begin(&self) -> Result<Tx> {
        let tx = self.room.db.begin().await?;
        dialect::lock_names(&tx).await?;
        Ok(tx)
    }

    /// A change of a topic by this viewer.
    pub(super) fn happened(&self, topic: TopicId, fields: &[&str]) -> NewChange {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        let detail = Detail { fields, ..Detail::default() };
        let actor = self.viewer.account().map(PublicId::uuid);
        NewChange::of(ChangeKind::TopicUpdated, topic.uuid()).by(actor).with(detail)
    }

    /// The topic that a field names by id or slug.
    pub(super) async fn named(
        &self,
        field: &'static str,
        reference: Option<&str>,
    ) -> Result<Option<TopicId>> {
        let Some(reference) = reference else { return Ok(None) };
        match self.get(reference).await {
            Err(Error::NotFound(_)) => {
                let message = format!("there is no topic with the id or slug `{reference}`");
                Err(Error::invalid(field, "unknown", message))
            }
            found => Ok(Some(found?.id)),
        }
    }
}

async fn row_of(tx: &Tx, topic: TopicId) -> Result<topics::Model> {
    topics::Entity::find_by_id(topic.uuid()).one(tx.on()).await?.ok_or(Error::NotFound("topic"))
}

/// The same input has the same digest.
fn digest(new: &NewTopic) -> String {
    blake3::hash(format!("{new:?}").as_bytes()).to_hex().to_string()
}

/// A topic's row, locked until the transaction ends.
pub(super) async fn locked(tx: &Tx, topic: TopicId) -> Result<topics::Model> {
    let mut find = topics::Entity::find_by_id(topic.uuid());
    dialect::lock_row(tx, sea_orm::QuerySelect::query(&mut find));
    find.one(tx.on()).await?.ok_or(Error::NotFound("topic"))
}

/// The name as it is stored; every bad field is named.
fn checked(name: Option<&str>, slug: Option<&str>) -> Result<Option<String>> {
    let mut findings = Findings::default();
    let name = name.map(html::to_line);
    if let Some(name) = &name
        && (name.is_empty() || name.chars().count() > NAME_CHARS)
    {
        findings.add("name", "length", format!("must have 1 to {NAME_CHARS} characters"));
    }
    slug::check(&mut findings, slug, SLUG_BYTES);
    findings.finish()?;
    Ok(name)
}

/// Gives a topic another name. What publishers called it, they may go on to.
async fn rename(tx: &Tx, row: &topics::Model, name: &str, now: Timestamp) -> Result<()> {
    let key = name_key(name);
    if key == row.name_key {
        return Ok(());
    }
    require_free_name(tx, &row.kind, name, TopicId::from_uuid(row.id)).await?;
    let former = topic_names::ActiveModel {
        kind: Set(row.kind.clone()),
        name_key: Set(row.name_key.clone()),
        topic_id: Set(row.id),
        ceased_at: Set(now.millis()),
    };
    let mut anew = OnConflict::columns([topic_names::Column::Kind, topic_names::Column::NameKey]);
    anew.update_columns([topic_names::Column::TopicId, topic_names::Column::CeasedAt]);
    topic_names::Entity::insert(former).on_conflict(anew).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// Refuses a name that another topic of the kind has. One that another had before is free: it means this topic from now on.
async fn require_free_name(tx: &Tx, kind: &str, name: &str, topic: TopicId) -> Result<()> {
    let key = name_key(name);
    let find = topics::Entity::find().filter(topics::Column::Kind.eq(kind));
    let find = find.filter(topics::Column::NameKey.eq(key.as_str()));
    if let Some(other) = find.one(tx.on()).await?
        && other.id != topic.uuid()
    {
        let message = match other.merged_into {
            None => format!(
                "the {kind} `{}` has this name: merge one into the other, or take another",
                other.slug
            ),
            Some(into) => format!(
                "the {kind} `{}` that has this name became part of {}: undo that, or take another name",
                other.slug,
                TopicId::from_uuid(into)
            ),
        };
        return Err(Error::invalid("name", "taken", message));
    }
    topic_names::Entity::delete_by_id((kind.to_owned(), key)).exec(tx.on()).await?;
    Ok(())
}

/// Gives a topic another slug and keeps the old one.
async fn move_to(tx: &Tx, row: &topics::Model, slug: &str, now: Timestamp) -> Result<()> {
    require_free_slug(tx, slug, TopicId::from_uuid(row.id)).await?;
    // It may come back to a slug that it had.
    topic_aliases::Entity::delete_by_id(slug.to_owned()).exec(tx.on()).await?;
    let former = topic_aliases::ActiveModel {
        slug: Set(row.slug.clone()),
        topic_id: Set(row.id),
        ceased_at: Set(now.millis()),
    };
    topic_aliases::Entity::insert(former).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// Refuses a slug that leads to another topic, now or from before.
async fn require_free_slug(tx: &Tx, slug: &str, topic: TopicId) -> Result<()> {
    if leads_elsewhere(tx, slug, topic).await? {
        return Err(Error::invalid("slug", "taken", format!("`{slug}` leads to another topic")));
    }
    Ok(())
}

async fn leads_elsewhere(tx: &Tx, slug: &str, topic: TopicId) -> Result<bool> {
    let holder = topics::Entity::find().filter(topics::Column::Slug.eq(slug)).one(tx.on()).await?;
    let former = topic_aliases::Entity::find_by_id(slug.to_owned()).one(tx.on()).await?;
    let others = holder.map(|row| row.id).into_iter().chain(former.map(|row| row.topic_id));
    Ok(others.into_iter().any(|id| id != topic.uuid()))
}

fn require_revision(expected: Option<u32>, found: u32) -> Result<()> {
    match expected {
        Some(expected) if expected != found => Err(Error::Conflict {
            code: "revision_mismatch",
            message: format!(
                "This change was made to revision {expected}, and the topic is at revision {found}: read it again, and \
                 make the change to what it is now."
            ),
        }),
        _ => Ok(()),
    }
}
