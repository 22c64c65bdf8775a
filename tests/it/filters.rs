//! Filters: each on both transports, and all of them together: what is counted, what is paged and what the filter says of each
//! article are the same.

use std::collections::BTreeSet;

use broadsheet_domain::article::draft::{IncomingArticle, IncomingMedia};
use broadsheet_domain::article::ingest::Origin;
use broadsheet_domain::article::{ArticleFilter, ArticleSort, ArticleStatus, Feature, MediaKind, Selector};
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::id::{ArticleId, PublicId};
use broadsheet_domain::page::PageRequest;
use broadsheet_domain::source::SourceHint;
use broadsheet_domain::topic::TopicKind;
use broadsheet_domain::{Newsroom, Viewer};
use broadsheet_tests::TestServer;
use broadsheet_tests::server::NOON;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use sea_orm::{ConnectionTrait, Database};
use serde_json::json;

const SOURCES: [(&str, Option<&str>); 3] = [("albion", Some("GB")), ("brume", Some("FR")), ("cove", None)];
const LANGUAGES: [Option<&str>; 4] = [Some("en-GB"), Some("en"), Some("fr"), None];
const SECTIONS: [&str; 3] = ["world", "sport", ""];
const TOPICS: [&str; 4] = ["anchors", "bridges", "canals", "docks"];
const PEOPLE: [&str; 3] = ["ada-alder", "bea-birch", "cleo-cedar"];

/// The nth article: every property goes round at its own pace.
fn article(number: usize) -> IncomingArticle {
    let name = |slug: &str| {
        slug.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<Vec<_>>().join(" ")
    };
    let medium = |kind, ending: &str| IncomingMedia {
        kind,
        enclosure: false,
        url: format!("https://media.example/{number}.{ending}").parse().unwrap(),
        mime: None,
        width: None,
        height: None,
        duration_ms: None,
        title: None,
        caption: None,
        credit: None,
        alt: None,
        thumbnail_url: None,
        focal_point: None,
    };
    let kinds = [(MediaKind::Image, "jpg", 2), (MediaKind::Video, "mp4", 3), (MediaKind::Audio, "mp3", 5)];
    let mut topics: Vec<(TopicKind, String)> =
        vec![(TopicKind::Topic, name(TOPICS[number % 4])), (TopicKind::Topic, name(TOPICS[number / 2 % 4]))];
    if !SECTIONS[number % 3].is_empty() {
        topics.push((TopicKind::Section, name(SECTIONS[number % 3])));
    }
    IncomingArticle {
        guid: Some(format!("mixed-{number}")),
        headline: Some(format!("Mixed {number}")),
        // Languages are declared or unknown: so many digits tell nobody which language they are.
        content_html: Some(format!("<p>{}</p>", "12 ".repeat(number % 7 * 10))),
        bylines: vec![name(PEOPLE[number % 3]), name(PEOPLE[number / 3 % 3])],
        topics,
        media: kinds
            .into_iter()
            .filter(|(_, _, every)| number.is_multiple_of(*every))
            .map(|(kind, ending, _)| medium(kind, ending))
            .collect(),
        language: LANGUAGES[number % 4].map(ToOwned::to_owned),
        published_at: Some(NOON.plus_millis(-60_000 * i64::try_from(number * 37 % 60).unwrap())),
        ..IncomingArticle::default()
    }
}

/// Sixty articles from three sources, taken in at three moments; some corrected, some withdrawn, some with closed threads.
async fn mixed(server: &TestServer) -> Vec<ArticleId> {
    let system = server.system();
    let (sources, articles) = (server.newsroom().sources(&system), server.newsroom().articles(&system));
    let mut all = Vec::new();
    for batch in 0..3 {
        for (place, (name, country)) in SOURCES.into_iter().enumerate() {
            let homepage = Some(format!("https://{name}.example/").parse().unwrap());
            let hint = SourceHint {
                name: Some(name.to_owned()),
                homepage,
                country: country.map(ToOwned::to_owned),
                ..SourceHint::default()
            };
            let source = sources.ensure(hint).await.unwrap();
            let numbers = (0..60).filter(|number| number % 3 == batch && number / 3 % 3 == place);
            let origin = Origin { source: source.id, feed: None, language: None };
            all.extend(articles.ingest(origin, numbers.map(article).collect()).await.unwrap().new);
        }
        server.clock.advance_seconds(600);
    }
    assert_eq!(all.len(), 60);
    let database = Database::connect(&server.app.config.database().url).await.unwrap();
    database
        .execute_unprepared("UPDATE articles SET has_correction = TRUE WHERE word_count = 20")
        .await
        .unwrap();
    database.close().await.unwrap();
    for id in all.iter().step_by(11) {
        articles.withdraw(*id, None).await.unwrap();
    }
    for id in all.iter().step_by(4) {
        articles.set_comments_open(*id, false).await.unwrap();
    }
    all
}

fn selector<T: Clone + std::fmt::Debug + 'static>(values: Vec<T>) -> impl Strategy<Value = Selector<T>> {
    let group = subsequence(values.clone(), 1..=2);
    let some = (prop::collection::vec(group, 0..=2), subsequence(values, 0..=1));
    let some = some.prop_map(|(all_of, none_of)| Selector { all_of, none_of });
    prop_oneof![3 => Just(Selector::default()), 1 => some]
}

fn names(values: &[&str]) -> impl Strategy<Value = Selector> + use<> {
    selector(values.iter().map(|value| (*value).to_owned()).collect())
}

fn moment() -> impl Strategy<Value = Option<Timestamp>> {
    prop_oneof![4 => Just(None), 1 => (-60_i64..40).prop_map(|minutes| Some(NOON.plus_millis(minutes * 60_000)))]
}

fn filters() -> impl Strategy<Value = ArticleFilter> {
    let who =
        (names(&["albion", "brume", "cove"]), names(&PEOPLE), names(&TOPICS), names(&["world", "sport"]));
    let where_from = (names(&["en", "en-GB", "fr"]), names(&["GB", "fr", "DE"]));
    let what = (
        selector(Feature::ALL.to_vec()),
        selector(ArticleStatus::ALL.to_vec()),
        prop::option::weighted(0.2, any::<bool>()),
    );
    let words = (prop::option::weighted(0.2, 0_u32..60), prop::option::weighted(0.2, 0_u32..60));
    // Of the past is known what was published, not when it was changed last.
    let when = prop_oneof![
        3 => (moment(), moment(), moment(), moment()).prop_map(|(a, b, c, d)| (a, b, c, d, None)),
        1 => (moment(), moment(), -60_i64..=30).prop_map(|(a, b, at)| (a, b, None, None, Some(NOON.plus_millis(at * 60_000)))),
    ];
    (who, where_from, what, words, when).prop_map(|(who, where_from, what, words, when)| ArticleFilter {
        source: who.0,
        author: who.1,
        topic: who.2,
        section: who.3,
        language: where_from.0,
        country: where_from.1,
        has: what.0,
        status: what.1,
        commentable: what.2,
        min_words: words.0,
        max_words: words.1,
        published_from: when.0,
        published_until: when.1,
        updated_from: when.2,
        updated_until: when.3,
        as_of: when.4,
        ..ArticleFilter::default()
    })
}

/// Every id, page by page.
async fn walk(
    newsroom: &Newsroom,
    viewer: &Viewer,
    filter: &ArticleFilter,
    sort: ArticleSort,
    limit: u32,
) -> Vec<ArticleId> {
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let request = PageRequest::ids_from_cursor(Some(limit), cursor).unwrap();
        let page = newsroom.articles(viewer).list_ids(filter, sort, &request).await.unwrap();
        seen.extend(page.nodes().copied());
        cursor = page.next();
        if cursor.is_none() {
            return seen;
        }
    }
}

on_both! {
    async fn what_is_counted_is_paged_and_let_through(server) {
        let all = mixed(&server).await;
        let keys: Vec<uuid::Uuid> = all.iter().map(|id| id.uuid()).collect();
        let (runtime, newsroom) = (tokio::runtime::Handle::current(), server.newsroom().clone());
        let cases = (filters(), any::<bool>(), select(vec![ArticleSort::Newest, ArticleSort::Oldest]), 1_u32..20);
        let found = std::cell::Cell::new(0_usize);
        let check = |(mut filter, everything, sort, limit): (ArticleFilter, bool, ArticleSort, u32)| {
            let viewer = if everything { Viewer::System } else { Viewer::anonymous() };
            if !everything {
                filter.status = Selector::default();
            }
            runtime.block_on(async {
                let articles = newsroom.articles(&viewer);
                let matcher = articles.matcher(filter.clone()).await.unwrap();
                let there = articles.get_many(&keys).await.unwrap();
                let let_through: BTreeSet<uuid::Uuid> = there.values().filter(|article| matcher.lets_through(article)).map(|article| article.record.id.uuid()).collect();
                let paged = walk(&newsroom, &viewer, &filter, sort, limit).await;
                let counted = articles.count(&filter).await.unwrap();
                found.set(found.get() + usize::from(!paged.is_empty() && paged.len() < 50));
                prop_assert_eq!(counted, u64::try_from(paged.len()).unwrap(), "counted and paged");
                prop_assert_eq!(paged.iter().map(|id| id.uuid()).collect::<BTreeSet<_>>(), let_through, "paged and let through");
                let published: Vec<_> = paged.iter().map(|id| there[&id.uuid()].record.published_at).collect();
                let ordered = published.is_sorted_by(|a, b| if sort == ArticleSort::Oldest { a <= b } else { a >= b });
                prop_assert!(ordered, "in the list's order");
                Ok(())
            })
        };
        let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
        let run = || TestRunner::new(config).run(&cases, check).map_err(|failure| failure.to_string());
        assert_eq!(tokio::task::block_in_place(run), Ok(()));
        assert!(found.get() > 50, "only {} filters let some through and some not", found.get());
        server.stop().await;
    }

    async fn each_filter_says_the_same_on_both_transports(server) {
        mixed(&server).await;
        let cases = [
            ("has=video", "has: { anyOf: [VIDEO] }"),
            ("has=video,audio", "has: { anyOf: [VIDEO, AUDIO] }"),
            ("has=video&has=audio", "has: { allOf: [VIDEO, AUDIO] }"),
            ("has=-image", "has: { noneOf: [IMAGE] }"),
            ("has=correction", "has: { anyOf: [CORRECTION] }"),
            ("commentable=true", "commentable: true"),
            ("commentable=false", "commentable: false"),
            ("min_words=20&max_words=40", "minWords: 20, maxWords: 40"),
            ("country=gb", "country: { anyOf: [\"gb\"] }"),
            ("country=-GB", "country: { noneOf: [\"GB\"] }"),
            ("status=published", "status: { anyOf: [PUBLISHED] }"),
            ("updated_until=2026-11-23T11:30:00Z", "updatedUntil: \"2026-11-23T11:30:00Z\""),
        ];
        let mut sizes = BTreeSet::new();
        for (rest, graphql) in cases {
            let list = server.get(&format!("/v1/articles?limit=200&with_total=true&{rest}")).await;
            let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(|article| article["id"].clone()).collect();
            assert!(!ids.is_empty() && ids.len() < 60, "{rest} lets {} through", ids.len());
            sizes.insert(ids.len());
            assert_eq!(list["page"]["total"], ids.len(), "{rest}");
            let alone = server.get(&format!("/v1/articles/ids?with_total=true&{rest}")).await;
            assert_eq!((&alone["data"], &alone["page"]["total"], &alone["page"]["limit"]), (&json!(ids), &json!(ids.len()), &json!(1_000)), "{rest}");
            let data = server.graphql(&format!("{{ articles(first: 200, filter: {{ {graphql} }}) {{ totalCount nodes {{ id }} }} articleIds(filter: {{ {graphql} }}) {{ totalCount nodes pageInfo {{ hasNextPage }} }} }}"), json!({})).await;
            let twin: Vec<_> = data["articles"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
            assert_eq!((&twin, &data["articleIds"]["nodes"]), (&ids, &json!(ids)), "{rest} and {graphql}");
            assert_eq!((&data["articles"]["totalCount"], &data["articleIds"]["totalCount"]), (&json!(ids.len()), &json!(ids.len())), "{graphql}");
        }
        assert!(sizes.len() > 6, "the filters are different ones");
        server.stop().await;
    }

    async fn a_front_page_is_of_published_articles_unless_an_editor_asks(server) {
        let all = mixed(&server).await;
        let (ed, ann) = (server.staff("ed", "editor").await, server.reader("ann").await);
        let get = reqwest::Method::GET;
        let total = |list: &serde_json::Value| list["page"]["total"].as_u64().unwrap();
        let (_, front) = ed.send(&server, get.clone(), "/v1/articles?with_total=true", json!(null)).await;
        assert_eq!(total(&front), 54, "of {} articles 6 are withdrawn", all.len());
        let (_, taken_back) = ed.send(&server, get.clone(), "/v1/articles?with_total=true&status=withdrawn,draft", json!(null)).await;
        assert_eq!((total(&taken_back), &taken_back["data"][0]["status"]), (6, &json!("withdrawn")));
        let (_, whole) = ed.send(&server, get.clone(), "/v1/articles?with_total=true&status=-draft", json!(null)).await;
        assert_eq!(total(&whole), 60);
        let (status, problem) = ann.send(&server, get.clone(), "/v1/articles?status=draft", json!(null)).await;
        assert_eq!((status, &problem["code"]), (403, &json!("forbidden")), "told, not shown an empty list: {problem}");
        let (status, _) = ann.send(&server, get, "/v1/articles?status=published", json!(null)).await;
        assert_eq!(status, 200);
        let answer = ann.graphql(&server, "{ articles(filter: { status: { noneOf: [PUBLISHED] } }) { nodes { id } } }", json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
        server.stop().await;
    }

    async fn a_closed_thread_changes_lists_that_ask_for_it_at_once(server) {
        let all = mixed(&server).await;
        let path = "/v1/articles/ids?commentable=true";
        let before = server.get(path).await["data"].as_array().unwrap().len();
        let system = server.system();
        server.newsroom().articles(&system).set_comments_open(all[1], false).await.unwrap();
        assert_eq!(server.get(path).await["data"].as_array().unwrap().len(), before - 1, "the kept answer is given up");
        server.stop().await;
    }

    async fn bad_filters_are_named(server) {
        let cases = [
            ("has=colour", "has", "unknown"),
            ("commentable=maybe", "commentable", "malformed"),
            ("status=lost", "status", "unknown"),
            ("country=Britain", "country", "malformed"),
            ("min_words=-1", "min_words", "out_of_range"),
            ("updated_until=soon", "updated_until", "malformed"),
            ("as_of=2030-01-01", "as_of", "out_of_range"),
            ("as_of=2026-11-01&sort=recently_updated", "sort", "conflict"),
            ("as_of=2026-11-01&updated_from=2026-11-01", "updated_from", "conflict"),
        ];
        for (query, field, code) in cases {
            for path in ["/v1/articles", "/v1/articles/ids"] {
                let (status, problem) = server.try_get(&format!("{path}?{query}")).await;
                assert_eq!((status, &problem["errors"][0]["field"], &problem["errors"][0]["code"]), (400, &json!(field), &json!(code)), "{query}: {problem}");
            }
        }
        server.stop().await;
    }
}
