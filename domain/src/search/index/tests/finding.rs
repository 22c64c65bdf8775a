//! What each part of the query language finds.

use super::*;

#[test]
fn words_are_found_by_their_stem_in_the_language_of_the_article() {
    let mut french = article(2, "Les élections approchent", "");
    french.language = Some("fr".to_owned());
    let mut german = article(3, "Neue Häuser", "Viele Wahlen");
    german.language = Some("de-AT".to_owned());
    let mut unknown = article(4, "Elections elections", "");
    unknown.language = None;
    let index = index(&[article(1, "Election day", "They elected her"), french, german, unknown]);
    assert_eq!(set(&index, "election"), [1, 2]);
    assert_eq!(set(&index, "elections"), [1, 2, 4]);
    assert_eq!(set(&index, "haus"), [3]);
    assert_eq!(set(&index, "Wahl OR électing"), [1, 3]);
    assert_eq!(set(&index, "new"), [0_u128; 0]);
}

#[test]
fn operators_phrases_and_beginnings() {
    let index = index(&[
        article(1, "Storm closes harbour", "The prime minister spoke."),
        article(2, "Harbour opens", "A prime suspect met the minister."),
        article(3, "Parliament sits", "The parliamentary session."),
    ]);
    assert_eq!(set(&index, "harbour -storm"), [2]);
    assert_eq!(set(&index, "storm OR parliament"), [1, 3]);
    assert_eq!(set(&index, "\"prime minister\""), [1]);
    assert_eq!(set(&index, "prime minister"), [1, 2]);
    assert_eq!(set(&index, "parliam*"), [3]);
    assert_eq!(set(&index, "title:storm OR title:session"), [1]);
    assert_eq!(set(&index, "text:session"), [3]);
    assert_eq!(set(&index, "-harbour"), [3]);
    assert_eq!(set(&index, "\"harbour opens A\""), [0_u128; 0]);
    assert_eq!(set(&index, "NOT (storm OR parliament)"), [2]);
}

#[test]
fn scripts_without_spaces_are_found_by_any_part() {
    let mut chinese = article(1, "他在北京大学学习国际新闻", "");
    chinese.language = Some("zh".to_owned());
    let mut korean = article(2, "대통령은 서울에서", "");
    korean.language = Some("ko".to_owned());
    let mut japanese = article(3, "東京で食べる", "5月のニュース");
    japanese.language = Some("ja".to_owned());
    let mut thai = article(4, "นายกรัฐมนตรีไทย", "");
    thai.language = Some("th".to_owned());
    let index = index(&[chinese, korean, japanese, thai]);
    assert_eq!(set(&index, "北京大学"), [1]);
    assert_eq!(set(&index, "国"), [1]);
    assert_eq!(set(&index, "大学北京"), [0_u128; 0]);
    assert_eq!(set(&index, "北京大学国际新闻学习"), [1], "most pairs of a long run are there");
    assert_eq!(set(&index, "대통령"), [2]);
    assert_eq!(set(&index, "食べる OR ニュース"), [3]);
    assert_eq!(set(&index, "\"5月の\""), [3]);
    assert_eq!(set(&index, "รัฐมนตรี"), [4]);
}

#[test]
fn names_are_found_by_word_slug_and_id() {
    let mut first = article(1, "One", "");
    first.topics = vec![named(7, "Climate Change"), named(8, "São Paulo")];
    first.authors = vec![named(9, "Ana Lima")];
    first.section = Some(named(5, "World"));
    let mut second = article(2, "Two", "climate");
    second.source = named(901, "The Evening Post");
    let index = index(&[first, second]);
    assert_eq!(set(&index, "topic:climate"), [1]);
    assert_eq!(set(&index, "topic:\"climate change\" topic:top_7 topic:climate-change"), [1]);
    assert_eq!(set(&index, "topic:\"change sao\""), [0_u128; 0], "two names are no phrase");
    assert_eq!(set(&index, "source:evening"), [2]);
    assert_eq!(set(&index, "source:src_900"), [1]);
    assert_eq!(set(&index, "author:lima section:world"), [1]);
    assert_eq!(set(&index, "author:li*"), [1]);
    assert_eq!(set(&index, "lima OR evening"), [1, 2]);
    assert_eq!(set(&index, "world"), [0_u128; 0], "a section is looked for by its field only");
    assert_eq!(found(&index, "climate"), [1, 2], "a topic weighs more than the body");
}

#[test]
fn languages_addresses_and_times() {
    let mut british = article(1, "One", "");
    british.language = Some("en-GB".to_owned());
    british.url = Some("https://www.news.example.com/world/election-2027/index.html?x=1".to_owned());
    british.published_at = 1_767_225_600_000;
    let mut german = article(2, "Two", "");
    german.language = Some("de".to_owned());
    german.url = Some("https://example.org/sport/a".to_owned());
    let index = index(&[british, german]);
    assert_eq!(set(&index, "lang:en"), [1]);
    assert_eq!(set(&index, "lang:en-GB"), [1]);
    assert_eq!(set(&index, "lang:en-US"), [0_u128; 0]);
    assert_eq!(set(&index, "url:example.com"), [1]);
    assert_eq!(set(&index, "url:news.example.com"), [1]);
    assert_eq!(set(&index, "url:other.example.com"), [0_u128; 0]);
    assert_eq!(set(&index, "url:https://news.example.com/world/"), [1]);
    assert_eq!(set(&index, "url:news.example.com/world"), [1]);
    assert_eq!(set(&index, "url:election-2027"), [1]);
    assert_eq!(set(&index, "url:sport"), [2]);
    assert_eq!(set(&index, "url:index.html"), [1]);
    assert_eq!(set(&index, "published:2026"), [1]);
    assert_eq!(set(&index, "published:2026-01-02/"), [2]);
}

#[test]
fn headlines_weigh_more_than_deks_and_deks_more_than_bodies() {
    let mut dek = article(2, "Two", "x x x");
    dek.dek = Some("volcano".to_owned());
    let index = index(&[
        article(1, "One", "volcano x x x"),
        dek,
        article(3, "volcano", "x x x"),
        article(4, "x", "x"),
    ]);
    assert_eq!(found(&index, "volcano"), [3, 2, 1]);
}

#[test]
fn of_equal_matches_the_recent_one_comes_first_and_matching_counts_more_than_recency() {
    let mut old = article(1, "Volcano", "");
    old.published_at = NOW - 400 * DAY;
    let mut weak = article(3, "Other", "volcano x x x x x x x x x x x x x x x x x x x");
    weak.published_at = NOW;
    let index = index(&[old, article(2, "Volcano", ""), weak]);
    assert_eq!(found(&index, "volcano"), [2, 1, 3]);
}

#[test]
fn any_words_finds_what_has_some_and_ranks_what_has_more_first() {
    let index = index(&[
        article(1, "The harbour", "storm"),
        article(2, "The storm closes the harbour", "storm harbour"),
        article(3, "Nothing", "nothing"),
    ]);
    let expr = any_words("Storm closes harbour, harbour closes!").unwrap();
    let filters = Filters::default();
    let hits = index.search(&request(Some(&expr), &filters, Sort::Relevance)).unwrap().hits;
    assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [2, 1]);
    assert!(any_words("…—!").is_none());
}

#[test]
fn a_language_with_few_articles_gets_no_better_marks_for_a_word() {
    let mut articles: Vec<_> = (0..40).map(|id| article(id + 10, "Taxi", "")).collect();
    let mut french = article(1, "Taxi", "");
    french.language = Some("fr".to_owned());
    articles.push(french);
    let index = index(&articles);
    let expr = parse("taxi").unwrap();
    let filters = Filters::default();
    let hits = index.search(&request(Some(&expr), &filters, Sort::Relevance)).unwrap().hits;
    assert!(hits.iter().all(|hit| hit.score.to_bits() == hits[0].score.to_bits()), "{hits:?}");
}

#[test]
fn a_search_of_too_many_words_is_refused_and_one_without_time_ends() {
    let index = index(&[article(1, "Storm", "a")]);
    let phrase = parse("\"a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a\"").unwrap();
    let filters = Filters::default();
    let refused = index.search(&request(Some(&phrase), &filters, Sort::Newest));
    assert!(matches!(refused, Err(IndexError::TooComplex(_))), "{refused:?}");
    for query in ["storm", "st*", "\"storm\"", "-storm"] {
        let expr = parse(query).unwrap();
        for sort in [Sort::Relevance, Sort::Newest] {
            let deadline = Deadline::within(std::time::Duration::ZERO);
            let late = index.search(&Request { deadline, ..request(Some(&expr), &filters, sort) });
            assert!(matches!(late, Err(IndexError::TooSlow)), "{query}: {late:?}");
        }
    }
}
