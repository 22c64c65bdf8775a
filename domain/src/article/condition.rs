//! The parts of a filter's SQL form, each of one property, for articles under any name of their table.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{
    Alias, ColumnRef, Condition, Expr, ExprTrait, IntoColumnRef, IntoTableRef, Query, SimpleExpr,
};
use uuid::Uuid;

use super::{ArticleStatus, Feature, Selector};
use crate::db::entity::{article_authors, article_topics, articles, sources};

/// The name under which a statement knows the articles that a condition is about.
#[derive(Clone, Copy)]
pub(super) struct Table(pub(super) &'static str);

pub(super) const LISTED: Table = Table("articles");

pub(super) const OTHERS: Table = Table("others");

impl Table {
    pub(super) fn col(self, column: articles::Column) -> SimpleExpr {
        Expr::col((Alias::new(self.0), column))
    }
}

pub(super) fn in_state(statuses: &[ArticleStatus]) -> SimpleExpr {
    in_state_on(LISTED, statuses)
}

pub(super) fn in_state_on(table: Table, statuses: &[ArticleStatus]) -> SimpleExpr {
    let status = table.col(articles::Column::Status);
    match statuses {
        [one] => status.eq(one.as_str()),
        _ => status.is_in(statuses.iter().map(|status| status.as_str())),
    }
}

pub(super) fn condition<T>(selector: &Selector<T>, matches: impl Fn(&[T]) -> SimpleExpr) -> Condition {
    let all = selector.all_of.iter().fold(Condition::all(), |all, group| all.add(matches(group)));
    if selector.none_of.is_empty() { all } else { all.add(matches(&selector.none_of).not()) }
}

/// One value by `=`, so that the index also gives the order; several by `IN`. NULL is "not any of them".
pub(super) fn any_of(table: Table, column: articles::Column, ids: &[Uuid]) -> SimpleExpr {
    let may_be_null = matches!(column, articles::Column::SectionId | articles::Column::StoryId);
    let column = table.col(column);
    let matches = match ids {
        [id] => column.clone().eq(*id),
        _ => column.clone().is_in(ids.to_vec()),
    };
    if may_be_null { matches.and(column.is_not_null()) } else { matches }
}

pub(super) fn by_author(table: Table, ids: &[Uuid]) -> SimpleExpr {
    use article_authors::{Column, Entity};
    let place =
        [(Entity, Column::PublishedAt), (Entity, Column::ArticleId)].map(IntoColumnRef::into_column_ref);
    linked(table, place, Entity, Column::AuthorId.is_in(ids.to_vec()))
}

pub(super) fn by_topic(table: Table, ids: &[Uuid]) -> SimpleExpr {
    use article_topics::{Column, Entity};
    let place =
        [(Entity, Column::PublishedAt), (Entity, Column::ArticleId)].map(IntoColumnRef::into_column_ref);
    linked(table, place, Entity, Column::TopicId.is_in(ids.to_vec()))
}

/// Links have the time of publication too: with it one entry of their index is looked at for each article, where SQLite would
/// go through all links of a topic.
fn linked(table: Table, place: [ColumnRef; 2], links: impl IntoTableRef, matches: SimpleExpr) -> SimpleExpr {
    let [published, article] = place;
    let same = Expr::col(article).eq(table.col(articles::Column::Id));
    exists(links, same.and(Expr::col(published).eq(table.col(articles::Column::PublishedAt))), matches)
}

/// By the article, not by the country's sources: so the list's own index still gives the order.
pub(super) fn by_country(table: Table, codes: &[String]) -> SimpleExpr {
    let publisher = table.col(articles::Column::SourceId);
    let same = Expr::col((sources::Entity, sources::Column::Id)).eq(publisher);
    exists(sources::Entity, same, sources::Column::Country.is_in(codes.iter().map(String::as_str)))
}

fn exists(table: impl IntoTableRef, same: SimpleExpr, matches: SimpleExpr) -> SimpleExpr {
    Expr::exists(Query::select().expr(Expr::val(1)).from(table).and_where(same).and_where(matches).take())
}

pub(super) fn by_features(table: Table, features: &[Feature]) -> SimpleExpr {
    let column = |feature: &Feature| match feature {
        Feature::Image => articles::Column::HasImage,
        Feature::Video => articles::Column::HasVideo,
        Feature::Audio => articles::Column::HasAudio,
        Feature::Correction => articles::Column::HasCorrection,
    };
    // Each column as the condition itself: so planners find the partial indexes whose condition it is.
    let any = features.iter().map(|feature| table.col(column(feature))).reduce(ExprTrait::or);
    any.unwrap_or_else(|| Expr::val(false))
}

pub(super) fn language_condition(table: Table, selector: &Selector) -> Condition {
    let one = |tag: &String| match tag.split_once('-') {
        Some(_) => table.col(articles::Column::Language).eq(tag.as_str()),
        None => table.col(articles::Column::LanguageBase).eq(tag.as_str()),
    };
    let any = |tags: &[String]| tags.iter().fold(Condition::any(), |any, tag| any.add(one(tag)));
    let all = selector.all_of.iter().fold(Condition::all(), |all, group| all.add(any(group)));
    if selector.none_of.is_empty() {
        return all;
    }
    let unknown = table.col(articles::Column::LanguageBase).is_null();
    all.add(Condition::any().add(unknown).add(any(&selector.none_of).not()))
}
