//! Topics that become part of others, and come apart again.
//!
//! From the first moment a merged topic's id, slugs and names lead to the other. Its articles follow in batches, each a
//! transaction of its own, so that nobody else's writes wait for thousands of them; what a restart leaves undone, or an
//! article that was taken in at that very moment, [`Topics::settle`] finishes. What moved is remembered, so that it can be
//! undone.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::desk::locked;
use super::moves::{self, Way};
use super::{Topic, TopicKind, Topics, tree};
use crate::change::{ChangeKind, Detail, NewChange};
use crate::db::entity::{article_topics, topic_aliases, topic_merges, topics};
use crate::db::{Tx, count, stored};
use crate::error::{Error, Fault, Result};
use crate::id::{PublicId, TopicId};
use crate::policy::Action;

/// Merges that one round of [`Topics::settle`] looks at.
const ROUND: u64 = 20;

/// What went with a topic, besides its articles.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Moved {
    /// Its parts.
    children: Vec<Uuid>,
    /// Topics that had become part of it before.
    led: Vec<Uuid>,
}

impl Topics<'_> {
    /// Makes one topic part of another, both named by id or slug: its id, slugs and names lead there from now on, its
    /// articles and its own parts become the other's.
    pub async fn merge(&self, from: &str, into: &str) -> Result<Arc<Topic>> {
        let from = self.get(from).await?;
        self.viewer.require(Action::ManageTopics)?;
        let required = || Error::invalid("into", "required", "name the topic that stays, by id or slug");
        let into =
            self.named("into", Some(into).filter(|into| !into.is_empty())).await?.ok_or_else(required)?;
        if from.id == into {
            return Err(Error::invalid("into", "same", "is the same topic already"));
        }
        let (now, actor) = (self.room.now(), self.viewer.account().map(PublicId::uuid));
        // Where it is coming back from another still, it comes back first.
        moves::all(self.room, actor, from.id.uuid(), Way::Back).await?;
        let tx = self.begin().await?;
        let (row, other) = (locked(&tx, from.id).await?, locked(&tx, into).await?);
        let moved = check(&tx, &row, &other).await?;
        lead(&tx, &row, Some(other.id)).await?;
        adopt(&tx, moved.children.clone(), row.id, other.id).await?;
        let earlier = topics::Entity::update_many().filter(topics::Column::MergedInto.eq(row.id));
        earlier.col_expr(topics::Column::MergedInto, Expr::val(other.id)).exec(tx.on()).await?;
        let detail = Detail { into: Some(other.id), ..Detail::default() };
        let mut happened = vec![NewChange::of(ChangeKind::TopicMerged, row.id).by(actor).with(detail)];
        happened.extend(self.adopted(&moved.children));
        let merge = topic_merges::ActiveModel {
            topic_id: Set(row.id),
            into_id: Set(other.id),
            moved: Set(serde_json::to_string(&moved).unwrap_or_default()),
            actor_id: Set(actor),
            at: Set(now.millis()),
            undone_at: Set(None),
        };
        topic_merges::Entity::insert(merge).exec_without_returning(tx.on()).await?;
        self.room.commit(tx, now, happened).await?;
        moves::all(self.room, actor, row.id, Way::There).await?;
        self.get(&into.to_string()).await
    }

    /// Undoes the merge of a topic that became part of another, named by its own id or slug; named by the other's, the last
    /// one that it took in. Its articles, parts and names are its own again; what arrived meanwhile stays where it is.
    pub async fn undo_merge(&self, reference: &str) -> Result<Arc<Topic>> {
        let current = self.get(reference).await?;
        self.viewer.require(Action::ManageTopics)?;
        let now = self.room.now();
        let tx = self.begin().await?;
        let merge = concerning(&tx, reference, &current).await?;
        let row = locked(&tx, TopicId::from_uuid(merge.topic_id)).await?;
        let into = row.merged_into.unwrap_or(merge.into_id);
        let moved: Moved = serde_json::from_str(&merge.moved)
            .map_err(|error| Fault::new("what moved with a topic could not be read", error))?;
        lead(&tx, &row, None).await?;
        adopt(&tx, moved.children.clone(), into, row.id).await?;
        let led = topics::Entity::update_many().filter(topics::Column::Id.is_in(moved.led));
        let led = led.filter(topics::Column::MergedInto.eq(into));
        led.col_expr(topics::Column::MergedInto, Expr::val(row.id)).exec(tx.on()).await?;
        stand(&tx, &row).await?;
        let undone = topic_merges::ActiveModel {
            topic_id: Set(row.id),
            into_id: Set(into),
            undone_at: Set(Some(now.millis())),
            ..topic_merges::ActiveModel::default()
        };
        topic_merges::Entity::update(undone).exec(tx.on()).await?;
        let mut happened = vec![self.happened(TopicId::from_uuid(row.id), &[])];
        happened.extend(self.adopted(&moved.children));
        self.room.commit(tx, now, happened).await?;
        let actor = self.viewer.account().map(PublicId::uuid);
        moves::all(self.room, actor, row.id, Way::Back).await?;
        self.get(&TopicId::from_uuid(row.id).to_string()).await
    }

    /// Finishes merges, and their undoing, that were left in the middle; answers how many. Several nodes may call it at once.
    pub async fn settle(&self) -> Result<usize> {
        self.viewer.require(Action::ManageTopics)?;
        let left = left_behind(self.room.db.primary()).await?;
        let find = topic_merges::Entity::find().filter(topic_merges::Column::UndoneAt.is_not_null());
        let undone = find.limit(ROUND).all(self.room.db.primary()).await?;
        let settled = left.len() + undone.len();
        for topic in left {
            moves::all(self.room, None, topic, Way::There).await?;
        }
        for merge in undone {
            moves::all(self.room, None, merge.topic_id, Way::Back).await?;
        }
        Ok(settled)
    }

    fn adopted<'c>(&'c self, children: &'c [Uuid]) -> impl Iterator<Item = NewChange> + 'c {
        children.iter().map(|child| self.happened(TopicId::from_uuid(*child), &["parent_id"]))
    }
}

/// Whether one topic may become part of another, and what goes with it.
async fn check(tx: &Tx, from: &topics::Model, into: &topics::Model) -> Result<Moved> {
    if from.merged_into.is_some() || into.merged_into.is_some() {
        let message = "One of these topics was merged in this very moment: read them again.".to_owned();
        return Err(Error::Conflict { code: "revision_mismatch", message });
    }
    let section = TopicKind::Section.as_str();
    if from.kind != into.kind && (from.kind == section || into.kind == section) {
        let message = format!("is a {}, and a {} cannot become part of it", into.kind, from.kind);
        return Err(Error::invalid("into", "kind", message));
    }
    let children = tree::children(tx.on(), vec![from.id]).await?;
    if from.kind != into.kind && !children.is_empty() {
        let message =
            format!("is a {}, and `{}` has parts that are no {0}s: move them first", into.kind, from.name);
        return Err(Error::invalid("into", "kind", message));
    }
    let line = tree::line_of(tx.on(), into.clone()).await?;
    tree::check_line("into", &line, Some(from))?;
    tree::check_adoption(tx.on(), from, &line).await?;
    let led = topics::Entity::find().select_only().column(topics::Column::Id);
    let led = led.filter(topics::Column::MergedInto.eq(from.id)).into_tuple().all(tx.on()).await?;
    Ok(Moved { children, led })
}

/// Lets a topic lead to another, or be itself again.
async fn lead(tx: &Tx, row: &topics::Model, into: Option<Uuid>) -> Result<()> {
    let after = topics::ActiveModel {
        id: Set(row.id),
        merged_into: Set(into),
        revision: Set(stored(count(row.revision) + 1)),
        ..topics::ActiveModel::default()
    };
    topics::Entity::update(after).exec(tx.on()).await?;
    Ok(())
}

/// Gives the parts of one topic to another.
async fn adopt(tx: &Tx, children: Vec<Uuid>, from: Uuid, into: Uuid) -> Result<()> {
    if children.is_empty() {
        return Ok(());
    }
    let revision = Expr::col(topics::Column::Revision).add(1);
    let update = topics::Entity::update_many().col_expr(topics::Column::ParentId, Expr::val(into));
    let update = update.col_expr(topics::Column::Revision, revision);
    let update = update.filter(topics::Column::Id.is_in(children));
    update.filter(topics::Column::ParentId.eq(from)).exec(tx.on()).await?;
    Ok(())
}

/// A topic that is itself again stands where it stood, unless that is below itself by now, too deep, or no place any more.
async fn stand(tx: &Tx, row: &topics::Model) -> Result<()> {
    let Some(parent) = row.parent_id else { return Ok(()) };
    let parent =
        topics::Entity::find_by_id(parent).one(tx.on()).await?.filter(|row| row.merged_into.is_none());
    let fits = match parent {
        Some(parent) => tree::check_parent(tx.on(), Some(row), &row.kind, parent).await,
        None => Err(Error::NotFound("topic")),
    };
    match fits {
        Ok(()) => Ok(()),
        Err(Error::Invalid(_) | Error::NotFound(_)) => {
            let alone = topics::ActiveModel {
                id: Set(row.id),
                parent_id: Set(None),
                ..topics::ActiveModel::default()
            };
            topics::Entity::update(alone).exec(tx.on()).await?;
            Ok(())
        }
        Err(other) => Err(other),
    }
}

/// The merge that a reference means: of the very topic that it names, or the last into that one.
async fn concerning(tx: &Tx, reference: &str, current: &Topic) -> Result<topic_merges::Model> {
    let by_id = reference.parse::<TopicId>().ok().map(PublicId::uuid);
    let former = topic_aliases::Entity::find_by_id(reference.to_owned()).one(tx.on()).await?;
    let named = Condition::any()
        .add(topics::Column::Slug.eq(reference))
        .add_option(by_id.map(|id| topics::Column::Id.eq(id)))
        .add_option(former.map(|alias| topics::Column::Id.eq(alias.topic_id)));
    let named = topics::Entity::find().filter(named).one(tx.on()).await?;
    let merged = named.filter(|row| row.merged_into.is_some()).map(|row| row.id);
    let find = topic_merges::Entity::find().filter(topic_merges::Column::UndoneAt.is_null());
    let find = match merged {
        Some(topic) => find.filter(topic_merges::Column::TopicId.eq(topic)),
        None => find.filter(topic_merges::Column::IntoId.eq(current.id.uuid())),
    };
    let find = find.order_by_desc(topic_merges::Column::At).order_by_desc(topic_merges::Column::TopicId);
    let nothing = || Error::Conflict {
        code: "nothing_to_undo",
        message: "This topic is part of no other, and no other became part of it.".to_owned(),
    };
    find.one(tx.on()).await?.ok_or_else(nothing)
}

/// Topics that became part of others and have articles of their own still.
async fn left_behind(on: &impl ConnectionTrait) -> Result<Vec<Uuid>> {
    let of_topic = Expr::col((article_topics::Entity, article_topics::Column::TopicId))
        .eq(Expr::col((topics::Entity, topics::Column::Id)));
    let some = Query::select().expr(Expr::val(1)).from(article_topics::Entity).and_where(of_topic).take();
    let find = topics::Entity::find().select_only().column(topics::Column::Id);
    let find = find.filter(topics::Column::MergedInto.is_not_null()).filter(Expr::exists(some)).limit(ROUND);
    Ok(find.into_tuple().all(on).await?)
}
