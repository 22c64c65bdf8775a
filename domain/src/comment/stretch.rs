//! Whole threads in the order of posting, for copies: in stretches of a bounded length, however many threads and however
//! long.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{Comment, Comments};
use crate::db::entity::{comments, threads};
use crate::error::Result;

/// Comments that are read at once; short threads are read together until they have so many.
const STRETCH: i32 = 500;

/// A part of some threads that is read at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    articles: Vec<Uuid>,
    /// From this number on, up to but without that one.
    numbers: (i32, i32),
}

impl Comments<'_> {
    /// The threads of articles that the viewer has been shown, cut into stretches; one statement.
    pub async fn stretches(&self, articles: &[Uuid]) -> Result<Vec<Stretch>> {
        let find = threads::Entity::find().filter(threads::Column::ArticleId.is_in(articles.to_vec()));
        let begun = find.filter(threads::Column::LastNumber.gt(0)).all(self.room.db.reader()).await?;
        Ok(cut(begun.into_iter().map(|row| (row.article_id, row.last_number))))
    }

    /// The comments of a stretch as the viewer may see them, tombstones included; none of an article that has gone since.
    pub async fn of_stretch(&self, stretch: &Stretch) -> Result<Vec<Comment>> {
        let (from, before) = stretch.numbers;
        let find = comments::Entity::find()
            .filter(comments::Column::ArticleId.is_in(stretch.articles.clone()))
            .filter(comments::Column::Number.gte(from))
            .filter(comments::Column::Number.lt(before));
        let ordered = find.order_by_asc(comments::Column::ArticleId).order_by_asc(comments::Column::Number);
        let mut found = ordered.all(self.room.db.reader()).await?;
        let visible = self.articles().get_many(&stretch.articles).await?;
        found.retain(|row| visible.contains_key(&row.article_id));
        self.show(found).await
    }
}

/// Cuts threads, each with its last number, into stretches: long ones by number, short ones together.
fn cut(threads: impl Iterator<Item = (Uuid, i32)>) -> Vec<Stretch> {
    let (mut stretches, mut together, mut length) = (Vec::new(), Vec::new(), 0);
    let whole = (1, STRETCH.saturating_add(1));
    for (article, last) in threads {
        if last > STRETCH {
            let mut from = 1;
            while from <= last {
                let before = from.saturating_add(STRETCH);
                stretches.push(Stretch { articles: vec![article], numbers: (from, before) });
                from = before;
            }
            continue;
        }
        if length + last > STRETCH {
            stretches.push(Stretch { articles: std::mem::take(&mut together), numbers: whole });
            length = 0;
        }
        together.push(article);
        length += last;
    }
    if !together.is_empty() {
        stretches.push(Stretch { articles: together, numbers: whole });
    }
    stretches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_number_of_every_thread_is_in_one_stretch_and_none_is_long(lengths in prop::collection::vec(1..2_000_i32, 0..20)) {
            let threads: Vec<_> = lengths.iter().zip(0..).map(|(last, id)| (Uuid::from_u128(id), *last)).collect();
            let stretches = cut(threads.iter().copied());
            for (article, last) in &threads {
                let of = |number: i32| stretches.iter().filter(|stretch| {
                    stretch.articles.contains(article) && (stretch.numbers.0..stretch.numbers.1).contains(&number)
                }).count();
                prop_assert!((1..=*last).all(|number| of(number) == 1));
            }
            for stretch in &stretches {
                let last = |article: &Uuid| threads.iter().find(|(id, _)| id == article).map_or(0, |(_, last)| *last);
                let (from, before) = stretch.numbers;
                let held: i32 = stretch.articles.iter().map(|article| last(article).min(before - 1) - from + 1).sum();
                prop_assert!((1..=STRETCH).contains(&held));
            }
        }
    }
}
