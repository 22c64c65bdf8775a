//! The binary itself: what a stranger types, and what must happen.
#![expect(clippy::unwrap_used, reason = "tests fail loudly")]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

fn broadsheet(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_broadsheet"));
    command.env_remove("BROADSHEET_DATABASE_URL").arg("--data-dir").arg(data).stdin(Stdio::null());
    command
}

fn run(data: &Path, arguments: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = broadsheet(data).args(arguments).output().unwrap();
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

/// A server that is stopped with the test.
struct Serving {
    process: Child,
    greeting: String,
    /// What it says later; it would fail to say it to nobody.
    _said: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Serving {
    fn start(data: &Path, arguments: &[&str]) -> Self {
        let mut command = broadsheet(data);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut greeting = String::new();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        for line in said.by_ref().lines().map_while(Result::ok) {
            writeln!(greeting, "{line}").unwrap();
            if line.starts_with("Stop with") {
                break;
            }
        }
        let address = greeting.split("http://").nth(1).and_then(|rest| rest.split([',', '\n', '/']).next());
        let address = address.unwrap_or_else(|| panic!("it did not greet: {greeting}")).parse().unwrap();
        Self { process, greeting, _said: said, address }
    }

    fn get(&self, path: &str) -> String {
        let mut socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Stops it as an operator does.
    fn terminate(mut self) -> bool {
        let told = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(told.success());
        self.process.wait().unwrap().success()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill(); // it has ended already where the test ended it
        let _ = self.process.wait();
    }
}

/// A publisher's server: answers every request with one feed.
fn publisher(feed: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut socket in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 4_096];
            let _ = socket.read(&mut request); // whatever is asked
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                feed.len()
            );
            let _ = socket.write_all((head + &feed).as_bytes()); // a client that has gone is no concern
        }
    });
    origin
}

fn feed(title: &str, items: &[&str]) -> String {
    let item = |item: &&str| {
        format!(
            "<item><title>{item}</title><link>https://paper.example/{item}</link><description>About {item}.</description></item>"
        )
    };
    let items: String = items.iter().map(item).collect::<Vec<_>>().concat();
    format!(
        "<rss version=\"2.0\"><channel><title>{title}</title><link>https://paper.example/</link>{items}</channel></rss>"
    )
}

#[test]
fn the_demo_edition_is_served_and_kept() {
    let data = tempfile::tempdir().unwrap();
    let serving = Serving::start(data.path(), &["--demo"]);
    for expected in [
        "28 new articles, 16 new comments",
        "/docs",
        "/graphiql",
        "curl 'http://127.0.0.1",
        "\"query\"",
        "ann@readers.example",
    ] {
        assert!(serving.greeting.contains(expected), "`{expected}` is not in {}", serving.greeting);
    }
    let list = serving.get("/v1/articles?limit=50&with_total=true");
    assert!(list.contains("\"total\":28"), "{list}");
    let corrected = serving.get("/v1/articles/by-url?url=https://harbour-courier.example/local/2026/11/23/merrow-gate-holds&include=revisions,body,media,comments");
    assert!(corrected.contains("\"revision\":2") && corrected.contains("Correction"), "{corrected}");
    assert!(!corrected.contains("ADVERTISEMENT") && !corrected.contains("feedburner"), "{corrected}");
    assert!(serving.get("/v1/articles?language=ar&limit=1").contains("\"direction\":\"rtl\""));
    assert!(serving.get("/v1/articles?limit=50&include=media").contains("\"duration_ms\":6000"));
    assert!(serving.get("/demo/media/logo-harbour-courier.svg").contains("<svg"));
    assert!(serving.terminate(), "it ends well when told to");

    let again = Serving::start(data.path(), &["--demo"]);
    assert!(again.greeting.contains("here already"), "{}", again.greeting);
    assert!(again.get("/v1/articles?with_total=true&limit=1").contains("\"total\":28"));
    assert!(
        again
            .get("/v1/articles/by-url?url=https://harbour-courier.example/local/2026/11/23/merrow-gate-holds")
            .contains("\"revision\":2")
    );
}

#[test]
fn without_a_demo_it_starts_empty_and_says_how_to_add_a_source() {
    let data = tempfile::tempdir().unwrap();
    let serving = Serving::start(data.path(), &[]);
    assert!(serving.greeting.contains("broadsheet sources add"), "{}", serving.greeting);
    assert!(serving.get("/v1/articles").contains("\"data\":[]"));
    assert!(serving.terminate());
    let kept: Vec<_> =
        std::fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(kept.contains(&"broadsheet.sqlite".into()) && kept.contains(&"keys".into()), "{kept:?}");
}

#[test]
fn a_table_says_what_became_of_each_feed_and_a_broken_one_is_a_line() {
    let (data, feeds) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(feeds.path().join("a.xml"), feed("Paper A", &["one", "two"])).unwrap();
    std::fs::write(feeds.path().join("b.json"), r#"{"version":"https://jsonfeed.org/version/1","title":"Paper B","items":[{"id":"1","content_text":"Three."}]}"#).unwrap();
    std::fs::write(feeds.path().join("c.xml"), "this is no feed").unwrap();
    let folder = feeds.path().to_str().unwrap();
    let (good, said) = run(data.path(), &["intake", folder]);
    assert!(good, "{said}");
    for expected in [
        "feed",
        "entries",
        "refused",
        "a.xml",
        "RSS 2.0",
        "JSON Feed 1",
        "no RSS, Atom or JSON feed",
        "3 feeds",
        "1 could not be read",
    ] {
        assert!(said.contains(expected), "`{expected}` is not in\n{said}");
    }
    let (_, again) = run(data.path(), &["intake", folder]);
    let sums = again
        .lines()
        .find(|line| line.contains("3 feeds"))
        .unwrap()
        .split_whitespace()
        .filter_map(|word| word.parse().ok());
    assert_eq!(sums.collect::<Vec<u32>>(), [3, 3, 0, 0, 3, 0, 1], "{again}");
    let (good, said) = run(data.path(), &["intake", &format!("{folder}/missing.xml")]);
    assert!(!good && said.contains("missing.xml"), "{said}");
}

#[test]
fn sources_are_added_from_their_address_and_listed() {
    let data = tempfile::tempdir().unwrap();
    let origin = publisher(feed("The Paper", &["one", "two"]));
    let url = format!("{origin}/feed.xml");
    let (good, said) = run(data.path(), &["sources", "add", &url]);
    assert!(!good && said.contains("127.0.0.1"), "addresses inside are refused unless allowed: {said}");
    let allowed = broadsheet(data.path())
        .env("BROADSHEET__INTAKE__ALLOW_PRIVATE", "[\"127.0.0.0/8\"]")
        .args(["sources", "add", &url])
        .output()
        .unwrap();
    assert!(allowed.status.success(), "{}", String::from_utf8_lossy(&allowed.stderr));
    let (_, listed) = run(data.path(), &["sources", "list"]);
    assert!(listed.contains("The Paper") && listed.contains("active"), "{listed}");
    let (good, said) = run(data.path(), &["sources", "add", "not an address"]);
    assert!(!good && said.contains("no http or https address"), "{said}");
}

#[test]
fn accounts_are_made_banned_and_readmitted() {
    let data = tempfile::tempdir().unwrap();
    let create = |email: &str, role: &str, password: &str| {
        let command = broadsheet(data.path())
            .env("BROADSHEET_PASSWORD", password)
            .args(["accounts", "create", email, "--role", role])
            .output()
            .unwrap();
        (
            command.status.success(),
            String::from_utf8_lossy(&[command.stdout, command.stderr].concat()).into_owned(),
        )
    };
    let (good, said) = create("mo@staff.example", "moderator", "a long password");
    assert!(
        good && said.contains("moderator") && said.contains("acc_") && !said.contains("a long password"),
        "{said}"
    );
    let (good, said) = create("x", "captain", "short");
    assert!(!good && said.contains("role"), "{said}");
    let (good, said) = create("x", "reader", "short");
    assert!(!good && said.contains("email") && said.contains("password"), "every bad field is named: {said}");
    assert!(run(data.path(), &["accounts", "ban", "mo@staff.example", "--reason", "Test."]).0);
    assert!(run(data.path(), &["accounts", "readmit", "mo@staff.example"]).0);
    assert!(!run(data.path(), &["accounts", "ban", "nobody@staff.example"]).0);
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("broadsheet.toml");
    std::fs::write(&file, "[server]\nlisten = \"127.0.0.1:0\"\ncolour = \"red\"\n").unwrap();
    let (good, said) = run(data.path(), &["serve", "--config", file.to_str().unwrap()]);
    assert!(!good && said.contains("colour"), "{said}");
    let (good, said) = run(data.path(), &["serve", "--config", "/nowhere/at/all.toml"]);
    assert!(!good && said.contains("all.toml"), "{said}");
    let (good, said) = run(data.path(), &["serve", "--database-url", "postgres://bs:hunter2@127.0.0.1:1/bs"]);
    assert!(!good && !said.contains("hunter2"), "{said}");
    for url in ["postgres://bs:hunter2/more@127.0.0.1/bs", "mysql://u:hunter2@h/d"] {
        let (good, said) = run(data.path(), &["serve", "--database-url", url]);
        assert!(!good && !said.contains("hunter2") && said.contains("percent-encoded"), "{said}");
    }
    let (good, said) = run(data.path(), &["config"]);
    assert!(good && said.contains("[comments]"));
}

/// Whoever is killed in the middle has written whole lines only, and goes on by beginning again.
#[test]
fn an_import_that_was_killed_continues() {
    let data = tempfile::tempdir().unwrap();
    let line = |number: usize| {
        format!(
            "{{\"external_id\":\"a{number}\",\"headline\":\"Archived {number}\",\"body_html\":\"<p>Text {number}.</p>\"}}\n"
        )
    };
    let lines: String = (0..1_200).map(line).collect();
    let arguments = ["import", "-", "--source", "The Archive", "--create-sources"];
    let mut process = broadsheet(data.path())
        .args(arguments)
        .arg("--verbose")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    let told = BufReader::new(process.stderr.take().unwrap());
    input.write_all(lines.as_bytes()).unwrap();
    input.flush().unwrap();
    // It waits for more: the last batch is not whole.
    assert!(told.lines().map_while(Result::ok).any(|line| line.starts_with("line 1000: created art_")));
    process.kill().unwrap();
    process.wait().unwrap();
    drop(input);

    let file = data.path().join("archive.ndjson");
    std::fs::write(&file, format!("{lines}nonsense\n")).unwrap();
    let file = file.to_str().unwrap();
    let (done, said) = run(data.path(), &["import", file, "--source", "the-archive", "--from-line", "1001"]);
    assert!(!done && said.contains("line 1201: refused: line: must be one JSON object"), "{said}");
    assert!(said.contains("201 lines: 200 created, 0 updated, 0 unchanged, 0 withdrawn, 1 refused; everything up to line 1201"), "{said}");
    std::fs::write(file, &lines).unwrap();
    let (done, said) = run(data.path(), &["import", file, "--source", "The Archive"]);
    assert!(done && said.contains("1200 lines: 0 created, 0 updated, 1200 unchanged"), "{said}");
    let (done, said) = run(data.path(), &["import", file, "--source", "nobody"]);
    assert!(!done && said.contains("there is no source with the id, slug or name `nobody`"), "{said}");
}
