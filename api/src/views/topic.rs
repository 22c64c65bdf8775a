//! Topics.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::id::PublicId;
use broadsheet_domain::topic::{Topic, TopicKind};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::wire_enum;

wire_enum! {
    /// What a topic is.
    TopicKindView as TopicKind "TopicKind" from TopicKind {
        /// A part of a publisher's edition: World, Sport.
        Section,
        /// A subject.
        Topic,
        /// Somebody.
        Person,
        /// A company, party, team, authority.
        Organisation,
        /// A place.
        Place,
    }
}

/// A section, subject, person, organisation or place that articles are about.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Topic", complex)]
#[schema(as = Topic)]
pub struct TopicView {
    /// `top_…`
    #[schema(value_type = String, example = "top_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// The name in addresses.
    pub slug: String,
    /// What it is.
    pub kind: TopicKindView,
    /// Its name.
    pub name: String,
    /// The topic that it is a part of.
    #[schema(required = true, value_type = Option<String>)]
    pub parent_id: Option<ID>,
    #[serde(skip)]
    #[graphql(skip)]
    pub(crate) key: Uuid,
}

impl From<&Topic> for TopicView {
    fn from(topic: &Topic) -> Self {
        let Topic { id, kind, slug, name, parent } = topic.clone();
        let parent_id = parent.map(|parent| ID(parent.to_string()));
        Self { id: ID(id.to_string()), slug, kind: kind.into(), name, parent_id, key: id.uuid() }
    }
}
