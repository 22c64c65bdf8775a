//! Pages join to the whole list, whatever ties, under every sort and filter, forwards and backwards.

use proptest::prelude::*;

use super::*;

const WORDS: [&str; 5] = ["storm", "harbour", "vote", "minister", "taxi"];

fn articles() -> impl Strategy<Value = Vec<IndexedArticle>> {
    let one = (
        prop::collection::vec(0_usize..5, 1..3),
        prop::collection::vec(0_usize..5, 0..6),
        0_i64..4,
        0_u128..3,
        prop::bool::ANY,
        prop::option::of(prop_oneof![Just("en"), Just("en-GB"), Just("fr")]),
    );
    prop::collection::vec(one, 0..60).prop_map(|all| {
        let text = |words: &[usize]| words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" ");
        let build = |(id, (head, body, day, source, image, language)): (u128, _)| {
            let (head, body, language): (Vec<usize>, Vec<usize>, Option<&str>) = (head, body, language);
            let mut article = article(id * 7_919 % 1_009, &text(&head), &text(&body));
            article.published_at = NOW - day * DAY;
            article.source = named(source, "Harbour Times");
            article.topics = body
                .iter()
                .take(2)
                .map(|word| named(50 + u128::try_from(*word).unwrap(), WORDS[*word]))
                .collect();
            article.language = language.map(ToOwned::to_owned);
            if image {
                article.flags.insert(Flag::Image);
            }
            article
        };
        (1..).zip(all).map(build).collect()
    })
}

fn filters() -> impl Strategy<Value = Filters> {
    (
        prop::collection::vec(0_u128..3, 0..3),
        prop::collection::vec(50_u128..55, 0..2),
        prop::option::of(0_i64..4),
        prop::option::of(prop::bool::ANY),
        prop::bool::ANY,
    )
        .prop_map(|(sources, not_topics, since, image, english)| {
            let mut filters = Filters::default();
            if !sources.is_empty() {
                filters.sources.all_of = vec![sources];
            }
            filters.topics.none_of = not_topics;
            filters.published_from = since.map(|day| NOW - day * DAY);
            match image {
                Some(true) => filters.flags.all_of.push(vec![Flag::Image]),
                Some(false) => filters.flags.none_of.push(Flag::Image),
                None => {}
            }
            if english {
                filters.languages.all_of = vec![vec!["en".to_owned()]];
            }
            filters
        })
}

/// What the filters mean, said again.
fn passes(article: &IndexedArticle, filters: &Filters) -> bool {
    let language = article.language.as_deref().unwrap_or_default();
    filters.sources.all_of.iter().all(|any| any.contains(&article.source.id))
        && article.topics.iter().all(|topic| !filters.topics.none_of.contains(&topic.id))
        && filters.published_from.is_none_or(|from| article.published_at >= from)
        && filters.flags.all_of.iter().all(|any| any.iter().any(|flag| article.flags.contains(flag)))
        && !filters.flags.none_of.iter().any(|flag| article.flags.contains(flag))
        && (filters.languages.all_of.is_empty() || language.split('-').next() == Some("en"))
}

fn pages(index: &Index, whole: &Request<'_>, limit: usize) -> Vec<Hit> {
    let mut seen = Vec::new();
    let mut after = whole.after;
    // Midnights pass while somebody reads on.
    for page in 0.. {
        let found = index.search(&Request { after, limit, now: NOW + page * DAY, ..whole.clone() }).unwrap();
        assert!(found.hits.len() <= limit);
        after = found.next();
        seen.extend(found.hits);
        if after.is_none() {
            break;
        }
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pages_join_to_the_whole_list(
        articles in articles(),
        filters in filters(),
        query in prop_oneof![
            Just("storm"), Just("storm OR vote"), Just("storm harbour"), Just("-taxi"), Just("min*"),
            Just("\"storm vote\" OR topic:taxi"),
        ],
        all: bool,
        limit in 1_usize..9,
        sort in prop_oneof![Just(Sort::Relevance), Just(Sort::Newest), Just(Sort::Oldest)],
        split in 0_usize..60,
    ) {
        // Some in a second part of the index, some written twice, so that there are deleted ones.
        let index = Index::in_memory(read_id).unwrap();
        for (number, article) in articles.iter().enumerate() {
            index.put(article).unwrap();
            if number == split { index.commit(1).unwrap(); }
            if number % 5 == 0 { index.put(article).unwrap(); }
        }
        index.commit(2).unwrap();
        let expr = parse(query).unwrap();
        let expr = if all { None } else { Some(&expr) };
        let whole = request(expr, &filters, sort);
        let list = index.search(&whole).unwrap();
        prop_assert!(!list.more);

        let paged = pages(&index, &whole, limit);
        prop_assert_eq!(&paged, &list.hits);

        let mut ids: Vec<u128> = list.hits.iter().map(|hit| hit.id).collect();
        let in_order = match sort {
            Sort::Relevance => list.hits.is_sorted_by_key(|hit| std::cmp::Reverse(hit.cursor)),
            Sort::Newest => list.hits.is_sorted_by_key(|hit| std::cmp::Reverse((hit.published_at, hit.id))),
            Sort::Oldest => list.hits.is_sorted_by_key(|hit| (hit.published_at, hit.id)),
        };
        prop_assert!(in_order);

        // And back, from the last hit.
        if let Some(last) = list.hits.last() {
            let back = Request { after: Some(last.cursor), direction: Direction::Backward, ..whole.clone() };
            let mut backward = pages(&index, &back, limit);
            backward.reverse();
            prop_assert_eq!(&backward, &list.hits[..list.hits.len() - 1]);
        }

        let total = index.count(expr, &filters, None, &Deadline::never()).unwrap();
        prop_assert_eq!(total, Total { count: u64::try_from(list.hits.len()).unwrap(), cut: false });
        ids.sort_unstable();
        if all {
            let mut expected: Vec<u128> =
                articles.iter().filter(|article| passes(article, &filters)).map(|article| article.id).collect();
            expected.sort_unstable();
            prop_assert_eq!(ids, expected);
        } else {
            prop_assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }

    /// Leaving out what cannot be among the first leaves out nothing else.
    #[test]
    fn pruning_changes_nothing(articles in articles(), limit in 1_usize..9) {
        let index = index(&articles);
        let (flat, nested) = (parse("storm OR vote OR taxi").unwrap(), parse("(storm OR vote OR taxi) -absent").unwrap());
        let filters = Filters::default();
        let first = |expr| index.search(&Request { limit, ..request(Some(expr), &filters, Sort::Relevance) }).unwrap();
        let ids = |hits: Hits| hits.hits.into_iter().map(|hit| (hit.id, hit.cursor)).collect::<Vec<_>>();
        prop_assert_eq!(ids(first(&flat)), ids(first(&nested)));
    }
}

#[test]
fn a_page_goes_on_behind_its_place_while_articles_come_and_go() {
    let mut articles: Vec<_> = (1..=100).map(|id| article(id, "Storm", "")).collect();
    articles.extend((101..=200).map(|id| article(id, "Calm", "")));
    let expr = parse("storm").unwrap();
    let filters = Filters::default();
    for sort in [Sort::Relevance, Sort::Newest] {
        let index = index(&articles);
        let whole = request(Some(&expr), &filters, sort);
        let first = index.search(&Request { limit: 5, ..whole.clone() }).unwrap();
        assert_eq!(first.hits.last().unwrap().id, 96);
        index.delete(96).unwrap();
        index.put(&article(1_000, "Storm", "")).unwrap();
        index.commit(2).unwrap();
        let next = index.search(&Request { after: first.next(), ..whole }).unwrap();
        let expected: Vec<u128> = (1..=95).rev().collect();
        assert_eq!(next.hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn counting_stops_at_its_cap() {
    let index = index(&(1..20).map(|id| article(id, "Storm", "")).collect::<Vec<_>>());
    let count = |cap| index.count(None, &Filters::default(), cap, &Deadline::never()).unwrap();
    assert_eq!(count(None), Total { count: 19, cut: false });
    assert_eq!(count(Some(19)), Total { count: 19, cut: false });
    assert_eq!(count(Some(5)), Total { count: 5, cut: true });
}

/// Whoever reads on is not shuffled by what lands meanwhile, however much it is.
#[test]
fn pages_by_relevance_hold_while_the_index_doubles() {
    let build = |id: u128| {
        let common = "storm ".repeat(usize::try_from(id % 5 + 1).unwrap());
        article(
            id,
            &format!("Number {id}"),
            &format!("{common} and {}", "harbour ".repeat(usize::try_from(id % 3).unwrap())),
        )
    };
    let there: Vec<IndexedArticle> = (1..=60).map(build).collect();
    let index = index(&there);
    let expr = parse("storm OR harbour").unwrap();
    let filters = Filters::default();
    let whole = request(Some(&expr), &filters, Sort::Relevance);
    let (mut seen, mut after) = (Vec::new(), None);
    for page in 0..40_u128 {
        let found = index.search(&Request { after, limit: 5, ..whole.clone() }).unwrap();
        seen.extend(found.hits.iter().map(|hit| hit.id));
        after = found.next();
        if after.is_none() {
            break;
        }
        for id in 0..10 {
            index.put(&build(100 + page * 10 + id)).unwrap();
        }
        index.commit(i64::try_from(page).unwrap() + 2).unwrap();
    }
    let mut of_then: Vec<u128> = seen.iter().copied().filter(|id| *id <= 60).collect();
    of_then.sort_unstable();
    assert_eq!(of_then, (1..=60).collect::<Vec<u128>>(), "each once");
    let mut once = seen.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "nothing twice");
}
