//! No follower may ever skip a change: many writers, and readers that tail the log while they write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use broadsheet_domain::Newsroom;
use broadsheet_domain::change::ChangeKind;
use broadsheet_tests::edition::{self, NUMBERS};
use futures_util::future::join_all;

/// Reads the log from its beginning until `done`, in small bites, and answers every sequence in the order of reading.
async fn tail(newsroom: Newsroom, done: Arc<AtomicBool>) -> Vec<(i64, ChangeKind)> {
    let mut seen: Vec<(i64, ChangeKind)> = Vec::new();
    loop {
        let finished = done.load(Ordering::SeqCst);
        let since = seen.last().map_or(0, |(seq, _)| *seq);
        let batch = newsroom.log().read(since, 7).await.expect("the log can be read");
        if batch.is_empty() && finished {
            return seen;
        }
        seen.extend(batch.into_iter().map(|change| (change.seq, change.kind)));
        tokio::task::yield_now().await;
    }
}

on_both! {
    async fn many_writers_and_a_tailing_reader(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 4)).await;
        let list = server.get("/v1/articles").await;
        let articles: Vec<String> = list["data"].as_array().unwrap().iter().map(|article| article["id"].as_str().unwrap().to_owned()).collect();
        let people = join_all(["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| server.reader(name))).await;
        let done = Arc::new(AtomicBool::new(false));
        let mut live = server.newsroom().log().subscribe();
        let readers = [0, 1].map(|_| tokio::spawn(tail(server.newsroom().clone(), Arc::clone(&done))));
        let talk = people.iter().zip(0..).map(async |(person, number): (_, usize)| {
            for turn in 0..15_usize {
                let article = &articles[(number + turn) % articles.len()];
                person.comment(&server, article, &format!("Turn {turn}."), None).await;
            }
        });
        let news = async {
            for batch in 0..10 {
                server.take_in(NUMBERS, &edition::numbered(100 + batch * 5, 5)).await;
            }
        };
        tokio::join!(join_all(talk), news);
        let newest = server.newsroom().log().last().await.unwrap();
        let mut head = server.newsroom().log().head();
        tokio::time::timeout(Duration::from_secs(20), head.wait_for(|seen| *seen >= newest)).await.expect("the log is followed").unwrap();
        done.store(true, Ordering::SeqCst);
        for reader in join_all(readers).await {
            let seen = reader.unwrap();
            let sequences: Vec<i64> = seen.iter().map(|(seq, _)| *seq).collect();
            assert_eq!(sequences, (1..=newest).collect::<Vec<_>>(), "a reader that was there all along saw each change once, in order");
            let count = |kind: ChangeKind| seen.iter().filter(|(_, found)| *found == kind).count();
            assert_eq!((count(ChangeKind::CommentPosted), count(ChangeKind::ArticlePublished)), (8 * 15, 4 + 50));
        }
        let mut told = Vec::new();
        while let Ok(change) = live.try_recv() {
            told.push(change.seq);
        }
        let first = told[0];
        assert_eq!(told, (first..=newest).collect::<Vec<_>>(), "live subscribers were told of each, in order");
        server.stop().await;
    }

    /// A transaction that is slow to commit must not be overtaken for good: what commits later has a later sequence.
    async fn every_write_is_in_the_log(server) {
        use ChangeKind as Kind;
        server.take_in(NUMBERS, &edition::numbered(0, 1)).await;
        let article = server.get("/v1/articles").await["data"][0]["id"].as_str().unwrap().to_owned();
        let (ann, mo, admin) = (server.reader("ann").await, server.staff("mo", "moderator").await, server.staff("root", "admin").await);
        let start = server.newsroom().log().last().await.unwrap();
        let comment = ann.comment(&server, &article, "x", None).await["id"].as_str().unwrap().to_owned();
        let steps = [
            (&ann, reqwest::Method::PATCH, format!("/v1/comments/{comment}"), serde_json::json!({ "body": "y" })),
            (&mo, reqwest::Method::POST, format!("/v1/comments/{comment}/hide"), serde_json::json!({ "reason": "r" })),
            (&mo, reqwest::Method::POST, format!("/v1/comments/{comment}/restore"), serde_json::Value::Null),
            (&mo, reqwest::Method::POST, format!("/v1/articles/{article}/comments/close"), serde_json::Value::Null),
            (&mo, reqwest::Method::POST, format!("/v1/articles/{article}/comments/open"), serde_json::Value::Null),
            (&ann, reqwest::Method::DELETE, format!("/v1/comments/{comment}"), serde_json::Value::Null),
            (&admin, reqwest::Method::POST, format!("/v1/admin/accounts/{}/ban", ann.id), serde_json::json!({ "reason": "r" })),
            (&admin, reqwest::Method::POST, format!("/v1/admin/accounts/{}/readmit", ann.id), serde_json::Value::Null),
        ];
        for (person, method, path, body) in steps {
            let (status, answer) = person.send(&server, method, &path, body).await;
            assert!(status < 300, "{path}: {status} {answer}");
        }
        server.newsroom().log().last().await.unwrap();
        let changes = server.newsroom().log().read(start, 100).await.unwrap();
        let kinds: Vec<Kind> = changes.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [
            Kind::CommentPosted, Kind::CommentEdited, Kind::CommentHidden, Kind::CommentRestored, Kind::ThreadClosed, Kind::ThreadOpened,
            Kind::CommentDeleted, Kind::AccountBanned, Kind::AccountReadmitted,
        ]);
        assert_eq!(changes[2].reason.as_deref(), Some("r"));
        server.stop().await;
    }
}
