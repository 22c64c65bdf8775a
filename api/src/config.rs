//! Configuration: one documented default file, then a file, the environment, flags. Unknown keys are errors.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use broadsheet_domain::reads::ReadsCounted;
use broadsheet_domain::source::schedule::Bounds;
use broadsheet_domain::{DatabaseSettings, Settings};
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::listen::ListenSettings;
use crate::outbound::OutboundSettings;

/// The defaults, which are also the documentation of every key.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// What the operator decides.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Everything that Broadsheet keeps.
    pub data_dir: PathBuf,
    /// The HTTP server.
    pub server: Server,
    /// The database.
    pub database: Database,
    /// Fetching feeds.
    pub intake: Intake,
    /// Rules for comments.
    pub comments: Comments,
    /// Rules for accounts.
    pub accounts: Accounts,
    /// Finding which articles tell the same event.
    pub stories: Stories,
    /// The search index.
    pub search: Search,
    /// Counting reads.
    pub reads: Reads,
    /// What others make of the news: feeds, sitemaps, cards.
    pub syndication: Syndication,
    /// Memory.
    pub cache: Cache,
    /// Logging.
    pub log: Log,
}

/// The HTTP server; see `config.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "documented where operators read it: config.default.toml")]
pub struct Server {
    pub listen: SocketAddr,
    pub public_url: String,
    pub trusted_proxies: Vec<IpNet>,
    pub cors_origins: Vec<String>,
    pub max_body_bytes: usize,
    pub request_timeout_seconds: u64,
    pub header_timeout_seconds: u64,
    pub body_timeout_seconds: u64,
    pub idle_timeout_seconds: u64,
    pub write_timeout_seconds: u64,
    pub max_connections: usize,
    pub max_connections_per_address: usize,
    pub drain_timeout_seconds: u64,
}

/// The database; see `config.default.toml`. Its address may hold a password, so it is never printed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "documented where operators read it: config.default.toml")]
pub struct Database {
    pub url: SecretString,
    pub replica_url: SecretString,
    pub read_connections: u32,
}

/// Fetching feeds; see `config.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "documented where operators read it: config.default.toml")]
pub struct Intake {
    pub poll: bool,
    pub concurrency: usize,
    pub contact: String,
    pub allow_private: Vec<IpNet>,
    pub max_feed_bytes: u64,
    pub fetch_timeout_seconds: u64,
    pub shortest_minutes: u64,
    pub usual_minutes: u64,
    pub longest_minutes: u64,
}

/// Rules for comments; see `config.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "documented where operators read it: config.default.toml")]
pub struct Comments {
    pub max_chars: usize,
    pub edit_window_seconds: u64,
    pub per_minute: u32,
    pub per_minute_per_address: u32,
}

/// Rules for accounts; see `config.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "documented where operators read it: config.default.toml")]
pub struct Accounts {
    pub session_days: u64,
    pub password_threads: usize,
}

/// Stories; see `config.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "documented where operators read it: config.default.toml")]
pub struct Stories {
    pub find: bool,
}

/// The search index; see `config.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "documented where operators read it: config.default.toml")]
pub struct Search {
    pub index: bool,
    pub directory: PathBuf,
    pub time_limit_milliseconds: u64,
}

/// Counting reads; see `config.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "documented where operators read it: config.default.toml")]
pub struct Reads {
    pub count: CountReads,
    pub most_per_address: u32,
}

/// What is counted as a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CountReads {
    /// Answers that show an article.
    Answers,
    /// What front ends tell.
    Beacons,
    /// Nothing.
    Off,
}

impl From<CountReads> for ReadsCounted {
    fn from(count: CountReads) -> Self {
        match count {
            CountReads::Answers => Self::Answers,
            CountReads::Beacons => Self::Beacons,
            CountReads::Off => Self::Off,
        }
    }
}

/// Feeds, sitemaps and cards; see `config.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "documented where operators read it: config.default.toml")]
pub struct Syndication {
    pub title: String,
    pub article_url: String,
    pub language: String,
}

/// Memory; see `config.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "documented where operators read it: config.default.toml")]
pub struct Cache {
    pub articles: usize,
    pub answer_bytes: u64,
    pub browser_seconds: u32,
    pub shared_seconds: u32,
    pub stale_seconds: u32,
}

/// Logging; see `config.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "documented where operators read it: config.default.toml")]
pub struct Log {
    pub filter: String,
    pub format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// What flags set above file and environment.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Flags {
    /// `--data-dir`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// `--listen`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// `--database-url`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is not acceptable: {0}")]
pub struct ConfigError(#[from] Box<figment::Error>);

impl Config {
    /// Reads defaults, file, environment and flags, each above the one before.
    pub fn load(file: Option<&Path>, flags: &Flags) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        figment = figment.merge(Env::prefixed("BROADSHEET__").split("__"));
        if let Some(directory) = &flags.data_dir {
            figment = figment.merge(Serialized::default("data_dir", directory));
        }
        if let Some(listen) = &flags.listen {
            figment = figment.merge(Serialized::default("server.listen", listen));
        }
        if let Some(url) = &flags.database_url {
            figment = figment.merge(Serialized::default("database.url", url));
        }
        figment.extract().map_err(|error| ConfigError(Box::new(error)))
    }

    /// The address by which clients reach the server, without a slash at its end.
    pub fn public_url(&self) -> String {
        let configured = self.server.public_url.trim_end_matches('/');
        if configured.is_empty() { format!("http://{}", self.server.listen) } else { configured.to_owned() }
    }

    /// The page of an article for people: the front end's where it is configured, the API's otherwise.
    pub fn article_url(&self, id: &str, slug: &str) -> String {
        let pattern = self.syndication.article_url.as_str();
        if pattern.is_empty() {
            return format!("{}/v1/articles/{slug}", self.public_url());
        }
        pattern.replace("{slug}", slug).replace("{id}", id)
    }

    /// How to reach the database.
    pub fn database(&self) -> DatabaseSettings {
        let file = self.data_dir.join("broadsheet.sqlite");
        let embedded = || format!("sqlite://{}?mode=rwc", file.display());
        let configured =
            |secret: &SecretString| Some(secret.expose_secret().to_owned()).filter(|url| !url.is_empty());
        DatabaseSettings {
            url: configured(&self.database.url).unwrap_or_else(embedded),
            replica_url: configured(&self.database.replica_url),
            read_connections: self.database.read_connections,
        }
    }

    /// Where the search index is.
    pub fn search_directory(&self) -> PathBuf {
        let configured = &self.search.directory;
        if configured.as_os_str().is_empty() { self.data_dir.join("search") } else { configured.clone() }
    }

    /// The newsroom's rules.
    pub fn rules(&self) -> Settings {
        Settings {
            comment_max_chars: self.comments.max_chars,
            comment_edit_window: Duration::from_secs(self.comments.edit_window_seconds),
            comments_per_minute: self.comments.per_minute,
            comments_per_minute_per_address: self.comments.per_minute_per_address,
            session_lifetime: Duration::from_secs(self.accounts.session_days * 24 * 60 * 60),
            password_threads: self.accounts.password_threads,
            articles_in_memory: self.cache.articles,
            search_time_limit: Duration::from_millis(self.search.time_limit_milliseconds),
            reads_counted: self.reads.count.into(),
            reads_per_address: self.reads.most_per_address,
            fetching: Bounds {
                shortest: Duration::from_secs(self.intake.shortest_minutes * 60),
                usual: Duration::from_secs(self.intake.usual_minutes * 60),
                longest: Duration::from_secs(self.intake.longest_minutes * 60),
            },
        }
    }

    /// Bytes of answers to keep. None where a replica serves reads: it may be behind the change that an answer waits for.
    pub fn answer_bytes(&self) -> u64 {
        if self.has_replica() { 0 } else { self.cache.answer_bytes }
    }

    /// Whether a replica serves reads.
    pub fn has_replica(&self) -> bool {
        !self.database.replica_url.expose_secret().is_empty()
    }

    /// How connections are served.
    pub fn listen(&self) -> ListenSettings {
        let server = &self.server;
        ListenSettings {
            header_timeout: Duration::from_secs(server.header_timeout_seconds),
            body_timeout: Duration::from_secs(server.body_timeout_seconds),
            idle_timeout: Duration::from_secs(server.idle_timeout_seconds),
            write_timeout: Duration::from_secs(server.write_timeout_seconds),
            max_connections: server.max_connections,
            max_connections_per_address: server.max_connections_per_address,
            drain_timeout: Duration::from_secs(server.drain_timeout_seconds),
        }
    }

    /// How outside URLs are fetched.
    pub fn outbound(&self) -> OutboundSettings {
        let contact = Some(self.intake.contact.clone()).filter(|contact| !contact.is_empty());
        OutboundSettings {
            user_agent_contact: contact,
            allow_private: self.intake.allow_private.clone(),
            total_timeout: Duration::from_secs(self.intake.fetch_timeout_seconds),
            max_bytes: self.intake.max_feed_bytes,
            ..OutboundSettings::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_is_a_whole_configuration() {
        let config = Config::load(None, &Flags::default()).unwrap();
        assert_eq!(config.public_url(), "http://127.0.0.1:8080");
        assert_eq!(config.rules().comment_max_chars, Settings::default().comment_max_chars);
    }

    #[test]
    fn a_password_in_the_database_address_is_never_printed() {
        let flags =
            Flags { database_url: Some("postgres://bs:hunter2@localhost/bs".to_owned()), ..Flags::default() };
        let config = Config::load(None, &flags).unwrap();
        assert!(config.database().url.contains("hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
