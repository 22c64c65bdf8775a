//! Reading threads: pages of roots, and pages of replies for many comments at once.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, Order, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};
use uuid::Uuid;

use super::{Branch, Comment, CommentSort, Comments};
use crate::article::ArticleRef;
use crate::db::entity::comments;
use crate::db::{dialect, rows};
use crate::error::{Error, Result};
use crate::freshness::{Class, Key, note};
use crate::id::{ArticleId, CommentId, PublicId};
use crate::page::{Binding, Keyset, Page, PageRequest, Plan, SortKey};

impl Comments<'_> {
    /// One comment under an article that the viewer may see.
    pub async fn get(&self, id: CommentId) -> Result<Comment> {
        self.get_many(&[id.uuid()]).await?.remove(&id.uuid()).ok_or(Error::NotFound("comment"))
    }

    /// The comments that exist under these keys, below articles that the viewer may see.
    pub async fn get_many(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Comment>> {
        let find = comments::Entity::find().filter(comments::Column::Id.is_in(ids.to_vec()));
        let found = find.all(self.room.db.primary()).await?;
        let articles: Vec<Uuid> = found.iter().map(|row| row.article_id).collect();
        note(articles.iter().map(|article| Key::one(Class::Thread, *article)));
        let visible = self.articles().get_many(&articles).await?;
        let found = found.into_iter().filter(|row| visible.contains_key(&row.article_id)).collect();
        Ok(self.show(found).await?.into_iter().map(|comment| (comment.id.uuid(), comment)).collect())
    }

    /// The comments that exist under these keys, whoever may see the articles above them: the caller has looked. No statement
    /// for no key.
    pub(crate) async fn under_any(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Comment>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let find = comments::Entity::find().filter(comments::Column::Id.is_in(ids.to_vec()));
        let found = self.show(find.all(self.room.db.primary()).await?).await?;
        Ok(found.into_iter().map(|comment| (comment.id.uuid(), comment)).collect())
    }

    /// A page of an article's comments that answer nothing.
    pub async fn roots(
        &self,
        article: ArticleId,
        sort: CommentSort,
        page: &PageRequest,
    ) -> Result<Page<Comment>> {
        self.articles().get(&ArticleRef::Id(article)).await?;
        let mut pages = self.pages(&[Branch::Roots(article.uuid())], sort, page).await?;
        pages.remove(&article.uuid()).ok_or(Error::NotFound("article"))
    }

    /// A page of the direct replies to a comment.
    pub async fn replies(
        &self,
        comment: CommentId,
        sort: CommentSort,
        page: &PageRequest,
    ) -> Result<Page<Comment>> {
        self.get(comment).await?;
        let mut pages = self.pages(&[Branch::Replies(comment.uuid())], sort, page).await?;
        pages.remove(&comment.uuid()).ok_or(Error::NotFound("comment"))
    }

    /// A page for each of many branches that the viewer has been shown the top of; two statements, however many.
    pub async fn pages(
        &self,
        branches: &[Branch],
        sort: CommentSort,
        page: &PageRequest,
    ) -> Result<HashMap<Uuid, Page<Comment>>> {
        page.check_nested(branches.len())?;
        let (mut plans, mut parts) = (Vec::new(), Vec::new());
        for branch in branches {
            let plan = page.plan(branch.binding(sort))?;
            // The thread of a comment was noted with the comment.
            if let Branch::Roots(article) = branch {
                note([Key::one(Class::Thread, *article)]);
            }
            parts.push(branch.select(sort, &plan));
            plans.push((branch.key(), plan));
        }
        let mut brought = Vec::new();
        for union in dialect::union_all(parts) {
            brought.extend(rows::<comments::Model>(self.room.db.reader(), &union).await?);
        }
        let found = self.show(brought).await?;
        let mut of_branch = HashMap::<Uuid, Vec<(SortKey, Comment)>>::new();
        for comment in found {
            let key = comment.parent.map_or_else(|| comment.article.uuid(), CommentId::uuid);
            of_branch.entry(key).or_default().push((sort_key(&comment, sort), comment));
        }
        let page_of = |(key, plan): (Uuid, Plan)| {
            (key, plan.page_of_union(of_branch.remove(&key).unwrap_or_default(), &order(sort)))
        };
        Ok(plans.into_iter().map(page_of).collect())
    }

    /// Rows as the viewer may see them, with their authors; one statement for those not in memory.
    pub(super) async fn show(&self, found: Vec<comments::Model>) -> Result<Vec<Comment>> {
        let mut authors: Vec<Uuid> = found.iter().map(|row| row.account_id).collect();
        authors.sort_unstable();
        authors.dedup();
        let profiles = crate::account::profiles(self.room, &authors).await?;
        let show = |row: comments::Model| {
            let author = profiles.get(&row.account_id).cloned();
            self.shown(row, author)
        };
        Ok(found.into_iter().map(show).collect())
    }

    pub(super) fn articles(&self) -> crate::article::Articles<'_> {
        crate::article::Articles::new(self.room, self.viewer)
    }
}

impl Branch {
    /// The key of the article or comment.
    pub fn key(self) -> Uuid {
        match self {
            Self::Roots(id) | Self::Replies(id) => id,
        }
    }

    fn select(self, sort: CommentSort, plan: &Plan) -> sea_orm::sea_query::SelectStatement {
        let mut select = match self {
            Self::Roots(article) => comments::Entity::find()
                .filter(comments::Column::ArticleId.eq(article))
                .filter(comments::Column::Depth.eq(0)),
            Self::Replies(parent) => comments::Entity::find().filter(comments::Column::ParentId.eq(parent)),
        }
        .into_query();
        plan.apply(&mut select, &keyset(sort));
        select
    }

    fn binding(self, sort: CommentSort) -> Binding {
        let kind = match self {
            Self::Roots(_) => "roots",
            Self::Replies(_) => "replies",
        };
        Binding::of(&["comments", kind, &self.key().to_string(), sort.as_str()])
    }
}

/// A thread's numbers count in the order of posting, so they serve as time without its ties.
fn keyset(sort: CommentSort) -> Keyset {
    let column = |column: comments::Column| -> SimpleExpr { Expr::col((comments::Entity, column)) };
    let value = match sort {
        CommentSort::Newest | CommentSort::Oldest => column(comments::Column::Number),
        CommentSort::MostReplied => column(comments::Column::ReplyCount),
    };
    Keyset { value, id: column(comments::Column::Id), order: order(sort) }
}

fn order(sort: CommentSort) -> Order {
    match sort {
        CommentSort::Newest | CommentSort::MostReplied => Order::Desc,
        CommentSort::Oldest => Order::Asc,
    }
}

fn sort_key(comment: &Comment, sort: CommentSort) -> SortKey {
    let value = match sort {
        CommentSort::Newest | CommentSort::Oldest => comment.number,
        CommentSort::MostReplied => comment.reply_count,
    };
    SortKey { value: i64::from(value), id: comment.id.uuid() }
}
