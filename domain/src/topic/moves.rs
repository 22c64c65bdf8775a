//! Articles that follow a topic into another, or back: a batch at a time, each a transaction of its own that can be repeated.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::article::ArticleStatus;
use crate::change::{ChangeKind, Detail, NewChange, Significance};
use crate::db::entity::{article_topics, articles, topic_merges, topic_moves, topics};
use crate::db::{Tx, dialect};
use crate::error::Result;
use crate::id::{PublicId as _, TopicId};
use crate::newsroom::Room;

/// Articles moved in one transaction: others can write in between.
const BATCH: u64 = 500;

/// Which way articles move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// From a topic into the one that it became part of.
    There,
    /// Back.
    Back,
}

/// Moves every article of a topic into the one that it is part of now, or back from there. What was decided otherwise
/// meanwhile is left alone.
pub(super) async fn all(room: &Room, actor: Option<Uuid>, topic: Uuid, way: Way) -> Result<()> {
    loop {
        let (now, tx) = (room.now(), room.db.begin().await?);
        let (other, moved) = match (way, standing(&tx, topic).await?) {
            (Way::There, Standing::Merged(into)) => (into, there(&tx, topic, into).await?),
            (Way::Back, Standing::Undone(from)) => (from, back(&tx, topic, from).await?),
            _ => return Ok(()),
        };
        let mut lists = [topic, other].map(|id| TopicId::from_uuid(id).to_string());
        lists.sort_unstable();
        let Some(moved) = moved else {
            if way == Way::Back {
                topic_merges::Entity::delete_by_id(topic).exec(tx.on()).await?;
                tx.commit().await?;
            }
            return Ok(());
        };
        let happened = moved.into_iter().map(|article| article.happened(actor, &lists)).collect();
        room.commit(tx, now, happened).await?;
    }
}

/// What a topic is at the moment.
enum Standing {
    /// A part of another.
    Merged(Uuid),
    /// Itself again, after it was part of another.
    Undone(Uuid),
    /// Itself.
    Alone,
}

/// What a topic is until the end of the transaction. Articles can be linked to it meanwhile.
async fn standing(tx: &Tx, topic: Uuid) -> Result<Standing> {
    let mut find = topics::Entity::find_by_id(topic);
    dialect::lock_row_not_key(tx, QuerySelect::query(&mut find));
    let row = find.one(tx.on()).await?;
    if let Some(into) = row.and_then(|row| row.merged_into) {
        return Ok(Standing::Merged(into));
    }
    let merge = topic_merges::Entity::find_by_id(topic).one(tx.on()).await?;
    let Some(merge) = merge.filter(|merge| merge.undone_at.is_some()) else { return Ok(Standing::Alone) };
    let from = topics::Entity::find_by_id(merge.into_id).one(tx.on()).await?;
    Ok(Standing::Undone(from.and_then(|row| row.merged_into).unwrap_or(merge.into_id)))
}

/// An article that carries other topics now.
struct Moved {
    id: Uuid,
    visible: bool,
    section: bool,
}

impl Moved {
    /// What is told of it: to its readers little, to those who have not seen it nothing.
    fn happened(self, actor: Option<Uuid>, lists: &[String]) -> NewChange {
        let kind = if self.visible { ChangeKind::ArticleUpdated } else { ChangeKind::ArticleDrafted };
        let fields = if self.section { vec!["section", "topics"] } else { vec!["topics"] };
        let detail = Detail {
            significance: Some(Significance::Minor),
            fields: fields.into_iter().map(ToOwned::to_owned).collect(),
            lists: lists.to_vec(),
            ..Detail::default()
        };
        NewChange::of(kind, self.id).in_article(self.id).by(actor).with(detail)
    }
}

/// Articles of a batch, locked, with their links.
struct Batch {
    rows: Vec<(Uuid, String, Option<Uuid>)>,
    links: HashMap<Uuid, Vec<article_topics::Model>>,
}

impl Batch {
    /// Locked in the order of ids: what two batches share, they take in turn.
    async fn lock(tx: &Tx, ids: Vec<Uuid>) -> Result<Self> {
        let find = articles::Entity::find().select_only();
        let find =
            find.columns([articles::Column::Id, articles::Column::Status, articles::Column::SectionId]);
        let mut find =
            find.filter(articles::Column::Id.is_in(ids.clone())).order_by_asc(articles::Column::Id);
        dialect::lock_row(tx, QuerySelect::query(&mut find));
        let rows = find.into_tuple().all(tx.on()).await?;
        let find = article_topics::Entity::find().filter(article_topics::Column::ArticleId.is_in(ids));
        let mut links = HashMap::<Uuid, Vec<article_topics::Model>>::new();
        for link in find.order_by_asc(article_topics::Column::Position).all(tx.on()).await? {
            links.entry(link.article_id).or_default().push(link);
        }
        Ok(Self { rows, links })
    }

    fn has(&self, article: Uuid, topic: Uuid) -> bool {
        self.links.get(&article).is_some_and(|links| links.iter().any(|link| link.topic_id == topic))
    }

    /// The articles that are in a section.
    fn in_section(&self, section: Uuid) -> HashSet<Uuid> {
        self.rows.iter().filter(|(.., own)| *own == Some(section)).map(|(id, ..)| *id).collect()
    }

    fn moved(&self, sections: &HashSet<Uuid>) -> Vec<Moved> {
        let published = ArticleStatus::Published.as_str();
        let moved = |(id, status, _): &(Uuid, String, Option<Uuid>)| Moved {
            id: *id,
            visible: status == published,
            section: sections.contains(id),
        };
        self.rows.iter().map(moved).collect()
    }
}

/// None where there is nothing left to move.
async fn there(tx: &Tx, topic: Uuid, into: Uuid) -> Result<Option<Vec<Moved>>> {
    let find = article_topics::Entity::find().select_only().column(article_topics::Column::ArticleId);
    let find = find.filter(article_topics::Column::TopicId.eq(topic));
    let find = find.order_by_desc(article_topics::Column::PublishedAt).limit(BATCH);
    let ids: Vec<Uuid> = find.into_tuple().all(tx.on()).await?;
    if ids.is_empty() {
        return Ok(None);
    }
    let batch = Batch::lock(tx, ids).await?;
    let has_both = |id: &Uuid| batch.has(*id, into);
    let (both, one): (Vec<Uuid>, Vec<Uuid>) =
        batch.links.keys().copied().filter(|id| batch.has(*id, topic)).partition(has_both);
    let sections = batch.in_section(topic);
    let moves = both.iter().map(|id| (*id, true)).chain(one.iter().map(|id| (*id, false)));
    let rows: Vec<topic_moves::ActiveModel> = moves
        .map(|(article, in_both)| topic_moves::ActiveModel {
            topic_id: Set(topic),
            article_id: Set(article),
            in_both: Set(in_both),
            as_section: Set(sections.contains(&article)),
        })
        .collect();
    if !rows.is_empty() {
        let again = OnConflict::new().do_nothing().to_owned();
        topic_moves::Entity::insert_many(rows).on_conflict(again).exec_without_returning(tx.on()).await?;
    }
    let gone = article_topics::Entity::delete_many().filter(article_topics::Column::TopicId.eq(topic));
    gone.filter(article_topics::Column::ArticleId.is_in(both)).exec(tx.on()).await?;
    relink(tx, one, topic, into).await?;
    resection(tx, sections.iter().copied().collect(), into).await?;
    Ok(Some(batch.moved(&sections)))
}

/// None where there is nothing left to bring back.
async fn back(tx: &Tx, topic: Uuid, from: Uuid) -> Result<Option<Vec<Moved>>> {
    let find = topic_moves::Entity::find().filter(topic_moves::Column::TopicId.eq(topic));
    let moves: HashMap<Uuid, topic_moves::Model> =
        find.limit(BATCH).all(tx.on()).await?.into_iter().map(|row| (row.article_id, row)).collect();
    if moves.is_empty() {
        return Ok(None);
    }
    let ids: Vec<Uuid> = moves.keys().copied().collect();
    let mut batch = Batch::lock(tx, ids.clone()).await?;
    // What its publisher or an editor has taken out of the topic since is not brought back.
    let still = |id: &Uuid| batch.has(*id, from) && !batch.has(*id, topic);
    let (both, one): (Vec<Uuid>, Vec<Uuid>) =
        ids.iter().copied().filter(still).partition(|id| moves.get(id).is_some_and(|row| row.in_both));
    let added: Vec<article_topics::ActiveModel> = both
        .iter()
        .filter_map(|id| {
            let last = batch.links.get(id)?.last()?;
            Some(article_topics::ActiveModel {
                article_id: Set(*id),
                position: Set(last.position.saturating_add(1)),
                topic_id: Set(topic),
                published_at: Set(last.published_at),
            })
        })
        .collect();
    let own = |id: &Uuid| moves.get(id).is_some_and(|row| row.as_section);
    let sections: HashSet<Uuid> = batch.in_section(from).into_iter().filter(own).collect();
    let touched: HashSet<Uuid> = both.iter().chain(&one).chain(&sections).copied().collect();
    if !added.is_empty() {
        article_topics::Entity::insert_many(added).exec_without_returning(tx.on()).await?;
    }
    relink(tx, one, from, topic).await?;
    resection(tx, sections.iter().copied().collect(), topic).await?;
    let done = topic_moves::Entity::delete_many().filter(topic_moves::Column::TopicId.eq(topic));
    done.filter(topic_moves::Column::ArticleId.is_in(ids)).exec(tx.on()).await?;
    batch.rows.retain(|(id, ..)| touched.contains(id));
    Ok(Some(batch.moved(&sections)))
}

async fn relink(tx: &Tx, articles: Vec<Uuid>, from: Uuid, to: Uuid) -> Result<()> {
    let update =
        article_topics::Entity::update_many().col_expr(article_topics::Column::TopicId, Expr::val(to));
    let update = update.filter(article_topics::Column::TopicId.eq(from));
    update.filter(article_topics::Column::ArticleId.is_in(articles)).exec(tx.on()).await?;
    Ok(())
}

async fn resection(tx: &Tx, articles: Vec<Uuid>, to: Uuid) -> Result<()> {
    if !articles.is_empty() {
        let update = articles::Entity::update_many().col_expr(articles::Column::SectionId, Expr::val(to));
        update.filter(articles::Column::Id.is_in(articles)).exec(tx.on()).await?;
    }
    Ok(())
}
