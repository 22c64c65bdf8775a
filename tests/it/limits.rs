//! What one GraphQL request may cost, as a client meets it. The rows themselves are tested beside the code.

use broadsheet_tests::TestServer;
use reqwest::Method;
use serde_json::{Value, json};

async fn refused(server: &TestServer, query: &str) -> (u16, Value) {
    let request =
        server.request(Method::POST, "/graphql").header("accept", "application/graphql-response+json");
    let response = request.json(&json!({ "query": query })).send().await.unwrap();
    let status = response.status().as_u16();
    let answer: Value = response.json().await.unwrap();
    assert!(answer.get("data").is_none(), "{query}: {answer}");
    (status, answer["errors"][0]["extensions"].clone())
}

on_both! {
    async fn costly_requests_are_refused_at_once(server) {
        let deep = format!("{{ articles {{ nodes {{ {} id {} }} }} }}", "source { articles { nodes { ".repeat(8), "} } }".repeat(8));
        let many: Vec<String> = (0..60).map(|number| format!("a{number}: articles {{ nodes {{ id }} }}")).collect();
        let wide = format!("{{ {} }}", many.join(" "));
        let dear = "{ articles(first: 200) { nodes { source { articles(first: 200) { nodes { authors { nodes { articles(first: 200) { nodes { id } } } } } } } } } }";
        let directives = format!("{{ articles {{ nodes {{ id {} }} }} }}", "@include(if: true) ".repeat(60));
        let mut bomb = vec!["{ ...F0 }".to_owned()];
        bomb.extend((0..24).map(|level| format!("fragment F{level} on Query {{ ...F{0} ...F{0} }}", level + 1)));
        bomb.push("fragment F24 on Query { articles { nodes { id } } }".to_owned());
        let bomb = bomb.join(" ");
        for (query, limit) in [(deep.as_str(), "depth"), (wide.as_str(), "root_fields"), (dear, "complexity"), (directives.as_str(), "directives"), (bomb.as_str(), "selections")] {
            let (status, extensions) = refused(&server, query).await;
            assert_eq!((status, &extensions["limit"]), (400, &json!(limit)), "{extensions}");
            assert!(extensions["maximum"].as_u64() < extensions["actual"].as_u64(), "{extensions}");
        }
        server.stop().await;
    }

    async fn the_reference_page_and_full_introspection_are_well_within(server) {
        let introspection = server.graphql("{ __schema { types { name fields { name args { name type { name ofType { name ofType { name } } } } type { name ofType { name } } } } } }", json!({})).await;
        assert!(introspection["__schema"]["types"].as_array().unwrap().len() > 40);
        server.graphql("{ articles(first: 200) { nodes { id headline dek publishedAt commentCount source { name logoUrl } authors { nodes { name slug } } leadImage { url caption credit } topics { nodes { name } } } } }", json!({})).await;
        server.stop().await;
    }

    async fn persisted_queries_are_taken_and_never_required(server) {
        // `{ __typename }`
        let hash = "7f56e67dd21ab3f30d1ff8b7bed08893f0a0db86449836189b361dd1e56ddb4b";
        let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } }).to_string();
        let get = async |query: Option<&str>| {
            let mut parameters = vec![("extensions", extensions.as_str())];
            parameters.extend(query.map(|query| ("query", query)));
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
            let request = server.request(Method::GET, &format!("/graphql?{query}")).header("accept", "application/graphql-response+json");
            request.send().await.unwrap().json::<Value>().await.unwrap()
        };
        assert_eq!(get(None).await["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
        assert_eq!(get(Some("{ __typename }")).await["data"], json!({ "__typename": "Query" }));
        assert_eq!(get(None).await["data"], json!({ "__typename": "Query" }));
        assert!(get(Some("{ a: __typename }")).await["errors"].is_array(), "another text under the same hash is refused");
        server.stop().await;
    }
}
