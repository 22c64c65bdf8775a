//! Search: what articles say is found soon after they say it, and never after they are taken back; what is wrong with a query is
//! said where it is wrong; and what to read next.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use broadsheet_domain::search::Rebuilt;
use broadsheet_tests::edition::{self, NUMBERS, rfc2822};
use broadsheet_tests::server::NOON;
use broadsheet_tests::{Backend, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

/// A publisher's article.
struct Piece {
    paper: &'static str,
    headline: &'static str,
    body: &'static str,
    language: &'static str,
}

const fn piece(paper: &'static str, headline: &'static str, body: &'static str) -> Piece {
    Piece { paper, headline, body, language: "en" }
}

const PIECES: &[Piece] = &[
    piece(
        "Harbour Courier",
        "Storm surge closes the harbour",
        "Ferries stayed in port as waves broke over the quay.",
    ),
    piece("Harbour Courier", "Ferries sail again", "After the storm the harbour opened on Tuesday."),
    piece(
        "Hill Post",
        "Council votes on flood barriers",
        "A wall of two metres is to keep the next surge out.",
    ),
    piece("Hill Post", "Baker wins prize for rye bread", "The judges praised the crust."),
    Piece {
        paper: "東京便り",
        headline: "東京で大雪、電車が止まる",
        body: "首都圏では朝から雪が降り続いた。",
        language: "ja",
    },
    Piece {
        paper: "Alpenblatt",
        headline: "Lawinen sperren die Passstraßen",
        body: "Die Straßen bleiben bis Freitag gesperrt.",
        language: "de",
    },
];

async fn publish(server: &TestServer, pieces: &[Piece]) -> Vec<String> {
    let mut ids = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        let host: String = piece.paper.bytes().map(|byte| format!("{byte:x}")).collect();
        let host = host.get(..12.min(host.len())).unwrap();
        let at = NOON.plus_millis(-3_600_000 - i64::try_from(number).unwrap() * 60_000);
        let mut item = String::new();
        write!(
            item,
            "<item><title>{}</title><link>https://p{host}.example/{number}</link><pubDate>{}</pubDate><content:encoded><![CDATA[<p>{}</p>]]></content:encoded></item>",
            piece.headline,
            rfc2822(at),
            piece.body
        )
        .unwrap();
        let feed = edition::rss(piece.paper, &format!("https://p{host}.example/"), &item);
        let feed =
            feed.replace("<language>en</language>", &format!("<language>{}</language>", piece.language));
        let taken = server.take_in(&format!("https://p{host}.example/feed"), &feed).await;
        ids.extend(taken.new.iter().map(ToString::to_string));
    }
    ids
}

fn headlines(answer: &Value) -> Vec<&str> {
    let data = answer["data"].as_array().unwrap();
    data.iter().map(|hit| hit["article"]["headline"].as_str().unwrap()).collect()
}

/// A query as it stands in an address.
fn search(query: &str) -> String {
    let encoded: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("q", query).finish();
    format!("/v1/search?{encoded}")
}

async fn found(server: &TestServer, query: &str) -> BTreeSet<String> {
    headlines(&server.get(&search(query)).await).into_iter().map(ToOwned::to_owned).collect()
}

fn set(headlines: &[&str]) -> BTreeSet<String> {
    headlines.iter().map(|headline| (*headline).to_owned()).collect()
}

on_both! {
    async fn what_articles_say_is_found(server) {
        publish(&server, PIECES).await;
        server.index().await;
        let storm = server.get(&search("storm harbour")).await;
        assert_eq!(headlines(&storm), ["Storm surge closes the harbour", "Ferries sail again"], "the headline weighs more");
        for (query, expected) in [
            ("ferry", &["Storm surge closes the harbour", "Ferries sail again"][..]),
            ("\"storm surge\"", &["Storm surge closes the harbour"]),
            ("surge -harbour", &["Council votes on flood barriers"]),
            ("bread OR ferries", &["Baker wins prize for rye bread", "Storm surge closes the harbour", "Ferries sail again"]),
            ("(storm OR flood) NOT title:ferries", &["Storm surge closes the harbour", "Council votes on flood barriers"]),
            ("source:hill-post votes", &["Council votes on flood barriers"]),
            ("source:\"Hill Post\"", &["Council votes on flood barriers", "Baker wins prize for rye bread"]),
            ("barrier*", &["Council votes on flood barriers"]),
            ("lang:de", &["Lawinen sperren die Passstraßen"]),
            ("strasse", &["Lawinen sperren die Passstraßen"]),
            ("大雪", &["東京で大雪、電車が止まる"]),
            ("published:2026-11-23 bread", &["Baker wins prize for rye bread"]),
            ("published:2026-11-01/P1W", &[]),
        ] {
            assert_eq!(found(&server, query).await, set(expected), "{query}");
        }
        let marks = &storm["data"][0]["highlights"][0];
        assert_eq!(marks["field"], "headline");
        assert_eq!(marks["html"], "<mark>Storm</mark> surge closes the <mark>harbour</mark>");
        assert_eq!(marks["marks"], json!([{ "start": 0, "end": 5 }, { "start": 23, "end": 30 }]));
        assert_eq!(storm["meta"]["building"], Value::Null);
        assert_eq!(storm["meta"]["sequence"], storm["meta"]["newest_sequence"]);
        server.stop().await;
    }

    async fn what_is_found_is_counted(server) {
        publish(&server, PIECES).await;
        server.index().await;
        let all = server.get("/v1/search?facets=source,language,month&with_total=true&limit=1").await;
        assert_eq!(all["page"]["total"], 6);
        assert_eq!(all["page"]["sort"], "newest", "without words nothing is more relevant");
        let buckets = |number: usize| -> Vec<(String, u64)> {
            let buckets = all["facets"][number]["buckets"].as_array().unwrap().iter();
            buckets.map(|bucket| (bucket["label"].as_str().unwrap().to_owned(), bucket["count"].as_u64().unwrap())).collect()
        };
        let sources = buckets(0);
        assert_eq!(sources.len(), 4);
        assert!(sources.contains(&("Harbour Courier".to_owned(), 2)) && sources.contains(&("Alpenblatt".to_owned(), 1)));
        assert_eq!(buckets(1)[0], ("en".to_owned(), 4));
        assert_eq!(buckets(2), [("2026-11".to_owned(), 6)]);
        let source = all["facets"][0]["buckets"][0]["value"].as_str().unwrap();
        let narrowed = server.get(&format!("/v1/search?source={source}&with_total=true")).await;
        assert_eq!(narrowed["page"]["total"], all["facets"][0]["buckets"][0]["count"]);
        let twin = server.graphql("{ search(q: \"storm\", facets: [SOURCE, MONTH], facetLimit: 1) { totalCount facets { facet buckets { label count } } meta { sequence } nodes { score highlights { html } } } }", json!({})).await;
        assert_eq!(twin["search"]["totalCount"], 2);
        assert_eq!(twin["search"]["facets"][0]["buckets"], json!([{ "label": "Harbour Courier", "count": 2 }]));
        server.stop().await;
    }

    /// Also where the index has not heard of it: what is withdrawn is not found in the next answer.
    async fn what_is_withdrawn_is_gone_at_once(server) {
        let ids = publish(&server, PIECES).await;
        server.index().await;
        let editor = server.staff("ed", "editor").await;
        assert_eq!(found(&server, "bread").await.len(), 1);
        let (status, _) = editor.send(&server, Method::POST, &format!("/v1/articles/{}/withdraw", ids[3]), json!({ "reason": "Wrong." })).await;
        assert_eq!(status, 200);
        assert!(found(&server, "bread").await.is_empty());
        server.indexed().await;
        assert_eq!(server.get(&(search("bread") + "&with_total=true")).await["page"]["total"], 0);
        editor.send(&server, Method::POST, &format!("/v1/articles/{}/restore", ids[3]), json!({})).await;
        server.indexed().await;
        assert_eq!(found(&server, "bread").await.len(), 1);
        server.stop().await;
    }

    async fn drafts_are_found_by_nobody_and_edits_by_everybody(server) {
        publish(&server, PIECES).await;
        server.index().await;
        let editor = server.staff("ed", "editor").await;
        let draft = json!({ "source": "hill-post", "headline": "Quagmire ahead", "body_html": "<p>Nothing to see.</p>" });
        let (status, draft) = editor.send(&server, Method::POST, "/v1/articles", draft).await;
        assert_eq!(status, 201, "{draft}");
        let id = draft["id"].as_str().unwrap();
        server.indexed().await;
        for token in [None, Some(editor.token.as_str())] {
            let answer = server.try_graphql(token, "{ search(q: \"quagmire\") { totalCount nodes { article { id } } } searchSuggestions(q: \"quag\") { texts articles { id } } }", json!({})).await;
            assert_eq!(answer["data"]["search"], json!({ "totalCount": 0, "nodes": [] }));
            assert_eq!(answer["data"]["searchSuggestions"], json!({ "texts": [], "articles": [] }));
        }
        editor.send(&server, Method::POST, &format!("/v1/articles/{id}/publish"), json!({})).await;
        server.indexed().await;
        assert_eq!(found(&server, "quagmire").await.len(), 1);
        let (status, _) = editor.send(&server, Method::PATCH, &format!("/v1/articles/{id}"), json!({ "headline": "Meadow ahead" })).await;
        assert_eq!(status, 200);
        server.indexed().await;
        assert!(found(&server, "quagmire").await.is_empty());
        assert_eq!(found(&server, "meadow").await, set(&["Meadow ahead"]));
        server.stop().await;
    }

    async fn what_is_wrong_with_a_query_is_said_where_it_is(server) {
        server.index().await;
        let (status, problem) = server.try_get(&search("storm AND (harbour")).await;
        assert_eq!((status, problem["code"].as_str()), (400, Some("invalid")));
        let error = &problem["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&json!("q"), &json!("unclosed_parenthesis")));
        assert_eq!((error["position"].as_u64(), error["length"].as_u64()), (Some(10), Some(1)));
        assert!(error["message"].as_str().unwrap().contains("(harbour)"), "{error}");
        let twin = server.try_graphql(None, "{ search(q: \"storm AND (harbour\") { nodes { score } } }", json!({})).await;
        assert_eq!(twin["errors"][0]["extensions"]["errors"][0], *error);
        for (query, code) in [("titel:storm", "unknown_field"), (&"x".repeat(501), "too_long"), ("published:someday", "bad_time")] {
            let (status, problem) = server.try_get(&search(query)).await;
            assert_eq!((status, problem["errors"][0]["code"].as_str()), (400, Some(code)), "{query}");
        }
        let (status, problem) = server.try_get("/v1/search?as_of=2026-11-01&sort=best&facets=color&facet_limit=0").await;
        assert_eq!(status, 400);
        let fields: BTreeSet<&str> = problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(fields, BTreeSet::from(["as_of"]), "unknown parameters first");
        let (_, problem) = server.try_get("/v1/search?sort=best&facets=color&facet_limit=0").await;
        let fields: BTreeSet<&str> = problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(fields, BTreeSet::from(["facet_limit", "facets", "sort"]));
        server.stop().await;
    }

    async fn pages_join_under_every_sort_while_news_lands(server) {
        server.take_in(NUMBERS, &edition::numbered(5, 25)).await;
        server.index().await;
        for sort in ["relevance", "newest", "oldest"] {
            let first = format!("/v1/search?q=headline&sort={sort}&limit=4");
            let whole = server.get(&format!("/v1/search?q=headline&sort={sort}&limit=200")).await;
            let whole: BTreeSet<String> = headlines(&whole).into_iter().map(ToOwned::to_owned).collect();
            let mut seen = Vec::new();
            let mut path = first.clone();
            let mut last = String::new();
            for page in 0.. {
                let answer = server.get(&path).await;
                seen.extend(headlines(&answer).into_iter().map(ToOwned::to_owned));
                if page == 2 {
                    server.take_in(NUMBERS, &edition::numbered(0, 1)).await;
                    server.indexed().await;
                }
                let Some(next) = answer["page"]["next"].as_str() else { break };
                last = answer["page"]["prev"].as_str().unwrap_or_default().to_owned();
                path = format!("{first}&cursor={next}");
            }
            let once: BTreeSet<String> = seen.iter().cloned().collect();
            assert_eq!(once.len(), seen.len(), "{sort}: nothing twice");
            assert!(whole.is_subset(&once), "{sort}: nothing left out");
            let back = server.get(&format!("{first}&cursor={last}")).await;
            assert_eq!(headlines(&back).len(), 4, "{sort}: the way back");
            let (status, problem) = server.try_get(&format!("/v1/search?q=dek&sort={sort}&cursor={last}")).await;
            assert_eq!((status, problem["errors"][0]["code"].as_str()), (400, Some("cursor_mismatch")));
        }
        server.stop().await;
    }

    async fn whoever_types_is_helped(server) {
        publish(&server, PIECES).await;
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        server.index().await;
        let answer = server.get("/v1/search/suggest?q=storm%20har").await;
        assert!(answer["texts"].as_array().unwrap().contains(&json!("storm harbour")), "{answer}");
        let answer = server.get("/v1/search/suggest?q=hill").await;
        assert_eq!(answer["names"][0]["name"], "Hill Post");
        assert_eq!(answer["names"][0]["kind"], "source");
        let source = answer["names"][0]["id"].as_str().unwrap();
        assert_eq!(server.get(&format!("/v1/sources/{source}")).await["slug"], "hill-post");
        let answer = server.get("/v1/search/suggest?q=storm%20su&limit=1").await;
        assert_eq!(answer["articles"][0]["headline"], "Storm surge closes the harbour");
        assert_eq!(server.try_get("/v1/search/suggest?q=s&limit=21").await.0, 400);
        server.stop().await;
    }

    /// A name stands in every article that belongs to it.
    async fn a_publisher_with_another_name_is_found_by_it(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        server.index().await;
        assert_eq!(found(&server, "source:numbers").await.len(), 3);
        let renamed = edition::numbered(0, 1).replace("<title>The Numbers</title>", "<title>Ciphers Daily</title>");
        server.take_in(NUMBERS, &renamed).await;
        let name = server.get("/v1/sources").await["data"][0]["name"].clone();
        for _ in 0..400 {
            if found(&server, "source:ciphers").await.len() == 3 || name == "The Numbers" {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        let expected = if name == "The Numbers" { 0 } else { 3 };
        assert_eq!(found(&server, "source:ciphers").await.len(), expected, "the publisher is called {name}");
        server.stop().await;
    }

    async fn a_search_asks_the_database_the_same_whatever_it_finds(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 60)).await;
        server.index().await;
        let mut counts = Vec::new();
        for limit in [1, 60] {
            for _ in 0..4 {
                let before = server.newsroom().statements();
                let answer = server.get(&format!("/v1/search?q=headline&facets=source,topic,author&limit={limit}")).await;
                assert_eq!(headlines(&answer).len(), limit);
                counts.push(server.newsroom().statements() - before);
            }
        }
        // Now and then a worker looks for something to do.
        let least = |counts: &[u64]| counts.iter().copied().min().unwrap();
        assert!(counts.iter().all(|count| *count <= 12), "{counts:?}");
        assert_eq!((least(&counts[..4]), least(&counts[4..])), (0, 0), "warm: {counts:?}");
        server.stop().await;
    }

    /// While a server runs, it makes the new index; without one, whoever asks makes it.
    async fn the_index_can_be_made_anew(server) {
        publish(&server, PIECES).await;
        server.index().await;
        let directory = server.app.config.search_directory();
        let before = server.get(&search("storm OR bread")).await;
        let asked = server.newsroom().rebuild_search(&directory, |_| {}).await.unwrap();
        assert_eq!(asked, Rebuilt::Requested);
        for _ in 0..400 {
            if !directory.join("rebuild-requested").exists() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        server.indexed().await;
        assert_eq!(server.get(&search("storm OR bread")).await["data"], before["data"]);
        let elsewhere = server.app.config.data_dir.join("elsewhere");
        let told = std::sync::Mutex::new(Vec::new());
        let made = server.newsroom().rebuild_search(&elsewhere, |building| told.lock().unwrap().push(building)).await.unwrap();
        assert_eq!(made, Rebuilt::Done { articles: 6 });
        let last = told.lock().unwrap().last().copied().unwrap();
        assert_eq!((last.done, last.total), (6, 6));
        server.stop().await;
    }

    async fn what_to_read_next_is_of_several_publishers(server) {
        server.find_stories();
        let (_, article) = crate::stories::told(&server, 3).await;
        let mut like = Vec::new();
        for number in 0..6_u32 {
            let paper = number / 3;
            let headline = server.get(&format!("/v1/articles/{article}")).await["headline"].as_str().unwrap().to_owned();
            let words: Vec<&str> = headline.split(' ').collect();
            // Long ago: no part of the story, and much alike.
            let at = NOON.plus_millis(-30 * 86_400_000 - i64::from(number) * 60_000);
            let item = format!(
                "<item><title>Looking back at {} and {} no {number}</title><link>https://back{paper}.example/{number}</link><pubDate>{}</pubDate><description>{headline}</description></item>",
                words[0], words[2], rfc2822(at)
            );
            let feed = edition::rss(&format!("Back {paper}"), &format!("https://back{paper}.example/"), &item);
            like.extend(server.take_in(&format!("https://back{paper}.example/feed"), &feed).await.new);
        }
        // Without an index, the story's publishers alone.
        let alone = server.get(&format!("/v1/articles/{article}/related")).await;
        let reasons = |answer: &Value| -> Vec<String> { answer["data"].as_array().unwrap().iter().map(|item| item["reason"].as_str().unwrap().to_owned()).collect() };
        assert_eq!(reasons(&alone), ["same_story", "same_story"]);
        server.index().await;
        let answer = server.get(&format!("/v1/articles/{article}/related?explain=true")).await;
        assert_eq!(reasons(&answer)[..3], ["same_story", "same_story", "similar"], "{answer}");
        assert_eq!(answer["data"].as_array().unwrap().len(), 2 + like.len());
        let source = |item: &Value| item["article"]["source"]["name"].as_str().unwrap().to_owned();
        let sources: Vec<String> = answer["data"].as_array().unwrap().iter().map(source).collect();
        assert_ne!(sources[2], sources[3], "no publisher twice in a row while there is another: {sources:?}");
        let similar = &answer["data"][3];
        let names: Vec<&str> = similar["signals"].as_array().unwrap().iter().map(|signal| signal["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["likeness", "same_publisher_above", "score"]);
        assert!(!similar["shared_words"].as_array().unwrap().is_empty());
        assert!(alone["data"][0].get("signals").is_none());
        let page = server.get(&format!("/v1/articles/{article}?include=related")).await;
        assert_eq!(page["related"]["data"].as_array().unwrap().len(), 2 + like.len());
        let twin = server.graphql(&format!("{{ article(id: \"{article}\") {{ related(first: 3) {{ nodes {{ reason signals {{ name value }} article {{ id }} }} pageInfo {{ hasNextPage }} }} }} }}"), json!({})).await;
        let nodes = &twin["article"]["related"]["nodes"];
        for at in 0..3 {
            assert_eq!(nodes[at]["article"]["id"], answer["data"][at]["article"]["id"]);
            assert_eq!(nodes[at]["signals"], answer["data"][at]["signals"]);
        }
        assert_eq!(server.try_get("/v1/articles?include=related").await.0, 400);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_index_search_says_so() {
    let server = TestServer::start(Backend::Sqlite).await.unwrap();
    let (status, problem) = server.try_get("/v1/search?q=storm").await;
    assert_eq!((status, problem["code"].as_str()), (503, Some("search_unavailable")));
    let twin = server.try_graphql(None, "{ search(q: \"storm\") { nodes { score } } }", json!({})).await;
    assert_eq!(twin["errors"][0]["extensions"]["code"], "SEARCH_UNAVAILABLE");
    server.stop().await;
}

/// As `serve` does it, index and all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_indexes_by_itself_and_goes_on_after_a_restart() {
    let server = TestServer::start_with(Backend::Sqlite, |config| config.search.index = true).await.unwrap();
    publish(&server, PIECES).await;
    server.indexed().await;
    assert_eq!(found(&server, "bread").await.len(), 1);
    server.stop().await;
}
