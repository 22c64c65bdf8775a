//! What is imported: lines of articles, and how they are to be read.

use async_graphql::InputObject;
use broadsheet_domain::article::import::{Fate, Submission};
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::error::{Error, FieldError, Findings, Result};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::desk::{CreateArticleInput, MediaInput, TopicNameInput};
use super::lists::{number, one_of};
use crate::import::{Format, Options};
use crate::views::wire_enum;

wire_enum! {
    /// What the lines of an import are.
    ImportFormatView as ImportFormat "ImportFormat" from Format {
        /// Articles in the API's own shape.
        Ndjson,
        /// The IPTC's news in JSON, of any version from 1.0.
        Ninjs,
    }
}

/// A line of an import: an article as its source has it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ImportArticle)]
pub struct ImportArticleInput {
    /// Its own identity at its source: the same again is the same article. May be left out where there is a `url`, which
    /// identifies it then.
    #[schema(example = "courier:4711")]
    pub external_id: Option<String>,
    /// The publisher: id, slug or name; that of the whole import if left out.
    #[schema(example = "harbour-courier")]
    pub source: Option<String>,
    /// The headline, plain text, at most 500 characters.
    #[schema(required = true, example = "Storm surge closes the harbour")]
    pub headline: String,
    /// The standfirst, plain text, at most 1,000 characters.
    pub dek: Option<String>,
    /// The body as HTML; it is sanitised.
    #[schema(example = "<p>The harbour closed at noon.</p>")]
    pub body_html: Option<String>,
    /// BCP 47; detected if left out.
    #[schema(example = "en-GB")]
    pub language: Option<String>,
    /// The canonical URL; `canonical_url` means the same.
    #[serde(alias = "canonical_url")]
    #[schema(example = "https://harbour-courier.example/news/storm-surge")]
    pub url: Option<String>,
    /// The publisher's section, by name.
    #[schema(example = "World")]
    pub section: Option<String>,
    /// Topics in order, at most 40; a name alone will do for one.
    pub topics: Option<Vec<TopicNameInput>>,
    /// Bylines in order, at most 20; `bylines` means the same.
    #[serde(alias = "bylines")]
    #[schema(example = json!(["Ada Alder"]))]
    pub authors: Option<Vec<String>>,
    /// Images, video and audio in order, at most 60; the first image leads.
    pub media: Option<Vec<MediaInput>>,
    /// When it was published; now if left out.
    #[schema(value_type = Option<String>, format = DateTime, example = "2019-03-01T08:30:00Z")]
    pub published_at: Option<String>,
    /// When it was last changed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<String>,
    /// Of a new article, the name in addresses; made from the headline if left out.
    pub slug: Option<String>,
    /// Of a new article, whether its thread takes comments; true if left out.
    pub comments_open: Option<bool>,
    /// Of a new article, until when readers do not see it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub embargo_until: Option<String>,
}

impl ImportArticleInput {
    /// Reads a line. Every member that is none, or of the wrong type, is named.
    pub fn read(line: &[u8]) -> Result<Self> {
        let whole = serde_json::from_slice(line);
        whole.map_err(|error| {
            let Ok(Value::Object(members)) = serde_json::from_slice(line) else {
                let message = format!("must be one JSON object: {error}");
                return Error::invalid("line", "malformed", message);
            };
            let mut bad = Vec::new();
            for (name, value) in members {
                let alone = Value::Object([(name.clone(), value)].into_iter().collect());
                if let Err(error) = serde_json::from_value::<Self>(alone) {
                    bad.push(FieldError {
                        field: name,
                        code: "malformed",
                        message: error.to_string(),
                        place: None,
                    });
                }
            }
            let twice = || FieldError {
                place: None,
                field: "line".to_owned(),
                code: "malformed",
                message: format!("the JSON cannot be read: {error}"),
            };
            Error::Invalid(if bad.is_empty() { vec![twice()] } else { bad })
        })
    }

    /// The article, with its addresses and times read; every bad one is named.
    pub fn submission(self, source: Option<&str>) -> Result<Submission> {
        let mut findings = Findings::default();
        let published_at = moment(&mut findings, "published_at", self.published_at.as_deref());
        let updated_at = moment(&mut findings, "updated_at", self.updated_at.as_deref());
        let embargo_until = moment(&mut findings, "embargo_until", self.embargo_until.as_deref());
        let create = CreateArticleInput {
            source: self.source.or_else(|| source.map(ToOwned::to_owned)).unwrap_or_default(),
            headline: self.headline,
            dek: self.dek,
            body_html: self.body_html,
            language: self.language,
            url: self.url,
            section: self.section,
            topics: self.topics,
            authors: self.authors,
            media: self.media,
            slug: self.slug,
            comments_open: self.comments_open,
            embargo_until: embargo_until.map(Into::into),
        };
        let manuscript = findings.absorb(create.manuscript())?;
        findings.finish()?;
        let manuscript = manuscript.ok_or(Error::NotFound("article"))?;
        let (external_id, fate) = (self.external_id, Fate::Published);
        Ok(Submission { manuscript, external_id, published_at, updated_at, fate })
    }
}

fn moment(findings: &mut Findings, field: &str, text: Option<&str>) -> Option<Timestamp> {
    let at = Timestamp::parse(text?);
    if at.is_none() {
        findings.add(field, "malformed", "must be RFC 3339, such as 2026-11-23T08:30:00Z");
    }
    at
}

/// How an import is to be read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ImportParams {
    /// What the lines are: `ndjson` (if neither this nor the media type says so: `application/x-ndjson; profile=ninjs`) or
    /// `ninjs`.
    #[param(value_type = Option<ImportFormatView>, inline, example = "ndjson")]
    format: Option<String>,
    /// The publisher of lines that name none: id, slug or name.
    #[param(example = "harbour-courier")]
    source: Option<String>,
    /// `true` makes the sources that lines name and that are not there. For admins.
    #[param(value_type = Option<bool>)]
    create_sources: Option<String>,
    /// The line to begin at, from 1: what is before is passed over. Go on with one more than what was `committed`.
    #[param(value_type = Option<u32>, minimum = 1, example = 1)]
    from_line: Option<String>,
    /// `true` tells what became of each line; otherwise only of those that were refused.
    #[param(value_type = Option<bool>)]
    verbose: Option<String>,
}

impl ImportParams {
    /// Reads them; `by_type` is the format that the media type names.
    pub fn options(&self, by_type: Option<Format>) -> Result<Options> {
        let mut findings = Findings::default();
        let formats = [Format::Ndjson, Format::Ninjs];
        let format = findings.absorb(one_of("format", self.format.as_deref(), &formats, Format::as_str))?;
        let create = findings.absorb(flag("create_sources", self.create_sources.as_deref()))?;
        let from = findings.absorb(number("from_line", self.from_line.as_deref(), 1..=u32::MAX))?;
        let verbose = findings.absorb(flag("verbose", self.verbose.as_deref()))?;
        findings.finish()?;
        Ok(Options {
            format: format.flatten().or(by_type).unwrap_or(Format::Ndjson),
            source: self.source.clone(),
            create_sources: create.unwrap_or_default(),
            from_line: from.flatten().map_or(1, u64::from),
            verbose: verbose.unwrap_or_default(),
        })
    }
}

fn flag(field: &'static str, text: Option<&str>) -> Result<bool> {
    match text {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::invalid(field, "malformed", "must be true or false")),
    }
}

/// Articles to import.
#[derive(Clone, Debug, InputObject)]
pub struct ImportArticlesInput {
    /// What the lines are.
    #[graphql(default_with = "ImportFormatView::Ndjson")]
    pub format: ImportFormatView,
    /// JSON texts, one article each, at most 500: members are named as in REST.
    pub lines: Vec<String>,
    /// The publisher of lines that name none: id, slug or name.
    pub source: Option<String>,
    /// Makes the sources that lines name and that are not there. For admins.
    #[graphql(default)]
    pub create_sources: bool,
}
