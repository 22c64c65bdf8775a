//! A real PostgreSQL: one throw-away cluster a test process, a database a test.
//!
//! `BROADSHEET_TEST_POSTGRES_URL` names a server to use instead. Without either the tests say loudly that they did not run,
//! and under `CI=true` that is a failure.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Database};
use tokio::sync::OnceCell;

static ADMIN: OnceCell<Option<String>> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The address of a new, empty database; none where there is no PostgreSQL.
pub async fn new_database() -> Option<String> {
    let admin = ADMIN.get_or_init(find_server).await.clone()?;
    let name = format!("bs_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let connection = Database::connect(&admin).await.expect("the test PostgreSQL accepts connections");
    connection
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .expect("a test database can be created");
    connection.close().await.expect("the admin connection closes");
    let (base, _) = admin.rsplit_once('/').expect("the admin address names a database");
    Some(format!("{base}/{name}"))
}

async fn find_server() -> Option<String> {
    if let Ok(url) = std::env::var("BROADSHEET_TEST_POSTGRES_URL") {
        return Some(url);
    }
    let Some(bin) = find_binaries() else {
        let message = "PostgreSQL tests did NOT run: there is no initdb on this machine and no BROADSHEET_TEST_POSTGRES_URL";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
        eprintln!("\n*** {message} ***\n");
        return None;
    };
    Some(start(&bin).await)
}

fn find_binaries() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("bin"))
        .collect();
    debian.sort();
    on_path
        .chain(debian.into_iter().rev())
        .find(|directory| directory.join("initdb").exists() && directory.join("postgres").exists())
}

/// PostgreSQL refuses to run as root: then it runs as the `postgres` user.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn command(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
    command
}

#[expect(clippy::zombie_processes, reason = "the watchdog ends it with this process")]
async fn start(bin: &Path) -> String {
    let directory = tempfile::Builder::new()
        .prefix("broadsheet-postgres-")
        .tempdir_in("/tmp")
        .expect("a folder for the test PostgreSQL")
        .keep();
    if is_root() {
        let owned = Command::new("chown").arg("postgres").arg(&directory).status().expect("chown runs");
        assert!(owned.success(), "the test PostgreSQL's folder cannot be given to the postgres user");
    }
    let data = directory.join("data");
    let made = command(&bin.join("initdb"))
        .arg("-D")
        .arg(&data)
        .args(["-U", "bs", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
        .stdout(Stdio::null())
        .output()
        .expect("initdb runs");
    assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let log = std::fs::File::create(directory.join("log")).expect("a log for the test PostgreSQL");
    let mut server = command(&bin.join("postgres"));
    // Nobody keeps this data; commits stay ordered all the same.
    server.arg("-D").arg(&data).args([
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        &format!("port={port}"),
        "-c",
        "unix_socket_directories=",
    ]);
    server.args([
        "-c",
        "fsync=off",
        "-c",
        "full_page_writes=off",
        "-c",
        "max_connections=400",
        "-c",
        "shared_buffers=128MB",
    ]);
    let server =
        server.stdout(Stdio::null()).stderr(log).stdin(Stdio::null()).spawn().expect("postgres starts");
    stop_with_this_process(&server, &directory);
    let url = format!("postgres://bs@127.0.0.1:{port}/postgres");
    wait_until_it_answers(&url, &directory).await;
    url
}

/// A watchdog that lives as long as the pipe to this process: however the tests end, the server ends and its files go.
fn stop_with_this_process(server: &Child, directory: &Path) {
    let script =
        format!("cat >/dev/null; kill -QUIT {}; sleep 1; rm -rf '{}'", server.id(), directory.display());
    let watchdog = Command::new("sh")
        .arg("-c")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the watchdog starts");
    // Its standard input closes when this process ends, and not before.
    std::mem::forget(watchdog);
}

async fn wait_until_it_answers(url: &str, directory: &Path) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match Database::connect(url).await {
            Ok(connection) => {
                connection.close().await.expect("the first connection closes");
                return;
            }
            Err(error) if Instant::now() > deadline => {
                let log = std::fs::read_to_string(directory.join("log")).unwrap_or_default();
                panic!("the test PostgreSQL did not answer within a minute: {error}\n{log}");
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}
