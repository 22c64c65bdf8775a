//! `intake` and `sources`: a progress bar while it lasts, a table at the end.

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};

use super::CommandError;
use crate::App;
use crate::intake::target::Target;
use crate::intake::{IntakeError, Taken};

/// Takes files, folders and URLs in once.
pub async fn intake(app: App, targets: &[String]) -> Result<(), CommandError> {
    let mut expanded = Vec::new();
    for text in targets {
        match Target::expand(text) {
            Ok(found) => expanded.extend(found),
            Err(error) => return Err(CommandError::Partly(format!("{text}: {error}"))),
        }
    }
    take_all(&app, expanded, false).await
}

/// Adds feeds: takes them in now, and has them fetched again whenever they are due.
pub async fn add_sources(app: &App, urls: &[String]) -> Result<(), CommandError> {
    let mut targets = Vec::new();
    for text in urls {
        match Target::expand(text).as_deref() {
            Ok([target @ Target::Url(_)]) => targets.push(target.clone()),
            _ => {
                return Err(CommandError::Partly(format!(
                    "`{text}` is no http or https address of a feed; files are taken in by `broadsheet intake`"
                )));
            }
        }
    }
    take_all(app, targets, true).await
}

async fn take_all(app: &App, targets: Vec<Target>, polled: bool) -> Result<(), CommandError> {
    let bar = progress(targets.len());
    let mut table =
        new_table(&["feed", "format", "entries", "new", "updated", "unchanged", "refused", "why"]);
    let (mut sums, mut failed) = ([0; 5], 0);
    for target in &targets {
        bar.set_message(target.label());
        let outcome = target.take(&app.newsroom, &app.outbound, polled).await;
        failed += usize::from(outcome.is_err());
        table.add_row(row(&target.label(), &outcome));
        if let Ok(taken) = &outcome {
            let report = &taken.ingested;
            let counts = [
                taken.entries,
                report.new.len(),
                report.updated.len(),
                report.unchanged,
                report.refused.len(),
            ];
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let [entries, new, updated, unchanged, refused] = sums.map(|sum: usize| sum.to_string());
    table.add_row([
        format!("{} feeds", targets.len()),
        String::new(),
        entries,
        new,
        updated,
        unchanged,
        refused,
        format!("{failed} could not be read"),
    ]);
    println!("{table}");
    if failed > 0 && failed == targets.len() {
        return Err(CommandError::Partly("nothing could be taken in; the table says why".to_owned()));
    }
    Ok(())
}

fn row(label: &str, outcome: &Result<Taken, IntakeError>) -> Vec<String> {
    match outcome {
        Ok(taken) => {
            let report = &taken.ingested;
            let numbers = [
                taken.entries,
                report.new.len(),
                report.updated.len(),
                report.unchanged,
                report.refused.len(),
            ];
            let why =
                report.refused.first().map(|(entry, why)| format!("{entry}: {why}")).unwrap_or_default();
            let mut cells = vec![label.to_owned(), taken.format.clone()];
            cells.extend(numbers.map(|number| number.to_string()));
            cells.push(why);
            cells
        }
        Err(error) => {
            let mut cells = vec![label.to_owned()];
            cells.extend(std::iter::repeat_n("–".to_owned(), 6));
            cells.push(error.to_string());
            cells
        }
    }
}

pub(super) fn new_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.to_vec());
    table
}

fn progress(length: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or_default());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
