//! The index from outside: what is found, in which order, and what is left when articles go.

mod files;
mod finding;
mod paging;
mod reading;

use std::collections::BTreeSet;

use super::*;
use crate::text::query::Expr;

pub(super) const NOW: i64 = 1_800_000_000_000;
const DAY: i64 = 86_400_000;

pub(super) fn named(id: u128, name: &str) -> Named {
    Named { id, name: name.to_owned(), slug: name.to_lowercase().replace(' ', "-") }
}

/// An article of a kind that tests change where they look.
pub(super) fn article(id: u128, headline: &str, body: &str) -> IndexedArticle {
    IndexedArticle {
        id,
        headline: headline.to_owned(),
        dek: None,
        body: body.to_owned(),
        language: Some("en".to_owned()),
        source: named(900, "Daily Gazette"),
        section: None,
        topics: Vec::new(),
        authors: Vec::new(),
        url: None,
        published_at: NOW - DAY,
        updated_at: NOW - DAY,
        country: None,
        word_count: 0,
        flags: BTreeSet::new(),
        story: None,
    }
}

/// Ids in tests are `top_7`.
fn read_id(text: &str) -> Option<u128> {
    text.split_once('_')?.1.parse().ok()
}

pub(super) fn index(articles: &[IndexedArticle]) -> Index {
    let index = Index::in_memory(read_id).unwrap();
    for article in articles {
        index.put(article).unwrap();
    }
    index.commit(1).unwrap();
    index
}

pub(super) fn request<'q>(expr: Option<&'q Expr>, filters: &'q Filters, sort: Sort) -> Request<'q> {
    Request {
        expr,
        filters,
        sort,
        direction: Direction::Forward,
        after: None,
        limit: 1_000,
        now: NOW,
        deadline: Deadline::never(),
    }
}

/// Ids of what a query finds, best first.
pub(super) fn found(index: &Index, query: &str) -> Vec<u128> {
    let expr = parse(query).unwrap();
    let filters = Filters::default();
    let hits = index.search(&request(Some(&expr), &filters, Sort::Relevance)).unwrap().hits;
    hits.into_iter().map(|hit| hit.id).collect()
}

/// The same in the order of ids.
pub(super) fn set(index: &Index, query: &str) -> Vec<u128> {
    let mut ids = found(index, query);
    ids.sort_unstable();
    ids
}

/// A query, read at a fixed time.
pub(super) fn parse(query: &str) -> std::result::Result<Expr, crate::text::query::QueryError> {
    crate::text::query::parse(query, chrono::DateTime::from_timestamp_millis(NOW).unwrap())
}
