//! The places of articles in a list of hits, and the best of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use tantivy::columnar::ColumnValues;
use tantivy::query::{Scorer, Weight};
use tantivy::{DocId, DocSet, Score, SegmentReader};

use super::deadline::Deadline;
use super::epoch::{NUMBERS, PageEpoch};
use super::read::{Cursor, Direction, Hit, Sort};
use super::schema::column;

/// How much more an article of the day counts than one of long ago, in relevance: a quarter,
const RECENCY: f32 = 0.25;
/// of which half is left after so many hours: 14 days.
const HALF_LIFE_HOURS: f32 = 336.0;

const TIME_BITS: u32 = 36;
const SCORE_BITS: u32 = 21;
/// What is left of a 32-bit score's 31 bits after its sign.
const DROPPED_BITS: u32 = 10;
const DAY_MILLIS: i64 = 86_400_000;

/// The day (since 1970, UTC) to which recency is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day(i64);

impl Day {
    /// The day of a moment, in milliseconds since 1970.
    pub(crate) fn of(moment: i64) -> Self {
        Self(moment.div_euclid(DAY_MILLIS))
    }

    /// What a score is multiplied by, for an article published then.
    fn factor(self, published: i64) -> f32 {
        let end = (self.0 + 1) * DAY_MILLIS;
        let hours = end.saturating_sub(published).max(0) / 3_600_000;
        let hours = f32::from(u16::try_from(hours).unwrap_or(u16::MAX));
        1.0 + RECENCY * (-hours / HALF_LIFE_HOURS).exp2()
    }
}

/// A place by relevance, in the epoch of this number.
fn place(epoch: i64, score: f32, published: i64) -> i64 {
    let epoch = epoch.rem_euclid(NUMBERS) << (TIME_BITS + SCORE_BITS);
    let score = i64::from(score.max(0.0).to_bits() >> DROPPED_BITS) << TIME_BITS;
    epoch | score | published.div_euclid(1_000).clamp(0, (1 << TIME_BITS) - 1)
}

impl Cursor {
    /// The number of the epoch of a place by relevance.
    pub(crate) fn epoch(self) -> i64 {
        (self.value >> (TIME_BITS + SCORE_BITS)).rem_euclid(NUMBERS)
    }
}

/// The least score of a place.
fn score_of(value: i64) -> f32 {
    let bits = (value >> TIME_BITS) & ((1 << SCORE_BITS) - 1);
    f32::from_bits(u32::try_from(bits).unwrap_or_default() << DROPPED_BITS)
}

/// Which of two places comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    largest_first: bool,
}

impl Order {
    pub(crate) fn new(sort: Sort, direction: Direction) -> Self {
        Self { largest_first: (sort != Sort::Oldest) == (direction == Direction::Forward) }
    }

    /// The place, such that a greater one comes first.
    fn rank(self, cursor: Cursor) -> Cursor {
        if self.largest_first { cursor } else { Cursor { value: !cursor.value, id: !cursor.id } }
    }
}

/// The first so many places beyond a cursor.
pub(crate) struct Top {
    order: Order,
    after: Option<Cursor>,
    size: usize,
    kept: BinaryHeap<Reverse<Kept>>,
}

/// A hit by its rank; no two have the same.
struct Kept {
    rank: Cursor,
    hit: Hit,
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Kept {}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl Top {
    pub(crate) fn new(order: Order, after: Option<Cursor>, size: usize) -> Self {
        let after = after.map(|cursor| order.rank(cursor));
        Self { order, after, size, kept: BinaryHeap::with_capacity(size.min(1_024)) }
    }

    /// The last place that is kept, once there are enough.
    fn last(&self) -> Option<Cursor> {
        if self.kept.len() < self.size { None } else { self.kept.peek().map(|Reverse(kept)| kept.rank) }
    }

    /// Keeps a hit if it is one of the first. Reading an id is dear, so it is read only where the value does not decide.
    fn offer(&mut self, value: i64, score: f32, published_at: i64, id: impl FnOnce() -> u128) {
        let ranked = self.order.rank(Cursor { value, id: 0 }).value;
        if self.after.is_some_and(|after| ranked > after.value)
            || self.last().is_some_and(|last| ranked < last.value)
        {
            return;
        }
        let cursor = Cursor { value, id: id() };
        let rank = self.order.rank(cursor);
        if self.after.is_some_and(|after| rank >= after) || self.last().is_some_and(|last| rank <= last) {
            return;
        }
        if self.kept.len() >= self.size {
            self.kept.pop();
        }
        self.kept.push(Reverse(Kept { rank, hit: Hit { id: cursor.id, score, published_at, cursor } }));
    }

    pub(crate) fn into_hits(self) -> Vec<Hit> {
        self.kept.into_sorted_vec().into_iter().map(|Reverse(kept)| kept.hit).collect()
    }
}

/// The single terms of a search in one part of the index. Their scores are added up in always the same order: Tantivy's own
/// sums differ in the last bit with what it left out, and an article must keep its place from page to page.
pub(crate) struct Leaves(Vec<Box<dyn Scorer>>);

impl Leaves {
    pub(crate) fn open(weights: &[Box<dyn Weight>], reader: &SegmentReader) -> tantivy::Result<Self> {
        Ok(Self(weights.iter().map(|weight| weight.scorer(reader, 1.0)).collect::<tantivy::Result<_>>()?))
    }

    /// The score of an article; they must be asked for in order.
    fn score(&mut self, doc: DocId) -> Score {
        let mut sum = 0.0;
        for scorer in &mut self.0 {
            if scorer.doc() < doc {
                scorer.seek(doc);
            }
            if scorer.doc() == doc {
                sum += scorer.score();
            }
        }
        sum
    }
}

/// What a part of the index knows of its articles' places.
pub(crate) struct Ranked {
    published: Arc<dyn ColumnValues<i64>>,
    high: Arc<dyn ColumnValues<u64>>,
    low: Arc<dyn ColumnValues<u64>>,
    epoch: i64,
    /// To which recency is measured; none where it does not count.
    day: Option<Day>,
}

impl Ranked {
    /// Places within an epoch; `recent` says whether recency counts.
    pub(crate) fn open(reader: &SegmentReader, epoch: &PageEpoch, recent: bool) -> tantivy::Result<Self> {
        let columns = reader.fast_fields();
        Ok(Self {
            published: columns.i64(column::PUBLISHED)?.first_or_default_col(0),
            high: columns.u64(column::ID_HIGH)?.first_or_default_col(0),
            low: columns.u64(column::ID_LOW)?.first_or_default_col(0),
            epoch: epoch.number,
            day: recent.then_some(epoch.epoch.day),
        })
    }

    fn id(&self, doc: DocId) -> u128 {
        (u128::from(self.high.get_val(doc)) << 64) | u128::from(self.low.get_val(doc))
    }

    /// Sorts parts by their latest article, or under [`Sort::Oldest`] by their oldest.
    pub(crate) fn first_in_time(&self, sort: Sort) -> i64 {
        if sort == Sort::Oldest { self.published.min_value() } else { !self.published.max_value() }
    }

    /// Whether any article here can be among the first by time.
    pub(crate) fn has_first_by_time(&self, top: &Top) -> bool {
        let (least, most) = (self.published.min_value(), self.published.max_value());
        let place = |value| top.order.rank(Cursor { value, id: 0 }).value;
        let (worst, best) = if top.order.largest_first { (least, most) } else { (most, least) };
        let after = top.after.is_none_or(|after| place(worst) <= after.value);
        after && top.last().is_none_or(|kept| place(best) >= kept.value)
    }

    pub(crate) fn offer_by_time(&self, doc: DocId, top: &mut Top) {
        let published = self.published.get_val(doc);
        top.offer(published, 0.0, published, || self.id(doc));
    }

    pub(crate) fn offer_scored(&self, doc: DocId, score: Score, top: &mut Top) {
        let published = self.published.get_val(doc);
        let score = self.day.map_or(score, |day| score * day.factor(published));
        top.offer(place(self.epoch, score, published), score, published, || self.id(doc));
    }

    /// Leaves out articles that cannot be among the first, block by block, where the search is of single words only.
    pub(crate) fn pruned(
        &self,
        weight: &dyn Weight,
        leaves: &mut Leaves,
        reader: &SegmentReader,
        deadline: &Deadline,
        top: &mut Top,
    ) -> tantivy::Result<()> {
        deadline.check()?;
        let alive = reader.alive_bitset();
        let (mut late, mut seen) = (Ok(()), 0_u32);
        let threshold = self.threshold(top);
        let mut take = |doc: DocId, _: Score| {
            seen += 1;
            if seen.is_multiple_of(1_024) && late.is_ok() {
                late = deadline.check();
            }
            if late.is_err() {
                return Score::MAX;
            }
            if alive.is_none_or(|alive| alive.is_alive(doc)) {
                self.offer_scored(doc, leaves.score(doc), top);
            }
            self.threshold(top)
        };
        weight.for_each_pruning(threshold, reader, &mut take)?;
        late
    }

    /// No article with a score up to this, before recency, can be among the first any more.
    fn threshold(&self, top: &Top) -> Score {
        let most = if self.day.is_some() { 1.0 + RECENCY } else { 1.0 };
        // A little less, because products are rounded.
        let last = top.last().filter(|_| top.order.largest_first);
        last.map_or(Score::MIN, |last| score_of(last.value) / most * 0.9999)
    }
}
