//! The protocol to the letter, by a real client on a real socket.

use axum::{Extension, Router};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, protocol::Role};
use tokio_tungstenite::{WebSocketStream, client_async};
use tokio_util::sync::CancellationToken;

use super::super::Limits;
use super::super::trial::router;
use super::*;
use crate::listen::Draining;

/// Longer than any test: what waits for it is stopped by something else.
const ENDLESS: &str = "subscription { ticks(ms: 60000) }";

async fn soon<T>(waited: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(5), waited).await.expect("it takes too long")
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A connection that sends each message at once.
async fn dial(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

struct Client(WebSocketStream<TcpStream>);

impl Client {
    async fn connect(address: SocketAddr, headers: &[(&'static str, &str)]) -> Self {
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", PROTOCOL.parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, response) = client_async(request, dial(address).await).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], PROTOCOL);
        Self(socket)
    }

    /// Shakes hands by itself, because the client of the library gives up where no subprotocol is agreed on.
    async fn with_protocol_header(address: SocketAddr, header: &str) -> Self {
        let mut stream = dial(address).await;
        let head = format!(
            "GET /graphql HTTP/1.1\r\nhost: {address}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{header}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        let answer = String::from_utf8(answer).unwrap().to_ascii_lowercase();
        assert!(answer.starts_with("http/1.1 101 "), "{answer}");
        assert!(!answer.contains("sec-websocket-protocol"), "{answer}");
        Self(WebSocketStream::from_raw_socket(stream, Role::Client, None).await)
    }

    /// An acknowledged connection to `address`.
    async fn ready(address: SocketAddr) -> Self {
        let mut client = Self::connect(address, &[]).await;
        client.init(&json!({})).await;
        client
    }

    /// An acknowledged connection to a server of its own.
    async fn within(limits: Limits) -> Self {
        Self::ready(serve(router(limits)).await).await
    }

    async fn init(&mut self, payload: &Value) {
        self.say(&json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(self.hear().await, json!({"type": "connection_ack"}));
    }

    async fn send(&mut self, frame: tungstenite::Message) {
        self.0.send(frame).await.unwrap();
    }

    async fn say(&mut self, message: &Value) {
        self.send(tungstenite::Message::text(message.to_string())).await;
    }

    async fn start(&mut self, id: &str, query: &str) {
        self.say(&json!({"type": "subscribe", "id": id, "payload": {"query": query}})).await;
    }

    async fn complete(&mut self, id: &str) {
        self.say(&json!({"type": "complete", "id": id})).await;
    }

    /// The next frame, signs of life left out.
    async fn frame(&mut self) -> tungstenite::Message {
        loop {
            let frame = self.0.next().await.expect("the connection has ended without a close frame").unwrap();
            if !frame.is_ping() {
                return frame;
            }
        }
    }

    async fn hear(&mut self) -> Value {
        let frame = soon(self.frame()).await;
        let tungstenite::Message::Text(text) = frame else { panic!("not a message: {frame:?}") };
        serde_json::from_str(&text).unwrap()
    }

    async fn hear_until(&mut self, last: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut said = vec![self.hear().await];
        let rest = async {
            while !said.last().is_some_and(&last) {
                said.push(self.hear().await);
            }
        };
        soon(rest).await;
        said
    }

    /// All messages until an operation is over.
    async fn hear_out(&mut self, id: &str) -> Vec<Value> {
        self.hear_until(|said| said["id"] == id && said["type"] != "next").await
    }

    async fn run(&mut self, id: &str, query: &str) -> Vec<Value> {
        self.start(id, query).await;
        self.hear_out(id).await
    }

    /// All messages until the server has acted on everything that was sent.
    async fn catch_up(&mut self) -> Vec<Value> {
        self.say(&json!({"type": "ping", "payload": {"mark": 1}})).await;
        let mut said = self.hear_until(|said| *said == json!({"type": "pong", "payload": {"mark": 1}})).await;
        said.pop();
        said
    }

    /// All messages until the connection closes, and how it does: code and reason.
    async fn hear_to_the_end(&mut self) -> (Vec<Value>, String) {
        let mut said = Vec::new();
        loop {
            match self.frame().await {
                tungstenite::Message::Text(text) => said.push(serde_json::from_str(&text).unwrap()),
                tungstenite::Message::Close(Some(end)) => {
                    return (said, format!("{} {}", end.code, end.reason));
                }
                other => panic!("neither a message nor a reason to close: {other:?}"),
            }
        }
    }

    /// Nothing more is said, and the connection closes with this code and a reason that begins so.
    async fn closes(&mut self, how: &str) {
        let (said, end) = soon(self.hear_to_the_end()).await;
        assert!(said.is_empty() && end.starts_with(how), "{said:?}, then {end}; not {how}");
    }
}

fn next(id: &str, data: &Value) -> Value {
    json!({"type": "next", "id": id, "payload": {"data": data}})
}

fn completed(id: &str) -> Value {
    json!({"type": "complete", "id": id})
}

/// What the only message of a refused operation says: the extensions of its first error.
fn refusal(id: &str, said: &[Value]) -> Value {
    assert_eq!((said.len(), &said[0]["type"], &said[0]["id"]), (1, &json!("error"), &json!(id)), "{said:?}");
    let errors = said[0]["payload"].as_array().expect("an array of errors");
    assert!(errors[0]["message"].is_string(), "{said:?}");
    errors[0]["extensions"].clone()
}

#[tokio::test]
async fn speaks_its_subprotocol_only() {
    let address = serve(router(Limits::default())).await;
    for header in ["", "sec-websocket-protocol: graphql-ws\r\n", "sec-websocket-protocol: soap, wamp\r\n"] {
        let mut client = Client::with_protocol_header(address, header).await;
        client.closes("4406 Subprotocol not acceptable").await;
    }
    let several = [("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")];
    Client::connect(address, &several).await.init(&json!({})).await;
}

#[tokio::test]
async fn wants_one_initialisation_in_time_and_before_operations() {
    let limits = Limits { init_timeout: Duration::from_millis(100), ..Limits::default() };
    let address = serve(router(limits)).await;
    let mut silent = Client::connect(address, &[]).await;
    silent.closes("4408 Connection initialisation timeout").await;
    let mut early = Client::connect(address, &[]).await;
    early.start("1", "{ hello }").await;
    early.closes("4401 Unauthorized").await;
    let mut twice = Client::ready(address).await;
    assert_eq!(twice.run("1", "{ pause(ms: 200) }").await.last(), Some(&completed("1")));
    twice.say(&json!({"type": "connection_init"})).await;
    twice.closes("4429 Too many initialisation requests").await;
}

#[tokio::test]
async fn lets_bad_credentials_in_by_neither_way() {
    let address = serve(router(Limits::default())).await;
    let mut by_payload = Client::connect(address, &[]).await;
    by_payload.say(&json!({"type": "connection_init", "payload": {"token": "bad"}})).await;
    let mut by_header = Client::connect(address, &[("authorization", "Bearer bad")]).await;
    by_header.say(&json!({"type": "connection_init"})).await;
    for mut client in [by_payload, by_header] {
        client.closes("4403 Forbidden").await;
    }
}

#[tokio::test]
async fn knows_who_asks_by_payload_or_header() {
    let address = serve(router(Limits::default())).await;
    for (header, payload, name) in [
        ("", json!({"Authorization": "Bearer ann"}), json!("ann")),
        ("Bearer bob", json!({}), json!("bob")),
        ("Bearer bob", json!({"token": "ann"}), json!("ann")),
        ("", json!(null), json!(null)),
    ] {
        let headers = [("authorization", header)];
        let mut client = Client::connect(address, &headers[usize::from(header.is_empty())..]).await;
        client.init(&payload).await;
        assert_eq!(client.run("1", "{ who }").await[0], next("1", &json!({"who": name})));
    }
}

#[tokio::test]
async fn closes_on_what_is_no_message() {
    let address = serve(router(Limits::default())).await;
    for text in [
        "hello",
        r#"{"type":"start","id":"1","payload":{"query":"{ hello }"}}"#,
        r#"{"type":"next","id":"1","payload":{"data":{}}}"#,
        r#"{"type":"subscribe","payload":{"query":"{ hello }"}}"#,
        r#"{"type":"subscribe","id":"","payload":{"query":"{ hello }"}}"#,
        r#"{"type":"subscribe","id":"1"}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":null}}"#,
        r#"{"type":"complete"}"#,
    ] {
        let mut client = Client::ready(address).await;
        client.send(tungstenite::Message::text(text)).await;
        client.closes("4400 Invalid message").await;
    }
    let mut client = Client::ready(address).await;
    client.send(tungstenite::Message::binary(br#"{"type":"ping"}"#.to_vec())).await;
    client.closes("4400 ").await;
}

#[tokio::test]
async fn closes_on_a_second_operation_of_one_id() {
    let address = serve(router(Limits::default())).await;
    for running in [ENDLESS, "{ pause(ms: 60000) }"] {
        let mut client = Client::ready(address).await;
        client.start("one", running).await;
        client.start("one", "{ hello }").await;
        client.closes("4409 Subscriber for one already exists").await;
    }
}

#[tokio::test]
async fn runs_queries_mutations_and_subscriptions_under_an_id_that_is_free_again() {
    let mut client = Client::within(Limits::default()).await;
    for (query, results) in [
        ("{ hello }", vec![json!({"hello": "world"})]),
        ("mutation { bump }", vec![json!({"bump": 1})]),
        ("mutation { bump }", vec![json!({"bump": 2})]),
        ("subscription { count(to: 2) }", vec![json!({"count": 1}), json!({"count": 2})]),
        ("subscription { count(to: 0) }", vec![]),
    ] {
        let nexts = results.iter().map(|data| next("1", data));
        let expected: Vec<_> = nexts.chain([completed("1")]).collect();
        assert_eq!(client.run("1", query).await, expected, "{query}");
    }
    let query = "query Wait($ms: Int!) { pause(ms: $ms) } query Other { hello }";
    let payload = json!({"query": query, "operationName": "Wait", "variables": {"ms": 90}});
    client.say(&json!({"type": "subscribe", "id": "slow", "payload": payload})).await;
    // Operations are answered as they finish.
    assert_eq!(client.run("fast", "{ hello }").await.last(), Some(&completed("fast")));
    assert_eq!(client.hear_out("slow").await, [next("slow", &json!({"pause": 90})), completed("slow")]);
}

#[tokio::test]
async fn tells_of_invalid_documents_by_one_error_message() {
    let mut client = Client::within(Limits::default()).await;
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($a: Int!) { pause(ms: $a) }", "BAD_USER_INPUT"),
    ] {
        let said = client.run("1", query).await;
        assert_eq!(refusal("1", &said)["code"], code, "{query}");
        assert!(client.catch_up().await.is_empty(), "{query}");
    }
    assert_eq!(client.run("1", "{ hello }").await.len(), 2);
}

#[tokio::test]
async fn tells_of_failed_fields_beside_the_data() {
    let mut client = Client::within(Limits::default()).await;
    let said = client.run("1", "{ hello broken }").await;
    assert_eq!((said.len(), &said[0]["type"], &said[1]), (2, &json!("next"), &completed("1")));
    assert_eq!(said[0]["payload"]["data"], json!({"hello": "world", "broken": null}));
    assert_eq!(said[0]["payload"]["errors"][0]["path"], json!(["broken"]));
}

#[tokio::test]
async fn sends_nothing_of_a_subscription_that_the_client_completed() {
    let mut client = Client::within(Limits::default()).await;
    client.start("1", "subscription { ticks(ms: 1) }").await;
    assert_eq!(client.hear().await, next("1", &json!({"ticks": 1})));
    client.complete("1").await;
    // What was under way may come before the server knows.
    let late = client.catch_up().await;
    assert!(late.iter().all(|message| message["type"] == "next"), "{late:?}");
    assert_eq!(client.run("2", "{ pause(ms: 30) }").await.len(), 2);

    // Nor where its frames wait already, and its id is in use again.
    client.start("1", "subscription { count(to: 100000) }").await;
    client.hear().await;
    client.complete("1").await;
    client.say(&json!({"type": "ping"})).await;
    client.start("1", "{ pause(ms: 30) }").await;
    client.hear_until(|said| said["type"] == "pong").await;
    assert_eq!(client.hear_out("1").await, [next("1", &json!({"pause": 30})), completed("1")]);
}

#[tokio::test]
async fn sends_no_result_of_a_query_that_the_client_completed() {
    let mut client = Client::within(Limits::default()).await;
    client.start("1", "{ pause(ms: 20) }").await;
    client.complete("1").await;
    assert_eq!(client.run("2", "{ pause(ms: 60) }").await.len(), 2);
    // What is over or unknown can be completed as well.
    for id in ["1", "2", "never"] {
        client.complete(id).await;
    }
    assert!(client.catch_up().await.is_empty());
}

#[tokio::test]
async fn answers_pings_and_takes_pongs_at_any_time() {
    let mut client = Client::connect(serve(router(Limits::default())).await, &[]).await;
    for acknowledged in [false, true] {
        if acknowledged {
            client.say(&json!({"type": "connection_init"})).await;
            assert_eq!(client.hear().await, json!({"type": "connection_ack"}));
        }
        client.say(&json!({"type": "pong"})).await;
        client.say(&json!({"type": "pong", "payload": {"a": 1}})).await;
        for bare in [json!({"type": "ping"}), json!({"type": "ping", "payload": null})] {
            client.say(&bare).await;
            assert_eq!(client.hear().await, json!({"type": "pong"}));
        }
        client.say(&json!({"type": "ping", "payload": {"at": [1, "two"]}})).await;
        assert_eq!(client.hear().await, json!({"type": "pong", "payload": {"at": [1, "two"]}}));
    }
}

#[tokio::test]
async fn bounds_operations_documents_and_time_by_error_messages() {
    let timeout = Duration::from_millis(100);
    let mut client = Client::within(Limits { operations: 1, depth: 1, timeout, ..Limits::default() }).await;
    let deep = refusal("1", &client.run("1", "{ article { headline } }").await);
    assert_eq!((&deep["code"], &deep["limit"]), (&json!("LIMIT_EXCEEDED"), &json!("depth")));
    assert_eq!(refusal("1", &client.run("1", "{ slow }").await)["code"], "TIMEOUT");
    client.start("1", ENDLESS).await;
    let many = refusal("2", &client.run("2", "{ hello }").await);
    assert_eq!((&many["code"], &many["limit"]), (&json!("LIMIT_EXCEEDED"), &json!("operations")));
    client.complete("1").await;
    assert_eq!(client.run("2", "{ hello }").await.len(), 2);
}

#[tokio::test]
async fn closes_on_a_message_that_is_too_long() {
    let mut client = Client::within(Limits { body_bytes: 500, ..Limits::default() }).await;
    let padded = |length: usize| tungstenite::Message::text(format!("{:<length$}", r#"{"type":"ping"}"#));
    client.send(padded(500)).await;
    assert_eq!(client.hear().await, json!({"type": "pong"}));
    client.send(padded(501)).await;
    client.closes("1009 ").await;
}

#[tokio::test]
async fn closes_when_the_credentials_run_out() {
    let mut client = Client::connect(serve(router(Limits::default())).await, &[]).await;
    client.init(&json!({"token": "brief"})).await;
    client.start("endless", ENDLESS).await;
    assert_eq!(client.run("1", "{ hello }").await.len(), 2);
    client.closes("4403 Forbidden").await;
}

#[tokio::test]
async fn tells_of_a_panic_and_lives_on() {
    let mut client = Client::within(Limits::default()).await;
    let said = client.run("1", "{ panics }").await;
    assert_eq!(refusal("1", &said)["code"], "INTERNAL");
    assert!(!said[0].to_string().contains("as asked"), "{said:?}");
    assert!(client.catch_up().await.is_empty());
    assert_eq!(client.run("1", "{ hello }").await.len(), 2);
}

#[tokio::test]
async fn finishes_queries_for_a_while_and_cuts_subscriptions_when_it_drains() {
    let drain = CancellationToken::new();
    let server = |drain_grace: Duration| {
        let router = router(Limits { drain_grace, ..Limits::default() });
        serve(router.layer(Extension(Draining(drain.clone()))))
    };
    let (patient, hasty) = (server(Duration::from_secs(50)).await, server(Duration::from_millis(30)).await);
    let (mut idle, mut busy) = (Client::ready(patient).await, Client::ready(patient).await);
    busy.start("ticks", "subscription { ticks(ms: 5) }").await;
    busy.start("query", "{ pause(ms: 200) }").await;
    busy.catch_up().await;
    let mut stuck = Client::ready(hasty).await;
    stuck.start("1", "{ pause(ms: 60000) }").await;
    stuck.catch_up().await;
    drain.cancel();
    for client in [&mut idle, &mut stuck] {
        client.closes("1012 Service restart").await;
    }
    let (said, end) = soon(busy.hear_to_the_end()).await;
    assert_eq!(end, "1012 Service restart");
    let (of_ticks, of_query): (Vec<_>, Vec<_>) = said.into_iter().partition(|said| said["id"] == "ticks");
    assert_eq!(of_query, [next("query", &json!({"pause": 200})), completed("query")]);
    assert!(of_ticks.iter().all(|said| said["type"] == "next"), "{of_ticks:?}");
}

#[tokio::test]
async fn keeps_a_connection_that_answers_and_drops_one_that_does_not() {
    let limits = Limits { keep_alive: Duration::from_millis(20), ..Limits::default() };
    let mut client = Client::within(limits).await;
    // The library answers each ping when it reads on.
    for _ in 0..5 {
        let frame = soon(client.0.next()).await.unwrap().unwrap();
        assert!(frame.is_ping(), "{frame:?}");
    }
    assert_eq!(client.run("1", "{ hello }").await.len(), 2);
    let mut unanswered = Vec::new();
    soon(client.0.get_mut().read_to_end(&mut unanswered)).await.unwrap();
    assert!(unanswered.chunks(2).all(|frame| frame == [0x89, 0]), "not only empty pings: {unanswered:?}");
}

#[tokio::test]
async fn lets_a_client_leave() {
    let mut client = Client::within(Limits::default()).await;
    client.start("1", ENDLESS).await;
    let code = tungstenite::protocol::frame::coding::CloseCode::Normal;
    client.0.close(Some(tungstenite::protocol::CloseFrame { code, reason: "".into() })).await.unwrap();
    client.closes("1000 ").await;
    assert!(soon(client.0.next()).await.is_none());
}
