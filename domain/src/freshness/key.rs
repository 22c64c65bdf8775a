//! The names of what an answer depends on, and which of them a change touches. What caches outside purge by is the same: the
//! text of a key is a word of `Surrogate-Key`.

use std::fmt;

use uuid::Uuid;

use crate::change::{ChangeKind as Kind, Detail};
use crate::id::{
    AccountId, ArticleId, AuthorId, PublicId, QueryId, SourceId, StoryId, TopicId, prefix_of, uuid_of,
};

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident $text:literal $(of $id:ident)?),* $(,)?) => {
        /// What a key names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Class { $($(#[$doc])* $name),* }

        impl Class {
            pub(super) const ALL: &'static [Self] = &[$(Self::$name),*];

            fn write(self, id: Uuid, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Self::$name => {
                    f.write_str($text)?;
                    $(if !id.is_nil() {
                        let id = $id::from_uuid(id).to_string();
                        // `art_…` of the class `art`; `articles:src_…` of lists.
                        return match id.strip_prefix($text) {
                            Some(digits) => f.write_str(digits),
                            None => write!(f, ":{id}"),
                        };
                    })?
                    let _ = id;
                    Ok(())
                }),* }
            }
        }
    };
}

classes! {
    /// An article with its counts.
    Article "art" of ArticleId,
    /// A source.
    Source "src" of SourceId,
    /// An author.
    Author "aut" of AuthorId,
    /// A topic.
    Topic "top" of TopicId,
    /// A story with its members.
    Story "sto" of StoryId,
    /// An account, as others see it.
    Account "acc" of AccountId,
    /// A saved query.
    Query "qry" of QueryId,
    /// The thread of an article.
    Thread "comments" of ArticleId,
    /// Which articles a source has.
    OfSource "articles" of SourceId,
    /// Which articles an author has.
    OfAuthor "articles" of AuthorId,
    /// Which articles a topic has.
    OfTopic "articles" of TopicId,
    /// Which articles there are.
    Articles "articles",
    /// What any article says: lists that choose or sort by it.
    Edits "edits",
    /// Which sources there are.
    Sources "sources",
    /// Which authors there are.
    Authors "authors",
    /// Which topics there are.
    Topics "topics",
    /// Which stories there are.
    Stories "stories",
}

impl Class {
    pub(super) fn index(self) -> usize {
        Self::ALL.iter().position(|class| *class == self).unwrap_or_default()
    }
}

/// Something that an answer depends on. Its text is a word: of one thing its id, `art_…`; of a list `articles`,
/// `articles:src_…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub(super) class: Class,
    /// Nil: whatever is of the class.
    pub(super) id: Uuid,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.class.write(self.id, f)
    }
}

impl Key {
    /// One of its kind.
    pub(crate) fn one(class: Class, id: Uuid) -> Self {
        Self { class, id }
    }

    /// A list; or whatever is of a class, where its things are too many to name.
    pub(crate) fn all(class: Class) -> Self {
        Self { class, id: Uuid::nil() }
    }

    /// What stands for it, and is touched with it, where an answer shows too many of its class: nothing for a list of its own
    /// name. Lists of parts are part of `articles`.
    pub fn class(self) -> Option<Self> {
        let is_part = matches!(self.class, Class::OfSource | Class::OfAuthor | Class::OfTopic);
        (!self.id.is_nil() && !is_part).then(|| Self::all(self.class))
    }

    /// What stands for it where there are too many of its class. Lists of parts become lists of everything, and are then also
    /// touched by edits, which move articles between parts.
    pub(super) fn coarser(self) -> [Self; 2] {
        match self.class {
            Class::OfSource | Class::OfAuthor | Class::OfTopic => {
                [Self::all(Class::Articles), Self::all(Class::Edits)]
            }
            class => [Self::all(class); 2],
        }
    }

    /// The lists that an article is in, as [`Detail::lists`] names them.
    fn of_list(part: &str) -> Option<Self> {
        let class = match prefix_of(part)? {
            SourceId::PREFIX => Class::OfSource,
            AuthorId::PREFIX => Class::OfAuthor,
            TopicId::PREFIX => Class::OfTopic,
            _ => return None,
        };
        Some(Self::one(class, uuid_of(part)?))
    }
}

/// Every key that a change touches: answers that depend on none of these are after it what they were before.
///
/// This is the table in the README, under "Behind a CDN": change both. Besides each thing its whole class is touched.
pub(crate) fn touched(kind: Kind, subject: Uuid, article: Option<Uuid>, detail: &Detail) -> Vec<Key> {
    let (one, all) = (Key::one, Key::all);
    // A story has the key of the article that founded it.
    let joined = article.filter(|_| kind.family() == "story");
    let article = article.unwrap_or(subject);
    let changes = |field: &[&str]| detail.fields.iter().any(|changed| field.contains(&changed.as_str()));
    let mut keys = match kind {
        Kind::SourceAdded => vec![one(Class::Source, subject), all(Class::Sources)],
        // Lists may be of a country.
        Kind::SourceUpdated => {
            let mut keys = vec![one(Class::Source, subject), one(Class::OfSource, subject)];
            keys.extend([all(Class::Sources), all(Class::Articles), all(Class::Edits)]);
            keys
        }
        Kind::ArticlePublished | Kind::ArticleWithdrawn | Kind::ArticleRestored => {
            let mut keys = vec![one(Class::Article, article), one(Class::Thread, article)];
            keys.extend([all(Class::Articles), all(Class::Edits)]);
            // Names that stand in no article before are made with it.
            if kind == Kind::ArticlePublished {
                keys.extend([all(Class::Authors), all(Class::Topics)]);
            }
            keys
        }
        Kind::ArticleUpdated | Kind::ArticleCorrected => {
            let mut keys = vec![one(Class::Article, article), all(Class::Edits)];
            keys.extend(changes(&["authors"]).then_some(all(Class::Authors)));
            keys.extend(changes(&["topics", "section"]).then_some(all(Class::Topics)));
            // It is found by that, too.
            keys.extend(changes(&["url"]).then_some(all(Class::Articles)));
            keys
        }
        // A name in addresses may have led elsewhere, or nowhere.
        Kind::ArticleMoved => vec![one(Class::Article, article), all(Class::Articles)],
        Kind::ArticleDrafted | Kind::ArticleScheduled => {
            vec![one(Class::Article, article), all(Class::Authors), all(Class::Topics)]
        }
        Kind::TopicUpdated | Kind::TopicMerged => {
            let mut keys = vec![all(Class::Topics), all(Class::Articles), all(Class::Edits)];
            let both = [Some(subject), detail.into].into_iter().flatten();
            keys.extend(both.flat_map(|id| [one(Class::Topic, id), one(Class::OfTopic, id)]));
            keys
        }
        Kind::StoryFormed | Kind::StoryUpdated | Kind::StoryMerged | Kind::StorySplit => {
            let both = [Some(subject), detail.into].into_iter().flatten();
            let mut keys: Vec<Key> = both.map(|id| one(Class::Story, id)).collect();
            keys.push(all(Class::Stories));
            keys
        }
        Kind::ThreadClosed | Kind::ThreadOpened => vec![one(Class::Article, article), all(Class::Edits)],
        // An article shows how many comments it has.
        Kind::CommentPosted | Kind::CommentDeleted | Kind::CommentHidden | Kind::CommentRestored => {
            vec![one(Class::Thread, article), one(Class::Article, article)]
        }
        Kind::CommentEdited => vec![one(Class::Thread, article)],
        Kind::QuerySaved | Kind::QueryDeleted => vec![one(Class::Query, subject)],
        Kind::AccountUpdated => vec![one(Class::Account, subject)],
        Kind::AccountRegistered
        | Kind::AccountBanned
        | Kind::AccountReadmitted
        | Kind::SessionStarted
        | Kind::SessionEnded => Vec::new(),
    };
    keys.extend(joined.map(|article| one(Class::Article, article)));
    keys.extend(detail.lists.iter().filter_map(|part| Key::of_list(part)));
    keys
}

/// Whether a change adds articles to lists or takes them off: then its detail says which lists.
pub(crate) fn changes_lists(kind: Kind) -> bool {
    matches!(kind, Kind::ArticlePublished | Kind::ArticleWithdrawn | Kind::ArticleRestored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_word_that_names_one_thing_or_one_list() {
        let id = Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057);
        let text = |key: Key| key.to_string();
        assert_eq!(text(Key::one(Class::Article, id)), "art_01h455vb4pex5vsknk084sn02q");
        assert_eq!(text(Key::one(Class::Thread, id)), "comments:art_01h455vb4pex5vsknk084sn02q");
        assert_eq!(text(Key::one(Class::OfTopic, id)), "articles:top_01h455vb4pex5vsknk084sn02q");
        assert_eq!(
            (text(Key::all(Class::Article)), text(Key::all(Class::Articles))),
            ("art".into(), "articles".into())
        );
        assert_eq!(Key::of_list("src_01h455vb4pex5vsknk084sn02q"), Some(Key::one(Class::OfSource, id)));
    }
}
