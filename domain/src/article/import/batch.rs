//! How a batch of lines is written: known articles are looked up together, new rows go in together.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Checked, Fate, Imported, refused};
use crate::article::ingest::{DocumentNames, Known, Origin};
use crate::article::significance::{self, Before};
use crate::article::write::{self, Birth};
use crate::article::{ArticleStatus, Articles, links, record};
use crate::change::{ChangeKind, Detail, NewChange};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::db::entity::{article_aliases, article_bodies, article_revisions, articles};
use crate::error::{Error, Result};
use crate::id::{ArticleId, PublicId, SourceId};

/// Lines of one source that are being written: the source is locked.
pub(super) struct Batch<'b> {
    pub(super) articles: &'b Articles<'b>,
    pub(super) tx: &'b Tx,
    pub(super) source: SourceId,
    pub(super) now: Timestamp,
}

type Placed = (usize, Imported);

impl Batch<'_> {
    /// Writes them; answers what became of each. What happened is added to `happened`.
    pub(super) async fn write(
        &self,
        lines: &[(usize, &Checked)],
        happened: &mut Vec<NewChange>,
    ) -> Result<Vec<Placed>> {
        let drafts = lines.iter().map(|(_, line)| &line.draft);
        let names = DocumentNames::of(drafts.clone());
        let known = Known::among(self.tx, self.source, drafts, &names).await?;
        let taken = self.taken_slugs(lines).await?;
        let mut chosen = HashSet::new();
        let (mut outcomes, mut new, mut changed) = (Vec::with_capacity(lines.len()), Vec::new(), Vec::new());
        for (at, line) in lines {
            let Some(row) = known.find_imported(&line.draft) else {
                match &line.slug {
                    Some(slug) if taken.contains(slug) || !chosen.insert(slug.as_str()) => {
                        let message = format!("`{slug}` leads to another article");
                        outcomes.push((*at, refused("slug", "taken", message)));
                    }
                    Some(_) | None => new.push((*at, self.articles.room.ids.new_uuid(), *line)),
                }
                continue;
            };
            let same = row.content_hash == line.draft.content_hash;
            if (same && !line.has_details()) || (!same && known.is_old_copy(row, &line.draft)) {
                outcomes.push((*at, Imported::Unchanged(ArticleId::from_uuid(row.id))));
            } else {
                changed.push((*at, row, *line));
            }
        }
        if new.is_empty() && changed.is_empty() {
            return Ok(outcomes);
        }
        let wanted =
            new.iter().map(|(.., line)| &line.draft).chain(changed.iter().map(|(.., line)| &line.draft));
        let names = links::Names::resolve(self.articles.room, self.tx, self.source, wanted, self.now).await?;
        outcomes.extend(self.insert(new, &names, happened).await?);
        outcomes.extend(self.revise(changed, &names, happened).await?);
        Ok(outcomes)
    }

    /// Of the slugs that lines choose, those that lead to an article.
    async fn taken_slugs(&self, lines: &[(usize, &Checked)]) -> Result<HashSet<String>> {
        let chosen: Vec<String> = lines.iter().filter_map(|(_, line)| line.slug.clone()).collect();
        if chosen.is_empty() {
            return Ok(HashSet::new());
        }
        let find = articles::Entity::find().select_only().column(articles::Column::Slug);
        let find = find.filter(articles::Column::Slug.is_in(chosen.clone()));
        let mut taken: HashSet<String> = find.into_tuple().all(self.tx.on()).await?.into_iter().collect();
        let find = article_aliases::Entity::find().filter(article_aliases::Column::Slug.is_in(chosen));
        taken.extend(find.all(self.tx.on()).await?.into_iter().map(|alias| alias.slug));
        Ok(taken)
    }

    async fn insert(
        &self,
        new: Vec<(usize, Uuid, &Checked)>,
        names: &links::Names,
        happened: &mut Vec<NewChange>,
    ) -> Result<Vec<Placed>> {
        let origin = Origin { source: self.source, feed: None, language: None };
        let birth = |(_, id, line): &(usize, Uuid, &'_ Checked)| {
            let (status, kind) = match (&line.fate, line.embargo_until) {
                (Fate::Held | Fate::Withdrawn(_), _) => (ArticleStatus::Draft, ChangeKind::ArticleDrafted),
                (Fate::Published, Some(_)) => (ArticleStatus::Embargoed, ChangeKind::ArticleScheduled),
                (Fate::Published, None) => (ArticleStatus::Published, ChangeKind::ArticlePublished),
            };
            (*id, status, kind)
        };
        let mut births = Vec::with_capacity(new.len());
        for line in &new {
            let (id, status, kind) = birth(line);
            let line = line.2;
            births.push(Birth {
                id,
                origin,
                draft: &line.draft,
                status,
                slug: line.slug.clone(),
                comments_open: line.comments_open,
                embargo_until: line.embargo_until,
                release_at: line.embargo_until.filter(|_| status == ArticleStatus::Embargoed),
            });
            happened.push(self.articles.happened(kind, id));
        }
        write::insert(self.tx, &births, names, self.now).await?;
        let linked = new.iter().map(|(_, id, line)| (*id, line.draft.published_at, &line.draft));
        links::insert(self.articles.room, self.tx, linked, names).await?;
        Ok(new.into_iter().map(|(at, id, _)| (at, Imported::Created(ArticleId::from_uuid(id)))).collect())
    }

    /// Revises what reads differently; what only looked so is unchanged.
    async fn revise(
        &self,
        changed: Vec<(usize, &articles::Model, &Checked)>,
        names: &links::Names,
        happened: &mut Vec<NewChange>,
    ) -> Result<Vec<Placed>> {
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = changed.iter().map(|(_, row, _)| row.id).collect();
        let records: HashMap<_, _> = record::load(self.tx.on(), ids.clone()).await?.into_iter().collect();
        let find = article_bodies::Entity::find().filter(article_bodies::Column::ArticleId.is_in(ids));
        let mut bodies: HashMap<Uuid, (String, String)> = find
            .all(self.tx.on())
            .await?
            .into_iter()
            .map(|row| (row.article_id, (row.html, row.text)))
            .collect();
        let (mut outcomes, mut revised, mut before) = (Vec::new(), Vec::new(), Vec::new());
        for (at, row, line) in changed {
            let id = ArticleId::from_uuid(row.id);
            let (html, text) = bodies.remove(&row.id).unwrap_or_default();
            let record = records.get(&row.id).ok_or(Error::NotFound("article"))?;
            let detail = significance::of(&Before { record, html: &html, text: &text }, &line.draft, names);
            if detail.fields.is_empty() {
                outcomes.push((at, Imported::Unchanged(id)));
                continue;
            }
            before.push(write::superseded(row, html, self.now));
            happened.push(self.revised(row, detail));
            revised.push((row, line));
            outcomes.push((at, Imported::Updated(id)));
        }
        if revised.is_empty() {
            return Ok(outcomes);
        }
        article_revisions::Entity::insert_many(before).exec_without_returning(self.tx.on()).await?;
        for (row, line) in &revised {
            write::say(self.tx, row, &line.draft, names, self.now).await?;
        }
        let linked =
            revised.iter().map(|(row, line)| (row.id, Timestamp::from_millis(row.published_at), &line.draft));
        links::replace(self.articles.room, self.tx, linked, names).await?;
        Ok(outcomes)
    }

    fn revised(&self, row: &articles::Model, detail: Detail) -> NewChange {
        let visible = row.status == ArticleStatus::Published.as_str();
        let kind = if visible { ChangeKind::ArticleUpdated } else { ChangeKind::ArticleDrafted };
        self.articles.happened(kind, row.id).with(detail)
    }
}
