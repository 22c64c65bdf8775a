//! Imports of a few lines. For more there is REST.

use async_graphql::{Context, Object, Result};
use broadsheet_domain::article::import::MOST_LINES;
use broadsheet_domain::error::Error;

use super::mutation::ImportPayload;
use super::query::parts;
use crate::import::{Importer, Options};
use crate::inputs::ImportArticlesInput;
use crate::views::ArticleImportView;

/// Imports.
#[derive(Default)]
pub struct ImportMutation;

#[Object]
impl ImportMutation {
    /// Imports articles, at most 500. Each is known again by its own identity, else by its URL: the same line again changes
    /// nothing, a changed line gives a revision. A line that is no good is told with its number, the field and the reason,
    /// nothing of it is written, and the others go in. For editors.
    async fn import_articles(&self, ctx: &Context<'_>, input: ImportArticlesInput) -> Result<ImportPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let import = async {
            let ImportArticlesInput { format, lines, source, create_sources } = input;
            let options =
                Options { format: format.into(), source, create_sources, from_line: 1, verbose: true };
            let importer = Importer::new(newsroom.clone(), viewer.clone(), options).await?;
            if lines.len() > MOST_LINES {
                let message = format!(
                    "has {} lines; at most {MOST_LINES} are allowed: for more, POST /v1/imports",
                    lines.len()
                );
                return Err(Error::invalid("lines", "too_many", message));
            }
            let written = importer.all(lines).await?;
            let results = written.results.into_iter().map(Into::into).collect();
            Ok(ArticleImportView { results, summary: written.summary.into() })
        };
        ImportPayload::of(import.await)
    }
}
