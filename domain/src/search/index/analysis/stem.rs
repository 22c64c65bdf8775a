//! Stems by language, with the Snowball algorithms.

use frostem::{Algorithm, Stemmer as Snowball};

use super::fold::{fold_into, folded_word};

/// The languages that have a stemmer: primary subtag and algorithm.
const LANGUAGES: &[(&str, Algorithm)] = &[
    ("ar", Algorithm::Arabic),
    ("ca", Algorithm::Catalan),
    ("cs", Algorithm::Czech),
    ("da", Algorithm::Danish),
    ("de", Algorithm::German),
    ("el", Algorithm::Greek),
    ("en", Algorithm::English),
    ("es", Algorithm::Spanish),
    ("et", Algorithm::Estonian),
    ("eu", Algorithm::Basque),
    ("fa", Algorithm::Persian),
    ("fi", Algorithm::Finnish),
    ("fr", Algorithm::French),
    ("ga", Algorithm::Irish),
    ("hi", Algorithm::Hindi),
    ("hu", Algorithm::Hungarian),
    ("hy", Algorithm::Armenian),
    ("id", Algorithm::Indonesian),
    ("it", Algorithm::Italian),
    ("lt", Algorithm::Lithuanian),
    ("ne", Algorithm::Nepali),
    ("nl", Algorithm::Dutch),
    ("no", Algorithm::Norwegian),
    ("pl", Algorithm::Polish),
    ("pt", Algorithm::Portuguese),
    ("ro", Algorithm::Romanian),
    ("ru", Algorithm::Russian),
    ("sr", Algorithm::Serbian),
    ("sv", Algorithm::Swedish),
    ("ta", Algorithm::Tamil),
    ("tr", Algorithm::Turkish),
];

/// Cuts words of one language to their stems.
#[derive(Clone, Copy)]
pub(crate) struct Stemmer {
    code: &'static str,
    snowball: Snowball,
}

impl Stemmer {
    /// For a BCP 47 tag, where its language has one.
    pub(crate) fn of(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let primary = if matches!(primary.as_str(), "nb" | "nn") { "no" } else { primary.as_str() };
        let (code, algorithm) = LANGUAGES.iter().find(|(code, _)| *code == primary)?;
        Some(Self { code, snowball: Snowball::new(*algorithm) })
    }

    /// Every language that has one.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        LANGUAGES.iter().map(|(code, algorithm)| Self { code, snowball: Snowball::new(*algorithm) })
    }

    /// The primary tags of its language.
    pub(crate) fn tags(&self) -> &[&'static str] {
        if self.code == "no" { &["no", "nb", "nn"] } else { std::slice::from_ref(&self.code) }
    }

    /// The stems of a word, as they stand in the index: the folded stem and, where it differs, the stem of the folded word,
    /// because half of all readers type no accents and some suffixes have them. `form` is the word, folded.
    pub(crate) fn stems(&self, word: &str, form: &str) -> (String, Option<String>) {
        let plain = self.marked(&self.snowball.stem(form));
        if word.is_ascii() {
            return (plain, None);
        }
        let mut proper = String::new();
        folded_word(&self.snowball.stem(&word.to_lowercase()), &mut proper);
        let proper = self.marked(&proper);
        if proper == plain { (plain, None) } else { (proper, Some(plain)) }
    }

    fn marked(&self, stem: &str) -> String {
        let mut marked = String::with_capacity(self.code.len() + 1 + stem.len());
        marked.push_str(self.code);
        marked.push(':');
        fold_into(stem, &mut marked);
        marked
    }
}

/// The stem of a word in a language without a stemmer, or of a script that is cut into pairs.
pub(crate) fn without_stemmer(form: &str) -> String {
    format!(":{form}")
}

#[cfg(test)]
mod tests {
    use super::super::fold;
    use super::*;

    fn stems(tag: &str, word: &str) -> Vec<String> {
        let (first, second) = Stemmer::of(tag).unwrap().stems(word, &fold(word));
        std::iter::once(first).chain(second).collect()
    }

    #[test]
    fn a_stem_is_that_of_its_language() {
        assert_eq!(stems("en-GB", "elections"), ["en:elect"]);
        assert_eq!(stems("fr", "news"), ["fr:new"]);
        assert_eq!(stems("nb", "husene"), ["no:hus"]);
        assert!(Stemmer::of("zh-Hans").is_none() && Stemmer::of("").is_none());
    }

    #[test]
    fn a_word_typed_without_its_accents_shares_a_stem_with_the_word() {
        for (tag, word) in
            [("es", "elección"), ("fr", "réélue"), ("de", "Häuser"), ("pt", "eleições"), ("ru", "новый")]
        {
            let proper = stems(tag, word);
            let typed = stems(tag, &fold(word));
            assert!(typed.iter().all(|stem| proper.contains(stem)), "{word}: {proper:?}, {typed:?}");
        }
    }
}
