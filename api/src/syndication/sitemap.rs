//! Sitemaps (sitemaps.org/protocol.html): pages of addresses, and the index of such pages.

use chrono::{DateTime, Utc};

use super::rfc_3339;
use super::xml::Document;

/// Media type of the documents.
pub const MEDIA_TYPE: &str = "application/xml; charset=utf-8";
/// Addresses on a page, or pages in an index, at most.
pub const MOST_LOCATIONS: usize = 50_000;
/// Bytes of a document, at most.
pub const MOST_BYTES: usize = 50 * 1_024 * 1_024;

/// Its namespace.
pub(super) const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
/// Addresses must be shorter.
const LONGEST: usize = 2_048;
/// Room for the root's end tag.
const END: usize = 32;

/// Something to visit.
#[derive(Clone, Debug)]
pub struct Location {
    /// Its address, on the host that the sitemap is on.
    pub url: String,
    /// When it last changed.
    pub updated_at: Option<DateTime<Utc>>,
}

/// A document, and how much went into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The document.
    pub document: String,
    /// How many of the locations were dealt with, from the first; the rest belongs on the next page.
    pub taken: usize,
}

/// Renders a page of addresses, as many as the protocol lets stand on one. Addresses of 2,048 characters or more are passed
/// over.
pub fn page(locations: &[Location]) -> Filled {
    fill("urlset", "url", locations, MOST_BYTES)
}

/// Renders the index of pages, under the same limits.
pub fn index(pages: &[Location]) -> Filled {
    fill("sitemapindex", "sitemap", pages, MOST_BYTES)
}

fn fill(root: &str, name: &str, locations: &[Location], most_bytes: usize) -> Filled {
    let mut taken = 0;
    let document = Document::write(root, &[("xmlns", NAMESPACE)], |document| {
        for location in locations.iter().take(MOST_LOCATIONS) {
            let before = document.len();
            if location.url.chars().count() < LONGEST {
                document.element(name, &[], |document| {
                    document.text("loc", &location.url);
                    document.text_if("lastmod", location.updated_at.map(rfc_3339).as_deref());
                });
            }
            if document.len() + END > most_bytes {
                document.truncate(before);
                break;
            }
            taken += 1;
        }
    });
    Filled { document, taken }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(url: &str) -> Location {
        Location { url: url.to_owned(), updated_at: Some(DateTime::UNIX_EPOCH) }
    }

    #[test]
    fn addresses_are_escaped_and_dated() {
        let filled = page(&[location("https://a.example/?x=1&y='2'"), location(&"x".repeat(2_048))]);
        let expected = "<url><loc>https://a.example/?x=1&amp;y='2'</loc><lastmod>1970-01-01T00:00:00Z</lastmod></url></urlset>";
        assert!(filled.document.ends_with(expected), "{}", filled.document);
        assert_eq!(filled.taken, 2);
        assert!(index(&[location("https://a.example/1.xml")]).document.contains("<sitemap><loc>"));
    }

    #[test]
    fn a_page_ends_at_fifty_thousand() {
        let filled = page(&vec![location("https://a.example/"); MOST_LOCATIONS + 1]);
        assert_eq!(
            (filled.taken, filled.document.matches("<url>").count()),
            (MOST_LOCATIONS, MOST_LOCATIONS)
        );
    }

    #[test]
    fn a_page_ends_before_it_is_too_large() {
        let locations = vec![location("https://a.example/"); 100];
        for most in [200, 1_000, 5_000] {
            let filled = fill("urlset", "url", &locations, most);
            assert!(filled.document.len() <= most && filled.taken < 100, "{most}");
            assert_eq!(
                roxmltree::Document::parse(&filled.document).unwrap().root_element().children().count(),
                filled.taken
            );
        }
    }
}
