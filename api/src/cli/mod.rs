//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use broadsheet_domain::clock::SystemClock;
use broadsheet_domain::id::IdSource;
use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, Flags, LogFormat};
use crate::{App, StartError};

mod accounts;
mod import;
mod intake;
mod search;
mod serve;
mod sources;
mod stories;

/// A news content API: takes news in, serves articles, sources, authors and comments out by GraphQL and REST.
#[derive(Debug, Parser)]
#[command(name = "broadsheet", version)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Where things are.
#[derive(Debug, Args)]
struct Common {
    /// A configuration file; see `broadsheet config` for every key
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder in which everything is kept
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// `postgres://user:password@host/database` instead of the embedded database
    #[arg(long, global = true, value_name = "URL", env = "BROADSHEET_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API
    Serve {
        /// The address to listen on, such as 0.0.0.0:8080
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// Take a small demo edition in first
        #[arg(long)]
        demo: bool,
    },
    /// Take feeds in once, from files, folders or URLs
    Intake {
        /// Files, folders or URLs
        #[arg(required = true, value_name = "FILE|URL")]
        targets: Vec<String>,
    },
    /// Import articles in bulk: one a line, as JSON. The same file again changes nothing
    Import(import::ImportCommand),
    /// Sources and their feeds
    #[command(subcommand)]
    Sources(SourcesCommand),
    /// Accounts
    #[command(subcommand)]
    Accounts(AccountsCommand),
    /// Stories
    #[command(subcommand)]
    Stories(StoriesCommand),
    /// The search index
    #[command(subcommand)]
    Search(SearchCommand),
    /// Print every configuration key with its default
    Config,
    /// Print the contract
    Contract {
        /// Which of the two
        #[arg(value_enum)]
        which: Contract,
    },
}

/// The two halves of the contract.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Contract {
    /// openapi.json
    Openapi,
    /// schema.graphql
    Graphql,
}

/// Sources and their feeds.
#[derive(Debug, Subcommand)]
enum SourcesCommand {
    /// Add feeds: they are taken in now, and again whenever they are due
    Add {
        /// Addresses of feeds
        #[arg(required = true, value_name = "URL")]
        urls: Vec<String>,
    },
    /// List feeds with their sources and how they are doing
    List {
        /// Only those that fail
        #[arg(long)]
        failing: bool,
    },
    /// Show a source: its feeds, what is wrong with them, their last fetches, and what can be said of it
    Show {
        /// A source (id, slug or name) or a feed (id or address)
        name: String,
    },
    /// Let feeds rest: their articles stay, and they are not fetched
    Pause {
        /// A source (id, slug or name) or a feed (id or address)
        name: String,
    },
    /// Have feeds fetched again that rest or were gone
    Resume {
        /// A source (id, slug or name) or a feed (id or address)
        name: String,
    },
    /// Compare what is read of a folder of feeds with what feedparser finds in them (`manifest.csv`, `reference-feedparser.jsonl.gz`)
    Compare {
        /// The folder
        folder: PathBuf,
    },
    /// Fetch feeds now, whether they are due or not
    Fetch {
        /// A source (id, slug or name) or a feed (id or address)
        name: String,
    },
}

/// Stories.
#[derive(Debug, Subcommand)]
enum StoriesCommand {
    /// Measure clustering on labelled documents (JSON lines): B-cubed and pairwise precision, recall and F1
    Evaluate {
        /// Files of labelled documents
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
    },
}

/// The search index.
#[derive(Debug, Subcommand)]
enum SearchCommand {
    /// Make it anew from the database; a server that runs does it while the old one answers
    Rebuild,
}

/// Accounts.
#[derive(Debug, Subcommand)]
enum AccountsCommand {
    /// Make an account; its password is read from the environment or asked for
    Create {
        /// How it signs in
        email: String,
        /// How others see it; the part of the e-mail before the @ if left out
        #[arg(long)]
        name: Option<String>,
        /// reader, moderator, editor or admin
        #[arg(long, default_value = "reader")]
        role: String,
        /// The password; better left to `BROADSHEET_PASSWORD` than to the shell's history
        #[arg(long, env = "BROADSHEET_PASSWORD", hide_env_values = true)]
        password: Option<String>,
    },
    /// Ban an account: its tokens stop working at once
    Ban {
        /// The account's e-mail
        email: String,
        /// What its owner is told
        #[arg(long)]
        reason: Option<String>,
    },
    /// Lift a ban
    Readmit {
        /// The account's e-mail
        email: String,
    },
}

/// Why a command failed; one plain sentence each.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Starting.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The demo edition.
    #[error(transparent)]
    Demo(#[from] crate::demo::DemoError),
    /// The domain.
    #[error(transparent)]
    Domain(#[from] broadsheet_domain::Error),
    /// Reading or listening.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    /// What was asked for did not work in part; the table says what.
    #[error("{0}")]
    Partly(String),
}

/// Runs the command that was given.
pub async fn run(cli: Cli) -> ExitCode {
    match Box::pin(execute(cli)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use std::error::Error as _;
            eprintln!("broadsheet: {error}");
            for cause in std::iter::successors(error.source(), |&cause| cause.source()) {
                eprintln!("  because: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn execute(cli: Cli) -> Result<(), CommandError> {
    let Cli { common, command } = cli;
    let listen = if let Command::Serve { listen, .. } = &command { *listen } else { None };
    let flags = Flags { data_dir: common.data_dir, listen, database_url: common.database_url };
    let config = Config::load(common.config.as_deref(), &flags)?;
    match command {
        Command::Serve { demo, .. } => {
            start_log(&config);
            serve::serve(config, demo).await
        }
        Command::Intake { targets } => intake::intake(open(config).await?, &targets).await,
        Command::Import(command) => import::import(&open(config).await?, command).await,
        Command::Sources(command) => Box::pin(look_after(config, command)).await,
        Command::Accounts(command) => accounts::run(open(config).await?, command).await,
        Command::Stories(StoriesCommand::Evaluate { files }) => stories::evaluate(&files),
        Command::Search(SearchCommand::Rebuild) => search::rebuild(open(config).await?).await,
        Command::Config => {
            print!("{}", crate::config::DEFAULTS);
            Ok(())
        }
        Command::Contract { which: Contract::Openapi } => {
            print!("{}", crate::documents::openapi_json());
            Ok(())
        }
        Command::Contract { which: Contract::Graphql } => {
            print!("{}", crate::graphql::sdl());
            Ok(())
        }
    }
}

async fn look_after(config: Config, command: SourcesCommand) -> Result<(), CommandError> {
    use sources::Doing;
    let app = open(config); // only where it is waited for
    match command {
        SourcesCommand::Add { urls } => intake::add_sources(&app.await?, &urls).await,
        SourcesCommand::List { failing } => sources::list(&app.await?, failing).await,
        SourcesCommand::Show { name } => sources::show(&app.await?, &name).await,
        SourcesCommand::Pause { name } => sources::each(&app.await?, &name, Doing::Pause).await,
        SourcesCommand::Resume { name } => sources::each(&app.await?, &name, Doing::Resume).await,
        SourcesCommand::Compare { folder } => sources::compare(&folder),
        SourcesCommand::Fetch { name } => sources::each(&app.await?, &name, Doing::Fetch).await,
    }
}

async fn open(config: Config) -> Result<App, StartError> {
    let clock = Arc::new(SystemClock);
    App::open(config, clock.clone(), IdSource::random(clock)).await
}

fn start_log(config: &Config) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_new(&config.log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.log.format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.try_init(),
    };
    if started.is_err() {
        eprintln!("broadsheet: another logger is in place");
    }
}
