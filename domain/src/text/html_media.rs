//! Media inside a body: what is shown there, with caption and credit.

use dom_query::{NodeRef, Selection};
use url::Url;

use super::html::{InlineMedia, InlineMediaKind, to_line};

/// Words that open a credit, lower case.
const CREDIT_OPENERS: &[&str] = &[
    "photo:",
    "photograph:",
    "picture:",
    "image:",
    "credit:",
    "credits:",
    "video:",
    "photo by",
    "photograph by",
    "foto:",
    "bild:",
    "crédit:",
    "crédit :",
    "crédit photo",
    "photo :",
    "source:",
    "©",
    "illustration:",
    "copyright",
    "تصوير:",
    "الصورة:",
];

/// The medium that an element shows, if it shows one.
pub(super) fn of_element(element: &NodeRef<'_>, kind: InlineMediaKind, url: Url) -> InlineMedia {
    let number = |name: &str| {
        element.attr(name).and_then(|text| text.trim().trim_end_matches("px").parse().ok()).filter(|n| *n > 0)
    };
    let line = |text: &str| Some(to_line(text)).filter(|line| !line.is_empty());
    let figure = element.ancestors(Some(6)).into_iter().find(|ancestor| ancestor.has_name("figure"));
    let caption_of = |figure: &NodeRef<'_>| {
        let figure = Selection::from(*figure);
        let marked =
            figure.select(".credit, .photo-credit, .image-credit, .caption-credit, cite, small").first();
        let credit = Some(marked.text().to_string()).filter(|text| !text.trim().is_empty());
        let caption = figure.select("figcaption").first().text().to_string();
        (caption, credit)
    };
    let (caption, credit) = figure.as_ref().map(caption_of).unwrap_or_default();
    let (caption, credit) = split_credit(&caption, credit.as_deref());
    InlineMedia {
        kind,
        url,
        width: number("width"),
        height: number("height"),
        alt: element.attr("alt").and_then(|alt| line(&alt)),
        caption: line(&caption),
        credit: credit.and_then(|credit| line(&credit)),
    }
}

/// Takes the credit out of a caption: what was marked as one, what follows "Photo:", or a last part in brackets.
fn split_credit(caption: &str, marked: Option<&str>) -> (String, Option<String>) {
    let caption = caption.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(marked) = marked {
        let marked = marked.split_whitespace().collect::<Vec<_>>().join(" ");
        return (caption.replace(&marked, "").trim().to_owned(), Some(without_opener(&marked)));
    }
    let lower = caption.to_lowercase();
    for opener in CREDIT_OPENERS {
        if let Some(at) = lower.find(opener)
            && lower.len() == caption.len()
            && begins_a_credit(&caption, at)
        {
            let (before, after) = caption.split_at(at);
            return (before.trim().to_owned(), Some(without_opener(after)));
        }
    }
    match caption.rsplit_once('(') {
        Some((before, last)) if last.ends_with(')') && last.len() <= 60 => {
            (before.trim().to_owned(), Some(last.trim_end_matches(')').to_owned()))
        }
        _ => (caption, None),
    }
}

/// Whether a word at `at` stands as an opener does: first, after a mark, or in capitals. "The bigger picture: …" is none.
fn begins_a_credit(caption: &str, at: usize) -> bool {
    let Some((before, from)) = caption.split_at_checked(at) else { return false };
    let within_a_sentence = before.trim_end().ends_with(|c: char| c.is_alphanumeric() || c == ',');
    !within_a_sentence || !from.starts_with(char::is_lowercase)
}

fn without_opener(credit: &str) -> String {
    let lower = credit.to_lowercase();
    let opener = CREDIT_OPENERS
        .iter()
        .find(|opener| lower.starts_with(*opener) && **opener != "©" && **opener != "copyright");
    let skip = opener.map_or(0, |opener| opener.chars().count());
    credit.chars().skip(skip).collect::<String>().trim().trim_matches(['(', ')']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_are_told_from_captions() {
        let caption = |text| split_credit(text, None);
        assert_eq!(
            caption("The quay at noon. Photo: Ann Lee/Courier"),
            ("The quay at noon.".to_owned(), Some("Ann Lee/Courier".to_owned()))
        );
        assert_eq!(caption("The quay (AFP)"), ("The quay".to_owned(), Some("AFP".to_owned())));
        assert_eq!(caption("The quay"), ("The quay".to_owned(), None));
        assert_eq!(
            caption("The bigger picture: more ships"),
            ("The bigger picture: more ships".to_owned(), None)
        );
        assert_eq!(caption("The quay at noon Photo: Ann Lee").1.as_deref(), Some("Ann Lee"));
        assert_eq!(
            split_credit("The quay Photo: Bo", Some("Photo: Bo")),
            ("The quay".to_owned(), Some("Bo".to_owned()))
        );
    }
}
