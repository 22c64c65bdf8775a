//! What editors send of topics.

use async_graphql::{InputObject, MaybeUndefined};
use broadsheet_domain::error::{Error, Result};
use broadsheet_domain::topic::{NewTopic, TopicEdit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::views::TopicKindView;

/// A topic to make.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct CreateTopicInput {
    /// What it is.
    #[schema(value_type = TopicKindView, required = true)]
    pub kind: Option<TopicKindView>,
    /// Its name, 1 to 120 characters; no other topic of its kind has it.
    #[schema(required = true, example = "Ferries")]
    pub name: String,
    /// The name in addresses, at most 60 characters; made from the name if left out.
    #[schema(example = "ferries")]
    pub slug: Option<String>,
    /// The topic that it is a part of, of the same kind: id or slug.
    #[schema(example = "shipping")]
    pub parent: Option<String>,
}

/// A change of a topic. What is left out stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct EditTopicInput {
    /// Another name; publishers that use the old one mean this topic still. The slug stays unless another is given.
    #[schema(example = "Ferries and harbours")]
    pub name: Option<String>,
    /// Another slug; the old one leads to the topic still.
    pub slug: Option<String>,
    /// Another topic that it is a part of, of the same kind: id or slug; null for none. At most 8 levels, and no circles.
    #[schema(value_type = Option<String>)]
    pub parent: MaybeUndefined<String>,
}

/// Which topic another becomes part of.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MergeTopicInput {
    /// The topic that stays: id or slug.
    #[schema(required = true, example = "ferries")]
    pub into: String,
}

impl CreateTopicInput {
    /// The topic, with its kind, which must be there.
    pub fn topic(self) -> Result<NewTopic> {
        let required = || {
            let message = "say what it is: section, topic, person, organisation or place";
            Error::invalid("kind", "required", message)
        };
        let Self { kind, name, slug, parent } = self;
        Ok(NewTopic { kind: kind.ok_or_else(required)?.into(), name, slug, parent })
    }
}

impl From<EditTopicInput> for TopicEdit {
    fn from(input: EditTopicInput) -> Self {
        let parent = match input.parent {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(parent) => Some(Some(parent)),
        };
        Self { name: input.name, slug: input.slug, parent }
    }
}
