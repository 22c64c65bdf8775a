//! What an edit changes, and whether readers need to read it again.

use super::draft::Draft;
use super::{ArticleRecord, links, lists};
use crate::change::{Detail, Significance};

/// Letters in which a word may differ from itself and still be the same word, misspelt.
const TYPO: usize = 2;
/// Words that may be respelt in one edit before it is a rewrite.
const RESPELT: usize = 40;

/// What an article said.
pub(super) struct Before<'b> {
    pub(super) record: &'b ArticleRecord,
    pub(super) html: &'b str,
    pub(super) text: &'b str,
}

/// The fields that a draft changes, as the contract names them, and how much it matters.
///
/// Minor is an edit that respells words, one by one, or touches pictures, bylines, topics and typography only. Another
/// number is never minor.
pub(super) fn of(before: &Before<'_>, draft: &Draft, names: &links::Names) -> Detail {
    let record = before.record;
    let differs = [
        ("headline", record.headline != draft.headline),
        ("dek", record.dek != draft.dek),
        ("body", before.html != draft.html),
        ("language", record.language != draft.language),
        ("url", draft.url.is_some() && record.url.as_deref() != draft.url.as_ref().map(url::Url::as_str)),
        ("section", record.section != names.section(draft)),
        ("authors", record.authors != names.authors_of(draft)),
        ("topics", record.topics != names.topics_of(draft)),
        ("media", media_differ(record, draft)),
    ];
    let fields = differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| (*name).to_owned()).collect();
    let minor = is_respelling(&record.headline, &draft.headline)
        && is_respelling(record.dek.as_deref().unwrap_or_default(), draft.dek.as_deref().unwrap_or_default())
        && is_respelling(before.text, &draft.text);
    let significance = if minor { Significance::Minor } else { Significance::Substantive };
    let lists = lists::left_and_joined(record, draft, names);
    Detail { significance: Some(significance), fields, lists, ..Detail::default() }
}

fn media_differ(record: &ArticleRecord, draft: &Draft) -> bool {
    record.media.len() != draft.media.len()
        || record.media.iter().zip(&draft.media).any(|(known, (_, medium))| {
            known.url != medium.url.as_str()
                || known.caption != medium.caption
                || known.credit != medium.credit
                || known.alt != medium.alt
                || known.focal_point != medium.focal_point
        })
}

/// Whether two texts have the same words, but for misspellings.
fn is_respelling(before: &str, after: &str) -> bool {
    let (before, after) = (words(before), words(after));
    let mut respelt = before.iter().zip(&after).filter(|(old, new)| old != new);
    before.len() == after.len()
        && respelt.clone().count() <= RESPELT
        && respelt.all(|(old, new)| is_typo(old, new))
}

fn is_typo(old: &str, new: &str) -> bool {
    let number = |word: &str| word.chars().any(|c| c.is_ascii_digit());
    let long = old.chars().count().min(new.chars().count()) > TYPO + 1;
    long && !number(old) && !number(new) && strsim::levenshtein(old, new) <= TYPO
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_minor_and_facts_are_not() {
        let minor = [
            ("The harbour re-opens", "The Harbour re-opens!"),
            ("Minister aplauds ferries", "Minister applauds ferries"),
        ];
        let substantive = [
            ("Dog bites man", "Man bites dog"),
            ("Forty ships wait", "Forty ships did wait"),
            ("12 injured", "13 injured"),
            ("He will go", "He won go"),
        ];
        assert!(minor.iter().all(|(before, after)| is_respelling(before, after)));
        assert!(!substantive.iter().any(|(before, after)| is_respelling(before, after)));
    }
}
