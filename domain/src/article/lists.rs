//! Which lists an article stands in: its source's, its authors', its topics'. Said with each change that adds it to lists or
//! takes it off, so that whoever follows the log knows which lists are others now.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{ArticleRecord, draft::Draft, links};
use crate::change::NewChange;
use crate::db::Tx;
use crate::db::entity::{article_authors, article_topics, articles};
use crate::error::Result;
use crate::freshness::changes_lists;
use crate::id::{AuthorId, PublicId, SourceId, TopicId};

/// Completes changes that are about to be appended; three statements, however many.
pub(crate) async fn name_lists(tx: &Tx, happened: &mut [NewChange]) -> Result<()> {
    let moving = happened.iter_mut().filter(|change| changes_lists(change.kind)).collect::<Vec<_>>();
    if moving.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = moving.iter().map(|change| change.subject).collect();
    let mut lists = HashMap::<Uuid, Vec<String>>::new();
    let find = articles::Entity::find().select_only();
    let find = find.columns([articles::Column::Id, articles::Column::SourceId, articles::Column::SectionId]);
    let find = find.filter(articles::Column::Id.is_in(ids.clone()));
    let rows: Vec<(Uuid, Uuid, Option<Uuid>)> = find.into_tuple().all(tx.on()).await?;
    for (id, source, section) in rows {
        let of = lists.entry(id).or_default();
        of.push(SourceId::from_uuid(source).to_string());
        of.extend(section.map(|section| TopicId::from_uuid(section).to_string()));
    }
    let find = article_authors::Entity::find().filter(article_authors::Column::ArticleId.is_in(ids.clone()));
    for row in find.all(tx.on()).await? {
        lists.entry(row.article_id).or_default().push(AuthorId::from_uuid(row.author_id).to_string());
    }
    let find = article_topics::Entity::find().filter(article_topics::Column::ArticleId.is_in(ids));
    for row in find.all(tx.on()).await? {
        lists.entry(row.article_id).or_default().push(TopicId::from_uuid(row.topic_id).to_string());
    }
    for change in moving {
        change.detail.lists = lists.get(&change.subject).cloned().unwrap_or_default();
        change.detail.lists.sort_unstable();
        change.detail.lists.dedup();
    }
    Ok(())
}

/// The lists that an edit takes an article off or adds it to.
pub(super) fn left_and_joined(before: &ArticleRecord, draft: &Draft, names: &links::Names) -> Vec<String> {
    let mut lists = Vec::new();
    let (old, new) = (&before.authors, names.authors_of(draft));
    lists.extend(differing(old, &new).map(|id| AuthorId::from_uuid(id).to_string()));
    let with_section = |topics: &[Uuid], section: Option<Uuid>| -> Vec<Uuid> {
        topics.iter().copied().chain(section).collect()
    };
    let old = with_section(&before.topics, before.section);
    let new = with_section(&names.topics_of(draft), names.section(draft));
    lists.extend(differing(&old, &new).map(|id| TopicId::from_uuid(id).to_string()));
    // A section may be a topic before and after.
    let sections = [before.section, names.section(draft)];
    if let [old, new] = sections
        && old != new
    {
        lists.extend(sections.into_iter().flatten().map(|id| TopicId::from_uuid(id).to_string()));
    }
    lists.sort_unstable();
    lists.dedup();
    lists
}

fn differing<'i>(one: &'i [Uuid], other: &'i [Uuid]) -> impl Iterator<Item = Uuid> + 'i {
    let only =
        |these: &'i [Uuid], those: &'i [Uuid]| these.iter().copied().filter(move |id| !those.contains(id));
    only(one, other).chain(only(other, one))
}
