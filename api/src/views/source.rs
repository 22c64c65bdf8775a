//! Sources and authors.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::author::Author;
use broadsheet_domain::id::PublicId;
use broadsheet_domain::source::{Source, SourceStatus};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Timestamp, wire_enum};

wire_enum! {
    /// Whether a source's feeds are fetched.
    SourceStatusView as SourceStatus "SourceStatus" from SourceStatus {
        /// Its feeds are fetched.
        Active,
        /// Its articles stay, its feeds rest.
        Paused,
    }
}

/// A publisher.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Source", complex)]
#[schema(as = Source)]
pub struct SourceView {
    /// `src_…`
    #[schema(value_type = String, example = "src_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// The name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its front page.
    #[schema(required = true)]
    pub homepage: Option<String>,
    /// Its logo.
    #[schema(required = true)]
    pub logo_url: Option<String>,
    /// BCP 47.
    #[schema(required = true)]
    pub language: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(required = true)]
    pub country: Option<String>,
    /// What it says of itself.
    #[schema(required = true)]
    pub description: Option<String>,
    /// Whether its feeds are fetched.
    pub status: SourceStatusView,
    /// When it was added.
    pub created_at: Timestamp,
    /// When its record last changed.
    pub updated_at: Timestamp,
    #[serde(skip)]
    #[graphql(skip)]
    pub(crate) key: Uuid,
}

impl From<&Source> for SourceView {
    fn from(source: &Source) -> Self {
        let Source {
            id,
            slug,
            name,
            homepage,
            logo_url,
            language,
            country,
            description,
            status,
            created_at,
            updated_at,
        } = source.clone();
        Self {
            id: ID(id.to_string()),
            slug,
            name,
            homepage,
            logo_url,
            language,
            country,
            description,
            status: status.into(),
            created_at: created_at.into(),
            updated_at: updated_at.into(),
            key: id.uuid(),
        }
    }
}

/// Somebody named in bylines.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Author", complex)]
#[schema(as = Author)]
pub struct AuthorView {
    /// `aut_…`
    #[schema(value_type = String, example = "aut_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// The name in addresses.
    pub slug: String,
    /// The name as it is printed.
    pub name: String,
    /// The source whose bylines name them; none where they are shared.
    #[schema(required = true, value_type = Option<String>)]
    #[graphql(skip)]
    pub source_id: Option<ID>,
    #[serde(skip)]
    #[graphql(skip)]
    pub(crate) key: Uuid,
    #[serde(skip)]
    #[graphql(skip)]
    pub(crate) source_key: Option<Uuid>,
}

impl From<&Author> for AuthorView {
    fn from(author: &Author) -> Self {
        let Author { id, slug, name, source } = author.clone();
        Self {
            id: ID(id.to_string()),
            slug,
            name,
            source_id: source.map(|id| ID(id.to_string())),
            key: id.uuid(),
            source_key: source.map(PublicId::uuid),
        }
    }
}
