//! Saved queries as callers write them. A definition is read as the parameters of a list of articles are, by the same reader.

use async_graphql::{ID, InputObject, SimpleObject};
use broadsheet_domain::article::ArticleFilter;
use broadsheet_domain::error::{Error, Findings, Result};
use broadsheet_domain::id::QueryId;
use broadsheet_domain::query::{Definition, NewQuery, QueryEdit, QuerySort, Words, check_name};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::articles::{CollapseView, collapse};
use super::filters::{filter, filter_params};
use super::lists::one_of;
use crate::views::wire_enum;

wire_enum! {
    /// The order of what a saved query finds.
    QuerySortView as QuerySort "QuerySort" from QuerySort {
        /// Best match first; with `q` only.
        Relevance,
        /// Latest published first.
        Newest,
        /// First published first.
        Oldest,
        /// Latest changed first; not with `q`.
        RecentlyUpdated,
    }
}

/// What a saved query asks for: the parameters of the list of articles, or of a search; each text of a list one any-of group (`a,b`), a leading
/// `-` excluding. It is kept with ids in the place of slugs, so that no new name breaks it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema, InputObject, SimpleObject)]
#[graphql(name = "QueryDefinition", input_name = "QueryDefinitionInput")]
#[serde(default)]
pub struct QueryDefinition {
    /// In words, in the query language of searches; with it there is no `collapse`, and no `status`. Times in it have to be
    /// dates: what moves (`published:P7D`) is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "storm (harbour OR port)")]
    pub q: Option<String>,
    /// By publisher: ids or slugs.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["harbour-courier"]))]
    pub source: Vec<String>,
    /// By byline: ids or slugs.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub author: Vec<String>,
    /// By topic of any kind: ids or slugs.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub topic: Vec<String>,
    /// By the publisher's section: ids or slugs.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub section: Vec<String>,
    /// By the story that they tell: ids.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub story: Vec<String>,
    /// By language, BCP 47; `en` also means `en-GB`.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub language: Vec<String>,
    /// By the publisher's country, ISO 3166-1 with two letters.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub country: Vec<String>,
    /// By what they have besides their text: `image`, `video`, `audio`, `correction`.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub has: Vec<String>,
    /// By where they stand in their lives. All but `published` are for editors: of others, whoever reads it is refused.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub status: Vec<String>,
    /// `true`: whose threads take new comments; `false`: whose threads are closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commentable: Option<bool>,
    /// Published within an ISO 8601 date, time or interval; kept as `published_from` and `published_until`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Published then or later: RFC 3339, or a date (midnight UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_from: Option<String>,
    /// Published before: RFC 3339, or a date (midnight UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_until: Option<String>,
    /// Changed, as readers see it, then or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_from: Option<String>,
    /// Changed last, as readers see it, before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_until: Option<String>,
    /// At least so many words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_words: Option<u32>,
    /// At most so many words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_words: Option<u32>,
    /// Of what its lists and feeds show only one. Changes, exports and streams tell of each article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collapse: Option<CollapseView>,
    /// The order of its list; `newest` if left out, with `q` `relevance`. Feeds are newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<QuerySortView>,
}

impl From<&Definition> for QueryDefinition {
    fn from(definition: &Definition) -> Self {
        let Words {
            q,
            source,
            author,
            topic,
            section,
            story,
            language,
            country,
            has,
            status,
            commentable,
            published_from,
            published_until,
            updated_from,
            updated_until,
            min_words,
            max_words,
            collapse: _,
            sort: _,
        } = Words::from(definition);
        Self {
            q,
            source,
            author,
            topic,
            section,
            story,
            language,
            country,
            has,
            status,
            commentable,
            published: None,
            published_from,
            published_until,
            updated_from,
            updated_until,
            min_words,
            max_words,
            collapse: definition.filter.collapse.map(Into::into),
            sort: definition.sort.map(Into::into),
        }
    }
}

filter_params! {
    /// What a definition may say.
    pub struct DefinitionParams {
        /// In words.
        q: Option<String>,
        /// The order.
        sort: Option<String>,
        /// What is shown once.
        collapse: Option<String>,
    }
}

/// Reads a definition; every bad part is named.
fn definition(object: &Map<String, Value>) -> Result<Definition> {
    read(object).map_err(|error| error.under("definition"))
}

fn read(object: &Map<String, Value>) -> Result<Definition> {
    let mut findings = Findings::default();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in object {
        match texts(value) {
            Some(texts) => {
                query.extend_pairs(texts.iter().map(|text| (name, text)));
            }
            None => findings.add(name, "malformed", "must be a text, number, boolean, or a list of texts"),
        }
    }
    findings.finish()?;
    let params: DefinitionParams = super::from_query(&query.finish())?;
    let mut findings = Findings::default();
    let filter = filter(&params.words(), &mut findings)?;
    let collapse = findings.absorb(collapse(params.collapse.as_deref()))?;
    let sort = one_of("sort", params.sort.as_deref(), &QuerySort::ALL, QuerySort::as_str);
    let sort = findings.absorb(sort)?;
    findings.finish()?;
    let filter = ArticleFilter { collapse: collapse.flatten(), ..filter };
    Ok(Definition { text: params.q, filter, sort: sort.flatten() })
}

/// A value as the texts that a parameter would have; none is a parameter that was left out.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::String(text) => Some(vec![text.clone()]),
        Value::Bool(_) | Value::Number(_) => Some(vec![value.to_string()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(ToOwned::to_owned)).collect(),
        Value::Object(_) => None,
    }
}

/// A query to save.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateQueryInput {
    /// What you call it, 1 to 100 characters; whoever knows the query's id reads it.
    #[schema(required = true, example = "Videos from the harbour")]
    pub name: String,
    /// What it asks for; every article, if left out.
    #[schema(required = false, value_type = QueryDefinition, example = json!({"source": ["harbour-courier"], "has": ["video"]}))]
    pub definition: Map<String, Value>,
}

impl CreateQueryInput {
    /// As the domain takes it.
    pub fn query(&self, idempotency_key: Option<String>) -> Result<NewQuery> {
        let mut findings = Findings::default();
        let name = findings.absorb(check_name(&self.name))?;
        let definition = findings.absorb(definition(&self.definition))?;
        findings.finish()?;
        let (name, definition) = (name.unwrap_or_default(), definition.unwrap_or_default());
        Ok(NewQuery { name, definition, idempotency_key })
    }
}

/// What is changed in a saved query; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EditQueryInput {
    /// Another name.
    #[schema(example = "Videos")]
    pub name: Option<String>,
    /// Something else that it asks for: the whole of it. Whoever follows its changes begins again.
    #[schema(value_type = Option<QueryDefinition>, example = json!({"has": ["video"]}))]
    pub definition: Option<Map<String, Value>>,
}

impl EditQueryInput {
    /// As the domain takes it.
    pub fn edit(&self) -> Result<QueryEdit> {
        let definition = self.definition.as_ref().map(definition).transpose()?;
        Ok(QueryEdit { name: self.name.clone(), definition })
    }
}

/// A query to save.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CreateQueryInput")]
pub struct CreateQuery {
    /// What you call it, 1 to 100 characters; whoever knows the query's id reads it.
    pub name: String,
    /// What it asks for.
    pub definition: QueryDefinition,
    /// Your own key for this query, at most 200 characters: repeated with the same input, it saves once.
    pub idempotency_key: Option<String>,
}

/// What is changed in a saved query; what is left out stays.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "EditQueryInput")]
pub struct EditQuery {
    /// Which query.
    pub id: ID,
    /// Another name.
    pub name: Option<String>,
    /// Something else that it asks for: the whole of it. Whoever follows its changes begins again.
    pub definition: Option<QueryDefinition>,
    /// `updatedAt` as you read it: if the query was saved anew meanwhile, nothing is changed.
    pub expected_updated_at: Option<crate::views::Timestamp>,
}

impl CreateQuery {
    /// As REST takes it.
    pub fn input(&self) -> CreateQueryInput {
        CreateQueryInput { name: self.name.clone(), definition: object(&self.definition) }
    }
}

impl EditQuery {
    /// As REST takes it.
    pub fn input(&self) -> EditQueryInput {
        EditQueryInput { name: self.name.clone(), definition: self.definition.as_ref().map(object) }
    }
}

fn object(definition: &QueryDefinition) -> Map<String, Value> {
    match serde_json::to_value(definition) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

/// Reads `query=`.
pub fn query_id(text: Option<&str>) -> Result<Option<QueryId>> {
    let read = |text: &str| {
        text.parse().map_err(|error: broadsheet_domain::id::IdError| {
            Error::invalid("query", "malformed", error.to_string())
        })
    };
    text.map(read).transpose()
}
