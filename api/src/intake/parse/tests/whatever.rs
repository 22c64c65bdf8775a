use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;

/// What feeds are made of, in any order.
fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<rss>",
        "</rss>",
        "<channel>",
        "</channel>",
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<feed>",
        "<entry>",
        "</entry>",
        "<link ",
        "href='",
        "'>",
        "/>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?xml",
        "?>",
        "<!DOCTYPE x [",
        "&amp;",
        "&lt;",
        "&#",
        "x",
        ";",
        " ",
        "=",
        "\"",
        "<description>",
        "</description>",
        "<media:group>",
        "<media:content url='https://a.example/1'",
        "é",
        "日本",
        "\u{0}",
        "\u{85}",
        "xmlns='http://www.w3.org/2005/Atom'",
        "xml:base='/x/'",
        "<guid>",
        "https://a.example/",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused(text in soup()) {
        let url = "https://news.example/feed.xml".parse().unwrap();
        if let Ok(feed) = parse(text.as_bytes(), None, Some(&url)) {
            prop_assert!(feed.entries.len() <= text.matches("<item>").count() + text.matches("<entry>").count());
        }
        prop_assert!(discover(&text, &url).len() <= text.matches("href").count());
    }

    #[test]
    fn whatever_bytes_come_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0_usize..4) {
        let content_type = [None, Some("text/xml; charset=shift_jis"), Some("x; charset="), Some("application/json")][kind];
        for before in ["", "<rss><item><title>", "{\"title\":\"", "\u{feff}"] {
            let document = [before.as_bytes(), &bytes].concat();
            if let Ok(feed) = parse(&document, content_type, None) {
                prop_assert!(feed.entries.len() <= document.len());
            }
        }
    }

    #[test]
    fn a_title_is_the_same_however_it_is_escaped(title in "[a-zA-Z0-9 <>&;é日\"']{1,40}") {
        let plain = title.trim().to_owned();
        prop_assume!(!plain.is_empty());
        let shown = |entry: ParsedEntry| html_escape::decode_html_entities(&entry.title.unwrap_or_default()).into_owned();
        let escaped = html_escape::encode_text(&plain).into_owned();
        let atom = shown(atom_entry(&format!("<title type='text'>{escaped}</title>")));
        prop_assert_eq!(&atom, &plain);
        let twice = html_escape::encode_text(&escaped).into_owned();
        prop_assert_eq!(&shown(atom_entry(&format!("<title type='html'>{twice}</title>"))), &plain);
    }

    #[test]
    fn a_date_is_read_as_it_was_written(seconds in -2_000_000_000_i64..6_000_000_000) {
        let moment: DateTime<Utc> = DateTime::from_timestamp(seconds, 0).unwrap();
        let forms = ["%a, %d %b %Y %H:%M:%S GMT", "%d %B %Y %H:%M:%S +0000", "%FT%TZ", "%F %T", "%Y年%m月%d日 %H時%M分%S秒",
            "%a %b %e %T %Y", "%d.%m.%Y %T", "%Y%m%dT%H%M%SZ", "%B %d, %Y %I:%M:%S %p", "%A, %d-%b-%Y %T UTC"];
        for form in forms {
            let written = moment.format(form).to_string();
            prop_assert_eq!(parse_date(&written), Some(moment), "{}", written);
        }
    }
}
