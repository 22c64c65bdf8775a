//! The messages of the `graphql-transport-ws` protocol.
//!
//! Reads what a client sends, strictly: what is not exactly a message of the protocol closes the socket. Knows
//! nothing of the order in which messages may come.

use async_graphql::ServerError;
use serde::Serialize;
use serde_json::{Map, Value};

use super::request::{Params, kind};
use super::wire::Answer;

/// What a client may send.
#[derive(Debug)]
pub(super) enum Incoming {
    Init(Option<Map<String, Value>>),
    Ping(Option<Value>),
    Pong,
    Subscribe { id: String, params: Params },
    Complete { id: String },
}

impl Incoming {
    /// Reads a text frame. The error is the reason to close with.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let value =
            serde_json::from_str(text).map_err(|error| format!("Invalid message: not JSON: {error}"))?;
        let Value::Object(mut message) = value else {
            return Err(format!("Invalid message: an object is expected, not {}", kind(&value)));
        };
        let Some(Value::String(name)) = message.remove("type") else {
            return Err("Invalid message: the property 'type' must be a string".to_owned());
        };
        match name.as_str() {
            "connection_init" => payload(&mut message).map(Self::Init),
            "ping" => payload(&mut message).map(|payload| Self::Ping(payload.map(Value::Object))),
            "pong" => payload(&mut message).map(|_| Self::Pong),
            "subscribe" => Ok(Self::Subscribe { id: id(&mut message)?, params: params(&mut message)? }),
            "complete" => Ok(Self::Complete { id: id(&mut message)? }),
            _ => Err(format!("Invalid message: unknown type '{name}'")),
        }
    }
}

fn payload(message: &mut Map<String, Value>) -> Result<Option<Map<String, Value>>, String> {
    match message.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(other) => Err(format!("Invalid message: the payload must be an object, not {}", kind(&other))),
    }
}

fn id(message: &mut Map<String, Value>) -> Result<String, String> {
    match message.remove("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(id),
        _ => Err("Invalid message: the property 'id' must be a non-empty string".to_owned()),
    }
}

fn params(message: &mut Map<String, Value>) -> Result<Params, String> {
    let payload = message.remove("payload").unwrap_or(Value::Null);
    Params::from_json(payload).map_err(|reason| format!("Invalid message: {reason}"))
}

/// What the server sends.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Outgoing<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<&'a Value>,
    },
    Next {
        id: &'a str,
        payload: Answer<'a>,
    },
    Error {
        id: &'a str,
        payload: &'a [ServerError],
    },
    Complete {
        id: &'a str,
    },
}

#[cfg(test)]
mod tests {
    use super::super::wire::json;
    use super::*;

    #[test]
    fn reads_the_messages_of_a_client() {
        let read = |text: &str| Incoming::read(text).unwrap();
        assert!(matches!(read(r#"{"type":"connection_init"}"#), Incoming::Init(None)));
        let init = read(r#"{"type":"connection_init","payload":{"token":"t"}}"#);
        assert!(matches!(init, Incoming::Init(Some(payload)) if payload["token"] == "t"));
        assert!(matches!(read(r#"{"type":"pong","payload":null}"#), Incoming::Pong));
        let subscribe = read(r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }"}}"#);
        assert!(
            matches!(subscribe, Incoming::Subscribe { id, params } if id == "1" && params.query.is_some())
        );
        assert!(matches!(read(r#"{"type":"complete","id":"1"}"#), Incoming::Complete { id } if id == "1"));
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"next","id":"1","payload":{}}"#,
            r#"{"type":"connection_init","payload":"x"}"#,
            r#"{"type":"ping","payload":[]}"#,
            r#"{"type":"subscribe","payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":"x"}}"#,
            r#"{"type":"complete","id":1}"#,
        ] {
            assert!(Incoming::read(text).unwrap_err().starts_with("Invalid message"), "{text}");
        }
    }

    #[test]
    fn writes_the_messages_of_the_server() {
        assert_eq!(json(&Outgoing::ConnectionAck), r#"{"type":"connection_ack"}"#);
        assert_eq!(json(&Outgoing::Pong { payload: None }), r#"{"type":"pong"}"#);
        assert_eq!(json(&Outgoing::Complete { id: "1" }), r#"{"type":"complete","id":"1"}"#);
    }
}
