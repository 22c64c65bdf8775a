//! Identifiers as URIs that never change.
//!
//! A public id holds a `UUIDv7` in TypeID's writing (jetify-com/typeid, spec 0.3: 26 digits of Crockford's base 32 after the
//! last underscore). As `urn:uuid:` (RFC 9562) it depends on nothing that an operator may change: neither on the server's name,
//! as a tag URI would, nor on a path, as an address would. A server that moves does not show its readers everything again.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

const DIGITS: &str = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A public id as a URN; an id that is a URI already as it is; any other as a fragment of `base`.
pub(super) fn uri(id: &str, base: &str) -> String {
    if let Some(uuid) = uuid_of(id) {
        return uuid.urn().to_string();
    }
    if is_uri(id) {
        return id.to_owned();
    }
    format!("{}#{}", base.split('#').next().unwrap_or_default(), utf8_percent_encode(id, UNRESERVED))
}

/// The UUID that a public id holds.
fn uuid_of(id: &str) -> Option<Uuid> {
    let (_, digits) = id.rsplit_once('_')?;
    // Five bits a digit are 130: the first may not use its upper two.
    if digits.len() != LENGTH || !digits.starts_with(['0', '1', '2', '3', '4', '5', '6', '7']) {
        return None;
    }
    let value = |digit: char| DIGITS.find(digit).and_then(|at| u128::try_from(at).ok());
    let number = digits.chars().try_fold(0_u128, |number, digit| Some((number << 5) | value(digit)?))?;
    Some(Uuid::from_u128(number))
}

fn is_uri(id: &str) -> bool {
    let Some((scheme, rest)) = id.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        && !rest.is_empty()
        && !rest.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_ids_become_urns() {
        // The example pair of TypeID's own specification is not used: this one is counted by hand, 7 << 5 | 10 = 234.
        assert_eq!(
            uri("art_0000000000000000000000007a", ""),
            "urn:uuid:00000000-0000-0000-0000-0000000000ea"
        );
        assert_eq!(
            uri("art_7zzzzzzzzzzzzzzzzzzzzzzzzz", ""),
            "urn:uuid:ffffffff-ffff-ffff-ffff-ffffffffffff"
        );
    }

    #[test]
    fn others_become_uris_too() {
        assert_eq!(uri("tag:a.example,2026:x", "https://a.example/"), "tag:a.example,2026:x");
        assert_eq!(uri("latest news", "https://a.example/#top"), "https://a.example/#latest%20news");
        for bad in ["art_8zzzzzzzzzzzzzzzzzzzzzzzzz", "art_0000000000000000000000000u", "art_é"] {
            assert!(uri(bad, "https://a.example/").starts_with("https://a.example/#art_"), "{bad}");
        }
    }
}
