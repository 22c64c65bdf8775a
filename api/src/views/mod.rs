//! Wire shapes: one struct a resource, the same in REST and GraphQL.
//!
//! A doc comment here is published in both contracts. Views hold no rules: they are made from what a viewer was given.
//! REST embeds what `include=` asks for in the optional fields; GraphQL resolves the same names (see `graphql/`).

#![warn(missing_docs)]

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use serde::Serialize;
use utoipa::ToSchema;

mod account;
mod article;
mod change;
mod comment;
mod desk;
mod event;
mod feed;
mod import;
mod media;
mod page;
mod query;
mod search;
mod source;
mod story;
mod topic;
mod trending;

pub use account::{AccountStatusView, AccountView, ProfileView, RoleView, SessionView};
pub use article::{ArticleStatusView, ArticleView, BodyView, RevisionView, TextDirection};
pub use change::{ChangeBatchView, ChangeView, ExportLineView, SignificanceView, ThreadStateView};
pub use comment::{CommentBodyView, CommentRevisionView, CommentStatusView, CommentView};
pub use desk::{AliasView, CorrectionView, DiffKindView, DiffPartView, FieldDiffView, RevisionDiffView};
pub use event::{ArticleEventView, ChangeKindView, CommentEventView};
pub use feed::{
    FaultCountView, FaultView, FeedStatusView, FeedView, FetchCountsView, FetchView, HealthView, LedgerView,
    OutcomeView, ViaView,
};
pub use import::{
    ArticleImportView, ImportErrorView, ImportLineView, ImportOutcomeView, ImportResultView,
    ImportSummaryView,
};
pub use media::{FocalPointView, MediaKindView, MediaRoleView, MediaView};
pub use page::{
    ArticleIdList, ArticleList, AuthorList, CommentList, CommentRevisionList, CorrectionList, FeedFetchList,
    PageView, RelatedList, RevisionList, SavedQueryList, SourceFeedList, SourceList, StoryList,
    StoryMemberList, TopicList,
};
pub use query::SavedQueryView;
pub use search::{
    FacetCountsView, FacetView, RelatedView, SearchHitView, SearchMetaView, SearchSortView, SuggestionsView,
};
pub use source::{AuthorView, SourceStatusView, SourceView};
pub use story::{SignalView, StoryMemberView, StoryPublisherView, StoryView};
pub use topic::{TopicKindView, TopicView};
pub use trending::{
    TrendList, TrendSignalKindView, TrendSignalView, TrendView, TrendingMetaView, TrendsByView, WindowView,
};

/// A moment in UTC, RFC 3339 with `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-23T08:30:00Z")]
pub struct Timestamp(broadsheet_domain::clock::Timestamp);

impl From<broadsheet_domain::clock::Timestamp> for Timestamp {
    fn from(at: broadsheet_domain::clock::Timestamp) -> Self {
        Self(at)
    }
}

impl From<Timestamp> for broadsheet_domain::clock::Timestamp {
    fn from(at: Timestamp) -> Self {
        at.0
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let read = broadsheet_domain::clock::Timestamp::parse(&text).map(Self);
        read.ok_or_else(|| serde::de::Error::custom("a time must be RFC 3339, such as 2026-11-23T08:30:00Z"))
    }
}

/// A moment in UTC, RFC 3339 with `Z`: `2026-11-23T08:30:00Z`.
#[Scalar(name = "DateTime", specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for Timestamp {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => broadsheet_domain::clock::Timestamp::parse(text)
                .map(Self)
                .ok_or_else(|| InputValueError::custom("must be RFC 3339, such as 2026-11-23T08:30:00Z")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Declares the wire form of a domain enumeration: `lower_snake` in REST, `UPPER_SNAKE` in GraphQL. A new variant in the
/// domain does not compile until it is given a name here.
macro_rules! wire_enum {
    ($(#[$doc:meta])* $view:ident as $schema:ident $name:literal from $domain:path { $($(#[$vdoc:meta])* $variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema, async_graphql::Enum)]
        #[serde(rename_all = "snake_case")]
        #[graphql(name = $name)]
        #[schema(as = $schema)]
        pub enum $view { $($(#[$vdoc])* $variant),* }

        impl From<$domain> for $view {
            fn from(value: $domain) -> Self {
                type Domain = $domain;
                match value { $(Domain::$variant => Self::$variant),* }
            }
        }

        impl From<$view> for $domain {
            fn from(value: $view) -> Self {
                type Domain = $domain;
                match value { $($view::$variant => Domain::$variant),* }
            }
        }
    };
}
pub(crate) use wire_enum;
