//! How fast: each operation against a static axum handler that returns the same bytes, in one run on one machine, on SQLite
//! and on PostgreSQL, over a made-up edition of 100,000 articles: as configured by default (answers to anonymous readers are
//! kept), and with `cache.answer_bytes = 0`, that over 1,000 articles too, to see what the archive costs.
//!
//! Searches are compared with the index itself too, asked without HTTP and without loading what it finds.
//!
//! `cargo bench -p broadsheet-tests` prints the tables. `-- --articles N --seconds N --connections N` change the run. The
//! server runs in a process of its own; the load comes from this one, over the loopback.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench fails loudly and prints its table"
)]

mod bare;
mod edition;
mod load;
mod server;

use std::time::Duration;

use broadsheet_tests::postgres;

use load::{Case, Figure};
use server::{Answers, Served};

/// What a run is made of.
#[derive(Clone, Copy)]
struct Run {
    articles: usize,
    seconds: u64,
    connections: usize,
}

/// Articles of the small edition.
const FEW: usize = 1_000;

fn argument(name: &str, usual: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().map_or(usual, |value| value.parse().unwrap_or_else(|_| panic!("{name} takes a number")))
}

#[tokio::main]
async fn main() {
    if let Some(child) = server::Child::from_arguments() {
        return child.serve().await;
    }
    let run = Run {
        articles: argument("--articles", 100_000),
        seconds: u64::try_from(argument("--seconds", 3)).unwrap(),
        connections: argument("--connections", 32),
    };
    let mut engines = vec![("SQLite", None)];
    match postgres::new_database().await {
        Some(url) => engines.push(("PostgreSQL", Some(url))),
        None => println!("PostgreSQL was not measured."),
    }
    println!(
        "{} connections, {} s a figure; static: an axum handler that returns the same bytes.\n",
        run.connections, run.seconds
    );
    for (engine, url) in engines {
        measure(engine, url, run).await;
    }
}

async fn measure(engine: &str, database_url: Option<String>, run: Run) {
    let directory = tempfile::tempdir().unwrap();
    let (mut runs, mut bare) = (Vec::new(), Vec::new());
    for (articles, answers) in [
        (FEW.min(run.articles), Answers::Computed),
        (run.articles, Answers::Computed),
        (run.articles, Answers::Kept),
    ] {
        let started = std::time::Instant::now();
        let seeded = edition::seed(directory.path(), database_url.clone(), articles).await;
        eprintln!("{engine}: {articles} articles are in after {:.0?}", started.elapsed());
        let served = Served::start(directory.path(), database_url.as_deref(), answers).await;
        runs.push(figures(&served, &seeded, run).await);
        served.stop().await;
        if answers == Answers::Kept {
            bare = bare::measure(&directory.path().join("search"), run.seconds);
        }
    }
    let [few, computed, kept] = runs.try_into().unwrap_or_else(|_| unreachable!("three runs"));
    println!("### {engine}\n");
    println!(
        "| requests/s | bytes | by default | of static | computed each time | of static | at {FEW} articles |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for ((kept, computed), few) in kept.iter().zip(&computed).zip(&few) {
        println!(
            "| {} | {} | {:.0} | {:.2} | {:.0} | {:.2} | {:.0} |",
            kept.name,
            kept.bytes,
            kept.per_second,
            kept.of_static,
            computed.per_second,
            computed.of_static,
            few.per_second
        );
    }
    println!(
        "\n| searches/s at {} articles | by HTTP | of static | ms (p50, p95) | the index alone | of the index |",
        run.articles
    );
    println!("|---|--:|--:|--:|--:|--:|");
    for (name, alone) in bare {
        let Some(served) = computed.iter().find(|figure| figure.name == name) else { continue };
        let (per_second, of_index) = (served.per_second, served.per_second / alone);
        let ((median, most), of_static) = (served.latency, served.of_static);
        println!(
            "| {name} | {per_second:.0} | {of_static:.2} | {median:.1}, {most:.1} | {alone:.0} | {of_index:.2} |"
        );
    }
    println!();
}

async fn figures(served: &Served, seeded: &edition::Seeded, run: Run) -> Vec<Figure> {
    let deep = served.cursor_after("", seeded.articles / 2).await;
    let of_section = seeded.articles / edition::SECTIONS.len();
    let deep_in_section = served.cursor_after("&section=world", of_section / 2).await;
    let graphql_article = "query($id: ID!) { article(id: $id) { id slug url headline dek excerpt language publishedAt wordCount source { name } authors { nodes { name } } } }";
    let graphql_list = "{ articles(first: 20) { nodes { id slug url headline dek excerpt publishedAt commentCount source { id name slug logoUrl } authors { nodes { id name slug } } } } }";
    let by_graphql =
        |id: &String| Case::post(serde_json::json!({ "query": graphql_article, "variables": { "id": id } }));
    let tokens = served.readers(8).await;
    let (ids, thread) = (&seeded.ids, &seeded.thread);
    let cases: Vec<(&str, Vec<Case>)> = vec![
        (
            "article by id (500 of the whole archive)",
            ids.iter().map(|id| Case::get(format!("/v1/articles/{id}"))).collect(),
        ),
        ("the same by GraphQL, 11 fields", ids.iter().map(by_graphql).collect()),
        ("newest 20 with source and authors", vec![Case::get("/v1/articles".to_owned())]),
        ("the same by GraphQL, 14 fields", vec![Case::post(serde_json::json!({ "query": graphql_list }))]),
        (
            "20 from the middle of the archive (page 2,500 of 5,000)",
            vec![Case::get(format!("/v1/articles?cursor={deep}"))],
        ),
        (
            "20 from the middle of a section",
            vec![Case::get(format!("/v1/articles?section=world&cursor={deep_in_section}"))],
        ),
        ("first comment page with replies", vec![Case::get(format!("/v1/articles/{thread}/comments"))]),
        (
            "changes: the last hundred",
            vec![Case::get(format!("/v1/changes?since={}&limit=100", seeded.tail))],
        ),
        (
            "related to an article (100 of the newest)",
            ids.iter().take(100).map(|id| Case::get(format!("/v1/articles/{id}/related?limit=6"))).collect(),
        ),
        // What the rows above read trends.
        ("what trends, explained", vec![Case::get("/v1/trending?by=reads&explain=true".to_owned())]),
        ("comment posting", tokens.iter().map(|token| Case::comment(&seeded.quiet, token)).collect()),
    ];
    let story = seeded
        .story
        .iter()
        .map(|id| ("a story's articles", vec![Case::get(format!("/v1/stories/{id}/members"))]));
    let searches = bare::SEARCHES.iter().map(|search| (search.name, vec![Case::get(search.path())]));
    let cases = cases.into_iter().chain(story).chain(searches);
    let mut figures = Vec::new();
    for (name, requests) in cases {
        figures.push(
            load::measure(served, name, requests, Duration::from_secs(run.seconds), run.connections).await,
        );
    }
    figures
}
