//! What is counted in a window, for each story, and for each article that is part of none: three statements over what
//! happened in the window, each by an index of its own, whatever the size of the archive. What is summed are whole numbers,
//! so that both engines, in whatever order, say the same.

use std::collections::HashMap;

use sea_orm::sea_query::{Alias, CaseStatement, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, FromQueryResult};
use uuid::Uuid;

use super::score::{Counted, Counts};
use super::{Key, Span};
use crate::account::AccountStatus;
use crate::article::ArticleStatus;
use crate::comment::CommentStatus;
use crate::db::entity::{accounts, article_reads, articles, comments};
use crate::db::rows;
use crate::error::Result;
use crate::newsroom::Room;
use crate::reads::{HOUR, hour_of};

/// The strongest of each signal that are looked at; what is weaker than so many others trends nowhere.
const MOST: u64 = 5_000;

#[derive(FromQueryResult)]
struct Row {
    story: Option<Uuid>,
    lone: Option<Uuid>,
    many: f64,
    /// Milliseconds since the window's far end, summed over what was counted.
    since: f64,
}

/// Everything that was counted.
pub(super) async fn counted(room: &Room, span: Span) -> Result<HashMap<Key, Counts>> {
    let mut all = HashMap::<Key, Counts>::new();
    for row in found(room, publishers(span)).await? {
        row.note(&mut all, span, |counts| &mut counts.publishers);
    }
    for row in found(room, commenters(span)).await? {
        row.note(&mut all, span, |counts| &mut counts.comments);
    }
    for row in found(room, reads(span)).await? {
        row.note(&mut all, span, |counts| &mut counts.reads);
    }
    Ok(all)
}

impl Row {
    fn note(self, all: &mut HashMap<Key, Counts>, span: Span, of: impl Fn(&mut Counts) -> &mut Counted) {
        let Some(key) = self.story.map(Key::Story).or(self.lone.map(Key::Article)) else { return };
        *of(all.entry(key).or_default()) =
            Counted { count: self.many, recent: self.since / span.window.millis_f64() };
    }
}

/// The strongest, ties by their keys, so that the same are looked at in every run.
async fn found(room: &Room, mut select: SelectStatement) -> Result<Vec<Row>> {
    for column in ["since", "many", "story", "lone"] {
        select.order_by_expr(name(column), Order::Desc);
    }
    rows(room.db.reader(), select.limit(MOST)).await
}

fn name(column: &'static str) -> SimpleExpr {
    Expr::col(Alias::new(column))
}

fn real(expr: SimpleExpr) -> SimpleExpr {
    expr.cast_as("DOUBLE PRECISION")
}

/// The story that an article is part of, or else itself.
fn keyed(select: &mut SelectStatement) -> &mut SelectStatement {
    let column = |column: articles::Column| Expr::col((articles::Entity, column));
    let lone = CaseStatement::new().case(articles::Column::StoryId.is_null(), column(articles::Column::Id));
    let lone: SimpleExpr = lone.into();
    select.expr_as(column(articles::Column::StoryId), "story").expr_as(lone.clone(), "lone");
    select.add_group_by([column(articles::Column::StoryId), lone])
}

fn is_published() -> SimpleExpr {
    articles::Column::Status.eq(ArticleStatus::Published.as_str())
}

/// Publishers whose first article of the story is in the window.
fn publishers(span: Span) -> SelectStatement {
    use articles::Column;
    let mut told = Query::select();
    told.columns([Column::StoryId, Column::SourceId]).expr_as(Expr::col(Column::PublishedAt).min(), "first");
    told.from(articles::Entity).and_where(is_published()).and_where(Column::StoryId.is_not_null());
    told.and_where(Column::PublishedAt.between(span.from.millis(), span.until.millis()));
    told.add_group_by([Expr::col(Column::StoryId), Expr::col(Column::SourceId)]);
    let told_by = |column: Column| Expr::col((Alias::new("told"), column));
    let mut before = Query::select();
    before.expr(Expr::val(1)).from(articles::Entity).and_where(is_published());
    before.and_where(Column::StoryId.is_not_null());
    before.and_where(Expr::col((articles::Entity, Column::StoryId)).eq(told_by(Column::StoryId)));
    before.and_where(Expr::col((articles::Entity, Column::SourceId)).eq(told_by(Column::SourceId)));
    before.and_where(Column::PublishedAt.lt(span.from.millis()));
    let mut select = Query::select();
    select.expr_as(told_by(Column::StoryId), "story").expr_as(Expr::cust("NULL"), "lone");
    select.expr_as(real(told_by(Column::SourceId).count()), "many");
    select.expr_as(real(name("first").sub(span.from.millis()).sum()), "since");
    select.from_subquery(told, "told").and_where(Expr::exists(before).not());
    select.add_group_by([told_by(Column::StoryId)]);
    select
}

/// People with a comment in the window that readers can read, each once, by their last; none who are banned.
fn commenters(span: Span) -> SelectStatement {
    use comments::Column;
    let mut said = Query::select();
    said.columns([Column::ArticleId, Column::AccountId]).expr_as(Expr::col(Column::CreatedAt).max(), "last");
    said.from(comments::Entity).and_where(Column::Status.eq(CommentStatus::Published.as_str()));
    said.and_where(Column::CreatedAt.between(span.from.millis(), span.until.millis()));
    said.add_group_by([Expr::col(Column::ArticleId), Expr::col(Column::AccountId)]);
    let said_in = |column: Column| Expr::col((Alias::new("said"), column));
    let mut people = Query::select();
    keyed(&mut people).expr_as(name("last").max(), "last").from_subquery(said, "said");
    let article = Expr::col((articles::Entity, articles::Column::Id)).eq(said_in(Column::ArticleId));
    let person = Expr::col((accounts::Entity, accounts::Column::Id)).eq(said_in(Column::AccountId));
    people.inner_join(articles::Entity, article).inner_join(accounts::Entity, person);
    people.and_where(is_published());
    people.and_where(accounts::Column::Status.eq(AccountStatus::Active.as_str()));
    people.add_group_by([said_in(Column::AccountId)]);
    let mut select = Query::select();
    select.expr_as(name("story"), "story").expr_as(name("lone"), "lone");
    select.expr_as(real(name("last").count()), "many");
    select.expr_as(real(name("last").sub(span.from.millis()).sum()), "since");
    select.from_subquery(people, "people").add_group_by([name("story"), name("lone")]);
    select
}

/// Reads, which are known by the hour: of the hour in which the window begins, as much as lies in it. The articles that are
/// read most are chosen before they are looked up.
fn reads(span: Span) -> SelectStatement {
    use article_reads::Column;
    let hours = Hours::of(span);
    let is = |hour: i64| Column::Hour.eq(hour);
    let each = |case: CaseStatement| {
        let case: SimpleExpr = case.into();
        real(Expr::col(Column::Reads).mul(case)).sum()
    };
    let share = CaseStatement::new().case(is(hours.first), hours.of_first).finally(HOUR);
    let since = CaseStatement::new()
        .case(is(hours.current), hours.since_current)
        .case(is(hours.first), hours.since_first)
        .finally(Expr::col(Column::Hour).sub(span.from.millis() - HOUR / 2));
    let mut read = Query::select();
    read.column(Column::ArticleId).expr_as(each(share), "share").expr_as(each(since), "recent");
    read.from(article_reads::Entity).and_where(Column::Hour.between(hours.first, hours.current));
    read.add_group_by([Expr::col(Column::ArticleId)]);
    read.order_by_expr(name("recent"), Order::Desc).order_by(Column::ArticleId, Order::Desc).limit(MOST);
    let mut select = Query::select();
    keyed(&mut select).expr_as(name("share").sum().div(real(Expr::val(HOUR))), "many");
    select.expr_as(name("recent").sum(), "since");
    let same = Expr::col((articles::Entity, articles::Column::Id))
        .eq(Expr::col((Alias::new("read"), Column::ArticleId)));
    select.from_subquery(read, "read").inner_join(articles::Entity, same).and_where(is_published());
    select
}

/// The hours at the window's ends.
#[derive(Debug, PartialEq, Eq)]
struct Hours {
    first: i64,
    /// Milliseconds of the first hour that lie in the window.
    of_first: i64,
    current: i64,
    /// How long after the window's far end a read of the hour was, taken evenly over the part of it that was in the window; of
    /// the first hour less by the part that was not.
    since_first: i64,
    since_current: i64,
}

impl Hours {
    fn of(span: Span) -> Self {
        let (first, current) = (hour_of(span.from), hour_of(span.until));
        let of_first = first + HOUR - span.from.millis();
        let gone = span.until.millis() - current;
        Self {
            first,
            of_first,
            current,
            since_first: of_first * of_first / (2 * HOUR),
            since_current: span.window.millis() - gone / 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Window;
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn the_first_hour_counts_by_the_part_of_it_that_is_in_the_window() {
        let span = |until| Span::before(Timestamp::from_millis(until), Window::Hour);
        let whole = Hours::of(span(10 * HOUR));
        assert_eq!((whole.first, whole.of_first, whole.current), (9 * HOUR, HOUR, 10 * HOUR));
        assert_eq!((whole.since_first, whole.since_current), (HOUR / 2, HOUR));
        let quarter = Hours::of(span(10 * HOUR + 3 * HOUR / 4));
        assert_eq!((quarter.first, quarter.of_first, quarter.current), (9 * HOUR, HOUR / 4, 10 * HOUR));
        // A quarter of the reads, an eighth of an hour after the far end in the middle.
        assert_eq!((quarter.since_first, quarter.since_current), (HOUR / 32, HOUR * 5 / 8));
    }
}
