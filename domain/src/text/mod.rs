//! Everything that Broadsheet does to words: pure functions on text and HTML. Nothing here knows of articles or comments.

mod adverts;
pub mod byline;
pub mod html;
mod html_media;
pub mod language;
pub mod markdown;
pub mod measure;
mod names;
pub mod query;
mod sanitise;
pub mod slug;
pub mod url;
