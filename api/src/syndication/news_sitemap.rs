//! Google's news sitemap (developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap).

use super::xml::Document;
use super::{Item, rfc_3339, sitemap};

/// Media type of the document.
pub const MEDIA_TYPE: &str = sitemap::MEDIA_TYPE;
/// Articles in a document, at most.
pub const MOST_ITEMS: usize = 1_000;

const NAMESPACES: &[(&str, &str)] =
    &[("xmlns", sitemap::NAMESPACE), ("xmlns:news", "http://www.google.com/schemas/sitemap-news/0.9")];

/// Renders the latest articles: the caller brings those of the last two days, newest first; those withdrawn, and all after the
/// first 1,000, are left out. `language` is that of articles that have none.
pub fn render(items: &[Item], language: &str) -> String {
    Document::write("urlset", NAMESPACES, |document| {
        for item in items.iter().filter(|item| item.withdrawn.is_none()).take(MOST_ITEMS) {
            document.element("url", &[], |document| {
                document.text("loc", &item.permalink);
                document.text("lastmod", &rfc_3339(item.updated_at));
                document.element("news:news", &[], |document| {
                    document.element("news:publication", &[], |document| {
                        document.text("news:name", &without_parentheses(&item.source.name));
                        let declared = item.language.as_deref().unwrap_or(language);
                        document.text("news:language", &news_language(declared));
                    });
                    document.text("news:publication_date", &rfc_3339(item.published_at));
                    document.text("news:title", &item.headline);
                });
            });
        }
    })
}

/// ISO 639, but Chinese by its script: `zh-cn` simplified, `zh-tw` traditional.
fn news_language(bcp_47: &str) -> String {
    let lower = bcp_47.to_ascii_lowercase().replace('_', "-");
    let mut parts = lower.split('-');
    let primary = parts.next().unwrap_or_default();
    if !matches!(primary, "zh" | "cmn" | "yue") {
        return primary.to_owned();
    }
    let parts: Vec<&str> = parts.collect();
    let script = parts.iter().find(|part| matches!(**part, "hans" | "hant"));
    let traditional = match script {
        Some(script) => *script == "hant",
        None => parts.iter().any(|part| matches!(*part, "tw" | "hk" | "mo")),
    };
    if traditional { "zh-tw" } else { "zh-cn" }.to_owned()
}

/// Google wants the name without what stands in parentheses; a name that is all parentheses stays.
fn without_parentheses(name: &str) -> String {
    let mut depth = 0_usize;
    let kept: String = name
        .chars()
        .filter(|c| {
            depth += usize::from(*c == '(');
            let keep = depth == 0;
            depth = depth.saturating_sub(usize::from(*c == ')'));
            keep
        })
        .collect();
    let folded = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.is_empty() { name.to_owned() } else { folded }
}

#[cfg(test)]
mod tests {
    use super::super::samples::item;
    use super::*;

    #[test]
    fn languages_as_google_writes_them() {
        let cases = [
            ("en-GB", "en"),
            ("pt_BR", "pt"),
            ("zh", "zh-cn"),
            ("zh-Hans-HK", "zh-cn"),
            ("zh-HK", "zh-tw"),
            ("zh-Hant", "zh-tw"),
            ("fil", "fil"),
        ];
        for (declared, expected) in cases {
            assert_eq!(news_language(declared), expected, "{declared}");
        }
    }

    #[test]
    fn names_lose_their_parentheses() {
        assert_eq!(without_parentheses("The Courier (subscription (paid)) Online"), "The Courier Online");
        assert_eq!(without_parentheses("(x)"), "(x)");
    }

    #[test]
    fn withdrawn_articles_and_those_too_many_stay_out() {
        let mut items = vec![item(); MOST_ITEMS + 5];
        items[0].withdrawn = Some("error".to_owned());
        items[1].language = None;
        let written = render(&items, "zh-TW");
        let read = roxmltree::Document::parse(&written).unwrap();
        assert_eq!(read.root_element().children().count(), MOST_ITEMS);
        let languages: Vec<_> = read
            .descendants()
            .filter(|node| node.tag_name().name() == "language")
            .take(2)
            .map(|node| node.text().unwrap())
            .collect();
        assert_eq!(languages, ["zh-tw", "en"]);
    }
}
