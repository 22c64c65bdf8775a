//! Saving queries, changing and deleting one's own.

use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait as _, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Definition, Queries, SavedQuery, Words};
use crate::article::{ArticleFilter, Articles};
use crate::change::{ChangeKind, NewChange};
use crate::db::entity::{accounts, saved_queries};
use crate::db::{Tx, dialect, rows};
use crate::error::{Error, Findings, Result};
use crate::id::{AccountId, PublicId, QueryId};
use crate::idempotency::Key;
use crate::search::Search;

/// Queries that one account may have.
const MOST: u64 = 200;

/// The longest name, in characters.
const NAME_CHARS: usize = 100;

/// The longest definition as it is kept, in bytes.
const DEFINITION_BYTES: usize = 8_192;

/// A query to save.
#[derive(Clone, Debug, Default)]
pub struct NewQuery {
    /// 1 to 100 characters.
    pub name: String,
    /// What it asks for.
    pub definition: Definition,
    /// The same key again is the same query.
    pub idempotency_key: Option<String>,
}

/// What is changed in a saved query.
#[derive(Clone, Debug, Default)]
pub struct QueryEdit {
    /// Another name.
    pub name: Option<String>,
    /// Something else that it asks for.
    pub definition: Option<Definition>,
}

/// A name as it is kept.
pub fn check_name(name: &str) -> Result<String> {
    let name = name.trim();
    if (1..=NAME_CHARS).contains(&name.chars().count()) && !name.contains('\0') {
        return Ok(name.to_owned());
    }
    Err(Error::invalid("name", "length", format!("must have 1 to {NAME_CHARS} characters")))
}

impl Queries<'_> {
    /// Saves a query. With a key that was used before for the same input, answers the query that was saved then.
    pub async fn save(&self, new: NewQuery) -> Result<SavedQuery> {
        let account = self.viewer.require_account()?;
        let (name, definition) = self.checked(Some(&new.name), Some(&new.definition)).await?;
        let (name, definition) = (name.unwrap_or_default(), definition.unwrap_or_default());
        let key = new.idempotency_key.as_deref().map(|given| Key {
            account: account.uuid(),
            operation: "create_query",
            given,
            request_hash: blake3::hash(format!("{name}\n{definition}").as_bytes()).to_hex().to_string(),
        });
        key.as_ref().map_or(Ok(()), Key::check)?;
        let (id, now) = (self.room.ids.new_id::<QueryId>(), self.room.now());
        let tx = self.room.db.begin().await?;
        lock(&tx, account).await?;
        if let Some(key) = &key {
            if let Some(made) = key.made_before(&tx, now).await? {
                drop(tx);
                return self.get(QueryId::from_uuid(made)).await;
            }
            key.remember(&tx, id.uuid(), now).await?;
        }
        let own = saved_queries::Entity::find().filter(saved_queries::Column::AccountId.eq(account.uuid()));
        if own.count(tx.on()).await? >= MOST {
            let message = format!("You have saved {MOST} queries already: delete one first.");
            return Err(Error::Conflict { code: "too_many_queries", message });
        }
        let row = saved_queries::ActiveModel {
            id: Set(id.uuid()),
            account_id: Set(account.uuid()),
            name: Set(name),
            definition: Set(definition),
            created_at: Set(now.millis()),
            updated_at: Set(now.millis()),
        };
        saved_queries::Entity::insert(row).exec_without_returning(tx.on()).await?;
        self.room.commit(tx, now, vec![happened(ChangeKind::QuerySaved, id.uuid(), account)]).await?;
        self.get(id).await
    }

    /// Changes one's own query. `expected` is the version (`updated_at` in milliseconds) that was read; another one in between
    /// is refused.
    pub async fn edit(&self, id: QueryId, edit: QueryEdit, expected: Option<i64>) -> Result<SavedQuery> {
        self.get(id).await?;
        let account = self.viewer.require_account()?;
        let (name, definition) = self.checked(edit.name.as_deref(), edit.definition.as_ref()).await?;
        let tx = self.room.db.begin().await?;
        let row = own(&tx, id, account, expected).await?;
        let now = self.room.now();
        let mut update = saved_queries::ActiveModel {
            id: Set(row.id),
            updated_at: Set(Ord::max(now.millis(), row.updated_at + 1)),
            ..saved_queries::ActiveModel::default()
        };
        if let Some(name) = name {
            update.name = Set(name);
        }
        if let Some(definition) = definition {
            update.definition = Set(definition);
        }
        saved_queries::Entity::update(update).exec(tx.on()).await?;
        self.room.commit(tx, now, vec![happened(ChangeKind::QuerySaved, row.id, account)]).await?;
        self.get(id).await
    }

    /// Deletes one's own query: its id leads nowhere from now on.
    pub async fn delete(&self, id: QueryId, expected: Option<i64>) -> Result<()> {
        self.get(id).await?;
        let account = self.viewer.require_account()?;
        let tx = self.room.db.begin().await?;
        let row = own(&tx, id, account, expected).await?;
        saved_queries::Entity::delete_by_id(row.id).exec(tx.on()).await?;
        let change = happened(ChangeKind::QueryDeleted, row.id, account);
        self.room.commit(tx, self.room.now(), vec![change]).await
    }

    /// Name and definition as they are kept; every bad part is named.
    async fn checked(
        &self,
        name: Option<&str>,
        definition: Option<&Definition>,
    ) -> Result<(Option<String>, Option<String>)> {
        let mut findings = Findings::default();
        let name = findings.absorb(name.map(check_name).transpose())?.flatten();
        let kept = match definition {
            None => None,
            Some(definition) => {
                findings.absorb(self.kept(definition).await.map_err(|error| error.under("definition")))?
            }
        };
        findings.finish()?;
        Ok((name, kept))
    }

    /// A definition as it is kept: looked up now, as its owner may, so that nothing is saved that could not be asked.
    async fn kept(&self, definition: &Definition) -> Result<String> {
        let mut findings = Findings::default();
        findings.absorb(definition.check_sort())?;
        let filter =
            findings.absorb(Articles::new(self.room, self.viewer).by_ids(&definition.filter).await)?;
        if let Some(text) = &definition.text {
            findings.absorb(self.check_text(text))?;
        }
        findings.finish()?;
        if let Some(search) = definition.search() {
            // Which filters search takes is for search to say.
            Search::new(self.room, self.viewer).prepare(&search).await?;
        }
        let filter = ArticleFilter { as_of: None, ..filter.unwrap_or_default() };
        let kept = serde_json::to_string(&Words::from(&Definition { filter, ..definition.clone() }));
        let kept = kept.map_err(|error| crate::error::Fault::new("a query could not be written", error))?;
        if kept.len() > DEFINITION_BYTES {
            let message = "names too much: ask for less, or in two queries";
            return Err(Error::Invalid(vec![crate::error::FieldError {
                field: String::new(),
                code: "too_long",
                message: message.to_owned(),
                place: None,
            }]));
        }
        Ok(kept)
    }
}

impl Queries<'_> {
    /// Reads what is looked for in words. What moves with the time is refused: nobody would be told of what it leaves behind.
    fn check_text(&self, text: &str) -> Result<()> {
        let read = Search::new(self.room, self.viewer).read(text)?;
        let tomorrow = self.room.now().plus_millis(24 * 60 * 60 * 1_000).to_datetime();
        if crate::text::query::parse(text, tomorrow).is_ok_and(|later| later == read) {
            return Ok(());
        }
        let message = "asks for a time that moves, and nobody would be told of what it leaves behind: write dates, as in \
                       `published:2026-11-16/..`";
        Err(Error::invalid("q", "relative", message))
    }
}

fn happened(kind: ChangeKind, query: Uuid, account: AccountId) -> NewChange {
    NewChange::of(kind, query).by(Some(account.uuid()))
}

/// Lets one account save one query at a time, or it could have more than it may.
async fn lock(tx: &Tx, account: AccountId) -> Result<()> {
    #[derive(sea_orm::FromQueryResult)]
    struct Locked {
        #[expect(dead_code, reason = "only its being there matters")]
        id: Uuid,
    }
    let mut select = Query::select();
    select.column(accounts::Column::Id).from(accounts::Entity);
    select.and_where(accounts::Column::Id.eq(account.uuid()));
    dialect::lock_row(tx, &mut select);
    rows::<Locked>(tx.on(), &select).await.map(|_| ())
}

/// One's own query, locked, at the version that was read.
async fn own(
    tx: &Tx,
    id: QueryId,
    account: AccountId,
    expected: Option<i64>,
) -> Result<saved_queries::Model> {
    let mut find = saved_queries::Entity::find_by_id(id.uuid());
    dialect::lock_row(tx, QuerySelect::query(&mut find));
    let row = find.one(tx.on()).await?.ok_or(Error::NotFound("query"))?;
    if row.account_id != account.uuid() {
        let message = "Only whoever saved a query may change or delete it.".to_owned();
        return Err(Error::Denied { code: "not_your_query", message });
    }
    if expected.is_some_and(|expected| expected != row.updated_at) {
        let message = "The query was saved anew since you read it: read it again.".to_owned();
        return Err(Error::Conflict { code: "revision_mismatch", message });
    }
    Ok(row)
}
