//! How texts become words: the same for articles, queries and highlights.
//!
//! A word is indexed twice. As its *form*, in lower case and without accents, with its position: phrases, beginnings of words and
//! names are looked for so. And as its *stem* in the article's language (`en:run`), for everything else; a word of an article in
//! a language without a stemmer has its form for a stem (`:run`), so that it is found, exactly. A stem carries its language
//! because what two languages cut a word to has nothing in common: French cuts *news* to *new*.

mod fold;
mod split;
mod stem;
mod tokenizer;

pub(crate) use fold::{fold, folded_word};
pub(crate) use split::{Mode, Piece, Splitter};
pub(crate) use stem::{Stemmer, without_stemmer};
pub(crate) use tokenizer::{FORMS, GAP_MARK, STEMS, marked, register};

/// A word of a text as it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Its folded form.
    pub(crate) form: String,
    /// Where it stands among the words.
    pub(crate) position: usize,
    /// Whether it is of a script without spaces between words.
    pub(crate) dense: bool,
    /// Its first byte.
    pub(crate) start: usize,
    /// The byte after its last.
    pub(crate) end: usize,
}

/// The words of a text, in order.
pub(crate) fn words(text: &str, mode: Mode) -> Vec<Word> {
    let mut splitter = Splitter::new(text, mode);
    let mut found = Vec::new();
    while let Some(piece) = splitter.next_piece() {
        let mut form = String::new();
        folded_word(piece.of(text), &mut form);
        if !form.is_empty() {
            let Piece { start, end, position, dense } = piece;
            found.push(Word { form, position, dense, start, end });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn forms(text: &str) -> Vec<String> {
        words(text, Mode::Query).into_iter().map(|word| word.form).collect()
    }

    #[test]
    fn case_accents_and_width_make_no_difference() {
        assert_eq!(forms("Élections À MÉXICO"), ["elections", "a", "mexico"]);
        assert_eq!(forms("ＴＯＫＹＯ ２０２４"), ["tokyo", "2024"]);
        assert_eq!(forms("Straße Łódź Ærø İstanbul"), ["strasse", "lodz", "aero", "istanbul"]);
        assert_eq!(forms("ёлка новый Їжак"), ["елка", "новый", "іжак"]);
    }

    #[test]
    fn articles_before_and_an_s_after_an_apostrophe_are_not_words() {
        assert_eq!(forms("l’élection d'Arras"), ["election", "arras"]);
        assert_eq!(forms("the women's vote"), ["the", "women", "vote"]);
        assert_eq!(forms("O'Brien doesn't"), ["o", "brien", "doesn", "t"]);
    }

    #[test]
    fn abbreviations_are_one_word() {
        assert_eq!(
            forms("the U.S. and U.K economy. A. Smith"),
            ["the", "us", "and", "uk", "economy", "a", "smith"]
        );
    }

    #[test]
    fn scripts_without_spaces_are_looked_for_in_pairs() {
        assert_eq!(forms("北京大学"), ["北京", "京大", "大学"]);
        assert_eq!(forms("国"), ["国"]);
        assert_eq!(forms("5月の東京"), ["5", "月の", "の東", "東京"]);
        assert_eq!(forms("ｶﾞｽ"), ["ガス"]);
    }

    proptest! {
        /// What stands in a text is found by a query for any run of its words: same forms at the same distances.
        #[test]
        fn a_part_of_a_text_is_found_in_it(
            parts in prop::collection::vec("[a-zé]{1,6}|[中国人民]{1,4}|[а-яё]{1,5}|[0-9]{1,3}", 1..12),
            from in 0_usize..6, take in 1_usize..5,
        ) {
            let text = parts.join(" ");
            let from = from.min(parts.len() - 1);
            let part = parts[from..(from + take).min(parts.len())].join(" ");
            let indexed: Vec<(usize, String)> =
                words(&text, Mode::Index).into_iter().map(|word| (word.position, word.form)).collect();
            let sought = words(&part, Mode::Query);
            prop_assert!(!sought.is_empty());
            let found = (0..200).any(|offset| {
                sought.iter().all(|word| indexed.contains(&(word.position + offset, word.form.clone())))
            });
            prop_assert!(found, "{part:?} in {text:?}");
        }

        #[test]
        fn any_text_is_cut_at_its_own_characters(text: String) {
            for word in words(&text, Mode::Index) {
                prop_assert!(text.get(word.start..word.end).is_some_and(|part| !part.is_empty()));
                prop_assert!(word.form.chars().count() <= 64 * 4);
            }
        }

        #[test]
        fn a_folded_text_is_its_own_fold(text: String) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.clone());
        }
    }
}
