//! Sign-ins: families of refresh tokens, rotated at each use; one used twice ends its family.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Account, AccountStatus, Accounts};
use crate::change::{ChangeKind, NewChange};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::db::entity::{accounts, refresh_families, refresh_tokens};
use crate::error::{Error, Result};
use crate::id::{AccountId, PublicId};
use crate::newsroom::Room;
use crate::policy::{SignedIn, Viewer};

/// A sign-in, as its owner gets it. The refresh token is shown once and stored as a hash only.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose.
    pub account: Account,
    /// The sign-in's key; access tokens name it, so that they end with it.
    pub id: Uuid,
    /// For the next access token; good once.
    pub refresh_token: String,
    /// When the sign-in ends unless it is refreshed.
    pub expires_at: Timestamp,
}

const BAD_REFRESH: Error = Error::Unauthenticated {
    code: "bad_refresh_token",
    message: "This refresh token is unknown, used, or expired: sign in again.",
};

impl Accounts<'_> {
    /// Signs in with e-mail and password. Unknown e-mails and wrong passwords cost and say the same.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Session> {
        let find = accounts::Entity::find().filter(accounts::Column::Email.eq(super::email_key(email)));
        let found = find.one(self.room.db.primary()).await?;
        let stored = found.as_ref().map(|row| row.password_hash.clone());
        let matches = self.room.passwords.verify(password, stored).await?;
        let Some(row) = found.filter(|_| matches) else {
            let message = "E-mail and password do not match an account.";
            return Err(Error::Unauthenticated { code: "bad_credentials", message });
        };
        let account = Account::from(row);
        account.require_good_standing()?;
        self.start_session(account).await
    }

    pub(super) async fn start_session(&self, account: Account) -> Result<Session> {
        let now = self.room.now();
        let family = self.room.ids.new_uuid();
        let expires_at = now.plus_millis(lifetime(self.room));
        let tx = self.room.db.begin().await?;
        let row = refresh_families::ActiveModel {
            id: Set(family),
            account_id: Set(account.id.uuid()),
            created_at: Set(now.millis()),
            expires_at: Set(expires_at.millis()),
            ..refresh_families::ActiveModel::default()
        };
        refresh_families::Entity::insert(row).exec_without_returning(tx.on()).await?;
        let refresh_token = issue(&tx, family, now).await?;
        let change = NewChange::of(ChangeKind::SessionStarted, account.id.uuid()).by(Some(account.id.uuid()));
        self.room.commit(tx, now, vec![change]).await?;
        Ok(Session { account, id: family, refresh_token, expires_at })
    }

    /// Trades a refresh token for the next one. A token that was traded before has leaked: its whole family ends.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Session> {
        let now = self.room.now();
        let tx = self.room.db.begin().await?;
        let Some(token) = refresh_tokens::Entity::find_by_id(hash(refresh_token)).one(tx.on()).await? else {
            return Err(BAD_REFRESH);
        };
        // Whoever marks the token has it; a second caller in the same moment finds it marked.
        let mark = refresh_tokens::Entity::update_many()
            .col_expr(refresh_tokens::Column::UsedAt, Expr::val(now.millis()))
            .filter(refresh_tokens::Column::TokenHash.eq(&token.token_hash))
            .filter(refresh_tokens::Column::UsedAt.is_null());
        let first_use = mark.exec(tx.on()).await?.rows_affected == 1;
        let Some(family) = live_family(&tx, token.family_id, now).await? else { return Err(BAD_REFRESH) };
        if !first_use {
            self.end_family(tx, &family, "a refresh token was used twice").await?;
            return Err(BAD_REFRESH);
        }
        let Some(row) = accounts::Entity::find_by_id(family.account_id).one(tx.on()).await? else {
            return Err(BAD_REFRESH);
        };
        let account = Account::from(row);
        account.require_good_standing()?;
        let refresh_token = issue(&tx, family.id, now).await?;
        let expires_at = now.plus_millis(lifetime(self.room));
        let extend = refresh_families::ActiveModel {
            id: Set(family.id),
            expires_at: Set(expires_at.millis()),
            ..refresh_families::ActiveModel::default()
        };
        refresh_families::Entity::update(extend).exec(tx.on()).await?;
        tx.commit().await?;
        Ok(Session { account, id: family.id, refresh_token, expires_at })
    }

    /// Ends the sign-in that a refresh token belongs to; its access tokens end with it. An unknown token changes nothing.
    pub async fn sign_out(&self, refresh_token: &str) -> Result<()> {
        let tx = self.room.db.begin().await?;
        let Some(token) = refresh_tokens::Entity::find_by_id(hash(refresh_token)).one(tx.on()).await? else {
            return Ok(());
        };
        match live_family(&tx, token.family_id, self.room.now()).await? {
            Some(family) => self.end_family(tx, &family, "signed out").await,
            None => Ok(()),
        }
    }

    async fn end_family(&self, tx: Tx, family: &refresh_families::Model, reason: &str) -> Result<()> {
        let now = self.room.now();
        let end = refresh_families::ActiveModel {
            id: Set(family.id),
            revoked_at: Set(Some(now.millis())),
            revoked_reason: Set(Some(reason.to_owned())),
            ..refresh_families::ActiveModel::default()
        };
        refresh_families::Entity::update(end).exec(tx.on()).await?;
        let change =
            NewChange::of(ChangeKind::SessionEnded, family.account_id).because(Some(reason.to_owned()));
        self.room.commit(tx, now, vec![change]).await
    }

    /// Who a verified access token stands for now: the database says whether the account is in good standing, what its
    /// role is, and whether the sign-in still lasts. Two statements on the primary, no memory in between.
    pub async fn who(&self, account: AccountId, session: Option<Uuid>) -> Result<Viewer> {
        let gone = || Error::Unauthenticated {
            code: "token_revoked",
            message: "This token is no longer good: sign in again.",
        };
        let found = accounts::Entity::find_by_id(account.uuid()).one(self.room.db.primary()).await?;
        let known = Account::from(found.ok_or_else(gone)?);
        known.require_good_standing()?;
        if let Some(session) = session {
            let family = refresh_families::Entity::find_by_id(session).one(self.room.db.primary()).await?;
            family
                .filter(|family| family.revoked_at.is_none() && family.account_id == account.uuid())
                .ok_or_else(gone)?;
        }
        let who = SignedIn { account, role: known.role, session };
        Ok(Viewer::Account { who, address: self.viewer.address() })
    }
}

impl Account {
    /// A banned account's tokens and password are no good, and it is told why.
    fn require_good_standing(&self) -> Result<()> {
        match self.status {
            AccountStatus::Active => Ok(()),
            AccountStatus::Banned => Err(Error::Denied {
                code: "account_banned",
                message: match &self.ban_reason {
                    Some(reason) => format!("This account is banned: {reason}"),
                    None => "This account is banned.".to_owned(),
                },
            }),
        }
    }
}

fn lifetime(room: &Room) -> i64 {
    i64::try_from(room.settings.session_lifetime.as_millis()).unwrap_or(i64::MAX)
}

fn hash(token: &str) -> String {
    blake3::hash(token.as_bytes()).to_hex().to_string()
}

/// 256 random bits; only their hash is kept.
async fn issue(tx: &Tx, family: Uuid, now: Timestamp) -> Result<String> {
    let secret = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
    let token = format!("bsr_{}", URL_SAFE_NO_PAD.encode(secret));
    let row = refresh_tokens::ActiveModel {
        token_hash: Set(hash(&token)),
        family_id: Set(family),
        issued_at: Set(now.millis()),
        used_at: Set(None),
    };
    refresh_tokens::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(token)
}

async fn live_family(tx: &Tx, id: Uuid, now: Timestamp) -> Result<Option<refresh_families::Model>> {
    let family = refresh_families::Entity::find_by_id(id).one(tx.on()).await?;
    Ok(family.filter(|family| family.revoked_at.is_none() && family.expires_at > now.millis()))
}
