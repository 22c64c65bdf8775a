//! `include=`: what an article carries with it when asked. A constant number of statements, however many articles.

use std::collections::HashMap;

use broadsheet_domain::article::{Article, ArticleFilter};
use broadsheet_domain::changes::PublicChange;
use broadsheet_domain::comment::{Branch, Comment, CommentSort};
use broadsheet_domain::error::{Error, Findings, Result};
use broadsheet_domain::id::PublicId as _;
use broadsheet_domain::page::{Page, PageRequest};
use broadsheet_domain::story::Told;
use broadsheet_domain::{Newsroom, Viewer};
use uuid::Uuid;

use super::items::json_ld;
use super::search::related_view;
use crate::App;
use crate::inputs::comments_page;
use crate::views::{
    ArticleView, ChangeView, CommentList, CommentView, CorrectionList, CorrectionView, RelatedList,
    RevisionList, RevisionView,
};

const KNOWN: [&str; 8] =
    ["body", "topics", "media", "comments", "revisions", "corrections", "json_ld", "story"];
/// What one article can carry and a list of them cannot: each would be a search of its own.
const OF_ONE: &str = "related";
/// What is of the article's own, and not a list that goes its own ways.
const OWN: [&str; 3] = ["body", "topics", "media"];

/// The fields of an article, for `fields=`.
const ARTICLE_FIELDS: &[&str] = &[
    "id",
    "slug",
    "url",
    "headline",
    "dek",
    "excerpt",
    "language",
    "direction",
    "status",
    "published_at",
    "updated_at",
    "first_seen_at",
    "revision",
    "word_count",
    "reading_minutes",
    "comments_open",
    "comment_count",
    "corrected",
    "release_at",
    "embargo_until",
    "withdrawn_at",
    "withdrawn_reason",
    "source",
    "section",
    "lead_image",
    "authors",
    "topics",
    "media",
    "body",
    "comments",
    "revisions",
    "corrections",
    "json_ld",
    "story",
    "related",
];

/// What to embed.
pub struct Include(Vec<&'static str>);

impl Include {
    /// Reads `include=`; unknown names are refused.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        if text.is_some_and(|text| text.split(',').any(|name| name.trim() == OF_ONE)) {
            let message = "`related` cannot be included in a list: ask for it with each article";
            return Err(Error::invalid("include", "unknown", message));
        }
        Self::among(text.unwrap_or_default(), &KNOWN)
    }

    /// With what a list always shows: what stands for a story says how many tell it.
    pub fn for_list(mut self, filter: &ArticleFilter) -> Self {
        if filter.collapse.is_some() && !self.has("story") {
            self.0.push("story");
        }
        self
    }

    /// Reads `include=` of one article.
    pub fn parse_one(text: Option<&str>) -> Result<Self> {
        let all: Vec<&'static str> = KNOWN.into_iter().chain([OF_ONE]).collect();
        Self::among(text.unwrap_or_default(), &all)
    }

    /// Reads `include=` of a copy: all that an article itself has, unless something else is said. (A parameter without a
    /// value is one that was left out, so nothing has a word of its own.)
    pub fn parse_copy(text: Option<&str>) -> Result<Self> {
        match text {
            None => Ok(Self(OWN.to_vec())),
            Some("none") => Ok(Self(Vec::new())),
            Some(text) => Self::among(text, &OWN),
        }
    }

    fn among(text: &str, all: &[&'static str]) -> Result<Self> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let known = |name: &str| {
            let found = all.iter().copied().find(|known| *known == name);
            let message = || format!("`{name}` cannot be included; known are {}", all.join(", "));
            found.ok_or_else(|| Error::invalid("include", "unknown", message()))
        };
        Ok(Self(names.map(known).collect::<Result<_>>()?))
    }

    /// Reads `fields=`. Unknown names are refused, and names of what is only there when it is included: it would be left out
    /// without a word.
    pub fn fields(&self, text: Option<&str>) -> Result<Option<Vec<String>>> {
        let Some(text) = text else { return Ok(None) };
        let mut findings = Findings::default();
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let names: Vec<String> = names.map(ToOwned::to_owned).collect();
        for name in &names {
            if !ARTICLE_FIELDS.contains(&name.as_str()) {
                let known = ARTICLE_FIELDS.join(", ");
                findings.add(
                    "fields",
                    "unknown",
                    format!("`{name}` is no field of this resource; it has {known}"),
                );
            } else if (KNOWN.contains(&name.as_str()) || name == OF_ONE) && !self.has(name) {
                let message = format!(
                    "`{name}` is there with include={name} only: include it, or leave it out of fields"
                );
                findings.add("fields", "not_included", message);
            }
        }
        findings.finish()?;
        Ok(Some(names))
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    /// Articles as views, with what was asked for.
    pub async fn embed(&self, app: &App, viewer: &Viewer, page: Page<Article>) -> Result<Page<ArticleView>> {
        let newsroom = &app.newsroom;
        let ids: Vec<Uuid> =
            page.nodes().map(|article| broadsheet_domain::id::PublicId::uuid(article.record.id)).collect();
        let articles = newsroom.articles(viewer);
        let bodies = if self.has("body") { articles.bodies(&ids).await? } else { HashMap::new() };
        let first = PageRequest::first(broadsheet_domain::page::DEFAULT_LIMIT);
        let mut revisions =
            if self.has("revisions") { articles.revisions(&ids, &first).await? } else { HashMap::new() };
        let mut corrections =
            if self.has("corrections") { articles.corrections(&ids, &first).await? } else { HashMap::new() };
        let told = self.stories(app, viewer, &page).await?;
        let mut threads =
            if self.has("comments") { first_pages(newsroom, viewer, &ids).await? } else { HashMap::new() };
        Ok(page.map(|article| {
            let id = article.record.id.uuid();
            let mut view = ArticleView::from(article);
            view.topics = self.has("topics").then(|| view.all_topics());
            view.media = self.has("media").then(|| view.all_media());
            let body = || view.article.past_body.as_ref().or_else(|| bodies.get(&id));
            view.body = if self.has("body") { body().map(|body| body.as_ref().into()) } else { None };
            let of_revision = |page: Page<_>| {
                RevisionList::of(page.map(|revision| RevisionView::from(&revision)), "newest")
            };
            view.revisions = revisions.remove(&id).map(of_revision);
            let of_correction = |page: Page<_>| {
                CorrectionList::of(page.map(|correction| CorrectionView::from(&correction)), "newest")
            };
            view.corrections = corrections.remove(&id).map(of_correction);
            let story = view.article.record.story.and_then(|id| told.get(&id.uuid()));
            view.story = self.has("story").then(|| story.cloned().map(Into::into));
            let structured = |view: &ArticleView| json_ld(&app.config, &view.article);
            view.json_ld = self.has("json_ld").then(|| structured(&view));
            view.comments = threads.remove(&id);
            view
        }))
    }

    /// The stories of articles, if asked for.
    async fn stories(&self, app: &App, viewer: &Viewer, page: &Page<Article>) -> Result<HashMap<Uuid, Told>> {
        let ids: Vec<Uuid> = page.nodes().filter_map(|article| Some(article.record.story?.uuid())).collect();
        if !self.has("story") || ids.is_empty() {
            return Ok(HashMap::new());
        }
        app.newsroom.stories(viewer).told(&ids).await
    }

    /// Changes as views, their articles with what was asked for of their own; one statement, however many.
    pub async fn dress(
        &self,
        newsroom: &Newsroom,
        viewer: &Viewer,
        changes: Vec<PublicChange>,
    ) -> Result<Vec<ChangeView>> {
        let mut views: Vec<ChangeView> = changes.into_iter().filter_map(ChangeView::of).collect();
        let shown = |view: &ChangeView| view.article.as_ref().map(|article| article.article.record.id.uuid());
        let ids: Vec<Uuid> = views.iter().filter_map(shown).collect();
        let wanted = self.has("body") && !ids.is_empty();
        let bodies = if wanted { newsroom.articles(viewer).bodies(&ids).await? } else { HashMap::new() };
        for article in views.iter_mut().filter_map(|view| view.article.as_mut()) {
            article.topics = self.has("topics").then(|| article.all_topics());
            article.media = self.has("media").then(|| article.all_media());
            article.body = bodies.get(&article.article.record.id.uuid()).map(|body| body.as_ref().into());
        }
        Ok(views)
    }

    /// One article as a view, with what was asked for.
    pub async fn embed_one(&self, app: &App, viewer: &Viewer, article: Article) -> Result<ArticleView> {
        // Each is a state machine of its own: together they are too large for a thread's stack.
        let related = Box::pin(self.related(app, viewer, &article)).await?;
        let page = Page::single(article);
        let embedded = Box::pin(self.embed(app, viewer, page)).await?;
        let (_, view) = embedded.items.into_iter().next().ok_or(Error::NotFound("article"))?;
        Ok(ArticleView { related, ..view })
    }

    /// The first of what is related to an article, if asked for.
    async fn related(&self, app: &App, viewer: &Viewer, article: &Article) -> Result<Option<RelatedList>> {
        if !self.has(OF_ONE) {
            return Ok(None);
        }
        let first = PageRequest::first(broadsheet_domain::page::DEFAULT_LIMIT);
        let found = app.newsroom.articles(viewer).related(article, &first).await?;
        Ok(Some(RelatedList::of(found.map(|related| related_view(related, false)), "relevance")))
    }
}

async fn first_pages(
    newsroom: &Newsroom,
    viewer: &Viewer,
    articles: &[Uuid],
) -> Result<HashMap<Uuid, CommentList>> {
    let usual = comments_page(&crate::inputs::SortedPage::default())?;
    let branches: Vec<Branch> = articles.iter().map(|id| Branch::Roots(*id)).collect();
    let roots = newsroom.comments(viewer).pages(&branches, usual.sort, &usual.page).await?;
    with_replies(newsroom, viewer, roots, usual.sort, usual.depth, &usual.replies).await
}

/// Pages of comments with `depth` levels of replies: two statements a level, however many comments.
pub async fn with_replies(
    newsroom: &Newsroom,
    viewer: &Viewer,
    pages: HashMap<Uuid, Page<Comment>>,
    sort: CommentSort,
    depth: u32,
    replies: &PageRequest,
) -> Result<HashMap<Uuid, CommentList>> {
    let mut levels = vec![pages];
    for _ in 0..depth {
        let above = levels.last().into_iter().flat_map(HashMap::values).flat_map(Page::nodes);
        let branches: Vec<Branch> = above.map(|comment| Branch::Replies(comment.id.uuid())).collect();
        if branches.is_empty() {
            break;
        }
        levels.push(newsroom.comments(viewer).pages(&branches, sort, replies).await?);
    }
    let mut below = HashMap::<Uuid, CommentList>::new();
    for level in levels.into_iter().rev() {
        let attach = |comment: Comment, below: &mut HashMap<Uuid, CommentList>| {
            let mut view = CommentView::from(comment);
            view.replies = below.remove(&view.key).map(Box::new);
            view
        };
        let lists = level.into_iter().map(|(id, page)| {
            (id, CommentList::of(page.map(|comment| attach(comment, &mut below)), sort.as_str()))
        });
        below = lists.collect();
    }
    Ok(below)
}
