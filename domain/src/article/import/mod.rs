//! Bulk import: lines from an archive or another system, checked like an editor's writing, known again like a feed's entries.
//!
//! A batch is one transaction: its lookups are a constant number of statements and its new rows go in together. What is
//! wrong with one line is its own affair: it is checked before anything is written. The same line again changes nothing, so
//! whoever does not know how far an import got may begin again.

use std::collections::{BTreeMap, HashMap, HashSet};

use url::Url;
use uuid::Uuid;

use super::desk::Manuscript;
use super::draft::Draft;
use super::ingest::{DocumentNames, Known, guid_key, url_key};
use super::{ArticleStatus, Articles};
use crate::clock::Timestamp;
use crate::error::{Error, FieldError, Findings, Result};
use crate::id::{ArticleId, PublicId, SourceId};
use crate::policy::Action;
use crate::source::{SourceHint, Sources};

mod batch;

use batch::Batch;

/// The most lines in a batch.
pub const MOST_LINES: usize = 500;

const EXTERNAL_ID_CHARS: usize = 1_000;

/// An article to import.
#[derive(Clone, Debug)]
pub struct Submission {
    /// What it says. Its slug, embargo and whether it takes comments count for a new article only.
    pub manuscript: Manuscript,
    /// Its own identity at its source; its address identifies it where it has none.
    pub external_id: Option<String>,
    /// When it was published; now, where it is left out.
    pub published_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// What is to become of it.
    pub fate: Fate,
}

/// What is to become of an article that is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Readers see it; if it is new and under an embargo, when that ends.
    Published,
    /// If it is new, it is a draft.
    Held,
    /// It is withdrawn, with the reason that readers are told.
    Withdrawn(Option<String>),
}

/// A line that may be imported.
#[derive(Clone, Debug)]
pub struct Checked {
    source: String,
    draft: Draft,
    slug: Option<String>,
    comments_open: bool,
    embargo_until: Option<Timestamp>,
    fate: Fate,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// It is a new article.
    Created(ArticleId),
    /// Its article got a revision.
    Updated(ArticleId),
    /// Its article says so already.
    Unchanged(ArticleId),
    /// Its article was withdrawn.
    Withdrawn(ArticleId),
    /// Nothing of it was written.
    Refused(Vec<FieldError>),
}

impl Submission {
    /// Everything fit to be stored, or every field that is not. Costs CPU: call it off the runtime's threads.
    pub fn check(self, now: Timestamp) -> Result<Checked> {
        let Self { manuscript, external_id, published_at, updated_at, fate } = self;
        let mut findings = Findings::default();
        let external_id = external_id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        check_identity(&mut findings, external_id.as_deref(), manuscript.url.as_ref());
        check_moment(&mut findings, "published_at", published_at, now);
        check_moment(&mut findings, "updated_at", updated_at, now);
        let source = manuscript.source.trim().to_owned();
        if source.is_empty() {
            findings.add("source", "required", "name the publisher by id or slug, here or for all lines");
        }
        let (slug, comments_open) = (manuscript.slug.clone(), manuscript.comments_open);
        let embargo_until = manuscript.embargo_until.filter(|until| *until > now);
        let url = manuscript.url.clone();
        let draft = match fate {
            // What is taken back need not say anything.
            Fate::Withdrawn(_) => Some(Draft::nothing(url.as_ref().and_then(crate::text::url::canonical))),
            Fate::Published | Fate::Held => findings.absorb(manuscript.check(now))?,
        };
        findings.finish()?;
        let mut draft = draft.ok_or(Error::NotFound("article"))?;
        draft.guid = external_id;
        draft.published_at = published_at.unwrap_or(now);
        draft.updated_at = updated_at;
        // As for feeds, so that an article is the same by whichever way it comes.
        draft.content_hash = draft.hash();
        Ok(Checked { source, draft, slug, comments_open, embargo_until, fate })
    }
}

fn check_identity(findings: &mut Findings, external_id: Option<&str>, url: Option<&Url>) {
    match external_id {
        None if url.is_none() => {
            let message =
                "give it, or the canonical URL: without either the same line twice would be two articles";
            findings.add("external_id", "required", message);
        }
        Some(id) if id.chars().count() > EXTERNAL_ID_CHARS || id.contains('\0') => {
            let message = format!("must have at most {EXTERNAL_ID_CHARS} characters, none of them NUL");
            findings.add("external_id", "malformed", message);
        }
        Some(_) | None => {}
    }
}

fn check_moment(findings: &mut Findings, field: &str, at: Option<Timestamp>, now: Timestamp) {
    let Some(at) = at else { return };
    if at > now {
        let message =
            format!("lies in the future (it is {now} now); for an article that waits, give embargo_until");
        findings.add(field, "out_of_range", message);
    } else if at.millis() < 0 {
        findings.add(field, "out_of_range", "lies before 1970");
    }
}

impl Checked {
    fn guid(&self) -> Option<(String, String)> {
        Some((self.source.clone(), guid_key(&self.draft)?))
    }

    fn url(&self) -> Option<(String, String)> {
        Some((self.source.clone(), url_key(&self.draft)?))
    }

    /// Whether what is stored beside the digest of what readers see may differ.
    fn has_details(&self) -> bool {
        let detailed = |medium: &super::draft::IncomingMedia| {
            medium.alt.is_some() || medium.credit.is_some() || medium.focal_point.is_some()
        };
        self.draft.media.iter().any(|(_, medium)| detailed(medium))
    }
}

impl Articles<'_> {
    /// Imports lines, at most [`MOST_LINES`]; answers what became of each, in their order. Sources that are named and not
    /// there are made, if that is asked for by somebody who may.
    pub async fn import(&self, lines: Vec<Checked>, create_sources: bool) -> Result<Vec<Imported>> {
        self.require_import(create_sources)?;
        let mut outcomes = Vec::with_capacity(lines.len());
        for run in runs(lines) {
            let outcome = match run {
                Run::Articles(lines) => Box::pin(self.import_run(lines, create_sources)).await?,
                Run::Withdrawal(line, reason) => vec![self.withdraw_imported(&line, reason).await?],
            };
            outcomes.extend(outcome);
        }
        Ok(outcomes)
    }

    /// Refuses whoever may not import.
    pub fn require_import(&self, create_sources: bool) -> Result<()> {
        self.viewer.require(Action::Write)?;
        if create_sources {
            self.viewer.require(Action::ManageSources)?;
        }
        Ok(())
    }

    async fn import_run(&self, lines: Vec<Checked>, create_sources: bool) -> Result<Vec<Imported>> {
        let sources = self.sources_of(&lines, create_sources).await?;
        let mut outcomes: Vec<Option<Imported>> = vec![None; lines.len()];
        let mut groups = BTreeMap::<Uuid, Vec<(usize, &Checked)>>::new();
        for (at, (line, outcome)) in lines.iter().zip(&mut outcomes).enumerate() {
            match sources.get(&line.source) {
                Some(source) => groups.entry(source.uuid()).or_default().push((at, line)),
                None => *outcome = Some(unknown_source(&line.source)),
            }
        }
        let (tx, now) = (self.room.db.begin().await?, self.room.now());
        let mut happened = Vec::new();
        // In the order of ids: two imports take turns.
        for source in groups.keys() {
            crate::source::lock(&tx, SourceId::from_uuid(*source)).await?;
        }
        for (source, group) in groups {
            let writing = Batch { articles: self, tx: &tx, source: SourceId::from_uuid(source), now };
            for (at, outcome) in writing.write(&group, &mut happened).await? {
                if let Some(slot) = outcomes.get_mut(at) {
                    *slot = Some(outcome);
                }
            }
        }
        if happened.is_empty() {
            drop(tx);
        } else {
            self.room.commit(tx, now, happened).await?;
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// The sources that lines name.
    async fn sources_of(&self, lines: &[Checked], create: bool) -> Result<HashMap<String, SourceId>> {
        let named: HashSet<&String> = lines.iter().map(|line| &line.source).collect();
        let found = crate::source::resolve_named(self.room, named.iter().copied()).await?;
        let mut known: HashMap<String, SourceId> =
            found.into_iter().map(|(name, id)| (name, SourceId::from_uuid(id))).collect();
        for name in named {
            // What has the form of an id is none's name.
            if create && !known.contains_key(name) && crate::id::prefix_of(name).is_none() {
                let hint = SourceHint { name: Some(name.clone()), ..SourceHint::default() };
                let source = Sources::new(self.room, self.viewer).ensure(hint).await?;
                known.insert(name.clone(), source.id);
            }
        }
        Ok(known)
    }

    async fn withdraw_imported(&self, line: &Checked, reason: Option<String>) -> Result<Imported> {
        let sources = self.sources_of(std::slice::from_ref(line), false).await?;
        let Some(source) = sources.get(&line.source) else { return Ok(unknown_source(&line.source)) };
        let names = DocumentNames::of([&line.draft]);
        let tx = self.room.db.begin().await?;
        let known = Known::among(&tx, *source, [&line.draft], &names).await?;
        let found = known.find_imported(&line.draft).map(|row| ArticleId::from_uuid(row.id));
        drop(tx);
        let Some(id) = found else {
            let message = "is taken back, and there is no such article";
            return Ok(refused("external_id", "unknown", message));
        };
        let was = self.get_many(&[id.uuid()]).await?.remove(&id.uuid()).map(|article| article.record.status);
        if was == Some(ArticleStatus::Withdrawn) {
            return Ok(Imported::Unchanged(id));
        }
        match self.withdraw(id, reason).await {
            Ok(_) => Ok(Imported::Withdrawn(id)),
            Err(Error::Invalid(fields)) => Ok(Imported::Refused(fields)),
            Err(error) => Err(error),
        }
    }
}

fn refused(field: &str, code: &'static str, message: impl Into<String>) -> Imported {
    Imported::Refused(vec![FieldError {
        field: field.to_owned(),
        code,
        message: message.into(),
        place: None,
    }])
}

fn unknown_source(name: &str) -> Imported {
    refused("source", "unknown", format!("there is no source with the id or slug `{name}`"))
}

/// Lines that can be written together: no two of them are the same article.
enum Run {
    Articles(Vec<Checked>),
    Withdrawal(Box<Checked>, Option<String>),
}

fn runs(lines: Vec<Checked>) -> Vec<Run> {
    let (mut runs, mut current) = (Vec::new(), Vec::new());
    let (mut guids, mut urls, mut own) = (HashSet::new(), HashSet::new(), HashSet::new());
    for line in lines {
        let reason = match &line.fate {
            Fate::Withdrawn(reason) => Some(reason.clone()),
            Fate::Published | Fate::Held => None,
        };
        let (guid, url) = (line.guid(), line.url());
        // By address alone, where one of the two has no other identity.
        let same_url = url
            .as_ref()
            .is_some_and(|url| own.contains(url) || (line.draft.guid.is_none() && urls.contains(url)));
        let same = same_url || guid.as_ref().is_some_and(|guid| guids.contains(guid));
        if (same || reason.is_some()) && !current.is_empty() {
            runs.push(Run::Articles(std::mem::take(&mut current)));
            (guids, urls, own) = (HashSet::new(), HashSet::new(), HashSet::new());
        }
        if let Some(reason) = reason {
            runs.push(Run::Withdrawal(Box::new(line), reason));
            continue;
        }
        if line.draft.guid.is_none() {
            own.extend(url.clone());
        }
        guids.extend(guid);
        urls.extend(url);
        current.push(line);
    }
    if !current.is_empty() {
        runs.push(Run::Articles(current));
    }
    runs
}
