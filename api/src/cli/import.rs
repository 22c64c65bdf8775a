//! `import`: articles in bulk, from a file or a pipe.

use std::io::{IsTerminal as _, Read};
use std::time::Duration;

use broadsheet_domain::Viewer;
use broadsheet_domain::article::import::Imported;
use bytes::Bytes;
use clap::{Args, ValueEnum};
use futures_util::{Stream, StreamExt as _};
use indicatif::ProgressBar;

use super::CommandError;
use crate::App;
use crate::import::{Format, Importer, Options, Summary};

const CHUNK: usize = 64 * 1_024;

/// Import articles in bulk.
#[derive(Debug, Args)]
pub struct ImportCommand {
    /// A file with one JSON object a line; - for standard input
    file: String,
    /// What the lines are
    #[arg(long, value_enum, default_value = "ndjson")]
    format: LineFormat,
    /// The publisher of lines that name none: id, slug or name
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// Make the sources that are named and not there
    #[arg(long)]
    create_sources: bool,
    /// The line to begin at, to go on with an import that broke off
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u64).range(1..))]
    from_line: u64,
    /// Say what became of each line, not only of those that were refused
    #[arg(long)]
    verbose: bool,
}

/// What lines are.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LineFormat {
    /// Articles in the API's own shape
    Ndjson,
    /// The IPTC's news in JSON
    Ninjs,
}

/// Imports a file; refused lines are told on standard error, the sums on standard output.
pub async fn import(app: &App, command: ImportCommand) -> Result<(), CommandError> {
    let ImportCommand { file, format, source, create_sources, from_line, verbose } = command;
    let format = match format {
        LineFormat::Ndjson => Format::Ndjson,
        LineFormat::Ninjs => Format::Ninjs,
    };
    let options = Options { format, source, create_sources, from_line, verbose };
    let importer = Importer::new(app.newsroom.clone(), Viewer::System, options).await?;
    let reader: Box<dyn Read + Send> = if file == "-" {
        Box::new(std::io::stdin())
    } else {
        let opened = std::fs::File::open(&file);
        Box::new(opened.map_err(|error| CommandError::Io(format!("cannot read {file}"), error))?)
    };
    let (summary, ended) = follow(importer, chunks(reader), verbose).await;
    say(&summary);
    if let Err(error) = ended {
        crate::problem::log_internal(&error);
        return Err(CommandError::Partly(format!(
            "the import broke off ({error}): everything up to line {} is written; go on with --from-line {}",
            summary.committed,
            summary.committed.max(from_line.saturating_sub(1)) + 1
        )));
    }
    match summary.refused {
        0 => Ok(()),
        1 => Err(CommandError::Partly("one line was refused; it is named above".to_owned())),
        refused => Err(CommandError::Partly(format!("{refused} lines were refused; they are named above"))),
    }
}

async fn follow(
    importer: Importer,
    chunks: impl Stream<Item = std::io::Result<Bytes>> + Send + Unpin + 'static,
    verbose: bool,
) -> (Summary, broadsheet_domain::Result<()>) {
    let bar =
        if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    bar.enable_steady_tick(Duration::from_millis(100));
    let mut batches = Box::pin(importer.run(chunks));
    let mut summary = Summary::default();
    while let Some(batch) = batches.next().await {
        let batch = match batch {
            Ok(batch) => batch,
            Err(error) => {
                bar.finish_and_clear();
                return (summary, Err(error));
            }
        };
        summary = batch.summary;
        bar.set_message(format!(
            "line {}: {} created, {} refused",
            summary.committed, summary.created, summary.refused
        ));
        let lines: Vec<String> =
            batch.results.iter().filter_map(|result| line(result.line, &result.outcome, verbose)).collect();
        if !lines.is_empty() {
            bar.suspend(|| lines.iter().for_each(|line| eprintln!("{line}")));
        }
    }
    bar.finish_and_clear();
    (summary, Ok(()))
}

fn line(number: u64, outcome: &Imported, verbose: bool) -> Option<String> {
    let told = match outcome {
        Imported::Refused(errors) => {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            return Some(format!("line {number}: refused: {}", errors.join("; ")));
        }
        Imported::Created(id) => format!("created {id}"),
        Imported::Updated(id) => format!("updated {id}"),
        Imported::Unchanged(id) => format!("unchanged {id}"),
        Imported::Withdrawn(id) => format!("withdrawn {id}"),
    };
    verbose.then(|| format!("line {number}: {told}"))
}

fn say(summary: &Summary) {
    let Summary { lines, created, updated, unchanged, withdrawn, refused, committed } = summary;
    println!(
        "{lines} lines: {created} created, {updated} updated, {unchanged} unchanged, {withdrawn} withdrawn, {refused} refused; \
         everything up to line {committed} is written"
    );
}

/// What is read, off the runtime's threads.
fn chunks(
    reader: Box<dyn Read + Send>,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + Unpin + 'static {
    let read = |reader: Option<Box<dyn Read + Send>>| async move {
        let mut reader = reader?;
        let read = tokio::task::spawn_blocking(move || {
            let mut buffer = vec![0; CHUNK];
            let read = reader.read(&mut buffer).map(|length| {
                buffer.truncate(length);
                Bytes::from(buffer)
            });
            (read, reader)
        });
        match read.await {
            Ok((Ok(chunk), _)) if chunk.is_empty() => None,
            Ok((Ok(chunk), reader)) => Some((Ok(chunk), Some(reader))),
            Ok((Err(error), _)) => Some((Err(error), None)),
            Err(error) => Some((Err(std::io::Error::other(error)), None)),
        }
    };
    Box::pin(futures_util::stream::unfold(Some(reader), read))
}
