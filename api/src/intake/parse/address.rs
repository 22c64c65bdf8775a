//! Addresses as publishers write them.

use std::borrow::Cow;

use url::Url;

/// An absolute http(s) address; relative ones are resolved against `base`.
pub(super) fn resolve(text: &str, base: Option<&Url>) -> Option<Url> {
    // A hyphen is left of a document that was copied from a browser's view of it.
    let text = text.trim().trim_start_matches(['-', '<', '"', '\'']).trim_start();
    let text = text.trim_end_matches(['>', '"', '\'']);
    // White space within: the address was broken over lines.
    let joined: String;
    let text = if text.contains(['\n', '\r', '\t']) {
        joined = text.split(['\n', '\r', '\t']).map(str::trim).collect();
        joined.as_str()
    } else {
        text
    };
    // Escaped twice.
    let text = if text.contains("&amp;") {
        Cow::Owned(text.replace("&amp;amp;", "&").replace("&amp;", "&"))
    } else {
        Cow::Borrowed(text)
    };
    let text: &str = &misspelt(&text).map_or(text.clone(), Cow::Owned);
    if text.is_empty() {
        return None;
    }
    let url = match (Url::parse(text), base) {
        (Ok(url), _) => url,
        (Err(_), _) if text.starts_with("www.") => Url::parse(&format!("https://{text}")).ok()?,
        (Err(_), Some(base)) => base.join(text).ok()?,
        (Err(_), None) if text.starts_with("//") => Url::parse(&format!("https:{text}")).ok()?,
        (Err(_), None) => return None,
    };
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// `http;://`, `htp://`, `http:///`: what else would it be.
fn misspelt(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let meant = scheme.starts_with('h') && scheme.len() <= 7 && scheme.contains("tp");
    let slashes = rest.starts_with('/');
    if !meant || !slashes && matches!(scheme.as_str(), "http" | "https") {
        return None;
    }
    let scheme = if scheme.contains('s') { "https" } else { "http" };
    Some(format!("{scheme}://{}", rest.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_all_kinds() {
        let base: Url = "http://a.example/x/feed.xml".parse().unwrap();
        let cases = [
            (" https://b.example/1 ", "https://b.example/1"),
            ("/1", "http://a.example/1"),
            ("1?a=b&c", "http://a.example/x/1?a=b&c"),
            ("//c.example/1", "http://c.example/1"),
            ("www.d.example/1", "https://www.d.example/1"),
            ("-\n\n https://e.example/1", "https://e.example/1"),
            ("https://f.example/a\n   b", "https://f.example/ab"),
            ("<https://g.example/>", "https://g.example/"),
            ("http;://i.example/1", "http://i.example/1"),
            ("htps://i.example/1", "https://i.example/1"),
            ("https://j.example/?a=1&amp;amp;b=2&amp;c=3", "https://j.example/?a=1&b=2&c=3"),
            ("https://h.example/über", "https://h.example/%C3%BCber"),
        ];
        for (given, expected) in cases {
            assert_eq!(resolve(given, Some(&base)).unwrap().as_str(), expected, "{given}");
        }
        for none in ["", "javascript:alert(1)", "mailto:a@b.example", "tag:a.example,2026:1", "data:,x"] {
            assert_eq!(resolve(none, Some(&base)), None, "{none}");
        }
        assert_eq!(resolve("/1", None), None);
        assert_eq!(resolve("//c.example/1", None).unwrap().as_str(), "https://c.example/1");
    }
}
