//! Pages of every kind, as a shared cache sees them: over REST, GraphQL by GET, feeds, sitemaps and other formats.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use broadsheet_api::App;
use broadsheet_tests::TestServer;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// An address with what is asked of it.
#[derive(Clone, Debug)]
pub struct Page {
    pub path: String,
    pub accept: Option<&'static str>,
}

/// What a cache keeps of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub status: u16,
    pub etag: Option<String>,
    pub keys: BTreeSet<String>,
    pub modified: Option<String>,
    pub control: String,
    pub body: String,
}

impl Seen {
    /// When it says that it was changed, in seconds.
    pub fn modified_at(&self) -> Option<i64> {
        let text = self.modified.as_deref()?;
        Some(chrono::DateTime::parse_from_rfc2822(text).expect("an HTTP date").timestamp())
    }
}

impl Page {
    fn of(path: impl Into<String>) -> Self {
        Self { path: path.into(), accept: None }
    }

    /// A query by GET.
    pub fn graphql(query: &str) -> Self {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        Self::of(format!("/graphql?query={query}"))
    }

    pub fn request(&self, client: &Client, method: Method, origin: &str) -> RequestBuilder {
        let request = client.request(method, format!("{origin}{}", self.path));
        match self.accept {
            Some(accept) => request.header("accept", accept),
            None => request,
        }
    }

    pub async fn see(&self, client: &Client, origin: &str) -> Seen {
        let response = self.request(client, Method::GET, origin).send().await.unwrap();
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let keys = header("surrogate-key").unwrap_or_default();
        Seen {
            status: response.status().as_u16(),
            etag: header("etag"),
            keys: keys.split(' ').filter(|key| !key.is_empty()).map(ToOwned::to_owned).collect(),
            modified: header("last-modified"),
            control: header("cache-control").unwrap_or_default(),
            body: response.text().await.unwrap(),
        }
    }
}

/// A second node on the same database, which keeps no answers: what it says is made anew each time.
pub async fn fresh_node(server: &TestServer) -> (App, String) {
    let app = server.open_again().await;
    let newsroom = app.newsroom.clone();
    tokio::spawn(async move { newsroom.follow_log().await });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let service = broadsheet_api::router::router(&app).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    (app, origin)
}

fn names(list: &Value, member: &str, most: usize) -> Vec<String> {
    let items = list["data"].as_array().unwrap().iter().take(most);
    items.map(|item| item[member].as_str().unwrap().to_owned()).collect()
}

/// Pages of everything that there is now: lists under each filter and sort, single things, threads, formats, queries.
pub async fn of_everything(server: &TestServer) -> Vec<Page> {
    let list = server.get("/v1/articles?limit=3&sort=oldest").await;
    let (sources, topics) = (server.get("/v1/sources").await, server.get("/v1/topics?kind=topic").await);
    let authors = server.get("/v1/authors").await;
    let source = &names(&sources, "slug", 1)[0];
    let (topic, author) = (&names(&topics, "slug", 1)[0], &names(&authors, "slug", 1)[0]);
    let next = server.get("/v1/articles?limit=4").await["page"]["next"].as_str().unwrap().to_owned();
    let mut pages: Vec<Page> = [
        "/v1/articles?limit=4",
        "/v1/articles?limit=4&sort=oldest",
        "/v1/articles?limit=4&sort=recently_updated",
        "/v1/articles?limit=4&with_total=true&has=-image",
        "/v1/articles?limit=4&commentable=false",
        "/v1/articles?limit=4&min_words=3",
        "/v1/articles?limit=4&section=world&include=topics",
        "/v1/articles/ids",
        "/v1/sources",
        "/v1/topics",
        "/v1/authors",
        "/v1/stories",
        "/v1/feeds/articles.rss?limit=4",
        "/v1/opml",
        "/sitemap.xml",
        "/sitemaps/2026-11-23.xml",
        "/sitemaps/news/1.xml",
    ]
    .into_iter()
    .map(Page::of)
    .collect();
    pages.extend(
        [
            format!("/v1/articles?limit=4&cursor={next}"),
            format!("/v1/articles?limit=4&source={source}"),
            format!("/v1/articles?limit=4&source=-{source}"),
            format!("/v1/articles?limit=4&topic={topic}"),
            format!("/v1/articles?limit=4&author={author}"),
            format!("/v1/articles?limit=4&source={source}&topic={topic}"),
            format!("/v1/articles/ids?topic={topic}&with_total=true"),
            format!("/v1/sources/{source}"),
            format!("/v1/topics/{topic}"),
            format!("/v1/authors/{author}"),
            format!("/v1/authors?source={source}"),
            format!("/v1/feeds/source/{source}.atom?limit=4"),
            format!("/v1/feeds/topic/{topic}.json?limit=4"),
            format!("/v1/feeds/author/{author}.rss?limit=4"),
        ]
        .map(Page::of),
    );
    let (ids, slugs, urls) = (names(&list, "id", 3), names(&list, "slug", 3), names(&list, "url", 3));
    for ((id, slug), url) in ids.iter().zip(&slugs).zip(&urls) {
        pages.extend(
            [
                format!("/v1/articles/{id}"),
                format!("/v1/articles/{slug}?include=body,topics,media,comments,revisions,corrections,story,json_ld"),
                format!("/v1/articles/by-url?url={url}"),
                format!("/v1/articles/{id}/comments?depth=2"),
                format!("/v1/articles/{id}/revisions"),
                format!("/oembed?url={url}"),
            ]
            .map(Page::of),
        );
        for accept in ["application/ld+json", "application/ninjs+json"] {
            pages.push(Page { path: format!("/v1/articles/{id}"), accept: Some(accept) });
        }
        pages.push(Page::graphql(&format!(
            "{{ node(id: \"{id}\") {{ id ... on Article {{ headline commentCount body {{ html }} comments {{ nodes {{ id body {{ html }} author {{ name }} replies {{ nodes {{ id }} }} }} }} }} }} }}"
        )));
        let thread = server.get(&format!("/v1/articles/{id}/comments?limit=1")).await;
        for comment in names(&thread, "id", 1) {
            pages.extend(
                [format!("/v1/comments/{comment}"), format!("/v1/comments/{comment}/replies")].map(Page::of),
            );
        }
    }
    pages.extend(queries(source, topic, author).iter().map(|query| Page::graphql(query)));
    pages
}

fn queries(source: &str, topic: &str, author: &str) -> Vec<String> {
    vec![
        "{ articles(first: 4) { newerCursor nodes { headline source { name } authors { nodes { name } } } } }".to_owned(),
        "{ articles(first: 4, sort: RECENTLY_UPDATED) { totalCount nodes { headline updatedAt commentCount } } }".to_owned(),
        format!("{{ articles(first: 4, filter: {{ topic: {{ anyOf: [\"{topic}\"] }} }}) {{ nodes {{ headline }} }} articleIds {{ nodes }} }}"),
        format!("{{ source(slug: \"{source}\") {{ name articles(first: 3) {{ nodes {{ headline }} }} }} author(slug: \"{author}\") {{ articles(first: 3) {{ nodes {{ headline topics {{ nodes {{ name }} }} }} }} }} }}"),
        "{ sources { nodes { name articles(first: 1) { nodes { headline } } } } topics(first: 3) { nodes { name articles(first: 2, sort: RECENTLY_UPDATED) { nodes { headline } } } } }".to_owned(),
        "{ stories { nodes { headline } } article(slug: \"not-there-yet\") { headline } }".to_owned(),
    ]
}
