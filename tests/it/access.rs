//! The access table: who may call which operation, over both transports, as a table that people can read (`access.md`).
//!
//! Each operation of the contract must have a probe here, or the test fails. `UPDATE_ACCESS=1` renews the table; every change
//! of a cell is a decision to be reviewed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::people::PASSWORD;
use broadsheet_tests::{Backend, Person, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

/// What a probe may name: things made afresh for each cell, so that no cell depends on another.
struct Stage {
    article: String,
    withdrawn: String,
    draft: String,
    desk: String,
    withdrawn_too: String,
    story: String,
    story_too: String,
    member: String,
    split: String,
    topic: String,
    merged_topic: String,
    query: String,
    feed: String,
    comment: String,
    hidden: String,
    target: Person,
}

impl Stage {
    fn fill(&self, text: &str) -> String {
        text.replace("{article}", &self.article)
            .replace("{withdrawn}", &self.withdrawn)
            .replace("{draft}", &self.draft)
            .replace("{story}", &self.story)
            .replace("{story_too}", &self.story_too)
            .replace("{member}", &self.member)
            .replace("{split}", &self.split)
            .replace("{query}", &self.query)
            .replace("{feed}", &self.feed)
            .replace("{desk}", &self.desk)
            .replace("{withdrawn_too}", &self.withdrawn_too)
            .replace("{topic}", &self.topic)
            .replace("{merged_topic}", &self.merged_topic)
            .replace("{comment}", &self.comment)
            .replace("{hidden}", &self.hidden)
            .replace("{target}", &self.target.id)
            .replace("{target_email}", &self.target.email)
            .replace("{target_refresh}", &self.target.refresh_token)
            .replace("{password}", PASSWORD)
    }
}

/// One row: an operation of REST with its twin in GraphQL.
struct Probe {
    operation: &'static str,
    /// What is special about this row of the operation.
    about: &'static str,
    method: &'static str,
    path: &'static str,
    body: &'static str,
    graphql: &'static str,
}

const fn probe(
    operation: &'static str,
    about: &'static str,
    method: &'static str,
    path: &'static str,
    body: &'static str,
    graphql: &'static str,
) -> Probe {
    Probe { operation, about, method, path, body, graphql }
}

const PROBES: &[Probe] = &[
    probe("list_articles", "", "GET", "/v1/articles", "", "{ articles { nodes { id } } }"),
    probe(
        "list_articles",
        "drafts",
        "GET",
        "/v1/articles?status=draft",
        "",
        "{ articles(filter: { status: { anyOf: [DRAFT] } }) { nodes { id } } }",
    ),
    probe("list_article_ids", "", "GET", "/v1/articles/ids", "", "{ articleIds { nodes } }"),
    probe("get_article", "", "GET", "/v1/articles/{article}", "", "{ article(id: \"{article}\") { id } }"),
    probe(
        "get_article",
        "withdrawn",
        "GET",
        "/v1/articles/{withdrawn}",
        "",
        "{ node(id: \"{withdrawn}\") { id } }",
    ),
    probe(
        "get_article_by_url",
        "",
        "GET",
        "/v1/articles/by-url?url=https://numbers.example/0",
        "",
        "{ article(url: \"https://numbers.example/0\") { id } }",
    ),
    probe(
        "list_article_revisions",
        "",
        "GET",
        "/v1/articles/{article}/revisions",
        "",
        "{ article(id: \"{article}\") { revisions { nodes { revision } } } }",
    ),
    probe(
        "create_article",
        "",
        "POST",
        "/v1/articles",
        r#"{"source":"the-numbers","headline":"New."}"#,
        "mutation { createArticle(input: { source: \"the-numbers\", headline: \"New.\" }) { userErrors { code } } }",
    ),
    probe("get_article", "draft", "GET", "/v1/articles/{draft}", "", "{ node(id: \"{draft}\") { id } }"),
    probe(
        "edit_article",
        "",
        "PATCH",
        "/v1/articles/{desk}",
        r#"{"dek":"Other."}"#,
        "mutation { editArticle(input: { id: \"{desk}\", edit: { dek: \"Other.\" } }) { userErrors { code } } }",
    ),
    probe(
        "edit_article",
        "draft",
        "PATCH",
        "/v1/articles/{draft}",
        r#"{"dek":"Other."}"#,
        "mutation { editArticle(input: { id: \"{draft}\", edit: { dek: \"Other.\" } }) { userErrors { code } } }",
    ),
    probe(
        "correct_article",
        "",
        "POST",
        "/v1/articles/{desk}/corrections",
        r#"{"note":"It was wrong.","edit":{"dek":"Right."}}"#,
        "mutation { correctArticle(input: { id: \"{desk}\", note: \"It was wrong.\", edit: { dek: \"Right.\" } }) { userErrors { code } } }",
    ),
    probe(
        "list_corrections",
        "",
        "GET",
        "/v1/articles/{article}/corrections",
        "",
        "{ article(id: \"{article}\") { corrections { nodes { id } } } }",
    ),
    probe(
        "list_aliases",
        "",
        "GET",
        "/v1/articles/{article}/aliases",
        "",
        "{ article(id: \"{article}\") { aliases { slug } } }",
    ),
    probe(
        "publish_article",
        "",
        "POST",
        "/v1/articles/{draft}/publish",
        "",
        "mutation { publishArticle(id: \"{draft}\") { userErrors { code } } }",
    ),
    probe(
        "schedule_article",
        "",
        "POST",
        "/v1/articles/{draft}/schedule",
        r#"{"at":"2099-01-01T00:00:00Z"}"#,
        "mutation { scheduleArticle(id: \"{draft}\", at: \"2099-01-01T00:00:00Z\") { userErrors { code } } }",
    ),
    probe(
        "embargo_article",
        "",
        "POST",
        "/v1/articles/{draft}/embargo",
        r#"{"until":"2099-01-01T00:00:00Z"}"#,
        "mutation { embargoArticle(id: \"{draft}\", until: \"2099-01-01T00:00:00Z\") { userErrors { code } } }",
    ),
    probe(
        "hold_article",
        "",
        "POST",
        "/v1/articles/{draft}/hold",
        "",
        "mutation { holdArticle(id: \"{draft}\") { userErrors { code } } }",
    ),
    probe(
        "withdraw_article",
        "",
        "POST",
        "/v1/articles/{desk}/withdraw",
        r#"{"reason":"Wrong."}"#,
        "mutation { withdrawArticle(id: \"{desk}\", reason: \"Wrong.\") { userErrors { code } } }",
    ),
    probe(
        "restore_article",
        "",
        "POST",
        "/v1/articles/{withdrawn_too}/restore",
        "",
        "mutation { restoreArticle(id: \"{withdrawn_too}\") { userErrors { code } } }",
    ),
    probe(
        "diff_revisions",
        "",
        "GET",
        "/v1/articles/{desk}/revisions/diff?from=1",
        "",
        "{ article(id: \"{desk}\") { diff(from: 1) { from } } }",
    ),
    probe(
        "restore_revision",
        "",
        "POST",
        "/v1/articles/{desk}/revisions/1/restore",
        "",
        "mutation { restoreRevision(id: \"{desk}\", revision: 1) { userErrors { code } } }",
    ),
    probe(
        "stream_articles",
        "",
        "STREAM",
        "/v1/articles/events",
        "",
        "subscription { articlePublished { sequence } }",
    ),
    probe(
        "list_comments",
        "",
        "GET",
        "/v1/articles/{article}/comments",
        "",
        "{ article(id: \"{article}\") { comments { nodes { id } } } }",
    ),
    probe(
        "stream_comments",
        "",
        "STREAM",
        "/v1/articles/{article}/comments/events",
        "",
        "subscription { commentEvents(articleId: \"{article}\") { sequence } }",
    ),
    probe(
        "post_comment",
        "",
        "POST",
        "/v1/articles/{article}/comments",
        r#"{"body":"Mine."}"#,
        "mutation { postComment(input: { articleId: \"{article}\", body: \"Mine.\" }) { userErrors { code } } }",
    ),
    probe(
        "post_comment",
        "withdrawn article",
        "POST",
        "/v1/articles/{withdrawn}/comments",
        r#"{"body":"Mine."}"#,
        "mutation { postComment(input: { articleId: \"{withdrawn}\", body: \"Mine.\" }) { userErrors { code } } }",
    ),
    probe("get_comment", "", "GET", "/v1/comments/{comment}", "", "{ comment(id: \"{comment}\") { id } }"),
    probe(
        "edit_comment",
        "somebody's",
        "PATCH",
        "/v1/comments/{comment}",
        r#"{"body":"Other words."}"#,
        "mutation { editComment(input: { id: \"{comment}\", body: \"Other words.\" }) { userErrors { code } } }",
    ),
    probe(
        "delete_comment",
        "somebody's",
        "DELETE",
        "/v1/comments/{comment}",
        "",
        "mutation { deleteComment(id: \"{comment}\") { userErrors { code } } }",
    ),
    probe(
        "list_replies",
        "",
        "GET",
        "/v1/comments/{comment}/replies",
        "",
        "{ comment(id: \"{comment}\") { replies { nodes { id } } } }",
    ),
    probe(
        "list_comment_revisions",
        "somebody's",
        "GET",
        "/v1/comments/{comment}/revisions",
        "",
        "{ comment(id: \"{comment}\") { revisions { nodes { revision } } } }",
    ),
    probe(
        "hide_comment",
        "",
        "POST",
        "/v1/comments/{comment}/hide",
        r#"{"reason":"Rude."}"#,
        "mutation { hideComment(input: { id: \"{comment}\", reason: \"Rude.\" }) { userErrors { code } } }",
    ),
    probe(
        "restore_comment",
        "",
        "POST",
        "/v1/comments/{hidden}/restore",
        "",
        "mutation { restoreComment(id: \"{hidden}\") { userErrors { code } } }",
    ),
    probe(
        "close_thread",
        "",
        "POST",
        "/v1/articles/{article}/comments/close",
        "",
        "mutation { closeThread(articleId: \"{article}\") { userErrors { code } } }",
    ),
    probe(
        "open_thread",
        "",
        "POST",
        "/v1/articles/{article}/comments/open",
        "",
        "mutation { openThread(articleId: \"{article}\") { userErrors { code } } }",
    ),
    probe("get_feed", "", "GET", "/v1/feeds/articles.rss", "", "{ articles { nodes { id } } }"),
    probe(
        "get_feed_of",
        "",
        "GET",
        "/v1/feeds/source/the-numbers.atom",
        "",
        "{ source(slug: \"the-numbers\") { articles { nodes { id } } } }",
    ),
    probe("get_opml", "", "GET", "/v1/opml", "", "{ sources { nodes { id } } }"),
    probe(
        "search_articles",
        "",
        "GET",
        "/v1/search?q=headline",
        "",
        "{ search(q: \"headline\") { nodes { article { id } } } }",
    ),
    probe(
        "suggest_searches",
        "",
        "GET",
        "/v1/search/suggest?q=head",
        "",
        "{ searchSuggestions(q: \"head\") { texts } }",
    ),
    probe(
        "list_related",
        "",
        "GET",
        "/v1/articles/{article}/related",
        "",
        "{ article(id: \"{article}\") { related { nodes { reason } } } }",
    ),
    probe("list_stories", "", "GET", "/v1/stories", "", "{ stories { nodes { id } } }"),
    probe("get_story", "", "GET", "/v1/stories/{story}", "", "{ story(id: \"{story}\") { id } }"),
    probe(
        "list_story_members",
        "",
        "GET",
        "/v1/stories/{story}/members",
        "",
        "{ story(id: \"{story}\") { members { nodes { confidence } } } }",
    ),
    probe(
        "list_story_publishers",
        "",
        "GET",
        "/v1/stories/{story}/publishers",
        "",
        "{ story(id: \"{story}\") { publishers { articleCount } } }",
    ),
    probe(
        "merge_story",
        "",
        "POST",
        "/v1/stories/{story}/merge",
        r#"{"into":"{story_too}"}"#,
        "mutation { mergeStory(id: \"{story}\", into: \"{story_too}\") { userErrors { code } } }",
    ),
    probe(
        "split_story",
        "",
        "POST",
        "/v1/stories/{story}/split",
        r#"{"articles":["{member}"]}"#,
        "mutation { splitStory(id: \"{story}\", articles: [\"{member}\"]) { userErrors { code } } }",
    ),
    probe(
        "undo_story_edit",
        "",
        "POST",
        "/v1/stories/{split}/undo",
        "",
        "mutation { undoStoryEdit(id: \"{split}\") { userErrors { code } } }",
    ),
    probe("list_trending", "", "GET", "/v1/trending", "", "{ trending { nodes { score } } }"),
    probe(
        "record_read",
        "",
        "POST",
        "/v1/articles/{article}/reads",
        "",
        "mutation { recordRead(articleId: \"{article}\") { userErrors { code } } }",
    ),
    probe(
        "record_read",
        "draft",
        "POST",
        "/v1/articles/{draft}/reads",
        "",
        "mutation { recordRead(articleId: \"{draft}\") { userErrors { code } } }",
    ),
    probe("list_queries", "", "GET", "/v1/queries", "", "{ savedQueries { nodes { id } } }"),
    probe(
        "create_query",
        "",
        "POST",
        "/v1/queries",
        r#"{"name":"Pictures","definition":{"has":["image"]}}"#,
        "mutation { createQuery(input: { name: \"Pictures\", definition: { has: [\"image\"] } }) { userErrors { code } } }",
    ),
    probe("get_query", "", "GET", "/v1/queries/{query}", "", "{ savedQuery(id: \"{query}\") { id } }"),
    probe(
        "edit_query",
        "somebody's",
        "PATCH",
        "/v1/queries/{query}",
        r#"{"name":"Others"}"#,
        "mutation { editQuery(input: { id: \"{query}\", name: \"Others\" }) { userErrors { code } } }",
    ),
    probe(
        "delete_query",
        "somebody's",
        "DELETE",
        "/v1/queries/{query}",
        "",
        "mutation { deleteQuery(id: \"{query}\") { userErrors { code } } }",
    ),
    probe(
        "list_query_articles",
        "",
        "GET",
        "/v1/queries/{query}/items",
        "",
        "{ savedQuery(id: \"{query}\") { articles { nodes { id } } } }",
    ),
    probe(
        "get_query_feed",
        "",
        "GET",
        "/v1/queries/{query}/feed.rss",
        "",
        "{ savedQuery(id: \"{query}\") { articles { nodes { id } } } }",
    ),
    probe(
        "stream_query",
        "",
        "STREAM",
        "/v1/queries/{query}/events",
        "",
        "subscription { changes(query: \"{query}\") { sequence } }",
    ),
    probe("list_sources", "", "GET", "/v1/sources", "", "{ sources { nodes { id } } }"),
    probe("get_source", "", "GET", "/v1/sources/the-numbers", "", "{ source(slug: \"the-numbers\") { id } }"),
    probe("list_authors", "", "GET", "/v1/authors", "", "{ authors { nodes { id } } }"),
    probe("get_author", "", "GET", "/v1/authors/ada-alder", "", "{ author(slug: \"ada-alder\") { id } }"),
    probe("list_topics", "", "GET", "/v1/topics", "", "{ topics { nodes { id } } }"),
    probe("get_topic", "", "GET", "/v1/topics/world", "", "{ topic(slug: \"world\") { id } }"),
    probe(
        "list_topic_aliases",
        "",
        "GET",
        "/v1/topics/world/aliases",
        "",
        "{ topic(slug: \"world\") { aliases { slug } } }",
    ),
    probe(
        "import_articles",
        "",
        "POST",
        "/v1/imports?source=the-numbers",
        r#"{"external_id":"{fresh}","headline":"Imported."}"#,
        "mutation { importArticles(input: { source: \"the-numbers\", lines: [\"{}\"] }) { userErrors { code } } }",
    ),
    probe(
        "create_topic",
        "",
        "POST",
        "/v1/topics",
        r#"{"kind":"topic","name":"{fresh}"}"#,
        "mutation { createTopic(input: { kind: TOPIC, name: \"{fresh}\" }) { userErrors { code } } }",
    ),
    probe(
        "edit_topic",
        "",
        "PATCH",
        "/v1/topics/{topic}",
        r#"{"name":"{fresh}"}"#,
        "mutation { editTopic(input: { id: \"{topic}\", edit: { name: \"{fresh}\" } }) { userErrors { code } } }",
    ),
    probe(
        "merge_topic",
        "",
        "POST",
        "/v1/topics/{topic}/merge",
        r#"{"into":"everything"}"#,
        "mutation { mergeTopic(id: \"{topic}\", into: \"everything\") { userErrors { code } } }",
    ),
    probe(
        "undo_topic_merge",
        "",
        "POST",
        "/v1/topics/{merged_topic}/undo",
        "",
        "mutation { undoTopicMerge(id: \"{merged_topic}\") { userErrors { code } } }",
    ),
    probe("list_changes", "", "GET", "/v1/changes?since=0", "", "{ changes(since: \"0\") { next } }"),
    probe("stream_changes", "", "STREAM", "/v1/changes/events", "", "subscription { changes { sequence } }"),
    // GraphQL makes a copy from a list, after it has asked where the log is.
    probe("export_articles", "", "GET", "/v1/exports", "", "{ changes { next } articles { nodes { id } } }"),
    probe(
        "register",
        "",
        "POST",
        "/v1/auth/register",
        r#"{"email":"{fresh}","name":"New","password":"{password}"}"#,
        "mutation { register(input: { email: \"{fresh}\", name: \"New\", password: \"{password}\" }) { userErrors { code } } }",
    ),
    probe(
        "sign_in",
        "",
        "POST",
        "/v1/auth/sign-in",
        r#"{"email":"{target_email}","password":"{password}"}"#,
        "mutation { signIn(input: { email: \"{target_email}\", password: \"{password}\" }) { userErrors { code } } }",
    ),
    probe(
        "refresh",
        "",
        "POST",
        "/v1/auth/refresh",
        r#"{"refresh_token":"{target_refresh}"}"#,
        "mutation { refresh(input: { refreshToken: \"{target_refresh}\" }) { userErrors { code } } }",
    ),
    probe(
        "sign_out",
        "",
        "POST",
        "/v1/auth/sign-out",
        r#"{"refresh_token":"{target_refresh}"}"#,
        "mutation { signOut(input: { refreshToken: \"{target_refresh}\" }) { userErrors { code } } }",
    ),
    probe("get_me", "", "GET", "/v1/me", "", "{ viewer { id } }"),
    probe(
        "ban_account",
        "",
        "POST",
        "/v1/admin/accounts/{target}/ban",
        r#"{"reason":"Spam."}"#,
        "mutation { banAccount(input: { id: \"{target}\", reason: \"Spam.\" }) { userErrors { code } } }",
    ),
    probe(
        "readmit_account",
        "",
        "POST",
        "/v1/admin/accounts/{target}/readmit",
        "",
        "mutation { readmitAccount(id: \"{target}\") { userErrors { code } } }",
    ),
    probe("list_source_feeds", "", "GET", "/v1/admin/feeds", "", "{ sourceFeeds { nodes { id } } }"),
    probe(
        "add_source_feed",
        "",
        "POST",
        "/v1/admin/feeds",
        r#"{"url":"http://127.0.0.1:9/new"}"#,
        "mutation { addSourceFeed(input: { url: \"http://127.0.0.1:9/new\" }) { userErrors { code } } }",
    ),
    probe(
        "get_source_feed",
        "",
        "GET",
        "/v1/admin/feeds/{feed}",
        "",
        "{ sourceFeed(id: \"{feed}\") { id } }",
    ),
    probe(
        "edit_source_feed",
        "",
        "PATCH",
        "/v1/admin/feeds/{feed}",
        r#"{"url":"http://127.0.0.1:9/{feed}"}"#,
        "mutation { editSourceFeed(id: \"{feed}\", url: \"http://127.0.0.1:9/{feed}\") { userErrors { code } } }",
    ),
    probe(
        "pause_source_feed",
        "",
        "POST",
        "/v1/admin/feeds/{feed}/pause",
        "",
        "mutation { pauseSourceFeed(id: \"{feed}\") { userErrors { code } } }",
    ),
    probe(
        "resume_source_feed",
        "",
        "POST",
        "/v1/admin/feeds/{feed}/resume",
        "",
        "mutation { resumeSourceFeed(id: \"{feed}\") { userErrors { code } } }",
    ),
    probe(
        "fetch_source_feed",
        "",
        "POST",
        "/v1/admin/feeds/{feed}/fetch",
        "",
        "mutation { fetchSourceFeed(id: \"{feed}\") { userErrors { code } } }",
    ),
    probe(
        "list_feed_fetches",
        "",
        "GET",
        "/v1/admin/feeds/{feed}/fetches",
        "",
        "{ sourceFeed(id: \"{feed}\") { fetches { nodes { at } } } }",
    ),
    probe("get_intake_health", "", "GET", "/v1/admin/intake", "", "{ intakeHealth { due } }"),
    probe(
        "get_source_ledger",
        "",
        "GET",
        "/v1/admin/sources/the-numbers/ledger",
        "",
        "{ sourceLedger(source: \"the-numbers\") { articles } }",
    ),
];

/// Root fields of GraphQL that are another way to what a probe covers.
const COVERED_ELSEWHERE: [&str; 1] = ["nodes"];

struct Cast {
    viewers: Vec<(&'static str, Option<Person>)>,
    owner: Person,
    moderator: Person,
    editor: Person,
    made: std::sync::atomic::AtomicU32,
}

impl Cast {
    async fn assemble(server: &TestServer) -> Self {
        let admin = server.staff("admin", "admin").await;
        let banned = server.reader("banned").await;
        let owner = server.reader("owner").await;
        let moderator = server.staff("moderator", "moderator").await;
        let editor = server.staff("editor", "editor").await;
        admin
            .send(
                server,
                Method::POST,
                &format!("/v1/admin/accounts/{}/ban", banned.id),
                json!({ "reason": "Spam." }),
            )
            .await;
        let viewers = vec![
            ("anonymous", None),
            ("reader", Some(server.reader("reader").await)),
            ("its author", Some(owner.clone())),
            ("moderator", Some(moderator.clone())),
            ("editor", Some(editor.clone())),
            ("admin", Some(admin)),
            ("banned", Some(banned)),
        ];
        Self { viewers, owner, moderator, editor, made: std::sync::atomic::AtomicU32::new(0) }
    }

    fn number(&self) -> u32 {
        self.made.fetch_add(1, std::sync::atomic::Ordering::SeqCst)
    }

    /// The e-mail address of somebody who has no account yet.
    fn newcomer(&self) -> String {
        format!("new-{}@readers.example", self.number())
    }

    async fn draft(&self, server: &TestServer) -> String {
        let input = json!({ "source": "the-numbers", "headline": format!("Desk {}", self.number()) });
        let (status, article) = self.editor.send(server, Method::POST, "/v1/articles", input).await;
        assert_eq!(status, 201, "{article}");
        article["id"].as_str().unwrap().to_owned()
    }

    async fn topic(&self, server: &TestServer) -> String {
        let input = json!({ "kind": "topic", "name": format!("Topic {}", self.number()) });
        let (status, topic) = self.editor.send(server, Method::POST, "/v1/topics", input).await;
        assert_eq!(status, 201, "{topic}");
        topic["id"].as_str().unwrap().to_owned()
    }

    /// A story of three articles, and one of them.
    async fn story(&self, server: &TestServer) -> (String, String) {
        crate::stories::told(server, self.number()).await
    }

    async fn stage(&self, server: &TestServer, probe: &Probe, article: &str, withdrawn: &str) -> Stage {
        let used = format!("{} {} {}", probe.path, probe.body, probe.graphql);
        let mut stage = Stage {
            article: article.to_owned(),
            withdrawn: withdrawn.to_owned(),
            draft: String::new(),
            desk: String::new(),
            withdrawn_too: String::new(),
            story: String::new(),
            story_too: String::new(),
            member: String::new(),
            split: String::new(),
            topic: String::new(),
            merged_topic: String::new(),
            query: String::new(),
            feed: String::new(),
            comment: String::new(),
            hidden: String::new(),
            target: self.owner.clone(),
        };
        if used.contains("{comment}") || used.contains("{hidden}") {
            let id = self.owner.comment(server, article, "Somebody's.", None).await["id"]
                .as_str()
                .unwrap()
                .to_owned();
            stage.comment.clone_from(&id);
            if used.contains("{hidden}") {
                self.moderator
                    .send(
                        server,
                        Method::POST,
                        &format!("/v1/comments/{id}/hide"),
                        json!({ "reason": "Rude." }),
                    )
                    .await;
                stage.hidden = id;
            }
        }
        if used.contains("{feed}") {
            // A port where nobody listens: a fetch fails at once.
            let url = format!("http://127.0.0.1:9/{}", uuid::Uuid::now_v7());
            let system = server.system();
            let feed = server.newsroom().sources(&system).add_feed(&url, Some("the-numbers")).await.unwrap();
            stage.feed = feed.id.to_string();
        }
        if used.contains("{draft}") {
            stage.draft = self.draft(server).await;
        }
        if used.contains("{desk}") {
            stage.desk = self.draft(server).await;
            let path = format!("/v1/articles/{}", stage.desk);
            self.editor.send(server, Method::PATCH, &path, json!({ "dek": "A dek." })).await;
            self.editor.send(server, Method::POST, &format!("{path}/publish"), Value::Null).await;
        }
        if used.contains("{withdrawn_too}") {
            stage.withdrawn_too = self.draft(server).await;
            let path = format!("/v1/articles/{}", stage.withdrawn_too);
            self.editor.send(server, Method::POST, &format!("{path}/publish"), Value::Null).await;
            self.editor.send(server, Method::POST, &format!("{path}/withdraw"), json!({})).await;
        }
        if used.contains("{story}") || used.contains("{split}") {
            (stage.story, stage.member) = self.story(server).await;
        }
        if used.contains("{story_too}") {
            stage.story_too = self.story(server).await.0;
        }
        if used.contains("{split}") {
            let path = format!("/v1/stories/{}/split", stage.story);
            let body = json!({ "articles": [stage.member] });
            let (_, split) = self.editor.send(server, Method::POST, &path, body).await;
            split["id"].as_str().unwrap().clone_into(&mut stage.split);
        }
        if used.contains("{topic}") {
            stage.topic = self.topic(server).await;
        }
        if used.contains("{merged_topic}") {
            stage.merged_topic = self.topic(server).await;
            let path = format!("/v1/topics/{}/merge", stage.merged_topic);
            self.editor.send(server, Method::POST, &path, json!({ "into": "everything" })).await;
        }
        if used.contains("{query}") {
            let body = json!({ "name": "Pictures", "definition": { "has": ["image"] } });
            let (_, query) = self.owner.send(server, Method::POST, "/v1/queries", body).await;
            query["id"].as_str().unwrap().clone_into(&mut stage.query);
        }
        if used.contains("{target") {
            stage.target = server.reader(&format!("target-{}", self.number())).await;
        }
        stage
    }
}

async fn by_rest(
    server: &TestServer,
    probe: &Probe,
    stage: &Stage,
    viewer: Option<&Person>,
    fresh: &str,
) -> String {
    let method = if probe.method == "STREAM" { Method::GET } else { probe.method.parse().unwrap() };
    let mut request = server.request(method, &stage.fill(probe.path));
    if let Some(person) = viewer {
        request = request.bearer_auth(&person.token);
    }
    if !probe.body.is_empty() {
        let media_type =
            if probe.operation == "import_articles" { "application/x-ndjson" } else { "application/json" };
        request = request
            .header("content-type", media_type)
            .body(stage.fill(&probe.body.replace("{fresh}", fresh)));
    }
    let response = request.send().await.unwrap();
    if response.status().is_success() {
        return "yes".to_owned();
    }
    response.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned()
}

async fn by_graphql(
    server: &TestServer,
    probe: &Probe,
    stage: &Stage,
    viewer: Option<&Person>,
    fresh: &str,
) -> String {
    let query = stage.fill(&probe.graphql.replace("{fresh}", fresh));
    let mut request = server.request(Method::POST, "/graphql").json(&json!({ "query": query }));
    if let Some(person) = viewer {
        request = request.bearer_auth(&person.token);
    }
    if probe.method == "STREAM" {
        let response = request.header("accept", "text/event-stream").send().await.unwrap();
        if response.status().is_success() {
            return "yes".to_owned();
        }
        return code_of(&response.json().await.unwrap());
    }
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    code_of(&answer)
}

fn code_of(answer: &Value) -> String {
    if let Some(code) = answer.pointer("/errors/0/extensions/code") {
        return code.as_str().unwrap().to_lowercase();
    }
    let data = answer["data"].as_object().unwrap();
    let field = data.values().next().unwrap();
    if let Some(code) = field.pointer("/userErrors/0/code") {
        return code.as_str().unwrap().to_lowercase();
    }
    if field.is_null() { "not_found".to_owned() } else { "yes".to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_is_what_the_server_does() {
    for backend in Backend::ALL {
        let Some(server) = TestServer::start(backend).await else { continue };
        server.take_in(NUMBERS, &edition::numbered(0, 2)).await;
        let list = server.get("/v1/articles").await;
        let (article, withdrawn) =
            (list["data"][0]["id"].as_str().unwrap(), list["data"][1]["id"].as_str().unwrap());
        let system = server.system();
        server.newsroom().articles(&system).withdraw(withdrawn.parse().unwrap(), None).await.unwrap();
        server.find_stories();
        server.index().await;
        let cast = Cast::assemble(&server).await;
        let mut table = format!(
            "# Who may do what\n\nMade and checked by a test, over REST and GraphQL. Where the two differ, both are named.\n\n| operation | {} |\n|---|{}\n",
            cast.viewers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" | "),
            "---|".repeat(cast.viewers.len())
        );
        for probe in PROBES {
            let about = if probe.about.is_empty() { String::new() } else { format!(" ({})", probe.about) };
            write!(table, "| {}{about} |", probe.operation).unwrap();
            for (_, viewer) in &cast.viewers {
                let stage = cast.stage(&server, probe, article, withdrawn).await;
                let newcomer = cast.newcomer();
                let rest = by_rest(&server, probe, &stage, viewer.as_ref(), &newcomer).await;
                let stage = cast.stage(&server, probe, article, withdrawn).await;
                let newcomer = cast.newcomer();
                let graphql = by_graphql(&server, probe, &stage, viewer.as_ref(), &newcomer).await;
                let cell = if rest == graphql { rest } else { format!("{rest} (GraphQL: {graphql})") };
                write!(table, " {cell} |").unwrap();
                // Closing the thread is for one cell only.
                let open = server
                    .newsroom()
                    .articles(&system)
                    .set_comments_open(article.parse().unwrap(), true)
                    .await;
                open.unwrap();
            }
            table.push('\n');
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/access.md");
        if std::env::var("UPDATE_ACCESS").is_ok() {
            std::fs::write(&path, &table).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == table, "{backend:?}: tests/it/access.md is not what the server does:\n{table}");
        server.stop().await;
    }
}

#[test]
fn every_operation_is_in_the_table() {
    let document: Value = serde_json::from_str(&broadsheet_api::documents::openapi_json()).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let operations: BTreeSet<&str> = paths
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let probed: BTreeSet<&str> = PROBES.iter().map(|probe| probe.operation).collect();
    assert_eq!(operations, probed);

    let sdl = broadsheet_api::graphql::sdl();
    for root in ["Query", "Mutation", "Subscription"] {
        let body = sdl.split(&format!("\ntype {root} {{")).nth(1).unwrap().split("\n}").next().unwrap();
        let fields = body
            .lines()
            .filter(|line| line.starts_with('\t') && line.contains(": ") && !line.starts_with("\t\t"))
            .map(|line| line.trim().split(['(', ':']).next().unwrap());
        for field in fields.filter(|field| field.chars().all(char::is_alphanumeric)) {
            let probed = PROBES.iter().any(|probe| probe.graphql.contains(&format!("{{ {field}")));
            assert!(
                probed || COVERED_ELSEWHERE.contains(&field),
                "{root}.{field} has no row in the access table"
            );
        }
    }
}
