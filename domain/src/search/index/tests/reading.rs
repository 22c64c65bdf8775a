//! Facets, suggestions and similar articles.

use super::*;

fn shop() -> Vec<IndexedArticle> {
    let mut articles = Vec::new();
    for id in 1..=6_u128 {
        let mut article =
            article(id, if id % 2 == 0 { "Élection results" } else { "Elephants elect" }, "ballot");
        article.source = named(
            900 + id % 3,
            ["Alpha News", "Beta Post", "Alphabet Weekly"][usize::try_from(id % 3).unwrap()],
        );
        article.topics = vec![named(1, "Politics"), named(10 + id % 2, "Animals")];
        article.language = Some(if id == 6 { "fr" } else { "en" }.to_owned());
        article.published_at = if id < 3 { 1_767_225_599_999 } else { 1_767_225_600_000 };
        articles.push(article);
    }
    articles
}

fn facet(index: &Index, query: Option<&Expr>, facet: Facet, limit: usize) -> Vec<(BucketValue, u64)> {
    let found = index.facets(query, &Filters::default(), &[facet], limit, &Deadline::never()).unwrap();
    found[0].1.iter().map(|bucket| (bucket.value.clone(), bucket.count)).collect()
}

#[test]
fn facets_count_what_matches_by_each_value() {
    use BucketValue::{Id, Text};
    let index = index(&shop());
    assert_eq!(facet(&index, None, Facet::Source, 9), [(Id(900), 2), (Id(901), 2), (Id(902), 2)]);
    assert_eq!(facet(&index, None, Facet::Topic, 2), [(Id(1), 6), (Id(10), 3)]);
    assert_eq!(facet(&index, None, Facet::Language, 9), [(Text("en".into()), 5), (Text("fr".into()), 1)]);
    assert_eq!(
        facet(&index, None, Facet::Month, 9),
        [(Text("2026-01".into()), 4), (Text("2025-12".into()), 2)]
    );
    let expr = parse("results lang:en").unwrap();
    assert_eq!(facet(&index, Some(&expr), Facet::Topic, 9), [(Id(1), 2), (Id(10), 2)]);
    assert_eq!(facet(&index, None, Facet::Author, 9), []);
    index.delete(6).unwrap();
    index.commit(2).unwrap();
    assert_eq!(facet(&index, None, Facet::Language, 9), [(Text("en".into()), 5)]);
}

#[test]
fn suggestions_complete_words_names_and_headlines() {
    let index = index(&shop());
    let suggest = |text: &str| index.suggest(text, 5, NOW, &Deadline::never()).unwrap();
    assert_eq!(suggest("the ele").texts, ["the elect", "the élection", "the elephants"]);
    assert_eq!(suggest("election").texts, ["élection"]);
    let names: Vec<String> = suggest("alph").names.into_iter().map(|name| name.name).collect();
    assert_eq!(names, ["Alpha News", "Alphabet Weekly"]);
    let post = suggest("POST").names;
    assert_eq!((post[0].kind, post[0].id, post[0].count), (Kind::Source, 901, 2));
    let articles: Vec<u128> = suggest("results éle").articles.iter().map(|hit| hit.id).collect();
    assert_eq!(articles, [6, 4, 2]);
    assert_eq!(suggest(""), Suggestions::default());
    assert_eq!(suggest("zz"), Suggestions::default());
}

#[test]
fn what_is_gone_is_not_suggested() {
    let mut secret = article(7, "Zeppelin lands", "");
    secret.authors = vec![named(70, "Zoe Zimmer")];
    let mut articles = shop();
    articles.push(secret);
    let index = index(&articles);
    let suggest = || index.suggest("z", 5, NOW, &Deadline::never()).unwrap();
    assert_eq!((suggest().texts.len(), suggest().names.len(), suggest().articles.len()), (1, 1, 1));
    index.delete(7).unwrap();
    index.commit(2).unwrap();
    assert_eq!(suggest(), Suggestions::default());
}

#[test]
fn similar_articles_share_telling_words_and_say_which() {
    let index = index(&[
        article(1, "Volcano erupts near the village", "Lava reached the village school."),
        article(2, "Village flees volcano", "Lava and ash."),
        article(3, "Parliament votes", "A budget."),
        article(4, "Election in the capital", "Ballots."),
    ]);
    let sample =
        Sample { headline: "Volcano erupts", text: "Lava reached the village.", language: Some("en") };
    let mut filters = Filters::default();
    filters.articles.none_of = vec![1];
    let similar = index.similar(&sample, &filters, 10, &Deadline::never()).unwrap();
    assert_eq!(similar.hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [2]);
    assert!(similar.words.iter().any(|(word, _)| word == "Volcano"));
    assert!(similar.words.is_sorted_by(|a, b| a.1 >= b.1) && similar.words[0].1 <= 1.0);
}

#[test]
fn the_same_question_has_the_same_answer() {
    let articles = shop();
    let (one, other) = (index(&articles), index(&articles));
    for query in ["elect*", "ballot OR results", "topic:politics -fr"] {
        assert_eq!(found(&one, query), found(&other, query));
    }
    let suggest = |index: &Index| index.suggest("e", 9, NOW, &Deadline::never()).unwrap();
    assert_eq!(suggest(&one), suggest(&other));
}
