//! Random histories: news, edits, withdrawals and returns, and everything that happens in threads, by several writers at once.
//! A seed makes the same choices again; what the writers do to each other's timing, it does not.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use broadsheet_tests::edition;
use broadsheet_tests::{Person, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

/// `SplitMix64`: random enough, and the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }

    fn pick<T: Clone>(&mut self, from: &Mutex<Vec<T>>) -> Option<T> {
        let from = from.lock().unwrap();
        if from.is_empty() { None } else { Some(from[self.below(from.len())].clone()) }
    }
}

/// What the writers write about.
pub struct World<'s> {
    server: &'s TestServer,
    readers: Vec<Person>,
    moderator: Person,
    entries: AtomicUsize,
    articles: Mutex<Vec<String>>,
    withdrawn: Mutex<Vec<String>>,
    /// Comments that were hidden, and perhaps restored.
    hidden: Mutex<Vec<String>>,
    /// Each comment with its article and the index of its author.
    comments: Mutex<Vec<(String, String, usize)>>,
}

const PAPERS: [&str; 2] = ["https://letters.example", "https://harbour.example"];
const SECTIONS: [&str; 3] = ["World", "Sport", "Culture"];
const SUBJECTS: [&str; 3] = ["Anchors", "Bridges", "Canals"];
const AUTHORS: [&str; 3] = ["Ada Alder", "Bea Birch", "Cleo Cedar"];

/// An entry of a paper. Each number belongs to one paper; each version says something else, or the same with other topics.
fn entry(number: usize, version: usize) -> String {
    let (paper, at) = (
        PAPERS[number % PAPERS.len()],
        edition::rfc2822(broadsheet_tests::server::NOON.plus_millis(-60_000)),
    );
    let mut item = String::new();
    write!(
        item,
        "<item><title>Story {number}, version {}</title><link>{paper}/{number}</link><guid isPermaLink=\"false\">{number}</guid>\
         <pubDate>{at}</pubDate><dc:creator>{}</dc:creator><category>{}</category><category>{}</category>\
         <description>Dek {}</description><content:encoded><![CDATA[<p>Version {version}.</p>]]></content:encoded></item>",
        version / 3,
        AUTHORS[version % AUTHORS.len()],
        SECTIONS[version / 2 % SECTIONS.len()],
        SUBJECTS[(number + version) % SUBJECTS.len()],
        version / 2,
    )
    .unwrap();
    item
}

impl<'s> World<'s> {
    /// A world with some news in it already, so that filters have names to name.
    pub async fn begin(server: &'s TestServer) -> Self {
        let readers =
            futures_util::future::join_all(["ann", "bo", "cy"].map(|name| server.reader(name))).await;
        let world = Self {
            server,
            readers,
            moderator: server.staff("mo", "moderator").await,
            entries: AtomicUsize::new(0),
            articles: Mutex::default(),
            withdrawn: Mutex::default(),
            hidden: Mutex::default(),
            comments: Mutex::default(),
        };
        for version in 0..12 {
            world.take_in(world.entries.fetch_add(1, Ordering::SeqCst), version).await;
        }
        world
    }

    /// Lets a writer do so many things.
    pub async fn write(&self, mut dice: Dice, steps: usize) {
        for _ in 0..steps {
            self.step(&mut dice).await;
        }
    }

    async fn step(&self, dice: &mut Dice) {
        match dice.below(25) {
            0..=3 => {
                self.take_in(self.entries.fetch_add(1, Ordering::SeqCst), dice.below(12)).await;
            }
            4..=8 => self.take_in(dice.below(self.entries.load(Ordering::SeqCst)), dice.below(12)).await,
            9 | 10 => self.withdraw(dice).await,
            11 | 12 => self.bring_back(dice).await,
            13..=17 => self.post(dice).await,
            18 | 19 => {
                let body = json!({ "body": format!("Words {}.", dice.below(1_000)) });
                self.change_comment(dice, Method::PATCH, body).await;
            }
            20 => self.change_comment(dice, Method::DELETE, Value::Null).await,
            21 | 22 => self.hide(dice).await,
            23 => self.restore(dice).await,
            _ => self.turn_thread(dice).await,
        }
        self.server.clock.advance_seconds(i64::from(dice.below(4) == 0));
    }

    async fn take_in(&self, number: usize, version: usize) {
        let paper = PAPERS[number % PAPERS.len()];
        let document =
            edition::rss(&format!("Paper of {paper}"), &format!("{paper}/"), &entry(number, version));
        let taken = self.server.take_in(&format!("{paper}/feed.xml"), &document).await;
        self.articles.lock().unwrap().extend(taken.new.iter().map(ToString::to_string));
    }

    /// The first few articles have the conversation.
    fn lively(&self, dice: &mut Dice) -> String {
        let articles = self.articles.lock().unwrap();
        articles[dice.below(articles.len().min(6))].clone()
    }

    async fn withdraw(&self, dice: &mut Dice) {
        let any = if dice.below(2) == 0 { dice.pick(&self.articles) } else { None };
        let article = any.unwrap_or_else(|| self.lively(dice));
        let system = self.server.system();
        let reason = Some("Not true.".to_owned());
        self.server.newsroom().articles(&system).withdraw(article.parse().unwrap(), reason).await.unwrap();
        self.withdrawn.lock().unwrap().push(article);
    }

    async fn bring_back(&self, dice: &mut Dice) {
        let Some(article) = dice.pick(&self.withdrawn) else { return };
        self.withdrawn.lock().unwrap().retain(|withdrawn| *withdrawn != article);
        let system = self.server.system();
        self.server.newsroom().articles(&system).restore(article.parse().unwrap()).await.unwrap();
    }

    async fn post(&self, dice: &mut Dice) {
        let who = dice.below(self.readers.len());
        let parent = if dice.below(2) == 0 { dice.pick(&self.comments) } else { None };
        let (article, parent) = match parent {
            Some((comment, article, _)) => (article, Some(comment)),
            None => (self.lively(dice), None),
        };
        let input = json!({ "body": format!("Words {}.", dice.below(1_000)), "parent_id": parent });
        let (status, comment) = self.readers[who]
            .send(self.server, Method::POST, &format!("/v1/articles/{article}/comments"), input)
            .await;
        assert!(status < 500, "{comment}");
        if status == 201 {
            self.comments.lock().unwrap().push((comment["id"].as_str().unwrap().to_owned(), article, who));
        }
    }

    async fn change_comment(&self, dice: &mut Dice, method: Method, body: Value) {
        let Some((comment, _, who)) = dice.pick(&self.comments) else { return };
        let (status, answer) =
            self.readers[who].send(self.server, method, &format!("/v1/comments/{comment}"), body).await;
        assert!(status < 500, "{answer}");
    }

    async fn hide(&self, dice: &mut Dice) {
        let Some((comment, ..)) = dice.pick(&self.comments) else { return };
        if self.moderate(&comment, "hide", json!({ "reason": "Secret reason." })).await == 200 {
            self.hidden.lock().unwrap().push(comment);
        }
    }

    async fn restore(&self, dice: &mut Dice) {
        let Some(comment) = dice.pick(&self.hidden) else { return };
        self.moderate(&comment, "restore", Value::Null).await;
    }

    async fn moderate(&self, comment: &str, what: &str, body: Value) -> u16 {
        let path = format!("/v1/comments/{comment}/{what}");
        let (status, answer) = self.moderator.send(self.server, Method::POST, &path, body).await;
        assert!(status < 500, "{answer}");
        status
    }

    async fn turn_thread(&self, dice: &mut Dice) {
        let Some(article) = dice.pick(&self.articles) else { return };
        let turn = if dice.below(2) == 0 { "close" } else { "open" };
        let (status, answer) = self
            .moderator
            .send(self.server, Method::POST, &format!("/v1/articles/{article}/comments/{turn}"), Value::Null)
            .await;
        assert!(status < 500, "{answer}");
    }

    /// A last piece of news, for those who wait for an end: published, named, and then edited. Every follower is told of it,
    /// also those of a filter.
    pub async fn end(&self, named: impl FnOnce(String)) {
        let number = self.entries.fetch_add(PAPERS.len() * SUBJECTS.len(), Ordering::SeqCst);
        let number = number - number % SUBJECTS.len() + SUBJECTS.len();
        self.take_in(number, 0).await;
        named(self.articles.lock().unwrap().last().unwrap().clone());
        self.take_in(number, 6).await;
    }
}
