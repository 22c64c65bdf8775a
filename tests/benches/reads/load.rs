//! Load over the loopback: plain HTTP/1.1 on connections that stay open, as little work for each request as can be.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server::Served;

/// One request, ready to be sent.
#[derive(Clone)]
pub struct Case(Vec<u8>);

impl Case {
    /// A read.
    #[expect(clippy::needless_pass_by_value, reason = "made to be written")]
    pub fn get(path: String) -> Self {
        Self(format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n").into_bytes())
    }

    /// A GraphQL operation.
    #[expect(clippy::needless_pass_by_value, reason = "made to be written")]
    pub fn post(body: Value) -> Self {
        Self::body("/graphql", "", &body.to_string())
    }

    /// A new comment.
    pub fn comment(article: &str, token: &str) -> Self {
        let path = format!("/v1/articles/{article}/comments");
        Self::body(
            &path,
            &format!("authorization: Bearer {token}\r\n"),
            r#"{"body":"It was *so* windy that day."}"#,
        )
    }

    fn body(path: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n"
        );
        Self((head + body).into_bytes())
    }
}

/// What was measured.
pub struct Figure {
    pub name: String,
    /// Of one answer's body.
    pub bytes: usize,
    pub per_second: f64,
    /// Requests a second in relation to the static handler's.
    pub of_static: f64,
    /// Milliseconds that half of the answers, and 95 of 100, took at most, asked for one after the other.
    pub latency: (f64, f64),
}

/// Measures a case, and right after it the static handler with the same bytes.
pub async fn measure(
    served: &Served,
    name: &str,
    cases: Vec<Case>,
    during: Duration,
    connections: usize,
) -> Figure {
    let mut probe = Connection::open(served.address).await;
    let body = probe.ask(&cases[0]).await;
    served.keep("bytes", body.clone()).await;
    let per_second = rate(served.address, cases.clone(), during, connections).await;
    let statics = rate(served.statics, vec![Case::get("/bytes".to_owned())], during, connections).await;
    let latency = latency(&mut probe, &cases, during / 3).await;
    let of_static = per_second / statics;
    Figure { name: name.to_owned(), bytes: body.len(), per_second, of_static, latency }
}

/// How long answers take where nobody else asks.
async fn latency(connection: &mut Connection, cases: &[Case], during: Duration) -> (f64, f64) {
    let (started, mut took) = (Instant::now(), Vec::new());
    for case in cases.iter().cycle() {
        if started.elapsed() > during {
            break;
        }
        let asked = Instant::now();
        connection.ask(case).await;
        took.push(asked.elapsed());
    }
    took.sort_unstable();
    let millis = |at: usize| took.get(at).map_or(0.0, |took| took.as_secs_f64() * 1_000.0);
    (millis(took.len() / 2), millis(took.len() * 95 / 100))
}

/// Requests a second; each request is the next of `cases`, and only successes count.
async fn rate(address: SocketAddr, cases: Vec<Case>, during: Duration, connections: usize) -> f64 {
    let (cases, next, done) = (Arc::new(cases), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let started = Instant::now();
    let workers: Vec<_> = (0..connections)
        .map(|_| {
            let (cases, next, done) = (Arc::clone(&cases), Arc::clone(&next), Arc::clone(&done));
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await;
                while started.elapsed() < during {
                    let case = &cases[next.fetch_add(1, Ordering::Relaxed) % cases.len()];
                    connection.ask(case).await;
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("a connection works to the end");
    }
    let requests = u32::try_from(done.load(Ordering::Relaxed)).expect("fewer than four thousand million");
    f64::from(requests) / started.elapsed().as_secs_f64()
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server accepts");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, buffer: Vec::with_capacity(65_536) }
    }

    /// Sends a request and reads its whole answer; its body.
    async fn ask(&mut self, case: &Case) -> Vec<u8> {
        self.stream.write_all(&case.0).await.expect("the server reads");
        self.buffer.clear();
        let head = loop {
            self.more().await;
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).expect("a head in ASCII");
        assert!(text.starts_with("HTTP/1.1 2"), "{text}");
        let lower = text.to_ascii_lowercase();
        let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let length: usize = length.expect("a content-length").parse().expect("a number");
        while self.buffer.len() < head + length {
            self.more().await;
        }
        self.buffer[head..head + length].to_vec()
    }

    async fn more(&mut self) {
        let read = self.stream.read_buf(&mut self.buffer).await.expect("the server answers");
        assert!(read > 0, "the server closed the connection");
    }
}
