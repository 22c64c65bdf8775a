//! What another parser found in each document, as one JSON object a line.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use super::CompareError;

/// One document, as the other parser read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Reference {
    /// The document's path in its folder.
    pub file: String,
    /// Its entries.
    #[serde(default)]
    pub entries: Vec<ReferenceEntry>,
}

/// One entry, as the other parser read it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReferenceEntry {
    /// Its guid; JSON Feed's may be a number.
    pub id: serde_json::Value,
    /// Its title, perhaps with markup.
    pub title: Option<String>,
    /// Where it leads.
    pub link: Option<String>,
    /// When it was published, RFC 3339.
    pub published: Option<String>,
    /// When it was changed, RFC 3339.
    pub updated: Option<String>,
    /// Names.
    pub authors: Vec<Option<String>>,
    /// Categories.
    pub tags: Vec<Option<String>>,
    /// Characters of the summary.
    pub summary_len: usize,
    /// Characters of the content.
    pub content_len: usize,
    /// Address, media type and length of each enclosure.
    pub enclosures: Vec<Vec<serde_json::Value>>,
    /// Addresses.
    pub media_content: Vec<Option<String>>,
    /// Addresses.
    pub media_thumbnail: Vec<Option<String>>,
}

/// Reads a list of references, gzipped.
pub(super) fn read(path: &Path) -> Result<Vec<Reference>, CompareError> {
    lines(std::fs::File::open(path)?)
}

fn lines(from: impl Read) -> Result<Vec<Reference>, CompareError> {
    let mut found = Vec::new();
    for line in BufReader::new(MultiGzDecoder::new(from)).lines() {
        let line = line?;
        if !line.trim().is_empty() {
            found.push(serde_json::from_str(&line)?);
        }
    }
    Ok(found)
}
