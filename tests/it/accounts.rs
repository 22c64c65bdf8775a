//! Accounts and tokens: registering, signing in, refreshing, banning, and what forged tokens get.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use broadsheet_tests::people::PASSWORD;
use broadsheet_tests::{Person, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

const SESSION: &str = "session { accessToken tokenType expiresIn refreshToken account { id email name role status } } userErrors { code field message }";

async fn post(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    let response = server.request(Method::POST, path).json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
}

async fn me(server: &TestServer, token: &str) -> (u16, Value) {
    let response = server.request(Method::GET, "/v1/me").bearer_auth(token).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

on_both! {
    async fn registering_names_every_bad_field(server) {
        let bad = json!({ "email": "nobody", "name": " ", "password": "short" });
        let (status, problem) = post(&server, "/v1/auth/register", bad.clone()).await;
        let fields: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!((status, fields), (400, vec!["email", "name", "password"]));
        let query = format!("mutation($input: RegisterInput!) {{ register(input: $input) {{ {SESSION} }} }}");
        let payload = server.graphql(&query, json!({ "input": bad })).await["register"].clone();
        let fields: Vec<_> = payload["userErrors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!((&payload["session"], fields), (&Value::Null, vec!["email", "name", "password"]));

        server.reader("ann").await;
        let taken = json!({ "email": "ANN@Readers.example ", "name": "Ann", "password": PASSWORD });
        let (status, problem) = post(&server, "/v1/auth/register", taken.clone()).await;
        assert_eq!((status, &problem["errors"][0]["code"]), (400, &json!("taken")));
        assert_eq!(server.graphql(&query, json!({ "input": taken })).await["register"]["userErrors"][0]["field"], "email");
        server.stop().await;
    }

    async fn signing_in_says_the_same_of_unknown_people_and_wrong_passwords(server) {
        server.reader("ann").await;
        let wrong = post(&server, "/v1/auth/sign-in", json!({ "email": "ann@readers.example", "password": "wrong wrong wrong" })).await;
        let unknown = post(&server, "/v1/auth/sign-in", json!({ "email": "nobody@readers.example", "password": "wrong wrong wrong" })).await;
        assert_eq!(wrong, unknown);
        assert_eq!((wrong.0, &wrong.1["code"]), (401, &json!("bad_credentials")));
        let query = format!("mutation($input: SignInInput!) {{ signIn(input: $input) {{ {SESSION} }} }}");
        let good = server.graphql(&query, json!({ "input": { "email": "Ann@readers.example", "password": PASSWORD } })).await["signIn"].clone();
        assert_eq!(good["session"]["account"]["role"], "READER");
        assert_eq!((&good["session"]["tokenType"], &good["session"]["expiresIn"]), (&json!("Bearer"), &json!(900)));
        let bad = server.graphql(&query, json!({ "input": { "email": "ann@readers.example", "password": "wrong wrong wrong" } })).await["signIn"].clone();
        assert_eq!(bad["userErrors"][0]["code"], "BAD_CREDENTIALS");
        server.stop().await;
    }

    async fn a_refresh_token_is_good_once_and_used_twice_ends_the_sign_in(server) {
        let ann = server.reader("ann").await;
        let (status, second) = post(&server, "/v1/auth/refresh", json!({ "refresh_token": ann.refresh_token })).await;
        assert_eq!(status, 200);
        let token = second["access_token"].as_str().unwrap().to_owned();
        assert_eq!(me(&server, &token).await.0, 200);
        let query = format!("mutation($input: RefreshInput!) {{ refresh(input: $input) {{ {SESSION} }} }}");
        let third = server.graphql(&query, json!({ "input": { "refreshToken": second["refresh_token"] } })).await["refresh"]["session"].clone();
        assert!(third["accessToken"].is_string());
        // Somebody who stole the first token tries it.
        let (status, problem) = post(&server, "/v1/auth/refresh", json!({ "refresh_token": ann.refresh_token })).await;
        assert_eq!((status, &problem["code"]), (401, &json!("bad_refresh_token")));
        assert_eq!(post(&server, "/v1/auth/refresh", json!({ "refresh_token": third["refreshToken"] })).await.0, 401, "the whole family has ended");
        assert_eq!(me(&server, &token).await.1["code"], "token_revoked", "and its access tokens with it");
        assert!(Person::sign_in(&server, &ann.email).await.token.len() > 20, "signing in again works");
        server.stop().await;
    }

    async fn of_two_refreshes_at_once_only_one_succeeds(server) {
        let ann = server.reader("ann").await;
        let refresh = || post(&server, "/v1/auth/refresh", json!({ "refresh_token": ann.refresh_token }));
        let outcomes = futures_util::future::join_all((0..4).map(|_| refresh())).await;
        assert_eq!(outcomes.iter().filter(|(status, _)| *status == 200).count(), 1, "{outcomes:?}");
        server.stop().await;
    }

    async fn signing_out_ends_access_and_refresh(server) {
        let ann = server.reader("ann").await;
        assert_eq!(post(&server, "/v1/auth/sign-out", json!({ "refresh_token": ann.refresh_token })).await.0, 204);
        assert_eq!(me(&server, &ann.token).await.0, 401);
        assert_eq!(post(&server, "/v1/auth/refresh", json!({ "refresh_token": ann.refresh_token })).await.0, 401);
        let bo = server.reader("bo").await;
        let out = server.graphql("mutation($input: RefreshInput!) { signOut(input: $input) { signedOut userErrors { code } } }", json!({ "input": { "refreshToken": bo.refresh_token } })).await;
        assert_eq!(out["signOut"], json!({ "signedOut": true, "userErrors": [] }));
        server.stop().await;
    }

    async fn access_tokens_last_a_quarter_of_an_hour(server) {
        let ann = server.reader("ann").await;
        server.clock.advance_seconds(15 * 60 - 1);
        assert_eq!(me(&server, &ann.token).await.0, 200);
        server.clock.advance_seconds(10);
        let (status, problem) = me(&server, &ann.token).await;
        assert_eq!((status, &problem["code"]), (401, &json!("token_expired")));
        assert_eq!(post(&server, "/v1/auth/refresh", json!({ "refresh_token": ann.refresh_token })).await.0, 200);
        server.clock.advance_seconds(31 * 24 * 3_600);
        let bo = server.reader("bo").await;
        server.clock.advance_seconds(31 * 24 * 3_600);
        assert_eq!(post(&server, "/v1/auth/refresh", json!({ "refresh_token": bo.refresh_token })).await.0, 401, "a sign-in that nobody uses ends");
        server.stop().await;
    }

    async fn a_ban_works_at_once_and_says_why(server) {
        let (ann, admin) = (server.reader("ann").await, server.staff("root", "admin").await);
        assert_eq!(me(&server, &ann.token).await.0, 200);
        let (status, banned) = admin.send(&server, Method::POST, &format!("/v1/admin/accounts/{}/ban", ann.id), json!({ "reason": "Spam." })).await;
        assert_eq!((status, &banned["status"], &banned["ban_reason"]), (200, &json!("banned"), &json!("Spam.")));
        let (status, problem) = me(&server, &ann.token).await;
        assert_eq!((status, &problem["code"]), (403, &json!("account_banned")));
        assert!(problem["detail"].as_str().unwrap().contains("Spam."));
        assert_eq!(post(&server, "/v1/auth/sign-in", json!({ "email": ann.email, "password": PASSWORD })).await.0, 403);
        assert_eq!(post(&server, "/v1/auth/refresh", json!({ "refresh_token": ann.refresh_token })).await.0, 403);
        let silent = admin.send(&server, Method::POST, &format!("/v1/admin/accounts/{}/ban", ann.id), json!({})).await;
        assert_eq!((silent.0, &silent.1["errors"][0]["field"]), (400, &json!("reason")));
        let nul = post(&server, "/v1/auth/sign-in", json!({ "email": "n\u{0}l@b.example", "password": PASSWORD })).await;
        assert_eq!(nul.0, 401);
        let own = admin.send(&server, Method::POST, &format!("/v1/admin/accounts/{}/ban", admin.id), json!({ "reason": "Oops." })).await;
        assert_eq!(own.1["code"], "own_account");
        let readmit = admin.graphql(&server, "mutation($id: ID!) { readmitAccount(id: $id) { account { status banReason } userErrors { code } } }", json!({ "id": ann.id })).await;
        assert_eq!(readmit["data"]["readmitAccount"]["account"], json!({ "status": "ACTIVE", "banReason": null }));
        assert!(Person::sign_in(&server, &ann.email).await.token.len() > 20);
        server.stop().await;
    }

    async fn a_bad_token_is_refused_even_where_none_is_needed(server) {
        let ann = server.reader("ann").await;
        let (head, rest) = ann.token.split_once('.').unwrap();
        let (claims, signature) = rest.split_once('.').unwrap();
        let forged = |header: Value, claims: &str, signature: &str| format!("{}.{claims}.{signature}", URL_SAFE_NO_PAD.encode(header.to_string()));
        let kid: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap();
        let mut other: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        other["exp"] = json!("9999999999");
        let tokens = [
            "nonsense".to_owned(),
            String::new(),
            format!("{head}.{claims}.{}", "A".repeat(86)),
            forged(json!({ "alg": "none", "kid": kid["kid"] }), claims, ""),
            forged(json!({ "alg": "HS256", "kid": kid["kid"] }), claims, signature),
            forged(json!({ "alg": "EdDSA", "kid": "../../etc/passwd" }), claims, signature),
            forged(json!({ "alg": "EdDSA", "kid": kid["kid"], "jku": "https://evil.example/jwks.json" }), claims, signature),
            format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(other.to_string())),
            "x".repeat(10_000),
        ];
        for token in &tokens {
            for path in ["/v1/articles", "/v1/me"] {
                let response = server.request(Method::GET, path).header("authorization", format!("Bearer {token}")).send().await.unwrap();
                let status = response.status().as_u16();
                let problem: Value = response.json().await.unwrap();
                assert_eq!((status, &problem["code"]), (401, &json!("bad_token")), "{path} with {token}");
            }
            let answer = server.try_graphql(Some(token), "{ __typename }", json!({})).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_TOKEN", "{answer}");
        }
        let basic = server.request(Method::GET, "/v1/articles").header("authorization", "Basic YTpi").send().await.unwrap();
        assert_eq!(basic.status(), 401);
        server.stop().await;
    }

    async fn the_keys_are_published(server) {
        let ann = server.reader("ann").await;
        let jwks = server.get("/.well-known/jwks.json").await;
        let key = &jwks["keys"][0];
        assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
        assert!(key.get("d").is_none(), "the private half stays private");
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(key.clone()).unwrap();
        let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
        validation.set_audience(&[&server.origin]);
        validation.validate_exp = false; // the test's clock stands still
        let decoded = jsonwebtoken::decode::<Value>(&ann.token, &jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap(), &validation).unwrap();
        assert_eq!(decoded.claims["sub"], ann.id.as_str());
        server.stop().await;
    }

    async fn one_owns_ones_account(server) {
        let ann = server.reader("ann").await;
        let (_, account) = me(&server, &ann.token).await;
        assert_eq!((&account["id"], &account["email"], &account["role"]), (&json!(ann.id), &json!("ann@readers.example"), &json!("reader")));
        let viewer = ann.graphql(&server, "{ viewer { id email } }", json!({})).await;
        assert_eq!(viewer["data"]["viewer"], json!({ "id": ann.id, "email": "ann@readers.example" }));
        assert_eq!(server.graphql("{ viewer { id } }", json!({})).await["viewer"], Value::Null);
        server.stop().await;
    }
}
