//! ninjs documents of every version as one struct.
//!
//! 1.x is flat and in lower case (`headline`, `body_html`, `person`), 2.x has lists (`headlines`, `bodies`, `people`), 3.x the
//! same with capitals (`pubStatus`). A member that is not understood is passed over; one that is understood and malformed is an
//! error that names it.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::super::TopicKind;
use super::import_media::{self, ImportedMedium};
use super::node::{NinjsError, Node};

/// Whether a document may be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PubStatus {
    /// It may.
    Usable,
    /// Not now.
    Withheld,
    /// Not any more: what was published is to be withdrawn.
    Canceled,
}

/// What a document is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTopic {
    /// Its name for people.
    pub name: String,
    /// Its code in the vocabulary that it is of.
    pub code: Option<String>,
    /// What it is.
    pub kind: TopicKind,
}

/// A ninjs document, as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The sender's own identity for it.
    pub uri: String,
    /// The sender's own version of it.
    pub version: Option<String>,
    /// `text`, `picture`, `composite`, …
    pub kind: Option<String>,
    /// Whether it may be published.
    pub status: PubStatus,
    /// Not before.
    pub embargoed_until: Option<DateTime<Utc>>,
    /// When the content was made, or its first version.
    pub published_at: Option<DateTime<Utc>>,
    /// When this version was made.
    pub updated_at: Option<DateTime<Utc>>,
    /// BCP 47.
    pub language: Option<String>,
    /// Perhaps with markup.
    pub headline: Option<String>,
    /// Perhaps with markup.
    pub dek: Option<String>,
    /// HTML, not sanitised.
    pub body_html: Option<String>,
    /// Plain text.
    pub body_text: Option<String>,
    /// The byline as one line.
    pub byline: Option<String>,
    /// Those whom the document names as its authors.
    pub authors: Vec<String>,
    /// Subjects, people, organisations and places.
    pub topics: Vec<NamedTopic>,
    /// Who sent it or reported it.
    pub source_name: Option<String>,
    /// The page for people.
    pub web_url: Option<String>,
    /// A note from the sender's editors: why it was cancelled, what was changed.
    pub editors_note: Option<String>,
    /// Images, video and audio.
    pub media: Vec<ImportedMedium>,
}

/// Reads a document.
pub fn parse(document: &Value) -> Result<Imported, NinjsError> {
    let root = Node::root(document)?;
    let kind = root.text(&["type"])?;
    if let (Some("event" | "planning"), Some(node)) = (kind.as_deref(), root.member(&["type"])) {
        return Err(node.error("is an event or a plan, not an article"));
    }
    // Superdesk writes `guid`.
    let missing = || NinjsError { pointer: "/uri".to_owned(), problem: "is required".to_owned() };
    let uri = root.text(&["uri", "guid"])?.ok_or_else(missing)?;
    let (people, authors) = people(&root)?;
    Ok(Imported {
        version: root.text(&["version"])?,
        status: status(&root)?,
        embargoed_until: root.moment(&["embargoeduntil", "embargoed"])?,
        published_at: root.moment(&["contentcreated", "firstcreated", "versioncreated"])?,
        updated_at: root.moment(&["versioncreated"])?,
        language: root.text(&["language"])?,
        headline: headline(&root)?,
        dek: description(&root, &["summary", "abstract", "lead", "text", "", "html", "caption"])?,
        body_html: body(&root, true)?,
        body_text: body(&root, false)?,
        byline: root.text(&["by", "byline"])?,
        authors,
        topics: topics(&root, people)?,
        source_name: source_name(&root)?,
        web_url: web_url(&root)?,
        editors_note: root.text(&["ednote"])?,
        media: import_media::all(&root, kind.as_deref())?,
        kind,
        uri,
    })
}

fn status(root: &Node<'_>) -> Result<PubStatus, NinjsError> {
    let Some(text) = root.text(&["pubstatus"])? else { return Ok(PubStatus::Usable) };
    let word = text.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    match word.as_str() {
        "usable" => Ok(PubStatus::Usable),
        "withheld" => Ok(PubStatus::Withheld),
        "canceled" | "cancelled" => Ok(PubStatus::Canceled),
        _ => {
            let problem = format!("must be usable, withheld or canceled, not \"{text}\"");
            Err(root.member(&["pubstatus"]).map_or_else(|| root.error(&problem), |node| node.error(&problem)))
        }
    }
}

/// A text of a list by what it is for; the earlier a role is named, the more it is wanted. The empty role is none.
fn by_role(node: &Node<'_>, list: &str, roles: &[&str]) -> Result<Option<String>, NinjsError> {
    let mut best: Option<(usize, String)> = None;
    for (_, entry) in node.objects(&[list])? {
        let role = entry.text(&["role"])?.unwrap_or_default().to_ascii_lowercase();
        let rank = roles.iter().position(|wanted| *wanted == role);
        if let (Some(rank), Some(value)) = (rank, entry.text(&["value"])?)
            && best.as_ref().is_none_or(|(known, _)| rank < *known)
        {
            best = Some((rank, value));
        }
    }
    Ok(best.map(|(_, value)| value))
}

/// The main headline, else the first of any kind.
pub(super) fn headline(node: &Node<'_>) -> Result<Option<String>, NinjsError> {
    if let Some(main) = by_role(node, "headlines", &["main", ""])? {
        return Ok(Some(main));
    }
    match node.objects(&["headlines"])?.first() {
        Some((_, first)) => first.text(&["value"]),
        None => node.text(&["headline", "headline_main", "title"]),
    }
}

/// A description by its role, in the lists of 2.x and 3.x or among the flat members of 1.x.
pub(super) fn description(node: &Node<'_>, roles: &[&str]) -> Result<Option<String>, NinjsError> {
    if let Some(found) = by_role(node, "descriptions", roles)? {
        return Ok(Some(found));
    }
    let flat: Vec<String> = roles.iter().map(|role| format!("description_{role}")).collect();
    node.text(&flat.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The body as HTML or as plain text. Other markup (NITF, the sender's own XML) is not taken for either.
fn body(root: &Node<'_>, html: bool) -> Result<Option<String>, NinjsError> {
    for (_, entry) in root.objects(&["bodies"])? {
        let role = entry.text(&["role"])?.unwrap_or_default().to_ascii_lowercase();
        let media_type = entry.text(&["contenttype"])?.unwrap_or_default().to_ascii_lowercase();
        let is_html = media_type.contains("html") || (media_type.is_empty() && role.contains("html"));
        let is_text = media_type.starts_with("text/plain")
            || (media_type.is_empty() && matches!(role.as_str(), "" | "text" | "main"));
        if (html && is_html) || (!html && is_text && !is_html) {
            return entry.text(&["value"]);
        }
    }
    root.text(if html { &["body_html", "body_html5", "body_xhtml"] } else { &["body_text"] })
}

/// People that the document is about, and those who wrote it.
fn people(root: &Node<'_>) -> Result<(Vec<NamedTopic>, Vec<String>), NinjsError> {
    let (mut about, mut authors) = (Vec::new(), Vec::new());
    for (name, person) in root.objects(&["people", "person"])? {
        let rel = person.text(&["rel"])?.unwrap_or_default().to_ascii_lowercase();
        match name {
            Some(name) if ["author", "creator", "writer", "byline"].contains(&rel.as_str()) => {
                authors.push(name);
            }
            Some(name) => about.push(NamedTopic { name, code: code(&person)?, kind: TopicKind::Person }),
            None => {}
        }
    }
    // Superdesk names its authors beside the standard's members.
    authors.extend(root.objects(&["authors"])?.into_iter().filter_map(|(name, _)| name));
    Ok((about, authors))
}

fn code(concept: &Node<'_>) -> Result<Option<String>, NinjsError> {
    concept.text(&["literal", "code", "uri"])
}

fn topics(root: &Node<'_>, people: Vec<NamedTopic>) -> Result<Vec<NamedTopic>, NinjsError> {
    let mut topics = Vec::new();
    let lists = [
        (["subjects", "subject"], TopicKind::Subject),
        (["organisations", "organisation"], TopicKind::Organisation),
        (["places", "place"], TopicKind::Place),
    ];
    for (names, kind) in lists {
        for (name, concept) in root.objects(&names)? {
            let section = kind == TopicKind::Subject && concept.text(&["rel"])?.as_deref() == Some("section");
            let kind = if section { TopicKind::Section } else { kind };
            topics.extend(name.map(|name| Ok(NamedTopic { name, code: code(&concept)?, kind })).transpose()?);
        }
    }
    topics.extend(people);
    Ok(topics)
}

fn source_name(root: &Node<'_>) -> Result<Option<String>, NinjsError> {
    let named = root.objects(&["infosources", "infosource"])?.into_iter().find_map(|(name, _)| name);
    Ok(named.or(root.text(&["source", "copyrightholder"])?))
}

/// A rendition that is a page.
fn web_url(root: &Node<'_>) -> Result<Option<String>, NinjsError> {
    for (_, rendition) in root.objects(&["renditions"])? {
        if rendition.text(&["contenttype", "mimetype"])?.is_some_and(|kind| kind.starts_with("text/html")) {
            return rendition.text(&["href"]);
        }
    }
    Ok(None)
}
