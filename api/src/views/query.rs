//! Saved queries.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::query::SavedQuery;
use serde::Serialize;
use utoipa::ToSchema;

use super::Timestamp;
use crate::inputs::QueryDefinition;

/// A filter or search that was saved. Whoever knows its id reads it and what it finds, as feed readers do; who saved it is not told.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "SavedQuery", complex)]
#[schema(as = SavedQuery)]
pub struct SavedQueryView {
    /// `qry_…`
    #[schema(value_type = String, example = "qry_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// What its owner calls it.
    #[schema(example = "Videos from the harbour")]
    pub name: String,
    /// What it asks for.
    pub definition: QueryDefinition,
    /// When it was saved first.
    pub created_at: Timestamp,
    /// When it was saved last.
    pub updated_at: Timestamp,
    #[serde(skip)]
    #[graphql(skip)]
    #[schema(ignore)]
    pub(crate) query: SavedQuery,
}

impl From<SavedQuery> for SavedQueryView {
    fn from(query: SavedQuery) -> Self {
        Self {
            id: ID(query.id.to_string()),
            name: query.name.clone(),
            definition: (&query.definition).into(),
            created_at: query.created_at.into(),
            updated_at: query.updated_at.into(),
            query,
        }
    }
}
