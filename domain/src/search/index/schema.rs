//! What the index holds of an article. Nothing is stored to be read back: hits are ids, and articles come from the database.

use std::collections::BTreeSet;

use tantivy::schema::{BytesOptions, FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{TantivyDocument, Term};

use super::address::Address;
use super::analysis::{FORMS, STEMS, marked};
use super::suggest::completions;

/// Changes with everything that makes an old index unreadable or its content wrong: fields, analysis, what is put in them.
pub(crate) const LAYOUT: u32 = 1;
/// No more of a body is indexed, in bytes.
const LONGEST_BODY: usize = 100_000;

/// Something with a name of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its database key.
    pub id: u128,
    /// As readers see it.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
}

/// An article as the index is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedArticle {
    /// Its database key, a `UUIDv7`.
    pub id: u128,
    /// The headline, plain text.
    pub headline: String,
    /// The standfirst, plain text.
    pub dek: Option<String>,
    /// The body, plain text; the first 100 kB count.
    pub body: String,
    /// BCP 47.
    pub language: Option<String>,
    /// The publisher.
    pub source: Named,
    /// The publisher's section.
    pub section: Option<Named>,
    /// What it is about.
    pub topics: Vec<Named>,
    /// Names in the byline.
    pub authors: Vec<Named>,
    /// Its address at the publisher's.
    pub url: Option<String>,
    /// In milliseconds since 1970.
    pub published_at: i64,
    /// When what readers see last changed, in milliseconds since 1970.
    pub updated_at: i64,
    /// The publisher's country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Words of the body.
    pub word_count: u32,
    /// What a filter may ask for.
    pub flags: BTreeSet<Flag>,
    /// The story that it is part of.
    pub story: Option<u128>,
}

/// What an article has or allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// An image.
    Image,
    /// A video.
    Video,
    /// Sound.
    Audio,
    /// A published correction.
    Correction,
    /// A thread that takes comments.
    CommentsOpen,
}

impl Flag {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Image => b'i',
            Self::Video => b'v',
            Self::Audio => b'a',
            Self::Correction => b'c',
            Self::CommentsOpen => b'o',
        }
    }
}

/// The kinds of things with names, each with a field for its words and one for its ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Publishers.
    Source,
    /// Sections of publishers.
    Section,
    /// Topics.
    Topic,
    /// Names in bylines.
    Author,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Source, Self::Section, Self::Topic, Self::Author];

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Source => b's',
            Self::Section => b'e',
            Self::Topic => b't',
            Self::Author => b'a',
        }
    }
}

/// The fields of a kind of named things.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameFields {
    pub(crate) words: Field,
    pub(crate) ids: Field,
}

/// The fields of the index.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    id_high: Field,
    id_low: Field,
    pub(crate) published: Field,
    pub(crate) updated: Field,
    pub(crate) words: Field,
    pub(crate) country: Field,
    pub(crate) title: Field,
    pub(crate) text: Field,
    pub(crate) names: Field,
    pub(crate) title_stems: Field,
    pub(crate) text_stems: Field,
    pub(crate) source: NameFields,
    pub(crate) section: NameFields,
    pub(crate) topic: NameFields,
    pub(crate) author: NameFields,
    pub(crate) slugs: Field,
    pub(crate) story: Field,
    pub(crate) language: Field,
    pub(crate) languages: Field,
    pub(crate) flags: Field,
    pub(crate) hosts: Field,
    pub(crate) address: Field,
    pub(crate) path: Field,
    pub(crate) completions: Field,
    pub(crate) names_completions: Field,
}

/// Names of the columns that collectors read.
pub(crate) mod column {
    pub(crate) const ID_HIGH: &str = "id_high";
    pub(crate) const ID_LOW: &str = "id_low";
    pub(crate) const PUBLISHED: &str = "published";
    pub(crate) const LANGUAGE: &str = "language";
}

/// The schema, and its fields by name.
pub(crate) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let keys = || BytesOptions::default().set_indexed();
    let text = |tokenizer: &str, option| {
        let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(option);
        TextOptions::default().set_indexing_options(indexing)
    };
    let forms = || text(FORMS, IndexRecordOption::WithFreqsAndPositions);
    let stems = || text(STEMS, IndexRecordOption::WithFreqs);
    let mut named = |kind: &str| NameFields {
        words: builder.add_text_field(&format!("{kind}_words"), forms()),
        ids: builder.add_bytes_field(kind, keys().set_fast()),
    };
    let (source, section) = (named("source"), named("section"));
    let (topic, author) = (named("topic"), named("author"));
    let fields = Fields {
        id: builder.add_bytes_field("id", keys()),
        id_high: builder.add_u64_field(column::ID_HIGH, FAST),
        id_low: builder.add_u64_field(column::ID_LOW, FAST),
        published: builder.add_i64_field(column::PUBLISHED, FAST),
        updated: builder.add_i64_field("updated", FAST),
        words: builder.add_i64_field("words", FAST),
        country: builder.add_bytes_field("country", keys()),
        title: builder.add_text_field("title", forms()),
        text: builder.add_text_field("text", forms()),
        names: builder.add_text_field("names", forms()),
        title_stems: builder.add_text_field("title_stems", stems()),
        text_stems: builder.add_text_field("text_stems", stems()),
        source,
        section,
        topic,
        author,
        slugs: builder.add_bytes_field("slugs", keys()),
        story: builder.add_bytes_field("story", keys()),
        language: builder.add_bytes_field(column::LANGUAGE, BytesOptions::default().set_fast()),
        languages: builder.add_bytes_field("languages", keys()),
        flags: builder.add_bytes_field("flags", keys()),
        hosts: builder.add_bytes_field("hosts", keys()),
        address: builder.add_bytes_field("address", keys()),
        path: builder.add_text_field("path", forms()),
        completions: builder.add_bytes_field("completions", keys()),
        names_completions: builder.add_bytes_field("names_completions", keys()),
    };
    (builder.build(), fields)
}

impl Fields {
    /// The fields of a kind.
    pub(crate) fn of(&self, kind: Kind) -> NameFields {
        match kind {
            Kind::Source => self.source,
            Kind::Section => self.section,
            Kind::Topic => self.topic,
            Kind::Author => self.author,
        }
    }

    /// What finds an article by its id.
    pub(crate) fn id_term(&self, id: u128) -> Term {
        Term::from_field_bytes(self.id, &id.to_be_bytes())
    }

    /// What finds articles by the slug of something of theirs.
    pub(crate) fn slug_term(&self, kind: Kind, slug: &str) -> Term {
        Term::from_field_bytes(self.slugs, &slug_key(kind, slug))
    }

    /// An article as Tantivy takes it.
    pub(crate) fn document(&self, article: &IndexedArticle) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_bytes(self.id, &article.id.to_be_bytes());
        document.add_u64(self.id_high, low_half(article.id >> 64));
        document.add_u64(self.id_low, low_half(article.id));
        document.add_i64(self.published, article.published_at);
        document.add_i64(self.updated, article.updated_at);
        document.add_i64(self.words, i64::from(article.word_count));
        if let Some(country) = &article.country {
            document.add_bytes(self.country, country.as_bytes());
        }
        self.add_texts(article, &mut document);
        for kind in Kind::ALL {
            self.add_names(kind, &named(article, kind), &mut document);
        }
        for flag in &article.flags {
            document.add_bytes(self.flags, &[flag.code()]);
        }
        if let Some(story) = article.story {
            document.add_bytes(self.story, &story.to_be_bytes());
        }
        if let Some(tag) = article.language.as_deref() {
            document.add_bytes(self.language, tag.as_bytes());
            for key in language_keys(tag) {
                document.add_bytes(self.languages, key.as_bytes());
            }
        }
        if let Some(address) = article.url.as_deref().and_then(Address::read) {
            address.hosts().for_each(|host| document.add_bytes(self.hosts, host.as_bytes()));
            document.add_bytes(self.address, address.key().as_bytes());
            document.add_text(self.path, marked(None, [address.path()]));
        }
        for completion in completions::of_headline(&article.headline) {
            document.add_bytes(self.completions, &completion);
        }
        document
    }

    fn add_texts(&self, article: &IndexedArticle, document: &mut TantivyDocument) {
        let language = article.language.as_deref();
        let dek = article.dek.as_deref().unwrap_or_default();
        let body = beginning(&article.body, LONGEST_BODY);
        document.add_text(self.title, marked(None, [article.headline.as_str()]));
        document.add_text(self.text, marked(None, [dek, body]));
        document.add_text(self.title_stems, marked(language, [article.headline.as_str()]));
        // Twice: a word of the dek says more of the article than one of its body.
        document.add_text(self.text_stems, marked(language, [dek, dek, body]));
        let sought = [Kind::Source, Kind::Topic, Kind::Author];
        let names: Vec<&str> =
            sought.iter().flat_map(|kind| named(article, *kind)).map(|named| named.name.as_str()).collect();
        document.add_text(self.names, marked(None, names));
    }

    fn add_names(&self, kind: Kind, named: &[&Named], document: &mut TantivyDocument) {
        let fields = self.of(kind);
        document.add_text(fields.words, marked(None, named.iter().map(|named| named.name.as_str())));
        for named in named {
            document.add_bytes(fields.ids, &named.id.to_be_bytes());
            document.add_bytes(self.slugs, &slug_key(kind, &named.slug));
            for completion in completions::of_name(kind, named) {
                document.add_bytes(self.names_completions, &completion);
            }
        }
    }
}

fn named(article: &IndexedArticle, kind: Kind) -> Vec<&Named> {
    match kind {
        Kind::Source => vec![&article.source],
        Kind::Section => article.section.iter().collect(),
        Kind::Topic => article.topics.iter().collect(),
        Kind::Author => article.authors.iter().collect(),
    }
}

fn slug_key(kind: Kind, slug: &str) -> Vec<u8> {
    let mut key = vec![kind.code()];
    key.extend(slug.to_lowercase().as_bytes());
    key
}

/// A language under its own tag and those that it is a form of: `zh-hant-tw`, `zh-hant`, `zh`.
fn language_keys(tag: &str) -> Vec<String> {
    let tag = tag.to_ascii_lowercase();
    let ends = tag.match_indices('-').map(|(at, _)| at).chain([tag.len()]);
    ends.filter_map(|end| tag.get(..end)).map(ToOwned::to_owned).collect()
}

fn low_half(value: u128) -> u64 {
    u64::try_from(value & u128::from(u64::MAX)).unwrap_or_default()
}

/// The beginning of a text, of at most so many bytes.
pub(crate) fn beginning(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}
