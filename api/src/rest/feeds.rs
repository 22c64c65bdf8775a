//! Feeds that others follow: RSS 2.0, Atom and JSON Feed of everything, or of one source, section, topic or author; and OPML
//! of the sources.

use std::str::FromStr;

use axum::extract::{Path, State};
use axum::response::Response;
use broadsheet_domain::article::{Article, ArticleFilter, Selector};
use broadsheet_domain::error::Error;
use broadsheet_domain::id::PublicId;
use broadsheet_domain::page::{Page, PageRequest};
use broadsheet_domain::query::Definition;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::items::item;
use super::respond::Read;
use crate::App;
use crate::inputs::{Query, page};
use crate::problem::{ReadProblems, Refusal};
use crate::syndication::{Channel, Item, atom, json_feed, opml, rss};

/// Minutes that a feed asks to be left alone; readers with `If-None-Match` may come as often as they like.
const TTL_MINUTES: u32 = 5;

/// What a feed is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FeedFormat {
    Rss,
    Atom,
    Json,
}

impl FeedFormat {
    fn media_type(self) -> &'static str {
        match self {
            Self::Rss => rss::MEDIA_TYPE,
            Self::Atom => atom::MEDIA_TYPE,
            Self::Json => json_feed::MEDIA_TYPE,
        }
    }

    fn render(self, channel: &Channel, items: &[Item]) -> String {
        match self {
            Self::Rss => rss::render(channel, items),
            Self::Atom => atom::render(channel, items),
            Self::Json => json_feed::render(channel, items).to_string(),
        }
    }
}

/// The last part of a feed's address: what it is of, and the format.
pub(super) struct FileName {
    pub(super) name: String,
    pub(super) format: FeedFormat,
}

impl FromStr for FileName {
    type Err = Error;

    fn from_str(file: &str) -> Result<Self, Error> {
        let formats = [
            ("rss", FeedFormat::Rss),
            ("xml", FeedFormat::Rss),
            ("atom", FeedFormat::Atom),
            ("json", FeedFormat::Json),
        ];
        let (name, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        let format = formats.iter().find(|(known, _)| *known == extension).map(|(_, format)| *format);
        let message = || format!("`{file}` must end in .rss, .atom or .json");
        let format = format.ok_or_else(|| Error::invalid("file", "malformed", message()))?;
        Ok(Self { name: name.to_owned(), format })
    }
}

/// A page of a feed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FeedParams {
    /// How many items, 1 to 200; 20 if left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
    limit: Option<String>,
    /// Of the next page's link (RFC 5005), as it is.
    cursor: Option<String>,
}

/// A feed of everything
///
/// `articles.rss`, `articles.atom` or `articles.json`: the newest articles with their whole text, media and topics.
#[utoipa::path(get, path = "/feeds/{file}", operation_id = "get_feed", tag = "feeds",
    params(("file" = String, Path, description = "`articles` with its format: .rss, .atom or .json", example = "articles.rss"), FeedParams),
    responses((status = 200, description = "RSS 2.0, Atom 1.0 or JSON Feed 1.1", content_type = "application/rss+xml", body = String), ReadProblems),
    security((), ("bearer" = [])))]
pub async fn get_feed(
    State(app): State<App>,
    read: Read,
    Path(file): Path<String>,
    Query(params): Query<FeedParams>,
) -> Result<Response, Refusal> {
    let file: FileName = file.parse()?;
    if file.name != "articles" {
        return Err(Error::NotFound("feed").into());
    }
    let title = app.config.syndication.title.clone();
    let everything = Subject {
        id: None,
        title,
        description: None,
        language: None,
        image_url: None,
        home_url: app.config.public_url(),
    };
    answer(&app, &read, file.format, everything, &Definition::default(), &params).await
}

/// A feed of one source, section, topic, author or story
///
/// Named by id or slug (a story by id), as in `source/harbour-courier.atom`.
#[utoipa::path(get, path = "/feeds/{kind}/{file}", operation_id = "get_feed_of", tag = "feeds",
    params(("kind" = String, Path, description = "`source`, `section`, `topic`, `author` or `story`", example = "source"),
        ("file" = String, Path, description = "Id or slug with the format: .rss, .atom or .json", example = "harbour-courier.atom"), FeedParams),
    responses((status = 200, description = "RSS 2.0, Atom 1.0 or JSON Feed 1.1", content_type = "application/rss+xml", body = String), ReadProblems),
    security((), ("bearer" = [])))]
pub async fn get_feed_of(
    State(app): State<App>,
    read: Read,
    Path((kind, file)): Path<(String, String)>,
    Query(params): Query<FeedParams>,
) -> Result<Response, Refusal> {
    let FileName { name, format } = file.parse()?;
    let (subject, filter) = subject(&app, &read, &kind, &name).await?;
    answer(&app, &read, format, subject, &filter.into(), &params).await
}

/// What a feed is of.
pub(super) struct Subject {
    pub(super) id: Option<String>,
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) language: Option<String>,
    pub(super) image_url: Option<String>,
    pub(super) home_url: String,
}

async fn subject(
    app: &App,
    read: &Read,
    kind: &str,
    name: &str,
) -> Result<(Subject, ArticleFilter), Refusal> {
    let (newsroom, viewer) = (&app.newsroom, &read.viewer);
    let one = |id: String| Selector { all_of: vec![vec![id]], none_of: Vec::new() };
    let plain = |id: String, title: String, list: &str, slug: &str| Subject {
        id: Some(id),
        title,
        description: None,
        language: None,
        image_url: None,
        home_url: format!("{}/v1/{list}/{slug}", app.config.public_url()),
    };
    match kind {
        "source" => {
            let source = newsroom.sources(viewer).get(name).await?;
            let id = source.id.to_string();
            let mut subject = plain(id.clone(), source.name.clone(), "sources", &source.slug);
            subject.description.clone_from(&source.description);
            subject.language.clone_from(&source.language);
            subject.image_url.clone_from(&source.logo_url);
            subject.home_url = source.homepage.clone().unwrap_or(subject.home_url);
            Ok((subject, ArticleFilter { source: one(id), ..ArticleFilter::default() }))
        }
        "section" | "topic" => {
            let topic = newsroom.topics(viewer).get(name).await?;
            let id = topic.id.to_string();
            let subject = plain(id.clone(), topic.name.clone(), "topics", &topic.slug);
            let mut filter = ArticleFilter::default();
            if kind == "section" {
                filter.section = one(id);
            } else {
                filter.topic = one(id);
            }
            Ok((subject, filter))
        }
        "author" => {
            let author = newsroom.authors(viewer).get(name).await?;
            let id = author.id.to_string();
            let subject = plain(id.clone(), author.name.clone(), "authors", &author.slug);
            Ok((subject, ArticleFilter { author: one(id), ..ArticleFilter::default() }))
        }
        "story" => {
            let told = newsroom.stories(viewer).get(super::articles::id("file", name)?).await?;
            let id = told.story.id.to_string();
            let title = told.headline.unwrap_or_else(|| app.config.syndication.title.clone());
            let mut subject = plain(id.clone(), title, "stories", &id);
            subject.language.clone_from(&told.story.language);
            Ok((subject, ArticleFilter { story: one(id), ..ArticleFilter::default() }))
        }
        _ => {
            let message = format!("`{kind}` must be source, section, topic, author or story");
            Err(Error::invalid("kind", "malformed", message).into())
        }
    }
}

pub(super) async fn answer(
    app: &App,
    read: &Read,
    format: FeedFormat,
    subject: Subject,
    articles: &Definition,
    params: &FeedParams,
) -> Result<Response, Refusal> {
    let page = page(params.limit.as_deref(), params.cursor.clone())?;
    let found = app.newsroom.queries(&read.viewer).newest(articles, &page).await?;
    let next =
        found.next().map(|cursor| format!("{}{}", app.config.public_url(), read.address_with(&cursor)));
    let items = items(app, read, &found).await?;
    let newest = items.iter().map(|item| item.updated_at).max();
    let channel = Channel {
        id: subject.id.unwrap_or_else(|| format!("{}/v1/feeds/articles", app.config.public_url())),
        title: subject.title,
        description: subject.description,
        home_url: subject.home_url,
        self_url: format!("{}{}", app.config.public_url(), read.address()),
        next_page_url: next,
        language: subject.language,
        updated_at: newest.unwrap_or_default(),
        publisher: Some(app.config.syndication.title.clone()),
        image_url: subject.image_url,
        ttl_minutes: Some(TTL_MINUTES),
    };
    Ok(read.document(format.render(&channel, &items), format.media_type()))
}

fn keys(page: &Page<Article>) -> Vec<Uuid> {
    page.nodes().map(|article| article.record.id.uuid()).collect()
}

/// The articles of a page with their bodies: one statement more, however many.
pub async fn items(app: &App, read: &Read, page: &Page<Article>) -> Result<Vec<Item>, Error> {
    let bodies = app.newsroom.articles(&read.viewer).bodies(&keys(page)).await?;
    let of = |article: &Article| {
        item(&app.config, article, bodies.get(&article.record.id.uuid()).map(AsRef::as_ref), &[])
    };
    Ok(page.nodes().map(of).collect())
}

/// The sources as a subscription list
///
/// OPML 2.0: the feed of each source as this server writes it, with its language and front page. Any reader takes it in.
#[utoipa::path(get, path = "/opml", operation_id = "get_opml", tag = "feeds",
    responses((status = 200, description = "OPML 2.0", content_type = "text/x-opml", body = String), ReadProblems),
    security((), ("bearer" = [])))]
pub async fn get_opml(State(app): State<App>, read: Read) -> Result<Response, Refusal> {
    let service = app.newsroom.sources(&read.viewer);
    let (mut sources, mut cursor) = (Vec::new(), None);
    loop {
        let page = PageRequest::from_cursor(Some(broadsheet_domain::page::MAX_LIMIT), cursor)?;
        let found = service.list(&page).await?;
        sources.extend(found.nodes().cloned());
        cursor = found.next();
        if cursor.is_none() {
            break;
        }
    }
    let subscription = |source: &std::sync::Arc<broadsheet_domain::source::Source>| opml::Subscription {
        title: source.name.clone(),
        xml_url: format!("{}/v1/feeds/source/{}.rss", app.config.public_url(), source.slug),
        html_url: source.homepage.clone(),
        description: source.description.clone(),
        language: source.language.clone(),
        folder: None,
    };
    let subscriptions: Vec<_> = sources.iter().map(subscription).collect();
    let made = sources.iter().map(|source| source.updated_at).max().unwrap_or_default();
    let document = opml::render(&app.config.syndication.title, made.to_datetime(), &subscriptions);
    Ok(read.document(document, opml::MEDIA_TYPE))
}
