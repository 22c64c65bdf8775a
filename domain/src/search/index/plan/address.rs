//! `url:` finds a host with its subdomains, the beginning of an address, or words of its path.

use tantivy::Term as Key;
use tantivy::query::Query;

use super::super::address::Address;
use super::super::analysis::{Mode, words};
use super::super::filter::{key, unscored};
use super::{Planner, Result};
use crate::text::query::What;

impl Planner<'_> {
    pub(super) fn url(&mut self, what: &What) -> Result<Option<Vec<Box<dyn Query>>>> {
        let (What::Word(text) | What::Phrase(text) | What::Prefix(text)) = what else { return Ok(None) };
        let (address, path) = (self.fields.address, self.fields.path);
        let mut found = Vec::new();
        match Address::sought(text) {
            Some(sought) if sought.is_host() => {
                found.push(key(Key::from_field_bytes(self.fields.hosts, sought.host().as_bytes())));
            }
            Some(sought) => found.push(self.begins(address, sought.key().as_bytes())?),
            None => {}
        }
        // `election` and `index.html` are parts of a path; what has a scheme or a slash behind its host is not.
        if !text.contains("://") && (found.is_empty() || !text.contains('/')) {
            let parts = match what {
                What::Prefix(_) => self.beginning(text, &[(path, 1.0)])?,
                _ => self.in_order(&words(text, Mode::Query), &[(path, 1.0)])?,
            };
            found.extend(parts.unwrap_or_default());
        }
        Ok(Some(found.into_iter().map(unscored).collect()))
    }
}
