//! Sources, sections, topics and authors: by words of the name, by slug, or by id.

use tantivy::Term as Key;
use tantivy::query::Query;

use super::super::analysis::{Mode, words};
use super::super::filter::{key, unscored};
use super::super::schema::Kind;
use super::{Planner, Result};
use crate::text::query::What;

impl Planner<'_> {
    pub(super) fn name(&mut self, kind: Kind, what: &What) -> Result<Option<Vec<Box<dyn Query>>>> {
        let fields = self.fields.of(kind);
        let text = match what {
            What::Word(text) | What::Phrase(text) => text,
            What::Prefix(text) => return self.beginning(text, &[(fields.words, 1.0)]),
            What::Between(..) => return Ok(None),
        };
        let mut found = self.in_order(&words(text, Mode::Query), &[(fields.words, 1.0)])?.unwrap_or_default();
        found.push(unscored(key(self.fields.slug_term(kind, text))));
        if let Some(id) = (self.read_id)(text) {
            found.push(unscored(key(Key::from_field_bytes(fields.ids, &id.to_be_bytes()))));
        }
        Ok(Some(found))
    }
}
