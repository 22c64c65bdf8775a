//! What operators send of feeds.

use async_graphql::InputObject;
use serde::Deserialize;
use utoipa::ToSchema;

/// A feed to follow.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct AddFeedInput {
    /// Its address.
    #[schema(required = true, example = "https://harbour-courier.example/feed.xml")]
    pub url: String,
    /// Whose it is: id or slug; the publisher of that address if left out.
    #[schema(example = "harbour-courier")]
    pub source: Option<String>,
}

/// A change of a feed.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EditFeedInput {
    /// Where it is fetched from now on.
    #[schema(required = true, example = "https://harbour-courier.example/news.xml")]
    pub url: String,
}
