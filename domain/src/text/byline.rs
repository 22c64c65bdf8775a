//! Bylines, split into the people whom they name.

use super::html;
use super::names::{is_role, recased};

const MOST_PEOPLE: usize = 20;
const NAME_CHARS: usize = 120;

/// What comes before the first name, in the languages most met.
const OPENERS: &[&str] = &[
    "by",
    "von",
    "par",
    "por",
    "di",
    "av",
    "af",
    "door",
    "od",
    "от",
    "автор",
    "author",
    "authors",
    "written by",
    "text by",
    "texte",
    "text",
    "story by",
    "words by",
    "autor",
    "redaktion:",
    "بقلم",
    "كتب",
];
/// Words between two names.
const JOINERS: &[&str] = &[
    " and ", " und ", " et ", " y ", " e ", " och ", " og ", " en ", " i ", " и ", " with ", " mit ",
    " avec ", " con ",
];

/// Somebody named in a byline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The address that stood with it, if one did.
    pub email: Option<String>,
}

/// The people whom a byline names, in its order: `By Ann Lee and Bo Chan, Reuters` is Ann Lee and Bo Chan. A newsroom that
/// stands alone is the author.
pub fn split(raw: &str) -> Vec<Person> {
    let line = html::to_line(raw);
    if let Some(person) = with_email(&line) {
        return vec![person];
    }
    let is_address = |word: &&str| word.contains("://") || word.starts_with("www.");
    let line = line.split(' ').filter(|word| !is_address(word)).collect::<Vec<_>>().join(" ");
    let (line, opened) = without_opener(&line);
    let mut people = Vec::<Person>::new();
    for group in line.split([';', '|', '/', '\n', '•', '،']) {
        take_group(group, opened, &mut people);
    }
    people.truncate(MOST_PEOPLE);
    people
}

/// `ann@example.org (Ann Lee)` and `Ann Lee <ann@example.org>`.
fn with_email(line: &str) -> Option<Person> {
    let inside = |open: char, close: char| {
        let (before, rest) = line.split_once(open)?;
        let (within, after) = rest.split_once(close)?;
        after.trim().is_empty().then_some((before.trim(), within.trim()))
    };
    let is_email = |text: &str| text.contains('@') && !text.contains(char::is_whitespace);
    let person = |name: &str, email: &str| {
        let name = without_opener(name).0;
        (!name.is_empty()).then(|| Person { name: cut(&recased(&name)), email: Some(email.to_owned()) })
    };
    match (inside('(', ')'), inside('<', '>')) {
        (Some((email, name)), _) if is_email(email) => person(name, email),
        (_, Some((name, email))) if is_email(email) => person(name, email),
        _ if is_email(line) => {
            let local = line.split('@').next().unwrap_or_default().replace(['.', '_'], " ");
            person(&local, line)
        }
        _ => None,
    }
}

fn without_opener(line: &str) -> (String, bool) {
    let trimmed = line.trim().trim_start_matches([':', '–', '-', '—']).trim();
    let lower = trimmed.to_lowercase();
    for opener in OPENERS {
        if let Some(rest) = lower.strip_prefix(opener)
            && rest.starts_with([' ', ':'])
        {
            let skip = trimmed.chars().count() - rest.chars().count();
            let rest: String = trimmed.chars().skip(skip).collect();
            return (rest.trim_start_matches([' ', ':']).to_owned(), true);
        }
    }
    (trimmed.to_owned(), false)
}

/// One group: names joined by words and commas; what follows the first name by a comma and is no name is dropped.
fn take_group(group: &str, opened: bool, people: &mut Vec<Person>) {
    let mut joined = group.replace(" & ", "\u{1}").replace(" + ", "\u{1}");
    for joiner in JOINERS {
        joined = joined.replace(joiner, "\u{1}");
    }
    joined = split_at_wa(&joined);
    let parts: Vec<&str> = joined.split('\u{1}').collect();
    let several = parts.len() > 1;
    for part in parts {
        let mut names = part.split(',').map(str::trim).filter(|name| !name.is_empty());
        let Some(first) = names.next() else { continue };
        add(first, opened, people);
        for other in names {
            // "Ann Lee, Bo Chan and Cy Dee" lists people; "Ann Lee, Science editor" or "Ann Lee, Reuters" does not.
            if looks_like_a_person(other) && (several || opened) {
                add(other, opened, people);
            }
        }
    }
}

/// Arabic writes "and" as the first letter of the next word, where names begin with it too: it joins two people only where
/// both have a first and a last name.
fn split_at_wa(names: &str) -> String {
    let of_two_words = |part: &str| part.split_whitespace().count() >= 2;
    let mut split = String::new();
    let mut rest = names;
    while let Some((before, after)) = rest.split_once(" و") {
        let person = split.rsplit('\u{1}').next().unwrap_or_default().to_owned() + before;
        let joins = of_two_words(&person) && of_two_words(after);
        split.push_str(before);
        split.push_str(if joins { "\u{1}" } else { " و" });
        rest = after;
    }
    split + rest
}

fn looks_like_a_person(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let capital = |word: &&str| word.chars().next().is_some_and(char::is_uppercase);
    (2..=5).contains(&words.len())
        && !is_role(text)
        && words.iter().filter(|word| capital(word)).count() >= 2
        && !text.contains(" News")
}

fn add(raw: &str, opened: bool, people: &mut Vec<Person>) {
    let name = raw.split(" - ").next().unwrap_or(raw);
    let name =
        name.split(" in ").next().unwrap_or(name).split('(').next().unwrap_or(name).trim_matches(
            |c: char| c.is_whitespace() || matches!(c, '.' | ',' | ':' | '-' | '–' | '—' | '*'),
        );
    let link = name.starts_with('@') || name.contains("://") || name.contains("www.");
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    if link || letters < 2 || (opened && !people.is_empty() && is_role(name)) {
        return;
    }
    let name = cut(&recased(name));
    let known = people.iter().any(|person| person.name.to_lowercase() == name.to_lowercase());
    if !known {
        people.push(Person { name, email: None });
    }
}

fn cut(name: &str) -> String {
    html::excerpt(name, NAME_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(raw: &str) -> Vec<String> {
        split(raw).into_iter().map(|person| person.name).collect()
    }

    #[test]
    fn bylines_as_publishers_write_them() {
        assert_eq!(names("By Ann Lee and Bo Chan"), ["Ann Lee", "Bo Chan"]);
        assert_eq!(names("Ann Lee, Science editor"), ["Ann Lee"]);
        assert_eq!(names("By ANN LEE, BO CHAN and CY DEE, Reuters"), ["Ann Lee", "Bo Chan", "Cy Dee"]);
        assert_eq!(names("Von Jörg Müller und Anna Weiß"), ["Jörg Müller", "Anna Weiß"]);
        assert_eq!(names("Par Élise Moreau; Luc Petit"), ["Élise Moreau", "Luc Petit"]);
        assert_eq!(names("Reuters"), ["Reuters"]);
        assert_eq!(names("بقلم أحمد علي وسمير خالد"), ["أحمد علي", "سمير خالد"]);
        assert_eq!(names("سمير وليد"), ["سمير وليد"]);
        assert_eq!(names("Ann Lee &amp; Bo Chan | Ann Lee"), ["Ann Lee", "Bo Chan"]);
        assert_eq!(names("https://example.org/ann"), Vec::<String>::new());
    }

    #[test]
    fn addresses_beside_names() {
        let person = Person { name: "Ann Lee".to_owned(), email: Some("ann@news.example".to_owned()) };
        assert_eq!(split("ann@news.example (Ann Lee)"), [person]);
        assert_eq!(split("Ann Lee <ann@news.example>")[0].name, "Ann Lee");
    }
}
