//! Which language a text is in.

use isolang::Language;

/// Shorter texts say too little of their language.
const SHORTEST: usize = 60;

/// A BCP 47 tag in its usual form (`EN_us` is `en-US`, `eng` is `en`, `German` is `de`); none for nonsense.
pub fn normalise(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    let mut parts = tag.split('-').map(str::trim);
    let primary = primary(parts.next()?)?;
    let mut normal = primary;
    for part in parts {
        let usual = match part.len() {
            4 if part.chars().all(|c| c.is_ascii_alphabetic()) => capitalised(part),
            2 if part.chars().all(|c| c.is_ascii_alphabetic()) => part.to_ascii_uppercase(),
            3 if part.chars().all(|c| c.is_ascii_digit()) => part.to_owned(),
            5..=8 if part.chars().all(|c| c.is_ascii_alphanumeric()) => part.to_ascii_lowercase(),
            _ => break,
        };
        normal.push('-');
        normal.push_str(&usual);
    }
    Some(normal)
}

fn primary(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let known = match lower.len() {
        2 => Language::from_639_1(&lower),
        3 => Language::from_639_3(&lower),
        _ => Language::from_name(&capitalised(&lower)),
    };
    known.map(|language| language.to_639_1().unwrap_or_else(|| language.to_639_3()).to_owned())
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase()).into_iter();
    first.chain(letters.map(|letter| letter.to_ascii_lowercase())).collect()
}

/// The language that a text is in, where it is long and clear enough to tell.
pub fn detect(text: &str) -> Option<String> {
    if text.chars().filter(|c| c.is_alphabetic()).count() < SHORTEST {
        return None;
    }
    let found = whatlang::detect(text).filter(whatlang::Info::is_reliable)?;
    primary(found.lang().code())
}

/// Whether a language is written from right to left.
pub fn is_rtl(tag: &str) -> bool {
    let primary = tag.split('-').next().unwrap_or(tag);
    let arabic_script = tag.contains("-Arab") || tag.contains("-Hebr");
    arabic_script
        || matches!(
            primary,
            "ar" | "he" | "fa" | "ur" | "yi" | "ps" | "ckb" | "sd" | "ug" | "dv" | "arc" | "syr"
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_normal_tag_is_its_own_normal_form(tag in "[a-zA-Z]{2,3}([-_][a-zA-Z0-9]{2,8}){0,3}") {
            if let Some(normal) = normalise(&tag) {
                prop_assert_eq!(normalise(&normal), Some(normal.clone()));
            }
        }
    }

    #[test]
    fn tags_as_publishers_write_them() {
        let cases = [
            ("EN_us", "en-US"),
            ("eng", "en"),
            ("German", "de"),
            ("zh-hans-cn", "zh-Hans-CN"),
            ("pt-br", "pt-BR"),
        ];
        for (given, expected) in cases {
            assert_eq!(normalise(given).as_deref(), Some(expected));
        }
        assert_eq!(normalise("xx-unknown!"), None);
        assert!(is_rtl("ar-EG") && is_rtl("he") && !is_rtl("en"));
    }

    #[test]
    fn long_text_speaks_for_itself() {
        let french = "La tempête a fermé le port pendant trois jours et les pêcheurs attendent toujours une décision du conseil municipal.";
        assert_eq!(detect(french).as_deref(), Some("fr"));
        assert_eq!(detect("Bonjour"), None);
    }
}
