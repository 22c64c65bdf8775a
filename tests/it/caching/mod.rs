//! Caching: a changed article changes exactly the pages that show it. What is told of that outside (`ETag`, `Surrogate-Key`,
//! `Last-Modified`, `Cache-Control`, the keys that each change names) is held against what pages say after each change.

use std::collections::BTreeSet;

use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::{Person, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

mod headers;
mod pages;

use crate::changes::history::{Dice, World};
use pages::{Page, Seen};

/// Changes of the random history, each of them held against every page.
const STEPS: usize = 40;

/// Waits until both nodes have followed the log to its present end.
async fn settled(nodes: &[&broadsheet_domain::Newsroom]) {
    let last = nodes[0].log().last().await.unwrap();
    for node in nodes {
        let mut head = node.log().head();
        let reached = head.wait_for(|seen| *seen >= last);
        tokio::time::timeout(std::time::Duration::from_secs(20), reached)
            .await
            .expect("the log is followed")
            .unwrap();
    }
}

/// The changes since, and every key that they purge.
async fn purged(server: &TestServer, since: &mut String) -> (Vec<Value>, BTreeSet<String>) {
    let batch = server.get(&format!("/v1/changes?since={since}&limit=1000")).await;
    assert_eq!(batch["more"], false);
    batch["next"].as_str().unwrap().clone_into(since);
    let changes = batch["changes"].as_array().unwrap().clone();
    let keys = changes.iter().flat_map(|change| change["surrogate_keys"].as_array().unwrap());
    let keys = keys.map(|key| key.as_str().unwrap().to_owned()).collect();
    (changes, keys)
}

/// Pages as a cache that purges by key and this server's own memory hold them.
struct Watcher<'s> {
    server: &'s TestServer,
    fresh: (broadsheet_api::App, String),
    since: String,
    /// Seconds of the clock, when it last looked.
    at: i64,
    pages: Vec<(Page, Seen)>,
}

impl<'s> Watcher<'s> {
    async fn begin(server: &'s TestServer, pages: Vec<Page>) -> Self {
        let fresh = pages::fresh_node(server).await;
        settled(&[server.newsroom(), &fresh.0.newsroom]).await;
        let since = server.get("/v1/changes").await["next"].as_str().unwrap().to_owned();
        server.clock.advance_seconds(6);
        let mut seen = Vec::new();
        for page in pages {
            let now = page.see(&server.client, &server.origin).await;
            assert_eq!(now.status, 200, "{page:?}: {}", now.body);
            seen.push((page, now));
        }
        Self { server, fresh, since, at: server.newsroom().now().millis() / 1_000, pages: seen }
    }

    /// Holds every page against what has happened; answers how many changed and how many were purged.
    async fn look(&mut self) -> (usize, usize) {
        settled(&[self.server.newsroom(), &self.fresh.0.newsroom]).await;
        self.server.clock.advance_seconds(6);
        let (changes, purged) = purged(self.server, &mut self.since).await;
        let (mut others, mut hit) = (0, 0);
        for (page, before) in &mut self.pages {
            let now = page.see(&self.server.client, &self.server.origin).await;
            let made_anew = page.see(&self.server.client, &self.fresh.1).await;
            assert_eq!(
                (now.status, &now.etag),
                (made_anew.status, &made_anew.etag),
                "{page:?}: what was kept is what is made anew, after {changes:?}: {} and {}",
                now.body,
                made_anew.body
            );
            assert_eq!(now.keys, made_anew.keys, "{page:?}");
            let is_purged = before.keys.iter().any(|key| purged.contains(key));
            let is_other = now.status != before.status || now.etag != before.etag;
            if before.status == 200 {
                assert!(
                    is_purged || !is_other,
                    "{page:?} changed, and none of {:?} is purged by {changes:?}: {} and {}",
                    before.keys,
                    before.body,
                    now.body
                );
                hit += usize::from(is_purged);
                others += usize::from(is_other);
            }
            if now.status == 200 {
                assert!(!now.keys.is_empty() && now.control.starts_with("public"), "{page:?} {now:?}");
            } else {
                assert_eq!((now.control.as_str(), now.keys.len()), ("no-store", 0), "{page:?}");
            }
            if is_other && before.status == 200 && now.status == 200 {
                check_times(page, before, &now, self.at);
                let since = before.modified.clone().unwrap_or_default();
                let again = page.request(&self.server.client, Method::GET, &self.server.origin);
                assert_eq!(
                    again.header("if-modified-since", since).send().await.unwrap().status(),
                    200,
                    "{page:?}"
                );
            }
            *before = now;
        }
        self.at = self.server.newsroom().now().millis() / 1_000;
        (others, hit)
    }
}

/// The time of a change is no earlier than the change, and later than the time of the one before.
fn check_times(page: &Page, before: &Seen, now: &Seen, changed_at: i64) {
    let Some(at) = now.modified_at() else {
        assert!(page.path.starts_with("/sitemaps/news"), "{page:?} does not say when it was changed");
        return;
    };
    assert!(at >= changed_at, "{page:?} says that it was changed before it was");
    assert!(
        before.modified_at().is_none_or(|before| before < at),
        "{page:?} was changed and says the same time"
    );
}

/// An editor does something to an article.
async fn edit(server: &TestServer, editor: &Person, dice: &mut Dice) {
    let list = server.get("/v1/articles?limit=50").await;
    let articles = list["data"].as_array().unwrap();
    let id = articles[dice.below(articles.len())]["id"].as_str().unwrap().to_owned();
    let topic = ["Anchors", "Bridges", "Canals"][dice.below(3)];
    let section = ["World", "Sport", "Harbours"][dice.below(3)];
    let author = ["Ada Alder", "Bea Birch", "Zoe Zander"][dice.below(3)];
    let (method, path, body) = match dice.below(6) {
        0 => (Method::PATCH, "", json!({ "headline": format!("Headline {}", dice.below(1_000)) })),
        1 => (Method::PATCH, "", json!({ "topics": [{ "kind": "topic", "name": topic }] })),
        2 => (Method::PATCH, "", json!({ "section": section, "body_html": "<p>Less.</p>" })),
        3 => (
            Method::PATCH,
            "",
            json!({ "slug": if dice.below(2) == 0 { "not-there-yet".to_owned() } else { format!("moved-{}", dice.below(1_000)) } }),
        ),
        4 => (Method::PATCH, "", json!({ "authors": [author] })),
        _ => (
            Method::POST,
            "/corrections",
            json!({ "dek": format!("Dek {}", dice.below(1_000)), "note": "It was wrong." }),
        ),
    };
    let (status, answer) = editor.send(server, method, &format!("/v1/articles/{id}{path}"), body).await;
    assert!(status == 200 || status == 400, "{answer}");
}

on_both! {
    async fn whatever_changes_is_purged_and_told_anew(server) {
        let world = World::begin(&server).await;
        world.write(Dice::new(7), 60).await;
        let editor = server.staff("ed", "editor").await;
        let mut watcher = Watcher::begin(&server, pages::of_everything(&server).await).await;
        let (mut dice, mut changed, mut hit) = (Dice::new(11), 0, 0);
        for step in 0..STEPS {
            match step % 3 {
                0 => edit(&server, &editor, &mut dice).await,
                _ => world.write(Dice::new(u64::try_from(step).unwrap()), 1).await,
            }
            let (others, purged) = watcher.look().await;
            (changed, hit) = (changed + others, hit + purged);
        }
        assert!(changed > STEPS, "only {changed} pages changed: the history proves nothing");
        // Keys are not much coarser than what happens.
        assert!(hit < changed * 4, "{hit} pages were purged for {changed} that changed");
        watcher.fresh.0.newsroom.close().await.unwrap();
        server.stop().await;
    }

    async fn stories_are_purged_when_they_change(server) {
        server.find_stories();
        let (one, member) = crate::stories::told(&server, 21).await;
        let (other, _) = crate::stories::told(&server, 22).await;
        let editor = server.staff("ed", "editor").await;
        let mut pages = Vec::new();
        for story in [&one, &other] {
            pages.extend([format!("/v1/stories/{story}/members"), format!("/v1/stories/{story}/publishers")].map(|path| Page { path, accept: None }));
            pages.push(Page::graphql(&format!("{{ story(id: \"{story}\") {{ id headline articleCount members {{ nodes {{ article {{ headline }} confidence }} }} }} }}")));
        }
        pages.push(Page { path: "/v1/stories".to_owned(), accept: None });
        pages.push(Page { path: format!("/v1/articles/{member}?include=story"), accept: None });
        quiet(&server).await;
        let mut watcher = Watcher::begin(&server, pages).await;
        let mut parted = String::new();
        for (path, body) in [
            (format!("/v1/stories/{one}/split"), json!({ "articles": [member] })),
            ("/v1/stories/PARTED/undo".to_owned(), Value::Null),
            (format!("/v1/stories/{other}/merge"), json!({ "into": one })),
            (format!("/v1/articles/{member}/withdraw"), json!({})),
            (format!("/v1/articles/{member}/restore"), Value::Null),
        ] {
            let (status, answer) = editor.send(&server, Method::POST, &path.replace("PARTED", &parted), body).await;
            assert_eq!(status, 200, "{path}: {answer}");
            answer["id"].as_str().unwrap().clone_into(&mut parted);
            quiet(&server).await;
            let (changed, _) = watcher.look().await;
            // What comes back may find another story.
            assert!(path.ends_with("/restore") || changed > 0, "{path} changed nothing");
        }
        watcher.fresh.0.newsroom.close().await.unwrap();
        server.stop().await;
    }

    async fn an_edit_of_one_article_purges_what_shows_it_and_nothing_else(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 12)).await;
        let list = server.get("/v1/articles?limit=12").await;
        let id = |at: usize| list["data"][at]["id"].as_str().unwrap().to_owned();
        let mut since = server.get("/v1/changes").await["next"].as_str().unwrap().to_owned();
        settled(&[server.newsroom()]).await;
        purged(&server, &mut since).await;
        let editor = server.staff("ed", "editor").await;
        let see = async |path: &str| Page { path: path.to_owned(), accept: None }.see(&server.client, &server.origin).await;
        let front = Page::graphql("{ articles(first: 3) { newerCursor nodes { headline } } }");
        let (plain, shows) = ("/v1/articles?limit=3".to_owned(), "/v1/articles?limit=12&source=the-numbers".to_owned());
        let (other, touchy) = (format!("/v1/articles/{}", id(0)), "/v1/articles?limit=3&min_words=1".to_owned());
        let before = (see(&plain).await, see(&shows).await, see(&other).await, see(&touchy).await, front.see(&server.client, &server.origin).await);
        editor.send(&server, Method::PATCH, &format!("/v1/articles/{}", id(8)), json!({ "headline": "Another" })).await;
        settled(&[server.newsroom()]).await;
        let (_, keys) = purged(&server, &mut since).await;
        assert_eq!(keys, BTreeSet::from([id(8), "art".to_owned(), "edits".to_owned()]));
        for (seen, is_purged) in [(&before.0, false), (&before.1, true), (&before.2, false), (&before.3, true), (&before.4, false)] {
            assert_eq!(seen.keys.iter().any(|key| keys.contains(key)), is_purged, "{seen:?}");
        }
        assert_eq!((see(&plain).await.etag, see(&other).await.etag, see(&touchy).await.etag), (before.0.etag, before.2.etag, before.3.etag));
        assert_ne!(see(&shows).await.etag, before.1.etag);
        // A comment: the article and its thread. News of one source: not the lists of others.
        let ann = server.reader("ann").await;
        ann.comment(&server, &id(8), "Well.", None).await;
        settled(&[server.newsroom()]).await;
        assert_eq!(purged(&server, &mut since).await.1, BTreeSet::from([id(8), "art".to_owned(), format!("comments:{}", id(8)), "comments".to_owned()]));
        let of_source = see("/v1/articles?limit=3&source=the-numbers").await;
        server.take_in("https://second.example/feed", &edition::rss("Second", "https://second.example/", &edition::item(40, "<p>x</p>"))).await;
        settled(&[server.newsroom()]).await;
        let keys = purged(&server, &mut since).await.1;
        assert!(keys.contains("articles") && !of_source.keys.iter().any(|key| keys.contains(key)), "{keys:?}");
        assert_eq!(see("/v1/articles?limit=3&source=the-numbers").await.etag, of_source.etag, "how far the walk goes is no news");
        server.stop().await;
    }
}

/// Waits until nothing has happened for a while: stories are found in their own time.
async fn quiet(server: &TestServer) {
    let (mut last, mut since) = (0, 0);
    while since < 8 {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        let now = server.newsroom().log().last().await.unwrap();
        since = if now == last { since + 1 } else { 0 };
        last = now;
    }
}
