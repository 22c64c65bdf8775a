//! Reads that wait to be written: a number for each article and hour, and never more of them than there is room for.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use uuid::Uuid;

/// What a number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) article: Uuid,
    /// The hour's first moment.
    pub(super) hour: i64,
}

/// The numbers.
#[derive(Debug)]
pub(super) struct Tally {
    waiting: HashMap<Place, u32>,
    most: usize,
    lost: u64,
}

impl Tally {
    /// Room for so many places.
    pub(super) fn with_room_for(most: usize) -> Self {
        Self { waiting: HashMap::new(), most, lost: 0 }
    }

    /// Adds reads. Those of a place for which there is no room are lost, and that is counted.
    pub(super) fn add(&mut self, place: Place, reads: u32) {
        let full = self.waiting.len() >= self.most;
        match self.waiting.entry(place) {
            Entry::Occupied(mut known) => *known.get_mut() = known.get().saturating_add(reads),
            Entry::Vacant(_) if full => self.lost = self.lost.saturating_add(u64::from(reads)),
            Entry::Vacant(new) => drop(new.insert(reads)),
        }
    }

    /// Takes everything, in an order that is the same on every node (two that write the same rows in another order would wait
    /// for each other), and how many were lost.
    pub(super) fn take(&mut self) -> (Vec<(Place, u32)>, u64) {
        let mut rows: Vec<(Place, u32)> = std::mem::take(&mut self.waiting).into_iter().collect();
        rows.sort_unstable();
        (rows, std::mem::take(&mut self.lost))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_read_is_taken_once_or_counted_as_lost(reads: Vec<(u8, bool)>, most in 1_usize..40, takes in 1_usize..5) {
            let mut tally = Tally::with_room_for(most);
            let (mut taken, mut lost) = (0, 0);
            for chunk in reads.chunks(reads.len() / takes + 1) {
                for (article, hour) in chunk {
                    tally.add(Place { article: Uuid::from_u128(u128::from(*article)), hour: i64::from(*hour) }, 1);
                }
                let (rows, missed) = tally.take();
                prop_assert!(rows.len() <= most && rows.is_sorted_by(|a, b| a.0 < b.0));
                taken += rows.iter().map(|(_, reads)| u64::from(*reads)).sum::<u64>();
                lost += missed;
            }
            prop_assert_eq!(taken + lost, u64::try_from(reads.len()).unwrap());
            prop_assert!(lost == 0 || reads.len() > most);
        }
    }
}
