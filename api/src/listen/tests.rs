//! Slow, idle and greedy clients, as raw sockets.

use axum::body::Bytes;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;

use super::*;

const SHORT: Duration = Duration::from_millis(150);

fn settings() -> ListenSettings {
    ListenSettings {
        header_timeout: SHORT,
        body_timeout: SHORT,
        idle_timeout: SHORT,
        write_timeout: SHORT,
        max_connections_per_address: 2,
        drain_timeout: Duration::from_secs(5),
        ..ListenSettings::default()
    }
}

struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    done: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn start(app: Router, settings: ListenSettings) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let done = tokio::spawn(serve(listener, app, settings, async move { drop(stopped.await) }));
    Running { address, stop: Some(stop), done }
}

/// What the server says until it closes.
async fn until_closed(mut socket: TcpStream) -> String {
    let mut said = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut said)).await;
    assert!(closed.is_ok(), "the server keeps the connection open");
    String::from_utf8_lossy(&said).into_owned()
}

async fn connected(running: &Running, bytes: &str) -> TcpStream {
    let mut socket = TcpStream::connect(running.address).await.unwrap();
    socket.write_all(bytes.as_bytes()).await.unwrap();
    socket
}

fn app() -> Router {
    let slow = || async {
        tokio::time::sleep(SHORT * 3).await;
        "slow but here"
    };
    let endless = || async {
        let stream =
            futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 65_536])));
        axum::body::Body::from_stream(stream)
    };
    let quiet = || async {
        let stream = futures_util::stream::unfold(0, |n| async move {
            tokio::time::sleep(SHORT * 3).await;
            (n < 2).then_some((Ok::<_, std::io::Error>("tick\n"), n + 1))
        });
        axum::body::Body::from_stream(stream)
    };
    Router::new()
        .route("/", get(|| async { "hello" }).post(|body: Bytes| async move { body.len().to_string() }))
        .route("/slow", get(slow))
        .route("/endless", get(endless))
        .route("/quiet", get(quiet))
        .route("/post", post(|body: Bytes| async move { body.len().to_string() }))
}

#[tokio::test]
async fn slow_headers_slow_bodies_and_idlers_are_cut() {
    let running = start(app(), settings()).await;
    until_closed(connected(&running, "GET / HTT").await).await;
    let said =
        until_closed(connected(&running, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nab").await)
            .await;
    assert!(!said.contains("200 OK"), "{said}");
    let said = until_closed(connected(&running, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await).await;
    assert!(said.contains("hello"), "{said}");
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut() {
    let running = start(app(), settings()).await;
    let mut socket = connected(&running, "GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await;
    tokio::time::sleep(SHORT * 6).await;
    // Everything that was in flight can be read, then the connection ends.
    let mut sink = vec![0; 1 << 20];
    let ended = async { while !matches!(socket.read(&mut sink).await, Ok(0) | Err(_)) {} };
    assert!(tokio::time::timeout(Duration::from_secs(5), ended).await.is_ok());
}

#[tokio::test]
async fn a_quiet_answer_is_not_cut() {
    let running = start(app(), settings()).await;
    let said = until_closed(
        connected(&running, "GET /quiet HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await,
    )
    .await;
    assert_eq!(said.matches("tick").count(), 2, "{said}");
}

#[tokio::test]
async fn an_address_has_a_cap() {
    let wide = ListenSettings {
        idle_timeout: Duration::from_secs(30),
        header_timeout: Duration::from_secs(30),
        ..settings()
    };
    let running = start(app(), wide).await;
    let _first = connected(&running, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let _second = connected(&running, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let mut third = TcpStream::connect(running.address).await.unwrap();
    let mut byte = [0; 1];
    let read = tokio::time::timeout(Duration::from_secs(5), third.read(&mut byte)).await.unwrap();
    assert!(matches!(read, Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_drain_lets_requests_in_flight_finish() {
    let mut running = start(app(), settings()).await;
    let socket = connected(&running, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await;
    tokio::time::sleep(SHORT).await;
    running.stop.take().unwrap().send(()).unwrap();
    assert!(until_closed(socket).await.contains("slow but here"));
    assert!(tokio::time::timeout(Duration::from_secs(5), running.done).await.unwrap().unwrap().is_ok());
    assert!(TcpStream::connect(running.address).await.is_err());
}
