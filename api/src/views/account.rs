//! Accounts and sign-ins.

use async_graphql::{ID, SimpleObject};
use broadsheet_domain::account::{Account, AccountStatus, Profile};
use broadsheet_domain::policy::Role;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Timestamp, wire_enum};

wire_enum! {
    /// What an account is trusted with.
    RoleView as Role "Role" from Role {
        /// Reads and comments.
        Reader,
        /// Keeps threads civil.
        Moderator,
        /// Writes, corrects and schedules.
        Editor,
        /// Runs the server.
        Admin,
    }
}

wire_enum! {
    /// Whether an account may do anything at all.
    AccountStatusView as AccountStatus "AccountStatus" from AccountStatus {
        /// In good standing.
        Active,
        /// Banned.
        Banned,
    }
}

/// An account, as its owner and those who manage accounts see it.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Account")]
#[schema(as = Account)]
pub struct AccountView {
    /// `acc_…`
    #[schema(value_type = String, example = "acc_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// How it signs in.
    #[schema(example = "ann@example.org")]
    pub email: String,
    /// How others see it.
    #[schema(example = "Ann")]
    pub name: String,
    /// What it is trusted with.
    pub role: RoleView,
    /// Whether it may do anything at all.
    pub status: AccountStatusView,
    /// Why it is banned.
    #[schema(required = true)]
    pub ban_reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        let Account { id, email, name, role, status, ban_reason, created_at } = account;
        Self {
            id: ID(id.to_string()),
            email,
            name,
            role: role.into(),
            status: status.into(),
            ban_reason,
            created_at: created_at.into(),
        }
    }
}

/// What everybody may know of an account.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Profile")]
#[schema(as = Profile)]
pub struct ProfileView {
    /// `acc_…`
    #[schema(value_type = String, example = "acc_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub id: ID,
    /// How others see it.
    #[schema(example = "Ann")]
    pub name: String,
    /// What it is trusted with: staff are recognisable.
    pub role: RoleView,
}

impl From<&Profile> for ProfileView {
    fn from(profile: &Profile) -> Self {
        let Profile { id, name, role } = profile.clone();
        Self { id: ID(id.to_string()), name, role: role.into() }
    }
}

/// A sign-in. Send `access_token` as `Authorization: Bearer …`; trade `refresh_token` for the next pair before it expires.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Session")]
#[schema(as = Session)]
pub struct SessionView {
    /// A JWT, good for a quarter of an hour.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    pub expires_in: u32,
    /// Good once. Used twice, it ends the sign-in everywhere: somebody else has it.
    pub refresh_token: String,
    /// When the sign-in ends unless it is refreshed.
    pub refresh_expires_at: Timestamp,
    /// Who is signed in.
    pub account: AccountView,
}
