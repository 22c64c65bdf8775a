//! How much of what another parser finds in a folder of feeds ours finds too, file by file and field by field.
//!
//! The folder holds `manifest.csv`, whose first column names the documents, and `reference-feedparser.jsonl.gz`, what
//! feedparser finds in each of them. Texts are compared without markup and white space, dates as instants, addresses
//! resolved; of summaries and contents the reference has only the lengths.

use std::path::Path;

use super::parse::{self, ParsedFeed};

mod fields;
mod reference;
mod table;
mod text;

pub use fields::{Cell, Difference, FIELDS, Field};
pub use reference::{Reference, ReferenceEntry};
pub use table::{Row, Table};

/// Why a folder could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A file is missing or cannot be read.
    #[error("the folder could not be read: {0}")]
    File(#[from] std::io::Error),
    /// The reference is no list of JSON objects.
    #[error("the reference could not be read: {0}")]
    Reference(#[from] serde_json::Error),
}

/// Compares every document that the folder's manifest names.
pub fn compare(dir: &Path) -> Result<Table, CompareError> {
    let manifest = std::fs::read_to_string(dir.join("manifest.csv"))?;
    let named = |file: &str| {
        manifest.lines().skip(1).any(|line| line.strip_prefix(file).is_some_and(|rest| rest.starts_with(',')))
    };
    let mut references = reference::read(&dir.join("reference-feedparser.jsonl.gz"))?;
    references.retain(|reference| named(&reference.file));
    Ok(Table { rows: references.iter().map(|reference| row(dir, reference)).collect() })
}

/// Compares the documents that a reference names with files under a folder.
pub fn compare_with(reference: &Path, root: &Path) -> Result<Table, CompareError> {
    let references = reference::read(reference)?;
    Ok(Table { rows: references.iter().map(|reference| row(root, reference)).collect() })
}

fn row(dir: &Path, reference: &Reference) -> Row {
    let read = std::fs::read(dir.join(&reference.file)).map_err(|error| error.to_string());
    let parsed = read.and_then(|bytes| parse::parse(&bytes, None, None).map_err(|error| error.to_string()));
    let entries = parsed.as_ref().map_or(0, |feed| feed.entries.len());
    let (cells, differences) = match &parsed {
        Ok(feed) => fields::count(reference, feed),
        Err(_) => (fields::nothing(reference), Vec::new()),
    };
    Row {
        file: reference.file.clone(),
        outcome: parsed.map(|feed: ParsedFeed| feed.format.to_string()),
        reference_entries: reference.entries.len(),
        entries,
        cells,
        differences,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn folder(reference: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let mut manifest = "file,format\n".to_owned();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
            manifest.push_str(name);
            manifest.push_str(",x\n");
        }
        std::fs::write(dir.path().join("manifest.csv"), manifest).unwrap();
        let file = std::fs::File::create(dir.path().join("reference-feedparser.jsonl.gz")).unwrap();
        let mut gz = GzEncoder::new(file, Compression::fast());
        gz.write_all(reference.as_bytes()).unwrap();
        gz.finish().unwrap();
        dir
    }

    fn cell(table: &Table, wanted: Field) -> Cell {
        let at = FIELDS.iter().position(|(field, _)| *field == wanted).unwrap();
        table.totals()[at]
    }

    #[test]
    fn fields_are_counted_where_the_reference_has_them() {
        let reference = r#"
            {"file":"a.xml","entries":[{"id":1,"title":"Fish &amp; <b>chips</b>","link":"/1","published":"2026-11-16T07:30:00Z","authors":["Ann"],"tags":["A","B"],"summary_len":5,"content_len":0,"enclosures":[["https://a.example/1.mp3","audio/mpeg",5]],"media_content":[],"media_thumbnail":[]},
             {"id":null,"title":"Two","link":null,"summary_len":9,"content_len":9}]}
            {"file":"b.xml","entries":[{"title":"x"}]}
            {"file":"unnamed.xml","entries":[{"title":"x"}]}"#;
        let reference = reference.replace("},\n", "},");
        let feed = "<rss><channel><link>https://a.example/</link><item><guid>1</guid><title>Fish &amp;amp; chips</title><link>/1</link>
            <pubDate>Mon, 16 Nov 2026 08:30:00 +0100</pubDate><author>Bo</author><category>A</category><category>B</category><category>C</category>
            <description>short</description><enclosure url='https://a.example/1.mp3'/></item><item><title>Three</title><guid>3</guid></item></channel></rss>";
        let dir = folder(&reference, &[("a.xml", feed), ("b.xml", "no feed")]);
        let table = compare(dir.path()).unwrap();
        assert_eq!((table.rows.len(), table.read()), (2, 1));
        let unlinked = feed.replace("<link>/1</link>", "");
        let without_link = compare(folder(&reference, &[("a.xml", &unlinked)]).path()).unwrap();
        let counted = |reference, ours, agree, only_ours| Cell { reference, ours, agree, only_ours };
        assert_eq!(cell(&table, Field::Title), counted(3, 2, 1, 0));
        assert_eq!(cell(&table, Field::Link), counted(1, 1, 1, 0));
        assert_eq!(cell(&without_link, Field::Link), counted(1, 0, 0, 0));
        assert_eq!(cell(&table, Field::Date), counted(1, 1, 1, 0));
        assert_eq!(cell(&table, Field::Author), counted(1, 1, 0, 0));
        assert_eq!(cell(&table, Field::Categories), counted(1, 1, 1, 0));
        assert_eq!(cell(&table, Field::Enclosures), counted(1, 1, 1, 0));
        assert_eq!(cell(&table, Field::Guid), counted(1, 1, 1, 1));
        assert_eq!(cell(&table, Field::Summary), counted(1, 1, 1, 0));
        assert!(table.to_string().contains("1 of 2 read"));
    }

    #[test]
    fn entries_are_matched_by_what_they_are_where_their_numbers_differ() {
        let reference = r#"{"file":"a.xml","entries":[{"title":"One"},{"title":"Three"}]}"#;
        let feed = "<rss><item><title>One</title></item><item><title>Two</title></item><item><title>Three</title></item></rss>";
        let table = compare(folder(reference, &[("a.xml", feed)]).path()).unwrap();
        assert_eq!(cell(&table, Field::Title), Cell { reference: 2, ours: 2, agree: 2, only_ours: 1 });
        assert_eq!((table.rows[0].entries, table.rows[0].reference_entries), (3, 2));
    }

    #[test]
    fn a_folder_without_a_reference_is_refused() {
        assert!(matches!(compare(tempfile::tempdir().unwrap().path()), Err(CompareError::File(_))));
        assert!(matches!(compare(folder("{", &[]).path()), Err(CompareError::Reference(_))));
    }
}
