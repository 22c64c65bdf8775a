//! Labelled documents as JSON lines, to measure clustering with.

use std::io::{BufRead, Error, ErrorKind, Result};

use serde::Deserialize;

use super::{Document, Fingerprint, fingerprint};

/// One line: a document and the group that it belongs to.
#[derive(Clone, Debug, Deserialize)]
struct Line {
    id: String,
    /// None for a document that belongs with no other.
    #[serde(alias = "group")]
    cluster: Option<String>,
    title: Option<String>,
    #[serde(alias = "content")]
    text: Option<String>,
    published_ms: Option<i64>,
    published_at: Option<String>,
    domain: Option<String>,
    source: Option<String>,
    language: Option<String>,
}

/// A labelled document, read.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// Its true group.
    pub cluster: String,
    /// Milliseconds since the epoch; 0 where nobody says.
    pub published_at: i64,
    /// Digest of who published it; 0 where nobody says.
    pub outlet: u128,
    /// What clustering sees of it.
    pub print: Fingerprint,
}

/// Reads JSON lines. `language` is that of the records that name none; `instant` reads an RFC 3339 time.
pub fn read(
    lines: impl BufRead,
    language: &str,
    instant: impl Fn(&str) -> Option<i64>,
) -> Result<Vec<Labelled>> {
    let mut all = Vec::new();
    for (number, line) in lines.lines().enumerate() {
        let line: Line = serde_json::from_str(&line?)
            .map_err(|error| Error::new(ErrorKind::InvalidData, format!("line {}: {error}", number + 1)))?;
        all.push(line.labelled(language, &instant));
    }
    Ok(all)
}

impl Line {
    fn labelled(self, language: &str, instant: impl Fn(&str) -> Option<i64>) -> Labelled {
        let text = self.text.unwrap_or_default();
        // A text without a title of its own begins with its headline or first sentence.
        let (title, text) = match &self.title {
            Some(title) => (title.as_str(), text.as_str()),
            None => text.split_once('\n').unwrap_or((text.as_str(), "")),
        };
        let outlet = self.domain.or(self.source).map_or(0, |name| u128::from(super::terms::digest(&[&name])));
        let language = self.language.as_deref().unwrap_or(language);
        Labelled {
            print: fingerprint(&Document { language: Some(language), title, text }),
            published_at: self.published_ms.or_else(|| instant(&self.published_at?)).unwrap_or(0),
            outlet,
            cluster: self.cluster.unwrap_or(self.id),
        }
    }
}
