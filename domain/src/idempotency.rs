//! A create that may be repeated: the same key by the same account for the same input is the same resource.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::db::Tx;
use crate::db::entity::idempotency_keys;
use crate::error::{Error, Result};

const KEY_CHARS: std::ops::RangeInclusive<usize> = 1..=200;
/// A key may be used anew after this.
const LIFETIME_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// A caller's key for one create.
pub(crate) struct Key<'k> {
    pub(crate) account: Uuid,
    pub(crate) operation: &'static str,
    pub(crate) given: &'k str,
    /// Digest of the input.
    pub(crate) request_hash: String,
}

impl Key<'_> {
    pub(crate) fn check(&self) -> Result<()> {
        let printable = self.given.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        if printable && KEY_CHARS.contains(&self.given.len()) {
            return Ok(());
        }
        let message = format!("must have 1 to {} printable ASCII characters", KEY_CHARS.end());
        Err(Error::invalid("idempotency_key", "malformed", message))
    }

    /// What was made under this key before, if anything. Another input under the same key is refused.
    pub(crate) async fn made_before(&self, tx: &Tx, now: Timestamp) -> Result<Option<Uuid>> {
        let oldest = now.plus_millis(-LIFETIME_MILLIS).millis();
        let stale =
            idempotency_keys::Entity::delete_many().filter(idempotency_keys::Column::CreatedAt.lt(oldest));
        stale.exec(tx.on()).await?;
        let id = (self.account, self.operation.to_owned(), self.given.to_owned());
        match idempotency_keys::Entity::find_by_id(id).one(tx.on()).await? {
            None => Ok(None),
            Some(row) if row.request_hash == self.request_hash => Ok(Some(row.resource_id)),
            Some(_) => Err(reused()),
        }
    }

    /// Remembers what was made. In the transaction that makes it, so neither is there without the other.
    pub(crate) async fn remember(&self, tx: &Tx, resource: Uuid, now: Timestamp) -> Result<()> {
        let row = idempotency_keys::ActiveModel {
            account_id: Set(self.account),
            operation: Set(self.operation.to_owned()),
            key: Set(self.given.to_owned()),
            request_hash: Set(self.request_hash.clone()),
            resource_id: Set(resource),
            created_at: Set(now.millis()),
        };
        let inserted = idempotency_keys::Entity::insert(row).exec_without_returning(tx.on()).await;
        // For something else, in this very moment: there is no lock that both hold.
        inserted
            .map_err(|error| if crate::db::is_unique_violation(&error) { reused() } else { error.into() })?;
        Ok(())
    }
}

fn reused() -> Error {
    let message = "This Idempotency-Key was used for something else: take a new key for new input.";
    Error::Conflict { code: "idempotency_key_reused", message: message.to_owned() }
}
