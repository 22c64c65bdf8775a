//! What editors do to stories.

use async_graphql::ID;
use broadsheet_domain::error::{Error, Result};
use broadsheet_domain::id::ArticleId;
use serde::Deserialize;
use utoipa::ToSchema;

/// Which story another becomes part of.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MergeStoryInput {
    /// The story that stays.
    #[schema(required = true, example = "sto_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub into: String,
}

/// Which articles leave a story.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SplitStoryInput {
    /// Ids of articles that tell it; at least one, and not all of them.
    #[schema(required = true, example = json!(["art_01k3v0sxm8e1zr4k5q5w0v6b7c"]))]
    pub articles: Vec<String>,
}

impl SplitStoryInput {
    /// The ids, read.
    pub fn ids(&self) -> Result<Vec<ArticleId>> {
        self.articles.iter().map(|text| article(text)).collect()
    }
}

/// The ids of articles, read.
pub fn article_keys(ids: &[ID]) -> Result<Vec<ArticleId>> {
    ids.iter().map(|id| article(id.as_str())).collect()
}

fn article(text: &str) -> Result<ArticleId> {
    let malformed =
        |error: broadsheet_domain::id::IdError| Error::invalid("articles", "malformed", error.to_string());
    text.parse().map_err(malformed)
}
