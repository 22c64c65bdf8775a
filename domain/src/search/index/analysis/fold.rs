//! Folding: what makes `Élection`, `ELECTION` and `élection` the same word.
//!
//! Lower case and compatibility decomposition (NFKD), then the accents of Latin, Greek, Cyrillic, Arabic and Hebrew go, and
//! the rest is composed again (NFC). Vowel signs of Indic scripts are letters, not accents, and stay; so does the breve of `й`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut: nobody types them, and some are no words at all.
const LONGEST_WORD: usize = 64;

/// A word, folded into `out`.
pub(crate) fn folded_word(word: &str, out: &mut String) {
    out.clear();
    if word.is_ascii() {
        let letters = word.bytes().filter(u8::is_ascii_alphanumeric).take(LONGEST_WORD);
        out.extend(letters.map(|byte| char::from(byte.to_ascii_lowercase())));
        return;
    }
    let end = word.char_indices().nth(LONGEST_WORD).map_or(word.len(), |(at, _)| at);
    fold_into(word.get(..end).unwrap_or(word), out);
    // Full stops of an abbreviation, joiners, and signs that decomposition brought forth.
    out.retain(|c| c.is_alphanumeric() || is_combining_mark(c));
}

/// A text, folded.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// A text, folded, after what `out` has.
pub(super) fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.extend(text.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
        return;
    }
    let mut plain = String::with_capacity(text.len());
    // Twice: the decomposition of some signs has capitals in it.
    for c in text.chars().flat_map(char::to_lowercase).nfkd().flat_map(char::to_lowercase) {
        if !is_accent(c, plain.chars().next_back()) {
            push_base(c, &mut plain);
        }
    }
    out.extend(plain.nfc());
}

/// Letters that have no decomposition, as they are commonly written without their strokes.
fn push_base(c: char, out: &mut String) {
    match c {
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'þ' => out.push_str("th"),
        'ø' => out.push('o'),
        'ł' => out.push('l'),
        'đ' | 'ð' => out.push('d'),
        'ı' => out.push('i'),
        'ς' => out.push('σ'),
        other => out.push(other),
    }
}

fn is_accent(c: char, before: Option<char>) -> bool {
    match c {
        '\u{306}' => !matches!(before, Some('и' | 'у')),
        '\u{300}'..='\u{36f}'
        | '\u{591}'..='\u{5bd}'
        | '\u{5bf}'
        | '\u{5c1}'
        | '\u{5c2}'
        | '\u{5c4}'
        | '\u{5c5}'
        | '\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{640}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}' => true,
        _ => is_joiner(c),
    }
}

/// Signs inside a word that nobody sees: soft hyphens and zero-width joiners.
pub(super) fn is_joiner(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}
