//! How common words are, as relevance sees it: the same for every language, and steady while news lands.
//!
//! BM25 weighs a word by the articles that have it. A word has several stems in the index, one a language, and is as common as
//! all of them together, so a language with few articles gets no better marks for it. All counts are rounded to their five
//! leading bits: where the [epoch](super::epoch) of a cursor is not kept any more, most scores are still what they were.

use std::collections::HashMap;

use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;
use tantivy::{Searcher, Term};

/// Leading bits of a count that stay.
const BITS: u32 = 5;

/// Counts for one search.
pub(crate) struct Statistics<'s> {
    pub(crate) searcher: &'s Searcher,
    /// How many articles have any of the terms that this one belongs with.
    pub(crate) together: HashMap<Term, u64>,
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok(coarse(self.searcher.total_num_tokens(field)?))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(coarse(self.searcher.total_num_docs()?))
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let count = match self.together.get(term) {
            Some(count) => *count,
            None => self.searcher.doc_freq(term)?,
        };
        Ok(coarse(count.min(self.searcher.total_num_docs()?)))
    }
}

fn coarse(count: u64) -> u64 {
    let shift = (u64::BITS - count.leading_zeros()).saturating_sub(BITS);
    (count >> shift) << shift
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rounding_keeps_the_order_and_a_sixteenth(a: u32, b: u32) {
            let (a, b) = (u64::from(a), u64::from(b));
            prop_assert_eq!(a <= b, a <= b && coarse(a) <= coarse(b));
            prop_assert!(coarse(a) <= a && a - coarse(a) <= a / 16);
        }
    }
}
