//! The real server, in this process: its own port, its own database, a clock that stands still until it is moved.

use std::sync::Arc;
use std::time::Duration;

use broadsheet_api::App;
use broadsheet_api::config::{Config, Flags};
use broadsheet_domain::clock::{FixedClock, Timestamp};
use broadsheet_domain::id::IdSource;
use broadsheet_domain::{Newsroom, Viewer};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::people::Person;
use crate::postgres;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The embedded one.
    Sqlite,
    /// A real server.
    Postgres,
}

impl Backend {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

/// The moment at which tests begin.
pub const NOON: Timestamp = Timestamp::from_millis(1_795_435_200_000);

/// A running server.
pub struct TestServer {
    /// Its parts, to look into.
    pub app: App,
    /// Where it is.
    pub origin: String,
    /// Its clock.
    pub clock: FixedClock,
    /// The client that talks to it.
    pub client: Client,
    stop: Option<oneshot::Sender<()>>,
    running: Option<tokio::task::JoinHandle<()>>,
    _directory: tempfile::TempDir,
}

impl TestServer {
    /// Starts a server on an empty database; none where there is no PostgreSQL to start it on.
    pub async fn start(backend: Backend) -> Option<Self> {
        Self::start_with(backend, |_| {}).await
    }

    /// Starts a server, with the configuration changed first.
    pub async fn start_with(backend: Backend, change: impl FnOnce(&mut Config)) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a folder for the server");
        let database_url = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(postgres::new_database().await?),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let flags =
            Flags { data_dir: Some(directory.path().to_owned()), listen: Some(address), database_url };
        let mut config = Config::load(None, &flags).expect("the default configuration");
        config.intake.poll = false;
        config.intake.allow_private = vec!["127.0.0.0/8".parse().unwrap()];
        config.database.read_connections = 4;
        // What tests take in is much alike, and stories would come of it in the midst of what they count.
        config.stories.find = false;
        // Those that search ask for it: the others would only wait for the disk.
        config.search.index = false;
        config.comments.per_minute = 10_000;
        config.comments.per_minute_per_address = 10_000;
        config.server.max_connections_per_address = 10_000;
        change(&mut config);
        let clock = FixedClock::at(NOON);
        let shared = Arc::new(clock.clone());
        let app =
            App::open(config, shared.clone(), IdSource::random(shared)).await.expect("the server opens");
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = broadsheet_api::serve::serve(app.clone(), listener, async move { drop(stopped.await) });
        let running = tokio::spawn(async move { serving.await.expect("the server ends well") });
        let client = Client::builder().timeout(Duration::from_secs(60)).build().expect("a client");
        let server = Self {
            app,
            origin: format!("http://{address}"),
            clock,
            client,
            stop: Some(stop),
            running: Some(running),
            _directory: directory,
        };
        server.wait_until_ready().await;
        Some(server)
    }

    /// The same database opened by an application of its own: nothing in memory, no answer kept, no worker beside it.
    pub async fn open_again(&self) -> App {
        let clock = Arc::new(self.clock.clone());
        let mut config = Config::clone(&self.app.config);
        config.cache.answer_bytes = 0;
        App::open(config, clock.clone(), IdSource::random(clock)).await.expect("the database opens again")
    }

    async fn wait_until_ready(&self) {
        for _ in 0..200 {
            let answered = self.client.get(format!("{}/readyz", self.origin)).send().await;
            if answered.is_ok_and(|response| response.status() == 200) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the server did not become ready");
    }

    /// Lets articles find their stories from now on.
    pub fn find_stories(&self) {
        let newsroom = self.app.newsroom.clone();
        tokio::spawn(async move { newsroom.follow_stories().await });
    }

    /// Keeps a search index from now on, which has read everything that happened so far.
    pub async fn index(&self) {
        let (newsroom, directory) = (self.app.newsroom.clone(), self.app.config.search_directory());
        tokio::spawn(async move { newsroom.follow_search(&directory).await.expect("the index opens") });
        self.indexed().await;
    }

    /// Waits until the search index has read everything that happened so far.
    pub async fn indexed(&self) {
        let newest = self.newsroom().log().last().await.expect("the log answers");
        let viewer = self.system();
        for _ in 0..1_200 {
            let status = self.newsroom().search(&viewer).status();
            if status.is_ok_and(|status| status.sequence >= newest && status.building.is_none()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the search index did not read up to {newest}");
    }

    /// The domain behind it.
    pub fn newsroom(&self) -> &Newsroom {
        &self.app.newsroom
    }

    /// A request to it.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin))
    }

    /// The JSON of a successful GET by anybody.
    pub async fn get(&self, path: &str) -> Value {
        let response = self.request(Method::GET, path).send().await.expect("an answer");
        let status = response.status();
        let body = response.text().await.expect("a body");
        assert!(status.is_success(), "GET {path}: {status} {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// Status and JSON of a GET by anybody.
    pub async fn try_get(&self, path: &str) -> (u16, Value) {
        let response = self.request(Method::GET, path).send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    /// The data of a GraphQL operation by anybody; errors fail the test.
    pub async fn graphql(&self, query: &str, variables: Value) -> Value {
        let answer = self.try_graphql(None, query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}: {answer}");
        answer["data"].clone()
    }

    /// The whole answer of a GraphQL operation.
    pub async fn try_graphql(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let mut request =
            self.request(Method::POST, "/graphql").json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.expect("an answer").json().await.expect("JSON")
    }

    /// A new reader, registered over REST.
    pub async fn reader(&self, name: &str) -> Person {
        Person::register(self, name).await
    }

    /// A new account with a role.
    pub async fn staff(&self, name: &str, role: &str) -> Person {
        Person::with_role(self, name, role).await
    }

    /// Takes a feed document in, as the command line does; answers how many articles are new.
    pub async fn take_in(&self, url: &str, document: &str) -> broadsheet_domain::article::ingest::Ingested {
        let document = broadsheet_api::intake::Document {
            url: Some(url.parse().expect("a feed's address")),
            name: url.to_owned(),
            content_type: None,
            bytes: document.as_bytes().to_vec(),
            hint: broadsheet_domain::source::SourceHint::default(),
            polled: false,
        };
        broadsheet_api::intake::take(self.newsroom(), document)
            .await
            .expect("the document is taken in")
            .ingested
    }

    /// Everything, as the server itself sees it.
    pub fn system(&self) -> Viewer {
        Viewer::System
    }

    /// Stops it, as SIGTERM does, and waits until it has.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(running) = self.running.take() {
            tokio::time::timeout(Duration::from_secs(60), running)
                .await
                .expect("the server drains within a minute")
                .expect("the server ends well");
        }
    }
}
