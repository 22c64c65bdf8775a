//! Small editions to take in, written here.

use std::fmt::Write as _;

use broadsheet_domain::clock::Timestamp;

use crate::server::NOON;

/// The address of the feed that [`numbered`] writes.
pub const NUMBERS: &str = "https://numbers.example/feed.xml";

/// The first authors, in turn.
const FIRST: [&str; 5] = ["Ada Alder", "Bea Birch", "Cleo Cedar", "Dora Dogwood", "Edda Elm"];
/// The second authors, in turn.
const SECOND: [&str; 3] = ["Finn Fir", "Gus Gorse", "Hal Hazel"];
/// The topics, in turn.
const SUBJECTS: [&str; 7] = ["Anchors", "Bridges", "Canals", "Docks", "Estuaries", "Ferries", "Gales"];

/// An RSS document of `count` items, the first the newest, a minute apart, each with two authors, three categories (one of
/// them a section), a picture and a body. `from` numbers the first.
pub fn numbered(from: usize, count: usize) -> String {
    let items = (from..from + count).fold(String::new(), |mut items, number| {
        items.push_str(&item(number, &format!("<p>Paragraph of number {number}.</p>")));
        items
    });
    rss("The Numbers", "https://numbers.example/", &items)
}

/// One item of [`numbered`], with a body of its own.
pub fn item(number: usize, body: &str) -> String {
    let minutes = i64::try_from(number).expect("a small number") * 60_000;
    let at = NOON.plus_millis(-minutes - 60_000);
    let mut item = String::new();
    write!(
        item,
        "<item><title>Headline {number}</title><link>https://numbers.example/{number}</link>\
         <guid isPermaLink=\"false\">number-{number}</guid><pubDate>{}</pubDate>\
         <dc:creator>{} and {}</dc:creator>\
         <category>World</category><category>{}</category><category>Everything</category>\
         <description>Dek of number {number}</description><content:encoded><![CDATA[{body}]]></content:encoded>\
         <media:content url=\"https://numbers.example/{number}.jpg\" medium=\"image\" width=\"1200\" height=\"800\">\
         <media:description>Caption {number}</media:description><media:credit>Credit {number}</media:credit></media:content></item>",
        rfc2822(at),
        FIRST[number % FIRST.len()],
        SECOND[number % SECOND.len()],
        SUBJECTS[number % SUBJECTS.len()],
    )
    .expect("text grows");
    item
}

/// A moment as RSS writes it.
pub fn rfc2822(at: Timestamp) -> String {
    at.to_datetime().to_rfc2822()
}

/// An RSS document around items.
pub fn rss(title: &str, link: &str, items: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:media=\"http://search.yahoo.com/mrss/\">\
         <channel><title>{title}</title><link>{link}</link><description>{title} for tests</description><language>en</language>\
         {items}</channel></rss>"
    )
}
