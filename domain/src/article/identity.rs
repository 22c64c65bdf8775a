//! When two entries are the same article: the guid first, the address where the guid cannot tell.

/// The form in which guids and addresses are indexed: short, whatever publishers put there.
pub(super) fn key(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().chars().take(32).collect()
}
