//! What became of an import's lines.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::article::import::Imported;
use broadsheet_domain::error::FieldError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::import::{LineResult, Summary};

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, async_graphql::Enum)]
#[serde(rename_all = "snake_case")]
#[graphql(name = "ImportOutcome")]
#[schema(as = ImportOutcome)]
pub enum ImportOutcomeView {
    /// It is a new article.
    Created,
    /// Its article got a revision.
    Updated,
    /// Its article says so already.
    Unchanged,
    /// Its article was withdrawn (a ninjs document that is `canceled`).
    Withdrawn,
    /// Nothing of it was written: `errors` say why.
    Refused,
}

/// Why a line was refused.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ImportError")]
#[schema(as = ImportError)]
pub struct ImportErrorView {
    /// The member that is to blame; `line` where the line cannot be read at all. Of ninjs, a JSON pointer.
    #[schema(example = "headline")]
    pub field: String,
    /// What is wrong, for programs.
    #[schema(example = "required")]
    pub code: String,
    /// What is wrong and how to mend it.
    #[schema(example = "write a headline")]
    pub message: String,
}

/// A line and what became of it.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ImportResult")]
#[schema(as = ImportResult)]
pub struct ImportResultView {
    /// Its number, from 1.
    #[schema(example = 17)]
    pub line: u64,
    /// What became of it.
    pub outcome: ImportOutcomeView,
    /// The article; none where it was refused.
    #[schema(required = true, value_type = Option<String>, example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub article_id: Option<ID>,
    /// Why it was refused.
    pub errors: Vec<ImportErrorView>,
}

/// What became of all lines.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ImportSummary")]
#[schema(as = ImportSummary)]
pub struct ImportSummaryView {
    /// Lines that were looked at, blank ones left out.
    pub lines: u64,
    /// New articles.
    pub created: u64,
    /// Articles that got a revision.
    pub updated: u64,
    /// Lines that changed nothing.
    pub unchanged: u64,
    /// Articles that were withdrawn.
    pub withdrawn: u64,
    /// Lines of which nothing was written.
    pub refused: u64,
    /// The line up to which everything that could be is written.
    pub committed: u64,
}

/// An import that was made.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(name = "ArticleImport")]
pub struct ArticleImportView {
    /// Each line, in order.
    pub results: Vec<ImportResultView>,
    /// What became of all of them.
    pub summary: ImportSummaryView,
}

/// A line of an import's answer: the member that `type` names is there, and no other.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = ImportLine)]
pub enum ImportLineView {
    /// A line that was refused; with `verbose=true` any line.
    Result {
        /// What became of it.
        result: ImportResultView,
    },
    /// After each batch: everything up to here is written.
    Progress {
        /// The number of the line.
        #[schema(example = 500)]
        committed: u64,
    },
    /// The last line. Without it the import broke off: go on with `from_line`, one more than the last `committed`.
    End {
        /// What became of all lines.
        summary: ImportSummaryView,
    },
}

impl From<FieldError> for ImportErrorView {
    fn from(error: FieldError) -> Self {
        let FieldError { field, code, message, place: _ } = error;
        Self { field, code: code.to_owned(), message }
    }
}

impl From<LineResult> for ImportResultView {
    fn from(result: LineResult) -> Self {
        let LineResult { line, outcome } = result;
        let (outcome, article, errors) = match outcome {
            Imported::Created(id) => (ImportOutcomeView::Created, Some(id), Vec::new()),
            Imported::Updated(id) => (ImportOutcomeView::Updated, Some(id), Vec::new()),
            Imported::Unchanged(id) => (ImportOutcomeView::Unchanged, Some(id), Vec::new()),
            Imported::Withdrawn(id) => (ImportOutcomeView::Withdrawn, Some(id), Vec::new()),
            Imported::Refused(errors) => (ImportOutcomeView::Refused, None, errors),
        };
        let errors = errors.into_iter().map(Into::into).collect();
        Self { line, outcome, article_id: article.map(|id| ID(id.to_string())), errors }
    }
}

impl From<Summary> for ImportSummaryView {
    fn from(summary: Summary) -> Self {
        let Summary { lines, created, updated, unchanged, withdrawn, refused, committed } = summary;
        Self { lines, created, updated, unchanged, withdrawn, refused, committed }
    }
}
