//! Saved queries: a filter or a search with an id, served as list, feeds, stream, changes and export.
//!
//! The id is a capability: whoever knows it may read the query and what it finds, without signing in, as feed readers do; who
//! saved it is told to nobody. What it finds is what the reader may see, never what its owner may. Only its owner changes it.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::article::ArticleFilter;
use crate::clock::Timestamp;
use crate::db::entity::saved_queries;
use crate::error::{Error, Result};
use crate::freshness::{Class, Key, note};
use crate::id::{PublicId, QueryId};
use crate::newsroom::Room;
use crate::page::{Binding, Page, PageRequest};
use crate::policy::Viewer;

mod definition;
mod find;
mod write;

pub use definition::{Definition, QuerySort, Words};
pub use find::Asked;
pub use write::{NewQuery, QueryEdit, check_name};

/// A query that somebody saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedQuery {
    /// Its id.
    pub id: QueryId,
    /// What its owner calls it.
    pub name: String,
    /// What it asks for.
    pub definition: Definition,
    /// When it was saved first.
    pub created_at: Timestamp,
    /// When it was saved last; later each time, so that it also tells versions apart.
    pub updated_at: Timestamp,
}

/// Saved queries, as one viewer may use them.
pub struct Queries<'a> {
    room: &'a Room,
    viewer: &'a Viewer,
}

impl<'a> Queries<'a> {
    pub(crate) fn new(room: &'a Room, viewer: &'a Viewer) -> Self {
        Self { room, viewer }
    }

    /// One query, whoever saved it.
    pub async fn get(&self, id: QueryId) -> Result<SavedQuery> {
        self.get_many(&[id.uuid()]).await?.remove(&id.uuid()).ok_or(Error::NotFound("query"))
    }

    /// The queries that exist under these keys; none asks nothing.
    pub async fn get_many(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, SavedQuery>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        // That a query was saved anew is its owner's: nobody else is told.
        crate::freshness::brief();
        note(ids.iter().map(|id| Key::one(Class::Query, *id)));
        let find = saved_queries::Entity::find().filter(saved_queries::Column::Id.is_in(ids.to_vec()));
        let rows = find.all(self.room.db.primary()).await?;
        rows.into_iter().map(|row| Ok((row.id, SavedQuery::try_from(row)?))).collect()
    }

    /// A page of one's own queries, latest first.
    pub async fn own(&self, page: &PageRequest) -> Result<Page<SavedQuery>> {
        let account = self.viewer.require_account()?;
        let plan = page.plan(Binding::of(&["queries", &account.to_string()]))?;
        let mut select = Query::select();
        select.from(saved_queries::Entity);
        select.and_where(saved_queries::Column::AccountId.eq(account.uuid()));
        let age = (Expr::col(saved_queries::Column::CreatedAt), Expr::col(saved_queries::Column::Id));
        let page = plan.newest_ids(self.room.db.primary(), select, age).await?;
        let mut found = self.get_many(&page.nodes().copied().collect::<Vec<_>>()).await?;
        Ok(page.filter_map(|id| found.remove(&id)))
    }

    /// What is asked for: by a saved query, or by a filter beside none. Both at once are refused.
    pub async fn asked(&self, query: Option<QueryId>, filter: ArticleFilter) -> Result<Definition> {
        let Some(query) = query else { return Ok(filter.into()) };
        if filter != ArticleFilter::default() {
            let message = "stands for the filters: leave them out, or the query";
            return Err(Error::invalid("query", "conflict", message));
        }
        Ok(self.get(query).await?.definition)
    }
}
