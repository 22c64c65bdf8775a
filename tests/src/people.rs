//! People, not tokens: who they are, and what they do over REST.

use broadsheet_domain::account::Registration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::TestServer;

/// The password of everybody in the tests.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct Person {
    /// How they sign in.
    pub email: String,
    /// Their account's id.
    pub id: String,
    /// Their access token.
    pub token: String,
    /// Their refresh token.
    pub refresh_token: String,
}

impl Person {
    pub(crate) async fn register(server: &TestServer, name: &str) -> Self {
        let email = format!("{name}@readers.example");
        let body = json!({ "email": email, "name": name, "password": PASSWORD });
        let response =
            server.request(Method::POST, "/v1/auth/register").json(&body).send().await.expect("an answer");
        assert_eq!(response.status(), 201, "registering {name}");
        Self::of(email, &response.json().await.expect("a session"))
    }

    pub(crate) async fn with_role(server: &TestServer, name: &str, role: &str) -> Self {
        let email = format!("{name}@staff.example");
        let registration =
            Registration { email: email.clone(), name: name.to_owned(), password: PASSWORD.to_owned() };
        let system = server.system();
        server
            .newsroom()
            .accounts(&system)
            .create(registration, role.parse().expect("a role"))
            .await
            .expect("an account");
        Self::sign_in(server, &email).await
    }

    /// Signs in once more.
    pub async fn sign_in(server: &TestServer, email: &str) -> Self {
        let body = json!({ "email": email, "password": PASSWORD });
        let response =
            server.request(Method::POST, "/v1/auth/sign-in").json(&body).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "signing in as {email}");
        Self::of(email.to_owned(), &response.json().await.expect("a session"))
    }

    fn of(email: String, session: &Value) -> Self {
        let text = |pointer: &str| {
            session.pointer(pointer).and_then(Value::as_str).expect("a member of a session").to_owned()
        };
        Self {
            email,
            id: text("/account/id"),
            token: text("/access_token"),
            refresh_token: text("/refresh_token"),
        }
    }

    /// Sends a request with a JSON body; answers status and JSON.
    pub async fn send(&self, server: &TestServer, method: Method, path: &str, body: Value) -> (u16, Value) {
        let mut request = server.request(method, path).bearer_auth(&self.token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    /// Posts a comment; answers it.
    pub async fn comment(
        &self,
        server: &TestServer,
        article: &str,
        body: &str,
        parent: Option<&str>,
    ) -> Value {
        let input = json!({ "body": body, "parent_id": parent });
        let (status, comment) =
            self.send(server, Method::POST, &format!("/v1/articles/{article}/comments"), input).await;
        assert_eq!(status, 201, "posting a comment: {comment}");
        comment
    }

    /// The whole answer of a GraphQL operation.
    pub async fn graphql(&self, server: &TestServer, query: &str, variables: Value) -> Value {
        server.try_graphql(Some(&self.token), query, variables).await
    }
}
