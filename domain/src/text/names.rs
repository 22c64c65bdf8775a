//! Personal names: which words are part of one, and how capitals become letters again.

/// A name in capitals, written as names are; others as they are.
pub(super) fn recased(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let shouts = letters >= 5 && name.contains(' ') && !name.chars().any(char::is_lowercase);
    if !shouts {
        return name.to_owned();
    }
    let mut start = true;
    let lower = |c: char| -> String {
        let out = if start { c.to_uppercase().to_string() } else { c.to_lowercase().to_string() };
        start = !c.is_alphabetic();
        out
    };
    name.chars().map(lower).collect()
}

const ROLE_WORDS: &[&str] = &[
    "editor",
    "reporter",
    "correspondent",
    "writer",
    "columnist",
    "critic",
    "producer",
    "analyst",
    "contributor",
    "author",
    "staff",
    "journalist",
    "photographer",
    "bureau",
    "desk",
    "chief",
    "redakteur",
    "redaktion",
    "korrespondent",
    "journaliste",
    "rédacteur",
    "correspondant",
    "corresponsal",
    "redactor",
    "giornalista",
    "journalist",
    "redacteur",
];

/// Whether a part of a byline says what somebody is, or where, instead of who.
pub(super) fn is_role(part: &str) -> bool {
    let lower = part.to_lowercase();
    lower
        .split_whitespace()
        .any(|word| ROLE_WORDS.contains(&word.trim_matches(|c: char| !c.is_alphanumeric())))
}
