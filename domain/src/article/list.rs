//! Lists of articles: one narrow statement that brings ids in order; the rest comes from memory.

use std::collections::HashMap;

use sea_orm::sea_query::{
    Alias, Condition, Expr, ExprTrait, IntoColumnRef, Order, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{ColumnTrait, FromQueryResult};
use uuid::Uuid;

use super::{Article, ArticleFilter, ArticleSort, Selector};
use crate::clock::Timestamp;
use crate::db::entity::{article_authors, article_topics, articles};
use crate::db::{dialect, rows};
use crate::error::{Error, Result};
use crate::newsroom::Room;
use crate::page::{Binding, Keyset, Page, PageRequest, Plan, SortKey};
use crate::policy::Viewer;

/// What a nested list of articles belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parent {
    /// A publisher's articles.
    Source,
    /// An author's articles.
    Author,
    /// A topic's articles, sections included.
    Topic,
}

impl Parent {
    fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Author => "author",
            Self::Topic => "topic",
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    sort_value: i64,
    parent: Option<Uuid>,
}

impl Row {
    fn keyed(self) -> (SortKey, Uuid) {
        (SortKey { value: self.sort_value, id: self.id }, self.id)
    }
}

/// A page of article ids.
pub(super) async fn ids(
    room: &Room,
    viewer: &Viewer,
    filter: &ArticleFilter,
    sort: ArticleSort,
    page: &PageRequest,
) -> Result<Page<Uuid>> {
    let plan = page.plan(Binding::of(&["articles", sort.as_str(), &format!("{filter:?}")]))?;
    let resolved = Resolved::of(room, filter).await?;
    let mut select = select_ids(viewer, sort, driver(&resolved, sort), &plan);
    select.cond_where(resolved.condition());
    select.expr_as(Expr::cust("NULL"), Alias::new("parent"));
    let found: Vec<Row> = rows(room.db.reader(), &select).await?;
    Ok(plan.page(found.into_iter().map(Row::keyed).collect()))
}

/// A page of article ids for each parent, in one statement.
pub(super) async fn ids_of(
    room: &Room,
    viewer: &Viewer,
    parent: Parent,
    parents: &[Uuid],
    sort: ArticleSort,
    page: &PageRequest,
) -> Result<HashMap<Uuid, Page<Uuid>>> {
    page.check_nested(parents.len())?;
    let mut plans = HashMap::new();
    let mut parts = Vec::new();
    for id in parents {
        let plan = page.plan(Binding::of(&["articles", parent.name(), &id.to_string(), sort.as_str()]))?;
        let driver = Driver { parent, id: *id, by_link: sort != ArticleSort::RecentlyUpdated };
        let mut part = select_ids(viewer, sort, Some(driver), &plan);
        part.expr_as(Expr::val(*id), Alias::new("parent"));
        parts.push(part);
        plans.insert(*id, plan);
    }
    let mut found = HashMap::<Uuid, Vec<(SortKey, Uuid)>>::new();
    for union in dialect::union_all(parts) {
        for row in rows::<Row>(room.db.reader(), &union).await? {
            if let Some(parent) = row.parent {
                found.entry(parent).or_default().push(row.keyed());
            }
        }
    }
    Ok(plans
        .into_iter()
        .map(|(id, plan)| (id, plan.page_of_union(found.remove(&id).unwrap_or_default(), &order(sort))))
        .collect())
}

/// How many articles a filter lets through.
pub(super) async fn count(room: &Room, viewer: &Viewer, filter: &ArticleFilter) -> Result<u64> {
    #[derive(FromQueryResult)]
    struct Count {
        total: i64,
    }
    let resolved = Resolved::of(room, filter).await?;
    let mut select = Query::select();
    select.expr_as(articles::Column::Id.count(), Alias::new("total")).from(articles::Entity);
    select.and_where(viewer.sees_articles_sql()).cond_where(resolved.condition());
    let counted: Vec<Count> = rows(room.db.reader(), &select).await?;
    Ok(counted.first().and_then(|row| u64::try_from(row.total).ok()).unwrap_or(0))
}

/// The midnights of the days on which articles were published: what an index alone can tell.
pub(super) async fn days(room: &Room, viewer: &Viewer) -> Result<Vec<Timestamp>> {
    const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
    #[derive(FromQueryResult)]
    struct Day {
        day: i64,
    }
    let day = Expr::col(articles::Column::PublishedAt).div(DAY_MILLIS);
    let mut select = Query::select();
    select.distinct().expr_as(day, Alias::new("day")).from(articles::Entity);
    select.and_where(viewer.sees_articles_sql()).order_by(Alias::new("day"), Order::Asc);
    let days: Vec<Day> = rows(room.db.reader(), &select).await?;
    Ok(days.into_iter().map(|row| Timestamp::from_millis(row.day * DAY_MILLIS)).collect())
}

/// A link table whose index is read in the list's own order, so that the cost does not grow with the archive.
#[derive(Clone, Copy)]
struct Driver {
    parent: Parent,
    id: Uuid,
    /// Links carry the publication time only: other sorts go through the article.
    by_link: bool,
}

fn driver(resolved: &Resolved, sort: ArticleSort) -> Option<Driver> {
    let single = |groups: &[Vec<Uuid>]| match groups {
        [group] => match group.as_slice() {
            [id] => Some(*id),
            _ => None,
        },
        _ => None,
    };
    let by_link = sort != ArticleSort::RecentlyUpdated;
    let author = single(&resolved.author.all_of).map(|id| Driver { parent: Parent::Author, id, by_link });
    author.or_else(|| single(&resolved.topic.all_of).map(|id| Driver { parent: Parent::Topic, id, by_link }))
}

fn select_ids(viewer: &Viewer, sort: ArticleSort, driver: Option<Driver>, plan: &Plan) -> SelectStatement {
    let mut select = Query::select();
    select.column((articles::Entity, articles::Column::Id)).from(articles::Entity);
    select.and_where(viewer.sees_articles_sql());
    let keyset = match driver {
        Some(driver) if driver.parent != Parent::Source => join_link(&mut select, driver, sort),
        Some(driver) => {
            select.and_where(articles::Column::SourceId.eq(driver.id));
            keyset_of_articles(sort)
        }
        None => keyset_of_articles(sort),
    };
    select.expr_as(keyset.value.clone(), Alias::new("sort_value"));
    plan.apply(&mut select, &keyset);
    select
}

fn order(sort: ArticleSort) -> Order {
    match sort {
        ArticleSort::Newest | ArticleSort::RecentlyUpdated => Order::Desc,
        ArticleSort::Oldest => Order::Asc,
    }
}

fn keyset_of_articles(sort: ArticleSort) -> Keyset {
    let value = match sort {
        ArticleSort::Newest | ArticleSort::Oldest => articles::Column::PublishedAt,
        ArticleSort::RecentlyUpdated => articles::Column::UpdatedAt,
    };
    let column = |column: articles::Column| Expr::col((articles::Entity, column));
    Keyset { value: column(value), id: column(articles::Column::Id), order: order(sort) }
}

/// Joins the link table of an author or topic and answers the keyset that its index is in.
fn join_link(select: &mut SelectStatement, driver: Driver, sort: ArticleSort) -> Keyset {
    let article = Expr::col((articles::Entity, articles::Column::Id));
    let (published, linked): (SimpleExpr, SimpleExpr) = if driver.parent == Parent::Author {
        use article_authors::{Column, Entity};
        select.inner_join(Entity, Expr::col((Entity, Column::ArticleId)).eq(article));
        select.and_where(Column::AuthorId.eq(driver.id));
        (Expr::col((Entity, Column::PublishedAt)), Expr::col((Entity, Column::ArticleId)))
    } else {
        use article_topics::{Column, Entity};
        select.inner_join(Entity, Expr::col((Entity, Column::ArticleId)).eq(article));
        select.and_where(Column::TopicId.eq(driver.id));
        (Expr::col((Entity, Column::PublishedAt)), Expr::col((Entity, Column::ArticleId)))
    };
    if driver.by_link {
        Keyset { value: published, id: linked, order: order(sort) }
    } else {
        keyset_of_articles(sort)
    }
}

/// A selector with its ids and slugs looked up.
struct Chosen {
    all_of: Vec<Vec<Uuid>>,
    none_of: Vec<Uuid>,
}

impl Chosen {
    fn of(field: &'static str, selector: &Selector, known: &HashMap<String, Uuid>) -> Result<Self> {
        let find = |value: &String| {
            let unknown = || {
                Error::invalid(field, "unknown", format!("there is no {field} with the id or slug `{value}`"))
            };
            known.get(value).copied().ok_or_else(unknown)
        };
        let group = |group: &Vec<String>| group.iter().map(find).collect::<Result<Vec<_>>>();
        Ok(Self {
            all_of: selector.all_of.iter().map(group).collect::<Result<_>>()?,
            none_of: selector.none_of.iter().map(find).collect::<Result<_>>()?,
        })
    }

    fn condition(&self, matches: impl Fn(&[Uuid]) -> SimpleExpr) -> Condition {
        let all = self.all_of.iter().fold(Condition::all(), |all, group| all.add(matches(group)));
        if self.none_of.is_empty() { all } else { all.add(matches(&self.none_of).not()) }
    }
}

/// A filter with every id and slug looked up.
struct Resolved<'f> {
    source: Chosen,
    author: Chosen,
    topic: Chosen,
    section: Chosen,
    filter: &'f ArticleFilter,
    language: Selector,
}

impl<'f> Resolved<'f> {
    async fn of(room: &Room, filter: &'f ArticleFilter) -> Result<Self> {
        let sources = crate::source::resolve(room, filter.source.values()).await?;
        let authors = crate::author::resolve(room, filter.author.values()).await?;
        let topics =
            crate::topic::resolve(room, filter.topic.values().chain(filter.section.values())).await?;
        Ok(Self {
            source: Chosen::of("source", &filter.source, &sources)?,
            author: Chosen::of("author", &filter.author, &authors)?,
            topic: Chosen::of("topic", &filter.topic, &topics)?,
            section: Chosen::of("section", &filter.section, &topics)?,
            language: languages(&filter.language)?,
            filter,
        })
    }

    fn condition(&self) -> Condition {
        let mut all = Condition::all()
            .add(self.source.condition(|ids| any_of(articles::Column::SourceId, ids)))
            .add(self.section.condition(|ids| any_of(articles::Column::SectionId, ids)))
            .add(self.author.condition(by_author))
            .add(self.topic.condition(by_topic))
            .add(language_condition(&self.language));
        if let Some(from) = self.filter.published_from {
            all = all.add(articles::Column::PublishedAt.gte(from.millis()));
        }
        if let Some(until) = self.filter.published_until {
            all = all.add(articles::Column::PublishedAt.lt(until.millis()));
        }
        if let Some(from) = self.filter.updated_from {
            all = all.add(articles::Column::UpdatedAt.gte(from.millis()));
        }
        all
    }
}

/// Languages as articles have them, whatever case they are written in.
fn languages(selector: &Selector) -> Result<Selector> {
    let normal = |tag: &String| {
        let malformed = || {
            Error::invalid(
                "language",
                "malformed",
                format!("`{tag}` is no language tag, such as en or en-GB"),
            )
        };
        crate::text::language::normalise(tag).ok_or_else(malformed)
    };
    let group = |group: &Vec<String>| group.iter().map(normal).collect::<Result<Vec<_>>>();
    Ok(Selector {
        all_of: selector.all_of.iter().map(group).collect::<Result<_>>()?,
        none_of: selector.none_of.iter().map(normal).collect::<Result<_>>()?,
    })
}

/// One value by `=`, so that the index also gives the order; several by `IN`. NULL is "not any of them".
fn any_of(column: articles::Column, ids: &[Uuid]) -> SimpleExpr {
    let matches = match ids {
        [id] => column.eq(*id),
        _ => column.is_in(ids.to_vec()),
    };
    if matches!(column, articles::Column::SectionId) { matches.and(column.is_not_null()) } else { matches }
}

fn by_author(ids: &[Uuid]) -> SimpleExpr {
    use article_authors::{Column, Entity};
    linked((Entity, Column::ArticleId).into_column_ref(), Entity, Column::AuthorId.is_in(ids.to_vec()))
}

fn by_topic(ids: &[Uuid]) -> SimpleExpr {
    use article_topics::{Column, Entity};
    linked((Entity, Column::ArticleId).into_column_ref(), Entity, Column::TopicId.is_in(ids.to_vec()))
}

fn linked(
    article: sea_orm::sea_query::ColumnRef,
    table: impl sea_orm::sea_query::IntoTableRef,
    matches: SimpleExpr,
) -> SimpleExpr {
    let same = Expr::col(article).eq(Expr::col((articles::Entity, articles::Column::Id)));
    let links = Query::select().expr(Expr::val(1)).from(table).and_where(same).and_where(matches).take();
    Expr::exists(links)
}

fn language_condition(selector: &Selector) -> Condition {
    let one = |tag: &String| match tag.split_once('-') {
        Some(_) => articles::Column::Language.eq(tag.as_str()),
        None => articles::Column::LanguageBase.eq(tag.as_str()),
    };
    let any = |tags: &[String]| tags.iter().fold(Condition::any(), |any, tag| any.add(one(tag)));
    let all = selector.all_of.iter().fold(Condition::all(), |all, group| all.add(any(group)));
    if selector.none_of.is_empty() {
        return all;
    }
    let unknown = articles::Column::LanguageBase.is_null();
    all.add(Condition::any().add(unknown).add(any(&selector.none_of).not()))
}

/// A filter's row form, for articles in memory; the SQL form is [`Resolved::condition`], above it on purpose.
pub struct Matcher {
    source: Chosen,
    author: Chosen,
    topic: Chosen,
    section: Chosen,
    filter: ArticleFilter,
}

impl Matcher {
    pub(super) async fn of(room: &Room, filter: ArticleFilter) -> Result<Self> {
        let Resolved { source, author, topic, section, language, filter: _ } =
            Resolved::of(room, &filter).await?;
        Ok(Self { source, author, topic, section, filter: ArticleFilter { language, ..filter } })
    }

    /// Whether the filter lets an article through.
    pub fn lets_through(&self, article: &Article) -> bool {
        let record = &article.record;
        let language = |tag: &String| {
            let own = record.language.as_deref().unwrap_or_default();
            own == tag || own.split('-').next() == Some(tag)
        };
        let groups = &self.filter.language;
        self.source.matches(&[record.source])
            && self.section.matches(record.section.as_slice())
            && self.author.matches(&record.authors)
            && self.topic.matches(&record.topics)
            && groups.all_of.iter().all(|group| group.iter().any(language))
            && !groups.none_of.iter().any(language)
            && self.filter.published_from.is_none_or(|from| record.published_at >= from)
            && self.filter.published_until.is_none_or(|until| record.published_at < until)
            && self.filter.updated_from.is_none_or(|from| record.updated_at >= from)
    }
}

impl Chosen {
    fn matches(&self, has: &[Uuid]) -> bool {
        self.all_of.iter().all(|group| group.iter().any(|id| has.contains(id)))
            && !self.none_of.iter().any(|id| has.contains(id))
    }
}
