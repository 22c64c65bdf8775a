//! Against floods: from one address only so many reads of an article count in an hour.
//!
//! What is remembered for that is, for each article and address, the digest of both under a random key, and a number; it is in
//! memory alone, is never written or shown, is bounded, and is forgotten with its key when the hour ends. So nobody can find out
//! from it who read what, not even who has the machine's memory an hour later.

use std::collections::HashMap;
use std::net::IpAddr;

use uuid::Uuid;

use super::Place;

/// Digests remembered at most: a few megabytes. When there are more, all are forgotten: better a few reads too many than
/// none.
const MOST: usize = 100_000;

/// Who has read what how often, under a key that is about to be forgotten.
pub(super) struct FloodGuard {
    per_address: u32,
    hour: i64,
    key: [u8; 32],
    seen: HashMap<u64, u32>,
}

impl FloodGuard {
    /// A guard that lets so many reads of an article through in an hour from one address; any number with 0.
    pub(super) fn new(per_address: u32) -> Self {
        Self { per_address, hour: 0, key: fresh_key(), seen: HashMap::new() }
    }

    /// Whether a read counts.
    pub(super) fn admits(&mut self, place: Place, network: IpAddr) -> bool {
        if self.per_address == 0 {
            return true;
        }
        if self.hour != place.hour || self.seen.len() >= MOST {
            (self.hour, self.key, self.seen) = (place.hour, fresh_key(), HashMap::new());
        }
        let times = self.seen.entry(digest(&self.key, place.article, network)).or_default();
        *times = times.saturating_add(1);
        *times <= self.per_address
    }
}

/// 244 random bits.
fn fresh_key() -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(Uuid::new_v4().as_bytes()).update(Uuid::new_v4().as_bytes());
    *hasher.finalize().as_bytes()
}

fn digest(key: &[u8; 32], article: Uuid, network: IpAddr) -> u64 {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(article.as_bytes());
    match network {
        IpAddr::V4(address) => hasher.update(&address.octets()),
        IpAddr::V6(address) => hasher.update(&address.octets()),
    };
    let mut first = [0; 8];
    first.iter_mut().zip(hasher.finalize().as_bytes()).for_each(|(slot, byte)| *slot = *byte);
    u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(article: u128, hour: i64) -> Place {
        Place { article: Uuid::from_u128(article), hour }
    }

    #[test]
    fn an_address_counts_so_often_an_article_and_an_hour() {
        let mut guard = FloodGuard::new(2);
        let (here, there) = ("192.0.2.1".parse().unwrap(), "2001:db8::".parse().unwrap());
        let counted =
            |guard: &mut FloodGuard, place, from| (0..5).filter(|_| guard.admits(place, from)).count();
        assert_eq!(counted(&mut guard, place(1, 0), here), 2);
        assert_eq!(counted(&mut guard, place(1, 0), there), 2, "another address");
        assert_eq!(counted(&mut guard, place(2, 0), here), 2, "another article");
        assert_eq!(counted(&mut guard, place(1, 1), here), 2, "another hour");
        assert_eq!(counted(&mut FloodGuard::new(0), place(1, 0), here), 5);
    }

    #[test]
    fn nothing_is_remembered_beyond_its_hour_or_its_bound() {
        let mut guard = FloodGuard::new(1);
        let from: IpAddr = "192.0.2.1".parse().unwrap();
        guard.admits(place(1, 0), from);
        let (key, seen) = (guard.key, guard.seen.clone());
        guard.admits(place(1, 1), from);
        assert!(guard.key != key && guard.seen.keys().all(|digest| !seen.contains_key(digest)));
        for article in 0..=u128::try_from(MOST).unwrap() {
            guard.admits(place(article, 1), from);
        }
        assert!(guard.seen.len() <= MOST);
    }
}
