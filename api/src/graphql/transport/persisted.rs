//! Parsed documents, kept by the SHA-256 of their text, and the automatic persisted queries that ask for them
//! by it.
//!
//! The request form is Apollo's: `extensions.persistedQuery = {version: 1, sha256Hash}`, first alone, then
//! with the text. Nothing has to be persisted to be run, and a text that was sent plainly is found by its hash
//! as well. Only documents within the limits are kept, and memory for them is bounded.

use std::sync::Arc;

use async_graphql::parser::{parse_query, types::ExecutableDocument};
use async_graphql::{ServerError, ServerResult};
use aws_lc_rs::digest::{SHA256, digest};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};

use super::limits::{Limits, coded, unparsable};
use super::survey;

/// What a byte of text can become in memory once parsed: a one-letter field is two bytes of text and more than
/// two hundred of tree.
const MEMORY_PER_BYTE: u64 = 128;

type Hash = [u8; 32];

/// A document within the limits, with its text.
pub(super) struct Document {
    pub(super) source: String,
    pub(super) parsed: ExecutableDocument,
}

impl Document {
    fn parse(source: &str, limits: &Limits) -> ServerResult<Self> {
        survey::source(source, limits)?;
        let parsed = parse_query(source).map_err(|error| unparsable(error.into()))?;
        survey::document(&parsed, limits)?;
        Ok(Self { source: source.to_owned(), parsed })
    }
}

#[derive(Clone)]
struct ByMemory;

impl Weighter<Hash, Arc<Document>> for ByMemory {
    fn weight(&self, _: &Hash, document: &Arc<Document>) -> u64 {
        u64::try_from(document.source.len()).unwrap_or(u64::MAX).saturating_mul(MEMORY_PER_BYTE).max(1)
    }
}

/// The documents that were seen lately.
pub(super) struct Documents {
    kept: Cache<Hash, Arc<Document>, ByMemory>,
}

impl Documents {
    /// Room for `memory` bytes of parsed documents.
    pub(super) fn new(memory: u64) -> Self {
        let typical = memory / (1_024 * MEMORY_PER_BYTE);
        let expected = usize::try_from(typical).unwrap_or(usize::MAX).clamp(16, 65_536);
        Self { kept: Cache::with_weighter(expected, memory, ByMemory) }
    }

    /// The document of a request: by its text, by its hash alone, or by both, which must then agree.
    pub(super) fn find(
        &self,
        query: Option<&str>,
        extensions: &Map<String, Value>,
        limits: &Limits,
    ) -> ServerResult<Arc<Document>> {
        let claimed = extensions.get("persistedQuery").map(claimed_hash).transpose()?;
        match (query.filter(|text| !text.is_empty() || claimed.is_none()), claimed) {
            (Some(text), None) => self.load(text, hash(text), limits),
            (Some(text), Some(claimed)) if claimed == hash(text) => self.load(text, claimed, limits),
            (Some(_), Some(_)) => Err(mismatch()),
            (None, Some(claimed)) => self.kept.get(&claimed).ok_or_else(not_found),
            (None, None) => Err(coded("BAD_REQUEST", "The request has no query.", None)),
        }
    }

    fn load(&self, text: &str, hash: Hash, limits: &Limits) -> ServerResult<Arc<Document>> {
        if let Some(document) = self.kept.get(&hash) {
            return Ok(document);
        }
        let document = Arc::new(Document::parse(text, limits)?);
        self.kept.insert(hash, Arc::clone(&document));
        Ok(document)
    }
}

fn hash(text: &str) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

fn claimed_hash(extension: &Value) -> ServerResult<Hash> {
    if extension.get("version").and_then(Value::as_u64) != Some(1) {
        return Err(coded("BAD_REQUEST", "Unsupported persisted query version: only version 1 is.", None));
    }
    let hex = extension.get("sha256Hash").and_then(Value::as_str).unwrap_or_default();
    blake3::Hash::from_hex(hex.to_ascii_lowercase()).map(|hash| *hash.as_bytes()).map_err(|error| {
        coded(
            "BAD_REQUEST",
            format!("persistedQuery.sha256Hash is not a SHA-256 in hexadecimal: {error}."),
            None,
        )
    })
}

/// Apollo's clients look for this very message or this code, and then send the text.
fn not_found() -> ServerError {
    coded("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound", None)
}

fn mismatch() -> ServerError {
    coded("PERSISTED_QUERY_HASH_MISMATCH", "provided sha does not match query", None)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// SHA-256 of `{ hello }`.
    const HELLO: &str = "001c3174e099bd72b729d0c0a529ba9f5a740c446e2a6e1d71b283cb84ec3065";

    fn by_hash(hash: &str) -> Map<String, Value> {
        let Value::Object(map) = json!({"persistedQuery": {"version": 1, "sha256Hash": hash}}) else {
            panic!("an object");
        };
        map
    }

    fn code(found: ServerResult<Arc<Document>>) -> String {
        let error = found.err().expect("a refusal");
        error.extensions.unwrap().get("code").unwrap().to_string().replace('"', "")
    }

    fn sha256(text: &str) -> String {
        blake3::Hash::from_bytes(hash(text)).to_hex().to_string()
    }

    #[test]
    fn follows_the_exchange_of_persisted_queries() {
        let (documents, limits) = (Documents::new(1 << 20), Limits::default());
        let hash = sha256("{ hello }");
        assert_eq!(code(documents.find(None, &by_hash(&hash), &limits)), "PERSISTED_QUERY_NOT_FOUND");
        assert!(documents.find(Some("{ hello }"), &by_hash(&hash.to_uppercase()), &limits).is_ok());
        assert_eq!(documents.find(None, &by_hash(&hash), &limits).unwrap().source, "{ hello }");
        assert!(documents.find(Some(""), &by_hash(&hash), &limits).is_ok());
    }

    #[test]
    fn hashes_with_sha256() {
        assert_eq!(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(sha256("{ hello }"), HELLO);
    }

    #[test]
    fn refuses_another_texts_hash_and_other_versions() {
        let (documents, limits) = (Documents::new(1 << 20), Limits::default());
        let wrong = by_hash(&sha256("{ bye }"));
        assert_eq!(code(documents.find(Some("{ hello }"), &wrong, &limits)), "PERSISTED_QUERY_HASH_MISMATCH");
        assert_eq!(code(documents.find(Some("{ hello }"), &by_hash("zz"), &limits)), "BAD_REQUEST");
        let mut newer = by_hash(&sha256("{ hello }"));
        newer.insert("persistedQuery".to_owned(), json!({"version": 2}));
        assert_eq!(code(documents.find(Some("{ hello }"), &newer, &limits)), "BAD_REQUEST");
    }

    #[test]
    fn keeps_parsed_documents_within_its_memory() {
        let (documents, limits) = (Documents::new(64 * 1024), Limits::default());
        let plain = Map::new();
        let first = documents.find(Some("{ hello }"), &plain, &limits).unwrap();
        assert!(Arc::ptr_eq(&first, &documents.find(Some("{ hello }"), &plain, &limits).unwrap()));
        for number in 0..1_000 {
            documents.find(Some(&format!("{{ a{number} }}")), &plain, &limits).unwrap();
        }
        assert!(documents.kept.weight() <= 64 * 1024);
    }

    #[test]
    fn keeps_nothing_that_breaks_a_limit() {
        let limits = Limits { depth: 1, ..Limits::default() };
        let documents = Documents::new(1 << 20);
        assert_eq!(code(documents.find(Some("{ a { b } }"), &Map::new(), &limits)), "LIMIT_EXCEEDED");
        assert_eq!(code(documents.find(Some("{"), &Map::new(), &limits)), "GRAPHQL_PARSE_FAILED");
        assert!(documents.kept.is_empty());
    }
}
