//! Names for addresses.

use crate::error::Findings;

/// A readable lower-case ASCII slug of a text in any script, words joined by `-`, at most `max` bytes and cut at a word.
pub fn slugify(text: &str, max: usize) -> String {
    let ascii = any_ascii::any_ascii(text).to_lowercase().replace(['\'', '’'], "");
    let mut slug = String::new();
    for word in ascii.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if !slug.is_empty() && slug.len() + 1 + word.len() > max {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.extend(word.chars().take(max));
    }
    if slug.is_empty() { "untitled".to_owned() } else { slug }
}

/// Notes what is wrong with a slug that somebody chose.
pub(crate) fn check(findings: &mut Findings, wanted: Option<&str>, max: usize) {
    let Some(wanted) = wanted else { return };
    let proper = slugify(wanted, max);
    if proper != wanted {
        let message = format!("must be lower-case ASCII words joined by `-`, such as `{proper}`");
        findings.add("slug", "malformed", message);
    }
    // It would be taken for an id where one may stand for the other.
    if crate::id::prefix_of(wanted).is_some() {
        findings.add("slug", "malformed", "has the form of an id");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_slug_is_its_own_slug(text: String, max in 10_usize..100) {
            let slug = slugify(&text, max);
            prop_assert_eq!(slugify(&slug, max), slug.clone());
            prop_assert!(slug.len() <= max.max("untitled".len()));
        }
    }

    #[test]
    fn every_script_becomes_readable() {
        assert_eq!(
            slugify("Sturmflut schließt den Hafen – Ärger!", 80),
            "sturmflut-schliesst-den-hafen-arger"
        );
        assert!(!slugify("港が閉鎖", 80).is_empty());
        assert_eq!(slugify("one two three", 8), "one-two");
        assert_eq!(slugify("!!", 8), "untitled");
    }
}
