//! Topics.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::id::PublicId;
use broadsheet_domain::topic::{Topic, TopicKind};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{TopicList, wire_enum};

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
    /// 1, and one more with each change by an editor.
    pub revision: u32,
    /// The topic that it is a part of. With `include=parent`.
    #[graphql(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<TopicView>, required = false, no_recursion)]
    pub parent: Option<Option<Box<TopicView>>>,
    /// The first page of its parts, latest seen first. With `include=children`.
    #[graphql(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = TopicList, required = false, no_recursion)]
    pub children: Option<Box<TopicList>>,
    #[serde(skip)]
    #[graphql(skip)]
    #[schema(ignore)]
    pub(crate) key: Uuid,
    #[serde(skip)]
    #[graphql(skip)]
    #[schema(ignore)]
    pub(crate) parent_key: Option<Uuid>,
}

impl From<&Topic> for TopicView {
    fn from(topic: &Topic) -> Self {
        let Topic { id, kind, slug, name, parent, revision } = topic.clone();
        Self {
            id: ID(id.to_string()),
            slug,
            kind: kind.into(),
            name,
            parent_id: parent.map(|parent| ID(parent.to_string())),
            revision,
            parent: None,
            children: None,
            key: id.uuid(),
            parent_key: parent.map(PublicId::uuid),
        }
    }
}
