//! Going through what matches, part of the index by part, with an eye on the deadline.

use std::ops::ControlFlow;

use tantivy::query::{Scorer, Weight};
use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocId, DocSet, Score, SegmentReader, TERMINATED};

use super::deadline::Deadline;

/// Matches between two looks at the clock.
const STRIDE: u32 = 1_024;

/// Calls `take` for every living match of a part and its score, until it breaks off.
pub(crate) fn scored(
    weight: &dyn Weight,
    reader: &SegmentReader,
    deadline: &Deadline,
    mut take: impl FnMut(DocId, Score) -> tantivy::Result<()>,
) -> tantivy::Result<()> {
    deadline.check()?;
    let alive = reader.alive_bitset();
    let mut scorer: Box<dyn Scorer> = weight.scorer(reader, 1.0)?;
    let mut until_look = STRIDE;
    let mut doc = scorer.doc();
    while doc != TERMINATED {
        if alive.is_none_or(|alive| alive.is_alive(doc)) {
            take(doc, scorer.score())?;
        }
        until_look -= 1;
        if until_look == 0 {
            deadline.check()?;
            until_look = STRIDE;
        }
        doc = scorer.advance();
    }
    Ok(())
}

/// The same without scores, in blocks.
pub(crate) fn unscored(
    weight: &dyn Weight,
    reader: &SegmentReader,
    deadline: &Deadline,
    mut take: impl FnMut(DocId) -> tantivy::Result<ControlFlow<()>>,
) -> tantivy::Result<ControlFlow<()>> {
    deadline.check()?;
    let alive = reader.alive_bitset();
    let mut scorer: Box<dyn Scorer> = weight.scorer(reader, 1.0)?;
    let mut buffer = [0; COLLECT_BLOCK_BUFFER_LEN];
    loop {
        let length = scorer.fill_buffer(&mut buffer);
        deadline.check()?;
        for doc in buffer.iter().take(length) {
            if alive.is_none_or(|alive| alive.is_alive(*doc)) && take(*doc)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        if length < COLLECT_BLOCK_BUFFER_LEN {
            return Ok(ControlFlow::Continue(()));
        }
    }
}
