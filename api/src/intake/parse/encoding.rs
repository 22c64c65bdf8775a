//! Which characters the bytes are. Byte order mark, then what the bytes plainly are, then what is declared, then a guess.

use encoding_rs::{Encoding, UTF_8};

/// The text of a document.
pub(super) fn decode(bytes: &[u8], content_type: Option<&str>) -> String {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    if let Some(wide) = utf_16_without_mark(bytes) {
        return wide.decode_without_bom_handling(bytes).0.into_owned();
    }
    let declared = in_declaration(bytes).or_else(|| in_content_type(content_type));
    // Bytes beyond ASCII that are valid UTF-8 are UTF-8, whatever is declared; only escape codes look like ASCII.
    let escapes = bytes.contains(&0x1b);
    if !escapes && let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let sniffed = || {
        let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
        detector.feed(bytes, true);
        detector.guess(None, chardetng::Utf8Detection::Allow)
    };
    let encoding =
        declared.filter(|encoding| *encoding != UTF_8 || mostly_utf_8(bytes)).unwrap_or_else(sniffed);
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// `<` and NUL alternate where a document in UTF-16 begins.
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes.get(..4)? {
        [b'<', 0, _, 0] => Some(encoding_rs::UTF_16LE),
        [0, b'<', 0, _] => Some(encoding_rs::UTF_16BE),
        _ => None,
    }
}

/// Declared as UTF-8 and a few bytes are not: still UTF-8.
fn mostly_utf_8(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let broken = text.matches('\u{fffd}').count();
    let foreign = text.chars().filter(|c| !c.is_ascii()).count();
    broken * 4 < foreign
}

fn in_declaration(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(400))?).into_owned();
    let declaration = head.split("?>").next()?;
    let after = declaration.split("encoding").nth(1)?.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Encoding::for_label(after.get(1..)?.split(quote).next()?.trim().as_bytes())
}

fn in_content_type(content_type: Option<&str>) -> Option<&'static Encoding> {
    let parameter = content_type?
        .split(';')
        .skip(1)
        .find_map(|part| part.trim().to_ascii_lowercase().strip_prefix("charset=").map(ToOwned::to_owned))?;
    Encoding::for_label(parameter.trim_matches(['"', '\'', ' ']).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lies_are_seen_through() {
        let said_latin = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>Ärger</a>";
        assert!(decode(said_latin.as_bytes(), None).contains("Ärger"));
        assert!(
            decode(b"<?xml version='1.0' encoding='windows-1252'?><a>\xc4rger</a>", None).contains("Ärger")
        );
        assert!(
            decode(b"<a>\xcf\xf0\xe8\xe2\xe5\xf2</a>", Some("text/xml; charset=windows-1251"))
                .contains("Привет")
        );
        assert_eq!(decode(b"\xff\xfe<\0a\0", None), "<a");
    }
}
