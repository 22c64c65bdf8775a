//! What follows when articles change their story, whoever decided it: counts, the stories' rows, the articles' own mark, the
//! log. In one transaction with the change itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::members_of;
use crate::change::{ChangeKind, Detail, NewChange};
use crate::clock::Timestamp;
use crate::db::entity::{articles, stories, story_members};
use crate::db::{Tx, stored};
use crate::error::Result;

/// Which articles moved, and between which stories.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Stories that lost or won articles.
    pub(super) touched: BTreeSet<Uuid>,
    /// Articles whose story is another than it was.
    pub(super) articles: BTreeSet<Uuid>,
    /// Stories that became part of others.
    pub(super) merged: BTreeMap<Uuid, Uuid>,
    /// Stories that an editor made out of a part of another: the new one, and where it was.
    pub(super) split: BTreeMap<Uuid, Uuid>,
    /// Who did it.
    pub(super) actor: Option<Uuid>,
}

impl Moves {
    /// An article that goes into a story, from another if it was in one.
    pub(super) fn note(&mut self, article: Uuid, from: Option<Uuid>, into: Uuid) {
        self.articles.insert(article);
        self.touched.insert(into);
        self.touched.extend(from);
    }
}

/// Puts articles of one story into another.
pub(super) async fn reassign(tx: &Tx, articles: Vec<Uuid>, into: Uuid, by_editor: bool) -> Result<()> {
    let update =
        story_members::Entity::update_many().col_expr(story_members::Column::StoryId, Expr::val(into));
    let update =
        if by_editor { update.col_expr(story_members::Column::ByEditor, Expr::val(true)) } else { update };
    update.filter(story_members::Column::ArticleId.is_in(articles)).exec(tx.on()).await?;
    Ok(())
}

/// Makes the stories' rows and the articles' marks what the members now say; answers what the log is to be told.
pub(super) async fn settle(tx: &Tx, moves: &Moves, now: Timestamp) -> Result<Vec<NewChange>> {
    let touched: Vec<Uuid> = moves.touched.iter().copied().collect();
    let mut members = HashMap::<Uuid, Vec<story_members::Model>>::new();
    for row in members_of(tx.on(), touched.clone()).await? {
        members.entry(row.story_id).or_default().push(row);
    }
    let known =
        stories::Entity::find().filter(stories::Column::Id.is_in(touched.clone())).all(tx.on()).await?;
    let known: HashMap<Uuid, stories::Model> = known.into_iter().map(|row| (row.id, row)).collect();
    // Under an id that leads elsewhere than it did are other articles than were: whoever follows it is told of each.
    let redirected = known.values().any(|row| row.merged_into != moves.merged.get(&row.id).copied());
    let mut happened = Vec::new();
    let tell = |kind, subject| NewChange::of(kind, subject).by(moves.actor);
    for story in &touched {
        let telling = members.get(story).map(Vec::as_slice).unwrap_or_default();
        let before = known.get(story);
        // A lone article is no story, unless it was one.
        if before.is_none() && telling.len() < 2 && !moves.split.contains_key(story) {
            continue;
        }
        write_row(tx, *story, telling, before, moves.merged.get(story).copied(), now).await?;
        mark_articles(tx, *story, telling).await?;
        if before.is_none() {
            happened.push(tell(ChangeKind::StoryFormed, *story));
        }
        if before.is_none() || redirected {
            let others = telling.iter().filter(|row| !moves.articles.contains(&row.article_id));
            happened
                .extend(others.map(|row| tell(ChangeKind::StoryUpdated, *story).in_article(row.article_id)));
        }
        let arrived = telling.iter().filter(|row| moves.articles.contains(&row.article_id));
        happened.extend(arrived.map(|row| tell(ChangeKind::StoryUpdated, *story).in_article(row.article_id)));
        if telling.is_empty() || telling.iter().all(|row| !moves.articles.contains(&row.article_id)) {
            happened.push(tell(ChangeKind::StoryUpdated, *story));
        }
    }
    let merged = moves.merged.iter().map(|(from, into)| {
        tell(ChangeKind::StoryMerged, *from).with(Detail { into: Some(*into), ..Detail::default() })
    });
    happened.extend(merged);
    let split = moves.split.iter().map(|(new, from)| {
        tell(ChangeKind::StorySplit, *from).with(Detail { into: Some(*new), ..Detail::default() })
    });
    happened.extend(split);
    Ok(happened)
}

async fn write_row(
    tx: &Tx,
    story: Uuid,
    telling: &[story_members::Model],
    before: Option<&stories::Model>,
    merged_into: Option<Uuid>,
    now: Timestamp,
) -> Result<()> {
    use stories::Column;
    let sources: BTreeSet<Uuid> = telling.iter().map(|row| row.source_id).collect();
    let (first, last) = (telling.first(), telling.last());
    let lead = first.map(|row| row.article_id).or(before.map(|row| row.lead_id));
    let Some(lead) = lead else { return Ok(()) };
    let length = |length: usize| stored(u32::try_from(length).unwrap_or(u32::MAX));
    let row = stories::ActiveModel {
        id: Set(story),
        lead_id: Set(lead),
        language: Set(first
            .and_then(|row| row.language.clone())
            .or(before.and_then(|row| row.language.clone()))),
        article_count: Set(length(telling.len())),
        source_count: Set(length(sources.len())),
        first_published_at: Set(first
            .map(|row| row.published_at)
            .or(before.map(|row| row.first_published_at))
            .unwrap_or(now.millis())),
        last_published_at: Set(last
            .map(|row| row.published_at)
            .or(before.map(|row| row.last_published_at))
            .unwrap_or(now.millis())),
        merged_into: Set(merged_into),
        created_at: Set(before.map_or(now.millis(), |row| row.created_at)),
        updated_at: Set(now.millis()),
    };
    let mut anew = OnConflict::column(Column::Id);
    anew.update_columns([
        Column::LeadId,
        Column::Language,
        Column::ArticleCount,
        Column::SourceCount,
        Column::FirstPublishedAt,
        Column::LastPublishedAt,
        Column::MergedInto,
        Column::UpdatedAt,
    ]);
    stories::Entity::insert(row).on_conflict(anew).exec_without_returning(tx.on()).await?;
    if let Some(into) = merged_into {
        // What led here before leads there at once.
        let earlier = stories::Entity::update_many().col_expr(Column::MergedInto, Expr::val(into));
        earlier.filter(Column::MergedInto.eq(story)).exec(tx.on()).await?;
    }
    Ok(())
}

async fn mark_articles(tx: &Tx, story: Uuid, telling: &[story_members::Model]) -> Result<()> {
    let ids: Vec<Uuid> = telling.iter().map(|row| row.article_id).collect();
    let elsewhere =
        Condition::any().add(articles::Column::StoryId.is_null()).add(articles::Column::StoryId.ne(story));
    for some in ids.chunks(1_000) {
        let update = articles::Entity::update_many().col_expr(articles::Column::StoryId, Expr::val(story));
        let update = update.filter(articles::Column::Id.is_in(some.to_vec())).filter(elsewhere.clone());
        update.exec(tx.on()).await?;
    }
    Ok(())
}
