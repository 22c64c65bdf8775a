//! A made-up edition, taken in by the domain's own ingest: words as common and as rare as in a language, and events that five
//! papers tell.

use std::path::Path;
use std::sync::Arc;

use broadsheet_domain::article::draft::{IncomingArticle, IncomingMedia};
use broadsheet_domain::article::ingest::Origin;
use broadsheet_domain::article::{ArticleFilter, ArticleSort, MediaKind};
use broadsheet_domain::clock::{Clock as _, SystemClock};
use broadsheet_domain::comment::NewComment;
use broadsheet_domain::id::{ArticleId, IdSource, PublicId as _};
use broadsheet_domain::policy::{Role, SignedIn, Viewer};
use broadsheet_domain::source::SourceHint;
use broadsheet_domain::story::StoryFilter;
use broadsheet_domain::topic::TopicKind;
use broadsheet_domain::{Newsroom, account::Registration};

use crate::server::configuration;

const SOURCES: usize = 50;
/// Events that are told again by each paper in turn.
const EVENTS: usize = 2_000;
/// How long nothing happens before an edition counts as settled, and how often that is looked at meanwhile.
pub const QUIET: std::time::Duration = std::time::Duration::from_secs(3);
const LOOKS: u32 = 6;
const BATCH: usize = 2_000;
/// How many articles are asked for by id.
const MEASURED: usize = 500;
const WORDS: [&str; 24] = [
    "harbour", "council", "storm", "market", "railway", "budget", "winter", "festival", "river", "school",
    "doctor", "bridge", "lantern", "minister", "orchard", "ferry", "archive", "court", "signal", "valley",
    "union", "theatre", "forecast", "library",
];
/// Each article is in one of them, in turn.
pub const SECTIONS: [&str; 6] = ["World", "Politics", "Business", "Science", "Sport", "Culture"];

/// What the measuring needs to know of it.
pub struct Seeded {
    /// A story that several papers tell.
    pub story: Option<String>,
    /// A place in the log a hundred changes before its end.
    pub tail: i64,
    /// How many articles there are.
    pub articles: usize,
    /// The ids of [`MEASURED`] of them, from all over the archive.
    pub ids: Vec<String>,
    /// One with a thread of 200 comments.
    pub thread: String,
    /// One that nobody has talked about.
    pub quiet: String,
}

/// Brings the edition in a database to `articles` articles.
pub async fn seed(directory: &Path, database_url: Option<String>, articles: usize) -> Seeded {
    let config = configuration(directory, database_url.as_deref(), None);
    std::fs::create_dir_all(directory).unwrap();
    let clock = Arc::new(SystemClock);
    let newsroom = Newsroom::open(&config.database(), config.rules(), clock.clone(), IdSource::random(clock))
        .await
        .unwrap();
    let viewer = Viewer::System;
    let known = newsroom.articles(&viewer).count(&ArticleFilter::default()).await.unwrap();
    take_in_all(&newsroom, usize::try_from(known).unwrap(), articles).await;
    let request = broadsheet_domain::page::PageRequest::first(200);
    let list = newsroom.articles(&viewer);
    let newest = list.list(&ArticleFilter::default(), ArticleSort::default(), &request).await.unwrap();
    let ids: Vec<ArticleId> = newest.nodes().map(|article| article.record.id).collect();
    let (thread, quiet) = (ids[3], ids[4]);
    let silent =
        newest.nodes().any(|article| article.record.id == thread && article.record.comment_count == 0);
    if silent {
        talk(&newsroom, thread).await;
    }
    let ids = spread_ids(&newsroom, articles).await;
    Box::pin(follow(&newsroom, &config.search_directory())).await;
    let tail = (newsroom.log().last().await.unwrap() - 100).max(0);
    let told = newsroom
        .stories(&viewer)
        .list(&StoryFilter { min_sources: 2, ..StoryFilter::default() }, &request)
        .await
        .unwrap();
    let story = told.nodes().next().map(|told| told.story.id.to_string());
    newsroom.close().await.unwrap();
    Seeded { story, tail, articles, ids, thread: thread.to_string(), quiet: quiet.to_string() }
}

async fn spread_ids(newsroom: &Newsroom, articles: usize) -> Vec<String> {
    let viewer = Viewer::System;
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let request = broadsheet_domain::page::PageRequest::from_cursor(Some(200), cursor).unwrap();
        let page = newsroom
            .articles(&viewer)
            .list(&ArticleFilter::default(), ArticleSort::default(), &request)
            .await
            .unwrap();
        ids.extend(page.nodes().map(|article| article.record.id.to_string()));
        cursor = page.next();
        if cursor.is_none() {
            return ids.into_iter().step_by((articles / MEASURED).max(1)).collect();
        }
    }
}

/// Takes articles in, a batch of one paper at a time; the ids of all.
pub async fn take_in_all(newsroom: &Newsroom, mut from: usize, articles: usize) -> Vec<ArticleId> {
    let mut new = Vec::new();
    while from < articles {
        let until = (from + BATCH).min(articles);
        new.extend(take_in(newsroom, from, until).await);
        from = until;
    }
    new
}

async fn take_in(newsroom: &Newsroom, from: usize, until: usize) -> Vec<ArticleId> {
    let viewer = Viewer::System;
    let number = (from / BATCH) % SOURCES;
    let homepage: url::Url = format!("https://paper-{number}.example/").parse().unwrap();
    let hint = SourceHint {
        name: Some(format!("Paper {number}")),
        logo_url: homepage.join("logo.svg").ok(),
        homepage: Some(homepage),
        language: Some("en".to_owned()),
        country: Some("GB".to_owned()),
        ..SourceHint::default()
    };
    let source = newsroom.sources(&viewer).ensure(hint).await.unwrap();
    let incoming = (from..until).map(|number| article(source.homepage.as_deref().unwrap(), number)).collect();
    let origin = Origin { source: source.id, feed: None, language: Some("en") };
    let report = newsroom.articles(&viewer).ingest(origin, incoming).await.unwrap();
    assert_eq!(report.new.len(), until - from);
    report.new
}

/// Lets articles find their stories, and the index read them, until nothing happens any more.
pub async fn follow(newsroom: &Newsroom, directory: &Path) {
    tokio::select! {
        () = settled(newsroom) => {}
        ended = newsroom.follow_log() => ended.unwrap(),
        () = newsroom.follow_stories() => {}
        ended = newsroom.follow_search(directory) => ended.unwrap(),
    }
}

/// Waits until stories and index have read what happened, and nothing more comes of it for three seconds.
pub async fn settled(newsroom: &Newsroom) {
    let system = Viewer::System;
    let (mut last, mut quiet) = (-1, 0);
    while quiet < LOOKS {
        tokio::time::sleep(QUIET / LOOKS).await;
        let newest = newsroom.log().last().await.unwrap();
        let read = newsroom.search(&system).status().is_ok_and(|status| status.sequence >= newest);
        quiet = if read && newest == last { quiet + 1 } else { 0 };
        last = newest;
    }
}

/// A number that looks like chance and is always the same.
fn chance(seed: usize, at: usize) -> u64 {
    let mut state =
        u64::try_from(seed).unwrap().wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::try_from(at).unwrap();
    for _ in 0..2 {
        state ^= state >> 30;
        state = state.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state ^= state >> 27;
    }
    state
}

/// An invented word of this number.
fn invented(number: u64) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "do", "ke", "li", "mu", "na", "po", "ri", "su", "ta", "ve", "zo", "gra", "fle", "sti", "tru"];
    let syllable = |at: u32| SYLLABLES[usize::try_from((number >> (at * 4)) & 15).unwrap()];
    (0..4).map(syllable).collect()
}

/// Words of which one in ten is common, and the others the rarer the more of them there are.
fn words(seed: usize, count: usize) -> String {
    let word = |at: usize| {
        let drawn = chance(seed, at);
        if drawn.is_multiple_of(10) {
            return WORDS[usize::try_from(drawn / 10 % 24).unwrap()].to_owned();
        }
        // As many words are drawn from each doubling of the rank.
        let doubling = 1_u64 << (drawn >> 8 & 15);
        let rank = doubling + (drawn >> 16) % doubling;
        invented(rank.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40)
    };
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

/// The names in an event, which nothing else has.
fn names(event: usize) -> Vec<String> {
    let name = |at: usize| {
        let word = invented(chance(event, 1_000 + at) >> 16);
        word[..1].to_uppercase() + &word[1..]
    };
    (0..4).map(name).collect()
}

fn article(homepage: &str, number: usize) -> IncomingArticle {
    let minutes = i64::try_from(number).unwrap() * 60_000;
    let at = SystemClock.now().plus_millis(-86_400_000 - minutes);
    let url: url::Url = format!("{homepage}{number}").parse().unwrap();
    let event = names(number % EVENTS).join(" ");
    let paragraphs: Vec<String> = (0..6).map(|paragraph| words(number * 8 + paragraph, 32)).collect();
    let body = format!("<p>{event} {}.</p>", paragraphs.join(".</p><p>"));
    IncomingArticle {
        guid: Some(format!("n-{number}")),
        headline: Some(format!("{event} {}", words(number * 8 + 6, 4))),
        summary_html: Some(words(number * 8 + 7, 18)),
        content_html: Some(body),
        bylines: vec![format!("Author {} and Writer {}", number % 400, number % 90)],
        topics: vec![
            (TopicKind::Section, SECTIONS[number % SECTIONS.len()].to_owned()),
            (TopicKind::Topic, WORDS[number % WORDS.len()].to_owned()),
        ],
        media: vec![IncomingMedia {
            kind: MediaKind::Image,
            enclosure: false,
            url: url.join("/picture.jpg").unwrap(),
            mime: Some("image/jpeg".to_owned()),
            width: Some(1_200),
            height: Some(800),
            duration_ms: None,
            title: None,
            caption: Some(words(number, 8)),
            credit: Some("A photographer".to_owned()),
            alt: None,
            thumbnail_url: None,
            focal_point: None,
        }],
        url: Some(url),
        published_at: Some(at),
        ..IncomingArticle::default()
    }
}

/// 40 roots with four replies each.
async fn talk(newsroom: &Newsroom, article: ArticleId) {
    let system = Viewer::System;
    let email = format!("{}@talkers.example", article.uuid().simple());
    let registration =
        Registration { email, name: "Talker".to_owned(), password: "a long password".to_owned() };
    let account = newsroom.accounts(&system).create(registration, Role::Reader).await.unwrap();
    let viewer = Viewer::Account {
        who: SignedIn { account: account.id, role: Role::Reader, session: None },
        address: None,
    };
    for root in 0..40 {
        let new =
            |parent, seed| NewComment { article, parent, markdown: words(seed, 30), idempotency_key: None };
        let posted = newsroom.comments(&viewer).post(new(None, root)).await.unwrap();
        for reply in 0..4 {
            newsroom.comments(&viewer).post(new(Some(posted.id), root + reply)).await.unwrap();
        }
    }
}
