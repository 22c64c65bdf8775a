//! What a cursor says, as bytes: version, direction, which list, which item; and since version 2 which part of the log the
//! walk through the list covers. What version 1 wrote is read still.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::{Binding, Direction, SortKey, Walk};
use crate::error::{Error, Result};

const PLAIN: u8 = 1;
const WALKING: u8 = 2;
const PLAIN_LENGTH: usize = 34;
const WALKING_LENGTH: usize = 50;
/// In the place of a direction: a walk that begins.
const BEGIN: u8 = 2;

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Beyond this item; at the beginning of the walk where there is none.
    pub(super) start: Option<SortKey>,
    /// The walk, if the list is one that knows what is new.
    pub(super) walk: Option<Walk>,
}

/// The cursor of an item.
pub(super) fn of_item(binding: Binding, key: SortKey, walk: Option<Walk>, direction: Direction) -> String {
    encode(binding, key, walk, u8::from(direction == Direction::Backward))
}

/// The cursor of what arrives after `since`.
pub(super) fn of_newer(binding: Binding, since: i64) -> String {
    let nowhere = SortKey { value: 0, id: Uuid::nil() };
    encode(binding, nowhere, Some(Walk { after: since, until: None }), BEGIN)
}

fn encode(binding: Binding, key: SortKey, walk: Option<Walk>, direction: u8) -> String {
    let mut bytes = Vec::with_capacity(WALKING_LENGTH);
    bytes.push(if walk.is_some() { WALKING } else { PLAIN });
    bytes.push(direction);
    bytes.extend(binding.0);
    bytes.extend(key.value.to_be_bytes());
    bytes.extend(key.id.as_bytes());
    if let Some(Walk { after, until }) = walk {
        bytes.extend(after.to_be_bytes());
        bytes.extend(until.unwrap_or(-1).to_be_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let fits = |bytes: &Vec<u8>| match bytes.first() {
        Some(&PLAIN) => bytes.len() == PLAIN_LENGTH,
        Some(&WALKING) => bytes.len() == WALKING_LENGTH,
        _ => false,
    };
    URL_SAFE_NO_PAD.decode(text).ok().filter(fits)
}

/// Hands on the parts of a text but for what the cursors in it say of the log: two pages that differ in nothing else show the
/// same, and lead to the same.
pub fn without_walks(text: &[u8], mut part: impl FnMut(&[u8])) {
    // 50 bytes are 67 letters; the first two are those of the version, the last 21 say where the walk is.
    const LETTERS: usize = 67;
    const SAID: usize = 46;
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_';
    let (mut begun, mut at) = (0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.windows(2).position(|two| two == b"Ag")) {
        let start = at + found;
        at = start + 2;
        let before = start.checked_sub(1).and_then(|before| text.get(before));
        let whole = text.get(start..start + LETTERS).is_some_and(|letters| letters.iter().all(is_letter))
            && !before.is_some_and(is_letter)
            && !text.get(start + LETTERS).is_some_and(is_letter);
        if whole {
            part(text.get(begun..start + SAID).unwrap_or_default());
            begun = start + LETTERS;
            at = begun;
        }
    }
    part(text.get(begun..).unwrap_or_default());
}

/// Whether a cursor of REST leads back up the list.
pub(super) fn leads_backward(text: &str) -> bool {
    bytes_of(text).is_some_and(|bytes| bytes.get(1) == Some(&1))
}

/// Reads a cursor of the list that `binding` names; anything else is refused.
pub(super) fn decode(field: &'static str, text: &str, binding: Binding) -> Result<Place> {
    let malformed =
        || Error::invalid(field, "malformed", "is not a cursor of this API; take it from a page as it is");
    let bytes = bytes_of(text).ok_or_else(malformed)?;
    if bytes.get(2..10) != Some(binding.0.as_slice()) {
        let message = "belongs to a list with another sort or filter; start again without it";
        return Err(Error::invalid(field, "cursor_mismatch", message));
    }
    let number = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(i64::from_be_bytes);
    let id = bytes.get(18..34).and_then(|part| Uuid::from_slice(part).ok());
    let key = number(10).zip(id).map(|(value, id)| SortKey { value, id });
    let walk = number(34)
        .zip(number(42))
        .map(|(after, until)| Walk { after, until: Some(until).filter(|u| *u >= 0) });
    let begins = bytes.get(1) == Some(&BEGIN);
    Ok(Place { start: if begins { None } else { Some(key.ok_or_else(malformed)?) }, walk })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(value: i64, id: u128) -> SortKey {
        SortKey { value, id: Uuid::from_u128(id) }
    }

    proptest! {
        #[test]
        fn a_cursor_reads_back_and_fits_no_other_list(value: i64, id: u128, sort: String, walk: Option<(u32, u32)>) {
            let here = Binding::of(&["articles", &sort]);
            let there = Binding::of(&["articles", &sort, "x"]);
            let walk = walk.map(|(after, until)| Walk { after: i64::from(after), until: Some(i64::from(until)) });
            let text = of_item(here, key(value, id), walk, Direction::Forward);
            prop_assert_eq!(decode("after", &text, here).unwrap(), Place { start: Some(key(value, id)), walk });
            prop_assert!(decode("after", &text, there).is_err());
        }

        #[test]
        fn any_text_is_a_clear_refusal(text: String) {
            let error = decode("cursor", &text, Binding::of(&["x"])).unwrap_err();
            prop_assert_eq!(error.code(), "invalid");
        }
    }

    #[test]
    fn what_is_newer_begins_a_walk_of_its_own() {
        let here = Binding::of(&["x"]);
        let place = decode("cursor", &of_newer(here, 7), here).unwrap();
        assert_eq!(place, Place { start: None, walk: Some(Walk { after: 7, until: None }) });
    }

    #[test]
    fn pages_that_differ_by_what_was_walked_alone_are_the_same() {
        let here = Binding::of(&["x"]);
        let page = |until: i64, item: u128| {
            let walk = Some(Walk { after: 0, until: Some(until) });
            let (next, newer) =
                (of_item(here, key(1, item), walk, Direction::Forward), of_newer(here, until));
            let mut rest = Vec::new();
            let text = format!("<\u{e4}\u{df} Agnes x?cursor={next}&a>\"{newer}\"Ag");
            without_walks(text.as_bytes(), |part| rest.extend_from_slice(part));
            rest
        };
        assert_eq!(page(5, 1), page(1_000_000, 1));
        assert_ne!(page(5, 1), page(5, 2));
        assert!(page(5, 1).ends_with(b"\"Ag"));
    }

    /// A cursor as version 1 wrote it, byte by byte.
    #[test]
    fn a_cursor_of_version_1_is_read_still() {
        let here = Binding::of(&["x"]);
        let mut bytes = vec![1, 1];
        bytes.extend(here.0);
        bytes.extend(5_i64.to_be_bytes());
        bytes.extend(Uuid::from_u128(6).as_bytes());
        let text = URL_SAFE_NO_PAD.encode(bytes);
        assert!(leads_backward(&text));
        assert_eq!(decode("cursor", &text, here).unwrap(), Place { start: Some(key(5, 6)), walk: None });
    }
}
