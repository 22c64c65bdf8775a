//! What users of other products complain of, about filters, pages, limits and counts: one test a complaint, named by the product
//! and by what Broadsheet does instead.

use std::collections::BTreeSet;

use broadsheet_tests::TestServer;
use broadsheet_tests::edition::{self, NUMBERS};
use reqwest::Method;
use serde_json::{Value, json};

fn rss(items: &str) -> String {
    edition::rss("The Numbers", "https://numbers.example/", items)
}

fn texts(list: &Value, name: &str) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

/// Every page of a list, by `page.next`: what each item is called.
async fn walk(server: &TestServer, path: &str, mut between: impl AsyncFnMut(usize)) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let list = server.get(&format!("{path}{cursor}")).await;
        seen.extend(texts(&list, "headline"));
        let Some(next) = list["page"]["next"].as_str() else { return seen };
        cursor = format!("&cursor={next}");
        between(seen.len()).await;
    }
}

fn once(seen: &[String]) -> BTreeSet<&String> {
    let set: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(set.len(), seen.len(), "something came twice");
    set
}

on_both! {
    /// `limit=all` silently became 100, and a sitemap lost 29 of its 129 pages.
    async fn ghost_a_limit_is_kept_or_refused_never_cut(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 129)).await;
        for (path, most) in [("/v1/articles", 200), ("/v1/articles/ids", 10_000)] {
            for limit in ["all", "0", "-1", &(most + 1).to_string()] {
                let (status, problem) = server.try_get(&format!("{path}?limit={limit}")).await;
                assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!("limit")), "{limit}");
                assert!(problem["detail"].as_str().unwrap().contains(&most.to_string()), "it says how many: {problem}");
            }
        }
        let list = server.get("/v1/articles?limit=129").await;
        assert_eq!((list["data"].as_array().unwrap().len(), &list["page"]["limit"]), (129, &json!(129)));
        assert_eq!(server.get("/v1/articles/ids").await["data"].as_array().unwrap().len(), 129);
        server.stop().await;
    }

    /// No more than 1,000 results, and holes and refusals on the way there. (Also `NewsAPI`: it stops at about 9,900; Arc XP: at 10,000;
    /// Superdesk: at offset 1,000.)
    async fn nyt_every_page_is_there_to_the_last(server) {
        for batch in 0..3 {
            server.take_in(NUMBERS, &edition::numbered(1_000 + batch * 400, 400)).await;
        }
        let seen = walk(&server, "/v1/articles?limit=200&fields=headline", async |seen| {
            server.take_in(NUMBERS, &rss(&edition::item(seen / 200, "<p>Landed.</p>"))).await;
        }).await;
        let expected: Vec<String> = (1_000..2_200).map(|number| format!("Headline {number}")).collect();
        assert_eq!(once(&seen), expected.iter().collect());
        let ids = server.get("/v1/articles/ids?limit=10000&sort=oldest").await;
        assert_eq!((ids["data"].as_array().unwrap().len(), &ids["page"]["next"]), (1_205, &Value::Null), "and all at once, by id");
        server.stop().await;
    }

    /// A field that needs something else to be asked for is left out without a word.
    async fn newsapi_no_field_is_lost_in_silence(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 2)).await;
        let slug = texts(&server.get("/v1/articles").await, "slug").remove(0);
        for path in ["/v1/articles", &format!("/v1/articles/{slug}"), "/v1/articles/by-url"] {
            let url = if path.ends_with("by-url") { "&url=https://numbers.example/0" } else { "" };
            let (status, problem) = server.try_get(&format!("{path}?fields=headline,body,media{url}")).await;
            let errors = problem["errors"].as_array().unwrap();
            assert_eq!((status, errors.len(), &errors[0]["code"]), (400, 2, &json!("not_included")), "{path}: {problem}");
            assert!(errors[0]["message"].as_str().unwrap().contains("include=body"), "it says how to mend it: {problem}");
            server.get(&format!("{path}?fields=headline,body,media&include=body,media{url}")).await;
        }
        server.stop().await;
    }

    /// Counts were wrong as soon as a filter reached over a relation.
    async fn directus_counts_are_right_over_relations(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 70)).await;
        // Each article has two of the topics, and two authors: whoever counts rows of a join counts twice.
        for filter in ["topic=everything,anchors,bridges", "topic=everything&topic=anchors", "author=ada-alder,finn-fir", "topic=-anchors&author=-ada-alder", "section=world&has=image"] {
            let list = server.get(&format!("/v1/articles?limit=200&with_total=true&{filter}")).await;
            let ids = texts(&list, "id");
            once(&ids);
            assert_eq!(list["page"]["total"], ids.len(), "{filter}");
            assert!(!ids.is_empty());
        }
        server.stop().await;
    }

    /// Without a limit everything came, and `-1` was a limit.
    async fn directus_what_is_not_limited_is_twenty(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 30)).await;
        let list = server.get("/v1/articles").await;
        assert_eq!((list["data"].as_array().unwrap().len(), &list["page"]["limit"], &list["page"]["sort"]), (20, &json!(20), &json!("newest")));
        let answer = server.try_graphql(None, "{ articles(first: -1) { nodes { id } } }", json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID");
        server.stop().await;
    }

    /// Cursors went wrong under any order but one, and where articles are of the same moment.
    async fn wpgraphql_cursors_are_right_under_every_sort(server) {
        let same = |number: usize| edition::item(number, "<p>Same moment.</p>").replace(&edition::rfc2822(broadsheet_tests::server::NOON.plus_millis(-60_000 * (i64::try_from(number).unwrap() + 1))), &edition::rfc2822(broadsheet_tests::server::NOON.plus_millis(-60_000)));
        server.take_in(NUMBERS, &rss(&(0..23).map(same).collect::<String>())).await;
        assert_eq!(server.get("/v1/articles/ids?published_from=2026-11-23T11:59:00Z").await["data"].as_array().unwrap().len(), 23);
        for sort in ["NEWEST", "OLDEST", "RECENTLY_UPDATED"] {
            let whole = server.graphql(&format!("{{ articles(first: 50, sort: {sort}, filter: {{ section: {{ anyOf: [\"world\"] }} }}) {{ nodes {{ id }} }} }}"), json!({})).await;
            let (mut joined, mut cursor) = (Vec::new(), Value::Null);
            loop {
                let page = server.graphql(&format!("query($after: String) {{ articles(first: 4, after: $after, sort: {sort}, filter: {{ section: {{ anyOf: [\"world\"] }} }}) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}"), json!({ "after": cursor })).await;
                joined.extend(page["articles"]["nodes"].as_array().unwrap().clone());
                cursor = page["articles"]["pageInfo"]["endCursor"].clone();
                if page["articles"]["pageInfo"]["hasNextPage"] == false {
                    break;
                }
            }
            assert_eq!((&whole["articles"]["nodes"], joined.len()), (&json!(joined), 23), "{sort}");
        }
        server.stop().await;
    }

    /// Relay connections had no total. (Also in `WPGraphQL`, and in Sanity's GraphQL.)
    async fn hasura_a_connection_has_its_total(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 33)).await;
        let data = server.graphql("{ articles(first: 2, filter: { author: { anyOf: [\"ada-alder\"] } }) { totalCount edges { cursor node { id } } pageInfo { hasNextPage } } }", json!({})).await;
        assert_eq!((&data["articles"]["totalCount"], data["articles"]["edges"].as_array().unwrap().len()), (&json!(7), 2));
        server.stop().await;
    }

    /// What hangs on an entry came whole, however much it was.
    async fn strapi_every_relation_is_limited(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 5)).await;
        let data = server.graphql("{ articles { nodes { authors(first: 1) { nodes { articles(first: 1) { nodes { id } } } pageInfo { hasNextPage } } topics(first: 2) { nodes { id } } media(first: 1) { nodes { id } } revisions(first: 1) { nodes { revision } } comments(first: 1) { nodes { replies(first: 1) { nodes { id } } } } } } }", json!({})).await;
        let article = &data["articles"]["nodes"][0];
        assert_eq!((article["authors"]["nodes"].as_array().unwrap().len(), &article["authors"]["pageInfo"]["hasNextPage"]), (1, &json!(true)));
        assert_eq!(article["topics"]["nodes"].as_array().unwrap().len(), 2);
        let answer = server.try_graphql(None, "{ articles { nodes { topics(first: 201) { nodes { id } } } } }", json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID");
        server.stop().await;
    }

    /// Parameters that do not exist were ignored. (Also what the strict ones lack: they name the first only.)
    async fn strapi_every_unknown_parameter_is_named(server) {
        let (status, problem) = server.try_get("/v1/articles?colour=red&limit=5&mood=sad&colour=blue").await;
        let fields: Vec<&str> = problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!((status, json!(fields)), (400, json!(["colour", "mood"])));
        server.stop().await;
    }

    /// What was embedded stopped at ten, without a word.
    async fn wordpress_what_is_included_is_whole_or_says_that_it_goes_on(server) {
        let many = (0..15).fold(String::new(), |many, number| many + &format!("<category>Subject {number}</category>"));
        let item = edition::item(0, "<p>Much to say.</p>").replace("<category>Everything</category>", &many);
        server.take_in(NUMBERS, &rss(&item)).await;
        let list = server.get("/v1/articles?include=topics").await;
        assert_eq!(list["data"][0]["topics"].as_array().unwrap().len(), 17);
        let (ann, article) = (server.reader("ann").await, texts(&list, "id").remove(0));
        for number in 0..25 {
            ann.comment(&server, &article, &format!("Number {number}."), None).await;
        }
        let comments = &server.get("/v1/articles?include=comments").await["data"][0]["comments"];
        let more = server.get(&format!("/v1/articles/{article}/comments?cursor={}", comments["page"]["next"].as_str().unwrap())).await;
        assert_eq!((comments["data"].as_array().unwrap().len(), more["data"].as_array().unwrap().len()), (20, 5));
        server.stop().await;
    }

    /// `draft: false` was an argument, and arguments can be forgotten: drafts leaked.
    async fn payload_no_argument_shows_a_reader_what_is_not_for_readers(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 4)).await;
        let id = texts(&server.get("/v1/articles").await, "id").remove(0);
        let system = server.system();
        server.newsroom().articles(&system).withdraw(id.parse().unwrap(), None).await.unwrap();
        for query in ["", "?sort=oldest", "?sort=recently_updated", "?status=published", "?as_of=2026-11-23T12:00:00Z", "?topic=anchors,bridges"] {
            for path in ["/v1/articles", "/v1/articles/ids"] {
                let list = server.get(&format!("{path}{query}{}with_total=true", if query.is_empty() { "?" } else { "&" })).await;
                assert!(!list["data"].to_string().contains(&id), "{path}{query}");
                assert_eq!(list["page"]["total"], list["data"].as_array().unwrap().len());
            }
        }
        assert_eq!(server.try_get("/v1/articles?status=withdrawn").await.0, 401);
        server.stop().await;
    }

    /// The total of a live list ignored what went away.
    async fn postgraphile_totals_go_down_too(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 10)).await;
        let total = async || (server.get("/v1/articles?with_total=true&limit=1").await["page"]["total"].clone(), server.graphql("{ articles { totalCount } }", json!({})).await["articles"]["totalCount"].clone());
        assert_eq!(total().await, (json!(10), json!(10)));
        let id = texts(&server.get("/v1/articles").await, "id").remove(3);
        let system = server.system();
        server.newsroom().articles(&system).withdraw(id.parse().unwrap(), None).await.unwrap();
        assert_eq!(total().await, (json!(9), json!(9)));
        server.stop().await;
    }

    /// Edits did not move what asks for changes. (Also in `FreshRSS`, and the timestamps of `NewsBlur`.)
    async fn miniflux_an_edit_is_a_change(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 5)).await;
        server.clock.advance_seconds(60);
        server.take_in(NUMBERS, &rss(&edition::item(3, "<p>Edited.</p>"))).await;
        let changed = server.get("/v1/articles?updated_from=2026-11-23T12:00:30Z").await;
        let unchanged = server.get("/v1/articles?updated_until=2026-11-23T12:00:30Z").await;
        assert_eq!((texts(&changed, "headline"), unchanged["data"].as_array().unwrap().len()), (vec!["Headline 3".to_owned()], 4));
        server.stop().await;
    }

    /// The cursor was a second, and what shared it had to be listed in the next request.
    async fn superdesk_a_cursor_is_exact_and_does_not_grow(server) {
        let item = |number: usize| edition::item(number, "<p>A burst.</p>").replace(&edition::rfc2822(broadsheet_tests::server::NOON.plus_millis(-60_000 * (i64::try_from(number).unwrap() + 1))), &edition::rfc2822(broadsheet_tests::server::NOON));
        server.take_in(NUMBERS, &rss(&(0..60).map(item).collect::<String>())).await;
        let (mut lengths, mut seen, mut cursor) = (BTreeSet::new(), Vec::new(), String::new());
        loop {
            let list = server.get(&format!("/v1/articles?limit=7{cursor}")).await;
            seen.extend(texts(&list, "id"));
            let Some(next) = list["page"]["next"].as_str() else { break };
            lengths.insert(next.len());
            cursor = format!("&cursor={next}");
        }
        assert_eq!((once(&seen).len(), lengths.len()), (60, 1));
        server.stop().await;
    }

    /// Deep pages by offset were slow, and an error was two strings.
    async fn guardian_pages_go_both_ways_and_errors_say_what_to_mend(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 9)).await;
        let first = server.get("/v1/articles?limit=3").await;
        let second = server.get(&format!("/v1/articles?limit=3&cursor={}", first["page"]["next"].as_str().unwrap())).await;
        let back = server.get(&format!("/v1/articles?limit=3&cursor={}", second["page"]["prev"].as_str().unwrap())).await;
        assert_eq!(first["data"], back["data"]);
        let response = server.request(Method::GET, "/v1/articles?limit=500&has=smell").send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let problem: Value = response.json().await.unwrap();
        assert_eq!((&problem["code"], problem["errors"].as_array().unwrap().len()), (&json!("invalid"), 2));
        server.stop().await;
    }
}
