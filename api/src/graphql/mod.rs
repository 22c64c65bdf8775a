//! GraphQL: the schema and its protocols. Resolvers translate; they do not decide. Every list is a Relay connection, every
//! relation is loaded in batches.

use async_graphql::{Schema, SchemaBuilder};

use crate::App;
use crate::caller::Caller;

mod arguments;
mod article;
mod batching;
mod comment;
mod connection;
mod desk;
mod errors;
mod import;
mod loaders;
mod mutation;
mod query;
mod saved_query;
mod search;
mod source;
mod source_feed;
mod story;
mod subscription;
mod topic;
pub mod transport;
mod trending;

pub use errors::UserError;

/// Broadsheet's schema.
pub type BroadsheetSchema = Schema<query::Query, mutation::Mutation, subscription::Subscription>;

/// The schema without anything behind it: what is printed as the contract. It never connects to anything.
pub fn schema() -> SchemaBuilder<query::Query, mutation::Mutation, subscription::Subscription> {
    Schema::build(query::Query::default(), mutation::Mutation::default(), subscription::Subscription)
        .extension(batching::Batching)
}

/// The published SDL.
pub fn sdl() -> String {
    let options =
        async_graphql::SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    schema().finish().sdl_with_options(options)
}

/// Adds who asks, and loaders of their own, to a request.
pub fn prepare(app: &App, caller: Caller, request: async_graphql::Request) -> async_graphql::Request {
    let loaders = loaders::Loaders::new(app.newsroom.clone(), caller.viewer.clone());
    request.data(app.clone()).data(caller.viewer).data(caller.reader).data(loaders)
}
