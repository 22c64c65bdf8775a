//! `stories evaluate`: how well clustering finds the events that people found.

use std::fs::File;
use std::io::BufReader;

use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::story::cluster::metrics::{Agreement, Quality, agreement};
use broadsheet_domain::story::cluster::records::{Labelled, read};
use broadsheet_domain::story::cluster::{Clusterer, Entry, Settings};

use super::CommandError;

/// Clusters labelled documents, in the order of their times, and prints how well. JSON lines, each with `id`, `cluster`, and
/// any of `title`, `text`, `published_at` (or `published_ms`), `domain` (or `source`), `language`.
pub fn evaluate(files: &[String]) -> Result<(), CommandError> {
    println!(
        "{:36}  B-cubed P, R, F1     pairwise P, R, F1    found  true  alone  largest",
        "documents, in order of time"
    );
    for file in files {
        let failed = |error| CommandError::Io(format!("cannot read {file}"), error);
        let opened = BufReader::new(File::open(file).map_err(failed)?);
        // Times without a zone are taken for UTC.
        let parse = |text: &str| Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}Z")));
        let instant = |text: &str| parse(text).map(Timestamp::millis);
        let mut records = read(opened, "en", instant).map_err(failed)?;
        records.sort_by_key(|record| record.published_at);
        show(file.rsplit('/').next().unwrap_or(file), &records);
    }
    Ok(())
}

fn show(name: &str, records: &[Labelled]) {
    let found = cluster(records);
    let text =
        |quality: &Quality| format!("{:.3} {:.3} {:.3}", quality.precision, quality.recall, quality.f1());
    println!(
        "{:36}  {}    {}    {:5} {:5}   {:.2}    {:.3}",
        format!("{name} ({})", records.len()),
        text(&found.b_cubed),
        text(&found.pairwise),
        found.found,
        found.expected,
        found.singletons,
        found.largest
    );
}

fn cluster(records: &[Labelled]) -> Agreement {
    let mut clusterer = Clusterer::new(Settings::default());
    for (id, record) in (0_u128..).zip(records) {
        let entry = Entry { id, published_at: record.published_at, outlet: record.outlet };
        if let Some((from, into)) = clusterer.place(entry, &record.print).merge {
            clusterer.merge(from, into);
        }
    }
    let truth: Vec<&str> = records.iter().map(|record| record.cluster.as_str()).collect();
    let found: Vec<Option<u128>> = (0_u128..).zip(records).map(|(id, _)| clusterer.story_of(id)).collect();
    agreement(&truth, &found)
}
