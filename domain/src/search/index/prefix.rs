//! Words by their beginning, exactly: every word of the dictionary that begins so, however many, until the deadline.
//!
//! Tantivy's own queries expand to a number of words that must be cut somewhere, or read on whatever the time. This one fills a
//! set of articles from the part of the dictionary that stands together, and looks at its deadline while it does.

use std::sync::Arc;

use tantivy::query::{BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::termdict::TermStreamer;
use tantivy::{BitSet, DocId, DocSet, Score, SegmentReader, TantivyError};

use super::deadline::Deadline;

/// Articles with a term that begins so.
#[derive(Clone, Debug)]
pub(crate) struct PrefixQuery {
    pub(crate) field: Field,
    pub(crate) prefix: Arc<[u8]>,
    pub(crate) deadline: Deadline,
}

impl Query for PrefixQuery {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(PrefixWeight(self.clone())))
    }
}

struct PrefixWeight(PrefixQuery);

impl Weight for PrefixWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let PrefixQuery { field, prefix, deadline } = &self.0;
        let inverted = reader.inverted_index(*field)?;
        let mut found = BitSet::with_max_value(reader.max_doc());
        let mut terms = range(inverted.terms(), prefix)?;
        while terms.advance() {
            deadline.check()?;
            let mut postings =
                inverted.read_block_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
            while !postings.docs().is_empty() {
                for doc in postings.docs() {
                    found.insert(*doc);
                }
                postings.advance();
            }
        }
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(found), boost)))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        if scorer.doc() <= doc && scorer.seek(doc) == doc {
            return Ok(Explanation::new("begins so", 1.0));
        }
        Err(TantivyError::InvalidArgument(format!("document {doc} does not match")))
    }
}

/// The terms of a dictionary that begin so, in order.
pub(crate) fn range<'d>(
    terms: &'d tantivy::termdict::TermDictionary,
    prefix: &[u8],
) -> std::io::Result<TermStreamer<'d>> {
    let from = terms.range().ge(prefix);
    match end(prefix) {
        Some(end) => from.lt(end).into_stream(),
        None => from.into_stream(),
    }
}

/// The first text after all that begin so.
fn end(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut end = prefix.get(..=last)?.to_vec();
    *end.last_mut()? += 1;
    Some(end)
}
