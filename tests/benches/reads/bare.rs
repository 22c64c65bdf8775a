//! The index alone: the same searches without HTTP, and without loading or marking what is found.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use broadsheet_domain::clock::{Clock as _, SystemClock};
use broadsheet_domain::search::index::{Deadline, Direction, Facet, Filters, Index, Request, Settings, Sort};
use broadsheet_domain::text::query::parse;

/// A search that is measured.
pub struct Search {
    pub name: &'static str,
    query: &'static str,
    /// What is added to the address, and means the same as what is added to the query of the index.
    more: &'static str,
    filter: &'static str,
    facets: bool,
}

const fn search(name: &'static str, query: &'static str) -> Search {
    Search { name, query, more: "", filter: "", facets: false }
}

/// What is searched for.
pub const SEARCHES: [Search; 5] = [
    search("search: one common word", "harbour"),
    search("search: two common words", "harbour storm"),
    search("search: a phrase", "\"harbour storm\""),
    Search {
        more: "&source=paper-0&language=en",
        filter: " source:paper-0 lang:en",
        ..search("search: one common word, filtered", "harbour")
    },
    Search {
        more: "&facets=source,section,topic,author,language,month",
        facets: true,
        ..search("search: with six facets", "harbour")
    },
];

impl Search {
    /// Its address.
    pub fn path(&self) -> String {
        let query: String = url::form_urlencoded::byte_serialize(self.query.as_bytes()).collect();
        format!("/v1/search?q={query}{}", self.more)
    }

    fn run(&self, index: &Index) {
        let now = SystemClock.now();
        let expr = parse(&format!("{}{}", self.query, self.filter), now.to_datetime()).unwrap();
        let (filters, deadline) = (Filters::default(), Deadline::never());
        let request = Request {
            expr: Some(&expr),
            filters: &filters,
            sort: Sort::Relevance,
            direction: Direction::Forward,
            after: None,
            limit: 21,
            now: now.millis(),
            deadline: deadline.clone(),
        };
        assert!(!index.search(&request).unwrap().hits.is_empty(), "{} finds nothing", self.name);
        if self.facets {
            index.facets(Some(&expr), &filters, &Facet::ALL, 10, &deadline).unwrap();
        }
    }
}

/// Searches a second, by name, on as many threads as there are cores.
pub fn measure(directory: &Path, seconds: u64) -> Vec<(&'static str, f64)> {
    let read_id = |_: &str| None;
    let (index, _) = Index::open_or_create(directory, Settings::default(), read_id).unwrap();
    let index = Arc::new(index);
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let rate = |search: &'static Search| {
        let (started, done) = (Instant::now(), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while started.elapsed() < Duration::from_secs(seconds) {
                        search.run(&index);
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        (search.name, f64::from(done.load(Ordering::Relaxed)) / started.elapsed().as_secs_f64())
    };
    SEARCHES.iter().map(rate).collect()
}
