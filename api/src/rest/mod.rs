//! REST under `/v1`: extract, one call of the domain, a view. To add an operation: a handler here with its
//! `utoipa::path`, its line in [`routes`], its GraphQL twin, and its row in the access table.

#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of extractors")]

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

mod accounts;
mod articles;
mod auth;
mod changes;
mod comments;
mod desk;
mod embed;
mod events;
mod exports;
mod feeds;
mod imports;
mod items;
mod queries;
mod reads;
mod respond;
mod search;
mod sitemaps;
mod source_feeds;
mod sources;
mod stories;
mod topics;
mod trending;

pub use items::json_ld;
pub use reads::answer;
pub use respond::other_format;
pub use sitemaps::routes as sitemap_routes;

/// Every operation, with its documentation.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(articles::list_articles))
        .routes(routes!(articles::list_article_ids))
        .routes(routes!(articles::get_article_by_url))
        .routes(routes!(articles::get_article))
        .routes(routes!(articles::list_article_revisions))
        .routes(routes!(reads::record_read))
        .merge(desk::routes())
        .merge(search::routes())
        .merge(imports::routes())
        .routes(routes!(events::stream_articles))
        .routes(routes!(comments::list_comments, comments::post_comment))
        .routes(routes!(events::stream_comments))
        .routes(routes!(comments::get_comment, comments::edit_comment, comments::delete_comment))
        .routes(routes!(comments::list_replies))
        .routes(routes!(comments::list_comment_revisions))
        .routes(routes!(comments::hide_comment))
        .routes(routes!(comments::restore_comment))
        .routes(routes!(articles::close_thread))
        .routes(routes!(articles::open_thread))
        .routes(routes!(feeds::get_feed))
        .routes(routes!(feeds::get_feed_of))
        .routes(routes!(feeds::get_opml))
        .routes(routes!(stories::list_stories))
        .routes(routes!(stories::get_story))
        .routes(routes!(stories::list_story_members))
        .routes(routes!(stories::list_story_publishers))
        .routes(routes!(stories::merge_story))
        .routes(routes!(stories::split_story))
        .routes(routes!(stories::undo_story_edit))
        .routes(routes!(trending::list_trending))
        .routes(routes!(sources::list_sources))
        .routes(routes!(sources::get_source))
        .routes(routes!(sources::list_authors))
        .routes(routes!(sources::get_author))
        .merge(source_feeds::routes())
        .merge(topics::routes())
        .routes(routes!(changes::list_changes))
        .routes(routes!(changes::stream_changes))
        .routes(routes!(exports::export_articles))
        .merge(queries::routes())
        .routes(routes!(auth::register))
        .routes(routes!(auth::sign_in))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::sign_out))
        .routes(routes!(accounts::get_me))
        .routes(routes!(accounts::ban_account))
        .routes(routes!(accounts::readmit_account))
}
