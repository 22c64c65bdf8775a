//! RSS in all its versions, RDF included.

use url::Url;

use super::address::resolve;
use super::text::{self, non_empty};
use super::xml::{Node, Tree};
use super::{
    FeedFormat, MOST_ENTRIES, ParsedCategory, ParsedEntry, ParsedFeed, ParsedPerson, ParsedSource, date,
    links, media, people, schedule,
};

/// Reads an `rss`, `RDF` or bare `channel` element.
pub(super) fn parse(tree: &Tree<'_>, root: Node<'_>, url: Option<&Url>) -> ParsedFeed {
    let channel = if root.name() == "channel" { root } else { root.child("channel").unwrap_or(root) };
    let outer = channel.base(url);
    let site_url = link_of(&channel, outer.as_ref());
    // Without a base of its own, relative addresses are meant from the site.
    let around = if outer.as_ref() == url { site_url.as_ref().or(url) } else { url };
    let base = channel.base(around);
    let base = base.as_ref();
    // RDF, and some RSS, has its items beside the channel; some have them in one another.
    let items = tree.everything().filter(|node| matches!(node.name(), "item" | "entry"));
    let entries: Vec<ParsedEntry> = items.take(MOST_ENTRIES).map(|item| entry(&item, around)).collect();
    let related = |relation| links::of(&channel, links::FOREIGN, relation, url).map(|(_, url)| url);
    let texts = |names: &[&str]| names.iter().find_map(|name| channel.text_of(name));
    let dates = |names: &[&str]| {
        names.iter().filter_map(|name| channel.text_of(name)).find_map(|text| date::parse(&text))
    };
    ParsedFeed {
        format: format_of(&root),
        title: title(&channel, &["title", "dc:title"]),
        self_url: related("self").next(),
        next_url: related("next").next(),
        hubs: related("hub").collect(),
        cloud: schedule::cloud(&channel),
        description: texts(&["description", "subtitle", "itunes:summary"]).map(|text| text::body(&text)),
        language: texts(&["language", "dc:language"])
            .or_else(|| root.said("lang"))
            .or_else(|| channel.said("lang")),
        image_url: picture(&root, &channel, base),
        rights: texts(&["copyright", "dc:rights", "rights", "atom:rights"]).map(|text| text::lenient(&text)),
        updated: dates(&["lastbuilddate", "atom:updated", "pubdate", "dc:date", "dcterms:modified"]),
        ttl: schedule::ttl(&channel),
        skip_hours: schedule::skip_hours(&channel),
        skip_days: schedule::skip_days(&channel),
        entries,
        site_url,
    }
}

fn format_of(root: &Node<'_>) -> FeedFormat {
    if root.name() != "rss" && root.name() != "channel" {
        let netscape = root.attribute("xmlns").is_some_and(|space| space.contains("netscape.com"));
        return FeedFormat::Rss(if netscape { "0.90" } else { "1.0" }.to_owned());
    }
    FeedFormat::Rss(root.said("version").unwrap_or_else(|| "2.0".to_owned()))
}

fn picture(root: &Node<'_>, channel: &Node<'_>, base: Option<&Url>) -> Option<Url> {
    let images = || channel.all("image").chain(root.all("image"));
    let own = images().find_map(|image| image.text_of("url").or_else(|| image.said("resource")));
    let others =
        ["itunes:image", "googleplay:image"].into_iter().find_map(|name| channel.child(name)?.said("href"));
    let logo = || channel.text_of("atom:logo").or_else(|| channel.text_of("atom:icon"));
    resolve(&own.or(others).or_else(logo)?, base)
}

/// A title as HTML. RSS does not say whether it is, so what begins no tag is text.
fn title(node: &Node<'_>, names: &[&str]) -> Option<String> {
    let found = names.iter().find_map(|name| node.text_of(name))?;
    non_empty(text::lenient(&found))
}

/// A link that holds an address: many feeds have Atom's empty ones beside it.
fn link_of(node: &Node<'_>, base: Option<&Url>) -> Option<Url> {
    node.all("link")
        .filter(|link| link.attribute("rel").is_none_or(|rel| rel == "alternate"))
        .filter_map(|link| {
            non_empty(link.text()).filter(|_| !link.has_markup()).or_else(|| link.attribute("href"))
        })
        .find_map(|text| resolve(&text, base))
        .or_else(|| node.text_of("url").and_then(|text| resolve(&text, base)))
}

fn entry(item: &Node<'_>, outer: Option<&Url>) -> ParsedEntry {
    let base = item.base(outer);
    let base = base.as_ref();
    let texts = |names: &[&str]| names.iter().find_map(|name| item.text_of(name));
    let dates = |names: &[&str]| {
        names.iter().filter_map(|name| item.text_of(name)).find_map(|text| date::parse(&text))
    };
    let written = item.child("guid").filter(|guid| !guid.text().is_empty());
    let guid = written
        .map(|guid| guid.text())
        .or_else(|| item.said("about"))
        .or_else(|| texts(&["id", "atom:id", "dc:identifier"]));
    // A guid is an address unless it says that it is none.
    let permanent = written
        .filter(|guid| guid.attribute("isPermaLink").is_none_or(|flag| !flag.eq_ignore_ascii_case("false")))
        .and_then(|guid| resolve(&guid.text(), None));
    let original = texts(&["feedburner:origlink", "pheedo:origlink"]).and_then(|text| resolve(&text, base));
    let alternate = || links::of(item, links::FOREIGN, "alternate", outer).next().map(|(_, url)| url);
    let link = original
        .or_else(|| link_of(item, base))
        .or_else(alternate)
        .or_else(|| permanent.clone())
        .or_else(|| item.said("about").and_then(|about| resolve(&about, base)));
    let html = |names: &[&str]| texts(names).map(|text| text::body(&text)).and_then(non_empty);
    ParsedEntry {
        guid_is_permalink: permanent.is_some(),
        link,
        comments_url: item.text_of("comments").and_then(|text| resolve(&text, base)),
        title: title(item, &["title", "dc:title", "media:title", "itunes:title"]),
        summary_html: html(&[
            "description",
            "summary",
            "atom:summary",
            "itunes:summary",
            "dc:description",
            "itunes:subtitle",
            "media:description",
        ]),
        content_html: html(&["content:encoded", "content", "body", "fullitem", "fulltext", "atom:content"]),
        authors: authors(item),
        published: dates(&[
            "pubdate",
            "dc:date",
            "published",
            "atom:published",
            "dcterms:issued",
            "dcterms:created",
            "date",
        ]),
        updated: dates(&["atom:updated", "updated", "dcterms:modified", "lastbuilddate", "modified"]),
        categories: categories(item),
        media: media::of(item, base),
        source: source(item, outer),
        rights: texts(&["dc:rights", "copyright", "rights", "atom:rights"]).map(|text| text::lenient(&text)),
        language: texts(&["dc:language", "language"]).or_else(|| item.said("lang")),
        base: base.cloned(),
        guid,
    }
}

/// `<source url="…">Title</source>`, or Atom's.
fn source(item: &Node<'_>, outer: Option<&Url>) -> Option<ParsedSource> {
    if let Some(source) = item.child("atom:source") {
        let at = |relation| links::of(&source, links::FOREIGN, relation, outer).next().map(|(_, url)| url);
        let title = source.text_of("atom:title").map(|text| text::lenient(&text));
        return Some(ParsedSource {
            title,
            id: source.text_of("atom:id"),
            site_url: at("alternate"),
            feed_url: at("self"),
        });
    }
    let source = item.child("source")?;
    let found = ParsedSource {
        title: non_empty(source.text()).filter(|_| !source.has_markup()).map(|text| text::lenient(&text)),
        feed_url: source.said("url").and_then(|text| resolve(&text, source.base(outer).as_ref())),
        ..ParsedSource::default()
    };
    (found != ParsedSource::default()).then_some(found)
}

/// Those of the first element that names somebody; of one that gives only addresses where none does.
fn authors(item: &Node<'_>) -> Vec<ParsedPerson> {
    let names = ["dc:creator", "author", "itunes:author", "atom:author", "creator", "managingeditor"];
    let mut lists =
        names.iter().map(|name| item.all(name).filter_map(|child| person(&child)).collect::<Vec<_>>());
    let mut addresses = Vec::new();
    let with_name = lists.find(|list: &Vec<ParsedPerson>| {
        if addresses.is_empty() {
            addresses.clone_from(list);
        }
        list.iter().any(|person| person.name.is_some())
    });
    with_name.unwrap_or(addresses)
}

fn person(node: &Node<'_>) -> Option<ParsedPerson> {
    let part = |names: [&str; 2]| names.iter().find_map(|name| node.text_of(name));
    if let Some(name) = part(["name", "atom:name"]) {
        let found = people::person(&name)?;
        return Some(ParsedPerson { email: found.email.or_else(|| part(["email", "atom:email"])), ..found });
    }
    if node.has_markup() { None } else { people::person(&node.text()) }
}

fn categories(item: &Node<'_>) -> Vec<ParsedCategory> {
    let mut found = Vec::<ParsedCategory>::new();
    let mut add = |category: ParsedCategory| {
        if !found.contains(&category) {
            found.push(category);
        }
    };
    for child in item.children() {
        match child.name() {
            "category" | "dc:subject" | "media:category" | "atom:category" | "itunes:category" => {
                category(&child).into_iter().for_each(&mut add);
            }
            "categories" => child.all("category").filter_map(|inner| category(&inner)).for_each(&mut add),
            "tags" | "keywords" | "media:keywords" | "itunes:keywords" => {
                keywords(&child).into_iter().for_each(&mut add);
            }
            "media:content" | "media:group" => {
                child.all("media:keywords").flat_map(|inner| keywords(&inner)).for_each(&mut add);
                child.all("media:category").filter_map(|inner| category(&inner)).for_each(&mut add);
            }
            _ => {}
        }
    }
    found
}

fn category(node: &Node<'_>) -> Option<ParsedCategory> {
    let written = non_empty(node.text()).filter(|_| !node.has_markup());
    let term = written.or_else(|| node.said("term")).or_else(|| node.said("text"))?;
    Some(ParsedCategory {
        term: text::repaired(&term).into_owned(),
        label: node.said("label"),
        scheme: node.said("domain").or_else(|| node.said("scheme")),
    })
}

/// Words with commas between; a number is no keyword.
fn keywords(node: &Node<'_>) -> Vec<ParsedCategory> {
    let text = node.text();
    let words = text.split([',', ';', '،', '、']).map(str::trim);
    words
        .filter(|word| !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|word| ParsedCategory { term: text::repaired(word).into_owned(), label: None, scheme: None })
        .collect()
}
