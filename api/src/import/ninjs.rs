//! From a ninjs document to what the domain imports: only names change here.

use broadsheet_domain::article::desk::Manuscript;
use broadsheet_domain::article::draft::IncomingMedia;
use broadsheet_domain::article::import::{Fate, Submission};
use broadsheet_domain::article::{FocalPoint, MediaKind};
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::error::{Error, Findings, Result};
use broadsheet_domain::text::byline;
use broadsheet_domain::topic::TopicKind;
use url::Url;

use crate::syndication::ninjs::{self, Imported, ImportedMedium, NamedTopic, PubStatus};
use crate::syndication::{MediumKind, MediumRole, TopicKind as Kind};

/// Reads a line.
pub fn submission(line: &[u8], source: Option<&str>, now: Timestamp) -> Result<Submission> {
    let document = serde_json::from_slice(line)
        .map_err(|error| Error::invalid("line", "malformed", format!("must be one JSON object: {error}")))?;
    let read = ninjs::parse(&document)
        .map_err(|error| Error::invalid(error.pointer.clone(), "malformed", error.problem.clone()))?;
    let mut findings = Findings::default();
    let url = read.web_url.as_deref().and_then(|url| address(&mut findings, "/renditions", url));
    let media =
        read.media.iter().enumerate().filter_map(|(at, sent)| medium(&mut findings, at, sent)).collect();
    findings.finish()?;
    let embargo_until = read.embargoed_until.map(Timestamp::from);
    let (section, topics) = topics(&read.topics);
    let manuscript = Manuscript {
        source: source.or(read.source_name.as_deref()).unwrap_or_default().to_owned(),
        headline: read.headline.clone().unwrap_or_default(),
        dek: read.dek.clone(),
        body_html: body(&read),
        language: read.language.clone(),
        url,
        section,
        topics,
        authors: authors(&read),
        media,
        slug: None,
        comments_open: true,
        embargo_until,
    };
    Ok(Submission {
        manuscript,
        external_id: Some(read.uri.clone()),
        published_at: read.published_at.map(Into::into),
        updated_at: read.updated_at.map(Into::into),
        fate: fate(&read, embargo_until, now),
    })
}

/// What is withheld with a time to come is under an embargo; without one it waits for an editor.
fn fate(read: &Imported, embargo_until: Option<Timestamp>, now: Timestamp) -> Fate {
    match read.status {
        PubStatus::Canceled => Fate::Withdrawn(read.editors_note.clone()),
        PubStatus::Withheld if embargo_until.is_none_or(|until| until <= now) => Fate::Held,
        PubStatus::Withheld | PubStatus::Usable => Fate::Published,
    }
}

fn body(read: &Imported) -> Option<String> {
    let paragraphs = |text: &String| {
        let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
        paragraphs.fold(String::new(), |html, paragraph| {
            html + "<p>" + &html_escape::encode_text(paragraph) + "</p>"
        })
    };
    read.body_html.clone().or_else(|| read.body_text.as_ref().map(paragraphs))
}

fn authors(read: &Imported) -> Vec<String> {
    if !read.authors.is_empty() {
        return read.authors.clone();
    }
    read.byline.iter().flat_map(|line| byline::split(line)).map(|person| person.name).collect()
}

/// The first section is the section; others are topics of their kind.
fn topics(named: &[NamedTopic]) -> (Option<String>, Vec<(TopicKind, String)>) {
    let section = named.iter().find(|topic| topic.kind == Kind::Section).map(|topic| topic.name.clone());
    let kind = |kind: Kind| match kind {
        Kind::Section => TopicKind::Section,
        Kind::Subject => TopicKind::Topic,
        Kind::Person => TopicKind::Person,
        Kind::Organisation => TopicKind::Organisation,
        Kind::Place => TopicKind::Place,
    };
    let is_section =
        |topic: &&NamedTopic| topic.kind == Kind::Section && Some(&topic.name) == section.as_ref();
    let others = named.iter().filter(|topic| !is_section(topic));
    let topics = others.map(|topic| (kind(topic.kind), topic.name.clone())).collect();
    (section, topics)
}

fn address(findings: &mut Findings, field: &str, text: &str) -> Option<Url> {
    let parsed = Url::parse(text);
    if let Err(error) = &parsed {
        findings.add(field, "malformed", format!("`{text}` must be an absolute URL: {error}"));
    }
    parsed.ok()
}

fn medium(findings: &mut Findings, at: usize, sent: &ImportedMedium) -> Option<IncomingMedia> {
    let field = format!("/associations/{at}/renditions");
    let thumbnail_url = sent.thumbnail_url.as_deref().and_then(|url| address(findings, &field, url));
    Some(IncomingMedia {
        kind: match sent.kind {
            MediumKind::Image => MediaKind::Image,
            MediumKind::Video => MediaKind::Video,
            MediumKind::Audio => MediaKind::Audio,
        },
        enclosure: sent.role == MediumRole::Enclosure,
        url: address(findings, &field, &sent.url)?,
        mime: sent.mime.clone(),
        width: sent.width,
        height: sent.height,
        duration_ms: sent.duration_ms.and_then(|millis| i64::try_from(millis).ok()),
        title: sent.title.clone(),
        caption: sent.caption.clone(),
        credit: sent.credit.clone(),
        alt: sent.alt.clone(),
        thumbnail_url,
        focal_point: sent.focal.map(|(x, y)| FocalPoint { x, y }),
    })
}
