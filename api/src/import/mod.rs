//! Bulk import: lines as they arrive, in batches, to the domain. The next batch is read and checked while one is written;
//! memory holds two, however long the import is. REST, GraphQL and the command line all import this way.

use broadsheet_domain::article::import::{Checked, Imported, MOST_LINES, Submission};
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::error::{Error, Fault, FieldError, Result};
use broadsheet_domain::{Newsroom, Viewer};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

use crate::inputs::ImportArticleInput;

mod lines;
mod ninjs;

use lines::{Line, Lines};

/// The bytes of a batch, so that long articles make shorter ones.
const BATCH_BYTES: usize = 4 * 1_024 * 1_024;

/// What lines are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Articles in the API's own shape.
    #[default]
    Ndjson,
    /// The IPTC's news in JSON.
    Ninjs,
}

impl Format {
    /// The name as it is published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Ninjs => "ninjs",
        }
    }
}

/// How an import is to be read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What lines are.
    pub format: Format,
    /// The publisher of lines that name none.
    pub source: Option<String>,
    /// Whether sources are made.
    pub create_sources: bool,
    /// The first line that is looked at, from 1.
    pub from_line: u64,
    /// Whether every line is told of, not only those that were refused.
    pub verbose: bool,
}

/// What became of a line.
#[derive(Clone, Debug)]
pub struct LineResult {
    /// Its number, from 1.
    pub line: u64,
    /// What became of it.
    pub outcome: Imported,
}

/// What became of all lines so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    /// Lines that were looked at.
    pub lines: u64,
    /// New articles.
    pub created: u64,
    /// Articles that got a revision.
    pub updated: u64,
    /// Lines that changed nothing.
    pub unchanged: u64,
    /// Articles that were withdrawn.
    pub withdrawn: u64,
    /// Lines of which nothing was written.
    pub refused: u64,
    /// The line up to which everything that could be is written.
    pub committed: u64,
}

impl Summary {
    /// Counts a batch in; it is what is told.
    fn add(&mut self, (committed, results): (u64, Vec<LineResult>)) -> Written {
        self.count(&results);
        self.committed = committed;
        Written { results, summary: *self }
    }

    fn count(&mut self, results: &[LineResult]) {
        for result in results {
            self.lines += 1;
            *match &result.outcome {
                Imported::Created(_) => &mut self.created,
                Imported::Updated(_) => &mut self.updated,
                Imported::Unchanged(_) => &mut self.unchanged,
                Imported::Withdrawn(_) => &mut self.withdrawn,
                Imported::Refused(_) => &mut self.refused,
            } += 1;
        }
    }
}

/// A batch that was written.
#[derive(Debug)]
pub struct Written {
    /// Each of its lines.
    pub results: Vec<LineResult>,
    /// What became of all lines so far.
    pub summary: Summary,
}

/// An import, by one viewer.
#[derive(Clone)]
pub struct Importer {
    newsroom: Newsroom,
    viewer: Viewer,
    options: Options,
}

type Batch = Vec<(u64, Line)>;
type Checking = Vec<tokio::task::JoinHandle<Prepared>>;
type Prepared = Vec<(u64, std::result::Result<Checked, Vec<FieldError>>)>;

impl Importer {
    /// An import, if this viewer may make it.
    pub async fn new(newsroom: Newsroom, viewer: Viewer, options: Options) -> Result<Self> {
        newsroom.articles(&viewer).require_import(options.create_sources)?;
        if let Some(source) = options.source.as_ref().filter(|_| !options.create_sources) {
            let unknown = |error| match error {
                Error::NotFound(_) => {
                    let message = format!("there is no source with the id, slug or name `{source}`");
                    Error::invalid("source", "unknown", message)
                }
                other => other,
            };
            newsroom.sources(&viewer).named(source).await.map_err(unknown)?;
        }
        Ok(Self { newsroom, viewer, options })
    }

    /// Imports what arrives; yields each batch when it is written. An error ends it: what was yielded stands.
    pub fn run<E: std::error::Error + Send + Sync + 'static>(
        self,
        mut chunks: impl Stream<Item = std::result::Result<Bytes, E>> + Send + Unpin + 'static,
    ) -> impl Stream<Item = Result<Written>> + Send {
        async_stream::try_stream! {
            let mut lines = Lines::from(self.options.from_line);
            let mut summary = Summary::default();
            let mut under_way: Option<Writing> = None;
            loop {
                while !lines.ended() && lines.bytes() < BATCH_BYTES && lines.len() < MOST_LINES {
                    // What is written is told at once, also where more takes its time to arrive.
                    let event = tokio::select! {
                        written = finish(&mut under_way) => Event::Written(written),
                        chunk = chunks.next() => Event::Arrived(chunk),
                    };
                    match event {
                        Event::Arrived(Some(Ok(chunk))) => lines.push(&chunk),
                        Event::Arrived(Some(Err(error))) => Err(Fault::new("what is imported broke off", error))?,
                        Event::Arrived(None) => lines.end(),
                        Event::Written(written) => yield summary.add(written?),
                    }
                }
                let batch = lines.take(MOST_LINES, BATCH_BYTES);
                let Some(last) = batch.last().map(|(line, _)| *line) else { break };
                let checking = self.check(batch);
                if under_way.is_some() {
                    yield summary.add(finish(&mut under_way).await?);
                }
                let writer = self.clone();
                under_way = Some(Writing { last, task: tokio::spawn(async move { writer.write(checking).await }) });
            }
            if under_way.is_some() || summary.lines == 0 {
                // Of an import of nothing there is a summary too.
                let written = if under_way.is_some() { finish(&mut under_way).await? } else { (0, Vec::new()) };
                yield summary.add(written);
            }
        }
    }

    /// Imports a few lines at once.
    pub async fn all(&self, texts: Vec<String>) -> Result<Written> {
        let lines = (1..).zip(texts).map(|(line, text)| (line, Line::Text(text.into_bytes()))).collect();
        let writer = self.clone();
        let checking = self.check(lines);
        let task = tokio::spawn(async move { writer.write(checking).await });
        let results = task.await.map_err(ended_badly)??;
        let committed = results.last().map_or(0, |result| result.line);
        Ok(Summary::default().add((committed, results)))
    }

    /// Reads and checks lines, which costs CPU: off the runtime's threads, on as many as there are.
    fn check(&self, batch: Batch) -> Checking {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = batch.len().div_ceil(threads).max(1);
        let (now, mut rest, mut checking) = (self.newsroom.now(), batch.into_iter(), Vec::new());
        loop {
            let part: Batch = rest.by_ref().take(share).collect();
            if part.is_empty() {
                return checking;
            }
            let options = self.options.clone();
            checking.push(tokio::task::spawn_blocking(move || {
                let check = |(number, line): (u64, Line)| (number, checked(&options, now, &line));
                part.into_iter().map(check).collect()
            }));
        }
    }

    /// Writes what is fit.
    async fn write(&self, checking: Checking) -> Result<Vec<LineResult>> {
        let (mut fit, mut results) = (Vec::new(), Vec::new());
        let mut places = Vec::new();
        for part in checking {
            for (line, checked) in part.await.map_err(ended_badly)? {
                match checked {
                    Ok(checked) => {
                        places.push(line);
                        fit.push(checked);
                    }
                    Err(errors) => results.push(LineResult { line, outcome: Imported::Refused(errors) }),
                }
            }
        }
        if !fit.is_empty() {
            let articles = self.newsroom.articles(&self.viewer);
            let outcomes = articles.import(fit, self.options.create_sources).await?;
            let told = places.into_iter().zip(outcomes);
            results.extend(told.map(|(line, outcome)| LineResult { line, outcome }));
        }
        results.sort_by_key(|result| result.line);
        Ok(results)
    }
}

/// A batch that is being written. On a task of its own: whoever hangs up does not stop it in the middle.
struct Writing {
    last: u64,
    task: tokio::task::JoinHandle<Result<Vec<LineResult>>>,
}

enum Event<E> {
    Arrived(Option<std::result::Result<Bytes, E>>),
    Written(Result<(u64, Vec<LineResult>)>),
}

/// Waits for the batch that is being written, if any; forever, where there is none.
async fn finish(under_way: &mut Option<Writing>) -> Result<(u64, Vec<LineResult>)> {
    let Some(writing) = under_way else { return std::future::pending().await };
    let results = (&mut writing.task).await.map_err(ended_badly)?;
    let last = writing.last;
    *under_way = None;
    Ok((last, results?))
}

fn ended_badly(error: tokio::task::JoinError) -> Fault {
    Fault::new("an import's batch did not end well", error)
}

fn checked(options: &Options, now: Timestamp, line: &Line) -> std::result::Result<Checked, Vec<FieldError>> {
    let read = || -> Result<Checked> {
        let text = match line {
            Line::Text(text) => text,
            Line::TooLong => {
                let message = format!("is longer than {} bytes", lines::MOST_BYTES);
                return Err(Error::invalid("line", "too_long", message));
            }
        };
        let submission: Submission = match options.format {
            Format::Ndjson => ImportArticleInput::read(text)?.submission(options.source.as_deref())?,
            Format::Ninjs => ninjs::submission(text, options.source.as_deref(), now)?,
        };
        submission.check(now)
    };
    read().map_err(|error| match error {
        Error::Invalid(fields) => fields,
        other => vec![FieldError {
            field: "line".to_owned(),
            code: "malformed",
            message: other.to_string(),
            place: None,
        }],
    })
}
