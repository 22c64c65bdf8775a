//! Public ids: a UUIDv7 inside, the TypeID form outside (`art_01h455vb4pex5vsknk084sn02q`).
//!
//! The form is that of the TypeID specification 0.3: a prefix, an underscore, and 128 bits in Crockford's base32,
//! lower case, 26 characters, most significant first.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::{Builder, Uuid};

use crate::clock::Clock;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a text is not the id that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Another kind of id, or none at all.
    #[error("expected an id that starts with `{expected}_`, such as `{example}`")]
    WrongPrefix {
        /// The prefix that belongs here.
        expected: &'static str,
        /// An id of the right kind.
        example: String,
    },
    /// The right prefix before something that is no id.
    #[error("what follows `{prefix}_` must be 26 characters of base32, such as in `{example}`")]
    Malformed {
        /// The prefix that was found.
        prefix: &'static str,
        /// An id of the right kind.
        example: String,
    },
}

fn encode(id: Uuid) -> String {
    let mut value = id.as_u128();
    let mut text = [b'0'; 26];
    for slot in text.iter_mut().rev() {
        let digit = usize::try_from(value & 31).unwrap_or_default();
        *slot = ALPHABET.get(digit).copied().unwrap_or(b'0');
        value >>= 5;
    }
    text.iter().map(|byte| char::from(*byte)).collect()
}

fn decode(text: &str) -> Option<Uuid> {
    // 26 digits hold 130 bits: the first may not exceed 7.
    if text.len() != 26 || text.as_bytes().first().is_none_or(|first| *first > b'7') {
        return None;
    }
    text.bytes()
        .try_fold(0_u128, |value, byte| {
            let digit = ALPHABET.iter().position(|candidate| *candidate == byte)?;
            Some((value << 5) | u128::try_from(digit).ok()?)
        })
        .map(Uuid::from_u128)
}

/// An id that knows its prefix.
pub trait PublicId: Copy + Eq + fmt::Display + FromStr<Err = IdError> {
    /// What stands before the underscore.
    const PREFIX: &'static str;
    /// Wraps a database key.
    fn from_uuid(id: Uuid) -> Self;
    /// The database key.
    fn uuid(self) -> Uuid;
}

macro_rules! public_ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl PublicId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }
            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_with_prefix(text, $prefix).map(Self)
            }
        }
    )*};
}

public_ids! {
    /// A publisher.
    SourceId "src",
    /// A feed of a source.
    FeedId "feed",
    /// An article.
    ArticleId "art",
    /// A person or newsroom named in bylines.
    AuthorId "aut",
    /// A section, topic, person, organisation or place.
    TopicId "top",
    /// An image, video or audio of an article.
    MediaId "med",
    /// A comment.
    CommentId "com",
    /// A public note on what was wrong in an article.
    CorrectionId "cor",
    /// The same event, told by several articles.
    StoryId "sto",
    /// A filter or search that was saved.
    QueryId "qry",
    /// A reader's or staff member's account.
    AccountId "acc",
}

fn parse_with_prefix(text: &str, prefix: &'static str) -> Result<Uuid, IdError> {
    let example =
        || format!("{prefix}_{}", encode(Uuid::from_u128(0x0191_0000_0000_7000_8000_0000_0000_0001)));
    let Some(digits) = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')) else {
        return Err(IdError::WrongPrefix { expected: prefix, example: example() });
    };
    decode(digits).ok_or_else(|| IdError::Malformed { prefix, example: example() })
}

/// The prefix of a public id, where `text` has the form of one: what `node(id:)` dispatches on.
pub fn prefix_of(text: &str) -> Option<&str> {
    let (prefix, digits) = text.rsplit_once('_')?;
    decode(digits).map(|_| prefix)
}

/// The database key inside a public id of any kind.
pub fn uuid_of(text: &str) -> Option<Uuid> {
    decode(text.rsplit_once('_')?.1)
}

/// Makes new ids: time from the clock, the rest random, or counted from a seed in tests.
#[derive(Clone)]
pub struct IdSource {
    clock: Arc<dyn Clock>,
    seeded: Option<Arc<AtomicU64>>,
}

impl IdSource {
    /// Ids nobody can guess.
    pub fn random(clock: Arc<dyn Clock>) -> Self {
        Self { clock, seeded: None }
    }

    /// The same ids in every run, for snapshots in tests.
    pub fn seeded(clock: Arc<dyn Clock>) -> Self {
        Self { clock, seeded: Some(Arc::default()) }
    }

    /// A new id.
    pub fn new_id<I: PublicId>(&self) -> I {
        I::from_uuid(self.new_uuid())
    }

    pub(crate) fn new_uuid(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &self.tail()).into_uuid()
    }

    fn tail(&self) -> [u8; 10] {
        let mut tail = [0; 10];
        let bytes = match &self.seeded {
            Some(counter) => *blake3::hash(&counter.fetch_add(1, Ordering::SeqCst).to_le_bytes()).as_bytes(),
            None => *blake3::hash(Uuid::new_v4().as_bytes()).as_bytes(),
        };
        tail.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = byte);
        tail
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_reads_back_as_it_was_written(value: u128) {
            let id = ArticleId::from_uuid(Uuid::from_u128(value));
            prop_assert_eq!(id.to_string().parse::<ArticleId>(), Ok(id));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text: String) {
            let _ = text.parse::<ArticleId>();
            let _ = prefix_of(&text);
        }
    }

    /// From the specification's own list of valid ids.
    #[test]
    fn the_form_is_that_of_the_specification() {
        let id = decode("01h455vb4pex5vsknk084sn02q").unwrap();
        assert_eq!(id.to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
    }

    #[test]
    fn a_wrong_prefix_says_which_belongs_here() {
        let source = SourceId::from_uuid(Uuid::from_u128(7)).to_string();
        let error = source.parse::<ArticleId>().unwrap_err().to_string();
        assert!(error.contains("`art_`"), "{error}");
    }
}
