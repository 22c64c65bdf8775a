//! Public notes on what was wrong in an article.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::Writing;
use crate::article::Articles;
use crate::clock::Timestamp;
use crate::db::count;
use crate::db::entity::{article_corrections, articles};
use crate::error::{Error, Result};
use crate::id::{CorrectionId, PublicId};
use crate::page::{Binding, Page, PageRequest};

const NOTE_CHARS: usize = 2_000;

/// What was wrong in an article, as its readers are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Its id.
    pub id: CorrectionId,
    /// What was wrong, plain text.
    pub note: String,
    /// The revision that puts it right.
    pub revision: u32,
    /// When.
    pub at: Timestamp,
}

impl Articles<'_> {
    /// The corrections of articles that this viewer has been shown, latest first: a page for each, one statement for all.
    pub async fn corrections(
        &self,
        shown: &[Uuid],
        page: &PageRequest,
    ) -> Result<HashMap<Uuid, Page<Correction>>> {
        let of_articles = article_corrections::Column::ArticleId.is_in(shown.to_vec());
        let find = article_corrections::Entity::find().filter(of_articles);
        let find = find.order_by_desc(article_corrections::Column::At);
        let rows = find.order_by_desc(article_corrections::Column::Id).all(self.room.db.reader()).await?;
        let mut found = HashMap::<Uuid, Vec<Correction>>::new();
        for row in rows {
            found.entry(row.article_id).or_default().push(row.into());
        }
        let page_of = |id: &Uuid| {
            let corrections = found.get(id).map(Vec::as_slice).unwrap_or_default();
            let binding = Binding::of(&["corrections", &id.to_string()]);
            Ok((*id, crate::page::page_of_slice(corrections, binding, page)?))
        };
        shown.iter().map(page_of).collect()
    }
}

pub(super) fn check_note(note: &str) -> Result<String> {
    let note = crate::text::html::to_line(note);
    if note.is_empty() || note.chars().count() > NOTE_CHARS {
        let message = format!("must have 1 to {NOTE_CHARS} characters: readers are told what was wrong");
        return Err(Error::invalid("note", "length", message));
    }
    Ok(note)
}

pub(super) async fn insert(writing: &Writing<'_>, note: &str) -> Result<()> {
    let on = writing.tx.on();
    let revised = articles::Entity::find_by_id(writing.row.id).one(on).await?;
    let row = article_corrections::ActiveModel {
        id: Set(writing.articles.room.ids.new_uuid()),
        article_id: Set(writing.row.id),
        revision: Set(revised.map_or(writing.row.revision, |row| row.revision)),
        note: Set(note.to_owned()),
        actor_id: Set(writing.articles.viewer.account().map(PublicId::uuid)),
        at: Set(writing.now.millis()),
    };
    article_corrections::Entity::insert(row).exec_without_returning(on).await?;
    let mark = articles::ActiveModel {
        id: Set(writing.row.id),
        has_correction: Set(true),
        updated_at: Set(writing.now.millis()),
        ..articles::ActiveModel::default()
    };
    articles::Entity::update(mark).exec(on).await?;
    Ok(())
}

impl From<article_corrections::Model> for Correction {
    fn from(row: article_corrections::Model) -> Self {
        let article_corrections::Model { id, article_id: _, revision, note, actor_id: _, at } = row;
        let at = Timestamp::from_millis(at);
        Self { id: CorrectionId::from_uuid(id), note, revision: count(revision), at }
    }
}
