//! How well found clusters agree with given ones.

use std::collections::BTreeMap;

/// Precision, recall and their harmonic mean, each 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Of what was put together, the share that belongs together.
    pub precision: f64,
    /// Of what belongs together, the share that was put together.
    pub recall: f64,
}

impl Quality {
    /// The harmonic mean of both.
    pub fn f1(&self) -> f64 {
        let sum = self.precision + self.recall;
        if sum > 0.0 { 2.0 * self.precision * self.recall / sum } else { 0.0 }
    }
}

/// How two groupings of the same documents compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Averaged over documents (Bagga and Baldwin 1998).
    pub b_cubed: Quality,
    /// Over pairs of documents.
    pub pairwise: Quality,
    /// Groups in the truth.
    pub expected: usize,
    /// Groups that were found.
    pub found: usize,
    /// Share of found groups with one document.
    pub singletons: f64,
    /// Share of the documents in the largest found group.
    pub largest: f64,
}

/// Compares what was found with the truth, each given as the group of every document, in the same order.
pub fn agreement<T: Ord, F: Ord>(truth: &[T], found: &[F]) -> Agreement {
    let mut cells = BTreeMap::<(&T, &F), usize>::new();
    let (mut rows, mut columns) = (BTreeMap::<&T, usize>::new(), BTreeMap::<&F, usize>::new());
    for pair in truth.iter().zip(found) {
        *cells.entry(pair).or_default() += 1;
        *rows.entry(pair.0).or_default() += 1;
        *columns.entry(pair.1).or_default() += 1;
    }
    let all = super::real(truth.len().min(found.len())).max(1.0);
    let (mut precision, mut recall) = (0.0, 0.0);
    for ((row, column), count) in &cells {
        let square = super::real(*count).powi(2);
        precision += square / super::real(columns.get(column).copied().unwrap_or(1));
        recall += square / super::real(rows.get(row).copied().unwrap_or(1));
    }
    let pairs = |count: &usize| super::real(*count) * (super::real(*count) - 1.0) / 2.0;
    let together: f64 = cells.values().map(pairs).sum();
    let share = |total: f64| if total > 0.0 { together / total } else { 1.0 };
    Agreement {
        b_cubed: Quality { precision: precision / all, recall: recall / all },
        pairwise: Quality {
            precision: share(columns.values().map(pairs).sum()),
            recall: share(rows.values().map(pairs).sum()),
        },
        expected: rows.len(),
        found: columns.len(),
        singletons: super::real(columns.values().filter(|count| **count == 1).count())
            / super::real(columns.len()).max(1.0),
        largest: super::real(columns.values().copied().max().unwrap_or(0)) / all,
    }
}
