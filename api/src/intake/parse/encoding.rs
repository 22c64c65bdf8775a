//! Which characters the bytes are. Byte order mark, then what the bytes plainly are, then what is declared, then a guess.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// A declaration stands at the beginning.
const HEAD: usize = 400;

/// The text of a document.
pub(super) fn decode<'b>(bytes: &'b [u8], content_type: Option<&str>) -> Cow<'b, str> {
    if let Some(text) = wide(bytes) {
        return Cow::Owned(text);
    }
    // A mark of UTF-8 that something put before another encoding's bytes is none.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Bytes that are valid UTF-8 are UTF-8, whatever is declared; only escape codes look like ASCII.
    let escapes = bytes.is_ascii() && bytes.contains(&0x1b);
    if !escapes && let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    // A few bytes are not: they came from elsewhere.
    if mostly_utf_8(bytes) {
        return Cow::Owned(patched(bytes));
    }
    // A declaration that can be read byte by byte is not of UTF-16.
    let narrow = |encoding: &&'static Encoding| *encoding != UTF_8 && encoding.is_ascii_compatible();
    let declared =
        [in_declaration(bytes), in_content_type(content_type)].into_iter().flatten().filter(narrow);
    let mut fallback = None;
    for encoding in declared {
        let (text, broken) = encoding.decode_without_bom_handling(bytes);
        if !broken {
            return text;
        }
        fallback = fallback.or(Some(text));
    }
    let guessed = guess(bytes);
    let (text, broken) = guessed.decode_without_bom_handling(bytes);
    match fallback {
        Some(declared) if broken || lost(&declared) <= lost(&text) => declared,
        _ => text,
    }
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, chardetng::Utf8Detection::Allow)
}

fn lost(text: &str) -> usize {
    text.matches('\u{fffd}').count()
}

/// UTF-16 and UTF-32, by their mark or by the NULs around the first characters.
fn wide(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..4).unwrap_or(bytes);
    let encoding = match *head {
        [0xff, 0xfe, 0, 0] | [b'<', 0, 0, 0] => return Some(utf_32(bytes, u32::from_le_bytes)),
        [0, 0, 0xfe, 0xff] | [0, 0, 0, b'<'] => return Some(utf_32(bytes, u32::from_be_bytes)),
        [b'<', 0, _, 0] | [0xff, 0xfe, ..] => encoding_rs::UTF_16LE,
        [0, b'<', 0, _] | [0xfe, 0xff, ..] => encoding_rs::UTF_16BE,
        _ => return None,
    };
    let marked = bytes.strip_prefix(b"\xff\xfe").or_else(|| bytes.strip_prefix(b"\xfe\xff"));
    // A mark before bytes none of which is NUL lies: ASCII in UTF-16 has them.
    if let Some(rest) = marked.filter(|rest| !rest.is_empty() && !rest.contains(&0)) {
        return Some(decode(rest, None).into_owned());
    }
    Some(encoding.decode_without_bom_handling(marked.unwrap_or(bytes)).0.into_owned())
}

fn utf_32(bytes: &[u8], number: fn([u8; 4]) -> u32) -> String {
    let (quads, _) = bytes.as_chunks::<4>();
    quads.iter().map(|quad| char::from_u32(number(*quad)).unwrap_or('\u{fffd}')).collect()
}

/// Whether nearly all of what is not ASCII is UTF-8: no other encoding looks like that by chance.
fn mostly_utf_8(bytes: &[u8]) -> bool {
    let (mut valid, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    broken.saturating_mul(4) < valid
}

/// UTF-8, with bytes that are not as Windows-1252.
fn patched(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    text
}

fn in_declaration(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(HEAD))?).into_owned();
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
        let latin = b"<?xml version='1.0' encoding='windows-1252'?><a>\xc4rger</a>";
        assert!(decode(latin, Some("text/xml; charset=utf-8")).contains("Ärger"));
        let cyrillic = b"<a>\xcf\xf0\xe8\xe2\xe5\xf2</a>";
        assert!(decode(cyrillic, Some("text/xml; charset=\"windows-1251\"")).contains("Привет"));
        let said_wide = b"<?xml version='1.0' encoding='utf-16'?><a>\xc4rger ist \xfcberall</a>";
        assert!(decode(said_wide, None).contains("Ärger"));
        let marked_latin = b"\xef\xbb\xbf<?xml version='1.0' encoding='iso-8859-1'?><a>\xc4rger</a>";
        assert!(decode(marked_latin, None).contains("<a>Ärger"));
    }

    #[test]
    fn wide_encodings() {
        let text = "<?xml?><a>Ärger €</a>";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let wider: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        assert_eq!(decode(&little, None), text);
        assert_eq!(decode(&[b"\xff\xfe", little.as_slice()].concat(), None), text);
        assert_eq!(decode(&big, None), text);
        assert_eq!(decode(&[b"\xfe\xff", big.as_slice()].concat(), None), text);
        assert_eq!(decode(&wider, None), text);
        assert_eq!(decode(&[b"\xff\xfe", text.as_bytes()].concat(), None), text);
    }

    #[test]
    fn a_few_broken_bytes_are_of_another_encoding() {
        let start = "<a>Größe, Maß, Tür, Öl, süß, für, schön und ";
        assert_eq!(decode(&[start.as_bytes(), b"\x93x\x94"].concat(), None), format!("{start}“x”"));
    }

    #[test]
    fn what_is_undeclared_is_guessed() {
        let sentences = [
            ("gb2312", "中国经济在第三季度继续保持稳定增长，专家表示前景良好。"),
            ("shift_jis", "日本の経済は今年も緩やかに回復していると政府は発表した。"),
            ("big5", "台灣的氣象局今天發布了颱風警報，請民眾注意安全。"),
            ("euc-kr", "한국 정부는 오늘 새로운 경제 정책을 발표했습니다."),
            ("windows-1251", "Правительство объявило о новых мерах поддержки экономики."),
            ("windows-1252", "Après l'été, les élèves retournent à l'école où tout a changé."),
        ];
        for (label, sentence) in sentences {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            let text = format!("<rss><title>{sentence}</title></rss>");
            assert_eq!(decode(&encoding.encode(&text).0, None), text, "{label}");
        }
    }

    #[test]
    fn a_declared_encoding_that_does_not_fit_is_not_believed() {
        let text =
            "<?xml version='1.0' encoding='gb2312'?><a>Après l'été, les élèves retournent à l'école.</a>";
        let bytes = WINDOWS_1252.encode(text).0;
        assert_eq!(decode(&bytes, None), text);
    }
}
