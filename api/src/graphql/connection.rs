//! Relay connections from domain pages.

use async_graphql::OutputType;
use async_graphql::connection::{Connection, Edge, EmptyFields};
use broadsheet_domain::page::Page;

use crate::views::{
    ArticleView, AuthorView, CommentRevisionView, CommentView, CorrectionView, MediaView, RevisionView,
    SourceView, TopicView,
};

/// Totals of a list, on request.
#[derive(Clone, Copy, Debug, Default, async_graphql::SimpleObject)]
pub struct Totals {
    /// How many articles the whole list has; it costs what it counts. Only for the top-level list, null elsewhere.
    pub total_count: Option<u64>,
}

pub type ArticleConnection = Connection<String, ArticleView, Totals>;
pub type AuthorConnection = Connection<String, AuthorView>;
pub type CommentConnection = Connection<String, CommentView>;
pub type CorrectionConnection = Connection<String, CorrectionView>;
pub type CommentRevisionConnection = Connection<String, CommentRevisionView>;
pub type MediaConnection = Connection<String, MediaView>;
pub type RevisionConnection = Connection<String, RevisionView>;
pub type SourceConnection = Connection<String, SourceView>;
pub type TopicConnection = Connection<String, TopicView>;

/// A connection without totals.
pub fn connection<T: OutputType>(page: Page<T>) -> Connection<String, T> {
    with_fields(page, EmptyFields)
}

/// A connection of articles.
pub fn articles(page: Page<ArticleView>, total_count: Option<u64>) -> ArticleConnection {
    with_fields(page, Totals { total_count })
}

fn with_fields<T: OutputType, F: async_graphql::ObjectType>(
    page: Page<T>,
    fields: F,
) -> Connection<String, T, F> {
    let mut connection = Connection::with_additional_fields(page.has_previous, page.has_next, fields);
    connection.edges.extend(page.items.into_iter().map(|(cursor, node)| Edge::new(cursor.forward(), node)));
    connection
}
