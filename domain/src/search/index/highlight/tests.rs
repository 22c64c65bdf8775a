use proptest::prelude::*;

use super::*;
use crate::text::query::{Field, Term, What};

fn term(field: Option<Field>, what: What) -> Expr {
    Expr::Term(Term { field, what })
}

fn word(text: &str) -> Expr {
    term(None, What::Word(text.to_owned()))
}

fn html(text: &str, expr: &Expr, language: &str) -> Vec<String> {
    highlight(text, Part::Text, expr, Some(language), 3).into_iter().map(|fragment| fragment.html).collect()
}

#[test]
fn forms_of_a_word_are_marked_in_the_language_of_the_article() {
    assert_eq!(
        html("It elected an elector.", &word("elections"), "en"),
        ["It <mark>elected</mark> an elector."]
    );
    assert_eq!(html("Une élection", &word("elections"), "fr"), ["Une <mark>élection</mark>"]);
    assert_eq!(html("Новые дома", &word("новый"), "ru"), ["<mark>Новые</mark> дома"]);
    assert_eq!(html("Une new", &word("news"), "fr"), ["Une <mark>new</mark>"]);
    assert!(html("A new", &word("news"), "en").is_empty());
}

#[test]
fn a_phrase_is_marked_as_a_whole_and_only_where_it_stands() {
    let phrase = term(None, What::Phrase("prime minister".to_owned()));
    assert_eq!(
        html("The prime suspect met the Prime Minister.", &phrase, "en"),
        ["The prime suspect met the <mark>Prime Minister</mark>."]
    );
    let hyphen = word("covid-19");
    assert_eq!(html("COVID 19 and covid", &hyphen, "en"), ["<mark>COVID 19</mark> and covid"]);
}

#[test]
fn scripts_without_spaces_are_marked_inside_their_runs() {
    assert_eq!(html("他在北京大学学习", &word("北京大学"), "zh"), ["他在<mark>北京大学</mark>学习"]);
    assert_eq!(html("中国", &word("国"), "zh"), ["中<mark>国</mark>"]);
    assert_eq!(html("대통령은 말했다", &word("대통령"), "ko"), ["<mark>대통령</mark>은 말했다"]);
}

#[test]
fn beginnings_fields_and_exclusions() {
    let prefix = term(None, What::Prefix("parli".to_owned()));
    assert_eq!(html("A parliament", &prefix, "en"), ["A <mark>parliament</mark>"]);
    let title = term(Some(Field::Title), What::Word("vote".to_owned()));
    assert!(html("The vote", &title, "en").is_empty());
    assert_eq!(highlight("The vote", Part::Headline, &title, Some("en"), 1).len(), 1);
    let not = Expr::Not(Box::new(word("vote")));
    assert!(html("The vote", &not, "en").is_empty());
}

#[test]
fn offsets_count_characters_of_the_fragment_and_the_fragment_those_of_the_text() {
    let text = format!("{} Der Wähler wählt.", "Ünnötig viel Vorrede ohne Ende. ".repeat(20));
    let found = highlight(&text, Part::Text, &word("wähler"), Some("de"), 1);
    let fragment = found.first().unwrap();
    let in_text: String = text.chars().skip(fragment.offset).take(fragment.text.chars().count()).collect();
    assert_eq!(in_text, fragment.text);
    let (from, to) = fragment.marks[0];
    assert_eq!(fragment.text.chars().skip(from).take(to - from).collect::<String>(), "Wähler");
}

#[test]
fn the_fragment_with_more_of_the_query_comes_before_others() {
    let filler = "Nothing of interest is told here at any length. ".repeat(10);
    let text = format!("A storm came. {filler}The storm closed the harbour. {filler}");
    let expr = Expr::And(vec![word("storm"), word("harbour")]);
    let found = highlight(&text, Part::Text, &expr, Some("en"), 1);
    assert!(
        found[0].html.starts_with("The <mark>storm</mark> closed the <mark>harbour</mark>."),
        "{found:?}"
    );
}

proptest! {
    /// Without its marks, the HTML is the escaped text, so nothing of the text becomes markup.
    #[test]
    fn no_text_becomes_markup(
        text in "([a-c<>&\"' \n.]|<script>|</mark>|中|é){0,400}",
        sought in "[a-c中é]{1,2}",
        part in prop_oneof![Just(Part::Text), Just(Part::Headline)],
    ) {
        for fragment in highlight(&text, part, &word(&sought), Some("en"), 4) {
            let mut marked = fragment.html.replace("<mark>", "").replace("</mark>", "");
            prop_assert!(!marked.contains(['<', '>', '"', '\'']));
            for (name, c) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
                marked = marked.replace(name, c);
            }
            prop_assert_eq!(&marked, &fragment.text);
            prop_assert!(!fragment.marks.is_empty());
            prop_assert!(fragment.marks.is_sorted_by(|a, b| a.1 <= b.0));
            let whole: String = text.chars().skip(fragment.offset).take(marked.chars().count()).collect();
            prop_assert_eq!(whole, marked);
        }
    }

    #[test]
    fn fragments_do_not_overlap(text in "([a-c]{1,3} ){50,400}", most in 0_usize..5) {
        let found = highlight(&text, Part::Text, &word("a"), None, most);
        prop_assert!(found.len() <= most);
        let ends = found.iter().map(|fragment| fragment.offset + fragment.text.chars().count());
        for (end, next) in ends.zip(found.iter().skip(1)) {
            prop_assert!(end <= next.offset);
        }
    }
}
