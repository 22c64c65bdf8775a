//! A client's copy of what everybody may see: made from an export, kept exact by changes, and compared with what the lists
//! and threads say.

use std::collections::{BTreeMap, BTreeSet};

use broadsheet_tests::TestServer;
use reqwest::Method;
use serde_json::Value;

/// Articles and comments by id, as REST shows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Copy {
    pub articles: BTreeMap<String, Value>,
    pub comments: BTreeMap<String, Value>,
}

fn id_of(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}

impl Copy {
    /// The state that everybody reads from lists and threads.
    pub async fn of_lists(server: &TestServer, filter: &str) -> Self {
        let mut copy = Self::default();
        let mut cursor = String::new();
        loop {
            let page =
                server.get(&format!("/v1/articles?limit=50&include=body,topics,media{filter}{cursor}")).await;
            for article in page["data"].as_array().unwrap() {
                copy.articles.insert(id_of(article), article.clone());
            }
            let Some(next) = page["page"]["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        for article in copy.articles.keys().cloned().collect::<Vec<_>>() {
            copy.read_thread(server, &article).await;
        }
        copy
    }

    /// What an export says; its sequence.
    pub async fn of_export(server: &TestServer, filter: &str) -> (Self, String) {
        let response =
            server.request(Method::GET, &format!("/v1/exports?comments=true{filter}")).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()),
            (200, "application/x-ndjson")
        );
        let text = response.text().await.unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (first, last) = (&lines[0], lines.last().unwrap());
        assert_eq!((first["type"].as_str(), last["type"].as_str()), (Some("snapshot"), Some("end")));
        let mut copy = Self::default();
        for line in &lines[1..lines.len() - 1] {
            match line["type"].as_str().unwrap() {
                "article" => drop(copy.articles.insert(id_of(&line["article"]), line["article"].clone())),
                "comment" => drop(copy.comments.insert(id_of(&line["comment"]), line["comment"].clone())),
                kind => assert!(line[kind]["id"].is_string(), "{line}"),
            }
        }
        for (kind, counted) in [
            ("source", "sources"),
            ("topic", "topics"),
            ("author", "authors"),
            ("article", "articles"),
            ("comment", "comments"),
        ] {
            let found = lines.iter().filter(|line| line["type"] == kind).count();
            assert_eq!(last[counted], found, "{kind}");
        }
        (copy, first["sequence"].as_str().unwrap().to_owned())
    }

    /// Does what the contract says that a client does with a change.
    pub async fn apply(&mut self, server: &TestServer, change: &Value) {
        let subject = change["subject_id"].as_str().unwrap();
        if change["gone"] == true || change["left"] == true {
            if self.articles.remove(subject).is_some() {
                self.comments.retain(|_, comment| comment["article_id"] != subject);
            }
            self.comments.remove(subject);
        }
        if let Some(article) = change["article"].as_object() {
            let is_new = self.articles.insert(subject.to_owned(), article.clone().into()).is_none();
            if is_new && change["kind"] != "article_published" {
                self.read_thread(server, subject).await;
            }
        }
        if let Some(thread) = change["thread"].as_object()
            && let Some(article) = self.articles.get_mut(thread["article_id"].as_str().unwrap())
        {
            article["comment_count"] = thread["comment_count"].clone();
            article["comments_open"] = thread["comments_open"].clone();
            let comment = &change["comment"];
            self.comments.insert(subject.to_owned(), comment.clone());
            if let Some(parent) =
                comment["parent_id"].as_str().and_then(|parent| self.comments.get_mut(parent))
            {
                parent["reply_count"] = thread["parent_reply_count"].clone();
            }
        }
        if change["source"].is_object() {
            for article in self.articles.values_mut().filter(|article| article["source"]["id"] == subject) {
                article["source"] = change["source"].clone();
            }
        }
    }

    /// Puts an article's thread, as it is now, in the place of what is here. Where the article goes meanwhile it is dropped:
    /// when it is back, that will be told.
    async fn read_thread(&mut self, server: &TestServer, article: &str) {
        self.comments.retain(|_, comment| comment["article_id"] != article);
        let mut lists = vec![format!("/v1/articles/{article}/comments?")];
        while let Some(list) = lists.pop() {
            let (status, page) = server.try_get(&format!("{list}sort=oldest&limit=200&depth=0")).await;
            if status == 404 || status == 410 {
                self.articles.remove(article);
                self.comments.retain(|_, comment| comment["article_id"] != article);
                return;
            }
            for comment in page["data"].as_array().unwrap() {
                // Replies that are hidden or deleted are not counted, and stand in the list all the same.
                lists.push(format!("/v1/comments/{}/replies?", comment["id"].as_str().unwrap()));
                self.comments.insert(id_of(comment), comment.clone());
            }
        }
    }

    /// Asserts that two copies are the same, naming what is not.
    pub fn assert_same(&self, truth: &Self, who: &str) {
        for (what, own, true_ones) in
            [("article", &self.articles, &truth.articles), ("comment", &self.comments, &truth.comments)]
        {
            let ids: BTreeSet<&String> = own.keys().chain(true_ones.keys()).collect();
            for id in ids {
                assert_eq!(
                    own.get(id),
                    true_ones.get(id),
                    "{who}: the {what} {id}: what the follower has, and what the server says"
                );
            }
        }
    }
}
