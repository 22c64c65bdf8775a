//! Live clients: server-sent events, and GraphQL over WebSocket.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::TestServer;

const PATIENCE: Duration = Duration::from_secs(20);

/// Server-sent events, one by one.
pub struct Events {
    body: std::pin::Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<bytes::Bytes>> + Send>>,
    buffer: String,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub event: String,
    /// Its id.
    pub id: String,
    /// Its data.
    pub data: Value,
}

impl Events {
    /// Opens a stream.
    pub async fn open(request: reqwest::RequestBuilder) -> Self {
        let response = request.header("accept", "text/event-stream").send().await.expect("an answer");
        assert_eq!(response.status(), 200, "opening an event stream");
        Self { body: Box::pin(response.bytes_stream()), buffer: String::new() }
    }

    /// Whether the stream ends, and ends well.
    pub async fn ended(&mut self) -> bool {
        loop {
            match tokio::time::timeout(PATIENCE, self.body.next())
                .await
                .expect("the stream ends within 20 seconds")
            {
                None => return true,
                Some(Ok(_)) => {}
                Some(Err(_)) => return false,
            }
        }
    }

    /// The next event that has data.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some((block, rest)) = self.buffer.clone().split_once("\n\n") {
                rest.clone_into(&mut self.buffer);
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|value| value.trim().to_owned())
                        .unwrap_or_default()
                };
                let data = field("data:");
                if !data.is_empty() {
                    return Event {
                        event: field("event:"),
                        id: field("id:"),
                        data: serde_json::from_str(&data).expect("JSON in an event"),
                    };
                }
                continue;
            }
            let chunk =
                tokio::time::timeout(PATIENCE, self.body.next()).await.expect("an event within 20 seconds");
            let chunk = chunk.expect("the stream goes on").expect("the stream is whole");
            self.buffer.push_str(&String::from_utf8_lossy(&chunk).replace('\r', ""));
        }
    }
}

/// A client of `graphql-transport-ws`.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects and is acknowledged.
    pub async fn connect(server: &TestServer, token: Option<&str>) -> Self {
        let url = format!("{}/graphql", server.origin.replace("http", "ws"));
        let mut request = url.into_client_request().expect("a WebSocket address");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a header"));
        let (socket, _) = tokio_tungstenite::connect_async(request).await.expect("a WebSocket");
        let mut socket = Self(socket);
        let payload = token.map(|token| json!({ "Authorization": format!("Bearer {token}") }));
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        socket
    }

    /// Sends a message.
    pub async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("the socket takes a message");
    }

    /// Starts an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        self.send(
            json!({ "id": id, "type": "subscribe", "payload": { "query": query, "variables": variables } }),
        )
        .await;
    }

    /// The code with which the server closes the socket; what it says before is passed over.
    pub async fn closed(&mut self) -> u16 {
        loop {
            let message =
                tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a close within 20 seconds");
            if let Message::Close(frame) = message.expect("a close frame").expect("the socket is whole") {
                return frame.expect("a code").code.into();
            }
        }
    }

    /// The next message that is no ping.
    pub async fn next(&mut self) -> Value {
        loop {
            let message =
                tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a message within 20 seconds");
            match message.expect("the socket stays open").expect("the socket is whole") {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).expect("JSON");
                    if message["type"] != "ping" && message["type"] != "pong" {
                        return message;
                    }
                }
                Message::Close(frame) => panic!("the socket was closed: {frame:?}"),
                _ => {}
            }
        }
    }
}
