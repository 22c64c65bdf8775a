//! Near-duplicates: `MinHash` sketches (Broder 1997) of overlapping word triples, one byte kept per permutation (b-bit
//! minwise hashing, Li and König 2010).

use std::sync::LazyLock;

/// Permutations in a sketch.
pub(super) const WIDTH: usize = 128;
/// Words in a shingle.
const SHINGLE: usize = 3;

/// A sketch of a text and how many shingles it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sketch {
    pub(super) bytes: [u8; WIDTH],
    pub(super) shingles: u16,
}

impl Sketch {
    /// The sketch of the words of a text in their order, each given by its digest.
    pub(super) fn of(words: &[u32]) -> Self {
        let mut least = [u32::MAX; WIDTH];
        let width = SHINGLE.min(words.len()).max(1);
        let permutations: &[(u32, u32); WIDTH] = &PERMUTATIONS;
        let mut shingles = 0_u16;
        for shingle in words.windows(width) {
            let mixed = shingle.iter().fold(0x9e37_79b9_u32, |hash, word| mix(hash.rotate_left(5) ^ *word));
            for (slot, (factor, shift)) in least.iter_mut().zip(permutations) {
                let key = (mixed ^ shift).wrapping_mul(*factor);
                *slot = (*slot).min(key ^ (key >> 15));
            }
            shingles = shingles.saturating_add(1);
        }
        let bytes = least.map(|hash| mix(hash).to_le_bytes()[0]);
        Self { bytes, shingles }
    }

    /// The estimated Jaccard similarity of what two sketches were made from, 0 to 1.
    pub(super) fn similarity(&self, other: &Self) -> f64 {
        if self.shingles == 0 || other.shingles == 0 {
            return 0.0;
        }
        let same = self.bytes.iter().zip(&other.bytes).filter(|(a, b)| a == b).count();
        let share = super::real(same) / super::real(WIDTH);
        // One byte agrees by chance in one of 256 cases.
        ((share - 1.0 / 256.0) / (1.0 - 1.0 / 256.0)).max(0.0)
    }
}

/// An odd factor and a pattern of bits for each permutation.
static PERMUTATIONS: LazyLock<[(u32, u32); WIDTH]> = LazyLock::new(|| {
    let mut state = 0x1234_5678_u32;
    [(); WIDTH].map(|()| {
        state = state.wrapping_add(0x9e37_79b9);
        (mix(state) | 1, mix(!state))
    })
});

fn mix(mut hash: u32) -> u32 {
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
