//! ninjs, the IPTC's news in JSON (iptc.org/std/ninjs): written as 3.1, read in every version from 1.0.

mod export;
mod import;
mod import_media;
mod node;

pub use export::render;
pub use import::{Imported, NamedTopic, PubStatus, parse};
pub use import_media::ImportedMedium;
pub use node::NinjsError;

#[cfg(test)]
mod tests;

/// Media type of the document.
pub const MEDIA_TYPE: &str = "application/json; charset=utf-8";
