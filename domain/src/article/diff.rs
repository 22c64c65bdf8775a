//! What is different between two revisions of an article, word by word.

use std::time::{Duration, Instant};

use similar::{Algorithm, ChangeTag, TextDiff};

use super::{ArticleRef, Articles, revision};
use crate::error::{Error, Fault, Result};
use crate::id::{ArticleId, PublicId};
use crate::policy::Action;
use crate::text::html;

/// Two long texts that have little in common are told apart coarsely after this.
const PATIENCE: Duration = Duration::from_millis(500);

/// What is different between two revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionDiff {
    /// The earlier one.
    pub from: u32,
    /// The later one.
    pub to: u32,
    /// The fields that differ: headline, dek, body (as plain text).
    pub fields: Vec<FieldDiff>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDiff {
    /// Its name in the contract.
    pub field: &'static str,
    /// Its text in parts; all but the added ones make the earlier text, all but the removed ones the later.
    pub parts: Vec<DiffPart>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffPart {
    /// Where it stands.
    pub kind: DiffKind,
    /// The part, with its white space.
    pub text: String,
}

/// Where a part of a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiffKind {
    /// In both.
    Same,
    /// In the earlier one alone.
    Removed,
    /// In the later one alone.
    Added,
}

/// The words of a revision.
struct Said {
    headline: String,
    dek: String,
    body: String,
}

impl Articles<'_> {
    /// What is different between two revisions; `to` is the current one if left out.
    pub async fn diff(&self, id: ArticleId, from: u32, to: Option<u32>) -> Result<RevisionDiff> {
        let article = self.get(&ArticleRef::Id(id)).await?;
        let current = article.record.revision;
        let to = to.unwrap_or(current);
        let first = match article.record.public_revision {
            Some(first) if !self.viewer.may(Action::SeeUnpublished) => first,
            _ => 1,
        };
        if from >= to || to > current || from < first {
            let message = format!("must be {first} or more, and less than `to`, which is at most {current}");
            return Err(Error::invalid("from", "out_of_range", message));
        }
        let before = self.said(id, from, current).await?;
        let after = self.said(id, to, current).await?;
        let compare = move || compare(&before, &after);
        let fields = tokio::task::spawn_blocking(compare).await;
        let fields = fields.map_err(|error| Fault::new("comparing revisions did not end well", error))?;
        Ok(RevisionDiff { from, to, fields })
    }

    async fn said(&self, id: ArticleId, number: u32, current: u32) -> Result<Said> {
        if number < current {
            let said = revision::one(self.room, id.uuid(), number).await?;
            let body = html::to_text(&said.body_html);
            return Ok(Said { headline: said.headline, dek: said.dek.unwrap_or_default(), body });
        }
        let article = self.get(&ArticleRef::Id(id)).await?;
        let body = self.bodies(&[id.uuid()]).await?.remove(&id.uuid());
        let record = &article.record;
        Ok(Said {
            headline: record.headline.clone(),
            dek: record.dek.clone().unwrap_or_default(),
            body: body.map(|body| html::to_text(&body.html)).unwrap_or_default(),
        })
    }
}

fn compare(before: &Said, after: &Said) -> Vec<FieldDiff> {
    let fields = [
        ("headline", &before.headline, &after.headline),
        ("dek", &before.dek, &after.dek),
        ("body", &before.body, &after.body),
    ];
    let differ = fields.into_iter().filter(|(_, before, after)| before != after);
    differ.map(|(field, before, after)| FieldDiff { field, parts: parts(before, after) }).collect()
}

fn parts(before: &str, after: &str) -> Vec<DiffPart> {
    let deadline = Instant::now() + PATIENCE;
    let diff =
        TextDiff::configure().algorithm(Algorithm::Patience).deadline(deadline).diff_words(before, after);
    let mut parts = Vec::<DiffPart>::new();
    for change in diff.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => DiffKind::Same,
            ChangeTag::Delete => DiffKind::Removed,
            ChangeTag::Insert => DiffKind::Added,
        };
        match parts.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(change.value()),
            _ => parts.push(DiffPart { kind, text: change.value().to_owned() }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_parts_make_both_texts(before in "[a-d .]{0,60}", after in "[a-d .]{0,60}") {
            let parts = parts(&before, &after);
            let without = |kind| parts.iter().filter(|part| part.kind != kind).map(|part| part.text.as_str()).collect::<String>();
            prop_assert_eq!(without(DiffKind::Added), before);
            prop_assert_eq!(without(DiffKind::Removed), after);
        }
    }
}
