//! OPML 2.0 (opml.org/spec2.opml): sources and their feeds as a subscription list that any reader takes in.

use chrono::{DateTime, Utc};

use super::xml::Document;

/// Media type of the document.
pub const MEDIA_TYPE: &str = "text/x-opml; charset=utf-8";

/// A feed to subscribe to.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Its name.
    pub title: String,
    /// The feed.
    pub xml_url: String,
    /// The site that it is of.
    pub html_url: Option<String>,
    /// What it says of itself.
    pub description: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// Where it is filed; none for the top.
    pub folder: Option<String>,
}

/// Renders a list. Folders come in the order in which they are first named, what is in none after them.
pub fn render(title: &str, at: DateTime<Utc>, subscriptions: &[Subscription]) -> String {
    let mut folders: Vec<&str> = Vec::new();
    for name in subscriptions.iter().filter_map(folder) {
        if !folders.contains(&name) {
            folders.push(name);
        }
    }
    Document::write("opml", &[("version", "2.0")], |document| {
        document.element("head", &[], |document| {
            document.text("title", title);
            document.text("dateCreated", &at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
            document.text("docs", "http://opml.org/spec2.opml");
        });
        document.element("body", &[], |document| {
            for name in folders {
                document.element("outline", &[("text", name), ("title", name)], |document| {
                    filed_in(Some(name), subscriptions).for_each(|feed| outline(document, feed));
                });
            }
            filed_in(None, subscriptions).for_each(|feed| outline(document, feed));
        });
    })
}

fn folder(subscription: &Subscription) -> Option<&str> {
    subscription.folder.as_deref().map(str::trim).filter(|name| !name.is_empty())
}

fn filed_in<'s>(
    name: Option<&'s str>,
    subscriptions: &'s [Subscription],
) -> impl Iterator<Item = &'s Subscription> {
    subscriptions.iter().filter(move |subscription| folder(subscription) == name)
}

fn outline(document: &mut Document, feed: &Subscription) {
    // Categories are apart by commas, and their levels by slashes: neither can be part of a name.
    let category = folder(feed).map(|name| format!("/{}", name.replace([',', '/'], " ")));
    let mut attributes = vec![("type", "rss"), ("text", feed.title.as_str()), ("title", &feed.title)];
    let optional = [
        ("xmlUrl", Some(&feed.xml_url)),
        ("htmlUrl", feed.html_url.as_ref()),
        ("description", feed.description.as_ref()),
        ("language", feed.language.as_ref()),
        ("category", category.as_ref()),
    ];
    attributes.extend(optional.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?.as_str()))));
    document.empty("outline", &attributes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription(title: &str, folder: Option<&str>) -> Subscription {
        Subscription {
            title: title.to_owned(),
            xml_url: "https://a.example/feed?x=1&y=2".to_owned(),
            html_url: Some("https://a.example/".to_owned()),
            description: None,
            language: Some("fr".to_owned()),
            folder: folder.map(str::to_owned),
        }
    }

    #[test]
    fn feeds_stand_in_their_folders_and_keep_their_names() {
        let list = [
            subscription("\"Port\" & <mer>\0", None),
            subscription("B", Some("Wirtschaft, Geld")),
            subscription("C", Some(" ")),
            subscription("D", Some("Wirtschaft, Geld")),
        ];
        let written = render("Sources", DateTime::UNIX_EPOCH, &list);
        let read = roxmltree::Document::parse(&written).unwrap();
        let body = read.descendants().find(|node| node.has_tag_name("body")).unwrap();
        let names = |node: roxmltree::Node<'_, '_>| {
            node.children().map(|child| child.attribute("text").unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(body), ["Wirtschaft, Geld", "\"Port\" & <mer>", "C"]);
        assert_eq!(names(body.first_child().unwrap()), ["B", "D"]);
        let feed = body.first_child().unwrap().first_child().unwrap();
        assert_eq!(feed.attribute("xmlUrl"), Some("https://a.example/feed?x=1&y=2"));
        assert_eq!((feed.attribute("type"), feed.attribute("language")), (Some("rss"), Some("fr")));
        assert_eq!(feed.attribute("category"), Some("/Wirtschaft  Geld"));
        assert!(written.contains("<dateCreated>Thu, 01 Jan 1970 00:00:00 GMT</dateCreated>"));
    }
}
