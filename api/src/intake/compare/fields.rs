//! One field of every entry: how often the reference has it, how often we do, and how often both say the same.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use super::super::parse::{MediaOrigin, ParsedEntry, ParsedFeed};
use super::reference::{Reference, ReferenceEntry};
use super::text::bare;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The entry itself.
    Entry,
    /// Its title.
    Title,
    /// Where it leads.
    Link,
    /// When it was published, or else changed.
    Date,
    /// Who wrote it.
    Author,
    /// Its summary.
    Summary,
    /// Its whole text.
    Content,
    /// What is enclosed.
    Enclosures,
    /// What Media RSS shows.
    Media,
    /// What it is about.
    Categories,
    /// Its guid.
    Guid,
}

/// Every field, in the order of the table.
pub const FIELDS: [(Field, &str); 11] = [
    (Field::Entry, "entries"),
    (Field::Title, "title"),
    (Field::Link, "link"),
    (Field::Date, "date"),
    (Field::Author, "author"),
    (Field::Summary, "summary"),
    (Field::Content, "content"),
    (Field::Enclosures, "enclosures"),
    (Field::Media, "media"),
    (Field::Categories, "categories"),
    (Field::Guid, "guid"),
];

/// Counts of one field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Entries in which the reference has it.
    pub reference: usize,
    /// Those of them in which we have it.
    pub ours: usize,
    /// Those of them in which both say the same.
    pub agree: usize,
    /// Entries in which only we have it.
    pub only_ours: usize,
}

/// Two readings of a field that are not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field's name.
    pub field: &'static str,
    /// The entry's place in the reference.
    pub entry: usize,
    /// What the reference has.
    pub reference: String,
    /// What we have.
    pub ours: String,
}

/// What a document that cannot be read is short of.
pub(super) fn nothing(reference: &Reference) -> [Cell; FIELDS.len()] {
    FIELDS.map(|(field, _)| Cell {
        reference: reference.entries.iter().filter(|entry| !theirs(field, entry).is_empty()).count(),
        ..Cell::default()
    })
}

/// The counts of a document, and where they differ.
pub(super) fn count(reference: &Reference, feed: &ParsedFeed) -> ([Cell; FIELDS.len()], Vec<Difference>) {
    let pairs = align(&reference.entries, &feed.entries);
    let mut differences = Vec::new();
    let cells = FIELDS.map(|(field, name)| {
        let mut cell = Cell::default();
        for (at, (theirs_entry, our_entry)) in pairs.iter().enumerate() {
            let theirs = theirs_entry.map(|entry| theirs(field, entry)).unwrap_or_default();
            let ours = our_entry.map(|entry| ours(field, entry)).unwrap_or_default();
            if theirs.is_empty() {
                cell.only_ours += usize::from(!ours.is_empty());
                continue;
            }
            cell.reference += 1;
            cell.ours += usize::from(!ours.is_empty());
            if agree(field, &theirs, &ours) {
                cell.agree += 1;
            } else {
                let (reference, ours) = (theirs.join(" | "), ours.join(" | "));
                differences.push(Difference { field: name, entry: at, reference, ours });
            }
        }
        cell
    });
    (cells, differences)
}

type Pair<'e> = (Option<&'e ReferenceEntry>, Option<&'e ParsedEntry>);

/// Entries in the same place where there are as many; else those of the same guid, link or title.
fn align<'e>(theirs: &'e [ReferenceEntry], ours: &'e [ParsedEntry]) -> Vec<Pair<'e>> {
    if theirs.len() == ours.len() {
        return theirs.iter().map(Some).zip(ours.iter().map(Some)).collect();
    }
    let mut free: Vec<&ParsedEntry> = ours.iter().collect();
    let mut pairs: Vec<Pair<'e>> = theirs
        .iter()
        .map(|entry| {
            let found = free.iter().position(|candidate| same(entry, candidate));
            (Some(entry), found.map(|at| free.remove(at)))
        })
        .collect();
    pairs.extend(free.into_iter().map(|entry| (None, Some(entry))));
    pairs
}

fn same(theirs: &ReferenceEntry, ours: &ParsedEntry) -> bool {
    [Field::Guid, Field::Link, Field::Title].into_iter().any(|field| {
        let (theirs, ours) = (self::theirs(field, theirs), self::ours(field, ours));
        !theirs.is_empty() && theirs == ours
    })
}

/// A field of the reference's, in the form in which it is compared; nothing where it has none.
fn theirs(field: Field, entry: &ReferenceEntry) -> Vec<String> {
    let text = |text: &Option<String>| text.as_deref().map(bare).into_iter().collect::<Vec<_>>();
    let length = |length: usize| (length > 0).then(|| length.to_string()).into_iter().collect();
    let texts = |texts: &[Option<String>]| texts.iter().flatten().map(|text| bare(text)).collect();
    let list = match field {
        Field::Entry => vec!["an entry".to_owned()],
        Field::Title => text(&entry.title),
        Field::Link => entry.link.iter().map(|link| resolved(link)).collect(),
        Field::Date => {
            entry.published.iter().chain(&entry.updated).take(1).map(|date| instant(date)).collect()
        }
        Field::Author => texts(&entry.authors),
        // Where there is no summary, feedparser repeats the content.
        Field::Summary if entry.summary_len == entry.content_len => Vec::new(),
        Field::Summary => length(entry.summary_len),
        Field::Content => length(entry.content_len),
        Field::Enclosures => {
            entry.enclosures.iter().filter_map(|list| list.first()?.as_str()).map(resolved).collect()
        }
        Field::Media => entry
            .media_content
            .iter()
            .chain(&entry.media_thumbnail)
            .flatten()
            .map(|url| resolved(url))
            .collect(),
        Field::Categories => texts(&entry.tags),
        Field::Guid => match &entry.id {
            Value::String(id) => vec![bare(id)],
            Value::Null => Vec::new(),
            other => vec![other.to_string()],
        },
    };
    list.into_iter().filter(|text| !text.is_empty()).collect()
}

/// The same of ours.
fn ours(field: Field, entry: &ParsedEntry) -> Vec<String> {
    let length =
        |html: &Option<String>| html.iter().map(|html| html.chars().count().to_string()).collect::<Vec<_>>();
    let enclosed =
        |origin: MediaOrigin| matches!(origin, MediaOrigin::Enclosure | MediaOrigin::JsonAttachment);
    match field {
        Field::Entry => vec!["an entry".to_owned()],
        Field::Title => entry.title.iter().map(|title| bare(title)).collect(),
        Field::Link => entry.link.iter().map(|url| resolved(url.as_str())).collect(),
        Field::Date => entry.published.or(entry.updated).iter().map(|at| seconds(*at)).collect(),
        Field::Author => entry
            .authors
            .iter()
            .filter_map(|person| person.name.as_ref().or(person.email.as_ref()))
            .map(|name| bare(name))
            .collect(),
        Field::Summary => length(&entry.summary_html),
        Field::Content => length(&entry.content_html),
        Field::Enclosures => entry
            .media
            .iter()
            .filter(|medium| enclosed(medium.origin))
            .map(|medium| resolved(medium.url.as_str()))
            .collect(),
        Field::Media => entry
            .media
            .iter()
            .flat_map(|medium| {
                let others = medium.renditions.iter().map(|rendition| &rendition.url);
                others.chain([&medium.url]).chain(&medium.thumbnail_url)
            })
            .map(|url| resolved(url.as_str()))
            .collect(),
        Field::Categories => entry.categories.iter().map(|category| bare(&category.term)).collect(),
        Field::Guid => entry.guid.iter().map(|guid| bare(guid)).collect(),
    }
}

/// Whether two readings are the same. Lists agree where ours has everything of theirs, and of authors, where the names are
/// the same however they are divided; summaries and contents where their lengths are within a tenth, or ours is longer.
fn agree(field: Field, theirs: &[String], ours: &[String]) -> bool {
    match field {
        Field::Author => ours.concat() == theirs.concat() || contains(ours, theirs),
        Field::Enclosures | Field::Media | Field::Categories => contains(ours, theirs),
        Field::Summary | Field::Content => {
            let length =
                |list: &[String]| list.first().and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
            length(ours).saturating_mul(10).saturating_add(50) >= length(theirs).saturating_mul(9)
        }
        // Without the document's address the reference leaves relative ones as they are.
        Field::Link => theirs.iter().zip(ours).any(|(theirs, ours)| {
            ours == theirs || (theirs.starts_with('/') && ours.ends_with(theirs.as_str()))
        }),
        _ => theirs == ours,
    }
}

fn contains(ours: &[String], theirs: &[String]) -> bool {
    let ours: BTreeSet<&String> = ours.iter().collect();
    theirs.iter().all(|text| ours.contains(text))
}

fn resolved(link: &str) -> String {
    let link = link.trim();
    Url::parse(link).map_or_else(|_| link.to_owned(), String::from)
}

fn instant(date: &str) -> String {
    DateTime::parse_from_rfc3339(date).map_or_else(|_| date.to_owned(), |at| seconds(at.with_timezone(&Utc)))
}

fn seconds(at: DateTime<Utc>) -> String {
    at.format("%FT%TZ").to_string()
}
