//! News in: formats, encodings, identity, sanitising, fetching.

use broadsheet_api::intake::{self, Document};
use broadsheet_domain::source::SourceHint;
use broadsheet_tests::edition::{self, NUMBERS};
use broadsheet_tests::feed_server::{FeedServer, Reply};
use broadsheet_tests::{Backend, TestServer};
use serde_json::{Value, json};

fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

async fn try_take(
    server: &TestServer,
    url: &str,
    bytes: Vec<u8>,
) -> Result<intake::Taken, intake::IntakeError> {
    let document = Document {
        url: Some(url.parse().unwrap()),
        name: url.to_owned(),
        content_type: None,
        bytes,
        hint: SourceHint::default(),
        polled: false,
    };
    intake::take(server.newsroom(), document).await
}

async fn take(server: &TestServer, name: &str) -> intake::Taken {
    let url = format!("https://feeds.example/{name}");
    try_take(server, &url, fixture(name)).await.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The article behind a publisher's address, with everything.
async fn article(server: &TestServer, url: &str) -> Value {
    let query: String = url::form_urlencoded::byte_serialize(url.as_bytes()).collect();
    server.get(&format!("/v1/articles/by-url?url={query}&include=body,media,topics,revisions")).await
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

on_both! {
    async fn every_format_is_read(server) {
        let formats = [
            ("rss-0.90.xml", "RSS 0.90", 2), ("rss-0.91.xml", "RSS 0.91", 1), ("rss-1.0.xml", "RSS 1.0", 1), ("rss-2.0.xml", "RSS 2.0", 5),
            ("atom-0.3.xml", "Atom 0.3", 1), ("atom-1.0.xml", "Atom 1.0", 2), ("feed.json", "JSON Feed 1.1", 2), ("arabic.xml", "RSS 2.0", 1),
        ];
        for (name, format, entries) in formats {
            let taken = take(&server, name).await;
            assert_eq!((taken.format.as_str(), taken.entries), (format, entries), "{name}");
        }
        let list = server.get("/v1/articles?limit=50&with_total=true").await;
        // Of the fifteen entries one is empty.
        assert_eq!(list["page"]["total"], 14);
        server.stop().await;
    }

    async fn files_of_two_publishers_may_have_the_same_name(server) {
        for publisher in ["east-post", "west-post"] {
            let bytes = format!(
                "<rss version=\"2.0\"><channel><title>{publisher}</title><link>https://{publisher}.example/</link>\
                 <item><title>A day in town</title><link>https://{publisher}.example/day</link></item></channel></rss>"
            );
            let document = Document {
                url: None,
                name: "news.xml".to_owned(),
                content_type: None,
                bytes: bytes.into_bytes(),
                hint: SourceHint::default(),
                polled: false,
            };
            for new in [1, 0] {
                let taken = intake::take(server.newsroom(), document.clone()).await.unwrap();
                assert_eq!(taken.ingested.new.len(), new, "{publisher}");
            }
            let day = article(&server, &format!("https://{publisher}.example/day")).await;
            assert_eq!(day["source"]["name"], publisher);
        }
        server.stop().await;
    }

    async fn what_a_publisher_says_is_made_fit_to_read(server) {
        let taken = take(&server, "rss-2.0.xml").await;
        assert_eq!(taken.ingested.refused.len(), 1, "the empty item is refused, and named");
        let rope = article(&server, "https://quay-counter.example/rope?id=7&fbclid=zzz").await;
        assert_eq!(rope["headline"], "Rope prices climb & climb");
        assert_eq!(rope["url"], "https://quay-counter.example/rope?id=7");
        assert_eq!(rope["dek"], "Hemp is dear this winter.");
        assert_eq!(rope["source"]["name"], "Quay & Counter");
        assert_eq!(rope["source"]["logo_url"], "https://quay-counter.example/logo.png");
        assert_eq!(names(&rope["authors"]), ["Nora Vale", "Tomas Brek"]);
        assert_eq!(rope["section"]["name"], "Business");
        let person = rope["topics"].as_array().unwrap().iter().find(|topic| topic["kind"] == "person").unwrap();
        assert_eq!(person["name"], "Ilse Marrow");
        let html = rope["body"]["html"].as_str().unwrap();
        for gone in ["script", "onclick", "style", "javascript:", "ADVERTISEMENT", "feedburner", "<h1", "utm_"] {
            assert!(!html.contains(gone), "`{gone}` is still in {html}");
        }
        for kept in ["<h2", "href=\"https://quay-counter.example/prices", "<figure", "<table", "<blockquote", "https://quay-counter.example/img/rope.jpg"] {
            assert!(html.contains(kept), "`{kept}` is not in {html}");
        }
        let media = rope["media"].as_array().unwrap();
        let video = media.iter().find(|medium| medium["kind"] == "video").unwrap();
        assert_eq!((&video["url"], &video["duration_ms"]), (&json!("https://quay-counter.example/large.mp4"), &json!(95_000)));
        assert_eq!((&video["title"], &video["credit"]), (&json!("The rope walk"), &json!("Quay TV")));
        let image = media.iter().find(|medium| medium["kind"] == "image").unwrap();
        assert_eq!((&image["caption"], &image["credit"], &image["alt"]), (&json!("Coils at the quay."), &json!("Ben Oar"), &json!("Coils of rope")));
        let talk = article(&server, "https://quay-counter.example/talk").await;
        assert_eq!((&talk["media"][0]["kind"], &talk["media"][0]["duration_ms"], &talk["media"][0]["role"]), (&json!("audio"), &json!(3_725_000), &json!("enclosure")));
        server.stop().await;
    }

    async fn no_date_is_in_the_future_and_missing_ones_are_now(server) {
        take(&server, "rss-2.0.xml").await;
        let future = article(&server, "https://quay-counter.example/future").await;
        assert_eq!(future["published_at"], "2026-11-23T12:00:00Z");
        let undated = article(&server, "https://quay-counter.example/undated").await;
        assert!(undated["published_at"].as_str().unwrap().starts_with("2026-11-23T11:59:59"), "{}", undated["published_at"]);
        server.stop().await;
    }

    async fn relative_addresses_languages_and_directions(server) {
        take(&server, "atom-1.0.xml").await;
        let guardian = article(&server, "https://le-phare.example/nouvelles/gardien").await;
        assert_eq!((&guardian["language"], &guardian["direction"]), (&json!("fr"), &json!("ltr")));
        assert!(guardian["body"]["html"].as_str().unwrap().contains("href=\"https://le-phare.example/ile\""));
        assert_eq!(names(&guardian["authors"]), ["Élise Moreau", "Luc Petit"]);
        assert_eq!(guardian["section"]["name"], "Région");
        assert_eq!((&guardian["published_at"], &guardian["updated_at"]), (&json!("2026-11-21T16:00:00Z"), &json!("2026-11-21T18:00:00Z")));
        take(&server, "arabic.xml").await;
        let arabic = article(&server, "https://almina.example/1").await;
        assert_eq!((&arabic["language"], &arabic["direction"]), (&json!("ar"), &json!("rtl")), "detected where undeclared");
        take(&server, "rss-0.91.xml").await;
        let mill = article(&server, "https://tal-anzeiger.example/muehle").await;
        assert_eq!((&mill["headline"], &mill["dek"]), (&json!("Mühle eröffnet"), &json!("Die Mühle mahlt wieder.")));
        server.stop().await;
    }

    async fn encodings_declared_sniffed_and_lied_about(server) {
        let text = |declared: &str, host: &str, title: &str| format!(
            "<?xml version=\"1.0\"{declared}?><rss version=\"2.0\"><channel><title>{title}</title><link>https://{host}/</link>\
             <item><title>{title}</title><link>https://{host}/1</link><description>{title}</description></item></channel></rss>"
        );
        let (russian, japanese) = ("Шторм закрыл гавань на двое суток", "高潮で港が閉鎖され、船は沖で待機しています");
        let encode = |label: &str, text: &str| encoding_rs::Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned();
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text("", "u.example", russian).encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let documents = [
            ("w.example", encode("windows-1251", &text(" encoding=\"windows-1251\"", "w.example", russian)), russian),
            ("k.example", encode("koi8-r", &text("", "k.example", russian)), russian),
            ("l.example", text(" encoding=\"ISO-8859-1\"", "l.example", russian).into_bytes(), russian),
            ("u.example", utf16, russian),
            ("s.example", encode("shift_jis", &text(" encoding=\"Shift_JIS\"", "s.example", japanese)), japanese),
        ];
        for (host, bytes, title) in documents {
            try_take(&server, &format!("https://{host}/feed"), bytes).await.unwrap();
            assert_eq!(article(&server, &format!("https://{host}/1")).await["headline"], title, "{host}");
        }
        server.stop().await;
    }

    async fn the_same_again_is_nothing_new(server) {
        let first = server.take_in(NUMBERS, &edition::numbered(0, 30)).await;
        assert_eq!(first.new.len(), 30);
        let again = server.take_in(NUMBERS, &edition::numbered(0, 30)).await;
        assert_eq!((again.new.len(), again.updated.len(), again.unchanged), (0, 0, 30));
        let overlap = server.take_in(NUMBERS, &edition::numbered(20, 20)).await;
        assert_eq!((overlap.new.len(), overlap.unchanged), (10, 10));
        server.stop().await;
    }

    async fn an_address_that_all_entries_share_identifies_none(server) {
        let episode = |number: usize| format!("<item><title>Episode {number}</title><link>https://show.example/</link><guid isPermaLink=\"false\">e{number}</guid><description>About {number}.</description></item>");
        let feed = |count: usize| edition::rss("The Show", "https://show.example/", &(0..count).map(episode).collect::<Vec<_>>().concat());
        assert_eq!(server.take_in("https://show.example/feed", &feed(201)).await.new.len(), 201);
        let again = server.take_in("https://show.example/feed", &feed(203)).await;
        assert_eq!((again.new.len(), again.updated.len(), again.unchanged), (2, 0, 201));
        server.stop().await;
    }

    async fn a_changed_entry_is_a_revision(server) {
        server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        let before = article(&server, "https://numbers.example/1").await;
        server.clock.advance_seconds(60);
        let changed = edition::rss("The Numbers", "https://numbers.example/", &edition::item(1, "<p>Corrected.</p>"));
        let report = server.take_in(NUMBERS, &changed).await;
        assert_eq!((report.new.len(), report.updated.len()), (0, 1));
        let after = article(&server, "https://numbers.example/1").await;
        assert_eq!((&after["id"], &after["slug"], &after["published_at"]), (&before["id"], &before["slug"], &before["published_at"]));
        assert_eq!((&after["revision"], &after["body"]["html"]), (&json!(2), &json!("<p>Corrected.</p>")));
        assert_eq!(after["updated_at"], "2026-11-23T12:01:00Z");
        let revision = &after["revisions"]["data"][0];
        assert_eq!((&revision["revision"], &revision["body_html"]), (&json!(1), &before["body"]["html"]));
        // A cache that lags and brings the old words again is no news.
        let lagging = server.take_in(NUMBERS, &edition::numbered(0, 3)).await;
        assert_eq!((lagging.updated.len(), lagging.unchanged), (0, 3));
        server.stop().await;
    }

    async fn a_broken_feed_gives_what_it_has_and_no_feed_says_so(server) {
        let taken = take(&server, "broken.xml").await;
        assert!(taken.entries >= 1);
        assert_eq!(article(&server, "https://torn-sheet.example/1").await["headline"], "Half & whole");
        let page = try_take(&server, "https://no-feed.example/", fixture("page.html")).await.unwrap_err().to_string();
        assert!(page.contains("no RSS, Atom or JSON feed") && page.contains("https://no-feed.example/feed.xml"), "{page}");
        assert!(try_take(&server, "https://empty.example/", Vec::new()).await.unwrap_err().to_string().contains("empty"));
        server.stop().await;
    }

    async fn a_json_note_without_a_title_is_still_an_article(server) {
        take(&server, "feed.json").await;
        let list = server.get("/v1/articles?limit=5").await;
        let headlines: Vec<_> = list["data"].as_array().unwrap().iter().map(|article| article["headline"].as_str().unwrap()).collect();
        assert!(headlines.contains(&"A note without a title, about tea."), "{headlines:?}");
        let steam = article(&server, "https://kettle-notes.example/steam").await;
        assert_eq!(steam["lead_image"]["url"], "https://kettle-notes.example/steam.jpg");
        assert!(steam["media"].as_array().unwrap().iter().any(|medium| medium["duration_ms"] == 61_000));
        server.stop().await;
    }

    async fn hostile_bodies_are_harmless(server) {
        for (number, payload) in HOSTILE.iter().enumerate() {
            let items = edition::item(number, &format!("<p>Start</p>{payload}<p>End</p>"));
            server.take_in(NUMBERS, &edition::rss("The Numbers", "https://numbers.example/", &items)).await;
            let article = article(&server, &format!("https://numbers.example/{number}")).await;
            let html = article["body"]["html"].as_str().unwrap().to_lowercase();
            for evil in ["<script", "javascript:", "onerror", "onload", "<iframe", "<svg", "<style", "data:text", "vbscript", "srcdoc", "<form", "<meta", "expression("] {
                assert!(!html.contains(evil), "{payload} left {evil} in {html}");
            }
            assert!(html.contains("start"), "{payload} swallowed the body: {html}");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_itself_fetches_what_is_due() {
    let feeds = FeedServer::start().await;
    feeds.set("/feed", Reply::feed(&edition::numbered(0, 2)));
    let server = TestServer::start_with(Backend::Sqlite, |config| config.intake.poll = true).await.unwrap();
    let url = format!("{}/feed", feeds.origin);
    let system = server.system();
    let sources = server.newsroom().sources(&system);
    let hint = SourceHint {
        name: Some("Local".to_owned()),
        feed_url: Some(url.parse().unwrap()),
        ..SourceHint::default()
    };
    let source = sources.ensure(hint).await.unwrap();
    sources.ensure_feed(source.id, &url, true).await.unwrap();
    for _ in 0..300 {
        if server.get("/v1/articles?with_total=true").await["page"]["total"] == 2 {
            server.stop().await;
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the worker did not fetch the feed that was due within 30 seconds");
}

/// Written for these tests: one of each family of tricks.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href=\"javascript:alert(1)\">a</a>",
    "<a href=\"&#106;ava&#9;script:alert(1)\">a</a>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<form action=\"javascript:alert(1)\"><button>go</button></form>",
    "<p style=\"width:expression(alert(1))\">x</p>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<template><script>alert(1)</script></template>",
    "<video poster=\"javascript:alert(1)\" src=\"vbscript:x\"></video>",
];
