//! Reads.

use async_graphql::{Context, ID, Interface, MergedObject, Object, Result};
use broadsheet_domain::article::{ArticleFilter, ArticleRef};
use broadsheet_domain::error::Error;
use broadsheet_domain::id::{ArticleId, AuthorId, CommentId, PublicId, QueryId, SourceId, StoryId, TopicId};
use broadsheet_domain::page::{Page, PageRequest};
use broadsheet_domain::topic::TopicFilter;
use broadsheet_domain::{Newsroom, Viewer};

use super::arguments::{
    ArticleFilterInput, ArticleSortView, CollapseView, batch_cost, ids_cost, list_cost, page, sequence, watch,
};
use super::connection::{
    ArticleConnection, ArticleIds, AuthorConnection, SourceConnection, TopicConnection, Totals, articles,
    connection,
};
use super::errors::graphql;
use super::saved_query::SavedQueryQuery;
use super::search::SearchReads;
use super::source_feed::IntakeQuery;
use super::story::StoryQuery;
use super::trending::{TrendingQuery, read};
use crate::App;
use crate::inputs::within;
use crate::views::{
    AccountView, ArticleView, AuthorView, ChangeBatchView, CommentView, SavedQueryView, SourceView,
    StoryView, Timestamp, TopicKindView, TopicView,
};

/// Reads.
#[derive(Default, MergedObject)]
pub struct Query(NewsQuery, StoryQuery, SearchReads, TrendingQuery, SavedQueryQuery, IntakeQuery);

/// Articles and what hangs on them.
#[derive(Default)]
pub struct NewsQuery;

/// Anything with an id.
#[derive(Interface)]
#[expect(clippy::large_enum_variant, reason = "made to be taken apart at once, never kept")]
#[graphql(field(name = "id", ty = "&ID", desc = "Its id, the same as in REST."))]
pub enum Node {
    /// An article.
    Article(ArticleView),
    /// A source.
    Source(SourceView),
    /// An author.
    Author(AuthorView),
    /// A topic.
    Topic(TopicView),
    /// A comment.
    Comment(CommentView),
    /// A story.
    Story(StoryView),
    /// A saved query.
    SavedQuery(SavedQueryView),
}

/// Who asks, and whom.
pub(super) fn parts<'c>(ctx: &Context<'c>) -> Result<(&'c Newsroom, &'c Viewer)> {
    Ok((&ctx.data::<App>()?.newsroom, ctx.data::<Viewer>()?))
}

/// What cannot be found is null, not an error; everything else is an error.
pub(super) fn or_null<T>(found: broadsheet_domain::Result<T>) -> Result<Option<T>> {
    match found {
        Ok(value) => Ok(Some(value)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(graphql(error)),
    }
}

pub(super) fn id<I: PublicId>(field: &str, text: &ID) -> Result<I> {
    text.parse().map_err(|error: broadsheet_domain::id::IdError| {
        graphql(Error::invalid(field, "malformed", error.to_string()))
    })
}

/// Exactly one of the ways to name a thing.
fn by_id_or_slug(id: Option<ID>, slug: Option<String>) -> Result<String> {
    match (id, slug) {
        (Some(id), None) => Ok(id.0),
        (None, Some(slug)) => Ok(slug),
        _ => Err(graphql(Error::invalid("id", "conflict", "name it by exactly one of `id` and `slug`"))),
    }
}

#[Object]
impl NewsQuery {
    /// An article by exactly one of its id, its slug, and its publisher's URL; null where there is none that you can see.
    async fn article(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] by_id: Option<ID>,
        slug: Option<String>,
        url: Option<String>,
    ) -> Result<Option<ArticleView>> {
        let (newsroom, viewer) = parts(ctx)?;
        let reference = match (by_id, slug, url) {
            (Some(by_id), None, None) => ArticleRef::Id(id("id", &by_id)?),
            (None, Some(slug), None) => ArticleRef::Slug(slug),
            (None, None, Some(url)) => ArticleRef::Url(url.parse().map_err(|error| {
                graphql(Error::invalid("url", "malformed", format!("must be an absolute URL: {error}")))
            })?),
            _ => {
                return Err(graphql(Error::invalid(
                    "id",
                    "conflict",
                    "name it by exactly one of `id`, `slug` and `url`",
                )));
            }
        };
        let found = or_null(newsroom.articles(viewer).get(&reference).await)?;
        if let Some(article) = &found {
            read(ctx, article)?;
        }
        Ok(found.map(ArticleView::from))
    }

    /// Articles, newest first unless sorted otherwise; nothing is skipped or repeated while news lands between two pages:
    /// that is behind `newerCursor`, counted by `newerCount`. With `asOf` as everything was then: what readers could see
    /// already, in the words of then (headline, dek, excerpt, body), under `NEWEST` or `OLDEST`; other properties are those
    /// of now, and what was withdrawn since stays withdrawn. With `collapse: STORY` of each story only its newest article (by
    /// publication) that the filter lets through, under any sort; its `story` says how many tell it, totals count what is
    /// shown, and `newerCursor` leads to stories that were told anew since, by articles newer than those shown.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four, a filter, a sort, a moment and what is shown once"
    )]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        filter: Option<ArticleFilterInput>,
        #[graphql(default_with = "ArticleSortView::Newest")] sort: ArticleSortView,
        collapse: Option<CollapseView>,
        as_of: Option<Timestamp>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<ArticleConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let (filter, goes_on) = (listed(filter, collapse, as_of), after.is_some() || before.is_some());
        let page = page(first, after, last, before)?;
        let found = newsroom.articles(viewer).list(&filter, sort.into(), &page).await.map_err(graphql)?;
        let totals = totals(ctx, &filter, sort, goes_on, &found).await?;
        Ok(articles(found.map(ArticleView::from), totals))
    }

    /// The ids of articles, with the same filters, sorts and cursors as the list of articles, but up to 10,000 on a page
    /// (1,000 if left out): to find out what is missing, or to fetch everything.
    #[graphql(complexity = "ids_cost(first, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "what a list of articles takes, but for the way back")]
    async fn article_ids(
        &self,
        ctx: &Context<'_>,
        filter: Option<ArticleFilterInput>,
        #[graphql(default_with = "ArticleSortView::Newest")] sort: ArticleSortView,
        collapse: Option<CollapseView>,
        as_of: Option<Timestamp>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<ArticleIds> {
        let (newsroom, viewer) = parts(ctx)?;
        let (filter, goes_on) = (listed(filter, collapse, as_of), after.is_some());
        let page = PageRequest::ids_from_relay(first, after).map_err(graphql)?;
        let found = newsroom.articles(viewer).list_ids(&filter, sort.into(), &page).await.map_err(graphql)?;
        Ok(ArticleIds::of(&found, totals(ctx, &filter, sort, goes_on, &found).await?))
    }

    /// A source by exactly one of its id and its slug.
    async fn source(
        &self,
        ctx: &Context<'_>,
        id: Option<ID>,
        slug: Option<String>,
    ) -> Result<Option<SourceView>> {
        let (newsroom, viewer) = parts(ctx)?;
        let found = or_null(newsroom.sources(viewer).get(&by_id_or_slug(id, slug)?).await)?;
        Ok(found.map(|source| source.as_ref().into()))
    }

    /// Sources, latest added first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn sources(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<SourceConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let found =
            newsroom.sources(viewer).list(&page(first, after, last, before)?).await.map_err(graphql)?;
        Ok(connection(found.map(|source| source.as_ref().into())))
    }

    /// An author by exactly one of their id and their slug.
    async fn author(
        &self,
        ctx: &Context<'_>,
        id: Option<ID>,
        slug: Option<String>,
    ) -> Result<Option<AuthorView>> {
        let (newsroom, viewer) = parts(ctx)?;
        let found = or_null(newsroom.authors(viewer).get(&by_id_or_slug(id, slug)?).await)?;
        Ok(found.map(|author| author.as_ref().into()))
    }

    /// Authors, latest seen first; of one source (id or slug) or of all.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn authors(
        &self,
        ctx: &Context<'_>,
        source: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<AuthorConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let page = page(first, after, last, before)?;
        let found = newsroom.authors(viewer).list(source.as_deref(), &page).await.map_err(graphql)?;
        Ok(connection(found.map(|author| author.as_ref().into())))
    }

    /// A topic by exactly one of its id and its slug.
    async fn topic(
        &self,
        ctx: &Context<'_>,
        id: Option<ID>,
        slug: Option<String>,
    ) -> Result<Option<TopicView>> {
        let (newsroom, viewer) = parts(ctx)?;
        let found = or_null(newsroom.topics(viewer).get(&by_id_or_slug(id, slug)?).await)?;
        Ok(found.map(|topic| topic.as_ref().into()))
    }

    /// Topics, latest seen first; of one kind or of all, and only the parts of one (id or slug) where it is named.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, and a filter")]
    async fn topics(
        &self,
        ctx: &Context<'_>,
        kind: Option<TopicKindView>,
        parent: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<TopicConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let page = page(first, after, last, before)?;
        let filter = TopicFilter { kind: kind.map(Into::into), parent };
        let found = newsroom.topics(viewer).list(&filter, &page).await.map_err(graphql)?;
        Ok(connection(found.map(|topic| topic.as_ref().into())))
    }

    /// A comment by its id.
    async fn comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] by_id: ID,
    ) -> Result<Option<CommentView>> {
        let (newsroom, viewer) = parts(ctx)?;
        Ok(or_null(newsroom.comments(viewer).get(id("id", &by_id)?).await)?.map(CommentView::from))
    }

    /// What happened after `since`, in the order of commits, none left out, at most `first` changes (1 to 1000; 100 if left
    /// out). Each shows its subject as it is now. `since` is `next` of the batch before, or the `sequence` of a change; "0"
    /// is the beginning; left out, nothing is told but the present `next`, to begin from now. `kinds` are kinds or families,
    /// such as `comment`. With a filter, articles that it does not let through are `left`; so with the id of a saved query in
    /// its place: once that was changed, begin again.
    #[graphql(complexity = "batch_cost(first, child_complexity)")]
    async fn changes(
        &self,
        ctx: &Context<'_>,
        since: Option<ID>,
        kinds: Option<Vec<String>>,
        filter: Option<ArticleFilterInput>,
        query: Option<ID>,
        first: Option<i32>,
    ) -> Result<ChangeBatchView> {
        let (newsroom, viewer) = parts(ctx)?;
        let service = newsroom.changes(viewer);
        let watch = watch(newsroom, viewer, kinds, (filter, query)).await?.watch;
        let limit = within(first).map_err(graphql)?;
        let batch = service.read(sequence(since)?, limit, &watch).await.map_err(graphql)?;
        Ok(batch.into())
    }

    /// Anything by its id; null where there is nothing that you can see.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        let found = nodes(ctx, &[id]).await?.into_iter().next().flatten();
        if let Some(Node::Article(view)) = &found {
            read(ctx, &view.article)?;
        }
        Ok(found)
    }

    /// Many things by their ids, at most 200, in the order of the ids; null where there is nothing that you can see.
    #[graphql(complexity = "1 + ids.len().saturating_mul(child_complexity) / 20")]
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Node>>> {
        nodes(ctx, &ids).await
    }

    /// Your own account; null where you are not signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<AccountView>> {
        let (newsroom, viewer) = parts(ctx)?;
        Ok(newsroom.accounts(viewer).me().await.map_err(graphql)?.map(AccountView::from))
    }
}

fn listed(
    filter: Option<ArticleFilterInput>,
    collapse: Option<CollapseView>,
    as_of: Option<Timestamp>,
) -> ArticleFilter {
    let (collapse, as_of) = (collapse.map(Into::into), as_of.map(Into::into));
    ArticleFilter { collapse, as_of, ..filter.unwrap_or_default().into() }
}

/// What was asked of a list of articles besides its page.
async fn totals<T>(
    ctx: &Context<'_>,
    filter: &ArticleFilter,
    sort: ArticleSortView,
    goes_on: bool,
    found: &Page<T>,
) -> Result<Totals> {
    let (newsroom, viewer) = parts(ctx)?;
    let service = newsroom.articles(viewer);
    let asked = |name: &str| ctx.look_ahead().field(name).exists();
    let total_count =
        if asked("totalCount") { Some(service.count(filter).await.map_err(graphql)?) } else { None };
    let newer_count = if goes_on && asked("newerCount") {
        service.newer_count(filter, sort.into(), found).await.map_err(graphql)?
    } else {
        None
    };
    Ok(Totals { total_count, newer_cursor: found.newer(), newer_count })
}

/// One batch for each kind of thing, however many ids.
async fn nodes(ctx: &Context<'_>, ids: &[ID]) -> Result<Vec<Option<Node>>> {
    let most = usize::try_from(broadsheet_domain::page::MAX_LIMIT).unwrap_or(usize::MAX);
    if ids.len() > most {
        return Err(graphql(Error::invalid(
            "ids",
            "too_many",
            format!("has {} ids; at most {most} are allowed", ids.len()),
        )));
    }
    let (newsroom, viewer) = parts(ctx)?;
    let keys = |prefix: &str| -> Vec<uuid::Uuid> {
        let of_kind = ids.iter().filter(|id| broadsheet_domain::id::prefix_of(id) == Some(prefix));
        of_kind.filter_map(|id| broadsheet_domain::id::uuid_of(id)).collect()
    };
    if let Some(unknown) =
        ids.iter().find(|id| !KINDS.iter().any(|kind| broadsheet_domain::id::prefix_of(id) == Some(*kind)))
    {
        let message = format!(
            "`{}` is no id of an article, source, author, topic, comment, story or saved query",
            unknown.as_str()
        );
        return Err(graphql(Error::invalid("id", "malformed", message)));
    }
    let articles = newsroom.articles(viewer).get_many(&keys(ArticleId::PREFIX)).await.map_err(graphql)?;
    let sources = newsroom.sources(viewer).get_many(&keys(SourceId::PREFIX)).await.map_err(graphql)?;
    let authors = newsroom.authors(viewer).get_many(&keys(AuthorId::PREFIX)).await.map_err(graphql)?;
    let topics = newsroom.topics(viewer).get_many(&keys(TopicId::PREFIX)).await.map_err(graphql)?;
    let comments = newsroom.comments(viewer).get_many(&keys(CommentId::PREFIX)).await.map_err(graphql)?;
    let stories = newsroom.stories(viewer).told(&keys(StoryId::PREFIX)).await.map_err(graphql)?;
    let queries = newsroom.queries(viewer).get_many(&keys(QueryId::PREFIX)).await.map_err(graphql)?;
    let node = |id: &ID| {
        let key = broadsheet_domain::id::uuid_of(id)?;
        let article = articles.get(&key).cloned().map(|article| Node::Article(article.into()));
        let source = || sources.get(&key).map(|source| Node::Source(source.as_ref().into()));
        let author = || authors.get(&key).map(|author| Node::Author(author.as_ref().into()));
        let topic = || topics.get(&key).map(|topic| Node::Topic(topic.as_ref().into()));
        let comment = || comments.get(&key).cloned().map(|comment| Node::Comment(comment.into()));
        // A story has the key of the article that founded it.
        if broadsheet_domain::id::prefix_of(id) == Some(StoryId::PREFIX) {
            return stories.get(&key).cloned().map(|told| Node::Story(told.into()));
        }
        let query = || queries.get(&key).cloned().map(|query| Node::SavedQuery(query.into()));
        article.or_else(source).or_else(author).or_else(topic).or_else(comment).or_else(query)
    };
    Ok(ids.iter().map(node).collect())
}

const KINDS: [&str; 7] = [
    ArticleId::PREFIX,
    SourceId::PREFIX,
    AuthorId::PREFIX,
    TopicId::PREFIX,
    CommentId::PREFIX,
    StoryId::PREFIX,
    QueryId::PREFIX,
];
