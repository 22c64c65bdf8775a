//! What a filter means, three times, side by side: as a condition in SQL, as a question to the search index, and as a question
//! about an article in memory. A change to one is a change to all. To add a filter: a field of [`ArticleFilter`] (and of its
//! signature), a line of [`Resolved::condition`], of [`Resolved::of_index`] and of [`Matcher::lets_through`].

use std::collections::HashMap;

use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query};
use uuid::Uuid;

use super::condition::{
    LISTED, OTHERS, Table, any_of, by_author, by_country, by_features, by_topic, condition, in_state_on,
    language_condition,
};
use super::{Article, ArticleFilter, ArticleSort, ArticleStatus, Collapse, Selector};
use crate::change::{ChangeKind, News};
use crate::clock::Timestamp;
use crate::db::entity::articles;
use crate::db::stored;
use crate::error::{Error, Findings, Result};
use crate::freshness::{Class, Key};
use crate::id::{AuthorId, PublicId, SourceId, StoryId, TopicId};
use crate::newsroom::Room;
use crate::policy::{Action, Viewer};
use crate::search::index::{Filters, Flag, Pick};

/// A filter with every id and slug looked up, checked for who asks.
pub(crate) struct Resolved {
    pub(super) source: Selector<Uuid>,
    pub(super) author: Selector<Uuid>,
    pub(super) topic: Selector<Uuid>,
    section: Selector<Uuid>,
    story: Selector<Uuid>,
    statuses: Vec<ArticleStatus>,
    /// With languages and countries as they are stored.
    pub(super) filter: ArticleFilter,
    /// Whether each row of the log has its sequence from the beginning.
    pub(super) sequenced: bool,
}

impl Resolved {
    pub(crate) async fn of(room: &Room, viewer: &Viewer, filter: &ArticleFilter) -> Result<Self> {
        let statuses = statuses(viewer, &filter.status)?;
        check_past(filter, room.now())?;
        let sources = crate::source::resolve(room, filter.source.values()).await?;
        let authors = crate::author::resolve(room, filter.author.values()).await?;
        let topics =
            crate::topic::resolve(room, filter.topic.values().chain(filter.section.values())).await?;
        let stories = crate::story::resolve(room, filter.story.values()).await?;
        let language = filter.language.try_map(language)?;
        let country = filter.country.try_map(country)?;
        let chosen = |field: &'static str, selector: &Selector, known: &HashMap<String, Uuid>| {
            chosen(field, selector, known, filter.forgiving)
        };
        Ok(Self {
            source: chosen("source", &filter.source, &sources)?,
            author: chosen("author", &filter.author, &authors)?,
            topic: chosen("topic", &filter.topic, &topics)?,
            section: chosen("section", &filter.section, &topics)?,
            story: chosen("story", &filter.story, &stories)?,
            statuses,
            filter: ArticleFilter { language, country, ..filter.clone() },
            sequenced: room.db.is_embedded(),
        })
    }

    /// What decides which articles a list of these has, and in which order: the lists of one property where the filter names
    /// some, of everything otherwise; and what articles say, where the filter or the sort asks for that.
    pub(super) fn keys(&self, sort: ArticleSort) -> Vec<Key> {
        let parts = [
            (Class::OfSource, &self.source),
            (Class::OfAuthor, &self.author),
            (Class::OfTopic, &self.topic),
            (Class::OfTopic, &self.section),
        ];
        let chosen = parts.iter().find_map(|(class, selector)| Some((*class, selector.all_of.first()?)));
        let mut keys = match chosen {
            Some((class, group)) => group.iter().map(|id| Key::one(class, *id)).collect(),
            None => vec![Key::all(Class::Articles)],
        };
        // An edit that moves an article between parts touches the parts; whatever else is asked of articles, any edit may.
        let of_parts: usize = parts.iter().map(|(_, selector)| selector.all_of.len()).sum();
        let excludes = parts.iter().any(|(_, selector)| !selector.none_of.is_empty());
        let filter = &self.filter;
        let of_words = !filter.language.is_empty()
            || !filter.country.is_empty()
            || !filter.has.is_empty()
            || filter.commentable.is_some()
            || filter.min_words.is_some()
            || filter.max_words.is_some()
            || filter.updated_from.is_some()
            || filter.updated_until.is_some()
            || filter.collapse.is_some();
        if of_parts > 1 || excludes || of_words || sort == ArticleSort::RecentlyUpdated {
            keys.push(Key::all(Class::Edits));
        }
        // Articles join stories and leave them.
        if filter.collapse.is_some() || !filter.story.is_empty() {
            keys.push(Key::all(Class::Stories));
        }
        keys
    }

    /// The filter with ids in the place of slugs.
    pub(super) fn by_ids(&self) -> ArticleFilter {
        fn ids<I: PublicId>(selector: &Selector<Uuid>) -> Selector {
            let id = |key: &Uuid| I::from_uuid(*key).to_string();
            let group = |group: &Vec<Uuid>| group.iter().map(id).collect();
            Selector {
                all_of: selector.all_of.iter().map(group).collect(),
                none_of: selector.none_of.iter().map(id).collect(),
            }
        }
        ArticleFilter {
            source: ids::<SourceId>(&self.source),
            author: ids::<AuthorId>(&self.author),
            topic: ids::<TopicId>(&self.topic),
            section: ids::<TopicId>(&self.section),
            story: ids::<StoryId>(&self.story),
            ..self.filter.clone()
        }
    }

    /// The SQL form. Of a walk, what arrives after `until` does not decide either what stands for a story.
    pub(super) fn condition(&self, until: Option<i64>) -> Condition {
        let all = self.condition_on(LISTED);
        match self.filter.collapse {
            None => all,
            Some(Collapse::Story) => all.add(self.stands_for_its_story(until)),
        }
    }

    fn condition_on(&self, table: Table) -> Condition {
        let filter = &self.filter;
        let with = |column: articles::Column, at: Timestamp| (table.col(column), at.millis());
        let mut all = Condition::all()
            .add(in_state_on(table, &self.statuses))
            .add(condition(&self.source, |ids| any_of(table, articles::Column::SourceId, ids)))
            .add(condition(&self.section, |ids| any_of(table, articles::Column::SectionId, ids)))
            .add(condition(&self.story, |ids| any_of(table, articles::Column::StoryId, ids)))
            .add(condition(&self.author, |ids| by_author(table, ids)))
            .add(condition(&self.topic, |ids| by_topic(table, ids)))
            .add(language_condition(table, &filter.language))
            .add(condition(&filter.country, |codes| by_country(table, codes)))
            .add(condition(&filter.has, |features| by_features(table, features)));
        let from = [
            filter.published_from.map(|at| with(articles::Column::PublishedAt, at)),
            filter.updated_from.map(|at| with(articles::Column::UpdatedAt, at)),
        ];
        for (column, at) in from.into_iter().flatten() {
            all = all.add(column.gte(at));
        }
        let until = [
            filter.published_until.map(|at| with(articles::Column::PublishedAt, at)),
            filter.updated_until.map(|at| with(articles::Column::UpdatedAt, at)),
        ];
        for (column, at) in until.into_iter().flatten() {
            all = all.add(column.lt(at));
        }
        if let Some(words) = filter.min_words {
            all = all.add(table.col(articles::Column::WordCount).gte(stored(words)));
        }
        if let Some(words) = filter.max_words {
            all = all.add(table.col(articles::Column::WordCount).lte(stored(words)));
        }
        if let Some(open) = filter.commentable {
            // The column as the condition itself: in any other form no planner finds an index whose condition it is.
            let takes_comments = table.col(articles::Column::CommentsOpen);
            all = all.add(if open { takes_comments } else { takes_comments.not() });
        }
        if let Some(at) = filter.as_of {
            all = all.add(table.col(articles::Column::PublishedAt).lte(at.millis()));
            all = all.add(table.col(articles::Column::VisibleFrom).lte(at.millis()));
        }
        all
    }

    /// Whether no newer article of the same story is let through too. Read off the index `articles_of_story`, so that it costs
    /// what the story has and not what there is. The OR keeps planners from joining all that there is once for the whole list.
    pub(super) fn stands_for_its_story(&self, until: Option<i64>) -> Condition {
        use articles::Column;
        let place = |table: Table| Expr::tuple([table.col(Column::PublishedAt), table.col(Column::Id)]);
        let mut newer = Query::select();
        newer.expr(Expr::val(1)).from_as(articles::Entity, Alias::new(OTHERS.0));
        newer.and_where(OTHERS.col(Column::StoryId).eq(LISTED.col(Column::StoryId)));
        newer.and_where(place(OTHERS).gt(place(LISTED)));
        newer.cond_where(self.condition_on(OTHERS));
        if let Some(until) = until {
            newer.cond_where(News::Arrived.had_arrived(&OTHERS.col(Column::Id), until, self.sequenced));
        }
        let alone = LISTED.col(Column::StoryId).is_null();
        Condition::any().add(alone).add(Expr::exists(newer.take()).not())
    }

    /// The form of the search index, which knows what readers see at present.
    pub(crate) fn of_index(&self) -> Result<Filters> {
        let Self { source, author, topic, section, story, statuses, filter, .. } = self;
        let mut findings = Findings::default();
        if *statuses != [ArticleStatus::Published] {
            findings.add("status", "conflict", "search finds published articles only: leave it out");
        }
        if filter.collapse.is_some() {
            findings.add("collapse", "conflict", "search shows each article: leave it out");
        }
        if filter.as_of.is_some() {
            findings.add("as_of", "conflict", "search knows the present only: leave it out");
        }
        findings.finish()?;
        let millis = |at: Option<Timestamp>| at.map(Timestamp::millis);
        let mut flags = pick(&filter.has, |feature| Flag::from(*feature));
        match filter.commentable {
            Some(true) => flags.all_of.push(vec![Flag::CommentsOpen]),
            Some(false) => flags.none_of.push(Flag::CommentsOpen),
            None => {}
        }
        Ok(Filters {
            sources: pick(source, Uuid::as_u128),
            authors: pick(author, Uuid::as_u128),
            topics: pick(topic, Uuid::as_u128),
            sections: pick(section, Uuid::as_u128),
            stories: pick(story, Uuid::as_u128),
            languages: pick(&filter.language, Clone::clone),
            countries: pick(&filter.country, Clone::clone),
            flags,
            published_from: millis(filter.published_from),
            published_until: millis(filter.published_until),
            updated_from: millis(filter.updated_from),
            updated_until: millis(filter.updated_until),
            min_words: filter.min_words,
            max_words: filter.max_words,
            ..Filters::default()
        })
    }
}

fn pick<T, U>(selector: &Selector<T>, stands_for: impl Fn(&T) -> U) -> Pick<U> {
    let each = |values: &Vec<T>| values.iter().map(&stands_for).collect();
    Pick { all_of: selector.all_of.iter().map(each).collect(), none_of: each(&selector.none_of) }
}

/// A filter's row form, for articles in memory; the SQL form is [`Resolved::condition`], above it on purpose.
pub struct Matcher(Resolved);

impl From<Resolved> for Matcher {
    fn from(resolved: Resolved) -> Self {
        Self(resolved)
    }
}

impl Matcher {
    pub(super) async fn of(room: &Room, viewer: &Viewer, filter: &ArticleFilter) -> Result<Self> {
        Ok(Self(Resolved::of(room, viewer, filter).await?))
    }

    pub(super) fn resolved(&self) -> &Resolved {
        &self.0
    }

    /// Whether it asks which story articles tell: what is looked up once may lead elsewhere later.
    pub(crate) fn names_stories(&self) -> bool {
        !self.0.story.is_empty()
    }

    /// Whether a change that is not of articles themselves can bring them in or take them out.
    pub(crate) fn depends_on(&self, kind: ChangeKind) -> bool {
        match kind {
            ChangeKind::StoryFormed | ChangeKind::StoryUpdated => self.names_stories(),
            ChangeKind::ThreadClosed | ChangeKind::ThreadOpened => self.0.filter.commentable.is_some(),
            _ => false,
        }
    }

    /// Whether the filter lets an article through.
    pub fn lets_through(&self, article: &Article) -> bool {
        let Resolved { source, author, topic, section, story, statuses, filter, sequenced: _ } = &self.0;
        let record = &article.record;
        let speaks = |tag: &String| {
            let own = record.language.as_deref().unwrap_or_default();
            own == tag || own.split('-').next() == Some(tag)
        };
        statuses.contains(&record.status)
            && source.lets_through(|id| record.source == *id)
            && section.lets_through(|id| record.section == Some(*id))
            && story.lets_through(|id| record.story.is_some_and(|story| story.uuid() == *id))
            && author.lets_through(|id| record.authors.contains(id))
            && topic.lets_through(|id| record.topics.contains(id))
            && filter.language.lets_through(speaks)
            && filter.country.lets_through(|code| article.source.country.as_ref() == Some(code))
            && filter.has.lets_through(|feature| feature.is_of(record))
            && filter.published_from.is_none_or(|from| record.published_at >= from)
            && filter.published_until.is_none_or(|until| record.published_at < until)
            && filter.updated_from.is_none_or(|from| record.updated_at >= from)
            && filter.updated_until.is_none_or(|until| record.updated_at < until)
            && filter.min_words.is_none_or(|words| record.word_count >= words)
            && filter.max_words.is_none_or(|words| record.word_count <= words)
            && filter.commentable.is_none_or(|open| record.comments_open == open)
            && filter.as_of.is_none_or(|at| {
                record.published_at <= at && record.visible_from.is_some_and(|from| from <= at)
            })
    }
}

/// The states that a list shows. Nobody's front page is mixed with drafts: it is for published articles unless the filter
/// asks for others, and who may not see those is told so instead of being shown an empty list.
fn statuses(viewer: &Viewer, asked: &Selector<ArticleStatus>) -> Result<Vec<ArticleStatus>> {
    if asked.is_empty() {
        return Ok(vec![ArticleStatus::Published]);
    }
    let wanted = |status: &ArticleStatus| asked.lets_through(|named| named == status);
    let statuses: Vec<ArticleStatus> = ArticleStatus::ALL.into_iter().filter(wanted).collect();
    if statuses.iter().chain(asked.all_of.iter().flatten()).any(|status| !viewer.sees_article(*status)) {
        viewer.require(Action::SeeUnpublished)?;
    }
    Ok(statuses)
}

/// The past is known; the future is not. When articles were changed last is known of the present only.
fn check_past(filter: &ArticleFilter, now: Timestamp) -> Result<()> {
    let Some(at) = filter.as_of else { return Ok(()) };
    let mut findings = Findings::default();
    if at > now {
        findings.add("as_of", "out_of_range", format!("lies in the future; it is {now} now"));
    }
    for (name, bound) in [("updated_from", filter.updated_from), ("updated_until", filter.updated_until)] {
        if bound.is_some() {
            let message =
                "asks when articles were changed last, which `as_of` does not know: leave one of them out";
            findings.add(name, "conflict", message);
        }
    }
    findings.finish()
}

/// What a selector's ids and slugs stand for. Of what is gone (which is forgiven in a saved filter) there are no articles.
fn chosen(
    field: &'static str,
    selector: &Selector,
    known: &HashMap<String, Uuid>,
    forgiving: bool,
) -> Result<Selector<Uuid>> {
    let names = if field == "story" { "id" } else { "id or slug" };
    selector.try_map(|value| {
        let unknown =
            || Error::invalid(field, "unknown", format!("there is no {field} with the {names} `{value}`"));
        let nobody = forgiving.then(Uuid::nil);
        known.get(value).copied().or(nobody).ok_or_else(unknown)
    })
}

/// A language as articles have it, whatever case it is written in.
fn language(tag: &String) -> Result<String> {
    let message = || format!("`{tag}` is no language tag, such as en or en-GB");
    crate::text::language::normalise(tag).ok_or_else(|| Error::invalid("language", "malformed", message()))
}

/// A country as sources have it, whatever case it is written in.
fn country(code: &String) -> Result<String> {
    if code.len() == 2 && code.chars().all(|c| c.is_ascii_alphabetic()) {
        return Ok(code.to_ascii_uppercase());
    }
    let message = format!("`{code}` is no country code of ISO 3166-1 with two letters, such as GB");
    Err(Error::invalid("country", "malformed", message))
}
