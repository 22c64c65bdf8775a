//! Lists of articles: one narrow statement that brings ids in order; the rest comes from memory.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, FromQueryResult};
use uuid::Uuid;

use super::condition::in_state;
use super::matcher::Resolved;
use super::{ArticleFilter, ArticleSort, ArticleStatus, Selector, newer};
use crate::change::News;
use crate::clock::Timestamp;
use crate::db::entity::{article_authors, article_topics, articles};
use crate::db::{dialect, rows};
use crate::error::{Error, Result};
use crate::freshness::{Class, Key, note};
use crate::newsroom::Room;
use crate::page::{Binding, Keyset, Page, PageRequest, Plan, SortKey, Walk};
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

    fn list(self) -> Class {
        match self {
            Self::Source => Class::OfSource,
            Self::Author => Class::OfAuthor,
            Self::Topic => Class::OfTopic,
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
///
/// A list by publication or last change knows what is new: its walk begins at the newest change of the log, and what
/// arrives later is left to the next walk, so that the two together show each article once.
pub(super) async fn ids(
    room: &Room,
    viewer: &Viewer,
    filter: &ArticleFilter,
    sort: ArticleSort,
    page: &PageRequest,
) -> Result<Page<Uuid>> {
    let plan = page.plan(Binding::of(&["articles", sort.as_str(), &filter.signature()]))?;
    let resolved = Resolved::of(room, viewer, filter).await?;
    note(resolved.keys(sort));
    let Some(news) = news_of(filter, sort)? else {
        return found(room, viewer, &resolved, sort, &plan, None).await;
    };
    let until = match plan.walk {
        Some(Walk { after: 1.., .. }) => return newer::page(room, viewer, resolved, sort, news, plan).await,
        Some(Walk { until: Some(until), .. }) => until,
        Some(Walk { until: None, .. }) | None => room.log.newest(news).await?,
    };
    let plan = plan.walking(Walk { after: 0, until: Some(until) });
    found(room, viewer, &resolved, sort, &plan, Some((news, until))).await
}

async fn found(
    room: &Room,
    viewer: &Viewer,
    resolved: &Resolved,
    sort: ArticleSort,
    plan: &Plan,
    walk: Option<(News, i64)>,
) -> Result<Page<Uuid>> {
    let mut select = select_ids(viewer, sort, driver(resolved, sort), plan);
    select.cond_where(resolved.condition(walk.map(|(_, until)| until)));
    if let Some((news, until)) = walk {
        let id = Expr::col((articles::Entity, articles::Column::Id));
        select.cond_where(news.had_arrived(&id, until, resolved.sequenced));
    }
    select.expr_as(Expr::cust("NULL"), Alias::new("parent"));
    let found: Vec<Row> = rows(room.db.reader(), &select).await?;
    Ok(plan.page(found.into_iter().map(Row::keyed).collect()))
}

/// Which of these articles stand for their stories, by what had arrived at a change.
pub(super) async fn standing(
    room: &Room,
    resolved: &Resolved,
    ids: &[Uuid],
    until: i64,
) -> Result<HashSet<Uuid>> {
    #[derive(FromQueryResult)]
    struct Standing {
        id: Uuid,
    }
    let mut select = Query::select();
    select.column((articles::Entity, articles::Column::Id)).from(articles::Entity);
    select.and_where(articles::Column::Id.is_in(ids.to_vec()));
    select.cond_where(resolved.stands_for_its_story(Some(until)));
    let found: Vec<Standing> = rows(room.db.reader(), &select).await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// What is news to a list; nothing where the new is at its end, or where it shows the past.
pub(super) fn news_of(filter: &ArticleFilter, sort: ArticleSort) -> Result<Option<News>> {
    match (sort, filter.as_of) {
        (ArticleSort::RecentlyUpdated, Some(_)) => {
            let message = "`as_of` goes with newest and oldest: when articles were changed last is known of the present only";
            Err(Error::invalid("sort", "conflict", message))
        }
        (ArticleSort::Oldest, _) | (_, Some(_)) => Ok(None),
        (ArticleSort::Newest, None) => Ok(Some(News::Arrived)),
        (ArticleSort::RecentlyUpdated, None) => Ok(Some(News::Changed)),
    }
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
    note((sort == ArticleSort::RecentlyUpdated).then_some(Key::all(Class::Edits)));
    let mut plans = HashMap::new();
    let mut parts = Vec::new();
    for id in parents {
        let plan = page.plan(Binding::of(&["articles", parent.name(), &id.to_string(), sort.as_str()]))?;
        let driver = Driver { parent, id: *id, by_link: sort != ArticleSort::RecentlyUpdated };
        note([Key::one(parent.list(), *id)]);
        let mut part = select_ids(viewer, sort, Some(driver), &plan);
        part.and_where(in_state(&[ArticleStatus::Published]));
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
    let resolved = Resolved::of(room, viewer, filter).await?;
    note(resolved.keys(ArticleSort::Newest));
    let mut select = Query::select();
    select.expr_as(articles::Column::Id.count(), Alias::new("total")).from(articles::Entity);
    select.and_where(viewer.sees_articles_sql()).cond_where(resolved.condition(None));
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
    note([Key::all(Class::Articles)]);
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
    let single = |selector: &Selector<Uuid>| match selector.all_of.as_slice() {
        [group] => match group.as_slice() {
            [id] => Some(*id),
            _ => None,
        },
        _ => None,
    };
    let by_link = sort != ArticleSort::RecentlyUpdated;
    let author = single(&resolved.author).map(|id| Driver { parent: Parent::Author, id, by_link });
    author.or_else(|| single(&resolved.topic).map(|id| Driver { parent: Parent::Topic, id, by_link }))
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

pub(super) fn order(sort: ArticleSort) -> Order {
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
