//! The server under measurement, in a process of its own: Broadsheet on one port, static bytes on another.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, RwLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as Name, State};
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use broadsheet_api::App;
use broadsheet_api::config::{Config, Flags};
use broadsheet_domain::clock::SystemClock;
use broadsheet_domain::id::IdSource;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child as Process, Command};

/// The configuration of a run: the defaults, but for limits that would be measured instead of the server.
pub fn configuration(directory: &Path, database_url: Option<&str>, listen: Option<SocketAddr>) -> Config {
    let flags = Flags {
        data_dir: Some(directory.to_owned()),
        listen,
        database_url: database_url.map(ToOwned::to_owned),
    };
    let mut config = Config::load(None, &flags).unwrap();
    config.intake.poll = false;
    config.comments.per_minute = 1_000_000;
    config.comments.per_minute_per_address = 1_000_000;
    "off".clone_into(&mut config.log.filter);
    config
}

/// Whether answers to anonymous readers are kept (the default) or computed each time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    Kept,
    Computed,
}

/// What the child process is told.
pub struct Child {
    answers: Answers,
    directory: PathBuf,
    database_url: Option<String>,
}

impl Child {
    /// `--serve kept|computed DIRECTORY [URL]`.
    pub fn from_arguments() -> Option<Self> {
        let mut arguments = std::env::args().skip_while(|argument| argument != "--serve").skip(1);
        let answers = if arguments.next()? == "kept" { Answers::Kept } else { Answers::Computed };
        let directory = arguments.next()?.into();
        Some(Self { answers, directory, database_url: arguments.next().filter(|url| url.contains("://")) })
    }

    /// Serves until the parent is gone; says first where.
    pub async fn serve(self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let statics = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{address} {}", statics.local_addr().unwrap());
        let mut config = configuration(&self.directory, self.database_url.as_deref(), Some(address));
        if self.answers == Answers::Computed {
            config.cache.answer_bytes = 0;
        }
        let clock = Arc::new(SystemClock);
        let app = App::open(config, clock.clone(), IdSource::random(clock)).await.unwrap();
        tokio::spawn(async move { axum::serve(statics, static_bytes()).await });
        let (gone, parent_is_gone) = tokio::sync::oneshot::channel::<()>();
        std::thread::spawn(move || {
            std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
            drop(gone);
        });
        let parent_is_gone = async move { drop(parent_is_gone.await) };
        broadsheet_api::serve::serve(app, listener, parent_is_gone).await.unwrap();
    }
}

type Kept = Arc<RwLock<HashMap<String, Bytes>>>;

/// What axum can do with bytes that are there already.
fn static_bytes() -> Router {
    let read = |State(kept): State<Kept>, Name(name): Name<String>| async move {
        let bytes = kept.read().unwrap().get(&name).cloned().unwrap_or_default();
        ([(CONTENT_TYPE, "application/json")], bytes)
    };
    let keep = |State(kept): State<Kept>, Name(name): Name<String>, bytes: Bytes| async move {
        kept.write().unwrap().insert(name, bytes);
    };
    Router::new().route("/{name}", get(read).put(keep)).with_state(Kept::default())
}

/// The running child.
pub struct Served {
    process: Process,
    /// Broadsheet.
    pub address: SocketAddr,
    /// The static bytes.
    pub statics: SocketAddr,
    client: reqwest::Client,
}

impl Served {
    /// Starts it.
    pub async fn start(directory: &Path, database_url: Option<&str>, answers: Answers) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let answers = if answers == Answers::Kept { "kept" } else { "computed" };
        command.args(["--serve", answers]).arg(directory).args(database_url);
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
        let (address, statics) = line.trim().split_once(' ').expect("the child says where it listens");
        let client = reqwest::Client::builder().build().unwrap();
        let served =
            Self { process, address: address.parse().unwrap(), statics: statics.parse().unwrap(), client };
        for _ in 0..400 {
            if served
                .client
                .get(format!("http://{address}/readyz"))
                .send()
                .await
                .is_ok_and(|answer| answer.status() == 200)
            {
                return served;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the server did not become ready");
    }

    /// Keeps bytes for the static handler.
    pub async fn keep(&self, name: &str, bytes: Vec<u8>) {
        self.client.put(format!("http://{}/{name}", self.statics)).body(bytes).send().await.unwrap();
    }

    /// The cursor after so many of the newest articles that `filter` (`&name=value`) lets through.
    pub async fn cursor_after(&self, filter: &str, articles: usize) -> String {
        let (mut cursor, mut passed) = (String::new(), 0);
        while passed < articles {
            let limit = (articles - passed).min(200);
            let from = if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") };
            let url = format!("http://{}/v1/articles?limit={limit}&fields=id{filter}{from}", self.address);
            let page: Value = self.client.get(url).send().await.unwrap().json().await.unwrap();
            page["page"]["next"].as_str().expect("the list goes on").clone_into(&mut cursor);
            passed += limit;
        }
        cursor
    }

    /// Access tokens of new readers.
    pub async fn readers(&self, count: usize) -> Vec<String> {
        let mut tokens = Vec::new();
        for number in 0..count {
            let email = format!("{number}-{}@bench.example", uuid::Uuid::new_v4().simple());
            let body = json!({ "email": email, "name": "Reader", "password": "a long password" });
            let url = format!("http://{}/v1/auth/register", self.address);
            let session: Value =
                self.client.post(url).json(&body).send().await.unwrap().json().await.unwrap();
            tokens.push(session["access_token"].as_str().unwrap().to_owned());
        }
        tokens
    }

    /// Stops it.
    pub async fn stop(mut self) {
        drop(self.process.stdin.take());
        self.process.wait().await.unwrap();
    }
}
