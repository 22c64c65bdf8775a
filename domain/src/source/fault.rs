//! What can be wrong with a feed, and how that is said to whoever looks after it.

use super::feed::{Feed, FeedStatus};
use crate::clock::Timestamp;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident $text:literal),* $(,)?) => {
        /// What went wrong with a fetch.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault { $($(#[$doc])* $name),* }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name as it is stored and published.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

faults! {
    /// Its address cannot be fetched, or leads to where no feed may be fetched from.
    Address "address",
    /// Its host's name cannot be resolved.
    Name "name",
    /// No connection, or one that broke.
    Connection "connection",
    /// The server was too slow.
    Timeout "timeout",
    /// More bytes than are taken.
    TooLarge "too_large",
    /// It redirects in a circle, or too often.
    Redirects "redirects",
    /// 401 or 403: not for us.
    Forbidden "forbidden",
    /// 404: nothing there.
    NotFound "not_found",
    /// 410: gone for good.
    Gone "gone",
    /// 429: too many requests, or a server that rests.
    Busy "busy",
    /// 5xx: the server's own failure.
    Server "server",
    /// Another status that is no success.
    Status "status",
    /// What was answered is no feed.
    NotAFeed "not_a_feed",
    /// A feed that nobody can read.
    Malformed "malformed",
    /// It could not be stored.
    Storage "storage",
}

impl Fault {
    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.as_str() == name)
    }

    /// The kind of a status that is no success.
    pub fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::Forbidden,
            404 => Self::NotFound,
            410 => Self::Gone,
            429 => Self::Busy,
            500..=599 => Self::Server,
            _ => Self::Status,
        }
    }

    /// Whether it will hardly pass by itself: somebody has to look at the address.
    pub(super) fn is_ours_to_mend(self) -> bool {
        matches!(
            self,
            Self::Address | Self::Forbidden | Self::NotFound | Self::Gone | Self::NotAFeed | Self::TooLarge
        )
    }

    fn what_to_do(self) -> Option<&'static str> {
        Some(match self {
            Self::Address => "Correct its address.",
            Self::Name => "If the publisher has another host now, correct its address.",
            Self::Forbidden => "Ask the publisher to let us in, or pause the feed.",
            Self::NotFound | Self::NotAFeed => "Look for its new address on the publisher's site.",
            Self::TooLarge => "Allow larger feeds by `intake.max_feed_bytes`.",
            Self::Connection
            | Self::Timeout
            | Self::Redirects
            | Self::Gone
            | Self::Busy
            | Self::Server
            | Self::Status
            | Self::Malformed
            | Self::Storage => return None,
        })
    }
}

/// How a feed is doing, in plain sentences: what is wrong, since when, and what is done about it. None where all is well.
pub fn explain(feed: &Feed) -> Option<String> {
    let error = feed.last_error.as_deref().map(capitalised);
    match feed.status {
        FeedStatus::Gone => error,
        FeedStatus::Paused => error.map(|error| format!("{error} It is paused.")),
        FeedStatus::Active => {
            let error = error?;
            let mut said = vec![error];
            if let Some(since) = feed.failing_since {
                said.push(match feed.failures {
                    0 | 1 => format!("This happened at {}.", minute(since)),
                    times => format!("It has failed {times} times in a row, since {}.", minute(since)),
                });
            }
            if let Some(next) = feed.next_fetch_at {
                said.push(format!("It is tried again at {}.", minute(next)));
            }
            said.extend(feed.fault.and_then(Fault::what_to_do).map(ToOwned::to_owned));
            Some(said.join(" "))
        }
    }
}

fn minute(at: Timestamp) -> String {
    at.to_datetime().format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A whole sentence.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let mut sentence = format!("{first}{}", letters.as_str());
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}
