//! Names and addresses of people, as feeds write them in one text.

use super::ParsedPerson;
use super::text::{non_empty, repaired};

/// `name@mail.example (Ann Lee)`, `Ann Lee <name@mail.example>`, `Ann Lee`, `name@mail.example`.
pub(super) fn person(text: &str) -> Option<ParsedPerson> {
    let text = repaired(text.trim());
    let is_address = |word: &str| {
        let word = word.trim_start_matches("mailto:");
        word.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !word.contains(char::is_whitespace)
        })
    };
    let bare = |text: &str| {
        let text = text.trim().trim_start_matches("mailto:").split('?').next().unwrap_or_default().to_owned();
        non_empty(text)
    };
    if is_address(&text) {
        return Some(ParsedPerson { name: None, email: bare(&text) });
    }
    for (open, close) in [('(', ')'), ('<', '>'), ('[', ']')] {
        let Some((before, inside)) = text.strip_suffix(close).and_then(|text| text.rsplit_once(open)) else {
            continue;
        };
        let (address, name) = match (is_address(before.trim()), is_address(inside.trim())) {
            (true, false) => (before, inside),
            (false, true) => (inside, before),
            _ => continue,
        };
        return Some(ParsedPerson { name: non_empty(name.to_owned()), email: bare(address) });
    }
    non_empty(text.into_owned()).map(|name| ParsedPerson { name: Some(name), email: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_told_apart() {
        let cases = [
            ("ann@a.example (Ann Lee)", Some("Ann Lee"), Some("ann@a.example")),
            ("Ann Lee <ann@a.example>", Some("Ann Lee"), Some("ann@a.example")),
            ("Ann Lee (mailto:ann@a.example)", Some("Ann Lee"), Some("ann@a.example")),
            ("ann@a.example?subject=x", None, Some("ann@a.example")),
            ("By Ann Lee (Reuters)", Some("By Ann Lee (Reuters)"), None),
            ("@annlee", Some("@annlee"), None),
        ];
        for (given, name, email) in cases {
            let found = person(given).unwrap();
            assert_eq!((found.name.as_deref(), found.email.as_deref()), (name, email), "{given}");
        }
        assert_eq!(person("  "), None);
    }
}
