//! Clients that others generated, unedited, against the running server. They need Node and Python; where one is missing
//! this says so loudly, and fails under `CI=true`.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use broadsheet_tests::{Backend, TestServer};
use tokio::process::Command;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

async fn answers(program: &str) -> bool {
    let version =
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().await;
    version.is_ok_and(|status| status.success())
}

async fn run(folder_name: &str, needs: &[&str], arguments: &[&str]) {
    for program in needs {
        if !answers(program).await {
            let message = format!(
                "the clients in tests/clients/{folder_name} did NOT run: there is no {program} on this machine"
            );
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
            eprintln!("\n*** {message} ***\n");
            return;
        }
    }
    let server = TestServer::start(Backend::Sqlite).await.expect("SQLite is always there");
    broadsheet_api::demo::take_in(&server.app).await.expect("the demo edition");
    let mut command = Command::new("bash");
    command.arg("run.sh").arg(&server.origin).args(arguments).current_dir(folder(folder_name));
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.expect("bash runs");
    let said =
        format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "tests/clients/{folder_name}/run.sh failed:\n{said}");
    println!("{said}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typescript_and_the_audits_of_graphql_over_http() {
    run("node", &["node", "npm"], &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-client");
    run("python", &["python3"], &[target.to_str().expect("a path in UTF-8")]).await;
}
