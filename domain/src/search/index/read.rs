//! Searching: a page of ids under a sort, how many there are, and where the next page begins.
//!
//! **Pages are keyset pages.** An article's place is a number and, among equals, its id; a page holds the places after a
//! cursor, whether or not the article at the cursor is still there. By time the number is the time, so nothing is skipped or
//! repeated whatever lands. By relevance it is made of
//!
//! - the [epoch](super::epoch) by which it was measured (6 bits): the first page takes the present one, later pages that of their
//!   cursor, so that neither midnight nor what is published meanwhile shuffles them;
//! - the score, BM25 times recency, rounded to 13 bits after its leading one (21 bits);
//! - the time of publication in seconds (36 bits).
//!
//! An article keeps its place until it is changed itself.

use std::ops::ControlFlow;

use tantivy::query::EnableScoring;
use tantivy::{DocId, Searcher, SegmentReader};

use super::collect;
use super::deadline::Deadline;
use super::epoch::PageEpoch;
use super::filter::Filters;
use super::generation::Generation;
use super::plan::{Planned, Planner, plan};
use super::rank::{Leaves, Order, Ranked, Top};
use super::statistics::Statistics;
use super::{Index, Result};
use crate::text::query::Expr;

/// The order of hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Best match first; among equals, latest first.
    Relevance,
    /// Latest published first.
    Newest,
    /// First published first.
    Oldest,
}

/// Which way a page lies from its cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Further down the list.
    #[default]
    Forward,
    /// Back up the list, nearest to the cursor first.
    Backward,
}

/// A place in a list of hits, which belongs to one sort, expression and filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    /// What the list is sorted by.
    pub value: i64,
    /// Among equals.
    pub id: u128,
}

/// What to search for.
#[derive(Clone, Debug)]
pub struct Request<'q> {
    /// In words; none for every article.
    pub expr: Option<&'q Expr>,
    /// Otherwise.
    pub filters: &'q Filters,
    /// In which order.
    pub sort: Sort,
    /// Which way from the cursor.
    pub direction: Direction,
    /// Beyond which place.
    pub after: Option<Cursor>,
    /// How many at most.
    pub limit: usize,
    /// Now, in milliseconds since 1970: what recency is measured to on a first page.
    pub now: i64,
    /// How long it may take.
    pub deadline: Deadline,
}

/// An article that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Its database key.
    pub id: u128,
    /// How well it matches, recency included; 0 under the other sorts.
    pub score: f32,
    /// In milliseconds since 1970.
    pub published_at: i64,
    /// Its place in the list.
    pub cursor: Cursor,
}

/// A page of hits.
#[derive(Clone, Debug, PartialEq)]
pub struct Hits {
    /// In order from the cursor.
    pub hits: Vec<Hit>,
    /// Whether there are more beyond the last.
    pub more: bool,
}

impl Hits {
    /// Where the next page begins.
    pub fn next(&self) -> Option<Cursor> {
        self.hits.last().filter(|_| self.more).map(|hit| hit.cursor)
    }
}

/// How many articles match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// So many, or more where it was cut short.
    pub count: u64,
    /// Whether it was cut short.
    pub cut: bool,
}

/// Called for every match of a part; breaks off the search or goes on.
pub(crate) type Visitor<'v> = dyn FnMut(DocId) -> tantivy::Result<ControlFlow<()>> + 'v;
/// Sends a visitor through a part.
pub(crate) type Visit<'v> = dyn FnMut(&mut Visitor<'_>) -> tantivy::Result<ControlFlow<()>> + 'v;

/// One search on one state of the index.
pub(crate) struct Prepared {
    pub(crate) searcher: Searcher,
    pub(crate) planned: Planned,
}

impl Index {
    /// A page of the articles that match.
    pub fn search(&self, request: &Request<'_>) -> Result<Hits> {
        let generation = self.generation();
        let searcher = generation.reader.searcher();
        let after = request.after.filter(|_| request.sort == Sort::Relevance);
        let epoch = generation.epochs.of_page(request.now, after, &searcher);
        let planner = Planner::new(
            &generation.fields,
            &searcher,
            &epoch.epoch.searcher,
            self.read_id,
            &request.deadline,
        )?;
        let planned = plan(planner, request.expr, request.filters)?;
        let prepared = Prepared { searcher, planned };
        let found = prepared.top(request, &epoch, true);
        found.map_err(|error| request.deadline.explain(error))
    }

    /// How many articles match; counting stops beyond `cap`.
    pub fn count(
        &self,
        expr: Option<&Expr>,
        filters: &Filters,
        cap: Option<u64>,
        deadline: &Deadline,
    ) -> Result<Total> {
        let generation = self.generation();
        let prepared = self.prepare(&generation, expr, filters, deadline)?;
        let mut count = 0;
        let mut take = |_| {
            if cap == Some(count) {
                return Ok(ControlFlow::Break(()));
            }
            count += 1;
            Ok(ControlFlow::Continue(()))
        };
        let found = prepared.unscored(deadline, |_, visit| visit(&mut take));
        let cut = found.map_err(|error| deadline.explain(error))?.is_break();
        Ok(Total { count, cut })
    }

    pub(crate) fn prepare(
        &self,
        generation: &Generation,
        expr: Option<&Expr>,
        filters: &Filters,
        deadline: &Deadline,
    ) -> Result<Prepared> {
        let searcher = generation.reader.searcher();
        let planner = Planner::new(&generation.fields, &searcher, &searcher, self.read_id, deadline)?;
        let query = plan(planner, expr, filters)?;
        Ok(Prepared { searcher, planned: query })
    }
}

impl Prepared {
    /// The first hits beyond the cursor, measured by an epoch. `recent` says whether recency counts.
    pub(crate) fn top(
        &self,
        request: &Request<'_>,
        epoch: &PageEpoch,
        recent: bool,
    ) -> tantivy::Result<Hits> {
        let order = Order::new(request.sort, request.direction);
        let mut top = Top::new(order, request.after, request.limit.saturating_add(1));
        let scoring = request.sort == Sort::Relevance;
        let statistics =
            Statistics { searcher: &epoch.epoch.searcher, together: self.planned.together.clone() };
        let enable = if scoring {
            EnableScoring::enabled_from_statistics_provider(&statistics, &self.searcher)
        } else {
            EnableScoring::disabled_from_searcher(&self.searcher)
        };
        let weight = self.planned.query.weight(enable)?;
        let leaves = self.planned.leaves.iter().flatten().map(|leaf| leaf.weight(enable));
        let leaves = leaves.collect::<tantivy::Result<Vec<_>>>()?;
        let mut parts = Vec::new();
        for reader in self.searcher.segment_readers() {
            parts.push((reader, Ranked::open(reader, epoch, recent)?));
        }
        // What comes first in time is likely to come first, and then most of the rest is left out at a glance.
        parts.sort_by_key(|(_, ranked)| ranked.first_in_time(request.sort));
        for (reader, ranked) in parts {
            if scoring && !leaves.is_empty() {
                let mut leaves = Leaves::open(&leaves, reader)?;
                ranked.pruned(weight.as_ref(), &mut leaves, reader, &request.deadline, &mut top)?;
            } else if scoring {
                let take = |doc, score| {
                    ranked.offer_scored(doc, score, &mut top);
                    Ok(())
                };
                collect::scored(weight.as_ref(), reader, &request.deadline, take)?;
            } else if ranked.has_first_by_time(&top) {
                let _ = collect::unscored(weight.as_ref(), reader, &request.deadline, |doc| {
                    ranked.offer_by_time(doc, &mut top);
                    Ok(ControlFlow::Continue(()))
                })?;
            }
        }
        let mut hits = top.into_hits();
        let more = hits.len() > request.limit;
        hits.truncate(request.limit);
        Ok(Hits { hits, more })
    }

    /// Goes through every match, part by part: `part` is given a part of the index and what to call with its visitor.
    pub(crate) fn unscored(
        &self,
        deadline: &Deadline,
        mut part: impl FnMut(&SegmentReader, &mut Visit<'_>) -> tantivy::Result<ControlFlow<()>>,
    ) -> tantivy::Result<ControlFlow<()>> {
        let weight = self.planned.query.weight(EnableScoring::disabled_from_searcher(&self.searcher))?;
        for reader in self.searcher.segment_readers() {
            let mut visit = |visitor: &mut Visitor<'_>| {
                collect::unscored(weight.as_ref(), reader, deadline, &mut *visitor)
            };
            if part(reader, &mut visit)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
