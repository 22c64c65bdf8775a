//! What editors do to stories: merge, split, and undo either. What they decide stands above what clustering finds.

use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::effects::{self, Moves};
use super::{Stories, Told, members_of};
use crate::db::Tx;
use crate::db::entity::{stories, story_edits, story_members, story_partings};
use crate::error::{Error, Fault, Result};
use crate::id::{ArticleId, PublicId, StoryId};
use crate::policy::Action;

const MERGE: &str = "merge";
const SPLIT: &str = "split";

impl Stories<'_> {
    /// Makes one story part of another; its id leads there from now on.
    pub async fn merge(&self, from: StoryId, into: StoryId) -> Result<Told> {
        let (one, other) = (self.get(from).await?.story, self.get(into).await?.story);
        self.viewer.require(Action::ManageStories)?;
        let (from, into) = (one.id.uuid(), other.id.uuid());
        if from == into {
            return Err(Error::invalid("into", "same", "is the same story already"));
        }
        let tx = self.room.db.begin().await?;
        let articles = moved(&tx, from).await?;
        effects::reassign(&tx, articles.clone(), into, true).await?;
        let mut moves = self.moves(&articles, from, into);
        moves.merged.insert(from, into);
        self.remember(&tx, MERGE, from, into, &articles).await?;
        self.settle(tx, moves).await?;
        self.get(other.id).await
    }

    /// Takes articles out of a story, into one of their own; they never come back by themselves. Answers the new one.
    pub async fn split(&self, story: StoryId, articles: &[ArticleId]) -> Result<Told> {
        let story = self.get(story).await?.story;
        self.viewer.require(Action::ManageStories)?;
        let mut wanted: Vec<Uuid> = articles.iter().map(|id| id.uuid()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let tx = self.room.db.begin().await?;
        let present = moved(&tx, story.id.uuid()).await?;
        if let Some(stranger) = articles.iter().find(|id| !present.contains(&id.uuid())) {
            let message = format!("{stranger} does not tell this story");
            return Err(Error::invalid("articles", "unknown", message));
        }
        if wanted.is_empty() || wanted.len() == present.len() {
            let message = "name at least one article of the story, and not all of them";
            return Err(Error::invalid("articles", "length", message));
        }
        let new = self.room.ids.new_uuid();
        effects::reassign(&tx, wanted.clone(), new, true).await?;
        let parting = |article: &Uuid| story_partings::ActiveModel {
            article_id: Set(*article),
            story_id: Set(story.id.uuid()),
        };
        let again = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
        let partings = story_partings::Entity::insert_many(wanted.iter().map(parting));
        partings.on_conflict(again).exec_without_returning(tx.on()).await?;
        let mut moves = self.moves(&wanted, story.id.uuid(), new);
        moves.split.insert(new, story.id.uuid());
        self.remember(&tx, SPLIT, new, story.id.uuid(), &wanted).await?;
        self.settle(tx, moves).await?;
        self.get(StoryId::from_uuid(new)).await
    }

    /// Undoes the last merge or split that concerns a story and was not undone: the articles go back to where they were.
    pub async fn undo(&self, story: StoryId) -> Result<Told> {
        let story = self.get(story).await?.story;
        self.viewer.require(Action::ManageStories)?;
        let tx = self.room.db.begin().await?;
        let key = story.id.uuid();
        let concerns = Condition::any()
            .add(story_edits::Column::StoryId.eq(key))
            .add(story_edits::Column::OtherId.eq(key));
        let find = story_edits::Entity::find().filter(concerns);
        let find = find.filter(story_edits::Column::UndoneAt.is_null());
        let find = find.order_by_desc(story_edits::Column::At).order_by_desc(story_edits::Column::Id);
        let nothing = || Error::Conflict {
            code: "nothing_to_undo",
            message: "No editor merged or split this story.".to_owned(),
        };
        let edit = find.one(tx.on()).await?.ok_or_else(nothing)?;
        let articles: Vec<Uuid> = serde_json::from_str(&edit.articles)
            .map_err(|error| Fault::new("an edit of a story could not be read", error))?;
        // A merge went from `story` into `other`, a split came to `story` out of `other`.
        let (from, back) =
            if edit.kind == MERGE { (edit.other_id, edit.story_id) } else { (edit.story_id, edit.other_id) };
        effects::reassign(&tx, articles.clone(), back, true).await?;
        let mut moves = self.moves(&articles, from, back);
        if edit.kind == SPLIT {
            moves.merged.insert(from, back);
            let gone = story_partings::Entity::delete_many();
            let gone = gone.filter(story_partings::Column::StoryId.eq(back));
            gone.filter(story_partings::Column::ArticleId.is_in(articles)).exec(tx.on()).await?;
        }
        let done = story_edits::ActiveModel {
            id: Set(edit.id),
            undone_at: Set(Some(self.room.now().millis())),
            ..story_edits::ActiveModel::default()
        };
        story_edits::Entity::update(done).exec(tx.on()).await?;
        self.settle(tx, moves).await?;
        self.get(StoryId::from_uuid(back)).await
    }

    fn moves(&self, articles: &[Uuid], from: Uuid, into: Uuid) -> Moves {
        let mut moves = Moves { actor: self.viewer.account().map(PublicId::uuid), ..Moves::default() };
        for article in articles {
            moves.note(*article, Some(from), into);
        }
        moves
    }

    async fn remember(&self, tx: &Tx, kind: &str, story: Uuid, other: Uuid, articles: &[Uuid]) -> Result<()> {
        let edit = story_edits::ActiveModel {
            id: Set(self.room.ids.new_uuid()),
            kind: Set(kind.to_owned()),
            story_id: Set(story),
            other_id: Set(other),
            articles: Set(serde_json::to_string(articles).unwrap_or_default()),
            actor_id: Set(self.viewer.account().map(PublicId::uuid)),
            at: Set(self.room.now().millis()),
            undone_at: Set(None),
        };
        story_edits::Entity::insert(edit).exec_without_returning(tx.on()).await?;
        Ok(())
    }

    async fn settle(&self, tx: Tx, moves: Moves) -> Result<()> {
        let now = self.room.now();
        let happened = effects::settle(&tx, &moves, now).await?;
        self.room.commit(tx, now, happened).await
    }
}

/// The articles of a story whose row is locked; one of several.
async fn moved(tx: &Tx, story: Uuid) -> Result<Vec<Uuid>> {
    let mut find = stories::Entity::find_by_id(story);
    crate::db::dialect::lock_row(tx, sea_orm::QuerySelect::query(&mut find));
    find.one(tx.on()).await?.ok_or(Error::NotFound("story"))?;
    let members: Vec<story_members::Model> = members_of(tx.on(), vec![story]).await?;
    Ok(members.into_iter().map(|row| row.article_id).collect())
}
