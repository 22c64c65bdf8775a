//! What became of an article: corrections, former slugs, differences between revisions.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::article::desk::{Alias, Correction};
use broadsheet_domain::article::{DiffKind, DiffPart, FieldDiff, RevisionDiff};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Timestamp, wire_enum};

/// What was wrong in an article, as its readers are told.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Correction")]
#[schema(as = Correction)]
pub struct CorrectionView {
    /// `cor_…`
    #[schema(value_type = String, example = "cor_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// What was wrong, plain text.
    #[schema(example = "An earlier version said that the ferry sank. It ran aground.")]
    pub note: String,
    /// The revision that puts it right.
    pub revision: u32,
    /// When.
    pub at: Timestamp,
}

impl From<&Correction> for CorrectionView {
    fn from(correction: &Correction) -> Self {
        let Correction { id, note, revision, at } = correction.clone();
        Self { id: ID(id.to_string()), note, revision, at: at.into() }
    }
}

/// A slug that an article had before; it leads there still.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Alias")]
#[schema(as = Alias)]
pub struct AliasView {
    /// The slug.
    #[schema(example = "storm-surge-closes-harbour")]
    pub slug: String,
    /// Until when it was the article's own.
    pub ceased_at: Timestamp,
}

impl From<Alias> for AliasView {
    fn from(alias: Alias) -> Self {
        let Alias { slug, ceased_at } = alias;
        Self { slug, ceased_at: ceased_at.into() }
    }
}

wire_enum! {
    /// Where a part of a text stands.
    DiffKindView as DiffKind "DiffKind" from DiffKind {
        /// In both.
        Same,
        /// In the earlier one alone.
        Removed,
        /// In the later one alone.
        Added,
    }
}

/// What is different between two revisions of an article.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "RevisionDiff")]
#[schema(as = RevisionDiff)]
pub struct RevisionDiffView {
    /// The earlier one.
    pub from: u32,
    /// The later one.
    pub to: u32,
    /// The fields that differ.
    pub fields: Vec<FieldDiffView>,
}

/// A field that differs.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "FieldDiff")]
#[schema(as = FieldDiff)]
pub struct FieldDiffView {
    /// `headline`, `dek`, or `body` (as plain text).
    #[schema(example = "headline")]
    pub field: String,
    /// Its text in parts: all but the added ones make the earlier text, all but the removed ones the later.
    pub parts: Vec<DiffPartView>,
}

/// A part of a text.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "DiffPart")]
#[schema(as = DiffPart)]
pub struct DiffPartView {
    /// Where it stands.
    pub kind: DiffKindView,
    /// The part, with its white space.
    pub text: String,
}

impl From<RevisionDiff> for RevisionDiffView {
    fn from(diff: RevisionDiff) -> Self {
        let RevisionDiff { from, to, fields } = diff;
        Self { from, to, fields: fields.into_iter().map(Into::into).collect() }
    }
}

impl From<FieldDiff> for FieldDiffView {
    fn from(diff: FieldDiff) -> Self {
        let FieldDiff { field, parts } = diff;
        Self { field: field.to_owned(), parts: parts.into_iter().map(Into::into).collect() }
    }
}

impl From<DiffPart> for DiffPartView {
    fn from(part: DiffPart) -> Self {
        let DiffPart { kind, text } = part;
        Self { kind: kind.into(), text }
    }
}
