//! What search engines and other people's pages ask for, at the addresses where they look: sitemaps, a news sitemap, oEmbed.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use broadsheet_domain::article::{Article, ArticleFilter, ArticleRef, ArticleSort};
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::error::Error;
use broadsheet_domain::page::{MAX_LIMIT, PageRequest};
use serde::Deserialize;

use super::articles::reference;
use super::items::item;
use super::respond::Read;
use crate::App;
use crate::inputs::Query;
use crate::problem::Refusal;
use crate::syndication::{news_sitemap, oembed, sitemap};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// News that a news sitemap may list.
const NEWS_MILLIS: i64 = 2 * DAY_MILLIS;
/// Seconds that a card may be kept.
const CARD_SECONDS: u32 = 3_600;

/// The routes, to be merged at the root.
pub fn routes(app: &App) -> Router {
    let routes = Router::new()
        .route("/sitemap.xml", get(sitemap_index))
        .route("/sitemaps/{day}", get(sitemap_of_day))
        .route("/sitemap-news.xml", get(news_index))
        .route("/sitemaps/news/{page}", get(news_page))
        .route("/oembed", get(embed_card));
    crate::layers::rest(routes.with_state(app.clone()), app)
}

/// The index of the sitemaps: one for each day on which something was published.
async fn sitemap_index(State(app): State<App>, read: Read) -> Result<Response, Refusal> {
    let origin = app.config.public_url();
    let page = |day: &Timestamp| sitemap::Location {
        url: format!("{origin}/sitemaps/{}.xml", day.to_datetime().format("%Y-%m-%d")),
        updated_at: None,
    };
    let days = app.newsroom.articles(&read.viewer).days().await?;
    // The protocol's most: an archive of more days than that keeps its latest.
    let latest = days.len().saturating_sub(sitemap::MOST_LOCATIONS);
    let pages: Vec<_> = days.iter().skip(latest).map(page).collect();
    let index = sitemap::index(&pages).document;
    Ok(read.document(index, sitemap::MEDIA_TYPE))
}

/// The articles of a day.
async fn sitemap_of_day(
    State(app): State<App>,
    read: Read,
    Path(day): Path<String>,
) -> Result<Response, Refusal> {
    let from = day.strip_suffix(".xml").filter(|day| day.len() == 10).and_then(Timestamp::parse);
    let from = from.ok_or(Error::NotFound("sitemap"))?;
    let filter = ArticleFilter {
        published_from: Some(from),
        published_until: Some(from.plus_millis(DAY_MILLIS)),
        ..ArticleFilter::default()
    };
    let articles = walk(&app, &read, &filter, 0, sitemap::MOST_LOCATIONS).await?;
    let location = |article: &Article| sitemap::Location {
        url: app.config.article_url(&article.record.id.to_string(), &article.record.slug),
        updated_at: Some(article.record.updated_at.to_datetime()),
    };
    let locations: Vec<_> = articles.iter().map(location).collect();
    let document = sitemap::page(&locations).document;
    Ok(read.document(document, sitemap::MEDIA_TYPE))
}

/// The index of the news sitemaps: the last two days, 1,000 articles a file.
async fn news_index(State(app): State<App>, read: Read) -> Result<Response, Refusal> {
    let total = app.newsroom.articles(&read.viewer).count(&recent(&app)).await?;
    let each = u64::try_from(news_sitemap::MOST_ITEMS).unwrap_or(1);
    let origin = app.config.public_url();
    let page =
        |number| sitemap::Location { url: format!("{origin}/sitemaps/news/{number}.xml"), updated_at: None };
    let pages: Vec<_> = (1..=total.div_ceil(each).max(1)).map(page).collect();
    let index = sitemap::index(&pages).document;
    Ok(read.document(index, sitemap::MEDIA_TYPE))
}

async fn news_page(
    State(app): State<App>,
    read: Read,
    Path(page): Path<String>,
) -> Result<Response, Refusal> {
    let number = page.strip_suffix(".xml").and_then(|number| number.parse::<usize>().ok());
    let number = number.filter(|number| (1..=1_000).contains(number)).ok_or(Error::NotFound("sitemap"))?;
    let skip = (number - 1) * news_sitemap::MOST_ITEMS;
    let articles = walk(&app, &read, &recent(&app), skip, news_sitemap::MOST_ITEMS).await?;
    let items: Vec<_> = articles.iter().map(|article| item(&app.config, article, None, &[])).collect();
    let document = news_sitemap::render(&items, &app.config.syndication.language);
    Ok(read.document(document, news_sitemap::MEDIA_TYPE))
}

/// What is recent now is not so for long, whether anything changes or not.
fn recent(app: &App) -> ArticleFilter {
    broadsheet_domain::freshness::passing();
    let from = app.newsroom.now().plus_millis(-NEWS_MILLIS);
    ArticleFilter { published_from: Some(from), ..ArticleFilter::default() }
}

/// The newest articles of a filter after the first `skip`, page by page.
async fn walk(
    app: &App,
    read: &Read,
    filter: &ArticleFilter,
    skip: usize,
    most: usize,
) -> Result<Vec<Article>, Error> {
    let service = app.newsroom.articles(&read.viewer);
    let (mut articles, mut cursor) = (Vec::new(), None);
    loop {
        let page = PageRequest::from_cursor(Some(MAX_LIMIT), cursor)?;
        let found = service.list(filter, ArticleSort::Newest, &page).await?;
        articles.extend(found.nodes().cloned());
        cursor = found.next();
        if cursor.is_none() || articles.len() >= skip + most {
            return Ok(articles.into_iter().skip(skip).take(most).collect());
        }
    }
}

/// What a page that embeds an article asks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CardParams {
    url: Option<String>,
    maxwidth: Option<u32>,
    maxheight: Option<u32>,
    format: Option<String>,
}

/// A card of an article, by any of its addresses: its publisher's, the front end's, this server's.
async fn embed_card(
    State(app): State<App>,
    read: Read,
    Query(params): Query<CardParams>,
) -> Result<Response, Refusal> {
    let url = params.url.as_deref().unwrap_or_default();
    let article = match named_by(&app, url)? {
        Some(reference) => app.newsroom.articles(&read.viewer).get(&reference).await?,
        None => return Err(Error::NotFound("article").into()),
    };
    let room = oembed::Room { width: params.maxwidth, height: params.maxheight };
    let origin = app.config.public_url();
    let provider =
        oembed::Provider { name: &app.config.syndication.title, url: &origin, cache_age: CARD_SECONDS };
    let item = item(&app.config, &article, None, &[]);
    match params.format.as_deref() {
        None | Some("json") => {
            let card = oembed::json(&item, provider, room).to_string();
            Ok(read.document(card, oembed::JSON_MEDIA_TYPE))
        }
        Some("xml") => Ok(read.document(oembed::xml(&item, provider, room), oembed::XML_MEDIA_TYPE)),
        // The specification's own answer to a format that is not offered.
        Some(_) => Ok((
            StatusCode::NOT_IMPLEMENTED,
            [(header::CONTENT_TYPE, "text/plain")],
            "format must be json or xml\n",
        )
            .into_response()),
    }
}

/// The article that an address leads to.
fn named_by(app: &App, text: &str) -> Result<Option<ArticleRef>, Error> {
    let malformed = |error| Error::invalid("url", "malformed", format!("must be an absolute URL: {error}"));
    let url: url::Url = text.parse().map_err(malformed)?;
    // An address of our own or of the front end ends in the slug or the id.
    let own = app.config.article_url("", "");
    let prefix = own.trim_end_matches('/');
    let rest = text.strip_prefix(prefix).map(|rest| rest.trim_matches('/'));
    match rest.map(|rest| rest.split(['?', '#', '/']).next().unwrap_or_default()) {
        Some(name) if !name.is_empty() => reference(name).map(Some),
        _ => Ok(Some(ArticleRef::Url(url))),
    }
}
