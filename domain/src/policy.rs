//! Who asks, and what they may see and do.
//!
//! "May see" stands here twice, side by side: as a question about a row in memory and as a condition in SQL. A change to
//! one is a change to both. To add an action: a variant of [`Action`] and a line of [`Viewer::may`].

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use sea_orm::ColumnTrait;
use sea_orm::sea_query::SimpleExpr;

use crate::article::ArticleStatus;
use crate::db::entity::articles;
use crate::error::{Error, Result};
use crate::id::AccountId;

/// What an account is trusted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Reads and comments.
    Reader,
    /// Keeps threads civil.
    Moderator,
    /// Writes, corrects and schedules.
    Editor,
    /// Runs the server.
    Admin,
}

impl Role {
    /// Every role, least trusted first.
    pub const ALL: [Self; 4] = [Self::Reader, Self::Moderator, Self::Editor, Self::Admin];

    /// The name as it is stored and published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Moderator => "moderator",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let known = || Error::invalid("role", "malformed", "must be one of reader, moderator, editor, admin");
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(known)
    }
}

/// Things that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Post, edit and delete one's own comments.
    Comment,
    /// Hide and restore other people's comments, read what was hidden.
    Moderate,
    /// See drafts and withdrawn articles.
    SeeUnpublished,
    /// Write, edit, schedule, publish, correct and withdraw articles.
    Write,
    /// Rename, merge and arrange topics.
    ManageTopics,
    /// Merge and split stories.
    ManageStories,
    /// Add sources, take articles in.
    ManageSources,
    /// Close and open an article's thread.
    ManageThreads,
    /// Ban and readmit accounts, give roles.
    ManageAccounts,
}

impl Action {
    /// Every action, for the access table.
    pub const ALL: [Self; 9] = [
        Self::Comment,
        Self::Moderate,
        Self::SeeUnpublished,
        Self::Write,
        Self::ManageTopics,
        Self::ManageStories,
        Self::ManageSources,
        Self::ManageThreads,
        Self::ManageAccounts,
    ];

    fn phrase(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Moderate => "moderate comments",
            Self::SeeUnpublished => "see unpublished articles",
            Self::Write => "write articles",
            Self::ManageTopics => "manage topics",
            Self::ManageStories => "manage stories",
            Self::ManageSources => "manage sources",
            Self::ManageThreads => "open and close threads",
            Self::ManageAccounts => "manage accounts",
        }
    }

    fn allowed_to(self, role: Role) -> bool {
        match self {
            Self::Comment => true,
            Self::Moderate | Self::ManageThreads => {
                matches!(role, Role::Moderator | Role::Editor | Role::Admin)
            }
            Self::SeeUnpublished | Self::Write | Self::ManageTopics | Self::ManageStories => {
                matches!(role, Role::Editor | Role::Admin)
            }
            Self::ManageSources | Self::ManageAccounts => role == Role::Admin,
        }
    }
}

/// An account that is signed in and in good standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Whose.
    pub account: AccountId,
    /// What it may do, as the database says now.
    pub role: Role,
    /// The sign-in that the token came from.
    pub session: Option<uuid::Uuid>,
}

/// Who asks. Every domain call starts from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Somebody who did not say who they are.
    Anonymous {
        /// Where they call from, for rate limits.
        address: Option<IpAddr>,
    },
    /// A signed-in account.
    Account {
        /// Who.
        who: SignedIn,
        /// Where they call from, for rate limits.
        address: Option<IpAddr>,
    },
    /// The server itself: intake, the command line, workers.
    System,
}

impl Viewer {
    /// Somebody unknown at an unknown place.
    pub fn anonymous() -> Self {
        Self::Anonymous { address: None }
    }

    /// The account, if one is signed in.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account { who, .. } => Some(who.account),
            Self::Anonymous { .. } | Self::System => None,
        }
    }

    /// Where the call comes from.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Account { address, .. } | Self::Anonymous { address } => *address,
            Self::System => None,
        }
    }

    /// Whether the viewer may do this at all.
    pub fn may(&self, action: Action) -> bool {
        match self {
            Self::Anonymous { .. } => false,
            Self::Account { who, .. } => action.allowed_to(who.role),
            Self::System => true,
        }
    }

    /// Refuses what the viewer may not do, saying what is missing.
    pub fn require(&self, action: Action) -> Result<()> {
        if self.may(action) {
            return Ok(());
        }
        match self {
            Self::Anonymous { .. } => Err(sign_in_first()),
            Self::Account { .. } | Self::System => Err(Error::Denied {
                code: "forbidden",
                message: format!("Your role does not allow you to {}.", action.phrase()),
            }),
        }
    }

    /// The account that acts, or a refusal that says to sign in.
    pub fn require_account(&self) -> Result<AccountId> {
        self.account().ok_or_else(sign_in_first)
    }

    /// Row form of "may see this article".
    pub fn sees_article(&self, status: ArticleStatus) -> bool {
        status == ArticleStatus::Published || self.may(Action::SeeUnpublished)
    }

    /// SQL form of "may see this article"; beside [`Viewer::sees_article`] on purpose.
    pub(crate) fn sees_articles_sql(&self) -> SimpleExpr {
        if self.may(Action::SeeUnpublished) {
            articles::Column::Status.is_in(ArticleStatus::ALL.map(ArticleStatus::as_str))
        } else {
            articles::Column::Status.eq(ArticleStatus::Published.as_str())
        }
    }
}

/// Whom an address stands for, where addresses are counted: whoever has one IPv6 address has its whole /64.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn sign_in_first() -> Error {
    Error::Unauthenticated { code: "sign_in_required", message: "Sign in first: this needs a bearer token." }
}
