//! What the articles that match are about: how many there are of each source, section, topic, author, language and month.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chrono::DateTime;
use tantivy::columnar::{BytesColumn, Column};
use tantivy::{DocId, SegmentReader};

use super::deadline::Deadline;
use super::filter::Filters;
use super::schema::column;
use super::{Index, Result};
use crate::text::query::Expr;

const DAY_MILLIS: i64 = 86_400_000;
/// Days since 1970 that months are counted in (1770 to 2270); what lies beyond counts as the first or last.
const DAYS: std::ops::RangeInclusive<i64> = -73_000..=110_000;

/// What to count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// By publisher.
    Source,
    /// By section.
    Section,
    /// By topic; an article counts for each.
    Topic,
    /// By author; an article counts for each.
    Author,
    /// By language, as it is tagged.
    Language,
    /// By the month of publication, in UTC.
    Month,
}

impl Facet {
    /// Every facet.
    pub const ALL: [Self; 6] =
        [Self::Source, Self::Section, Self::Topic, Self::Author, Self::Language, Self::Month];

    /// The name as it is published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Section => "section",
            Self::Topic => "topic",
            Self::Author => "author",
            Self::Language => "language",
            Self::Month => "month",
        }
    }
}

/// What a bucket stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BucketValue {
    /// The database key of a source, section, topic or author.
    Id(u128),
    /// A language tag, or a month as `2026-11`.
    Text(String),
}

/// How many articles have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The value.
    pub value: BucketValue,
    /// How many.
    pub count: u64,
}

impl Index {
    /// Counts what matches by each of `facets`: the `limit` most frequent values of each, most frequent first (months: latest
    /// first).
    pub fn facets(
        &self,
        expr: Option<&Expr>,
        filters: &Filters,
        facets: &[Facet],
        limit: usize,
        deadline: &Deadline,
    ) -> Result<Vec<(Facet, Vec<Bucket>)>> {
        let generation = self.generation();
        let prepared = self.prepare(&generation, expr, filters, deadline)?;
        let mut totals: Vec<BTreeMap<BucketValue, u64>> = vec![BTreeMap::new(); facets.len()];
        let found = prepared.unscored(deadline, |reader, visit| {
            let counters: tantivy::Result<Vec<_>> =
                facets.iter().map(|facet| Counter::open(*facet, reader)).collect();
            let mut counters = counters?;
            let flow = visit(&mut |doc| {
                for counter in &mut counters {
                    counter.count(doc);
                }
                Ok(ControlFlow::Continue(()))
            })?;
            for (counter, total) in counters.into_iter().zip(&mut totals) {
                counter.add_to(total)?;
            }
            Ok(flow)
        });
        let _ = found.map_err(|error| deadline.explain(error))?;
        Ok(facets
            .iter()
            .copied()
            .zip(totals)
            .map(|(facet, total)| (facet, first(facet, total, limit)))
            .collect())
    }
}

fn first(facet: Facet, total: BTreeMap<BucketValue, u64>, limit: usize) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = total.into_iter().map(|(value, count)| Bucket { value, count }).collect();
    if facet == Facet::Month {
        buckets.reverse();
    } else {
        // Stable: among equals the order of values stays.
        buckets.sort_by_key(|bucket| std::cmp::Reverse(bucket.count));
    }
    buckets.truncate(limit);
    buckets
}

/// Counts in one part of the index, where values have numbers.
enum Counter {
    Keys { column: Option<BytesColumn>, counts: Vec<u64>, ids: bool },
    Months { published: Column<i64>, first_day: i64, counts: Vec<u64> },
}

impl Counter {
    fn open(facet: Facet, reader: &SegmentReader) -> tantivy::Result<Self> {
        let columns = reader.fast_fields();
        let name = match facet {
            Facet::Source => "source",
            Facet::Section => "section",
            Facet::Topic => "topic",
            Facet::Author => "author",
            Facet::Language => column::LANGUAGE,
            Facet::Month => {
                let published = columns.i64(column::PUBLISHED)?;
                let (first_day, last) = (day(published.min_value()), day(published.max_value()));
                let days = usize::try_from(last - first_day + 1).unwrap_or_default();
                return Ok(Self::Months { published, first_day, counts: vec![0; days] });
            }
        };
        let column = columns.bytes(name)?;
        let values = column.as_ref().map_or(0, BytesColumn::num_terms);
        Ok(Self::Keys { column, counts: vec![0; values], ids: facet != Facet::Language })
    }

    fn count(&mut self, doc: DocId) {
        match self {
            Self::Keys { column: Some(column), counts, .. } => {
                column.term_ords(doc).for_each(|number| increase(counts, usize::try_from(number).ok()));
            }
            Self::Keys { column: None, .. } => {}
            Self::Months { published, first_day, counts } => {
                let day = published.first(doc).map(|at| day(at) - *first_day);
                increase(counts, day.and_then(|day| usize::try_from(day).ok()));
            }
        }
    }

    fn add_to(self, total: &mut BTreeMap<BucketValue, u64>) -> tantivy::Result<()> {
        match self {
            Self::Keys { column: Some(column), counts, ids } => {
                let (numbers, counts): (Vec<u64>, Vec<u64>) =
                    (0..).zip(counts).filter(|(_, count)| *count > 0).unzip();
                let mut counts = counts.into_iter();
                column.dictionary().sorted_ords_to_term_cb(&numbers, |key| {
                    *total.entry(value(key, ids)).or_default() += counts.next().unwrap_or(0);
                })?;
            }
            Self::Keys { column: None, .. } => {}
            Self::Months { first_day, counts, .. } => {
                for (day, count) in (first_day..).zip(counts).filter(|(_, count)| *count > 0) {
                    let date = DateTime::from_timestamp(day * DAY_MILLIS / 1_000, 0).unwrap_or_default();
                    *total.entry(BucketValue::Text(date.format("%Y-%m").to_string())).or_default() += count;
                }
            }
        }
        Ok(())
    }
}

fn value(key: &[u8], is_id: bool) -> BucketValue {
    let id = <[u8; 16]>::try_from(key).ok().filter(|_| is_id);
    let text = || BucketValue::Text(String::from_utf8_lossy(key).into_owned());
    id.map_or_else(text, |id| BucketValue::Id(u128::from_be_bytes(id)))
}

fn increase(counts: &mut [u64], number: Option<usize>) {
    if let Some(count) = number.and_then(|number| counts.get_mut(number)) {
        *count += 1;
    }
}

fn day(millis: i64) -> i64 {
    millis.div_euclid(DAY_MILLIS).clamp(*DAYS.start(), *DAYS.end())
}
