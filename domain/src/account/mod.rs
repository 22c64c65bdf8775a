//! Accounts: who may sign in, what they are trusted with, and whether they are in good standing.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::change::{ChangeKind, NewChange};
use crate::clock::Timestamp;
use crate::db::entity::accounts;
use crate::error::{Error, Findings, Result};
use crate::freshness::{Class, Key, note};
use crate::id::{AccountId, PublicId};
use crate::newsroom::Room;
use crate::policy::{Action, Role, Viewer};

pub(crate) mod password;
mod session;

pub use session::Session;

const NAME_CHARS: usize = 80;
const REASON_CHARS: usize = 500;
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 10..=200;

/// An account, as its owner and those who manage accounts see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// How it signs in.
    pub email: String,
    /// How others see it.
    pub name: String,
    /// What it is trusted with.
    pub role: Role,
    /// Whether it may do anything at all.
    pub status: AccountStatus,
    /// Why it is banned.
    pub ban_reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Whether an account may do anything at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountStatus {
    /// In good standing.
    Active,
    /// Banned.
    Banned,
}

impl AccountStatus {
    /// The name as it is stored and published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Banned => "banned",
        }
    }
}

/// What everybody may know of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its id.
    pub id: AccountId,
    /// How others see it.
    pub name: String,
    /// What it is trusted with: staff are recognisable.
    pub role: Role,
}

/// What somebody sends to register.
#[derive(Clone)]
pub struct Registration {
    /// How they will sign in.
    pub email: String,
    /// How others will see them.
    pub name: String,
    /// In clear, for a moment.
    pub password: String,
}

/// Accounts and sign-ins, as one viewer may use them.
pub struct Accounts<'a> {
    pub(crate) room: &'a Room,
    pub(crate) viewer: &'a Viewer,
}

impl<'a> Accounts<'a> {
    pub(crate) fn new(room: &'a Room, viewer: &'a Viewer) -> Self {
        Self { room, viewer }
    }

    /// Makes a reader's account and signs it in.
    pub async fn register(&self, registration: Registration) -> Result<Session> {
        let account = self.insert(registration, Role::Reader).await?;
        self.start_session(account).await
    }

    /// Makes an account with a role; for those who manage accounts.
    pub async fn create(&self, registration: Registration, role: Role) -> Result<Account> {
        self.viewer.require(Action::ManageAccounts)?;
        self.insert(registration, role).await
    }

    async fn insert(&self, registration: Registration, role: Role) -> Result<Account> {
        let checked = check(registration)?;
        let password_hash = self.room.passwords.hash(&checked.password).await?;
        let (id, now) = (self.room.ids.new_id::<AccountId>(), self.room.now());
        let row = accounts::ActiveModel {
            id: Set(id.uuid()),
            email: Set(checked.email.clone()),
            name: Set(checked.name.clone()),
            password_hash: Set(password_hash),
            role: Set(role.as_str().to_owned()),
            status: Set(AccountStatus::Active.as_str().to_owned()),
            ban_reason: Set(None),
            created_at: Set(now.millis()),
            updated_at: Set(now.millis()),
        };
        let tx = self.room.db.begin().await?;
        match accounts::Entity::insert(row).exec_without_returning(tx.on()).await {
            Err(error) if crate::db::is_unique_violation(&error) => {
                let message = "already has an account: sign in, or use another address";
                return Err(Error::invalid("email", "taken", message));
            }
            outcome => drop(outcome?),
        }
        let change = NewChange::of(ChangeKind::AccountRegistered, id.uuid())
            .by(self.viewer.account().map(PublicId::uuid));
        self.room.commit(tx, now, vec![change]).await?;
        let Registration { email, name, .. } = checked;
        Ok(Account {
            id,
            email,
            name,
            role,
            status: AccountStatus::Active,
            ban_reason: None,
            created_at: now,
        })
    }

    /// The viewer's own account; none for those who are not signed in.
    pub async fn me(&self) -> Result<Option<Account>> {
        let Some(id) = self.viewer.account() else { return Ok(None) };
        let found = accounts::Entity::find_by_id(id.uuid()).one(self.room.db.primary()).await?;
        Ok(found.map(Account::from))
    }

    /// An account by e-mail; for those who manage accounts.
    pub async fn by_email(&self, email: &str) -> Result<Account> {
        self.viewer.require(Action::ManageAccounts)?;
        let find = accounts::Entity::find().filter(accounts::Column::Email.eq(email_key(email)));
        find.one(self.room.db.primary()).await?.map(Account::from).ok_or(Error::NotFound("account"))
    }

    /// Bans an account: its tokens stop working with the next request.
    pub async fn ban(&self, account: AccountId, reason: Option<String>) -> Result<Account> {
        self.viewer.require(Action::ManageAccounts)?;
        if self.viewer.account() == Some(account) {
            let message = "You cannot ban yourself: ask another admin.".to_owned();
            return Err(Error::Conflict { code: "own_account", message });
        }
        let reason = reason.map(|reason| crate::text::html::to_line(&reason));
        if reason.as_ref().is_some_and(|reason| reason.is_empty() || reason.chars().count() > REASON_CHARS) {
            let message = format!("must have 1 to {REASON_CHARS} characters: its owner is told why");
            return Err(Error::invalid("reason", "length", message));
        }
        self.set_status(account, AccountStatus::Banned, reason, ChangeKind::AccountBanned).await
    }

    /// Lifts a ban.
    pub async fn readmit(&self, account: AccountId) -> Result<Account> {
        self.viewer.require(Action::ManageAccounts)?;
        self.set_status(account, AccountStatus::Active, None, ChangeKind::AccountReadmitted).await
    }

    async fn set_status(
        &self,
        account: AccountId,
        status: AccountStatus,
        reason: Option<String>,
        kind: ChangeKind,
    ) -> Result<Account> {
        let now = self.room.now();
        let tx = self.room.db.begin().await?;
        let found = accounts::Entity::find_by_id(account.uuid()).one(tx.on()).await?;
        let known = Account::from(found.ok_or(Error::NotFound("account"))?);
        let row = accounts::ActiveModel {
            id: Set(account.uuid()),
            status: Set(status.as_str().to_owned()),
            ban_reason: Set(reason.clone()),
            updated_at: Set(now.millis()),
            ..accounts::ActiveModel::default()
        };
        accounts::Entity::update(row).exec(tx.on()).await?;
        let actor = self.viewer.account().map(PublicId::uuid);
        let change = NewChange::of(kind, account.uuid()).by(actor).because(reason.clone());
        self.room.commit(tx, now, vec![change]).await?;
        Ok(Account { status, ban_reason: reason, ..known })
    }
}

/// Profiles by key, from memory where they are there.
pub(crate) async fn profiles(room: &Room, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<Profile>>> {
    note(ids.iter().map(|id| Key::one(Class::Account, *id)));
    let load = |missing: Vec<Uuid>| async move {
        let find = accounts::Entity::find().filter(accounts::Column::Id.is_in(missing));
        Ok(find.all(room.db.primary()).await?.into_iter().map(|row| (row.id, row.into())).collect())
    };
    room.profiles.get_many(ids, load).await
}

/// The form in which e-mail addresses are compared.
pub(crate) fn email_key(email: &str) -> String {
    email.trim().replace('\0', "").to_lowercase()
}

fn check(registration: Registration) -> Result<Registration> {
    let mut findings = Findings::default();
    let email = email_key(&registration.email);
    if !is_email(&email) {
        findings.add("email", "malformed", "must be an e-mail address such as name@example.org");
    }
    let name = crate::text::html::to_line(&registration.name);
    if name.is_empty() || name.chars().count() > NAME_CHARS {
        findings.add("name", "length", format!("must have 1 to {NAME_CHARS} characters"));
    }
    if !PASSWORD_CHARS.contains(&registration.password.chars().count()) {
        let (least, most) = (PASSWORD_CHARS.start(), PASSWORD_CHARS.end());
        findings.add("password", "length", format!("must have {least} to {most} characters"));
    }
    findings.finish()?;
    Ok(Registration { email, name, password: registration.password })
}

/// One `@`, something before it, a host with a dot after it, no white space; whether mail arrives, only mail can tell.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    let plain =
        !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'));
    plain
        && !local.is_empty()
        && text.len() <= 254
        && !host.contains('@')
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
}

fn role_of(stored: &str) -> Role {
    stored.parse().unwrap_or(Role::Reader)
}

impl From<accounts::Model> for Account {
    fn from(row: accounts::Model) -> Self {
        let accounts::Model {
            id,
            email,
            name,
            password_hash: _,
            role,
            status,
            ban_reason,
            created_at,
            updated_at: _,
        } = row;
        let active = status == AccountStatus::Active.as_str();
        Self {
            id: AccountId::from_uuid(id),
            email,
            name,
            role: role_of(&role),
            status: if active { AccountStatus::Active } else { AccountStatus::Banned },
            ban_reason,
            created_at: Timestamp::from_millis(created_at),
        }
    }
}

impl From<accounts::Model> for Profile {
    fn from(row: accounts::Model) -> Self {
        Self { id: AccountId::from_uuid(row.id), name: row.name, role: role_of(&row.role) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_field_of_a_registration_is_named_at_once() {
        let nothing =
            Registration { email: "x".to_owned(), name: " ".to_owned(), password: "short".to_owned() };
        let Err(Error::Invalid(fields)) = check(nothing) else { panic!("accepted") };
        let names: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(names, ["email", "name", "password"]);
    }

    #[test]
    fn addresses_are_compared_in_lower_case() {
        let good = Registration {
            email: " Ann@Example.ORG ".to_owned(),
            name: "Ann".to_owned(),
            password: "long enough 1".to_owned(),
        };
        assert_eq!(check(good).unwrap().email, "ann@example.org");
        assert!(!is_email("a@b@c.d") && !is_email("a b@c.d") && !is_email("a@localhost"));
    }
}
