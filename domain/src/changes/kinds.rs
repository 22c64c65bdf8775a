//! Which kinds of change somebody follows.

use crate::change::ChangeKind;
use crate::error::{Error, Result};

/// The kinds that somebody follows; only public ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kinds(Vec<ChangeKind>);

impl Kinds {
    /// All that are public.
    pub fn all() -> Self {
        Self(ChangeKind::ALL.iter().copied().filter(|kind| kind.is_public()).collect())
    }

    /// Reads names: of a kind, `article_published`, or of a family, `article` or `article.*`. Upper case and the log's own
    /// dot mean the same. No name at all is all kinds; an unknown one is refused with those that there are.
    pub fn parse<'t>(names: impl IntoIterator<Item = &'t str>) -> Result<Self> {
        let mut chosen = Vec::new();
        for name in names.into_iter().map(str::trim).filter(|name| !name.is_empty()) {
            let plain = name.to_lowercase().replace('.', "_");
            let plain = plain.strip_suffix("_*").unwrap_or(&plain);
            let is_meant = |kind: &ChangeKind| kind.family() == plain || wire_name(*kind) == plain;
            let found: Vec<ChangeKind> = Self::all().0.into_iter().filter(is_meant).collect();
            if found.is_empty() {
                let message = format!("`{name}` is no kind of change; known are {}", known());
                return Err(Error::invalid("kinds", "unknown", message));
            }
            chosen.extend(found);
        }
        Ok(if chosen.is_empty() { Self::all() } else { Self(chosen) })
    }

    /// Whether a kind is followed.
    pub fn has(&self, kind: ChangeKind) -> bool {
        self.0.contains(&kind)
    }
}

/// A kind as both contracts write it.
fn wire_name(kind: ChangeKind) -> String {
    kind.as_str().replace('.', "_")
}

/// Every family, each with its kinds.
fn known() -> String {
    let mut names: Vec<String> = Vec::new();
    for kind in Kinds::all().0 {
        if !names.iter().any(|name| name == kind.family()) {
            names.push(kind.family().to_owned());
        }
        names.push(wire_name(kind));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_families_and_stars_are_read_and_private_kinds_are_unknown() {
        let kinds = Kinds::parse(["thread", " ARTICLE_PUBLISHED", "comment.posted"]).unwrap();
        let closed = [ChangeKind::ThreadClosed, ChangeKind::ThreadOpened];
        assert!(closed.into_iter().all(|kind| kinds.has(kind)));
        assert!(kinds.has(ChangeKind::ArticlePublished) && kinds.has(ChangeKind::CommentPosted));
        assert!(!kinds.has(ChangeKind::ArticleUpdated) && !kinds.has(ChangeKind::CommentEdited));
        assert_eq!(Kinds::parse(["comment.*"]).unwrap(), Kinds::parse(["comment"]).unwrap());
        assert_eq!(Kinds::parse(["", " "]).unwrap(), Kinds::all());
        for private in ["account", "account_banned", "article_drafted", "session.*", "*", "story_"] {
            let refusal = Kinds::parse([private]).unwrap_err().to_string();
            assert!(refusal.contains("comment_hidden") && !refusal.contains("article_drafted,"), "{refusal}");
        }
        assert!(ChangeKind::ALL.iter().all(|kind| Kinds::all().has(*kind) == kind.is_public()));
    }
}
