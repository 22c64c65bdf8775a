//! How long a text is.

/// Words a minute that grown-ups read on screen.
const WORDS_A_MINUTE: u32 = 230;

/// Words; two characters of Chinese, Japanese or Korean count as one.
pub fn word_count(text: &str) -> u32 {
    let (mut words, mut ideographs, mut inside) = (0_u32, 0_u32, false);
    for c in text.chars() {
        let ideograph = is_ideograph(c);
        ideographs = ideographs.saturating_add(u32::from(ideograph));
        let letter = !ideograph && c.is_alphanumeric();
        words = words.saturating_add(u32::from(letter && !inside));
        inside = letter || (inside && matches!(c, '\'' | '’' | '-' | '.' | ','));
    }
    words.saturating_add(ideographs.div_ceil(2))
}

fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x2FA1F)
}

/// Whole minutes to read so many words; at least one for any text.
pub fn reading_minutes(words: u32) -> u32 {
    words.div_ceil(WORDS_A_MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_in_any_script() {
        assert_eq!(word_count("The harbour's re-opening cost 1,250 crowns."), 6);
        assert_eq!(word_count("アンネ フランク"), 4);
        assert_eq!(word_count("  — !"), 0);
        assert_eq!((reading_minutes(0), reading_minutes(1), reading_minutes(231)), (0, 1, 2));
    }
}
