//! Other scripts' digits and words made into those that dates are read by.

/// The zeros of scripts whose digits dates are written in; the other nine follow.
const ZEROS: &[char] = &[
    '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}',
    '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}', '\u{ff10}',
];

/// Chinese, Japanese and Korean units, and what stands for them here.
const UNITS: &[(&str, &str)] = &[
    ("年", "-"),
    ("月", "-"),
    ("日", " "),
    ("号", " "),
    ("號", " "),
    ("時", ":"),
    ("时", ":"),
    ("點", ":"),
    ("点", ":"),
    ("分", ":"),
    ("秒", " "),
    ("년", "-"),
    ("월", "-"),
    ("일", " "),
    ("시", ":"),
    ("분", ":"),
    ("초", " "),
    ("午前", " am "),
    ("上午", " am "),
    ("凌晨", " am "),
    ("早上", " am "),
    ("오전", " am "),
    ("午後", " pm "),
    ("下午", " pm "),
    ("晚上", " pm "),
    ("오후", " pm "),
];

/// Japanese eras, by the year before their first.
const ERAS: &[(&str, i32)] = &[("令和", 2_018), ("平成", 1_988), ("昭和", 1_925)];

/// Months whose names are of two words or abbreviations.
const TWO_WORDS: &[(&str, &str)] = &[
    ("ม.ค.", "jan"),
    ("ก.พ.", "feb"),
    ("มี.ค.", "mar"),
    ("เม.ย.", "apr"),
    ("พ.ค.", "may"),
    ("มิ.ย.", "jun"),
    ("ก.ค.", "jul"),
    ("ส.ค.", "aug"),
    ("ก.ย.", "sep"),
    ("ต.ค.", "oct"),
    ("พ.ย.", "nov"),
    ("ธ.ค.", "dec"),
    ("كانون الثاني", "jan"),
    ("كانون الأول", "dec"),
    ("كانون الاول", "dec"),
    ("تشرين الأول", "oct"),
    ("تشرين الاول", "oct"),
    ("تشرين الثاني", "nov"),
];

/// A text in plain digits and colons.
pub(super) fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let digits = text.chars().filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'));
    let mut plain: String = digits.map(digit).collect();
    for (words, month) in TWO_WORDS {
        plain = plain.replace(words, month);
    }
    if !plain.chars().any(|c| matches!(c, '\u{3000}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')) {
        return plain;
    }
    // Weekdays stand in brackets, or are words of their own that hold a unit: 月曜日, 월요일.
    let mut plain = without_weekday(&plain);
    for (era, before) in ERAS {
        plain = in_era(&plain, era, *before).unwrap_or(plain);
    }
    for (unit, here) in UNITS {
        plain = plain.replace(unit, here);
    }
    // `8時` is a full hour, `8:30:` has no seconds.
    let words: Vec<String> = plain.split_whitespace().map(completed).collect();
    words.join(" ")
}

fn digit(c: char) -> char {
    let value =
        ZEROS.iter().find_map(|zero| u32::from(c).checked_sub(u32::from(*zero)).filter(|value| *value < 10));
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or(if c == '：' { ':' } else { c })
}

fn completed(word: &str) -> String {
    match word.strip_suffix(':') {
        Some(time) if time.contains(':') => time.to_owned(),
        Some(hour) => format!("{hour}:00"),
        None => word.trim_end_matches('-').to_owned(),
    }
}

fn without_weekday(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find(['(', '（']) {
        let (before, inside) = rest.split_at_checked(open).unwrap_or((rest, ""));
        plain.push_str(before);
        plain.push(' ');
        rest = inside.find([')', '）']).and_then(|close| inside.get(close..)).unwrap_or_default();
        rest = rest.strip_prefix([')', '）']).unwrap_or(rest);
    }
    plain.push_str(rest);
    for days in ["曜日", "요일"] {
        while let Some(at) = plain.find(days) {
            let start =
                plain.get(..at).and_then(|before| before.char_indices().next_back()).map_or(at, |(at, _)| at);
            plain.replace_range(start..at + days.len(), " ");
        }
    }
    for week in ["星期", "周", "週", "礼拜"] {
        while let Some(at) = plain.find(week) {
            let end = at + week.len();
            let day = plain.get(end..).and_then(|after| after.chars().next()).map_or(0, char::len_utf8);
            plain.replace_range(at..end + day, " ");
        }
    }
    plain
}

/// `令和8年` is 2026; the first year of an era is 元年.
fn in_era(text: &str, era: &str, before: i32) -> Option<String> {
    let (head, tail) = text.split_once(era)?;
    let (year, rest) = tail.split_once('年')?;
    let number: i32 = if year.trim() == "元" { 1 } else { year.trim().parse().ok()? };
    Some(format!("{head}{}年{rest}", before.checked_add(number)?))
}
