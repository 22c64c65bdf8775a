//! Feeds and pages from outside: whatever the bytes, reading them ends, and what it gives is bounded by what was sent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use url::Url;

#[path = "../../../api/src/intake/parse/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the target uses a part of the module")]
mod parse;

fuzz_target!(|bytes: &[u8]| {
    let base = Url::parse("https://news.example/feed.xml").ok();
    let (kind, document) = bytes.split_first().unwrap_or((&0, bytes));
    let content_type = ["text/xml", "text/xml; charset=gb2312", "application/json", "text/html; charset=utf-16"];
    let content_type = content_type.get(usize::from(*kind)).copied();
    if let Ok(feed) = parse::parse(document, content_type, base.as_ref()) {
        // Nothing is expanded: UTF-8 of a byte, escaped, is no longer than six, and a text may be told a few times.
        let texts = feed.entries.iter().flat_map(|entry| [&entry.title, &entry.summary_html, &entry.content_html]);
        let length: usize = texts.flatten().map(String::len).sum();
        assert!(length <= 40 * (document.len() + 1), "{length} of {}", document.len());
        assert!(feed.entries.len() <= 10_000);
    }
    if let (Ok(html), Some(base)) = (std::str::from_utf8(document), base) {
        assert!(parse::discover(html, &base).len() <= 50);
    }
});
