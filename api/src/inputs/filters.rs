//! What narrows lists of articles, and all that follows from one: changes, exports, streams. To add a filter: its parameter and
//! its copy in [`filter_params`], its line in [`filter`], and its twin in `graphql/arguments.rs`.

use broadsheet_domain::article::{ArticleFilter, ArticleStatus, Feature, Period, Selector};
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::error::{Error, Findings, Result};

use super::lists::{number, one_of};

/// Declares parameters: those that narrow a list of articles, and others.
macro_rules! filter_params {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields, default)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            /// By publisher: ids or slugs. `a,b` is any of them, the parameter repeated is all of them, a leading `-` excludes;
            /// so with all filters.
            #[param(example = json!(["harbour-courier"]))]
            pub source: Vec<String>,
            /// By byline: ids or slugs.
            pub author: Vec<String>,
            /// By topic of any kind: ids or slugs.
            pub topic: Vec<String>,
            /// By the publisher's section: ids or slugs.
            pub section: Vec<String>,
            /// By the story that they tell: ids. One that became part of another leads there.
            pub story: Vec<String>,
            /// By language, BCP 47; `en` also means `en-GB`.
            #[param(example = json!(["en"]))]
            pub language: Vec<String>,
            /// By the publisher's country, ISO 3166-1 with two letters.
            #[param(example = json!(["GB"]))]
            pub country: Vec<String>,
            /// By what they have besides their text: `image`, `video`, `audio`, `correction`.
            #[param(example = json!(["video,audio"]))]
            pub has: Vec<String>,
            /// `true`: whose threads take new comments; `false`: whose threads are closed.
            #[param(value_type = Option<bool>)]
            pub commentable: Option<String>,
            /// By where they stand in their lives: `published` (if left out), `withdrawn`, `draft`, `scheduled`, `embargoed`.
            /// All but the first are for editors; others are refused.
            #[param(example = json!(["draft,scheduled"]))]
            pub status: Vec<String>,
            /// Published within an ISO 8601 date, time or interval, in UTC unless it says otherwise: `2026`, `2026-11`,
            /// `2026-W47`, `2026-11-16`, `2026-11-16/2026-11-22`, `2026-11-16/P1W`, `2026-11-16/..`, `>=2026-11-16`. What moves
            /// with the time (`today`, `P7D`) is refused: a list is the same from page to page.
            #[param(example = "2026-11-16/P1W")]
            pub published: Option<String>,
            /// Published then or later: RFC 3339, or a date (midnight UTC).
            #[param(example = "2026-11-16")]
            pub published_from: Option<String>,
            /// Published before: RFC 3339, or a date (midnight UTC).
            pub published_until: Option<String>,
            /// Changed, as readers see it, then or later.
            pub updated_from: Option<String>,
            /// Changed last, as readers see it, before.
            pub updated_until: Option<String>,
            /// At least so many words.
            #[param(value_type = Option<u32>, example = 300)]
            pub min_words: Option<String>,
            /// At most so many words.
            #[param(value_type = Option<u32>)]
            pub max_words: Option<String>,
            $($own)*
        }

        impl $name {
            /// What narrows the list, by itself.
            pub fn words(&self) -> $crate::inputs::filters::FilterWords {
                $crate::inputs::filters::FilterWords {
                    source: self.source.clone(),
                    author: self.author.clone(),
                    topic: self.topic.clone(),
                    section: self.section.clone(),
                    story: self.story.clone(),
                    language: self.language.clone(),
                    country: self.country.clone(),
                    has: self.has.clone(),
                    commentable: self.commentable.clone(),
                    status: self.status.clone(),
                    published: self.published.clone(),
                    published_from: self.published_from.clone(),
                    published_until: self.published_until.clone(),
                    updated_from: self.updated_from.clone(),
                    updated_until: self.updated_until.clone(),
                    min_words: self.min_words.clone(),
                    max_words: self.max_words.clone(),
                }
            }
        }
    };
}
pub(crate) use filter_params;

filter_params! {
    /// What narrows a list of articles, as callers write it.
    #[derive(PartialEq, Eq)]
    pub struct FilterWords {}
}

/// Reads what narrows a list of articles; every bad word is noted.
pub fn filter(words: &FilterWords, findings: &mut Findings) -> Result<ArticleFilter> {
    let selector = |texts: &[String]| Selector::parse(texts.iter().map(String::as_str));
    let has = findings.absorb(named("has", &selector(&words.has), &Feature::ALL, Feature::as_str))?;
    let status = selector(&words.status);
    let status = findings.absorb(named("status", &status, &ArticleStatus::ALL, ArticleStatus::as_str))?;
    let commentable = findings.absorb(flag("commentable", words.commentable.as_deref()))?;
    let period = findings.absorb(words.published.as_deref().map(Period::parse).transpose())?;
    let length = 0..=10_000_000;
    let min_words = findings.absorb(number("min_words", words.min_words.as_deref(), length.clone()))?;
    let max_words = findings.absorb(number("max_words", words.max_words.as_deref(), length))?;
    let mut moment = |field: &'static str, text: &Option<String>| at(field, text.as_deref(), findings);
    let filter = ArticleFilter {
        source: selector(&words.source),
        author: selector(&words.author),
        topic: selector(&words.topic),
        section: selector(&words.section),
        story: selector(&words.story),
        language: selector(&words.language),
        country: selector(&words.country),
        published_from: moment("published_from", &words.published_from),
        published_until: moment("published_until", &words.published_until),
        updated_from: moment("updated_from", &words.updated_from),
        updated_until: moment("updated_until", &words.updated_until),
        has: has.unwrap_or_default(),
        status: status.unwrap_or_default(),
        commentable: commentable.flatten(),
        min_words: min_words.flatten(),
        max_words: max_words.flatten(),
        as_of: None,
        collapse: None,
        forgiving: false,
    };
    Ok(filter.published_within(period.flatten().unwrap_or_default()))
}

/// The same by itself.
pub fn narrowed(words: &FilterWords) -> Result<ArticleFilter> {
    let mut findings = Findings::default();
    let filter = filter(words, &mut findings)?;
    findings.finish()?;
    Ok(filter)
}

/// Reads a moment; a bad one is noted.
pub(super) fn at(field: &'static str, text: Option<&str>, findings: &mut Findings) -> Option<Timestamp> {
    let read = text.map(Timestamp::parse);
    if read == Some(None) {
        findings.add(field, "malformed", "must be RFC 3339, such as 2026-11-23T08:30:00Z, or a date");
    }
    read.flatten()
}

/// A selector of things that have names of their own.
fn named<T: Copy>(
    field: &'static str,
    selector: &Selector,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<Selector<T>> {
    selector.try_map(|text| {
        let names = || all.iter().map(|value| name(*value)).collect::<Vec<_>>().join(", ");
        let unknown = || Error::invalid(field, "unknown", format!("`{text}` is none of {}", names()));
        all.iter().copied().find(|value| name(*value) == text).ok_or_else(unknown)
    })
}

/// Reads `true` or `false`.
pub(crate) fn flag(field: &'static str, text: Option<&str>) -> Result<Option<bool>> {
    one_of(field, text, &[false, true], |value| if value { "true" } else { "false" })
}
