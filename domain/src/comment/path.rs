//! Materialised paths: a comment's ancestors by their numbers in the thread, in zero-padded base 36.
//!
//! Text order of paths is the thread's reading order, and a branch is a prefix.

/// Digits a number; 36⁶ is two thousand million comments under one article.
const WIDTH: usize = 6;
/// Replies deeper than this are refused: nobody reads them, and paths stay short.
pub(super) const MAX_DEPTH: u32 = 60;

/// The path of the comment with this number under `parent`.
pub(super) fn child(parent: Option<&str>, number: u32) -> String {
    let mut digits = [b'0'; WIDTH];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        let value = u8::try_from(rest % 36).unwrap_or_default();
        *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        rest /= 36;
    }
    let number: String = digits.iter().map(|digit| char::from(*digit)).collect();
    parent.map_or_else(|| number.clone(), |parent| format!("{parent}.{number}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_order_is_number_order(a in 1_u32..2_000_000_000, b in 1_u32..2_000_000_000) {
            prop_assert_eq!(child(None, a).cmp(&child(None, b)), a.cmp(&b));
        }

        #[test]
        fn a_branch_stands_together(parent in 1_u32..1_000_000, a in 1_u32..1_000_000, other in 1_u32..1_000_000) {
            prop_assume!(parent != other);
            let (parent, other) = (child(None, parent), child(None, other));
            let reply = child(Some(&parent), a);
            prop_assert!(reply.starts_with(&parent) && reply > parent);
            prop_assert_eq!(reply.cmp(&other), parent.cmp(&other));
        }
    }
}
