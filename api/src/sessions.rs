//! Sign-ins as both transports offer them: the domain's session, and an access token for it.

use std::sync::Arc;

use broadsheet_domain::account::{Registration, Session};
use broadsheet_domain::error::Result;
use broadsheet_domain::{Newsroom, Viewer};

use crate::inputs::{RefreshInput, RegisterInput, SignInInput};
use crate::tokens::{ACCESS_SECONDS, Tokens};
use crate::views::SessionView;

/// Opens, renews and ends sign-ins.
#[derive(Clone)]
pub struct Sessions {
    newsroom: Newsroom,
    tokens: Arc<Tokens>,
}

impl Sessions {
    /// Sign-ins of this newsroom, with tokens signed by these keys.
    pub fn new(newsroom: Newsroom, tokens: Arc<Tokens>) -> Self {
        Self { newsroom, tokens }
    }

    /// Makes a reader's account and signs it in.
    pub async fn register(&self, viewer: &Viewer, input: RegisterInput) -> Result<SessionView> {
        let RegisterInput { email, name, password } = input;
        let session = self.newsroom.accounts(viewer).register(Registration { email, name, password }).await?;
        self.view(session)
    }

    /// Signs in.
    pub async fn sign_in(&self, viewer: &Viewer, input: &SignInInput) -> Result<SessionView> {
        let session = self.newsroom.accounts(viewer).sign_in(&input.email, &input.password).await?;
        self.view(session)
    }

    /// Trades a refresh token for the next pair.
    pub async fn refresh(&self, input: &RefreshInput) -> Result<SessionView> {
        let session = self.newsroom.accounts(&Viewer::anonymous()).refresh(&input.refresh_token).await?;
        self.view(session)
    }

    /// Ends a sign-in.
    pub async fn sign_out(&self, input: &RefreshInput) -> Result<()> {
        self.newsroom.accounts(&Viewer::anonymous()).sign_out(&input.refresh_token).await
    }

    fn view(&self, session: Session) -> Result<SessionView> {
        Ok(SessionView {
            access_token: self.tokens.issue(session.account.id, session.id, self.newsroom.now())?,
            token_type: "Bearer".to_owned(),
            expires_in: ACCESS_SECONDS,
            refresh_token: session.refresh_token,
            refresh_expires_at: session.expires_at.into(),
            account: session.account.into(),
        })
    }
}
